// Anharmonic polynomials: merging, energy, gradient, strain derivative, site energies, errors.
#include <limits>

#include <gtest/gtest.h>

#include "polynomial_fixture.h"

using namespace polynomial_test;

namespace {

const Supercell supercells[] = {{{1, 1, 1}}, {{2, 1, 3}}, {{1, 2, 1}}, {{3, 3, 3}}, {{2, 2, 4}}};
const int widths[] = {1, 2, 4, 8};

// Rounding: some hundred operations per contribution at most, each 1.1e-16, mostly not adding up
constexpr double tol = 1e-13;

void expect_equal(const Result &r, const Naive &q, const std::string &where)
{
  EXPECT_NEAR(r.energy, q.energy, tol * q.energy_size) << where;
  EXPECT_NEAR(r.pure, q.pure, tol * q.pure_size) << where;
  ASSERT_EQ(r.gradient.size(), q.gradient.size());
  for (size_t i = 0; i < q.gradient.size(); i++)
    ASSERT_NEAR(r.gradient[i], q.gradient[i], tol * q.gradient_size) << where << " at " << i;
  for (size_t v = 0; v < 6; v++) {
    EXPECT_NEAR(r.strain[v], q.strain[v], tol * q.strain_size[v]) << where << " voigt " << v;
    EXPECT_NEAR(r.dpure[v], q.dpure[v], tol * q.dpure_size[v]) << where << " voigt " << v;
  }
}

std::string name_of(const Supercell &s)
{
  return std::to_string(s.n[0]) + "x" + std::to_string(s.n[1]) + "x" + std::to_string(s.n[2]);
}

size_t values(const Supercell &s, int sites)
{
  return static_cast<size_t>(3 * sites * s.cells());
}

// (u_1x - u_0x)^power of the home cell
Term bond(double value, int power)
{
  return {value, {{1, {0, 0, 0}, 0, {0, 0, 0}, 0, power}}, {}};
}

const Voigt none{};

} // namespace

// Parent: term-by-term sum in long double
TEST(Polynomial, RandomTermsAgreeWithTermByTermSum)
{
  Random random(1);
  for (int sample = 0; sample < 12; sample++) {
    const int sites = 1 + sample % 4, reach = 1 + sample % 2;
    const auto terms = random.terms(10 + 20 * (sample % 5), sites, reach);
    const auto offset = offsets_of(terms);
    const Coefficients c(terms);
    const Polynomial p(c.get(), sites, offset);
    ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
    for (const Supercell &s : supercells) {
      const Rank all = all_cells(s, offset);
      const auto u = random.displacements(values(s, sites));
      const Voigt e = random.strain();
      const Naive parent = naive(terms, sites, s, e, u);
      expect_equal(evaluate(p, all.lat, e, u), parent,
                   name_of(s) + " sample " + std::to_string(sample));
      for (const int w : widths)
        if (w <= eap_polynomial_width())
          expect_equal(evaluate(p, all.lat, e, u, true, w), parent,
                       name_of(s) + " width " + std::to_string(w));
    }
  }
}

// Parent: the same. Cells dealt out at random, so that every rank sees ghosts in any order.
TEST(Polynomial, RanksAddUpToTheWhole)
{
  Random random(2);
  for (int sample = 0; sample < 6; sample++) {
    const int sites = 1 + sample % 3;
    const auto terms = random.terms(60, sites, 1);
    const auto offset = offsets_of(terms);
    const Coefficients c(terms);
    const Polynomial p(c.get(), sites, offset);
    ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
    for (const Supercell &s : supercells) {
      const auto u = random.displacements(values(s, sites));
      const Voigt e = random.strain();
      Result sum;
      sum.gradient.assign(u.size(), 0.0);
      std::vector<int> owner;
      for (int cell = 0; cell < s.cells(); cell++) owner.push_back(random.integer(0, 1));
      for (int rank = 0; rank < 2; rank++) {
        const Rank r = cells_of_rank(s, offset, owner, rank);
        const size_t row = static_cast<size_t>(3 * sites);
        std::vector<double> local;
        for (const int g : r.global)
          local.insert(local.end(), u.begin() + static_cast<long>(row) * g,
                       u.begin() + static_cast<long>(row) * (g + 1));
        const Result part = evaluate(p, r.lat, e, local);
        sum.energy += part.energy;
        sum.pure = part.pure;
        sum.dpure = part.dpure;
        for (size_t v = 0; v < 6; v++) sum.strain[v] += part.strain[v];
        for (size_t i = 0; i < local.size(); i++)
          sum.gradient[static_cast<size_t>(r.global[i / row]) * row + i % row] += part.gradient[i];
      }
      expect_equal(sum, naive(terms, sites, s, e, u), name_of(s) + " in two ranks");
    }
  }
}

// Parent: the fast evaluation's own parent; both results of site_energy
TEST(Polynomial, SiteEnergiesAddUpToTheEnergy)
{
  Random random(3);
  for (int sample = 0; sample < 6; sample++) {
    const int sites = 1 + sample % 3;
    const auto terms = random.terms(40, sites, 1);
    const auto offset = offsets_of(terms);
    const Coefficients c(terms);
    const Polynomial p(c.get(), sites, offset);
    ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
    for (const Supercell &s : supercells) {
      const Rank all = all_cells(s, offset);
      const auto u = random.displacements(values(s, sites));
      const Voigt e = random.strain();
      const Naive parent = naive(terms, sites, s, e, u);
      std::vector<double> prefactor(static_cast<size_t>(eap_polynomial_monomials(p.p)) + 1);
      std::vector<double> site(u.size() / 3, 0.0);
      Result r;
      r.gradient.assign(u.size(), 0.0);
      eap_polynomial_prefactors(p.p, e.data(), prefactor.data(), &r.pure, r.dpure.data());
      eap_polynomial_site_energy(p.p, &all.lat, prefactor.data(), u.data(), site.data(),
                                 r.gradient.data());
      for (const double x : site) r.energy += x;
      r.strain = parent.strain; // not computed by site_energy
      expect_equal(r, parent, name_of(s));
      std::vector<double> again(site);
      eap_polynomial_site_energy(p.p, &all.lat, prefactor.data(), u.data(), again.data(), nullptr);
      // adding the same number twice only rounds once more per monomial and cell
      for (size_t i = 0; i < site.size(); i++)
        EXPECT_NEAR(again[i], 2 * site[i], tol * parent.energy_size);
    }
  }
}

// Closed form: 2 (u_1 - u_0)^2 is split among two sites, 3 (u_1 - u_0) (u_2 - u_0) by three
TEST(Polynomial, SiteEnergyIsSplitAmongDistinctSites)
{
  const Cell o{0, 0, 0};
  const std::vector<Term> terms{bond(2.0, 2), {3.0, {{1, o, 0, o, 0, 1}, {2, o, 0, o, 0, 1}}, {}}};
  const Coefficients c(terms);
  const Polynomial p(c.get(), 3, {o});
  ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
  const Rank all = all_cells({{1, 1, 1}}, {o});
  const std::vector<double> u{0.25, 0, 0, 0.75, 0, 0, 1.25, 0, 0};
  double prefactor[2], pure, dpure[6], site[3] = {0, 0, 0};
  eap_polynomial_prefactors(p.p, none.data(), prefactor, &pure, dpure);
  eap_polynomial_site_energy(p.p, &all.lat, prefactor, u.data(), site, nullptr);
  // 2 * 0.25 and 3 * 0.5 * 1 are exact in binary
  EXPECT_DOUBLE_EQ(site[0], 0.25 + 0.5);
  EXPECT_DOUBLE_EQ(site[1], 0.25 + 0.5);
  EXPECT_DOUBLE_EQ(site[2], 0.5);
}

// A crystal repeated is n times the crystal, with the same gradient and site energies
TEST(Polynomial, SupercellIsRepetition)
{
  Random random(4);
  const int sites = 3;
  const auto terms = random.terms(60, sites, 2);
  const auto offset = offsets_of(terms);
  const Coefficients c(terms);
  const Polynomial p(c.get(), sites, offset);
  ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
  const Supercell one{{1, 1, 1}}, many{{2, 1, 3}};
  const Rank a = all_cells(one, offset), b = all_cells(many, offset);
  const auto u = random.displacements(values(one, sites));
  const Voigt e = random.strain();
  std::vector<double> repeated;
  for (int i = 0; i < many.cells(); i++) repeated.insert(repeated.end(), u.begin(), u.end());
  const Naive size = naive(terms, sites, one, e, u);
  const Result x = evaluate(p, a.lat, e, u), y = evaluate(p, b.lat, e, repeated);
  EXPECT_NEAR(y.energy, many.cells() * x.energy, tol * many.cells() * size.energy_size);
  for (size_t i = 0; i < repeated.size(); i++)
    EXPECT_NEAR(y.gradient[i], x.gradient[i % u.size()], tol * size.gradient_size);
  std::vector<double> prefactor(x.moment.size()), ea(u.size() / 3), eb(repeated.size() / 3);
  double pure, dpure[6];
  eap_polynomial_prefactors(p.p, e.data(), prefactor.data(), &pure, dpure);
  eap_polynomial_site_energy(p.p, &a.lat, prefactor.data(), u.data(), ea.data(), nullptr);
  eap_polynomial_site_energy(p.p, &b.lat, prefactor.data(), repeated.data(), eb.data(), nullptr);
  for (size_t i = 0; i < eb.size(); i++)
    EXPECT_NEAR(eb[i], ea[i % ea.size()], tol * size.energy_size);
}

TEST(Polynomial, GradientIsDerivativeOfEnergy)
{
  Random random(5);
  const int sites = 3;
  const auto terms = random.terms(50, sites, 1);
  const auto offset = offsets_of(terms);
  const Coefficients c(terms);
  const Polynomial p(c.get(), sites, offset);
  ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
  for (const Supercell &s : supercells) {
    const Rank all = all_cells(s, offset);
    auto u = random.displacements(values(s, sites), 0.3);
    const Voigt e = random.strain();
    const Result r = evaluate(p, all.lat, e, u);
    double largest = 0.0;
    for (const double g : r.gradient) largest = std::max(largest, std::fabs(g));
    ASSERT_GT(largest, 0.1);
    const double h = 1e-5;
    for (size_t i = 0; i < u.size(); i += 7) {
      const double x = u[i];
      u[i] = x + h;
      const double up = evaluate(p, all.lat, e, u).energy;
      u[i] = x - h;
      const double down = evaluate(p, all.lat, e, u).energy;
      u[i] = x;
      // h^2 times a third derivative of some hundred times the gradient, rounding 1e-16 E / h
      EXPECT_NEAR(r.gradient[i], (up - down) / (2 * h), 1e-7 * largest) << name_of(s) << i;
    }
  }
}

TEST(Polynomial, StrainDerivativeIsDerivativeOfEnergy)
{
  Random random(6);
  const int sites = 2;
  auto terms = random.terms(80, sites, 1);
  terms.push_back({1.5, {}, {{2, 1}}});
  terms.push_back({-0.5, {{1, {0, 0, 0}, 0, {1, 0, 0}, 0, 2}}, {{4, 1}}});
  const auto offset = offsets_of(terms);
  const Coefficients c(terms);
  const Polynomial p(c.get(), sites, offset);
  ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
  const Supercell s{{2, 1, 3}};
  const Rank all = all_cells(s, offset);
  const auto u = random.displacements(values(s, sites));
  for (const Voigt &at : {random.strain(), Voigt{}, Voigt{0.0, 0.2, 0.0, -0.3, 0.0, 0.1}}) {
    const Result r = evaluate(p, all.lat, at, u);
    double largest = 0.0, largest_pure = 0.0;
    for (size_t v = 0; v < 6; v++) {
      largest = std::max(largest, std::fabs(r.strain[v]));
      largest_pure = std::max(largest_pure, std::fabs(r.dpure[v]));
    }
    ASSERT_GT(largest, 1e-3);
    ASSERT_GT(largest_pure, 1e-3);
    const double h = 1e-5;
    for (size_t v = 0; v < 6; v++) {
      Voigt e = at;
      e[v] = at[v] + h;
      const Result up = evaluate(p, all.lat, e, u);
      e[v] = at[v] - h;
      const Result down = evaluate(p, all.lat, e, u);
      // h^2 times a third derivative of some hundred times the first, rounding 1e-16 E / h
      EXPECT_NEAR(r.strain[v], (up.energy - down.energy) / (2 * h), 1e-7 * largest) << v;
      EXPECT_NEAR(r.dpure[v], (up.pure - down.pure) / (2 * h), 1e-7 * largest_pure) << v;
    }
  }
}

TEST(Polynomial, OrderOfTermsDoesNotMatter)
{
  Random random(7);
  const int sites = 3;
  auto terms = random.terms(80, sites, 1);
  const auto offset = offsets_of(terms);
  const Supercell s{{3, 3, 3}};
  const Rank all = all_cells(s, offset);
  const auto u = random.displacements(values(s, sites));
  const Voigt e = random.strain();
  const Naive parent = naive(terms, sites, s, e, u);
  for (int sample = 0; sample < 4; sample++) {
    std::shuffle(terms.begin(), terms.end(), random.engine);
    for (Term &t : terms) {
      std::shuffle(t.difference.begin(), t.difference.end(), random.engine);
      std::shuffle(t.strain.begin(), t.strain.end(), random.engine);
    }
    const Coefficients c(terms);
    const Polynomial p(c.get(), sites, offset);
    ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
    expect_equal(evaluate(p, all.lat, e, u), parent, "shuffled");
  }
}

TEST(Polynomial, RigidShiftChangesNothing)
{
  Random random(8);
  const int sites = 3;
  const auto terms = random.terms(60, sites, 1);
  const auto offset = offsets_of(terms);
  const Coefficients c(terms);
  const Polynomial p(c.get(), sites, offset);
  ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
  const Supercell s{{2, 2, 4}};
  const Rank all = all_cells(s, offset);
  const auto u = random.displacements(values(s, sites));
  const Voigt e = random.strain();
  const Naive size = naive(terms, sites, s, e, u);
  const Result r = evaluate(p, all.lat, e, u);
  auto moved = u;
  const double shift[3] = {0.5, -0.25, 1.0};
  for (size_t i = 0; i < moved.size(); i++) moved[i] += shift[i % 3];
  const Result t = evaluate(p, all.lat, e, moved);
  // shifted displacements round by 1e-16, which powers up to 16 and the shift magnify
  EXPECT_NEAR(t.energy, r.energy, 1e-12 * size.energy_size);
  double net[3] = {0, 0, 0};
  for (size_t i = 0; i < u.size(); i++) {
    EXPECT_NEAR(t.gradient[i], r.gradient[i], 1e-12 * size.gradient_size);
    net[i % 3] += r.gradient[i];
  }
  // a sum of as many numbers as there are displacements
  for (const double f : net) EXPECT_NEAR(f, 0.0, tol * size.gradient_size);
}

// The same bits with and without moments, at any alignment of the scratch array, and run twice
TEST(Polynomial, IsReproducible)
{
  Random random(9);
  const int sites = 2;
  const auto terms = random.terms(60, sites, 1);
  const auto offset = offsets_of(terms);
  const Coefficients c(terms);
  const Polynomial p(c.get(), sites, offset);
  ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
  const Supercell s{{3, 3, 3}};
  const Rank all = all_cells(s, offset);
  const auto u = random.displacements(values(s, sites));
  const Voigt e = random.strain();
  const Result r = evaluate(p, all.lat, e, u);
  for (size_t shift = 0; shift < 9; shift++) {
    const Result t = evaluate(p, all.lat, e, u, shift % 2 == 0, 0, shift);
    EXPECT_EQ(r.energy, t.energy);
    EXPECT_EQ(r.gradient, t.gradient);
    if (shift % 2 == 0) {
      EXPECT_EQ(r.moment, t.moment);
    }
  }
}

// Gradient and site energies are added to what is there
TEST(Polynomial, GradientIsAdded)
{
  const std::vector<Term> terms{bond(2.0, 3)};
  const Coefficients c(terms);
  const Polynomial p(c.get(), 2, {{0, 0, 0}});
  ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
  const Rank all = all_cells({{1, 1, 1}}, {{0, 0, 0}});
  const std::vector<double> u{0, 0, 0, 0.5, 0, 0};
  std::vector<double> g{1, 2, 3, 4, 5, 6}, scratch(eap_polynomial_scratch(p.p));
  double prefactor, pure, dpure[6], moment;
  eap_polynomial_prefactors(p.p, none.data(), &prefactor, &pure, dpure);
  const double energy = eap_polynomial_evaluate(p.p, &all.lat, &prefactor, u.data(), g.data(),
                                                &moment, scratch.data());
  // 2 x^3 at x = 1/2, derivative 6 x^2: exact in binary
  EXPECT_EQ(energy, 0.25);
  EXPECT_EQ(moment * prefactor, 0.25);
  EXPECT_EQ(g, (std::vector<double>{1 - 1.5, 2, 3, 4 + 1.5, 5, 6}));
}

// Closed form: the monomials' coefficients vanish at e = 0, their strain derivatives do not
TEST(Polynomial, StrainDerivativeAtZeroStrain)
{
  Term linear = bond(3.0, 2), square = bond(5.0, 4);
  linear.strain = {{3, 1}};
  square.strain = {{4, 2}};
  const std::vector<Term> terms{linear, square, {7.0, {}, {{5, 1}}}, {11.0, {}, {{5, 1}, {0, 1}}}};
  const Coefficients c(terms);
  const Polynomial p(c.get(), 2, {{0, 0, 0}});
  ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
  const Rank all = all_cells({{1, 1, 1}}, {{0, 0, 0}});
  const Result r = evaluate(p, all.lat, none, {0, 0, 0, 0.5, 0, 0});
  EXPECT_EQ(r.energy, 0.0);
  EXPECT_EQ(r.strain, (Voigt{0, 0, 0, 3.0 * 0.25, 0, 0}));
  EXPECT_EQ(r.pure, 0.0);
  EXPECT_EQ(r.dpure, (Voigt{0, 0, 0, 0, 0, 7.0}));
}

// Coefficients of 1e6 eV/A^8 occur in published models
TEST(Polynomial, LargeCoefficientOfHighPower)
{
  const std::vector<Term> terms{bond(1e6, 8)};
  const Coefficients c(terms);
  const Polynomial p(c.get(), 2, {{0, 0, 0}});
  ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
  const Rank all = all_cells({{1, 1, 1}}, {{0, 0, 0}});
  const Result r = evaluate(p, all.lat, none, {-0.1, 0, 0, 0.2, 0, 0});
  // 1e6 * 0.3^8 = 65.61, derivative 8e6 * 0.3^7; a dozen roundings
  EXPECT_NEAR(r.energy, 65.61, 1e-13 * 65.61);
  EXPECT_NEAR(r.gradient[3], 1749.6, 1e-13 * 1749.6);
  EXPECT_NEAR(r.gradient[0], -1749.6, 1e-13 * 1749.6);
}

// Parent: sets of canonical keys built here
TEST(Polynomial, MonomialsAndDifferencesAreCountedOnce)
{
  using Site = std::pair<Cell, int>;
  Random random(10);
  for (int sample = 0; sample < 10; sample++) {
    const int sites = 1 + sample % 4;
    const auto terms = random.terms(100, sites, 1);
    const auto offset = offsets_of(terms);
    const Coefficients c(terms);
    const Polynomial p(c.get(), sites, offset);
    ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
    using Key = std::tuple<Site, Site, int>;
    std::set<Key> differences;
    std::set<std::map<Key, int>> monomials;
    int pure = 0;
    for (const Term &t : terms) {
      std::map<Key, int> monomial;
      bool zero = false;
      for (const Difference &d : t.difference) {
        const Site a{d.cell0, d.site0}, b{d.cell1, d.site1};
        zero = zero || a == b;
        monomial[Key{std::min(a, b), std::max(a, b), d.dir}] += d.power;
      }
      if (zero) continue;
      if (monomial.empty()) pure++;
      else monomials.insert(monomial);
      for (const auto &f : monomial) differences.insert(f.first);
    }
    EXPECT_EQ(eap_polynomial_monomials(p.p), static_cast<int>(monomials.size()));
    EXPECT_EQ(eap_polynomial_differences(p.p), static_cast<int>(differences.size()));
    EXPECT_EQ(eap_polynomial_strain_terms(p.p), pure);
  }
}

// (u_0 - u_1)^3 = -(u_1 - u_0)^3: terms that cancel; and the same with an even power, which do not
TEST(Polynomial, SwappedDifferenceChangesSignOfOddPowers)
{
  const Cell o{0, 0, 0};
  for (const int power : {3, 4}) {
    const std::vector<Term> terms{bond(2.0, power), {2.0, {{0, o, 1, o, 0, power}}, {}}};
    const Coefficients c(terms);
    const Polynomial p(c.get(), 2, {o});
    ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
    EXPECT_EQ(eap_polynomial_monomials(p.p), 1);
    const Rank all = all_cells({{1, 1, 1}}, {o});
    const Result r = evaluate(p, all.lat, none, {0, 0, 0, 0.5, 0, 0});
    EXPECT_EQ(r.energy, power == 3 ? 0.0 : 0.25);
    EXPECT_EQ(r.gradient[3], power == 3 ? 0.0 : 2.0);
  }
}

// Terms that are zero by construction leave no trace, not even their cells
TEST(Polynomial, ZeroTermsAreDropped)
{
  const Cell o{0, 0, 0}, far{3, 0, 0};
  const std::vector<Term> terms{{0.0, {{0, o, 1, far, 0, 2}}, {}},
                                {1.0, {{0, far, 0, far, 1, 2}, {0, o, 1, o, 0, 1}}, {}},
                                {0.0, {}, {{0, 2}}}};
  const Coefficients c(terms);
  const Polynomial p(c.get(), 2, {o});
  ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
  EXPECT_EQ(eap_polynomial_monomials(p.p), 0);
  EXPECT_EQ(eap_polynomial_differences(p.p), 0);
  EXPECT_EQ(eap_polynomial_strain_terms(p.p), 0);
  const Rank all = all_cells({{2, 1, 1}}, {o});
  const Result r = evaluate(p, all.lat, {0.1, 0, 0, 0, 0, 0}, std::vector<double>(12, 0.5));
  EXPECT_EQ(r.energy, 0.0);
  EXPECT_EQ(r.pure, 0.0);
  EXPECT_EQ(r.gradient, std::vector<double>(12, 0.0));
}

TEST(Polynomial, ModelWithoutTermsOrOnlyWithStrain)
{
  const Coefficients empty({}), pure({{2.0, {}, {{1, 3}}}, {4.0, {}, {}}});
  const Rank all = all_cells({{3, 1, 1}}, {{0, 0, 0}});
  const std::vector<double> u(9, 0.25);
  const Voigt e{0, 0.5, 0, 0, 0, 0};
  const Polynomial a(empty.get(), 1, {}), b(pure.get(), 1, {{0, 0, 0}});
  ASSERT_EQ(a.code, POLAR_OK) << a.st.text;
  ASSERT_EQ(b.code, POLAR_OK) << b.st.text;
  const Result x = evaluate(a, all.lat, e, u), y = evaluate(b, all.lat, e, u);
  EXPECT_EQ(x.energy + x.pure, 0.0);
  EXPECT_EQ(y.energy, 0.0);
  EXPECT_EQ(y.pure, 0.25 + 4.0); // 2 e^3, and a constant
  EXPECT_EQ(y.dpure, (Voigt{0, 1.5, 0, 0, 0, 0}));
  EXPECT_EQ(y.strain, Voigt{});
  EXPECT_EQ(eap_polynomial_strain_terms(b.p), 2);
  EXPECT_EQ(y.gradient, std::vector<double>(9, 0.0));
}

TEST(Polynomial, NoCells)
{
  const Coefficients c({bond(2.0, 2)});
  const Polynomial p(c.get(), 2, {{0, 0, 0}});
  ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
  const eap_lattice lat = {0, 0, 1, nullptr};
  const Result r = evaluate(p, lat, none, {});
  EXPECT_EQ(r.energy, 0.0);
  EXPECT_EQ(r.moment, std::vector<double>{0.0});
}

// A displacement that is not a number must not pass unnoticed
TEST(Polynomial, NotANumberIsPassedOn)
{
  const Coefficients c({bond(2.0, 2)});
  const Polynomial p(c.get(), 2, {{0, 0, 0}});
  ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
  const Rank all = all_cells({{3, 1, 1}}, {{0, 0, 0}});
  std::vector<double> u(18, 0.25);
  u[6] = std::nan("");
  const Result r = evaluate(p, all.lat, none, u);
  EXPECT_TRUE(std::isnan(r.energy));
  EXPECT_TRUE(std::isnan(r.gradient[6]));
  EXPECT_EQ(r.gradient[0], 0.0) << "another cell";
}

TEST(Polynomial, BadArgumentsAreNamed)
{
  const Cell o{0, 0, 0};
  const double inf = std::numeric_limits<double>::infinity();
  const struct {
    Term term;
    const char *text;
  } cases[] = {
      {bond(inf, 2), "value inf is not a finite"},
      {bond(std::nan(""), 2), "value nan is not a finite"},
      {{1.0, {{2, o, 0, o, 0, 1}}, {}}, "sites 2 and 0, expected 0 to 1"},
      {{1.0, {{1, o, -1, o, 0, 1}}, {}}, "sites 1 and -1, expected 0 to 1"},
      {{1.0, {{1, o, 0, o, 3, 1}}, {}}, "direction 3"},
      {{1.0, {{1, o, 0, o, -1, 1}}, {}}, "direction -1"},
      {bond(1.0, 0), "displacement power 0"},
      {bond(1.0, 257), "displacement power 257"},
      {{1.0, {{1, o, 0, o, 0, 200}, {0, o, 1, o, 0, 57}}, {}}, "power above 256"},
      {{1.0, {}, {{6, 1}}}, "strain component 6"},
      {{1.0, {}, {{-1, 1}}}, "strain component -1"},
      {{1.0, {}, {{0, 0}}}, "strain power 0"},
      {{1.0, {}, {{0, 256}, {0, 1}}}, "power above 256"},
      {{1.0, {{1, {0, 1, -1}, 0, o, 0, 1}}, {}}, "reaches cell 0 1 -1"},
      {{1.0, {{1, o, 0, {2, 0, 0}, 0, 1}}, {}}, "reaches cell 2 0 0"},
  };
  for (const auto &bad : cases) {
    const Coefficients c({bond(1.0, 2), bad.term});
    const Polynomial p(c.get(), 2, {o, {1, 0, 0}, o});
    EXPECT_EQ(p.code, POLAR_ARGUMENT) << bad.text;
    EXPECT_EQ(p.p, nullptr);
    EXPECT_NE(std::string(p.st.text).find(bad.text), std::string::npos) << p.st.text;
    EXPECT_NE(std::string(p.st.text).find("term 1"), std::string::npos) << p.st.text;
  }
  eap_polynomial *p;
  polar_status st{};
  const int offset[1][3] = {{0, 0, 0}};
  Coefficients c({bond(1.0, 2)});
  EXPECT_EQ(eap_polynomial_create(nullptr, 2, 1, offset, &p, &st), POLAR_ARGUMENT);
  EXPECT_EQ(p, nullptr);
  EXPECT_NE(std::string(st.text).find("No anharmonic coefficients"), std::string::npos);
  EXPECT_EQ(eap_polynomial_create(c.get(), 0, 1, offset, &p, &st), POLAR_ARGUMENT);
  EXPECT_EQ(eap_polynomial_create(c.get(), 2, 1, nullptr, &p, &st), POLAR_ARGUMENT);
  EXPECT_EQ(eap_polynomial_create(c.get(), 2, -1, offset, &p, &st), POLAR_ARGUMENT);
  EXPECT_EQ(eap_polynomial_create(c.get(), 2, 1, offset, nullptr, &st), POLAR_ARGUMENT);
  c.edit()->nterm = -1;
  EXPECT_EQ(eap_polynomial_create(c.get(), 2, 1, offset, &p, nullptr), POLAR_ARGUMENT);
  c.edit()->nterm = 1;
  c.edit()->term = nullptr;
  EXPECT_EQ(eap_polynomial_create(c.get(), 2, 1, offset, &p, &st), POLAR_ARGUMENT);
  eap_polynomial_free(nullptr);
}

// The highest powers the reader admits, twice in one term: closed form x^32
TEST(Polynomial, RepeatedDifferencesAddTheirPowers)
{
  const Cell o{0, 0, 0};
  const std::vector<Term> terms{{2.0, {{1, o, 0, o, 0, 16}, {1, o, 0, o, 0, 16}}, {}},
                                {3.0, {{1, o, 0, o, 0, 2}, {0, o, 1, o, 0, 1}}, {}}};
  const Coefficients c(terms);
  const Polynomial p(c.get(), 2, {o});
  ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
  EXPECT_EQ(eap_polynomial_monomials(p.p), 2);
  EXPECT_EQ(eap_polynomial_differences(p.p), 1);
  const Rank all = all_cells({{1, 1, 1}}, {o});
  const Result r = evaluate(p, all.lat, none, {0, 0, 0, 0.5, 0, 0});
  // powers of two are exact
  EXPECT_EQ(r.energy, 2.0 * std::ldexp(1.0, -32) - 3.0 / 8);
  EXPECT_EQ(r.gradient[3], 64.0 * std::ldexp(1.0, -31) - 9.0 / 4);
}
