// pair_style eap, eap/long and the field fixes on several ranks against one rank in the same
// process: the same numbers for every way of dividing the box.

#include "eap_session.h"

#include <functional>

namespace {

using namespace eap_test;

const Mat SKEW = strained(0.01, -0.015, 0.012, 0.03, -0.02, 0.04);

int ranks()
{
  int n;
  MPI_Comm_size(MPI_COMM_WORLD, &n);
  return n;
}

using Setup = std::function<void(Session &)>;
void nothing(Session &) {}

// before: ahead of the box; potential: pair styles; after: once there are atoms and a potential
struct Script {
  Setup before = nothing, potential, after = nothing;
};

void prepare(Session &lmp, const Potential &p, const Structure &s, const Script &script)
{
  script.before(lmp);
  lmp.build(p, s);
  script.potential ? script.potential(lmp) : lmp.potential(p);
  script.after(lmp);
  lmp.lines(
      "timestep 0.001\nvelocity all create 300 4711 mom yes loop all\nfix nve all nve\n"
      "fix field all efield/born 0.02 -0.01 0.03\nfix_modify field energy yes virial yes\n"
      "fix p all polarization 5\ncompute e all pe/atom\ncompute w all stress/atom NULL virial\n"
      "compute b all born/atom\ncompute we all reduce sum c_e c_w[*] c_b[*]\n"
      "thermo_style custom step temp pe etotal elong pxx pyy pzz pxy pxz pyz vol f_field "
      "f_field[*] f_p[*] c_we[*]");
}

void expect_close(const std::vector<double> &a, const std::vector<double> &b, const char *what)
{
  // rounding of sums in another order, grown by 20 steps
  EXPECT_LT(max_difference(a, b), 1e-12 * (1 + max_abs(b))) << what;
}

// positions up to box vectors: who rebuilds its neighbor lists more often wraps atoms earlier
void expect_same_positions(Session &many, Session &one, double tolerance)
{
  const std::vector<double> a = many.gather("x", 3), b = one.gather("x", 3);
  const Mat h = one.box(), inv = inverse(h);
  double worst = 0;
  for (size_t i = 0; i < a.size(); i += 3) {
    Vec s = times(inv, {a[i] - b[i], a[i + 1] - b[i + 1], a[i + 2] - b[i + 2]});
    for (double &x : s) x -= std::nearbyint(x);
    for (double x : times(h, s)) worst = std::max(worst, std::fabs(x));
  }
  EXPECT_LT(worst, tolerance);
}

void expect_same(Session &many, Session &one)
{
  expect_same_positions(many, one, 2e-11); // 1e-12 of a box of 12 Angstrom
  for (const char *name :
       {"temp", "pe", "etotal", "elong", "pxx", "pyy", "pzz", "pxy", "pxz", "pyz"}) {
    const double scale = name[0] == 'p' && name[1] != 'e' ? EV_PER_BAR_A3 * one.thermo("vol") : 1;
    expect_close({many.thermo(name) * scale}, {one.thermo(name) * scale}, name);
  }
  expect_close(many.gather("f", 3), one.gather("f", 3), "forces");
  expect_close(many.gather("c_e", 1), one.gather("c_e", 1), "energies of atoms");
  expect_close(many.gather("c_w", 6), one.gather("c_w", 6), "virials of atoms");
  expect_close(many.gather("c_b", 9), one.gather("c_b", 9), "Born charges of atoms");
  expect_close({many.fix_scalar("field")}, {one.fix_scalar("field")}, "field energy");
  // P, M and dM/dt as vectors: a component that is small by chance is a difference of large terms
  for (int i = 0; i < 9; i += 3) {
    std::vector<double> a, b;
    for (int k = i; k < i + 3; k++) {
      a.push_back(many.fix_vector("p", k));
      b.push_back(one.fix_vector("p", k));
    }
    expect_close(a, b, "polarization");
  }
  for (int i = 0; i < 3; i++)
    EXPECT_NEAR(many.fix_vector("field", i), one.fix_vector("field", i), 1e-12);
}

void compare(const Potential &p, const Cell &size, const Script &script = {})
{
  const Structure s = structure(p.lattice, size, SKEW, 0.05, 5);
  Session many(MPI_COMM_WORLD), one(MPI_COMM_SELF);
  prepare(many, p, s, script);
  Script serial = script; // what divides the box needs several ranks
  serial.before = serial.after = nothing;
  prepare(one, p, s, serial);
  many.cmd("run 0");
  one.cmd("run 0");
  expect_same(many, one);
  many.cmd("run 20");
  one.cmd("run 20");
  expect_same(many, one);
}

Setup commands(const std::string &text)
{
  return [text](Session &lmp) { lmp.lines(text); };
}

TEST(Ranks, Plain)
{
  for (bool dipole : {false, true}) compare(barium_titanate(dipole), {3, 4, 2});
}

TEST(Ranks, LowSymmetry)
{
  for (bool dipole : {false, true}) {
    ModelFiles files(triclinic_cell(), {38, 22, 8, 8}, dipole, 7);
    compare(files.potential, {2, 3, 3});
  }
}

TEST(Ranks, Grids)
{
  const Potential p = barium_titanate(true);
  const std::string n = std::to_string(ranks());
  std::vector<std::string> grids = {"1 1 " + n, "1 " + n + " 1", n + " 1 1"};
  if (ranks() == 4) grids.insert(grids.end(), {"2 2 1", "1 2 2", "2 1 2"});
  for (const std::string &grid : grids) {
    SCOPED_TRACE(grid);
    Script script;
    script.before = commands("processors " + grid);
    compare(p, {3, 2, 4}, script);
    script.before = commands("processors " + grid + " map zyx");
    compare(p, {2, 3, 2}, script);
  }
}

TEST(Ranks, MoreThanCells)
{
  ModelFiles files(triclinic_cell(), {38, 22, 8, 8}, true, 7);
  for (const Cell &size : {Cell{1, 1, 1}, Cell{1, 1, 2}, Cell{5, 1, 1}})
    for (const char *grid : {"* 1 1", "1 * 1", "1 1 *"}) {
      SCOPED_TRACE(grid + std::to_string(size[0] * size[2]));
      Script script;
      script.before = commands(std::string("processors ") + grid);
      compare(files.potential, size, script);
      compare(barium_titanate(false), size, script);
    }
}

TEST(Ranks, NewtonOff)
{
  Script script;
  script.before = commands("newton off");
  compare(barium_titanate(true), {3, 2, 2}, script);
}

TEST(Ranks, Balanced)
{
  const Potential p = barium_titanate(true);
  Script tiled, shifted, moving, moving_tiled;
  tiled.after = commands("comm_style tiled\nbalance 1.0 rcb");
  shifted.after = commands("balance 1.0 shift xyz 10 1.001");
  moving.after = commands("fix balance all balance 4 1.0 shift xyz 5 1.001");
  moving_tiled.after = commands("comm_style tiled\nfix balance all balance 4 1.0 rcb");
  for (const Script &script : {tiled, shifted, moving, moving_tiled}) compare(p, {3, 3, 2}, script);
}

TEST(Ranks, Hybrid)
{
  const Potential p = barium_titanate(true);
  Script script;
  script.potential = [&](Session &lmp) {
    lmp.lines(
        "pair_style hybrid/overlay eap/long map id morse 6.0 zero 3.0\nkspace_style lattice/fft");
    lmp.coefficients(p, p.style());
    lmp.lines("pair_coeff * * morse 0.002 1.1 3.0\npair_coeff * * zero\nthermo_modify norm no");
  };
  script.before = commands("newton off");
  compare(p, {3, 2, 2}, script);
  script.before = nothing;
  compare(p, {3, 2, 2}, script);
  // the order of the sub-styles must not matter either
  const Structure s = structure(p.lattice, {2, 2, 2}, SKEW, 0.05, 5);
  Session plain(MPI_COMM_WORLD), overlay(MPI_COMM_WORLD);
  prepare(plain, p, s, {});
  Script other;
  other.potential = [&](Session &lmp) {
    lmp.lines("pair_style hybrid/overlay zero 3.0 eap/long\nkspace_style lattice/fft");
    lmp.coefficients(p, p.style());
    lmp.lines("pair_coeff * * zero\nthermo_modify norm no");
  };
  prepare(overlay, p, s, other);
  plain.cmd("run 20");
  overlay.cmd("run 20");
  expect_same(overlay, plain);
}

// Atoms that are not of the crystal, between its atoms
TEST(Ranks, Guests)
{
  const Potential p = barium_titanate(true);
  Script script;
  script.potential = [&](Session &lmp) {
    lmp.lines("create_atoms 4 single 1.0 1.1 0.9\ncreate_atoms 4 single 5.2 3.1 4.9\n"
              "pair_style hybrid/overlay eap/long morse 6.0\nkspace_style lattice/fft");
    lmp.coefficients(p, p.style());
    lmp.lines("pair_coeff * 4 morse 0.01 1.1 3.0\nthermo_modify norm no");
  };
  const Structure s = structure(p.lattice, {3, 2, 2}, SKEW, 0.05, 5);
  Session many(MPI_COMM_WORLD), one(MPI_COMM_SELF), bare(MPI_COMM_SELF);
  many.guests = one.guests = 1;
  prepare(many, p, s, script);
  prepare(one, p, s, script);
  prepare(bare, p, s, {});
  for (Session *lmp : {&many, &one, &bare}) lmp->cmd("run 0");
  expect_same(many, one);
  EXPECT_NEAR(many.fix_scalar("field"), bare.fix_scalar("field"), 1e-12);
  EXPECT_NEAR(many.thermo("elong"), bare.thermo("elong"), 1e-11);
  many.cmd("run 20");
  one.cmd("run 20");
  expect_same(many, one);
}

// A crystal that flies through the box, from rank to rank and round the boundary, is the one at
// rest.
TEST(Ranks, Drift)
{
  const Potential p = barium_titanate(true);
  const Structure s = structure(p.lattice, {3, 2, 2}, SKEW, 0.05, 5);
  Session moving(MPI_COMM_WORLD), resting(MPI_COMM_SELF);
  for (Session *lmp : {&moving, &resting}) prepare(*lmp, p, s, {});
  const double v[3] = {60, -45, 50}; // Angstrom/ps: 12, -9 and 10 Angstrom in 200 steps
  moving.cmd("velocity all set %g %g %g sum yes units box", v[0], v[1], v[2]);
  for (int part = 1; part <= 4; part++) { // also across the ends of runs
    moving.cmd("run 50");
    resting.cmd("run 50");
    SCOPED_TRACE(part);
    // 200 steps make 1e-10 of rounding; -E.M has 3e-9 e of net charge in each of 12 cells
    EXPECT_NEAR(moving.thermo("pe"), resting.thermo("pe"), 1e-7);
    EXPECT_NEAR(moving.thermo("pe") - moving.fix_scalar("field"),
                resting.thermo("pe") - resting.fix_scalar("field"), 1e-9);
    for (int i = 0; i < 3; i++)
      EXPECT_NEAR(moving.fix_vector("p", i), resting.fix_vector("p", i), 1e-8);
    EXPECT_LT(max_difference(moving.gather("f", 3), resting.gather("f", 3)), 1e-9);
    const double kinetic = moving.thermo("etotal") - moving.thermo("pe");
    const double mass = 12 * (137.327 + 47.867 + 3 * 15.999) / 9648.53321; // amu A2/ps2 in eV
    EXPECT_NEAR(kinetic - 0.5 * mass * (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]),
                resting.thermo("etotal") - resting.thermo("pe"), 1e-3 * kinetic);
  }
}

// "run ... pre no" and other ways to go on
TEST(Ranks, RunsInPieces)
{
  const Potential p = barium_titanate(true);
  const Structure s = structure(p.lattice, {3, 2, 2}, SKEW, 0.05, 5);
  Session pieces(MPI_COMM_WORLD), whole(MPI_COMM_SELF);
  for (Session *lmp : {&pieces, &whole}) {
    prepare(*lmp, p, s, {});
    lmp->cmd("velocity all set 60 -45 50 sum yes units box");
  }
  whole.cmd("run 60");
  pieces.lines("run 10 post no\nrun 20 pre no post no\nrun 10 pre no\nrun 20 every 5 \"print x\"");
  EXPECT_LT(max_difference(pieces.gather("f", 3), whole.gather("f", 3)),
            1e-9); // rounding, 60 steps
  EXPECT_NEAR(pieces.thermo("pe"), whole.thermo("pe"), 1e-8);
}

// The ranks of verlet/split that do k-space only have no pair style at work, whose displacements
// are what it needs. LAMMPS refuses it itself without charges on the atoms.
TEST(Ranks, VerletSplit)
{
  if (ranks() != 2) GTEST_SKIP() << "skipped: needs two ranks";
  Session lmp(MPI_COMM_WORLD,
              {"-partition", "1", "1", "-in", "none", "-plog", "none", "-pscreen", "none"});
  lmp.lines("units metal\natom_style charge\natom_modify map array\n"
            "lattice custom 3.95 a1 1 0 0 a2 0 1 0 a3 0 0 1 basis 0 0 0 basis 0.5 0.5 0.5 "
            "basis 0.5 0.5 0 basis 0.5 0 0.5 basis 0 0.5 0.5\nregion box block 0 2 0 2 0 2\n"
            "create_box 3 box\ncreate_atoms 3 box basis 1 1 basis 2 2\nmass * 16");
  lmp.potential(barium_titanate(true));
  lmp.lines("fix 1 all nve\nrun_style verlet/split");
  EXPECT_LAMMPS_ERROR(lmp.cmd("run 0"), "lattice/fft cannot work on ranks of its own");
}

} // namespace
