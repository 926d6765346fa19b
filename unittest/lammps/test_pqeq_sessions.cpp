// fix pqeq in the life of an input script: several runs, restart, rerun, minimize, clear,
// replicate, other pair styles beside it, groups, dumps and variables.
#include "pqeq_session.h"

#include <algorithm>
#include <sstream>

namespace {

const std::string SCHEMES[] = {"fixed 2", "converge 1e-10"};

void moving(PqeqLammps &l)
{
  l.lines("velocity all create 300 12345 loop geom\nfix 1 all nve\ntimestep 0.0005\n");
}

struct State {
  double pe;
  std::vector<double> x, q, u, f;
};

State state(PqeqLammps &l)
{
  return {l.thermo("pe"), l.gather("x", 3), l.gather("q", 1), l.gather("f_pq", 3),
          l.gather("f", 3)};
}

void same(const State &a, const State &b, double tolerance)
{
  EXPECT_NEAR(a.pe, b.pe, tolerance);
  EXPECT_LT(max_difference(a.x, b.x), tolerance);
  EXPECT_LT(max_difference(a.q, b.q), tolerance);
  EXPECT_LT(max_difference(a.u, b.u), tolerance);
  EXPECT_LT(max_difference(a.f, b.f), 10 * tolerance);
}

// fixed has no memory: what is left is the order of sums over a list of neighbors made anew.
// converge: what its criterion leaves of charges and shells, 1e-10, and its forces
double tolerance(const std::string &scheme)
{
  return scheme == "fixed 2" ? 2e-13 : 1e-9;
}

TEST(PqeqSessions, RunsInParts)
{
  for (const auto &scheme : SCHEMES) {
    PqeqLammps one, two;
    for (PqeqLammps *l : {&one, &two}) {
      l->atoms(pqeq_crystal());
      l->style(8.0, scheme);
      moving(*l);
    }
    one.cmd("run 8 post no");
    two.lines("run 0 post no\nrun 0 post no\nrun 3 post no\nrun 5 post no\n");
    same(state(one), state(two), tolerance(scheme));
    EXPECT_EQ(two.fix_vector("pq", 7), 0);
  }
}

// a restarted run is the run; with converge it goes on from the last solutions, not from rest
TEST(PqeqSessions, Restart)
{
  for (const auto &scheme : SCHEMES) {
    PqeqLammps one;
    one.atoms(pqeq_crystal());
    one.style(8.0, scheme);
    moving(one);
    one.cmd("run 5 post no");
    one.cmd("write_restart pqeq_sessions.restart");
    one.cmd("run 5 post no");

    PqeqLammps two;
    two.cmd("read_restart pqeq_sessions.restart");
    two.elements = one.elements;
    two.style(8.0, scheme);
    two.lines("fix 1 all nve\ntimestep 0.0005\n");
    two.cmd("run 0 post no");
    const double passes = two.fix_vector("pq", 1);
    EXPECT_LE(passes, 2) << scheme; // the solution is there
    two.cmd("run 5 post no");
    same(state(one), state(two), tolerance(scheme));

    // a restart file of one scheme and a run of the other
    PqeqLammps other;
    other.cmd("read_restart pqeq_sessions.restart");
    other.elements = one.elements;
    other.style(8.0, scheme == "fixed 2" ? SCHEMES[1] : SCHEMES[0]);
    other.cmd("run 1 post no");
    EXPECT_NEAR(other.thermo("pe"), one.thermo("pe"), 0.01); // eV; schemes differ by 1e-3
  }
  remove("pqeq_sessions.restart");
}

// Where shells have two minima, a restart stays in the one it was in. K between two Cl: its shell
// is at the bound on either side; a field chooses one, and is taken away slowly.
TEST(PqeqSessions, RestartKeepsTheMinimum)
{
  nlohmann::json j;
  j["symbols"] = {"K", "Cl", "Cl"};
  j["positions"] = {{0, 0, 0}, {0, 0, 2.7}, {0, 0, -2.7}};
  double along[3];
  {
    PqeqLammps l;
    l.atoms(j);
    l.cmd("variable E equal 0.5*(step<5)");
    l.style(12.5, "converge 1e-9 efield 0 0 v_E shell");
    l.cmd("run 10 post no");
    along[0] = l.gather("f_pq", 3)[2];
    l.cmd("write_restart pqeq_sessions.restart");
    l.cmd("run 1 post no");
    along[1] = l.gather("f_pq", 3)[2];
  }
  PqeqLammps l;
  l.cmd("read_restart pqeq_sessions.restart");
  l.elements = " K Cl";
  l.style(12.5, "converge 1e-9");
  l.cmd("run 0 post no");
  along[2] = l.gather("f_pq", 3)[2];
  EXPECT_NEAR(along[1], along[0], 2e-9); // Angstrom, the criterion on both sides
  EXPECT_NEAR(along[2], along[0], 2e-9);
  remove("pqeq_sessions.restart");
}

// the energies of a run from its dump, without the run
TEST(PqeqSessions, Rerun)
{
  for (const auto &scheme : SCHEMES) {
    std::vector<double> pe;
    PqeqLammps l;
    l.atoms(pqeq_crystal());
    l.style(8.0, scheme);
    moving(l);
    l.lines("dump 1 all custom 1 pqeq_sessions.dump id type q x y z\n"
            "dump_modify 1 format float %.17g\n");
    for (int k = 0; k < 4; k++) {
      l.cmd("run %d post no", k ? 1 : 0);
      pe.push_back(l.thermo("pe"));
    }
    l.cmd("undump 1");
    PqeqLammps r;
    r.atoms(pqeq_crystal());
    r.style(8.0, scheme);
    for (int k = 0; k < 4; k++) {
      r.cmd("rerun pqeq_sessions.dump first %d last %d dump x y z", k, k);
      EXPECT_NEAR(r.thermo("pe"), pe[k], tolerance(scheme)) << scheme << k;
    }
  }
  remove("pqeq_sessions.dump");
}

TEST(PqeqSessions, ClearAndReplicate)
{
  PqeqLammps l;
  for (int k = 0; k < 2; k++) {
    l.cmd("clear");
    l.atoms(pqeq_crystal());
    if (k) l.cmd("replicate 2 1 1");
    l.style(8.0, "converge 1e-10");
    l.cmd("run 0 post no");
    static double once;
    if (k == 0) once = l.thermo("pe");
    else EXPECT_NEAR(l.thermo("pe"), 2 * once, 1e-12); // of second order in the criterion: rounding
  }
  // atoms that are deleted and made between runs
  l.lines("delete_atoms group all\n");
  l.cmd("run 0 post no");
  EXPECT_EQ(l.thermo("pe"), 0.0);
  l.cmd("create_atoms 2 single 2 2 2");
  l.cmd("run 0 post no");
  EXPECT_NEAR(l.gather("q", 1)[0], 0.0, 1e-15); // all of the net charge, none
}

TEST(PqeqSessions, MinimizeAndThenRun)
{
  PqeqLammps l;
  l.atoms(pqeq_crystal());
  l.style(8.0, "converge 1e-9");
  l.lines("pair_style hybrid/overlay coul/pqeq/cut 8.0 kernel any lj/cut 6\n"
          "pair_coeff * * lj/cut 0.05 1.8\npair_modify pair lj/cut shift yes\n");
  l.cmd("pair_coeff * * coul/pqeq/cut %s/potentials/pqeq/gao2025.pqeq%s", POLAR_SOURCE_DIR,
        l.elements.c_str());
  l.cmd("minimize 0 1e-5 400 2000");
  EXPECT_LT(max_abs(l.gather("f", 3)), 1e-5);
  const double pe = l.thermo("pe");
  const auto q = l.gather("q", 1);
  l.cmd("run 0 post no");
  EXPECT_NEAR(l.thermo("pe"), pe, 1e-12); // of second order in the criterion: rounding
  EXPECT_LT(max_difference(l.gather("q", 1), q), 1e-9); // the criterion
  l.lines("fix 1 all nve\nrun 2 post no\nminimize 0 1e-5 10 20");
  EXPECT_LT(max_abs(l.gather("f", 3)), 1e-4);
}

// the inner level of respa is velocity Verlet with the inner step
TEST(PqeqSessions, Respa)
{
  for (const auto &scheme : SCHEMES) {
    PqeqLammps one, inner, outer;
    for (PqeqLammps *l : {&one, &inner, &outer}) {
      l->atoms(pqeq_crystal());
      l->style(8.0, scheme);
      moving(*l);
    }
    one.cmd("run 6 post no");
    inner.lines("timestep 0.001\nrun_style respa 2 2 pair 1\nfix_modify pq respa 1\nrun 3 post no");
    same(state(one), state(inner), tolerance(scheme));
    outer.lines("run_style respa 2 2 pair 2\nrun 6 post no"); // no force at the inner level
    same(state(one), state(outer), tolerance(scheme));
  }
}

// charges of another level than that of the pair style would be those of nothing, or of an old step
TEST(PqeqSessions, RespaLevels)
{
  auto run = [](const char *pair, const char *coeff, const char *respa) {
    PqeqLammps l;
    l.atoms(pqeq_crystal());
    l.style(8.0, "fixed 1");
    if (*pair) l.cmd("pair_style %s", pair);
    if (*pair) l.lines("pair_coeff * * lj/cut 0.01 2");
    if (*pair)
      l.cmd("pair_coeff * * coul/pqeq/cut %s/potentials/pqeq/gao2025.pqeq%s", POLAR_SOURCE_DIR,
            l.elements.c_str());
    moving(l);
    l.lines(std::string(coeff) + "\nrun_style respa 2 2 " + respa + "\nrun 1 post no");
  };
  EXPECT_LAMMPS_ERROR(run("", "", "pair 1"),
                      "Fix pqeq acts at level 2 of run_style respa, but its pair style at level 1");
  EXPECT_LAMMPS_ERROR(run("", "fix_modify pq respa 1", "pair 2"), "use 'fix_modify pq respa 2'");
  const char *hybrid = "hybrid/overlay lj/cut 5 coul/pqeq/cut 8.0 kernel any";
  EXPECT_LAMMPS_ERROR(run(hybrid, "", "hybrid 2 1"), "but its pair style at level 1");
  run(hybrid, "", "hybrid 1 2");
}

// the virial of a field on charges is that of the step, as with run_style verlet
TEST(PqeqSessions, RespaVirialOfField)
{
  double p[2];
  for (int k = 0; k < 2; k++) {
    nlohmann::json j;
    j["symbols"] = {"O", "H", "H"};
    j["positions"] = {{1.0, 1.0, 1.0}, {1.0, 1.76, 1.6}, {1.1, 0.25, 1.6}};
    PqeqLammps l;
    l.atoms(j);
    l.style(12.5, "converge 1e-9 efield 0.3 -0.2 0.4 full");
    l.lines("fix_modify pq virial yes\ncompute pv all pressure NULL virial\nthermo_style custom "
            "step pe c_pv[1]\nvelocity all create 900 11\nfix 1 all nve\ntimestep 0.001");
    if (k) l.cmd("run_style respa 2 1 pair 2");
    l.cmd("run 5 post no");
    p[k] = l.compute_vector("pv", 6)[1];
  }
  EXPECT_NEAR(p[0], p[1], 1e-8 * std::fabs(p[0])); // shells within 1e-9 Angstrom
}

// dispersion and a short-range style of LAMMPS beside it: energies and forces add up
TEST(PqeqSessions, OverlayWithDispersion)
{
  State parts[3];
  for (int k = 0; k < 3; k++) {
    PqeqLammps l;
    l.atoms(pqeq_crystal());
    if (k == 0) l.style(8.0, "fixed 2");
    if (k == 1) {
      l.lines("pair_style hybrid/overlay morse 6 dispersion/d3 bj pbe 9 9\n"
              "pair_coeff * * morse 0.1 1.5 2.0\n");
      l.cmd("pair_coeff * * dispersion/d3%s", l.elements.c_str());
    }
    if (k == 2) {
      l.lines("pair_style hybrid/overlay morse 6 coul/pqeq/cut 8.0 kernel any dispersion/d3 bj pbe "
              "9 9\npair_coeff * * morse 0.1 1.5 2.0\n");
      l.cmd("pair_coeff * * dispersion/d3%s", l.elements.c_str());
      l.cmd("pair_coeff * * coul/pqeq/cut %s/potentials/pqeq/gao2025.pqeq%s", POLAR_SOURCE_DIR,
            l.elements.c_str());
      l.cmd("fix pq all pqeq 1 scheme fixed 2");
    }
    l.cmd("run 0 post no");
    parts[k].pe = l.thermo("pe");
    parts[k].f = l.gather("f", 3);
  }
  EXPECT_NEAR(parts[2].pe, parts[0].pe + parts[1].pe, 1e-12); // rounding
  for (size_t i = 0; i < parts[2].f.size(); i++)
    EXPECT_NEAR(parts[2].f[i], parts[0].f[i] + parts[1].f[i], 1e-13);
}

// what a user can ask for, in thermo, dump and variables
TEST(PqeqSessions, DumpAndVariables)
{
  PqeqLammps l;
  l.atoms(pqeq_crystal());
  l.style(8.0, "converge 1e-9 efield 0 0 0.1 shell");
  l.lines("variable length atom sqrt(f_pq[1]^2+f_pq[2]^2+f_pq[3]^2)\n"
          "compute most all reduce max v_length\nvariable mu equal f_pq\nvariable passes equal "
          "f_pq[2]\n"
          "thermo_style custom step pe v_mu v_passes f_pq[3] f_pq[4] f_pq[5] c_most\n"
          "dump 1 all custom 1 pqeq_sessions.dump id q f_pq[1] f_pq[2] f_pq[3]\n"
          "dump_modify 1 sort id format float %.17g\nrun 0 post no\nundump 1\n");
  const auto q = l.gather("q", 1), u = l.gather("f_pq", 3);
  double most = 0.0;
  for (int i = 0; i < 8; i++)
    most = std::max(most, std::hypot(u[3 * i], u[3 * i + 1], u[3 * i + 2]));
  EXPECT_NEAR(l.scalar("most"), most, 1e-15); // rounding
  EXPECT_GT(most, 0.0);
  auto variable = [&l](const char *name) {
    auto *p = (double *)lammps_extract_variable(l.handle, name, nullptr);
    const double value = p ? *p : NAN;
    lammps_free(p);
    return value;
  };
  EXPECT_EQ(variable("mu"), l.fix_vector("pq", 0));
  EXPECT_EQ(variable("passes"), l.fix_vector("pq", 1));
  std::ifstream in("pqeq_sessions.dump");
  std::string line;
  for (int k = 0; k < 9; k++) std::getline(in, line);
  for (int i = 0; i < 8; i++) {
    int id;
    double x[4];
    in >> id >> x[0] >> x[1] >> x[2] >> x[3];
    EXPECT_EQ(id, i + 1);
    EXPECT_EQ(x[0], q[i]);
    for (int m = 0; m < 3; m++) EXPECT_EQ(x[1 + m], u[3 * i + m]);
  }
  remove("pqeq_sessions.dump");
}

// Atoms outside the group are sources: forces on all atoms are derivatives of pe, with the charges
// outside held. h = 1e-4: h^2/6 of the third derivative is near 1e-7
TEST(PqeqSessions, ForcesOfAGroup)
{
  PqeqLammps l;
  l.atoms(pqeq_crystal());
  l.style(8.0, "converge 1e-10 tolq 1e-12");
  l.lines("unfix pq\nset atom 1 charge 0.6\nset atom 3 charge -0.9\ngroup some id 2 4:8\n"
          "fix pq some pqeq 1 scheme converge 1e-10 tolq 1e-12 charge 0.3 efield 0.1 0 0.2 shell\n"
          "run 0 post no\n");
  const auto q = l.gather("q", 1);
  EXPECT_EQ(q[0], 0.6);
  EXPECT_EQ(q[2], -0.9);
  EXPECT_NEAR(q[1] + q[3] + q[4] + q[5] + q[6] + q[7], 0.3, 1e-14); // rounding
  expect_derivatives(l, {0, 2, 4, 7, 11, 16, 23});
}

} // namespace
