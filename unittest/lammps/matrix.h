// The rows of the matrix of test_mpi_matrix*.cpp, one for each way in which forces and fields are
// computed, and what these tests do with them. README.md has the whole table.
#ifndef MATRIX_H
#define MATRIX_H

#include "eap_session.h"
#include "gap_session.h"
#include "les_session.h"
#include "pqeq_session.h"

#include "../gap/dipole_fixture.h"

#include <fstream>
#include <functional>
#include <memory>
#include <sstream>

namespace matrix_test {

inline int ranks()
{
  int n;
  MPI_Comm_size(MPI_COMM_WORLD, &n);
  return n;
}
inline int rank()
{
  int me;
  MPI_Comm_rank(MPI_COMM_WORLD, &me);
  return me;
}

struct Atoms {
  std::array<double, 6> box; // lx ly lz xy xz yz
  std::vector<int> type;
  std::vector<double> x, mass; // mass of each type
  std::array<double, 3> low = {};
  std::vector<Image> image = {}; // all 0 if empty
};

// A row of the matrix
struct Row {
  std::string name;
  Atoms atoms;
  std::string style, coefficients; // of pair_style and pair_coeff
  std::string more;                // after them: k-space and fixes
  std::string born;                // source of Born charges: pair, a file, or none
  double tolerance;                // of ten steps: forces, eV/Angstrom
  bool response() const { return !born.empty(); }
};

inline std::string model_folder()
{
  int id = getpid();
  MPI_Bcast(&id, 1, MPI_INT, 0, MPI_COMM_WORLD);
  return testing::TempDir() + "polar_matrix_" + std::to_string(id);
}

// displaced by up to 0.04 Angstrom
inline Atoms barium_titanate(int n)
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
inline Atoms grid(int n, double spacing, double shake, std::vector<double> mass)
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
inline Atoms oblique(int n)
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

inline const char *const ROWS[] = {"eap",      "eap_long", "gap",       "gap_dipole", "les",
                                   "les_mesh", "pqeq_cut", "pqeq_long", "pqeq_mesh",  "born_file"};

inline Row make_row(const std::string &name, const std::string &folder)
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
            "",      "pair",
            rounding};
  if (name == "eap_long")
    return {name,
            barium_titanate(3),
            "eap/long",
            sys + "BaTiO3_sys.xml " + sys + "BaTiO3_coeffs.xml Ba Ti O",
            "kspace_style lattice/fft\n",
            "pair",
            rounding};
  if (name == "gap")
    return {name,    grid(3, 2.4, 0.2, {28.085, 15.999}), "gap", folder + ".xml Si O", "", "",
            rounding};
  if (name == "gap_dipole")
    return {name,
            grid(3, 2.4, 0.2, {28.085, 15.999}),
            "gap dipole " + folder + ".dipole",
            folder + ".xml Si O",
            "",
            "pair",
            rounding};
  if (name == "born_file") // with a pair style of LAMMPS
    return {
        name,    grid(4, 2.8, 0.2, {22.99, 35.453}), "lj/cut 5.0", "0.01 2.3", "", folder + ".born",
        rounding};
  if (name == "les")
    return {name,
            grid(3, 2.8, 0.2, {22.99, 35.453}),
            "les",
            folder + "_1.les Na Cl",
            "kspace_style ewald/polar 1e-6\n",
            "pair",
            rounding};
  if (name == "les_mesh")
    return {name,
            grid(3, 2.8, 0.2, {22.99, 35.453}),
            "les",
            folder + "_0.les Na Cl",
            "kspace_style pppm/polar 1e-4\nkspace_modify order 5\n",
            "pair",
            rounding};
  if (name == "pqeq_cut")
    return {name,
            oblique(2),
            "coul/pqeq/cut 8.0 kernel any",
            table + " Li O P N H",
            "fix pq all pqeq 1 scheme fixed 2\n",
            "",
            rounding};
  const std::string fix = "fix pq all pqeq 1 scheme converge 1e-9\n";
  return {name,
          oblique(1),
          "coul/pqeq/long 13.0 kernel any",
          table + " Li O P N H",
          name == "pqeq_long" ? "kspace_style ewald/polar 1e-6\n" + fix
                              : "kspace_style pppm/polar 1e-4\nkspace_modify order 7\n" + fix,
          "",
          converged};
}

// what another way of making the system changes
struct Way {
  std::string before = "", after = ""; // ahead of the box; once there is a potential
  std::string atoms = "";              // once there are atoms
  std::string hybrid = "";             // hybrid, or hybrid/overlay with pair style soft
  std::string fix = "fix 1 all nve";
};

class Matrix : public testing::TestWithParam<const char *> {
protected:
  // the result of a calculation
  struct State {
    std::vector<double> x, f, numbers, born; // numbers: energy, pressures, box, dipole
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
      std::ofstream(folder + ".dipole")
          << dipole_text({"sparse", "dvr 2 0.5", "vector", 3, "", {14, 8}, 2, 2, 3.6, 0.7});
      std::ofstream(folder + ".born") << "type 1 2.1 0.3 -0.4 0.5 1.7 0.6 -0.7 0.8 2.5\n"
                                         "type 2 -2.1 -0.3 0.4 -0.5 -1.7 -0.6 0.7 -0.8 -2.5\n";
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
      for (const char *end : {".xml", ".dipole", ".born", "_0.les", "_1.les"})
        remove((folder + end).c_str());
  }
  void SetUp() override { row = make_row(GetParam(), folder); }

  void box(Lammps &lmp, const Way &way = {}) const { box(lmp, way, row.atoms); }
  void box(Lammps &lmp, const Way &way, const Atoms &a) const
  {
    lmp.lines("units metal\natom_style charge\natom_modify map array\nbox tilt large\n" +
              way.before);
    const bool oblique = a.box[3] != 0;
    char tilt[100] = "";
    if (oblique) snprintf(tilt, sizeof tilt, " %.17g %.17g %.17g", a.box[3], a.box[4], a.box[5]);
    lmp.cmd("region box %s %.17g %.17g %.17g %.17g %.17g %.17g%s", oblique ? "prism" : "block",
            a.low[0], a.low[0] + a.box[0], a.low[1], a.low[1] + a.box[1], a.low[2],
            a.low[2] + a.box[2], tilt);
    lmp.cmd("create_box %d box", (int)a.mass.size());
    for (size_t t = 0; t < a.mass.size(); t++) lmp.cmd("mass %d %g", (int)t + 1, a.mass[t]);
    const int n = (int)a.type.size();
    std::vector<Tag> id(n);
    for (int i = 0; i < n; i++) id[i] = i + 1;
    lammps_create_atoms(lmp.handle, n, id.data(), a.type.data(), a.x.data(), nullptr,
                        a.image.empty() ? nullptr : a.image.data(), 1);
    if (lmp.natoms() != n) throw LammpsError("atoms were lost");
    lmp.lines(way.atoms + "\nvelocity all create 300 4711 mom yes loop all");
  }
  void pair(Lammps &lmp, const std::string &hybrid = "") const
  {
    const std::string name = row.style.substr(0, row.style.find(' '));
    std::string text;
    if (hybrid.empty())
      text = "pair_style " + row.style + "\npair_coeff * * " + row.coefficients + "\n";
    else
      text = "pair_style " + hybrid + " " + row.style +
             (hybrid == "hybrid" ? "" : " soft 3.5\npair_coeff * * soft 0.1") +
             "\npair_coeff * * " + name + " " + row.coefficients + "\n";
    lmp.lines(text);
  }
  // also what has to be set up again after read_restart
  void potential(Lammps &lmp, const Way &way = {}) const
  {
    pair(lmp, way.hybrid);
    lmp.lines(row.more);
    if (row.response())
      lmp.lines("fix field all efield/born 0.02 -0.01 0.03 born " + row.born +
                "\nfix_modify field energy yes virial yes\nfix P all polarization 1 born " +
                row.born + "\ncompute Z all born/atom born " + row.born);
    lmp.lines(way.fix + "\ntimestep 0.0005\nneighbor 0.4 bin\nneigh_modify every 1 delay 0 check "
                        "yes\nthermo_style custom step temp pe etotal pxx pyy pzz pxy pxz pyz vol "
                        "lx ly lz\nthermo_modify norm no\nthermo 5");
    lmp.lines(way.after);
  }
  // energy of the atoms; pe has the work of the field, which depends on the path with pair style
  // les, and on image flags with Born charges from a file
  double internal(Lammps &lmp) const
  {
    return lmp.thermo("pe") -
           (row.style == "les" || row.name == "born_file" ? lmp.fix_scalar("field") : 0);
  }
  // since_start: with what fix polarization adds up from the first step on, and not only the
  // current
  State state(Lammps &lmp, bool since_start = true) const
  {
    State s = {lmp.gather("x", 3), lmp.gather("f", 3), {lmp.thermo("pe")}, {}};
    if (!since_start && row.response()) s.numbers[0] -= lmp.fix_scalar("field");
    const double v = lmp.thermo("vol");
    for (const char *p : {"pxx", "pyy", "pzz", "pxy", "pxz", "pyz"})
      s.numbers.push_back(lmp.thermo(p) * v * eap_test::EV_PER_BAR_A3);
    for (const char *l : {"lx", "ly", "lz"}) s.numbers.push_back(lmp.thermo(l));
    if (row.response())
      for (int i = since_start ? 0 : 6; i < 9; i++) s.numbers.push_back(lmp.fix_vector("P", i));
    if (row.response()) s.born = lmp.gather("c_Z", 9);
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
    EXPECT_LT(max_difference(a.born, b.born), 10 * t);
  }
  // all ranks against rank 0 alone
  void compare(const Way &way, const State &alone, int steps = 10) const
  {
    SCOPED_TRACE(way.before + "; " + way.after);
    const State all = run(MPI_COMM_WORLD, way, steps);
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
  inline static std::string folder;
};
} // namespace matrix_test

#endif
