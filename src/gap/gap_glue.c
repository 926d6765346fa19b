#include "gap/gap_glue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/text.h"

#define MAX_TYPES 100
#define MAX_KNOTS 100000

/* ----------------------------------------------------------------------------------- splines ---
 */

static void spline_clear(gap_spline *s)
{
  free(s->x);
  free(s->y);
  free(s->curvature);
}

/* Second derivatives at the knots; an end slope above 0.99e30 asks for y'' = 0 there. */
static polar_code spline_solve(gap_spline *s, double first, double last, polar_status *st)
{
  const int n = s->n;
  double *u = calloc(n, sizeof *u);
  s->curvature = calloc(n, sizeof *s->curvature);
  if (!u || !s->curvature) {
    free(u);
    return polar_fail_memory(st, "solving a spline");
  }
  /* rows h_(k-1) y''_(k-1) + 2 (h_(k-1)+h_k) y''_k + h_k y''_(k+1) = 6 (d_k - d_(k-1)), by
   * elimination; u: the right side, curvature: the upper diagonal until the way back */
  double *upper = s->curvature;
  for (int k = 0; k < n; k++) {
    const double h0 = k ? s->x[k] - s->x[k - 1] : 0.0, h1 = k < n - 1 ? s->x[k + 1] - s->x[k] : 0.0;
    const double d0 = k ? (s->y[k] - s->y[k - 1]) / h0 : first;
    const double d1 = k < n - 1 ? (s->y[k + 1] - s->y[k]) / h1 : last;
    double diagonal = 2.0 * (h0 + h1), right = 6.0 * (d1 - d0), up = h1, down = h0;
    if ((k == 0 && first > 0.99e30) || (k == n - 1 && last > 0.99e30)) {
      diagonal = 1.0;
      right = up = down = 0.0;
    }
    if (k) {
      diagonal -= down * upper[k - 1];
      right -= down * u[k - 1];
    }
    upper[k] = up / diagonal;
    u[k] = right / diagonal;
  }
  s->curvature[n - 1] = u[n - 1];
  for (int k = n - 2; k >= 0; k--) s->curvature[k] = u[k] - upper[k] * s->curvature[k + 1];
  free(u);
  return POLAR_OK;
}

/* The cubic of the interval at hand, the end ones continued */
static double spline_at(const gap_spline *s, double x, double *slope)
{
  int lo = 0, hi = s->n - 1;
  while (hi - lo > 1) {
    const int middle = (lo + hi) / 2;
    if (x < s->x[middle]) hi = middle;
    else lo = middle;
  }
  const double h = s->x[hi] - s->x[lo], a = (s->x[hi] - x) / h, b = 1.0 - a;
  const double ca = s->curvature[lo] * h * h / 6.0, cb = s->curvature[hi] * h * h / 6.0;
  *slope = (s->y[hi] - s->y[lo] - (3.0 * a * a - 1.0) * ca + (3.0 * b * b - 1.0) * cb) / h;
  return a * s->y[lo] + b * s->y[hi] + (a * a * a - a) * ca + (b * b * b - b) * cb;
}

static double embedding_at(const gap_spline *s, double x, double *slope)
{
  const double inside = fmin(fmax(x, s->x[0]), s->x[s->n - 1]);
  const double y = spline_at(s, inside, slope);
  return y + *slope * (x - inside); /* linear outside */
}

/* ----------------------------------------------------------------------------------- reading ---
 */

/* <point xname="" yname=""/> of a list, at least two, x ascending */
static polar_code read_points(const xml_node *node, const char *xname, const char *yname,
                              gap_spline *s, polar_status *st)
{
  int count = 0;
  polar_code code = xml_attribute_int(node, "num_points", 2, MAX_KNOTS, &count, st);
  if (code) return code;
  const int found = xml_count(node, "point");
  if (found != count)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "found %d points in <%s>, expected num_points = %d", found, node->name,
                         count);
  s->n = count;
  s->x = calloc(count, sizeof *s->x);
  s->y = calloc(count, sizeof *s->y);
  if (!s->x || !s->y) return polar_fail_memory(st, "reading the Glue core potential");
  const xml_node *p = xml_find(node->child, "point");
  for (int k = 0; k < count; k++, p = xml_find(p->next, "point")) {
    if ((code = xml_attribute_double(p, xname, &s->x[k], st)) ||
        (code = xml_attribute_double(p, yname, &s->y[k], st)))
      return code;
    if (k && !(s->x[k] > s->x[k - 1]))
      return polar_fail_at(st, POLAR_MODEL, p->file, p->line,
                           "%s = %g follows %g, expected ascending values", xname, s->x[k],
                           s->x[k - 1]);
  }
  return POLAR_OK;
}

static polar_code end_slopes(const xml_node *node, double missing, double slope[2],
                             polar_status *st)
{
  static const char *const name[2] = {"y1", "yn"};
  static const char *const other[2] = {"density_y1", "density_yn"};
  for (int k = 0; k < 2; k++) {
    double unused = 0.0;
    polar_code code = POLAR_OK;
    slope[k] = missing;
    if (xml_value(node, name[k])) code = xml_attribute_double(node, name[k], &slope[k], st);
    if (!code && xml_value(node, other[k]))
      code = xml_attribute_double(node, other[k], &unused, st);
    if (code) return code;
    if (unused != 0.0)
      return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                           "%s=\"%g\" of <%s> is not supported, expected %s for its end slope",
                           other[k], unused, node->name, name[k]);
  }
  return POLAR_OK;
}

static polar_code read_type(const xml_node *node, gap_glue *g, int *z_of, polar_status *st)
{
  int z = 0, t = 0;
  polar_code code;
  const xml_node *density, *embedding;
  if ((code = xml_attribute_int(node, "atomic_num", 1, POLAR_MAX_Z, &z, st)) ||
      (code = xml_attribute_int(node, "type", 1, g->ntype, &t, st)) ||
      (code = xml_one_child(node, "density", &density, st)) ||
      (code = xml_one_child(node, "potential_density", &embedding, st)))
    return code;
  t--;
  if (z_of[t] || g->type[z] >= 0)
    return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                         "type %d or atomic_num %d appears twice", t + 1, z);
  z_of[t] = z;
  g->type[z] = t;
  const char *spline = xml_value(density, "do_spline");
  if (spline && strchr("Tt1", spline[0]))
    return polar_fail_at(st, POLAR_MODEL, density->file, density->line,
                         "do_spline=\"%.20s\" of <density> is not supported", spline);
  gap_spline knots = {0};
  code = read_points(density, "a", "rho", &knots, st);
  if (!code) {
    /* least squares for c in rho(r) = c (reach - r)^3 */
    double above = 0.0, below = 0.0;
    g->reach[t] = knots.x[knots.n - 1];
    for (int k = 0; k < knots.n; k++) {
      const double d = g->reach[t] - knots.x[k], cube = d * d * d;
      above += knots.y[k] * cube;
      below += cube * cube;
    }
    g->strength[t] = above / below;
  }
  spline_clear(&knots);
  if (code || (code = read_points(embedding, "rho", "E", &g->embedding[t], st))) return code;
  double slope[2];
  if ((code = end_slopes(embedding, 2e30, slope, st))) return code;
  if (g->reach[t] > g->cutoff) g->cutoff = g->reach[t];
  return spline_solve(&g->embedding[t], slope[0], slope[1], st);
}

static polar_code read_pair(const xml_node *node, gap_glue *g, polar_status *st)
{
  int t[2] = {0, 0};
  double slope[2];
  polar_code code;
  const xml_node *potential;
  if ((code = xml_attribute_int(node, "type1", 1, g->ntype, &t[0], st)) ||
      (code = xml_attribute_int(node, "type2", 1, g->ntype, &t[1], st)) ||
      (code = xml_one_child(node, "potential_pair", &potential, st)))
    return code;
  for (int k = 0; k < (t[0] == t[1] ? 1 : 2); k++) {
    gap_spline *s = &g->pair[(t[k] - 1) * g->ntype + t[1 - k] - 1];
    if (s->n)
      return polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                           "second <per_pair_data> of types %d and %d", t[0], t[1]);
    if ((code = read_points(potential, "r", "E", s, st)) ||
        (code = end_slopes(potential, 0.0, slope, st)) ||
        (code = spline_solve(s, slope[0], slope[1], st)))
      return code;
    if (s->x[s->n - 1] > g->cutoff) g->cutoff = s->x[s->n - 1];
  }
  return POLAR_OK;
}

polar_code gap_glue_read(const xml_node *node, gap_glue **out, polar_status *st)
{
  int ntype = 0, z_of[MAX_TYPES] = {0};
  polar_code code = xml_attribute_int(node, "n_types", 1, MAX_TYPES, &ntype, st);
  if (code) return code;
  gap_glue *g = calloc(1, sizeof *g);
  if (!g) return polar_fail_memory(st, "reading the Glue core potential");
  g->ntype = ntype;
  for (int z = 0; z <= POLAR_MAX_Z; z++) g->type[z] = -1;
  g->reach = calloc(ntype, sizeof *g->reach);
  g->strength = calloc(ntype, sizeof *g->strength);
  g->embedding = calloc(ntype, sizeof *g->embedding);
  g->pair = calloc((size_t)ntype * ntype, sizeof *g->pair);
  if (!g->reach || !g->strength || !g->embedding || !g->pair)
    code = polar_fail_memory(st, "reading the Glue core potential");
  for (const xml_node *c = node->child; c && !code; c = c->next) {
    if (xml_is(c, "per_type_data")) code = read_type(c, g, z_of, st);
    else if (xml_is(c, "per_pair_data")) code = read_pair(c, g, st);
    else
      code = polar_fail_at(st, POLAR_MODEL, c->file, c->line,
                           "unknown element <%.60s> in <Glue_params>; known: per_type_data, "
                           "per_pair_data",
                           c->name);
  }
  for (int t = 0; t < ntype && !code; t++)
    if (!z_of[t])
      code = polar_fail_at(st, POLAR_MODEL, node->file, node->line,
                           "type %d of %d has no <per_type_data>", t + 1, ntype);
  if (code) {
    gap_glue_free(g);
    return code;
  }
  *out = g;
  return POLAR_OK;
}

void gap_glue_free(gap_glue *g)
{
  if (!g) return;
  for (int t = 0; g->embedding && t < g->ntype; t++) spline_clear(&g->embedding[t]);
  for (int t = 0; g->pair && t < g->ntype * g->ntype; t++) spline_clear(&g->pair[t]);
  free(g->reach);
  free(g->strength);
  free(g->embedding);
  free(g->pair);
  free(g);
}

/* ------------------------------------------------------------------------------------ energy ---
 */

static double density(const gap_glue *g, const gap_near *b, double *slope)
{
  const int t = g->type[b->z];
  *slope = 0.0;
  if (t < 0 || b->r >= g->reach[t]) return 0.0;
  const double d = g->reach[t] - b->r;
  *slope = -3.0 * g->strength[t] * d * d;
  return g->strength[t] * d * d * d;
}

void gap_glue_energy(const gap_glue *g, int i, int z, int n, const gap_near *near, gap_result *out)
{
  const int t = g->type[z];
  if (t < 0) return;
  double rho = 0.0, slope, dembed;
  for (int k = 0; k < n; k++) rho += density(g, &near[k], &slope);
  double e = embedding_at(&g->embedding[t], rho, &dembed);
  for (int k = 0; k < n; k++) {
    const gap_near *b = &near[k];
    double de = 0.0, dv;
    const int other = g->type[b->z];
    if (other < 0) continue;
    const gap_spline *v = &g->pair[t * g->ntype + other];
    if (v->n && b->r < v->x[v->n - 1]) {
      e += 0.5 * spline_at(v, b->r, &dv);
      de += 0.5 * dv;
    }
    density(g, b, &slope);
    de += dembed * slope;
    if (de == 0.0) continue;
    double f[3];
    for (int a = 0; a < 3; a++) f[a] = -de * b->d[a] / b->r;
    gap_result_force(out, i, b->atom, b->d, f);
  }
  out->energy += e;
  if (out->atom_energy) out->atom_energy[i] += e;
}
