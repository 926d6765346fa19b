// fix efield/born, fix polarization and compute born/atom with Born tensors from a file, in LAMMPS.
#include "lmp_test.h"

#include <gtest/gtest.h>

#include <mpi.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

// conversion factors of LAMMPS' units metal and real (its source, update.cpp)
const double KCAL_PER_EV = 23.060549;
const double BAR_A3_PER_EV = 1.6021765e6;

// tensors without any symmetry; types 1 and 2 (4 atoms each) sum to zero, type 3 carries none
const double Z1[9] = {2.1, 0.3, -0.4, 0.5, 1.7, 0.6, -0.7, 0.8, 2.5};
const double E[3] = {0.03, -0.02, 0.05};

struct Atom {
  int id, type;
  double x[3];
  int image[3];
};

const std::vector<Atom> atoms = {
    {1, 1, {0.1, 0.2, 0.3}, {0, 0, 0}},  {2, 2, {2.1, 0.4, 0.2}, {1, 0, -1}},
    {3, 1, {4.2, 1.1, 0.4}, {0, 2, 0}},  {4, 2, {1.3, 3.2, 2.6}, {0, 0, 0}},
    {5, 1, {6.0, 5.5, 4.9}, {0, -1, 0}}, {6, 2, {3.3, 4.7, 0.7}, {0, 0, 1}},
    {7, 1, {5.1, 2.2, 4.4}, {0, 0, 0}},  {8, 2, {7.2, 3.9, 3.1}, {-1, 0, 0}},
    {9, 3, {2.7, 2.9, 4.6}, {0, 0, 0}},
};
// box: lattice vectors in columns, origin 0
const double H[3][3] = {{7.5, 0.9, -0.6}, {0, 6.5, 0.7}, {0, 0, 5.5}};

std::string tensor_line(const std::string &what, const double z[9], double factor)
{
  std::ostringstream line;
  line.precision(17);
  line << what;
  for (int k = 0; k < 9; k++) line << " " << factor * z[k];
  return line.str() + "\n";
}

const std::string neutral_tensors =
    tensor_line("type 1", Z1, 1) + tensor_line("type 2", Z1, -1) + "type 3 0\n";
// sums to 4 Z1 + 4 * 1.5 - 1
const std::string charged_tensors =
    tensor_line("type 1", Z1, 1) + "type 2 1.5\natom 4 0.5\ntype 3 0\n";

class FieldFile : public ::testing::Test {
protected:
  void *lmp = nullptr;
  std::vector<std::string> files;

  std::string path(const std::string &suffix)
  {
    const auto *info = ::testing::UnitTest::GetInstance()->current_test_info();
    const std::string name = std::string("field_file_") + info->name() + "." + suffix;
    files.push_back(name);
    return name;
  }

  std::string write(const std::string &suffix, const std::string &content)
  {
    const std::string name = path(suffix);
    std::ofstream(name) << content;
    return name;
  }

  void open()
  {
    const char *argv[] = {"lmp", "-log", "none", "-screen", "none", "-nocite"};
    if (lmp) lammps_close(lmp);
    lmp = lammps_open(6, const_cast<char **>(argv), MPI_COMM_WORLD, nullptr);
    ASSERT_NE(lmp, nullptr);
  }

  void TearDown() override
  {
    if (lmp) lammps_close(lmp);
    for (const auto &name : files) remove(name.c_str());
  }

  // run input lines; the error message, empty if there was none
  std::string attempt(const std::string &lines)
  {
    lammps_commands_string(lmp, lines.c_str());
    if (!lammps_has_error(lmp)) return "";
    char text[2048];
    lammps_get_last_error_message(lmp, text, sizeof text);
    return text;
  }

  void command(const std::string &lines) { ASSERT_EQ(attempt(lines), "") << lines; }

  // the nine atoms in their triclinic box; pair style zero: no forces but those of the fixes
  void system(const std::string &units = "metal")
  {
    open();
    std::ostringstream in;
    in.precision(17);
    in << "units " << units << "\natom_style atomic\natom_modify map array\n"
       << "region box prism 0 " << H[0][0] << " 0 " << H[1][1] << " 0 " << H[2][2] << " " << H[0][1]
       << " " << H[0][2] << " " << H[1][2] << "\ncreate_box 3 box\nmass * 10\n";
    for (const Atom &a : atoms) // created one by one: IDs are 1..9
      in << "create_atoms " << a.type << " single " << a.x[0] << " " << a.x[1] << " " << a.x[2]
         << "\n";
    for (const Atom &a : atoms)
      in << "set atom " << a.id << " image " << a.image[0] << " " << a.image[1] << " " << a.image[2]
         << "\nset atom " << a.id << " vx " << 0.1 * a.id << " vy " << 0.2 - 0.03 * a.id << " vz "
         << -0.05 * a.id * a.id << "\n";
    in << "pair_style zero 4.0\npair_coeff * *\ncomm_modify cutoff 6.0\nthermo_modify norm no\n";
    command(in.str());
  }

  double scalar(const char *id) { return value(id, 0, 0); }
  double component(const char *id, int k) { return value(id, 1, k); }
  double value(const char *id, int type, int k)
  {
    auto *p = static_cast<double *>(lammps_extract_fix(lmp, id, 0, type, k, 0));
    const double v = p ? *p : NAN;
    lammps_free(p);
    return v;
  }

  std::vector<double> gather(const char *name) { return by_id::gather(lmp, name, 3); }

  // virial of fix e from its pressure tensor, eV, order xx yy zz xy xz yz
  std::vector<double> virial()
  {
    command("run 0 post no");
    auto *p = static_cast<double *>(lammps_extract_compute(lmp, "w", 0, 1));
    std::vector<double> w(6, NAN);
    for (int k = 0; p && k < 6; k++) w[k] = p[k] * lammps_get_thermo(lmp, "vol") / BAR_A3_PER_EV;
    return w;
  }

  double energy()
  {
    command("run 0 post no");
    return scalar("e");
  }

  void expect_forces_are_derivatives();
  void expect_virial_is_derivative();
};

// tensor of an atom in neutral_tensors or charged_tensors
std::vector<double> tensor(const Atom &a, bool charged)
{
  std::vector<double> z(9, 0.0);
  const double iso = a.type == 3 ? 0 : a.id == 4 ? 0.5 : 1.5;
  for (int k = 0; k < 9; k++)
    if (a.type == 1) z[k] = Z1[k];
    else if (!charged) z[k] = a.type == 2 ? -Z1[k] : 0;
    else if (k % 4 == 0) z[k] = iso;
  return z;
}

std::vector<double> unwrapped(const Atom &a)
{
  std::vector<double> r(3);
  for (int i = 0; i < 3; i++) {
    r[i] = a.x[i];
    for (int k = 0; k < 3; k++) r[i] += H[i][k] * a.image[k];
  }
  return r;
}

std::vector<double> dipole(bool charged)
{
  std::vector<double> m(3, 0.0);
  for (const Atom &a : atoms) {
    const auto z = tensor(a, charged), r = unwrapped(a);
    for (int i = 0; i < 3; i++)
      for (int k = 0; k < 3; k++) m[i] += z[3 * i + k] * r[k];
  }
  return m;
}

std::string numbers(const double *x)
{
  std::ostringstream s;
  s.precision(17);
  s << " " << x[0] << " " << x[1] << " " << x[2] << " ";
  return s.str();
}

std::vector<std::vector<double>> table(const std::string &name, std::vector<std::string> *header)
{
  std::ifstream in(name);
  std::vector<std::vector<double>> rows;
  for (std::string line; std::getline(in, line);) {
    if (line[0] == '#') {
      header->push_back(line);
      continue;
    }
    std::istringstream words(line);
    rows.emplace_back();
    for (double x; words >> x;) rows.back().push_back(x);
  }
  return rows;
}

// central differences of the field energy, each atom and direction, also across the box boundary
void FieldFile::expect_forces_are_derivatives()
{
  const double h = 0.01; // the energy is linear in positions: only rounding, 1e-15 * |E|/h
  energy();
  const auto f = gather("f");
  for (const Atom &a : atoms)
    for (int k = 0; k < 3; k++) {
      double e[2];
      double step[3] = {0, 0, 0};
      command("group one id " + std::to_string(a.id));
      for (int side = 0; side < 2; side++) {
        step[k] = side ? -2 * h : h;
        command("displace_atoms one move" + numbers(step) + "units box");
        e[side] = energy();
      }
      step[k] = h;
      command("displace_atoms one move" + numbers(step) + "units box");
      command("group one delete");
      EXPECT_NEAR(f[3 * (a.id - 1) + k], -(e[0] - e[1]) / (2 * h), 1e-11) << a.id << " " << k;
    }
}

// h -> (1 + eps) h, upper triangular, by change_box remap
void FieldFile::expect_virial_is_derivative()
{
  const int index[6][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}};
  const auto w = virial();
  auto deform = [&](const double h[3][3]) {
    std::ostringstream in;
    in.precision(17);
    in << "change_box all x final 0 " << h[0][0] << " y final 0 " << h[1][1] << " z final 0 "
       << h[2][2] << " xy final " << h[0][1] << " xz final " << h[0][2] << " yz final " << h[1][2]
       << " remap units box";
    command(in.str());
  };
  for (int k = 0; k < 6; k++) {
    const double d = 1e-3;
    double e[2];
    for (int side = 0; side < 2; side++) {
      double h[3][3];
      for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
          h[i][j] = H[i][j];
          if (i == index[k][0]) h[i][j] += (side ? -d : d) * H[index[k][1]][j];
        }
      deform(h);
      e[side] = energy();
    }
    deform(H);
    // linear in the strain; change_box and remap round at 1e-15, times |E| of 10 eV, over d
    EXPECT_NEAR(w[k], -(e[0] - e[1]) / (2 * d), 1e-10) << "component " << k;
  }
}

} // namespace

TEST_F(FieldFile, ForceEnergyDipoleCurrent)
{
  system();
  const std::string born = write("born", charged_tensors), out = path("out");
  command("fix e all efield/born" + numbers(E) + "born " + born +
          "\nfix p all polarization 1 born " + born + " units C/m2\ncompute b all born/atom born " +
          born +
          "\ncompute total all reduce sum c_b[*]\nthermo_style custom step c_total[*]\nrun 0");
  const auto f = gather("f");
  const auto m = dipole(true);
  double total[3] = {0, 0, 0}, current[3] = {0, 0, 0};
  for (const Atom &a : atoms) {
    const auto z = tensor(a, true);
    const double v[3] = {0.1 * a.id, 0.2 - 0.03 * a.id, -0.05 * a.id * a.id};
    for (int b = 0; b < 3; b++) {
      const double expected = E[0] * z[b] + E[1] * z[3 + b] + E[2] * z[6 + b];
      EXPECT_NEAR(f[3 * (a.id - 1) + b], expected, 1e-15); // three products
      total[b] += expected;
      for (int i = 0; i < 3; i++) current[i] += z[3 * i + b] * v[b];
    }
  }
  const double volume = H[0][0] * H[1][1] * H[2][2];
  // 1e-12 and below: sums of nine atoms, terms up to 20 e Angstrom
  EXPECT_NEAR(scalar("e"), -(E[0] * m[0] + E[1] * m[1] + E[2] * m[2]), 1e-13);
  for (int k = 0; k < 3; k++) {
    EXPECT_NEAR(component("e", k), total[k], 1e-14);
    EXPECT_NEAR(component("p", k), 16.02176634 * m[k] / volume, 1e-12);
    EXPECT_NEAR(component("p", 3 + k), m[k], 1e-12);
    EXPECT_NEAR(component("p", 6 + k), current[k], 1e-13);
  }

  ASSERT_EQ(lammps_extract_setting(lmp, "nlocal"), (int)atoms.size());
  auto **b = static_cast<double **>(lammps_extract_compute(lmp, "b", 1, 2));
  auto *tag = static_cast<Tag *>(lammps_extract_atom(lmp, "id"));
  ASSERT_NE(b, nullptr);
  for (size_t i = 0; i < atoms.size(); i++) {
    const auto z = tensor(atoms[tag[i] - 1], true);
    for (int k = 0; k < 9; k++) EXPECT_EQ(b[i][k], z[k]);
  }
}

TEST_F(FieldFile, ComputeOfAGroup)
{
  system();
  command("group some type 2\ncompute b some born/atom born " + write("born", charged_tensors) +
          "\ncompute total all reduce sum c_b[*]\nthermo_style custom step c_total[*]\nrun 0");
  auto **b = static_cast<double **>(lammps_extract_compute(lmp, "b", 1, 2));
  auto *tag = static_cast<Tag *>(lammps_extract_atom(lmp, "id"));
  ASSERT_NE(b, nullptr);
  for (size_t i = 0; i < atoms.size(); i++)
    EXPECT_EQ(b[i][0], atoms[tag[i] - 1].type != 2 ? 0 : tag[i] == 4 ? 0.5 : 1.5);
}

TEST_F(FieldFile, ForcesAreDerivatives)
{
  system();
  command("fix e all efield/born" + numbers(E) + "born " + write("born", charged_tensors));
  expect_forces_are_derivatives();
}

TEST_F(FieldFile, VirialIsDerivative)
{
  system();
  command("fix e all efield/born" + numbers(E) + "born " + write("born", neutral_tensors) +
          "\nfix_modify e virial yes\ncompute w all pressure NULL fix\n"
          "thermo_style custom step c_w[1]");
  const auto w = virial();
  double largest = 0;
  for (double x : w) largest = std::max(largest, std::fabs(x));
  EXPECT_GT(largest, 0.1); // otherwise the comparison would prove nothing
  expect_virial_is_derivative();
}

TEST_F(FieldFile, VirialOnlyOnRequest)
{
  system();
  command("fix e all efield/born" + numbers(E) + "born " + write("born", neutral_tensors) +
          "\ncompute w all pressure NULL fix\nthermo_style custom step c_w[1]");
  for (double x : virial()) EXPECT_EQ(x, 0.0);
}

TEST_F(FieldFile, NeutralIsConsistent)
{
  system();
  command("fix e all efield/born" + numbers(E) + "neutral yes born " +
          write("born", charged_tensors) +
          "\nfix_modify e virial yes\ncompute w all pressure NULL fix\n"
          "thermo_style custom step c_w[1]");
  const double before = energy();
  const auto f = gather("f");
  // net force per atom that carries a tensor: (E . sum Z*)/8
  for (int b = 0; b < 3; b++) {
    double net = 0, sum = 0;
    for (const Atom &a : atoms) {
      const auto z = tensor(a, true);
      net += E[0] * z[b] + E[1] * z[3 + b] + E[2] * z[6 + b];
      sum += f[3 * (a.id - 1) + b];
    }
    EXPECT_GT(std::fabs(net), 0.01);
    for (const Atom &a : atoms) {
      const auto z = tensor(a, true);
      const double own = E[0] * z[b] + E[1] * z[3 + b] + E[2] * z[6 + b];
      // 1e-15: sums of nine terms below 1
      EXPECT_NEAR(f[3 * (a.id - 1) + b], a.type == 3 ? 0 : own - net / 8, 1e-15);
    }
    EXPECT_NEAR(sum, 0, 1e-15);
    EXPECT_EQ(component("e", b), 0);
  }
  expect_forces_are_derivatives();
  expect_virial_is_derivative();

  // a rigid translation, also across the boundary, costs nothing; 1e-12: terms of 10 eV
  EXPECT_NEAR(energy(), before, 1e-12);
  command("displace_atoms all move 3.3 -2.2 4.4 units box");
  EXPECT_NEAR(energy(), before, 1e-12);
}

TEST_F(FieldFile, NeutralOfNeutralTensorsIsTheSame)
{
  system();
  const std::string born = write("born", neutral_tensors);
  command("fix e all efield/born" + numbers(E) + "born " + born);
  const double plain = energy();
  const auto f = gather("f");
  command("unfix e\nfix e all efield/born" + numbers(E) + "born " + born + " neutral yes");
  EXPECT_NEAR(energy(), plain, 1e-13); // rounding of 10 eV terms
  const auto g = gather("f");
  for (size_t i = 0; i < f.size(); i++) EXPECT_NEAR(f[i], g[i], 1e-16);
}

TEST_F(FieldFile, UnitsReal)
{
  const std::string born = write("born", charged_tensors);
  system("real");
  command("fix e all efield/born" + numbers(E) + "born " + born +
          "\nfix p all polarization 1 born " + born +
          " units uC/cm2\nfix_modify e energy yes\nrun 0");
  const auto m = dipole(true);
  const double volume = H[0][0] * H[1][1] * H[2][2];
  const double expected = -KCAL_PER_EV * (E[0] * m[0] + E[1] * m[1] + E[2] * m[2]);
  // energies up to 100 kcal/mol: 1e-12
  EXPECT_NEAR(scalar("e"), expected, 1e-12);
  EXPECT_NEAR(lammps_get_thermo(lmp, "pe"), expected, 1e-12);
  const auto f = gather("f");
  const auto z = tensor(atoms[1], true);
  for (int b = 0; b < 3; b++) {
    EXPECT_NEAR(f[3 + b], KCAL_PER_EV * (E[0] * z[b] + E[1] * z[3 + b] + E[2] * z[6 + b]), 1e-13);
    EXPECT_NEAR(component("p", b), 1602.176634 * m[b] / volume, 1e-10);
    EXPECT_NEAR(component("p", 3 + b), m[b], 1e-12);
  }
}

TEST_F(FieldFile, VariablesAreEvaluatedEveryStep)
{
  system();
  const std::string born = write("born", neutral_tensors);
  command("velocity all set 0 0 0\ntimestep 0.001\nvariable ex equal 0.01*step\n"
          "variable ez equal ramp(0,0.2)\nfix e all efield/born v_ex 0.5 v_ez born " +
          born);
  const auto m = dipole(false);
  // atoms do not move without an integrator: E = -(0.01 step Mx + 0.5 My + 0.2 (step/4) Mz)
  for (int step = 0; step <= 4; step++) {
    if (step) command("run 1 post no start 0 stop 4");
    else command("run 0 post no start 0 stop 4");
    EXPECT_NEAR(scalar("e"), -(0.01 * step * m[0] + 0.5 * m[1] + 0.05 * step * m[2]), 1e-12);
  }
}

// a field that depends on the present dipole, as at constant electric displacement
TEST_F(FieldFile, FieldFromTheDipole)
{
  system();
  const std::string born = write("born", neutral_tensors);
  command("timestep 0.002\nfix nve all nve\nfix p all polarization 1 born " + born +
          "\nvariable ex equal 0.1-0.003*f_p[4]\nfix e all efield/born v_ex 0 0 born " + born +
          "\nthermo_style custom step f_p[4] f_p[7]\nthermo 1\nrun 20 post no");
  const double mx = component("p", 3);
  EXPECT_GT(std::fabs(mx - dipole(false)[0]), 1e-3); // it has changed
  // field and energy belong to the dipole of this step, not to that of the step before
  EXPECT_NEAR(scalar("e"), -(0.1 - 0.003 * mx) * mx, 1e-12);
  // the current is that of the velocities at the end of the step
  const auto v = gather("v");
  double current = 0;
  for (const Atom &a : atoms)
    for (int b = 0; b < 3; b++) current += tensor(a, false)[b] * v[3 * (a.id - 1) + b];
  EXPECT_NEAR(component("p", 6), current, 1e-12);
}

// constant force: velocity Verlet is exact, x = x0 + v0 t + F t^2/(2m), M follows the image flags
TEST_F(FieldFile, FreeFlightThroughTheBoundary)
{
  system();
  const std::string born = write("born", charged_tensors);
  command("timestep 0.002\nfix nve all nve\nfix e all efield/born" + numbers(E) + "born " + born +
          "\nfix_modify e energy yes\nfix p all polarization 1000 born " + born +
          "\nvelocity all set 20 -15 10\nthermo_style custom step etotal f_p[4]\nrun 0 post no");
  const double start = lammps_get_thermo(lmp, "etotal");
  command("run 1000 post no");
  // forces up to 0.3 eV/Angstrom over paths of 30 Angstrom, rounded 1000 times
  EXPECT_NEAR(lammps_get_thermo(lmp, "etotal"), start, 1e-10);
  const double t = 2.0, ftm2v = 1.0 / 1.0364269e-4; // LAMMPS' units metal: amu A^2/ps^2 to eV
  auto m = dipole(true);
  for (const Atom &a : atoms) {
    const auto z = tensor(a, true);
    for (int b = 0; b < 3; b++) {
      const double v[3] = {20, -15, 10};
      const double f = E[0] * z[b] + E[1] * z[3 + b] + E[2] * z[6 + b];
      const double d = v[b] * t + 0.5 * f / 10 * ftm2v * t * t;
      for (int i = 0; i < 3; i++) m[i] += z[3 * i + b] * d;
    }
  }
  // M of 6000 e Angstrom, positions rounded 1000 times
  for (int i = 0; i < 3; i++) EXPECT_NEAR(component("p", 3 + i), m[i], 1e-9 * std::fabs(m[i]));
}

// springs k = 2 eV/A^2: displacement F/k, energy -F^2/(2k)
TEST_F(FieldFile, Minimize)
{
  system();
  const std::string born = write("born", neutral_tensors);
  command("fix s all spring/self 2.0\nfix_modify s energy yes\nfix e all efield/born" + numbers(E) +
          "born " + born + "\nfix_modify e energy yes\nmin_style cg\nrun 0 post no");
  const double before = lammps_get_thermo(lmp, "pe");
  const auto x0 = gather("x");
  command("minimize 0 1e-12 1000 10000");
  double gain = 0;
  const auto x = gather("x");
  for (const Atom &a : atoms) {
    const auto z = tensor(a, false);
    for (int b = 0; b < 3; b++) {
      const double f = E[0] * z[b] + E[1] * z[3 + b] + E[2] * z[6 + b];
      gain += f * f / 4;
      // residual force 1e-12 over k, and rounding; no atom crosses the boundary
      EXPECT_NEAR(x[3 * (a.id - 1) + b] - x0[3 * (a.id - 1) + b], f / 2, 1e-11);
    }
  }
  EXPECT_NEAR(lammps_get_thermo(lmp, "pe"), before - gain, 1e-12);
}

TEST_F(FieldFile, TimeSeries)
{
  system();
  const std::string born = write("born", charged_tensors), out = path("dat");
  const std::string fix = "fix p all polarization 5 born " + born + " file " + out;
  command("timestep 0.001\nfix nve all nve\n" + fix + "\nrun 10 post no\nrun 7 post no");
  std::vector<std::string> header;
  auto rows = table(out, &header);
  ASSERT_EQ(header.size(), 2u);
  EXPECT_NE(header[0].find("time ps, P e/A2"), std::string::npos) << header[0];
  EXPECT_EQ(header[1], "# step time Px Py Pz Mx My Mz Jx Jy Jz");
  // steps 0 5 10 15; the run that continues at 10 does not repeat it
  ASSERT_EQ(rows.size(), 4u);
  const auto m = dipole(true);
  const double volume = H[0][0] * H[1][1] * H[2][2];
  for (size_t i = 0; i < rows.size(); i++) {
    ASSERT_EQ(rows[i].size(), 11u);
    EXPECT_EQ(rows[i][0], 5 * i);
    EXPECT_NEAR(rows[i][1], 0.005 * i, 1e-14);
    for (int k = 0; k < 3; k++) {
      // no forces: constant current; 1e-12: 15 digits are printed, M up to 50 e Angstrom
      EXPECT_NEAR(rows[i][5 + k], m[k] + 0.005 * i * rows[0][8 + k], 1e-12);
      EXPECT_NEAR(rows[i][2 + k], rows[i][5 + k] / volume, 1e-14);
      EXPECT_NEAR(rows[i][8 + k], rows[0][8 + k], 1e-13);
    }
  }

  // the same file is begun anew, or continued if asked for
  command("unfix p\n" + fix + " append yes\nrun 5 post no");
  header.clear();
  rows = table(out, &header);
  EXPECT_EQ(header.size(), 2u);
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[4][0], 20);
  command("unfix p\n" + fix + "\nrun 1 post no");
  header.clear();
  EXPECT_EQ(table(out, &header).size(), 0u);
  EXPECT_EQ(header.size(), 2u);
  command("unfix p");
  EXPECT_NE(attempt(fix + " append yes units C/m2").find("first line"), std::string::npos);
}

// image flags carry the branch of M through a restart
TEST_F(FieldFile, Restart)
{
  system();
  const std::string born = write("born", charged_tensors), restart = path("restart");
  const std::string fixes = "fix nve all nve\nfix e all efield/born" + numbers(E) + "born " + born +
                            "\nfix p all polarization 1 born " + born + "\n";
  command("timestep 0.002\n" + fixes + "run 10 post no\nwrite_restart " + restart +
          "\nrun 10 post no");
  std::vector<double> expected = {scalar("e")};
  for (int k = 0; k < 9; k++) expected.push_back(component("p", k));
  open();
  command("read_restart " + restart +
          "\ntimestep 0.002\npair_style zero 4.0\npair_coeff * *\n"
          "comm_modify cutoff 6.0\n" +
          fixes + "run 10 post no");
  EXPECT_NEAR(scalar("e"), expected[0], 1e-13); // atoms are summed in another order
  for (int k = 0; k < 9; k++) EXPECT_NEAR(component("p", k), expected[k + 1], 1e-12);
}

// values asked for between runs are those of the last step, whatever happened to the atoms since
TEST_F(FieldFile, BetweenRuns)
{
  system();
  const std::string born = write("born", charged_tensors);
  command("fix p all polarization 100 born " + born);
  EXPECT_NE(attempt("print \"$(f_p[4])\"").find("run 0"), std::string::npos);
  command("run 1 post no");
  const double mx = component("p", 3);
  EXPECT_NEAR(mx, dipole(true)[0], 1e-12); // rounding; nothing moves without an integrator
  command("delete_atoms group all\nvariable mx equal f_p[4]\nvariable now equal ${mx}");
  auto *now = static_cast<double *>(lammps_extract_variable(lmp, "mx", nullptr));
  ASSERT_NE(now, nullptr);
  EXPECT_EQ(*now, mx);
  lammps_free(now);
}

TEST_F(FieldFile, InputErrors)
{
  const std::string good = write("born", neutral_tensors);
  auto expect = [&](const std::string &lines, const std::string &text) {
    system();
    const std::string message = attempt(lines);
    EXPECT_NE(message.find(text), std::string::npos) << lines << "\ngave: " << message;
  };
  const std::string fix = "fix e all efield/born ", file = " born " + good;
  expect("fix e all efield/born 0 0", "missing argument");
  expect("group g type 1\nfix e g efield/born 0 0 0" + file, "group all only, not on g");
  expect(fix + "0 0 x" + file, "Expected floating point");
  expect(fix + "0 0 0 foo 1", "Unknown fix efield/born keyword: foo");
  expect(fix + "0 0 0 born", "missing argument");
  expect(fix + "0 0 0 neutral maybe" + file, "maybe");
  expect(fix + "v_none 0 0" + file + "\nrun 0", "Variable none for the x component");
  expect("variable a atom x\n" + fix + "0 v_a 0" + file + "\nrun 0", "not equal-style");
  expect("variable a equal 10^(400+step)\n" + fix + "0 0 v_a" + file + "\nrun 0", "finite field");
  expect(fix + "0 0 0\nrun 0", "pair style zero does not know its electric response");
  for (const std::string &command : {fix + "0 0 0", std::string("fix p all polarization 1"),
                                     std::string("compute b all born/atom")})
    for (const char *part : {"Cannot read file nowhere.born: No such file", "working folder (/",
                             "POLAR_POTENTIALS", "LAMMPS_POTENTIALS"})
      expect(command + " born nowhere.born", part);
  expect(fix + "0 0 0 born " + write("bad", "type 1 1\ntype two 1\n"), ":2: 'two'");
  expect(fix + "0 0 0 born " + write("out", "type 1 1\ntype 4 1\n"), "1 to 3");
  expect(fix + "0 0 0 born " + write("missing", "type 1 1\ntype 3 1\n") + "\nrun 0",
         "no Born effective charge for type 2 (e.g. atom 8)");
  expect(fix + "0 0 0 born " + write("unknown", neutral_tensors + "atom 10 1\n") + "\nrun 0",
         ":4: atom 10 does not exist");
  expect("fix p all polarization", "missing argument");
  expect("fix p all polarization 0" + file, "at least 1");
  expect("group g type 1\nfix p g polarization 1" + file, "group all only, not on g");
  expect("fix p all polarization 1 units C/cm2" + file, "C/cm2");
  expect("fix p all polarization 1 foo bar" + file, "Unknown fix polarization keyword: foo");
  expect("fix p all polarization 1 file none/such/file" + file, "none/such/file");
  expect("fix p all polarization 1 file a cells a" + file, "one and the same file");
  expect("fix p all polarization 1 cells " + path("cells") + file + "\nrun 0",
         "knows no unit cells");
  expect("fix p all polarization 1\nrun 0", "does not know its electric response");
  expect("compute b all born/atom foo", "Unknown compute born/atom keyword: foo");
  expect("compute b all born/atom born", "missing argument");
  expect("compute b all born/atom\nrun 0", "does not know its electric response");

  for (const char *box : {"boundary p p s", "dimension 2"}) {
    open();
    const std::string lines = std::string("units metal\n") + box +
                              "\nregion r block 0 9 0 9 -1 1\ncreate_box 3 r\n" +
                              "fix p all polarization 1" + file;
    EXPECT_NE(attempt(lines).find("3d box that is periodic"), std::string::npos) << lines;
  }
  for (const char *units : {"lj", "si", "electron"})
    for (const char *style :
         {"fix e all efield/born 0 0 0", "fix p all polarization 1", "compute b all born/atom"}) {
      open();
      const std::string lines = std::string("units ") + units +
                                "\nregion r block 0 9 0 9 0 9\ncreate_box 3 r\n" + style + file;
      const std::string message = attempt(lines);
      EXPECT_NE(message.find(units), std::string::npos) << lines << "\ngave: " << message;
    }
}

TEST_F(FieldFile, HybridWithoutResponse)
{
  system();
  command("pair_style hybrid/overlay zero 4.0 lj/cut 4.0\npair_coeff * * zero\n"
          "pair_coeff * * lj/cut 0.0 1.0\nfix e all efield/born 0 0 0.1");
  EXPECT_NE(attempt("run 0").find("pair style hybrid/overlay does not know"), std::string::npos);
}

TEST_F(FieldFile, EmptySystem)
{
  open();
  command("units metal\nregion r block 0 9 0 9 0 9\ncreate_box 3 r\nmass * 1\npair_style zero 3\n"
          "pair_coeff * *\nfix e all efield/born 1 2 3 neutral yes born " +
          write("born", neutral_tensors) + "\nfix p all polarization 1 born " + path("born") +
          "\nrun 2 post no");
  EXPECT_EQ(scalar("e"), 0.0);
  for (int k = 0; k < 9; k++) EXPECT_EQ(component("p", k), 0.0);
}
