#include "gap/gap_variance.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#define BLOCK 64

static double power(double x, double zeta)
{
  double p = x;
  if (zeta != floor(zeta) || zeta > 16.0) return pow(x, zeta);
  for (int k = 1; k < (int)zeta; k++) p *= x;
  return p;
}

/* Lower triangle of a = L L^T in place, by blocks; nonzero if a is not positive definite */
static int factorize(int n, double *a)
{
  for (int k = 0; k < n; k += BLOCK) {
    const int width = n - k < BLOCK ? n - k : BLOCK, rest = n - k - width;
    double *diagonal = a + (size_t)k * n + k, *below = diagonal + (size_t)width * n;
    for (int j = 0; j < width; j++) {
      double *row = diagonal + (size_t)j * n;
      for (int q = 0; q < j; q++) row[j] -= row[q] * row[q];
      if (!(row[j] > 0.0)) return 1;
      row[j] = sqrt(row[j]);
      for (int i = j + 1; i < width; i++) {
        double *other = diagonal + (size_t)i * n;
        for (int q = 0; q < j; q++) other[j] -= other[q] * row[q];
        other[j] /= row[j];
      }
    }
    if (!rest) break;
    cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, rest, width, 1.0,
                diagonal, n, below, n);
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, rest, width, -1.0, below, n, 1.0,
                below + width, n);
  }
  return 0;
}

polar_code gap_variance_create(int nsparse, int dim, const double *x, double delta2, double zeta,
                               gap_variance **out, polar_status *st)
{
  gap_variance *v = calloc(1, sizeof *v);
  if (!v) return polar_fail_memory(st, "preparing predicted variances");
  v->nsparse = nsparse;
  v->delta2 = delta2;
  v->zeta = zeta;
  v->factor = calloc((size_t)nsparse * nsparse, sizeof *v->factor);
  v->self = calloc(nsparse, sizeof *v->self);
  if (!v->factor || !v->self) {
    gap_variance_free(v);
    return polar_fail_memory(st, "preparing predicted variances");
  }
  cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, nsparse, dim, 1.0, x, dim, 0.0, v->factor,
              nsparse);
  for (int i = 0; i < nsparse; i++) {
    double *row = v->factor + (size_t)i * nsparse;
    v->self[i] = sqrt(row[i]);
    for (int j = 0; j <= i; j++) row[j] = delta2 * power(row[j], zeta);
    row[i] += GAP_REGULARISATION * GAP_REGULARISATION;
  }
  if (factorize(nsparse, v->factor)) {
    gap_variance_free(v);
    return polar_fail(
        st, POLAR_NUMERIC,
        "the kernel matrix of the %d sparse points is not positive definite: variances "
        "cannot be predicted",
        nsparse);
  }
  *out = v;
  return POLAR_OK;
}

void gap_variance_free(gap_variance *v)
{
  if (!v) return;
  free(v->factor);
  free(v->self);
  free(v);
}

void gap_variance_predict(const gap_variance *v, int n, double *dot, const double *square,
                          double *variance, double *similarity)
{
  const int m = v->nsparse;
  for (int b = 0; b < n; b++) {
    double *k = dot + (size_t)b * m, most = 0.0;
    for (int s = 0; s < m; s++) {
      if (k[s] > most * v->self[s]) most = k[s] / v->self[s];
      k[s] = v->delta2 * power(k[s], v->zeta);
    }
    similarity[b] = square[b] > 0.0 ? power(most / sqrt(square[b]), v->zeta) : 0.0;
  }
  /* rows y with y L^T = k, so that y.y = k^T (L L^T)^-1 k */
  cblas_dtrsm(CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, n, m, 1.0, v->factor,
              m, dot, m);
  for (int b = 0; b < n; b++) {
    const double *y = dot + (size_t)b * m;
    double sum = 0.0;
    for (int s = 0; s < m; s++) sum += y[s] * y[s];
    variance[b] =
        v->delta2 * power(square[b], v->zeta) + GAP_REGULARISATION * GAP_REGULARISATION - sum;
  }
}
