#include "gap/gap_qr.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#define ROWS 128 /* few enough for a block to stay in cache, many enough for long vectors */

polar_code gap_qr_create(gap_qr *q, int n, polar_status *st)
{
  *q = (gap_qr){.n = n};
  q->r = calloc((size_t)n * (n + 1), sizeof *q->r);
  q->v = calloc(ROWS, sizeof *q->v);
  q->row = calloc((size_t)n + 1, sizeof *q->row);
  if (q->r && q->v && q->row) return POLAR_OK;
  gap_qr_clear(q);
  return polar_fail_memory(st, "solving for the coefficients");
}

void gap_qr_clear(gap_qr *q)
{
  free(q->r);
  free(q->v);
  free(q->row);
  q->r = q->v = q->row = NULL;
}

/* At most ROWS rows below R. The reflector of column j, 1 - tau u u^T with u = (1, v), acts on row
 * j of R and on the block only. */
static void add_block(gap_qr *q, int m, double *a)
{
  const int n = q->n, width = n + 1;
  for (int j = 0; j < n; j++) {
    double *r = q->r + (size_t)j * width;
    const double below = cblas_dnrm2(m, a + j, width);
    if (below == 0.0) continue;
    const double norm = hypot(r[j], below), beta = r[j] > 0.0 ? -norm : norm;
    const double tau = (beta - r[j]) / beta, scale = 1.0 / (r[j] - beta);
    for (int i = 0; i < m; i++) q->v[i] = a[(size_t)i * width + j] * scale;
    r[j] = beta;
    const int rest = n - j; /* with the right-hand side */
    for (int k = 0; k < rest; k++) q->row[k] = r[j + 1 + k];
    cblas_dgemv(CblasRowMajor, CblasTrans, m, rest, 1.0, a + j + 1, width, q->v, 1, 1.0, q->row, 1);
    cblas_daxpy(rest, -tau, q->row, 1, r + j + 1, 1);
    cblas_dger(CblasRowMajor, m, rest, -tau, q->v, 1, q->row, 1, a + j + 1, width);
  }
  for (int i = 0; i < m; i++) {
    const double left = a[(size_t)i * width + n];
    q->residual += left * left;
  }
}

polar_code gap_qr_add(gap_qr *q, int m, double *a, polar_status *st)
{
  for (size_t k = 0; k < (size_t)m * (q->n + 1); k++)
    if (!isfinite(a[k]))
      return polar_fail(st, POLAR_NUMERIC, "a row of the design matrix holds %g", a[k]);
  for (int start = 0; start < m; start += ROWS)
    add_block(q, m - start < ROWS ? m - start : ROWS, a + (size_t)start * (q->n + 1));
  return POLAR_OK;
}

polar_code gap_qr_solve(const gap_qr *q, double *x, polar_status *st)
{
  const int n = q->n;
  for (int j = n - 1; j >= 0; j--) {
    const double *r = q->r + (size_t)j * (n + 1);
    if (r[j] == 0.0)
      return polar_fail(st, POLAR_NUMERIC,
                        "the coefficient of sparse point %d is not determined: the data do not "
                        "depend on it, and the regularisation is zero",
                        j + 1);
    x[j] = (r[n] - cblas_ddot(n - 1 - j, r + j + 1, 1, x + j + 1, 1)) / r[j];
  }
  return POLAR_OK;
}

int gap_cholesky(int n, double *a)
{
  for (int i = 0; i < n; i++) {
    double *row = a + (size_t)i * n;
    for (int j = 0; j < i; j++) {
      const double *other = a + (size_t)j * n;
      row[j] = (row[j] - cblas_ddot(j, row, 1, other, 1)) / other[j];
    }
    const double pivot = row[i] - cblas_ddot(i, row, 1, row, 1);
    if (!(pivot > 0.0)) return i;
    row[i] = sqrt(pivot);
  }
  return -1;
}
