#include "gap/gap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What one thread needs and sums. The first thread sums into the caller's arrays. */
typedef struct {
  gap_soap_work *soap;
  int near_capacity, centre_capacity;
  gap_near *near;
  int *selected, *centre;
  gap_result sum;
  int force_capacity, energy_capacity, virial_capacity;
  double (*force)[3], *energy, (*virial)[9]; /* [capacity] arrays of sum */
  polar_status st;
} gap_part;

struct gap_work {
  int nthread;
  gap_part *part; /* [nthread] */
};

void gap_free(gap_model *model)
{
  if (!model) return;
  for (int k = 0; model->cluster && k < model->ncluster; k++)
    gap_kernel_clear(&model->cluster[k].kernel);
  for (int k = 0; model->density && k < model->ndensity; k++) {
    gap_soap_clear(&model->density[k].soap);
    gap_variance_free(model->density[k].variance);
  }
  free(model->cluster);
  free(model->density);
  gap_glue_free(model->glue);
  free(model);
}

size_t gap_bytes(const gap_model *model)
{
  size_t bytes = sizeof *model;
  for (int k = 0; k < model->ncluster; k++)
    bytes += (size_t)model->cluster[k].kernel.capacity * (model->cluster[k].kernel.dim + 1) *
             sizeof(double);
  for (int k = 0; k < model->ndensity; k++) {
    const gap_soap *s = &model->density[k].soap;
    bytes += (size_t)s->nsparse * (s->dim + 1) * sizeof(double);
    if (s->pair) bytes += (size_t)s->pair->segment[0].nnode * 3 * s->pair->width * sizeof(double);
    if (model->density[k].variance) bytes += (size_t)s->nsparse * s->nsparse * sizeof(double);
    for (int i = 0; i < s->nspecies; i++) {
      const gap_table *t = s->radial[i].table;
      if (i && t == s->radial[i - 1].table) continue;
      for (int q = 0; q < t->nsegment; q++)
        bytes += (size_t)t->segment[q].nnode * 3 * t->width * sizeof(double);
    }
  }
  return bytes;
}

polar_code gap_prepare_variance(gap_model *model, polar_status *st)
{
  polar_code code = POLAR_OK;
  if (!model->ndensity)
    return polar_fail(st, POLAR_MODEL,
                      "the model %s has no SOAP term: variances can be predicted for these only",
                      model->label);
  for (int k = 0; k < model->ndensity && !code; k++) {
    gap_density *d = &model->density[k];
    if (!d->variance)
      code = gap_variance_create(d->soap.nsparse, d->soap.dim, d->soap.x, d->soap.variance,
                                 d->soap.zeta, &d->variance, st);
  }
  return code;
}

/* ------------------------------------------------------------------------------- allocation --- */

static void part_clear(gap_part *p)
{
  gap_soap_work_free(p->soap);
  free(p->near);
  free(p->selected);
  free(p->centre);
  free(p->force);
  free(p->energy);
  free(p->virial);
}

static polar_code part_create(const gap_model *model, gap_part *p, polar_status *st)
{
  polar_code code = POLAR_OK;
  const gap_soap **list = calloc((size_t)model->ndensity + 1, sizeof *list);
  if (!list) return polar_fail_memory(st, "preparing the GAP model");
  for (int k = 0; k < model->ndensity; k++) list[k] = &model->density[k].soap;
  if (model->ndensity) code = gap_soap_work_create(list, model->ndensity, &p->soap, st);
  free(list);
  return code;
}

polar_code gap_work_create(const gap_model *model, gap_work **out, polar_status *st)
{
  gap_work *w = calloc(1, sizeof *w);
  polar_code code =
      w ? gap_work_threads(model, w, 1, st) : polar_fail_memory(st, "preparing the GAP model");
  if (code) gap_work_free(w);
  else *out = w;
  return code;
}

polar_code gap_work_threads(const gap_model *model, gap_work *w, int nthread, polar_status *st)
{
#ifndef _OPENMP
  nthread = 1;
#endif
  if (nthread < 1) nthread = 1;
  if (nthread > GAP_MAX_THREADS) nthread = GAP_MAX_THREADS;
  for (; w->nthread > nthread; w->nthread--) part_clear(&w->part[w->nthread - 1]);
  if (nthread == w->nthread) return POLAR_OK;
  gap_part *part = realloc(w->part, (size_t)nthread * sizeof *part);
  if (!part) return polar_fail_memory(st, "preparing threads");
  w->part = part;
  while (w->nthread < nthread) {
    memset(&part[w->nthread], 0, sizeof *part);
    const polar_code code = part_create(model, &part[w->nthread], st);
    if (code) return code;
    w->nthread++;
  }
  return POLAR_OK;
}

void gap_work_free(gap_work *w)
{
  if (!w) return;
  for (int t = 0; t < w->nthread; t++) part_clear(&w->part[t]);
  free(w->part);
  free(w);
}

size_t gap_work_bytes(const gap_work *w)
{
  size_t bytes = w ? sizeof *w : 0;
  for (int t = 0; w && t < w->nthread; t++) {
    const gap_part *p = &w->part[t];
    bytes += sizeof *p + gap_soap_work_bytes(p->soap) +
             (size_t)p->near_capacity * (sizeof *p->near + sizeof *p->selected) +
             (size_t)p->centre_capacity * sizeof *p->centre +
             (size_t)p->force_capacity * sizeof *p->force +
             (size_t)p->energy_capacity * sizeof *p->energy +
             (size_t)p->virial_capacity * sizeof *p->virial;
  }
  return bytes;
}

static polar_code reserve(gap_part *p, int nnear, int ncentre, polar_status *st)
{
  if (nnear > p->near_capacity) {
    const int n = nnear + nnear / 4;
    gap_near *near = realloc(p->near, (size_t)n * sizeof *near);
    if (near) p->near = near;
    int *selected = realloc(p->selected, (size_t)n * sizeof *selected);
    if (selected) p->selected = selected;
    if (!near || !selected) return polar_fail_memory(st, "collecting neighbors");
    p->near_capacity = n;
  }
  if (ncentre > p->centre_capacity) {
    int *centre = realloc(p->centre, (size_t)ncentre * sizeof *centre);
    if (!centre) return polar_fail_memory(st, "collecting atoms");
    p->centre = centre;
    p->centre_capacity = ncentre;
  }
  return POLAR_OK;
}

/* `rows` with room for n rows of `size` bytes, all zero; NULL if there is no memory */
static void *zeros(void *rows, int *capacity, int n, size_t size)
{
  if (rows && n <= *capacity) return memset(rows, 0, (size_t)n * size);
  free(rows);
  rows = calloc((size_t)n + 1, size);
  *capacity = rows ? n : 0;
  return rows;
}

/* Sums of a thread begin at zero, in arrays of its own where other threads' atoms may be touched.
 * Variance and similarity are written in the row of the centre only, which is one thread's. */
static polar_code begin(gap_part *p, int natom, const gap_result *out, polar_status *st)
{
  gap_result *s = &p->sum;
  s->energy = 0.0;
  memset(s->virial, 0, sizeof s->virial);
  s->variance = out->variance;
  s->similarity = out->similarity;
  p->force = zeros(p->force, &p->force_capacity, natom, sizeof *p->force);
  if (out->atom_energy) p->energy = zeros(p->energy, &p->energy_capacity, natom, sizeof *p->energy);
  if (out->atom_virial) p->virial = zeros(p->virial, &p->virial_capacity, natom, sizeof *p->virial);
  if (!p->force || (out->atom_energy && !p->energy) || (out->atom_virial && !p->virial))
    return polar_fail_memory(st, "preparing threads");
  s->force = p->force;
  s->atom_energy = out->atom_energy ? p->energy : NULL;
  s->atom_virial = out->atom_virial ? p->virial : NULL;
  return POLAR_OK;
}

/* ----------------------------------------------------------------------------------- energy --- */

/* Neighbors of centre i for pairs, triplets and the core */
static int collect(const polar_neighbors *list, int i, double cutoff, gap_near *near)
{
  const double *xi = list->x[i];
  int n = 0;
  for (int k = 0; k < list->count[i]; k++) {
    const int j = list->neighbor[i][k] & list->mask;
    const int z = list->element[list->type[j]];
    const double *xj = list->x[j];
    gap_near *b = &near[n];
    double square = 0.0;
    for (int a = 0; a < 3; a++) {
      b->d[a] = xj[a] - xi[a];
      square += b->d[a] * b->d[a];
    }
    if (z == 0 || square >= cutoff * cutoff) continue;
    b->atom = j;
    b->z = z;
    b->r = sqrt(square);
    n++;
  }
  return n;
}

/* Isolated atoms, pairs, triplets and core of the centres from..to-1 of the list */
static polar_code clusters(const gap_model *model, gap_part *p, const polar_neighbors *list,
                           int from, int to, gap_result *out, polar_status *st)
{
  for (int c = from; c < to; c++) {
    const int i = list->centre[c], z = list->element[list->type[i]];
    const double *x = list->x[i];
    if (!isfinite(x[0] + x[1] + x[2]))
      return polar_fail(st, POLAR_NUMERIC, "an atom has the position %g %g %g Angstrom", x[0], x[1],
                        x[2]);
    if (z == 0) continue;
    out->energy += model->e0[z];
    if (out->atom_energy) out->atom_energy[i] += model->e0[z];
    if (!model->ncluster && !model->glue) continue;
    const int n = collect(list, i, model->cluster_cutoff, p->near);
    for (int k = 0; k < model->ncluster; k++)
      gap_cluster_energy(&model->cluster[k], i, z, n, p->near, p->selected, out);
    if (model->glue) gap_glue_energy(model->glue, i, z, n, p->near, out);
  }
  return POLAR_OK;
}

/* One stage of one thread: stage 0 is clusters, stage k > 0 the centres of descriptor k-1. Shares
 * depend on the number of threads only, so that a run repeats itself. */
static polar_code share(const gap_model *model, gap_work *w, const polar_neighbors *list, int stage,
                        int t, gap_result *out)
{
  gap_part *p = &w->part[t];
  gap_result *sum = t ? &p->sum : out;
  const long first = t, next = t + 1L, parts = w->nthread;
  if (stage == 0)
    return clusters(model, p, list, (int)(list->ncentre * first / parts),
                    (int)(list->ncentre * next / parts), sum, &p->st);
  const gap_density *d = &model->density[stage - 1];
  int n = 0;
  for (int c = 0; c < list->ncentre; c++) {
    const int i = list->centre[c], z = list->element[list->type[i]];
    if (z && d->centre[z]) p->centre[n++] = i;
  }
  const int from = (int)(n * first / parts), to = (int)(n * next / parts);
  return gap_soap_energy(&d->soap, d->variance, p->soap, list, to - from, p->centre + from, sum,
                         &p->st);
}

/* The sums of the other threads, in their order */
static void join(gap_work *w, int natom, gap_result *out)
{
  for (int t = 1; t < w->nthread; t++) {
    const gap_result *s = &w->part[t].sum;
    out->energy += s->energy;
    for (int a = 0; a < 9; a++) out->virial[a] += s->virial[a];
  }
#ifdef _OPENMP
#pragma omp parallel for schedule(static) num_threads(w->nthread)
#endif
  for (int i = 0; i < natom; i++)
    for (int t = 1; t < w->nthread; t++) {
      const gap_result *s = &w->part[t].sum;
      for (int a = 0; a < 3; a++) out->force[i][a] += s->force[i][a];
      if (out->atom_energy) out->atom_energy[i] += s->atom_energy[i];
      for (int a = 0; out->atom_virial && a < 9; a++)
        out->atom_virial[i][a] += s->atom_virial[i][a];
    }
}

polar_code gap_energy(const gap_model *model, gap_work *w, const polar_neighbors *list,
                      gap_result *out, polar_status *st)
{
  int most = 0;
  polar_code code = POLAR_OK;
  for (int c = 0; c < list->ncentre; c++)
    if (list->count[list->centre[c]] > most) most = list->count[list->centre[c]];
  for (int t = 0; t < w->nthread && !code; t++) {
    w->part[t].st.code = POLAR_OK;
    code = reserve(&w->part[t], most, list->ncentre, st);
    if (!code && t) code = begin(&w->part[t], list->natom, out, st);
  }
  if (code) return code;
  const double before = out->energy;
  for (int stage = 0; stage <= model->ndensity && !code; stage++) {
#ifdef _OPENMP
#pragma omp parallel for schedule(static, 1) num_threads(w->nthread) if (w->nthread > 1)
#endif
    for (int t = 0; t < w->nthread; t++) share(model, w, list, stage, t, out);
    for (int t = 0; t < w->nthread && !code; t++)
      if ((code = w->part[t].st.code) != POLAR_OK && st) *st = w->part[t].st;
  }
  if (code) return code;
  if (w->nthread > 1) join(w, list->natom, out);
  if (!isfinite(out->energy - before))
    return polar_fail(st, POLAR_NUMERIC,
                      "the energy is not a number: atoms coincide, or positions are not numbers");
  return POLAR_OK;
}
