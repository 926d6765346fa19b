// soap_23 against a direct evaluation of its definition: sums over pairs of different neighbors
// with Legendre polynomials, Bessel functions of the C++ library, integrals by Simpson's rule.
#include "direct_sums.h"
#include "gap_models.h"

#include "gap/gap_basis.h"

#include <algorithm>

using namespace gap_test;

namespace {

const double PI = std::acos(-1.0);

// n-th zero of j_l, n = 1, 2, ..., by a walk in small steps
double zero(int l, int n)
{
  double x = 0.5 + l;
  for (int found = 0;; x += 0.05) {
    if (std::sph_bessel(l, x) * std::sph_bessel(l, x + 0.05) > 0) continue;
    if (++found == n) break;
  }
  double low = x, high = x + 0.05;
  while (high - low > 1e-15 * high) {
    const double middle = 0.5 * (low + high);
    if (middle == low || middle == high) break;
    if (std::sph_bessel(l, low) * std::sph_bessel(l, middle) <= 0) high = middle;
    else low = middle;
  }
  return 0.5 * (low + high);
}

struct Basis {
  int l, n;
  double cutoff, sigma, q, norm;
  Basis(int l, int n, double cutoff, double sigma) : l(l), n(n), cutoff(cutoff), sigma(sigma)
  {
    q = zero(l, n) / cutoff;
    norm = 1;
    norm = 1 / std::sqrt(integrate([this](double s) { return chi(s) * chi(s) * s * s; }));
  }
  double chi(double s) const { return norm * std::sph_bessel(l, q * s); }
  double integrate(const std::function<double(double)> &f) const
  {
    const int m = 1500; // Simpson: (cutoff/m)^4 f''''/180 with f'''' of 100 f
    double sum = f(0) + f(cutoff);
    for (int k = 1; k < m; k++) sum += (k % 2 ? 4 : 2) * f(cutoff * k / m);
    return sum * cutoff / m / 3;
  }
  double operator()(double r) const
  {
    const double s2 = sigma * sigma;
    const double integral = integrate([&](double s) {
      const double x = r * s / s2;
      const double i = x < 1e-8 ? l == 0 : std::sqrt(PI / (2 * x)) * std::cyl_bessel_i(l + 0.5, x);
      return chi(s) * std::exp(-(r * r + s * s) / (2 * s2)) * i * s * s;
    });
    return 0.5 * (1 + std::cos(PI * r / cutoff)) * 4 * PI / std::pow(2 * PI * s2, 1.5) * integral;
  }
};

int species(const Neighbor &b)
{
  return b.z == 8 ? 0 : 1;
}

struct Split {
  int n2, n3, l;
  double cutoff2, cutoff3, beta, filter;
};

void scale(std::vector<double> &x, double length)
{
  double norm = 0;
  for (double v : x) norm += v * v;
  for (double &v : x) v *= length / std::sqrt(norm);
}

std::vector<double> descriptor(const Split &s, const Config &c, int i)
{
  std::vector<Basis> pair, basis;
  for (int n = 0; n < s.n2; n++) pair.emplace_back(0, n + 1, s.cutoff2, 0.5);
  for (int l = 0; l <= s.l; l++)
    for (int n = 0; n < s.n3; n++) basis.emplace_back(l, n + 1, s.cutoff3, 0.5);
  std::vector<double> two(2 * s.n2, 0.0), three;
  for (const Neighbor &b : neighbors(c, i, s.cutoff2))
    for (int n = 0; n < s.n2; n++) two[species(b) * s.n2 + n] += pair[n](b.r) / std::sqrt(4 * PI);
  const std::vector<Neighbor> near = neighbors(c, i, s.cutoff3);
  const int channels = 2 * s.n3;
  std::vector<std::vector<std::vector<double>>> h(s.l + 1); // [l][neighbor][n]
  for (int l = 0; l <= s.l; l++)
    for (const Neighbor &b : near) {
      std::vector<double> values;
      for (int n = 0; n < s.n3; n++) values.push_back(basis[l * s.n3 + n](b.r));
      h[l].push_back(values);
    }
  for (int x = 0; x < channels; x++)
    for (int y = 0; y <= x; y++)
      for (int l = 0; l <= s.l; l++) {
        double p = 0;
        for (size_t j = 0; j < near.size(); j++)
          for (size_t k = 0; k < near.size(); k++) {
            if (j == k || species(near[j]) != x / s.n3 || species(near[k]) != y / s.n3) continue;
            double dot = 0;
            for (int q = 0; q < 3; q++) dot += near[j].u[q] * near[k].u[q];
            p += h[l][j][x % s.n3] * h[l][k][y % s.n3] * (2 * l + 1) / (4 * PI) * legendre(l, dot);
          }
        const double eta = 1 / (1 + s.filter * std::pow(l * (l + 1.0), 2));
        three.push_back(p * std::sqrt(8 * PI * PI / (2 * l + 1)) * eta * std::sqrt(x == y ? 1 : 2));
      }
  scale(two, std::sqrt(s.beta));
  scale(three, std::sqrt(1 - s.beta));
  two.insert(two.end(), three.begin(), three.end());
  return two;
}

} // namespace

TEST(BesselBasis, EqualsItsDefinition)
{
  for (double cutoff : {3.5, 6.0}) {
    gap_table *t = nullptr;
    polar_status st = {};
    ASSERT_EQ(gap_basis_bessel(5, 8, cutoff, 0.5, &t, &st), POLAR_OK) << st.text;
    std::vector<double> value(t->width);
    for (double r : {0.0, 0.013, 1.7, 2.9, 3.49})
      for (int l : {0, 1, 5}) {
        gap_table_at(t, r, value.data(), nullptr);
        for (int n : {0, 3, 7})
          EXPECT_NEAR(value[l * 8 + n], Basis(l, n + 1, cutoff, 0.5)(r), 1e-11)
              << r << " " << l << " " << n; // Simpson's rule
      }
    gap_table_free(t);
  }
}

TEST(Soap23, EqualsItsDefinition)
{
  const std::vector<Split> all = {{4, 3, 3, 4.2, 3.3, 0.1, 0.002}, {3, 4, 2, 3.0, 3.6, 0.7, 0.05}};
  const Config c = distorted({14, 8}, 8, 2.3, 6);
  for (const Split &s : all) {
    const int n = 2 * s.n3, dim = 2 * s.n2 + n * (n + 1) / 2 * (s.l + 1);
    const Model m = made_up(model_text(
        {coordinates("soap_23 n_species=2 species_Z={8 14} l_max=" + std::to_string(s.l) +
                         " n2_max=" + std::to_string(s.n2) + " n3_max=" + std::to_string(s.n3) +
                         " cutoff2=" + number(s.cutoff2) + " cutoff3=" + number(s.cutoff3) +
                         " beta=" + number(s.beta) + " angular_filter=" + number(s.filter),
                     dim, 6, 2, "signal_variance=\"1.1\" zeta=\"3\"", "", 0, 0, 4)}));
    const Result r = evaluate(m.get(), c);
    ASSERT_EQ(r.code, POLAR_OK) << r.st.text;
    const gap_soap *model = &m->density[0].soap;
    for (int i : {0, 1}) {
      const std::vector<double> x = descriptor(s, c, i);
      ASSERT_EQ((int)x.size(), dim);
      double e = c.z[i] == 14 ? -1.5 : 0; // of the isolated atom
      for (int k = 0; k < 6; k++) {
        double dot = 0;
        for (int q = 0; q < dim; q++) dot += x[q] * model->x[(size_t)k * dim + q];
        e += 1.21 * model->alpha[k] * std::pow(dot, 3);
      }
      EXPECT_NEAR(r.atom_energy[i], e, 1e-10); // Simpson's rule of the direct evaluation
    }
  }
}

// two atoms: no triplet, so that only the two-body part is left; one atom: nothing
TEST(Soap23, PairsHaveNoThreeBodyPart)
{
  const Model m = made_up(model_text({soap_23("cutoff2=4.2 cutoff3=3.5 beta=0.3", 5, 4, 4, 21)}));
  polar_status st = {};
  ASSERT_EQ(gap_prepare_variance(m.get(), &st), POLAR_OK);
  Config c = {{{20, 0, 0}, {0, 20, 0}, {0, 0, 20}}, {{0, 0, 0}, {2.1, 0.4, 0.3}}, {14, 8}};
  Result r = evaluate(m.get(), c);
  double two = 0;
  for (int q = 0; q < 190; q++) {
    if (q < 10) two += r.first_descriptor[q] * r.first_descriptor[q];
    else EXPECT_LT(std::fabs(r.first_descriptor[q]), 1e-15); // rounding, not made long
  }
  EXPECT_NEAR(two, 0.3, 1e-14);
  c.x.pop_back();
  c.z.pop_back();
  r = evaluate(m.get(), c);
  EXPECT_EQ(r.energy, -1.5);
  for (double v : r.first_descriptor) EXPECT_EQ(v, 0);
}

TEST(Soap23, RefusesWithReason)
{
  const struct {
    const char *keys, *message;
    int dim;
  } cases[] = {
      {"cutoff2=4 cutoff3=3 l_max=2 n2_max=3", "n3_max", 9},
      {"cutoff2=4 l_max=2 n2_max=3 n3_max=2", "cutoff3", 9},
      {"cutoff2=4 cutoff3=3 l_max=2 n2_max=3 n3_max=2 beta=1.5", "beta", 12},
      {"cutoff2=4 cutoff3=3 l_max=2 n2_max=3 n3_max=2 angle_filter=1", "unknown key angle_filter",
       12},
      {"cutoff2=4 cutoff3=3 l_max=2 n2_max=3 n3_max=2", "has 12", 13},
      {"cutoff2=4 cutoff3=3 l_max=2 n2_max=0 n3_max=2", "n2_max", 12},
      {"cutoff2=4 cutoff3=3 l_max=2 n2_max=3 n3_max=2 atom_sigma=0.01", "atom_sigma", 12},
  };
  for (const auto &c : cases) {
    gap_model *m = nullptr;
    polar_status st = {};
    EXPECT_EQ(parse(model_text({coordinates(std::string("soap_23 ") + c.keys, c.dim, 2, 2,
                                            "signal_variance=\"1\" zeta=\"2\"", "", 0, 0, 1)}),
                    {}, &m, &st),
              POLAR_MODEL)
        << c.keys;
    EXPECT_NE(std::string(st.text).find(c.message), std::string::npos) << st.text;
    EXPECT_GT(st.line, 0);
  }
}
