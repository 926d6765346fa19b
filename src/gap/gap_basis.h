/* Radial functions of soap (orthonormalised Gaussians) and soap_turbo (orthonormalised polynomials)
 * as tables, and the central atom's share. */
#ifndef GAP_BASIS_H
#define GAP_BASIS_H

#include "gap/gap_soap.h"

#ifdef __cplusplus
extern "C" {
#endif

/* exp(-|x|) i_l(x) for l = 0..lmax, modified spherical Bessel functions of the first kind */
void gap_bessel(int lmax, long double x, long double *value);

typedef struct {
  int lmax, n;
  double cutoff, transition, sigma; /* Angstrom */
  double error_exponent;            /* basis_error_exponent: the basis ends where the Gaussian of an
                                       atom at the cutoff has fallen to 10^-exponent */
  double central_weight;
  int dexp;
  double rate, scale;
} gap_soap_basis;

/* g: table and factor; centre[n]. Errors: POLAR_NUMERIC (linearly dependent basis), POLAR_MEMORY.
 */
polar_code gap_basis_soap(const gap_soap_basis *b, gap_radial *g, double *centre, polar_status *st);

typedef struct {
  int lmax, n;
  double hard, soft;       /* rcut_hard, rcut_soft, Angstrom */
  double sigma_r, sigma_t; /* Angstrom, at r = 0 */
  double scaling_r, scaling_t, amplitude, central_weight, filter; /* filter: nf */
  int enhancement;
  int gaussian; /* poly3gauss: the last function is a Gaussian at the centre */
} gap_turbo_basis;

polar_code gap_basis_turbo(const gap_turbo_basis *b, gap_radial *g, double *centre,
                           polar_status *st);

#ifdef __cplusplus
}
#endif
#endif
