/* 3x3 matrices, row major m[row][column]; a cell matrix h holds its lattice vectors in columns.
 * Voigt order of strains in the eap files: 11 22 33 23 13 12 (engineering shear). */
#ifndef POLAR_MAT3_H
#define POLAR_MAT3_H

#include <math.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Eigenvalues and eigenvectors (columns of vector) of a symmetric matrix; not sorted. */
void mat3_eigen_symmetric(const double a[3][3], double value[3], double vector[3][3]);

/* f = r u, r a rotation, u symmetric positive definite. Returns 1, and leaves r and u undefined, if
 * det f is not positive. */
int mat3_polar(const double f[3][3], double r[3][3], double u[3][3]);

/* Solve u x + x u = m for x, u symmetric positive definite. m may be symmetric or antisymmetric (x
 * then is too) or neither; x may be m. */
void mat3_sylvester(const double u[3][3], const double m[3][3], double x[3][3]);

static inline void mat3_copy(const double a[3][3], double b[3][3])
{
  memcpy(b, a, 9 * sizeof(double));
}

static inline void mat3_identity(double a[3][3])
{
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) a[i][j] = (i == j);
}

static inline double mat3_det(const double a[3][3])
{
  return a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) -
         a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
         a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
}

/* b = a^-1; returns det a. If that is 0, so is b. */
static inline double mat3_inverse(const double a[3][3], double b[3][3])
{
  const double d = mat3_det(a);
  double c[3][3] = {{0.0}};
  if (d == 0.0) {
    mat3_copy((const double(*)[3])c, b);
    return 0.0;
  }
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      const int i1 = (i + 1) % 3, i2 = (i + 2) % 3, j1 = (j + 1) % 3, j2 = (j + 2) % 3;
      c[j][i] = (a[i1][j1] * a[i2][j2] - a[i1][j2] * a[i2][j1]) / d;
    }
  mat3_copy((const double(*)[3])c, b);
  return d;
}

/* c = a b; c may be a or b */
static inline void mat3_mul(const double a[3][3], const double b[3][3], double c[3][3])
{
  double t[3][3];
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) t[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
  memcpy(c, t, sizeof t);
}

/* c = a b^T; c may be a or b */
static inline void mat3_mul_t(const double a[3][3], const double b[3][3], double c[3][3])
{
  double t[3][3];
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) t[i][j] = a[i][0] * b[j][0] + a[i][1] * b[j][1] + a[i][2] * b[j][2];
  memcpy(c, t, sizeof t);
}

/* c = a^T b; c may be a or b */
static inline void mat3_t_mul(const double a[3][3], const double b[3][3], double c[3][3])
{
  double t[3][3];
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) t[i][j] = a[0][i] * b[0][j] + a[1][i] * b[1][j] + a[2][i] * b[2][j];
  memcpy(c, t, sizeof t);
}

/* y = a x; y may be x */
static inline void mat3_vec(const double a[3][3], const double x[3], double y[3])
{
  const double x0 = x[0], x1 = x[1], x2 = x[2];
  for (int i = 0; i < 3; i++) y[i] = a[i][0] * x0 + a[i][1] * x1 + a[i][2] * x2;
}

/* y = a^T x; y may be x */
static inline void mat3_t_vec(const double a[3][3], const double x[3], double y[3])
{
  const double x0 = x[0], x1 = x[1], x2 = x[2];
  for (int i = 0; i < 3; i++) y[i] = a[0][i] * x0 + a[1][i] * x1 + a[2][i] * x2;
}

#ifdef __cplusplus
}
#endif
#endif
