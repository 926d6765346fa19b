#include <cmath>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/elements.h"

namespace {

TEST(Elements, SymbolAndNumberAreInverse)
{
  std::set<std::string> symbols;
  for (int z = 1; z <= POLAR_MAX_Z; z++) {
    const char *symbol = polar_element_symbol(z);
    ASSERT_NE(symbol, nullptr) << z;
    EXPECT_EQ(polar_element_number(symbol), z);
    symbols.insert(symbol);
  }
  EXPECT_EQ(symbols.size(), 118u);
}

// Positions in the periodic table: the noble gases close its rows, the rest fixes the order inside
TEST(Elements, PeriodicTable)
{
  const struct {
    const char *symbol;
    int z;
  } known[] = {{"H", 1},   {"He", 2},  {"C", 6},    {"O", 8},   {"Ne", 10}, {"Ar", 18},
               {"Ti", 22}, {"Kr", 36}, {"Sr", 38},  {"Zr", 40}, {"Nb", 41}, {"Xe", 54},
               {"Ba", 56}, {"La", 57}, {"Lu", 71},  {"Hf", 72}, {"Pb", 82}, {"Bi", 83},
               {"Rn", 86}, {"U", 92},  {"Lr", 103}, {"Og", 118}};
  for (const auto &k : known) EXPECT_EQ(polar_element_number(k.symbol), k.z) << k.symbol;
}

TEST(Elements, UnknownSymbols)
{
  for (const char *symbol : {"", "X", "BA", "ba", " Ba", "Ba ", "Bax", "Uuo"})
    EXPECT_EQ(polar_element_number(symbol), 0) << symbol;
  EXPECT_EQ(polar_element_number(nullptr), 0);
  for (int z : {-1, 0, 119, 1 << 30}) {
    EXPECT_EQ(polar_element_symbol(z), nullptr);
    EXPECT_EQ(polar_element_mass(z), 0.0);
  }
}

// Masses grow with Z but for the inversions known since Mendeleev and Moseley
TEST(Elements, MassesGrowWithNumber)
{
  std::set<int> inversions;
  for (int z = 2; z <= 103; z++)
    if (polar_element_mass(z) <= polar_element_mass(z - 1)) inversions.insert(z);
  EXPECT_EQ(inversions, (std::set<int>{19 /* Ar K */, 28 /* Co Ni */, 53 /* Te I */, 91 /* Th Pa */,
                                       93 /* U Np */, 95 /* Pu Am */, 97 /* Cm = Bk */}));
}

TEST(Elements, ByMassFindsEveryElementToTheTolerance)
{
  for (int z = 1; z <= 95; z++) {
    const double mass = polar_element_mass(z);
    EXPECT_EQ(polar_element_by_mass(mass), z) << polar_element_symbol(z);
    if (z == 83 || z == 84) continue; // Bi and Po differ by 1e-5: the nearer one wins
    EXPECT_EQ(polar_element_by_mass(mass * (1 + 0.99e-3)), z) << polar_element_symbol(z);
    EXPECT_EQ(polar_element_by_mass(mass * (1 - 0.99e-3)), z) << polar_element_symbol(z);
  }
}

// Masses that MULTIBINIT files hold: IUPAC 1988 (Pure Appl. Chem. 60, 841), ABINIT's table
TEST(Elements, ByMassTakesOlderTables)
{
  const struct {
    double mass;
    const char *symbol;
  } old[] = {{47.88, "Ti"},   {15.9994, "O"}, {137.327, "Ba"}, {178.49, "Hf"},    {72.61, "Ge"},
             {183.85, "W"},   {190.2, "Os"},  {6.941, "Li"},   {58.69, "Ni"},     {65.39, "Zn"},
             {121.753, "Sb"}, {1.00794, "H"}, {207.2, "Pb"},   {208.98037, "Bi"}, {209.0, "Po"}};
  for (const auto &o : old)
    EXPECT_EQ(polar_element_by_mass(o.mass), polar_element_number(o.symbol)) << o.symbol;
}

TEST(Elements, ByMassRefusesIsotopesAndNonsense)
{
  // D, 6Li, 13C, 18O, 46Ti, 138Ba of AME2020
  for (double mass : {2.014102, 6.015123, 13.003355, 17.999160, 45.952627, 137.905247})
    EXPECT_EQ(polar_element_by_mass(mass), 0) << mass;
  for (double mass : {0.0, -15.999, 1e300, 150000.0, std::nan(""), HUGE_VAL, -HUGE_VAL})
    EXPECT_EQ(polar_element_by_mass(mass), 0) << mass;
  EXPECT_EQ(polar_element_by_mass(polar_element_mass(96)), 0) << "Cm and Bk are equally near";
}

TEST(Elements, NearestForMessages)
{
  EXPECT_EQ(polar_element_nearest(17.99916), 9); // 18O: F
  EXPECT_EQ(polar_element_nearest(-3.0), 1);
  EXPECT_EQ(polar_element_nearest(1e9), 117); // Ts and Og share the largest mass number, 294
  EXPECT_EQ(polar_element_nearest(std::nan("")), 0);
}

} // namespace
