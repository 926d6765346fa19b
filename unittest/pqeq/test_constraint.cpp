// The bound of the shells as a constraint: Karush, Kuhn and Tucker's conditions of the minimum of
// E(q, u) under sum q = Q and |u_i| <= umax, and forces on atoms, with fields on everything or on
// shells only, in clusters and crystals, tapered and long-range.
#include "pqeq_fixture.h"

#include <functional>

namespace {

using Prepare = std::function<void(PqeqSystem &)>;

void field(PqeqSystem &s, double x, double y, double z, int full)
{
  const double e[3] = {x, y, z};
  memcpy(s.options.field, e, sizeof e);
  s.options.field_full = full;
}

// the soft shell of K is drawn to the bound
void dimer(PqeqSystem &s, const char *metal, double r)
{
  s.symbols = {metal, "Cl"};
  s.positions = {{0.1, 0.0, 0.2}, {0.1 + 0.48 * r, 0.6 * r, 0.2 + 0.64 * r}};
  s.converge(1e-11);
}

// soft and hard shells, some at the bound, in no symmetry
void cluster(PqeqSystem &s)
{
  s.symbols = {"K", "O", "Na", "Cl", "Li", "H", "Ba"};
  s.positions = {{0.0, 0.1, -0.1}, {2.6, 0.3, 0.2},  {1.1, 2.4, 1.0}, {-1.9, 1.8, 0.9},
                 {3.4, 2.1, 0.4},  {2.9, -0.5, 0.6}, {0.3, -0.9, 3.4}};
  s.converge(1e-11);
}

void crystal(PqeqSystem &s)
{
  s.symbols = {"Li", "O", "P", "N", "Li", "O", "Li", "H"};
  s.positions = {{0.3, 0.2, 0.1}, {1.9, 0.4, 0.5}, {3.2, 1.5, 0.3}, {4.6, 0.8, 1.4},
                 {0.5, 2.4, 1.9}, {2.1, 2.9, 1.2}, {3.9, 3.4, 2.0}, {5.2, 2.7, 3.1}};
  const double cell[3][3] = {{6.1, 0, 0}, {0.7, 5.3, 0}, {-0.6, 0.9, 5.0}};
  memcpy(s.cell, cell, sizeof cell);
  s.periodic = true;
  s.cutoff = 8.0;
  s.umax = 0.02;
  s.options.net_charge = 0.4;
  s.converge(1e-11);
}

// umax: O and N are there, some of Li and H are not
void ewald_crystal(PqeqSystem &s)
{
  crystal(s);
  s.cutoff = 14.0;
  s.split = 0.35;
}

// energy of given charges and shells; ghosts follow their owners
double energy_of(PqeqSystem &s)
{
  for (size_t g = 0; g < s.owner.size(); g++) {
    s.q[s.view.nlocal + g] = s.q[s.owner[g]];
    s.u[s.view.nlocal + g] = s.u[s.owner[g]];
  }
  s.evaluate();
  return s.energy;
}

double slope(PqeqSystem &s, double &x)
{
  const double h = 1e-4, at = x;
  x = at + h;
  const double up = energy_of(s);
  x = at - h;
  const double down = energy_of(s);
  x = at;
  return (up - down) / (2 * h);
}

// Stationary on all directions that the constraints allow, and held back by them, not pushed.
// Slopes: rounding of the energy over h, 1e-9, and the criterion of the shells times springs of up
// to 100 eV/Angstrom^2, 1e-9
const double SLOPE = 2e-8;

void check_kkt(const Prepare &setup, const char *what)
{
  PqeqSystem s;
  setup(s);
  ASSERT_EQ(s.solve(), POLAR_OK) << what << s.status.text;
  const int n = (int)s.positions.size();
  const double mu = s.result.mu;
  int bound = 0;
  for (int i = 0; i < n; i++) {
    EXPECT_NEAR(slope(s, s.q[i]), mu, SLOPE) << what << " " << i; // multiplier of sum q = Q
    double g[3], u2 = 0.0, along = 0.0, across = 0.0;
    for (int m = 0; m < 3; m++) g[m] = slope(s, s.u[i][m]);
    for (int m = 0; m < 3; m++) u2 += s.u[i][m] * s.u[i][m];
    const double u = std::sqrt(u2);
    EXPECT_LE(u, s.umax + 1e-15) << what << " " << i; // rounding
    if (u < s.umax - 1e-9) {
      for (double x : g) EXPECT_NEAR(x, 0.0, SLOPE) << what << " " << i;
      continue;
    }
    bound++;
    for (int m = 0; m < 3; m++) along += g[m] * s.u[i][m] / u;
    for (int m = 0; m < 3; m++) across += std::pow(g[m] - along * s.u[i][m] / u, 2);
    EXPECT_LT(along, SLOPE) << what << " " << i; // the energy falls outwards
    EXPECT_LT(std::sqrt(across), SLOPE) << what << " " << i;
  }
  EXPECT_EQ(bound, s.result.clamped) << what;
  EXPECT_GT(bound, 0) << what; // else there is nothing to test
  EXPECT_LT(bound, n) << what;

  // no allowed change lowers the energy: changes of 1e-3 e and 1e-3 Angstrom, rounding 1e-11
  const double least = energy_of(s);
  const std::vector<double> q = s.q;
  const Vectors u = s.u;
  unsigned random = 7;
  auto next = [&random] {
    random = random * 1664525u + 1013904223u;
    return (random >> 8) / 8388608.0 - 1.0;
  };
  for (int trial = 0; trial < 50; trial++) {
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
      const double d = 1e-3 * next();
      s.q[i] = q[i] + d;
      sum += d;
      double u2 = 0.0;
      for (int m = 0; m < 3; m++) {
        s.u[i][m] = u[i][m] + 1e-3 * next();
        u2 += s.u[i][m] * s.u[i][m];
      }
      if (u2 > s.umax * s.umax)
        for (double &x : s.u[i]) x *= s.umax / std::sqrt(u2);
    }
    for (int i = 0; i < n; i++) s.q[i] -= sum / n;
    EXPECT_GT(energy_of(s), least - 1e-11) << what;
  }
}

TEST(PqeqConstraint, ClustersInFields)
{
  for (int full : {0, 1}) {
    check_kkt(
        [=](PqeqSystem &s) {
          dimer(s, "K", 2.67);
          field(s, 0.2, -0.3, 0.4, full);
        },
        full ? "KCl, full" : "KCl, shell");
    // against the bond: the field pulls the shell of K the other way
    check_kkt(
        [=](PqeqSystem &s) {
          dimer(s, "K", 4.5);
          field(s, -0.5, -0.6, -0.7, full);
        },
        full ? "KCl against, full" : "KCl against, shell");
    check_kkt(
        [=](PqeqSystem &s) {
          cluster(s);
          field(s, 0.1, 0.2, -0.3, full);
        },
        full ? "cluster, full" : "cluster, shell");
  }
}

TEST(PqeqConstraint, Crystals)
{
  check_kkt([](PqeqSystem &s) { crystal(s); }, "crystal");
  check_kkt(
      [](PqeqSystem &s) {
        crystal(s);
        field(s, 0.3, -0.5, 0.2, 0);
      },
      "crystal, shell");
  check_kkt(
      [](PqeqSystem &s) {
        ewald_crystal(s);
        field(s, 0.3, -0.5, 0.2, 0);
      },
      "Ewald, shell");
}

// Forces by central differences of the energy with charges and shells equilibrated anew, shells at
// the bound
void check_forces(const Prepare &setup, const char *what, size_t every = 1)
{
  PqeqSystem s;
  setup(s);
  ASSERT_EQ(s.solve(), POLAR_OK) << what << s.status.text;
  EXPECT_GT(s.result.clamped, 0) << what;
  const double h = 1e-3;
  for (size_t i = 0; i < s.positions.size(); i += every)
    for (int m = 0; m < 3; m++) {
      double e[2];
      for (int k = 0; k < 2; k++) {
        PqeqSystem t;
        setup(t);
        t.positions[i][m] += k ? h : -h;
        ASSERT_EQ(t.solve(), POLAR_OK) << what << t.status.text;
        e[k] = t.energy;
      }
      EXPECT_NEAR(s.forces[i][m], -(e[1] - e[0]) / (2 * h), FORCE_BY_DIFFERENCE)
          << what << i << " " << m;
    }
}

TEST(PqeqConstraint, Forces)
{
  for (int full : {0, 1}) {
    check_forces(
        [=](PqeqSystem &s) {
          dimer(s, "K", 2.67);
          field(s, 0.2, -0.3, 0.4, full);
        },
        "KCl");
    check_forces(
        [=](PqeqSystem &s) {
          dimer(s, "Na", 5.0);
          field(s, 0.2, 0.1, -0.4, full);
        },
        "NaCl");
    check_forces(
        [=](PqeqSystem &s) {
          cluster(s);
          field(s, 0.1, 0.2, -0.3, full);
        },
        "cluster");
  }
  check_forces(
      [](PqeqSystem &s) {
        crystal(s);
        field(s, 0.3, -0.5, 0.2, 0);
      },
      "crystal");
  check_forces(
      [](PqeqSystem &s) {
        ewald_crystal(s);
        field(s, 0.3, -0.5, 0.2, 0);
      },
      "Ewald", 3);
}

// where the field lets go of the shell, the force on the atom goes on without a jump
TEST(PqeqConstraint, ContinuousWhereTheBoundBegins)
{
  double last = 0.0, step[2] = {0.0, 0.0};
  int clamped[2] = {0, 0};
  for (int k = 0; k <= 40; k++) {
    PqeqSystem s;
    dimer(s, "Na", 7.0 + 0.02 * k);
    ASSERT_EQ(s.solve(), POLAR_OK) << s.status.text;
    if (k > 0) step[0] = std::max(step[0], std::fabs(s.forces[0][0] - last));
    last = s.forces[0][0];
    clamped[s.result.clamped]++;
  }
  EXPECT_GT(clamped[0], 5); // both sides were seen
  EXPECT_GT(clamped[1], 5);
  EXPECT_LT(step[0], 2e-3); // 0.1 eV/Angstrom^2 times 0.02 Angstrom
}

// Charges and shells that did not converge: an error, or a remark
TEST(PqeqConstraint, Tolerance)
{
  PqeqSystem full, loose, few;
  for (PqeqSystem *s : {&full, &loose, &few}) cluster(*s);
  ASSERT_EQ(full.solve(), POLAR_OK);
  EXPECT_EQ(full.result.unconverged, 0);

  loose.options.max_cg = 2;
  EXPECT_EQ(loose.solve(), POLAR_NUMERIC);
  loose.options.tolerate = 1;
  ASSERT_EQ(loose.solve(), POLAR_OK) << loose.status.text;
  EXPECT_GT(loose.result.unconverged, 0);
  EXPECT_NE(std::string(loose.status.text).find("did not converge"), std::string::npos);
  double sum = 0.0;
  for (int i = 0; i < 7; i++) sum += loose.q[i];
  EXPECT_NEAR(sum, 0.0, 1e-14); // the constraint holds all the same; rounding of a sum of 7

  few.options.passes = 3;
  EXPECT_EQ(few.solve(), POLAR_NUMERIC);
  EXPECT_NE(std::string(few.status.text).find("after 3 passes, aim 1e-11"), std::string::npos)
      << few.status.text;
  few.options.tolerate = 1;
  ASSERT_EQ(few.solve(), POLAR_OK) << few.status.text;
  EXPECT_EQ(few.result.unconverged, 1);
  EXPECT_GE(few.energy, full.energy - ROUNDING); // the minimum is lower
  EXPECT_LT(few.energy, full.energy + 0.1);      // three passes leave less than 0.01 eV
}

} // namespace
