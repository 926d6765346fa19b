/* Exact lattice sums of the dipole-dipole interaction in a dielectric medium, at any wave vector.
 *
 *   T_ab(q) = sum_R t(tau_b + R - tau_a) exp(+i q.R),
 *   t_ij(d) = (det eps)^(-1/2) [ (eps^-1)_ij / D^3 - 3 Delta_i Delta_j / D^5 ],
 *   Delta = eps^-1 d, D = sqrt(d . eps^-1 . d)
 *
 * by Ewald summation (Gonze and Lee, Phys. Rev. B 55, 10355 (1997), Eq. 71-76). Times e^2/(4 pi
 * eps0): eV, Angstrom, e. The G = 0 term is kept for q != 0 and left out at q = 0 (tin-foil
 * boundary: no macroscopic field). The self term d = 0 is left out of the real-space sum and
 * corrected for. The interaction of dipoles p_a, p_b is + p_a . T_ab . p_b. */
#ifndef COUL_DIPOLE_SUM_H
#define COUL_DIPOLE_SUM_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct coul_dipole_sum coul_dipole_sum; /* immutable: one may serve many threads */

/* cell[3][3]: lattice vectors in columns, Angstrom; tau[n][3]: Cartesian positions, Angstrom;
 * eps[3][3]: symmetric positive definite dielectric tensor; width: Ewald splitting parameter
 * lambda in units of its optimum, 1 for the default (other values serve to test independence).
 * Errors: POLAR_ARGUMENT (singular cell, eps not symmetric positive definite, coinciding sites),
 * POLAR_MEMORY. */
polar_code coul_dipole_sum_create(const double cell[3][3], int n, const double (*tau)[3],
                                  const double eps[3][3], double width, coul_dipole_sum **out,
                                  polar_status *st);
void coul_dipole_sum_free(coul_dipole_sum *sum);

/* T(q) at reduced wave vector q (components in units of the reciprocal lattice vectors, so that
 * q.R = 2 pi sum_i q_i R_i). re, im [n][n][3][3] out (site a, site b, i, j), eV/(e Angstrom)^2.
 * q with all components integer counts as q = 0. scratch: coul_dipole_sum_scratch doubles. */
void coul_dipole_sum_at(const coul_dipole_sum *sum, const double q[3], double *re, double *im,
                        double *scratch);
size_t coul_dipole_sum_scratch(const coul_dipole_sum *sum);

#ifdef __cplusplus
}
#endif
#endif
