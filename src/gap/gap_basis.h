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

/* Points x[n] and weights w[n] of Gauss-Legendre quadrature on [0, 1], n > 1 */
void gap_gauss_legendre(int n, long double *x, long double *w);

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

/* librascal's radial integrals of a Gaussian of width sigma at distance r with primitive functions:
 * GTO, r^n exp(-r^2/2 s_n^2) with s_n = cutoff max(sqrt n, 1)/n_max, orthonormalised by the
 * symmetric root of their overlap; or DVR, the points of a Gauss-Legendre rule on [0, cutoff + 3
 * sigma] (Musil et al., J. Chem. Phys. 154, 114109 (2021)). Times factor(r) as for soap: dexp,
 * rate, scale are its RadialScaling c/(c + (r/r0)^m). */
typedef struct {
  int lmax, n;
  int dvr;
  double cutoff, transition, sigma; /* Angstrom */
  int dexp;
  double rate, scale;
} gap_primitive_basis;

/* g: table and factor; centre[n]: the central atom's share of c_00. Errors: POLAR_ARGUMENT
 * (cutoff/sigma above GAP_WIDEST), POLAR_NUMERIC (linearly dependent basis), POLAR_MEMORY. */
#define GAP_WIDEST 60.0
polar_code gap_basis_primitive(const gap_primitive_basis *b, gap_radial *g, double *centre,
                               polar_status *st);

/* The symmetric a^(-1/2) of a symmetric matrix, which is overwritten; nonzero if it is not positive
 */
int gap_inverse_root(int n, long double a[GAP_MAX_N][GAP_MAX_N],
                     long double out[GAP_MAX_N][GAP_MAX_N]);

/* Radial functions of soap_23 as a table of (lmax+1) n functions on [0, cutoff]: Gaussians of width
 * sigma (Angstrom) around atoms at distance r, projected on normalised spherical Bessel functions
 * that vanish at the cutoff, times the cutoff function (Jinnouchi, Karsai and Kresse, Phys. Rev. B
 * 100, 014105 (2019)):
 *   R_ln(r) = f_c(r) 4 pi/(2 pi sigma^2)^(3/2) int_0^cutoff chi_nl(s) exp(-(r^2+s^2)/(2 sigma^2))
 *             i_l(r s/sigma^2) s^2 ds,   chi_nl(s) ~ j_l(q_nl s),   int chi_nl^2 s^2 ds = 1,
 *   f_c(r) = (1 + cos(pi r/cutoff))/2.
 * Errors: POLAR_MEMORY, POLAR_NUMERIC. */
polar_code gap_basis_bessel(int lmax, int n, double cutoff, double sigma, gap_table **out,
                            polar_status *st);

#ifdef __cplusplus
}
#endif
#endif
