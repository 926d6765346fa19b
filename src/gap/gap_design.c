#include "gap/gap_design.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct gap_design {
  const gap_draft *draft;
  gap_model *model;     /* with the draft's points */
  gap_cluster **single; /* [nterm] of a pair term: one cluster with one point for each point */
  gap_soap_work *work;
  int columns;
  int near_capacity, force_capacity;
  gap_near *near;
  int *selected;
  double (*force)[3];
};

static polar_code split_cluster(gap_design *g, int t, polar_status *st)
{
  const gap_term *term = &g->draft->term[t];
  gap_cluster *all = calloc(term->nsparse, sizeof *all);
  const double one = 1.0;
  if (!all) return polar_fail_memory(st, "preparing the fit");
  g->single[t] = all;
  for (int s = 0; s < term->nsparse; s++) {
    all[s] = g->model->cluster[term->place];
    all[s].kernel.point = all[s].kernel.weight = NULL;
    const polar_code code =
        gap_kernel_set(&all[s].kernel, 1, term->x + (size_t)s * term->dim, &one, 0.0, st);
    if (code) return code;
  }
  return POLAR_OK;
}

polar_code gap_design_create(const gap_draft *d, gap_design **out, polar_status *st)
{
  gap_design *g = calloc(1, sizeof *g);
  const gap_soap **soap = calloc((size_t)d->nterm + 1, sizeof *soap);
  polar_code code = POLAR_OK;
  if (g) g->single = calloc((size_t)d->nterm + 1, sizeof *g->single);
  if (!g || !g->single || !soap) code = polar_fail_memory(st, "preparing the fit");
  if (!code) {
    g->draft = d;
    code = gap_draft_model(d, &g->model, st);
  }
  for (int t = 0; t < d->nterm && !code; t++) {
    g->columns += d->term[t].nsparse;
    if (!d->term[t].soap) code = split_cluster(g, t, st);
  }
  for (int k = 0; !code && k < g->model->ndensity; k++) soap[k] = &g->model->density[k].soap;
  if (!code && g->model->ndensity)
    code = gap_soap_work_create(soap, g->model->ndensity, &g->work, st);
  free(soap);
  if (code) {
    gap_design_free(g);
    return code;
  }
  *out = g;
  return POLAR_OK;
}

void gap_design_free(gap_design *g)
{
  if (!g) return;
  for (int t = 0; g->single && g->draft && t < g->draft->nterm; t++) {
    for (int s = 0; g->single[t] && s < g->draft->term[t].nsparse; s++)
      gap_kernel_clear(&g->single[t][s].kernel);
    free(g->single[t]);
  }
  free(g->single);
  gap_soap_work_free(g->work);
  gap_free(g->model);
  free(g->near);
  free(g->selected);
  free(g->force);
  free(g);
}

int gap_design_size(const gap_design *g)
{
  return g->columns;
}

double gap_design_cutoff(const gap_design *g)
{
  return g->model->cutoff;
}

/* ------------------------------------------------------------------------------------- rows --- */

static polar_code reserve(gap_design *g, const polar_neighbors *list, polar_status *st)
{
  int most = 1;
  for (int c = 0; c < list->ncentre; c++)
    if (list->count[list->centre[c]] > most) most = list->count[list->centre[c]];
  if (most > g->near_capacity) {
    free(g->near);
    free(g->selected);
    g->near = calloc(most, sizeof *g->near);
    g->selected = calloc(most, sizeof *g->selected);
    g->near_capacity = g->near && g->selected ? most : 0;
    if (!g->near_capacity) return polar_fail_memory(st, "computing the design matrix");
  }
  if (list->natom > g->force_capacity) {
    free(g->force);
    g->force = calloc(list->natom, sizeof *g->force);
    g->force_capacity = g->force ? list->natom : 0;
    if (!g->force_capacity) return polar_fail_memory(st, "computing the design matrix");
  }
  return POLAR_OK;
}

static int neighbors_of(const polar_neighbors *list, int i, double cutoff, gap_near *near)
{
  int n = 0;
  for (int k = 0; k < list->count[i]; k++) {
    const int j = list->neighbor[i][k] & list->mask;
    gap_near *b = &near[n];
    double square = 0.0;
    for (int a = 0; a < 3; a++) {
      b->d[a] = list->x[j][a] - list->x[i][a];
      square += b->d[a] * b->d[a];
    }
    if (square >= cutoff * cutoff) continue;
    b->atom = j;
    b->z = list->element[list->type[j]];
    b->r = sqrt(square);
    n++;
  }
  return n;
}

/* Column of one sparse point of a pair term */
static void cluster_column(gap_design *g, const gap_cluster *c, const gap_images *images,
                           size_t stride, double *row)
{
  const polar_neighbors *list = &images->list;
  gap_result sum = {.force = g->force};
  memset(g->force, 0, (size_t)list->natom * sizeof *g->force);
  for (int i = 0; i < list->ncentre; i++) {
    const int n = neighbors_of(list, i, c->cutoff, g->near);
    gap_cluster_energy(c, i, list->element[list->type[i]], n, g->near, g->selected, &sum);
  }
  row[0] = sum.energy;
  for (int q = 0; q < 9; q++) row[(1 + q) * stride] = sum.virial[q];
  for (int j = 0; j < list->natom; j++)
    for (int a = 0; a < 3; a++)
      row[(GAP_ROW_FORCE + 3 * (size_t)images->owner[j] + a) * stride] += g->force[j][a];
}

polar_code gap_design_rows(gap_design *g, const gap_images *images, size_t stride, double *row,
                           polar_status *st)
{
  const polar_neighbors *list = &images->list;
  polar_code code = reserve(g, list, st);
  for (size_t q = 0; q < GAP_ROW_FORCE + 3 * (size_t)list->ncentre; q++)
    memset(row + q * stride, 0, (size_t)g->columns * sizeof *row);
  for (int t = 0; t < g->draft->nterm && !code; t++) {
    const gap_term *term = &g->draft->term[t];
    if (!term->soap)
      for (int s = 0; s < term->nsparse; s++)
        cluster_column(g, &g->single[t][s], images, stride, row + s);
    const gap_columns out = {images->owner, row, stride};
    for (int i = 0; term->soap && i < list->ncentre && !code; i++)
      if (g->model->density[term->place].centre[list->element[list->type[i]]])
        code = gap_soap_columns(&g->model->density[term->place].soap, g->work, list, i, &out, st);
    row += term->nsparse;
  }
  return code;
}

void gap_design_kernel(const gap_design *g, int t, double *k)
{
  const gap_term *term = &g->draft->term[t];
  const int n = term->nsparse;
  double unused[GAP_MAX_DIM];
  for (int i = 0; i < n; i++) {
    const double *x = term->x + (size_t)i * term->dim;
    for (int j = 0; j <= i; j++) {
      const double *y = term->x + (size_t)j * term->dim;
      k[(size_t)i * n + j] = k[(size_t)j * n + i] =
          term->soap
              ? term->delta * term->delta * pow(cblas_ddot(term->dim, x, 1, y, 1), term->zeta)
              : gap_kernel_energy(&g->single[t][j].kernel, x, unused);
    }
  }
}
