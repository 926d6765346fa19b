#include <clocale>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "io/text.h"

namespace {

const char *to_double(const std::string &s, double *x)
{
  return text_double(s.data(), s.size(), x);
}

std::string temporary(const std::string &name)
{
  return ::testing::TempDir() + "polar_text_" + std::to_string(getpid()) + "_" + name;
}

TEST(TextDouble, Accepts)
{
  // the compiler's own conversion of the same decimal number: bit-equal
  const struct {
    const char *text;
    double value;
  } cases[] = {{"0", 0.0},
               {"-0.0", -0.0},
               {"+7", 7.0},
               {"7.", 7.0},
               {".5", 0.5},
               {"-.5e1", -5.0},
               {"1e3", 1000.0},
               {"1E+03", 1000.0},
               {"-0.13431878198735E+03", -134.31878198735},
               {"0.20328790734103D-19", 0.20328790734103e-19},
               {"1d2", 100.0},
               {"0.12345678901234-101", 0.12345678901234e-101},
               {"-0.5+102", -0.5e102},
               {"1e-400", 0.0},
               {"0e999999999999", 0.0},
               {"4.9406564584124654e-324", 4.9406564584124654e-324},
               {"1.7976931348623157e308", 1.7976931348623157e308},
               {"123456789012345678901234567890", 123456789012345678901234567890.0}};
  for (const auto &c : cases) {
    double x = 12345.0;
    EXPECT_EQ(to_double(c.text, &x), nullptr) << c.text;
    EXPECT_EQ(std::memcmp(&x, &c.value, sizeof x), 0) << c.text << " gave " << x;
  }
}

TEST(TextDouble, Refuses)
{
  const struct {
    std::string text;
    const char *reason;
  } cases[] = {{"", "is empty"},
               {"abc", "is not a number"},
               {"1.0x", "is not a number"},
               {"1.0 ", "is not a number"},
               {" 1.0", "is not a number"},
               {"1,5", "is not a number"},
               {"1.2.3", "is not a number"},
               {".", "is not a number"},
               {"-", "is not a number"},
               {"+-1", "is not a number"},
               {"e5", "is not a number"},
               {"1e", "is not a number"},
               {"1e+", "is not a number"},
               {"1e5.0", "is not a number"},
               {"1de5", "is not a number"},
               {"0x10", "is not a number"},
               {"1-2", "is not a number"},
               {"1.0-12", "is not a number"},
               {"1.0-1234", "is not a number"},
               {"10-123", "is not a number"},
               {std::string("1\0", 2), "is not a number"},
               {std::string("nan\0\0\0\0\0x", 9), "is not a number"},
               {"nan", "is not a finite number"},
               {"-NaN", "is not a finite number"},
               {"inf", "is not a finite number"},
               {"+Infinity", "is not a finite number"},
               {"infinit", "is not a number"},
               {"1e309", "too large"},
               {"-1e309", "too large"},
               {"1e999999999999", "too large"},
               {"1.0+309", "too large"},
               {"**********", "asterisks"},
               {std::string(300, '1'), "too long"}};
  for (const auto &c : cases) {
    double x = 12345.0;
    const char *reason = to_double(c.text, &x);
    ASSERT_NE(reason, nullptr) << c.text << " gave " << x;
    EXPECT_NE(std::strstr(reason, c.reason), nullptr) << c.text << ": " << reason;
    EXPECT_EQ(x, 12345.0) << c.text;
  }
}

// A token is read to its given length: what stands behind it in memory does not count.
TEST(TextDouble, KeepsToItsLength)
{
  double x = 0.0;
  EXPECT_EQ(text_double("1.25E+07", 4, &x), nullptr);
  EXPECT_EQ(x, 1.25);
  int i = 0;
  EXPECT_EQ(text_int("12345", 3, &i), nullptr);
  EXPECT_EQ(i, 123);
}

// Switches LC_NUMERIC to a locale with a decimal comma, an installed one or one compiled here
bool set_comma_locale()
{
  const auto works = [](const char *name) {
    return std::setlocale(LC_NUMERIC, name) &&
           std::strcmp(std::localeconv()->decimal_point, ",") == 0;
  };
  for (const char *name : {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "nb_NO.UTF-8"})
    if (works(name)) return true;
  const std::string folder = temporary("locale");
  const std::string compile = "mkdir -p " + folder + " && localedef -i de_DE -f UTF-8 " + folder +
                              "/de_DE.UTF-8 > /dev/null 2>&1";
  setenv("LOCPATH", folder.c_str(), 1);
  const bool compiled = std::system(compile.c_str()) == 0 && works("de_DE.UTF-8");
  unsetenv("LOCPATH");
  if (std::system(("rm -rf " + folder).c_str()) != 0) ADD_FAILURE() << "cannot remove " << folder;
  return compiled;
}

TEST(TextDouble, IndependentOfLocale)
{
  const std::string before = std::setlocale(LC_NUMERIC, nullptr);
  const bool comma = set_comma_locale();
  double x = 0.0, y = 0.0, z = 0.0;
  const char *fault = to_double("-1.25D-03", &x);
  const char *whole = to_double("3e2", &y);
  const char *with_comma = to_double("1,5", &z);
  std::setlocale(LC_NUMERIC, before.c_str());
  if (!comma) GTEST_SKIP() << "skipped: no locale with a decimal comma on this machine";
  EXPECT_EQ(fault, nullptr);
  EXPECT_EQ(x, -1.25e-3);
  EXPECT_EQ(whole, nullptr);
  EXPECT_EQ(y, 300.0);
  EXPECT_NE(with_comma, nullptr);
}

TEST(TextInt, AcceptsAndRefuses)
{
  const struct {
    const char *text;
    int value;
  } good[] = {{"0", 0},
              {"-0", 0},
              {"+12", 12},
              {"007", 7},
              {"-3", -3},
              {"2147483647", 2147483647},
              {"-2147483648", -2147483647 - 1}};
  for (const auto &c : good) {
    int x = 99;
    EXPECT_EQ(text_int(c.text, std::strlen(c.text), &x), nullptr) << c.text;
    EXPECT_EQ(x, c.value);
  }
  for (const char *bad : {"", "-", "+", "1.0", "1e3", "x", "1x", " 1", "0x1", "2147483648",
                          "-2147483649", "99999999999999999999999999"}) {
    int x = 99;
    EXPECT_NE(text_int(bad, std::strlen(bad), &x), nullptr) << bad;
    EXPECT_EQ(x, 99) << bad;
  }
}

struct Line {
  int line;
  std::vector<std::string> tokens;
  bool operator==(const Line &o) const { return line == o.line && tokens == o.tokens; }
};

std::vector<Line> lines_of(const std::string &data)
{
  std::vector<Line> lines;
  text_reader *r = nullptr;
  polar_status st{};
  EXPECT_EQ(text_open_memory("m", data.data(), data.size(), &r, &st), POLAR_OK) << st.text;
  if (!r) return lines;
  for (;;) {
    EXPECT_EQ(text_next(r, &st), POLAR_OK);
    if (r->ntoken == 0) break;
    lines.push_back({r->line, {}});
    for (int i = 0; i < r->ntoken; i++) lines.back().tokens.push_back(r->token[i]);
  }
  EXPECT_EQ(text_next(r, &st), POLAR_OK);
  EXPECT_EQ(r->ntoken, 0) << "the end stays the end";
  text_close(r);
  return lines;
}

TEST(TextReader, SkipsBlanksAndComments)
{
  const std::vector<Line> expected = {
      {2, {"a", "b"}}, {5, {"c"}}, {6, {"1", "2", "3"}}, {8, {"last"}}};
  EXPECT_EQ(lines_of("# comment\n  a\tb  # more\n\n   \t \nc#d e\n1 2 3\n#\nlast"), expected);
  EXPECT_EQ(lines_of("\r\na b\r\n \r\n\r\nc\r\n1\v2\f3\r\n#\r\nlast\r\n"), expected);
  EXPECT_EQ(lines_of("\xEF\xBB\xBF#\na b\n\n\nc\n1 2 3\n\nlast\n"), expected);
  EXPECT_TRUE(lines_of("").empty());
  EXPECT_TRUE(lines_of("#").empty());
  EXPECT_TRUE(lines_of("\n\n").empty());
}

TEST(TextReader, ManyTokens)
{
  std::string data;
  for (int i = 0; i < 1000; i++) data += std::to_string(i) + " ";
  const auto lines = lines_of(data);
  ASSERT_EQ(lines.size(), 1u);
  ASSERT_EQ(lines[0].tokens.size(), 1000u);
  for (int i = 0; i < 1000; i++) EXPECT_EQ(lines[0].tokens[i], std::to_string(i));
}

TEST(TextReader, NumbersWithPlace)
{
  const std::string data = "\n\n1.5D0 7 x 99999999999\n";
  text_reader *r = nullptr;
  polar_status st{};
  ASSERT_EQ(text_open_memory("my.file", data.data(), data.size(), &r, &st), POLAR_OK);
  ASSERT_EQ(text_next(r, &st), POLAR_OK);
  double x = 0.0;
  int i = 0;
  EXPECT_EQ(text_get_double(r, 0, "the radius", &x, &st), POLAR_OK);
  EXPECT_EQ(x, 1.5);
  EXPECT_EQ(text_get_int(r, 1, "the count", 1, 7, &i, &st), POLAR_OK);
  EXPECT_EQ(i, 7);
  const struct {
    int k, lo, hi;
    const char *message;
  } bad[] = {{1, 1, 6, "my.file:3: the count is 7, expected 1 to 6"},
             {2, 0, 9, "my.file:3: the count 'x' is not an integer"},
             {3, 0, 9, "my.file:3: the count '99999999999' is too large for an integer"},
             {4, 0, 9, "my.file:3: the count is missing: found 4 value(s), expected at least 5"}};
  for (const auto &b : bad) {
    st = polar_status{};
    EXPECT_EQ(text_get_int(r, b.k, "the count", b.lo, b.hi, &i, &st), POLAR_MODEL);
    EXPECT_STREQ(st.text, b.message);
    EXPECT_EQ(st.line, 3);
    EXPECT_EQ(i, 7);
  }
  EXPECT_EQ(text_get_double(r, 2, "the radius", &x, &st), POLAR_MODEL);
  EXPECT_STREQ(st.text, "my.file:3: the radius 'x' is not a number");
  EXPECT_EQ(text_get_double(r, -1, "the radius", &x, &st), POLAR_MODEL);
  EXPECT_EQ(text_get_double(r, 2, "the radius", &x, nullptr), POLAR_MODEL) << "no status wanted";
  text_close(r);
}

TEST(TextReader, RefusesNulBytes)
{
  const char data[] = "a\nb\nc\0d\n";
  text_reader *r = nullptr;
  polar_status st{};
  EXPECT_EQ(text_open_memory("m", data, sizeof data - 1, &r, &st), POLAR_SYNTAX);
  EXPECT_EQ(st.line, 3);
  EXPECT_EQ(r, nullptr);
  text_close(nullptr);
}

TEST(TextFile, ReadsWhatWasWritten)
{
  // longer than the first buffer of the reader, so that it has to grow
  std::string content;
  for (int i = 0; i < 40000; i++) content += std::to_string(i) + (i % 7 ? " " : "\n");
  const std::string path = temporary("long");
  std::ofstream(path, std::ios::binary) << content;
  char *data = nullptr;
  size_t size = 0;
  polar_status st{};
  ASSERT_EQ(text_read_file(path.c_str(), TEXT_MAX_SIZE, &data, &size, &st), POLAR_OK) << st.text;
  EXPECT_EQ(std::string(data, size), content);
  EXPECT_EQ(data[size], '\0');
  std::free(data);
  ASSERT_EQ(text_read_file(path.c_str(), content.size(), &data, &size, &st), POLAR_OK);
  std::free(data);
  EXPECT_EQ(text_read_file(path.c_str(), content.size() - 1, &data, &size, &st), POLAR_FILE);
  EXPECT_NE(std::strstr(st.text, "larger than"), nullptr) << st.text;
  text_reader *r = nullptr;
  ASSERT_EQ(text_open(path.c_str(), &r, &st), POLAR_OK) << st.text;
  ASSERT_EQ(text_next(r, &st), POLAR_OK);
  EXPECT_STREQ(r->token[0], "0");
  EXPECT_STREQ(r->file, path.c_str());
  text_close(r);
  std::remove(path.c_str());
}

TEST(TextFile, Unreadable)
{
  char *data = nullptr;
  size_t size = 0;
  polar_status st{};
  EXPECT_EQ(text_read_file("/nonexistent/file", 10, &data, &size, &st), POLAR_FILE);
  EXPECT_NE(std::strstr(st.text, "'/nonexistent/file': No such file"), nullptr) << st.text;
  EXPECT_EQ(text_read_file(::testing::TempDir().c_str(), 10, &data, &size, &st), POLAR_FILE);
  EXPECT_NE(std::strstr(st.text, "Is a directory"), nullptr) << st.text;
  EXPECT_EQ(text_read_file("", 10, &data, &size, &st), POLAR_ARGUMENT);
  EXPECT_EQ(text_read_file(nullptr, 10, &data, &size, &st), POLAR_ARGUMENT);
  text_reader *r = nullptr;
  EXPECT_EQ(text_open("/nonexistent/file", &r, &st), POLAR_FILE);
  EXPECT_EQ(data, nullptr);
}

} // namespace
