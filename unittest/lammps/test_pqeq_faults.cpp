// fix pqeq and pair_style coul/pqeq/cut where something is wrong or doubtful: what stops a run,
// what is a warning, and what the texts name.
#include "pqeq_session.h"

#include <cstring>
#include <sstream>

namespace {

class Logged : public PqeqLammps {
public:
  Logged() : file("pqeq_faults_" + std::to_string((size_t)this) + ".log")
  {
    cmd("log %s", file.c_str());
  }
  ~Logged() { remove(file.c_str()); }
  std::string text()
  {
    cmd("log none");
    std::ifstream in(file);
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
  }

private:
  std::string file;
};

#define EXPECT_TEXT(all, part) EXPECT_NE((all).find(part), std::string::npos) << (all)
#define EXPECT_NO_TEXT(all, part) EXPECT_EQ((all).find(part), std::string::npos) << (all)

nlohmann::json molecule(const std::vector<std::string> &symbols,
                        const std::vector<std::array<double, 3>> &positions)
{
  nlohmann::json j;
  j["symbols"] = symbols;
  j["positions"] = positions;
  return j;
}

TEST(PqeqFaults, NonConvergenceIsAnErrorOrAWarning)
{
  {
    Logged l;
    l.atoms(pqeq_crystal());
    l.style(8.0, "fixed 2 maxiter 3 nonconv error");
    EXPECT_LAMMPS_ERROR(l.cmd("run 0"), "after 3 iterations of conjugate gradients, aim 1e-10");
  }
  {
    Logged l;
    l.atoms(pqeq_crystal());
    l.style(8.0, "converge 1e-9 maxpass 2");
    EXPECT_LAMMPS_ERROR(l.cmd("run 0"), "after 2 passes, aim 1e-09");
  }
  Logged exact, l, few;
  for (PqeqLammps *one : {&exact, &l, &few}) one->atoms(pqeq_crystal());
  exact.style(8.0, "fixed 2");
  exact.cmd("run 0 post no");
  l.style(8.0, "fixed 2 maxiter 6 nonconv warn");
  l.cmd("run 2 post no");
  const std::string text = l.text();
  EXPECT_TEXT(text, "WARNING: The charges did not converge: relative residual");
  EXPECT_TEXT(text, "aim 1e-10");
  EXPECT_TEXT(text, "(fix pqeq pq, step 2)");
  EXPECT_EQ(l.fix_vector("pq", 7), 3); // steps 0, 1 and 2
  EXPECT_EQ(exact.fix_vector("pq", 7), 0);
  EXPECT_NEAR(l.thermo("pe"), exact.thermo("pe"),
              2e-9); // the energy is of second order in the residual
  double sum = 0.0;
  for (double q : l.gather("q", 1)) sum += q;
  EXPECT_NEAR(sum, 0.0, 1e-14); // rounding
  few.style(8.0, "converge 1e-9 maxpass 2 nonconv warn");
  few.cmd("run 0 post no");
  EXPECT_TEXT(few.text(), "after 2 passes, aim 1e-09");
}

TEST(PqeqFaults, Keywords)
{
  auto fix = [](const char *words) {
    PqeqLammps l;
    l.atoms(pqeq_crystal());
    l.cmd("fix pq all pqeq 1 %s", words);
  };
  EXPECT_LAMMPS_ERROR(fix("scheme fixed 2 nonconv stop"), "'stop', expected error or warn");
  EXPECT_LAMMPS_ERROR(fix("scheme fixed 2 nonconv"), "missing argument");
  EXPECT_LAMMPS_ERROR(fix("scheme fixed 2 maxpass 9"), "maxpass belongs to scheme converge");
  EXPECT_LAMMPS_ERROR(fix("scheme converge 1e-7 maxpass 0"), "maxpass has the value 0");
  EXPECT_LAMMPS_ERROR(fix("scheme converge 1e-7 charge"), "missing argument");
}

// a table with given lines of elements; removed with the session
struct Table {
  explicit Table(const std::string &lines)
  {
    std::ofstream("pqeq_faults.pqeq") << "pqeq 1\nlambda 0.462770\n" << lines;
  }
  ~Table() { remove("pqeq_faults.pqeq"); }
};

void chain(PqeqLammps &l)
{
  std::vector<std::string> symbols(24, "K");
  std::vector<std::array<double, 3>> x;
  for (int i = 0; i < 24; i++) x.push_back({1.0 * i - 12.0, 0.03 * (i % 3), 0.0});
  l.atoms(molecule(symbols, x));
}

// eta 0.01 % above the Coulomb energy at distance 0: each pair of atoms is stable, the chain is not
TEST(PqeqFaults, IndefiniteHardness)
{
  const double radius = 1.78, self = 14.3996454784 * std::sqrt(0.46277 / M_PI) / radius;
  char line[200];
  snprintf(line, sizeof line, "element K 1.0 %.6f 0 %g 0\n", 1.0001 * self, radius);
  Table table(line);
  PqeqLammps l;
  chain(l);
  l.lines("pair_style coul/pqeq/cut 4\npair_coeff * * pqeq_faults.pqeq K\n"
          "fix pq all pqeq 1 scheme converge 1e-7 efield 0.1 0 0 full");
  EXPECT_LAMMPS_ERROR(l.cmd("run 0"), "hardness matrix of charge equilibration is not positive "
                                      "definite");
  // nonconv warn is about too few iterations; this has no solution
  PqeqLammps m;
  chain(m);
  m.lines("pair_style coul/pqeq/cut 4\npair_coeff * * pqeq_faults.pqeq K\n"
          "fix pq all pqeq 1 scheme fixed 2 nonconv warn efield 0.1 0 0 full");
  EXPECT_LAMMPS_ERROR(m.cmd("run 0"), "largest on atom");
}

TEST(PqeqFaults, SoftElements)
{
  auto run = [](const std::string &line) {
    Table table(line);
    PqeqLammps l;
    chain(l);
    l.lines("pair_style coul/pqeq/cut 8\npair_coeff * * pqeq_faults.pqeq K\n"
            "fix pq all pqeq 1 scheme fixed 2\nrun 0");
  };
  EXPECT_LAMMPS_ERROR(run("element K 1.0 2.0 1 1.78 10\n"), "parameters of K: eta is 2 eV/e^2");
  EXPECT_LAMMPS_ERROR(run("element K 1.0 9.0 1 1.78 0.1\n"), "the spring is 0.1 eV/Angstrom^2");
  EXPECT_LAMMPS_ERROR(run("element K 1.0 9.0 1 1.78\n"), "pqeq_faults.pqeq:3: found 5 values");
  EXPECT_LAMMPS_ERROR(run("element Na 1.0 9.0 1 1.78 10\n"), "type 1 to 'K', but "
                                                             "pqeq_faults.pqeq has only Na");
}

// spring 0: no shell, a note, and everything else goes on
TEST(PqeqFaults, ElementWithoutSpring)
{
  Table table("element O 8.3 14.7 1 0.67 18\nelement H 4.7 15.7 1 0.37 0\n");
  Logged l;
  l.atoms(molecule({"O", "H", "H"}, {{0, 0, 0}, {0, 0.757, 0.586}, {0, -0.757, 0.586}}));
  l.lines("pair_style coul/pqeq/cut 8\npair_coeff * * pqeq_faults.pqeq O H\n"
          "fix pq all pqeq 1 scheme converge 1e-9 efield 0.1 0 0 shell\nrun 0 post no\n");
  EXPECT_TEXT(l.text(), "no shells on H, whose spring in pqeq_faults.pqeq is 0");
  const auto u = l.gather("f_pq", 3), f = l.gather("f", 3);
  EXPECT_NE(u[0], 0.0);
  for (int k = 3; k < 9; k++) EXPECT_EQ(u[k], 0.0);
  for (double x : f) EXPECT_TRUE(std::isfinite(x));
}

TEST(PqeqFaults, OverlappingAtoms)
{
  Logged l;
  l.atoms(molecule({"O", "H", "H", "Li"},
                   {{0, 0, 0}, {0, 0.757, 0.586}, {0, -0.757, 0.586}, {0.1, 0.0, 0.05}}));
  l.style(8.0, "converge 1e-8");
  l.cmd("run 2 post no");
  const std::string text = l.text();
  EXPECT_TEXT(text, "are 0.1118 Angstrom apart on step 0, expected more than 0.3: overlapping");
  EXPECT_TRUE(text.find("atoms 1 and 4") != std::string::npos ||
              text.find("atoms 4 and 1") != std::string::npos)
      << text;
  EXPECT_EQ(text.find("apart on step 1"), std::string::npos);       // once
  EXPECT_NEAR(l.fix_vector("pq", 6), std::hypot(0.1, 0.05), 1e-15); // rounding
  EXPECT_TRUE(std::isfinite(l.thermo("pe")));
}

TEST(PqeqFaults, ClampedShells)
{
  const auto kcl = molecule({"K", "Cl"}, {{0, 0, 0}, {0, 0, 2.67}});
  Logged l, published, wide;
  for (PqeqLammps *one : {&l, &published, &wide}) one->atoms(kcl);
  l.style(12.5, "converge 1e-9", "");
  l.cmd("run 1 post no");
  const std::string text = l.text();
  EXPECT_TEXT(text, "WARNING: Fix pqeq: 1 shells are at the bound umax = 0.25 Angstrom");
  EXPECT_TEXT(text, "12.5 Angstrom is too short for the width of K");
  EXPECT_EQ(l.fix_vector("pq", 4), 1);
  const auto u = l.gather("f_pq", 3);
  EXPECT_NEAR(std::hypot(u[0], u[1], u[2]), 0.25, 1e-15); // rounding
  // part of the published model, which is no minimum
  published.style(12.5, "fixed 2", "");
  published.cmd("run 0 post no");
  EXPECT_NO_TEXT(published.text(), "at the bound");
  EXPECT_EQ(published.fix_vector("pq", 4), 1);
  // far from the bound of 1 Angstrom, K in this dimer has a stable shell
  wide.style(12.5, "converge 1e-9 umax 1.0", "");
  wide.cmd("run 0 post no");
  EXPECT_NO_TEXT(wide.text(), "at the bound");
}

TEST(PqeqFaults, SpecialBonds)
{
  auto run = [](const char *bonds) {
    PqeqLammps l;
    l.lines("units metal\natom_style full\nregion box block 0 30 0 30 0 30\n"
            "create_box 2 box bond/types 1 extra/bond/per/atom 2 extra/special/per/atom 4\n"
            "mass * 10\ncreate_atoms 1 single 5 5 5\ncreate_atoms 2 single 5 5.757 5.586\n"
            "create_atoms 2 single 5 4.243 5.586\nbond_style zero\nbond_coeff *\n");
    l.cmd("special_bonds %s", bonds);
    l.lines("create_bonds single/bond 1 1 2\ncreate_bonds single/bond 1 1 3\n");
    l.cmd("pair_style coul/pqeq/cut 8 kernel any");
    l.cmd("pair_coeff * * %s/potentials/pqeq/gao2025.pqeq O H", POLAR_SOURCE_DIR);
    l.lines("fix pq all pqeq 1 scheme converge 1e-9\nrun 0 post no\n");
    return l.thermo("pe");
  };
  EXPECT_LAMMPS_ERROR(run("lj/coul 0 0 0.5"), "of bonded atoms by 0 0 0.5, expected 1 1 1");
  EXPECT_LAMMPS_ERROR(run("coul 1 1 0.8"), "use 'special_bonds coul 1 1 1'");
  // bonded pairs take part; LAMMPS marks them in the neighbor list
  PqeqLammps free;
  free.atoms(molecule({"O", "H", "H"}, {{5, 5, 5}, {5, 5.757, 5.586}, {5, 4.243, 5.586}}));
  free.style(8.0, "converge 1e-9");
  free.cmd("run 0 post no");
  EXPECT_NEAR(run("lj 0 0 0.5 coul 1 1 1"), free.thermo("pe"), 1e-12); // rounding
}

// the tag of the table and the style: the keyword that lifts the check
TEST(PqeqFaults, KernelOfTheTable)
{
  auto run = [](const char *tag, const char *style) {
    Table table(std::string(tag) + "element O 8.3 14.7 1 0.67 18\nelement H 4.7 15.7 1 0.37 47\n");
    PqeqLammps l;
    l.lines("units metal\natom_style charge\nregion box block 0 14 0 14 0 14\n"
            "create_box 2 box\nmass * 10\ncreate_atoms 1 single 5 5 5\n"
            "create_atoms 2 single 5 5.757 5.586\ncreate_atoms 2 single 5 4.243 5.586\n");
    l.cmd("pair_style %s", style);
    if (std::string(style).find("long") != std::string::npos)
      l.cmd("kspace_style ewald/polar 1e-6");
    l.lines("pair_coeff * * pqeq_faults.pqeq O H\nneigh_modify one 10000 page 100000\n"
            "fix pq all pqeq 1 scheme converge 1e-9\nrun 0 post no\n");
    return l.thermo("pe");
  };
  EXPECT_LAMMPS_ERROR(run("kernel taper12.5\n", "coul/pqeq/cut 10"),
                      "made for the interaction 'taper12.5', but with cutoff 10 this is 'taper10'");
  EXPECT_LAMMPS_ERROR(run("kernel taper12.5\n", "coul/pqeq/long 10"), "this is 'ewald'");
  EXPECT_LAMMPS_ERROR(run("kernel ewald\n", "coul/pqeq/cut 10"), "interaction 'ewald'");
  const double cut = run("kernel taper10\n", "coul/pqeq/cut 10");
  EXPECT_EQ(run("kernel taper12.5\n", "coul/pqeq/cut 10 kernel any"), cut);
  EXPECT_EQ(run("kernel taper10\n", "coul/pqeq/cut 10 kernel check"), cut);
  EXPECT_EQ(run("", "coul/pqeq/cut 10"), cut); // a table without a tag fits everything
  const double ewald = run("kernel ewald\n", "coul/pqeq/long 10");
  EXPECT_EQ(run("kernel taper12.5\n", "coul/pqeq/long 10 kernel any"), ewald);
  EXPECT_NE(cut, ewald);
}

// a split that the cutoff does not fit
TEST(PqeqFaults, Split)
{
  auto text = [](double cutoff, const char *words) {
    Logged l;
    l.atoms(pqeq_crystal());
    l.pair("coul/pqeq/long", cutoff, "fixed 1", words);
    l.lines("kspace_style ewald/polar 1e-6\nneigh_modify one 5000\nrun 0 post no");
    return l.text();
  };
  EXPECT_TEXT(text(12.0, "kernel any wide yes split 0.15"),
              "charges of 1 e still interact by 0.013");
  EXPECT_NO_TEXT(text(12.0, "kernel any wide yes split 0.25"), "still interact");
  EXPECT_LAMMPS_ERROR(
      text(2.0, "kernel any wide yes"),
      "cutoff of 2 Angstrom needs a split of 2.146 per Angstrom, expected at most 2");
}

// charges that flow round a periodic box make a dipole that depends on image flags
TEST(PqeqFaults, BornChargesOfPeriodicBox)
{
  auto text = [](const char *before, const char *words) {
    Logged l;
    auto j = molecule({"O", "H", "H"}, {{5, 5, 5}, {5, 5.757, 5.586}, {5, 4.243, 5.586}});
    j["cell"] = {{14, 0, 0}, {0, 14, 0}, {0, 0, 14}};
    l.atoms(j);
    l.lines(before);
    l.style(6.0, std::string("converge 1e-9 ") + words);
    l.lines(
        "compute b all born/atom\ncompute s all reduce sum c_b[1]\nthermo_style custom step c_s\n"
        "run 0 post no");
    return l.text();
  };
  const std::string mol = "fix m all property/atom mol\nset atom * mol 1";
  EXPECT_TEXT(text("", ""), "depend on the image flags");
  EXPECT_NO_TEXT(text(mol.c_str(), "fragment zero"), "depend on the image flags");
  EXPECT_LAMMPS_ERROR(text((mol + "\nset atom 2 image NULL 1 NULL").c_str(), "fragment zero"),
                      "molecule 1 extends over");
}

TEST(PqeqFaults, CutoffTooShort)
{
  Logged l;
  l.atoms(molecule({"Ba", "O"}, {{0, 0, 0}, {0, 0, 2.6}}));
  l.style(12.5, "converge 1e-8", "");
  l.cmd("run 0 post no");
  EXPECT_TEXT(l.text(), "the cutoff of 12.5 Angstrom is too short for the width of Ba: converged");
  PqeqLammps m;
  m.atoms(pqeq_crystal());
  m.elements = " Li Ba P N H";
  m.pair("coul/pqeq/long", 14.0, "converge 1e-8", "kernel any");
  m.cmd("kspace_style ewald/polar 1e-6");
  EXPECT_LAMMPS_ERROR(m.cmd("run 0"), "The cutoff of 14 Angstrom is too short for the Gaussian "
                                      "charges of Ba: two of 1 e still interact by");
}

} // namespace
