#include "les/les_ar.h"

#include <stdlib.h>

les_work *les_work_create(void)
{
  return calloc(1, sizeof(les_work));
}

void les_work_free(les_work *w)
{
  if (!w) return;
  for (int i = 0; i < LES_STORES; i++) free(w->store[i]);
  free(w);
}

double les_work_bytes(const les_work *w)
{
  double sum = sizeof *w;
  for (int i = 0; i < LES_STORES; i++) sum += (double)w->bytes[i];
  return sum;
}

void *les_work_get(les_work *w, int which, size_t count, size_t size)
{
  const size_t need = count * size;
  if (need > w->bytes[which] || !w->store[which]) {
    const size_t bytes = (need + need / 8 + 127) / 64 * 64; /* some room for more atoms later */
    free(w->store[which]);
    w->bytes[which] = 0;
    w->store[which] = aligned_alloc(64, bytes);
    if (!w->store[which]) return NULL;
    w->bytes[which] = bytes;
  }
  return w->store[which];
}

/* Doubles of scratch that one block of atoms needs */
static size_t block_scratch(const les_model *m)
{
  const size_t edge_sums = (size_t)LES_MONOMIALS * LES_LANES;
  return LES_BLOCK * ((size_t)m->nfeature + m->nfirst) + (size_t)LES_MONOMIALS * m->width +
         edge_sums * (4 * m->nelement + m->nchannel) +
         4 * (size_t)LES_KPAD * LES_LANES * m->nelement + 4 * (size_t)m->nchannel + m->nchi_padded +
         64;
}

/* Edges of all centres: neighbours within the cutoff */
static polar_code find_edges(const les_model *m, const les_neighborhood *nb, les_work *w,
                             polar_status *st)
{
  w->node = les_work_get(w, LES_NODE, (size_t)nb->nall + 1, sizeof(int));
  w->first = les_work_get(w, LES_FIRST, (size_t)nb->ncentre + 1, sizeof(int));
  w->edge = les_work_get(w, LES_EDGE, (size_t)nb->first[nb->ncentre] + 1, sizeof(les_edge));
  if (!w->node || !w->first || !w->edge)
    return polar_fail_memory(st, "listing pairs of a LES model");
  for (int i = 0; i < nb->nall; i++) w->node[i] = -1;
  for (int c = 0; c < nb->ncentre; c++) w->node[nb->centre[c]] = c;
  for (int i = 0; i < nb->nall && nb->image; i++)
    if (nb->image[i] >= 0) w->node[i] = w->node[nb->image[i]];
  const double limit = m->cutoff * m->cutoff;
  int count = 0, most = 0;
  for (int c = 0; c < nb->ncentre; c++) {
    const double *xi = nb->x[nb->centre[c]];
    w->first[c] = count;
    for (int k = nb->first[c]; k < nb->first[c + 1]; k++) {
      const int j = nb->neighbor[k];
      if (nb->element[j] < 0) continue;
      const double v[3] = {xi[0] - nb->x[j][0], xi[1] - nb->x[j][1], xi[2] - nb->x[j][2]};
      const double d2 = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
      if (d2 >= limit) continue;
      if (!(d2 > 1e-12))
        return polar_fail(st, POLAR_SITE,
                          "two atoms are %g Angstrom apart, expected different places: check the "
                          "initial positions and the time step",
                          sqrt(d2));
      les_edge *e = &w->edge[count++];
      e->d = sqrt(d2);
      for (int a = 0; a < 3; a++) e->u[a] = v[a] / e->d;
      e->atom = j;
      e->node = w->node[j];
      e->element = nb->element[j];
      if (m->layers && c < nb->nown && e->node < 0)
        return polar_fail(
            st, POLAR_SITE,
            "an atom within the cutoff, %g Angstrom, of another has no neighbour list "
            "of its own: the list of ghost atoms is too short",
            m->cutoff);
    }
    if (count - w->first[c] > most) most = count - w->first[c];
  }
  w->first[nb->ncentre] = count;
  w->ar = m->ar ? les_work_get(w, LES_AR_EDGES, (size_t)most + 1, sizeof *w->ar) : NULL;
  if (m->ar && !w->ar) return polar_fail_memory(st, "listing pairs of a LES model");
  return POLAR_OK;
}

/* First layer: descriptors of centre c */
POLAR_CLONES
static void first_layer(const les_model *m, const les_work *w, int c, int element,
                        double *restrict scratch, double *restrict a)
{
  const double inverse_h = LES_INTERVALS / m->cutoff;
  double *t = scratch, *sums = t + (size_t)m->nelement * LES_MONOMIALS * LES_LANES;
  for (int i = 0; i < m->nelement * LES_MONOMIALS * LES_LANES; i++) t[i] = 0.0;
  for (int k = w->first[c]; k < w->first[c + 1]; k++) {
    const les_edge *e = &w->edge[k];
    double g[LES_LANES], dg[LES_LANES], h[LES_KPAD];
    les_radial(m->table, inverse_h, e->d, g, dg);
    les_monomials(e->u, h);
    les_add_edge(h, g, 1.0, t + e->element * LES_MONOMIALS * LES_LANES);
  }
  les_channels(m, t, sums);
  for (int i = 0; i < LES_MONOMIALS * m->width; i++) a[i] = 0.0;
  les_transform(m, m->receiver + element * m->nchannel, 1.0, sums, a);
}

/* Second layer of centre c: memory of its own descriptors and messages of its neighbours */
POLAR_CLONES
static void second_layer(const les_model *m, const les_work *w, int c, int element,
                         double *restrict scratch, double *restrict a)
{
  const double inverse_h = LES_INTERVALS / m->cutoff;
  const int width = m->width, square = LES_MONOMIALS * LES_LANES;
  const size_t size = (size_t)LES_MONOMIALS * width;
  const int scalar = m->nchi == 1;
  double *t = scratch, *sums = t + (size_t)m->nelement * square,
         *v = sums + (size_t)m->nchannel * square;
  if (scalar)
    for (int i = 0; i < m->nelement * square; i++) t[i] = 0.0;
  for (int i = 0; i < m->nchannel * square; i++) sums[i] = 0.0;
  for (size_t i = 0; i < size; i++) a[i] = 0.0;
  for (int k = w->first[c]; k < w->first[c + 1]; k++) {
    const les_edge *e = &w->edge[k];
    double g[LES_LANES], dg[LES_LANES], h[LES_KPAD];
    les_radial(m->table, inverse_h, e->d, g, dg);
    les_monomials(e->u, h);
    if (scalar) {
      les_add_edge(h, g, w->chi[(size_t)e->node * m->nchi_padded], t + e->element * square);
    } else if (m->nchi) {
      les_chi_weights(m, w->chi + (size_t)e->node * m->nchi_padded, e->element, v);
      for (int ch = 0; ch < m->nchannel; ch++) {
        double *restrict s = sums + (size_t)ch * square;
        for (int l = 0; l < 4; l++) {
          const double x = v[l * m->nchannel + ch];
          double wg[LES_LANES];
          for (int n = 0; n < LES_LANES; n++) wg[n] = x * g[n];
          for (int q = les_first[l]; q < les_first[l + 1]; q++)
            for (int n = 0; n < LES_LANES; n++) s[q * LES_LANES + n] += h[q] * wg[n];
        }
      }
    }
    if (m->ar) {
      les_ar_edge *ar = &w->ar[k - w->first[c]];
      ar->a = w->a1 + (size_t)e->node * size;
      ar->d = e->d;
      ar->f = g[LES_LANES - 1];
    }
  }
  if (m->ar) les_ar_forward(m, w->first[c + 1] - w->first[c], w->ar, a);
  if (scalar) les_channels(m, t, sums);
  if (m->nchi) les_transform(m, m->receiver + element * m->nchannel, m->message_norm, sums, a);
  if (m->memory) {
    const double *restrict a1 = w->a1 + (size_t)c * size;
    for (int l = 0; l < 4; l++)
      for (int q = les_first[l]; q < les_first[l + 1]; q++)
        for (int p = 0; p < width; p++)
          a[q * width + p] += m->memory_weight[l * width + p] * a1[q * width + p];
  }
}

POLAR_CLONES
static void invariants(int width, const double *a, double *b)
{
  les_invariants(width, a, b);
}

POLAR_CLONES
static void multiply(int nrow, int nsum, int ncol, const double *a, const double *b, double *c)
{
  les_gemm(1, nrow, nsum, ncol, a, nsum, b, ncol, c, ncol);
}

/* Output of one network; z and deep keep the inputs of the activations */
static double network(const les_network *net, const double *z, double *deep)
{
  double in[LES_MAX_UNITS], out[LES_MAX_UNITS];
  for (int i = 0; i < net->size[0]; i++) {
    const double x = z[net->column + i];
    in[i] = x / (1.0 + exp(-x));
  }
  for (int k = 1; k <= net->nhidden; k++) {
    for (int o = 0; o < net->size[k]; o++) {
      const double *w = net->weight[k] + (size_t)o * net->size[k - 1];
      double s = net->bias[k][o];
      for (int i = 0; i < net->size[k - 1]; i++) s += w[i] * in[i];
      out[o] = s;
    }
    if (k == net->nhidden) break;
    for (int o = 0; o < net->size[k]; o++) {
      deep[o] = out[o];
      in[o] = out[o] / (1.0 + exp(-out[o]));
    }
    deep += net->size[k];
  }
  return out[0] + z[net->column_linear];
}

static int deep_size(const les_network *net)
{
  int n = 0;
  for (int k = 1; k < net->nhidden; k++) n += net->size[k];
  return n;
}

polar_code les_forward(const les_model *m, const les_neighborhood *nb, les_work *w, double *energy,
                       double *charge, polar_status *st)
{
  w->ready = 0;
  const polar_code code = find_edges(m, nb, w, st);
  if (code) return code;
  const size_t size = (size_t)LES_MONOMIALS * m->width;
  const int ncentre = m->layers ? nb->ncentre : nb->nown, one = LES_INVARIANTS * m->width;
  const int skip = deep_size(&m->energy);
  w->ndeep = skip + deep_size(&m->charge);
  w->a1 = les_work_get(w, LES_A1, (size_t)ncentre * size + 1, sizeof(double));
  w->a2 = les_work_get(w, LES_A2, m->layers ? (size_t)nb->nown * size + 1 : 1, sizeof(double));
  w->chi = les_work_get(w, LES_CHI, (size_t)ncentre * m->nchi_padded + 1, sizeof(double));
  w->hidden = les_work_get(w, LES_HIDDEN, (size_t)nb->nown * m->nfirst + 1, sizeof(double));
  w->deep = les_work_get(w, LES_DEEP, (size_t)nb->nown * w->ndeep + 1, sizeof(double));
  w->scratch = les_work_get(w, LES_SCRATCH, block_scratch(m), sizeof(double));
  if (!w->a1 || !w->a2 || !w->chi || !w->hidden || !w->deep || !w->scratch)
    return polar_fail_memory(st, "evaluating a LES model");

  double *features = w->scratch, *loops = features + (size_t)LES_BLOCK * m->nfeature;
  for (int begin = 0; begin < ncentre; begin += LES_BLOCK) {
    const int n = ncentre - begin < LES_BLOCK ? ncentre - begin : LES_BLOCK;
    for (int b = 0; b < n; b++) {
      const int c = begin + b;
      double *a = w->a1 + (size_t)c * size;
      first_layer(m, w, c, nb->element[nb->centre[c]], loops, a);
      if (m->nchi) invariants(m->width, a, features + (size_t)b * one);
    }
    if (!m->nchi) continue;
    double *chi = w->chi + (size_t)begin * m->nchi_padded;
    for (int b = 0; b < n; b++)
      for (int o = 0; o < m->nchi_padded; o++) chi[b * m->nchi_padded + o] = m->chi_bias[o];
    multiply(n, one, m->nchi_padded, features, m->chi_weight, chi);
  }
  for (int begin = 0; begin < nb->nown; begin += LES_BLOCK) {
    const int n = nb->nown - begin < LES_BLOCK ? nb->nown - begin : LES_BLOCK;
    for (int b = 0; b < n; b++) {
      const int c = begin + b;
      double *x = features + (size_t)b * m->nfeature;
      invariants(m->width, w->a1 + (size_t)c * size, x);
      if (!m->layers) continue;
      second_layer(m, w, c, nb->element[nb->centre[c]], loops, w->a2 + (size_t)c * size);
      invariants(m->width, w->a2 + (size_t)c * size, x + one);
    }
    double *z = w->hidden + (size_t)begin * m->nfirst;
    for (int b = 0; b < n; b++)
      for (int o = 0; o < m->nfirst; o++) z[b * m->nfirst + o] = m->first_bias[o];
    multiply(n, m->nfeature, m->nfirst, features, m->first, z);
    for (int b = 0; b < n; b++) {
      double *deep = w->deep + (size_t)(begin + b) * w->ndeep;
      energy[begin + b] = network(&m->energy, z + b * m->nfirst, deep);
      charge[begin + b] = network(&m->charge, z + b * m->nfirst, deep + skip);
      if (!isfinite(energy[begin + b]) || !isfinite(charge[begin + b]))
        return polar_fail(st, POLAR_NUMERIC,
                          "the energy or charge of an atom is not a number: its neighbours are far "
                          "from what the model was trained for");
    }
  }
  w->model = m;
  w->ready = 1;
  return POLAR_OK;
}
