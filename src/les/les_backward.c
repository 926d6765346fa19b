/* The reverse sweep: from derivatives of a sum over own atoms by their energies and charges to
 * derivatives by positions.
 *
 * Born effective charges need sum_j (r_j - r_i)_a dq_j/dr_ib over the atoms j whose charge depends
 * on atom i. Beside the derivative l_i = sum_j dq_j/dX_i of what is known at an atom, the sweep
 * carries the three moments M^a_i = sum_j (r_j - r_i)_a dq_j/dX_i. Along an edge from neighbour j
 * to centre i, of vector v = r_i - r_j and derivative D, both are linear: l_j += D l_i, M^a_j += D
 * (M^a_i + v_a l_i). Displacements are added up along edges, so that no box is needed. */
#include "les/les_ar.h"

typedef struct {
  double (*force)[3]; /* minus the derivatives, or NULL */
  double *virial;     /* [6] or NULL */
  double (*atom_virial)[6];
  double (*born)[9]; /* instead of force */
} sweep_output;

/* Edge e of atom i contributes the derivative t (and those of the three moments, if count is 4) */
LES_INLINE void contribute(const sweep_output *out, int i, const les_edge *e, int count,
                           const double t[4][3])
{
  const double v[3] = {e->d * e->u[0], e->d * e->u[1], e->d * e->u[2]};
  if (out->born) {
    double *zi = out->born[i], *zj = out->born[e->atom];
    for (int a = 0; a < 3; a++)
      for (int b = 0; b < 3; b++) {
        zj[3 * a + b] -= v[a] * t[0][b];
        if (count == 4) {
          zi[3 * a + b] += t[1 + a][b];
          zj[3 * a + b] -= t[1 + a][b];
        }
      }
    return;
  }
  for (int a = 0; a < 3; a++) {
    out->force[i][a] -= t[0][a];
    out->force[e->atom][a] += t[0][a];
  }
  if (!out->virial && !out->atom_virial) return;
  const double s[6] = {t[0][0] * v[0],
                       t[0][1] * v[1],
                       t[0][2] * v[2],
                       0.5 * (t[0][0] * v[1] + t[0][1] * v[0]),
                       0.5 * (t[0][0] * v[2] + t[0][2] * v[0]),
                       0.5 * (t[0][1] * v[2] + t[0][2] * v[1])};
  for (int k = 0; k < 6; k++) {
    if (out->virial) out->virial[k] -= s[k];
    if (out->atom_virial) {
      out->atom_virial[i][k] -= 0.5 * s[k];
      out->atom_virial[e->atom][k] -= 0.5 * s[k];
    }
  }
}

/* First layer of centre c: derivatives by descriptors (count of them, stride apart) to edges */
LES_INLINE void first_layer_of(const les_model *m, const les_neighborhood *nb, const les_work *w,
                               int c, int count, const double *a_bar, size_t stride,
                               double *restrict scratch, const sweep_output *out)
{
  const double inverse_h = LES_INTERVALS / m->cutoff;
  const int square = LES_MONOMIALS * LES_LANES, atom = nb->centre[c], nz = m->nelement;
  double *sums = scratch, *t = sums + (size_t)m->nchannel * square,
         *turned = t + 4 * (size_t)nz * square;
  for (int r = 0; r < count; r++) {
    double *tr = t + (size_t)r * nz * square, *tn = turned + (size_t)r * nz * LES_LANES * LES_KPAD;
    les_transform_reverse(m, m->receiver + nb->element[atom] * m->nchannel, 1.0, a_bar + r * stride,
                          sums);
    les_channels_reverse(m, sums, tr);
    for (int z = 0; z < nz; z++)
      for (int n = 0; n < LES_LANES; n++) {
        double *row = tn + (z * LES_LANES + n) * LES_KPAD;
        for (int k = 0; k < LES_MONOMIALS; k++) row[k] = tr[z * square + k * LES_LANES + n];
        for (int k = LES_MONOMIALS; k < LES_KPAD; k++) row[k] = 0.0;
      }
  }
  for (int k = w->first[c]; k < w->first[c + 1]; k++) {
    const les_edge *e = &w->edge[k];
    double g[LES_LANES], dg[LES_LANES], h[LES_KPAD], v[4][3];
    les_radial(m->table, inverse_h, e->d, g, dg);
    les_monomials(e->u, h);
    for (int r = 0; r < count; r++) {
      const double *restrict tr = t + ((size_t)r * nz + e->element) * square, *restrict tn =
                                                                                  turned +
                                                                                  ((size_t)r * nz +
                                                                                   e->element) *
                                                                                      LES_LANES *
                                                                                      LES_KPAD;
      double g_bar[LES_LANES], h_bar[LES_KPAD];
      les_contract_monomials(h, tr, g_bar);
      les_contract_radial(g, tn, h_bar);
      les_edge_vector(e, h, les_dot_lanes(g_bar, dg), h_bar, v[r]);
    }
    contribute(out, atom, e, count, (const double(*)[3])v);
  }
}

POLAR_CLONES
static void first_layer(const les_model *m, const les_neighborhood *nb, const les_work *w, int c,
                        int count, const double *a_bar, size_t stride, double *restrict scratch,
                        const sweep_output *out)
{
  if (count == 1) first_layer_of(m, nb, w, c, 1, a_bar, stride, scratch, out);
  else first_layer_of(m, nb, w, c, 4, a_bar, stride, scratch, out);
}

/* Bchi message of one edge with weights by channel: adds to g_bar, h_bar, gives chi_bar */
LES_INLINE void chi_reverse(const les_model *m, const les_edge *e, const double *v,
                            const double *restrict sums, const double g[LES_LANES],
                            const double h[LES_KPAD], double g_bar[LES_LANES],
                            double h_bar[LES_KPAD], double *restrict chi_bar)
{
  const int square = LES_MONOMIALS * LES_LANES;
  double total[LES_MONOMIALS * LES_LANES] = {0.0};
  for (int o = 0; o < m->nchi; o++) chi_bar[o] = 0.0;
  for (int c = 0; c < m->nchannel; c++) {
    const double *restrict s = sums + (size_t)c * square;
    const double sender = m->sender[e->element * m->nchannel + c];
    for (int l = 0; l < 4; l++) {
      const double x = v[l * m->nchannel + c];
      double y[LES_LANES] = {0.0};
      for (int q = les_first[l]; q < les_first[l + 1]; q++)
        for (int n = 0; n < LES_LANES; n++) {
          y[n] += h[q] * s[q * LES_LANES + n];
          total[q * LES_LANES + n] += x * s[q * LES_LANES + n];
        }
      for (int n = 0; n < LES_LANES; n++) g_bar[n] += x * y[n];
      chi_bar[(m->chi_l == 1 ? 0 : l) * m->chi_channels + (m->chi_channels == 1 ? 0 : c)] +=
          sender * les_dot_lanes(y, g);
    }
  }
  for (int q = 0; q < LES_MONOMIALS; q++) h_bar[q] += les_dot_lanes(total + q * LES_LANES, g);
}

/* Second layer of centre c, but for Ar: derivatives by its descriptors to edges, to its descriptors
 * of the first layer and the neighbours' message weights; with moments also to those of these */
POLAR_CLONES
static void second_layer(const les_model *m, const les_neighborhood *nb, const les_work *w, int c,
                         int moments, const double *restrict a_bar, double *restrict scratch,
                         const sweep_output *out)
{
  const double inverse_h = LES_INTERVALS / m->cutoff;
  const int width = m->width, square = LES_MONOMIALS * LES_LANES, atom = nb->centre[c];
  const int scalar = m->nchi == 1;
  const size_t size = (size_t)LES_MONOMIALS * width, all_chi = (size_t)m->nchi_padded * nb->ncentre;
  double *sums = scratch, *t = sums + (size_t)m->nchannel * square,
         *v = t + (size_t)m->nelement * square, *chi_bar = v + 4 * m->nchannel;
  if (m->memory) {
    double *restrict own = w->a1_bar + (size_t)c * size;
    for (int l = 0; l < 4; l++)
      for (int q = les_first[l]; q < les_first[l + 1]; q++)
        for (int p = 0; p < width; p++)
          own[q * width + p] += m->memory_weight[l * width + p] * a_bar[q * width + p];
  }
  if (m->nchi)
    les_transform_reverse(m, m->receiver + nb->element[atom] * m->nchannel, m->message_norm, a_bar,
                          sums);
  if (scalar) les_channels_reverse(m, sums, t);
  if (!m->nchi) return;
  for (int k = w->first[c]; k < w->first[c + 1]; k++) {
    const les_edge *e = &w->edge[k];
    const double vec[3] = {e->d * e->u[0], e->d * e->u[1], e->d * e->u[2]};
    double g[LES_LANES], dg[LES_LANES], h[LES_KPAD], g_bar[LES_LANES] = {0.0},
                                                     h_bar[LES_KPAD] = {0.0}, edge[4][3];
    les_radial(m->table, inverse_h, e->d, g, dg);
    les_monomials(e->u, h);
    if (scalar) {
      const double *restrict tz = t + e->element * square;
      const double x = w->chi[(size_t)e->node * m->nchi_padded];
      for (int q = 0; q < LES_MONOMIALS; q++) {
        for (int n = 0; n < LES_LANES; n++) g_bar[n] += h[q] * tz[q * LES_LANES + n];
        h_bar[q] = x * les_dot_lanes(tz + q * LES_LANES, g);
      }
      chi_bar[0] = les_dot_lanes(g_bar, g);
      for (int n = 0; n < LES_LANES; n++) g_bar[n] *= x;
    } else {
      les_chi_weights(m, w->chi + (size_t)e->node * m->nchi_padded, e->element, v);
      chi_reverse(m, e, v, sums, g, h, g_bar, h_bar, chi_bar);
    }
    for (int r = 0; r < (moments ? 4 : 1); r++) {
      double *restrict to = w->chi_bar + r * all_chi + (size_t)e->node * m->nchi_padded;
      const double x = r ? vec[r - 1] : 1.0;
      for (int o = 0; o < m->nchi; o++) to[o] += x * chi_bar[o];
    }
    les_edge_vector(e, h, les_dot_lanes(g_bar, dg), h_bar, edge[0]);
    contribute(out, atom, e, 1, (const double(*)[3])edge);
  }
}

/* Whether the neighbour of edge e of centre c is an own atom that c sends to. c stands for all its
 * images if it is own, then an image of an own atom stands for it; if c is a ghost, each of its
 * images is another centre. */
LES_INLINE int receives(const les_neighborhood *nb, int c, const les_edge *e)
{
  return e->node >= 0 && e->node < nb->nown && (c < nb->nown || nb->centre[e->node] == e->atom);
}

/* Ar messages that centre c sends: from the derivatives of own atoms to edges and to c's
 * descriptors
 */
LES_INLINE void ar_layer_of(const les_model *m, const les_neighborhood *nb, const les_work *w,
                            int c, int moments, const sweep_output *out)
{
  const double inverse_h = LES_INTERVALS / m->cutoff;
  const size_t size = (size_t)LES_MONOMIALS * m->width;
  les_ar_edge *ar = w->ar;
  int count = 0;
  for (int k = w->first[c]; k < w->first[c + 1]; k++) {
    const les_edge *e = &w->edge[k];
    double g[LES_LANES], dg[LES_LANES];
    if (!receives(nb, c, e)) continue;
    les_radial(m->table, inverse_h, e->d, g, dg);
    ar[count].a = w->a2_bar + (size_t)e->node * size;
    ar[count].d = e->d;
    ar[count].f = g[LES_LANES - 1];
    for (int a = 0; a < 3; a++) ar[count].v[a] = -e->d * e->u[a];
    count++;
  }
  les_ar_reverse(m, moments, count, ar, w->a1 + (size_t)c * size, w->a1_bar + (size_t)c * size,
                 size * nb->ncentre);
  count = 0;
  for (int k = w->first[c]; k < w->first[c + 1]; k++) {
    const les_edge *e = &w->edge[k];
    double g[LES_LANES], dg[LES_LANES], total = 0.0, fall = 0.0, t[4][3];
    if (!receives(nb, c, e)) continue;
    les_radial(m->table, inverse_h, e->d, g, dg);
    for (int n = 0; n < LES_LANES; n++) {
      total += ar[count].total[n];
      fall += ar[count].fall[n];
    }
    /* the edge as the receiving atom sees it */
    const les_edge turned = {{-e->u[0], -e->u[1], -e->u[2]}, e->d, c, nb->centre[c], 0};
    const double slope = total * dg[LES_LANES - 1] - fall * ar[count].f;
    for (int a = 0; a < 3; a++) t[0][a] = slope * turned.u[a];
    contribute(out, e->atom, &turned, 1, (const double(*)[3])t);
    count++;
  }
}

POLAR_CLONES
static void ar_layer(const les_model *m, const les_neighborhood *nb, const les_work *w, int c,
                     int moments, const sweep_output *out)
{
  if (moments == 1) ar_layer_of(m, nb, w, c, 1, out);
  else ar_layer_of(m, nb, w, c, 4, out);
}

POLAR_CLONES
static void invariants_reverse(int width, const double *a, const double *b, double *out)
{
  les_invariants_reverse(width, a, b, out);
}

POLAR_CLONES
static void multiply(int nrow, int nsum, int ncol, const double *a, int lda, const double *b,
                     double *c)
{
  les_gemm(0, nrow, nsum, ncol, a, lda, b, ncol, c, ncol);
}

static double silu_slope(double x)
{
  const double s = 1.0 / (1.0 + exp(-x));
  return s * (1.0 + x * (1.0 - s));
}

/* Derivatives of factor * output by the first layer's outputs */
static void network_reverse(const les_network *net, double factor, const double *z,
                            const double *deep, double *z_bar)
{
  double bar[LES_MAX_UNITS], next[LES_MAX_UNITS];
  z_bar[net->column_linear] = factor;
  bar[0] = factor;
  for (int k = 1; k < net->nhidden; k++) deep += net->size[k];
  for (int k = net->nhidden; k >= 1; k--) {
    const int before = net->size[k - 1];
    for (int i = 0; i < before; i++) next[i] = 0.0;
    for (int o = 0; o < net->size[k]; o++) {
      const double *w = net->weight[k] + (size_t)o * before;
      for (int i = 0; i < before; i++) next[i] += w[i] * bar[o];
    }
    if (k > 1) deep -= before;
    const double *x = k > 1 ? deep : z + net->column;
    for (int i = 0; i < before; i++) bar[i] = next[i] * silu_slope(x[i]);
  }
  for (int i = 0; i < net->size[0]; i++) z_bar[net->column + i] = bar[i];
}

static int deep_size(const les_network *net)
{
  int n = 0;
  for (int k = 1; k < net->nhidden; k++) n += net->size[k];
  return n;
}

/* Derivatives of sum_i (energy * E_i + weight_i q_i); weight NULL: 1 */
static polar_code sweep(const les_model *m, const les_neighborhood *nb, les_work *w, double energy,
                        const double *weight, const sweep_output *out, polar_status *st)
{
  if (!w->ready || w->model != m)
    return polar_fail(st, POLAR_ARGUMENT, "derivatives of a LES model need les_forward before");
  const int moments = out->born && m->layers, count = moments ? 4 : 1;
  const int width = m->width, one = LES_INVARIANTS * width;
  const size_t size = (size_t)LES_MONOMIALS * width, all = size * nb->ncentre,
               all_chi = (size_t)m->nchi_padded * nb->ncentre;
  double *z_bar = w->scratch, *x_bar = z_bar + (size_t)LES_BLOCK * m->nfirst,
         *a_bar = x_bar + (size_t)LES_BLOCK * m->nfeature, *loops = a_bar + size;
  const int skip = deep_size(&m->energy);
  /* outputs of the first layer that act: without the energy those of the charge's network only,
   * which stand together */
  const int from = energy != 0.0 ? 0 : m->charge.column,
            to = energy != 0.0 ? m->nfirst : m->charge.column_linear + 1;
  if (m->layers) {
    w->a1_bar = les_work_get(w, LES_A1_BAR, count * all + 1, sizeof(double));
    w->a2_bar = les_work_get(w, LES_A2_BAR, size * nb->nown + 1, sizeof(double));
    w->chi_bar = les_work_get(w, LES_CHI_BAR, count * all_chi + 1, sizeof(double));
    if (!w->a1_bar || !w->a2_bar || !w->chi_bar)
      return polar_fail_memory(st, "differentiating a LES model");
    memset(w->a1_bar, 0, count * all * sizeof(double));
    memset(w->a2_bar, 0, size * nb->nown * sizeof(double));
    memset(w->chi_bar, 0, count * all_chi * sizeof(double));
  }
  for (int begin = 0; begin < nb->nown; begin += LES_BLOCK) {
    const int n = nb->nown - begin < LES_BLOCK ? nb->nown - begin : LES_BLOCK;
    memset(z_bar, 0, (size_t)n * m->nfirst * sizeof(double));
    for (int b = 0; b < n; b++) {
      const double *z = w->hidden + (size_t)(begin + b) * m->nfirst,
                   *deep = w->deep + (size_t)(begin + b) * w->ndeep;
      if (energy != 0.0) network_reverse(&m->energy, energy, z, deep, z_bar + b * m->nfirst);
      network_reverse(&m->charge, weight ? weight[begin + b] : 1.0, z, deep + skip,
                      z_bar + b * m->nfirst);
    }
    multiply(n, to - from, m->nfeature, z_bar + from, m->nfirst,
             m->first_t + (size_t)from * m->nfeature, x_bar);
    for (int b = 0; b < n; b++) {
      const int c = begin + b;
      const double *a1 = w->a1 + (size_t)c * size, *x = x_bar + (size_t)b * m->nfeature;
      if (!m->layers) {
        memset(a_bar, 0, size * sizeof(double));
        invariants_reverse(width, a1, x, a_bar);
        first_layer(m, nb, w, c, 1, a_bar, 0, loops, out);
        continue;
      }
      invariants_reverse(width, a1, x, w->a1_bar + (size_t)c * size);
      double *a2_bar = w->a2_bar + (size_t)c * size;
      invariants_reverse(width, w->a2 + (size_t)c * size, x + one, a2_bar);
      second_layer(m, nb, w, c, moments, a2_bar, loops, out);
    }
  }
  if (!m->layers) return POLAR_OK;
  for (int c = 0; c < nb->ncentre && m->ar; c++) ar_layer(m, nb, w, c, count, out);
  for (int begin = 0; begin < nb->ncentre; begin += LES_BLOCK) {
    const int n = nb->ncentre - begin < LES_BLOCK ? nb->ncentre - begin : LES_BLOCK;
    for (int r = 0; r < count && m->nchi; r++) {
      multiply(n, m->nchi_padded, one, w->chi_bar + r * all_chi + (size_t)begin * m->nchi_padded,
               m->nchi_padded, m->chi_weight_t, x_bar);
      for (int b = 0; b < n; b++)
        invariants_reverse(width, w->a1 + (size_t)(begin + b) * size, x_bar + (size_t)b * one,
                           w->a1_bar + r * all + (size_t)(begin + b) * size);
    }
    for (int b = 0; b < n; b++)
      first_layer(m, nb, w, begin + b, count, w->a1_bar + (size_t)(begin + b) * size, all, loops,
                  out);
  }
  return POLAR_OK;
}

polar_code les_backward(const les_model *m, const les_neighborhood *nb, les_work *w,
                        const double *phi, double (*force)[3], double *virial,
                        double (*atom_virial)[6], polar_status *st)
{
  const sweep_output out = {force, virial, atom_virial, NULL};
  return sweep(m, nb, w, 1.0, phi, &out, st);
}

polar_code les_charge_gradient(const les_model *m, const les_neighborhood *nb, les_work *w,
                               const double *weight, double (*gradient)[3], polar_status *st)
{
  const sweep_output out = {gradient, NULL, NULL, NULL};
  for (int i = 0; i < nb->nall; i++)
    for (int a = 0; a < 3; a++) gradient[i][a] = -gradient[i][a];
  const polar_code code = sweep(m, nb, w, 0.0, weight, &out, st);
  for (int i = 0; i < nb->nall; i++)
    for (int a = 0; a < 3; a++) gradient[i][a] = -gradient[i][a];
  return code;
}

polar_code les_born_local(const les_model *m, const les_neighborhood *nb, les_work *w,
                          const double *charge, double mean, double (*born)[9], polar_status *st)
{
  const sweep_output out = {NULL, NULL, NULL, born};
  for (int i = 0; i < nb->nown; i++)
    for (int a = 0; a < 3; a++) born[nb->centre[i]][4 * a] += charge[i] - mean;
  return sweep(m, nb, w, 0.0, NULL, &out, st);
}
