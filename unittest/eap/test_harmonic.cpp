// Harmonic part of the effective atomic potential: D(q), sum rule, direct sum, phonons.
#include "eap/eap_harmonic.h"

#include <gtest/gtest.h>

#include <utility>

#include "harmonic_fixture.h"

using namespace harmonic_test;

namespace {

// Cyclic Jacobi rotations: eigenvalues of a real symmetric matrix, ascending
std::vector<double> eigenvalues(std::vector<double> a, int n)
{
  for (int sweep = 0; sweep < 60; sweep++)
    for (int p = 0; p < n; p++)
      for (int q = p + 1; q < n; q++) {
        if (std::fabs(a[p * n + q]) < 1e-300) continue;
        const double t0 = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
        const double t = (t0 >= 0 ? 1 : -1) / (std::fabs(t0) + std::sqrt(t0 * t0 + 1));
        const double c = 1 / std::sqrt(t * t + 1), s = t * c;
        for (int k = 0; k < n; k++) {
          const double x = a[k * n + p], y = a[k * n + q];
          a[k * n + p] = c * x - s * y;
          a[k * n + q] = s * x + c * y;
        }
        for (int k = 0; k < n; k++) {
          const double x = a[p * n + k], y = a[q * n + k];
          a[p * n + k] = c * x - s * y;
          a[q * n + k] = s * x + c * y;
        }
      }
  std::vector<double> w(n);
  for (int k = 0; k < n; k++) w[k] = a[k * n + k];
  std::sort(w.begin(), w.end());
  return w;
}

} // namespace

// --- the dynamical matrix -----------------------------------------------------------------------

// No symmetry at all, so that a transposed Born charge, cell matrix or index shows
TEST(Harmonic, DynamicalMatrixByDefinition)
{
  Triclinic t(1.0);
  const Harmonic sr(&t.sys, 0, 0, 0), all(&t.sys, 0, 0, 1);
  const int n3 = 9;
  for (const Supercell &s : {Supercell{{2, 2, 2}}, Supercell{{3, 2, 1}}})
    for (int m = 0; m < s.cells(); m++) {
      Matrix expected(81);
      const Vec q = s.wave_vector(m);
      for (size_t k = 0; k < t.cells().size(); k++) {
        const Cell r = t.cells()[k];
        const auto phase = std::polar(1.0, 2 * pi * (q[0] * r[0] + q[1] * r[1] + q[2] * r[2]));
        for (int e = 0; e < 81; e++) expected[e] += phase * t.block((int)k).phi[e];
      }
      // 343 terms of up to 60 eV/A^2
      EXPECT_LT(largest(sr.at(q), expected), 1e-12);
      for (int r = 0; r < s.cells(); r++)
        for (int a = 0; a < 3; a++)
          for (int b = 0; b < 3; b++) {
            const Mat dd = t.folded_dipole(a, b, s.at(r), s.size);
            for (int i = 0; i < 3; i++)
              for (int j = 0; j < 3; j++)
                expected[(3 * a + i) * n3 + 3 * b + j] += std::polar(1.0, s.phase(m, r)) * dd[i][j];
          }
      EXPECT_LT(largest(all.at(q), expected), 1e-12);
    }
}

TEST(Harmonic, HermitianToTheLastBit)
{
  Triclinic t(1.0);
  for (int dipole = 0; dipole < 2; dipole++)
    for (int asr = 0; asr < 3; asr++) {
      const Harmonic h(&t.sys, asr, 1, dipole);
      for (const Vec &q : {Vec{0, 0, 0}, Vec{.5, 0, .5}, Vec{.1, -.37, .24}, Vec{1. / 3, .25, 0}}) {
        const Matrix d = h.at(q);
        for (int i = 0; i < 9; i++)
          for (int j = 0; j < 9; j++) EXPECT_EQ(d[9 * i + j], std::conj(d[9 * j + i]));
      }
      for (const auto &x : h.at({.5, 0, .5})) EXPECT_EQ(x.imag(), 0.0); // time reversal
    }
  // as stored, the asymmetry that was put in is kept
  const Harmonic stored(&t.sys, 0, 0, 0);
  const Matrix d = stored.at({.1, -.37, .24});
  double skew = 0;
  for (int i = 0; i < 9; i++)
    for (int j = 0; j < 9; j++)
      skew = std::max(skew, std::abs(d[9 * i + j] - std::conj(d[9 * j + i])));
  EXPECT_GT(skew, 1e-6);
}

TEST(Harmonic, SymmetrizeTakesTheMeanOfBothDirections)
{
  Triclinic t(1.0);
  for (int dipole = 0; dipole < 2; dipole++) {
    const Harmonic stored(&t.sys, 0, 0, dipole), symmetric(&t.sys, 0, 1, dipole);
    const Vec q = {.1, -.37, .24};
    const Matrix d = stored.at(q), m = symmetric.at(q);
    for (int i = 0; i < 9; i++)
      for (int j = 0; j < 9; j++)
        EXPECT_LT(std::abs(m[9 * i + j] - 0.5 * (d[9 * i + j] + std::conj(d[9 * j + i]))), 1e-12);
  }
}

// A block that the file lacks counts as zero: its opposite then shares half its constants with it
TEST(Harmonic, MissingOppositeBlock)
{
  Triclinic t(1.0);
  const Harmonic whole(&t.sys, 0, 1, 0);
  t.drop_block({-1, 0, 0});
  const Harmonic part(&t.sys, 0, 1, 0);
  const int(*offset)[3];
  EXPECT_EQ(eap_harmonic_offsets(part.har, &offset), eap_harmonic_offsets(whole.har, &offset));
  const Vec q = {.1, -.37, .24};
  const Matrix d = part.at(q);
  for (int i = 0; i < 9; i++)
    for (int j = 0; j < 9; j++) EXPECT_EQ(d[9 * i + j], std::conj(d[9 * j + i]));
  EXPECT_GT(largest(d, whole.at(q)), 1e-4);
}

TEST(Harmonic, OffsetsAreTheNonZeroBlocks)
{
  Triclinic t(1.0);
  std::vector<Cell> expected;
  for (size_t k = 0; k < t.cells().size(); k++) {
    double size = 0;
    for (int e = 0; e < 81; e++) size += std::fabs(t.block((int)k).phi[e]);
    if (size > 0) expected.push_back(t.cells()[k]);
  }
  const Harmonic h(&t.sys, 2, 1, 0);
  const int(*offset)[3];
  const int count = eap_harmonic_offsets(h.har, &offset);
  std::vector<Cell> found;
  for (int o = 0; o < count; o++) found.push_back({offset[o][0], offset[o][1], offset[o][2]});
  std::sort(expected.begin(), expected.end());
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, expected);
  EXPECT_LT(found.size(), t.cells().size()); // the far ones are zero
}

// --- sum rule
// -------------------------------------------------------------------------------------

TEST(Harmonic, SumRuleAsDefined)
{
  Triclinic t(1.0);
  for (int dipole = 0; dipole < 2; dipole++) {
    const Harmonic none(&t.sys, 0, 0, dipole);
    const Matrix bare = none.at({0, 0, 0});
    const Vec q = {.1, -.37, .24};
    const Matrix bare_q = none.at(q);
    for (int asr = 1; asr <= 2; asr++) {
      const Harmonic h(&t.sys, asr, 0, dipole);
      Matrix expected = bare_q;
      for (int a = 0; a < 3; a++) {
        double s[3][3] = {}, own[3][3];
        for (int i = 0; i < 3; i++)
          for (int j = 0; j < 3; j++) {
            for (int b = 0; b < 3; b++) s[i][j] += bare[(3 * a + i) * 9 + 3 * b + j].real();
            // Phi_aa(0) of the file; the dipole-dipole one is symmetric and drops out below
            own[i][j] = t.block(Triclinic::home).phi[(3 * a + i) * 9 + 3 * a + j];
          }
        for (int i = 0; i < 3; i++)
          for (int j = 0; j < 3; j++)
            expected[(3 * a + i) * 9 + 3 * a + j] +=
                asr == 1 ? -s[i][j] : 0.5 * (own[j][i] - own[i][j]) - 0.5 * (s[i][j] + s[j][i]);
      }
      EXPECT_LT(largest(h.at(q), expected), 1e-12) << asr << dipole;
    }
  }
  EXPECT_EQ(t.block(Triclinic::home).cell[0], 0); // the home block was meant
  EXPECT_EQ(t.block(Triclinic::home).cell[2], 0);
}

TEST(Harmonic, SumRuleHolds)
{
  const System sys = read(ours("BaTiO3_sys.xml"));
  // without the rule the dipole part alone moves a site by tens of eV/A^2
  EXPECT_GT(sum_rule_violation(Harmonic(sys.get(), 0, 1, 1)), 10.0);
  for (int asr = 1; asr <= 2; asr++)
    for (int symmetrize = 0; symmetrize < 2; symmetrize++)
      for (int dipole = 0; dipole < 2; dipole++)
        // diagonal S_a by symmetry, so that its antisymmetric part leaves rounding only
        EXPECT_LT(sum_rule_violation(Harmonic(sys.get(), asr, symmetrize, dipole)), 1e-11);
  Triclinic t(1.0); // no symmetry: only asr 1 with constants as stored is exact
  EXPECT_LT(sum_rule_violation(Harmonic(&t.sys, 1, 0, 1)), 1e-11);
}

// --- direct sum
// -----------------------------------------------------------------------------------

TEST(Harmonic, DirectSumEqualsFourier)
{
  Triclinic t(1.0);
  for (int option = 0; option < 4; option++) {
    const Harmonic h(&t.sys, 1 + option / 2, option % 2, 0);
    for (const Supercell &s :
         {Supercell{{1, 1, 1}}, Supercell{{2, 2, 2}}, Supercell{{3, 2, 1}}, Supercell{{4, 3, 5}}}) {
      const std::vector<double> u = random_numbers(9 * s.cells(), 3, 0.2);
      std::vector<double> site;
      const Result a = by_fourier(h, s, u), b = direct(h, s, u, 0, s.cells(), &site);
      EXPECT_LT(largest(a.gradient, b.gradient), 1e-11); // sums of 1000 products of 10 eV/A
      EXPECT_NEAR(a.energy, b.energy, 1e-11 * s.cells());
      for (int c = 0; c < s.cells(); c++)
        for (int k = 0; k < 3; k++) {
          double e = 0;
          for (int i = 0; i < 3; i++)
            e += 0.5 * u[9 * c + 3 * k + i] * b.gradient[9 * c + 3 * k + i];
          EXPECT_NEAR(site[3 * c + k], e, 1e-12); // 3.0 was added and taken off
        }
    }
  }
}

// A cell's gradient is the same to the last bit however the cells are dealt out
TEST(Harmonic, DirectSumDoesNotDependOnTheSplit)
{
  Triclinic t(1.0);
  const Harmonic h(&t.sys, 2, 1, 0);
  const Supercell s = {{4, 3, 5}};
  const std::vector<double> u = random_numbers(9 * s.cells(), 3, 0.2);
  const Result whole = direct(h, s, u, 0, 60);
  double energy = 0;
  for (int first = 0, step = 1; first < 60; first += step, step = step % 17 + 4) {
    const int last = std::min(60, first + step);
    const Result part = direct(h, s, u, first, last);
    energy += part.energy;
    for (int k = 0; k < 9 * (last - first); k++)
      EXPECT_EQ(part.gradient[k], whole.gradient[9 * first + k]);
  }
  EXPECT_NEAR(energy, whole.energy, 1e-12 * std::fabs(whole.energy)); // rounding of the sum
  EXPECT_EQ(direct(h, s, u, 0, 0).energy, 0.0);
}

// More sites than one group of rows: a 2x2x2 block of the crystal taken as the primitive cell
TEST(Harmonic, LargeCell)
{
  const System sys = read(ours("BaTiO3_sys_M2.xml"));
  const Supercell part = {{2, 2, 2}}, whole = {{4, 4, 2}}, big = {{2, 2, 1}};
  const int n = sys->n, m = n * 8;
  eap_system super = *sys;
  std::vector<std::array<double, 3>> tau(m);
  std::vector<std::array<double, 9>> born(m);
  super.n = m;
  super.tau = reinterpret_cast<double(*)[3]>(tau.data());
  super.born = reinterpret_cast<double(*)[3][3]>(born.data());
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) super.cell[i][j] *= 2;
  std::vector<std::vector<double>> phi(27, std::vector<double>(9 * m * m));
  std::vector<eap_block> block(27);
  for (int k = 0; k < 27; k++) {
    block[k].cell[0] = k / 9 - 1;
    block[k].cell[1] = k / 3 % 3 - 1;
    block[k].cell[2] = k % 3 - 1;
    block[k].phi = phi[k].data();
  }
  for (int c = 0; c < 8; c++) {
    for (int a = 0; a < n; a++) {
      for (int i = 0; i < 3; i++) {
        tau[c * n + a][i] = sys->tau[a][i];
        for (int j = 0; j < 3; j++) {
          tau[c * n + a][i] += sys->cell[i][j] * part.at(c)[j];
          born[c * n + a][3 * i + j] = sys->born[a][i][j];
        }
      }
    }
    for (int k = 0; k < sys->nlocal; k++) {
      Cell to, home;
      for (int i = 0; i < 3; i++) {
        const int x = part.at(c)[i] + sys->local[k].cell[i];
        to[i] = (int)std::floor(x / 2.0);
        home[i] = x - 2 * to[i];
      }
      const int b = ((to[0] + 1) * 3 + to[1] + 1) * 3 + to[2] + 1;
      for (int i = 0; i < 3 * n; i++)
        for (int j = 0; j < 3 * n; j++)
          phi[b][(3 * n * c + i) * 3 * m + 3 * n * part.index(home) + j] +=
              sys->local[k].phi[i * 3 * n + j];
    }
  }
  super.nlocal = 27;
  super.local = block.data();
  super.ntotal = 0;
  const Harmonic small(sys.get(), 2, 1, 0), large(&super, 2, 1, 0);
  ASSERT_EQ(large.code, POLAR_OK) << large.st.text;
  const std::vector<double> u = random_numbers(3 * n * whole.cells(), 8, 0.1);
  std::vector<double> v(u.size());
  std::vector<int> where(whole.cells());
  for (int c = 0; c < whole.cells(); c++) {
    const Cell x = whole.at(c);
    where[c] =
        big.index({x[0] / 2, x[1] / 2, x[2] / 2}) * 8 + part.index({x[0] % 2, x[1] % 2, x[2] % 2});
    for (int k = 0; k < 3 * n; k++) v[where[c] * 3 * n + k] = u[c * 3 * n + k];
  }
  const Result a = direct(small, whole, u, 0, whole.cells()), b = direct(large, big, v, 0, 4);
  const Result f = by_fourier(large, big, v);
  EXPECT_NEAR(a.energy, b.energy, 1e-12 * std::fabs(a.energy));
  EXPECT_LT(largest(b.gradient, f.gradient), 1e-12); // eV/A, gradients of some eV/A
  for (int c = 0; c < whole.cells(); c++)
    for (int k = 0; k < 3 * n; k++)
      EXPECT_NEAR(a.gradient[c * 3 * n + k], b.gradient[where[c] * 3 * n + k], 1e-12);

  // with dipoles: the constants are those of the same infinite crystal
  const System local = read(ours("BaTiO3_sys.xml"));
  for (int k = 0; k < 27; k++) std::fill(phi[k].begin(), phi[k].end(), 0.0);
  for (int c = 0; c < 8; c++)
    for (int k = 0; k < local->nlocal; k++) {
      Cell to, home;
      for (int i = 0; i < 3; i++) {
        const int x = part.at(c)[i] + local->local[k].cell[i];
        to[i] = (int)std::floor(x / 2.0);
        home[i] = x - 2 * to[i];
      }
      const int b2 = ((to[0] + 1) * 3 + to[1] + 1) * 3 + to[2] + 1;
      for (int i = 0; i < 3 * n; i++)
        for (int j = 0; j < 3 * n; j++)
          phi[b2][(3 * n * c + i) * 3 * m + 3 * n * part.index(home) + j] +=
              local->local[k].phi[i * 3 * n + j];
    }
  const Harmonic small_dd(local.get(), 2, 1, 1), large_dd(&super, 2, 1, 1);
  ASSERT_EQ(large_dd.code, POLAR_OK) << large_dd.st.text;
  const Result p = by_fourier(small_dd, whole, u), q = by_fourier(large_dd, big, v);
  EXPECT_NEAR(p.energy, q.energy, 1e-12 * std::fabs(p.energy));
  for (int c = 0; c < whole.cells(); c++)
    for (int k = 0; k < 3 * n; k++)
      EXPECT_NEAR(p.gradient[c * 3 * n + k], q.gradient[where[c] * 3 * n + k], 1e-11);
}

TEST(Harmonic, GradientIsTheDerivative)
{
  Triclinic t(1.0);
  const Supercell s = {{3, 2, 1}};
  const std::vector<double> u = random_numbers(9 * s.cells(), 3, 0.2);
  for (int dipole = 0; dipole < 2; dipole++) {
    const Harmonic h(&t.sys, 2, 1, dipole);
    const Result r = by_fourier(h, s, u);
    for (int k = 0; k < 9 * s.cells(); k += 4) {
      std::vector<double> up = u, down = u;
      up[k] += 0.5; // the energy is quadratic: central differences are exact at any step
      down[k] -= 0.5;
      EXPECT_NEAR(by_fourier(h, s, up).energy - by_fourier(h, s, down).energy, r.gradient[k],
                  1e-10 * std::max(1.0, std::fabs(r.energy)));
    }
  }
}

// --- phonons
// --------------------------------------------------------------------------------------

// anaddb 9.6.2 on the derivative database the system file was made from, asr 2: hartree, imaginary
// frequencies negative. Distinct values with their degeneracy.
TEST(Harmonic, PhononsOfBaTiO3)
{
  struct Level {
    double hartree;
    int count;
  };
  const std::vector<std::pair<Vec, std::vector<Level>>> expected = {{{0, 0, 0},
                                                                     {{-0.5450330159e-3, 3},
                                                                      {0, 3},
                                                                      {0.8422627919e-3, 3},
                                                                      {0.1369588239e-2, 3},
                                                                      {0.2173969337e-2, 3}}},
                                                                    {{.5, 0, 0},
                                                                     {{-0.3997388733e-3, 2},
                                                                      {0.5239718941e-3, 2},
                                                                      {0.7221670195e-3, 1},
                                                                      {0.9741339059e-3, 2},
                                                                      {0.1307649912e-2, 1},
                                                                      {0.1557913927e-2, 1},
                                                                      {0.1567066981e-2, 2},
                                                                      {0.2032731043e-2, 2},
                                                                      {0.2440704231e-2, 1},
                                                                      {0.3046169208e-2, 1}}},
                                                                    {{.5, .5, 0},
                                                                     {{-0.4004260513e-3, 1},
                                                                      {0.5222297485e-3, 2},
                                                                      {0.5222438246e-3, 1},
                                                                      {0.1006045229e-2, 1},
                                                                      {0.1335633435e-2, 2},
                                                                      {0.1639830027e-2, 2},
                                                                      {0.1652142800e-2, 1},
                                                                      {0.1884171163e-2, 1},
                                                                      {0.2061235083e-2, 2},
                                                                      {0.2160526880e-2, 1},
                                                                      {0.3307557416e-2, 1}}},
                                                                    {{.5, .5, .5},
                                                                     {{0.6359187423e-3, 3},
                                                                      {0.8809718039e-3, 3},
                                                                      {0.1725553603e-2, 2},
                                                                      {0.1843469853e-2, 3},
                                                                      {0.1963404465e-2, 3},
                                                                      {0.3466267599e-2, 1}}}};
  // hbar omega in hartree of an eigenvalue in eV/(A^2 amu); 1 hartree = 219474.63136 cm-1
  const double ev = 1.602176634e-19, amu = 1.66053906660e-27, hbar = 1.054571817e-34;
  const double to_cm =
      hbar * std::sqrt(ev / (1e-20 * amu)) / (POLAR_HARTREE_EV * ev) * 219474.63136;
  for (int dipole = 0; dipole < 2; dipole++) { // the total file holds the same at its wave vectors
    const System sys = read(ours(dipole ? "BaTiO3_sys.xml" : "BaTiO3_sys_M2.xml"));
    const int n3 = 3 * sys->n;
    const Harmonic h(sys.get(), 2, 1, dipole);
    ASSERT_EQ(h.code, POLAR_OK) << h.st.text;
    for (const auto &point : expected) {
      const Matrix d = h.at(point.first);
      std::vector<double> a(n3 * n3);
      for (int i = 0; i < n3; i++)
        for (int j = 0; j < n3; j++)
          a[i * n3 + j] = d[i * n3 + j].real() / std::sqrt(sys->mass[i / 3] * sys->mass[j / 3]);
      const std::vector<double> w = eigenvalues(a, n3);
      int k = 0;
      for (const Level &level : point.second)
        for (int c = 0; c < level.count; c++, k++)
          // 0.1 cm-1: the file's masses and 14 digits; acoustic modes are square roots of rounding
          EXPECT_NEAR((w[k] < 0 ? -1 : 1) * std::sqrt(std::fabs(w[k])) * to_cm,
                      level.hartree * 219474.63136, 0.1)
              << dipole << " " << point.first[0] << point.first[1] << point.first[2] << " " << k;
      ASSERT_EQ(k, n3);
    }
  }
}
