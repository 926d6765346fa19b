// pair_style gap on several ranks: what one rank gives, whatever the number of ranks, also with
// ranks that have no atoms, and after atoms have changed ranks.
#include "gap_session.h"

using namespace gap_test;

namespace {

class Ranks : public testing::TestWithParam<const char *> {
protected:
  std::string text = mixed_model();
  void run(const Config &config, const std::string &steps)
  {
    int me;
    MPI_Comm_rank(MPI_COMM_WORLD, &me);
    const TextFile own(text); // only rank 0's file is read
    char path[1024] = "";
    snprintf(path, sizeof path, "%s", own.path.c_str());
    MPI_Bcast(path, sizeof path, MPI_CHAR, 0, MPI_COMM_WORLD);
    std::vector<Measured> result;
    for (int alone = 0; alone < 2; alone++) {
      Lammps lmp(alone ? MPI_COMM_SELF : MPI_COMM_WORLD);
      build(lmp, config, 14, std::string("newton ") + GetParam());
      lmp.cmd("pair_style gap");
      lmp.cmd("pair_coeff * * %s Si O", path);
      lmp.lines(OUTPUT);
      lmp.lines("neighbor 0.3 bin\nneigh_modify every 1 delay 0 check yes\nfix nve all "
                "nve\ntimestep 1e-3");
      if (!steps.empty()) lmp.lines(steps);
      result.push_back(measure(lmp));
      EXPECT_NEAR(lmp.scalar("se"), result.back().energy, 1e-10);
      const auto sum = lmp.compute_vector("scw", 9);
      for (int k = 0; k < 6; k++)
        EXPECT_NEAR(-sum[k] / BAR_A3_PER_EV, result.back().virial[k], 1e-8);
    }
    // rounding of sums in another order, which grows in 50 steps
    const double tol = steps.empty() ? 1e-11 : 1e-9;
    EXPECT_NEAR(result[0].energy, result[1].energy, tol);
    EXPECT_LT(::max_difference(result[0].force, result[1].force), 10 * tol);
    EXPECT_LT(::max_difference(result[0].atom_energy, result[1].atom_energy), tol);
    EXPECT_LT(::max_difference(result[0].virial, result[1].virial), 100 * tol);
    MPI_Barrier(MPI_COMM_WORLD); // before rank 0 removes the file
  }
};

} // namespace

TEST_P(Ranks, FirstStep)
{
  run(distorted({14, 8}, 30, 2.2, 4), "");
}

TEST_P(Ranks, AfterMotion)
{
  run(distorted({14, 8}, 30, 2.2, 4),
      "timestep 2e-4\nvelocity all create 900 12345 loop all\nrun 50 post no");
}

// all atoms in a corner of a large box
TEST_P(Ranks, EmptyRanks)
{
  Config c = distorted({14, 8}, 12, 2.2, 4);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) c.h[i][j] *= i == j ? 6 : 1;
  run(c, "");
}

TEST_P(Ranks, ErrorsOnAllRanks)
{
  Lammps lmp(MPI_COMM_WORLD);
  build(lmp, distorted({14, 8}, 30, 2.2, 4), 14);
  lmp.cmd("pair_style gap");
  EXPECT_LAMMPS_ERROR(lmp.cmd("pair_coeff * * no_such.xml Si O"), "Cannot read file no_such.xml");
}

INSTANTIATE_TEST_SUITE_P(Newton, Ranks, testing::Values("on", "off"),
                         [](const testing::TestParamInfo<const char *> &info) {
                           return std::string(info.param);
                         });
