// 3x3 algebra against its defining equations.

#include "base/mat3.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace {

std::mt19937 random_bits(5);

void any_matrix(double size, double a[3][3])
{
  std::uniform_real_distribution<double> any(-size, size);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) a[i][j] = any(random_bits);
}

double distance(const double a[3][3], const double b[3][3])
{
  double most = 0;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) most = std::fmax(most, std::fabs(a[i][j] - b[i][j]));
  return most;
}

const double one[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};

TEST(Mat3, Inverse)
{
  for (int trial = 0; trial < 100; trial++) {
    double a[3][3], b[3][3], c[3][3];
    any_matrix(1, a);
    for (int i = 0; i < 3; i++) a[i][i] += 3;
    EXPECT_DOUBLE_EQ(mat3_inverse(a, b), mat3_det(a));
    mat3_mul(a, b, c);
    EXPECT_LT(distance(c, one), 1e-14);
  }
  const double singular[3][3] = {{1, 2, 3}, {2, 4, 6}, {0, 0, 1}};
  double b[3][3] = {{7}};
  EXPECT_EQ(mat3_inverse(singular, b), 0.0);
  EXPECT_EQ(b[0][0], 0.0);
}

TEST(Mat3, ProductsMayOverwriteTheirArguments)
{
  double a[3][3], b[3][3], c[3][3], d[3][3];
  any_matrix(1, a);
  any_matrix(1, b);
  mat3_mul(a, b, c);
  mat3_copy(a, d);
  mat3_mul(d, b, d);
  EXPECT_EQ(distance(c, d), 0.0);
  double bt[3][3], at[3][3];
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      at[i][j] = a[j][i];
      bt[i][j] = b[j][i];
    }
  mat3_mul_t(a, bt, d);
  EXPECT_LT(distance(c, d), 1e-15);
  mat3_t_mul(at, b, d);
  EXPECT_LT(distance(c, d), 1e-15);
}

TEST(Mat3, EigenvectorsOfSymmetricMatrices)
{
  for (int trial = 0; trial < 100; trial++) {
    double a[3][3], value[3], v[3][3], back[3][3], id[3][3];
    any_matrix(trial % 3 ? 1 : 1e-9, a);
    for (int i = 0; i < 3; i++) {
      a[i][i] += trial % 2; // nearly degenerate every other time
      for (int j = 0; j < i; j++) a[i][j] = a[j][i];
    }
    mat3_eigen_symmetric(a, value, v);
    mat3_t_mul(v, v, id);
    EXPECT_LT(distance(id, one), 1e-14);
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) {
        back[i][j] = 0;
        for (int k = 0; k < 3; k++) back[i][j] += v[i][k] * value[k] * v[j][k];
      }
    EXPECT_LT(distance(a, back), 1e-14);
  }
}

TEST(Mat3, PolarDecomposition)
{
  for (int trial = 0; trial < 100; trial++) {
    double f[3][3], r[3][3], u[3][3], id[3][3], back[3][3], value[3], v[3][3];
    any_matrix(trial % 2 ? 0.03 : 0.4, f);
    for (int i = 0; i < 3; i++) f[i][i] += 1;
    if (mat3_det(f) <= 0) continue;
    ASSERT_EQ(mat3_polar(f, r, u), 0);
    mat3_t_mul(r, r, id);
    EXPECT_LT(distance(id, one), 1e-14);
    EXPECT_GT(mat3_det(r), 0);
    mat3_mul(r, u, back);
    EXPECT_LT(distance(f, back), 1e-14);
    mat3_eigen_symmetric(u, value, v);
    for (double x : value) EXPECT_GT(x, 0);
  }
  double r[3][3], u[3][3];
  const double mirror[3][3] = {{-1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  EXPECT_EQ(mat3_polar(mirror, r, u), 1);
}

TEST(Mat3, Sylvester)
{
  for (int trial = 0; trial < 100; trial++) {
    double u[3][3], m[3][3], x[3][3], a[3][3], b[3][3];
    any_matrix(0.3, u);
    for (int i = 0; i < 3; i++) {
      u[i][i] += 1;
      for (int j = 0; j < i; j++) u[i][j] = u[j][i];
    }
    any_matrix(1, m);
    mat3_sylvester(u, m, x);
    mat3_mul(u, x, a);
    mat3_mul(x, u, b);
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) a[i][j] += b[i][j];
    EXPECT_LT(distance(a, m), 1e-13);
  }
}

} // namespace
