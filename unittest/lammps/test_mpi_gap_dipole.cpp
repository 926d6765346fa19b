// The electric response of pair_style gap on several ranks: what one rank gives.
#include "gap_session.h"

#include "../gap/dipole_fixture.h"

using namespace gap_test;

namespace {

struct Outcome {
  double energy, m[3], j[3];
  std::vector<double> force, born;
};

class DipoleRanks : public testing::TestWithParam<std::tuple<const char *, int>> {
protected:
  void run(const Config &config, const std::string &steps)
  {
    const auto [newton, zeta] = GetParam();
    const DipoleCase c = {"", "gto 3 0.5", "density", zeta, "", {14, 8}, 3, 2, 4.4, 1.0};
    int me;
    MPI_Comm_rank(MPI_COMM_WORLD, &me);
    const TextFile energy(mixed_model()), dipole(dipole_text(c)); // rank 0's are read
    char path[2][1024] = {"", ""};
    snprintf(path[0], sizeof path[0], "%s", energy.path.c_str());
    snprintf(path[1], sizeof path[1], "%s", dipole.path.c_str());
    MPI_Bcast(path, sizeof path, MPI_CHAR, 0, MPI_COMM_WORLD);
    std::vector<Outcome> result;
    for (int alone = 0; alone < 2; alone++) {
      Lammps lmp(alone ? MPI_COMM_SELF : MPI_COMM_WORLD);
      build(lmp, config, 14, std::string("newton ") + newton);
      lmp.cmd("pair_style gap dipole %s", path[1]);
      lmp.cmd("pair_coeff * * %s Si O", path[0]);
      lmp.lines("neighbor 0.3 bin\nneigh_modify every 1 delay 0 check yes\nfix nve all nve\n"
                "velocity all create 900 12345 loop all\ntimestep 2e-4\n"
                "fix field all efield/born 0.03 -0.07 0.05\nfix_modify field energy yes\n"
                "fix p all polarization 1\ncompute z all born/atom\n"
                "compute s all reduce sum c_z[*]\nthermo_style custom step pe f_p[*] c_s[*]");
      if (!steps.empty()) lmp.lines(steps);
      lmp.cmd("run 0 post no");
      Outcome o = {lmp.fix_scalar("field"), {}, {}, lmp.gather("f", 3), lmp.gather("c_z", 9)};
      for (int a = 0; a < 3; a++) {
        o.m[a] = lmp.fix_vector("p", 3 + a);
        o.j[a] = lmp.fix_vector("p", 6 + a);
      }
      for (double s : lmp.compute_vector("s", 9)) EXPECT_NEAR(s, 0, 1e-12); // sum rule
      result.push_back(o);
    }
    // rounding of sums in another order, which grows in 50 steps
    const double tol = steps.empty() ? 1e-12 : 1e-10;
    EXPECT_NEAR(result[0].energy, result[1].energy, tol);
    for (int a = 0; a < 3; a++) {
      EXPECT_NEAR(result[0].m[a], result[1].m[a], tol);
      EXPECT_NEAR(result[0].j[a], result[1].j[a], 100 * tol); // velocities of some Angstrom/ps
    }
    EXPECT_LT(::max_difference(result[0].force, result[1].force), 100 * tol);
    EXPECT_LT(::max_difference(result[0].born, result[1].born), tol);
    MPI_Barrier(MPI_COMM_WORLD); // before rank 0 removes the files
  }
};

} // namespace

TEST_P(DipoleRanks, FirstStep)
{
  run(distorted({14, 8}, 30, 2.2, 4), "");
}

TEST_P(DipoleRanks, AfterMotion)
{
  run(distorted({14, 8}, 30, 2.2, 4), "run 50 post no");
}

// all atoms in a corner of a large box
TEST_P(DipoleRanks, EmptyRanks)
{
  Config c = distorted({14, 8}, 12, 2.2, 4);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) c.h[i][j] *= i == j ? 6 : 1;
  run(c, "");
}

INSTANTIATE_TEST_SUITE_P(Newton, DipoleRanks,
                         testing::Combine(testing::Values("on", "off"), testing::Values(1, 2)),
                         [](const testing::TestParamInfo<std::tuple<const char *, int>> &info) {
                           return std::string(std::get<0>(info.param)) + "_zeta" +
                                  std::to_string(std::get<1>(info.param));
                         });
