/* Vectors of pairs of expansion coefficients, without forming them: with
 *   d^a_lm,J = (l+1)^(-1/2) sum_m' A^a_lm,m' c_(l+1)m',J   (l = 0..lmax-1)
 * p1_(l,I,J),a = sum_m c_lm,I d^a_lm,J, and products with p1 become products with c and d. Private
 * to gap_dipole.c. Arrays: c[(lmax+1)^2][n], d[3][lmax^2][n], w[lmax][n][n]. */
#ifndef GAP_VECTOR_H
#define GAP_VECTOR_H

#include "gap/gap_dipole.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Couplings of direction a for l < lmax into entry[], or only their number if it is NULL */
int gap_vector_couplings(int lmax, int a, gap_coupling *entry);

/* d from c; or adjoint_c += what adjoint_d = dE/dd gives */
void gap_vector_rotate(const gap_dipole *m, const double *c, double *d);
void gap_vector_rotate_adjoint(const gap_dipole *m, const double *adjoint_d, double *adjoint_c);

/* p1[lmax][n][n] of one direction, or of a combination, from d[lmax^2][n] */
void gap_vector_product(int lmax, int n, const double *c, const double *d, double *p1);

/* y_lm,J = sum_I c_lm,I w_l,IJ: then sum_q p1_q,a w_q = sum y d^a */
void gap_vector_weigh(int lmax, int n, const double *c, const double *w, double *y);

/* adjoint_lm,I = sum_J w_l,IJ d_lm,J for d[lmax^2][n] */
void gap_vector_weigh_adjoint(int lmax, int n, const double *d, const double *w, double *adjoint);

/* t_ab = p1_a . p1_b; only its diagonal if `full` is 0 */
void gap_vector_gram(int lmax, int n, int full, const double *c, const double *d, double t[3][3]);

/* For E = sum_ab g_ab t_ab, g symmetric: adjoint_c[lmax^2][n] and adjoint_d[3][lmax^2][n] are added
 * to */
void gap_vector_gram_adjoint(int lmax, int n, const double *c, const double *d,
                             const double g[3][3], double *adjoint_c, double *adjoint_d);

#ifdef __cplusplus
}
#endif
#endif
