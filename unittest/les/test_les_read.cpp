// Model files that are not as they should be: status, line and text.

#include "les_fixture.h"
#include "les_made_up.h"

using namespace les_test;

namespace {

polar_status parse(const std::string &data)
{
  polar_status st = {};
  les_model *m = nullptr;
  const polar_code code = les_parse("made_up.les", data.data(), data.size(), &m, &st);
  EXPECT_EQ(code, st.code);
  EXPECT_EQ(m == nullptr, code != POLAR_OK);
  les_model_free(m);
  return st;
}

std::string replaced(std::string s, const std::string &what, const std::string &by)
{
  const size_t at = s.find(what);
  if (at == std::string::npos) throw std::runtime_error("no " + what);
  return s.replace(at, what.size(), by);
}

void expect(const std::string &content, polar_code code, const std::string &part, int line = -1)
{
  const polar_status st = parse(sealed(content));
  EXPECT_EQ(st.code, code) << st.text;
  EXPECT_NE(std::string(st.text).find(part), std::string::npos) << st.text;
  if (line >= 0) {
    EXPECT_EQ(st.line, line) << st.text;
  }
}

TEST(Read, Values)
{
  MadeUp text;
  const std::string path = testing::TempDir() + "polar_read_" + std::to_string(getpid()) + ".les";
  text.write(path);
  {
    const Model model(path);
    EXPECT_EQ(model.m->nelement, 2);
    EXPECT_EQ(model.m->element[1], 17);
    EXPECT_EQ(model.m->e0[1], -2.25);
    EXPECT_EQ(model.m->scale, 0.4);
    EXPECT_EQ(model.m->kmax, 2 * M_PI / 1.9);
    EXPECT_EQ(les_reach(model.m), 3.2);
  }
  remove(path.c_str());
  polar_status st = {};
  les_model *m = nullptr;
  EXPECT_EQ(les_read("/nonexistent.les", &m, &st), POLAR_FILE);
}

TEST(Read, Damaged)
{
  MadeUp text;
  const std::string good = sealed(text.content());
  EXPECT_EQ(parse(good).code, POLAR_OK);
  EXPECT_EQ(parse("").code, POLAR_SYNTAX);
  EXPECT_EQ(parse("PK\003\004 a zip archive").code, POLAR_SYNTAX);
  // every truncation, and one wrong bit anywhere, is noticed
  for (size_t n = 0; n < good.size(); n += 1 + n / 7)
    EXPECT_EQ(parse(good.substr(0, n)).code, POLAR_SYNTAX) << n;
  for (size_t n = 0; n < good.size(); n += 1 + n / 5) {
    std::string bad = good;
    bad[n] ^= 4;
    EXPECT_EQ(parse(bad).code, POLAR_SYNTAX) << n;
  }
  expect(text.header + "data\n" + text.values.substr(8), POLAR_SYNTAX, "bytes of numbers");
  expect(text.header + "data\n" + text.values + "12345678", POLAR_SYNTAX, "bytes of numbers");
}

TEST(Read, Header)
{
  MadeUp text;
  const std::string good = text.content();
  expect(replaced(good, "elements Na Cl", "elements Na Xx"), POLAR_MODEL, "symbol of an element",
         2);
  expect(replaced(good, "elements Na Cl", "elements Na Na"), POLAR_MODEL, "listed twice", 2);
  expect(replaced(good, "e0 -1.5 -2.25", "e0 -1.5"), POLAR_MODEL, "one for each", 3);
  expect(replaced(good, "scale 0.4", "scale 0"), POLAR_MODEL, "scale is 0");
  expect(replaced(good, "scale 0.4", "scale nan"), POLAR_MODEL, "scale", 4);
  expect(replaced(good, "sigma 1\n", "sigma -1\n"), POLAR_MODEL, "must be positive");
  expect(replaced(good, "sigma 1\n", ""), POLAR_MODEL, "incomplete");
  expect(replaced(good, "sigma 1\n", "sigma 1\nsigma 1\n"), POLAR_MODEL, "given twice");
  expect(replaced(good, "sigma 1\n", "sigma 1 2\n"), POLAR_MODEL, "expected 1");
  expect(replaced(good, "layers 0", "layers 2"), POLAR_MODEL, "message passing");
  expect(replaced(good, "layers 0", "layers 1"), POLAR_MODEL, "message_norm");
  expect(replaced(good, "radial 4 5", "radial 9 5"), POLAR_MODEL, "radial functions");
  expect(replaced(good, "radial 4 5", "radial 3 5"), POLAR_MODEL, "shape");
  expect(replaced(good, "embedding 2", "embedding 3"), POLAR_MODEL, "shape");
  expect(replaced(good, "energy 1 7 5", "energy 1 8 5"), POLAR_MODEL, "shape");
  expect(replaced(good, "energy 1 7 5", "energy 1"), POLAR_MODEL, "hidden layers");
  expect(replaced(good, "charge 0 6", "charge 1 6"), POLAR_MODEL, "charge.0.bias is missing");
  expect(replaced(good, "charge 0 6", "charge 0 6\nquadrupole 3"), POLAR_MODEL, "newer version");
  expect(replaced(good, "block radial.frequency f64", "block radial.frequenzy f64"), POLAR_MODEL,
         "radial.frequency is missing");
  expect(replaced(good, "block radial.frequency f64", "block radial.frequency f16"), POLAR_MODEL,
         "f32 or f64");
  expect(replaced(good, "radial.frequency f64 4", "radial.frequency f64 0"), POLAR_MODEL, "size");
  expect(replaced(good, "block radial.frequency", "block embedding.sender"), POLAR_MODEL,
         "listed twice");
}

TEST(Read, ValuesThatAreNoNumbers)
{
  MadeUp text;
  std::string bad = text.content();
  const double nan = NAN;
  memcpy(&bad[bad.size() - 8], &nan, 8);
  expect(bad, POLAR_MODEL, "not a usable number");
}

TEST(Forward, AtomsThatCoincideAndNotANumber)
{
  MadeUp text;
  const std::string path = testing::TempDir() + "polar_read_" + std::to_string(getpid()) + ".les";
  text.write(path);
  const Model model(path);
  remove(path.c_str());
  Configuration c = {{{9, 0, 0}, {0, 9, 0}, {0, 0, 9}}, {11, 17}, {{1, 1, 1}, {1, 1, 1}}};
  EXPECT_THROW(c.evaluate(model.m), std::runtime_error);
  const double x[2][3] = {{1, 1, 1}, {NAN, 1, 1}};
  const int element[2] = {0, 1};
  les_list list = {};
  EXPECT_EQ(les_list_build(&list, 2, 2, x, element, nullptr, 3.2, 0, nullptr), POLAR_NUMERIC);
  les_list_free(&list);
}

} // namespace
