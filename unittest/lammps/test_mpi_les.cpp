// pair_style les on several ranks: the same as on one.

#include "les_session.h"

#include <unistd.h>

using namespace les_test;

namespace {

struct State {
  double energy, dipole, work;
  std::array<double, 6> virial;
  std::vector<double> f, q, z;
};

State state(MPI_Comm comm, const std::string &path, const std::string &kspace,
            const std::string &keywords, int steps)
{
  Session lmp(comm);
  lmp.crystal(true);
  lmp.potential(path, kspace, keywords);
  lmp.lines(
      "compute z all born/atom\nfix p all polarization 1\nfix e all efield/born 0.1 0.05 -0.1");
  if (steps)
    lmp.lines(
        "replicate 2 1 1\nvelocity all create 300 12 loop all\nfix 1 all nve\ntimestep 0.002\n"
        "neigh_modify every 1 delay 0 check no");
  lmp.cmd("run %d", steps);
  State s;
  s.energy = lmp.thermo("pe");
  s.virial = lmp.virial();
  s.f = lmp.gather("f", 3);
  s.q = lmp.gather("q", 1);
  s.z = lmp.gather("c_z", 9);
  s.dipole = lmp.fix_vector("p", 3);
  s.work = lmp.fix_scalar("e");
  return s;
}

TEST(MPILes, SameAsOnOneRank)
{
  int me;
  MPI_Comm_rank(MPI_COMM_WORLD, &me);
  for (int layers : {0, 1}) {
    const ModelFile model(layers);
    for (const char *kspace : {"ewald/polar 1e-6", "pppm/polar 1e-4"})
      for (const char *born : {"born local", "born phase"})
        for (int steps : {0, 20}) {
          if (steps && layers && *kspace == 'p') continue; // time
          SCOPED_TRACE(std::string(kspace) + " " + born + " " + std::to_string(layers) + " " +
                       std::to_string(steps));
          const State one = state(MPI_COMM_SELF, model.path, kspace, born, steps),
                      all = state(MPI_COMM_WORLD, model.path, kspace, born, steps);
          // the order of sums differs; after some steps, too, trajectories have parted a little
          const double t = steps ? 1e-8 : 1e-10;
          EXPECT_NEAR(one.energy, all.energy, t);
          EXPECT_LT(max_difference(one.f, all.f), t);
          EXPECT_LT(max_difference(one.q, all.q), t);
          EXPECT_LT(max_difference(one.z, all.z), t);
          EXPECT_NEAR(one.dipole, all.dipole, t);
          EXPECT_NEAR(one.work, all.work, t);
          for (int k = 0; k < 6; k++) EXPECT_NEAR(one.virial[k], all.virial[k], 10 * t);
        }
  }
}

TEST(MPILes, RanksWithoutAtoms)
{
  const ModelFile model(1);
  double e[2];
  for (int k = 0; k < 2; k++) {
    Session lmp(k ? MPI_COMM_WORLD : MPI_COMM_SELF);
    lmp.lines("units metal\natom_style charge\natom_modify map array\nregion box block 0 40 0 9 0 "
              "9\ncreate_box 2 box\n"
              "mass * 20\ncreate_atoms 1 single 1 4 4\ncreate_atoms 2 single 3.2 4.3 4.1");
    lmp.potential(model.path);
    lmp.lines("fix e all efield/born 0.1 0 0");
    e[k] = lmp.energy();
  }
  EXPECT_NEAR(e[0], e[1], 1e-11);
}

} // namespace
