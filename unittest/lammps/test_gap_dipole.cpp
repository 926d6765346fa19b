// pair_style gap with a dipole model: fix efield/born, fix polarization and compute born/atom
// against the core with brute-force neighbor lists, and against finite differences in LAMMPS.
#include "gap_session.h"

#include "../gap/dipole_fixture.h"

using namespace gap_test;

namespace {

const Vec FIELD = {0.03, -0.07, 0.05};
const char *const RESPONSE =
    "fix field all efield/born 0.03 -0.07 0.05\nfix_modify field energy yes virial yes\n"
    "fix p all polarization 1\ncompute z all born/atom";

// linear and with sparse points; the dipole reaches farther than the energy model
const DipoleCase LINEAR = {"linear", "gto 3 0.5", "density", 1, "", {22, 8, 14}, 3, 3, 4.4, 1.0};
const DipoleCase SPARSE = {"sparse", "dvr 2 0.5", "vector", 3, "", {14, 8}, 2, 2, 3.6, 0.7};

class GapDipole : public testing::TestWithParam<DipoleCase> {
protected:
  const TextFile energy{mixed_model()}, dipole{dipole_text(GetParam())};
  const Config config = distorted({14, 8}, 30, 2.2, 4);
  const DipoleResult core =
      evaluate_dipole(parse_dipole(dipole_text(GetParam())).get(), config, FIELD, true);

  void potential(Lammps &lmp, const std::string &style = "gap", const std::string &name = "")
  {
    lmp.cmd("pair_style %s dipole %s", style.c_str(), dipole.path.c_str());
    lmp.cmd("pair_coeff * * %s %s Si O", name.c_str(), energy.path.c_str());
  }
};

std::string label(const testing::TestParamInfo<DipoleCase> &info)
{
  return info.param.name;
}

void expect_equal(Lammps &lmp, const DipoleResult &r, double tol)
{
  EXPECT_NEAR(lmp.fix_scalar("field"), r.energy, tol);
  for (int a = 0; a < 3; a++) EXPECT_NEAR(lmp.fix_vector("p", 3 + a), r.m[a], tol);
  const auto z = lmp.gather("c_z", 9);
  for (size_t i = 0; i < r.born.size(); i++)
    for (int k = 0; k < 9; k++) EXPECT_NEAR(z[9 * i + k], r.born[i][k], tol);
}

} // namespace

TEST_P(GapDipole, EqualsCore)
{
  for (const char *newton : {"newton on", "newton off"}) {
    Lammps plain, lmp;
    build(plain, config, 14, newton);
    plain.cmd("pair_style gap");
    plain.cmd("pair_coeff * * %s Si O", energy.path.c_str());
    plain.lines(OUTPUT);
    build(lmp, config, 14, newton);
    potential(lmp);
    lmp.lines(OUTPUT);
    lmp.lines(RESPONSE);
    lmp.cmd("compute all all pressure NULL virial fix");
    lmp.cmd("compute s all reduce sum c_z[*]");
    lmp.cmd("thermo_style custom step pe f_field f_p[*] c_s[*] c_all[*] vol c_vp[*] c_se c_sw[*] "
            "c_scw[*]");
    const Measured without = measure(plain), with = measure(lmp);
    // sums of some hundred terms in another order
    expect_equal(lmp, core, 1e-12);
    EXPECT_NEAR(with.energy, without.energy + core.energy, 1e-10);
    for (size_t i = 0; i < core.force.size(); i++)
      for (int a = 0; a < 3; a++)
        EXPECT_NEAR(with.force[3 * i + a], without.force[3 * i + a] + core.force[i][a], 1e-11);
    const auto all = lmp.compute_vector("all", 6);
    static const int part[6] = {0, 4, 8, 3, 6, 7}; // f_a r_b of r_a f_b, a <= b
    // LAMMPS' conversion factor has 7 digits
    for (int k = 0; k < 6; k++)
      EXPECT_NEAR(all[k] * lmp.thermo("vol") / BAR_A3_PER_EV,
                  without.virial[k] + core.virial[part[k]], 1e-8);
    for (int a = 0; a < 3; a++) {
      EXPECT_NEAR(lmp.fix_vector("p", a), core.m[a] / lmp.thermo("vol"), 1e-14);
      EXPECT_NEAR(lmp.fix_vector("field", a), 0.0, 1e-12); // net force: the sum rule
    }
  }
}

// energy in the field, forces and stress of the run belong together
TEST_P(GapDipole, Derivatives)
{
  Lammps lmp;
  build(lmp, config, 14);
  potential(lmp);
  lmp.lines(OUTPUT);
  lmp.lines("fix field all efield/born 3 -7 5\nfix_modify field energy yes virial yes");
  lmp.cmd("compute all all pressure NULL virial fix");
  lmp.cmd("thermo_style custom step pe vol c_all[*] c_vp[*] c_se c_sw[*] c_scw[*]");
  const auto energy_at = [&](const std::vector<double> &x) {
    lmp.scatter("x", 3, x);
    lmp.cmd("run 0 post no");
    return lmp.thermo("pe");
  };
  const auto x = lmp.gather("x", 3);
  energy_at(x);
  const auto f = lmp.gather("f", 3);
  // 1e-12/h by rounding, and h times the jumps of second derivatives at cutoffs
  const double h = 5e-5;
  for (int i : {0, 7, 21})
    for (int a = 0; a < 3; a++) {
      const auto at = [&](double d) {
        auto y = x;
        y[3 * i + a] += d;
        return energy_at(y);
      };
      const double de = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
      EXPECT_NEAR(f[3 * i + a], -de, 1e-6) << i << a;
    }
}

TEST_P(GapDipole, HybridOverlay)
{
  Lammps lmp;
  build(lmp, config, 14);
  lmp.cmd("pair_style hybrid/overlay gap gap dipole %s zero 3.0", dipole.path.c_str());
  lmp.cmd("pair_coeff * * gap 1 %s Si O", energy.path.c_str());
  lmp.cmd("pair_coeff * * gap 2 %s Si O", energy.path.c_str());
  lmp.cmd("pair_coeff * * zero");
  lmp.lines(RESPONSE);
  lmp.cmd("compute s all reduce sum c_z[*]");
  lmp.cmd("thermo_style custom step pe f_field f_p[*] c_s[*]");
  lmp.cmd("run 0 post no");
  expect_equal(lmp, core, 1e-12); // as above
  for (double s : lmp.compute_vector("s", 9)) EXPECT_NEAR(s, 0, 1e-12);
}

// atoms of a type that is mapped to NULL are neither seen nor carry a dipole
TEST_P(GapDipole, TypesOutsideTheModel)
{
  Config silicon = config;
  silicon.x.clear();
  silicon.z.clear();
  for (size_t i = 0; i < config.x.size(); i++)
    if (config.z[i] == 14) {
      silicon.x.push_back(config.x[i]);
      silicon.z.push_back(14);
    }
  const DipoleResult alone =
      evaluate_dipole(parse_dipole(dipole_text(GetParam())).get(), silicon, FIELD, true);
  Lammps lmp;
  build(lmp, config, 14);
  lmp.cmd("pair_style hybrid/overlay zero 3.0 gap dipole %s", dipole.path.c_str());
  lmp.cmd("pair_coeff * * zero");
  lmp.cmd("pair_coeff * * gap %s Si NULL", energy.path.c_str());
  lmp.lines(RESPONSE);
  lmp.cmd("compute s all reduce sum c_z[*]");
  lmp.cmd("thermo_style custom step pe f_field f_p[*] c_s[*]");
  lmp.cmd("run 0 post no");
  const auto z = lmp.gather("c_z", 9);
  for (size_t i = 0, k = 0; i < config.x.size(); i++) {
    const bool seen = config.z[i] == 14;
    for (int q = 0; q < 9; q++) EXPECT_NEAR(z[9 * i + q], seen ? alone.born[k][q] : 0.0, 1e-12);
    k += seen;
  }
  EXPECT_NEAR(lmp.fix_scalar("field"), alone.energy, 1e-12);
}

// the field's energy is part of what a run conserves
TEST_P(GapDipole, EnergyIsConserved)
{
  Lammps lmp;
  build(lmp, config, 14);
  potential(lmp);
  lmp.lines("fix field all efield/born 0.03 -0.07 0.05\nfix_modify field energy yes\n"
            "velocity all create 300 4711 loop all\nfix nve all nve\ntimestep 1e-4\n"
            "thermo_style custom step pe ke etotal f_field\nthermo_modify norm no");
  lmp.cmd("run 0 post no");
  const double before = lmp.thermo("etotal"), field = lmp.fix_scalar("field");
  lmp.cmd("run 200 post no");
  // Verlet's error grows as the square of the step; the field energy alone changes by more
  EXPECT_NEAR(lmp.thermo("etotal"), before, 2e-4);
  EXPECT_GT(std::fabs(lmp.fix_scalar("field") - field), 1e-5);
}

// a restarted run continues as the run would have
TEST_P(GapDipole, Restart)
{
  const std::string file = energy.path + ".restart";
  std::vector<double> x[2];
  double m[2][3];
  const std::string dynamics = "fix nve all nve\ntimestep 2e-4\nneighbor 0.3 bin\n"
                               "neigh_modify every 1 delay 0 check yes";
  for (int part = 0; part < 2; part++) {
    Lammps lmp;
    if (part == 0) {
      build(lmp, config, 14);
      lmp.cmd("velocity all create 300 4711 loop all");
    } else lmp.lines("atom_modify map array\nread_restart " + file);
    potential(lmp);
    lmp.lines(RESPONSE);
    lmp.lines(dynamics);
    if (part == 0) {
      lmp.cmd("run 20 post no");
      lmp.cmd("write_restart %s", file.c_str());
    }
    lmp.cmd("thermo_style custom step pe f_p[*]");
    lmp.cmd("run 20 post no");
    x[part] = lmp.gather("x", 3);
    for (int a = 0; a < 3; a++) m[part][a] = lmp.fix_vector("p", 3 + a);
  }
  std::remove(file.c_str());
  // a triclinic box: LAMMPS converts positions to reduced ones and back
  EXPECT_LT(::max_difference(x[0], x[1]), 1e-10);
  for (int a = 0; a < 3; a++) EXPECT_NEAR(m[0][a], m[1][a], 1e-10);
}

INSTANTIATE_TEST_SUITE_P(Models, GapDipole, testing::Values(LINEAR, SPARSE), label);

TEST(GapDipoleErrors, Messages)
{
  const TextFile energy(mixed_model()), dipole(dipole_text(SPARSE));
  DipoleCase other = SPARSE;
  other.elements = {14, 22};
  const TextFile wrong(dipole_text(other)), cut(dipole_text(SPARSE).substr(0, 3000));
  const Config config = distorted({14, 8}, 30, 2.2, 4);
  Lammps lmp;
  build(lmp, config, 14);
  EXPECT_LAMMPS_ERROR(lmp.cmd("pair_style gap dipole"), "keyword dipole lacks the name");
  EXPECT_LAMMPS_ERROR(lmp.cmd("pair_style gap dipol x"), "known are dipole and variance");
  const auto model = [&](const std::string &name) {
    lmp.cmd("pair_style gap dipole %s", name.c_str());
    lmp.cmd("pair_coeff * * %s Si O", energy.path.c_str());
  };
  EXPECT_LAMMPS_ERROR(model("no_such.dipole"), "Cannot read file no_such.dipole");
  EXPECT_LAMMPS_ERROR(model(wrong.path), "maps atom type 2 to O, but the dipole model");
  EXPECT_LAMMPS_ERROR(model(wrong.path), "is one of Si Ti");
  EXPECT_LAMMPS_ERROR(model(cut.path), "is the file truncated?");
  lmp.cmd("pair_style gap");
  lmp.cmd("pair_coeff * * %s Si O", energy.path.c_str());
  lmp.cmd("fix p all polarization 1");
  EXPECT_LAMMPS_ERROR(lmp.cmd("run 0 post no"),
                      "pair style gap has no dipole model: add 'dipole FILE'");
  model(dipole.path); // the same instance goes on
  lmp.cmd("thermo_style custom step f_p[4]");
  lmp.cmd("run 0 post no");
}

TEST(GapDipoleErrors, TwoResponses)
{
  const TextFile energy(mixed_model()), dipole(dipole_text(SPARSE));
  Lammps lmp;
  build(lmp, distorted({14, 8}, 30, 2.2, 4), 14);
  lmp.cmd("pair_style hybrid/overlay gap dipole %s gap dipole %s", dipole.path.c_str(),
          dipole.path.c_str());
  lmp.cmd("pair_coeff * * gap 1 %s Si O", energy.path.c_str());
  lmp.cmd("pair_coeff * * gap 2 %s Si O", energy.path.c_str());
  lmp.cmd("fix p all polarization 1");
  EXPECT_LAMMPS_ERROR(lmp.cmd("run 0 post no"), "2 sub-styles");
}

// the package's BaTiO3 model against pair_style eap/long, from which it was trained, on a
// configuration of its own
TEST(GapDipoleBaTiO3, PolarizationAndBornCharges)
{
  double p[2][3];
  std::vector<double> z[2];
  for (int gap = 0; gap < 2; gap++) {
    Lammps lmp;
    lmp.lines("units metal\natom_style atomic\natom_modify map array\n"
              "lattice custom 3.97 a1 1 0 0 a2 0 1 0 a3 0 0 1 basis 0 0 0 basis 0.5 0.5 0.5 "
              "basis 0.5 0.5 0 basis 0.5 0 0.5 basis 0 0.5 0.5\n"
              "region box prism 0 3 0 2 0 2 0 0 0\ncreate_box 3 box\n"
              "create_atoms 3 box basis 1 1 basis 2 2\nmass 1 137.327\nmass 2 47.88\n"
              "mass 3 15.9994\ngroup Ti type 2\ndisplace_atoms Ti move 0.03 -0.05 0.09 units box\n"
              "displace_atoms all random 0.06 0.06 0.06 4711 units box");
    if (gap) {
      lmp.cmd("pair_style gap dipole %s", batio3("gap/BaTiO3.dipole").c_str());
      lmp.cmd("pair_coeff * * %s Ba Ti O", batio3("gap/BaTiO3.xml").c_str());
    } else {
      lmp.cmd("pair_style eap/long");
      lmp.cmd("pair_coeff * * %s %s Ba Ti O", batio3("BaTiO3_sys.xml").c_str(),
              batio3("BaTiO3_coeffs.xml").c_str());
      lmp.cmd("kspace_style lattice/fft");
    }
    lmp.lines("fix p all polarization 1 units uC/cm2\ncompute z all born/atom\n"
              "compute s all reduce sum c_z[*]\nthermo_style custom step pe f_p[*] c_s[*]");
    lmp.cmd("run 0 post no");
    for (int a = 0; a < 3; a++) p[gap][a] = lmp.fix_vector("p", a);
    z[gap] = lmp.gather("c_z", 9);
  }
  // twice the errors that its README states: 0.011 e, and 6.6e-5 e Angstrom/atom, which is 0.008
  // uC/cm2 here
  double square = 0;
  for (size_t k = 0; k < z[0].size(); k++) square += (z[0][k] - z[1][k]) * (z[0][k] - z[1][k]);
  EXPECT_LT(std::sqrt(square / (double)z[0].size()), 0.022);
  for (int a = 0; a < 3; a++) {
    EXPECT_NEAR(p[1][a], p[0][a], 0.016);
    printf("P %.4f, eap %.4f uC/cm2\n", p[1][a], p[0][a]);
  }
  printf("Born charges: rms difference %.4f e\n", std::sqrt(square / (double)z[0].size()));
}
