// Every style through everything that divides a system in another way or makes it anew: grids of
// ranks, newton off, balancing, restart on another number of ranks, rerun, minimize, neb,
// hybrid/overlay, fix npt, replicate, clear and two instances side by side. What all ranks give is
// compared with what one rank alone gives.

#include "eap_session.h"
#include "gap_session.h"
#include "les_session.h"
#include "pqeq_session.h"

#include <fstream>
#include <functional>
#include <memory>
#include <sstream>

namespace {

int ranks()
{
  int n;
  MPI_Comm_size(MPI_COMM_WORLD, &n);
  return n;
}
int rank()
{
  int me;
  MPI_Comm_rank(MPI_COMM_WORLD, &me);
  return me;
}

struct Atoms {
  std::array<double, 6> box; // lx ly lz xy xz yz
  std::vector<int> type;
  std::vector<double> x, mass; // mass of each type
};

// A row of the matrix
struct Row {
  std::string name;
  Atoms atoms;
  std::string style, coefficients; // of pair_style and pair_coeff
  std::string more;                // after them: k-space and fixes
  bool response;                   // knows Born charges
  double tolerance;                // of ten steps: forces, eV/Angstrom
};

std::string model_folder()
{
  int id = getpid();
  MPI_Bcast(&id, 1, MPI_INT, 0, MPI_COMM_WORLD);
  return testing::TempDir() + "polar_matrix_" + std::to_string(id);
}

// displaced by up to 0.04 Angstrom
Atoms barium_titanate(int n)
{
  const double a = 3.94;
  const double site[5][3] = {
      {0, 0, 0}, {0.5, 0.5, 0.5}, {0.5, 0.5, 0}, {0.5, 0, 0.5}, {0, 0.5, 0.5}};
  std::mt19937 random(4);
  std::uniform_real_distribution<double> shift(-0.04, 0.04);
  Atoms c = {{n * a, n * a, n * a, 0, 0, 0}, {}, {}, {137.327, 47.867, 15.999}};
  for (int i = 0; i < 5 * n * n * n; i++) {
    const int cell[3] = {i / 5 % n, i / 5 / n % n, i / 5 / n / n};
    for (int d = 0; d < 3; d++) c.x.push_back(a * (cell[d] + site[i % 5][d]) + shift(random));
    c.type.push_back(std::min(i % 5 + 1, 3));
  }
  return c;
}

// rows of positions on a distorted grid, types 1 and 2 in turn
Atoms grid(int n, double spacing, double shake, std::vector<double> mass)
{
  const double l = n * spacing;
  std::mt19937 random(3);
  std::uniform_real_distribution<double> shift(-shake, shake);
  Atoms c = {{l, l, l, 0.13 * l, -0.1 * l, 0.17 * l}, {}, {}, mass};
  for (int i = 0; i < n * n * n; i++) {
    const double s[3] = {(i % n + 0.5) / n, (i / n % n + 0.5) / n, (i / n / n + 0.5) / n};
    c.x.push_back(l * s[0] + 0.13 * l * s[1] - 0.1 * l * s[2] + shift(random));
    c.x.push_back(l * s[1] + 0.17 * l * s[2] + shift(random));
    c.x.push_back(l * s[2] + shift(random));
    c.type.push_back(i % 2 + 1);
  }
  return c;
}

// the oblique crystal of eight atoms of the tests of pqeq, n times along each vector
Atoms oblique(int n)
{
  const auto j = pqeq_crystal();
  const double h[3][3] = {{6.1, 0, 0}, {0.7, 5.3, 0}, {-0.6, 0.9, 5.0}}; // rows: box vectors
  const int type[8] = {1, 1, 2, 3, 4, 2, 5, 1};                          // Li O P N H
  Atoms c = {{n * 6.1, n * 5.3, n * 5.0, n * 0.7, -n * 0.6, n * 0.9},
             {},
             {},
             {6.94, 15.999, 30.974, 14.007, 1.008}};
  for (int image = 0; image < n * n * n; image++)
    for (int i = 0; i < 8; i++) {
      c.type.push_back(type[i]);
      for (int d = 0; d < 3; d++)
        c.x.push_back((double)j["positions"][i][d] + image % n * h[0][d] + image / n % n * h[1][d] +
                      image / n / n * h[2][d]);
    }
  return c;
}

const char *const ROWS[] = {"eap",      "eap_long", "gap",       "les",
                            "les_mesh", "pqeq_cut", "pqeq_long", "pqeq_mesh"};

Row make_row(const std::string &name, const std::string &folder)
{
  const std::string sys = batio3(""), table = POLAR_SOURCE_DIR "/potentials/pqeq/gao2025.pqeq";
  // two runs part by rounding, 1e-15, which ten steps amplify
  const double rounding = 1e-9;
  // `converge` stops at 1e-9 of the charges' residual, at different places for different sums
  const double converged = 1e-6;
  // a mesh's forces are sums over the same mesh points, whoever owns them
  if (name == "eap")
    return {name,    barium_titanate(3),
            "eap",   sys + "BaTiO3_sys_M2.xml " + sys + "BaTiO3_coeffs.xml Ba Ti O",
            "",      true,
            rounding};
  if (name == "eap_long")
    return {name,
            barium_titanate(3),
            "eap/long",
            sys + "BaTiO3_sys.xml " + sys + "BaTiO3_coeffs.xml Ba Ti O",
            "kspace_style lattice/fft\n",
            true,
            rounding};
  if (name == "gap")
    return {name,    grid(3, 2.4, 0.2, {28.085, 15.999}), "gap", folder + ".xml Si O", "", false,
            rounding};
  if (name == "les")
    return {name,
            grid(3, 2.8, 0.2, {22.99, 35.453}),
            "les",
            folder + "_1.les Na Cl",
            "kspace_style ewald/polar 1e-6\n",
            true,
            rounding};
  if (name == "les_mesh")
    return {name,
            grid(3, 2.8, 0.2, {22.99, 35.453}),
            "les",
            folder + "_0.les Na Cl",
            "kspace_style pppm/polar 1e-4\nkspace_modify order 5\n",
            true,
            rounding};
  if (name == "pqeq_cut")
    return {name,
            oblique(2),
            "coul/pqeq/cut 8.0 kernel any",
            table + " Li O P N H",
            "fix pq all pqeq 1 scheme fixed 2\n",
            false,
            rounding};
  const std::string fix = "fix pq all pqeq 1 scheme converge 1e-9\n";
  return {name,
          oblique(1),
          "coul/pqeq/long 13.0 kernel any",
          table + " Li O P N H",
          name == "pqeq_long" ? "kspace_style ewald/polar 1e-6\n" + fix
                              : "kspace_style pppm/polar 1e-4\nkspace_modify order 7\n" + fix,
          false,
          converged};
}

// what another way of making the system changes
struct Way {
  std::string before = "", after = ""; // ahead of the box; once there is a potential
  std::string atoms = "";              // once there are atoms
  bool overlay = false;                // hybrid/overlay with pair style soft
  std::string fix = "fix 1 all nve";
};

class Matrix : public testing::TestWithParam<const char *> {
protected:
  // the result of a calculation
  struct State {
    std::vector<double> x, f, numbers; // numbers: energy, pressures, box, dipole
  };

  static void SetUpTestSuite()
  {
    using namespace gap_test;
    folder = model_folder();
    if (rank() == 0) {
      std::ofstream(folder + ".xml") << model_text(
          {coordinates("distance_2b cutoff=4.1 cutoff_transition_width=0.8 Z1=8 Z2=14", 1, 9, 1,
                       delta, theta("0.6"), 1.5, 4, 1),
           soap("species_Z={8 14} Z=14 central_weight=0.8", 3, 2, 2, 5)});
      for (int layers : {0, 1}) {
        les_test::MadeUp text;
        text.layers = layers;
        if (layers) {
          text.memory = text.ar = 1;
          text.chi_l = 4;
          text.chi_channels = 4;
        }
        text.write(folder + "_" + std::to_string(layers) + ".les");
      }
    }
    MPI_Barrier(MPI_COMM_WORLD);
  }
  static void TearDownTestSuite()
  {
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank() == 0)
      for (const char *end : {".xml", "_0.les", "_1.les"}) remove((folder + end).c_str());
  }
  void SetUp() override { row = make_row(GetParam(), folder); }

  void box(Lammps &lmp, const Way &way = {}) const
  {
    const Atoms &a = row.atoms;
    lmp.lines("units metal\natom_style charge\natom_modify map array\nbox tilt large\n" +
              way.before);
    const bool oblique = a.box[3] != 0;
    lmp.cmd("region box %s 0 %.17g 0 %.17g 0 %.17g%s", oblique ? "prism" : "block", a.box[0],
            a.box[1], a.box[2],
            oblique ? (" " + std::to_string(a.box[3]) + " " + std::to_string(a.box[4]) + " " +
                       std::to_string(a.box[5]))
                          .c_str()
                    : "");
    lmp.cmd("create_box %d box", (int)a.mass.size());
    for (size_t t = 0; t < a.mass.size(); t++) lmp.cmd("mass %d %g", (int)t + 1, a.mass[t]);
    const int n = (int)a.type.size();
    std::vector<Tag> id(n);
    for (int i = 0; i < n; i++) id[i] = i + 1;
    lammps_create_atoms(lmp.handle, n, id.data(), a.type.data(), a.x.data(), nullptr, nullptr, 1);
    if (lmp.natoms() != n) throw LammpsError("atoms were lost");
    lmp.lines(way.atoms + "\nvelocity all create 300 4711 mom yes loop all");
  }
  // also what has to be set up again after read_restart
  void potential(Lammps &lmp, const Way &way = {}) const
  {
    std::string text;
    if (way.overlay) {
      const std::string name = row.style.substr(0, row.style.find(' '));
      text = "pair_style hybrid/overlay " + row.style + " soft 3.5\npair_coeff * * " + name + " " +
             row.coefficients + "\npair_coeff * * soft 0.1\n";
    } else {
      text = "pair_style " + row.style + "\npair_coeff * * " + row.coefficients + "\n";
    }
    lmp.lines(text + row.more);
    if (row.response)
      lmp.lines(
          "fix field all efield/born 0.02 -0.01 0.03\nfix_modify field energy yes virial yes\n"
          "fix P all polarization 1");
    lmp.lines(way.fix + "\ntimestep 0.0005\nneighbor 0.4 bin\nneigh_modify every 1 delay 0 check "
                        "yes\nthermo_style custom step temp pe etotal pxx pyy pzz pxy pxz pyz vol "
                        "lx ly lz\nthermo_modify norm no\nthermo 5");
    lmp.lines(way.after);
  }
  // energy of the atoms; pe has the work of the field, which depends on the path with pair style
  // les
  double internal(Lammps &lmp) const
  {
    return lmp.thermo("pe") - (row.style == "les" ? lmp.fix_scalar("field") : 0);
  }
  // since_start: with what fix polarization adds up from the first step on, and not only the
  // current
  State state(Lammps &lmp, bool since_start = true) const
  {
    State s = {lmp.gather("x", 3), lmp.gather("f", 3), {lmp.thermo("pe")}};
    if (!since_start) s.numbers[0] -= lmp.fix_scalar("field");
    const double v = lmp.thermo("vol");
    for (const char *p : {"pxx", "pyy", "pzz", "pxy", "pxz", "pyz"})
      s.numbers.push_back(lmp.thermo(p) * v * eap_test::EV_PER_BAR_A3);
    for (const char *l : {"lx", "ly", "lz"}) s.numbers.push_back(lmp.thermo(l));
    if (row.response)
      for (int i = since_start ? 0 : 6; i < 9; i++) s.numbers.push_back(lmp.fix_vector("P", i));
    return s;
  }
  State run(MPI_Comm comm, const Way &way, int steps, bool since_start = true) const
  {
    Lammps lmp(comm);
    box(lmp, way);
    potential(lmp, way);
    lmp.cmd("run %d post no", steps);
    return state(lmp, since_start);
  }
  // positions up to box vectors
  double moved(const State &a, const State &b) const
  {
    const auto &h = row.atoms.box;
    double worst = a.x.size() == b.x.size() ? 0 : INFINITY;
    for (size_t i = 0; i < std::min(a.x.size(), b.x.size()); i += 3) {
      double d[3] = {a.x[i] - b.x[i], a.x[i + 1] - b.x[i + 1], a.x[i + 2] - b.x[i + 2]};
      const double n[3] = {0, std::nearbyint(d[1] / h[1]), std::nearbyint(d[2] / h[2])};
      d[2] -= n[2] * h[2];
      d[1] -= n[2] * h[5];
      const double n1 = std::nearbyint(d[1] / h[1]);
      d[1] -= n1 * h[1];
      d[0] -= n[2] * h[4] + n1 * h[3];
      d[0] -= std::nearbyint(d[0] / h[0]) * h[0];
      for (double x : d) worst = std::max(worst, std::fabs(x));
    }
    return worst;
  }
  // of this rank; every rank of a run holds the same numbers
  void same(const State &a, const State &b, double factor = 1) const
  {
    const double t = row.tolerance * factor;
    EXPECT_LT(moved(a, b), t);
    EXPECT_LT(max_difference(a.f, b.f), t);
    EXPECT_LT(max_difference(a.numbers, b.numbers), 10 * t);
  }
  // all ranks against rank 0 alone
  void compare(const Way &way, const State &alone) const
  {
    SCOPED_TRACE(way.before + "; " + way.after);
    const State all = run(MPI_COMM_WORLD, way, 10);
    if (rank() == 0) same(all, alone);
  }
  // by rank 0 alone, the others wait
  template <class Function>
  State on_rank_0(Function f) const
  {
    State s;
    if (rank() == 0) s = f();
    MPI_Barrier(MPI_COMM_WORLD);
    return s;
  }
  State alone(const Way &way, int steps = 10) const
  {
    return on_rank_0([&] { return run(MPI_COMM_SELF, way, steps); });
  }

  Row row;
  static std::string folder;
};
std::string Matrix::folder;

} // namespace

TEST_P(Matrix, DivisionsOfTheBox)
{
  const State one = alone({});
  std::vector<Way> ways = {
      {"processors 1 1 *", ""},
      {"processors * 1 1", ""},
      {"newton off", ""},
      {"", "comm_style tiled\nbalance 1.0 rcb"},
      {"", "balance 1.0 shift xyz 10 1.001"},
      {"", "comm_style tiled\nfix balance all balance 4 1.0 rcb"},
  };
  for (const Way &way : ways) {
    if (way.before == "newton off" && row.style == "les") { // a documented restriction
      EXPECT_LAMMPS_ERROR(run(MPI_COMM_WORLD, way, 0), "pair_style les needs newton pair on");
    } else if (way.after.find("tiled") != std::string::npos &&
               row.name.compare(0, 4, "pqeq") == 0) {
      continue; // LAMMPS refuses a tiled division of a box smaller than the cutoff
    } else {
      compare(way, one);
    }
  }
}

TEST_P(Matrix, RestartOnAnotherNumberOfRanks)
{
  Way way;
  way.after = "atom_modify sort 0 0.0";
  const bool absolute = row.style != "les"; // whose dipole is an integral over the run
  const State expected = run(MPI_COMM_WORLD, way, 10, absolute);
  const std::string file = folder + ".restart";
  {
    Lammps lmp(MPI_COMM_WORLD);
    box(lmp, way);
    potential(lmp, way);
    lmp.cmd("run 5");
    lmp.cmd("write_restart %s", file.c_str());
  }
  MPI_Barrier(MPI_COMM_WORLD);
  // one rank, and all but one
  MPI_Comm fewer;
  MPI_Comm_split(MPI_COMM_WORLD, rank() == ranks() - 1, rank(), &fewer);
  for (MPI_Comm comm : {MPI_COMM_SELF, fewer}) {
    if (comm == MPI_COMM_SELF && rank() > 0) continue;
    Lammps lmp(comm);
    lmp.cmd("read_restart %s", file.c_str());
    potential(lmp, way);
    lmp.cmd("run 5");
    // pqeq's converged charges start from another guess
    same(state(lmp, absolute), expected, 10);
  }
  MPI_Comm_free(&fewer);
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank() == 0) remove(file.c_str());
}

TEST_P(Matrix, Rerun)
{
  const std::string dump = folder + ".dump";
  std::vector<double> pe;
  {
    Lammps lmp(MPI_COMM_WORLD);
    box(lmp);
    potential(lmp);
    lmp.cmd("dump 1 all custom 5 %s id type x y z", dump.c_str());
    lmp.cmd("dump_modify 1 format float %%.17g");
    for (int frame = 0; frame < 3; frame++) {
      lmp.cmd("run %d", frame ? 5 : 0);
      pe.push_back(lmp.thermo("pe"));
    }
  }
  MPI_Barrier(MPI_COMM_WORLD);
  Lammps again(MPI_COMM_WORLD);
  box(again);
  potential(again);
  for (int frame = 0; frame < 3; frame++) {
    again.cmd("rerun %s first %d last %d dump x y z box yes", dump.c_str(), 5 * frame, 5 * frame);
    // `fixed` moves shells and charges from where the last step left them, so that energies along a
    // trajectory depend on the past; the first frame has none
    if (row.name == "pqeq_cut" && frame) continue;
    EXPECT_NEAR(again.thermo("pe"), pe[frame], 10 * row.tolerance) << frame;
  }
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank() == 0) remove(dump.c_str());
}

TEST_P(Matrix, Minimize)
{
  const auto minimum = [&](MPI_Comm comm) {
    Lammps lmp(comm);
    box(lmp);
    potential(lmp);
    lmp.lines("min_style cg\nmin_modify dmax 0.02\nrun 0");
    const double before = lmp.thermo("pe");
    lmp.cmd("minimize 0 0 3 30");
    EXPECT_LT(lmp.thermo("pe"), before);
    return state(lmp);
  };
  const State one = on_rank_0([&] { return minimum(MPI_COMM_SELF); });
  const State all = minimum(MPI_COMM_WORLD);
  // the line search ends on differences of energies
  if (rank() == 0) same(all, one, 1000);
}

// Three images, on one rank each, or two on two ranks each: what each ends with has the energy that
// a single rank finds for its atoms.
TEST_P(Matrix, Neb)
{
  if (ranks() < 2) GTEST_SKIP() << "skipped: neb needs two ranks";
  const int images = ranks() == 3 ? 3 : 2;
  const std::string final = folder + ".neb";
  if (rank() == 0) {
    std::ofstream out(final);
    out << "3\n";
    for (int i = 0; i < 3; i++)
      out << i + 1 << " " << row.atoms.x[3 * i] + 0.05 << " " << row.atoms.x[3 * i + 1] << " "
          << row.atoms.x[3 * i + 2] - 0.05 << "\n";
  }
  MPI_Barrier(MPI_COMM_WORLD);
  std::vector<double> x;
  double pe;
  {
    const std::string each = std::to_string(ranks() / images);
    Lammps lmp(MPI_COMM_WORLD, {"-partition", std::to_string(images) + "x" + each, "-in", "none",
                                "-plog", "none", "-pscreen", "none"});
    Way way;
    way.fix = "fix 1 all neb 1.0";
    box(lmp, way);
    potential(lmp, way);
    lmp.lines("min_style quickmin\nmin_modify dmax 0.02");
    lmp.cmd("neb 0 0 5 5 5 final %s", final.c_str());
    lmp.cmd("run 0");
    x = lmp.gather("x", 3);
    pe = internal(lmp);
  }
  Lammps lmp(MPI_COMM_SELF);
  box(lmp);
  potential(lmp);
  lmp.scatter("x", 3, x);
  lmp.cmd("run 0");
  if (row.name != "pqeq_cut") { // its energies depend on the past
    EXPECT_NEAR(internal(lmp), pe, 10 * row.tolerance);
  }
  EXPECT_TRUE(std::isfinite(pe));
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank() == 0) remove(final.c_str());
}

TEST_P(Matrix, HybridOverlay)
{
  Way way;
  way.overlay = true;
  const State one = alone(way);
  compare(way, one);
  // the energies of both styles add up
  const State both = alone(way, 0), only = alone({}, 0);
  double soft = 0;
  if (rank() == 0) {
    Lammps lmp(MPI_COMM_SELF);
    box(lmp);
    lmp.lines("pair_style soft 3.5\npair_coeff * * 0.1\nthermo_modify norm no\nrun 0");
    soft = lmp.thermo("pe");
    EXPECT_GT(soft, 1);
    EXPECT_NEAR(both.numbers[0], only.numbers[0] + soft, 10 * row.tolerance);
  }
  MPI_Barrier(MPI_COMM_WORLD);
}

TEST_P(Matrix, ConstantPressure)
{
  Way way;
  way.fix = "fix 1 all npt temp 300 300 0.05 " +
            std::string(row.atoms.box[3] != 0 ? "tri" : "aniso") + " 0 0 0.3 flip no";
  if (row.atoms.box[3] == 0) way.fix = "fix 1 all npt temp 300 300 0.05 aniso 0 0 0.3";
  const State one = alone(way);
  compare(way, one);
}

TEST_P(Matrix, Replicate)
{
  Way way;
  way.atoms = "replicate 2 1 1"; // fixes with values of atoms come later
  const State one = alone(way);
  compare(way, one);
  const State twice = alone(way, 0), once = alone({}, 0);
  // mesh and wave vectors are others: their stated accuracy, 1e-4 of e^2/Angstrom^2, for a few eV
  const double t = row.name == "les_mesh" || row.name == "pqeq_long" ? 1e-2 : 1e-5;
  if (rank() == 0) {
    EXPECT_NEAR(twice.numbers[0], 2 * once.numbers[0], t);
  }
}

// one instance: run, clear, the same once more, and a second run in the same input
TEST_P(Matrix, ClearAndRunAgain)
{
  const State expected = run(MPI_COMM_WORLD, {}, 10);
  Lammps lmp(MPI_COMM_WORLD);
  box(lmp);
  potential(lmp);
  lmp.cmd("run 3");
  lmp.cmd("clear");
  box(lmp);
  potential(lmp);
  lmp.cmd("run 4");
  lmp.cmd("run 6");
  same(state(lmp), expected);
}

TEST_P(Matrix, TwoInstancesSideBySide)
{
  const State expected = run(MPI_COMM_WORLD, {}, 8);
  Lammps a(MPI_COMM_WORLD), b(MPI_COMM_WORLD);
  for (Lammps *lmp : {&a, &b}) {
    box(*lmp);
    potential(*lmp);
  }
  for (int piece = 0; piece < 2; piece++)
    for (Lammps *lmp : {&a, &b}) lmp->cmd("run 4");
  same(state(a), expected);
  same(state(b), expected);
}

INSTANTIATE_TEST_SUITE_P(Styles, Matrix, testing::ValuesIn(ROWS),
                         [](const testing::TestParamInfo<const char *> &info) {
                           return std::string(info.param);
                         });
