/* Rows of the design matrix of a fit: energy, virial and forces of a configuration for each sparse
 * point with coefficient 1, from the same functions that evaluate a model. */
#ifndef GAP_DESIGN_H
#define GAP_DESIGN_H

#include "gap/gap_draft.h"
#include "gap/gap_images.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gap_design gap_design;

/* The draft needs its sparse points, and stays the caller's; it must outlive the design.
 * Errors: POLAR_MEMORY, those of gap_parse. */
polar_code gap_design_create(const gap_draft *d, gap_design **out, polar_status *st);
void gap_design_free(gap_design *g);

int gap_design_size(const gap_design *g);      /* columns: sparse points of all terms, in order */
double gap_design_cutoff(const gap_design *g); /* Angstrom */

/* row[10 + 3 n][stride], overwritten in the first gap_design_size columns: energy (eV; isolated
 * atoms are not in it), nine of the virial (W_ab = -dE/deps_ab, eV), three for the force on each of
 * the n atoms (eV/Angstrom). Errors: POLAR_MEMORY, POLAR_NUMERIC. */
polar_code gap_design_rows(gap_design *g, const gap_images *images, size_t stride, double *row,
                           polar_status *st);

/* Kernel matrix between sparse points of term t, k[nsparse][nsparse], eV^2 */
void gap_design_kernel(const gap_design *g, int t, double *k);

#ifdef __cplusplus
}
#endif
#endif
