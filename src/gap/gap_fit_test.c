#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mat3.h"
#include "base/units.h"
#include "gap/gap_fit.h"
#include "gap/gap_images.h"

/* Sums for a root mean square, a spread about the mean and a largest error */
typedef struct {
  long n;
  double square, worst, sum, sum_square;
} tally;

static void count(tally *t, double predicted, double value, double scale)
{
  const double d = (predicted - value) * scale;
  t->n++;
  t->square += d * d;
  if (!(fabs(d) <= t->worst)) t->worst = fabs(d);
  t->sum += value * scale;
  t->sum_square += value * scale * value * scale;
}

static double rms(const tally *t)
{
  return t->n ? sqrt(t->square / (double)t->n) : 0.0;
}

static double spread(const tally *t)
{
  const double n = (double)t->n;
  return t->n ? sqrt(fmax(0.0, t->sum_square / n - t->sum / n * t->sum / n)) : 0.0;
}

static polar_code predict(const gap_model *m, gap_work *w, const extxyz_frame *f,
                          double (*force)[3], gap_result *out, polar_status *st)
{
  gap_images *images = NULL;
  polar_code code = gap_images_create(f->n, f->z, (const double(*)[3])f->x,
                                      (const double(*)[3])f->cell, f->pbc, m->cutoff, &images, st);
  if (code) return code;
  double(*all)[3] = calloc(images->list.natom, sizeof *all);
  *out = (gap_result){.force = all};
  code =
      all ? gap_energy(m, w, &images->list, out, st) : polar_fail_memory(st, "testing the model");
  memset(force, 0, (size_t)f->n * sizeof *force);
  for (int j = 0; j < images->list.natom && !code; j++)
    for (int a = 0; a < 3; a++) force[images->owner[j]][a] += all[j][a];
  out->force = force;
  free(all);
  gap_images_free(images);
  return code;
}

polar_code gap_fit_test(const gap_model *model, int nframe, const extxyz_frame *frame,
                        const char *kind, gap_fit_errors *out, polar_status *st)
{
  tally energy = {0}, force = {0}, virial = {0}, stress = {0};
  gap_work *w = NULL;
  double(*f)[3] = NULL;
  int most = 1;
  polar_code code = gap_work_create(model, &w, st);
  for (int k = 0; k < nframe; k++)
    if (frame[k].n > most) most = frame[k].n;
  if (!code && !(f = calloc(most, sizeof *f))) code = polar_fail_memory(st, "testing the model");
  for (int k = 0; k < nframe && !code; k++) {
    const extxyz_frame *c = &frame[k];
    gap_result r;
    if (kind && strcmp(kind, c->kind) != 0) continue;
    if ((code = predict(model, w, c, f, &r, st))) break;
    const double volume = fabs(mat3_det((const double(*)[3])c->cell));
    if (c->has_energy) count(&energy, r.energy, c->energy, 1.0 / c->n);
    for (int i = 0; c->force && i < c->n; i++)
      for (int a = 0; a < 3; a++) count(&force, f[i][a], c->force[i][a], 1.0);
    for (int p = 0; c->has_virial && p < 3; p++)
      for (int q = p; q < 3; q++) {
        const double v = 0.5 * (r.virial[3 * p + q] + r.virial[3 * q + p]);
        count(&virial, v, c->virial[3 * p + q], 1.0 / c->n);
        if (volume > 0.0) count(&stress, v, c->virial[3 * p + q], POLAR_EV_PER_A3_IN_GPA / volume);
      }
  }
  gap_work_free(w);
  free(f);
  *out = (gap_fit_errors){.energies = energy.n,
                          .forces = force.n,
                          .virials = virial.n,
                          .energy = rms(&energy),
                          .force = rms(&force),
                          .virial = rms(&virial),
                          .stress = rms(&stress),
                          .worst_energy = energy.worst,
                          .worst_force = force.worst,
                          .worst_stress = stress.worst,
                          .spread_energy = spread(&energy),
                          .spread_force = spread(&force),
                          .spread_stress = spread(&stress)};
  return code;
}
