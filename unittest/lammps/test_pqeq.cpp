// pair_style coul/pqeq/cut with fix pqeq in LAMMPS: numbers of an independent program, derivatives,
// units, hybrid, restart, fields, outputs and every error.
#include "pqeq_session.h"

using nlohmann::json;

namespace {

const double EV_BAR = 1.6021765e6; // 1 eV/Angstrom^3 in bar, with LAMMPS' digits

#define LOAD(name)                                                                                 \
  const json j = pqeq_reference(name);                                                             \
  if (j.is_null()) GTEST_SKIP() << "skipped: no reference data"

// tolerances: see unittest/pqeq/test_reference.cpp; the virial has the digits of EV_BAR besides
void compare(PqeqLammps &l, const json &r)
{
  EXPECT_NEAR(l.thermo("pe"), r["energy"].get<double>(), 1e-8);
  EXPECT_LT(row_difference(l.gather("q", 1), r["charges"]), 1e-8);
  EXPECT_LT(row_difference(l.gather("f_pq", 3), r["shell_displacements"]), 1e-8);
  EXPECT_LT(row_difference(l.gather("f", 3), r["forces"]), 5e-9);
  const auto p = l.compute_vector("pv", 6);
  const double v = l.thermo("vol") / EV_BAR;
  const int a[6] = {0, 1, 2, 0, 0, 1}, b[6] = {0, 1, 2, 1, 2, 2};
  for (int k = 0; k < 6; k++)
    EXPECT_NEAR(p[k] * v, r["virial_eV"][a[k]][b[k]].get<double>(), 2e-6) << k;
}

void run_case(const json &j, const json &r, const std::string &scheme)
{
  PqeqLammps l;
  l.atoms(j);
  l.style(j["cutoff"], scheme,
          std::string("kernel any rule ") + (j["pair_rule"] == "ccut" ? "core" : "site"));
  l.cmd("compute pv all pressure NULL virial");
  l.cmd("thermo_style custom step pe c_pv[1]");
  l.cmd("run 0 post no");
  compare(l, r);
}

TEST(Pqeq, Lipon24)
{
  LOAD("lipon24_taper");
  run_case(j, j, "converge 1e-10 tolq 1e-12");
  run_case(j, j["published_scheme_iters_2"], "fixed 2");
  run_case(j, j["published_scheme_iters_4"], "fixed 4");
}

TEST(Pqeq, BariumTitanate)
{
  LOAD("batio3_40_taper_min");
  run_case(j, j, "converge 1e-10 tolq 1e-12");
  run_case(j, j["published_scheme_iters_2"], "fixed 2");
}

// the long-range style with the exact sum over wave vectors
TEST(Pqeq, LongRange)
{
  for (const char *name : {"lipon24_ewald", "lipon24_ewald_efield_shell", "batio3_40_ewald"}) {
    LOAD(name);
    PqeqLammps l;
    l.atoms(j);
    char text[200];
    const auto e = j["efield_V_per_A"];
    snprintf(text, sizeof text, "converge 1e-10 tolq 1e-12 efield %g %g %g shell", (double)e[0],
             (double)e[1], (double)e[2]);
    const std::string field = text;
    snprintf(text, sizeof text, "kernel any split %g", j["ewald"]["g"].get<double>());
    l.pair("coul/pqeq/long", j["cutoff"], field, text);
    l.cmd("kspace_style ewald/polar 1e-6");
    l.cmd("neigh_modify one 100000 page 2000000");
    l.cmd("compute pv all pressure NULL virial");
    l.lines("compute e all pe/atom\ncompute sum all reduce sum c_e\n");
    l.cmd("thermo_style custom step pe c_pv[1] c_sum");
    l.cmd("run 0 post no");
    compare(l, j);
    EXPECT_NEAR(l.scalar("sum"), l.thermo("pe"), 1e-12); // shares of atoms: rounding
  }
}

// the numbers of the publication's notebook, with the syntax and defaults of the documentation
TEST(Pqeq, Lipon2160Published)
{
  LOAD("lipon2160_taper_ccut");
  run_case(j, j["published_scheme_iters_2"], "fixed 2");
  PqeqLammps l;
  l.atoms(j);
  l.style(12.5, "fixed 2", "");
  l.cmd("run 0 post no");
  EXPECT_NEAR(l.thermo("pe"), -592.351104134, 5e-9); // the digits printed, as below
  const auto q = l.gather("q", 1);
  EXPECT_NEAR(q[0], 0.37500884, 1e-8);
  EXPECT_NEAR(q[2159], -0.26854271, 1e-8);
}

TEST(Pqeq, WaterInFields)
{
  LOAD("water_field");
  for (const json &c : j["cases"]) {
    PqeqLammps l;
    l.atoms(c);
    const auto e = c["efield_V_per_A"];
    char field[200];
    snprintf(field, sizeof field, "converge 1e-10 tolq 1e-12 efield %g %g %g %s", (double)e[0],
             (double)e[1], (double)e[2], c["efield_mode"].get<std::string>().c_str());
    l.style(12.5, field);
    l.cmd("compute pv all pressure NULL virial");
    l.cmd("thermo_style custom step pe c_pv[1]");
    l.cmd("run 0 post no");
    compare(l, c);
  }
}

// pe is the function whose gradient the converged forces are, and the pressure its strain
// derivative: central differences, h = 1e-4 Angstrom and 1e-5, with errors h^2/6 E''' near 1e-7
TEST(Pqeq, EnergyForcesPressure)
{
  PqeqLammps l;
  l.atoms(pqeq_crystal());
  l.style(8.0, "converge 1e-10 tolq 1e-12 efield 0.05 0.1 -0.1 shell");
  l.cmd("compute pv all pressure NULL virial");
  l.cmd("thermo_style custom step pe c_pv[1]");
  l.cmd("run 0 post no");
  const auto p = l.compute_vector("pv", 6);
  const double vol = l.thermo("vol");
  expect_derivatives(l, {0, 5, 10, 15, 20});
  double e[2];
  for (int s = 0; s < 2; s++) {
    l.cmd("change_box all x scale %.17g y scale %.17g z scale %.17g xy final %.17g xz final %.17g "
          "yz final %.17g remap",
          1 + (s ? 1e-5 : -1e-5), 1 + (s ? 1e-5 : -1e-5), 1 + (s ? 1e-5 : -1e-5),
          0.7 * (1 + (s ? 1e-5 : -1e-5)), -0.6 * (1 + (s ? 1e-5 : -1e-5)),
          0.9 * (1 + (s ? 1e-5 : -1e-5)));
    l.cmd("run 0 post no");
    e[s] = l.thermo("pe");
    l.cmd("change_box all x final 0 6.1 y final 0 5.3 z final 0 5.0 xy final 0.7 xz final -0.6 yz "
          "final 0.9 remap");
  }
  EXPECT_NEAR((p[0] + p[1] + p[2]) * vol / EV_BAR, -(e[1] - e[0]) / 2e-5, 1e-8); // 1e-14 eV/1e-5
}

TEST(Pqeq, UnitsReal)
{
  double pe[2], f[2];
  for (int k = 0; k < 2; k++) {
    PqeqLammps l;
    l.atoms(pqeq_crystal(), k ? "real" : "metal");
    l.style(8.0, "fixed 2 efield 0.05 0 0 shell");
    l.cmd("run 0 post no");
    pe[k] = l.thermo("pe");
    f[k] = l.gather("f", 3)[4];
  }
  // LAMMPS' own factor of metal to real: rounding
  EXPECT_NEAR(pe[1] / pe[0], 23.060549, 1e-12);
  EXPECT_NEAR(f[1] / f[0], 23.060549, 1e-12);
}

TEST(Pqeq, HybridOverlay)
{
  double pe[3];
  for (int k = 0; k < 3; k++) {
    PqeqLammps l;
    l.atoms(pqeq_crystal());
    if (k == 0) l.style(8.0, "fixed 2");
    else if (k == 1) {
      l.lines("pair_style lj/cut 6\npair_coeff * * 0.01 2\n");
    } else {
      l.lines("pair_style hybrid/overlay coul/pqeq/cut 8.0 kernel any lj/cut 6\n"
              "pair_coeff * * lj/cut 0.01 2\nfix pq all pqeq 1 scheme fixed 2\n");
      l.cmd("pair_coeff * * coul/pqeq/cut %s/potentials/pqeq/gao2025.pqeq%s", POLAR_SOURCE_DIR,
            l.elements.c_str());
    }
    l.cmd("run 0 post no");
    pe[k] = l.thermo("pe");
  }
  EXPECT_NEAR(pe[2], pe[0] + pe[1], 1e-12); // rounding
}

// `fixed` depends on positions only: a restarted run is the same run
TEST(Pqeq, Restart)
{
  std::vector<double> end[2];
  for (int k = 0; k < 2; k++) {
    PqeqLammps l;
    if (k == 0) {
      l.atoms(pqeq_crystal());
      l.cmd("velocity all create 300 12345");
    } else {
      l.cmd("read_restart pqeq.restart");
      l.elements = " Li O P N H";
    }
    l.style(8.0, "fixed 2");
    l.lines("fix 1 all nve\ntimestep 0.0005\n");
    if (k == 0) {
      l.lines("run 10 post no\nwrite_restart pqeq.restart\nrun 10 post no\n");
    } else l.cmd("run 10 post no");
    end[k] = l.gather("x", 3);
  }
  remove("pqeq.restart");
  EXPECT_LT(max_difference(end[0], end[1]), 1e-14); // rounding
}

// converged charges and shells: energy is conserved, with velocity Verlet's error in dt^2; with a
// loose criterion too, as extrapolation starts from a good guess
TEST(Pqeq, EnergyConservation)
{
  double drift[2];
  for (int k = 0; k < 2; k++) {
    PqeqLammps l;
    l.atoms(pqeq_crystal());
    l.style(8.0, "converge 1e-8");
    l.cmd("velocity all create 100 12345");
    l.cmd("fix 1 all nve");
    drift[k] = l.drift(k);
    EXPECT_LE(l.fix_vector("pq", 1), 4); // passes: the guess is good
  }
  EXPECT_LT(drift[1], 0.35 * drift[0] + 1e-9); // a quarter, but for higher orders
}

// a field in a variable; a ramp from 0 is the same as the constant at its end
TEST(Pqeq, FieldVariable)
{
  PqeqLammps a, b;
  for (PqeqLammps *l : {&a, &b}) l->atoms(pqeq_crystal());
  a.style(8.0, "converge 1e-10 efield 0 0 0.1 shell");
  a.cmd("run 0 post no");
  b.cmd("variable E equal 0.02*step");
  b.style(8.0, "converge 1e-10 efield 0 0 v_E shell");
  b.cmd("run 5 post no");
  // atoms do not move: no integrator. 1e-10 Angstrom from the minimum the energy is at it
  EXPECT_NEAR(b.thermo("pe"), a.thermo("pe"), 1e-12);
}

// vector: chemical potential, passes, iterations, last move, clamped shells, steps uphill, closest
TEST(Pqeq, Outputs)
{
  LOAD("lipon24_taper");
  PqeqLammps l;
  l.atoms(j);
  l.style(12.5, "converge 1e-9");
  l.lines("compute parts all pair coul/pqeq/cut\ncompute e all pe/atom\n"
          "compute sum all reduce sum c_e\nthermo_style custom step pe c_parts[1] c_sum\n");
  l.cmd("run 0 post no");
  EXPECT_NEAR(l.fix_scalar("pq"), j["mu"][0].get<double>(),
              2e-9); // by the criteria, 1e-9 and 1e-10
  EXPECT_EQ(l.fix_vector("pq", 0), l.fix_scalar("pq"));
  EXPECT_GT(l.fix_vector("pq", 1), 2);
  EXPECT_GT(l.fix_vector("pq", 2), 10);
  EXPECT_LE(l.fix_vector("pq", 3), 1e-9);
  EXPECT_EQ(l.fix_vector("pq", 4), 0);
  const auto parts = l.compute_vector("parts", 5);
  // linear in the errors of charges and shells
  EXPECT_NEAR(parts[0], j["energy_parts"]["chi"].get<double>(), 5e-9);
  EXPECT_NEAR(parts[1], j["energy_parts"]["eta"].get<double>(), 5e-9);
  EXPECT_NEAR(parts[2], j["energy_parts"]["spring"].get<double>(), 5e-9);
  EXPECT_NEAR(parts[0] + parts[1] + parts[2] + parts[3] + parts[4], l.thermo("pe"),
              1e-12); // rounding
  EXPECT_NEAR(l.scalar("sum"), l.thermo("pe"), 1e-12);
}

// Born effective charges are derivatives of the dipole. h = 1e-3 Angstrom: h^2/6 of the third
// derivative, and as much of the style's own differences in a field, near 1e-7
TEST(Pqeq, BornCharges)
{
  PqeqLammps l;
  l.atoms(pqeq_crystal());
  l.style(8.0, "converge 1e-11 tolq 1e-12");
  l.lines("compute born all born/atom\nfix 9 all polarization 1\n"
          "compute b all reduce max c_born[1]\nthermo_style custom step pe c_b\n");
  l.cmd("run 0 post no");
  const auto z = l.gather("c_born", 9), x = l.gather("x", 3);
  for (int k : {0, 7, 14, 23}) {
    double m[2][3];
    for (int s = 0; s < 2; s++) {
      auto moved = x;
      moved[k] += s ? 1e-3 : -1e-3;
      l.scatter("x", 3, moved);
      l.cmd("run 0 post no");
      for (int a = 0; a < 3; a++) m[s][a] = l.fix_vector("9", 3 + a);
    }
    l.scatter("x", 3, x);
    for (int a = 0; a < 3; a++)
      EXPECT_NEAR(z[9 * (k / 3) + 3 * a + k % 3], (m[1][a] - m[0][a]) / 2e-3, 4e-7) << k << a;
  }
}

// atoms outside the group keep their charges and have no shells
TEST(Pqeq, Group)
{
  PqeqLammps l;
  l.atoms(pqeq_crystal());
  l.style(8.0, "fixed 2");
  l.lines("unfix pq\nset atom 1 charge 0.75\ngroup some id 2:8\n"
          "fix pq some pqeq 1 scheme converge 1e-9 charge -0.75\nrun 0 post no\n");
  const auto q = l.gather("q", 1), u = l.gather("f_pq", 3);
  EXPECT_EQ(q[0], 0.75);
  EXPECT_EQ(u[0], 0.0);
  EXPECT_NE(u[3], 0.0);
  double sum = 0.0;
  for (double x : q) sum += x;
  EXPECT_NEAR(sum, 0.0, 1e-14); // rounding
}

TEST(Pqeq, Faults)
{
  auto session = [](const std::string &commands, const char *style = "charge") {
    PqeqLammps l;
    if (std::string(style) == "charge") {
      l.atoms(pqeq_crystal());
    } else {
      l.lines(std::string("units metal\natom_style ") + style +
              "\nregion box block 0 9 0 9 0 9\ncreate_box 5 box\nmass * 10\n");
      l.elements = " Li O P N H";
    }
    l.cmd("variable table string %s/potentials/pqeq/gao2025.pqeq", POLAR_SOURCE_DIR);
    l.lines(commands);
  };
  const std::string pair = "pair_style coul/pqeq/cut 12.5\npair_coeff * * ${table} Li O P N H\n";
  const std::string fix = "fix pq all pqeq 1 scheme fixed 2\n";
  EXPECT_LAMMPS_ERROR(session("pair_style coul/pqeq/cut"), "the cutoff is missing");
  EXPECT_LAMMPS_ERROR(session("pair_style coul/pqeq/cut 1"), "the cutoff is 1 Angstrom");
  EXPECT_LAMMPS_ERROR(session("pair_style coul/pqeq/cut 12.5 taper yes"), "keyword: taper; known");
  EXPECT_LAMMPS_ERROR(session("pair_style coul/pqeq/cut 12.5 rule both"), "expected site or core");
  EXPECT_LAMMPS_ERROR(session("pair_style coul/pqeq/cut 10\npair_coeff * * ${table} Li O P N H"),
                      "made for the interaction 'taper12.5'");
  EXPECT_LAMMPS_ERROR(session("pair_style coul/pqeq/cut 12.5\npair_coeff * * ${table} Li O P N"),
                      "expected 6: FILE.pqeq and an element");
  EXPECT_LAMMPS_ERROR(session("pair_style coul/pqeq/cut 12.5\npair_coeff * * ${table} Li O P N Xx"),
                      "maps atom type 5 to 'Xx'");
  EXPECT_LAMMPS_ERROR(session("pair_style coul/pqeq/cut 12.5\npair_coeff * * none.pqeq Li O P N H"),
                      "Cannot read file");
  const std::string longer = "pair_style coul/pqeq/long 12 kernel any\n"
                             "pair_coeff * * ${table} Li O P N H\n"
                             "kspace_style ewald/polar 1e-6\n";
  EXPECT_LAMMPS_ERROR(session("pair_style coul/pqeq/long 12\npair_coeff * * ${table} Li O P N H"),
                      "made for the interaction 'taper12.5'");
  EXPECT_LAMMPS_ERROR(session("pair_style coul/pqeq/long 12 split 9"), "expected 0.01 to 2");
  EXPECT_LAMMPS_ERROR(session("pair_style coul/pqeq/long 12 rule core"), "keyword: rule");
  EXPECT_LAMMPS_ERROR(session(longer + fix + "change_box all boundary p p f\nrun 0"),
                      "periodic in x, y and z");
  EXPECT_LAMMPS_ERROR(session("pair_style coul/pqeq/long 12 kernel any\n"
                              "pair_coeff * * ${table} Li O Ba N H\n"
                              "kspace_style ewald/polar 1e-6\n" +
                              fix + "run 0"),
                      "too short for the Gaussian charges of Ba");
  EXPECT_LAMMPS_ERROR(
      session(longer + fix + "kspace_style ewald 1e-4\nkspace_modify gewald 0.3\nrun 0"),
      "expected ewald/polar");
  EXPECT_LAMMPS_ERROR(session(longer + fix + "kspace_style none\nrun 0"),
                      "found kspace_style none, expected ewald/polar");
  EXPECT_LAMMPS_ERROR(session(longer + "kspace_style pppm/polar 1e-5\nrun 0"),
                      "needs one fix pqeq, found 0");
  EXPECT_LAMMPS_ERROR(session("pair_style coul/pqeq/long 12 wide maybe"), "expected yes or no");
  EXPECT_LAMMPS_ERROR(session(pair + "run 0"), "needs one fix pqeq, found 0");
  EXPECT_LAMMPS_ERROR(session(pair + fix + "fix p2 all pqeq 1 scheme fixed 2\nrun 0"),
                      "needs one fix pqeq, found 2: remove the others");
  EXPECT_LAMMPS_ERROR(session("pair_style zero 5\npair_coeff * *\n" + fix + "run 0"),
                      "needs one pair style coul/pqeq/cut");
  EXPECT_LAMMPS_ERROR(session("fix pq all pqeq 2 scheme fixed 2"), "every step: N is 2");
  EXPECT_LAMMPS_ERROR(session("fix pq all pqeq 1 scheme fixed 0"), "expected 1 to 1000");
  EXPECT_LAMMPS_ERROR(session("fix pq all pqeq 1 scheme often 2"), "scheme is 'often'");
  EXPECT_LAMMPS_ERROR(session("fix pq all pqeq 1 scheme converge 0"), "more than 0");
  EXPECT_LAMMPS_ERROR(session("fix pq all pqeq 1 umax 0.25 tolq 1e-9"), "scheme is missing");
  EXPECT_LAMMPS_ERROR(session("fix pq all pqeq 1 scheme fixed 2 damp 1"), "keyword: damp; known");
  EXPECT_LAMMPS_ERROR(session("fix pq all pqeq 1 scheme fixed 2 efield 0 0 1 both"),
                      "acts on 'both', expected full");
  EXPECT_LAMMPS_ERROR(session("fix pq all pqeq 1 scheme fixed 2 efield 0 0 1"), "missing argument");
  EXPECT_LAMMPS_ERROR(session(pair + "fix pq all pqeq 1 scheme fixed 2 efield 0 0 1 full\nrun 0"),
                      "not periodic along z");
  EXPECT_LAMMPS_ERROR(
      session(pair + "fix pq all pqeq 1 scheme fixed 2 efield 0 0 v_no shell\nrun 0"),
      "Variable no for the z component");
  EXPECT_LAMMPS_ERROR(session(pair + "fix pq all pqeq 1 scheme fixed 2 maxiter 2\nrun 0"),
                      "after 2 iterations of conjugate gradients, aim 1e-10");
  EXPECT_LAMMPS_ERROR(session(pair + "fix pq all pqeq 1 scheme fixed 2 umax 2\nrun 0"),
                      "at most 1");
  EXPECT_LAMMPS_ERROR(session(pair + fix + "group g id 1\nneigh_modify exclude group g all\nrun 0"),
                      "neigh_modify exclude");
  EXPECT_LAMMPS_ERROR(session(pair + fix + "run 0", "atomic"), "needs charges");
  EXPECT_LAMMPS_ERROR(session(pair + fix + "run 0", "full"), "special_bonds coul 1 1 1");
  EXPECT_LAMMPS_ERROR(session(pair + fix + "fix e all efield/born 0 0 0.1\nrun 0"),
                      "use keyword efield of fix pqeq");
}

} // namespace
