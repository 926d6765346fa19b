// Strain and virial against finite differences of a made-up energy E(e, u^), and sites against
// closed forms.

#include "base/mat3.h"
#include "eap/eap_sites.h"
#include "eap/eap_strain.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

namespace {

const double h0[3][3] = {{4, 0.5, 0.3}, {0, 3.5, -0.4}, {0, 0, 5}};
const int natoms = 3;
const double s[natoms][3] = {{0.05, -0.02, 0.03}, {-0.04, 0.06, 0.01}, {0.02, 0.03, -0.05}};
const double field[3] = {0.3, -0.2, 0.5};
const double born[natoms][3][3] = {{{2, 0.3, -0.1}, {0.2, 3, 0.4}, {-0.5, 0.1, 1.5}},
                                   {{-1, 0.6, 0.2}, {-0.3, -2, 0.1}, {0.4, -0.2, -1}},
                                   {{-1, -0.9, -0.1}, {0.1, -1, -0.5}, {0.1, 0.1, -0.5}}};

// E = a smooth function of strain and displacements without any symmetry
struct Sample {
  double energy, de[6], gu[3][3], field_energy, dipole[3], zeu[3][3], field_hat[3];
  eap_strain strain;
};

void evaluate(eap_rotate rotate, const double h[3][3], Sample &out)
{
  double inverse[3][3];
  memset(&out, 0, sizeof out);
  mat3_inverse(h0, inverse);
  polar_status st = {};
  ASSERT_EQ(eap_strain_set(&out.strain, rotate, h, inverse, &st), POLAR_OK) << st.text;
  const double *e = out.strain.e;
  const double c[6] = {1.0, -2.0, 0.5, 0.7, -0.3, 1.1};
  double poly = 1;
  for (int v = 0; v < 6; v++) poly += c[v] * e[v] + 0.5 * v * e[v] * e[v];
  double uu = 0, u[natoms][3];
  for (int a = 0; a < natoms; a++) {
    mat3_vec(h, s[a], u[a]);
    mat3_t_vec(out.strain.R, u[a], u[a]);
    for (int i = 0; i < 3; i++)
      uu += (a + 1) * (i + 2) * u[a][i] * u[a][i] + u[a][i] * u[a][(i + 1) % 3];
  }
  out.energy = poly * uu + poly;
  for (int v = 0; v < 6; v++) out.de[v] = (c[v] + v * e[v]) * (uu + 1);
  mat3_t_vec(out.strain.R, field, out.field_hat);
  for (int a = 0; a < natoms; a++) {
    double g[3], push[3], p[3];
    mat3_t_vec(born[a], out.field_hat, push);
    mat3_vec(born[a], u[a], p);
    for (int i = 0; i < 3; i++) {
      g[i] = poly * (2 * (a + 1) * (i + 2) * u[a][i] + u[a][(i + 1) % 3] + u[a][(i + 2) % 3]);
      out.dipole[i] += p[i];
      out.field_energy -= out.field_hat[i] * p[i];
    }
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) {
        out.gu[i][j] += g[i] * u[a][j];
        out.zeu[i][j] += push[i] * u[a][j];
      }
  }
}

class Virial : public testing::TestWithParam<eap_rotate> {};

TEST_P(Virial, IsTheDerivativeForABoxStrain)
{
  const double F[3][3] = {{1.02, 0.03, -0.02}, {-0.01, 0.99, 0.025}, {0.015, -0.02, 1.01}};
  double h[3][3], w[3][3], wf[3][3];
  mat3_mul(F, h0, h);
  Sample here;
  evaluate(GetParam(), h, here);
  eap_strain_virial(&here.strain, here.de, here.gu, w);
  eap_strain_field_virial(&here.strain, here.field_hat, here.dipole, here.zeu, wf);
  const double step = 1e-5;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      Sample side[2];
      for (int k = 0; k < 2; k++) {
        double eps[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, hh[3][3];
        eps[i][j] += k ? step : -step;
        mat3_mul(eps, h, hh);
        evaluate(GetParam(), hh, side[k]);
      }
      // error of the difference: step^2 times third derivatives of order 10, and 1e-15/step
      EXPECT_NEAR(w[i][j], -(side[1].energy - side[0].energy) / (2 * step), 1e-8) << i << j;
      EXPECT_NEAR(wf[i][j], -(side[1].field_energy - side[0].field_energy) / (2 * step), 1e-8)
          << i << j;
    }
  if (GetParam() == EAP_ROTATE_NONE) return;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < i; j++) EXPECT_NEAR(w[i][j], w[j][i], 1e-12);
}

INSTANTIATE_TEST_SUITE_P(Frames, Virial, testing::Values(EAP_ROTATE_NONE, EAP_ROTATE_POLAR));

TEST(Strain, PolarFormIgnoresARotation)
{
  const double U[3][3] = {{1.02, 0.01, 0}, {0.01, 0.99, -0.02}, {0, -0.02, 1.03}};
  const double c = cos(0.4), n = sin(0.4), Q[3][3] = {{c, -n, 0}, {n, c, 0}, {0, 0, 1}};
  double h[3][3], rotated[3][3];
  mat3_mul(U, h0, h);
  mat3_mul(Q, h, rotated);
  Sample a, b, none;
  evaluate(EAP_ROTATE_POLAR, h, a);
  evaluate(EAP_ROTATE_POLAR, rotated, b);
  evaluate(EAP_ROTATE_NONE, h, none);
  for (int v = 0; v < 6; v++) {
    EXPECT_NEAR(a.strain.e[v], b.strain.e[v], 1e-14);
    EXPECT_NEAR(a.strain.e[v], none.strain.e[v], 1e-14); // equal for symmetric F
  }
  EXPECT_NEAR(a.energy, b.energy, 1e-12);
}

TEST(Strain, RefusesAnInvertedBox)
{
  double inverse[3][3], left[3][3] = {{-4, 0, 0}, {0, 3, 0}, {0, 0, 5}};
  mat3_inverse(h0, inverse);
  for (eap_rotate rotate : {EAP_ROTATE_NONE, EAP_ROTATE_POLAR}) {
    eap_strain strain;
    polar_status st = {};
    EXPECT_EQ(eap_strain_set(&strain, rotate, left, inverse, &st), POLAR_NUMERIC);
    left[1][1] = NAN;
    EXPECT_EQ(eap_strain_set(&strain, rotate, left, inverse, &st), POLAR_NUMERIC);
    left[1][1] = 3;
  }
}

TEST(Sites, NumberAndSplitAreInverse)
{
  const int N[3] = {2, 3, 5}, n = 4;
  for (int64_t number = 0; number < 2 * 3 * 5 * 4; number++) {
    int cell[3], k;
    eap_site_split(N, n, number, cell, &k);
    EXPECT_EQ(eap_site_number(N, n, cell, k), number);
    for (int d = 0; d < 3; d++) cell[d] += (d - 1) * 2 * N[d]; // images
    EXPECT_EQ(eap_site_number(N, n, cell, k), number);
  }
}

} // namespace
