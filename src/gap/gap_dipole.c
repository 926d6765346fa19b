#include "gap/gap_dipole.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gap/gap_expand.h"
#include "gap/gap_vector.h"

#define BATCH 64 /* atoms per matrix product; a row holds all products of coefficients */

struct gap_dipole_work {
  gap_soap_work *soap;
  int capacity, *select;                            /* centres of one element */
  double *c, *d;                                    /* [BATCH][nlm][n], [BATCH][3][lmax^2][n] */
  double *p0, *g0;                                  /* [BATCH][dim], [3][BATCH][dim] */
  double *p1, *w;                                   /* [3][BATCH][nvector], [BATCH][nvector] */
  double *k, *power, *u;                            /* [BATCH][nsparse]; u: [3][BATCH][nsparse] */
  double *y, *turned;                               /* [lmax^2][n] each */
  double *adjoint, *adjoint0, *back;                /* [nlm][n], [nlm][n], [3][lmax^2][n] */
  double norm0[BATCH], norm[BATCH], t[BATCH][3][3]; /* t: T_ab before division */
  size_t bytes;
};

/* ------------------------------------------------------------------------------- allocation --- */

polar_code gap_dipole_prepare(gap_dipole *d, polar_status *st)
{
  gap_soap *s = &d->density;
  polar_code code = gap_soap_allocate(s, st);
  if (code) return code;
  const int n = s->nchannel;
  d->nvector = s->lmax * n * n;
  for (int a = 0; a < 3; a++) {
    d->ncoupling[a] = gap_vector_couplings(s->lmax, a, NULL);
    d->coupling[a] = calloc(d->ncoupling[a], sizeof *d->coupling[a]);
    if (!d->coupling[a]) return polar_fail_memory(st, "preparing a dipole model");
    gap_vector_couplings(s->lmax, a, d->coupling[a]);
  }
  s->centre_species = -1;
  s->normalise = d->norm != GAP_NORM_NONE;
  if (d->zeta == 1) return POLAR_OK;
  s->nfeature = s->dim = n * (n + 1) / 2 * (s->lmax + 1);
  s->gram = calloc(s->nfeature, sizeof *s->gram);
  s->weight = calloc(s->nfeature, sizeof *s->weight);
  if (!s->gram || !s->weight) return polar_fail_memory(st, "preparing a dipole model");
  for (int i = 0, q = 0; i < n; i++)
    for (int j = 0; j <= i; j++)
      for (int l = 0; l <= s->lmax; l++, q++) {
        s->gram[q] = (l * n + i) * n + j;
        s->weight[q] = sqrt((i == j ? 1.0 : 2.0) / (2 * l + 1));
      }
  return POLAR_OK;
}

void gap_dipole_free(gap_dipole *d)
{
  if (!d) return;
  gap_soap_clear(&d->density);
  for (int a = 0; a < 3; a++) free(d->coupling[a]);
  for (int k = 0; d->centre && k < d->ncentre; k++) {
    free(d->centre[k].x0);
    free(d->centre[k].v);
  }
  free(d->centre);
  free(d);
}

size_t gap_dipole_bytes(const gap_dipole *d)
{
  size_t bytes = sizeof *d;
  for (int k = 0; k < d->ncentre; k++)
    bytes += (size_t)d->centre[k].nsparse * ((size_t)d->density.dim + d->nvector) * sizeof(double);
  const gap_table *t = d->density.radial ? d->density.radial[0].table : NULL;
  for (int q = 0; t && q < t->nsegment; q++)
    bytes += (size_t)t->segment[q].nnode * 3 * t->width * sizeof(double);
  return bytes;
}

static double *take(gap_dipole_work *w, size_t count)
{
  /* whole cache lines, so that rows of vectors are aligned alike */
  const size_t bytes = (count * sizeof(double) + 127) / 64 * 64;
  double *a = aligned_alloc(64, bytes);
  if (a) memset(a, 0, bytes);
  w->bytes += bytes;
  return a;
}

polar_code gap_dipole_work_create(const gap_dipole *d, gap_dipole_work **out, polar_status *st)
{
  const gap_soap *s = &d->density;
  const size_t n = s->nchannel, rows = (size_t)s->lmax * s->lmax, nvector = d->nvector;
  size_t sparse = 0;
  for (int k = 0; k < d->ncentre; k++)
    if (d->zeta > 1 && (size_t)d->centre[k].nsparse > sparse) sparse = d->centre[k].nsparse;
  gap_dipole_work *w = calloc(1, sizeof *w);
  if (!w || gap_soap_work_create(&s, 1, &w->soap, st)) {
    gap_dipole_work_free(w);
    return polar_fail_memory(st, "preparing a dipole model");
  }
  const size_t products = sparse ? BATCH * nvector : 0;
  w->c = take(w, BATCH * s->nlm * n);
  w->d = take(w, BATCH * 3 * rows * n);
  w->p0 = take(w, BATCH * (size_t)s->dim);
  w->g0 = take(w, 3 * BATCH * (size_t)s->dim);
  w->p1 = take(w, 3 * products);
  w->w = take(w, products);
  w->k = take(w, BATCH * sparse);
  w->power = take(w, BATCH * sparse);
  w->u = take(w, 3 * BATCH * sparse);
  w->y = take(w, rows * n);
  w->turned = take(w, rows * n);
  w->adjoint = take(w, s->nlm * n);
  w->adjoint0 = take(w, s->nlm * n);
  w->back = take(w, 3 * rows * n);
  if (!w->c || !w->d || !w->p0 || !w->g0 || !w->p1 || !w->w || !w->k || !w->power || !w->u ||
      !w->y || !w->turned || !w->adjoint || !w->adjoint0 || !w->back) {
    gap_dipole_work_free(w);
    return polar_fail_memory(st, "preparing a dipole model");
  }
  *out = w;
  return POLAR_OK;
}

void gap_dipole_work_free(gap_dipole_work *w)
{
  if (!w) return;
  double *const all[] = {w->c,     w->d, w->p0, w->g0,     w->p1,      w->w,        w->k,
                         w->power, w->u, w->y,  w->turned, w->adjoint, w->adjoint0, w->back};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
  gap_soap_work_free(w->soap);
  free(w->select);
  free(w);
}

size_t gap_dipole_work_bytes(const gap_dipole_work *w)
{
  return w ? sizeof *w + w->bytes + gap_soap_work_bytes(w->soap) +
                 (size_t)w->capacity * sizeof *w->select
           : 0;
}

/* ---------------------------------------------------------------------------------- forward --- */

typedef struct {
  const gap_dipole *m;
  gap_dipole_work *w;
  const polar_neighbors *list;
  size_t nc, nd; /* numbers per centre in w->c and w->d */
} sweep;

static sweep begin(const gap_dipole *m, gap_dipole_work *w, const polar_neighbors *list)
{
  const size_t n = m->density.nchannel;
  return (sweep){m, w, list, m->density.nlm * n, (size_t)3 * m->density.lmax * m->density.lmax * n};
}

static double square(size_t n, const double *c)
{
  double sum = 0.0;
  for (size_t k = 0; k < n; k++) sum += c[k] * c[k];
  return sum;
}

/* Coefficients, their couplings, norms and p0 of centre i in row b */
static polar_code forward(const sweep *v, int b, int i, polar_status *st)
{
  gap_dipole_work *w = v->w;
  const gap_soap *s = &v->m->density;
  double *c = w->c + b * v->nc, *d = w->d + b * v->nd;
  const double *x = v->list->x[i];
  if (!isfinite(x[0] + x[1] + x[2]))
    return polar_fail(st, POLAR_NUMERIC, "an atom has the position %g %g %g Angstrom", x[0], x[1],
                      x[2]);
  const int near = gap_expand_collect(s, w->soap, v->list, i);
  if (near < 0) return polar_fail_memory(st, "collecting neighbors");
  gap_expand(s, w->soap, v->list, i, near, c);
  gap_vector_rotate(v->m, c, d);
  w->norm0[b] = 1.0;
  if (s->dim) w->norm0[b] = gap_expand_spectrum(s, w->soap, c, w->p0 + (size_t)b * s->dim);
  w->norm[b] = 1.0;
  if (v->m->norm == GAP_NORM_NONE) return POLAR_OK;
  double(*t)[3] = w->t[b], sum = 0.0;
  if (v->m->norm == GAP_NORM_DENSITY) {
    w->norm[b] = square(v->nc, c);
    return POLAR_OK;
  }
  gap_vector_gram(s->lmax, s->nchannel, v->m->norm == GAP_NORM_GRAM, c, d, t);
  for (int a = 0; a < 3; a++)
    for (int k = 0; k < 3; k++) sum += v->m->norm == GAP_NORM_GRAM ? t[a][k] * t[a][k] : t[a][k];
  w->norm[b] = v->m->norm == GAP_NORM_GRAM ? sqrt(sqrt(sum)) : sqrt(sum);
  return POLAR_OK;
}

/* An atom without neighbors, or an environment with inversion symmetry has p1 = 0 and no direction:
 * its dipole is zero, and so the share of the norm's derivative. What is left of p1 by rounding is
 * 1e-16 of |c|^2. */
static int vanishes(const sweep *v, int b)
{
  return v->m->norm != GAP_NORM_NONE && v->w->norm[b] <= 1e-13 * square(v->nc, v->w->c + b * v->nc);
}

/* Vectors W_i of the rows b < nb into w->w for zeta > 1; k and the powers k^(zeta-1) are left */
static void weights(const sweep *v, const gap_dipole_centre *e, int nb)
{
  gap_dipole_work *w = v->w;
  const int dim = v->m->density.dim, nvector = v->m->nvector, ns = e->nsparse;
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, nb, ns, dim, 1.0, w->p0, dim, e->x0, dim,
              0.0, w->k, ns);
  for (size_t q = 0; q < (size_t)nb * ns; q++) {
    double power = w->k[q];
    for (int z = 2; z < v->m->zeta; z++) power *= w->k[q];
    w->power[q] = power;
  }
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, nb, nvector, ns, 1.0, w->power, ns, e->v,
              nvector, 0.0, w->w, nvector);
}

/* --------------------------------------------------------------------------------- backward --- */

/* sum_a f_a d^a of row b */
static void along(const sweep *v, int b, const double f[3], double *out)
{
  const double *d = v->w->d + b * v->nd;
  const size_t one = v->nd / 3;
  for (size_t q = 0; q < one; q++) out[q] = f[0] * d[q] + f[1] * d[one + q] + f[2] * d[2 * one + q];
}

/* d(-E.M)/dp0 of all rows into w->g0 + f BATCH dim:
 * sum_j (zeta-1) k_j^(zeta-2) (-E.p1 . V_j) X0_j */
static void invariant_adjoint(const sweep *v, const gap_dipole_centre *e, int nb, int nfield,
                              const double (*field)[3])
{
  gap_dipole_work *w = v->w;
  const gap_soap *s = &v->m->density;
  const int dim = s->dim, nvector = v->m->nvector, ns = e->nsparse, zeta = v->m->zeta;
  for (int f = 0; f < nfield; f++) {
    double *p1 = w->p1 + (size_t)f * BATCH * nvector, *u = w->u + (size_t)f * BATCH * ns;
    for (int b = 0; b < nb; b++) {
      double to[3];
      for (int a = 0; a < 3; a++) to[a] = vanishes(v, b) ? 0.0 : -field[f][a] / w->norm[b];
      along(v, b, to, w->turned);
      gap_vector_product(s->lmax, s->nchannel, w->c + b * v->nc, w->turned,
                         p1 + (size_t)b * nvector);
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, nb, ns, nvector, 1.0, p1, nvector, e->v,
                nvector, 0.0, u, ns);
    for (size_t q = 0; q < (size_t)nb * ns; q++) {
      double power = zeta - 1.0;
      for (int z = 2; z < zeta; z++) power *= w->k[q];
      u[q] *= power;
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, nb, dim, ns, 1.0, u, ns, e->x0, dim, 0.0,
                w->g0 + (size_t)f * BATCH * dim, dim);
  }
}

/* w->adjoint = d(-E.M_i)/dc of row b. w->y holds y_lm = W_i^T c_lm, and M_i = moment. */
static void adjoint(const sweep *v, int b, const double *weight, const double field[3],
                    const double moment[3])
{
  gap_dipole_work *w = v->w;
  const gap_soap *s = &v->m->density;
  const int n = s->nchannel, lmax = s->lmax;
  const size_t one = v->nd / 3;
  const double *c = w->c + b * v->nc, *d = w->d + b * v->nd, norm = w->norm[b];
  double to[3], energy = 0.0;
  for (int a = 0; a < 3; a++) {
    to[a] = -field[a] / norm;
    energy -= field[a] * moment[a];
  }
  memset(w->adjoint, 0, v->nc * sizeof *w->adjoint);
  along(v, b, to, w->turned);
  gap_vector_weigh_adjoint(lmax, n, w->turned, weight, w->adjoint);
  for (int a = 0; a < 3; a++)
    for (size_t q = 0; q < one; q++) w->back[a * one + q] = to[a] * w->y[q];
  if (v->m->norm == GAP_NORM_DENSITY) /* N = c.c */
    for (size_t q = 0; q < v->nc; q++) w->adjoint[q] -= 2.0 * energy / norm * c[q];
  else if (v->m->norm != GAP_NORM_NONE) {
    /* dN/dT: N = sqrt(tr T), or (sum T_ab^2)^(1/4) */
    double g[3][3] = {{0.0}};
    for (int a = 0; a < 3; a++)
      for (int k = 0; k < 3; k++) {
        if (v->m->norm == GAP_NORM_GRAM) g[a][k] = 0.5 * w->t[b][a][k] / (norm * norm * norm);
        else if (a == k) g[a][k] = 0.5 / norm;
        g[a][k] *= -energy / norm;
      }
    gap_vector_gram_adjoint(lmax, n, c, d, (const double(*)[3])g, w->adjoint, w->back);
  }
  gap_vector_rotate_adjoint(v->m, w->back, w->adjoint);
}

/* --------------------------------------------------------------------------------- evaluate --- */

/* Centres atom[nb] of element e */
static polar_code batch(const sweep *v, const gap_dipole_centre *e, int nb, const int *atom,
                        double m[3], int nfield, const double (*field)[3], gap_result *out,
                        polar_status *st)
{
  gap_dipole_work *w = v->w;
  const gap_soap *s = &v->m->density;
  const int n = s->nchannel, linear = v->m->zeta == 1;
  const size_t one = v->nd / 3;
  for (int b = 0; b < nb; b++) {
    const polar_code code = forward(v, b, atom[b], st);
    if (code) return code;
  }
  if (!linear) {
    weights(v, e, nb);
    invariant_adjoint(v, e, nb, nfield, field);
  }
  for (int b = 0; b < nb; b++) {
    const int i = atom[b];
    const double *weight = linear ? e->v : w->w + (size_t)b * v->m->nvector;
    const double *d = w->d + b * v->nd, *x = v->list->x[i];
    double moment[3] = {0.0, 0.0, 0.0};
    int near = 0;
    if (vanishes(v, b)) continue;
    gap_vector_weigh(s->lmax, n, w->c + b * v->nc, weight, w->y);
    for (int a = 0; a < 3; a++) {
      for (size_t q = 0; q < one; q++) moment[a] += w->y[q] * d[a * one + q];
      moment[a] /= w->norm[b];
      m[a] += moment[a];
    }
    if (!isfinite(moment[0] + moment[1] + moment[2]))
      return polar_fail(st, POLAR_NUMERIC,
                        "the dipole of the atom at %g %g %g Angstrom is not a number: atoms "
                        "coincide, or positions are not numbers",
                        x[0], x[1], x[2]);
    if (nfield) near = gap_expand_collect(s, w->soap, v->list, i);
    for (int f = 0; f < nfield; f++) {
      double energy = 0.0;
      for (int a = 0; a < 3; a++) energy -= field[f][a] * moment[a];
      out[f].energy += energy;
      if (out[f].atom_energy) out[f].atom_energy[i] += energy;
      adjoint(v, b, weight, field[f], moment);
      if (!linear && w->norm0[b] > 0.0) {
        gap_expand_backward(s, w->soap, w->c + b * v->nc, w->p0 + (size_t)b * s->dim, w->norm0[b],
                            w->g0 + ((size_t)f * BATCH + b) * s->dim, w->adjoint0);
        for (size_t q = 0; q < v->nc; q++) w->adjoint[q] += w->adjoint0[q];
      }
      gap_expand_forces(s, w->soap, i, near, w->adjoint, &out[f]);
    }
  }
  return POLAR_OK;
}

polar_code gap_dipole_evaluate(const gap_dipole *d, gap_dipole_work *w, const polar_neighbors *list,
                               double m[3], int nfield, const double (*field)[3], gap_result *out,
                               polar_status *st)
{
  const sweep v = begin(d, w, list);
  if (nfield < 0 || nfield > GAP_DIPOLE_FIELDS)
    return polar_fail(st, POLAR_ARGUMENT, "%d fields, expected 0 to %d", nfield, GAP_DIPOLE_FIELDS);
  if (list->ncentre > w->capacity) {
    int *select = realloc(w->select, (size_t)list->ncentre * sizeof *select);
    if (!select) return polar_fail_memory(st, "collecting atoms");
    w->select = select;
    w->capacity = list->ncentre;
  }
  for (int k = 0; k < d->ncentre; k++) {
    int n = 0;
    for (int c = 0; c < list->ncentre; c++)
      if (list->element[list->type[list->centre[c]]] == d->centre[k].z)
        w->select[n++] = list->centre[c];
    for (int start = 0; start < n; start += BATCH) {
      const polar_code code = batch(&v, &d->centre[k], n - start < BATCH ? n - start : BATCH,
                                    w->select + start, m, nfield, field, out, st);
      if (code) return code;
    }
  }
  return POLAR_OK;
}

polar_code gap_dipole_born(const gap_dipole *d, gap_dipole_work *w, const polar_neighbors *list,
                           double (*born)[9], polar_status *st)
{
  static const double unit[3][3] = {{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}};
  const size_t n = list->natom;
  gap_result out[3];
  double m[3] = {0.0, 0.0, 0.0};
  double(*force)[3] = calloc(3 * n + 1, sizeof *force);
  if (!force) return polar_fail_memory(st, "computing Born effective charges");
  memset(out, 0, sizeof out);
  for (int a = 0; a < 3; a++) out[a].force = force + a * n;
  const polar_code code = gap_dipole_evaluate(d, w, list, m, 3, unit, out, st);
  for (size_t i = 0; i < n && !code; i++)
    for (int a = 0; a < 3; a++)
      for (int b = 0; b < 3; b++) born[i][3 * a + b] += out[a].force[i][b];
  free(force);
  return code;
}

polar_code gap_dipole_features(const gap_dipole *d, gap_dipole_work *w, const polar_neighbors *list,
                               int atom, double *p1, double *p0, polar_status *st)
{
  const sweep v = begin(d, w, list);
  const gap_soap *s = &d->density;
  const polar_code code = forward(&v, 0, atom, st);
  if (code) return code;
  for (int a = 0; a < 3 && p1; a++) {
    double *p = p1 + (size_t)a * d->nvector;
    gap_vector_product(s->lmax, s->nchannel, w->c, w->d + a * v.nd / 3, p);
    for (int q = 0; q < d->nvector; q++) p[q] = vanishes(&v, 0) ? 0.0 : p[q] / w->norm[0];
  }
  if (p0) memcpy(p0, w->p0, (size_t)s->dim * sizeof *p0);
  return POLAR_OK;
}
