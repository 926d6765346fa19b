// pair_style eap, eap/long and fix efield/born: the energy against a naive evaluator, forces and
// all six components of the virial against central differences of the energy, and the invariances
// of a crystal's energy.

#include "eap_session.h"

namespace {

using namespace eap_test;

struct Case {
  const char *name, *crystal; // BTO (ours), triclinic, hexagonal, fcc (made up)
  bool dipole;
  Cell size;
  Mat strain;
  const char *keywords;
  double amplitude; // of random displacements, Angstrom
  Vec field;        // V/Angstrom
};

void PrintTo(const Case &c, std::ostream *out)
{
  *out << c.name;
}

const Mat NO_STRAIN = strained(0, 0, 0, 0, 0, 0);
const Mat AXES = strained(0.012, -0.008, 0.015, 0, 0, 0);
const Mat SKEW = strained(0.01, -0.02, 0.015, 0.05, -0.04, 0.06);
// beyond what LAMMPS takes without `box tilt large` and eap without `cells`
const Mat TILT = strained(0.02, 0.01, -0.03, 0.25, -0.20, 0.22);
const Mat BTO_TILT = strained(0.02, 0.01, -0.03, 0.12, -0.11, 0.13); // milder: e^6 in the model
const Vec NO_FIELD = {0, 0, 0};
const Vec FIELD = {0.03, -0.05, 0.04};

const Case CASES[] = {
    {"BTO_cube", "BTO", false, {2, 2, 2}, NO_STRAIN, "", 0.08, NO_FIELD},
    {"BTO_long_cube", "BTO", true, {2, 2, 2}, NO_STRAIN, "", 0.08, FIELD},
    {"BTO_one_cell", "BTO", false, {1, 1, 1}, SKEW, "", 0.10, FIELD},
    {"BTO_long_one_cell", "BTO", true, {1, 1, 1}, SKEW, "", 0.10, FIELD},
    {"BTO_axes", "BTO", false, {1, 2, 3}, AXES, "rotate none", 0.05, NO_FIELD},
    {"BTO_long_axes", "BTO", true, {4, 3, 2}, AXES, "", 0.05, FIELD},
    {"BTO_long_rod", "BTO", true, {6, 1, 1}, SKEW, "", 0.08, FIELD},
    {"BTO_long_rod_none", "BTO", true, {1, 1, 6}, SKEW, "rotate none", 0.08, FIELD},
    {"BTO_tilt", "BTO", false, {2, 2, 2}, BTO_TILT, "cells 2 2 2", 0.05, FIELD},
    {"BTO_long_tilt", "BTO", true, {1, 2, 3}, BTO_TILT, "cells 1 2 3 map id", 0.05, FIELD},
    {"BTO_long_tilt_none",
     "BTO",
     true,
     {2, 2, 2},
     BTO_TILT,
     "cells 2 2 2 rotate none",
     0.05,
     FIELD},
    {"triclinic", "triclinic", false, {2, 2, 2}, SKEW, "instrain half", 0.08, FIELD},
    {"triclinic_long", "triclinic", true, {2, 2, 2}, SKEW, "instrain full", 0.08, FIELD},
    {"triclinic_none",
     "triclinic",
     false,
     {1, 2, 3},
     SKEW,
     "instrain full rotate none",
     0.08,
     FIELD},
    {"triclinic_long_none",
     "triclinic",
     true,
     {1, 2, 2},
     SKEW,
     "rotate none eref yes",
     0.08,
     FIELD},
    {"triclinic_long_tilt",
     "triclinic",
     true,
     {1, 1, 1},
     TILT,
     "cells 1 1 1 eref yes",
     0.05,
     FIELD},
    {"triclinic_rod", "triclinic", false, {6, 1, 1}, TILT, "cells 6 1 1", 0.05, NO_FIELD},
    {"hexagonal_long", "hexagonal", true, {2, 2, 1}, SKEW, "asr 1", 0.08, FIELD},
    {"hexagonal", "hexagonal", false, {4, 3, 2}, AXES, "instrain full", 0.05, NO_FIELD},
    {"fcc_long", "fcc", true, {2, 2, 2}, NO_STRAIN, "instrain full", 0.08, FIELD},
    {"fcc_long_none", "fcc", true, {2, 1, 2}, SKEW, "rotate none map id", 0.08, FIELD},
};

// [8 (E(h) - E(-h)) - (E(2h) - E(-2h))] / 12 h, error h^4/30 E^(5)
template <class Energy>
double slope(double h, Energy energy)
{
  const double a = energy(h), b = energy(-h), c = energy(2 * h), d = energy(-2 * h);
  return (8 * (a - b) - c + d) / (12 * h);
}

// eps of component i (xx yy zz xy xz yz) applied to a box
Mat deformed(const Mat &h, int i, double eps)
{
  const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
  Mat d = identity();
  d[row[i]][column[i]] += eps;
  return product(d, h);
}

std::unique_ptr<ModelFiles> made_up(const std::string &crystal, bool dipole)
{
  if (crystal == "BTO") return nullptr;
  if (crystal == "triclinic")
    return std::make_unique<ModelFiles>(triclinic_cell(), std::vector<int>{38, 22, 8, 8}, dipole,
                                        7);
  // in these two no element has a single site
  if (crystal == "hexagonal")
    return std::make_unique<ModelFiles>(hexagonal_cell(), std::vector<int>{22, 22, 8, 8}, dipole,
                                        8);
  return std::make_unique<ModelFiles>(fcc_cell(), std::vector<int>{12, 8, 8}, dipole, 9);
}

bool has(const Case &c, const char *word)
{
  return std::string(c.keywords).find(word) != std::string::npos;
}

class Derivatives : public testing::TestWithParam<Case> {
protected:
  std::unique_ptr<ModelFiles> files;
  Potential potential;
  Structure s;
  Session lmp;

  void SetUp() override
  {
    const Case &c = GetParam();
    files = made_up(c.crystal, c.dipole);
    potential = files ? files->potential : barium_titanate(c.dipole);
    s = structure(potential.lattice, c.size, c.strain, c.amplitude, 3);
    lmp.build(potential, s);
    lmp.potential(potential, c.keywords);
    lmp.cmd("fix field all efield/born %.17g %.17g %.17g", c.field[0], c.field[1], c.field[2]);
    lmp.cmd("fix_modify field energy yes virial yes");
  }
};

TEST_P(Derivatives, Energy)
{
  if (!files) return; // no second evaluator of this model
  const Case &c = GetParam();
  const double e = files->model.evaluate(s, !has(c, "rotate none"), has(c, "full") ? 1.0 : 0.5,
                                         has(c, "eref yes"), c.field);
  // sums of some thousand terms of up to 10 eV, and 16 digits in the files
  EXPECT_NEAR(lmp.energy(), e, 1e-11);
}

TEST_P(Derivatives, Forces)
{
  lmp.energy();
  const std::vector<double> x = lmp.gather("x", 3), f = lmp.gather("f", 3);
  std::mt19937 generator(11);
  double worst = 0;
  for (int t = 0; t < 10; t++) { // ten components, and one direction that has all
    const size_t one = generator() % x.size();
    std::vector<double> way(x.size(), 0.0);
    if (t) way[one] = 1;
    else
      for (double &w : way) w = (generator() % 2001 - 1000.0) / 1000.0 / std::sqrt(x.size() / 3.0);
    const double de = slope(0.002, [&](double h) {
      std::vector<double> moved = x;
      for (size_t i = 0; i < x.size(); i++) moved[i] += h * way[i];
      lmp.scatter("x", 3, moved);
      return lmp.energy();
    });
    double expected = 0;
    for (size_t i = 0; i < x.size(); i++) expected -= f[i] * way[i];
    worst = std::max(worst, std::fabs(de - expected));
  }
  // E^(5) of up to 1e3 eV/Angstrom^5 leaves 5e-10, rounding 1e-13 eV / 0.002 Angstrom
  EXPECT_LT(worst, 5e-9);
  printf("forces %.1e\n", worst);
}

// The field's own share, too, by itself: a torque on the crystal's frame is in it.
TEST_P(Derivatives, Virial)
{
  lmp.lines("compute wf all pressure NULL fix\n"
            "thermo_style custom step pe pxx pyy pzz pxy pxz pyz vol c_wf[*] f_field");
  lmp.energy();
  const std::vector<double> x = lmp.gather("x", 3), pressure = lmp.compute_vector("wf", 6);
  const std::array<double, 6> w = lmp.virial();
  const Mat h = lmp.box();
  // the fifth derivative grows as the virial does, in a model with e^6; rounding is 1e-13 eV / 2e-4
  double largest = 1;
  for (double v : w) largest = std::max(largest, std::fabs(v));
  for (int i = 0; i < 6; i++) {
    std::vector<double> field;
    const double de = slope(2e-4, [&](double eps) {
      lmp.set_box(deformed(h, i, eps));
      const double e = lmp.energy();
      field.push_back(lmp.fix_scalar("field"));
      lmp.set_box(h);
      lmp.scatter("x", 3, x);
      return e;
    });
    EXPECT_NEAR(w[i], -de, 2e-9 * largest) << i;
    // the calls came in the order h, -h, 2h, -2h
    ASSERT_EQ(field.size(), 4u);
    const double def = (8 * (field[0] - field[1]) - field[2] + field[3]) / (12 * 2e-4);
    // bilinear in strain and field but for the rotation of the frame
    EXPECT_NEAR(pressure[i] * lmp.thermo("vol") * EV_PER_BAR_A3, -def, 1e-9) << i;
  }
}

TEST_P(Derivatives, AtomsAddUp)
{
  // of the pair and k-space styles: fixes have their own share
  lmp.lines("unfix field\ncompute e all pe/atom\ncompute w all stress/atom NULL virial\n"
            "compute se all reduce sum c_e\ncompute sw all reduce sum c_w[*]\n"
            "thermo_style custom step pe pxx pyy pzz pxy pxz pyz vol c_se c_sw[*]");
  const double e = lmp.energy();
  const std::array<double, 6> w = lmp.virial();
  // rounding of sums of some hundred terms
  EXPECT_NEAR(lmp.scalar("se"), e, 1e-13 * (100 + std::fabs(e)));
  const std::vector<double> sum = lmp.compute_vector("sw", 6);
  for (int i = 0; i < 6; i++)
    EXPECT_NEAR(-sum[i] * EV_PER_BAR_A3, w[i], 1e-13 * (100 + std::fabs(w[i]))) << i;
}

INSTANTIATE_TEST_SUITE_P(All, Derivatives, testing::ValuesIn(CASES),
                         [](const testing::TestParamInfo<Case> &info) {
                           return std::string(info.param.name);
                         });

} // namespace
