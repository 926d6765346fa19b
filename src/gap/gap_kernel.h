/* Kernels of a few coordinates (distances): squared exponential and compact polynomial, with
 * permutations of the coordinates. */
#ifndef GAP_KERNEL_H
#define GAP_KERNEL_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GAP_MAX_DIM 8   /* coordinates */
#define GAP_MAX_PERM 24 /* permutations */

/* e(x) = sum_s alpha_s c_s k(x, x_s), with c_s the sparse cutoff and for covariance_type 1
 *   k = delta^2 K(x, x_s) + f0^2,  K = sum_p exp(-|(P_p x_s - x)/theta|^2 / 2),
 * for covariance_type 4 (compact polynomial) exp replaced by
 *   (1-r)^(j+1) ((j+1) r + 1) for r = |(P_p x_s - x)/theta| < 1, else 0,  j = floor(dim/2) + 2.
 * With more than one permutation K is divided by sqrt(K(x_s, x_s) K(x, x)). */
typedef struct {
  int dim, compact, npermutation;
  double variance;                            /* delta^2, eV^2 */
  double constant;                            /* f0^2 sum_s alpha_s c_s */
  double inverse[GAP_MAX_DIM];                /* 1/theta */
  int permutation[GAP_MAX_PERM][GAP_MAX_DIM]; /* (P_p x)_i = x[permutation[p][i]] */
  int npoint, capacity;                       /* sparse points times permutations; padded */
  double *point;                              /* [dim][capacity] P_p x_s / theta */
  double *weight; /* [capacity] alpha_s c_s delta^2 / sqrt(K_ss), 0 beyond npoint */
} gap_kernel;

/* k->dim, compact, npermutation, variance, inverse and permutation are set by the caller.
 * x[nsparse][dim], alpha[nsparse] (sparse cutoff included). f0 is the signal mean.
 * Errors: POLAR_MEMORY. Release with gap_kernel_clear. */
polar_code gap_kernel_set(gap_kernel *k, int nsparse, const double *x, const double *alpha,
                          double f0, polar_status *st);
void gap_kernel_clear(gap_kernel *k);

/* e(x), eV, and de/dx[dim] */
double gap_kernel_energy(const gap_kernel *k, const double *x, double *gradient);

#ifdef __cplusplus
}
#endif
#endif
