// Extended xyz files: what is read, and what is refused where.
#include "base/mat3.h"
#include "io/extxyz.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace {

const extxyz_names NAMES = {"energy", "forces", "virial", "stress", "dipole", "born"};

struct Frames {
  int n = 0;
  extxyz_frame *frame = nullptr;
  polar_code code;
  polar_status st = {};
  explicit Frames(const std::string &text, const extxyz_names &names = NAMES)
  {
    code = extxyz_parse("t.xyz", text.data(), text.size(), &names, &n, &frame, &st);
  }
  ~Frames() { extxyz_free(n, frame); }
};

const std::string HEAD =
    "Lattice=\"4 0 0 0.5 5 0 0 0 6\" Properties=species:S:1:pos:R:3:forces:R:3 ";

TEST(Extxyz, ReadsFrames)
{
  const Frames f("2\n" + HEAD +
                 "energy=-1.5 config_type=hot virial='1 2 3 4 5 6 7 8 9' pbc=\"T F T\" flag\n"
                 "Ba 0 1 2 3 4 5\nO -1e-1 .5 7. -3 -4 -5.5 \r\n"
                 "\n"
                 "1\nProperties={Z:I:1:pos:R:3:mass:R:1} other=\"a b\"\n22 1 2 3 47.9");
  ASSERT_EQ(f.code, POLAR_OK) << f.st.text;
  ASSERT_EQ(f.n, 2);
  const extxyz_frame &a = f.frame[0], &b = f.frame[1];
  EXPECT_EQ(a.n, 2);
  EXPECT_EQ(a.line, 1);
  EXPECT_EQ(a.z[0], 56);
  EXPECT_EQ(a.z[1], 8);
  EXPECT_EQ(a.cell[1][0], 0.5);
  EXPECT_EQ(a.cell[1][1], 5);
  EXPECT_EQ(a.x[1][0], -0.1);
  ASSERT_TRUE(a.force);
  EXPECT_EQ(a.force[1][2], -5.5);
  EXPECT_TRUE(a.has_energy);
  EXPECT_EQ(a.energy, -1.5);
  EXPECT_STREQ(a.kind, "hot");
  EXPECT_EQ(a.pbc[0], 1);
  EXPECT_EQ(a.pbc[1], 0);
  ASSERT_TRUE(a.has_virial);
  EXPECT_EQ(a.virial[1], 3); // (2+4)/2
  EXPECT_EQ(a.virial[3], 3);
  EXPECT_EQ(a.virial[8], 9);
  EXPECT_EQ(b.line, 6);
  EXPECT_EQ(b.z[0], 22);
  EXPECT_FALSE(b.force);
  EXPECT_FALSE(b.has_energy);
  EXPECT_EQ(b.pbc[0] + b.pbc[1] + b.pbc[2], 0); // no Lattice, not periodic
}

// stress is dE/deps / V, virial -dE/deps; V = 4 * 5 * 6
TEST(Extxyz, StressIsMinusVirialPerVolume)
{
  const Frames nine("1\n" + HEAD + "stress=\"1 4 5 4 2 6 5 6 3\"\nO 0 0 0 0 0 0\n");
  const Frames six("1\n" + HEAD + "stress=[1, 2, 3, 6, 5, 4]\nO 0 0 0 0 0 0\n");
  ASSERT_EQ(nine.code, POLAR_OK) << nine.st.text;
  ASSERT_EQ(six.code, POLAR_OK) << six.st.text;
  const double expected[9] = {1, 4, 5, 4, 2, 6, 5, 6, 3};
  for (int k = 0; k < 9; k++) {
    EXPECT_DOUBLE_EQ(nine.frame[0].virial[k], -120 * expected[k]);
    EXPECT_DOUBLE_EQ(six.frame[0].virial[k], -120 * expected[k]);
  }
  const Frames both("1\n" + HEAD +
                    "stress=\"1 4 5 4 2 6 5 6 3\" virial=\"7 0 0 0 7 0 0 0 7\"\n"
                    "O 0 0 0 0 0 0\n");
  EXPECT_EQ(both.frame[0].virial[0], 7);
}

TEST(Extxyz, NamesAreTheCallers)
{
  const Frames f("1\n" + HEAD + "dft=2 energy=1\nO 0 0 0 1 1 1\n",
                 {"dft", "pull", nullptr, "", "", nullptr});
  ASSERT_EQ(f.code, POLAR_OK) << f.st.text;
  EXPECT_EQ(f.frame[0].energy, 2);
  EXPECT_FALSE(f.frame[0].force);
}

TEST(Extxyz, DipolesAndBornCharges)
{
  const Frames f("1\nProperties=species:S:1:born:R:9:pos:R:3 dipole=\"0.5 -1 2\"\n"
                 "O 1 2 3 4 5 6 7 8 9 -1 -2 -3\n1\n\nO 0 0 0\n");
  ASSERT_EQ(f.code, POLAR_OK) << f.st.text;
  ASSERT_TRUE(f.frame[0].has_dipole && f.frame[0].born);
  EXPECT_EQ(f.frame[0].dipole[1], -1);
  for (int k = 0; k < 9; k++) EXPECT_EQ(f.frame[0].born[0][k], k + 1);
  EXPECT_EQ(f.frame[0].x[0][2], -3);
  EXPECT_FALSE(f.frame[1].has_dipole);
  EXPECT_FALSE(f.frame[1].born);
}

TEST(Extxyz, RefusesWithTheLine)
{
  const struct {
    std::string text, message;
    int line;
  } cases[] = {
      {"", "holds no configuration", 1},
      {"two\n\n", "expected the number of atoms", 1},
      {"0\n\n", "expected the number of atoms", 1},
      {"2 3\n\n", "expected the number of atoms", 1},
      {"1.5\n\nO 0 0 0\n", "expected the number of atoms", 1},
      {"99999999\n\nO 0 0 0\n", "ends within a frame", 1},
      {"1", "ends within a frame", 1},
      {"3\n\nO 0 0 0\nO 0 0 1\n", "ends at atom 2 of 3", 4},
      {"1\n\nXx 0 0 0\n", "'Xx' is no element", 3},
      {"1\n\nO 0 zero 0\n", "'zero' is not a number", 3},
      {"1\n\nO 0 0 nan\n", "'nan'", 3},
      {"1\n\nO 0 0\n", "found 3 columns, expected 4", 3},
      {"1\nProperties=species:S:1\nO 0 0 0\n", "expected species:S:1", 2},
      {"1\nProperties=species:S:1:pos:R\nO 0 0 0\n", "three by three", 2},
      {"1\nProperties=species:S:x:pos:R:3\nO 0 0 0\n", "three by three", 2},
      {"1\nProperties=Z:I:1:pos:R:3\n200 0 0 0\n", "is no atomic number", 3},
      {"1\nLattice=\"1 0 0 0 1 0\"\nO 0 0 0\n", "Lattice has 6 numbers", 2},
      {"1\nLattice=\"1 0 0 0 1 0 1 1 0\"\nO 0 0 0\n", "no volume", 2},
      {"1\npbc=\"T T T\"\nO 0 0 0\n", "without Lattice", 2},
      {"1\npbc=\"T T\"\nO 0 0 0\n", "three of T and F", 2},
      {"1\nenergy=high\nO 0 0 0\n", "'high' in energy is not a number", 2},
      {"1\nenergy=\nO 0 0 0\n", "energy has 0 numbers", 2},
      {"1\ndipole=\"1 2\"\nO 0 0 0\n", "dipole has 2 numbers, expected 3", 2},
      {"1\nProperties=species:S:1:pos:R:3:born:R:9\nO 0 0 0 1 2 3 4 5 6 7 8 x\n", "'x' is not", 3},
      {"1\nProperties=species:S:1:pos:R:3:born:R:3\nO 0 0 0 1 2 3\n", "born 3 columns, expected 9",
       2},
      {"1\nProperties=species:S:1:pos:R:3:forces:R:1\nO 0 0 0 1\n", "1 columns, expected 3", 2},
      {"1\nvirial=\"1 2 3\"\nO 0 0 0\n", "virial has 3 numbers", 2},
      {"1\nstress=\"1 2 3 4 5 6\"\nO 0 0 0\n", "no Lattice", 2},
      {"1\n\nO 0 0 0\n\n1\n\nO 0 0\n", "found 3 columns", 7},
  };
  for (const auto &c : cases) {
    const Frames f(c.text);
    EXPECT_EQ(f.code, POLAR_MODEL) << c.text;
    EXPECT_NE(std::string(f.st.text).find(c.message), std::string::npos) << f.st.text;
    EXPECT_EQ(f.st.line, c.line) << f.st.text;
  }
}

} // namespace
