/* Predicted variance of the energy of an atom from its SOAP term, and how similar it is to the
 * sparse points.
 *
 * With k_s = k(x, x_s) and K the kernel between sparse points, the posterior variance of a Gaussian
 * process is
 *   k(x, x) + reg^2 - k^T (K + reg^2 1)^-1 k.
 * Cost: a Cholesky factor of K once (M^3/3 operations, M^2 numbers), M^2 operations per atom. */
#ifndef GAP_VARIANCE_H
#define GAP_VARIANCE_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GAP_REGULARISATION 1e-3 /* eV, reg above; QUIP's default */

typedef struct {
  int nsparse;
  double delta2, zeta;
  double *factor; /* [nsparse][nsparse] lower triangle L of K + reg^2 1 = L L^T */
  double *self;   /* [nsparse] sqrt(x_s.x_s) */
} gap_variance;

/* x[nsparse][dim]. Errors: POLAR_MEMORY, POLAR_NUMERIC (K is not positive). Release with
 * gap_variance_free. */
polar_code gap_variance_create(int nsparse, int dim, const double *x, double delta2, double zeta,
                               gap_variance **out, polar_status *st);
void gap_variance_free(gap_variance *v);

/* For n atoms: dot[n][nsparse] = p.x_s (overwritten), square[n] = p.p. variance[n] in eV^2,
 * similarity[n] = max_s (p.x_s / (|p| |x_s|))^zeta, 1 for a sparse point itself. */
void gap_variance_predict(const gap_variance *v, int n, double *dot, const double *square,
                          double *variance, double *similarity);

#ifdef __cplusplus
}
#endif
#endif
