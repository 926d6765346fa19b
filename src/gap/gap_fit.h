/* Sparse Gaussian process regression of GAP models on energies, forces and virials.
 *
 * The coefficients minimize
 *   sum_q ((y_q - sum_s A_qs alpha_s) / sigma_q)^2 + alpha^T K alpha,
 * where A are the rows of gap_design and K the kernel between the sparse points of each term
 * (Bartok and Csanyi, Int. J. Quantum Chem. 115, 1051 (2015)), by QR decomposition of
 * [sigma^-1 A; L^T], K = L L^T (Foster et al., J. Mach. Learn. Res. 10, 857 (2009)). */
#ifndef GAP_FIT_H
#define GAP_FIT_H

#include "gap/gap_draft.h"
#include "io/extxyz.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Expected errors of the data of one config_type (at most 0: not fitted): eV per atom, eV/Angstrom,
 * eV per atom. The errors of energy and virial of a configuration of n atoms are taken to be
 * sqrt(n) times these, as if errors of atoms were independent. */
typedef struct {
  char kind[64];
  double energy, force, virial;
} gap_sigma;

typedef enum { GAP_E0_GIVEN, GAP_E0_ISOLATED, GAP_E0_AVERAGE } gap_e0_method;

typedef struct {
  int nsigma;
  const gap_sigma *sigma;  /* [nsigma] the first is for every other config_type */
  gap_e0_method e0_method; /* given in the draft; configurations of one atom; mean of all atoms */
  double jitter;           /* added to the diagonal of K, relative to it */
  int decimals;            /* sparse points are rounded to so many before the fit; negative: no */
  void (*say)(void *context, const char *text); /* progress, a line without its end; may be NULL */
  void *context;
} gap_fit_options;

/* Elements of configurations, for gap_draft_create. Sets element[POLAR_MAX_Z + 1]. */
void gap_fit_elements(int nframe, const extxyz_frame *frame, char *element);

/* Chooses sparse points of the draft's terms from the configurations (farthest point sampling among
 * the descriptors of soap; equidistant between the shortest distance and the cutoff for pairs) and
 * sets e0. Errors: POLAR_MODEL (no atom that a term describes, no isolated atom), POLAR_MEMORY,
 * those of gap_parse. */
polar_code gap_fit_prepare(gap_draft *d, int nframe, const extxyz_frame *frame,
                           const gap_fit_options *o, polar_status *st);

typedef struct {
  long equations;
  int unknowns;
  double residual; /* what the fit minimized */
} gap_fit_summary;

/* Sets the coefficients of a draft that has its sparse points and e0. Errors: POLAR_MODEL (nothing
 * to fit), POLAR_NUMERIC (K is not positive, a value is not a number), POLAR_MEMORY. */
polar_code gap_fit_solve(gap_draft *d, int nframe, const extxyz_frame *frame,
                         const gap_fit_options *o, gap_fit_summary *summary, polar_status *st);

/* Errors of a model: root mean squares and largest, of energies (eV per atom), force components
 * (eV/Angstrom), virial components (eV per atom) and stress components (GPa); and the root mean
 * squares of the data about their means. */
typedef struct {
  long energies, forces, virials;
  double energy, force, virial, stress;
  double worst_energy, worst_force, worst_stress;
  double spread_energy, spread_force, spread_stress;
} gap_fit_errors;

/* Errors of `model` for configurations of kind `kind` (NULL: all). Errors: those of gap_energy. */
polar_code gap_fit_test(const gap_model *model, int nframe, const extxyz_frame *frame,
                        const char *kind, gap_fit_errors *out, polar_status *st);

#ifdef __cplusplus
}
#endif
#endif
