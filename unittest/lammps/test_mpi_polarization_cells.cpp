// fix polarization with the cells and the dipole of pair style eap, on any number of ranks: local
// dipoles against the weights 1 (Ti), 1/8 (Ba), 1/2 (O) and the Born charges of the model file.
#define LAMMPS_LIB_MPI // for lammps_open
#include "library.h"

#include "base/units.h"

#include <gtest/gtest.h>

#include <mpi.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Vec = std::array<double, 3>;

const int N[3] = {2, 2, 3};
const double a = 7.4574503332 * POLAR_BOHR_ANGSTROM; // unit_cell of the model file
const double tau[5][3] = {{0, 0, 0}, {0.5, 0.5, 0.5}, {0.5, 0.5, 0}, {0.5, 0, 0.5}, {0, 0.5, 0.5}};
const std::string model = POLAR_SOURCE_DIR "/potentials/BaTiO3/BaTiO3_sys_M2.xml";

// borncharge elements of the system XML: line = displacement, column = dipole
std::vector<std::array<double, 9>> born_charges()
{
  std::ifstream in(model);
  std::stringstream text;
  text << in.rdbuf();
  std::vector<std::array<double, 9>> z;
  const std::string all = text.str();
  for (size_t at = all.find("<borncharge"); at != std::string::npos;
       at = all.find("<borncharge", at + 1)) {
    std::istringstream numbers(all.substr(all.find('>', at) + 1, 1000));
    z.emplace_back();
    for (int b = 0; b < 3; b++)
      for (int i = 0; i < 3; i++) numbers >> z.back()[3 * i + b];
    EXPECT_TRUE(numbers);
  }
  return z;
}

// smooth, aperiodic displacements up to 0.1 Angstrom, different for each atom
Vec displacement(int id)
{
  return {0.1 * std::sin(1.7 * id), 0.1 * std::sin(2.9 * id + 1), 0.1 * std::cos(0.7 * id)};
}

int cell_index(int i, int j, int k)
{
  return ((i + N[0]) % N[0] * N[1] + (j + N[1]) % N[1]) * N[2] + (k + N[2]) % N[2];
}

struct Cell {
  int id, type;
  Vec x, mu;
};

struct Snapshot {
  long step;
  std::vector<std::string> head;
  std::vector<Cell> cells;
};

std::vector<Snapshot> read_dump(const std::string &name)
{
  std::ifstream in(name);
  std::vector<Snapshot> all;
  for (std::string line; std::getline(in, line);) {
    Snapshot s;
    for (int k = 0; k < 9; k++) {
      s.head.push_back(line);
      if (k < 8) std::getline(in, line);
    }
    s.step = std::stol(s.head[1]);
    for (int k = std::stoi(s.head[3]); k > 0; k--) {
      Cell c;
      in >> c.id >> c.type >> c.x[0] >> c.x[1] >> c.x[2] >> c.mu[0] >> c.mu[1] >> c.mu[2];
      s.cells.push_back(c);
    }
    std::getline(in, line);
    all.push_back(s);
  }
  return all;
}

class PolarizationCells : public ::testing::Test {
protected:
  void *lmp = nullptr;
  int me = 0;
  const std::string one = "polarization_cells.dump", each = "polarization_cells.*.dump";

  void SetUp() override
  {
    MPI_Comm_rank(MPI_COMM_WORLD, &me);
    const char *argv[] = {"lmp", "-log", "none", "-screen", "none", "-nocite"};
    lmp = lammps_open(6, const_cast<char **>(argv), MPI_COMM_WORLD, nullptr);
  }

  void TearDown() override
  {
    lammps_close(lmp);
    MPI_Barrier(MPI_COMM_WORLD);
    if (me) return;
    remove(one.c_str());
    for (const char *step : {"0", "2", "4"}) remove(file_of(step).c_str());
  }

  std::string file_of(const std::string &step) const
  {
    std::string name = each;
    return name.replace(name.find('*'), 1, step);
  }

  void command(const std::string &lines)
  {
    lammps_commands_string(lmp, lines.c_str());
    char text[2048] = "";
    if (lammps_has_error(lmp)) lammps_get_last_error_message(lmp, text, sizeof text);
    ASSERT_STREQ(text, "") << lines;
  }

  void system()
  {
    std::ostringstream in;
    in.precision(17);
    in << "units metal\natom_style atomic\natom_modify map array\nregion box block 0 " << N[0] * a
       << " 0 " << N[1] * a << " 0 " << N[2] * a << "\ncreate_box 3 box\nmass 1 137.327\n"
       << "mass 2 47.88\nmass 3 15.9994\n";
    for (int c = 0, id = 1; c < N[0] * N[1] * N[2]; c++)
      for (int k = 0; k < 5; k++, id++) {
        const int cell[3] = {c / (N[1] * N[2]), c / N[2] % N[1], c % N[2]};
        const Vec u = displacement(id);
        in << "create_atoms " << (k < 2 ? k + 1 : 3) << " single";
        for (int d = 0; d < 3; d++) {
          const double edge = N[d] * a, x = (cell[d] + tau[k][d]) * a + u[d];
          in << " " << x - edge * std::floor(x / edge); // create_atoms wants it in the box
        }
        in << "\n";
      }
    in << "pair_style eap\npair_coeff * * " << model << " NULL Ba Ti O\ntimestep 0.0005\n";
    command(in.str());
  }

  double component(const char *id, int k)
  {
    auto *p = static_cast<double *>(lammps_extract_fix(lmp, id, 0, 1, k, 0));
    const double v = p ? *p : NAN;
    lammps_free(p);
    return v;
  }
};

} // namespace

TEST_F(PolarizationCells, PerovskiteWeights)
{
  const auto z = born_charges();
  ASSERT_EQ(z.size(), 5u);
  system();
  command("fix p all polarization 2 cells " + one + "\nrun 0 post no");

  // Z* u of an atom of the cell that may lie beyond the edge of the supercell
  auto add = [&](Vec &p, int i, int j, int k, int site, double weight) {
    const Vec u = displacement(5 * cell_index(i, j, k) + site + 1);
    for (int d = 0; d < 3; d++)
      for (int b = 0; b < 3; b++) p[d] += weight * z[site][3 * d + b] * u[b];
  };
  Vec total = {0, 0, 0};
  std::vector<Vec> expected;
  for (int i = 0; i < N[0]; i++)
    for (int j = 0; j < N[1]; j++)
      for (int k = 0; k < N[2]; k++) {
        Vec p = {0, 0, 0};
        add(p, i, j, k, 1, 1.0);
        for (int corner = 0; corner < 8; corner++)
          add(p, i + (corner & 1), j + (corner >> 1 & 1), k + (corner >> 2), 0, 0.125);
        for (int side = 0; side < 2; side++) {
          add(p, i, j, k + side, 2, 0.5);
          add(p, i, j + side, k, 3, 0.5);
          add(p, i + side, j, k, 4, 0.5);
        }
        expected.push_back(p);
        for (int d = 0; d < 3; d++) total[d] += p[d];
      }

  // twelve cells of up to 1 e Angstrom; positions were rounded when they were written as text
  for (int d = 0; d < 3; d++) EXPECT_NEAR(component("p", 3 + d), total[d], 1e-12);

  const auto dump = read_dump(one);
  ASSERT_EQ(dump.size(), 1u);
  const Snapshot &s = dump[0];
  EXPECT_EQ(s.head[0], "ITEM: TIMESTEP");
  EXPECT_EQ(s.head[2], "ITEM: NUMBER OF ATOMS");
  EXPECT_EQ(s.head[4], "ITEM: BOX BOUNDS pp pp pp");
  EXPECT_EQ(s.head[8], "ITEM: ATOMS id type x y z mux muy muz");
  EXPECT_EQ(s.step, 0);
  ASSERT_EQ(s.cells.size(), expected.size());
  for (int c = 0; c < (int)s.cells.size(); c++) {
    EXPECT_EQ(s.cells[c].id, c + 1); // sorted
    EXPECT_EQ(s.cells[c].type, 1);
    const int cell[3] = {c / (N[1] * N[2]), c / N[2] % N[1], c % N[2]};
    for (int d = 0; d < 3; d++) {
      // the reference lattice may be shifted as a whole by the mean of the displacements
      EXPECT_NEAR(s.cells[c].x[d], (cell[d] + 0.5) * a, 0.02);
      EXPECT_NEAR(s.cells[c].mu[d], expected[c][d], 1e-12); // as above
    }
  }
}

// current = slope of M; snapshots in one file and in files of their own
TEST_F(PolarizationCells, CurrentAndSnapshots)
{
  system();
  command(
      "velocity all create 300 4711 loop geom\nfix nve all nve\nfix p all polarization 2 cells " +
      one + "\nfix q all polarization 2 cells " + each + "\nrun 3 post no");
  Vec before, after, current;
  for (int d = 0; d < 3; d++) before[d] = component("p", 3 + d);
  command("run 1 post no");
  for (int d = 0; d < 3; d++) current[d] = component("p", 6 + d);
  command("run 1 post no");
  for (int d = 0; d < 3; d++) {
    after[d] = component("p", 3 + d);
    // velocity Verlet: v(t) = (x(t+dt) - x(t-dt))/(2 dt) exactly; 1e-12 over 1e-3 ps
    EXPECT_NEAR(current[d], (after[d] - before[d]) / 0.001, 1e-8);
    EXPECT_GT(std::fabs(current[d]), 1e-3);
  }

  const auto dump = read_dump(one);
  ASSERT_EQ(dump.size(), 3u);
  for (int n = 0; n < 3; n++) {
    EXPECT_EQ(dump[n].step, 2 * n);
    const auto own = read_dump(file_of(std::to_string(2 * n)));
    ASSERT_EQ(own.size(), 1u);
    ASSERT_EQ(own[0].cells.size(), dump[n].cells.size());
    EXPECT_EQ(own[0].head, dump[n].head);
    for (size_t c = 0; c < own[0].cells.size(); c++)
      EXPECT_EQ(own[0].cells[c].mu, dump[n].cells[c].mu);
  }
}

// a box with tilt: bounds of the bounding box, as LAMMPS' own dumps have them
TEST_F(PolarizationCells, Triclinic)
{
  system();
  command(
      "change_box all triclinic\nchange_box all xy final 0.05 xz final -0.1 yz final 0.02 remap "
      "units box\nfix p all polarization 1 cells " +
      one + "\ndump d all custom 1 " + file_of("0") +
      " id type x y z vx vy vz\nrun 0 post no\nundump d");
  const auto dump = read_dump(one), lammps = read_dump(file_of("0"));
  ASSERT_EQ(dump.size(), 1u);
  ASSERT_GE(lammps.size(), 1u);
  EXPECT_EQ(dump[0].head[4], lammps[0].head[4]);
  for (int k = 5; k < 8; k++) {
    std::istringstream x(dump[0].head[k]), y(lammps[0].head[k]);
    for (int j = 0; j < 3; j++) {
      double p = NAN, q = NAN;
      x >> p;
      y >> q;
      EXPECT_NEAR(p, q, 1e-13); // 15 digits are printed
    }
  }
  Vec sum = {0, 0, 0};
  for (const Cell &c : dump[0].cells)
    for (int d = 0; d < 3; d++) sum[d] += c.mu[d];
  for (int d = 0; d < 3; d++) EXPECT_NEAR(sum[d], component("p", 3 + d), 1e-12); // twelve cells
}
