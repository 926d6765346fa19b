#include "base/mat3.h"

/* Cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations, sec. 8.5); a 3x3 matrix
 * converges to rounding within 6 sweeps. */
void mat3_eigen_symmetric(const double a[3][3], double value[3], double vector[3][3])
{
  double m[3][3];
  mat3_copy(a, m);
  mat3_identity(vector);
  for (int sweep = 0; sweep < 30; sweep++) {
    if (fabs(m[0][1]) + fabs(m[0][2]) + fabs(m[1][2]) == 0.0) break;
    for (int p = 0; p < 2; p++)
      for (int q = p + 1; q < 3; q++) {
        if (m[p][q] == 0.0) continue;
        const double theta = 0.5 * (m[q][q] - m[p][p]) / m[p][q];
        const double t = (theta >= 0 ? 1.0 : -1.0) / (fabs(theta) + sqrt(theta * theta + 1.0));
        const double c = 1.0 / sqrt(t * t + 1.0), s = t * c;
        for (int k = 0; k < 3; k++) {
          const double x = m[k][p], y = m[k][q];
          m[k][p] = c * x - s * y;
          m[k][q] = s * x + c * y;
        }
        for (int k = 0; k < 3; k++) {
          const double x = m[p][k], y = m[q][k];
          m[p][k] = c * x - s * y;
          m[q][k] = s * x + c * y;
        }
        m[p][q] = m[q][p] = 0.0;
        for (int k = 0; k < 3; k++) {
          const double x = vector[k][p], y = vector[k][q];
          vector[k][p] = c * x - s * y;
          vector[k][q] = s * x + c * y;
        }
      }
  }
  for (int i = 0; i < 3; i++) value[i] = m[i][i];
}

int mat3_polar(const double f[3][3], double r[3][3], double u[3][3])
{
  if (!(mat3_det(f) > 0.0)) return 1;
  mat3_copy(f, r);
  /* Newton's iteration R <- (R + R^-T)/2 converges quadratically to the orthogonal factor (Higham,
   * SIAM J. Sci. Stat. Comput. 7, 1160 (1986)); strains of a few per cent need 4 iterations. */
  for (int iter = 0; iter < 60; iter++) {
    double inv[3][3], change = 0.0;
    if (mat3_inverse((const double(*)[3])r, inv) == 0.0) return 1;
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) {
        const double next = 0.5 * (r[i][j] + inv[j][i]);
        change = fmax(change, fabs(next - r[i][j]));
        inv[j][i] = next;
      }
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) r[i][j] = inv[j][i];
    if (!(change > 1e-15)) break;
  }
  double rf[3][3];
  mat3_t_mul((const double(*)[3])r, f, rf);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) u[i][j] = 0.5 * (rf[i][j] + rf[j][i]);
  return 0;
}

void mat3_sylvester(const double u[3][3], const double m[3][3], double x[3][3])
{
  double value[3], v[3][3], t[3][3];
  mat3_eigen_symmetric(u, value, v);
  mat3_t_mul((const double(*)[3])v, m, t);
  mat3_mul((const double(*)[3])t, (const double(*)[3])v, t);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) t[i][j] /= value[i] + value[j];
  mat3_mul((const double(*)[3])v, (const double(*)[3])t, t);
  mat3_mul_t((const double(*)[3])t, (const double(*)[3])v, x);
}
