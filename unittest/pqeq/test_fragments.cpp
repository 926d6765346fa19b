// Fragments that each keep their net charge: molecules in a field that acts on charges.
#include "pqeq_fixture.h"

namespace {

// a water molecule with the oxygen at x y z, in the plane normal to x
void add_water(PqeqSystem &s, double x, double y, double z)
{
  for (const char *name : {"O", "H", "H"}) s.symbols.push_back(name);
  s.positions.push_back({x, y, z});
  s.positions.push_back({x, y + 0.7569503, z + 0.5858822});
  s.positions.push_back({x, y - 0.7569503, z + 0.5858822});
}

void waters(PqeqSystem &s, double distance, bool fragments)
{
  add_water(s, 0, 0, 0);
  add_water(s, 0, 0, distance);
  s.options.field[2] = 0.25;
  s.options.field_full = 1;
  s.converge(1e-11);
  if (!fragments) return;
  s.fragment = {0, 0, 0, 1, 1, 1};
  s.fragment_charge = {0.0, 0.0};
}

// Rounding of a fragment's charge: each iteration adds steps that sum to 0 within 1e-16
const double SUM = 1e-14;

double lower(const PqeqSystem &s)
{
  return s.q[0] + s.q[1] + s.q[2];
}

TEST(PqeqFragments, NoChargeFlowsBetweenMolecules)
{
  PqeqSystem free, bound;
  waters(free, 10.0, false);
  waters(bound, 10.0, true);
  ASSERT_EQ(free.solve(), POLAR_OK) << free.status.text;
  ASSERT_EQ(bound.solve(), POLAR_OK) << bound.status.text;
  EXPECT_NEAR(lower(free), -0.1128, 5e-5); // an independent program, four digits
  EXPECT_NEAR(lower(bound), 0.0, SUM);
  EXPECT_GT(bound.energy, free.energy); // a constraint more
}

// molecules beyond the cutoff do not know of each other; the energy of a neutral one in a field
// does not depend on where it is
TEST(PqeqFragments, FarMoleculesAreAlone)
{
  PqeqSystem one, two;
  add_water(one, 0, 0, 0);
  one.options.field[2] = 0.25;
  one.options.field_full = 1;
  one.converge(1e-11);
  waters(two, 40.0, true);
  ASSERT_EQ(one.solve(), POLAR_OK) << one.status.text;
  ASSERT_EQ(two.solve(), POLAR_OK) << two.status.text;
  EXPECT_NEAR(two.energy, 2 * one.energy, CONVERGED);
  for (int i = 0; i < 6; i++) EXPECT_NEAR(two.q[i], one.q[i % 3], CONVERGED);
  for (int i = 0; i < 6; i++)
    for (int m = 0; m < 3; m++) {
      EXPECT_NEAR(two.u[i][m], one.u[i % 3][m], CONVERGED);
      EXPECT_NEAR(two.forces[i][m], one.forces[i % 3][m], CONVERGED);
    }
}

TEST(PqeqFragments, OneFragmentIsNone)
{
  PqeqSystem a, b;
  waters(a, 4.0, false);
  waters(b, 4.0, false);
  a.options.net_charge = 0.3;
  b.fragment.assign(6, 0);
  b.fragment_charge = {0.3};
  ASSERT_EQ(a.solve(), POLAR_OK) << a.status.text;
  ASSERT_EQ(b.solve(), POLAR_OK) << b.status.text;
  EXPECT_EQ(a.energy, b.energy);
  EXPECT_EQ(a.result.mu, b.result.mu);
  for (int i = 0; i < 6; i++) EXPECT_EQ(a.q[i], b.q[i]);
}

// dE/dq_i is the same within a fragment, and no change of charges within fragments lowers the
// energy; by central differences of h = 1e-4 e, exact for a quadratic function but for rounding,
// 1e-14 eV over h
TEST(PqeqFragments, StationaryWithinFragments)
{
  PqeqSystem s;
  waters(s, 3.1, true);
  s.positions[4][0] += 0.3;
  s.fragment_charge = {0.2, -0.1};
  ASSERT_EQ(s.solve(), POLAR_OK) << s.status.text;
  EXPECT_NEAR(lower(s), 0.2, SUM);
  EXPECT_NEAR(s.q[3] + s.q[4] + s.q[5], -0.1, SUM);
  double slope[6];
  for (int i = 0; i < 6; i++) {
    const double q = s.q[i], h = 1e-4;
    s.q[i] = q + h;
    s.evaluate();
    const double up = s.energy;
    s.q[i] = q - h;
    s.evaluate();
    s.q[i] = q;
    slope[i] = (up - s.energy) / (2 * h);
  }
  for (int i : {1, 2}) EXPECT_NEAR(slope[i], slope[0], 1e-10);
  for (int i : {4, 5}) EXPECT_NEAR(slope[i], slope[3], 1e-10);
  EXPECT_GT(std::fabs(slope[3] - slope[0]), 0.1);
  // mu: the mean of both, with the weights 1/eta of their atoms
  double weight[2] = {0, 0}, sum = 0.0;
  for (int i = 0; i < 6; i++) weight[i / 3] += 1.0 / s.kernel->species[s.species[i]].eta;
  for (int f = 0; f < 2; f++) sum += weight[f] * slope[3 * f];
  EXPECT_NEAR(s.result.mu, sum / (weight[0] + weight[1]), 1e-10);
}

TEST(PqeqFragments, Forces)
{
  PqeqSystem s;
  waters(s, 3.1, true);
  s.options.field[0] = 0.1;
  ASSERT_EQ(s.solve(), POLAR_OK) << s.status.text;
  for (int i = 0; i < 6; i++)
    for (int m = 0; m < 3; m++) {
      double e[2];
      for (int k = 0; k < 2; k++) {
        PqeqSystem t;
        waters(t, 3.1, true);
        t.options.field[0] = 0.1;
        t.positions[i][m] += k ? 1e-3 : -1e-3;
        ASSERT_EQ(t.solve(), POLAR_OK) << t.status.text;
        e[k] = t.energy;
      }
      EXPECT_NEAR(s.forces[i][m], -(e[1] - e[0]) / 2e-3, FORCE_BY_DIFFERENCE) << i << m;
    }
}

TEST(PqeqFragments, Faults)
{
  PqeqSystem s;
  waters(s, 4.0, true);
  s.fragment[5] = 2;
  EXPECT_EQ(s.solve(), POLAR_ARGUMENT);
  EXPECT_NE(std::string(s.status.text).find("of fragment 2, expected 0 to 1"), std::string::npos)
      << s.status.text;
  s.fragment[5] = 1;
  s.fragment_charge = {0.0, 0.0, 0.5}; // no atom is of this one
  EXPECT_EQ(s.solve(), POLAR_MODEL);
  EXPECT_NE(std::string(s.status.text).find("No atom of a fragment"), std::string::npos)
      << s.status.text;
  s.fragment_charge[2] = 0.0;
  EXPECT_EQ(s.solve(), POLAR_OK) << s.status.text;
}

} // namespace
