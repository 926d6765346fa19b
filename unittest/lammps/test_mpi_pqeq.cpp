// pair_style coul/pqeq/cut on several ranks: the same energies, charges and forces as on one rank,
// with atoms that change rank, ranks without atoms, and newton off.
#include "pqeq_session.h"

namespace {

const char *const SCHEMES[] = {"fixed 2", "converge 1e-9"};

struct End {
  double pe, mu;
  std::vector<double> x, f, q, u;
};

End run(MPI_Comm comm, const std::string &scheme, const std::string &before,
        const std::string &setup, int steps, const char *style = "coul/pqeq/cut")
{
  PqeqLammps l(comm);
  l.atoms(pqeq_crystal(), "metal", before);
  l.lines(setup);
  l.pair(style, std::string(style) == "coul/pqeq/long" ? 13.0 : 8.0, scheme, "kernel any");
  l.lines("velocity all create 2000 12345 loop geom\nfix 1 all nve\ntimestep 0.001\n"
          "neighbor 0.4 bin\nneigh_modify every 1 delay 0 check yes\nthermo 5\n");
  l.cmd("run %d post no", steps);
  return {l.thermo("pe"),   l.fix_scalar("pq"), l.gather("x", 3),
          l.gather("f", 3), l.gather("q", 1),   l.gather("f_pq", 3)};
}

// 1e-9: differences in the order of summation, grown over the steps; `converge` adds its criterion
void same(const End &a, const End &b, double tolerance)
{
  EXPECT_NEAR(a.pe, b.pe, tolerance);
  EXPECT_NEAR(a.mu, b.mu, tolerance);
  EXPECT_LT(max_difference(a.x, b.x), tolerance);
  EXPECT_LT(max_difference(a.f, b.f), tolerance);
  EXPECT_LT(max_difference(a.q, b.q), tolerance);
  EXPECT_LT(max_difference(a.u, b.u), tolerance);
}

TEST(MPIPqeq, SameAsOneRank)
{
  for (const char *scheme : SCHEMES)
    for (const char *newton : {"newton on", "newton off"}) {
      const End one = run(MPI_COMM_SELF, scheme, "newton on", "replicate 2 2 1", 20);
      const End all = run(MPI_COMM_WORLD, scheme, newton, "replicate 2 2 1", 20);
      same(one, all, std::string(scheme) == "fixed 2" ? 1e-9 : 1e-6);
    }
}

// a slab of atoms in a long box, in which some ranks have none
TEST(MPIPqeq, RanksWithoutAtoms)
{
  for (const char *scheme : SCHEMES) {
    const std::string setup = "change_box all z final 0 60 boundary p p p";
    const End one = run(MPI_COMM_SELF, scheme, "newton on", setup, 5);
    const End all = run(MPI_COMM_WORLD, scheme, "newton on\nprocessors 1 1 *", setup, 5);
    same(one, all, std::string(scheme) == "fixed 2" ? 1e-9 : 1e-6);
  }
}

// molecules that keep their charge, spread over ranks, in a field on everything
TEST(MPIPqeq, Fragments)
{
  const std::string setup = "replicate 2 2 1\nchange_box all boundary f f f\n"
                            "fix mol all property/atom mol\nset atom * mol 0\n"
                            "group odd id 1:32:3\nset group odd mol 7\nset atom 2*5 mol 2";
  for (const char *kind : {"zero", "keep"}) {
    const std::string scheme =
        std::string("converge 1e-9 fragment ") + kind + " efield 0.1 0.05 -0.1 full";
    const End one = run(MPI_COMM_SELF, scheme, "newton on", setup, 5);
    const End all = run(MPI_COMM_WORLD, scheme, "newton off", setup, 5);
    same(one, all, 1e-6);
    double sum = 0.0;
    for (int i = 1; i < 5; i++) sum += all.q[i]; // molecule 2
    EXPECT_NEAR(sum, 0.0, 1e-12);
  }
}

// a restart file of all ranks, read by all and by one: the run goes on, from the last solutions
TEST(MPIPqeq, Restart)
{
  for (const char *scheme : SCHEMES) {
    End end[3];
    for (int k = 0; k < 3; k++) {
      PqeqLammps l(k == 2 ? MPI_COMM_SELF : MPI_COMM_WORLD);
      if (k == 0) {
        l.atoms(pqeq_crystal());
        l.cmd("replicate 2 1 1");
      } else l.cmd("read_restart mpi_pqeq.restart");
      l.elements = " Li O P N H";
      l.style(8.0, scheme);
      if (k == 0) l.cmd("velocity all create 1000 12345 loop geom");
      l.lines("fix 1 all nve\ntimestep 0.0005\n");
      if (k == 0) l.lines("run 5 post no\nwrite_restart mpi_pqeq.restart\n");
      else {
        l.cmd("run 0 post no");
        EXPECT_LE(l.fix_vector("pq", 1), 2) << scheme;
      }
      l.cmd("run 5 post no");
      end[k] = {l.thermo("pe"),   l.fix_scalar("pq"), l.gather("x", 3),
                l.gather("f", 3), l.gather("q", 1),   l.gather("f_pq", 3)};
    }
    const double tolerance = std::string(scheme) == "fixed 2" ? 1e-9 : 1e-6;
    same(end[0], end[1], tolerance);
    same(end[0], end[2], tolerance);
  }
  MPI_Barrier(MPI_COMM_WORLD);
  int me;
  MPI_Comm_rank(MPI_COMM_WORLD, &me);
  if (me == 0) remove("mpi_pqeq.restart");
}

TEST(MPIPqeq, LongRange)
{
  const char *style = "coul/pqeq/long";
  for (const char *sum : {"kspace_style ewald/polar 1e-6", "kspace_style pppm/polar 1e-5"}) {
    const End one = run(MPI_COMM_SELF, "converge 1e-9", "newton on", sum, 10, style);
    for (const char *newton : {"newton on", "newton off"})
      same(one, run(MPI_COMM_WORLD, "converge 1e-9", newton, sum, 10, style), 1e-6);
  }
}

// the mesh: a fixed number of passes, atoms that change rank, a field, ranks without atoms
TEST(MPIPqeq, Mesh)
{
  const char *style = "coul/pqeq/long";
  const std::string sum = "kspace_style pppm/polar 1e-5\nkspace_modify order 7\n",
                    slab = sum + "change_box all z final 0 60\n";
  for (const auto &setup : {sum, slab}) {
    const End one =
        run(MPI_COMM_SELF, "fixed 2 efield 0.1 0 0.2 shell", "newton on", setup, 10, style);
    const End all = run(MPI_COMM_WORLD, "fixed 2 efield 0.1 0 0.2 shell",
                        "newton on\nprocessors 1 1 *", setup, 10, style);
    same(one, all, 1e-9);
  }
}

// a fault stops all ranks with the same text
TEST(MPIPqeq, FaultOnAllRanks)
{
  PqeqLammps l(MPI_COMM_WORLD);
  l.atoms(pqeq_crystal());
  l.style(8.0, "converge 1e-9 maxiter 1");
  EXPECT_LAMMPS_ERROR(l.cmd("run 0"), "conjugate gradients, aim 1e-10");
}

} // namespace
