// Every style through everything that divides a system in another way or makes it anew: grids of
// ranks, newton off, balancing, restart on another number of ranks, rerun, minimize, neb,
// hybrid/overlay, fix npt, replicate, clear and two instances side by side. What all ranks give is
// compared with what one rank alone gives.

#include "matrix.h"

using namespace matrix_test;

TEST_P(Matrix, DivisionsOfTheBox)
{
  const State one = alone({});
  std::vector<Way> ways = {
      {"processors 1 1 *", ""},
      {"processors * 1 1", ""},
      {"newton off", ""},
      {"", "comm_style tiled\nbalance 1.0 rcb"},
      {"", "balance 1.0 shift xyz 10 1.001"},
      {"", "comm_style tiled\nfix balance all balance 4 1.0 rcb"},
      {"", "fix balance all balance 3 1.0 shift xyz 5 1.001"},
      {"atom_modify sort 2 3.0", "neighbor 0.6 nsq"},
      {"atom_modify map hash", "comm_modify cutoff 14.5"},
  };
  for (const Way &way : ways) {
    if (way.before == "newton off" && row.style == "les") { // a documented restriction
      EXPECT_LAMMPS_ERROR(run(MPI_COMM_WORLD, way, 0), "pair_style les needs newton pair on");
    } else if (way.after.find("tiled") != std::string::npos &&
               row.name.compare(0, 4, "pqeq") == 0) {
      continue; // LAMMPS refuses a tiled division of a box smaller than the cutoff
    } else {
      compare(way, one);
    }
  }
}

TEST_P(Matrix, RestartOnAnotherNumberOfRanks)
{
  Way way;
  way.after = "atom_modify sort 0 0.0";
  const bool absolute = row.style != "les"; // whose dipole is an integral over the run
  const State expected = run(MPI_COMM_WORLD, way, 10, absolute);
  const std::string file = folder + ".restart";
  {
    Lammps lmp(MPI_COMM_WORLD);
    box(lmp, way);
    potential(lmp, way);
    lmp.cmd("run 5");
    lmp.cmd("write_restart %s", file.c_str());
  }
  MPI_Barrier(MPI_COMM_WORLD);
  // one rank, and all but one
  MPI_Comm fewer;
  MPI_Comm_split(MPI_COMM_WORLD, rank() == ranks() - 1, rank(), &fewer);
  for (MPI_Comm comm : {MPI_COMM_SELF, fewer}) {
    if (comm == MPI_COMM_SELF && rank() > 0) continue;
    Lammps lmp(comm);
    lmp.cmd("read_restart %s", file.c_str());
    potential(lmp, way);
    lmp.cmd("run 5");
    // pqeq's converged charges start from another guess
    same(state(lmp, absolute), expected, 10);
  }
  MPI_Comm_free(&fewer);
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank() == 0) remove(file.c_str());
}

TEST_P(Matrix, Rerun)
{
  const std::string dump = folder + ".dump";
  std::vector<double> pe;
  {
    Lammps lmp(MPI_COMM_WORLD);
    box(lmp);
    potential(lmp);
    lmp.cmd("dump 1 all custom 5 %s id type x y z ix iy iz", dump.c_str());
    lmp.cmd("dump_modify 1 format float %%.17g");
    for (int frame = 0; frame < 3; frame++) {
      lmp.cmd("run %d", frame ? 5 : 0);
      pe.push_back(lmp.thermo("pe"));
    }
  }
  MPI_Barrier(MPI_COMM_WORLD);
  Lammps again(MPI_COMM_WORLD);
  box(again);
  potential(again);
  for (int frame = 0; frame < 3; frame++) {
    again.cmd("rerun %s first %d last %d dump x y z ix iy iz box yes", dump.c_str(), 5 * frame,
              5 * frame);
    EXPECT_NEAR(again.thermo("pe"), pe[frame], 10 * row.tolerance) << frame;
  }
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank() == 0) remove(dump.c_str());
}

TEST_P(Matrix, Minimize)
{
  const auto minimum = [&](MPI_Comm comm) {
    Lammps lmp(comm);
    box(lmp);
    potential(lmp);
    lmp.lines("min_style cg\nmin_modify dmax 0.02\nrun 0");
    const double before = lmp.thermo("pe");
    lmp.cmd("minimize 0 0 3 30");
    EXPECT_LT(lmp.thermo("pe"), before);
    return state(lmp);
  };
  const State one = on_rank_0([&] { return minimum(MPI_COMM_SELF); });
  const State all = minimum(MPI_COMM_WORLD);
  // the line search ends on differences of energies
  if (rank() == 0) same(all, one, 1000);
}

// Three images, on one rank each, or two on two ranks each: what each ends with has the energy that
// a single rank finds for its atoms.
TEST_P(Matrix, Neb)
{
  if (ranks() < 2) GTEST_SKIP() << "skipped: neb needs two ranks";
  const int images = ranks() == 3 ? 3 : 2;
  const std::string final = folder + ".neb";
  if (rank() == 0) {
    std::ofstream out(final);
    out << "3\n";
    for (int i = 0; i < 3; i++)
      out << i + 1 << " " << row.atoms.x[3 * i] + 0.05 << " " << row.atoms.x[3 * i + 1] << " "
          << row.atoms.x[3 * i + 2] - 0.05 << "\n";
  }
  MPI_Barrier(MPI_COMM_WORLD);
  std::vector<double> x;
  double pe;
  {
    const std::string each = std::to_string(ranks() / images);
    Lammps lmp(MPI_COMM_WORLD, {"-partition", std::to_string(images) + "x" + each, "-in", "none",
                                "-plog", "none", "-pscreen", "none"});
    Way way;
    way.fix = "fix 1 all neb 1.0";
    box(lmp, way);
    potential(lmp, way);
    lmp.lines("min_style quickmin\nmin_modify dmax 0.02");
    lmp.cmd("neb 0 0 5 5 5 final %s", final.c_str());
    lmp.cmd("run 0");
    x = lmp.gather("x", 3);
    pe = internal(lmp);
  }
  Lammps lmp(MPI_COMM_SELF);
  box(lmp);
  potential(lmp);
  lmp.scatter("x", 3, x);
  lmp.cmd("run 0");
  EXPECT_NEAR(internal(lmp), pe, 10 * row.tolerance);
  EXPECT_TRUE(std::isfinite(pe));
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank() == 0) remove(final.c_str());
}

TEST_P(Matrix, HybridOverlay)
{
  Way way;
  way.hybrid = "hybrid/overlay";
  const State one = alone(way);
  compare(way, one);
  // energies, forces and virials of both styles add up
  const State both = alone(way, 0), only = alone({}, 0);
  if (rank() == 0) {
    Lammps lmp(MPI_COMM_SELF);
    box(lmp);
    lmp.lines("pair_style soft 3.5\npair_coeff * * 0.1\nthermo_modify norm no\n"
              "compute v all pressure NULL virial\nthermo_style custom step c_v pe vol\nrun 0");
    EXPECT_GT(lmp.thermo("pe"), 1);
    EXPECT_NEAR(both.numbers[0], only.numbers[0] + lmp.thermo("pe"), 10 * row.tolerance);
    const auto p = lmp.compute_vector("v", 6);
    for (int k = 0; k < 6; k++)
      EXPECT_NEAR(both.numbers[1 + k],
                  only.numbers[1 + k] + p[k] * lmp.thermo("vol") * eap_test::EV_PER_BAR_A3,
                  10 * row.tolerance);
    const auto f = lmp.gather("f", 3);
    for (size_t i = 0; i < f.size(); i++)
      EXPECT_NEAR(both.f[i], only.f[i] + f[i], 10 * row.tolerance);
  }
  MPI_Barrier(MPI_COMM_WORLD);
}

TEST_P(Matrix, ConstantPressure)
{
  Way way;
  way.fix = "fix 1 all npt temp 300 300 0.05 " +
            std::string(row.atoms.box[3] != 0 ? "tri" : "aniso") + " 0 0 0.3 flip no";
  if (row.atoms.box[3] == 0) way.fix = "fix 1 all npt temp 300 300 0.05 aniso 0 0 0.3";
  const State one = alone(way);
  compare(way, one);
}

TEST_P(Matrix, Replicate)
{
  Way way;
  way.atoms = "replicate 2 1 1"; // fixes with values of atoms come later
  const State one = alone(way);
  compare(way, one);
  const State twice = alone(way, 0), once = alone({}, 0);
  // mesh and wave vectors are others: their stated accuracy, 1e-4 of e^2/Angstrom^2, for a few eV
  const double t = row.name == "les_mesh" || row.name == "pqeq_long" ? 1e-2 : 1e-5;
  if (rank() == 0) {
    EXPECT_NEAR(twice.numbers[0], 2 * once.numbers[0], t);
  }
}

// one instance: run, clear, the same once more, and a second run in the same input
TEST_P(Matrix, ClearAndRunAgain)
{
  const State expected = run(MPI_COMM_WORLD, {}, 10);
  Lammps lmp(MPI_COMM_WORLD);
  box(lmp);
  potential(lmp);
  lmp.cmd("run 3");
  lmp.cmd("clear");
  box(lmp);
  potential(lmp);
  lmp.cmd("run 4");
  lmp.cmd("run 6");
  same(state(lmp), expected);
}

TEST_P(Matrix, TwoInstancesSideBySide)
{
  const State expected = run(MPI_COMM_WORLD, {}, 8);
  Lammps a(MPI_COMM_WORLD), b(MPI_COMM_WORLD);
  for (Lammps *lmp : {&a, &b}) {
    box(*lmp);
    potential(*lmp);
  }
  for (int piece = 0; piece < 2; piece++)
    for (Lammps *lmp : {&a, &b}) lmp->cmd("run 4");
  same(state(a), expected);
  same(state(b), expected);
}

INSTANTIATE_TEST_SUITE_P(Styles, Matrix, testing::ValuesIn(ROWS),
                         [](const testing::TestParamInfo<const char *> &info) {
                           return std::string(info.param);
                         });
