/* Ar messages of a LES model: sums over the neighbours j of an atom i,
 *
 *   a2_i[k][p] += f(d) norm prefactor[l][p] exp(-d rate[l][p]) a1_j[k][p],  l the degree of k,
 *
 * and their reverse. Both are written as sums at the atom that receives, over places p in vectors
 * and blocks of monomials, so that the sums stay in registers: that of the reverse sweep is at j,
 * over the atoms i that j sends to. */
#ifndef LES_AR_H
#define LES_AR_H

#include "les/les_work.h"

struct les_ar_edge {
  const double *a;        /* [20][width] of the other atom */
  double d, f, v[3];      /* distance, cutoff function, vector from the receiving atom */
  les_vector decay, rho;  /* of one degree and vector of places */
  les_vector total, fall; /* derivatives by the cutoff function and by -d, see les_ar_reverse */
};
typedef struct les_ar_edge les_ar_edge;

/* exp to 1e-14 in a vector's loop */
LES_INLINE void les_ar_decay(const les_model *m, int l, int p, int count, les_ar_edge *e)
{
  const double *rate = m->ar_rate + l * m->width + p;
  les_vector factor;
  LES_LOAD(factor, m->ar_prefactor + l * m->width + p);
  factor *= m->message_norm;
  for (int k = 0; k < count; k++) {
    double x[LES_LANES], y[LES_LANES];
    for (int n = 0; n < LES_LANES; n++) x[n] = -e[k].d * rate[n];
    les_exp(LES_LANES, x, y);
    LES_LOAD(e[k].decay, y);
    e[k].decay *= factor;
  }
}

/* `nq` monomials from place `at` on; nq is a constant where this is used */
LES_INLINE void les_ar_block(int nq, int width, size_t at, int count, const les_ar_edge *e,
                             double *a)
{
  les_vector s[5], row;
  for (int q = 0; q < nq; q++) LES_LOAD(s[q], a + at + (size_t)q * width);
  for (int k = 0; k < count; k++) {
    const les_vector x = e[k].f * e[k].decay;
    for (int q = 0; q < nq; q++) {
      LES_LOAD(row, e[k].a + at + (size_t)q * width);
      s[q] += x * row;
    }
  }
  for (int q = 0; q < nq; q++) LES_STORE(a + at + (size_t)q * width, s[q]);
}

/* Add the messages of `count` neighbours to a[20][width] */
LES_INLINE void les_ar_forward(const les_model *m, int count, les_ar_edge *e, double *a)
{
  const int w = m->width;
  for (int p = 0; p < w; p += LES_LANES)
    for (int l = 0; l < 4; l++) {
      const size_t at = (size_t)les_first[l] * w + p;
      les_ar_decay(m, l, p, count, e);
      if (l == 0) les_ar_block(1, w, at, count, e, a);
      if (l == 1) les_ar_block(3, w, at, count, e, a);
      if (l == 2) {
        les_ar_block(3, w, at, count, e, a);
        les_ar_block(3, w, at + 3 * (size_t)w, count, e, a);
      }
      if (l == 3) {
        les_ar_block(5, w, at, count, e, a);
        les_ar_block(5, w, at + 5 * (size_t)w, count, e, a);
      }
    }
}

/* The same of the reverse sweep: e.a are derivatives by a2, own is a1; moments is 1 or 4 */
LES_INLINE void les_ar_reverse_block(int moments, int nq, int width, size_t at, int count,
                                     les_ar_edge *e, const double *own, double *bar, size_t stride)
{
  les_vector s[4][5], row, mine;
  for (int r = 0; r < moments; r++)
    for (int q = 0; q < nq; q++) LES_LOAD(s[r][q], bar + r * stride + at + (size_t)q * width);
  for (int k = 0; k < count; k++) {
    const les_vector x = e[k].f * e[k].decay;
    const les_vector y[4] = {x, e[k].v[0] * x, e[k].v[1] * x, e[k].v[2] * x};
    les_vector rho = e[k].rho;
    for (int q = 0; q < nq; q++) {
      LES_LOAD(row, e[k].a + at + (size_t)q * width);
      LES_LOAD(mine, own + at + (size_t)q * width);
      rho += row * mine;
      for (int r = 0; r < moments; r++) s[r][q] += y[r] * row;
    }
    e[k].rho = rho;
  }
  for (int r = 0; r < moments; r++)
    for (int q = 0; q < nq; q++) LES_STORE(bar + r * stride + at + (size_t)q * width, s[r][q]);
}

/* Add to bar[20][width] of an atom with descriptors own[20][width] the derivatives by these of what
 * the `count` atoms that it sends to have as derivatives e.a by theirs; for 4 moments also, stride
 * apart, those times the components of e.v. Sums over the lanes of e.total are the derivatives by
 * the cutoff function, those of e.fall times -e.f the other part of the derivative by the distance.
 */
LES_INLINE void les_ar_reverse(const les_model *m, int moments, int count, les_ar_edge *e,
                               const double *own, double *bar, size_t stride)
{
  const int w = m->width;
  const les_vector zero = {0.0};
  for (int k = 0; k < count; k++) e[k].total = e[k].fall = zero;
  for (int p = 0; p < w; p += LES_LANES)
    for (int l = 0; l < 4; l++) {
      const size_t at = (size_t)les_first[l] * w + p;
      les_vector rate;
      LES_LOAD(rate, m->ar_rate + l * w + p);
      les_ar_decay(m, l, p, count, e);
      for (int k = 0; k < count; k++) e[k].rho = zero;
      if (l == 0) les_ar_reverse_block(moments, 1, w, at, count, e, own, bar, stride);
      if (l == 1) les_ar_reverse_block(moments, 3, w, at, count, e, own, bar, stride);
      if (l == 2) {
        les_ar_reverse_block(moments, 3, w, at, count, e, own, bar, stride);
        les_ar_reverse_block(moments, 3, w, at + 3 * (size_t)w, count, e, own, bar, stride);
      }
      if (l == 3) {
        les_ar_reverse_block(moments, 5, w, at, count, e, own, bar, stride);
        les_ar_reverse_block(moments, 5, w, at + 5 * (size_t)w, count, e, own, bar, stride);
      }
      for (int k = 0; k < count; k++) {
        const les_vector part = e[k].rho * e[k].decay;
        e[k].total += part;
        e[k].fall += part * rate;
      }
    }
}

#endif
