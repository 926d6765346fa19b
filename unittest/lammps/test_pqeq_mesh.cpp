// pair_style coul/pqeq/long with kspace_style pppm/polar and ewald/polar: the mesh against the
// exact sum, derivatives of the mesh energy, a Madelung constant, wide Gaussians, and faults.
#include "pqeq_session.h"

using nlohmann::json;

namespace {

const double EV_BAR = 1.6021765e6; // 1 eV/Angstrom^3 in bar, with LAMMPS' digits

struct State {
  double pe;
  std::vector<double> q, f, u, p;
};

// the crystal, 2 x 2 x 2 cells, with the same split for all: differences are the mesh's alone
State evaluate(const std::string &kspace, const std::string &scheme = "converge 1e-10 tolq 1e-12")
{
  PqeqLammps l;
  l.atoms(pqeq_crystal());
  l.lines("replicate 2 2 2\n" + kspace);
  l.pair("coul/pqeq/long", 11.0, scheme, "kernel any split 0.4");
  l.lines("compute pv all pressure NULL virial\nthermo_style custom step pe c_pv[1]\n"
          "neigh_modify one 5000\nrun 0 post no\n");
  return {l.thermo("pe"), l.gather("q", 1), l.gather("f", 3), l.gather("f_pq", 3),
          l.compute_vector("pv", 6)};
}

TEST(PqeqMesh, ConvergesToTheExactSum)
{
  const State exact = evaluate("kspace_style ewald/polar 1e-6");
  double last = INFINITY;
  for (double accuracy : {1e-4, 1e-5, 1e-6, 1e-7}) {
    char style[100];
    snprintf(style, sizeof style, "kspace_style pppm/polar %g\nkspace_modify order 7\n", accuracy);
    const State mesh = evaluate(style);
    double rms = 0.0;
    for (size_t k = 0; k < mesh.f.size(); k++) rms += std::pow(mesh.f[k] - exact.f[k], 2);
    rms = std::sqrt(rms / (mesh.f.size() / 3));
    // the estimate is for charges of 1 e and bulk; here up to 0.8 e: within a factor of 2
    EXPECT_LT(rms, 2.0 * accuracy * 14.3996) << accuracy;
    EXPECT_LT(rms, last) << accuracy;
    EXPECT_LT(max_difference(mesh.q, exact.q), accuracy * 10) << accuracy;
    EXPECT_NEAR(mesh.pe, exact.pe, 64 * accuracy) << accuracy;
    last = rms;
  }
}

// as many points as one likes: the mesh sum is the exact one up to its highest wave vectors
TEST(PqeqMesh, FineMesh)
{
  const State exact = evaluate("kspace_style ewald/polar 1e-6");
  const State mesh = evaluate("kspace_style pppm/polar 1e-5\nkspace_modify order 7 mesh 60 54 48");
  // (h/sigma)^8 of h = 0.2 Angstrom, sigma = 1.8: 1e-8 of the forces at most; charges and pressures
  // (bar) take less of it
  EXPECT_NEAR(mesh.pe, exact.pe, 2e-9);
  EXPECT_LT(max_difference(mesh.q, exact.q), 1e-10);
  EXPECT_LT(max_difference(mesh.f, exact.f), 5e-9);
  for (int k = 0; k < 6; k++) EXPECT_NEAR(mesh.p[k], exact.p[k], 1e-5) << k;
}

// forces and pressure are derivatives of the energy on a mesh that is far from converged, with
// charges and shells equilibrated anew. h as in test_pqeq.cpp; the cutoff leaves 1e-8 eV
TEST(PqeqMesh, ForcesAndPressureAreDerivatives)
{
  PqeqLammps l;
  l.atoms(pqeq_crystal());
  l.lines("kspace_style pppm/polar 1e-2\nkspace_modify order 5 mesh 6 6 5\n");
  l.pair("coul/pqeq/long", 16.0, "converge 1e-10 tolq 1e-12", "kernel any split 0.35");
  l.lines("neigh_modify one 5000\ncompute pv all pressure NULL virial\n"
          "thermo_style custom step pe c_pv[1]\nrun 0 post no\n");
  const auto p = l.compute_vector("pv", 6);
  const double vol = l.thermo("vol");
  expect_derivatives(l, {0, 5, 10, 15, 20});
  // volume, and the shear yz
  for (int shear = 0; shear < 2; shear++) {
    double e[2];
    for (int s = 0; s < 2; s++) {
      const double d = s ? 1e-5 : -1e-5, v = shear ? 1.0 : 1.0 + d;
      l.cmd("change_box all x scale %.17g y scale %.17g z scale %.17g xy final %.17g xz final "
            "%.17g yz final %.17g remap",
            v, v, v, 0.7 * v, -0.6 * v, 0.9 * v + (shear ? 5.0 * d : 0.0));
      l.cmd("run 0 post no");
      e[s] = l.thermo("pe");
      l.cmd("change_box all x final 0 6.1 y final 0 5.3 z final 0 5.0 xy final 0.7 xz final -0.6 "
            "yz final 0.9 remap");
    }
    EXPECT_NEAR((shear ? p[5] : p[0] + p[1] + p[2]) * vol / EV_BAR, -(e[1] - e[0]) / 2e-5,
                1e-8); // 1e-14 eV/1e-5
  }
}

// point charges of 1 e in the structure of CsCl: 1.762674773... (Sakamoto, J. Chem. Phys. 28, 164
// (1958)). At 10 Angstrom these Gaussians are points to 1e-12.
TEST(PqeqMesh, MadelungConstantOfCsCl)
{
  const double a = 12.0, madelung = 1.76267477307099, nearest = a * std::sqrt(3.0) / 2.0;
  for (const char *kspace :
       {"kspace_style ewald/polar 1e-6", "kspace_style pppm/polar 1e-8\nkspace_modify order 7"}) {
    PqeqLammps l;
    json j;
    j["symbols"] = {"Li", "N"};
    j["positions"] = {{0.3, 0.2, 0.1}, {0.3 + a / 2, 0.2 + a / 2, 0.1 + a / 2}};
    j["cell"] = {{a, 0, 0}, {0, a, 0}, {0, 0, a}};
    l.atoms(j);
    l.lines(std::string(kspace) + "\nset atom 1 charge 1\nset atom 2 charge -1\n");
    l.pair("coul/pqeq/long", 11.0, "fixed 1", "kernel any split 0.5");
    l.lines("unfix pq\ngroup none empty\nfix pq none pqeq 1 scheme fixed 1\n"
            "neigh_modify one 5000\nrun 0 post no\n");
    // mesh: accuracy 1e-8 of forces of 14.4 eV/Angstrom
    EXPECT_NEAR(l.thermo("pe") * nearest / -14.399645, madelung,
                *kspace && strstr(kspace, "pppm") ? 1e-7 : 1e-11);
  }
}

// longer cutoffs for pairs of Ba only, against one long cutoff for all
TEST(PqeqMesh, WideGaussians)
{
  const json j = pqeq_reference("batio3_40_ewald");
  if (j.is_null()) GTEST_SKIP() << "skipped: no reference data";
  for (const char *kspace :
       {"kspace_style ewald/polar 1e-6", "kspace_style pppm/polar 1e-7\nkspace_modify order 7"}) {
    PqeqLammps l;
    l.atoms(j);
    l.lines(kspace);
    l.pair("coul/pqeq/long", 14.0, "converge 1e-9", "kernel any wide yes");
    l.lines("neigh_modify one 100000 page 2000000\nrun 0 post no\n");
    // what 1e-5 eV per pair of charges 1 e at the cutoffs adds up to; mesh 1e-7
    EXPECT_NEAR(l.thermo("pe"), j["energy"].get<double>(), 2e-3);
    EXPECT_LT(row_difference(l.gather("q", 1), j["charges"]), 2e-4);
    EXPECT_LT(row_difference(l.gather("f", 3), j["forces"]), 2e-4);
  }
}

// a fixed number of passes depends on the positions only
TEST(PqeqMesh, FixedPassesHaveNoHistory)
{
  const std::string mesh = "kspace_style pppm/polar 1e-5";
  std::vector<double> x, q, f;
  for (int fresh = 0; fresh < 2; fresh++) {
    PqeqLammps l;
    l.atoms(pqeq_crystal());
    l.lines("atom_modify sort 0 0\n" + mesh);
    l.pair("coul/pqeq/long", 12.0, "fixed 2", "kernel any");
    l.lines("neigh_modify one 5000\n");
    if (fresh) {
      l.scatter("x", 3, x);
      l.cmd("run 0 post no");
      // order of sums: rounding
      EXPECT_LT(max_difference(l.gather("q", 1), q), 1e-14);
      EXPECT_LT(max_difference(l.gather("f", 3), f), 5e-14);
      break;
    }
    l.lines("velocity all create 300 12345\nfix 1 all nve\ntimestep 0.0005\nrun 10 post no\n");
    x = l.gather("x", 3);
    q = l.gather("q", 1);
    f = l.gather("f", 3);
  }
}

// energy is conserved on a coarse mesh, up to velocity Verlet's error in dt^2, with the criteria of
// the documentation; the cutoff leaves 1e-8 eV
TEST(PqeqMesh, EnergyConservation)
{
  double drift[2];
  for (int k = 0; k < 2; k++) {
    PqeqLammps l;
    l.atoms(pqeq_crystal());
    l.lines("kspace_style pppm/polar 1e-4\nkspace_modify order 7\n");
    l.pair("coul/pqeq/long", 16.0, "converge 1e-6 tolq 1e-8", "kernel any split 0.35");
    l.lines("neigh_modify one 5000\nvelocity all create 100 12345\nfix 1 all nve\n");
    drift[k] = l.drift(k);
    EXPECT_LE(l.fix_vector("pq", 1), 3); // passes: the guess is good
  }
  EXPECT_LT(drift[1], 0.35 * drift[0] + 1e-8); // a quarter, but for higher orders
}

// the wave vectors follow the box
TEST(PqeqMesh, ChangingBox)
{
  double pe[2];
  for (int k = 0; k < 2; k++) {
    PqeqLammps l;
    l.atoms(pqeq_crystal());
    l.lines("kspace_style pppm/polar 1e-6\nkspace_modify mesh 24 20 20 order 7\n");
    l.pair("coul/pqeq/long", 12.0, "converge 1e-10 tolq 1e-12", "kernel any");
    l.lines("neigh_modify one 5000\nthermo_style custom step pe press\n");
    if (k) {
      l.cmd("change_box all x scale 1.019 y scale 0.981 z scale 1.0095 remap");
      l.cmd("run 0 post no");
    } else { // energies of step 20 are of the box of step 19
      l.cmd("fix d all deform 1 x scale 1.02 y scale 0.98 z scale 1.01 remap x");
      l.cmd("run 20 post no");
    }
    pe[k] = l.thermo("pe");
  }
  EXPECT_NEAR(pe[0], pe[1], 1e-12); // the mesh is the same, the solver's error squared: rounding
}

TEST(PqeqMesh, Faults)
{
  auto session = [](const std::string &commands) {
    PqeqLammps l;
    l.atoms(pqeq_crystal());
    l.pair("coul/pqeq/long", 12.0, "fixed 2", "kernel any");
    l.lines("neigh_modify one 5000\n" + commands);
  };
  EXPECT_LAMMPS_ERROR(session("kspace_style pppm 1e-4\nkspace_modify gewald 0.3\nrun 0"),
                      "found kspace_style pppm, expected ewald/polar (exact) or pppm/polar");
  EXPECT_LAMMPS_ERROR(session("kspace_style pppm/polar 1e-4\nkspace_modify slab 3.0\nrun 0"),
                      "bulk systems");
  // a mesh that no memory holds
  EXPECT_LAMMPS_ERROR(session("kspace_style pppm/polar 1e-30\nrun 0"), "the accuracy is 1e-30");
  EXPECT_LAMMPS_ERROR(session("kspace_style pppm/polar 0\nrun 0"), "expected 1e-13 to 1");
  EXPECT_LAMMPS_ERROR(session("kspace_style pppm/polar 1e-4\nfix 1 all nve\nvelocity all set 0 0 "
                              "300\ntimestep 0.1\nneigh_modify delay 100 every 100 check no\nrun "
                              "3 post no"),
                      "outside of the mesh of their rank");
  EXPECT_LAMMPS_ERROR(session("kspace_style pppm/polar 1e-4\ncompute s all stress/atom NULL\n"
                              "compute m all reduce max c_s[1]\nthermo_style custom step c_m\n"
                              "run 0"),
                      "stress");
}

} // namespace
