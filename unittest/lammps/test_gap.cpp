// pair_style gap in LAMMPS: against QUIP+GAP where reference data is there, against the core with
// brute-force neighbor lists, and what a pair style owes LAMMPS.
#include "gap_session.h"

using namespace gap_test;

namespace {

const int PART[6] = {0, 4, 8, 1, 2, 5}; // xx yy zz xy xz yz in a 3x3 row-major matrix

void expect_equal(const Measured &m, const Result &r, double unit = 1)
{
  // sums of some hundred terms in another order; amplitudes up to 30 eV
  EXPECT_NEAR(m.energy, unit * r.energy, 1e-11 * unit);
  for (size_t i = 0; i < r.force.size(); i++) {
    EXPECT_NEAR(m.atom_energy[i], unit * r.atom_energy[i], 1e-11 * unit);
    for (int a = 0; a < 3; a++) EXPECT_NEAR(m.force[3 * i + a], unit * r.force[i][a], 1e-11 * unit);
  }
}

class Gap : public testing::TestWithParam<const char *> {
protected:
  const TextFile model{mixed_model()};
  const Config config = distorted({14, 8}, 30, 2.2, 4);
  const Result core = evaluate(read_model(model.path).get(), config);
};

} // namespace

TEST_P(Gap, EqualsCore)
{
  Lammps lmp;
  build(lmp, config, 14, std::string("newton ") + GetParam());
  lmp.cmd("pair_style gap");
  lmp.cmd("pair_coeff * * %s Si O", model.path.c_str());
  lmp.lines(OUTPUT);
  const Measured m = measure(lmp);
  expect_equal(m, core);
  // LAMMPS' conversion factor has 7 digits
  for (int k = 0; k < 6; k++) EXPECT_NEAR(m.virial[k], core.virial[PART[k]], 1e-10 * 100) << k;
  // per-atom quantities add up
  EXPECT_NEAR(lmp.scalar("se"), m.energy, 1e-11);
  const auto sum = lmp.compute_vector("sw", 6), centroid = lmp.compute_vector("scw", 9);
  for (int k = 0; k < 6; k++) {
    EXPECT_NEAR(-sum[k] / BAR_A3_PER_EV, m.virial[k], 1e-9);
    EXPECT_NEAR(centroid[k], sum[k], 1e-9 * BAR_A3_PER_EV);
  }
  for (int k = 0; k < 3; k++) EXPECT_NEAR(centroid[3 + k], centroid[6 + k], 1e-9 * BAR_A3_PER_EV);
}

INSTANTIATE_TEST_SUITE_P(Newton, Gap, testing::Values("on", "off", "on off", "off on"),
                         [](const testing::TestParamInfo<const char *> &info) {
                           std::string name = info.param;
                           for (char &c : name)
                             if (c == ' ') c = '_';
                           return name;
                         });

using GapStyle = Gap;

TEST_F(GapStyle, SparseFilesBesideTheModel)
{
  const std::string term =
      coordinates("distance_2b cutoff=4.1 Z1=8 Z2=14", 1, 3, 1, delta, theta("0.6"), 2, 4, 1);
  const Result inside = evaluate(made_up(model_text({term})).get(), config);
  // the numbers of the three <sparseX> in a file of their own
  std::string points, outside;
  size_t at = 0;
  for (size_t from; (from = term.find("\"> ", at)) != std::string::npos;) {
    const size_t to = term.find("</sparseX>", from);
    points += term.substr(from + 3, to - from - 3) + "\n";
    outside += term.substr(at, from + 1 - at) + "/>";
    at = to + 10;
  }
  outside += term.substr(at);
  const TextFile file(points);
  const std::string name = file.path.substr(file.path.rfind('/') + 1);
  outside.insert(outside.find("n_sparseX"), "sparseX_filename=\"" + name + "\" ");
  const TextFile xml(model_text({outside}));
  Lammps lmp;
  build(lmp, config, 14);
  lmp.cmd("pair_style gap");
  lmp.cmd("pair_coeff * * %s Si O", xml.path.c_str());
  lmp.lines(OUTPUT);
  expect_equal(measure(lmp), inside);
}

TEST_F(GapStyle, UnitsReal)
{
  Lammps lmp;
  build(lmp, config, 14, "units real");
  lmp.cmd("pair_style gap");
  lmp.cmd("pair_coeff * * %s Si O", model.path.c_str());
  lmp.lines(OUTPUT);
  expect_equal(measure(lmp), core, 23.060549); // kcal/mol, LAMMPS' factor
  Lammps lj;
  EXPECT_LAMMPS_ERROR(
      {
        build(lj, config, 14, "units lj");
        lj.cmd("pair_style gap");
        lj.cmd("pair_coeff * * %s Si O", model.path.c_str());
        lj.cmd("run 0 post no");
      },
      "units metal or real");
}

// OMP_NUM_THREADS, with the BLAS kept on one thread
TEST_F(GapStyle, Threads)
{
  const std::string before = env("OMP_NUM_THREADS");
  setenv("OMP_NUM_THREADS", "3", 1);
  Lammps lmp;
  if (before.empty()) unsetenv("OMP_NUM_THREADS");
  else setenv("OMP_NUM_THREADS", before.c_str(), 1);
  build(lmp, config, 14);
  lmp.cmd("pair_style gap");
  lmp.cmd("pair_coeff * * %s Si O", model.path.c_str());
  lmp.lines(OUTPUT);
  expect_equal(measure(lmp), core);
}

// two models in one run are their sum; a type mapped to NULL neither acts nor is seen
TEST_F(GapStyle, HybridOverlay)
{
  const TextFile other(mixed_model(50));
  const Result second = evaluate(read_model(other.path).get(), config);
  Result sum = core;
  sum.energy += second.energy;
  for (size_t i = 0; i < config.x.size(); i++) {
    sum.atom_energy[i] += second.atom_energy[i];
    for (int a = 0; a < 3; a++) sum.force[i][a] += second.force[i][a];
  }
  for (const char *newton : {"newton on", "newton off"}) {
    Lammps lmp;
    build(lmp, config, 14, newton);
    lmp.cmd("pair_style hybrid/overlay gap gap");
    lmp.cmd("pair_coeff * * gap 1 %s Si O", model.path.c_str());
    lmp.cmd("pair_coeff * * gap 2 %s Si O", other.path.c_str());
    lmp.lines(OUTPUT);
    expect_equal(measure(lmp), sum);
  }

  Config silicon = config;
  silicon.x.clear();
  silicon.z.clear();
  for (size_t i = 0; i < config.x.size(); i++)
    if (config.z[i] == 14) {
      silicon.x.push_back(config.x[i]);
      silicon.z.push_back(14);
    }
  const Result alone = evaluate(read_model(model.path).get(), silicon);
  Lammps lmp;
  build(lmp, config, 14);
  lmp.cmd("pair_style hybrid/overlay zero 3.0 gap");
  lmp.cmd("pair_coeff * * zero");
  lmp.cmd("pair_coeff * * gap %s Si NULL", model.path.c_str());
  lmp.lines(OUTPUT);
  const Measured m = measure(lmp);
  EXPECT_NEAR(m.energy, alone.energy, 1e-11);
  for (size_t i = 0, k = 0; i < config.x.size(); i++)
    for (int a = 0; a < 3; a++) {
      EXPECT_NEAR(m.force[3 * i + a], config.z[i] == 14 ? alone.force[k][a] : 0.0, 1e-11);
      if (a == 2 && config.z[i] == 14) k++;
    }
}

TEST_F(GapStyle, SeveralInstancesAndClear)
{
  Lammps a, b;
  for (Lammps *lmp : {&a, &b}) {
    build(*lmp, config, 14);
    lmp->cmd("pair_style gap");
    lmp->cmd("pair_coeff * * %s Si O", model.path.c_str());
    lmp->lines(OUTPUT);
  }
  expect_equal(measure(a), core);
  a.cmd("clear");
  expect_equal(measure(b), core);
  build(a, config, 14);
  a.cmd("pair_style gap variance no");
  a.cmd("pair_coeff * * %s Si O", model.path.c_str());
  a.lines(OUTPUT);
  expect_equal(measure(a), core);
}

// a time step of molecular dynamics moves atoms across boundaries and rebuilds lists
TEST_F(GapStyle, ConservesEnergyAndRestarts)
{
  const std::string start =
      "neighbor 0.3 bin\nneigh_modify every 1 delay 0 check yes\n"
      "velocity all create 600 12345 loop all\nfix nve all nve\ntimestep 2e-4";
  Lammps lmp;
  build(lmp, config, 14);
  lmp.cmd("pair_style gap");
  lmp.cmd("pair_coeff * * %s Si O", model.path.c_str());
  lmp.lines(OUTPUT);
  // a made-up model may tear the crystal apart: first to a minimum
  lmp.lines("minimize 0 1e-3 200 2000\nreset_timestep 0\n" + start);
  lmp.cmd("run 0 post no");
  const double e0 = lmp.thermo("etotal");
  double worst = 0;
  for (int k = 0; k < 10; k++) {
    lmp.cmd("run 20 post no");
    worst = std::max(worst, std::fabs(lmp.thermo("etotal") - e0));
  }
  // velocity Verlet: dt^2 of an energy of 30 atoms that fluctuates by 1 eV; no drift
  EXPECT_LT(worst, 2e-3);

  const TextFile restart("");
  lmp.cmd("write_restart %s", restart.path.c_str());
  lmp.cmd("run 20 post no");
  const auto x = lmp.gather("x", 3);
  Lammps again;
  again.cmd("read_restart %s", restart.path.c_str());
  again.cmd("pair_style gap");
  again.cmd("pair_coeff * * %s Si O", model.path.c_str());
  again.lines("neighbor 0.3 bin\nneigh_modify every 1 delay 0 check "
              "yes\nfix nve all "
              "nve\ntimestep 2e-4\nrun 20 post no");
  EXPECT_LT(::max_difference(again.gather("x", 3), x), 1e-10); // rounding grows for 20 steps
}

// through fix pair, every step and only when wanted
TEST_F(GapStyle, Variance)
{
  Model m = read_model(model.path);
  polar_status st = {};
  ASSERT_EQ(gap_prepare_variance(m.get(), &st), POLAR_OK) << st.text;
  const Result r = evaluate(m.get(), config);
  for (int trigger = 0; trigger < 2; trigger++) {
    Lammps lmp;
    build(lmp, config, 14);
    lmp.cmd("pair_style gap variance yes");
    lmp.cmd("pair_coeff * * %s Si O", model.path.c_str());
    lmp.cmd("fix v all pair 1 gap variance %d similarity %d", trigger, trigger);
    lmp.lines(OUTPUT);
    expect_equal(measure(lmp), core);
    const auto values = lmp.gather("f_v", 2);
    for (size_t i = 0; i < config.x.size(); i++) {
      // the factorization amplifies rounding by the condition number, 1e6
      EXPECT_NEAR(values[2 * i], r.variance[i], 1e-9);
      EXPECT_NEAR(values[2 * i + 1], r.similarity[i], 1e-12);
    }
  }
}

TEST_F(GapStyle, Errors)
{
  Lammps lmp;
  build(lmp, config, 14);
  EXPECT_LAMMPS_ERROR(lmp.cmd("pair_style gap variance maybe"), "'maybe', expected yes or no");
  EXPECT_LAMMPS_ERROR(lmp.cmd("pair_style gap cutoff 3"), "Unknown pair_style gap keyword: cutoff");
  lmp.cmd("pair_style gap");
  const char *path = model.path.c_str();
  EXPECT_LAMMPS_ERROR(lmp.cmd("pair_coeff 1 1 %s Si O", path), "must start with * *");
  EXPECT_LAMMPS_ERROR(lmp.cmd("pair_coeff * * %s Si", path),
                      "found 2 words after pair_coeff * *, expected 3");
  EXPECT_LAMMPS_ERROR(lmp.cmd("pair_coeff * * %s NULL NULL", path), "every atom type to NULL");
  EXPECT_LAMMPS_ERROR(lmp.cmd("pair_coeff * * %s Si Ti", path), "maps atom type 2 to 'Ti'");
  EXPECT_LAMMPS_ERROR(lmp.cmd("pair_coeff * * %s Si Xx", path), "a model of O Si");
  EXPECT_LAMMPS_ERROR(lmp.cmd("pair_coeff * * no_such.xml Si O"), "Cannot read file no_such.xml");
  EXPECT_LAMMPS_ERROR(lmp.cmd("run 0"), "coeffs are not set");
  const TextFile missing(
      model_text({"<gpCoordinates dimensions=\"1\" n_sparseX=\"1\" covariance_type=\"1\" "
                  "signal_variance=\"1\" sparseX_filename=\"no_such.dat\"/>"}));
  EXPECT_LAMMPS_ERROR(lmp.cmd("pair_coeff * * %s Si O", missing.path.c_str()),
                      "The model " + missing.path + " names it");
  const TextFile broken("<a>\n</b>");
  EXPECT_LAMMPS_ERROR(lmp.cmd("pair_coeff * * %s Si O", broken.path.c_str()), ":2:");
  // the instance goes on
  lmp.cmd("pair_coeff * * %s Si O", path);
  lmp.lines(OUTPUT);
  expect_equal(measure(lmp), core);
}

// QUIP+GAP, stored; the box is rotated into LAMMPS' frame
TEST(GapReference, PairsTripletsSoap)
{
  const std::string path = reference("synth_2b_3b_soap_40.json");
  if (path.empty()) GTEST_SKIP() << "skipped: no reference data";
  const nlohmann::json data = nlohmann::json::parse(std::ifstream(path));
  Config c = from_json(data);
  double q[3][3], box[3][3]; // Gram-Schmidt of the box vectors
  for (int v = 0; v < 2; v++) {
    double length = 0;
    for (int i = 0; i < 3; i++) q[v][i] = c.h[i][v];
    for (int u = 0; u < v; u++) {
      double dot = 0;
      for (int i = 0; i < 3; i++) dot += q[u][i] * c.h[i][v];
      for (int i = 0; i < 3; i++) q[v][i] -= dot * q[u][i];
    }
    for (int i = 0; i < 3; i++) length += q[v][i] * q[v][i];
    for (int i = 0; i < 3; i++) q[v][i] /= std::sqrt(length);
  }
  for (int i = 0; i < 3; i++)
    q[2][i] = q[0][(i + 1) % 3] * q[1][(i + 2) % 3] - q[0][(i + 2) % 3] * q[1][(i + 1) % 3];
  mat3_mul(q, c.h, box);
  mat3_copy(box, c.h);
  for (auto &x : c.x) mat3_vec(q, x.data(), x.data());

  Lammps lmp;
  lmp.lines("units metal\natom_style atomic\natom_modify map array\nbox tilt large");
  lmp.cmd("region box prism 0 %.17g 0 %.17g 0 %.17g %.17g %.17g %.17g", box[0][0], box[1][1],
          box[2][2], box[0][1], box[0][2], box[1][2]);
  lmp.lines("create_box 3 box\nmass 1 15.999\nmass 2 47.867\nmass 3 137.33");
  const int n = (int)c.x.size();
  std::vector<Tag> id(n);
  std::vector<int> type(n);
  for (int i = 0; i < n; i++) {
    id[i] = i + 1;
    type[i] = c.z[i] == 8 ? 1 : c.z[i] == 22 ? 2 : 3;
  }
  ASSERT_EQ(lammps_create_atoms(lmp.handle, n, id.data(), type.data(), c.x[0].data(), nullptr,
                                nullptr, 1),
            n);
  lmp.cmd("pair_style gap");
  lmp.cmd("pair_coeff * * %s O Ti Ba", reference(data["model"]).c_str());
  lmp.lines(OUTPUT);
  const Measured m = measure(lmp);
  // parity asked: 1e-8 eV, 1e-7 eV/A, 1e-6 eV
  EXPECT_NEAR(m.energy, data["energy"].get<double>(), 1e-8);
  double worst = 0;
  for (int i = 0; i < n; i++) {
    double f[3] = {data["forces"][i][0], data["forces"][i][1], data["forces"][i][2]};
    mat3_vec(q, f, f);
    for (int a = 0; a < 3; a++) worst = std::max(worst, std::fabs(f[a] - m.force[3 * i + a]));
    EXPECT_NEAR(m.atom_energy[i], data["local_energies"][i].get<double>(), 1e-8);
  }
  EXPECT_LT(worst, 1e-7);
  double w[3][3];
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 3; b++) w[a][b] = data["virial"][a][b];
  mat3_mul(q, w, w);
  mat3_mul_t(w, q, w);
  // LAMMPS' conversion factor has 7 digits: 3e-8 of 200 eV
  for (int k = 0; k < 6; k++) EXPECT_NEAR(m.virial[k], w[PART[k] / 3][PART[k] % 3], 1e-5) << k;
}
