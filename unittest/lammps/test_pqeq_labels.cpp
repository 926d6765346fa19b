// potentials/convert/subtract_pqeq.py: labels and LAMMPS' own PQEq make the reference again, in a
// cell of any orientation and for a molecule; and what it refuses.
#include "pqeq_session.h"

#include <array>
#include <fstream>
#include <sstream>

namespace {

// the same run of LAMMPS on turned positions, handed over with 17 digits
const double ROUNDING = 1e-12;

using Vector = std::array<double, 3>;

// a proper rotation without symmetry, from the quaternion 0.7 0.1 -0.5 0.5 (of length 1)
Vector turn(const nlohmann::json &v)
{
  const double w = 0.7, x = 0.1, y = -0.5, z = 0.5;
  const double r[3][3] = {{1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)},
                          {2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)},
                          {2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)}};
  Vector t = {0, 0, 0};
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 3; b++) t[a] += r[a][b] * v[b].get<double>();
  return t;
}

std::string text(const Vector &v)
{
  char line[100];
  snprintf(line, sizeof line, "%.17g %.17g %.17g", v[0], v[1], v[2]);
  return line;
}

// exit status; what was printed is in pqeq_labels.out
int convert(const std::string &more, const std::string &to = "pqeq_out.xyz")
{
  const std::string script = POLAR_SOURCE_DIR "/potentials/convert/subtract_pqeq.py";
  return std::system(("python3 '" + script + "' pqeq_in.xyz " + to +
                      " --lmp '" POLAR_LMP "' --table '" POLAR_SOURCE_DIR
                      "/potentials/pqeq/gao2025.pqeq' " +
                      more + " > pqeq_labels.out 2>&1")
                         .c_str());
}

std::string said()
{
  std::ifstream in("pqeq_labels.out");
  std::stringstream all;
  all << in.rdbuf();
  return all.str();
}

struct Labels {
  std::string comment;
  double energy;
  std::vector<Vector> x, f;
};

std::vector<Labels> read()
{
  std::vector<Labels> all;
  std::ifstream in("pqeq_out.xyz");
  std::string line;
  while (std::getline(in, line)) {
    Labels l;
    const int n = std::stoi(line);
    std::getline(in, l.comment);
    l.energy = std::stod(l.comment.substr(l.comment.find("energy=") + 7));
    for (int i = 0; i < n; i++) {
      std::getline(in, line);
      std::stringstream row(line);
      std::string symbol;
      Vector x, f;
      row >> symbol >> x[0] >> x[1] >> x[2] >> f[0] >> f[1] >> f[2];
      l.x.push_back(x);
      l.f.push_back(f);
    }
    all.push_back(l);
  }
  return all;
}

std::vector<double> list(const std::string &comment, const std::string &key, int n)
{
  std::stringstream at(comment.substr(comment.find(key + "=\"") + key.size() + 2));
  std::vector<double> v(n);
  for (double &x : v) at >> x;
  return v;
}

TEST(PqeqLabels, LabelsAndPqeqMakeTheReference)
{
  if (std::system("python3 -c '' > /dev/null 2>&1") != 0) GTEST_SKIP() << "skipped: no python3";
  const auto j = pqeq_crystal();
  {
    std::ofstream out("pqeq_in.xyz");
    out << "8\nLattice=\"";
    for (int a = 0; a < 3; a++) out << text(turn(j["cell"][a])) << (a < 2 ? " " : "\"");
    out << " Properties=species:S:1:pos:R:3:forces:R:3 config_type=\"a b\" energy=-12.5"
           " virial=\"1 2 3 2 4 5 3 5 6\" stress=\"0.1 0.2 0.3 0.4 0.5 0.6\" pbc=\"T T T\"\n";
    for (int i = 0; i < 8; i++)
      out << j["symbols"][i].get<std::string>() << " " << text(turn(j["positions"][i])) << " " << i
          << " 0.5 -0.25\n";
    out << "3\nProperties=species:S:1:pos:R:3:forces:R:3 energy=2 pbc=\"F F F\"\n"
           "O 0 0 0 0 0 0\nH 0 0.757 0.586 0 0 0\nH 0 -0.757 0.586 0 0 0\n";
  }
  ASSERT_EQ(convert("--pair 'coul/pqeq/cut 8.0 kernel any' --fix 'scheme converge 1e-10'"), 0)
      << said();
  const auto labels = read();
  ASSERT_EQ(labels.size(), 2u);

  PqeqLammps l, w;
  l.atoms(j);
  l.style(8.0, "converge 1e-10");
  l.cmd("compute w all pressure NULL virial");
  l.cmd("thermo_style custom step pe c_w[1]");
  l.cmd("run 0 post no");
  EXPECT_NEAR(labels[0].energy, -12.5 - l.thermo("pe"), ROUNDING);
  EXPECT_NE(labels[0].comment.find("config_type=\"a b\""), std::string::npos);
  const auto f = l.gather("f", 3);
  for (int i = 0; i < 8; i++) {
    const Vector mine = turn({f[3 * i], f[3 * i + 1], f[3 * i + 2]});
    const double given[3] = {(double)i, 0.5, -0.25};
    for (int m = 0; m < 3; m++)
      EXPECT_NEAR(labels[0].f[i][m], given[m] - mine[m], ROUNDING) << i << m;
  }
  // the virial is invariant in its trace and in n.W.n along the turned lattice vectors
  const auto p = l.compute_vector("w", 6);
  const double volume = 6.1 * 5.3 * 5.0, bar = 1.6021765e6;
  const auto v = list(labels[0].comment, "virial", 9), s = list(labels[0].comment, "stress", 6);
  const double given[9] = {1, 2, 3, 2, 4, 5, 3, 5, 6}, stress[6] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6};
  double mine[9];
  for (int k = 0; k < 9; k++) mine[k] = given[k] - v[k];
  for (int a = 0; a < 3; a++) {
    const Vector n = turn(j["cell"][a]);
    const double at[3] = {j["cell"][a][0], j["cell"][a][1], j["cell"][a][2]};
    double turned = 0.0, here = 0.0;
    const int row[9] = {0, 3, 4, 3, 1, 5, 4, 5, 2};
    for (int k = 0; k < 9; k++) {
      turned += n[k / 3] * mine[k] * n[k % 3];
      here += at[k / 3] * p[row[k]] * volume / bar * at[k % 3];
    }
    EXPECT_NEAR(turned, here, 100 * ROUNDING) << a; // of squares of lattice vectors, 30 Angstrom^2
  }
  const int order[6] = {0, 4, 8, 5, 2, 1}; // xx yy zz yz xz xy
  for (int k = 0; k < 6; k++) EXPECT_NEAR(s[k] - stress[k], mine[order[k]] / volume, ROUNDING) << k;

  nlohmann::json water;
  water["symbols"] = {"O", "H", "H"};
  water["positions"] = {{0, 0, 0}, {0, 0.757, 0.586}, {0, -0.757, 0.586}};
  w.atoms(water);
  w.style(8.0, "converge 1e-10");
  w.cmd("run 0 post no");
  EXPECT_NEAR(labels[1].energy, 2 - w.thermo("pe"), ROUNDING);
  EXPECT_NEAR(labels[1].f[0][2], -w.gather("f", 3)[2], ROUNDING);

  // dispersion as well
  ASSERT_EQ(convert("--pair 'coul/pqeq/cut 8.0 kernel any' --fix 'scheme converge 1e-10' "
                    "--dispersion 'bj pbe 10 10'"),
            0)
      << said();
  EXPECT_GT(read()[0].energy, labels[0].energy + 0.01);
}

TEST(PqeqLabels, Faults)
{
  if (std::system("python3 -c '' > /dev/null 2>&1") != 0) GTEST_SKIP() << "skipped: no python3";
  auto refused = [](const std::string &xyz, const char *part, const char *to = "pqeq_out.xyz") {
    std::ofstream("pqeq_in.xyz") << xyz;
    EXPECT_NE(convert("", to), 0);
    EXPECT_NE(said().find(part), std::string::npos) << said();
  };
  const std::string good = "Properties=species:S:1:pos:R:3:forces:R:3 energy=2\n";
  refused("", "holds no structure");
  refused("two\n" + good, "pqeq_in.xyz:1: found 'two', expected a number of atoms");
  refused("2\n" + good + "O 0 0 0 0 0 0\n", "2 atoms, but 1 lines follow");
  refused("1\nProperties=species:S:1:pos:R:3\nO 0 0 0\n", "no energy=");
  refused("1\n" + good + "O 0 0 0\n", "pqeq_in.xyz:3: found 4 columns, expected 7");
  refused("1\n" + good + "O 0 0 nan 0 0 0\n", "not finite numbers");
  refused("1\npbc=\"T T F\" " + good + "O 0 0 0 0 0 0\n", "all directions periodic or none");
  refused("1\nLattice=\"0 5 0 5 0 0 0 0 5\" " + good + "O 0 0 0 0 0 0\n", "right-handed");
  refused("1\n" + good + "X 0 0 0 0 0 0\n", "pair_coeff maps atom type 1 to 'X'");
  refused("1\n" + good + "O 0 0 0 0 0 0\n", "is the reference", "pqeq_in.xyz");
  // energies alone may be labelled, but forces of another name are not forgotten in silence
  std::ofstream("pqeq_in.xyz")
      << "2\nProperties=species:S:1:pos:R:3:dft:R:3 energy=2\nO 0 0 0 1 1 1\nO 0 0 1.2 1 1 1\n";
  EXPECT_EQ(convert(""), 0) << said();
  EXPECT_NE(said().find("note: 1 of 1 structures have no column forces"), std::string::npos);
  for (const char *file : {"pqeq_in.xyz", "pqeq_out.xyz", "pqeq_labels.out"}) remove(file);
}

} // namespace
