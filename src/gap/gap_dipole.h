/* Dipole moment by symmetry-adapted Gaussian process regression (SA-GPR) for vectors:
 * Grisafi et al., Phys. Rev. Lett. 120, 036002 (2018); BaTiO3: Gigli et al., npj Comput. Mater. 8,
 * 209 (2022).
 *
 * With the expansion coefficients c_lm,I of an atom's neighborhood (I: species and radial function)
 *   p1_(l,I,J),a = (l+1)^(-1/2) sum_mm' A^a_lm,m' c_lm,I c_(l+1)m',J,   l = 0..lmax-1
 *   p0_(I,J,l)   = (2l+1)^(-1/2) sum_m c_lm,I c_lm,J (times sqrt 2),    J <= I, l = 0..lmax
 * where A^a_lm,m' is the integral of Y_lm u_a Y_(l+1)m' over the unit sphere, a = x, y, z. This p1
 * holds each product of librascal's and TENSOAP's lambda = 1 features with l1 + l2 odd once. The
 * dipole moment is
 *   M = sum_i p1_i W_i,  W_i = sum_j (p0_i . X0_j)^(zeta-1) V_j  over the sparse points of Z_i,
 * V_j = X1_j^T b_j, in e Angstrom; for zeta = 1 the sum over j is one vector per element. p1 and p0
 * are divided by norms. M is a sum of local terms: it is one branch, and the sum over atoms of
 * dM_a/dr_ib is zero.
 * GAP_NORM_VECTOR and GAP_NORM_GRAM have no limit where p1 vanishes, as it does at a centre of
 * inversion: there the dipole is taken to be 0, and close to it the Born tensor grows without
 * bound. */
#ifndef GAP_DIPOLE_H
#define GAP_DIPOLE_H

#include <stddef.h>

#include "base/elements.h"
#include "base/neighbors.h"
#include "base/status.h"
#include "gap/gap_result.h"
#include "gap/gap_soap.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  GAP_NORM_NONE,    /* p1 and p0 as they are */
  GAP_NORM_DENSITY, /* p1/|c|^2, p0/|p0|: smooth everywhere */
  GAP_NORM_VECTOR,  /* librascal: p1/sqrt(tr T), p0/|p0| with T_ab = p1_a . p1_b */
  GAP_NORM_GRAM     /* TENSOAP: p1/(sum T_ab^2)^(1/4), p0/|p0| */
} gap_dipole_norm;

/* One element that carries a dipole */
typedef struct {
  int z, nsparse; /* nsparse is 1 for zeta = 1 */
  double *x0;     /* [nsparse][density.dim]; NULL for zeta = 1 */
  double *v;      /* [nsparse][nvector], e Angstrom */
} gap_dipole_centre;

typedef struct {
  int from, to; /* lm of l, and of l + 1 */
  double value; /* A^a / sqrt(l+1) */
} gap_coupling;

typedef struct {
  gap_soap density; /* expansion, and p0 as its power spectrum: dim is 0 for zeta = 1 */
  gap_dipole_norm norm;
  int zeta, nvector;         /* nvector = lmax nchannel^2, order (l nchannel + I) nchannel + J */
  int ncoupling[3];          /* of each direction */
  gap_coupling *coupling[3]; /* [ncoupling] */
  int ncentre;
  gap_dipole_centre *centre;        /* [ncentre] */
  char known[POLAR_MAX_Z + 1];      /* elements that the model names */
  short centre_of[POLAR_MAX_Z + 1]; /* index in centre[], -1: carries no dipole */
  char warning[400];                /* what the user should know about the file, or "" */
} gap_dipole;

/* Radial basis, expansion, p0 and couplings of a model whose density.lmax, nspecies, first,
 * species, zeta and norm are set; after it only centre[] and the radial functions are missing.
 * Errors: POLAR_MEMORY. */
polar_code gap_dipole_prepare(gap_dipole *d, polar_status *st);
void gap_dipole_free(gap_dipole *d);
size_t gap_dipole_bytes(const gap_dipole *d);

/* Scratch of one thread */
typedef struct gap_dipole_work gap_dipole_work;
polar_code gap_dipole_work_create(const gap_dipole *d, gap_dipole_work **out, polar_status *st);
void gap_dipole_work_free(gap_dipole_work *w);
size_t gap_dipole_work_bytes(const gap_dipole_work *w);

#define GAP_DIPOLE_FIELDS 3

/* Dipole moment of the centres of `list`, added to m[3] (e Angstrom), and for each of the nfield (0
 * to GAP_DIPOLE_FIELDS) fields E (V/Angstrom) the energy -E.M with its forces and virial, added to
 * out[k]: the force is E_a dM_a/dr. With field = 1 V/Angstrom along x, y, z these forces are the
 * rows of the Born tensors. Tensors themselves are never formed: a field costs one adjoint sweep.
 * Errors: POLAR_NUMERIC (positions or dipole not finite, coinciding atoms), POLAR_MEMORY,
 * POLAR_ARGUMENT (nfield). */
polar_code gap_dipole_evaluate(const gap_dipole *d, gap_dipole_work *w, const polar_neighbors *list,
                               double m[3], int nfield, const double (*field)[3], gap_result *out,
                               polar_status *st);

/* Born tensors born[atom][3a+b] = dM_a/dr_b, added in the rows of all atoms of the list, ghosts
 * included. Errors: those of gap_dipole_evaluate. */
polar_code gap_dipole_born(const gap_dipole *d, gap_dipole_work *w, const polar_neighbors *list,
                           double (*born)[9], polar_status *st);

/* p1[3][nvector] and p0[density.dim] of one centre, normalised; for fitting. Either may be NULL.
 * Errors: POLAR_MEMORY. */
polar_code gap_dipole_features(const gap_dipole *d, gap_dipole_work *w, const polar_neighbors *list,
                               int atom, double *p1, double *p0, polar_status *st);

#ifdef __cplusplus
}
#endif
#endif
