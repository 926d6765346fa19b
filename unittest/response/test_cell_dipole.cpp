// Which sites belong to the unit cell round a centre site.
#include "response/cell_dipole.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <random>
#include <tuple>
#include <vector>

namespace {

using Vec = std::array<double, 3>;

struct Crystal {
  double cell[3][3]; // columns
  std::vector<Vec> tau;
};

const double (*positions(const Crystal &c))[3]
{
  return reinterpret_cast<const double(*)[3]>(c.tau.data());
}

// lattice vectors as rows, reduced positions
Crystal crystal(const std::array<Vec, 3> &vectors, const std::vector<Vec> &reduced)
{
  Crystal c;
  for (int a = 0; a < 3; a++)
    for (int i = 0; i < 3; i++) c.cell[a][i] = vectors[i][a];
  for (const Vec &s : reduced) {
    Vec x = {0, 0, 0};
    for (int a = 0; a < 3; a++)
      for (int i = 0; i < 3; i++) x[a] += c.cell[a][i] * s[i];
    c.tau.push_back(x);
  }
  return c;
}

struct Stencil {
  polar_code code;
  polar_status status;
  std::vector<cell_dipole_term> terms;
};

Stencil stencil(const Crystal &c, int centre)
{
  Stencil s;
  cell_dipole_term *term;
  int n;
  s.code =
      cell_dipole_stencil(c.cell, (int)c.tau.size(), positions(c), centre, &term, &n, &s.status);
  s.terms.assign(term, term + n);
  free(term);
  return s;
}

// number of terms and their common weight, site by site
std::map<int, std::pair<int, double>> shares(const Stencil &s)
{
  std::map<int, std::pair<int, double>> out;
  for (const auto &t : s.terms) {
    auto &entry = out[t.site];
    entry.first++;
    if (entry.first > 1) {
      EXPECT_EQ(entry.second, t.weight);
    }
    entry.second = t.weight;
  }
  return out;
}

void expect_share(const Stencil &s, int site, int count)
{
  const auto all = shares(s);
  ASSERT_TRUE(all.count(site)) << "site " << site;
  EXPECT_EQ(all.at(site).first, count) << "site " << site;
  EXPECT_EQ(all.at(site).second, 1.0 / count) << "site " << site;
}

double distance(const Crystal &c, const cell_dipole_term &t, int centre)
{
  double d2 = 0;
  for (int a = 0; a < 3; a++) {
    double d = c.tau[t.site][a] - c.tau[centre][a];
    for (int i = 0; i < 3; i++) d += c.cell[a][i] * t.offset[i];
    d2 += d * d;
  }
  return std::sqrt(d2);
}

const std::array<Vec, 3> cubic = {{{4, 0, 0}, {0, 4, 0}, {0, 0, 4}}};
// A, B, three O
const std::vector<Vec> perovskite = {
    {0, 0, 0}, {0.5, 0.5, 0.5}, {0.5, 0.5, 0}, {0.5, 0, 0.5}, {0, 0.5, 0.5}};

} // namespace

// Meyer and Vanderbilt, Phys. Rev. B 65, 104111 (2002): 1 for B, 1/8 for A, 1/2 for O
TEST(CellDipole, PerovskiteBCentre)
{
  const Crystal c = crystal(cubic, perovskite);
  const Stencil s = stencil(c, 1);
  ASSERT_EQ(s.code, POLAR_OK);
  EXPECT_EQ(s.terms.size(), 15u);
  expect_share(s, 0, 8);
  expect_share(s, 1, 1);
  for (int o = 2; o < 5; o++) expect_share(s, o, 2);
  // B-A sqrt(3)/2 a, B-O a/2; 1e-12: rounding
  for (const auto &t : s.terms)
    EXPECT_NEAR(distance(c, t, 1), t.site == 0 ? 2 * std::sqrt(3.0) : t.site == 1 ? 0 : 2, 1e-12);
}

// round A: eight B, and each O has four nearest A
TEST(CellDipole, PerovskiteACentre)
{
  const Stencil s = stencil(crystal(cubic, perovskite), 0);
  ASSERT_EQ(s.code, POLAR_OK);
  expect_share(s, 0, 1);
  expect_share(s, 1, 8);
  for (int o = 2; o < 5; o++) expect_share(s, o, 4);
}

// the same crystal, described with positions in other cells and by skewed lattice vectors
TEST(CellDipole, DescriptionOfTheCellDoesNotMatter)
{
  Crystal c = crystal(cubic, perovskite);
  for (int a = 0; a < 3; a++) {
    c.tau[0][a] += 3 * c.cell[a][0] - 5 * c.cell[a][2];
    c.tau[3][a] += 7 * c.cell[a][1];
    const double first = c.cell[a][0];
    c.cell[a][1] += 4 * first;                     // a2 + 4 a1
    c.cell[a][2] += -3 * first + 2 * c.cell[a][1]; // a3 + ...
  }
  const Stencil s = stencil(c, 1);
  ASSERT_EQ(s.code, POLAR_OK) << s.status.text;
  expect_share(s, 0, 8);
  expect_share(s, 1, 1);
  for (int o = 2; o < 5; o++) expect_share(s, o, 2);
  for (const auto &t : s.terms) // 1e-12: rounding of positions up to 100 Angstrom
    EXPECT_NEAR(distance(c, t, 1), t.site == 0 ? 2 * std::sqrt(3.0) : t.site == 1 ? 0 : 2, 1e-12);
}

TEST(CellDipole, LeftHandedCell)
{
  const std::array<Vec, 3> left = {{{0, 4, 0}, {4, 0, 0}, {0, 0, 4}}};
  const Stencil s = stencil(crystal(left, perovskite), 1);
  ASSERT_EQ(s.code, POLAR_OK);
  EXPECT_EQ(s.terms.size(), 15u);
}

// octahedral coordination in the primitive fcc cell: six nearest cations share an anion
TEST(CellDipole, Rocksalt)
{
  const std::array<Vec, 3> fcc = {{{0, 2.8, 2.8}, {2.8, 0, 2.8}, {2.8, 2.8, 0}}};
  const Crystal c = crystal(fcc, {{0, 0, 0}, {0.5, 0.5, 0.5}});
  const Stencil s = stencil(c, 0);
  ASSERT_EQ(s.code, POLAR_OK);
  expect_share(s, 0, 1);
  expect_share(s, 1, 6);
  for (const auto &t : s.terms) // 1e-12: rounding
    EXPECT_NEAR(distance(c, t, 0), t.site ? 2.8 : 0, 1e-12);
}

// hcp: with ideal c/a six atoms of the other layer, three above and three below, are equally near
TEST(CellDipole, Hexagonal)
{
  const double a = 3.2, ratio = std::sqrt(8.0 / 3.0);
  const std::array<Vec, 3> hcp = {
      {{a, 0, 0}, {-0.5 * a, 0.5 * std::sqrt(3.0) * a, 0}, {0, 0, ratio * a}}};
  const std::vector<Vec> sites = {{1.0 / 3, 2.0 / 3, 0.25}, {2.0 / 3, 1.0 / 3, 0.75}};
  const Crystal c = crystal(hcp, sites);
  const Stencil s = stencil(c, 0);
  ASSERT_EQ(s.code, POLAR_OK);
  expect_share(s, 0, 1);
  expect_share(s, 1, 6);
  for (const auto &t : s.terms) // 1e-12: rounding
    EXPECT_NEAR(distance(c, t, 0), t.site ? a : 0, 1e-12);
}

// tetragonal perovskite: the apical oxygen moved along z belongs to the nearer B alone, until the
// move is within the tolerance
TEST(CellDipole, TiesHaveATolerance)
{
  for (const double shift : {0.0, 0.5e-4, 2e-3}) {
    std::vector<Vec> sites = perovskite;
    sites[2][2] += shift; // distances a/2 (1 -+ 2 shift)
    const Stencil s = stencil(crystal(cubic, sites), 1);
    ASSERT_EQ(s.code, POLAR_OK);
    expect_share(s, 2, shift > 1e-3 ? 1 : 2);
    expect_share(s, 3, 2);
  }
}

// brute force over a large block of lattice points, random triclinic cells
TEST(CellDipole, RandomCellsAgainstBruteForce)
{
  std::mt19937 random(20240611);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (int trial = 0; trial < 40; trial++) {
    std::array<Vec, 3> v;
    for (int i = 0; i < 3; i++)
      for (int a = 0; a < 3; a++) v[i][a] = 5 * (i == a) + 2.4 * uniform(random);
    std::vector<Vec> sites(6);
    for (auto &s : sites)
      for (double &x : s) x = uniform(random);
    const Crystal c = crystal(v, sites);
    const int centre = trial % 6;
    const Stencil s = stencil(c, centre);
    ASSERT_EQ(s.code, POLAR_OK);
    ASSERT_GE(s.terms.size(), sites.size());
    for (int k = 0; k < 6; k++) {
      double nearest = std::numeric_limits<double>::infinity();
      for (int i = -8; i <= 8; i++)
        for (int j = -8; j <= 8; j++)
          for (int l = -8; l <= 8; l++)
            nearest = std::min(nearest, distance(c, {k, {i, j, l}, 1}, centre));
      int near = 0, found = 0;
      for (int i = -8; i <= 8; i++)
        for (int j = -8; j <= 8; j++)
          for (int l = -8; l <= 8; l++)
            near +=
                distance(c, {k, {i, j, l}, 1}, centre) <= nearest * (1 + CELL_DIPOLE_TIE) + 1e-8;
      double sum = 0;
      for (const auto &t : s.terms)
        if (t.site == k) {
          sum += t.weight;
          found++;
          // the tolerance of a tie, and rounding
          EXPECT_LE(distance(c, t, centre), nearest * (1 + CELL_DIPOLE_TIE) + 1e-8);
        }
      EXPECT_EQ(found, near);
      EXPECT_NEAR(sum, 1, 1e-15); // a few terms of 1/n: one rounding each
    }
  }
}

// cell dipoles of a supercell sum to its dipole: every site instance is counted once
TEST(CellDipole, CellsSumToTheCrystal)
{
  const Crystal c = crystal(cubic, perovskite);
  const Stencil s = stencil(c, 1);
  const int N[3] = {2, 1, 3};
  std::map<std::tuple<int, int, int, int>, double> counted;
  for (int i = 0; i < N[0]; i++)
    for (int j = 0; j < N[1]; j++)
      for (int k = 0; k < N[2]; k++)
        for (const auto &t : s.terms) {
          const int l[3] = {i + t.offset[0], j + t.offset[1], k + t.offset[2]};
          int w[3];
          for (int d = 0; d < 3; d++) w[d] = ((l[d] % N[d]) + N[d]) % N[d];
          counted[{w[0], w[1], w[2], t.site}] += t.weight;
        }
  EXPECT_EQ(counted.size(), 30u);
  for (const auto &[where, weight] : counted) EXPECT_EQ(weight, 1.0); // powers of two: exact
}

TEST(CellDipole, TermsAreOrdered)
{
  const Stencil s = stencil(crystal(cubic, perovskite), 1);
  auto key = [](const cell_dipole_term &t) {
    return std::make_tuple(t.site, t.offset[0], t.offset[1], t.offset[2]);
  };
  for (size_t i = 1; i < s.terms.size(); i++) EXPECT_LT(key(s.terms[i - 1]), key(s.terms[i]));
}

TEST(CellDipole, Errors)
{
  Crystal c = crystal(cubic, perovskite);
  EXPECT_EQ(stencil(c, -1).code, POLAR_ARGUMENT);
  EXPECT_EQ(stencil(c, 5).code, POLAR_ARGUMENT);

  Crystal nan = c;
  nan.tau[2][1] = std::nan("");
  EXPECT_EQ(stencil(nan, 1).code, POLAR_ARGUMENT);
  EXPECT_NE(std::string(stencil(nan, 1).status.text).find("site 3"), std::string::npos);

  Crystal remote = c;
  remote.tau[2][1] = 1e30;
  EXPECT_EQ(stencil(remote, 1).code, POLAR_ARGUMENT);

  Crystal flat = c;
  for (int a = 0; a < 3; a++) flat.cell[a][2] = flat.cell[a][0] + flat.cell[a][1];
  EXPECT_EQ(stencil(flat, 1).code, POLAR_ARGUMENT);

  Crystal infinite = c;
  infinite.cell[0][0] = std::numeric_limits<double>::infinity();
  EXPECT_EQ(stencil(infinite, 1).code, POLAR_ARGUMENT);

  // an almost flat cell is refused instead of searched for ever
  Crystal skewed = c;
  for (int a = 0; a < 3; a++) skewed.cell[a][2] = c.cell[a][0] * 0.37 + c.cell[a][2] * 1e-7;
  EXPECT_EQ(stencil(skewed, 1).code, POLAR_ARGUMENT);
}

TEST(CellDipole, CentreHasTheLargestPositiveTrace)
{
  double born[4][3][3] = {};
  EXPECT_EQ(cell_dipole_centre(4, born), -1);
  for (int i = 0; i < 3; i++) born[0][i][i] = -5;
  EXPECT_EQ(cell_dipole_centre(4, born), -1);
  born[1][0][0] = 2;
  born[2][0][0] = 8; // trace 3
  born[2][1][1] = -5;
  born[3][2][2] = 3;
  EXPECT_EQ(cell_dipole_centre(4, born), 2); // the first of equal traces
  born[3][1][1] = 0.1;
  EXPECT_EQ(cell_dipole_centre(4, born), 3);
  EXPECT_EQ(cell_dipole_centre(0, born), -1);
}
