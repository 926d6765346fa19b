#include "base/elements.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

typedef struct {
  char symbol[3];
  double mass;
} element;

/* Standard atomic weights: Prohaska et al., Pure Appl. Chem. 94, 573 (2022), conventional values
 * where an interval is given. Tc, Pm, Po to Ac and Np to Og have none: 99Tc, 145Pm, and the mass of
 * the isotope with the longest known life (AME2020; from Rf on its mass number). */
static const element table[POLAR_MAX_Z] = {
    {"H", 1.008},       {"He", 4.002602},   {"Li", 6.94},       {"Be", 9.0121831},
    {"B", 10.81},       {"C", 12.011},      {"N", 14.007},      {"O", 15.999},
    {"F", 18.998403},   {"Ne", 20.1797},    {"Na", 22.989769},  {"Mg", 24.305},
    {"Al", 26.981538},  {"Si", 28.085},     {"P", 30.973762},   {"S", 32.06},
    {"Cl", 35.45},      {"Ar", 39.95},      {"K", 39.0983},     {"Ca", 40.078},
    {"Sc", 44.955907},  {"Ti", 47.867},     {"V", 50.9415},     {"Cr", 51.9961},
    {"Mn", 54.938043},  {"Fe", 55.845},     {"Co", 58.933194},  {"Ni", 58.6934},
    {"Cu", 63.546},     {"Zn", 65.38},      {"Ga", 69.723},     {"Ge", 72.630},
    {"As", 74.921595},  {"Se", 78.971},     {"Br", 79.904},     {"Kr", 83.798},
    {"Rb", 85.4678},    {"Sr", 87.62},      {"Y", 88.905838},   {"Zr", 91.224},
    {"Nb", 92.90637},   {"Mo", 95.95},      {"Tc", 98.90625},   {"Ru", 101.07},
    {"Rh", 102.90549},  {"Pd", 106.42},     {"Ag", 107.8682},   {"Cd", 112.414},
    {"In", 114.818},    {"Sn", 118.710},    {"Sb", 121.760},    {"Te", 127.60},
    {"I", 126.90447},   {"Xe", 131.293},    {"Cs", 132.905452}, {"Ba", 137.327},
    {"La", 138.90547},  {"Ce", 140.116},    {"Pr", 140.90766},  {"Nd", 144.242},
    {"Pm", 144.912756}, {"Sm", 150.36},     {"Eu", 151.964},    {"Gd", 157.25},
    {"Tb", 158.925354}, {"Dy", 162.500},    {"Ho", 164.930329}, {"Er", 167.259},
    {"Tm", 168.934219}, {"Yb", 173.045},    {"Lu", 174.9668},   {"Hf", 178.486},
    {"Ta", 180.94788},  {"W", 183.84},      {"Re", 186.207},    {"Os", 190.23},
    {"Ir", 192.217},    {"Pt", 195.084},    {"Au", 196.966570}, {"Hg", 200.592},
    {"Tl", 204.38},     {"Pb", 207.2},      {"Bi", 208.98040},  {"Po", 208.982431},
    {"At", 209.987148}, {"Rn", 222.017578}, {"Fr", 223.019736}, {"Ra", 226.025410},
    {"Ac", 227.027752}, {"Th", 232.0377},   {"Pa", 231.03588},  {"U", 238.02891},
    {"Np", 237.048174}, {"Pu", 244.064205}, {"Am", 243.061381}, {"Cm", 247.07},
    {"Bk", 247.07},     {"Cf", 251.079587}, {"Es", 252.082980}, {"Fm", 257.095106},
    {"Md", 258.098431}, {"No", 259.101},    {"Lr", 266.120},    {"Rf", 267.0},
    {"Db", 268.0},      {"Sg", 269.0},      {"Bh", 270.0},      {"Hs", 269.0},
    {"Mt", 278.0},      {"Ds", 281.0},      {"Rg", 282.0},      {"Cn", 285.0},
    {"Nh", 286.0},      {"Fl", 289.0},      {"Mc", 290.0},      {"Lv", 293.0},
    {"Ts", 294.0},      {"Og", 294.0},
};

const char *polar_element_symbol(int z)
{
  return z >= 1 && z <= POLAR_MAX_Z ? table[z - 1].symbol : NULL;
}

double polar_element_mass(int z)
{
  return z >= 1 && z <= POLAR_MAX_Z ? table[z - 1].mass : 0.0;
}

int polar_element_number(const char *symbol)
{
  if (symbol)
    for (int z = 1; z <= POLAR_MAX_Z; z++)
      if (strcmp(symbol, table[z - 1].symbol) == 0) return z;
  return 0;
}

int polar_element_nearest(double mass)
{
  if (!isfinite(mass)) return 0;
  int best = 1;
  for (int z = 2; z <= POLAR_MAX_Z; z++)
    if (fabs(table[z - 1].mass - mass) < fabs(table[best - 1].mass - mass)) best = z;
  return best;
}

int polar_element_by_mass(double mass)
{
  const int best = polar_element_nearest(mass);
  if (best == 0) return 0;
  const double distance = fabs(table[best - 1].mass - mass);
  if (!(distance <= POLAR_MASS_TOLERANCE * table[best - 1].mass)) return 0;
  for (int z = 1; z <= POLAR_MAX_Z; z++)
    if (z != best && fabs(table[z - 1].mass - mass) <= distance) return 0;
  return best;
}
