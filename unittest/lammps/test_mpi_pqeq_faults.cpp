// Faults that only one rank can see, in fix pqeq: all ranks stop with the same text, or all go on.
// A group of atoms at each end of a long box, farther apart than the reach of communication: what
// happens at the upper end is known to the last rank only.
#include "pqeq_session.h"

#include <sstream>

namespace {

const char *const LOG = "mpi_pqeq_faults.log";

int rank()
{
  int me;
  MPI_Comm_rank(MPI_COMM_WORLD, &me);
  return me;
}

using Positions = std::vector<std::array<double, 3>>;

// water at the lower end; these at the upper
struct Ends : public PqeqLammps {
  Ends(const std::vector<std::string> &symbols, const Positions &positions,
       const std::string &units = "metal")
      : PqeqLammps(MPI_COMM_WORLD)
  {
    nlohmann::json j;
    j["symbols"] = std::vector<std::string>{"O", "H", "H"};
    j["positions"] = Positions{{0, 0, -27}, {0, 0.757, -26.414}, {0, -0.757, -26.414}};
    for (const auto &s : symbols) j["symbols"].push_back(s);
    for (const auto &x : positions) j["positions"].push_back(x);
    atoms(j, units, "newton on\nprocessors 1 1 *");
  }
};

// the text must be there on all ranks: a rank that does not stop would fail here, and one that
// waits would run into the time limit of the test
#define EXPECT_ERROR_ON_ALL_RANKS(statement, part)                                                 \
  do {                                                                                             \
    EXPECT_LAMMPS_ERROR(statement, part);                                                          \
    MPI_Barrier(MPI_COMM_WORLD);                                                                   \
  } while (0)

TEST(MPIPqeqFaults, PositionIsNoNumber)
{
  for (double bad : {NAN, INFINITY})
    for (const char *scheme : {"fixed 2", "converge 1e-8"}) {
      Ends l({"Li", "O"}, {{0, 0, 27}, {1.7, 0, 27}});
      l.style(8.0, scheme);
      l.cmd("neigh_modify delay 1000 every 1000");
      l.cmd("run 0 post no");
      auto **x = (double **)lammps_extract_atom(l.handle, "x");
      const auto *tag = (Tag *)lammps_extract_atom(l.handle, "id");
      const int n = lammps_extract_setting(l.handle, "nlocal");
      for (int i = 0; i < n; i++)
        if (tag[i] == 5) x[i][1] = bad;
      EXPECT_ERROR_ON_ALL_RANKS(l.cmd("run 1 pre no post no"), "the run has diverged");
    }
}

TEST(MPIPqeqFaults, OverlappingAtoms)
{
  Ends l({"Li", "O"}, {{0, 0, 27}, {0.1, 0, 27}});
  l.cmd("log %s", LOG);
  l.style(8.0, "converge 1e-8");
  l.cmd("run 1 post no");
  l.cmd("log none");
  EXPECT_NEAR(l.fix_vector("pq", 6), 0.1, 1e-12);
  if (rank() == 0) {
    std::ifstream in(LOG);
    std::stringstream all;
    all << in.rdbuf();
    const std::string text = all.str();
    EXPECT_NE(text.find("are 0.1 Angstrom apart on step 0"), std::string::npos) << text;
    EXPECT_TRUE(text.find("atoms 4 and 5") != std::string::npos ||
                text.find("atoms 5 and 4") != std::string::npos)
        << text;
    remove(LOG);
  }
  MPI_Barrier(MPI_COMM_WORLD);
}

// one shell at the bound, on one rank; the same as on one rank
TEST(MPIPqeqFaults, ClampedShell)
{
  for (const char *field : {"", " efield 0.1 0.2 -0.3 full", " efield 0.1 0.2 -0.3 shell"}) {
    Ends l({"K", "Cl"}, {{0, 0, 25}, {0, 0, 27.67}});
    l.style(12.0, std::string("converge 1e-10") + field);
    l.cmd("run 0 post no");
    EXPECT_EQ(l.fix_vector("pq", 4), 1);
    const auto u = l.gather("f_pq", 3);
    EXPECT_NEAR(std::hypot(u[9], u[10], u[11]), 0.25, 1e-12);
  }
}

// indefinite at one end: a chain of atoms as soft as possible, see test_pqeq_faults.cpp
TEST(MPIPqeqFaults, IndefiniteHardness)
{
  const double radius = 1.78, self = 14.3996454784 * std::sqrt(0.46277 / M_PI) / radius;
  if (rank() == 0)
    std::ofstream("mpi_pqeq_faults.pqeq")
        << "pqeq 1\nlambda 0.462770\nelement O 8.3 14.7 1 0.67 18\nelement H 4.7 15.7 1 0.37 47\n"
        << "element K 1.0 " << 1.0001 * self << " 0 " << radius << " 0\n";
  MPI_Barrier(MPI_COMM_WORLD);
  for (const char *policy : {"error", "warn"}) {
    Positions x;
    for (int i = 0; i < 24; i++) x.push_back({1.0 * i - 12.0, 0.03 * (i % 3), 27.0});
    Ends l(std::vector<std::string>(24, "K"), x);
    l.lines("pair_style coul/pqeq/cut 4\npair_coeff * * mpi_pqeq_faults.pqeq O H K\n"
            "comm_modify cutoff 8\n");
    l.cmd("fix pq all pqeq 1 scheme converge 1e-7 nonconv %s efield 0.1 0 0 full", policy);
    EXPECT_ERROR_ON_ALL_RANKS(l.cmd("run 0"), "is not positive definite");
  }
  if (rank() == 0) remove("mpi_pqeq_faults.pqeq");
}

// all that takes part is on one rank, the rest keep their charges or are not there at all
TEST(MPIPqeqFaults, OthersTakeNoPart)
{
  for (const char *scheme : {"fixed 2", "converge 1e-9"}) {
    Ends l({"Li", "O"}, {{0, 0, 27}, {1.7, 0, 27}});
    l.style(8.0, scheme);
    l.cmd("unfix pq");
    l.lines("group upper id 4 5\nset atom 1 charge -0.8\nset atom 2 charge 0.4\n"
            "set atom 3 charge 0.4\n");
    l.cmd("fix pq upper pqeq 1 scheme %s", scheme);
    l.cmd("run 1 post no");
    const auto q = l.gather("q", 1);
    EXPECT_EQ(q[0], -0.8);
    EXPECT_NEAR(q[3] + q[4], 0.0, 1e-13);
    EXPECT_GT(q[3], 0.1);

    Ends m({"Li", "P"}, {{0, 0, 27}, {1.7, 0, 27}});
    m.lines("pair_style hybrid/overlay coul/pqeq/cut 8 kernel any zero 8\npair_coeff * * zero\n");
    m.cmd("pair_coeff * * coul/pqeq/cut %s/potentials/pqeq/gao2025.pqeq NULL NULL Li P",
          POLAR_SOURCE_DIR);
    m.cmd("fix pq all pqeq 1 scheme %s", scheme);
    m.cmd("run 1 post no");
    const auto p = m.gather("q", 1);
    EXPECT_EQ(p[0], 0.0);
    EXPECT_NEAR(p[3] + p[4], 0.0, 1e-13);
  }
}

// too few iterations, as a warning: ranks stay together
TEST(MPIPqeqFaults, NonConvergence)
{
  for (const char *scheme :
       {"fixed 2 maxiter 2", "converge 1e-9 maxiter 2", "converge 1e-9 maxpass 2"}) {
    Ends l({"Li", "O"}, {{0, 0, 27}, {1.7, 0, 27}});
    l.style(8.0, std::string(scheme) + " nonconv warn efield 0 0 0.1 full");
    l.cmd("run 2 post no");
    EXPECT_GE(l.fix_vector("pq", 7), 1); // converge goes on where it was, from step to step
    double sum = 0.0;
    for (double q : l.gather("q", 1)) sum += q;
    EXPECT_NEAR(sum, 0.0, 1e-12);
    Ends m({"Li", "O"}, {{0, 0, 27}, {1.7, 0, 27}});
    m.style(8.0, std::string(scheme) + " efield 0 0 0.1 full");
    EXPECT_ERROR_ON_ALL_RANKS(m.cmd("run 2 post no"), "did not converge");
  }
}

// files and coefficients: read by the first rank, refused by all
TEST(MPIPqeqFaults, Files)
{
  if (rank() == 0) std::ofstream("mpi_pqeq_faults.pqeq") << "pqeq 1\nlambda x\n";
  MPI_Barrier(MPI_COMM_WORLD);
  Ends l({"Li", "O"}, {{0, 0, 27}, {1.7, 0, 27}});
  l.cmd("pair_style coul/pqeq/cut 8");
  EXPECT_ERROR_ON_ALL_RANKS(l.cmd("pair_coeff * * mpi_pqeq_faults.pqeq O H Li"),
                            "mpi_pqeq_faults.pqeq:2: lambda 'x' is not a number");
  EXPECT_ERROR_ON_ALL_RANKS(l.cmd("pair_coeff * * nowhere.pqeq O H Li"), "Cannot read file");
  if (rank() == 0) remove("mpi_pqeq_faults.pqeq");
  MPI_Barrier(MPI_COMM_WORLD);
}

} // namespace
