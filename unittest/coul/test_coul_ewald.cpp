// Ewald sums of Gaussian charges against closed forms.

#include "coul/coul_ewald.h"
#include "base/mat3.h"
#include "base/units.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace {

using Vec = std::array<double, 3>;

struct Sum {
  double energy, virial[6];
  std::vector<double> phi;
  std::vector<Vec> field;
  std::vector<std::array<double, 6>> share; // of the virial
};

coul_ewald sum_over(const coul_kset *set, const double h[3][3], double sigma, double amplitude,
                    std::vector<double> &work)
{
  coul_ewald sum = {};
  sum.set = set;
  std::copy(&h[0][0], &h[0][0] + 9, &sum.h[0][0]);
  sum.sigma = sigma;
  sum.amplitude = amplitude;
  sum.work = work.data();
  return sum;
}

Sum ewald(const double h[3][3], double sigma, double kmax, double amplitude,
          const std::vector<Vec> &x, const std::vector<double> &q)
{
  coul_kset set;
  polar_status st = {};
  EXPECT_EQ(coul_kset_create(h, kmax, &set, &st), POLAR_OK) << st.text;
  const int n = (int)x.size();
  Sum s;
  s.phi.resize(n);
  s.field.resize(n);
  std::vector<double> work(coul_ewald_work(&set)), density(2 * set.nk);
  const coul_ewald sum = sum_over(&set, h, sigma, amplitude, work);
  auto *at = reinterpret_cast<const double(*)[3]>(x.data());
  EXPECT_EQ(coul_ewald_density(&sum, n, at, q.data(), density.data(), &st), POLAR_OK);
  s.energy = coul_ewald_energy(&sum, density.data(), s.virial);
  EXPECT_EQ(coul_ewald_potential(&sum, density.data(), n, at, s.phi.data(),
                                 reinterpret_cast<double(*)[3]>(s.field.data()), &st),
            POLAR_OK)
      << st.text;
  s.share.assign(n, std::array<double, 6>{});
  EXPECT_EQ(coul_ewald_share_virial(&sum, density.data(), n, at, q.data(),
                                    reinterpret_cast<double(*)[6]>(s.share.data()), &st),
            POLAR_OK)
      << st.text;
  coul_kset_free(&set);
  return s;
}

const double skew[3][3] = {{5.0, 0.7, -1.1}, {0.0, 4.6, 0.9}, {0.0, 0.0, 5.5}};

TEST(Ewald, MadelungConstantOfRockSalt)
{
  // point charges = Gaussians + erfc of all pairs - own energy; here sigma/a is so small that only
  // the Gaussian part and one shell of erfc matter
  const double a = 1.0, sigma = 0.3, h[3][3] = {{2 * a, 0, 0}, {0, 2 * a, 0}, {0, 0, 2 * a}};
  std::vector<Vec> x;
  std::vector<double> q;
  for (int i = 0; i < 8; i++) {
    x.push_back({a * (i & 1), a * (i >> 1 & 1), a * (i >> 2 & 1)});
    q.push_back((i & 1) ^ (i >> 1 & 1) ^ (i >> 2 & 1) ? -1.0 : 1.0);
  }
  const double amplitude = 2.0 * POLAR_PI; // e^2/(4 pi eps0) = 1
  double e =
      ewald(h, sigma, 40.0, amplitude, x, q).energy - 8 * coul_gaussian_self(sigma, amplitude);
  for (int i = 0; i < 8; i++)
    for (int j = 0; j < 8; j++)
      for (int p = -1; p <= 1; p++)
        for (int r = -1; r <= 1; r++)
          for (int s = -1; s <= 1; s++) {
            const double d[3] = {x[i][0] - x[j][0] + 2 * p * a, x[i][1] - x[j][1] + 2 * r * a,
                                 x[i][2] - x[j][2] + 2 * s * a};
            const double len = std::sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
            if (len > 0) e += 0.5 * q[i] * q[j] * std::erfc(len / (std::sqrt(2.0) * sigma)) / len;
          }
  // 8 ions, one pair has -M/a; neglected: exp(-40^2 0.09/2) = 1e-31, erfc(2.5/0.42) = 1e-16
  EXPECT_NEAR(e / 4, -1.747564594633182, 1e-12);
}

TEST(Ewald, AFewWaveVectorsByHand)
{
  const std::vector<Vec> x = {{0.3, 0.2, -0.4}, {1.9, -0.7, 2.2}, {-1.0, 3.3, 0.1}};
  const std::vector<double> q = {1.3, -0.4, 0.9};
  const double sigma = 0.8, kmax = 4.0, amplitude = 1.7;
  const Sum s = ewald(skew, sigma, kmax, amplitude, x, q);
  double b[3][3], energy = 0;
  std::vector<double> phi(3, 0.0);
  const double volume = mat3_inverse(skew, b);
  int count = 0;
  for (int i = -12; i <= 12; i++)
    for (int j = -12; j <= 12; j++)
      for (int l = -12; l <= 12; l++) {
        double k[3], k2 = 0;
        for (int a = 0; a < 3; a++) {
          k[a] = 2 * POLAR_PI * (i * b[0][a] + j * b[1][a] + l * b[2][a]);
          k2 += k[a] * k[a];
        }
        if (k2 == 0 || k2 > kmax * kmax) continue;
        count++;
        double re = 0, im = 0;
        for (int a = 0; a < 3; a++) {
          const double t = k[0] * x[a][0] + k[1] * x[a][1] + k[2] * x[a][2];
          re += q[a] * cos(t);
          im += q[a] * sin(t);
        }
        const double w = amplitude / volume * exp(-sigma * sigma * k2 / 2) / k2;
        energy += w * (re * re + im * im);
        for (int a = 0; a < 3; a++) {
          const double t = k[0] * x[a][0] + k[1] * x[a][1] + k[2] * x[a][2];
          phi[a] += 2 * w * (re * cos(t) + im * sin(t));
        }
      }
  coul_kset set;
  ASSERT_EQ(coul_kset_create(skew, kmax, &set, nullptr), POLAR_OK);
  EXPECT_EQ(2 * set.count, count);
  coul_kset_free(&set);
  EXPECT_NEAR(s.energy, energy, 1e-13); // rounding
  for (int a = 0; a < 3; a++) EXPECT_NEAR(s.phi[a], phi[a], 1e-13);
}

TEST(Ewald, FieldAndVirialAreDerivatives)
{
  const std::vector<Vec> x = {{0.3, 0.2, -0.4}, {1.9, -0.7, 2.2}, {-1.0, 3.3, 0.1}};
  const std::vector<double> q = {1.3, -0.4, 0.9};
  const Sum s = ewald(skew, 0.8, 5.0, 1.7, x, q);
  const double step = 1e-4; // error step^2 and 1e-16/step: 1e-8 of order one
  for (int i = 0; i < 3; i++)
    for (int a = 0; a < 3; a++) {
      auto p = x, m = x;
      p[i][a] += step;
      m[i][a] -= step;
      const double f =
          -(ewald(skew, 0.8, 5.0, 1.7, p, q).energy - ewald(skew, 0.8, 5.0, 1.7, m, q).energy) /
          (2 * step);
      EXPECT_NEAR(q[i] * s.field[i][a], f, 1e-7);
    }
  const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
  for (int k = 0; k < 6; k++) {
    double e[2];
    for (int side = 0; side < 2; side++) {
      double f[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, h[3][3];
      f[row[k]][column[k]] += side ? -1e-5 : 1e-5;
      mat3_mul(f, skew, h);
      auto y = x;
      for (auto &v : y) mat3_vec(f, v.data(), v.data());
      e[side] = ewald(h, 0.8, 5.0, 1.7, y, q).energy;
    }
    EXPECT_NEAR(s.virial[k], -(e[0] - e[1]) / 2e-5, 1e-6) << k;
  }
}

TEST(Ewald, SharesOfTheVirial)
{
  // they add up to it; atoms of a pair that inversion exchanges have equal shares; the trace of a
  // share is q phi/2 times what the trace of the whole is for that potential alone: with
  // sigma = 0 each k has trace 3 - 2 = 1, so that it is q phi/2 itself
  const std::vector<Vec> x = {{0.3, 0.2, -0.1}, {-0.3, -0.2, 0.1}, {1.9, 2.2, 0.7}};
  const std::vector<double> q = {0.7, 0.7, -1.1};
  const Sum s = ewald(skew, 0.8, 6.0, 3.0, x, q), t = ewald(skew, 0.0, 6.0, 3.0, x, q);
  const Sum pair = ewald(skew, 0.8, 6.0, 3.0, {x[0], x[1]}, {0.7, 0.7});
  for (int k = 0; k < 6; k++) {
    EXPECT_NEAR(s.share[0][k] + s.share[1][k] + s.share[2][k], s.virial[k], 1e-13); // rounding
    EXPECT_NEAR(pair.share[0][k], pair.share[1][k], 1e-13);
  }
  for (int i = 0; i < 3; i++) {
    const double trace = t.share[i][0] + t.share[i][1] + t.share[i][2];
    EXPECT_NEAR(trace, 0.5 * q[i] * t.phi[i], 1e-12 * (1.0 + std::fabs(trace))); // rounding
  }
}

TEST(Ewald, ShellAtTheLimitIsKept)
{
  // k = 2 pi/dl lies at kmax for a box of an integer times dl: 1/3 and 1/0.1 do not round alike
  for (double length : {6.0, 14.0, 22.2}) {
    const double h[3][3] = {{length, 0, 0}, {0, length, 0}, {0, 0, length}};
    const int n = (int)std::lround(length / 2.0);
    coul_kset set;
    ASSERT_EQ(coul_kset_create(h, 2 * POLAR_PI / (length / n), &set, nullptr), POLAR_OK);
    EXPECT_EQ(set.most[0], n);
    EXPECT_EQ(set.most[2], n);
    coul_kset_free(&set);
  }
}

TEST(Ewald, Refusals)
{
  coul_kset set;
  polar_status st = {};
  const double flat[3][3] = {{1, 2, 0}, {0, 0, 0}, {0, 0, 1}},
               tiny[3][3] = {{9e9, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  EXPECT_EQ(coul_kset_create(flat, 1.0, &set, &st), POLAR_ARGUMENT);
  EXPECT_EQ(coul_kset_create(tiny, 1.0, &set, &st), POLAR_ARGUMENT);
  EXPECT_EQ(coul_kset_create(skew, NAN, &set, &st), POLAR_ARGUMENT);
  ASSERT_EQ(coul_kset_create(skew, 2.0, &set, &st), POLAR_OK);
  std::vector<double> work(coul_ewald_work(&set)), density(2 * set.nk);
  const double x[1][3] = {{NAN, 0, 0}}, q[1] = {1};
  const coul_ewald sum = sum_over(&set, skew, 1.0, 1.0, work);
  EXPECT_EQ(coul_ewald_density(&sum, 1, x, q, density.data(), &st), POLAR_NUMERIC);
  EXPECT_NE(std::string(st.text).find("not a number"), std::string::npos) << st.text;
  coul_kset_free(&set);
}

TEST(GaussianPair, ClosedFormAndSmallDistances)
{
  const double sigma = 1.3;
  for (double r : {1e-9, 1e-4, 0.012, 0.0185, 0.5, 2.0, 9.0}) {
    double e, s, ep, em, unused;
    coul_gaussian_pair(sigma, r, &e, &s);
    EXPECT_NEAR(e, std::erf(r / (std::sqrt(2.0) * sigma)) / r, 1e-12); // the quotient's rounding
    const double h = 1e-4 * r;
    coul_gaussian_pair(sigma, r + h, &ep, &unused);
    coul_gaussian_pair(sigma, r - h, &em, &unused);
    if (r > 0.01) {
      EXPECT_NEAR(s, (ep - em) / (2 * h), 2e-8);
    }
  }
  // twice the energy of a Gaussian in its own potential is the pair energy at distance 0
  double e, s;
  coul_gaussian_pair(sigma, 0.0, &e, &s);
  EXPECT_NEAR(e, 2 * coul_gaussian_self(sigma, 2 * POLAR_PI), 1e-14);
  EXPECT_EQ(s, 0.0);
}

} // namespace
