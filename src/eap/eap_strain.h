/* Homogeneous strain of a supercell and the exact virial that belongs to it.
 *
 * h: lattice vectors of the present box in columns, h0: of the reference, F = h h0^-1.
 * EAP_ROTATE_NONE   eta = F - 1, as MULTIBINIT: not invariant under a rotation of the box;
 * EAP_ROTATE_POLAR  F = R U, eta = U - 1, displacements seen in the crystal's frame, u^ = R^T u:
 *                   rotation-invariant, equal to the other for symmetric F.
 * e = (eta11, eta22, eta33, eta23+eta32, eta13+eta31, eta12+eta21) (Wojdel et al., J. Phys.:
 * Condens. Matter 25, 305401 (2013), Eq. 3).
 * The energy is a function of e and of u^ = R^T h (s - s0); virial W_ij = -dE/deps_ij for
 * h -> (1 + eps) h at fixed reduced coordinates s. */
#ifndef EAP_STRAIN_H
#define EAP_STRAIN_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { EAP_ROTATE_NONE, EAP_ROTATE_POLAR } eap_rotate;

typedef struct {
  eap_rotate rotate;
  double F[3][3]; /* deformation gradient */
  double R[3][3]; /* rotation of the crystal's frame, u = R u^; identity for EAP_ROTATE_NONE */
  double U[3][3]; /* stretch; F for EAP_ROTATE_NONE */
  double e[6];    /* Voigt strain, engineering shear */
} eap_strain;

/* Strain of the box h against the reference whose inverse is h0_inverse.
 * Error: POLAR_NUMERIC if the box is inverted, singular or not finite. */
polar_code eap_strain_set(eap_strain *strain, eap_rotate rotate, const double h[3][3],
                          const double h0_inverse[3][3], polar_status *st);

/* Virial of an energy E(e, u^): de[6] = dE/de_v; gu[3][3] = sum_a (dE/du^_a)_i (u^_a)_j; eV.
 * w[3][3] out, in the frame of h. Symmetric for EAP_ROTATE_POLAR; else W_ij and W_ji differ, and a
 * box kept upper triangular needs those with i <= j. Linear in (de, gu): parts may be summed. */
void eap_strain_virial(const eap_strain *strain, const double de[6], const double gu[3][3],
                       double w[3][3]);

/* Virial of the field energy -E.M, M = R sum_a Z*_a u^_a, at fixed laboratory field.
 * field[3] = R^T E and dipole[3] = R^T M in the crystal's frame; zeu[3][3] = sum_a (Z*_a^T R^T E)_i
 * (u^_a)_j. w[3][3] out, in the frame of h; never symmetric in general: a field exerts a torque. */
void eap_strain_field_virial(const eap_strain *strain, const double field[3],
                             const double dipole[3], const double zeu[3][3], double w[3][3]);

#ifdef __cplusplus
}
#endif
#endif
