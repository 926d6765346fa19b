#include "gap/gap_soap.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/simd.h"
#include "base/units.h"
#include "gap/gap_expand.h"

/* Atoms per matrix product: enough for the product to run at full speed, few enough for power
 * spectra and their derivatives to stay in cache */
#define BATCH 128

typedef struct {
  int atom, species;
  double r, u[3];
} neighbor;

struct gap_soap_work {
  int capacity; /* of near */
  neighbor *near;
  double *value, *slope; /* [widest table] */
  double *y, *dy;        /* [nlm], [3][nlm] */
  double *c;             /* [BATCH][nlm][nchannel] expansion coefficients */
  double *adjoint;       /* [nlm][nchannel] dE/dc */
  double *gram, *dgram;  /* [lmax+1][nchannel][nchannel] */
  double *self;   /* the same: products of neighbors with themselves, of the centre at hand */
  double *p, *g;  /* [BATCH][dim] power spectra; dE/dp */
  double *norm;   /* [BATCH][2] of two-body elements and power spectra */
  double *kernel; /* [BATCH][nsparse] */
  double *dot;    /* the same for variances; NULL until wanted */
  size_t most_sparse, bytes;
};

/* ------------------------------------------------------------------------------- allocation --- */

polar_code gap_soap_allocate(gap_soap *s, polar_status *st)
{
  s->nlm = (s->lmax + 1) * (s->lmax + 1);
  s->nchannel = s->first[s->nspecies];
  for (int k = 0; k < s->nspecies; k++)
    if (s->first[k + 1] - s->first[k] > s->widest) s->widest = s->first[k + 1] - s->first[k];
  s->atomic_number = calloc(s->nspecies, sizeof *s->atomic_number);
  s->radial = calloc(s->nspecies, sizeof *s->radial);
  s->centre = calloc(s->nchannel, sizeof *s->centre);
  if (s->density_cutoff == 0.0) {
    s->density_cutoff = s->cutoff;
    s->share[1] = 1.0;
  }
  if (!s->atomic_number || !s->radial || !s->centre)
    return polar_fail_memory(st, "storing a SOAP descriptor");
  harmonics_norm(s->lmax, s->norm);
  return POLAR_OK;
}

void gap_soap_clear(gap_soap *s)
{
  for (int k = 0; s->radial && k < s->nspecies; k++) {
    int shared = 0;
    for (int i = 0; i < k; i++) shared |= s->radial[i].table == s->radial[k].table;
    if (!shared) gap_table_free(s->radial[k].table);
  }
  gap_table_free(s->pair);
  free(s->first);
  free(s->atomic_number);
  free(s->radial);
  free(s->centre);
  free(s->gram);
  free(s->weight);
  free(s->x);
  free(s->alpha);
}

static double *take(gap_soap_work *w, size_t count)
{
  /* whole cache lines, so that rows of vectors are aligned alike */
  const size_t bytes = (count * sizeof(double) + 127) / 64 * 64;
  double *a = aligned_alloc(64, bytes);
  if (a) memset(a, 0, bytes);
  w->bytes += bytes;
  return a;
}

polar_code gap_soap_work_create(const gap_soap *const *s, int n, gap_soap_work **out,
                                polar_status *st)
{
  size_t width = POLAR_LANES, nlm = 1, c = 1, gram = 1, dim = 1, sparse = 1;
  for (int k = 0; k < n; k++) {
    const size_t nc = s[k]->nchannel;
    for (int i = 0; i < s[k]->nspecies; i++)
      if ((size_t)s[k]->radial[i].table->width > width) width = s[k]->radial[i].table->width;
    if (s[k]->pair && (size_t)s[k]->pair->width > width) width = s[k]->pair->width;
    if ((size_t)s[k]->nlm > nlm) nlm = s[k]->nlm;
    if (s[k]->nlm * nc > c) c = s[k]->nlm * nc;
    if ((s[k]->lmax + 1) * nc * nc > gram) gram = (s[k]->lmax + 1) * nc * nc;
    if ((size_t)s[k]->dim > dim) dim = s[k]->dim;
    if ((size_t)s[k]->nsparse > sparse) sparse = s[k]->nsparse;
  }
  gap_soap_work *w = calloc(1, sizeof *w);
  if (!w) return polar_fail_memory(st, "preparing SOAP descriptors");
  w->most_sparse = sparse;
  w->value = take(w, width);
  w->slope = take(w, width);
  w->y = take(w, nlm);
  w->dy = take(w, 3 * nlm);
  w->c = take(w, BATCH * c);
  w->adjoint = take(w, c);
  w->gram = take(w, gram);
  w->dgram = take(w, gram);
  w->self = take(w, gram);
  w->p = take(w, BATCH * dim);
  w->g = take(w, BATCH * dim);
  w->norm = take(w, 2 * BATCH);
  w->kernel = take(w, BATCH * sparse);
  if (!w->value || !w->slope || !w->y || !w->dy || !w->c || !w->adjoint || !w->gram || !w->dgram ||
      !w->self || !w->p || !w->g || !w->norm || !w->kernel) {
    gap_soap_work_free(w);
    return polar_fail_memory(st, "preparing SOAP descriptors");
  }
  *out = w;
  return POLAR_OK;
}

void gap_soap_work_free(gap_soap_work *w)
{
  if (!w) return;
  double *const all[] = {w->value, w->slope, w->y, w->dy, w->c,    w->adjoint, w->gram,
                         w->dgram, w->self,  w->p, w->g,  w->norm, w->kernel,  w->dot};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
  free(w->near);
  free(w);
}

size_t gap_soap_work_bytes(const gap_soap_work *w)
{
  return w ? w->bytes + (size_t)w->capacity * sizeof *w->near : 0;
}

/* --------------------------------------------------------------------------------- expansion ---
 */

/* Atoms that the descriptor of centre i sees; returns their number or -1 if out of memory. */
static int collect(const gap_soap *s, gap_soap_work *w, const polar_neighbors *list, int i)
{
  const double limit = s->cutoff * s->cutoff, *xi = list->x[i];
  if (list->count[i] > w->capacity) {
    const int capacity = list->count[i] + list->count[i] / 4;
    neighbor *near = realloc(w->near, (size_t)capacity * sizeof *near);
    if (!near) return -1;
    w->near = near;
    w->capacity = capacity;
  }
  int n = 0;
  for (int k = 0; k < list->count[i]; k++) {
    const int j = list->neighbor[i][k] & list->mask;
    const double *xj = list->x[j];
    const double d[3] = {xj[0] - xi[0], xj[1] - xi[1], xj[2] - xi[2]};
    const double square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
    const int species = s->species[list->element[list->type[j]]];
    if (square >= limit || species < 0) continue;
    neighbor *b = &w->near[n++];
    b->atom = j;
    b->species = species;
    b->r = sqrt(square);
    for (int a = 0; a < 3; a++) b->u[a] = d[a] / b->r;
  }
  return n;
}

/* c_lm,n += y_lm f table_ln */
POLAR_CLONES static void add_density(int lmax, int n, int stride, double f,
                                     const double *restrict table, const double *restrict y,
                                     double *restrict c)
{
  for (int l = 0; l <= lmax; l++)
    for (int m = -l; m <= l; m++) {
      const double a = f * y[l * l + l + m];
      double *restrict row = c + (size_t)(l * l + l + m) * stride;
      for (int k = 0; k < n; k++) row[k] += a * table[l * n + k];
    }
}

/* sum_m y_lm^2 = (2l+1)/(4 pi) */
static double sum_of_squares(int l)
{
  return (2 * l + 1) / (4.0 * POLAR_PI);
}

/* self_l[I][J] += R_lI R_lJ sum_m y_lm^2, the product of a neighbor's share of c with itself */
static void add_self(const gap_soap *s, int first, int width, const double *value, double *self)
{
  for (int l = 0; l <= s->lmax; l++)
    for (int i = 0; i < width; i++) {
      double *row = self + ((size_t)l * s->nchannel + first + i) * s->nchannel + first;
      const double a = sum_of_squares(l) * value[l * width + i];
      for (int j = 0; j < width; j++) row[j] += a * value[l * width + j];
    }
}

/* The two-body elements, and what a soap_23 takes off its power spectrum */
static void expand_pairs(const gap_soap *s, gap_soap_work *w, int n, double *p)
{
  memset(p, 0, (size_t)s->nspecies * s->npair * sizeof *p);
  if (s->remove_self)
    memset(w->self, 0, (size_t)(s->lmax + 1) * s->nchannel * s->nchannel * sizeof *w->self);
  for (int k = 0; k < n; k++) {
    const neighbor *b = &w->near[k];
    if (b->r < s->pair_cutoff) {
      gap_table_at(s->pair, b->r, w->value, NULL);
      for (int q = 0; q < s->npair; q++) p[b->species * s->npair + q] += w->value[q];
    }
    if (s->remove_self && b->r < s->density_cutoff) {
      const int first = s->first[b->species];
      gap_table_at(s->radial[b->species].table, b->r, w->value, NULL);
      add_self(s, first, s->first[b->species + 1] - first, w->value, w->self);
    }
  }
}

/* Expansion coefficients c, and the two-body elements of p */
static void expand(const gap_soap *s, gap_soap_work *w, const polar_neighbors *list, int i, int n,
                   double *c, double *p)
{
  const int element = list->element[list->type[i]];
  memset(c, 0, (size_t)s->nlm * s->nchannel * sizeof *c);
  for (int k = 0; k < s->nspecies; k++) {
    const int mine =
        s->centre_species >= 0
            ? k == s->centre_species
            : s->centre_everywhere || s->atomic_number[k] == element || s->atomic_number[k] == 0;
    for (int q = s->first[k]; mine && q < s->first[k + 1]; q++) c[q] += s->centre[q];
  }
  if (s->npair) expand_pairs(s, w, n, p);
  for (int k = 0; k < n; k++) {
    const neighbor *b = &w->near[k];
    if (b->r >= s->density_cutoff) continue;
    const gap_radial *radial = &s->radial[b->species];
    const int first = s->first[b->species], width = s->first[b->species + 1] - first;
    double slope;
    const double f = gap_radial_factor(radial, b->r, &slope);
    gap_table_at(radial->table, b->r, w->value, NULL);
    harmonics(s->lmax, s->norm, b->u, w->y);
    add_density(s->lmax, width, s->nchannel, f, w->value, w->y, c + first);
  }
}

/* ---------------------------------------------------------------------------- power spectrum ---
 */

/* gram_l[I][J] = sum_m c_lm,I c_lm,J */
POLAR_CLONES static void products(int lmax, int n, const double *restrict c, double *restrict gram)
{
  for (int l = 0; l <= lmax; l++) {
    double *g = gram + (size_t)l * n * n;
    for (int k = 0; k < n * n; k++) g[k] = 0.0;
    for (int m = l * l; m < (l + 1) * (l + 1); m++) {
      const double *restrict row = c + (size_t)m * n;
      for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) g[i * n + j] += row[i] * row[j];
    }
  }
}

/* adjoint_lm,J = sum_I c_lm,I (M_l[I][J] + M_l[J][I]); M is made symmetric in place */
POLAR_CLONES static void products_adjoint(int lmax, int n, const double *restrict c,
                                          double *restrict matrix, double *restrict adjoint)
{
  for (int l = 0; l <= lmax; l++) {
    double *restrict g = matrix + (size_t)l * n * n;
    for (int i = 0; i < n; i++)
      for (int j = 0; j <= i; j++) g[i * n + j] = g[j * n + i] = g[i * n + j] + g[j * n + i];
    for (int m = l * l; m < (l + 1) * (l + 1); m++) {
      const double *restrict row = c + (size_t)m * n;
      double *restrict to = adjoint + (size_t)m * n;
      for (int j = 0; j < n; j++) to[j] = 0.0;
      for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) to[j] += row[i] * g[i * n + j];
    }
  }
}

/* Scale p[n] to the length `share`; returns the norm it had, 0 if there is nothing to scale */
static double normalise(int n, double *p, double share, double least)
{
  double square = 0.0;
  for (int q = 0; q < n; q++) square += p[q] * p[q];
  const double norm = sqrt(square);
  if (norm <= least) return 0.0;
  for (int q = 0; q < n; q++) p[q] *= share / norm;
  return norm;
}

/* p[dim] from c, behind the two-body elements which are there; norm[2] by which the two parts were
 * divided, 0 where there was nothing to divide */
static void spectrum(const gap_soap *s, gap_soap_work *w, const double *c, double *p, double *norm)
{
  const int pairs = s->nspecies * s->npair;
  double *power = p + pairs;
  double least = s->least_norm;
  products(s->lmax, s->nchannel, c, w->gram);
  if (s->remove_self) {
    double sum = 0.0;
    for (int k = 0; k < (s->lmax + 1) * s->nchannel; k++)
      sum += w->self[(size_t)k * s->nchannel + k % s->nchannel];
    for (int k = 0; k < (s->lmax + 1) * s->nchannel * s->nchannel; k++) w->gram[k] -= w->self[k];
    least = 1e-10 * sum; /* one neighbor: what is left is rounding of its own square, 1e-16 */
  }
  for (int q = 0; q < s->nfeature; q++) power[q] = s->weight[q] * w->gram[s->gram[q]];
  norm[0] = norm[1] = 1.0;
  if (s->normalise) {
    norm[0] = normalise(pairs, p, s->share[0], 0.0);
    norm[1] = normalise(s->nfeature, power, s->share[1], least);
  }
  if (s->tail) p[pairs + s->nfeature] = s->sigma0;
}

polar_code gap_soap_descriptor(const gap_soap *s, gap_soap_work *w, const polar_neighbors *list,
                               int atom, double *p, polar_status *st)
{
  const int n = collect(s, w, list, atom);
  if (n < 0) return polar_fail_memory(st, "collecting neighbors");
  double norm[2];
  expand(s, w, list, atom, n, w->c, p);
  spectrum(s, w, w->c, p, norm);
  return POLAR_OK;
}

/* ------------------------------------------------------------------------------------ kernel ---
 */

/* Energy of one centre from its products k_s = p.x_s, which become de/dk_s. */
POLAR_CLONES static double dot_kernel(int nsparse, int zeta, double variance,
                                      const double *restrict alpha, double *restrict k)
{
  double lanes[POLAR_LANES] = {0.0}, e = 0.0;
  int s = 0;
  for (; s + POLAR_LANES <= nsparse; s += POLAR_LANES) {
    double power[POLAR_LANES];
    for (int i = 0; i < POLAR_LANES; i++) power[i] = alpha[s + i];
    for (int z = 1; z < zeta; z++)
      for (int i = 0; i < POLAR_LANES; i++) power[i] *= k[s + i];
    for (int i = 0; i < POLAR_LANES; i++) {
      lanes[i] += power[i] * k[s + i];
      k[s + i] = variance * zeta * power[i];
    }
  }
  for (; s < nsparse; s++) {
    double power = alpha[s];
    for (int z = 1; z < zeta; z++) power *= k[s];
    e += power * k[s];
    k[s] = variance * zeta * power;
  }
  for (int i = 0; i < POLAR_LANES; i++) e += lanes[i];
  return variance * e;
}

static double real_power_kernel(const gap_soap *s, double *k)
{
  double e = 0.0;
  for (int i = 0; i < s->nsparse; i++) {
    const double power = s->alpha[i] * pow(k[i], s->zeta - 1.0);
    e += power * k[i];
    k[i] = s->variance * s->zeta * power;
  }
  return s->variance * e;
}

/* ------------------------------------------------------------------------------------ forces ---
 */

/* sum over l,m,n of adjoint_lm,n times {y R', dy_x R, dy_y R, dy_z R}: sums over m first, so that
 * the innermost loops run over n without a reduction */
POLAR_CLONES static void contract(int lmax, int n, int stride, const double *restrict value,
                                  const double *restrict slope, const double *restrict y,
                                  const double *restrict dy, const double *restrict adjoint,
                                  double out[4])
{
  const int nlm = (lmax + 1) * (lmax + 1);
  double sum[4][GAP_MAX_N] = {{0.0}};
  for (int l = 0; l <= lmax; l++) {
    double part[4][GAP_MAX_N];
    for (int k = 0; k < n; k++) part[0][k] = part[1][k] = part[2][k] = part[3][k] = 0.0;
    for (int m = l * l; m < (l + 1) * (l + 1); m++) {
      const double *restrict a = adjoint + (size_t)m * stride;
      const double y0 = y[m], y1 = dy[m], y2 = dy[nlm + m], y3 = dy[2 * nlm + m];
      for (int k = 0; k < n; k++) {
        part[0][k] += y0 * a[k];
        part[1][k] += y1 * a[k];
        part[2][k] += y2 * a[k];
        part[3][k] += y3 * a[k];
      }
    }
    for (int k = 0; k < n; k++) {
      sum[0][k] += slope[l * n + k] * part[0][k];
      sum[1][k] += value[l * n + k] * part[1][k];
      sum[2][k] += value[l * n + k] * part[2][k];
      sum[3][k] += value[l * n + k] * part[3][k];
    }
  }
  for (int q = 0; q < 4; q++) {
    out[q] = 0.0;
    for (int k = 0; k < n; k++) out[q] += sum[q][k];
  }
}

/* Derivative with respect to distance of what a soap_23 takes off: the matrix of products_adjoint,
 * made symmetric, times R_lI' R_lJ */
static double self_slope(const gap_soap *s, int first, int width, const double *value,
                         const double *slope, const double *matrix)
{
  double sum = 0.0;
  for (int l = 0; l <= s->lmax; l++)
    for (int i = 0; i < width; i++) {
      const double *row = matrix + ((size_t)l * s->nchannel + first + i) * s->nchannel + first;
      double dot = 0.0;
      for (int j = 0; j < width; j++) dot += row[j] * value[l * width + j];
      sum += sum_of_squares(l) * slope[l * width + i] * dot;
    }
  return sum;
}

/* Forces of the two-body elements, g = dE/dp of them */
static void pair_forces(const gap_soap *s, gap_soap_work *w, int i, int n, const double *g,
                        gap_result *out)
{
  for (int k = 0; k < n; k++) {
    const neighbor *b = &w->near[k];
    if (b->r >= s->pair_cutoff) continue;
    double sum = 0.0, r[3], force[3];
    gap_table_at(s->pair, b->r, w->value, w->slope);
    for (int q = 0; q < s->npair; q++) sum += g[b->species * s->npair + q] * w->slope[q];
    for (int a = 0; a < 3; a++) {
      r[a] = b->r * b->u[a];
      force[a] = -sum * b->u[a];
    }
    gap_result_force(out, i, b->atom, r, force);
  }
}

/* Radial functions times the cutoff function at r to w->value, their derivatives to w->slope */
static void radial_at(const gap_radial *radial, double r, gap_soap_work *w)
{
  double df;
  const double f = gap_radial_factor(radial, r, &df);
  gap_table_at(radial->table, r, w->value, w->slope);
  for (int q = 0; q < radial->table->count; q++) {
    w->slope[q] = f * w->slope[q] + df * w->value[q];
    w->value[q] *= f;
  }
}

static void forces(const gap_soap *s, gap_soap_work *w, int i, int n, gap_result *out)
{
  for (int k = 0; k < n; k++) {
    const neighbor *b = &w->near[k];
    if (b->r >= s->density_cutoff) continue;
    const int first = s->first[b->species], width = s->first[b->species + 1] - first;
    double sum[4], r[3], force[3];
    radial_at(&s->radial[b->species], b->r, w);
    harmonics_gradient(s->lmax, s->norm, b->u, 1.0 / b->r, w->y, w->dy);
    contract(s->lmax, width, s->nchannel, w->value, w->slope, w->y, w->dy, w->adjoint + first, sum);
    if (s->remove_self) sum[0] -= self_slope(s, first, width, w->value, w->slope, w->dgram);
    for (int a = 0; a < 3; a++) {
      r[a] = b->r * b->u[a];
      force[a] = -(sum[0] * b->u[a] + sum[1 + a]);
    }
    gap_result_force(out, i, b->atom, r, force);
  }
}

/* dE/dp of a part of p that was scaled to `share` to that of the part before */
static void project(int n, const double *p, double *g, double share, double norm)
{
  if (norm == 0.0 || share == 0.0) {
    memset(g, 0, (size_t)n * sizeof *g);
    return;
  }
  double along = 0.0;
  for (int q = 0; q < n; q++) along += g[q] * p[q];
  along /= share;
  for (int q = 0; q < n; q++) g[q] = (share * g[q] - along * p[q]) / norm;
}

/* dE/dp to dE/dc and, in the first elements of g, to the derivatives of the two-body sums */
static void backward(const gap_soap *s, gap_soap_work *w, const double *c, const double *p,
                     double *g, const double *norm)
{
  const int pairs = s->nspecies * s->npair;
  if (s->normalise) {
    project(pairs, p, g, s->share[0], norm[0]);
    project(s->nfeature, p + pairs, g + pairs, s->share[1], norm[1]);
  }
  memset(w->dgram, 0, (size_t)(s->lmax + 1) * s->nchannel * s->nchannel * sizeof *w->dgram);
  for (int q = 0; q < s->nfeature; q++) w->dgram[s->gram[q]] += s->weight[q] * g[pairs + q];
  products_adjoint(s->lmax, s->nchannel, c, w->dgram, w->adjoint);
}

/* Variances of nb centres from their products w->kernel with the sparse points */
static polar_code add_variance(const gap_soap *s, const gap_variance *v, gap_soap_work *w, int nb,
                               const int *atom, gap_result *out, polar_status *st)
{
  const size_t count = (size_t)nb * s->nsparse;
  double square[BATCH], variance[BATCH], similarity[BATCH];
  if (!w->dot) w->dot = take(w, BATCH * w->most_sparse);
  if (!w->dot) return polar_fail_memory(st, "predicting variances");
  memcpy(w->dot, w->kernel, count * sizeof *w->dot);
  for (int b = 0; b < nb; b++) {
    const double *p = w->p + (size_t)b * s->dim;
    square[b] = 0.0;
    for (int q = 0; q < s->dim; q++) square[b] += p[q] * p[q];
  }
  gap_variance_predict(v, nb, w->dot, square, variance, similarity);
  for (int b = 0; b < nb; b++) {
    out->variance[atom[b]] += variance[b];
    if (similarity[b] < out->similarity[atom[b]]) out->similarity[atom[b]] = similarity[b];
  }
  return POLAR_OK;
}

polar_code gap_soap_energy(const gap_soap *s, const gap_variance *variance, gap_soap_work *w,
                           const polar_neighbors *list, int natom, const int *atom, gap_result *out,
                           polar_status *st)
{
  const size_t size = (size_t)s->nlm * s->nchannel;
  for (int start = 0; start < natom; start += BATCH) {
    const int nb = natom - start < BATCH ? natom - start : BATCH;
    for (int b = 0; b < nb; b++) {
      const int i = atom[start + b], n = collect(s, w, list, i);
      if (n < 0) return polar_fail_memory(st, "collecting neighbors");
      expand(s, w, list, i, n, w->c + b * size, w->p + (size_t)b * s->dim);
      spectrum(s, w, w->c + b * size, w->p + (size_t)b * s->dim, w->norm + 2 * b);
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, nb, s->nsparse, s->dim, 1.0, w->p, s->dim,
                s->x, s->dim, 0.0, w->kernel, s->nsparse);
    if (variance && out->variance) {
      const polar_code code = add_variance(s, variance, w, nb, atom + start, out, st);
      if (code) return code;
    }
    for (int b = 0; b < nb; b++) {
      double *k = w->kernel + (size_t)b * s->nsparse;
      const double e = s->integer_zeta
                           ? dot_kernel(s->nsparse, s->integer_zeta, s->variance, s->alpha, k)
                           : real_power_kernel(s, k);
      const int i = atom[start + b];
      const double *x = list->x[i];
      if (!isfinite(e))
        return polar_fail(st, POLAR_NUMERIC,
                          "the energy of the atom at %g %g %g Angstrom is not a number: atoms "
                          "coincide, or positions are not numbers",
                          x[0], x[1], x[2]);
      out->energy += e;
      if (out->atom_energy) out->atom_energy[i] += e;
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, nb, s->dim, s->nsparse, 1.0, w->kernel,
                s->nsparse, s->x, s->dim, 0.0, w->g, s->dim);
    for (int b = 0; b < nb; b++) {
      const int i = atom[start + b];
      double *g = w->g + (size_t)b * s->dim;
      /* nothing near, and no central atom's share */
      if (w->norm[2 * b] == 0.0 && w->norm[2 * b + 1] == 0.0) continue;
      const int n = collect(s, w, list, i);
      backward(s, w, w->c + b * size, w->p + (size_t)b * s->dim, g, w->norm + 2 * b);
      forces(s, w, i, n, out);
      if (s->npair) pair_forces(s, w, i, n, g, out);
    }
  }
  return POLAR_OK;
}

/* ----------------------------------------------------------------------------------- columns ---
 */

#define PAIRS 32 /* neighbors per matrix product of gap_soap_columns */

/* Elements of the adjoint that act on a neighbor of a species: dE/dc of its channels [nlm][width],
 * those of the two-body sums [npair], and of what is taken off [lmax+1][width][width] */
static int adjoint_size(const gap_soap *s, int species)
{
  const int width = s->first[species + 1] - s->first[species];
  return s->nlm * width + s->npair + (s->remove_self ? (s->lmax + 1) * width * width : 0);
}

static void gather_adjoint(const gap_soap *s, const gap_soap_work *w, int species, double *to)
{
  const int first = s->first[species], width = s->first[species + 1] - first;
  for (int m = 0; m < s->nlm; m++, to += width)
    memcpy(to, w->adjoint + (size_t)m * s->nchannel + first, width * sizeof *to);
  memcpy(to, w->g + (size_t)species * s->npair, s->npair * sizeof *to);
  to += s->npair;
  for (int l = 0; s->remove_self && l <= s->lmax; l++)
    for (int i = 0; i < width; i++, to += width)
      memcpy(to, w->dgram + ((size_t)l * s->nchannel + first + i) * s->nchannel + first,
             width * sizeof *to);
}

/* Derivatives of what the adjoint multiplies with respect to the position of one neighbor:
 * basis[3][adjoint_size] */
static void pair_basis(const gap_soap *s, gap_soap_work *w, const neighbor *b, double *basis)
{
  const int width = s->first[b->species + 1] - s->first[b->species];
  const int size = adjoint_size(s, b->species), density = s->nlm * width;
  memset(basis, 0, 3 * (size_t)size * sizeof *basis);
  if (b->r < s->pair_cutoff) {
    gap_table_at(s->pair, b->r, w->value, w->slope);
    for (int a = 0; a < 3; a++)
      for (int q = 0; q < s->npair; q++)
        basis[(size_t)a * size + density + q] = w->slope[q] * b->u[a];
  }
  if (b->r >= s->density_cutoff) return;
  radial_at(&s->radial[b->species], b->r, w);
  harmonics_gradient(s->lmax, s->norm, b->u, 1.0 / b->r, w->y, w->dy);
  for (int a = 0; a < 3; a++) {
    double *to = basis + (size_t)a * size;
    for (int l = 0; l <= s->lmax; l++)
      for (int m = l * l; m < (l + 1) * (l + 1); m++)
        for (int q = 0; q < width; q++)
          *to++ = w->slope[l * width + q] * b->u[a] * w->y[m] +
                  w->value[l * width + q] * w->dy[(size_t)a * s->nlm + m];
    to += s->npair;
    for (int l = 0; s->remove_self && l <= s->lmax; l++)
      for (int i = 0; i < width; i++)
        for (int j = 0; j < width; j++)
          *to++ = -sum_of_squares(l) * w->slope[l * width + i] * w->value[l * width + j] * b->u[a];
  }
}

/* Forces of `n` neighbors of one species: force[3n][nsparse] to the rows */
static void add_rows(const gap_soap *s, const gap_columns *out, int i, int n,
                     const neighbor *const *near, const double *force)
{
  for (int k = 0; k < n; k++)
    for (int a = 0; a < 3; a++) {
      const double *f = force + (size_t)(3 * k + a) * s->nsparse;
      const double *u = near[k]->u;
      double *to =
          out->row + (GAP_ROW_FORCE + 3 * (size_t)out->owner[near[k]->atom] + a) * out->stride;
      double *from = out->row + (GAP_ROW_FORCE + 3 * (size_t)out->owner[i] + a) * out->stride;
      for (int q = 0; q < s->nsparse; q++) {
        to[q] += f[q];
        from[q] -= f[q];
      }
      for (int b = 0; b < 3; b++) {
        const double r = near[k]->r * u[b];
        double *v = out->row + (1 + 3 * (size_t)b + a) * out->stride;
        for (int q = 0; q < s->nsparse; q++) v[q] += r * f[q];
      }
    }
}

/* dE/dp of each sparse point back to adjoint[nspecies][nsparse][adjoint_size] and the energies;
 * returns a number that is finite if all are */
static double all_adjoints(const gap_soap *s, gap_soap_work *w, const double *norm, double *adjoint,
                           const gap_columns *out)
{
  double sum = 0.0;
  for (int q = 0; q < s->nsparse; q++) {
    const double *x = s->x + (size_t)q * s->dim;
    const double k = cblas_ddot(s->dim, x, 1, w->p, 1), power = pow(k, s->zeta - 1.0);
    out->row[q] += s->variance * power * k;
    sum += power * k;
    for (int i = 0; i < s->dim; i++) w->g[i] = s->variance * s->zeta * power * x[i];
    backward(s, w, w->c, w->p, w->g, norm);
    double *to = adjoint;
    for (int species = 0; species < s->nspecies; species++) {
      const size_t size = adjoint_size(s, species);
      gather_adjoint(s, w, species, to + q * size);
      to += s->nsparse * size;
    }
  }
  return sum;
}

polar_code gap_soap_columns(const gap_soap *s, gap_soap_work *w, const polar_neighbors *list,
                            int atom, const gap_columns *out, polar_status *st)
{
  const int n = collect(s, w, list, atom);
  if (n < 0) return polar_fail_memory(st, "collecting neighbors");
  double norm[2];
  expand(s, w, list, atom, n, w->c, w->p);
  spectrum(s, w, w->c, w->p, norm);
  size_t total = 0, largest = 0;
  for (int k = 0; k < s->nspecies; k++) {
    const size_t size = adjoint_size(s, k);
    total += size;
    if (size > largest) largest = size;
  }
  double *adjoint = malloc((size_t)s->nsparse * total * sizeof *adjoint);
  double *basis = malloc(3 * PAIRS * largest * sizeof *basis);
  double *force = malloc(3 * (size_t)PAIRS * s->nsparse * sizeof *force);
  if (!adjoint || !basis || !force) {
    free(adjoint);
    free(basis);
    free(force);
    return polar_fail_memory(st, "computing the design matrix");
  }
  const double sum = all_adjoints(s, w, norm, adjoint, out), *mine = adjoint;
  const int acts = norm[0] != 0.0 || norm[1] != 0.0;
  for (int k = 0; acts && k < s->nspecies; k++) {
    const int size = adjoint_size(s, k);
    const neighbor *near[PAIRS];
    int count = 0;
    for (int j = 0; j <= n; j++) {
      if (j < n && w->near[j].species == k) {
        pair_basis(s, w, &w->near[j], basis + 3 * (size_t)count * size);
        near[count++] = &w->near[j];
      }
      if (count == PAIRS || (j == n && count)) {
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, 3 * count, s->nsparse, size, -1.0,
                    basis, size, mine, size, 0.0, force, s->nsparse);
        add_rows(s, out, atom, count, near, force);
        count = 0;
      }
    }
    mine += (size_t)s->nsparse * size;
  }
  free(adjoint);
  free(basis);
  free(force);
  if (!isfinite(sum))
    return polar_fail(
        st, POLAR_NUMERIC,
        "the kernel of the atom at %g %g %g Angstrom is not a number: atoms coincide, "
        "or positions are not numbers",
        list->x[atom][0], list->x[atom][1], list->x[atom][2]);
  return POLAR_OK;
}

/* ------------------------------------------------------------------------ for dipole models --- */

int gap_expand_collect(const gap_soap *s, gap_soap_work *w, const polar_neighbors *list, int i)
{
  return collect(s, w, list, i);
}

void gap_expand(const gap_soap *s, gap_soap_work *w, const polar_neighbors *list, int i, int n,
                double *c)
{
  expand(s, w, list, i, n, c, w->p);
}

double gap_expand_spectrum(const gap_soap *s, gap_soap_work *w, const double *c, double *p)
{
  double norm[2];
  spectrum(s, w, c, p, norm);
  return norm[1];
}

void gap_expand_backward(const gap_soap *s, gap_soap_work *w, const double *c, const double *p,
                         double norm, double *g, double *adjoint)
{
  const double norms[2] = {0.0, norm};
  backward(s, w, c, p, g, norms);
  memcpy(adjoint, w->adjoint, (size_t)s->nlm * s->nchannel * sizeof *adjoint);
}

void gap_expand_forces(const gap_soap *s, gap_soap_work *w, int i, int n, const double *adjoint,
                       gap_result *out)
{
  memcpy(w->adjoint, adjoint, (size_t)s->nlm * s->nchannel * sizeof *adjoint);
  forces(s, w, i, n, out);
}
