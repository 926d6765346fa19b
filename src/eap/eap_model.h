/* The effective atomic potential as a whole: one immutable object made of a system, its anharmonic
 * polynomial and the options of pair_style eap; and its energy, gradient and strain derivative on
 * the cells of one rank.
 *
 *   E = Nc E0 + E_harm(u) + E_elastic(e) + E_strain-force(e, u) + E_anh(e, u)
 *
 * (Wojdel et al., J. Phys.: Condens. Matter 25, 305401 (2013)). */
#ifndef EAP_MODEL_H
#define EAP_MODEL_H

#include "eap/eap_files.h"
#include "eap/eap_harmonic.h"
#include "eap/eap_lattice.h"
#include "eap/eap_polynomial.h"
#include "eap/eap_strain.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  eap_harmonic_options harmonic; /* dipole = 1: harmonic part is left to a lattice convolution */
  double strain_force;           /* factor of sum Lambda e u: 0.5 as MULTIBINIT 9.6, 1 as Taylor */
  int reference_energy;          /* 1: count E0 */
} eap_model_options;

/* Energies of the owned cells, eV */
typedef struct {
  double reference, harmonic, elastic, strain_force, anharmonic;
} eap_energy;

typedef struct {
  const eap_system *system; /* borrowed: must outlive the model */
  eap_model_options options;
  eap_harmonic *harmonic;
  eap_polynomial *polynomial; /* NULL without coefficients */
  double elastic[6][6];       /* symmetrised if asked, eV */
  int noffset;                /* columns the neighbor table must have; offset[0] = (0,0,0) */
  int (*offset)[3];
  int *harmonic_index; /* column of each offset of the harmonic part */
  size_t scratch;      /* doubles eap_model_evaluate needs */
} eap_model;

/* coefficients may be NULL (harmonic model); they are not needed afterwards.
 * Errors as of the parts, POLAR_MEMORY. */
polar_code eap_model_create(const eap_system *system, const eap_coefficients *coefficients,
                            const eap_model_options *options, eap_model **out, polar_status *st);
void eap_model_free(eap_model *model);

/* Energy of the owned cells and its derivatives; everything but the harmonic part if
 * options.harmonic.dipole is set.
 * u[nall][n][3]: displacements in the crystal's frame, Angstrom; gradient[nall][n][3]: dE/du ADDED,
 * also to ghosts, eV/Angstrom; energy: out; de[6]: dE/de_v, out, eV, or NULL if not wanted;
 * site_energy[nall][n]: ADDED, eV, or NULL; scratch: model->scratch doubles. */
void eap_model_evaluate(const eap_model *model, const eap_lattice *lat, const double e[6],
                        const double *u, double *gradient, eap_energy *energy, double de[6],
                        double *site_energy, double *scratch);

#ifdef __cplusplus
}
#endif
#endif
