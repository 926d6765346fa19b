#include "gap/gap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct gap_work {
  gap_soap_work *soap;
  int near_capacity, centre_capacity;
  gap_near *near;
  int *selected, *centre;
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

polar_code gap_work_create(const gap_model *model, gap_work **out, polar_status *st)
{
  polar_code code = POLAR_OK;
  gap_work *w = calloc(1, sizeof *w);
  const gap_soap **list = calloc((size_t)model->ndensity + 1, sizeof *list);
  if (!w || !list) code = polar_fail_memory(st, "preparing the GAP model");
  for (int k = 0; k < model->ndensity && !code; k++) list[k] = &model->density[k].soap;
  if (!code && model->ndensity) code = gap_soap_work_create(list, model->ndensity, &w->soap, st);
  free(list);
  if (code) {
    gap_work_free(w);
    return code;
  }
  *out = w;
  return POLAR_OK;
}

void gap_work_free(gap_work *w)
{
  if (!w) return;
  gap_soap_work_free(w->soap);
  free(w->near);
  free(w->selected);
  free(w->centre);
  free(w);
}

size_t gap_work_bytes(const gap_work *w)
{
  return w ? sizeof *w + gap_soap_work_bytes(w->soap) +
                 (size_t)w->near_capacity * (sizeof *w->near + sizeof *w->selected) +
                 (size_t)w->centre_capacity * sizeof *w->centre
           : 0;
}

static polar_code reserve(gap_work *w, int nnear, int ncentre, polar_status *st)
{
  if (nnear > w->near_capacity) {
    const int n = nnear + nnear / 4;
    gap_near *near = realloc(w->near, (size_t)n * sizeof *near);
    if (near) w->near = near;
    int *selected = realloc(w->selected, (size_t)n * sizeof *selected);
    if (selected) w->selected = selected;
    if (!near || !selected) return polar_fail_memory(st, "collecting neighbors");
    w->near_capacity = n;
  }
  if (ncentre > w->centre_capacity) {
    int *centre = realloc(w->centre, (size_t)ncentre * sizeof *centre);
    if (!centre) return polar_fail_memory(st, "collecting atoms");
    w->centre = centre;
    w->centre_capacity = ncentre;
  }
  return POLAR_OK;
}

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

polar_code gap_energy(const gap_model *model, gap_work *w, const polar_neighbors *list,
                      gap_result *out, polar_status *st)
{
  int most = 0;
  for (int c = 0; c < list->ncentre; c++)
    if (list->count[list->centre[c]] > most) most = list->count[list->centre[c]];
  polar_code code = reserve(w, most, list->ncentre, st);
  const double before = out->energy;
  for (int c = 0; c < list->ncentre && !code; c++) {
    const int i = list->centre[c], z = list->element[list->type[i]];
    const double *x = list->x[i];
    if (!isfinite(x[0] + x[1] + x[2]))
      return polar_fail(st, POLAR_NUMERIC, "an atom has the position %g %g %g Angstrom", x[0], x[1],
                        x[2]);
    if (z == 0) continue;
    out->energy += model->e0[z];
    if (out->atom_energy) out->atom_energy[i] += model->e0[z];
    if (!model->ncluster && !model->glue) continue;
    const int n = collect(list, i, model->cluster_cutoff, w->near);
    for (int k = 0; k < model->ncluster; k++)
      gap_cluster_energy(&model->cluster[k], i, z, n, w->near, w->selected, out);
    if (model->glue) gap_glue_energy(model->glue, i, z, n, w->near, out);
  }
  for (int k = 0; k < model->ndensity && !code; k++) {
    int n = 0;
    for (int c = 0; c < list->ncentre; c++) {
      const int i = list->centre[c], z = list->element[list->type[i]];
      if (z && model->density[k].centre[z]) w->centre[n++] = i;
    }
    code = gap_soap_energy(&model->density[k].soap, model->density[k].variance, w->soap, list, n,
                           w->centre, out, st);
  }
  if (!code && !isfinite(out->energy - before))
    return polar_fail(st, POLAR_NUMERIC,
                      "the energy is not a number: atoms coincide, or positions are not numbers");
  return code;
}
