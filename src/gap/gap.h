/* Gaussian approximation potentials as QUIP writes them: the model and its energy.
 *
 * A model is immutable after reading and may be shared by threads. gap_work is the scratch of one
 * evaluation, which may itself run on several OpenMP threads. */
#ifndef GAP_H
#define GAP_H

#include <stddef.h>

#include "base/elements.h"
#include "base/neighbors.h"
#include "base/status.h"
#include "gap/gap_cluster.h"
#include "gap/gap_glue.h"
#include "gap/gap_result.h"
#include "gap/gap_soap.h"
#include "gap/gap_variance.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  gap_soap soap;
  gap_variance *variance;       /* NULL until gap_prepare_variance */
  char centre[POLAR_MAX_Z + 1]; /* whether an element is a centre of this descriptor */
} gap_density;

typedef struct {
  char label[128];
  double version;              /* gap_version: seconds since 1970; 0 if absent */
  double e0[POLAR_MAX_Z + 1];  /* energy of an isolated atom, eV */
  char known[POLAR_MAX_Z + 1]; /* elements that some part of the model names */
  int any;                     /* some part takes any element */
  int ncluster, ndensity;
  gap_cluster *cluster;          /* pairs and triplets */
  gap_density *density;          /* soap and soap_turbo */
  gap_glue *glue;                /* NULL if none */
  double cutoff, cluster_cutoff; /* the largest; the largest of clusters and core, Angstrom */
  char warning[400];             /* what the user should know about the file, or "" */
} gap_model;

void gap_free(gap_model *model);

/* What predicted variances need, once, before the model is shared. Errors: POLAR_MEMORY,
 * POLAR_NUMERIC, POLAR_MODEL (a model without SOAP terms). */
polar_code gap_prepare_variance(gap_model *model, polar_status *st);

#define GAP_MAX_THREADS 256

typedef struct gap_work gap_work;
polar_code gap_work_create(const gap_model *model, gap_work **out, polar_status *st);
/* Let gap_energy run on `nthread` OpenMP threads (at most GAP_MAX_THREADS; on one if this library
 * was built without OpenMP). Each has the scratch of a batch and forces of all atoms of the list.
 * Results differ by rounding between numbers of threads and are the same for the same number.
 * After an error the former threads remain. Errors: POLAR_MEMORY. */
polar_code gap_work_threads(const gap_model *model, gap_work *w, int nthread, polar_status *st);
void gap_work_free(gap_work *w);
size_t gap_work_bytes(const gap_work *w);
size_t gap_bytes(const gap_model *model); /* of sparse points, tables and factors */

/* Energy of the centres of `list`, forces and virial, added to `out`. The list must reach
 * model->cutoff. BLAS is called, from each thread, and should run on one thread itself.
 * Errors: POLAR_NUMERIC (positions or energy not finite, coinciding atoms), POLAR_MEMORY. */
polar_code gap_energy(const gap_model *model, gap_work *w, const polar_neighbors *list,
                      gap_result *out, polar_status *st);

#ifdef __cplusplus
}
#endif
#endif
