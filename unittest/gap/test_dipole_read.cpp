// The reader of dipole models: what it takes, and the message for each kind of mistake.
#include "dipole_fixture.h"

using namespace gap_test;

namespace {

const DipoleCase LINEAR = {"", "gto 2 0.5", "density", 1, "", {22, 8}, 2, 1};
const DipoleCase SPARSE = {"", "gto 2 0.5", "vector", 2, "", {22, 8}, 2, 1};

// The text of the error, with its line
std::string fault(const std::string &text, polar_code expected)
{
  gap_dipole *d = nullptr;
  polar_status st = {};
  const polar_code code = gap_dipole_parse("m.dipole", text.data(), text.size(), &d, &st);
  EXPECT_EQ(code, expected) << st.text;
  EXPECT_EQ(st.code, expected);
  if (!code) gap_dipole_free(d);
  return st.text;
}

std::string with(std::string text, const std::string &part, const std::string &instead)
{
  const size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), instead);
}

struct Mistake {
  const char *part, *instead;
  polar_code code;
  const char *text; // begins with the line
};

} // namespace

TEST(DipoleRead, Header)
{
  const Dipole d = parse_dipole(dipole_text(LINEAR));
  EXPECT_EQ(d->zeta, 1);
  EXPECT_EQ(d->norm, GAP_NORM_DENSITY);
  EXPECT_EQ(d->density.nchannel, 4);
  EXPECT_EQ(d->nvector, 16);
  EXPECT_EQ(d->density.dim, 0);
  EXPECT_EQ(d->ncentre, 2);
  EXPECT_EQ(d->centre_of[8], 1);
  EXPECT_EQ(d->centre_of[1], -1);
  EXPECT_EQ(d->density.cutoff, 3.6);
  EXPECT_STREQ(d->warning, "");
  EXPECT_GT(gap_dipole_bytes(d.get()), 32 * sizeof(double));
}

TEST(DipoleRead, SharpCutoffWarns)
{
  const Dipole d =
      parse_dipole(with(dipole_text(LINEAR), "0.69999999999999996", "0")); // number(0.7)
  EXPECT_NE(std::string(d->warning).find("has no smooth end"), std::string::npos) << d->warning;
}

TEST(DipoleRead, OneCentreIsEnough)
{
  std::string text = dipole_text(LINEAR);
  text = text.substr(0, text.find("centre O")) + "end\n# a remark\n";
  const Dipole d = parse_dipole(text);
  EXPECT_EQ(d->ncentre, 1);
  EXPECT_TRUE(d->known[8]);
}

TEST(DipoleRead, Mistakes)
{
  const Mistake list[] = {
      {"POLAR-DIPOLE", "DIPOLE", POLAR_SYNTAX,
       "m.dipole:1: found 'DIPOLE', expected 'POLAR-DIPOLE"},
      {"POLAR-DIPOLE 1", "POLAR-DIPOLE 2", POLAR_SYNTAX, "m.dipole:1: the format has the version"},
      {"POLAR-DIPOLE 1 #", "POLAR-DIPOLE #", POLAR_SYNTAX,
       "m.dipole:1: the format has the version"},
      {"elements Ti O", "elements", POLAR_MODEL, "m.dipole:2: 'elements' is empty"},
      {"elements Ti O", "elements Ti Xx", POLAR_MODEL, "m.dipole:2: found 'Xx', expected a chem"},
      {"elements Ti O", "elements Ti Ti", POLAR_MODEL, "m.dipole:2: element Ti is given twice"},
      {"basis gto 2 0.5", "basis gto 2", POLAR_SYNTAX, "m.dipole:3: 'basis' has 2 value(s), expec"},
      {"basis gto", "basis sto", POLAR_MODEL, "m.dipole:3: basis is 'sto', expected one of gto, d"},
      {"gto 2 0.5", "gto 0 0.5", POLAR_MODEL, "m.dipole:3: the number of radial functions is 0"},
      {"gto 2 0.5", "gto 99 0.5", POLAR_MODEL, "m.dipole:3: the number of radial functions is 99"},
      {"gto 2 0.5", "gto 2 wide", POLAR_MODEL, "m.dipole:3: the width of the basis 'wide' is not"},
      {"gto 2 0.5", "gto 2 0.001", POLAR_MODEL, "m.dipole:3: the width of the basis is 0.001, ex"},
      {"gto 2 0.5", "gto 2 0.05", POLAR_MODEL, "m.dipole:3: the cutoff is 3.6 Angstrom for a ba"},
      {"lmax 1", "lmax 0", POLAR_MODEL, "m.dipole:4: lmax is 0, expected 1 to"},
      {"lmax 1", "lmax 1.5", POLAR_MODEL, "m.dipole:4: lmax '1.5' is not an integer"},
      {"lmax 1", "lmax", POLAR_SYNTAX, "m.dipole:4: 'lmax' has 0 value(s), expected 1"},
      {"lmax 1", "l_max 1", POLAR_SYNTAX, "m.dipole:4: found 'l_max', expected one of elements"},
      {"lmax 1", "lmax 1\nlmax 1", POLAR_MODEL, "m.dipole:5: 'lmax' was given before, on line 4"},
      {"lmax 1\n", "", POLAR_MODEL, "m.dipole:7: the header has no line 'lmax'"},
      {"cutoff 3.6000000000000001", "cutoff 300", POLAR_MODEL,
       "m.dipole:5: the cutoff is 300, expected"},
      {"cutoff 3.6000000000000001", "cutoff nan", POLAR_MODEL,
       "m.dipole:5: the cutoff 'nan' is not a finite nu"},
      {"0.69999999999999996", "4", POLAR_MODEL, "m.dipole:5: the width of the cutoff is 4, expec"},
      {"norm density", "norm 1", POLAR_MODEL, "m.dipole:6: norm is '1', expected one of none, de"},
      {"zeta 1", "zeta 1.5", POLAR_MODEL, "m.dipole:7: zeta '1.5' is not an integer"},
      {"zeta 1", "zeta 0", POLAR_MODEL, "m.dipole:7: zeta is 0, expected 1 to"},
      {"zeta 1", "zeta 2", POLAR_SYNTAX, "m.dipole:8: 'centre' has 2 value(s), expected 3"},
      {"zeta 1", "zeta 1\nscaling 1 2", POLAR_SYNTAX, "m.dipole:8: 'scaling' has 2 value(s), expe"},
      {"zeta 1", "zeta 1\nscaling -1 2 3", POLAR_MODEL, "m.dipole:8: the rate of the radial scal"},
      {"centre Ti", "centre Ba", POLAR_MODEL, "m.dipole:8: Ba is not among the 'elements' of line"},
      {"centre Ti", "centre Q", POLAR_MODEL, "m.dipole:8: found 'Q', expected a chemical symbol"},
      {"centre O", "centre Ti", POLAR_MODEL, "m.dipole:11: a second centre Ti"},
      {"Ti linear", "Ti quadratic", POLAR_MODEL, "m.dipole:8: found 'quadratic', expected 'linea"},
      {"Ti linear\n", "Ti linear\n0.5\n", POLAR_MODEL, "m.dipole:11: more than the expected 16 co"},
      {"Ti linear\n", "Ti linear\n0.5x\n", POLAR_MODEL, "m.dipole:9: a coefficient '0.5x' is not"},
      {"end\n", "", POLAR_SYNTAX, "the file ends without the line 'end'"},
      {"end\n", "end 1\n", POLAR_SYNTAX, "m.dipole:14: 'end' has 1 value(s), expected 0"},
      {"end\n", "end\nend\n", POLAR_SYNTAX, "m.dipole:15: found 'end' after the line 'end'"},
  };
  const std::string text = dipole_text(LINEAR);
  for (const Mistake &m : list) {
    const std::string found = fault(with(text, m.part, m.instead), m.code);
    EXPECT_NE(found.find(m.text), std::string::npos) << m.part << " -> " << m.instead << "\n"
                                                     << found;
    printf("%s\n", found.c_str());
  }
}

TEST(DipoleRead, MistakesOfSparsePoints)
{
  const Mistake list[] = {
      {"Ti sparse 5", "Ti sparse", POLAR_SYNTAX, "m.dipole:8: 'centre' has 2 value(s), expected 3"},
      {"Ti sparse 5", "Ti sparse 0", POLAR_MODEL, "m.dipole:8: the number of sparse points is 0"},
      {"Ti sparse 5", "Ti linear 5", POLAR_MODEL, "m.dipole:8: found 'linear', expected 'sparse'"},
      {"Ti sparse 5", "Ti sparse 6", POLAR_MODEL, "m.dipole:8: centre Ti has 180 coefficients, ex"},
      {"Ti sparse 5", "Ti sparse 4", POLAR_MODEL, "more than the expected 144 coefficients"},
      {"zeta 2", "zeta 1", POLAR_SYNTAX, "m.dipole:8: 'centre' has 3 value(s), expected 2"},
  };
  const std::string text = dipole_text(SPARSE);
  for (const Mistake &m : list) {
    const std::string found = fault(with(text, m.part, m.instead), m.code);
    EXPECT_NE(found.find(m.text), std::string::npos) << m.part << " -> " << m.instead << "\n"
                                                     << found;
  }
}

TEST(DipoleRead, NoCentre)
{
  const std::string text = dipole_text(LINEAR);
  const std::string found = fault(text.substr(0, text.find("centre")) + "end\n", POLAR_MODEL);
  EXPECT_NE(found.find("m.dipole:8: there is no 'centre'"), std::string::npos) << found;
}

// wherever a file is cut off, or a byte is wrong, there is an error or a whole model
TEST(DipoleRead, TruncatedAndDamaged)
{
  for (const DipoleCase &c : {LINEAR, SPARSE}) {
    const std::string text = dipole_text(c, 1, 2);
    const size_t whole = text.size() - 1; // the last newline may be missing
    int refused = 0;
    for (size_t n = 0; n < whole; n += 1 + n / 40) {
      gap_dipole *d = nullptr;
      polar_status st = {};
      EXPECT_NE(gap_dipole_parse("d", text.data(), n, &d, &st), POLAR_OK) << n;
      EXPECT_NE(std::string(st.text), "");
      EXPECT_EQ(d, nullptr);
      refused++;
    }
    EXPECT_GT(refused, 50);
    std::mt19937 random(2);
    for (int k = 0; k < 150; k++) {
      std::string damaged = text;
      damaged[random() % text.size()] = (char)(random() % 256);
      gap_dipole *d = nullptr;
      polar_status st = {};
      const polar_code code = gap_dipole_parse("d", damaged.data(), damaged.size(), &d, &st);
      EXPECT_EQ(code != POLAR_OK, st.text[0] != '\0');
      EXPECT_EQ(code != POLAR_OK, d == nullptr);
      gap_dipole_free(d);
    }
  }
}

TEST(DipoleRead, AbsurdSizes)
{
  std::string all = "POLAR-DIPOLE 1\nelements";
  for (int z = 1; z <= POLAR_MAX_Z; z++) all += std::string(" ") + polar_element_symbol(z);
  all +=
      "\nbasis gto 32 0.5\nlmax 24\ncutoff 5 1\nnorm none\nzeta 2\ncentre H sparse 1000000\nend\n";
  const std::string found = fault(all, POLAR_MODEL);
  EXPECT_NE(found.find("make 3.56e+08 features, expected at most 1e+06"), std::string::npos)
      << found;
}

TEST(DipoleRead, MissingFile)
{
  gap_dipole *d = nullptr;
  polar_status st = {};
  EXPECT_EQ(gap_dipole_read("/no/such.dipole", &d, &st), POLAR_FILE);
  EXPECT_NE(std::string(st.text).find("Cannot open"), std::string::npos);
}
