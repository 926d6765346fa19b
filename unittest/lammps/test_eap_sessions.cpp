// What users do with pair_style eap/long in a LAMMPS session beside dynamics: minimization with a
// field and of the box, rRESPA, `clear`, units real, hot structures from files, boxes and atoms
// that do not begin at zero.

#include "eap_session.h"

#include <fstream>
#include <iterator>

namespace {

using namespace eap_test;

const Mat NO_STRAIN = strained(0, 0, 0, 0, 0, 0);
const Mat SKEW = strained(0.01, -0.015, 0.012, 0.03, -0.02, 0.04);

void add_field(Session &lmp)
{
  lmp.lines("fix field all efield/born 0.01 -0.005 0.02\nfix_modify field energy yes virial yes\n"
            "fix p all polarization 1\nthermo_style custom step temp pe pxx pyy pzz pxy pxz pyz "
            "vol f_p[1]");
}

// Linear response: at its minimum in a field a harmonic crystal has stored half of what the field
// gives, M.E/2; the response is symmetric.
TEST(Minimize, HarmonicCrystalInAField)
{
  ModelFiles files(triclinic_cell(), {38, 22, 8, 8}, true, 7);
  const Structure s = structure(files.model, {2, 1, 2}, NO_STRAIN, 0.0, 1);
  double response[3][3];
  for (int direction = 0; direction < 3; direction++) {
    const double field[3] = {0.05 * (direction == 0), 0.05 * (direction == 1),
                             0.05 * (direction == 2)};
    Session lmp;
    lmp.build(files.potential, s);
    Potential harmonic = files.potential;
    harmonic.coefficients = "NULL";
    lmp.potential(harmonic);
    lmp.cmd("fix field all efield/born %g %g %g", field[0], field[1], field[2]);
    lmp.lines("fix_modify field energy yes\nfix p all polarization 1\nmin_style cg\n"
              "min_modify line quadratic\nminimize 0 1e-10 2000 20000");
    EXPECT_LT(max_abs(lmp.gather("f", 3)), 1e-9);
    const double given = lmp.fix_scalar("field"), total = lmp.thermo("pe");
    EXPECT_LT(given, -1e-4);
    // second order in what is left of the forces
    EXPECT_NEAR(total, 0.5 * given, 1e-14);
    for (int a = 0; a < 3; a++) response[a][direction] = lmp.fix_vector("p", 3 + a) / 0.05;
  }
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < a; b++)
      // of some e Angstrom^2/V; forces of 1e-10 eV/Angstrom over constants of 10 eV/Angstrom^2
      EXPECT_NEAR(response[a][b], response[b][a], 1e-8);
}

TEST(Minimize, BoxInAField)
{
  const Potential p = barium_titanate(true);
  for (const char *rotate : {"rotate polar", "rotate none"}) {
    SCOPED_TRACE(rotate);
    Session lmp;
    lmp.build(p, structure(p.lattice, {2, 2, 2}, SKEW, 0.05, 2));
    lmp.potential(p, rotate);
    add_field(lmp);
    const double before = lmp.energy();
    lmp.lines("fix relax all box/relax tri -20000.0 vmax 0.001\nmin_style cg\n");
    for (int i = 0; i < 8; i++) lmp.cmd("minimize 0 1e-7 500 5000");
    EXPECT_LT(lmp.thermo("pe"), before);
    EXPECT_LT(max_abs(lmp.gather("f", 3)), 1e-4);
    const char *name[6] = {"pxx", "pyy", "pzz", "pxy", "pxz", "pyz"};
    // 100 bar are strains of 4e-5; where they end is the minimizer's affair
    for (int i = 0; i < 6; i++)
      EXPECT_NEAR(lmp.thermo(name[i]), i < 3 ? -20000 : 0, 100) << name[i];
    EXPECT_GT(lmp.fix_vector("p", 2), 0.01); // a ferroelectric along the field
  }
}

TEST(Sessions, Respa)
{
  const Potential p = barium_titanate(true);
  const Structure s = structure(p.lattice, {3, 2, 2}, SKEW, 0.03, 2);
  auto run = [&](Session &lmp, const char *style) {
    lmp.build(p, s);
    lmp.potential(p);
    add_field(lmp);
    lmp.cmd("run_style %s", style);
    lmp.lines("velocity all create 300 7 mom yes\nfix 1 all nve\ntimestep 0.0005\n"
              "variable e equal etotal\nfix e all vector 1 v_e\nrun 200");
  };
  auto spread = [](Session &lmp) {
    double low = 1e300, high = -1e300;
    for (int i = 0; i <= 200; i++) {
      auto *e =
          (double *)lammps_extract_fix(lmp.handle, "e", LMP_STYLE_GLOBAL, LMP_TYPE_VECTOR, i, 0);
      low = std::min(low, *e);
      high = std::max(high, *e);
      lammps_free(e);
    }
    return high - low;
  };
  Session verlet, outer, split;
  run(verlet, "verlet");
  run(outer, "respa 2 4 pair 2 kspace 2"); // nothing on the inner level
  run(split, "respa 2 2 pair 1 kspace 2");
  // rounding, 200 steps
  EXPECT_LT(max_difference(outer.gather("x", 3), verlet.gather("x", 3)), 1e-10);
  EXPECT_NEAR(outer.thermo("pe"), verlet.thermo("pe"), 1e-9);
  EXPECT_NEAR(outer.fix_vector("p", 6), verlet.fix_vector("p", 6), 1e-9);
  // parts that are large and cancel make a split step worse than velocity Verlet's, not unstable
  printf("energy spread: verlet %.2e, split %.2e eV\n", spread(verlet), spread(split));
  EXPECT_LT(spread(split), 20 * spread(verlet));
}

// At a lower level than that of the pair style the energy of the field would be that of positions
// of the step before: the total energy of a crystal at 100 K jumped by 0.02 eV.
TEST(Sessions, RespaLevels)
{
  const Potential p = barium_titanate(true);
  Session lmp;
  lmp.build(p, structure(p.lattice, {2, 1, 2}, SKEW, 0.03, 2));
  lmp.potential(p);
  add_field(lmp);
  lmp.lines("fix 1 all nve\nrun_style respa 2 2 pair 2 kspace 2\nfix_modify field respa 1");
  EXPECT_LAMMPS_ERROR(lmp.cmd("run 0"), "acts at level 1 of run_style respa");
  EXPECT_LAMMPS_ERROR(lmp.cmd("run 0"), "use 'fix_modify field respa 2'");
  lmp.cmd("run_style respa 2 2 pair 1 kspace 2");
  lmp.cmd("run 0");
  lmp.lines("run_style respa 2 2 pair 2 kspace 2\nfix_modify field respa 2");
  lmp.cmd("run 0");
}

// What fixes give after steps is what they give for the same atoms in a run of none
TEST(Sessions, ValuesOfTheLastStep)
{
  const Potential p = barium_titanate(true);
  Session lmp;
  lmp.build(p, structure(p.lattice, {2, 1, 3}, SKEW, 0.05, 2));
  lmp.potential(p);
  add_field(lmp);
  lmp.cmd("variable e equal 0.0002*step");
  lmp.lines(
      "fix field all efield/born 0.01 v_e 0\nvelocity all create 300 7 mom yes\nfix 1 all nve");
  std::vector<double> seen[3];
  for (int round = 0; round < 3; round++) {
    lmp.cmd("run %d", round == 1 ? 20 : 0);
    for (int i = 0; i < 9; i++) seen[round].push_back(lmp.fix_vector("p", i));
    seen[round].push_back(lmp.fix_scalar("field"));
  }
  EXPECT_LT(max_difference(seen[1], seen[2]), 1e-10); // rounding: atoms are wrapped in between
  EXPECT_GT(max_difference(seen[0], seen[1]), 1e-2);
}

TEST(Sessions, Clear)
{
  const Potential first = barium_titanate(true), second = barium_titanate(false);
  ModelFiles files(hexagonal_cell(), {22, 22, 8, 8}, true, 8);
  Session lmp;
  std::vector<double> seen[2];
  for (int round = 0; round < 2; round++)
    for (const Potential &p : {first, files.potential, second}) {
      lmp.build(p, structure(p.lattice, {2, 1, 3}, SKEW, 0.05, 2));
      lmp.potential(p);
      add_field(lmp);
      lmp.cmd("fix 1 all nve");
      lmp.cmd("run 10");
      for (double f : lmp.gather("f", 3)) seen[round].push_back(f);
      lmp.cmd("clear");
    }
  EXPECT_EQ(max_difference(seen[0], seen[1]), 0.0); // nothing is left behind
}

// another potential, another pair style, without clear
TEST(Sessions, ChangeOfPotential)
{
  const Potential full = barium_titanate(true), cut = barium_titanate(false);
  // force constants cut off at a 2 x 2 x 2 mesh are as good as complete in that supercell only
  for (const Cell &size : {Cell{2, 2, 2}, Cell{3, 2, 1}}) {
    const Structure s = structure(full.lattice, size, SKEW, 0.05, 2);
    Session lmp, fresh;
    lmp.build(full, s);
    lmp.potential(full);
    const double first = lmp.energy();
    lmp.lines("kspace_style none\npair_style zero 3.0\npair_coeff * *\nrun 0");
    EXPECT_EQ(lmp.thermo("pe"), 0);
    lmp.potential(cut);
    const double second = lmp.energy();
    lmp.potential(full, "map id");
    EXPECT_NEAR(lmp.energy(), first, 1e-11); // rounding
    fresh.build(cut, s);
    fresh.potential(cut);
    EXPECT_NEAR(fresh.energy(), second, 1e-11);
    if (size[0] == 2) EXPECT_NEAR(first, second, 1e-11);
    else EXPECT_GT(std::fabs(first - second), 1e-3);
  }
}

TEST(Sessions, UnitsReal)
{
  const Potential p = barium_titanate(true);
  const Structure s = structure(p.lattice, {2, 1, 3}, SKEW, 0.05, 2);
  Session metal, real;
  for (Session *lmp : {&metal, &real}) {
    lmp->build(p, s, {0, 0, 0}, {}, lmp == &real ? "real" : "metal");
    lmp->potential(p);
    add_field(*lmp);
    lmp->lines(
        "compute b all born/atom\ncompute sb all reduce sum c_b[*]\n"
        "compute e all pe/atom\ncompute w all stress/atom NULL virial\n"
        "compute sw all reduce sum c_e c_w[*]\n"
        "thermo_style custom step pe elong pxx pyy pzz pxy pxz pyz vol f_p[1] c_sb[1] c_sw[*]");
    lmp->cmd("run 0");
  }
  const double factor = 23.060549;                          // kcal/mol per eV, LAMMPS' own
  const double pressure = 68568.415 / 1.6021765e6 * factor; // atm per bar, by its nktv2p
  auto expect = [&](double r, double m, const char *what) {
    EXPECT_NEAR(r, m, 1e-13 * (1 + std::fabs(m))) << what; // rounding
  };
  expect(real.thermo("pe"), factor * metal.thermo("pe"), "energy");
  expect(real.thermo("elong"), factor * metal.thermo("elong"), "elong");
  for (const char *name : {"pxx", "pyy", "pzz", "pxy", "pxz", "pyz"})
    expect(real.thermo(name), pressure * metal.thermo(name), name);
  const std::vector<double> f = real.gather("f", 3), g = metal.gather("f", 3);
  for (size_t i = 0; i < f.size(); i++) expect(f[i], factor * g[i], "force");
  expect(real.fix_scalar("field"), factor * metal.fix_scalar("field"), "field energy");
  for (int i = 0; i < 6; i++) expect(real.fix_vector("p", i), metal.fix_vector("p", i), "P");
  const std::vector<double> b = real.gather("c_b", 9), c = metal.gather("c_b", 9);
  for (size_t i = 0; i < b.size(); i++) expect(b[i], c[i], "Born charges");
  const std::vector<double> v = real.compute_vector("sw", 7), w = metal.compute_vector("sw", 7);
  expect(v[0], factor * w[0], "sum of atoms' energies");
  for (int i = 1; i < 7; i++) expect(v[i], pressure * w[i], "sum of atoms' virials");
}

// A crystal at 600 K that has flown through the box, as its data file has it: wrapped, unlabelled
TEST(Sessions, HotStructure)
{
  const Potential p = barium_titanate(true);
  Session lmp;
  lmp.build(p, structure(p.lattice, {4, 4, 4}, NO_STRAIN, 0.0, 1), {0.2, 0.2, 0.2});
  lmp.potential(p);
  lmp.lines("velocity all create 1200 7 mom yes\nvelocity all set 3 5 -4 sum yes units box\n"
            "fix 1 all nve\ntimestep 0.001\nrun 2000");
  const double energy = lmp.thermo("pe");
  const std::vector<double> f = lmp.gather("f", 3);
  const std::string name = testing::TempDir() + "polar_hot_" + std::to_string(getpid()) + ".data";
  lmp.cmd("write_data %s nocoeff", name.c_str());
  for (const char *shift : {"0 0 0", "1.9 -1.9 1.0", "0.6 0 2.2"}) {
    SCOPED_TRACE(shift);
    Session again;
    again.lines("units metal\natom_modify map array");
    again.cmd("read_data %s", name.c_str());
    again.cmd("displace_atoms all move %s units box", shift);
    again.cmd("set group all image 0 0 0"); // as a data file without image flags
    again.potential(p);
    // the data file has 16 digits
    EXPECT_NEAR(again.energy(), energy, 1e-8);
    EXPECT_LT(max_difference(again.gather("f", 3), f), 1e-8);
  }
  remove(name.c_str());
}

// The box may begin anywhere, and atoms may be a little outside of it when a run begins
TEST(Sessions, Corner)
{
  const Potential p = barium_titanate(true);
  const Structure s = structure(p.lattice, {2, 3, 2}, SKEW, 0.05, 2);
  Session lmp, moved;
  for (Session *each : {&lmp, &moved}) {
    each->build(p, s);
    each->potential(p);
    add_field(*each);
  }
  const double energy = lmp.energy();
  const std::vector<double> f = lmp.gather("f", 3);
  std::vector<double> x;
  for (const Vec &v : s.positions(p.lattice)) x.insert(x.end(), v.begin(), v.end());
  moved.energy();
  moved.scatter("x", 3, x); // not wrapped
  EXPECT_NEAR(moved.energy(), energy, 1e-11);
  EXPECT_LT(max_difference(moved.gather("f", 3), f), 1e-11);
  moved.lines("change_box all x delta -7.5 -7.5 y delta 3 3 z delta 0.5 0.5 units box\n"
              "displace_atoms all move -7.5 3 0.5 units box");
  EXPECT_NEAR(moved.energy(), energy, 1e-11); // rounding
  EXPECT_LT(max_difference(moved.gather("f", 3), f), 1e-11);
  // 3e-9 e of net charge per cell times the shift
  for (int i = 0; i < 3; i++) EXPECT_NEAR(moved.fix_vector("p", i), lmp.fix_vector("p", i), 1e-9);
  // not along with the box: the crystal lies elsewhere in it
  moved.cmd("change_box all x delta 1 1 y delta -2 -2 z delta 3 3 units box");
  EXPECT_NEAR(moved.energy(), energy, 1e-8);
  EXPECT_LT(max_difference(moved.gather("f", 3), f), 1e-11);
}

// Somebody may ask in the part of a step in which atoms have moved and forces are not there yet,
// here fix adapt: it gets the values of the last step, which must not become those of this step.
TEST(Sessions, AskedBeforeForces)
{
  const Potential p = barium_titanate(true);
  const Structure s = structure(p.lattice, {2, 1, 2}, SKEW, 0.05, 2);
  std::vector<double> seen[2];
  for (int ask = 0; ask < 2; ask++) {
    Session lmp;
    lmp.build(p, s);
    lmp.potential(p);
    lmp.lines("fix p all polarization 1\nthermo_style custom step f_p[6] f_p[9]\nthermo 1\n"
              "velocity all create 3000 7\nfix 1 all nve\nneigh_modify every 1 delay 0 check no\n"
              "variable one equal 1+0*f_p[6]+0*f_p[9]\nvariable early equal f_p[6]\ncompute b all "
              "born/atom\n"
              "compute sb all reduce sum c_b[1]\nvariable born equal 1+0*c_sb");
    if (ask) {
      lmp.cmd("fix ask all adapt 1 kspace v_early");
      EXPECT_LAMMPS_ERROR(lmp.cmd("run 0"), "Fix polarization p has no value yet");
      lmp.cmd("unfix ask");
    }
    lmp.cmd("run 0");
    if (ask) lmp.cmd("fix ask all adapt 1 kspace v_one");
    lmp.cmd("run 20");
    for (int i = 0; i < 9; i++) seen[ask].push_back(lmp.fix_vector("p", i));
    if (ask) {
      lmp.lines("unfix ask\nfix ask all adapt 1 kspace v_born");
      EXPECT_LAMMPS_ERROR(lmp.cmd("run 0"), "Compute born/atom b was asked for at a moment");
    }
  }
  EXPECT_LT(max_difference(seen[0], seen[1]), 1e-9); // rounding; dM/dt is some 100 e A/ps
}

// Plan and kernel of lattice/fft, which take longer than many runs, are made anew where they must
// be
TEST(Sessions, KernelIsKept)
{
  const Potential p = barium_titanate(true);
  const Structure s = structure(p.lattice, {2, 2, 1}, SKEW, 0.05, 2);
  const std::string log = testing::TempDir() + "polar_kernel_" + std::to_string(getpid()) + ".log";
  auto made = [&](Session &lmp) {
    lmp.cmd("log none");
    std::ifstream in(log);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    int count = 0;
    for (size_t at = 0; (at = text.find("fields, set up in", at)) != std::string::npos; at++)
      count++;
    lmp.cmd("log %s", log.c_str());
    return count;
  };
  Session lmp, fresh;
  lmp.build(p, s);
  lmp.cmd("log %s", log.c_str());
  lmp.potential(p);
  const double energy = lmp.energy();
  for (int i = 0; i < 3; i++) EXPECT_NEAR(lmp.energy(), energy, 1e-12); // rounding
  EXPECT_EQ(made(lmp), 1);
  lmp.cmd("kspace_modify collective yes");
  EXPECT_NEAR(lmp.energy(), energy, 1e-12);
  EXPECT_EQ(made(lmp), 1);
  lmp.cmd("replicate 1 1 2");
  EXPECT_NEAR(lmp.energy(), 2 * energy, 1e-11);
  EXPECT_EQ(made(lmp), 1);
  lmp.cmd("pair_style eap/long asr 0"); // the same pair and k-space styles, another crystal
  lmp.coefficients(p, "");
  const double bare = lmp.energy();
  EXPECT_EQ(made(lmp), 1);
  fresh.build(p, s);
  fresh.potential(p, "asr 0");
  EXPECT_NEAR(bare, 2 * fresh.energy(), 1e-11);
  EXPECT_GT(std::fabs(bare - 2 * energy), 1e-3);
  lmp.cmd("log none");
  remove(log.c_str());
}

// In a LAMMPS whose FFTW has threads, deleting one FFT3d took away the plans of the other: runs
// that follow each other, a division among ranks that changes, and the end crashed. Large enough
// for FFTW to have plans of several parts.
TEST(Sessions, PlansOfFFTW)
{
  const Potential p = barium_titanate(true);
  for (int side : {20, 24}) {
    Session lmp;
    lmp.build(p, structure(p.lattice, {side, side, side}, NO_STRAIN, 0.0, 2));
    lmp.potential(p);
    const double energy = lmp.energy();
    lmp.cmd("kspace_modify collective yes");
    EXPECT_NEAR(lmp.energy(), energy, 1e-9);
  }
}

// fix adapt with kspace scales the harmonic part, of which energy, forces and virial are linear
TEST(Sessions, Adapt)
{
  const Potential p = barium_titanate(true);
  Session lmp;
  lmp.build(p, structure(p.lattice, {2, 1, 2}, SKEW, 0.05, 2));
  lmp.potential(p);
  lmp.cmd("variable s equal 1.0");
  lmp.cmd("fix a all adapt 1 kspace v_s");
  std::vector<double> seen[3];
  for (int i = 0; i < 3; i++) {
    lmp.cmd("variable s equal %g", i / 2.0);
    const double energy = lmp.energy();
    seen[i] = lmp.gather("f", 3);
    seen[i].insert(seen[i].end(), {energy, lmp.thermo("elong"), 1e-6 * lmp.thermo("pxx")});
  }
  for (size_t k = 0; k < seen[0].size(); k++)
    EXPECT_NEAR(seen[1][k], 0.5 * (seen[0][k] + seen[2][k]), 1e-11) << k; // rounding
  EXPECT_GT(max_difference(seen[0], seen[2]), 0.1);
}

} // namespace
