// A second, slow dipole sum for tests: Ewald sum at q = 0 of a whole supercell, tin-foil boundary,
// term by term in Cartesian coordinates, shape (det eps) factors written out; no tables, no q.
#ifndef TEST_SUPERCELL_EWALD_H
#define TEST_SUPERCELL_EWALD_H

#include <array>
#include <cmath>
#include <vector>

namespace supercell_ewald {

using Vec = std::array<double, 3>;
using Mat = std::array<Vec, 3>; // [row][column]

inline Mat inverse(const Mat &m)
{
  Mat c;
  double det = 0;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      const int i1 = (i + 1) % 3, i2 = (i + 2) % 3, j1 = (j + 1) % 3, j2 = (j + 2) % 3;
      c[j][i] = m[i1][j1] * m[i2][j2] - m[i1][j2] * m[i2][j1];
      if (i == 0) det += m[0][j] * c[j][0];
    }
  for (Vec &row : c)
    for (double &x : row) x /= det;
  return c;
}

inline double determinant(const Mat &m)
{
  return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
         m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
         m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
}

inline Vec times(const Mat &m, const Vec &x)
{
  Vec y = {0, 0, 0};
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) y[i] += m[i][j] * x[j];
  return y;
}

inline double dot(const Vec &a, const Vec &b)
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

// Interaction tensor (Gaussian units: e = 1, length in the cell's unit) between a site and the
// images of another at separation d, both in every supercell `cell` (vectors in columns).
inline Mat tensor(const Mat &cell, const Mat &eps, const Vec &d, double lambda)
{
  const double pi = std::acos(-1.0), volume = std::fabs(determinant(cell));
  const double root = std::sqrt(determinant(eps));
  const Mat inv = inverse(cell), inv_eps = inverse(eps);
  Mat t = {};
  const int box = 7; // the callers choose lambda such that cutoffs of 6.3 are inside
  const bool self = dot(d, d) < 1e-12;
  for (int i = -box; i <= box; i++)
    for (int j = -box; j <= box; j++)
      for (int k = -box; k <= box; k++) {
        const Vec m = {double(i), double(j), double(k)};
        const Vec shift = times(cell, m);
        Vec g = {0, 0, 0};
        for (int a = 0; a < 3; a++)
          for (int b = 0; b < 3; b++) g[a] += 2 * pi * inv[b][a] * m[b];
        const double g2 = dot(g, times(eps, g));
        if (i || j || k) {
          const double w =
              4 * pi / volume * std::cos(dot(g, d)) * std::exp(-g2 / (4 * lambda * lambda)) / g2;
          for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++) t[a][b] += w * g[a] * g[b];
        }
        if (self && !i && !j && !k) continue;
        const Vec r = {d[0] + shift[0], d[1] + shift[1], d[2] + shift[2]};
        const Vec y = times(inv_eps, r);
        const double dist = std::sqrt(dot(r, y)), x = lambda * dist;
        if (x > 9) continue;
        const double gauss = 2 * lambda / std::sqrt(pi) * std::exp(-x * x);
        const double b0 = (std::erfc(x) / dist + gauss) / (dist * dist);
        const double c0 = (3 * b0 + 2 * lambda * lambda * gauss) / (dist * dist);
        for (int a = 0; a < 3; a++)
          for (int b = 0; b < 3; b++) t[a][b] += (b0 * inv_eps[a][b] - c0 * y[a] * y[b]) / root;
      }
  if (self)
    for (int a = 0; a < 3; a++)
      for (int b = 0; b < 3; b++)
        t[a][b] -= 4 * lambda * lambda * lambda / (3 * std::sqrt(pi)) / root * inv_eps[a][b];
  return t;
}

// A splitting that keeps both sums inside the box of `tensor` for compact cells
inline double balanced(const Mat &cell, const Mat &eps)
{
  return 1.7 * std::cbrt(std::sqrt(determinant(eps)) / std::fabs(determinant(cell)));
}

} // namespace supercell_ewald

#endif
