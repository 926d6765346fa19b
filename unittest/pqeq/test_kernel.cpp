// The tapered interaction of Gaussian charges: closed forms, its table, and what it refuses.
#include "pqeq_fixture.h"

namespace {

class PqeqKernel : public ::testing::Test {
protected:
  pqeq_kernel *k = nullptr;
  polar_status st = {};
  std::vector<pqeq_element> some;
  polar_code make(double cutoff = 12.5, double umax = 0.25, pqeq_rule rule = PQEQ_RULE_SITE)
  {
    if (some.empty())
      for (const char *s : {"H", "O", "Ba", "Cs"}) some.push_back(*pqeq_find(gao2025(), s));
    const pqeq_kernel_input in = kernel_of(some, cutoff, umax, rule);
    return pqeq_kernel_create(&in, &k, &st);
  }
  void TearDown() override { pqeq_kernel_free(k); }
};

TEST_F(PqeqKernel, ExponentsOfPairs)
{
  ASSERT_EQ(make(), POLAR_OK) << st.text;
  // alpha_ii = sqrt(lambda)/(2 R), 1/alpha_ij^2 = 1/a_i + 1/a_j; within a few roundings of 1
  const double aH = 0.46277 / (2 * 0.371 * 0.371), aO = 0.46277 / (2 * 0.669 * 0.669);
  EXPECT_NEAR(k->table[0].alpha, std::sqrt(0.46277) / (2 * 0.371), 1e-15);
  EXPECT_NEAR(k->table[1].alpha, 1.0 / std::sqrt(1 / aH + 1 / aO), 1e-15);
  EXPECT_EQ(k->table[1].alpha, k->table[4].alpha);
}

TEST_F(PqeqKernel, ClosedForms)
{
  ASSERT_EQ(make(), POLAR_OK) << st.text;
  const double a = k->table[5].alpha;
  double d;
  // C(0) = 2 k alpha/sqrt(pi); C'(r)/r there -4 k alpha^3/(3 sqrt(pi)): some 10
  // each, within a few roundings
  EXPECT_NEAR(pqeq_coulomb(k, a, 0.0, &d), 2 * 14.399645 * a / std::sqrt(M_PI), 1e-14);
  EXPECT_NEAR(d, -4 * 14.399645 * a * a * a / (3 * std::sqrt(M_PI)), 1e-14);
  const double r = 6.25, x = 0.5;
  const double taper =
      1 - 35 * std::pow(x, 4) + 84 * std::pow(x, 5) - 70 * std::pow(x, 6) + 20 * std::pow(x, 7);
  EXPECT_NEAR(taper, 0.5, 1e-15); // the taper is symmetric about its middle
  EXPECT_NEAR(pqeq_coulomb(k, a, r * r, &d), 14.399645 * std::erf(a * r) / r * taper,
              2e-15); // rounding of 1 eV
  EXPECT_EQ(pqeq_coulomb(k, a, 12.5 * 12.5, &d), 0.0);
  EXPECT_EQ(d, 0.0);
}

// the derivative of the formula by central differences, across the series and the taper:
// h = 1e-4 in s, error h^2 C'''/6 + 1e-16 C/h, both below 1e-9
TEST_F(PqeqKernel, Slope)
{
  ASSERT_EQ(make(), POLAR_OK) << st.text;
  for (double s : {0.001, 0.003, 0.01, 0.1, 0.9999, 4.0, 50.0, 150.0}) {
    double d, dummy;
    pqeq_coulomb(k, 0.5, s, &d);
    const double h = s * 1e-4;
    const double fd =
        (pqeq_coulomb(k, 0.5, s + h, &dummy) - pqeq_coulomb(k, 0.5, s - h, &dummy)) / h;
    EXPECT_NEAR(d, fd, 1e-7 * std::fabs(d) + 1e-9) << s;
  }
}

// over all pairs and both rules: values within the remainder of a table's interval, 1e-13 eV, and
// rounding; slopes within the bound of the header
TEST_F(PqeqKernel, TableAgainstFormula)
{
  for (pqeq_rule rule : {PQEQ_RULE_SITE, PQEQ_RULE_CORE}) {
    ASSERT_EQ(make(12.5, 0.25, rule), POLAR_OK) << st.text;
    const double end = (k->range + 0.5) * (k->range + 0.5);
    for (int t = 0; t < 16; t++)
      for (int m = 0; m <= 20000; m++) {
        const double s = end * (m / 20000.001);
        double d, dt;
        const double c = pqeq_coulomb(k, k->table[t].alpha, s, &d);
        EXPECT_NEAR(pqeq_table_at(k, &k->table[t], s, &dt), c, 2e-13) << t << " " << s;
        EXPECT_NEAR(pqeq_table_value(k, &k->table[t], s), c, 2e-13) << t << " " << s;
        EXPECT_NEAR(dt, d, 1e-11) << t << " " << s;
      }
    pqeq_kernel_free(k);
    k = nullptr;
  }
}

TEST_F(PqeqKernel, Refuses)
{
  EXPECT_EQ(make(1.0), POLAR_ARGUMENT);
  EXPECT_NE(std::string(st.text).find("cutoff is 1"), std::string::npos) << st.text;
  EXPECT_EQ(make(NAN), POLAR_ARGUMENT);
  EXPECT_EQ(make(12.5, 0.0), POLAR_ARGUMENT);
  EXPECT_EQ(make(4.0, 0.6), POLAR_ARGUMENT);
  // C_OO(0) = 5.5266/0.669 eV; curvature 9.83 * 2/0.669^3 kcal/mol/Angstrom^2
  some = {*pqeq_find(gao2025(), "O")};
  some[0].eta = 8.26;
  EXPECT_EQ(make(), POLAR_MODEL);
  EXPECT_NE(std::string(st.text).find("of O: eta is 8.26"), std::string::npos) << st.text;
  some[0].eta = 8.27;
  EXPECT_EQ(make(), POLAR_OK) << st.text;
  pqeq_kernel_free(k);
  k = nullptr;
  some[0].spring = 2.84;
  EXPECT_EQ(make(), POLAR_MODEL);
  EXPECT_NE(std::string(st.text).find("of O: the spring is 2.84"), std::string::npos) << st.text;
  some[0].spring = 2.86;
  EXPECT_EQ(make(), POLAR_OK) << st.text;
  pqeq_kernel_free(k);
  k = nullptr;
  some[0].radius = 1e-9;
  EXPECT_EQ(make(), POLAR_MODEL);
}

// all elements of the shipped table pass the checks
TEST_F(PqeqKernel, ShippedTableIsUsable)
{
  for (int i = 0; i < gao2025()->n; i++) {
    some = {gao2025()->element[i]};
    EXPECT_EQ(make(4.0), POLAR_OK) << st.text;
    pqeq_kernel_free(k);
    k = nullptr;
  }
}

} // namespace
