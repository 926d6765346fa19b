// Lattice sums of the dipole-dipole interaction at any wave vector.
#include "coul/dipole_sum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "base/units.h"
#include "supercell_ewald.h"

namespace {

namespace se = supercell_ewald;
using se::Mat;
using se::Vec;

constexpr double pi = POLAR_PI;

struct Crystal {
  Mat cell, eps;
  std::vector<Vec> tau;
  double volume() const { return std::fabs(se::determinant(cell)); }
};

// reduced positions to Cartesian
Crystal crystal(const Mat &cell, const Mat &eps, const std::vector<Vec> &reduced)
{
  Crystal c{cell, eps, {}};
  for (const Vec &s : reduced) c.tau.push_back(se::times(cell, s));
  return c;
}

const Mat unit = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

Mat scaled(const Mat &m, double f)
{
  Mat s = m;
  for (Vec &row : s)
    for (double &x : row) x *= f;
  return s;
}

Crystal perovskite()
{
  return crystal(scaled(unit, 4.149), scaled(unit, 4.68),
                 {{0, 0, 0}, {.5, .5, .5}, {.5, 0, .5}, {0, .5, .5}, {.5, .5, 0}});
}

Crystal triclinic()
{
  return crystal({{{3.9, 0.7, -0.4}, {0.2, 4.6, 1.1}, {-0.3, 0.5, 5.2}}},
                 {{{5.1, 0.6, -0.3}, {0.6, 3.2, 0.4}, {-0.3, 0.4, 7.5}}},
                 {{0.02, 0.1, -0.3}, {0.41, 0.55, 0.2}, {0.7, 1.3, 0.63}});
}

Crystal elongated()
{
  return crystal({{{3.5, -1.75, 0}, {0, 3.0310889132455352, 0}, {0, 0, 14.2}}},
                 {{{2.5, 0, 0}, {0, 2.5, 0}, {0, 0, 11.0}}}, {{0, 0, 0}, {1. / 3, 2. / 3, .31}});
}

struct Tensors {
  int n;
  std::vector<double> re, im;
  double real(int a, int b, int i, int j) const { return re[((a * n + b) * 3 + i) * 3 + j]; }
  double imag(int a, int b, int i, int j) const { return im[((a * n + b) * 3 + i) * 3 + j]; }
  double scale() const
  {
    double s = 0;
    for (size_t k = 0; k < re.size(); k++) s = std::max(s, std::hypot(re[k], im[k]));
    return s;
  }
};

class Sum {
public:
  explicit Sum(const Crystal &c, double width = 1.0)
  {
    polar_status st;
    double cell[3][3], eps[3][3];
    std::memcpy(cell, c.cell.data(), sizeof cell);
    std::memcpy(eps, c.eps.data(), sizeof eps);
    n = (int)c.tau.size();
    const polar_code code = coul_dipole_sum_create(
        cell, n, reinterpret_cast<const double(*)[3]>(c.tau.data()), eps, width, &sum, &st);
    EXPECT_EQ(code, POLAR_OK) << (code ? st.text : "");
  }
  ~Sum() { coul_dipole_sum_free(sum); }
  Sum(const Sum &) = delete;
  Sum &operator=(const Sum &) = delete;
  Tensors at(const Vec &q) const
  {
    // NaN: every element has to be written, scratch needs no initial value
    const double nan = std::numeric_limits<double>::quiet_NaN();
    Tensors t{n, std::vector<double>(9 * n * n, nan), std::vector<double>(9 * n * n, nan)};
    std::vector<double> scratch(coul_dipole_sum_scratch(sum), nan);
    coul_dipole_sum_at(sum, q.data(), t.re.data(), t.im.data(), scratch.data());
    return t;
  }

private:
  int n;
  coul_dipole_sum *sum = nullptr;
};

double difference(const Tensors &a, const Tensors &b)
{
  double d = 0;
  for (size_t k = 0; k < a.re.size(); k++) {
    const double x = std::hypot(a.re[k] - b.re[k], a.im[k] - b.im[k]);
    if (!(x <= d)) d = x; // also catches NaN
  }
  return d;
}

const std::vector<Vec> wave_vectors = {{0, 0, 0},        {.5, 0, 0},          {.5, .5, .5},
                                       {.13, -.27, .41}, {1e-3, 2e-3, -1e-3}, {.25, .5, 1. / 3}};

} // namespace

TEST(DipoleSum, SplittingIndependence)
{
  for (const Crystal &c : {perovskite(), triclinic(), elongated()}) {
    const Sum reference(c, 1.0);
    for (double width : {0.8, 1.3})
      for (const Vec &q : wave_vectors) {
        const Tensors t = reference.at(q);
        // a few hundred terms of the size of T, each rounded: 1e-14 of the largest element
        EXPECT_LT(difference(t, Sum(c, width).at(q)), 1e-14 * t.scale()) << width << " " << q[0];
      }
  }
}

// Lorentz: in tin-foil boundary a site of cubic symmetry feels 4 pi/3 of the polarization of each
// cubic sublattice, whatever the sublattice; the medium screens it by 1/eps.
TEST(DipoleSum, LorentzField)
{
  const double a = 4.0, eps = 5.0;
  const Crystal c = crystal(scaled(unit, a), scaled(unit, eps), {{0, 0, 0}, {.5, .5, .5}});
  const Tensors t = Sum(c).at({0, 0, 0});
  const double expected = -4 * pi / (3 * a * a * a * eps) * POLAR_COULOMB;
  for (int p = 0; p < 2; p++)
    for (int q = 0; q < 2; q++)
      for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) // rounding of a sum of some hundred terms
          EXPECT_NEAR(t.real(p, q, i, j), i == j ? expected : 0.0, 1e-14 * std::fabs(expected) * 10)
              << p << q << i << j;
}

// Outside the dipoles div eps grad (1/D) = 0, so eps : t = 0 term by term; the tin-foil sum at q =
// 0 lacks the K = 0 term, whose contraction is 4 pi/V.
TEST(DipoleSum, TraceVanishesOffZero)
{
  for (const Crystal &c : {perovskite(), triclinic(), elongated()}) {
    const Sum sum(c);
    for (const Vec &q : wave_vectors) {
      const Tensors t = sum.at(q);
      const bool zero = q[0] == 0 && q[1] == 0 && q[2] == 0;
      for (int a = 0; a < t.n; a++)
        for (int b = 0; b < t.n; b++) {
          double re = 0, im = 0, size = 0;
          for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
              re += c.eps[i][j] * t.real(a, b, i, j);
              im += c.eps[i][j] * t.imag(a, b, i, j);
              size = std::max(size, std::fabs(c.eps[i][j]) * t.scale());
            }
          // nine products of eps and T, T good to 1e-14
          EXPECT_NEAR(re, zero ? -4 * pi / c.volume() * POLAR_COULOMB : 0.0, 1e-13 * size);
          EXPECT_NEAR(im, 0.0, 1e-13 * size);
        }
    }
  }
}

// Simple cubic, dipoles along z in chains of equal sign, neighbouring chains opposite:
// a^3 T_zz = -4 zeta(3) + sum over other chains of sign 16 pi^2 sum_k k^2 K_0(2 pi k rho),
// from the Fourier series of a chain's potential (rapidly convergent, no Ewald).
TEST(DipoleSum, ChainsInClosedForm)
{
  const double zeta3 = 1.2020569031595942854, a = 3.7;
  const Sum sum(crystal(scaled(unit, a), unit, {{0, 0, 0}}));
  for (const Vec &q : {Vec{.5, .5, 0}, Vec{.5, 0, 0}, Vec{0, .5, 0}}) {
    double expected = -4 * zeta3;
    for (int i = -8; i <= 8; i++)
      for (int j = -8; j <= 8; j++) {
        if (i == 0 && j == 0) continue;
        const double sign = std::cos(2 * pi * (q[0] * i + q[1] * j)), rho = std::hypot(i, j);
        for (int k = 1; k <= 8; k++)
          expected += sign * 16 * pi * pi * k * k * std::cyl_bessel_k(0.0, 2 * pi * k * rho);
      }
    // 13 digits: Bessel functions of the standard library
    EXPECT_NEAR(sum.at(q).real(0, 0, 2, 2) * a * a * a / POLAR_COULOMB, expected, 1e-13 * 5)
        << q[0] << q[1];
  }
  // energy per dipole, half of it: Luttinger and Tisza, Phys. Rev. 70, 954 (1946), print 2.676
  EXPECT_NEAR(0.5 * sum.at({.5, .5, 0}).real(0, 0, 2, 2) * a * a * a / POLAR_COULOMB, -2.676, 1e-3);
}

// The macroscopic field: T(q -> 0) - T(0) = 4 pi/V q_i q_j/(q.eps.q) for every pair
TEST(DipoleSum, LongitudinalLimit)
{
  for (const Crystal &c : {perovskite(), triclinic()}) {
    const Sum sum(c);
    const Tensors zero = sum.at({0, 0, 0});
    const Mat inv = se::inverse(c.cell);
    for (const Vec &direction : {Vec{1, 0, 0}, Vec{.3, -.7, .2}}) {
      const Vec q = {1e-9 * direction[0], 1e-9 * direction[1], 1e-9 * direction[2]};
      Vec k = {0, 0, 0}; // Cartesian; its length cancels
      for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) k[i] += inv[j][i] * direction[j];
      const double kek = se::dot(k, se::times(c.eps, k));
      const Tensors t = sum.at(q);
      for (int a = 0; a < t.n; a++)
        for (int b = 0; b < t.n; b++)
          for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
              const double step = 4 * pi / c.volume() * k[i] * k[j] / kek * POLAR_COULOMB;
              // phases exp(i q.d) differ from 1 by 2 pi 1e-9
              EXPECT_NEAR(t.real(a, b, i, j) - zero.real(a, b, i, j), step, 1e-8);
              EXPECT_NEAR(t.imag(a, b, i, j), 0.0, 1e-7);
            }
    }
  }
}

TEST(DipoleSum, Symmetries)
{
  for (const Crystal &c : {perovskite(), triclinic(), elongated()}) {
    const Sum sum(c);
    for (const Vec &q : wave_vectors) {
      const Tensors t = sum.at(q);
      for (int a = 0; a < t.n; a++)
        for (int b = 0; b < t.n; b++)
          for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) { // to the last bit by construction
              EXPECT_EQ(t.real(a, b, i, j), t.real(b, a, j, i));
              EXPECT_EQ(t.imag(a, b, i, j), -t.imag(b, a, j, i));
              EXPECT_EQ(t.real(a, b, i, j), t.real(a, b, j, i));
            }
      Tensors minus = sum.at({-q[0], -q[1], -q[2]});
      for (double &x : minus.im) x = -x;
      EXPECT_LT(difference(t, minus), 1e-14 * t.scale()); // time reversal, rounding of the sum
      // period of the reciprocal lattice: rounding of q + G is 1e-16 of G, phases are 2 pi times it
      EXPECT_LT(difference(t, sum.at({q[0] + 1, q[1] - 2, q[2] + 5})), 1e-12 * t.scale());
    }
    for (const Vec &q : {Vec{.5, .5, 0}, Vec{1.5, -.5, 2}}) // 2 q in the reciprocal lattice: real
      for (double x : sum.at(q).im) EXPECT_EQ(x, 0.0);
  }
}

// Rounded integers are q = 0, not a direction of approach to it
TEST(DipoleSum, RoundedZero)
{
  const Sum sum(triclinic());
  const double third = 1.0 / 3.0;
  EXPECT_EQ(difference(sum.at({third + third + third, 1e-15, -2e-16}), sum.at({0, 0, 0})), 0.0);
}

// Fourier transform over the supercell of the supercell's own sum at q = 0 gives T(q)
TEST(DipoleSum, SupercellFolding)
{
  for (const Crystal &c : {perovskite(), triclinic()})
    for (const std::array<int, 3> &mesh : {std::array<int, 3>{2, 2, 2}, {3, 2, 1}}) {
      Mat super = c.cell;
      for (Vec &row : super)
        for (int j = 0; j < 3; j++) row[j] *= mesh[j];
      const double lambda = se::balanced(super, c.eps);
      const int cells = mesh[0] * mesh[1] * mesh[2];
      const Sum sum(c);
      std::vector<Tensors> found;
      std::vector<Vec> cell_index;
      double worst = 0, scale = 0;
      for (int m = 0; m < cells; m++)
        cell_index.push_back(
            {double(m / (mesh[1] * mesh[2])), double(m / mesh[2] % mesh[1]), double(m % mesh[2])});
      for (int m = 0; m < cells; m++) {
        Vec q;
        for (int i = 0; i < 3; i++) q[i] = cell_index[m][i] / mesh[i];
        found.push_back(sum.at(q));
        scale = std::max(scale, found.back().scale());
      }
      const int n = (int)c.tau.size();
      for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) {
          std::vector<Mat> t;
          for (int r = 0; r < cells; r++) {
            const Vec shift = se::times(c.cell, cell_index[r]);
            Vec d;
            for (int i = 0; i < 3; i++) d[i] = c.tau[b][i] - c.tau[a][i] + shift[i];
            t.push_back(se::tensor(super, c.eps, d, lambda));
          }
          for (int m = 0; m < cells; m++)
            for (int i = 0; i < 3; i++)
              for (int j = 0; j < 3; j++) {
                double re = 0, im = 0;
                for (int r = 0; r < cells; r++) {
                  double phase = 0;
                  for (int k = 0; k < 3; k++)
                    phase += 2 * pi * cell_index[m][k] * cell_index[r][k] / mesh[k];
                  re += std::cos(phase) * t[r][i][j] * POLAR_COULOMB;
                  im += std::sin(phase) * t[r][i][j] * POLAR_COULOMB;
                }
                worst = std::max({worst, std::fabs(re - found[m].real(a, b, i, j)),
                                  std::fabs(im - found[m].imag(a, b, i, j))});
              }
        }
      // up to 8 sums of terms of T's size, rounded
      EXPECT_LT(worst, 3e-14 * scale) << mesh[0] << mesh[1] << mesh[2];
    }
}

TEST(DipoleSum, RefusesBadArguments)
{
  const Crystal good = perovskite();
  struct Case {
    Crystal crystal;
    double width;
    const char *word;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<Case> cases;
  Crystal c = good;
  c.cell[2][2] = 0;
  cases.push_back({c, 1, "volume"});
  c = good;
  c.cell[1][2] = nan;
  cases.push_back({c, 1, "volume"});
  c = good;
  c.eps[0][0] = -1;
  cases.push_back({c, 1, "positive definite"});
  c = good;
  c.eps[0][1] = c.eps[1][0] = 9;
  cases.push_back({c, 1, "positive definite"});
  c = good;
  c.eps[0][1] = 0.5;
  cases.push_back({c, 1, "symmetric"});
  c = good;
  c.eps = {};
  cases.push_back({c, 1, "positive definite"});
  c = good;
  c.tau[3] = {c.tau[1][0] + good.cell[0][0], c.tau[1][1], c.tau[1][2] - good.cell[2][2]};
  cases.push_back({c, 1, "sites 1 and 3"});
  c = good;
  c.tau[4][0] = nan;
  cases.push_back({c, 1, "site 4"});
  c = good;
  c.tau.clear();
  cases.push_back({c, 1, "0 sites"});
  c = good;
  c.cell[2][2] *= 2e4;
  cases.push_back({c, 1, "out of proportion"});
  cases.push_back({good, 0, "splitting"});
  cases.push_back({good, -1, "splitting"});
  cases.push_back({good, nan, "splitting"});
  for (const Case &k : cases) {
    double cell[3][3], eps[3][3];
    std::memcpy(cell, k.crystal.cell.data(), sizeof cell);
    std::memcpy(eps, k.crystal.eps.data(), sizeof eps);
    polar_status st = {};
    coul_dipole_sum *sum = nullptr;
    EXPECT_EQ(coul_dipole_sum_create(cell, (int)k.crystal.tau.size(),
                                     reinterpret_cast<const double(*)[3]>(k.crystal.tau.data()),
                                     eps, k.width, &sum, &st),
              POLAR_ARGUMENT)
        << k.word;
    EXPECT_EQ(sum, nullptr);
    EXPECT_NE(std::string(st.text).find(k.word), std::string::npos) << st.text;
  }
  coul_dipole_sum_free(nullptr);
}
