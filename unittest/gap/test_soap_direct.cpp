// soap against a direct evaluation of its definition that shares nothing with the implementation:
// the power spectrum as a double sum over neighbors with Legendre polynomials (addition theorem),
// Bessel functions by their power series, the basis by plain linear algebra in double precision.
#include "direct_sums.h"
#include "gap_models.h"

#include <algorithm>

using namespace gap_test;

namespace {

struct Soap {
  int n, l;
  double cutoff, width, sigma, central, sigma0;
  std::vector<int> species, centres; // 0: any; centres empty: all
  bool everywhere;                   // central atom in all channels
  int dexp;
  double rate, scale, zeta;
  std::string keys;
};

using Matrix = std::vector<std::vector<double>>;

Matrix cholesky(Matrix a)
{
  const int n = (int)a.size();
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < j; i++) a[i][j] = 0;
    for (int k = 0; k < j; k++) a[j][j] -= a[j][k] * a[j][k];
    a[j][j] = std::sqrt(a[j][j]);
    for (int i = j + 1; i < n; i++) {
      for (int k = 0; k < j; k++) a[i][j] -= a[i][k] * a[j][k];
      a[i][j] /= a[j][j];
    }
  }
  return a;
}

// a^-1 b for symmetric positive a
Matrix solve(const Matrix &a, Matrix b)
{
  const Matrix f = cholesky(a);
  const int n = (int)a.size();
  for (int c = 0; c < n; c++) {
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) b[i][c] -= f[i][j] * b[j][c];
      b[i][c] /= f[i][i];
    }
    for (int i = n - 1; i >= 0; i--) {
      for (int j = i + 1; j < n; j++) b[i][c] -= f[j][i] * b[j][c];
      b[i][c] /= f[i][i];
    }
  }
  return b;
}

// i_l(x) = x^l/(2l+1)!! sum_k (x^2/2)^k / (k! (2l+3)...(2l+2k+1)): all terms positive
double bessel(int l, double x)
{
  double term = 1, sum = 0;
  for (int k = 1; k <= l; k++) term *= x / (2 * k + 1);
  for (int k = 1; k < 600 && term > 0; k++) {
    sum += term;
    term *= x * x / 2 / (k * (2.0 * l + 2 * k + 1));
  }
  return sum;
}

std::vector<double> spectrum(const Soap &s, const Config &c, int i)
{
  const double pi = std::acos(-1.0), a = 1 / (2 * s.sigma * s.sigma);
  const int n = s.n, nc = n * (int)s.species.size();
  std::vector<double> node(n);
  for (int k = 0; k < n; k++)
    node[k] = k * (s.cutoff + s.sigma * std::sqrt(20 * std::log(10.0))) / n;
  Matrix kernel(n, std::vector<double>(n)), overlap = kernel;
  for (int p = 0; p < n; p++)
    for (int q = 0; q < n; q++) {
      const double sum = node[p] + node[q], d = node[p] - node[q];
      kernel[p][q] = std::exp(-a * d * d);
      overlap[p][q] = (std::exp(-a * (node[p] * node[p] + node[q] * node[q])) * std::sqrt(2.0) *
                           std::pow(a, 1.5) * sum +
                       a * std::exp(-a * d * d / 2) * std::sqrt(pi) * (1 + a * sum * sum) *
                           (1 + std::erf(std::sqrt(a / 2) * sum))) /
                      std::sqrt(128 * std::pow(a, 5));
    }
  const Matrix root = cholesky(overlap), t = solve(kernel, root);

  const std::vector<Neighbor> near = neighbors(c, i, s.cutoff);
  std::vector<double> p;
  std::vector<Matrix> square; // [l][I][J]
  for (int l = 0; l <= s.l; l++) {
    Matrix radial(near.size(), std::vector<double>(nc, 0.0)),
        product(nc, std::vector<double>(nc, 0.0));
    for (size_t j = 0; j < near.size(); j++) {
      const double r = near[j].r;
      double f = r > s.cutoff - s.width
                     ? 0.5 * (1 + std::cos(pi * (r - s.cutoff + s.width) / s.width))
                     : 1;
      if (s.dexp) // weight 1 at r = 0
        f *= s.rate / (1 + s.rate) * (1 + s.rate) / (s.rate + std::pow(r / s.scale, s.dexp));
      for (size_t k = 0; k < s.species.size(); k++)
        for (int q = 0; q < n && (s.species[k] == 0 || s.species[k] == near[j].z); q++)
          for (int m = 0; m < n; m++)
            radial[j][k * n + q] += f * std::exp(-a * (r * r + node[m] * node[m])) *
                                    bessel(l, 2 * a * r * node[m]) * t[m][q];
    }
    std::vector<double> centre(nc, 0.0);
    for (size_t k = 0; k < s.species.size(); k++)
      if (s.everywhere || s.species[k] == c.z[i] || s.species[k] == 0)
        centre[k * n] = l == 0 ? s.central * root[0][0] / std::sqrt(4 * pi) : 0.0;
    for (size_t j = 0; j < near.size(); j++)
      for (size_t k = 0; k < near.size(); k++) {
        double dot = 0;
        for (int q = 0; q < 3; q++) dot += near[j].u[q] * near[k].u[q];
        const double w = (2 * l + 1) / (4 * pi) * legendre(l, dot);
        for (int x = 0; x < nc; x++)
          for (int y = 0; y < nc; y++) product[x][y] += w * radial[j][x] * radial[k][y];
      }
    for (int x = 0; x < nc; x++)
      for (int y = 0; y < nc; y++) {
        for (size_t j = 0; j < near.size(); j++)
          product[x][y] +=
              (centre[x] * radial[j][y] + centre[y] * radial[j][x]) / std::sqrt(4 * pi);
        product[x][y] += centre[x] * centre[y];
      }
    square.push_back(product);
  }
  double norm = 0;
  for (int x = 0; x < nc; x++)
    for (int y = 0; y <= x; y++)
      for (int l = 0; l <= s.l; l++) {
        p.push_back(square[l][x][y] / std::sqrt(2 * l + 1) * (x == y ? 1 : std::sqrt(2.0)));
        norm += p.back() * p.back();
      }
  for (double &v : p) v /= std::sqrt(norm);
  p.push_back(s.sigma0);
  return p;
}

} // namespace

TEST(Soap, EqualsItsDefinition)
{
  const std::vector<Soap> all = {
      {4, 3, 4.1, 0.8, 0.5, 1, 0, {8, 14}, {14}, false, 0, 0, 0, 4, "species_Z={8 14} Z=14"},
      {6,
       9,
       3.6,
       0.5,
       0.35,
       0.3,
       0.2,
       {6, 14},
       {6, 14},
       false,
       0,
       0,
       0,
       3,
       "species_Z={6 14} n_Z=2 Z={6 14}"},
      {12, 4, 4.4, 1, 0.5, 1, 0, {0}, {}, true, 0, 0, 0, 2, ""},
      {5,
       6,
       4.1,
       0.5,
       0.5,
       0.9,
       0,
       {14, 6},
       {6},
       true,
       4,
       2,
       1.8,
       2.5,
       "species_Z={14 6} Z=6 central_reference_all_species=T cutoff_dexp=4 cutoff_rate=2 "
       "cutoff_scale=1.8"},
  };
  const Config c = distorted({14, 8, 6}, 9, 2.2, 6);
  for (const Soap &s : all) {
    SCOPED_TRACE(s.keys);
    const int dim = soap_dimension(s.n, s.l, (int)s.species.size());
    const Model m = made_up(model_text({coordinates(
        "soap cutoff=" + number(s.cutoff) + " cutoff_transition_width=" + number(s.width) +
            " atom_sigma=" + number(s.sigma) + " n_max=" + std::to_string(s.n) +
            " l_max=" + std::to_string(s.l) + " n_species=" + std::to_string(s.species.size()) +
            " central_weight=" + number(s.central) + " covariance_sigma0=" + number(s.sigma0) +
            " " + s.keys,
        dim, 5, 2, "signal_variance=\"1.1\" zeta=\"" + number(s.zeta) + "\"", "", 0, 0, 4)}));
    const Result r = evaluate(m.get(), c);
    ASSERT_EQ(r.code, POLAR_OK) << r.st.text;
    const gap_soap *model = &m->density[0].soap;
    for (size_t i = 0; i < c.x.size(); i++) {
      double e = c.z[i] == 14 ? -1.5 : 0; // of the isolated atom
      if (s.centres.empty() || std::count(s.centres.begin(), s.centres.end(), c.z[i])) {
        const std::vector<double> p = spectrum(s, c, (int)i);
        ASSERT_EQ((int)p.size(), dim);
        for (int k = 0; k < 5; k++) {
          double dot = 0;
          for (int q = 0; q < dim; q++) dot += p[q] * model->x[(size_t)k * dim + q];
          e += 1.21 * model->alpha[k] * std::pow(dot, s.zeta);
        }
      }
      // double precision of the direct evaluation, with the condition of the basis
      EXPECT_NEAR(r.atom_energy[i], e, 1e-12);
    }
  }
}
