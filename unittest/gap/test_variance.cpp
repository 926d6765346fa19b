// Predicted variances against their definition with a dense solution of the linear equations.
#include "gap_models.h"

using namespace gap_test;

namespace {

// x = a^-1 b by Gaussian elimination
std::vector<double> solve(std::vector<std::vector<double>> a, std::vector<double> b)
{
  const int n = (int)b.size();
  for (int k = 0; k < n; k++) {
    int best = k;
    for (int i = k; i < n; i++)
      if (std::fabs(a[i][k]) > std::fabs(a[best][k])) best = i;
    std::swap(a[k], a[best]);
    std::swap(b[k], b[best]);
    for (int i = k + 1; i < n; i++) {
      const double f = a[i][k] / a[k][k];
      for (int j = k; j < n; j++) a[i][j] -= f * a[k][j];
      b[i] -= f * b[k];
    }
  }
  for (int k = n - 1; k >= 0; k--) {
    for (int j = k + 1; j < n; j++) b[k] -= a[k][j] * b[j];
    b[k] /= a[k][k];
  }
  return b;
}

double dot(const double *a, const double *b, int n)
{
  double sum = 0;
  for (int i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

} // namespace

// more than one block of the factorization, zeta integer and not
TEST(Variance, AgainstDefinition)
{
  for (double zeta : {4.0, 2.5})
    for (int m : {3, 64, 150}) {
      const int dim = 40, atoms = 5;
      std::mt19937 random(m);
      std::uniform_real_distribution<double> u(0, 1);
      std::vector<double> x(m * dim), p(atoms * dim);
      for (double &v : x) v = u(random) * u(random);
      for (double &v : p) v = u(random) * u(random);
      for (int i = 0; i < dim; i++) p[i] = 1.3 * x[dim + i]; // the first lies along a sparse point
      gap_variance *v = nullptr;
      polar_status st = {};
      ASSERT_EQ(gap_variance_create(m, dim, x.data(), 0.49, zeta, &v, &st), POLAR_OK) << st.text;
      std::vector<double> k(atoms * m), square(atoms), variance(atoms), similarity(atoms);
      for (int a = 0; a < atoms; a++) {
        square[a] = dot(&p[a * dim], &p[a * dim], dim);
        for (int s = 0; s < m; s++) k[a * m + s] = dot(&p[a * dim], &x[s * dim], dim);
      }
      const std::vector<double> products = k;
      gap_variance_predict(v, atoms, k.data(), square.data(), variance.data(), similarity.data());
      gap_variance_free(v);

      std::vector<std::vector<double>> matrix(m, std::vector<double>(m));
      for (int i = 0; i < m; i++)
        for (int j = 0; j < m; j++)
          matrix[i][j] =
              0.49 * std::pow(dot(&x[i * dim], &x[j * dim], dim), zeta) + (i == j) * 1e-6;
      for (int a = 0; a < atoms; a++) {
        std::vector<double> row(m);
        double most = 0;
        for (int s = 0; s < m; s++) {
          const double q = products[a * m + s];
          row[s] = 0.49 * std::pow(q, zeta);
          most = std::max(most, q / std::sqrt(square[a] * dot(&x[s * dim], &x[s * dim], dim)));
        }
        const std::vector<double> w = solve(matrix, row);
        const double self = 0.49 * std::pow(square[a], zeta);
        // condition number of up to 1e9 (kernels of 1e3 over reg^2 = 1e-6)
        EXPECT_NEAR(variance[a], self + 1e-6 - dot(row.data(), w.data(), m), 1e-7 * self);
        EXPECT_GT(variance[a], -1e-7 * self);
        EXPECT_NEAR(similarity[a], std::pow(most, zeta), 1e-13);
      }
      EXPECT_NEAR(similarity[0], 1, 1e-13);
    }
}

// at a training point little is uncertain; a vacuum is unknown
TEST(Variance, OfAtoms)
{
  const Config c = distorted({14, 8}, 10, 2.2, 3);
  Model m = made_up(model_text({soap("species_Z={8 14} Z=14", 3, 2, 2, 8)}));
  polar_status st = {};
  ASSERT_EQ(gap_prepare_variance(m.get(), &st), POLAR_OK) << st.text;
  const Result r = evaluate(m.get(), c);
  ASSERT_EQ(r.variance.size(), c.x.size());
  for (size_t i = 0; i < c.x.size(); i++) {
    if (c.z[i] == 8) { // no term, nothing to predict
      EXPECT_EQ(r.variance[i], 0);
      EXPECT_EQ(r.similarity[i], 1);
      continue;
    }
    EXPECT_GT(r.variance[i], 0);
    // at most the prior variance delta^2 (normalised vectors) and reg^2
    EXPECT_LT(r.variance[i], 1.21 + 1e-6);
    EXPECT_LT(r.similarity[i], 1);
  }
  // the first sparse point becomes the power spectrum of the first atom
  gap_soap *s = &m->density[0].soap;
  std::copy(r.first_descriptor.begin(), r.first_descriptor.end(), s->x);
  gap_variance_free(m->density[0].variance);
  m->density[0].variance = nullptr;
  ASSERT_EQ(gap_prepare_variance(m.get(), &st), POLAR_OK) << st.text;
  const Result after = evaluate(m.get(), c);
  // reg^2 (2 - ...) <= 2 reg^2
  EXPECT_LT(after.variance[0], 2e-6);
  EXPECT_NEAR(after.similarity[0], 1, 1e-12);

  Model pairs = made_up(cases()[0].text);
  EXPECT_EQ(gap_prepare_variance(pairs.get(), &st), POLAR_MODEL);
}
