// Bad input to pair_style eap, eap/long and kspace_style lattice/fft: each mistake has its own
// message, which names what was found, what was expected, and where. BaTiO3, up to 3 x 2 x 2 cells.

#include "lmp_test.h"

#include <fstream>
#include <functional>
#include <initializer_list>
#include <sstream>

namespace {

const double A0 = 3.946312768; // lattice constant of the model, Angstrom
const char *const EAP = "pair_style eap";
const char *const LONG = "pair_style eap/long\nkspace_style lattice/fft";

using Parts = std::initializer_list<const char *>;

class EapErrors : public testing::Test {
protected:
  Lammps lmp;
  std::vector<std::string> files;

  void TearDown() override
  {
    for (auto &name : files) remove(name.c_str());
  }

  // what LAMMPS says to these commands, "" if it is content
  std::string message(const std::string &commands)
  {
    try {
      lmp.lines(commands);
    } catch (const LammpsError &e) {
      return e.what();
    }
    return "";
  }

  void expect(const std::string &commands, Parts parts)
  {
    const std::string text = message(commands);
    EXPECT_NE(text, "") << "no error from\n" << commands;
    for (const char *part : parts)
      EXPECT_NE(text.find(part), std::string::npos) << "no '" << part << "' in: " << text;
  }
  void expect_content(const std::string &commands) { EXPECT_EQ(message(commands), "") << commands; }

  // Start anew: n0 x n1 x n2 cells of the reference crystal in a box of n0 x n1 x n2 times `scale`.
  // IDs: cell by cell, first index fastest, then Ba Ti O O O.
  void crystal(int n0 = 2, int n1 = 2, int n2 = 2, int types = 3, double scale = 1.0)
  {
    lmp.lines("clear\nunits metal\natom_style atomic\natom_modify map array\nboundary p p p\n"
              "box tilt large");
    lmp.cmd("lattice custom %.17g a1 1 0 0 a2 0 1 0 a3 0 0 1 basis 0 0 0 basis 0.5 0.5 0.5 basis "
            "0.5 0.5 0 basis 0.5 0 0.5 basis 0 0.5 0.5",
            scale * A0);
    lmp.cmd("region box prism 0 %d 0 %d 0 %d 0 0 0", n0, n1, n2);
    lmp.cmd("create_box %d box", types);
    lmp.lines("create_atoms 3 box basis 1 1 basis 2 2\nmass * 16\ntimestep 0.001");
  }

  static std::string coeff(const std::string &system, const std::string &coeffs,
                           const std::string &elements = "Ba Ti O")
  {
    return "pair_coeff * * " + system + " " + coeffs + " " + elements;
  }
  // pair_coeff with the project's files
  static std::string total()
  {
    return coeff(batio3("BaTiO3_sys_M2.xml"), batio3("BaTiO3_coeffs.xml"));
  }
  static std::string shortrange()
  {
    return coeff(batio3("BaTiO3_sys.xml"), batio3("BaTiO3_coeffs.xml"));
  }
  void eap(const std::string &keywords = "") { lmp.lines(EAP + (" " + keywords) + "\n" + total()); }

  // A copy of one of the project's files: the first `from` replaced by `to`; with an empty `from`
  // cut off in the middle.
  std::string edited(const char *original, const std::string &from, const std::string &to = "")
  {
    std::ifstream in(batio3(original));
    std::stringstream content;
    content << in.rdbuf();
    std::string text = content.str();
    const size_t at = from.empty() ? text.size() / 2 : text.find(from);
    EXPECT_NE(at, std::string::npos) << original << " has no " << from;
    if (from.empty()) text.resize(at);
    else text.replace(at, from.size(), to);
    return write("edited" + std::to_string(files.size()) + ".xml", text);
  }

  std::string write(const std::string &suffix, const std::string &text)
  {
    const auto *info = testing::UnitTest::GetInstance()->current_test_info();
    files.push_back(std::string("eap_errors_") + info->name() + "_" + suffix);
    std::ofstream(files.back()) << text;
    return files.back();
  }
};

// ------------------------------------------------------------------------------ model files ---

TEST_F(EapErrors, MissingFile)
{
  crystal();
  lmp.lines(EAP);
  for (auto &files : {std::string("no_such.xml ") + batio3("BaTiO3_coeffs.xml"),
                      batio3("BaTiO3_sys_M2.xml") + " no_such.xml"})
    expect("pair_coeff * * " + files + " Ba Ti O",
           {"Cannot read file no_such.xml", "No such file", "working folder (/", "POLAR_POTENTIALS",
            "LAMMPS_POTENTIALS"});
  expect(coeff(POLAR_SOURCE_DIR "/potentials", "NULL"), {"Cannot read file", "directory"});
  // pair_coeff has not succeeded, so there is nothing to run
  expect("run 0", {"pair coeffs are not set"});
}

TEST_F(EapErrors, TruncatedFile)
{
  crystal();
  lmp.lines(EAP);
  expect(coeff(edited("BaTiO3_sys_M2.xml", ""), "NULL"),
         {"edited0.xml:", "the file ends inside", "truncated", "prt_model 3"});
  expect(coeff(batio3("BaTiO3_sys_M2.xml"), edited("BaTiO3_coeffs.xml", "")),
         {"edited1.xml:", "the file ends inside", "truncated", "prt_model 4"});
  expect(coeff(write("empty.xml", ""), "NULL"), {"empty.xml:1:", "the file is empty"});
}

TEST_F(EapErrors, FilesOfAnotherKind)
{
  crystal();
  lmp.lines(EAP);
  const std::string sys = batio3("BaTiO3_sys_M2.xml"), coeffs = batio3("BaTiO3_coeffs.xml");
  expect(coeff(coeffs, sys), {"BaTiO3_coeffs.xml:2:", "found a coefficient file", "swapped"});
  expect(coeff(sys, sys), {"BaTiO3_sys_M2.xml:2:", "without coefficients", "NULL"});
  expect(coeff(batio3("BaTiO3_LDA.DDB"), "NULL"), {"DDB", "expected XML", "prt_model 3"});
}

TEST_F(EapErrors, UnknownElement)
{
  crystal();
  lmp.lines(EAP);
  expect(coeff(edited("BaTiO3_sys_M2.xml", "<energy>", "<energie/><energy>"), "NULL"),
         {"edited0.xml:3:", "unknown element <energie> in <System_definition>", "known: energy,"});
  expect(coeff(batio3("BaTiO3_sys_M2.xml"),
               edited("BaTiO3_coeffs.xml", "<cell_a>", "<cell_c>0 0 0</cell_c><cell_a>")),
         {"edited1.xml:6:", "unknown element <cell_c> in <displacement_diff>",
          "known: cell_a, cell_b"});
}

TEST_F(EapErrors, UnknownAttribute)
{
  crystal();
  lmp.lines(EAP);
  expect(coeff(edited("BaTiO3_sys_M2.xml", "<atom mass=", "<atom charge=\"2\" mass="), "NULL"),
         {"edited0.xml:24:", "unknown attribute 'charge' of <atom>", "known: mass, massunits"});
  expect(coeff(batio3("BaTiO3_sys_M2.xml"), edited("BaTiO3_coeffs.xml", "power=", "pover=")),
         {"edited1.xml:5:", "unknown attribute 'pover' of <displacement_diff>", "power"});
}

TEST_F(EapErrors, CoefficientOutOfRange)
{
  crystal();
  lmp.lines(EAP);
  const std::string sys = batio3("BaTiO3_sys_M2.xml");
  expect(coeff(sys, edited("BaTiO3_coeffs.xml", "atom_b=\"2\"", "atom_b=\"5\"")),
         {"edited0.xml:5:", "atom_b=\"5\"", "the system has 5 atoms, counted from 0"});
  expect(coeff(sys, edited("BaTiO3_coeffs.xml", "atom_a=\"1\"", "atom_a=\"-1\"")),
         {"edited1.xml:5:", "atom_a=\"-1\"", "out of range"});
  expect(coeff(sys, edited("BaTiO3_coeffs.xml", "<cell_b>0 0 0", "<cell_b>0 0 17")),
         {"edited2.xml:7:", "<cell_b> is 17, expected -16 to 16"});
}

TEST_F(EapErrors, DoubleCounting)
{
  crystal();
  lmp.lines(LONG);
  expect(total(), {"double counting", "dipole-dipole", "dipdip 1", "pair_style eap"});
}

// One file with everything (prt_model 1): given twice it is read twice, else a warning tells
TEST_F(EapErrors, CoefficientsInTheSystemFile)
{
  std::stringstream list;
  list << std::ifstream(batio3("BaTiO3_coeffs.xml")).rdbuf();
  const std::string text = list.str(), end = "</System_definition>";
  const std::string both =
      edited("BaTiO3_sys_M2.xml", end, text.substr(text.find("<Heff_definition")) + end);
  auto log_of = [&](const std::string &system, const std::string &coeffs, double &energy) {
    crystal();
    const std::string log = write("log", "");
    lmp.cmd("log %s", log.c_str());
    lmp.lines(EAP + ("\n" + coeff(system, coeffs)) + "\nlog none\n" +
              "displace_atoms all random 0.1 0.1 0.1 1\nrun 0 post no");
    energy = lmp.thermo("pe");
    std::stringstream said;
    said << std::ifstream(log).rdbuf();
    return said.str();
  };
  double energy[3];
  const std::string warning = "holds coefficients, too (written with prt_model 1)";
  const std::string system = batio3("BaTiO3_sys_M2.xml");
  EXPECT_EQ(log_of(system, batio3("BaTiO3_coeffs.xml"), energy[0]).find(warning),
            std::string::npos);
  EXPECT_EQ(log_of(both, both, energy[1]).find(warning), std::string::npos);
  EXPECT_NE(log_of(both, "NULL", energy[2]).find(warning), std::string::npos);
  EXPECT_EQ(energy[0], energy[1]);
  EXPECT_GT(std::fabs(energy[0] - energy[2]), 0.1);
}

TEST_F(EapErrors, WarningAboutShortRangeFile)
{
  crystal();
  const std::string log = write("log", "");
  lmp.cmd("log %s", log.c_str());
  lmp.lines(EAP + ("\n" + shortrange()) + "\nlog none");
  std::ifstream in(log);
  std::stringstream text;
  text << in.rdbuf();
  EXPECT_NE(text.str().find("WARNING: The force constants in "), std::string::npos) << text.str();
  EXPECT_NE(text.str().find("lack the dipole-dipole interaction"), std::string::npos);
  EXPECT_NE(text.str().find("use pair_style eap/long with kspace_style lattice/fft"),
            std::string::npos);
}

// ---------------------------------------------------------------------------- pair_coeff ---

TEST_F(EapErrors, PairCoeffWords)
{
  crystal();
  lmp.lines(EAP);
  const std::string sys = batio3("BaTiO3_sys_M2.xml");
  expect("pair_coeff * *",
         {"found 0 words after pair_coeff * *, expected 5", "SYSTEM.xml, COEFFS.xml"});
  expect("pair_coeff * * " + sys + " Ba Ti O", {"found 4 words", "expected 5", "3 atom types"});
  expect(coeff(sys, "NULL", "Ba Ti"), {"found 4 words", "expected 5", "3 atom types"});
  expect(coeff(sys, "NULL", "Ba Ti O O"), {"found 6 words", "expected 5", "3 atom types"});
  expect("pair_coeff 1 2 " + sys + " NULL Ba Ti O", {"must start with * *"});
  lmp.lines("pair_style hybrid/overlay zero 5.0 eap");
  expect("pair_coeff 1 2 eap " + sys + " NULL Ba Ti O", {"Incorrect args for pair coefficients"});
}

TEST_F(EapErrors, Species)
{
  crystal();
  lmp.lines(EAP);
  const std::string sys = batio3("BaTiO3_sys_M2.xml");
  expect(coeff(sys, "NULL", "Ba Zr O"),
         {"maps atom type 2 to 'Zr'", "BaTiO3_sys_M2.xml is a model of Ba Ti O", "masses"});
  expect(coeff(sys, "NULL", "Ba Ti Ox"), {"maps atom type 3 to 'Ox'", "a model of Ba Ti O"});
  expect(coeff(sys, "NULL", "Ba O O"), {"is a model of Ba Ti O,", "maps no atom type to Ti",
                                        "every element of the model needs a type"});
  expect(coeff(sys, "NULL", "NULL NULL NULL"), {"maps every atom type to NULL"});
}

TEST_F(EapErrors, NullCoefficients)
{
  crystal();
  lmp.lines(EAP);
  expect_content(coeff(batio3("BaTiO3_sys_M2.xml"), "NULL") + "\nrun 0");
  // the reference crystal has zero energy; 1e-9 eV: rounding of positions in the box
  EXPECT_NEAR(lmp.thermo("pe"), 0.0, 1e-9);
}

TEST_F(EapErrors, SettingsForgetCoefficients)
{
  crystal();
  eap();
  lmp.lines("run 0");
  expect("pair_style eap asr 1\nrun 0", {"pair coeffs are not set"});
  expect_content(total() + "\nrun 0");
  // a pair_coeff that fails leaves none behind
  expect(coeff("no_such.xml", "NULL"), {"Cannot read file"});
  expect("run 0", {"pair coeffs are not set"});
}

// ------------------------------------------------------------------------------ keywords ---

TEST_F(EapErrors, Keywords)
{
  crystal();
  expect("pair_style eap foo",
         {"Unknown pair_style eap keyword: foo", "known are asr, symmetrize", "instrain"});
  expect("pair_style eap/long asr 2 foo 1", {"Unknown pair_style eap/long keyword: foo"});
  const struct {
    const char *name, *expected;
    std::vector<const char *> bad;
  } keywords[] = {
      {"asr", "expected 0, 1 or 2", {"3", "-1", "1.5", "two"}},
      {"symmetrize", "expected yes or no", {"maybe", "2"}},
      {"rotate", "expected polar or none", {"full", "yes"}},
      {"cells",
       "expected auto or three numbers of cells",
       {"0 2 2", "2 2 x", "2.5 2 2", "99999999999 2 2"}},
      {"map", "expected nearest or id", {"tag"}},
      {"eref", "expected yes or no", {"E0"}},
      {"umax", "expected a length > 0 in Angstrom", {"0", "-1", "far", "nan", "1e999"}},
      {"instrain", "expected half or full", {"0.5"}},
  };
  for (auto &k : keywords) {
    const std::string name = k.name;
    expect("pair_style eap " + name, {("keyword " + name + " lacks a value").c_str(), k.expected});
    for (auto &value : k.bad)
      expect("pair_style eap " + name + " " + value,
             {("keyword " + name + " has the value '").c_str(), k.expected});
  }
  expect("pair_style eap cells 2 2", {"keyword cells lacks a value"});
  expect("pair_style eap cells 2 2 2 2", {"Unknown pair_style eap keyword: 2"});
  expect_content(
      "pair_style eap asr 1 symmetrize no rotate none cells 2 2 2 map id eref yes umax 2 "
      "instrain full");
}

// ------------------------------------------------------------------------- box and atoms ---

TEST_F(EapErrors, BoxIsNoSupercell)
{
  crystal(2, 2, 2, 3, 1.17);
  eap();
  expect("run 0", {"The box is not a supercell of the model", "2 x 2 x 2 cells", "17.0 %",
                   "at most 10 %", "(9.23437 0 0)", "(3.94631 0 0)", "keyword cells"});
  crystal();
  eap();
  lmp.lines("change_box all x scale 1.25 remap");
  expect("run 0", {"The box is not a supercell of the model", "3 x 2 x 2 cells", "16.7 %"});
  // a cell rotated by 45 degrees about z
  lmp.lines(
      "clear\nunits metal\natom_style atomic\nregion box block 0 5.580929 0 5.580929 0 3.946313\n"
      "create_box 3 box\ncreate_atoms 1 single 0 0 0\nmass * 16");
  eap();
  expect("run 0", {"The box is not a supercell of the model", "1 x 1 x 1 cells", "41.4 %"});
}

TEST_F(EapErrors, KeywordCells)
{
  crystal();
  eap("cells 3 2 2");
  expect("run 0", {"The box is not a supercell of the model", "3 x 2 x 2 cells", "33.3 %",
                   "at most 30 %", "correct the keyword cells"});
  crystal();
  eap("cells 2 2 2");
  expect_content("run 0");
}

TEST_F(EapErrors, NumberOfAtoms)
{
  crystal();
  eap();
  lmp.lines("group gone id 7\ndelete_atoms group gone"); // Ti of the second cell
  expect("run 0", {"The box holds 2 x 2 x 2 cells of 5 sites = 40 sites, but there are 39 atoms",
                   "8 Ba (expected 8), 7 Ti (expected 8), 24 O (expected 24)"});
  crystal();
  eap();
  lmp.lines("create_atoms 3 single 0.25 0.25 0.25");
  expect("run 0", {"there are 41 atoms", "25 O (expected 24)"});
  crystal();
  eap();
  lmp.lines("set atom 3 type 2");
  expect("run 0",
         {"there are 40 atoms", "9 Ti (expected 8), 23 O (expected 24)", "correct their types"});
  crystal();
  eap();
  lmp.lines("delete_atoms group all");
  expect("run 0", {"there are 0 atoms"});
}

TEST_F(EapErrors, AtomFarFromItsSite)
{
  // interstitial: an oxygen half-way between its site and nothing
  crystal();
  eap();
  lmp.lines("group one id 3\ndisplace_atoms one move 1.2 0.4 1.0 units box");
  expect("run 0",
         {"Atom 3 (type 3, O) is 1.", "Angstrom from the nearest lattice site of its element",
          "at most 0.691 are accepted", "is one of O", "2 x 2 x 2 cells"});
  // two atoms have changed places
  crystal();
  eap();
  lmp.lines("set atom 1 type 2\nset atom 2 type 1");
  expect("run 0",
         {"Atom 1 (type 2, Ti) is 3.", "is one of Ba", "order of the elements in pair_coeff"});
  // elements in a wrong order: no atom has a site of its element near
  crystal();
  lmp.lines(EAP + ("\n" + coeff(batio3("BaTiO3_sys_M2.xml"), "NULL", "Ti Ba O")));
  expect("run 0",
         {"from the nearest lattice site of its element", "order of the elements in pair_coeff"});
}

TEST_F(EapErrors, SiteTakenTwice)
{
  crystal();
  eap();
  // oxygen 3 goes to the site of oxygen 4
  lmp.lines("group one id 3\ndelete_atoms group one\ncreate_atoms 3 single 0.55 0.03 0.5");
  expect("run 0", {"Atoms 4 and 40 both map to sublattice 3 of cell (0, 0, 0), counted from 0",
                   "each lattice site must hold one atom", "interstitials"});
}

TEST_F(EapErrors, MapId)
{
  crystal();
  eap("map id");
  // IDs of create_atoms run with the first cell index fastest, sites with the last
  expect("run 0", {"map id: atom ", "2.790 Angstrom from the site its ID names", "map nearest"});
  crystal(1, 1, 2); // here both orders are the same
  eap("map id");
  expect_content("run 0");
  // Ba and O swapped: the first atom that does not fit is told
  crystal(1, 1, 2);
  eap("map id");
  lmp.lines("set atom 1 type 3\nset atom 3 type 1");
  expect("run 0",
         {"map id: atom 1 is O", "sublattice 0 of cell (0, 0, 0)) holds Ba", "map nearest"});
  // atom 3 replaced by one that gets the ID 11
  crystal(1, 1, 2);
  eap("map id");
  lmp.lines("group one id 3\ndelete_atoms group one compress no\ncreate_atoms 3 single 0.5 0.5 0");
  expect("run 0", {"map id: atom ID 11 has no site", "sites 1 to 10", "map nearest"});
}

TEST_F(EapErrors, BoundaryDimensionUnitsIds)
{
  const std::string atoms = "\nregion box block 0 3.946 0 3.946 -0.5 0.5\ncreate_box 3 box\n"
                            "create_atoms 1 single 0 0 0\nmass * 16\n";
  const std::string flat = "\npair_style eap\n" + total();
  lmp.lines("clear\nunits metal\ndimension 2" + atoms + flat);
  expect("run 0", {"three-dimensional box that is periodic in x, y and z", "it has dimension 2",
                   "boundary p p p"});
  lmp.lines("clear\nunits metal\nboundary p p f" + atoms + flat);
  expect("run 0",
         {"periodic in x, y and z", "boundary pp pp ff", "set dimension 3 and boundary p p p"});
  lmp.lines("clear\nunits metal\nboundary p p f" + atoms + LONG + "\n" + shortrange());
  expect("run 0", {"kspace_style lattice/fft needs", "periodic in x, y and z", "boundary p p p"});
  lmp.lines("clear\nunits lj" + atoms + flat);
  expect("run 0", {"pair_style eap works with units metal or real", "units lj"});
  lmp.lines("clear\nunits metal\natom_modify id no" + atoms + flat);
  expect("run 0", {"pair_style eap needs atom IDs", "atom_modify id no"});
}

// ------------------------------------------------------------------------------- k space ---

TEST_F(EapErrors, LongNeedsLatticeFFT)
{
  crystal();
  lmp.lines("pair_style eap/long\n" + shortrange());
  expect("run 0", {"pair_style eap/long needs kspace_style lattice/fft", "no kspace_style is set"});
  lmp.lines("kspace_style pppm 1e-4");
  expect(shortrange(),
         {"pair_style eap/long needs kspace_style lattice/fft", "kspace_style is pppm"});
}

TEST_F(EapErrors, LatticeFFTNeedsLong)
{
  crystal();
  eap();
  lmp.lines("kspace_style lattice/fft");
  expect("run 0", {"kspace_style lattice/fft computes the harmonic part of pair_style eap/long",
                   "pair_style is eap:"});
  lmp.lines("pair_style zero 4.0\npair_coeff * *");
  expect("run 0", {"pair_style is zero", "kspace_style none"});
  lmp.lines("pair_style hybrid/overlay zero 4.0 eap\npair_coeff * * zero\npair_coeff * * eap " +
            total().substr(15));
  expect("run 0", {"pair_style is hybrid/overlay"});
  lmp.lines("pair_style none");
  expect("run 0", {"no pair_style is set"});
}

TEST_F(EapErrors, LatticeFFTServesOne)
{
  crystal();
  const std::string files = shortrange().substr(15);
  lmp.lines(
      "pair_style hybrid/overlay zero 4.0 eap/long\nkspace_style lattice/fft\npair_coeff * * zero\n"
      "pair_coeff * * eap/long " +
      files);
  expect_content("run 0");
  lmp.lines("pair_style hybrid/overlay eap/long eap/long\npair_coeff * * eap/long 1 " + files +
            "\npair_coeff * * eap/long 2 " + files);
  expect("run 0", {"serves one harmonic crystal", "hybrid/overlay"});
  lmp.lines("pair_style hybrid/overlay eap/long coul/long 4.0\npair_coeff * * eap/long " + files +
            "\npair_coeff * * coul/long");
  expect("run 0", {"kspace_style lattice/fft serves one sub-style", "sub-style coul/long counts on",
                   "coul/dsf"});
}

TEST_F(EapErrors, ScaledHybrid)
{
  crystal();
  const std::string files = shortrange().substr(15);
  lmp.lines("pair_style hybrid/scaled 0.5 eap/long 1.0 zero 4.0\nkspace_style lattice/fft\n"
            "pair_coeff * * zero\npair_coeff * * eap/long " +
            files);
  expect("run 0", {"pair_style hybrid/scaled does not scale", "use hybrid/overlay"});
  lmp.lines(
      "kspace_style none\npair_style hybrid/scaled 0.5 eap 1.0 zero 4.0\npair_coeff * * zero\n"
      "pair_coeff * * eap " +
      total().substr(15));
  expect_content("run 0");
  expect("fix field all efield/born 0 0 0.01\nrun 0",
         {"the electric response of sub-style eap is not scaled", "hybrid/overlay"});
}

TEST_F(EapErrors, ResponseOfHybrid)
{
  crystal();
  const std::string files = total().substr(15);
  lmp.lines("pair_style hybrid/overlay zero 4.0 eap\npair_coeff * * zero\npair_coeff * * eap " +
            files + "\nfix field all efield/born 0 0 0.01");
  expect_content("run 0");
  lmp.lines("pair_style hybrid/overlay eap eap\npair_coeff * * eap 1 " + files +
            "\npair_coeff * * eap 2 " + files);
  expect("run 0",
         {"2 sub-styles of pair style hybrid/overlay know an electric response (eap and eap)",
          "born FILE"});
  lmp.lines("pair_style zero 4.0\npair_coeff * *");
  expect("run 0", {"pair style zero does not know its electric response"});
}

TEST_F(EapErrors, LatticeFFTArguments)
{
  crystal();
  expect("kspace_style lattice/fft 1e-4", {"lattice/fft takes no arguments", "found '1e-4'"});
  lmp.lines(LONG + ("\n" + shortrange()) + "\nkspace_modify slab 3.0");
  expect("run 0", {"lattice/fft is for bulk crystals", "slab"});
}

// ------------------------------------------------------------------------- during a run ---

TEST_F(EapErrors, BoxFlip)
{
  for (const std::string style : {EAP, LONG}) {
    crystal();
    lmp.lines(style + "\n" + (style == EAP ? total() : shortrange()));
    // 1 % shear per step: the flip comes as soon as the tilt exceeds half the edge
    lmp.lines("timestep 0.1\nfix shear all deform 1 xy erate 0.1 remap x flip yes");
    expect("run 80", {"The box changed its shape by a strain of 0.99", "at step 5", "flip no"});
  }
}

TEST_F(EapErrors, BoxFlipBetweenRuns)
{
  crystal();
  eap();
  lmp.lines("run 0");
  lmp.cmd("change_box all xy final %.17g units box", 2 * A0);
  expect("run 0", {"The box is not a supercell of the model"});
}

TEST_F(EapErrors, DisplacementBeyondUmax)
{
  crystal();
  eap();
  lmp.lines("run 3");
  const double energy = lmp.thermo("pe");
  lmp.lines("group one id 8\ndisplace_atoms one move 1.6 0 0 units box");
  // of 40 atoms one moved by 1.6: 1.56 from the mean
  expect("run 0", {"Atom 8 (type 3) is displaced by 1.56 Angstrom", "at step 3", "umax is 1.5",
                   "range of validity"});
  // with the atom back, the run goes on as if nothing had happened
  lmp.lines("displace_atoms one move -1.6 0 0 units box");
  expect_content("run 0");
  EXPECT_NEAR(lmp.thermo("pe"), energy, 1e-9); // eV; rounding of the displacement
}

TEST_F(EapErrors, UmaxStopsRun)
{
  crystal();
  eap("umax 0.5");
  // 300 Angstrom/ps, 0.3 Angstrom per step; two steps to exceed 0.5
  lmp.lines("group one id 8\nvelocity one set 300 0 0 units box\nfix move all nve");
  expect("run 100", {"Atom 8 (type 3) is displaced by 0.5", "at step 2,", "umax is 0.5"});
}

TEST_F(EapErrors, PositionNotANumber)
{
  crystal();
  eap();
  lmp.lines("fix move all nve");
  auto v = lmp.gather("v", 3);
  v[3 * (17 - 1) + 1] = NAN;
  lmp.scatter("v", 3, v);
  expect("run 2", {"Atom 17 (type ", "not a finite number at step 1"});
}

TEST_F(EapErrors, AtomCreatedDuringRun)
{
  crystal();
  eap();
  lmp.lines("region spot block 0.2 0.3 0.2 0.3 0.2 0.3 units lattice\n"
            "fix more all deposit 1 3 1 4711 region spot near 0.1");
  expect("run 5", {"Atom 41 was created during a run", "fix deposit"});
}

TEST_F(EapErrors, AtomDeletedDuringRun)
{
  crystal();
  eap();
  lmp.lines("region spot sphere 2 2 2 0.5 units box\nfix fewer all evaporate 1 1 spot 4711");
  expect("run 5", {"39 atoms of the crystal are left of 40", "at step 1", "deleted"});
}

extern "C" void change_type(void *handle, int64_t, int nlocal, Tag *id, double **, double **)
{
  auto *type = (int *)lammps_extract_atom(handle, "type");
  for (int i = 0; i < nlocal; i++)
    if (id[i] == 3) type[i] = 2;
}

TEST_F(EapErrors, TypeChangedDuringRun)
{
  crystal();
  eap();
  lmp.lines("neigh_modify every 1 delay 0 check no\nfix change all external pf/callback 1 1");
  lammps_set_fix_external_callback(lmp.handle, "change", (FixExternalFnPtr)change_type, lmp.handle);
  expect("run 3", {"Atom 3 became type 2 (Ti) during a run", "site is one of O"});
}

TEST_F(EapErrors, AtomsChangedBetweenRuns)
{
  crystal();
  eap();
  lmp.lines("run 0\ngroup gone id 7\ndelete_atoms group gone");
  expect("run 0", {"there are 39 atoms", "7 Ti (expected 8)"});
  lmp.lines("create_atoms 2 single 1.5 0.5 0.5");
  expect_content("run 0");
  EXPECT_NEAR(lmp.thermo("pe"), 0.0, 1e-9); // eV; the reference crystal again
}

TEST_F(EapErrors, FixSitesByHand)
{
  crystal();
  expect("fix mine all eap/sites", {"fix eap/sites is made by pair_style eap", "remove it"});
  expect("fix EAP_SITES0 all eap/sites 5", {"fix eap/sites is made by pair_style eap"});
  eap();
  expect_content("run 0\nunfix EAP_SITES0\nrun 0");
}

} // namespace
