/* Harmonic part: E = 1/2 sum_l sum_R u(l)^T Phi(R) u(l+R), strain-independent.
 *
 * Phi = file's constants [+ dipole-dipole interaction of the infinite reference lattice] + acoustic
 * sum rule on the home block. Two forms of the same thing:
 *   offsets   Phi(R) of the file with its sum rule, for pair_style eap;
 *   D(q) = sum_R Phi(R) exp(+i q.R), for lattice convolution: with u~(q) = sum_l u(l) exp(-i q.l),
 *   the gradient is G~(q) = D(q) u~(q). Supercell periodicity is exact in it: the primitive-cell
 *   Ewald sum at q equals the supercell sum folded (to 1e-14 in the tests). */
#ifndef EAP_HARMONIC_H
#define EAP_HARMONIC_H

#include <stddef.h>

#include "eap/eap_files.h"
#include "eap/eap_lattice.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  /* With S_a = sum_{b,R} Phi_ab(R): 0 none; 1: Phi_aa(0) -= S_a; 2 (MULTIBINIT's default):
   * Phi_aa(0) <- sym Phi_aa(0) - sym S_a */
  int asr;
  /* 1: Phi(R) <- (Phi(R) + Phi(-R)^T)/2 so that forces are exact derivatives; the sum rule acts on
   * these, in the form 2 that keeps them symmetric. 0: as stored, as MULTIBINIT evaluates them. */
  int symmetrize;
  int dipole; /* 1: add the dipole-dipole interaction (Born charges, eps_inf) */
} eap_harmonic_options;

typedef struct eap_harmonic eap_harmonic; /* immutable after creation */

/* Blocks used: local_force_constant; with dipole = 0 and only total_force_constant in the file,
 * that one. Errors: POLAR_MODEL (no force constants; dipole asked with all Born charges zero or
 * only total constants present; blocks whose decay shows that they already hold the dipole-dipole
 * part: "double counting"), POLAR_ARGUMENT (asr), POLAR_MEMORY. */
polar_code eap_harmonic_create(const eap_system *sys, const eap_harmonic_options *options,
                               eap_harmonic **out, polar_status *st);
void eap_harmonic_free(eap_harmonic *har);

/* 1 if the force constants lack the dipole-dipole interaction although the Born effective charges
 * are large enough to matter: a file for pair_style eap/long, incomplete in pair_style eap. */
int eap_harmonic_lacks_dipole(const eap_system *sys);

/* The offsets R with a non-zero block (dipole = 0 form): returns their number, *offset[count][3]
 * stays owned by har. */
int eap_harmonic_offsets(const eap_harmonic *har, const int (**offset)[3]);

/* Energy and gradient by direct summation over offsets, owned cells of `lat` (only for dipole = 0).
 * index[offsets]: column of lat->neighbor for each offset of eap_harmonic_offsets;
 * u[nall][n][3] Angstrom; gradient[nown][n][3]: dE/du of the owned cells is ADDED (gather form: no
 * contribution to ghosts); site_energy[nown][n]: 1/2 u.G of each site is ADDED, eV, or NULL.
 * Returns sum over owned cells of 1/2 u.G, eV. */
double eap_harmonic_direct(const eap_harmonic *har, const eap_lattice *lat, const int *index,
                           const double *u, double *gradient, double *site_energy);

/* D(q), reduced q as in coul/dipole_sum.h: re, im [3n][3n] (row 3a+mu, column 3b+nu), eV/A^2.
 * scratch: eap_harmonic_scratch(har) doubles. Valid for both values of dipole. */
void eap_harmonic_dynamical(const eap_harmonic *har, const double q[3], double *re, double *im,
                            double *scratch);
size_t eap_harmonic_scratch(const eap_harmonic *har);

#ifdef __cplusplus
}
#endif
#endif
