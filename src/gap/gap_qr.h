/* Linear least squares by Householder reflections, a few rows at a time: the upper triangle R of
 * A = QR is updated by each block of rows, so that A is never in memory as a whole.
 *
 * Minimizes |A x - b|^2. Unlike the normal equations this does not square the condition number. */
#ifndef GAP_QR_H
#define GAP_QR_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int n;           /* unknowns */
  double *r;       /* [n][n+1] rows of R, and Q^T b in the last column */
  double *v, *row; /* scratch */
  double residual; /* |A x - b|^2 of the rows so far */
} gap_qr;

/* An R of zeros, which the caller may replace by the factor of a regularisation: x^T R^T R x is
 * then added to what is minimized. Errors: POLAR_MEMORY. Release with gap_qr_clear. */
polar_code gap_qr_create(gap_qr *q, int n, polar_status *st);
void gap_qr_clear(gap_qr *q);

/* a[m][n+1]: rows of A with b in the last column; destroyed. Cost 2 m n^2. Errors: POLAR_NUMERIC.
 */
polar_code gap_qr_add(gap_qr *q, int m, double *a, polar_status *st);

/* x[n]. Errors: POLAR_NUMERIC (R is singular). */
polar_code gap_qr_solve(const gap_qr *q, double *x, polar_status *st);

/* Lower triangle L of a[n][n] = L L^T in place, the rest untouched. Returns the number of the first
 * row whose pivot is not positive, -1 if there is none. */
int gap_cholesky(int n, double *a);

#ifdef __cplusplus
}
#endif
#endif
