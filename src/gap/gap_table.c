#include "gap/gap_table.h"

#include <math.h>
#include <stdlib.h>

#include "base/simd.h"

/* Half distance of the difference stencil: h^8 leaves 1e-19 relative of a Gaussian of 0.3 Angstrom
 * times factors of some hundreds, rounding 1e-19/h^2 */
#define STENCIL 0.004L

#define MAX_NUMBERS 2e7 /* of a table */

static polar_code fill_node(gap_table *t, int segment, double r, double h, double *node,
                            gap_table_function *function, void *context, long double *work,
                            polar_status *st)
{
  /* coefficients of f(x + k s) for k = -4..4 in s f' (odd) and s^2 f'' (even) */
  static const long double first[5] = {0.0L, 4.0L / 5, -1.0L / 5, 4.0L / 105, -1.0L / 280};
  static const long double second[5] = {-205.0L / 72, 8.0L / 5, -1.0L / 5, 8.0L / 315, -1.0L / 560};
  for (int k = -4; k <= 4; k++)
    if (function(context, segment, r + k * STENCIL, work + (size_t)(k + 4) * t->count))
      return polar_fail_memory(st, "tabulating radial functions");
  for (int i = 0; i < t->count; i++) {
    const long double *f = work + i;
    const size_t n = t->count;
    long double d1 = 0.0L, d2 = second[0] * f[4 * n];
    for (int k = 1; k <= 4; k++) {
      d1 += first[k] * (f[(4 + k) * n] - f[(4 - k) * n]);
      d2 += second[k] * (f[(4 + k) * n] + f[(4 - k) * n]);
    }
    node[i] = (double)f[4 * n];
    node[t->width + i] = (double)(d1 / STENCIL * h);
    node[2 * t->width + i] = (double)(d2 / (STENCIL * STENCIL) * h * h);
    if (!isfinite(node[i]) || !isfinite(node[t->width + i]) || !isfinite(node[2 * t->width + i]))
      return polar_fail(st, POLAR_NUMERIC,
                        "radial function %d is not finite at %.4f Angstrom: check the widths and "
                        "cutoffs of the descriptor",
                        i, r);
  }
  return POLAR_OK;
}

polar_code gap_table_create(int count, int nsegment, const double *bound, double spacing,
                            gap_table_function *function, void *context, gap_table **out,
                            polar_status *st)
{
  const double numbers = 3.0 * (count + POLAR_LANES) * (bound[nsegment] - bound[0]) / spacing;
  if (!(numbers < MAX_NUMBERS))
    return polar_fail(
        st, POLAR_NUMERIC,
        "a table of %d radial functions up to %g Angstrom in steps of %g would be too "
        "large: expected a larger width of atoms or a smaller cutoff",
        count, bound[nsegment], spacing);
  polar_code code = POLAR_OK;
  gap_table *t = calloc(1, sizeof *t);
  long double *work = calloc((size_t)9 * count, sizeof *work);
  if (!t || !work) code = polar_fail_memory(st, "tabulating radial functions");
  if (!code) {
    t->count = count;
    t->width = (count + POLAR_LANES - 1) / POLAR_LANES * POLAR_LANES;
    t->nsegment = nsegment;
  }
  for (int s = 0; s < nsegment && !code; s++) {
    gap_segment *g = &t->segment[s];
    g->from = bound[s];
    g->to = bound[s + 1];
    g->nnode = (int)ceil((g->to - g->from) / spacing) + 1;
    if (g->nnode < 2) g->nnode = 2;
    g->h = (g->to - g->from) / (g->nnode - 1);
    g->node = calloc((size_t)g->nnode * 3 * t->width, sizeof *g->node);
    if (!g->node) code = polar_fail_memory(st, "tabulating radial functions");
    for (int k = 0; k < g->nnode && !code; k++)
      code = fill_node(t, s, g->from + k * g->h, g->h, g->node + (size_t)k * 3 * t->width, function,
                       context, work, st);
  }
  free(work);
  if (code) {
    gap_table_free(t);
    return code;
  }
  *out = t;
  return POLAR_OK;
}

void gap_table_free(gap_table *table)
{
  if (!table) return;
  for (int s = 0; s < table->nsegment; s++) free(table->segment[s].node);
  free(table);
}

/* weights of f, h f', h^2 f'' at the left (0-2) and right (3-5) node, and their derivatives */
static void weights(double t, double h, double w[6], double d[6])
{
  const double t2 = t * t, t3 = t2 * t, t4 = t3 * t, t5 = t4 * t;
  w[3] = 10 * t3 - 15 * t4 + 6 * t5;
  w[0] = 1 - w[3];
  w[1] = t - 6 * t3 + 8 * t4 - 3 * t5;
  w[2] = 0.5 * (t2 - 3 * t3 + 3 * t4 - t5);
  w[4] = -4 * t3 + 7 * t4 - 3 * t5;
  w[5] = 0.5 * (t3 - 2 * t4 + t5);
  d[3] = (30 * t2 - 60 * t3 + 30 * t4) / h;
  d[0] = -d[3];
  d[1] = (1 - 18 * t2 + 32 * t3 - 15 * t4) / h;
  d[2] = 0.5 * (2 * t - 9 * t2 + 12 * t3 - 5 * t4) / h;
  d[4] = (-12 * t2 + 28 * t3 - 15 * t4) / h;
  d[5] = 0.5 * (3 * t2 - 8 * t3 + 5 * t4) / h;
}

POLAR_CLONES static void combine(int width, const double *restrict node, const double *restrict w,
                                 double *restrict out)
{
  for (int i = 0; i < width; i += POLAR_LANES)
    for (int k = i; k < i + POLAR_LANES; k++)
      out[k] = w[0] * node[k] + w[1] * node[width + k] + w[2] * node[2 * width + k] +
               w[3] * node[3 * width + k] + w[4] * node[4 * width + k] + w[5] * node[5 * width + k];
}

void gap_table_at(const gap_table *table, double r, double *value, double *slope)
{
  int s = 0;
  while (s < table->nsegment - 1 && r >= table->segment[s].to) s++;
  const gap_segment *g = &table->segment[s];
  double at = (r - g->from) / g->h, w[6], d[6];
  if (!(at > 0.0)) at = 0.0;
  int k = at < g->nnode - 1 ? (int)at : g->nnode - 2;
  if (k > g->nnode - 2) k = g->nnode - 2;
  const double t = at - k < 1.0 ? at - k : 1.0;
  weights(t, g->h, w, d);
  const double *node = g->node + (size_t)k * 3 * table->width;
  combine(table->width, node, w, value);
  if (slope) combine(table->width, node, d, slope);
}
