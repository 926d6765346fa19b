// Fields of fix pqeq: on everything, on shells only, with molecules that keep their charge;
// variables, energy, conservation.
#include "pqeq_session.h"

#include <array>
#include <cstring>

namespace {

using Positions = std::vector<std::array<double, 3>>;

// two water molecules in planes normal to x, the second a distance up z
nlohmann::json two_waters(double distance)
{
  nlohmann::json j;
  j["symbols"] = {"O", "H", "H", "O", "H", "H"};
  Positions x;
  for (double z : {0.0, distance})
    for (const auto &r :
         Positions{{0, 0, 0}, {0, 0.7569503, 0.5858822}, {0, -0.7569503, 0.5858822}})
      x.push_back({r[0], r[1], r[2] + z});
  j["positions"] = x;
  return j;
}

const char *const MOLECULES =
    "fix mol all property/atom mol\nset atom 1*3 mol 1\nset atom 4*6 mol 2\n";

double lower(PqeqLammps &l)
{
  const auto q = l.gather("q", 1);
  return q[0] + q[1] + q[2];
}

// Charge of the lower molecule at 0.25 V/Angstrom, by an independent program, four digits, with
// the field on everything, on shells only, and on charges of a table without shells
TEST(PqeqField, TwoWaters)
{
  const struct {
    double distance, full, shell;
  } cases[] = {{5, -0.0481, 0.0212}, {10, -0.1128, 0.0015}, {20, -0.2276, 0.0}};
  for (const auto &c : cases) {
    PqeqLammps full, shell, kept;
    for (PqeqLammps *l : {&full, &shell, &kept}) l->atoms(two_waters(c.distance));
    full.style(12.5, "converge 1e-9 efield 0 0 0.25 full", "");
    shell.style(12.5, "converge 1e-9 efield 0 0 0.25 shell", "");
    kept.lines(MOLECULES);
    kept.style(12.5, "converge 1e-9 fragment zero efield 0 0 0.25 full", "");
    for (PqeqLammps *l : {&full, &shell, &kept}) l->cmd("run 0 post no");
    EXPECT_NEAR(lower(full), c.full, 5e-5) << c.distance;
    EXPECT_NEAR(lower(shell), c.shell, 5e-5) << c.distance;
    EXPECT_NEAR(lower(kept), 0.0, 1e-14) << c.distance; // rounding
  }
}

TEST(PqeqField, TwoWatersWithoutShells)
{
  {
    std::ifstream in(POLAR_SOURCE_DIR "/potentials/pqeq/gao2025.pqeq");
    std::ofstream out("pqeq_field.pqeq");
    std::string line;
    while (std::getline(in, line)) {
      const size_t last = line.find_last_of(' ');
      out << (line.compare(0, 8, "element ") == 0 ? line.substr(0, last) + " 0" : line) << "\n";
    }
  }
  const double expected[][2] = {{5, -0.0456}, {10, -0.1113}, {20, -0.2248}};
  for (const auto &e : expected) {
    PqeqLammps l;
    l.atoms(two_waters(e[0]));
    l.lines("pair_style coul/pqeq/cut 12.5\npair_coeff * * pqeq_field.pqeq O H\n"
            "fix pq all pqeq 1 scheme converge 1e-9 efield 0 0 0.25 full\nrun 0 post no\n");
    EXPECT_NEAR(lower(l), e[1], 5e-5) << e[0];
  }
  remove("pqeq_field.pqeq");
}

// pe contains the field's energy: dpe/dE is minus the dipole that the field acts on. h = 1e-3:
// rounding over h, 1e-10
TEST(PqeqField, DipoleIsDerivativeOfEnergy)
{
  for (int full : {0, 1}) {
    double pe[3], dipole = 0.0;
    for (int k = 0; k < 3; k++) {
      PqeqLammps l;
      l.atoms(two_waters(3.3));
      char scheme[100];
      snprintf(scheme, sizeof scheme, "converge 1e-11 tolq 1e-12 efield 0.1 0 %.17g %s",
               0.2 + 1e-3 * (k - 1), full ? "full" : "shell");
      l.style(12.5, scheme, "");
      l.cmd("run 0 post no");
      pe[k] = l.thermo("pe");
      if (k != 1) continue;
      const auto q = l.gather("q", 1), u = l.gather("f_pq", 3), x = l.gather("x", 3);
      for (int i = 0; i < 6; i++) dipole += (full ? q[i] * x[3 * i + 2] : 0.0) - u[3 * i + 2];
    }
    EXPECT_NEAR(dipole, -(pe[2] - pe[0]) / 2e-3, 2e-9) << full;
  }
}

// In a box that is periodic along the field whole molecules have a defined energy: the same as in
// one that is not, wherever the box is cut
TEST(PqeqField, PeriodicBoxWithMolecules)
{
  double pe[3];
  std::vector<double> f[3];
  for (int k = 0; k < 3; k++) {
    PqeqLammps l;
    auto j = two_waters(4.0);
    if (k > 0) j["cell"] = {{30, 0, 0}, {0, 30, 0}, {0, 0, 30}};
    if (k == 2) // the second molecule is beyond the boundary
      for (auto &x : j["positions"]) x[2] = x[2].get<double>() + 27.5;
    l.atoms(j);
    l.lines(MOLECULES);
    if (k == 2) l.cmd("set atom 4*6 image NULL NULL 1"); // create_atoms wraps without a flag
    l.style(12.5, "converge 1e-10 fragment zero efield 0.1 0 0.2 full", "");
    l.cmd("run 0 post no");
    pe[k] = l.thermo("pe");
    f[k] = l.gather("f", 3);
  }
  for (int k = 1; k < 3; k++) {
    // rounding of positions near 30 Angstrom, and what the solver makes of it
    EXPECT_NEAR(pe[k], pe[0], 1e-12) << k;
    EXPECT_LT(max_difference(f[k], f[0]), 1e-12) << k;
  }
}

// A field exerts a torque: of the two unlike elements of the virial, the one that belongs to the
// upper triangular box. Central differences of pe by x += eps y, x += eps z and y += eps z; h =
// 1e-4: h^2/6 E''' is near 1e-7 eV. With stresses of atoms.
TEST(PqeqField, StressOfUpperTriangularBox)
{
  for (const bool molecules : {false, true}) {
    auto j = molecules ? two_waters(3.0) : pqeq_crystal();
    if (molecules) j["cell"] = {{7.0, 0.0, 0.0}, {0.4, 8.0, 0.0}, {-0.6, 0.9, 7.5}};
    for (auto &x : j["positions"])
      for (auto &c : x) c = c.get<double>() + molecules * 2.0; // whole in the box
    PqeqLammps l;
    l.atoms(j, "metal", "box tilt large");
    if (molecules) l.lines(MOLECULES);
    l.style(6.0, std::string("converge 1e-9 tolq 1e-12 efield 0.2 -0.3 0.4 ") +
                     (molecules ? "full fragment zero" : "shell"));
    l.lines("fix_modify pq virial yes\ncompute pv all pressure NULL virial\n"
            "compute w all stress/atom NULL pair\ncompute sw all reduce sum c_w[*]\n"
            "thermo_style custom step pe vol c_pv[1] c_sw[1]\nrun 0 post no");
    const auto p = l.compute_vector("pv", 6), of_atoms = l.compute_vector("sw", 6);
    const auto cell = j["cell"];
    const double xy = cell[1][0], xz = cell[2][0], yz = cell[2][1], ly = cell[1][1],
                 lz = cell[2][2], h = 1e-4, eV = 1.6021765e6; // eV/Angstrom^3 in bar
    auto tilt = [&](double dxy, double dxz, double dyz) {
      l.cmd("change_box all xy final %.17g xz final %.17g yz final %.17g remap", xy + dxy, xz + dxz,
            yz + dyz);
    };
    for (int k = 3; k < 6; k++) {
      double e[2];
      for (int s = 0; s < 2; s++) {
        const double eps = s ? h : -h;
        tilt((k == 3) * eps * ly, (k == 3) * eps * yz + (k == 4) * eps * lz, (k == 5) * eps * lz);
        l.cmd("run 0 post no");
        e[s] = l.thermo("pe");
        tilt(0.0, 0.0, 0.0);
      }
      const double w = -(e[1] - e[0]) / (2 * h);
      EXPECT_NEAR(p[k] * l.thermo("vol") / eV, w, 5e-7) << molecules << k;
      if (molecules) continue; // the field on charges is not a pair's
      EXPECT_NEAR(-of_atoms[k] / eV, w, 5e-7) << k;
    }
  }
}

// constant energy in a constant field, with velocity Verlet's error in dt^2
TEST(PqeqField, Conservation)
{
  for (const char *field :
       {"efield 0.1 -0.2 0.3 shell", "fragment zero efield 0.1 -0.2 0.3 full"}) {
    double drift[2];
    for (int k = 0; k < 2; k++) {
      PqeqLammps l;
      auto j = two_waters(3.2);
      for (auto &x : j["positions"]) x[1] = x[1].get<double>() + 4.0; // off the boundary
      j["cell"] = {{9, 0, 0}, {0, 9, 0}, {0, 0, 9}};
      l.atoms(j);
      l.lines(MOLECULES);
      l.lines("pair_style hybrid/overlay coul/pqeq/cut 8.0 kernel any lj/cut 4\n"
              "pair_coeff * * lj/cut 0.1 0.9\n");
      l.cmd("pair_coeff * * coul/pqeq/cut %s/potentials/pqeq/gao2025.pqeq O H", POLAR_SOURCE_DIR);
      l.cmd("fix pq all pqeq 1 scheme converge 1e-9 %s", field);
      l.cmd("velocity all create 300 12345");
      l.cmd("fix 1 all nve");
      l.cmd("timestep %g", k ? 0.00005 : 0.0001);
      l.cmd("run 0 post no");
      const double start = l.thermo("etotal"), pe = l.thermo("pe");
      l.cmd("run %d post no", k ? 100 : 50);
      drift[k] = std::fabs(l.thermo("etotal") - start);
      EXPECT_GT(std::fabs(l.thermo("pe") - pe), 100 * drift[k]); // energy does go to and fro
    }
    EXPECT_LT(drift[1], 0.4 * drift[0] + 1e-8) << field; // a quarter, but for higher orders
  }
}

TEST(PqeqField, KeepCharges)
{
  PqeqLammps l;
  l.atoms(two_waters(3.3));
  l.lines(MOLECULES);
  l.lines("set atom 1 charge -0.5\nset atom 4 charge 0.8\n");
  l.style(12.5, "converge 1e-9 fragment keep", "");
  l.lines("fix 1 all nve\ntimestep 0.0002\nrun 5 post no\nrun 5 post no\n");
  EXPECT_NEAR(lower(l), -0.5, 1e-14); // rounding
  const auto q = l.gather("q", 1);
  EXPECT_NEAR(q[3] + q[4] + q[5], 0.8, 1e-14);
  EXPECT_GT(q[1], -0.25); // spread over the molecule
}

TEST(PqeqField, Faults)
{
  auto run = [](const std::string &before, const std::string &keywords, const std::string &after) {
    PqeqLammps l;
    auto j = two_waters(3.3);
    j["cell"] = {{9, 0, 0}, {0, 9, 0}, {0, 0, 9}};
    l.atoms(j);
    l.lines(before);
    l.style(8.0, "converge 1e-8 " + keywords);
    l.lines(after + "\nrun 1 post no");
  };
  EXPECT_LAMMPS_ERROR(run("", "fragment zero", ""), "needs molecule IDs");
  EXPECT_LAMMPS_ERROR(run("", "fragment one", ""), "'one', expected zero or keep");
  EXPECT_LAMMPS_ERROR(run(MOLECULES, "fragment zero charge 1", ""), "exclude each other");
  EXPECT_LAMMPS_ERROR(run(MOLECULES, "efield 0 0 0.1 full", ""), "or keyword fragment if there");
  EXPECT_LAMMPS_ERROR(run(std::string(MOLECULES) + "set atom 6 image NULL NULL 1",
                          "fragment zero efield 0 0 0.1 full", ""),
                      "molecule 2 extends over");
  EXPECT_LAMMPS_ERROR(run("variable E atom x", "efield 0 0 v_E shell", ""), "is not equal-style");
  EXPECT_LAMMPS_ERROR(run("variable E equal 1e300*1e300*step", "efield 0 0 v_E shell", ""),
                      "field of fix pqeq is");

  // LAMMPS' own commands need not let a negative molecule ID through: given by the C library
  PqeqLammps l;
  l.atoms(two_waters(3.3));
  l.lines(MOLECULES);
  l.style(8.0, "converge 1e-8 fragment zero");
  auto *molecule = static_cast<Tag *>(lammps_extract_atom(l.handle, "molecule"));
  by_id::each(l.handle, [=](int i, size_t at) {
    if (at == 5) molecule[i] = -3;
  });
  EXPECT_LAMMPS_ERROR(l.cmd("run 1 post no"), "molecule ID that is negative");
}

// A box vector that is tilted along the field leads to another potential, even if its own axis is
// not that of the field.
TEST(PqeqField, TiltedBox)
{
  auto run = [](const char *keywords, const char *image) {
    PqeqLammps l;
    l.lines("units metal\natom_style full\nboundary f p p\nregion b prism 0 30 0 14 0 14 0 3 0\n"
            "create_box 2 b\nspecial_bonds coul 1 1 1\nmass * 10\ncreate_atoms 1 single 15 5 1\n"
            "create_atoms 2 single 15 5.757 1.586\ncreate_atoms 2 single 15 4.243 1.586\n"
            "set atom * mol 1\ndisplace_atoms all move 0 0 -1.3 units box\n");
    l.lines(image);
    l.elements = " O H";
    l.pair("coul/pqeq/cut", 6.0, std::string("converge 1e-9 efield 0.1 0 0 full ") + keywords,
           "kernel any");
    l.cmd("run 0 post no");
    return l.thermo("pe");
  };
  EXPECT_LAMMPS_ERROR(run("", ""), "a field along x that acts on charges needs a box that is not "
                                   "periodic along z");
  // a neutral molecule, across the boundary or not: rounding of positions
  EXPECT_NEAR(run("fragment zero", ""),
              run("fragment zero", "displace_atoms all move 0 0 5 units box"), 1e-12);
  // oxygen alone on the other side of the box
  EXPECT_LAMMPS_ERROR(run("fragment zero", "set atom 1 image NULL NULL 0"),
                      "molecule 1 extends over");
}

} // namespace
