/* From the arrays of a file to those of the loops: padded, permuted, radial functions tabulated. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/units.h"
#include "les/les_file.h"

static int padded(int n, int to)
{
  return (n + to - 1) / to * to;
}

/* Zeroed doubles on a 64-byte boundary */
static double *array(size_t n)
{
  const size_t bytes = (n * sizeof(double) + 63) / 64 * 64;
  double *p = aligned_alloc(64, bytes ? bytes : 64);
  for (size_t i = 0; p && i < bytes / sizeof(double); i++) p[i] = 0.0;
  return p;
}

static void free_network(les_network *n)
{
  for (int k = 0; k <= LES_MAX_HIDDEN; k++) {
    free(n->weight[k]);
    free(n->bias[k]);
  }
}

void les_model_free(les_model *m)
{
  if (!m) return;
  for (int l = 0; l < 4; l++) {
    free(m->radial[l]);
    free(m->radial_t[l]);
  }
  double *const all[] = {m->sender,       m->receiver, m->table,      m->memory_weight,
                         m->ar_prefactor, m->ar_rate,  m->chi_weight, m->chi_weight_t,
                         m->chi_bias,     m->first,    m->first_t,    m->first_bias};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
  free_network(&m->energy);
  free_network(&m->charge);
  free(m);
}

/* value, first and second derivative of sin(w x)/x */
static void sine_over_x(double w, double x, double s[3])
{
  const double a = w * x;
  if (fabs(a) < 0.5) { /* sum_k (-1)^k w^(2k+1) x^(2k)/(2k+1)!, nine terms: below 1e-20 */
    s[0] = s[1] = s[2] = 0.0;
    double c = w;
    for (int k = 0; k < 9; k++) {
      s[0] += c * pow(x, 2 * k);
      if (k) {
        s[1] += c * 2 * k * pow(x, 2 * k - 1);
        s[2] += c * 2 * k * (2 * k - 1) * pow(x, 2 * k - 2);
      }
      c *= -w * w / ((2 * k + 2) * (2 * k + 3));
    }
    return;
  }
  s[0] = sin(a) / x;
  s[1] = (w * cos(a) - s[0]) / x;
  s[2] = (-w * w * sin(a) - 2.0 * s[1]) / x;
}

/* 1 - (p+1)(p+2)/2 y^p + p(p+2) y^(p+1) - p(p+1)/2 y^(p+2), y = x/cutoff, with derivatives */
static void cutoff_function(int p, double cutoff, double x, double f[3])
{
  const double y = x / cutoff;
  const double c[3] = {-0.5 * (p + 1) * (p + 2), (double)p * (p + 2), -0.5 * p * (p + 1)};
  f[0] = 1.0;
  f[1] = f[2] = 0.0;
  for (int i = 0; i < 3; i++) {
    const int n = p + i;
    f[0] += c[i] * pow(y, n);
    f[1] += c[i] * n * pow(y, n - 1) / cutoff;
    f[2] += c[i] * n * (n - 1) * pow(y, n - 2) / (cutoff * cutoff);
  }
  if (x >= cutoff) f[0] = f[1] = f[2] = 0.0;
}

/* Quintic Hermite polynomials of amplitude sin(w_n d)/d f(d) and of f(d): twice continuously
 * differentiable, relative error about (w h)^6/46080 with h = rc/LES_INTERVALS: below 1e-11 */
static void fill_table(les_model *m, double amplitude, const double *frequency)
{
  const double h = m->cutoff / LES_INTERVALS;
  for (int i = 0; i < LES_INTERVALS; i++)
    for (int n = 0; n < LES_LANES; n++) {
      if (n >= m->nradial && n != LES_LANES - 1) continue;
      double v[2][3];
      for (int end = 0; end < 2; end++) {
        const double x = (i + end) * h;
        double s[3] = {1.0, 0.0, 0.0}, f[3];
        cutoff_function(m->cutoff_power, m->cutoff, x, f);
        if (n < m->nradial) {
          sine_over_x(frequency[n], x, s);
          for (int k = 0; k < 3; k++) s[k] *= amplitude;
        }
        v[end][0] = s[0] * f[0];
        v[end][1] = h * (s[1] * f[0] + s[0] * f[1]);
        v[end][2] = h * h * (s[2] * f[0] + 2.0 * s[1] * f[1] + s[0] * f[2]);
      }
      const double d0 = v[1][0] - v[0][0] - v[0][1] - 0.5 * v[0][2];
      const double d1 = v[1][1] - v[0][1] - v[0][2], d2 = v[1][2] - v[0][2];
      double *c = m->table + (size_t)i * 6 * LES_LANES + n;
      c[0] = v[0][0];
      c[LES_LANES] = v[0][1];
      c[2 * LES_LANES] = 0.5 * v[0][2];
      c[3 * LES_LANES] = 10.0 * d0 - 4.0 * d1 + 0.5 * d2;
      c[4 * LES_LANES] = -15.0 * d0 + 7.0 * d1 - d2;
      c[5 * LES_LANES] = 6.0 * d0 - 3.0 * d1 + 0.5 * d2;
    }
}

/* Place of the file's feature (basis function b, invariant s, channel c) in the padded array */
static size_t place(const les_model *m, int b, int s, int c)
{
  return (size_t)s * m->width + (size_t)c * m->nbasis_padded + b;
}

static polar_code pack_embedding(const les_file *f, les_model *m, polar_status *st)
{
  const double *sender, *receiver, *frequency;
  polar_code code;
  if ((code = les_file_block(f, "embedding.sender", 2, f->nelement, f->nembed, 0, &sender, st)) ||
      (code =
           les_file_block(f, "embedding.receiver", 2, f->nelement, f->nembed, 0, &receiver, st)) ||
      (code = les_file_block(f, "radial.frequency", 1, f->nradial, 0, 0, &frequency, st)))
    return code;
  const int na = f->nembed;
  m->sender = array((size_t)m->nelement * m->nchannel);
  m->receiver = array((size_t)m->nelement * m->nchannel);
  m->table = array((size_t)LES_INTERVALS * 6 * LES_LANES);
  if (!m->sender || !m->receiver || !m->table) return polar_fail_memory(st, "packing a LES model");
  for (int z = 0; z < m->nelement; z++)
    for (int c = 0; c < m->nchannel; c++) {
      m->sender[z * m->nchannel + c] = sender[z * na + c / na];
      m->receiver[z * m->nchannel + c] = receiver[z * na + c % na];
    }
  fill_table(m, f->amplitude, frequency);
  for (int l = 0; l < 4; l++) {
    char name[LES_NAME];
    const double *w;
    snprintf(name, sizeof name, "radial.weight.%d", l);
    if ((code = les_file_block(f, name, 3, f->nradial, f->nbasis, m->nchannel, &w, st)))
      return code;
    const size_t size = (size_t)m->nchannel * LES_LANES * m->nbasis_padded;
    m->radial[l] = array(size);
    m->radial_t[l] = array(size);
    if (!m->radial[l] || !m->radial_t[l]) return polar_fail_memory(st, "packing a LES model");
    for (int n = 0; n < f->nradial; n++)
      for (int b = 0; b < f->nbasis; b++)
        for (int c = 0; c < m->nchannel; c++) {
          const double x = w[((size_t)n * f->nbasis + b) * m->nchannel + c];
          m->radial[l][((size_t)c * LES_LANES + n) * m->nbasis_padded + b] = x;
          m->radial_t[l][((size_t)c * m->nbasis_padded + b) * LES_LANES + n] = x;
        }
  }
  return POLAR_OK;
}

static polar_code pack_per_degree(const les_file *f, const les_model *m, const char *stem,
                                  double **out, polar_status *st)
{
  *out = array(4 * (size_t)m->width);
  if (!*out) return polar_fail_memory(st, "packing a LES model");
  for (int l = 0; l < 4; l++) {
    char name[LES_NAME];
    const double *w;
    snprintf(name, sizeof name, "%s.%d", stem, l);
    const polar_code code = les_file_block(f, name, 2, f->nbasis, m->nchannel, 0, &w, st);
    if (code) return code;
    for (int b = 0; b < f->nbasis; b++)
      for (int c = 0; c < m->nchannel; c++)
        (*out)[l * m->width + c * m->nbasis_padded + b] = w[b * m->nchannel + c];
  }
  return POLAR_OK;
}

static polar_code pack_message(const les_file *f, les_model *m, polar_status *st)
{
  polar_code code;
  if (m->memory && (code = pack_per_degree(f, m, "memory", &m->memory_weight, st))) return code;
  if (m->ar && ((code = pack_per_degree(f, m, "ar.prefactor", &m->ar_prefactor, st)) ||
                (code = pack_per_degree(f, m, "ar.rate", &m->ar_rate, st))))
    return code;
  if (!m->nchi) return POLAR_OK;
  const double *w, *b;
  const int nin = f->nbasis * LES_INVARIANTS * m->nchannel;
  if ((code = les_file_block(f, "bchi.weight", 2, m->nchi, nin, 0, &w, st)) ||
      (code = les_file_block(f, "bchi.bias", 1, m->nchi, 0, 0, &b, st)))
    return code;
  const size_t rows = (size_t)LES_INVARIANTS * m->width;
  m->chi_weight = array(rows * m->nchi_padded);
  m->chi_weight_t = array(rows * m->nchi_padded);
  m->chi_bias = array(m->nchi_padded);
  if (!m->chi_weight || !m->chi_weight_t || !m->chi_bias)
    return polar_fail_memory(st, "packing a LES model");
  for (int o = 0; o < m->nchi; o++) {
    m->chi_bias[o] = b[o];
    for (int i = 0; i < nin; i++) {
      const int c = i % m->nchannel, s = i / m->nchannel % LES_INVARIANTS,
                n = i / m->nchannel / LES_INVARIANTS;
      const size_t row = place(m, n, s, c);
      m->chi_weight[row * m->nchi_padded + o] = m->chi_weight_t[o * rows + row] =
          w[(size_t)o * nin + i];
    }
  }
  return POLAR_OK;
}

/* First-layer weights of one network into columns of les_model.first */
static void pack_first(const les_file *f, les_model *m, int column, int nout, const double *w,
                       const double *bias)
{
  const int layers = m->layers + 1, nin = f->nbasis * LES_INVARIANTS * m->nchannel * layers;
  for (int o = 0; o < nout; o++) {
    if (bias) m->first_bias[column + o] = bias[o];
    for (int i = 0; i < nin; i++) {
      const int t = i % layers, g = i / layers, c = g % m->nchannel,
                s = g / m->nchannel % LES_INVARIANTS, n = g / m->nchannel / LES_INVARIANTS;
      const size_t row = (size_t)t * LES_INVARIANTS * m->width + place(m, n, s, c);
      m->first[row * m->nfirst + column + o] =
          m->first_t[(size_t)(column + o) * m->nfeature + row] = w[(size_t)o * nin + i];
    }
  }
}

static polar_code pack_network(const les_file *f, les_model *m, int which, les_network *net,
                               polar_status *st)
{
  const char *stem = which ? "charge" : "energy";
  const int nin = f->nbasis * LES_INVARIANTS * m->nchannel * (m->layers + 1);
  int before = nin;
  char name[LES_NAME];
  polar_code code;
  for (int k = 0; k <= net->nhidden; k++) {
    const double *w, *b = NULL;
    const int n = net->size[k];
    snprintf(name, sizeof name, "%s.%d.weight", stem, k);
    if ((code = les_file_block(f, name, 2, n, before, 0, &w, st))) return code;
    snprintf(name, sizeof name, "%s.%d.bias", stem, k);
    if (f->bias[which] && (code = les_file_block(f, name, 1, n, 0, 0, &b, st))) return code;
    if (k == 0) {
      pack_first(f, m, net->column, n, w, b);
    } else {
      net->weight[k] = array((size_t)n * before);
      net->bias[k] = array(n);
      if (!net->weight[k] || !net->bias[k]) return polar_fail_memory(st, "packing a LES model");
      for (int i = 0; i < n * before; i++) net->weight[k][i] = w[i];
      for (int i = 0; i < n && b; i++) net->bias[k][i] = b[i];
    }
    before = n;
  }
  const double *w, *b = NULL;
  snprintf(name, sizeof name, "%s.linear.weight", stem);
  if ((code = les_file_block(f, name, 2, 1, nin, 0, &w, st))) return code;
  snprintf(name, sizeof name, "%s.linear.bias", stem);
  if (f->bias[which] && (code = les_file_block(f, name, 1, 1, 0, 0, &b, st))) return code;
  pack_first(f, m, net->column_linear, 1, w, b);
  return POLAR_OK;
}

polar_code les_pack(const les_file *f, les_model *m, polar_status *st)
{
  m->nelement = f->nelement;
  for (int i = 0; i < f->nelement; i++) {
    m->element[i] = f->element[i];
    m->e0[i] = f->e0[i];
  }
  m->has_e0 = f->has_e0;
  m->has_scale = f->has_scale;
  m->scale = f->scale;
  m->cutoff = f->cutoff;
  m->cutoff_power = f->power;
  m->sigma = f->sigma;
  m->kmax = 2.0 * POLAR_PI / f->dl;
  m->norm = f->norm;
  m->remove_self = f->remove_self;
  m->layers = f->layers;
  m->nradial = f->nradial;
  m->nbasis = f->nbasis;
  m->nembed = f->nembed;
  m->nchannel = f->nembed * f->nembed;
  m->nbasis_padded = padded(f->nbasis, 4);
  m->width = padded(m->nchannel * m->nbasis_padded, 8);
  m->memory = f->memory;
  m->ar = f->ar;
  m->chi_l = f->chi_l;
  m->chi_channels = f->chi_channels;
  m->nchi = f->chi_l * f->chi_channels;
  m->nchi_padded = padded(m->nchi, 8);
  m->message_norm = f->message_norm;
  m->nfeature = (m->layers + 1) * LES_INVARIANTS * m->width;

  les_network *const net[2] = {&m->energy, &m->charge};
  int column = 0;
  for (int w = 0; w < 2; w++) {
    net[w]->nhidden = f->nhidden[w];
    for (int k = 0; k < f->nhidden[w]; k++) net[w]->size[k] = f->hidden[w][k];
    net[w]->size[f->nhidden[w]] = 1;
    net[w]->column = column;
    net[w]->column_linear = column + f->hidden[w][0];
    column += f->hidden[w][0] + 1;
  }
  m->nfirst = padded(column, 8);
  m->first = array((size_t)m->nfeature * m->nfirst);
  m->first_t = array((size_t)m->nfeature * m->nfirst);
  m->first_bias = array(m->nfirst);
  if (!m->first || !m->first_t || !m->first_bias)
    return polar_fail_memory(st, "packing a LES model");

  polar_code code;
  if ((code = pack_embedding(f, m, st)) || (code = pack_network(f, m, 0, net[0], st)) ||
      (code = pack_network(f, m, 1, net[1], st)))
    return code;
  return m->layers ? pack_message(f, m, st) : POLAR_OK;
}
