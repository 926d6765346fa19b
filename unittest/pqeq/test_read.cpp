// Reader of PQEq parameter files: the shipped table against the published numbers, and malformed
// files, each with the line it must name.
#include "pqeq_fixture.h"

namespace {

const char *GOOD = "pqeq 1\n"
                   "kernel taper12.5 # comment\n"
                   "lambda 0.5\n"
                   "spring 20\n"
                   "element O 8.5 14.5 1.0 0.7 400\n"
                   "element Lr 3.5 6.4 1.0 1.9 0\n";

polar_status parse(const std::string &text, pqeq_parameters **p)
{
  polar_status st = {};
  *p = nullptr;
  pqeq_parse("file", text.data(), text.size(), p, &st);
  return st;
}

TEST(PqeqRead, SmallFile)
{
  pqeq_parameters *p;
  const polar_status st = parse(GOOD, &p);
  ASSERT_EQ(st.code, POLAR_OK) << st.text;
  EXPECT_STREQ(p->kernel, "taper12.5");
  EXPECT_EQ(p->n, 2);
  EXPECT_EQ(p->element[0].number, 8);
  EXPECT_EQ(p->element[0].line, 5);
  EXPECT_EQ(p->element[0].chi, 8.5);
  EXPECT_EQ(p->element[0].eta, 14.5);
  EXPECT_EQ(p->element[0].z, 1.0);
  EXPECT_EQ(p->element[0].radius, 0.7);
  EXPECT_EQ(p->element[0].spring, 20.0); // 400 kcal/mol at 20 of them per eV
  EXPECT_EQ(p->element[1].z, 0.0);       // no spring, no shell
  EXPECT_EQ(p->element[1].spring, 0.0);
  EXPECT_NEAR(p->coulomb, 14.3996454784, 1e-9); // CODATA 2018 where the file names none
  EXPECT_EQ(pqeq_find(p, "O"), &p->element[0]);
  EXPECT_EQ(pqeq_find(p, "Xx"), nullptr);
  EXPECT_EQ(pqeq_find(p, "H"), nullptr);
  pqeq_parameters_free(p);
}

TEST(PqeqRead, ShippedTable)
{
  const auto *p = gao2025();
  ASSERT_NE(p, nullptr);
  EXPECT_EQ(p->n, 103);
  EXPECT_STREQ(p->kernel, "taper12.5");
  const char *folder = getenv("POLAR_REFERENCE");
  std::ifstream in(std::string(folder ? folder : "") + "/pqeq/parameters_gao2025.json");
  if (!in) GTEST_SKIP() << "skipped: no reference data";
  const auto j = nlohmann::json::parse(in)["elements"];
  EXPECT_EQ(j.size(), 103u);
  for (const auto &item : j.items()) {
    const pqeq_element *e = pqeq_find(p, item.key().c_str());
    ASSERT_NE(e, nullptr) << item.key();
    const auto &r = item.value();
    const double ks = r["Ks"];
    EXPECT_EQ(e->chi, r["chi0"].get<double>()) << item.key();
    EXPECT_EQ(e->eta, r["eta0"].get<double>()) << item.key();
    EXPECT_EQ(e->radius, r["rad"].get<double>()) << item.key();
    EXPECT_EQ(e->z, ks > 0.0 ? r["Z"].get<double>() : 0.0) << item.key();
    EXPECT_DOUBLE_EQ(e->spring, ks / 23.060549) << item.key();
  }
}

struct Case {
  const char *find, *replace, *part;
  int line;
};

TEST(PqeqRead, MalformedFiles)
{
  const Case cases[] = {
      {"pqeq 1", "pqeq 2", "format version is 2", 1},
      {"pqeq 1\n", "", "expected the line 'pqeq 1'", 1},
      {"pqeq 1", "pqeq 1 1", "found 2 values", 1},
      {"kernel taper12.5", "kernel", "found 0 values", 2},
      {"taper12.5", "a_name_of_a_kernel_that_is_too_long", "more than 31", 2},
      {"lambda 0.5\n", "", "lacks the line 'lambda", 0},
      {"lambda 0.5", "lambda 0", "lambda is 0, expected > 0", 3},
      {"lambda 0.5", "lambda x", "is not a number", 3},
      {"lambda 0.5", "lambda nan", "is not a finite number", 3},
      {"lambda 0.5", "coulomb 332.06\nlambda 0.5", "coulomb is 332.06, expected", 3},
      {"spring 20", "spring 20\nspring 20", "second line 'spring', the first is line 4", 5},
      {"spring 20", "springs 20", "found 'springs', expected kernel", 4},
      {"element O 8.5", "element Oo 8.5", "'Oo' is no chemical element", 5},
      {"element O 8.5 ", "element O ", "found 5 values after 'element'", 5},
      {"element O 8.5", "element O 8.5 1", "found 7 values after 'element'", 5},
      {"14.5", "-14.5", "eta is -14.5, expected > 0", 5},
      {"0.7", "0.0", "radius is 0", 5},
      {"400", "-400", "spring Ks is negative", 5},
      {"1.0 0.7", "-1.0 0.7", "shell charge Z is negative", 5},
      {"8.5", "1e999", "too large", 5},
      {"spring 20", "spring 1e-307", "Ks 400 in units of 1e-307 per eV (line 4) is inf", 5},
      {"kernel taper12.5", "kernel a\nkernel a", "second line 'kernel', the first is line 2", 3},
      {"lambda 0.5", "lambda 0.5\nlambda 0.5", "second line 'lambda'", 4},
      {"lambda 0.5", "lambda 0.5\ncoulomb 14.4\ncoulomb 14.4", "second line 'coulomb'", 5},
      {"lambda 0.5", "lambda -0.5", "lambda is -0.5, expected > 0", 3},
      {"lambda 0.5", "lambda 0.5 0.5", "found 2 values after 'lambda'", 3},
      {"spring 20", "spring 0", "spring is 0, expected > 0", 4},
      {"spring 20", "spring", "found 0 values after 'spring'", 4},
      {"8.5", "eight", "chi 'eight' is not a number", 5},
      {"14.5", "inf", "eta 'inf' is not a finite number", 5},
      {"1.0 0.7", "Z 0.7", "shell charge Z 'Z' is not a number", 5},
      {"0.7", "0.7A", "radius '0.7A' is not a number", 5},
      {"400", "0x10", "Ks '0x10' is not a number", 5},
      {"element Lr", "element O", "element O again, its first line is 5", 6},
  };
  for (const Case &c : cases) {
    std::string text = GOOD;
    const size_t at = text.find(c.find);
    ASSERT_NE(at, std::string::npos) << c.find;
    text.replace(at, strlen(c.find), c.replace);
    pqeq_parameters *p;
    const polar_status st = parse(text, &p);
    EXPECT_EQ(st.code, POLAR_MODEL) << c.replace;
    EXPECT_NE(std::string(st.text).find(c.part), std::string::npos) << st.text;
    EXPECT_EQ(st.line, c.line) << c.replace << ": " << st.text;
    EXPECT_EQ(p, nullptr);
    pqeq_parameters_free(p);
  }
}

TEST(PqeqRead, EmptyAndMissing)
{
  pqeq_parameters *p;
  EXPECT_EQ(parse("", &p).code, POLAR_MODEL);
  EXPECT_EQ(parse("# nothing\n", &p).code, POLAR_MODEL);
  EXPECT_EQ(parse("pqeq 1\nlambda 1\n", &p).code, POLAR_MODEL);
  EXPECT_EQ(parse(std::string("pqeq 1\n\0", 8), &p).code, POLAR_SYNTAX);
  polar_status st = {};
  EXPECT_EQ(pqeq_read("/no/such/file.pqeq", &p, &st), POLAR_FILE);
}

// every file that is the good one with a piece cut off or a byte changed is read or refused, and
// what is read is usable
TEST(PqeqRead, DamagedFiles)
{
  const std::string good = GOOD;
  unsigned random = 1;
  for (int i = 0; i < 4000; i++) {
    std::string text = good;
    random = random * 1664525u + 1013904223u;
    const size_t at = (random >> 8) % text.size();
    if (i % 3 == 0) text.resize(at);
    else if (i % 3 == 1) text[at] = (char)(random >> 24);
    else text.erase(at, 1 + (random >> 28));
    pqeq_parameters *p;
    const polar_status st = parse(text, &p);
    EXPECT_EQ(st.code == POLAR_OK, p != nullptr);
    if (p) {
      EXPECT_GT(p->n, 0);
    } else {
      EXPECT_GT(strlen(st.text), 10u);
    }
    pqeq_parameters_free(p);
  }
}

} // namespace
