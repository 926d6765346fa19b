#include "gap/gap_fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gap/gap_design.h"
#include "gap/gap_qr.h"

/* -------------------------------------------------------------------------- regularisation --- */

/* The rows L^T of K + jitter diag(K) = L L^T into R */
static polar_code regularize(const gap_draft *d, const gap_design *g, double jitter, gap_qr *q,
                             polar_status *st)
{
  int start = 0;
  for (int t = 0; t < d->nterm; start += d->term[t++].nsparse) {
    const int n = d->term[t].nsparse;
    double *k = calloc((size_t)n * n, sizeof *k);
    if (!k) return polar_fail_memory(st, "preparing the fit");
    gap_design_kernel(g, t, k);
    for (int i = 0; i < n; i++) k[(size_t)i * n + i] *= 1.0 + jitter;
    const int bad = gap_cholesky(n, k);
    for (int i = 0; i < n && bad < 0; i++)
      for (int j = i; j < n; j++)
        q->r[(size_t)(start + i) * (q->n + 1) + start + j] = k[(size_t)j * n + i];
    free(k);
    if (bad >= 0)
      return polar_fail(st, POLAR_NUMERIC,
                        "the kernel matrix of the %d sparse points of term %d is not positive "
                        "definite (at point %d): take fewer points, or more sparse_jitter than %g",
                        n, t + 1, bad + 1, jitter);
  }
  return POLAR_OK;
}

/* ------------------------------------------------------------------------------------- rows --- */

static const gap_sigma *sigma_of(const gap_fit_options *o, const char *kind)
{
  for (int k = 1; k < o->nsigma; k++)
    if (strcmp(o->sigma[k].kind, kind) == 0) return &o->sigma[k];
  return &o->sigma[0];
}

/* One weighted equation from `row`, appended to a */
static void append(double *a, int *count, int n, const double *row, double value, double sigma)
{
  double *to = a + (size_t)(*count)++ * (n + 1);
  for (int s = 0; s < n; s++) to[s] = row[s] / sigma;
  to[n] = value / sigma;
}

/* Rows of gap_design to weighted equations; returns their number. The virial is symmetric: six. */
static int weigh(const gap_draft *d, const extxyz_frame *f, const gap_sigma *s, int n, double *row,
                 double *a)
{
  const size_t width = (size_t)n;
  const double root = sqrt(f->n);
  int count = 0;
  if (f->has_energy && s->energy > 0.0) {
    double e = f->energy;
    for (int i = 0; i < f->n; i++) e -= d->e0[f->z[i]];
    append(a, &count, n, row, e, s->energy * root);
  }
  if (f->has_virial && s->virial > 0.0)
    for (int p = 0; p < 3; p++)
      for (int q = p; q < 3; q++) {
        double *one = row + (1 + 3 * p + q) * width, *two = row + (1 + 3 * q + p) * width;
        for (int k = 0; k < n; k++) one[k] = 0.5 * (one[k] + two[k]);
        append(a, &count, n, one, f->virial[3 * p + q], s->virial * root);
      }
  if (f->force && s->force > 0.0)
    for (int i = 0; i < f->n; i++)
      for (int k = 0; k < 3; k++)
        append(a, &count, n, row + (GAP_ROW_FORCE + 3 * (size_t)i + k) * width, f->force[i][k],
               s->force);
  return count;
}

static polar_code add_frame(const gap_draft *d, gap_design *g, const extxyz_frame *f,
                            const gap_sigma *s, double *row, double *a, gap_qr *q,
                            gap_fit_summary *summary, polar_status *st)
{
  gap_images *images = NULL;
  polar_code code =
      gap_images_create(f->n, f->z, (const double(*)[3])f->x, (const double(*)[3])f->cell, f->pbc,
                        gap_design_cutoff(g), &images, st);
  if (!code) code = gap_design_rows(g, images, (size_t)q->n, row, st);
  gap_images_free(images);
  if (code) return code;
  const int count = weigh(d, f, s, q->n, row, a);
  summary->equations += count;
  return gap_qr_add(q, count, a, st);
}

/* ------------------------------------------------------------------------------------ solve --- */

static polar_code check(const gap_draft *d, int nframe, const extxyz_frame *frame,
                        const gap_fit_options *o, int *atoms, polar_status *st)
{
  int some = 0;
  *atoms = 0;
  for (int k = 0; k < nframe; k++) {
    const gap_sigma *s = sigma_of(o, frame[k].kind);
    if (frame[k].n > *atoms) *atoms = frame[k].n;
    some |= (frame[k].has_energy && s->energy > 0.0) || (frame[k].force && s->force > 0.0) ||
            (frame[k].has_virial && s->virial > 0.0);
  }
  for (int t = 0; t < d->nterm; t++)
    if (!d->term[t].x)
      return polar_fail(st, POLAR_ARGUMENT, "term %d has no sparse points yet", t + 1);
  if (!some)
    return polar_fail(st, POLAR_MODEL,
                      "the %d configurations hold no energy, force or virial that is to be fitted: "
                      "check the names of the quantities and their sigmas",
                      nframe);
  return POLAR_OK;
}

polar_code gap_fit_solve(gap_draft *d, int nframe, const extxyz_frame *frame,
                         const gap_fit_options *o, gap_fit_summary *summary, polar_status *st)
{
  gap_design *g = NULL;
  gap_qr q = {0};
  double *row = NULL, *a = NULL, *x = NULL;
  int atoms;
  *summary = (gap_fit_summary){0};
  polar_code code = check(d, nframe, frame, o, &atoms, st);
  if (!code) code = gap_design_create(d, &g, st);
  const int n = code ? 0 : gap_design_size(g);
  if (!code) code = gap_qr_create(&q, n, st);
  if (!code) {
    const size_t rows = GAP_ROW_FORCE + 3 * (size_t)atoms;
    row = malloc(rows * (n + 1) * sizeof *row);
    a = malloc(rows * (n + 1) * sizeof *a);
    x = calloc(n, sizeof *x);
    if (!row || !a || !x) code = polar_fail_memory(st, "computing the design matrix");
  }
  if (!code) code = regularize(d, g, o->jitter, &q, st);
  for (int k = 0; k < nframe && !code; k++) {
    code = add_frame(d, g, &frame[k], sigma_of(o, frame[k].kind), row, a, &q, summary, st);
    if (code && st) { /* say where */
      char text[sizeof st->text];
      memcpy(text, st->text, sizeof text);
      polar_fail(st, code, "configuration %d (line %d): %.900s", k + 1, frame[k].line, text);
    }
    if (o->say && !code && (k + 1) * 20L / nframe != k * 20L / nframe) {
      char text[100];
      snprintf(text, sizeof text, "%d of %d configurations, %ld equations", k + 1, nframe,
               summary->equations);
      o->say(o->context, text);
    }
  }
  if (!code) code = gap_qr_solve(&q, x, st);
  for (int t = 0, s = 0; t < d->nterm && !code; s += d->term[t++].nsparse)
    memcpy(d->term[t].alpha, x + s, (size_t)d->term[t].nsparse * sizeof *x);
  summary->unknowns = n;
  summary->residual = q.residual;
  gap_qr_clear(&q);
  gap_design_free(g);
  free(row);
  free(a);
  free(x);
  return code;
}
