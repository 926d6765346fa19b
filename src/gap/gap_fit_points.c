#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gap/gap_fit.h"
#include "gap/gap_images.h"
#include "gap/gap_select.h"

/* Descriptors among which sparse points are chosen: at most this many numbers (0.8 GB) */
#define MAX_NUMBERS 100000000L

void gap_fit_elements(int nframe, const extxyz_frame *frame, char *element)
{
  memset(element, 0, POLAR_MAX_Z + 1);
  for (int k = 0; k < nframe; k++)
    for (int i = 0; i < frame[k].n; i++) element[frame[k].z[i]] = 1;
}

static void say(const gap_fit_options *o, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(const gap_fit_options *o, const char *format, ...)
{
  char text[400];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (o->say) o->say(o->context, text);
}

static polar_code make_images(const extxyz_frame *f, double cutoff, gap_images **out,
                              polar_status *st)
{
  const polar_code code = gap_images_create(f->n, f->z, (const double(*)[3])f->x,
                                            (const double(*)[3])f->cell, f->pbc, cutoff, out, st);
  if (code && st) { /* say where */
    char text[sizeof st->text];
    memcpy(text, st->text, sizeof text);
    polar_fail(st, code, "configuration of line %d: %.900s", f->line, text);
  }
  return code;
}

/* As the numbers in the file will be */
static void round_points(gap_term *t, int decimals)
{
  char text[400];
  for (size_t k = 0; decimals >= 0 && k < (size_t)t->nsparse * t->dim; k++) {
    snprintf(text, sizeof text, "%.*f", decimals, t->x[k]);
    t->x[k] = strtod(text, NULL);
  }
}

static polar_code allocate_points(gap_term *t, int n, polar_status *st)
{
  t->nsparse = n;
  t->x = calloc((size_t)n * t->dim, sizeof *t->x);
  t->alpha = calloc(n, sizeof *t->alpha);
  return t->x && t->alpha ? POLAR_OK : polar_fail_memory(st, "choosing sparse points");
}

/* ------------------------------------------------------------------------------------- soap --- */

static polar_code collect_descriptors(const gap_density *d, int nframe, const extxyz_frame *frame,
                                      long stride, int dim, double *x, polar_status *st)
{
  gap_soap_work *w = NULL;
  const gap_soap *soap = &d->soap;
  polar_code code = gap_soap_work_create(&soap, 1, &w, st);
  long seen = 0;
  for (int k = 0; k < nframe && !code; k++) {
    gap_images *images = NULL;
    code = make_images(&frame[k], soap->cutoff, &images, st);
    for (int i = 0; i < frame[k].n && !code; i++) {
      if (!d->centre[frame[k].z[i]] || seen++ % stride) continue;
      code = gap_soap_descriptor(soap, w, &images->list, i, x, st);
      x += dim;
    }
    gap_images_free(images);
  }
  gap_soap_work_free(w);
  return code;
}

static polar_code soap_points(gap_term *t, const gap_density *d, int nframe,
                              const extxyz_frame *frame, const gap_fit_options *o, polar_status *st)
{
  long count = 0;
  for (int k = 0; k < nframe; k++)
    for (int i = 0; i < frame[k].n; i++) count += d->centre[frame[k].z[i]] != 0;
  if (!count)
    return polar_fail(st, POLAR_MODEL, "no atom of the data is a centre of: %.300s", t->descriptor);
  const long stride = 1 + count * t->dim / MAX_NUMBERS, n = (count + stride - 1) / stride;
  double *x = calloc((size_t)n * t->dim, sizeof *x);
  int *chosen = calloc(t->wanted, sizeof *chosen);
  polar_code code = x && chosen ? POLAR_OK : polar_fail_memory(st, "choosing sparse points");
  if (!code) code = collect_descriptors(d, nframe, frame, stride, t->dim, x, st);
  /* points closer than rounding tells apart would make the kernel matrix singular */
  const int found = code ? 0 : gap_select_farthest((int)n, t->dim, x, t->wanted, 1e-6, chosen, st);
  if (found < 0) code = POLAR_MEMORY;
  if (!code) code = allocate_points(t, found, st);
  for (int s = 0; s < found && !code; s++)
    memcpy(t->x + (size_t)s * t->dim, x + (size_t)chosen[s] * t->dim, t->dim * sizeof *x);
  if (!code) {
    round_points(t, o->decimals);
    say(o, "%d sparse points of %ld environments%s: %.200s", found, n,
        stride > 1          ? " (a part of them, to limit memory)"
        : found < t->wanted ? " (no more are different)"
                            : "",
        t->descriptor);
  }
  free(x);
  free(chosen);
  return code;
}

/* ------------------------------------------------------------------------------------ pairs --- */

static polar_code pair_points(gap_term *t, const gap_cluster *c, int nframe,
                              const extxyz_frame *frame, const gap_fit_options *o, polar_status *st)
{
  double shortest = c->cutoff;
  polar_code code = POLAR_OK;
  for (int k = 0; k < nframe && !code; k++) {
    gap_images *images = NULL;
    code = make_images(&frame[k], c->cutoff, &images, st);
    for (int i = 0; i < frame[k].n && !code; i++)
      for (int q = 0; q < images->list.count[i]; q++) {
        const int j = images->list.neighbor[i][q], zi = frame[k].z[i], zj = images->type[j];
        if (!(((c->z[0] == zi || !c->z[0]) && (c->z[1] == zj || !c->z[1])) ||
              ((c->z[0] == zj || !c->z[0]) && (c->z[1] == zi || !c->z[1]))))
          continue;
        double square = 0.0;
        for (int a = 0; a < 3; a++) {
          const double d = images->x[j][a] - images->x[i][a];
          square += d * d;
        }
        if (sqrt(square) < shortest) shortest = sqrt(square);
      }
    gap_images_free(images);
  }
  if (!code && shortest >= c->cutoff)
    return polar_fail(st, POLAR_MODEL, "the data hold no pair of: %.300s", t->descriptor);
  if (!code) code = allocate_points(t, t->wanted, st);
  for (int s = 0; s < t->wanted && !code; s++)
    t->x[s] = shortest + (c->cutoff - shortest) * s / (t->wanted > 1 ? t->wanted - 1 : 1);
  if (!code) {
    round_points(t, o->decimals);
    say(o, "%d sparse points from %.3f to %.3f Angstrom: %.200s", t->nsparse, shortest, c->cutoff,
        t->descriptor);
  }
  return code;
}

/* --------------------------------------------------------------------------- isolated atoms --- */

static polar_code set_e0(gap_draft *d, int nframe, const extxyz_frame *frame,
                         const gap_fit_options *o, polar_status *st)
{
  double sum = 0.0;
  long atoms = 0;
  char found[POLAR_MAX_Z + 1] = {0};
  if (o->e0_method == GAP_E0_GIVEN) return POLAR_OK;
  for (int k = 0; k < nframe; k++) {
    if (!frame[k].has_energy) continue;
    sum += frame[k].energy;
    atoms += frame[k].n;
    if (frame[k].n == 1) {
      d->e0[frame[k].z[0]] = frame[k].energy;
      found[frame[k].z[0]] = 1;
    }
  }
  for (int z = 1; z <= POLAR_MAX_Z; z++) {
    if (!d->element[z]) continue;
    if (o->e0_method == GAP_E0_AVERAGE && atoms) d->e0[z] = sum / (double)atoms;
    else if (!found[z])
      return polar_fail(st, POLAR_MODEL,
                        "e0_method=isolated, but no configuration is a single atom of %s with an "
                        "energy: add it, or give e0={%s:ENERGY:...} or e0_method=average",
                        polar_element_symbol(z), polar_element_symbol(z));
  }
  return POLAR_OK;
}

polar_code gap_fit_prepare(gap_draft *d, int nframe, const extxyz_frame *frame,
                           const gap_fit_options *o, polar_status *st)
{
  gap_model *m = NULL;
  polar_code code = set_e0(d, nframe, frame, o, st);
  if (!code) code = gap_draft_model(d, &m, st);
  for (int t = 0; t < d->nterm && !code; t++) {
    gap_term *term = &d->term[t];
    code = term->soap ? soap_points(term, &m->density[term->place], nframe, frame, o, st)
                      : pair_points(term, &m->cluster[term->place], nframe, frame, o, st);
  }
  gap_free(m);
  return code;
}
