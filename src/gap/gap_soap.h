/* Smooth overlap of atomic positions with the dot-product kernel: expansion of the density of
 * neighbors, power spectrum, kernel, and forces by the adjoint of these steps.
 *
 * One structure serves the descriptors soap, soap_turbo and soap_23, which differ in the radial
 * functions, in the order and weights of the power spectrum, and in the central atom's share.
 * soap_23 has two-body elements before the power spectrum: for each species the sums of functions
 * of distance over its neighbors; and its power spectrum leaves out the products of a neighbor with
 * itself. */
#ifndef GAP_SOAP_H
#define GAP_SOAP_H

#include <stddef.h>

#include "base/elements.h"
#include "base/harmonics.h"
#include "base/neighbors.h"
#include "base/status.h"
#include "gap/gap_result.h"
#include "gap/gap_table.h"
#include "gap/gap_variance.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GAP_MAX_N 32 /* radial functions of a species */

/* Radial functions of a species, R_ln(r) = factor(r) table_ln(r). The factor holds what is neither
 * smooth nor bounded: f_c and the distance weight of soap, the amplitude of soap_turbo. */
typedef struct {
  gap_table *table; /* [l * n + n'] */
  int turbo;
  double cutoff, transition;              /* Angstrom */
  int dexp;                               /* soap: exponent of the distance weight, 0 for none */
  double rate, scale;                     /*   its cutoff_rate and cutoff_scale (Angstrom) */
  int enhancement;                        /* soap_turbo: radial_enhancement */
  double amplitude, sigma, sigma_scaling; /* amplitude_scaling; sigma_r/r_c and its scaling */
} gap_radial;

typedef struct {
  int lmax, nlm; /* nlm = (lmax+1)^2 */
  double cutoff,
      density_cutoff; /* of all neighbors, and of those in the power spectrum, Angstrom */
  int nspecies, nchannel, widest;
  int *first;            /* [nspecies+1] first channel of each species */
  int *atomic_number;    /* [nspecies]; 0: any */
  gap_radial *radial;    /* [nspecies] */
  double *centre;        /* [nchannel] the central atom's addition to c_00 */
  int centre_everywhere; /* soap: to all species' channels, else to those of its own species */
  int centre_species;    /* soap_turbo: index of the central species; -1 for soap */
  short species[POLAR_MAX_Z + 1]; /* channel species of an element, -1: it is not seen */
  double norm[HARMONICS_NORM];

  /* soap_23; npair = 0 and remove_self = 0 otherwise */
  int npair;          /* functions of distance */
  double pair_cutoff; /* Angstrom */
  gap_table *pair;    /* [npair] with the cutoff function */
  int remove_self;
  double share[2]; /* lengths of the two-body elements and of the power spectrum if normalised */

  int nfeature;   /* elements of the power spectrum */
  int *gram;      /* [nfeature] place (l * nchannel + I) * nchannel + J of its product */
  double *weight; /* [nfeature] */
  int normalise;
  int tail;                  /* 1: sigma0 is appended to the power spectrum */
  double sigma0, least_norm; /* a norm below least_norm counts as 1 */

  int dim, nsparse;      /* dim = nspecies npair + nfeature + tail */
  double variance, zeta; /* delta^2, eV^2 */
  int integer_zeta;      /* 0 if zeta is not a small integer */
  double *x;             /* [nsparse][dim] */
  double *alpha;         /* [nsparse] times sparse cutoff */
} gap_soap;

typedef struct gap_soap_work gap_soap_work;

/* What is allocated for a descriptor whose lmax, nspecies, first are known; everything else 0 */
polar_code gap_soap_allocate(gap_soap *s, polar_status *st);
void gap_soap_clear(gap_soap *s);

/* factor(r) and its derivative */
double gap_radial_factor(const gap_radial *g, double r, double *slope);

/* Scratch for one thread, for all of `n` descriptors. Release with gap_soap_work_free. */
polar_code gap_soap_work_create(const gap_soap *const *s, int n, gap_soap_work **out,
                                polar_status *st);
void gap_soap_work_free(gap_soap_work *w);
size_t gap_soap_work_bytes(const gap_soap_work *w);

/* Power spectrum p[dim] of one centre; for tests and output. Errors: POLAR_MEMORY. */
polar_code gap_soap_descriptor(const gap_soap *s, gap_soap_work *w, const polar_neighbors *list,
                               int atom, double *p, polar_status *st);

/* Add energies of atom[natom] (indices of centres that the descriptor describes) and their
 * derivatives to `out`; variances, if out->variance and `variance` are there. Errors: POLAR_MEMORY,
 * POLAR_NUMERIC. */
polar_code gap_soap_energy(const gap_soap *s, const gap_variance *variance, gap_soap_work *w,
                           const polar_neighbors *list, int natom, const int *atom, gap_result *out,
                           polar_status *st);

/* Energy of one centre for each sparse point with coefficient 1, and its derivatives, for fits.
 * A row belongs to a quantity, a column to a sparse point: row[q * stride + s] += for
 *   q = 0: energy, eV; 1 + 3a + b: virial W_ab, eV; 10 + 3 owner[j] + a: force on atom j,
 * eV/Angstrom, where owner[] names the atom of each periodic image in the list. */
typedef struct {
  const int *owner;
  double *row;
  size_t stride;
} gap_columns;
#define GAP_ROW_FORCE 10 /* rows before those of forces */

/* Errors: POLAR_MEMORY, POLAR_NUMERIC. */
polar_code gap_soap_columns(const gap_soap *s, gap_soap_work *w, const polar_neighbors *list,
                            int atom, const gap_columns *out, polar_status *st);

#ifdef __cplusplus
}
#endif
#endif
