// pair_style les with kspace_style ewald/polar and pppm/polar.

#include "les_session.h"

#include "base/elements.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

using json = nlohmann::json;
using namespace les_test;

namespace {

// Rounding: energies of 27 atoms, some 60 eV, from sums of some hundred terms; forces, in
// eV/Angstrom, and tensors of these models are 0.1 or less
const double ENERGY = 1e-12, SMALL = 1e-14;

const char *const MESH = "pppm/polar 1e-3";

// forces and stress against differences of the energy
void check_derivatives(Session &lmp, double tolerance)
{
  lmp.energy();
  const auto f = lmp.gather("f", 3), x = lmp.gather("x", 3);
  const auto w = lmp.virial();
  const double h = 1e-4; // error h^2 E'''/6 of forces of 1e-2, and 1e-16 E/h: some 1e-10 each
  for (int i : {0, 4, 13, 26})
    for (int a = 0; a < 3; a++) {
      double e[2];
      for (int side = 0; side < 2; side++) {
        auto y = x;
        y[3 * i + a] += side ? -h : h;
        lmp.scatter("x", 3, y);
        e[side] = lmp.energy();
      }
      EXPECT_NEAR(f[3 * i + a], -(e[0] - e[1]) / (2 * h), tolerance) << i << a;
    }
  lmp.scatter("x", 3, x);
  lmp.energy();
  // strains too small for a wave vector to cross kmax; LAMMPS' box takes the upper triangle
  double lo[3], hi[3], xy, yz, xz;
  lammps_extract_box(lmp.handle, lo, hi, &xy, &yz, &xz, nullptr, nullptr);
  const double H[3][3] = {{hi[0] - lo[0], xy, xz}, {0, hi[1] - lo[1], yz}, {0, 0, hi[2] - lo[2]}};
  const bool triclinic = xy != 0.0;
  const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
  for (int k = 0; k < (triclinic ? 6 : 3); k++) {
    double e[2];
    for (int side = 0; side < 2; side++) {
      double B[3][3];
      for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
          B[i][j] = H[i][j] + (i == row[k] ? (side ? -1e-5 : 1e-5) * H[column[k]][j] : 0.0);
      lmp.cmd("change_box all x final 0 %.17g y final 0 %.17g z final 0 %.17g remap units box",
              B[0][0], B[1][1], B[2][2]);
      if (triclinic)
        lmp.cmd("change_box all xy final %.17g xz final %.17g yz final %.17g remap units box",
                B[0][1], B[0][2], B[1][2]);
      e[side] = lmp.energy();
      lmp.cmd("change_box all x final 0 %.17g y final 0 %.17g z final 0 %.17g remap units box",
              H[0][0], H[1][1], H[2][2]);
      if (triclinic)
        lmp.cmd("change_box all xy final %.17g xz final %.17g yz final %.17g remap units box", xy,
                xz, yz);
    }
    EXPECT_NEAR(w[k], -(e[0] - e[1]) / 2e-5, 5 * tolerance) << "virial " << k; // 1e-14 E/1e-5
  }
}

class Solver : public testing::TestWithParam<std::tuple<const char *, bool, int>> {};

TEST_P(Solver, ForcesAndStressAreDerivatives)
{
  const auto [kspace, triclinic, layers] = GetParam();
  const ModelFile model(layers, true, layers == 0 && triclinic);
  Session lmp;
  lmp.crystal(triclinic);
  lmp.potential(model.path, kspace);
  // also of the coarse mesh: its forces are derivatives of its own energy
  check_derivatives(lmp, 5e-9);
}

INSTANTIATE_TEST_SUITE_P(Les, Solver,
                         testing::Combine(testing::Values("ewald/polar 1e-6", MESH),
                                          testing::Bool(), testing::Values(0, 1)));

TEST(Les, MeshConverges)
{
  const ModelFile model(0);
  for (bool triclinic : {false, true}) {
    std::vector<double> exact, f;
    double before = 1e300, energy = 0;
    for (const char *kspace :
         {"ewald/polar 1e-6", "pppm/polar 1e-3", "pppm/polar 1e-5", "pppm/polar 1e-7"}) {
      Session lmp;
      lmp.crystal(triclinic);
      lmp.potential(model.path, kspace);
      const double e = lmp.energy();
      f = lmp.gather("f", 3);
      if (exact.empty()) {
        exact = f;
        energy = e;
        continue;
      }
      const double worst = max_difference(f, exact);
      const double stated = 14.399645 * atof(kspace + 11);
      // largest error against the stated RMS, which is that of charges of 1 e: these are far less
      EXPECT_LT(worst, 0.025 * stated) << kspace;
      EXPECT_LT(worst, before);
      EXPECT_NEAR(e, energy, 0.02 * stated);
      before = worst;
    }
  }
}

// The mesh is chosen before charges are known, for those of water. For ions of 1 e in a tilted box
// a warning says how far it misses its accuracy, and which one to give: a factor of 3 is the
// estimate's.
TEST(Les, AccuracyForLargeCharges)
{
  const std::string words = "give an accuracy of ";
  std::vector<double> exact;
  auto rms = [&](const std::string &kspace, std::string &log) {
    Session lmp;
    lmp.crystal(true);
    lmp.potential(POLAR_SOURCE_DIR "/potentials/NaCl/NaCl.les", kspace);
    const std::string path = testing::TempDir() + "polar_log_" + std::to_string(getpid());
    lmp.cmd("log %s", path.c_str());
    lmp.energy();
    lmp.cmd("log none");
    std::ifstream in(path);
    log.assign(std::istreambuf_iterator<char>(in), {});
    remove(path.c_str());
    const auto f = lmp.gather("f", 3);
    if (exact.empty()) exact = f;
    double sum = 0.0;
    for (size_t i = 0; i < f.size(); i++) sum += (f[i] - exact[i]) * (f[i] - exact[i]);
    return std::sqrt(sum / f.size()) / 14.399645;
  };
  std::string log;
  rms("ewald/polar 1e-6", log);
  EXPECT_GT(rms("pppm/polar 1e-6", log), 3e-6);
  const size_t found = log.find(words);
  ASSERT_NE(found, std::string::npos) << log;
  const double error = std::stod(log.substr(log.find("error of about ") + 15)),
               advice = std::stod(log.substr(found + words.size()));
  EXPECT_NEAR(std::log(rms("pppm/polar 1e-6", log) / error), 0.0, std::log(3.0));
  EXPECT_LT(rms("pppm/polar " + std::to_string(advice * 1e9) + "e-9", log), 3e-6);
  rms("pppm/polar 1e-3", log); // here the wave vectors of the model ask for a finer mesh
  EXPECT_EQ(log.find(words), std::string::npos);
}

TEST(Les, ReferenceModels)
{
  const std::string folder = reference_folder() + "/les/";
  struct Case {
    const char *name, *model;
  };
  const Case cases[] = {{"water_v2_relaxed64", "water_v2_best_model.pth"},
                        {"water_v2_triclinic64", "water_v2_best_model.pth"},
                        {"superionic_ft2cc_frame7", "superionic_ft2cc_best_model.pth"},
                        {"pbtio3_p4_40", "pbtio3_CACE_NNP_phase_4.pth"}};
  if (reference_folder().empty() || access((folder + cases[0].model).c_str(), R_OK))
    GTEST_SKIP() << "skipped: no reference data";
  for (const Case &c : cases) {
    SCOPED_TRACE(c.name);
    const std::string path =
        testing::TempDir() + "polar_les_ref_" + std::to_string(getpid()) + ".les";
    ASSERT_EQ(system(("python3 '" POLAR_SOURCE_DIR "/potentials/convert/cace2les.py' '" + folder +
                      c.model + "' '" + path + "' --scale 1")
                         .c_str()),
              0);
    json data;
    std::ifstream(folder + c.name + ".json") >> data;
    for (const char *born : {"local", "phase"}) {
      Session lmp;
      lmp.lines("units metal\natom_style charge\natom_modify map array\nbox tilt large");
      const json &h = data["cell_rows"];
      lmp.cmd("region box prism 0 %.17g 0 %.17g 0 %.17g %.17g %.17g %.17g", (double)h[0][0],
              (double)h[1][1], (double)h[2][2], (double)h[1][0], (double)h[2][0], (double)h[2][1]);
      std::vector<int> kinds, type;
      std::vector<Tag> id;
      for (int z : data["atomic_numbers"]) {
        if (std::find(kinds.begin(), kinds.end(), z) == kinds.end()) kinds.push_back(z);
        type.push_back((int)(std::find(kinds.begin(), kinds.end(), z) - kinds.begin()) + 1);
        id.push_back((int)id.size() + 1);
      }
      std::vector<double> x;
      for (auto &r : data["positions"])
        for (double v : r) x.push_back(v);
      lmp.cmd("create_box %d box", (int)kinds.size());
      std::string elements;
      for (int z : kinds) elements += std::string(" ") + polar_element_symbol(z);
      lmp.lines("mass * 1");
      const int n = (int)id.size();
      lammps_create_atoms(lmp.handle, n, id.data(), type.data(), x.data(), nullptr, nullptr, 1);
      ASSERT_EQ(lmp.natoms(), n);
      const double scale = data.value("bec_scale", 1.0);
      lmp.cmd("pair_style les born %s scale %.17g", born, scale);
      lmp.cmd("pair_coeff * * %s%s", path.c_str(), elements.c_str());
      lmp.lines("kspace_style ewald/polar 1e-6\ncompute z all born/atom");
      lmp.output();
      // tolerances as in unittest/les/test_les_reference.cpp
      EXPECT_NEAR(lmp.energy(), (double)data["energy"], 1e-11);
      EXPECT_NEAR(lmp.thermo("elong"), (double)data["energy_ewald"], 1e-12);
      const auto f = lmp.gather("f", 3), q = lmp.gather("q", 1);
      const auto w = lmp.virial();
      const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
      for (int k = 0; k < 6; k++)
        EXPECT_NEAR(w[k], (double)data["virial"][row[k]][column[k]], 2e-10);
      const double unit =
          std::sqrt(2 * M_PI * *(double *)lammps_extract_global(lmp.handle, "qqr2e"));
      double worst = 0, charge = 0;
      for (int i = 0; i < n; i++) {
        charge = std::max(charge, std::fabs(q[i] * unit - (double)data["charges_raw"][i]));
        for (int a = 0; a < 3; a++)
          worst = std::max(worst, std::fabs(f[3 * i + a] - (double)data["forces"][i][a]));
      }
      EXPECT_LT(worst, 5e-11);
      EXPECT_LT(charge, 1e-12);
      const std::string key = std::string("born_") + born + "_remove_mean";
      // local numbers with message passing: see unittest/les/test_les_reference.cpp
      if (!data.count(key) || (key[5] == 'l' && strncmp(c.name, "water", 5))) continue;
      const auto z = lmp.gather("c_z", 9);
      double tensor = 0;
      for (int i = 0; i < n; i++)
        for (int k = 0; k < 9; k++)
          tensor = std::max(tensor, std::fabs(z[9 * i + k] - (double)data[key][i][k / 3][k % 3]));
      EXPECT_LT(tensor, 2e-11);
    }
    remove(path.c_str());
  }
}

TEST(Les, KeywordsAndUnits)
{
  const ModelFile model(0);
  Session a, b, c;
  a.crystal(false);
  a.potential(model.path);
  b.crystal(false);
  b.potential(model.path, "ewald/polar 1e-6", "e0 no scale 0.8");
  c.crystal(false, "real");
  c.potential(model.path);
  const double e = a.energy();
  EXPECT_NEAR(e - b.energy(), 14 * -1.5 + 13 * -2.25, ENERGY); // e0 of the file
  for (Session *s : {&a, &b}) {
    s->lines("compute z all born/atom");
    s->energy();
  }
  auto za = a.gather("c_z", 9);
  const auto zb = b.gather("c_z", 9);
  for (double &z : za) z *= 2.0; // scale 0.4 in the file
  EXPECT_LT(max_difference(za, zb), SMALL);
  const double kcal = 23.060549; // LAMMPS' constant of units real
  EXPECT_NEAR(c.energy() / kcal, e, ENERGY);
  auto fa = a.gather("f", 3);
  const auto fc = c.gather("f", 3);
  for (double &f : fa) f *= kcal;
  EXPECT_LT(max_difference(fa, fc), SMALL);
}

TEST(Les, ReplicatedTwiceInEachDirection)
{
  const ModelFile model(1);
  Session a;
  a.crystal(true);
  a.potential(model.path);
  const double e = a.energy();
  const auto f = a.gather("f", 3);
  a.lines("replicate 2 2 2");
  EXPECT_NEAR(a.energy(), 8 * e, 8 * ENERGY);
  const auto g = a.gather("f", 3);
  EXPECT_LT(max_difference(f, std::vector<double>(g.begin(), g.begin() + f.size())), SMALL);
}

TEST(Les, HybridWithAtomsOfOtherStyles)
{
  // atoms of type NULL are invisible
  const ModelFile model(1);
  Session a, b;
  a.crystal(false);
  a.potential(model.path);
  b.lines(
      "units metal\natom_style charge\natom_modify map array\nregion box block 0 8.4 0 8.4 0 8.4\n"
      "create_box 3 box\nmass * 30");
  const double e = a.energy();
  const auto x = a.gather("x", 3), f = a.gather("f", 3);
  std::vector<Tag> id;
  std::vector<int> type;
  std::vector<double> y(x);
  for (int i = 0; i < 27; i++) {
    id.push_back(i + 1);
    type.push_back(i % 2 + 1);
  }
  for (double v : {0.1, 0.2, 0.3, 4.4, 4.5, 4.6}) y.push_back(v);
  for (int i : {28, 29}) {
    id.push_back(i);
    type.push_back(3);
  }
  lammps_create_atoms(b.handle, 29, id.data(), type.data(), y.data(), nullptr, nullptr, 1);
  b.lines("pair_style hybrid/overlay les lj/cut 3.0");
  b.cmd("pair_coeff * * les %s Na Cl NULL", model.path.c_str());
  b.lines("pair_coeff * 3 lj/cut 0.0 1.0\nkspace_style ewald/polar 1e-6");
  b.output();
  EXPECT_NEAR(b.energy(), e, ENERGY);
  const auto g = b.gather("f", 3);
  EXPECT_LT(max_difference(f, std::vector<double>(g.begin(), g.begin() + f.size())), SMALL);
  const auto q = b.gather("q", 1);
  EXPECT_EQ(q[27], 0.0);
}

TEST(Les, EnergyIsConserved)
{
  const ModelFile model(1);
  for (const char *kspace : {"ewald/polar 1e-6", MESH}) {
    Session lmp;
    lmp.crystal(true);
    lmp.potential(model.path, kspace);
    lmp.lines("velocity all create 50 87\nfix 1 all nve\ntimestep 0.001\nrun 0");
    const double e0 = lmp.thermo("etotal");
    lmp.lines("run 200");
    const double coarse = std::fabs(lmp.thermo("etotal") - e0);
    EXPECT_LT(coarse, 2e-6) << kspace; // eV; velocity Verlet: the time step squared
  }
}

TEST(Les, FrozenWaveVectorsMakeAContinuousEnergy)
{
  const ModelFile model(0);
  // a sweep of the box length in which wave vectors cross kmax
  auto sweep = [&](const char *kset, const char *kspace) {
    Session lmp;
    lmp.crystal(false);
    lmp.potential(model.path, kspace, kset);
    double e = 0, w = 0, l = 0, most = 0;
    // observed every step, before the box changes
    lmp.lines("thermo 1\nvariable e equal pe\nvariable w equal pxx*vol\nvariable l equal lx\n"
              "fix v all vector 1 v_e v_w v_l\nfix 1 all deform 1 x final 0 8.9 remap x\nrun 200");
    for (int i = 0; i <= 200; i++) {
      double v[3];
      for (int c = 0; c < 3; c++) {
        auto *p =
            (double *)lammps_extract_fix(lmp.handle, "v", LMP_STYLE_GLOBAL, LMP_TYPE_ARRAY, i, c);
        v[c] = *p;
        lammps_free(p);
      }
      v[1] *= EV_PER_BAR_A3;
      if (i) {
        // trapezoidal rule for -dE = W d(ln l)
        const double work = -0.5 * (w + v[1]) * std::log(v[2] / l);
        most = std::max(most, std::fabs(v[0] - e - work));
      }
      e = v[0];
      w = v[1];
      l = v[2];
    }
    return most;
  };
  for (const char *kspace : {"ewald/polar 1e-6", "pppm/polar 1e-4"}) {
    // error of the trapezoidal rule; a shell of wave vectors weighs some 1e-5 eV here
    const double frozen = sweep("kset frozen", kspace);
    EXPECT_LT(frozen, 1e-9) << kspace;
    EXPECT_EQ(sweep("", kspace), frozen) << kspace; // by itself, because the box changes
    EXPECT_GT(sweep("kset follow", kspace), 10 * frozen) << kspace;
  }
}

TEST(LesResponse, FieldForceIsThatOfTheTensors)
{
  const double field[3] = {0.03, -0.02, 0.05};
  for (int layers : {0, 1})
    for (const char *born : {"born local", "born phase"}) {
      const ModelFile model(layers);
      Session lmp;
      lmp.crystal(true);
      lmp.potential(model.path, "ewald/polar 1e-6", born);
      lmp.energy();
      const auto f = lmp.gather("f", 3);
      lmp.lines("compute z all born/atom\nfix e all efield/born 0.03 -0.02 0.05");
      lmp.energy();
      const auto g = lmp.gather("f", 3), z = lmp.gather("c_z", 9);
      double worst = 0, most = 0;
      for (int i = 0; i < lmp.n; i++)
        for (int b = 0; b < 3; b++) {
          double push = 0;
          for (int a = 0; a < 3; a++) push += field[a] * z[9 * i + 3 * a + b];
          worst = std::max(worst, std::fabs(g[3 * i + b] - f[3 * i + b] - push));
          most = std::max(most, std::fabs(push));
        }
      EXPECT_LT(worst, SMALL);
      EXPECT_GT(most, 1e-3);
    }
}

TEST(LesResponse, FieldWorkIsConserved)
{
  // d(U + K - E.M) = 0 with dM = sum Z* dr: of second order in the time step
  const ModelFile model(0);
  double error[2];
  for (int k = 0; k < 2; k++) {
    Session lmp;
    lmp.crystal(false);
    lmp.potential(model.path);
    lmp.lines("velocity all create 50 87\nfix 1 all nve\nfix e all efield/born 0.3 -0.2 0.1");
    lmp.cmd("timestep %g", k ? 0.0005 : 0.001);
    lmp.lines("run 0");
    const double start = lmp.thermo("etotal"), m0 = lmp.fix_scalar("e");
    lmp.cmd("run %d", k ? 200 : 100);
    const double field_work = lmp.fix_scalar("e") - m0;
    error[k] = std::fabs(lmp.thermo("etotal") + field_work - start);
    EXPECT_GT(std::fabs(field_work), 20 * error[k]);
    EXPECT_LT(error[k], 1e-5); // eV; the time step squared
  }
}

TEST(LesResponse, DipoleFollowsDisplacements)
{
  // M(x1) - M(x0) = integral of Z*: one atom moved there and back along a path of small steps
  const ModelFile model(1);
  Session lmp;
  lmp.crystal(false);
  lmp.potential(model.path);
  lmp.lines("timestep 0.001\ncompute z all born/atom\nfix p all polarization 1\ngroup one id 5\n"
            "velocity all set 0 0 0\nfix m one move linear 4 2 -3\nrun 0");
  auto dipole = [&](int a) { return lmp.fix_vector("p", 3 + a); };
  double m0[3], integral[3] = {0, 0, 0};
  std::vector<double> z0(lmp.gather("c_z", 9));
  for (int a = 0; a < 3; a++) m0[a] = dipole(a);
  const double d[3] = {0.004, 0.002, -0.003};
  for (int step = 0; step < 20; step++) {
    lmp.lines("run 1 post no");
    const auto z1 = lmp.gather("c_z", 9);
    for (int a = 0; a < 3; a++)
      for (int b = 0; b < 3; b++)
        integral[a] += 0.5 * (z0[9 * 4 + 3 * a + b] + z1[9 * 4 + 3 * a + b]) * d[b];
    z0 = z1;
  }
  for (int a = 0; a < 3; a++)
    EXPECT_NEAR(dipole(a) - m0[a], integral[a], SMALL); // the fix takes the same trapezoids
}

TEST(LesErrors, Input)
{
  const ModelFile model(0), bare(0, false);
  const std::string coeff = "pair_coeff * * " + model.path;
  auto fails = [&](const std::string &lines, const char *text, const char *setup = "") {
    Session lmp;
    lmp.crystal(false);
    if (*setup) lmp.lines(setup);
    EXPECT_LAMMPS_ERROR(lmp.lines(lines), text);
  };
  fails("pair_style les bron local", "Unknown pair_style les keyword");
  fails("pair_style les born", "lacks a value");
  fails("pair_style les born global", "expected local or phase");
  fails("pair_style les scale 0", "number other than 0");
  fails("pair_style les kset thawed", "follow or frozen");
  fails("pair_style les\n" + coeff + " Na", "an element (or NULL)");
  fails("pair_style les\n" + coeff + " Na Br", "model of Na Cl");
  fails("pair_style les\n" + coeff + " NULL NULL", "every atom type to NULL");
  fails("pair_style les\npair_coeff 1 1 " + model.path + " Na Cl", "must start with * *");
  fails("pair_style les\npair_coeff * * nowhere.les Na Cl", "Cannot read file");
  const std::string good = "pair_style les\n" + coeff + " Na Cl\n";
  fails(good + "run 0", "kspace_style ewald/polar");
  fails(good + "kspace_style ewald 1e-4\nkspace_modify gewald 0.3\nrun 0",
        "kspace_style ewald/polar");
  fails(good + "kspace_style ewald/polar 1e-4\nkspace_modify compute no\nrun 0", "compute no");
  fails(good + "kspace_style ewald/polar 1e-4\nnewton off\nrun 0", "newton");
  fails(good + "kspace_style ewald/polar", "expects one argument");
  fails(good + "kspace_style ewald/polar -3", "between 0 and 1");
  fails(good + "kspace_style ewald/polar 1e-4\nrun_style respa 2 2 pair 1 kspace 2\nrun 0",
        "respa");
  fails(good + "kspace_style pppm/polar 1e-4\nkspace_modify mesh 4 4 4\nrun 0", "at least");
  fails(good + "kspace_style pppm/polar 1e-4\ncompute s all stress/atom NULL\nfix a all ave/atom "
               "1 1 1 c_s[1]\nrun 1",
        "per-atom stress");
  // change_box sets up a mesh for shrink-wrapped boundaries, before there is one
  fails(good + "kspace_style pppm/polar 1e-4\nchange_box all boundary p p s\nrun 0",
        "periodic in x, y and z");
  fails("pair_style les kset follow\n" + coeff +
            " Na Cl\nkspace_style pppm/polar 1e-3\n"
            "fix d all deform 1 x scale 2.5 remap x\nrun 50",
        "the box has grown");
  fails("pair_style lj/cut 3\npair_coeff * * 0 1\nkspace_style ewald/polar 1e-4\nrun 0",
        "such as les");
  fails("pair_style les\npair_coeff * * " + bare.path +
            " Na Cl\nkspace_style ewald/polar 1e-4\n"
            "fix e all efield/born 0.1 0 0\nrun 0",
        "scale");
  fails(good + "kspace_style ewald/polar 1e-4\nchange_box all boundary p p f\nrun 0",
        "but it has dimension 3 and boundary pp pp ff");
  // whose sum in reciprocal space nobody would do
  const std::string both = "pair_style hybrid/overlay les coul/long 3.2\npair_coeff * * les " +
                           model.path + " Na Cl\npair_coeff * * coul/long\n";
  for (const char *kspace : {"ewald/polar", "pppm/polar"})
    fails(both + "kspace_style " + kspace + " 1e-4\nrun 0",
          "serves one sub-style of pair_style hybrid/overlay alone, but sub-style coul/long");
  {
    Session lmp;
    lmp.lines("units lj\natom_style charge\nregion b block 0 9 0 9 0 9\ncreate_box 2 b\nmass * 1");
    EXPECT_LAMMPS_ERROR(
        lmp.lines(good + "kspace_style ewald/polar 1e-4\ncreate_atoms 1 single 1 1 1\nrun 0"),
        "units metal or real");
  }
  {
    Session lmp;
    lmp.lines(
        "units metal\natom_style atomic\nregion b block 0 9 0 9 0 9\ncreate_box 2 b\nmass * 1\n"
        "create_atoms 1 single 1 1 1\ncreate_atoms 2 single 3 1 1");
    lmp.lines(good +
              "kspace_style ewald/polar 1e-4\nrun 0"); // charges need no room for the exact sum
    EXPECT_LAMMPS_ERROR(lmp.lines("kspace_style pppm/polar 1e-4\nrun 0"), "atom_style charge");
  }
}

} // namespace
