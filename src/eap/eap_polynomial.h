/* Anharmonic energy: polynomials in displacement differences and strain, compiled once.
 *
 *   E_anh = sum_cells sum_t value_t prod_d (u_a - u_b)_dir^p prod_s e_v^q
 *
 * (Wojdel et al., J. Phys.: Condens. Matter 25, 305401 (2013), Eq. 11-13; Escorihuela-Sayalero et
 * al., Phys. Rev. B 95, 094115 (2017)). Terms that share the same displacement monomial are merged;
 * their strain factors become one prefactor per monomial and step. */
#ifndef EAP_POLYNOMIAL_H
#define EAP_POLYNOMIAL_H

#include <stddef.h>

#include <stddef.h>

#include "eap/eap_files.h"
#include "eap/eap_lattice.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eap_polynomial eap_polynomial; /* immutable after creation */

/* Compile the terms of `coeffs` (nterm = 0 is a model without anharmonicity) for a crystal of n
 * sites per cell. offset[noffset][3] lists the lattice offsets of the neighbor table that will be
 * used; every cell of a term that counts must be in it. A term does not count if its value is 0 or
 * if it holds the difference of a site with itself. A difference or a strain that occurs twice in a
 * term counts with the sum of its powers, at most EAP_POLYNOMIAL_MAX_POWER.
 * On success *out is to be released with eap_polynomial_free.
 * Errors: POLAR_ARGUMENT (coeffs NULL, n < 1; in a term: a value that is not finite, a site,
 * direction, strain component or power out of range, a cell that is not in `offset`), POLAR_MEMORY.
 */
#define EAP_POLYNOMIAL_MAX_POWER 256
polar_code eap_polynomial_create(const eap_coefficients *coeffs, int n, int noffset,
                                 const int (*offset)[3], eap_polynomial **out, polar_status *st);
void eap_polynomial_free(eap_polynomial *p);

/* Number of distinct displacement monomials, differences, and pure-strain terms (for log output) */
int eap_polynomial_monomials(const eap_polynomial *p);
int eap_polynomial_differences(const eap_polynomial *p);
int eap_polynomial_strain_terms(const eap_polynomial *p);

/* Prefactors at strain e[6] (Voigt 11 22 33 23 13 12, engineering shear).
 * prefactor[monomials]: out, eV/Angstrom^p; *pure: out, pure-strain energy per cell, eV;
 * dpure[6]: out, its derivative to e_v, eV. */
void eap_polynomial_prefactors(const eap_polynomial *p, const double e[6], double *prefactor,
                               double *pure, double dpure[6]);

/* Energy and gradient of the displacement monomials over the owned cells of `lat`.
 * u[nall][n][3]: displacements, Angstrom; prefactor: of eap_polynomial_prefactors.
 * gradient[nall][n][3]: dE/du is ADDED, eV/Angstrom. Returns the energy, eV (0 for no cells).
 * moment[monomials]: out, sum over owned cells of each bare monomial (no prefactor), or NULL; with
 * it, eap_polynomial_strain_derivative gives dE/de. scratch: eap_polynomial_scratch(p) doubles, any
 * alignment. */
double eap_polynomial_evaluate(const eap_polynomial *p, const eap_lattice *lat,
                               const double *prefactor, const double *u, double *gradient,
                               double *moment, double *scratch);
size_t eap_polynomial_scratch(const eap_polynomial *p);

/* dE/de_v of the displacement monomials at strain e from their moments; derivative[6] out, eV */
void eap_polynomial_strain_derivative(const eap_polynomial *p, const double e[6],
                                      const double *moment, double derivative[6]);

/* Energy of each site, [nall][n], ADDED: a monomial's energy is split evenly among the distinct
 * sites it couples. Sum over all sites = eap_polynomial_evaluate's energy. The clear, slow
 * evaluation: also the reference for the fast one. gradient may be NULL, else as in
 * eap_polynomial_evaluate. */
void eap_polynomial_site_energy(const eap_polynomial *p, const eap_lattice *lat,
                                const double *prefactor, const double *u, double *energy,
                                double *gradient);

#ifdef __cplusplus
}
#endif
#endif
