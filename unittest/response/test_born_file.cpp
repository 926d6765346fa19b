// Born effective charges from text files, and the response of fixed tensors.
#include "response/born_file.h"
#include "response/born_fn.h"
#include "response/polarization.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>
#include <random>
#include <string>

namespace {

struct Result {
  polar_code code;
  polar_status status;
  std::unique_ptr<born_file, void (*)(born_file *)> file{nullptr, born_file_free};
  std::string text() const { return status.text; }
};

class BornFileTest : public ::testing::Test {
protected:
  std::string path = ::testing::TempDir() + "polar_test_" +
                     ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".born";

  void TearDown() override { remove(path.c_str()); }

  Result read(const std::string &content, int ntypes = 3)
  {
    std::ofstream(path, std::ios::binary) << content;
    Result r;
    r.status = polar_status();
    born_file *bf = nullptr;
    r.code = born_file_read(path.c_str(), ntypes, &bf, &r.status);
    r.file.reset(bf);
    EXPECT_EQ(bf == nullptr, r.code != POLAR_OK);
    return r;
  }

  void expect_error(const std::string &content, polar_code code, int line, const std::string &text)
  {
    const Result r = read(content);
    EXPECT_EQ(r.code, code) << content;
    EXPECT_EQ(r.status.code, code) << content;
    EXPECT_EQ(r.status.line, line) << content << r.text();
    EXPECT_NE(r.text().find(text), std::string::npos) << content << "gave: " << r.text();
    if (line) {
      EXPECT_NE(r.text().find(path + ":" + std::to_string(line)), std::string::npos) << r.text();
    }
  }
};

const char nine[] = "1 2 3 4 5 6 7 8 9";

} // namespace

TEST_F(BornFileTest, TypesAndAtoms)
{
  const Result r = read("# Born charges\n"
                        "\n"
                        "type 1 1 2 3 4 5 6 7 8 9   # a tensor\n"
                        "\ttype\t3 -2.5\r\n"
                        "atom 20 1e0 0 0 0 1.0D0 0 0 0 7.25#none\n"
                        "atom 4 -0.5");
  ASSERT_EQ(r.code, POLAR_OK) << r.text();
  EXPECT_EQ(r.file->ntypes, 3);
  EXPECT_EQ(r.file->natoms, 2);

  const born_entry *e = born_file_find(r.file.get(), 1, 7);
  ASSERT_NE(e, nullptr);
  for (int k = 0; k < 9; k++) EXPECT_EQ(e->born[k], k + 1.0);
  EXPECT_EQ(e->line, 3);

  e = born_file_find(r.file.get(), 3, 7);
  ASSERT_NE(e, nullptr);
  for (int k = 0; k < 9; k++) EXPECT_EQ(e->born[k], k % 4 == 0 ? -2.5 : 0.0);

  // an atom's own tensor comes before its type's, also where the type has none
  e = born_file_find(r.file.get(), 1, 20);
  ASSERT_NE(e, nullptr);
  EXPECT_EQ(e->born[0], 1.0);
  EXPECT_EQ(e->born[8], 7.25);
  e = born_file_find(r.file.get(), 2, 4);
  ASSERT_NE(e, nullptr);
  EXPECT_EQ(e->born[4], -0.5);

  EXPECT_EQ(born_file_find(r.file.get(), 2, 7), nullptr);
  EXPECT_EQ(born_file_find(r.file.get(), 0, 7), nullptr);
  EXPECT_EQ(born_file_find(r.file.get(), 4, 7), nullptr);
}

TEST_F(BornFileTest, ManyAtomsInAnyOrder)
{
  std::string content;
  const int n = 1000;
  for (int i = 0; i < n; i++) { // 7 and 1000 are coprime: each ID 1..n once, unordered
    const int id = (7 * i) % n + 1;
    content += "atom " + std::to_string(id) + " " + std::to_string(id) + "\n";
  }
  const Result r = read(content, 1);
  ASSERT_EQ(r.code, POLAR_OK) << r.text();
  for (int id = 1; id <= n; id++) {
    const born_entry *e = born_file_find(r.file.get(), 1, id);
    ASSERT_NE(e, nullptr);
    EXPECT_EQ(e->born[0], id);
  }
  EXPECT_EQ(born_file_find(r.file.get(), 1, 0), nullptr);
  EXPECT_EQ(born_file_find(r.file.get(), 1, n + 1), nullptr);
}

TEST_F(BornFileTest, AtomIDsBeyondAnInt)
{
  const Result r = read("atom 5000000000 2\n");
  ASSERT_EQ(r.code, POLAR_OK) << r.text();
  EXPECT_NE(born_file_find(r.file.get(), 1, 5000000000LL), nullptr);
  EXPECT_EQ(born_file_find(r.file.get(), 1, 705032704), nullptr); // the same modulo 2^32
}

TEST_F(BornFileTest, MalformedLines)
{
  expect_error("type 1 1\nfoo 1 1\n", POLAR_SYNTAX, 2, "'foo'");
  expect_error("Type 1 1\n", POLAR_SYNTAX, 1, "'Type'");
  expect_error("type\n", POLAR_SYNTAX, 1, "0 value(s)");
  expect_error("type 1\n", POLAR_SYNTAX, 1, "1 value(s)");
  expect_error("\n#\ntype 1 1 2\n", POLAR_SYNTAX, 3, "3 value(s)");
  expect_error(std::string("type 1 ") + nine + " 10\n", POLAR_SYNTAX, 1, "11 value(s)");
  expect_error("type 1 1 0 0 0 1 0 0 0 # 1\n", POLAR_SYNTAX, 1, "9 value(s)");
  expect_error("type 1.5 1\n", POLAR_MODEL, 1, "'1.5'");
  expect_error("type Ba 1\n", POLAR_MODEL, 1, "'Ba'");
  expect_error("type 0 1\n", POLAR_MODEL, 1, "'0'");
  expect_error("atom -3 1\n", POLAR_MODEL, 1, "atom ID");
  expect_error("atom 99999999999999999999 1\n", POLAR_MODEL, 1, "atom ID");
  expect_error("type 4 1\n", POLAR_MODEL, 1, "1 to 3");
  expect_error("type 1 x\n", POLAR_MODEL, 1, "'x'");
  expect_error("type 1 1 2 3 4 5 6 7 8 9a\n", POLAR_MODEL, 1, "'9a'");
  expect_error("type 1 nan\n", POLAR_MODEL, 1, "finite");
  expect_error("type 1 1 2 3 4 inf 6 7 8 9\n", POLAR_MODEL, 1, "finite");
  expect_error("type 1 1e999\n", POLAR_MODEL, 1, "large");
  expect_error("type 1 1\ntype 2 1\ntype 1 1\n", POLAR_MODEL, 3, "line 1");
  expect_error("atom 9 1\natom 1 1\n\natom 9 2\n", POLAR_MODEL, 4, "line 1");
}

// damaged files are read or refused, with a line that exists; the sanitizers see the rest
TEST_F(BornFileTest, DamagedFiles)
{
  const std::string good = "type 1 1 2 3 4 5 6 7 8 9 # x\natom 4 -0.5\ntype 2 1e-3\natom 77 2\n";
  const char alphabet[] = "0123456789.-+eEtypeatom \t\n\r#\377";
  std::mt19937 random(7);
  int refused = 0;
  for (int trial = 0; trial < 500; trial++) {
    std::string bad = good;
    for (unsigned k = 0; k < 1 + random() % 4; k++) {
      const size_t at = random() % bad.size();
      const char c = alphabet[random() % (sizeof alphabet - 1)];
      switch (random() % 3) {
        case 0:
          bad[at] = c;
          break;
        case 1:
          bad.insert(at, 1, c);
          break;
        default:
          bad.erase(at, 1 + random() % 5);
      }
      if (bad.empty()) bad = "#";
    }
    const Result r = read(bad);
    if (r.code == POLAR_OK) continue;
    refused++;
    EXPECT_LE(r.status.line, (int)std::count(bad.begin(), bad.end(), '\n') + 1);
    EXPECT_FALSE(r.text().empty());
  }
  EXPECT_GT(refused, 125); // most damage cannot be read as something else
}

TEST_F(BornFileTest, UselessFiles)
{
  expect_error("", POLAR_MODEL, 0, "no Born");
  expect_error("# type 1 1\n \n", POLAR_MODEL, 0, "no Born");
  expect_error(std::string("type 1 1\n\0type 2 1\n", 19), POLAR_SYNTAX, 2, "NUL");

  born_file *bf;
  polar_status st;
  EXPECT_EQ(born_file_read((path + ".missing").c_str(), 1, &bf, &st), POLAR_FILE);
  EXPECT_NE(std::string(st.text).find(path + ".missing"), std::string::npos);
  EXPECT_EQ(bf, nullptr);
  EXPECT_EQ(born_file_read(::testing::TempDir().c_str(), 1, &bf, &st), POLAR_FILE);
  std::ofstream(path) << "type 1 1\n";
  EXPECT_EQ(born_file_read(path.c_str(), 0, &bf, &st), POLAR_ARGUMENT);
  EXPECT_EQ(born_file_read(path.c_str(), 0, &bf, nullptr), POLAR_ARGUMENT);
  born_file_free(nullptr);
}

// a polarized direction a = x, moved along b = y: only Z*_xy enters M_x, and F_y = E_x Z*_xy
TEST(BornFunctions, RowIsDipoleColumnIsDisplacement)
{
  const double z[9] = {0, 2, 0, 0, 0, 0, 0, 0, 0}, r[3] = {10, 0.5, 20}, e[3] = {3, 5, 7};
  double m[3] = {1, 1, 1}, f[3], w[6] = {0, 0, 0, 0, 0, 0};
  born_add_dipole(z, r, m);
  EXPECT_EQ(m[0], 2.0);
  EXPECT_EQ(m[1], 1.0);
  EXPECT_EQ(m[2], 1.0);
  born_force(z, e, f);
  EXPECT_EQ(f[0], 0.0);
  EXPECT_EQ(f[1], 6.0);
  EXPECT_EQ(f[2], 0.0);
  born_add_virial(f, r, w);
  const double expected[6] = {0, 3, 0, 0, 0, 120}; // F_y y and F_y z
  for (int k = 0; k < 6; k++) EXPECT_EQ(w[k], expected[k]);
}

// force and virial against central differences of -E.M for a tensor without symmetry
TEST(BornFunctions, DerivativesOfTheFieldEnergy)
{
  const double z[9] = {1.1, -0.3, 0.7, 2.2, 0.4, -1.9, 0.6, 3.1, -0.8};
  const double e[3] = {0.02, -0.05, 0.04}, r0[3] = {1.7, -3.3, 5.9};
  auto energy = [&](const double r[3]) {
    double m[3] = {0, 0, 0};
    born_add_dipole(z, r, m);
    return -(e[0] * m[0] + e[1] * m[1] + e[2] * m[2]);
  };
  double f[3], w[6] = {0, 0, 0, 0, 0, 0};
  born_force(z, e, f);
  born_add_virial(f, r0, w);
  const double h = 1e-3;
  // the energy is linear: the only error is rounding, 1e-16 * |E| / h
  for (int b = 0; b < 3; b++) {
    double up[3] = {r0[0], r0[1], r0[2]}, down[3] = {r0[0], r0[1], r0[2]};
    up[b] += h;
    down[b] -= h;
    EXPECT_NEAR(f[b], -(energy(up) - energy(down)) / (2 * h), 1e-11);
  }
  const int index[6][2] = {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}};
  for (int k = 0; k < 6; k++) {
    double up[3] = {r0[0], r0[1], r0[2]}, down[3] = {r0[0], r0[1], r0[2]};
    up[index[k][0]] += h * r0[index[k][1]];
    down[index[k][0]] -= h * r0[index[k][1]];
    EXPECT_NEAR(w[k], -(energy(up) - energy(down)) / (2 * h), 1e-11);
  }
}

TEST(PolarizationUnit, Names)
{
  EXPECT_EQ(polarization_unit("e/A2"), 1.0);
  // the elementary charge 1.602176634e-19 C (exact, SI 2019) over (1e-10 m)^2; 1e-12: rounding
  EXPECT_NEAR(polarization_unit("C/m2"), 1.602176634e-19 / 1e-20, 1e-12);
  EXPECT_NEAR(polarization_unit("uC/cm2"), 1.602176634e-13 / 1e-16, 1e-10);
  EXPECT_EQ(polarization_unit("C/m^2"), 0.0);
  EXPECT_EQ(polarization_unit(""), 0.0);
}
