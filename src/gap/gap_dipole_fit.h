/* Training of dipole models by sparse Gaussian process regression on dipole moments and Born
 * effective charges.
 *
 * Sparse points are environments of the training set, chosen by farthest point sampling in the
 * metric of the kernel K_ij = (p0_i.p0_j)^(zeta-1) p1_i p1_j^T, a 3x3 matrix. Coefficients b
 * minimise
 *   sum |M - M_train|^2/(n s_M^2) + sum |Z* - Z*_train|^2/s_Z^2 + b^T K b
 * with n atoms in a frame: Cholesky factors of K, then of the normal equations in the coordinates
 * L^T b, in which the penalty is the unit matrix. */
#ifndef GAP_DIPOLE_FIT_H
#define GAP_DIPOLE_FIT_H

#include "gap/gap_dipole.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  const polar_neighbors *list; /* centres 0..n-1 are the atoms, the other rows their images */
  const int *owner;            /* [list->natom] the atom of each row */
  const double *dipole;        /* [3] e Angstrom, or NULL: not known */
  const double (*born)[9];     /* [n] e, or NULL: not known */
} gap_dipole_frame;

typedef struct {
  int points;          /* sparse points of each element, at most */
  double sigma_dipole; /* s_M, e Angstrom per square root of the number of atoms */
  double sigma_born;   /* s_Z, e */
} gap_dipole_options;

/* Fit d, a model without centres (gap_dipole_parse_header), to the frames: centres of all elements
 * that occur. Errors: POLAR_ARGUMENT (nothing to fit, options), POLAR_NUMERIC (environments without
 * features, singular equations), POLAR_MEMORY. After an error d has no centres. */
polar_code gap_dipole_fit(gap_dipole *d, int nframe, const gap_dipole_frame *frame,
                          const gap_dipole_options *options, polar_status *st);

typedef struct {
  int ndipole, nborn;                /* components compared */
  double dipole, born;               /* RMS errors: e Angstrom per atom; e */
  double dipole_spread, born_spread; /* RMS of the data themselves, dipoles about their mean */
} gap_dipole_errors;

/* Errors of a model on frames. Errors: those of gap_dipole_evaluate. */
polar_code gap_dipole_compare(const gap_dipole *d, int nframe, const gap_dipole_frame *frame,
                              gap_dipole_errors *out, polar_status *st);

#ifdef __cplusplus
}
#endif
#endif
