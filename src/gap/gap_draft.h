/* A GAP model in the making: terms with their sparse points and coefficients, and its text as QUIP
 * and this package read it. */
#ifndef GAP_DRAFT_H
#define GAP_DRAFT_H

#include "base/elements.h"
#include "base/status.h"
#include "gap/gap.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One descriptor with its kernel: soap or soap_23 (dot product) or distance_2b (squared
 * exponential) */
typedef struct {
  char *descriptor; /* as in the model file */
  int soap;
  double delta, zeta, theta; /* eV; soap; distance_2b, Angstrom */
  int wanted;                /* n_sparse */
  int place;                 /* among the model's soap terms, or its pair terms */
  int dim, nsparse;
  double *x, *alpha; /* [nsparse][dim], [nsparse]; NULL until chosen */
} gap_term;

typedef struct {
  char label[64];
  double e0[POLAR_MAX_Z + 1]; /* eV */
  char element[POLAR_MAX_Z + 1];
  int nterm;
  gap_term *term;
} gap_draft;

/* Terms from the words of QUIP's gap_fit, "soap key=value ... : distance_2b key=value ...", for the
 * elements that are set in element[]. A soap or soap_23 without Z, n_species and species_Z becomes
 * one term for each element as centre, a distance_2b without Z1 and Z2 one for each pair
 * (add_species=F: neither). Keys of the fit: delta, n_sparse, zeta (soap), theta_uniform
 * (distance_2b), covariance_type. Errors: POLAR_MODEL, POLAR_MEMORY. Release with gap_draft_free.
 */
polar_code gap_draft_create(const char *text, const char *label, const char *element,
                            gap_draft **out, polar_status *st);
void gap_draft_free(gap_draft *d);

/* A text of known length */
typedef struct {
  char *name, *data;
  size_t size;
} gap_text;

/* file[0] is the model NAME, file[1 + t] the sparse points of term t, NAME.sparseX.LABELt, with
 * `decimals` decimals (negative: all digits). `command` (may be NULL) is kept in the file. A term
 * without points gets one of zeros: enough to read back what the descriptor is. Errors:
 * POLAR_MEMORY. Release with gap_texts_free. */
polar_code gap_draft_write(const gap_draft *d, const char *name, const char *command, int decimals,
                           gap_text **file, polar_status *st);
void gap_texts_free(int n, gap_text *file);

/* The model that the texts describe, read by gap_parse. Errors: those of gap_parse. */
polar_code gap_draft_model(const gap_draft *d, gap_model **out, polar_status *st);

#ifdef __cplusplus
}
#endif
#endif
