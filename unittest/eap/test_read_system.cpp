#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "eap/eap_files.h"
#include "read_cases.h"

namespace {

// CODATA 2018, and quotients of them worked out by hand with 40 digits
const double hartree = 27.211386245988, bohr = 0.529177210903;
const double hartree_per_bohr = 51.42206747632588536622301915515336290256;
const double hartree_per_bohr2 = 97.17362429228216882259956113443728840508;

struct Deleter {
  void operator()(eap_system *s) const { eap_system_free(s); }
};
using System = std::unique_ptr<eap_system, Deleter>;

System read(const std::string &path, polar_status *st, polar_code *code)
{
  eap_system *sys = nullptr;
  *code = eap_read_system(path.c_str(), &sys, st);
  EXPECT_EQ(*code == POLAR_OK, sys != nullptr);
  return System(sys);
}

System read_text(const std::string &text)
{
  const TemporaryFile file(text);
  polar_status st{};
  polar_code code;
  System sys = read(file.path, &st, &code);
  EXPECT_EQ(code, POLAR_OK) << st.text;
  return sys;
}

// Every number of small_system against the format: which index runs fastest where, and the units.
// EXPECT_DOUBLE_EQ (4 ulp): one or two roundings of the conversion.
void expect_small_system(const eap_system &s)
{
  EXPECT_EQ(s.n, 2);
  EXPECT_DOUBLE_EQ(s.energy, -54.422772491976); // -2 Ha
  const double cell[3][3] = {{7.0, 0.5, 0.25}, {0.0, 8.0, -0.75}, {0.125, 0.0, 9.0}};
  const double eps[3][3] = {{4.0, 0.1, 0.2}, {0.1, 5.0, 0.3}, {0.2, 0.3, 6.0}};
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      EXPECT_DOUBLE_EQ(s.cell[i][j], cell[i][j] * bohr); // row: component, column: vector
      EXPECT_DOUBLE_EQ(s.eps_inf[i][j], eps[i][j]);
    }
  EXPECT_DOUBLE_EQ(s.cell[0][0], 3.704240476321); // 7 bohr
  for (int i = 0; i < 6; i++)
    for (int j = 0; j < 6; j++)
      EXPECT_DOUBLE_EQ(s.elastic[i][j], (6 * j + i + 1) * hartree); // i runs fastest
  EXPECT_EQ(s.mass[0], 47.88);
  EXPECT_EQ(s.mass[1], 15.9994);
  EXPECT_EQ(s.element[0], 22);
  EXPECT_EQ(s.element[1], 8);
  const double tau[2][3] = {{1.0, 2.0, 3.0}, {-1.0, 0.0, 4.0}};
  for (int a = 0; a < 2; a++)
    for (int i = 0; i < 3; i++) {
      EXPECT_DOUBLE_EQ(s.tau[a][i], tau[a][i] * bohr);
      // the file's numbers are 10 x direction of M + direction of u, both from 1
      for (int j = 0; j < 3; j++)
        EXPECT_EQ(s.born[a][i][j], (a ? -1.0 : 1.0) * (10 * (i + 1) + j + 1));
    }
  ASSERT_EQ(s.nlocal, 2);
  EXPECT_EQ(s.ntotal, 0);
  EXPECT_EQ(s.total, nullptr);
  EXPECT_EQ(s.local[0].cell[0], 1);
  EXPECT_EQ(s.local[0].cell[1], -2);
  EXPECT_EQ(s.local[0].cell[2], 3);
  for (int row = 0; row < 6; row++)
    for (int column = 0; column < 6; column++)
      EXPECT_DOUBLE_EQ(s.local[0].phi[6 * row + column],
                       (6 * row + column + 1) * hartree_per_bohr2);
  EXPECT_EQ(s.local[1].cell[2], 0);
  EXPECT_EQ(s.local[1].phi[0], 0.0);
  EXPECT_DOUBLE_EQ(s.local[1].phi[35], -0.05 * hartree_per_bohr2);
  for (int a = 0; a < 2; a++)
    for (int v = 0; v < 6; v++)
      for (int i = 0; i < 3; i++)
        EXPECT_DOUBLE_EQ(s.strain_force[a][v][i], (10 * v + 3 * a + i + 1) * hartree_per_bohr);
}

TEST(ReadSystem, ValuesAndIndexOrder)
{
  const System s = read_text(small_system);
  ASSERT_NE(s, nullptr);
  expect_small_system(*s);
}

// The children of the root, of an atom and of a block in reverse order
TEST(ReadSystem, OrderOfElementsDoesNotMatter)
{
  const auto between = [](const std::string &from, const std::string &to) {
    const size_t a = small_system.find(from), b = small_system.find(to, a) + to.size();
    return small_system.substr(a, b - a);
  };
  const std::string energy = between("  <energy>", "</energy>\n");
  const std::string cell = between("  <unit_cell", "</unit_cell>\n");
  const std::string position = between("    <position", "</position>\n");
  const std::string block_cell = between("    <cell>", "</cell>\n");
  std::string text = small_system;
  for (const std::string &part : {energy, cell, position, block_cell})
    text = edited(text, part, "");
  text = edited(text, "    </borncharge>\n", "    </borncharge>\n" + position);
  text = edited(text, "    <data>", block_cell + "    <data>");
  text = edited(text, "</System_definition>", cell + energy + "</System_definition>");
  const System s = read_text(text);
  ASSERT_NE(s, nullptr);
  expect_small_system(*s);
}

TEST(ReadSystem, WhatIsPassedOver)
{
  const std::string coefficients =
      small_coefficients.substr(small_coefficients.find("<Heff_definition>"));
  std::string direct = coefficients;
  direct = edited(edited(direct, "<Heff_definition>", ""), "</Heff_definition>", "");
  const std::string end = "</System_definition>";
  std::string no_units = small_system;
  for (const char *unit : {"bohrradius", "epsilon0", "hartree", "abs(e)", "hartree/bohrradius**2",
                           "hartree/bohrradius"})
    no_units = edited_all(no_units, std::string(" units=\"") + unit + "\"", "");
  no_units = edited_all(no_units, " massunits=\"atomicmassunit\"", "");
  const struct {
    const char *what;
    std::string text;
  } same[] = {
      {"prt_model 1: list of coefficients", edited(small_system, end, coefficients + end)},
      {"prt_model 1: coefficients in the root", edited(small_system, end, direct + end)},
      {"Terms_definition", edited(small_system, end, "<Terms_definition/>" + end)},
      {"units left out", no_units},
      {"unit of the energy", edited(small_system, "<energy>", "<energy units=\" hartree\">")},
      {"two phonons", edited(small_system, "<phonon>", "<phonon a=\"b\">x<y/></phonon><phonon>")},
      {"no strain tensor",
       edited(small_system, "<strain>\n   1 0 0 0 0 0 0 0 0\n    </strain>", "")},
      {"Windows lines", edited_all(small_system, "\n", "\r\n")},
      {"Fortran exponents", edited(small_system, "-0.20000000000000E+01", "-0.2D+01")},
      {"third order that is zero",
       edited(small_system, "    </strain_coupling>",
              "<elastic3rd units=\"hartree\">" + edited_all(std::string(36, 'z'), "z", " 0.0") +
                  "</elastic3rd><correction_strain_force units=\"hartree/bohrradius\">" +
                  edited_all(std::string(36, 'z'), "z", " -0.0D0") +
                  "</correction_strain_force>"
                  "<correction_force_constant units=\"hartree/bohrradius**2\"><data>" +
                  edited_all(std::string(36, 'z'), "z", " 0") +
                  "</data><cell>0 0 1</cell></correction_force_constant></strain_coupling>")},
  };
  for (const auto &s : same) {
    SCOPED_TRACE(s.what);
    const System sys = read_text(s.text);
    if (sys) expect_small_system(*sys);
  }
}

TEST(ReadSystem, TotalForceConstants)
{
  const std::string from = "local_force_constant", to = "total_force_constant";
  const std::string mixed = edited(edited(small_system, from, to), "</" + from, "</" + to);
  System s = read_text(mixed);
  ASSERT_NE(s, nullptr);
  ASSERT_EQ(s->nlocal, 1);
  ASSERT_EQ(s->ntotal, 1);
  EXPECT_EQ(s->total[0].cell[1], -2);
  EXPECT_DOUBLE_EQ(s->total[0].phi[7], 8 * hartree_per_bohr2);
  EXPECT_EQ(s->local[0].cell[1], 0);
  // local and total of the same cell belong together; both must be read
  s = read_text(edited(mixed, "1  -2   3", "0 0 0"));
  ASSERT_NE(s, nullptr);
  EXPECT_EQ(s->ntotal, 1);
  s = read_text(edited_all(small_system, from, to));
  ASSERT_NE(s, nullptr);
  EXPECT_EQ(s->nlocal, 0);
  EXPECT_EQ(s->ntotal, 2);
}

TEST(ReadSystem, NoStrainCoupling)
{
  const size_t a = small_system.find("  <strain_coupling"), b = small_system.find("</System");
  const System s = read_text(small_system.substr(0, a) + small_system.substr(b));
  ASSERT_NE(s, nullptr);
  for (int v = 0; v < 6; v++)
    for (int i = 0; i < 3; i++) EXPECT_EQ(s->strain_force[1][v][i], 0.0);
}

// A DDB leaves an asymmetry of rounding in the dielectric tensor
TEST(ReadSystem, DielectricTensorIsMadeSymmetric)
{
  const System s = read_text(edited(small_system, "4.0  0.1  0.2", "4.0  0.1000002  0.2"));
  ASSERT_NE(s, nullptr);
  EXPECT_DOUBLE_EQ(s->eps_inf[0][1], 0.1000001);
  EXPECT_EQ(s->eps_inf[0][1], s->eps_inf[1][0]);
}

std::string atoms(int count)
{
  std::string all;
  for (int i = 0; i < count; i++)
    all += "<atom mass=\"1.008\"><position>" + std::to_string(0.005 * i) +
           " 0 0</position><borncharge>0 0 0 0 0 0 0 0 0</borncharge></atom>\n";
  return all;
}

std::string with_atoms(int count)
{
  const size_t a = small_system.find("  <atom"), b = small_system.find("  <local_force");
  return small_system.substr(0, a) + atoms(count) + small_system.substr(b);
}

// One edit of small_system each: the status, the line, and a piece of the message
TEST(ReadSystem, Malformed)
{
  struct Case {
    const char *from, *to; // one edit
    const char *at;        // the line is that of the first occurrence of this in the edited text
    const char *message;
    polar_code code = POLAR_MODEL;
  };
  const char *const first_born = "   11  21  31\n   12  22  32\n   13  23  33\n";
  const char *const last_row = "   31  32  33  34  35  36\n  </elastic>";
  const Case cases[] = {
      // structure
      {"<System_definition>", "<System_definition version=\"2\">", "<System_def",
       "unknown attribute 'version' of <System_definition>"},
      {"  <energy>", "  <energie/>\n  <energy>", "<energie", "unknown element <energie>"},
      {"  <energy>", "  junk <energy>", "<System_def", "unexpected text 'junk'"},
      {"  <energy>", "<System_definition></System_definition><energy>", "<System_definition><",
       "unknown element <System_definition>"},
      {"<energy>", "<energy precision=\"8\">", "<energy", "unknown attribute 'precision'"},
      {"  <energy>\n  -0.20000000000000E+01\n  </energy>\n", "", "<System_def", "no <energy>"},
      {"  <unit_cell", "  <energy>0</energy>\n  <unit_cell", "<energy>0",
       "second <energy> in <System_definition>, expected only that of line 3"},
      {"  <epsilon_inf",
       "  <unit_cell units=\"bohrradius\"> 1 0 0 0 1 0 0 0 1 </unit_cell>\n  <epsilon_inf",
       "> 1 0 0", "second <unit_cell>"},
      {"<phonon>", "<epsilon_inf>4 0 0 0 4 0 0 0 4</epsilon_inf><phonon>", "<epsilon_inf>",
       "second <epsilon_inf>"},
      {"<phonon>", "<elastic>0</elastic><phonon>", "<elastic>0", "second <elastic>"},
      {"unit_cell units", "unit_cel units", "</unit_cell>", "does not match <unit_cel>",
       POLAR_SYNTAX},
      // energy
      {"-0.20000000000000E+01", "", "<energy", "found 0 numbers in <energy>, expected 1"},
      {"-0.20000000000000E+01", "nan", "<energy", "'nan', is not a finite number"},
      {"-0.20000000000000E+01", "1e400", "<energy", "too large"},
      {"-0.20000000000000E+01", "1.7e308", "<energy", "too large after conversion"},
      {"-0.20000000000000E+01", "********", "<energy", "asterisks"},
      {"<energy>", "<energy units=\"eV\">", "<energy", "unit units=\"eV\""},
      // cell
      {"7.0  0.5  0.25", "7.0  0.5", "<unit_cell", "found 8 numbers in <unit_cell>, expected 9"},
      {"7.0  0.5  0.25", "7.0  0.5  0,25", "<unit_cell", "number 3 of 9"},
      {"7.0  0.5  0.25", "<x/>", "<x/>", "unexpected element <x>"},
      {"<unit_cell units=\"bohrradius\"", "<unit_cell units=\"angstrom\"", "<unit_cell",
       "unknown unit units=\"angstrom\" of <unit_cell>, expected \"bohrradius\""},
      {"0.125  0.0  9.0", "0 0 0", "<unit_cell", "linearly dependent"},
      {"0.125  0.0  9.0", "0.0  8.0  -0.75", "<unit_cell", "linearly dependent"},
      {"0.125  0.0  9.0", "0.0  0.0  1e-9", "<unit_cell", "linearly dependent"},
      {"0.125  0.0  9.0", "0.125  0.0 -9.0", "<unit_cell", "left-handed"},
      {"0.125  0.0  9.0", "0.125  0.0  1e300", "<unit_cell", "absurdly long"},
      // dielectric tensor
      {"units=\"epsilon0\"", "units=\"F/m\"", "<epsilon_inf", "unknown unit units=\"F/m\""},
      {"0.2  0.3  6.0", "0.2  0.3  6.0 7.0", "<epsilon_inf", "found 10 numbers"},
      {"4.0  0.1  0.2", "4.0  0.5  0.2", "<epsilon_inf", "not symmetric"},
      {"0.2  0.3  6.0", "0.2  0.3  -6.0", "<epsilon_inf", "not positive definite"},
      {"4.0  0.1  0.2", "0.0  0.1  0.2", "<epsilon_inf", "not positive definite"},
      {"4.0  0.1  0.2\n   0.1  5.0", "-4.0  0.1  0.2\n   0.1  -5.0", "<epsilon_inf",
       "not positive definite"},
      // elastic constants
      {last_row, "   31  32  33  34  35\n  </elastic>", "<elastic", "found 35 numbers"},
      {"<elastic units=\"hartree\"", "<elastic units=\"GPa\"", "<elastic", "unit units=\"GPa\""},
      // atoms
      {"mass=\"  47.88000\"", "", "<atom", "<atom> has no attribute 'mass'"},
      {"mass=\"  47.88000\"", "mass=\"x\"", "<atom", "mass=\"x\" of <atom> is not a number"},
      {"mass=\"  15.99940\"", "mass=\"17.99916\"", "mass=\"17.99916\"",
       "mass 17.99916 amu belongs to no element within 0.1 %; the nearest is F, 18.998403 amu"},
      {"mass=\"  15.99940\"", "mass=\"0.0\"", "mass=\"0.0\"", "belongs to no element"},
      {"mass=\"  15.99940\"", "mass=\"-15.9994\"", "mass=\"-15.9994\"", "belongs to no element"},
      {"atomicmassunit", "kg", "<atom", "unknown unit massunits=\"kg\""},
      {"<atom mass", "<atom charge=\"4\" mass", "<atom", "unknown attribute 'charge' of <atom>"},
      {"<position", "<spin/><position", "<spin", "unknown element <spin> in <atom>"},
      {"<position units=\"bohrradius\">", "<position units=\"reduced\">", "<position",
       "units=\"reduced\""},
      {"1.0  2.0  3.0", "1.0  2.0", "<position", "found 2 numbers in <position>, expected 3"},
      {"    <position units=\"bohrradius\">\n   1.0  2.0  3.0\n    </position>\n", "", "<atom",
       "<atom> has no <position>"},
      {"<borncharge", "<position>0 0 0</position><borncharge", "<position>0", "second <position>"},
      {first_born, "   11 21 31 12 22 32 13 23\n", "<borncharge", "found 8 numbers"},
      {first_born, "   1 0 0 0 1 0 0 0 -inf\n", "<borncharge", "not a finite number"},
      {"units=\"abs(e)\"", "units=\"C\"", "<borncharge", "unit units=\"C\" of <borncharge>"},
      {"-1.0  0.0  4.0", "1.0  2.0  3.0005", "mass=\"  15.99940\"",
       "atom 1 sits on the same lattice site as atom 0"},
      // the image by the second lattice vector, which is the second column of unit_cell
      {"-1.0  0.0  4.0", "1.5  10.0  3.0", "mass=\"  15.99940\"", "same lattice site"},
      // force constants
      {"<local_force_constant units=\"hartree/bohrradius**2\">",
       "<local_force_constant units=\"hartree/bohr\">", "<local_force",
       "unknown unit units=\"hartree/bohr\""},
      {"   31 32 33 34 35 36\n    </data>", "   31 32 33 34 35\n    </data>", "<data>",
       "found 35 numbers in <data>, expected 36"},
      {"   31 32 33 34 35 36\n    </data>", "   31 32 33 34 35 36 37\n    </data>", "<data>",
       "found 37 numbers"},
      {"   31 32 33 34 35 36\n    </data>", "   31 32 33 34 35 3.6.\n    </data>", "<data>",
       "number 36 of 36 in <data>, '3.6.', is not a number"},
      {"    <data>\n", "    <data units=\"eV\">\n", "<data", "unknown attribute 'units' of <data>"},
      {"    <data>\n", "    <weight/><data>\n", "<weight", "unknown element <weight>"},
      {"    <cell>\n   1  -2   3\n    </cell>\n", "", "<local_force",
       "<local_force_constant> has no <cell>"},
      {"1  -2   3", "1  -2", "<cell>", "found 2 numbers in <cell>, expected 3"},
      {"1  -2   3", "1  -2  0.5", "<cell>", "'0.5', is not an integer"},
      {"1  -2   3", "1  -2  101", "<cell>", "is 101, expected -100 to 100"},
      {"1  -2   3", "1  -2  -101", "<cell>", "is -101, expected -100 to 100"},
      {"1  -2   3", "1  -2  99999999999", "<cell>", "too large"},
      // strain coupling
      {"<strain_coupling voigt=\" 5\">", "<strain_coupling voigt=\" 6\">", "voigt=\" 6\"",
       "voigt=\"6\" of <strain_coupling> is out of range, expected 0 to 5"},
      {"<strain_coupling voigt=\" 0\">", "<strain_coupling voigt=\"-1\">", "voigt=\"-1\"",
       "out of range"},
      {"<strain_coupling voigt=\" 5\">", "<strain_coupling>", "<strain_coupling>",
       "no attribute 'voigt'"},
      {"<strain_coupling voigt=\" 5\">", "<strain_coupling voigt=\"xy\">", "voigt=\"xy\"",
       "not an integer"},
      {"<strain_coupling voigt=\" 5\">", "<strain_coupling voigt=\"3\">", "voigt=\"3\"",
       "second <strain_coupling> with voigt=\"3\""},
      {"<strain_coupling voigt=\" 5\">", "<strain_coupling voigt=\" 5\" x=\"\">", "x=\"\"",
       "unknown attribute 'x'"},
      {"21 22 23 24 25 26", "21 22 23 24 25", "21 22 23 24 25 <", "found 5 numbers"},
      {"<correction_force units=\"hartree/bohrradius\"> 21", "<correction_force units=\"eV\"> 21",
       "> 21 22", "unit units=\"eV\" of <correction_force>"},
      {"1 0 0 0 0 0 0 0 0\n    </strain>", "1 0 0\n    </strain>", "<strain>",
       "found 3 numbers in <strain>"},
      {"    <strain>", "    <strain>0</strain>\n    <strain>", "<strain>\n   1 0",
       "second <strain>"},
      {"    <strain>", "    <displacement/><strain>", "<displacement/>",
       "unknown element <displacement>"},
  };
  for (const Case &c : cases) {
    SCOPED_TRACE(std::string(c.from) + " -> " + c.to);
    const std::string text = edited(small_system, c.from, c.to);
    const TemporaryFile file(text);
    polar_status st{};
    polar_code code;
    const System sys = read(file.path, &st, &code);
    EXPECT_EQ(code, c.code);
    EXPECT_EQ(st.code, c.code);
    const int line = line_of(text, c.at);
    EXPECT_EQ(st.line, line) << st.text;
    EXPECT_NE(std::strstr(st.text, c.message), nullptr) << st.text;
    EXPECT_EQ(std::string(st.text).find(file.path + ":" + std::to_string(line) + ": "), 0u)
        << st.text;
  }
}

void expect_refused(const std::string &text, int line, const char *message,
                    polar_code expected = POLAR_MODEL)
{
  const TemporaryFile file(text);
  polar_status st{};
  polar_code code;
  const System sys = read(file.path, &st, &code);
  EXPECT_EQ(code, expected) << st.text;
  EXPECT_EQ(st.line, line) << st.text;
  EXPECT_NE(std::strstr(st.text, message), nullptr) << st.text;
}

TEST(ReadSystem, MalformedAsAWhole)
{
  expect_refused(with_atoms(0), 2, "no <atom>");
  expect_refused(with_atoms(1001), 2, "1001 atoms per primitive cell, the limit is 1000");
  // 3 numbers of 9e6: refused by count, without taking memory for a block of that size
  expect_refused(with_atoms(1000), line_of(with_atoms(1000), "<data>"), "expected 9000000");
  const size_t a = small_system.find("  <local_force"), b = small_system.find("  <phonon>");
  expect_refused(small_system.substr(0, a) + small_system.substr(b), 2,
                 "no <local_force_constant> and no <total_force_constant>");
  const std::string again =
      edited(small_system, "   0   0   0\n    </cell>", "   1  -2   3\n    </cell>");
  expect_refused(again, line_of(again, "</local_force_constant>") + 1,
                 "second <local_force_constant> of cell 1 -2 3");
  const size_t last = small_system.find("  <strain_coupling voigt=\" 3\">");
  const size_t next = small_system.find("  <strain_coupling voigt=\" 4\">");
  expect_refused(small_system.substr(0, last) + small_system.substr(next), 2,
                 "found 5 <strain_coupling> elements, expected all 6 or none: voigt=\"3\"");
}

TEST(ReadSystem, ThirdOrder)
{
  const std::string end = "    </strain_coupling>";
  const std::string zeros = edited_all(std::string(35, 'z'), "z", " 0");
  const auto insert = [&end](const std::string &what) {
    return edited(small_system, end, what + end);
  };
  const struct {
    std::string text;
    const char *at, *message;
  } cases[] = {
      {insert("<elastic3rd>" + zeros + " 1e-3</elastic3rd>"), "<elastic3rd>",
       "<elastic3rd> is not supported unless all its numbers are zero: MULTIBINIT drops them"},
      {insert("<correction_strain_force>1" + zeros + "</correction_strain_force>"),
       "<correction_strain_force>", "never adds their forces"},
      {insert("<correction_force_constant><data>1" + zeros +
              "</data>\n<cell>0 0 0</cell></correction_force_constant>"),
       "<correction_force_constant>", "transposed cell array"},
      {insert("<elastic3rd>" + zeros + "</elastic3rd>"), "<elastic3rd>", "found 35 numbers"},
      {insert("<elastic3rd>" + zeros + " nan</elastic3rd>"), "<elastic3rd>", "not a finite"},
      {insert("<elastic3rd units=\"GPa\"/>"), "<elastic3rd", "unit units=\"GPa\""},
      {insert("<correction_strain_force>" + zeros + "</correction_strain_force>"),
       "<correction_strain_force>", "found 35 numbers"},
      {insert("<correction_force_constant/>"), "<correction_force_constant", "has no <cell>"},
      {insert("<elastic3rd>" + zeros + " 0</elastic3rd>\n<elastic3rd x=\"\"/>"), "<elastic3rd x",
       "second <elastic3rd>"},
  };
  for (const auto &c : cases) expect_refused(c.text, line_of(c.text, c.at), c.message);
  const std::string stray = insert("\n</correction_strain_force>\n");
  expect_refused(stray, line_of(stray, "</correction_strain_force>"), "remove that line",
                 POLAR_SYNTAX);
}

TEST(ReadSystem, OtherFiles)
{
  expect_refused(small_coefficients, 2, "are the two swapped?");
  expect_refused("<simulation/>", 1,
                 "found root element <simulation>, expected <System_definition>");
  expect_refused("\n **** DERIVATIVE DATABASE ****\n+DDB, Version number    100401\n", 2,
                 "this is a DDB (derivative database), expected XML", POLAR_SYNTAX);
  expect_refused(std::string("CDF\x02\0\0", 6), 1, "netCDF", POLAR_SYNTAX);
  expect_refused("{\"E\": 1}", 1,
                 "not an XML file: its first character is not '<'. Expected an XML "
                 "file as MULTIBINIT writes it with 'prt_model 3'",
                 POLAR_SYNTAX);
  expect_refused("", 1, "empty", POLAR_SYNTAX);
  polar_status st{};
  polar_code code;
  read("/nonexistent/model.xml", &st, &code);
  EXPECT_EQ(code, POLAR_FILE);
  EXPECT_STREQ(st.text, "Cannot open file '/nonexistent/model.xml': No such file or directory");
  EXPECT_EQ(eap_read_system(nullptr, nullptr, &st), POLAR_ARGUMENT);
  EXPECT_EQ(eap_read_system("/nonexistent/model.xml", nullptr, nullptr), POLAR_ARGUMENT);
  eap_system_free(nullptr);
}

// Cut anywhere, a file is refused as truncated, in the line of the cut.
TEST(ReadSystem, Truncated)
{
  const size_t end = small_system.find("</System_definition>") + 19; // all but the last '>'
  for (size_t length = small_system.find("<System") + 20; length <= end; length += 37) {
    const std::string text = small_system.substr(0, length);
    const TemporaryFile file(text);
    polar_status st{};
    polar_code code;
    const System sys = read(file.path, &st, &code);
    EXPECT_EQ(code, POLAR_SYNTAX) << length;
    EXPECT_NE(std::strstr(st.text, "truncated"), nullptr) << length << st.text;
    EXPECT_GT(st.line, 1);
    EXPECT_LE(st.line, 1 + std::count(text.begin(), text.end(), '\n'));
  }
}

TEST(ReadSystem, BaTiO3)
{
  polar_status st{};
  polar_code code;
  const System s = read(POLAR_SOURCE_DIR "/potentials/BaTiO3/BaTiO3_sys.xml", &st, &code);
  ASSERT_EQ(code, POLAR_OK) << st.text;
  ASSERT_EQ(s->n, 5);
  const int element[5] = {56, 22, 8, 8, 8};
  for (int a = 0; a < 5; a++) EXPECT_EQ(s->element[a], element[a]);
  // lines 4, 9, 20, 33 and 38 of the file
  EXPECT_DOUBLE_EQ(s->energy, -133.50974558829 * hartree);
  EXPECT_DOUBLE_EQ(s->cell[2][2], 7.4574503332 * bohr);
  EXPECT_DOUBLE_EQ(s->elastic[0][3], -0.77288958903755e-07 * hartree);
  EXPECT_EQ(s->mass[1], 47.88);
  EXPECT_DOUBLE_EQ(s->born[1][0][0], 7.0482777395621);
  EXPECT_EQ(s->nlocal, 27);
  EXPECT_EQ(s->ntotal, 0);
}

TEST(ReadSystem, BaHfO3)
{
  const char *reference = std::getenv("POLAR_REFERENCE");
  if (!reference) GTEST_SKIP() << "skipped: no reference data";
  for (const char *name : {"/eap/BaHfO3_sys.xml", "/eap/BaHfO3_sys_dipdip0.xml"}) {
    if (!std::ifstream(std::string(reference) + name)) GTEST_SKIP() << "skipped: no reference data";
    polar_status st{};
    polar_code code;
    const System s = read(std::string(reference) + name, &st, &code);
    ASSERT_EQ(code, POLAR_OK) << st.text;
    ASSERT_EQ(s->n, 5);
    EXPECT_EQ(s->element[1], 72);
    EXPECT_EQ(s->nlocal, 125);
    EXPECT_EQ(s->ntotal, 125);
    // from the file: energy; elastic, last row and first column; O1 borncharge, second line
    EXPECT_DOUBLE_EQ(s->energy, -134.31878198735 * hartree);
    EXPECT_DOUBLE_EQ(s->elastic[0][5], 0.61756915094698e-06 * hartree);
    EXPECT_DOUBLE_EQ(s->born[2][1][1], -4.5316999090584);
    EXPECT_EQ(s->local[0].cell[0], -2);
    EXPECT_EQ(s->local[124].cell[2], 2);
  }
}

} // namespace
