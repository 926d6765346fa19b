/* The dipole-dipole part of the force constants: its dynamical matrix, and whether a set of force
 * constants already holds it. */
#ifndef EAP_DIPOLE_H
#define EAP_DIPOLE_H

#include <stddef.h>

#include "coul/dipole_sum.h"
#include "eap/eap_files.h"

#ifdef __cplusplus
extern "C" {
#endif

/* D_DD(q)[a mu, b nu] = sum_ij Z_a[i][mu] Z_b[j][nu] T_ab,ij(q), ADDED to re, im [3n][3n], eV/A^2,
 * reduced q (Gonze and Lee, Phys. Rev. B 55, 10355 (1997), Eq. 71). born[n][3][3]: dM_i/du_mu, e;
 * scratch: eap_dipole_scratch doubles. */
void eap_dipole_dynamical(const coul_dipole_sum *sum, int n, const double (*born)[3][3],
                          const double q[3], double *re, double *im, double *scratch);
size_t eap_dipole_scratch(const coul_dipole_sum *sum, int n);

/* A ratio below EAP_DIPOLE_PRESENT says that the blocks hold the interaction, above
 * EAP_DIPOLE_ABSENT that they do not; between them nothing can be said (weak charges). */
#define EAP_DIPOLE_PRESENT 0.5
#define EAP_DIPOLE_ABSENT 2.0

/* *ratio: |Phi - DD|^2 / |Phi|^2 over distant pairs of sites; 1 where there is no distant pair or
 * DD vanishes, HUGE_VAL where only Phi vanishes. block[nblock]: force constants of sys; sum: its
 * dipole sum. Errors: POLAR_MEMORY. */
polar_code eap_dipole_content(const eap_system *sys, const eap_block *block, int nblock,
                              const coul_dipole_sum *sum, double *ratio, polar_status *st);

#ifdef __cplusplus
}
#endif
#endif
