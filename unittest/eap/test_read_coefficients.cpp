#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "eap/eap_files.h"
#include "read_cases.h"

namespace {

// CODATA 2018; quotients worked out by hand with 40 digits
const double hartree = 27.211386245988, bohr = 0.529177210903;
const double hartree_per_bohr3 = 183.6315364496949734636625793025931318827;

struct Deleter {
  void operator()(eap_coefficients *c) const { eap_coefficients_free(c); }
};
using Coefficients = std::unique_ptr<eap_coefficients, Deleter>;

Coefficients read(const std::string &path, int n, polar_status *st, polar_code *code)
{
  eap_system sys{};
  sys.n = n;
  eap_coefficients *coeffs = nullptr;
  *code = eap_read_coefficients(path.c_str(), &sys, &coeffs, st);
  EXPECT_EQ(*code == POLAR_OK, coeffs != nullptr);
  return Coefficients(coeffs);
}

Coefficients read_text(const std::string &text)
{
  const TemporaryFile file(text);
  polar_status st{};
  polar_code code;
  Coefficients coeffs = read(file.path, 2, &st, &code);
  EXPECT_EQ(code, POLAR_OK) << st.text;
  return coeffs;
}

void expect_difference(const eap_difference &d, int a, int b, std::array<int, 6> cells, int dir,
                       int power)
{
  EXPECT_EQ(d.site[0], a);
  EXPECT_EQ(d.site[1], b);
  for (int i = 0; i < 6; i++) EXPECT_EQ(d.cell[i / 3][i % 3], cells[i]) << i;
  EXPECT_EQ(d.dir, dir);
  EXPECT_EQ(d.power, power);
}

// All of small_coefficients against the format. EXPECT_DOUBLE_EQ (4 ulp) where the conversion is
// one factor per bohr up to the third power.
void expect_small(const eap_coefficients &c)
{
  ASSERT_EQ(c.ncoefficient, 2);
  EXPECT_EQ(c.nvalueless, 0);
  EXPECT_STREQ(c.text[0], "(Ti_x-O_x)^2(Ti_y-O_y[100])^1(eta_4)^3");
  EXPECT_STREQ(c.text[1], "(eta_1)^2(eta_6)^1");
  ASSERT_EQ(c.nterm, 3);
  EXPECT_EQ(c.coefficient[0], 0);
  EXPECT_EQ(c.coefficient[1], 0);
  EXPECT_EQ(c.coefficient[2], 1);

  const eap_term &t0 = c.term[0], &t1 = c.term[1], &t2 = c.term[2];
  ASSERT_EQ(t0.ndifference, 2);
  ASSERT_EQ(t0.nstrain, 1);
  expect_difference(t0.difference[0], 0, 1, {0, 0, 0, 0, 0, 0}, 0, 2);
  expect_difference(t0.difference[1], 0, 1, {-1, 0, 2, 1, -16, 16}, 1, 1);
  EXPECT_EQ(t0.strain[0].voigt, 3); // 4 in the file, which counts from 1
  EXPECT_EQ(t0.strain[0].power, 3);
  EXPECT_DOUBLE_EQ(t0.value, 0.5 * hartree_per_bohr3); // strain has no dimension

  ASSERT_EQ(t1.ndifference, 1);
  ASSERT_EQ(t1.nstrain, 0);
  expect_difference(t1.difference[0], 1, 1, {0, 0, 0, 0, 0, 1}, 2, 16);
  // 16 roundings of the conversion
  const double sixteenth = -0.5 * hartree / std::pow(bohr, 16);
  EXPECT_NEAR(t1.value, sixteenth, 16 * 1.2e-16 * std::abs(sixteenth));

  ASSERT_EQ(t2.ndifference, 0);
  ASSERT_EQ(t2.nstrain, 2);
  EXPECT_EQ(t2.strain[0].voigt, 0);
  EXPECT_EQ(t2.strain[0].power, 2);
  EXPECT_EQ(t2.strain[1].voigt, 5);
  EXPECT_EQ(t2.strain[1].power, 1);
  EXPECT_DOUBLE_EQ(t2.value, -5.0 * hartree); // -2.5 times weight 2
}

TEST(ReadCoefficients, Values)
{
  const Coefficients c = read_text(small_coefficients);
  ASSERT_NE(c, nullptr);
  expect_small(*c);
}

// What is between the tags of small_coefficients' root
std::string inside()
{
  const std::string begin = "<Heff_definition>";
  const size_t a = small_coefficients.find(begin) + begin.size();
  return small_coefficients.substr(a, small_coefficients.find("</Heff_definition>") - a);
}

TEST(ReadCoefficients, WhereTheyStand)
{
  const std::string end = "</System_definition>";
  const std::string heff = "<Heff_definition>" + inside() + "</Heff_definition>";
  const std::string terms = "<Terms_definition>" + inside() + "</Terms_definition>";
  const struct {
    const char *what;
    std::string text;
  } same[] = {
      {"Terms_definition", terms},
      {"prt_model 1, list", edited(small_system, end, heff + end)},
      {"prt_model 1, list of the other name", edited(small_system, end, terms + end)},
      {"prt_model 1, in the root", edited(small_system, end, inside() + end)},
      {"no numbers", edited(edited(small_coefficients, "number=\"1\"", ""), "number=\"2\"", "")},
      {"Windows lines", edited_all(small_coefficients, "\n", "\r\n")},
      {"blank attributes", edited_all(edited_all(small_coefficients, "power=\"", "power=\"  "),
                                      "atom_a=\"", "atom_a=\" \n")},
  };
  for (const auto &s : same) {
    SCOPED_TRACE(s.what);
    const Coefficients c = read_text(s.text);
    if (c) expect_small(*c);
  }
  // the same path serves both readers
  const TemporaryFile file(edited(small_system, end, heff + end));
  eap_system *sys = nullptr;
  eap_coefficients *coeffs = nullptr;
  polar_status st{};
  ASSERT_EQ(eap_read_system(file.path.c_str(), &sys, &st), POLAR_OK) << st.text;
  ASSERT_EQ(eap_read_coefficients(file.path.c_str(), sys, &coeffs, &st), POLAR_OK) << st.text;
  expect_small(*coeffs);
  eap_coefficients_free(coeffs);
  eap_system_free(sys);
}

TEST(ReadCoefficients, MissingValueOrText)
{
  const std::string value1 = " value=\"  0.5000000000E+00\"",
                    value2 = " value=\" -0.2500000000D+01\"";
  Coefficients c = read_text(edited(small_coefficients, value1, ""));
  ASSERT_NE(c, nullptr);
  EXPECT_EQ(c->nvalueless, 1);
  ASSERT_EQ(c->nterm, 3);
  EXPECT_EQ(c->term[0].value, 0.0);
  EXPECT_EQ(c->term[1].value, 0.0);
  EXPECT_DOUBLE_EQ(c->term[2].value, -5.0 * hartree);
  c = read_text(edited(small_coefficients, value1, " value=\"0.0\""));
  ASSERT_NE(c, nullptr);
  EXPECT_EQ(c->nvalueless, 0);
  EXPECT_EQ(c->term[0].value, 0.0);
  c = read_text(edited(small_coefficients, " text=\"(eta_1)^2(eta_6)^1\"", ""));
  ASSERT_NE(c, nullptr);
  EXPECT_STREQ(c->text[1], "");
}

void expect_refused(const std::string &text, int line, const char *message,
                    polar_code expected = POLAR_MODEL)
{
  const TemporaryFile file(text);
  polar_status st{};
  polar_code code;
  const Coefficients coeffs = read(file.path, 2, &st, &code);
  EXPECT_EQ(code, expected) << st.text;
  EXPECT_EQ(st.code, expected);
  EXPECT_EQ(st.line, line) << st.text;
  EXPECT_NE(std::strstr(st.text, message), nullptr) << st.text;
  EXPECT_EQ(std::string(st.text).find(file.path + ":" + std::to_string(line) + ": "), 0u)
      << st.text;
}

// One edit of small_coefficients each: the line is that of the first `at`
TEST(ReadCoefficients, Malformed)
{
  const struct {
    const char *from, *to, *at, *message;
  } cases[] = {
      // lists
      {"<Heff_definition>", "<Heff_definition version=\"1\">", "<Heff",
       "unknown attribute 'version'"},
      {"<Heff_definition>", "<Heff_definition><Hef/>", "<Heff", "unknown element <Hef>"},
      {"<Heff_definition>", "<Heff_definition>junk", "<Heff", "unexpected text 'junk"},
      // coefficient
      {"number=\"1\"", "numbre=\"1\"", "numbre", "unknown attribute 'numbre' of <coefficient>"},
      {"number=\"1\"", "number=\"one\"", "\"one\"", "number=\"one\" of <coefficient> is not an"},
      {"number=\"2\"", "number=\"1\"", "number=\"1\" value=\" -0.25",
       "second <coefficient> with number=\"1\", the first is in line 3"},
      {"  0.5000000000E+00", "", "number=\"1\"", "value=\"\" of <coefficient> is empty"},
      {"  0.5000000000E+00", "nan", "\"nan\"", "not a finite number"},
      {"  0.5000000000E+00", "0.5 Ha", "0.5 Ha", "is not a number"},
      {"  0.5000000000E+00", "1e999", "1e999", "too large"},
      {"  0.5000000000E+00", "*******************", "*****", "asterisks"},
      {"  0.5000000000E+00", "1e306", "<term", "value times weight of this <term> is too large"},
      {"<term weight=\" 2.000000\">", "<terms/><term weight=\" 2.000000\">", "<terms/>",
       "unknown element <terms> in <coefficient>"},
      // term
      {"weight=\" 1.000000\"", "", "<term", "<term> has no attribute 'weight'"},
      {"weight=\" 1.000000\"", "weight=\"+-1\"", "+-1", "weight=\"+-1\" of <term> is not a number"},
      {"weight=\" 1.000000\"", "weight=\"1\" w=\"\"", "w=\"\"", "unknown attribute 'w' of <term>"},
      {"<strain power", "<spin/><strain power", "<spin/>", "unknown element <spin> in <term>"},
      {"<strain power", "u<strain power", "<term", "unexpected text 'u' directly in <term>"},
      // difference
      {"atom_a=\"0\"", "", "<displ", "no attribute 'atom_a'"},
      {"atom_b=\"1\"", "", "<displ", "no attribute 'atom_b'"},
      {"atom_a=\"0\"", "atom_a=\"2\"", "atom_a=\"2\"",
       "atom_a=\"2\", but the system has 2 atoms, counted from 0"},
      {"atom_b=\"1\"", "atom_b=\"-1\"", "atom_b=\"-1\"", "out of range"},
      {"atom_b=\"1\"", "atom_b=\"9999999999\"", "atom_b=\"99", "too large"},
      {"atom_b=\"1\"", "atom_b=\"1.0\"", "atom_b=\"1.0\"", "not an integer"},
      {"direction=\"x\"", "direction=\"w\"", "\"w\"", "direction=\"w\" of <displacement_diff>"},
      {"direction=\"x\"", "direction=\"xy\"", "\"xy\"", "expected x, y or z"},
      {"direction=\"x\"", "direction=\"\"", "direction=\"\"", "expected x, y or z"},
      {"direction=\"x\"", "", "<displ", "expected x, y or z"},
      {"power=\"2\"", "power=\"0\"", "power=\"0\"", "out of range, expected 1 to 16"},
      {"power=\"2\"", "power=\"17\"", "power=\"17\"", "out of range, expected 1 to 16"},
      {"power=\"2\"", "power=\"-2\"", "power=\"-2\"", "out of range"},
      {"power=\"2\"", "power=\"1.5\"", "power=\"1.5\"", "not an integer"},
      {"power=\"2\"", "power=\"2\" spin=\"1\"", "spin", "unknown attribute 'spin'"},
      {"<cell_a>0 0 0</cell_a>\n", "", "<displ", "<displacement_diff> has no <cell_a>"},
      {"<cell_b>0 0 0</cell_b>\n", "", "<displ", "<displacement_diff> has no <cell_b>"},
      {"<cell_b>", "<cell_a>0 0 0</cell_a><cell_b>", "<cell_a>0 0 0</cell_a><",
       "second <cell_a> in <displacement_diff>"},
      {"<cell_b>", "<cell_c>0 0 0</cell_c><cell_b>", "<cell_c>", "unknown element <cell_c>"},
      {"<cell_b>0 0 0", "<cell_b>0 0", "<cell_b>", "found 2 numbers in <cell_b>, expected 3"},
      {"<cell_b>0 0 0", "<cell_b>0 0 0 0", "<cell_b>", "found 4 numbers"},
      {"<cell_b>0 0 0", "<cell_b>0 0 17", "<cell_b>", "is 17, expected -16 to 16"},
      {"<cell_b>0 0 0", "<cell_b>-17 0 0", "<cell_b>", "is -17, expected -16 to 16"},
      {"<cell_b>0 0 0", "<cell_b>0 0 x", "<cell_b>", "'x', is not an integer"},
      {"<cell_b>0 0 0", "<cell_b unit=\"1\">0 0 0", "<cell_b", "unknown attribute 'unit'"},
      {"<cell_b>0 0 1<", "<cell_b>0 0 0<", "atom_a=\"1\"",
       "of atom 1 in cell 0 0 0 with itself: it is always 0"},
      // strain
      {"voigt=\" 4\"", "voigt=\" 0\"", "<strain", "out of range, expected 1 to 6"},
      {"voigt=\" 4\"", "voigt=\" 7\"", "<strain", "out of range, expected 1 to 6"},
      {"voigt=\" 4\"", "", "<strain", "<strain> has no attribute 'voigt'"},
      {"power=\" 3\"", "", "<strain", "<strain> has no attribute 'power'"},
      {"power=\" 3\"", "power=\"0\"", "<strain", "out of range, expected 1 to 16"},
      {"power=\" 3\"", "power=\"17\"", "<strain", "out of range, expected 1 to 16"},
      {"voigt=\" 4\"", "voigt=\" 4\" x=\"\"", "<strain", "unknown attribute 'x' of <strain>"},
      {"<strain power=\" 3\" voigt=\" 4\"/>", "<strain power=\"3\" voigt=\"4\">1</strain>",
       "<strain", "unexpected text '1'"},
  };
  for (const auto &c : cases) {
    SCOPED_TRACE(std::string(c.from) + " -> " + c.to);
    const std::string text = edited(small_coefficients, c.from, c.to);
    expect_refused(text, line_of(text, c.at), c.message);
  }
}

TEST(ReadCoefficients, MalformedAsAWhole)
{
  expect_refused("<Heff_definition/>", 1, "<Heff_definition> has no <coefficient>");
  expect_refused("<Heff_definition>\n<coefficient value=\"1\"/>\n</Heff_definition>", 2,
                 "<coefficient> has no <term>");
  expect_refused("<Heff_definition>\n<coefficient value=\"1\">\n<term weight=\"1\"/></coefficient>"
                 "</Heff_definition>",
                 3, "<term> has no <displacement_diff> and no <strain>");
  const std::string value1 = " value=\"  0.5000000000E+00\"",
                    value2 = " value=\" -0.2500000000D+01\"";
  const std::string basis = edited(edited(small_coefficients, value1, ""), value2, "");
  expect_refused(basis, 2,
                 "none of the 2 coefficients has a value other than 0: this is a basis file");
  expect_refused(basis, 2, "MULTIBINIT's input (ncoeff, coefficients)");
  expect_refused(edited(edited(small_coefficients, value1, " value=\" 0.0\""), value2, ""), 2,
                 "basis file");
  const std::string end = "</System_definition>";
  const std::string heff = "<Heff_definition>" + inside() + "</Heff_definition>";
  const std::string twice = edited(small_system, end, heff + "\n\n<Terms_definition/>" + end);
  expect_refused(twice, line_of(twice, "<Terms_definition/>"),
                 "second list of coefficients <Terms_definition>, the first, <Heff_definition>");
  const std::string mixed = edited(small_system, end, heff + "\n<coefficient/>" + end);
  expect_refused(mixed, line_of(mixed, "<coefficient/>"), "second list of coefficients");
  const std::string mixed2 = edited(small_system, end, inside() + "\n" + heff + end);
  expect_refused(mixed2, line_of(mixed2, "<Heff_definition>"), "second list of coefficients");
}

TEST(ReadCoefficients, OtherFiles)
{
  expect_refused(small_system, 2,
                 "found a system file (root <System_definition>) without coefficients");
  expect_refused(small_system, 2, "are the two swapped?");
  expect_refused("<a/>", 1, "found root element <a>, expected <Heff_definition>");
  expect_refused("\n **** DERIVATIVE DATABASE ****\n", 2, "this is a DDB", POLAR_SYNTAX);
  expect_refused("# 1 2 3\n", 1, "'prt_model 4'", POLAR_SYNTAX);
  polar_status st{};
  polar_code code;
  read("/nonexistent/coeffs.xml", 2, &st, &code);
  EXPECT_EQ(code, POLAR_FILE);
  EXPECT_STREQ(st.text, "Cannot open file '/nonexistent/coeffs.xml': No such file or directory");
  const eap_system sys{};
  eap_coefficients *coeffs = nullptr;
  EXPECT_EQ(eap_read_coefficients(nullptr, &sys, &coeffs, &st), POLAR_ARGUMENT);
  EXPECT_EQ(eap_read_coefficients("/nonexistent", nullptr, &coeffs, &st), POLAR_ARGUMENT);
  EXPECT_EQ(eap_read_coefficients("/nonexistent", &sys, nullptr, nullptr), POLAR_ARGUMENT);
  eap_coefficients_free(nullptr);
}

TEST(ReadCoefficients, Truncated)
{
  const size_t end = small_coefficients.find("</Heff_definition>") + 17; // all but the last '>'
  for (size_t length = small_coefficients.find("<Heff") + 20; length <= end; length += 13) {
    const TemporaryFile file(small_coefficients.substr(0, length));
    polar_status st{};
    polar_code code;
    const Coefficients coeffs = read(file.path, 2, &st, &code);
    EXPECT_EQ(code, POLAR_SYNTAX) << length;
    EXPECT_NE(std::strstr(st.text, "truncated"), nullptr) << length << st.text;
    EXPECT_GT(st.line, 1);
  }
}

int pure_strain(const eap_coefficients &c)
{
  return (int)std::count_if(c.term, c.term + c.nterm,
                            [](const eap_term &t) { return t.ndifference == 0; });
}

// Counts of the file by another XML parser (Python)
TEST(ReadCoefficients, BaTiO3)
{
  polar_status st{};
  polar_code code;
  const Coefficients c =
      read(POLAR_SOURCE_DIR "/potentials/BaTiO3/BaTiO3_coeffs.xml", 5, &st, &code);
  ASSERT_EQ(code, POLAR_OK) << st.text;
  EXPECT_EQ(c->ncoefficient, 85);
  EXPECT_EQ(c->nvalueless, 0);
  ASSERT_EQ(c->nterm, 2842);
  int differences = 0, strains = 0;
  for (int i = 0; i < c->nterm; i++) {
    differences += c->term[i].ndifference;
    strains += c->term[i].nstrain;
  }
  EXPECT_EQ(differences, 4938);
  EXPECT_EQ(strains, 2181);
  EXPECT_EQ(pure_strain(*c), 94);
  // its first term, (Ti_z-O1_z)^8 with 6e-3 Ha/bohr^8; 8 roundings of the conversion
  expect_difference(c->term[0].difference[0], 1, 2, {0, 0, 0, 0, 0, 0}, 2, 8);
  EXPECT_NEAR(c->term[0].value, 6e-3 * hartree / std::pow(bohr, 8), 8 * 1.2e-16 * 27);
}

// Counts of the file by another XML parser (Python)
TEST(ReadCoefficients, BaHfO3)
{
  const char *reference = std::getenv("POLAR_REFERENCE");
  const std::string path = std::string(reference ? reference : "") + "/eap/BaHfO3_coeffs.xml";
  if (!reference || !std::ifstream(path)) GTEST_SKIP() << "skipped: no reference data";
  polar_status st{};
  polar_code code;
  const Coefficients c = read(path, 5, &st, &code);
  ASSERT_EQ(code, POLAR_OK) << st.text;
  EXPECT_EQ(c->ncoefficient, 99);
  EXPECT_EQ(c->nterm, 1142);
  EXPECT_EQ(pure_strain(*c), 182);
  EXPECT_STREQ(c->text[0], "(Ba_y-O1_y)^2(eta_1)^1");
  // (Ba_y-O1_y)^2(eta_1)^1 with -0.02182170049 Ha/bohr^2
  EXPECT_DOUBLE_EQ(c->term[0].value, -0.02182170049 * 97.17362429228216882259956113443728840508);
}

} // namespace
