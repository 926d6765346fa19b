// fix efield/born, fix polarization and compute born/atom on several ranks: the same closed forms
// whatever the number of ranks, with atoms that change rank and ranks without atoms.
#define LAMMPS_LIB_MPI // for lammps_open
#include "by_id.h"

#include <gtest/gtest.h>

#include <mpi.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

const int N = 40; // atoms: types 1 and 2 in turn
const double E[3] = {0.02, 0.05, -0.03};
const double Z[2][9] = {{2.1, 0.3, -0.4, 0.5, 1.7, 0.6, -0.7, 0.8, 2.5},
                        {-1.9, 0.2, 0.1, 0.4, -2.2, 0.3, 0.0, 0.1, -1.2}};
const double H[3][3] = {{12, 1.5, -2}, {0, 11, 2.5}, {0, 0, 10}};
const double BAR_A3_PER_EV = 1.6021765e6; // LAMMPS' units metal

class MPIFieldFile : public ::testing::Test {
protected:
  void *lmp = nullptr;
  int me = 0;
  const std::string born = "mpi_field_file.born";

  void SetUp() override
  {
    MPI_Comm_rank(MPI_COMM_WORLD, &me);
    const char *argv[] = {"lmp", "-log", "none", "-screen", "none", "-nocite"};
    lmp = lammps_open(6, const_cast<char **>(argv), MPI_COMM_WORLD, nullptr);
    std::ostringstream text;
    for (int t = 0; t < 2; t++) {
      text << "type " << t + 1;
      for (double z : Z[t]) text << " " << z;
      text << "\n";
    }
    write(text.str());
  }

  void TearDown() override
  {
    lammps_close(lmp);
    MPI_Barrier(MPI_COMM_WORLD);
    if (me == 0) remove(born.c_str());
  }

  void write(const std::string &text)
  {
    MPI_Barrier(MPI_COMM_WORLD);
    if (me == 0) std::ofstream(born) << text;
    MPI_Barrier(MPI_COMM_WORLD);
  }

  std::string attempt(const std::string &lines)
  {
    lammps_commands_string(lmp, lines.c_str());
    if (!lammps_has_error(lmp)) return "";
    char text[2048];
    lammps_get_last_error_message(lmp, text, sizeof text);
    return text;
  }

  void command(const std::string &lines) { ASSERT_EQ(attempt(lines), "") << lines; }

  // atoms within the fraction `filled` of each edge of the box
  void system(double filled)
  {
    std::ostringstream in;
    in << "units metal\natom_style atomic\natom_modify map array\nregion box prism 0 " << H[0][0]
       << " 0 " << H[1][1] << " 0 " << H[2][2] << " " << H[0][1] << " " << H[0][2] << " " << H[1][2]
       << "\ncreate_box 2 box\nmass * 10\n";
    for (int i = 0; i < N; i++) {
      // a low-discrepancy sequence, so that no two atoms meet
      double s[3], x[3] = {0, 0, 0};
      const double g[3] = {0.8191725133961645, 0.6710436067037893, 0.5497004779019703};
      for (int k = 0; k < 3; k++) s[k] = filled * std::fmod(0.5 + (i + 1) * g[k], 1.0);
      for (int a = 0; a < 3; a++)
        for (int k = 0; k < 3; k++) x[a] += H[a][k] * s[k];
      in << "create_atoms " << i % 2 + 1 << " single " << x[0] << " " << x[1] << " " << x[2]
         << "\n";
    }
    for (int i = 1; i <= N; i++)
      in << "set atom " << i << " vx " << i - 15 << " vy " << 30 - 2 * i << " vz "
         << (i * i) % 50 - 20 << "\n";
    in << "pair_style zero 3.0\npair_coeff * *\ntimestep 0.001\nthermo_modify norm no\n";
    command(in.str());
  }

  double value(const char *id, int type, int k)
  {
    auto *p = static_cast<double *>(lammps_extract_fix(lmp, id, 0, type, k, 0));
    const double v = p ? *p : NAN;
    lammps_free(p);
    return v;
  }

  std::vector<double> gather(const char *name) { return by_id::gather(lmp, name, 3); }

  // everything the three styles give, against sums over the gathered atoms
  void expect_closed_forms(bool neutral)
  {
    const auto x = gather("x"), v = gather("v"), f = gather("f");
    const auto image = by_id::gather_images(lmp);

    double mean[9] = {0};
    for (int i = 0; i < N && neutral; i++)
      for (int k = 0; k < 9; k++) mean[k] += Z[i % 2][k] / N;
    double m[3] = {0}, mneutral[3] = {0}, j[3] = {0}, net[3] = {0}, w[6] = {0}, sum[9] = {0};
    for (int i = 0; i < N; i++) {
      double r[3], force[3] = {0};
      for (int a = 0; a < 3; a++) {
        r[a] = x[3 * i + a];
        for (int k = 0; k < 3; k++) r[a] += H[a][k] * image[3 * i + k];
      }
      for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
          const double z = Z[i % 2][3 * a + b];
          m[a] += z * r[b];
          j[a] += z * v[3 * i + b];
          mneutral[a] += (z - mean[3 * a + b]) * r[b];
          force[b] += E[a] * (z - mean[3 * a + b]);
          sum[3 * a + b] += z;
        }
      for (int b = 0; b < 3; b++) {
        // a force below 1 eV/Angstrom
        EXPECT_NEAR(f[3 * i + b], force[b], 1e-15) << i << " " << b;
        net[b] += force[b];
      }
      const int index[6][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}};
      for (int k = 0; k < 6; k++) w[k] += force[index[k][0]] * r[index[k][1]];
    }
    // sums of 40 terms of up to 50 e Angstrom, 10 eV, 100 e Angstrom/ps: rounding
    EXPECT_NEAR(value("e", 0, 0), -(E[0] * mneutral[0] + E[1] * mneutral[1] + E[2] * mneutral[2]),
                1e-12);
    const double volume = H[0][0] * H[1][1] * H[2][2];
    for (int k = 0; k < 3; k++) {
      EXPECT_NEAR(value("e", 1, k), net[k], 1e-13);
      EXPECT_NEAR(value("p", 1, k), m[k] / volume, 1e-14);
      EXPECT_NEAR(value("p", 1, 3 + k), m[k], 1e-11);
      EXPECT_NEAR(value("p", 1, 6 + k), j[k], 1e-11);
    }
    auto *total = static_cast<double *>(lammps_extract_compute(lmp, "total", 0, 1));
    auto *press = static_cast<double *>(lammps_extract_compute(lmp, "w", 0, 1));
    ASSERT_NE(total, nullptr);
    ASSERT_NE(press, nullptr);
    for (int k = 0; k < 9; k++) EXPECT_NEAR(total[k], sum[k], 1e-13);
    for (int k = 0; k < 6; k++) EXPECT_NEAR(press[k] * volume / BAR_A3_PER_EV, w[k], 1e-12);
  }

  std::string fixes(const std::string &keywords)
  {
    std::ostringstream in;
    in << "fix nve all nve\nfix e all efield/born " << E[0] << " " << E[1] << " " << E[2]
       << " born " << born << keywords
       << "\nfix_modify e virial yes\nfix p all polarization 1 born " << born
       << "\ncompute b all born/atom born " << born << "\ncompute total all reduce sum c_b[*]\n"
       << "compute w all pressure NULL fix\nthermo 100\n"
       << "thermo_style custom step f_e f_p[*] c_total[*] c_w[*]\n";
    return in.str();
  }
};

} // namespace

TEST_F(MPIFieldFile, AtomsChangeRank)
{
  system(1.0);
  command(fixes("") + "run 0 post no");
  expect_closed_forms(false);
  command("run 300 post no");
  expect_closed_forms(false);
}

TEST_F(MPIFieldFile, RanksWithoutAtoms)
{
  system(0.3);
  command(fixes("") + "run 0 post no");
  const int ranks = lammps_extract_setting(lmp, "world_size");
  int empty = lammps_extract_setting(lmp, "nlocal") == 0, any;
  MPI_Allreduce(&empty, &any, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  if (ranks > 1) {
    EXPECT_EQ(any, 1); // this is what the test is about
  }
  expect_closed_forms(false);
  command("run 100 post no");
  expect_closed_forms(false);
}

TEST_F(MPIFieldFile, Neutral)
{
  system(1.0);
  command(fixes(" neutral yes") + "run 300 post no");
  expect_closed_forms(true);
}

// every rank gets the same message and none is left waiting
TEST_F(MPIFieldFile, ErrorsOnAllRanks)
{
  system(0.3);
  write("type 1 1\ntype 2 oops\n");
  EXPECT_NE(attempt("fix e all efield/born 0 0 1 born " + born).find(":2:"), std::string::npos);
  write("type 2 1\n");
  EXPECT_NE(attempt("fix e all efield/born 0 0 1 born " + born + "\nrun 0").find("type 1"),
            std::string::npos);
  write("type * 1\n");
  EXPECT_NE(attempt("fix p all polarization 1 born " + born).find("'*'"), std::string::npos);
  write("type 1 1\ntype 2 1\natom 41 0\n");
  EXPECT_NE(attempt("unfix e\nfix p all polarization 1 born " + born + "\nrun 0").find("atom 41"),
            std::string::npos);
  EXPECT_NE(attempt("unfix p\nfix p all polarization 1 born none.born").find("none.born"),
            std::string::npos);
}
