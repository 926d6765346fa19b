/* Inner loops of a LES model: inline, so that each caller's POLAR_CLONES compile them for their
 * instruction set. Arrays over (channel, basis function) have `width` numbers, a multiple of 8. */
#ifndef LES_KERNEL_H
#define LES_KERNEL_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/simd.h"
#include "les/les_model.h"

/* a*b + c in one instruction where there is one: the clones agree to rounding only */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=fast")
#define LES_NO_ALIAS _Pragma("GCC ivdep")
#else
#define LES_NO_ALIAS
#endif

#if defined(__GNUC__)
#define LES_INLINE static inline __attribute__((always_inline))
#else
#define LES_INLINE static inline
#endif

#define LES_KPAD 24 /* monomials padded to whole vectors */

/* Vectors of the compiler (GCC, clang and their kin): left to itself it vectorizes the wrong loops
 */
typedef double les_vector __attribute__((vector_size(LES_LANES * sizeof(double))));
typedef double les_half __attribute__((vector_size(4 * sizeof(double))));

#define LES_LOAD(v, p) memcpy(&(v), (p), sizeof(v))
#define LES_STORE(p, v) memcpy((p), &(v), sizeof(v))

/* first monomial of each degree */
static const int les_first[5] = {0, 1, 4, 10, 20};

typedef struct {
  double u[3], d; /* unit vector from neighbour to centre, distance */
  int node;       /* of the neighbour, or its original: place among the centres, or -1 */
  int atom;       /* index of the neighbour */
  int element;
} les_edge;

/* radial functions g (last lane: cutoff function) and derivatives at distance d < cutoff */
LES_INLINE void les_radial(const double *table, double inverse_h, double d, double g[LES_LANES],
                           double dg[LES_LANES])
{
  int i = (int)(d * inverse_h);
  if (i > LES_INTERVALS - 1) i = LES_INTERVALS - 1;
  const double t = d * inverse_h - i, *c = table + (size_t)i * 6 * LES_LANES;
  les_vector k, v, slope;
  LES_LOAD(v, c + 5 * LES_LANES);
  slope = v;
  for (int power = 4; power > 0; power--) {
    LES_LOAD(k, c + power * LES_LANES);
    v = v * t + k;
    slope = slope * t + v;
  }
  LES_LOAD(k, c);
  v = v * t + k;
  slope = slope * inverse_h;
  LES_STORE(g, v);
  LES_STORE(dg, slope);
}

LES_INLINE void les_monomials(const double u[3], double h[LES_KPAD])
{
  const double x = u[0], y = u[1], z = u[2];
  h[0] = 1.0;
  h[1] = x, h[2] = y, h[3] = z;
  h[4] = x * x, h[5] = x * y, h[6] = x * z, h[7] = y * y, h[8] = y * z, h[9] = z * z;
  h[10] = h[4] * x, h[11] = h[4] * y, h[12] = h[4] * z, h[13] = h[5] * y, h[14] = h[5] * z;
  h[15] = h[6] * z, h[16] = h[7] * y, h[17] = h[7] * z, h[18] = h[8] * z, h[19] = h[9] * z;
  h[20] = h[21] = h[22] = h[23] = 0.0;
}

/* v = sum_k b_k d(h_k)/du */
LES_INLINE void les_monomials_reverse(const double u[3], const double h[LES_KPAD],
                                      const double b[LES_KPAD], double v[3])
{
  const double x = u[0], y = u[1], z = u[2];
  v[0] = b[1] + 2.0 * x * b[4] + y * b[5] + z * b[6] + 3.0 * h[4] * b[10] + 2.0 * h[5] * b[11] +
         2.0 * h[6] * b[12] + h[7] * b[13] + h[8] * b[14] + h[9] * b[15];
  v[1] = b[2] + x * b[5] + 2.0 * y * b[7] + z * b[8] + h[4] * b[11] + 2.0 * h[5] * b[13] +
         h[6] * b[14] + 3.0 * h[7] * b[16] + 2.0 * h[8] * b[17] + h[9] * b[18];
  v[2] = b[3] + x * b[6] + y * b[8] + 2.0 * z * b[9] + h[4] * b[12] + h[5] * b[14] +
         2.0 * h[6] * b[15] + h[7] * b[17] + 2.0 * h[8] * b[18] + 3.0 * h[9] * b[19];
}

/* Derivative by the vector d*u from the derivatives by d (slope) and by the monomials of u (b) */
LES_INLINE void les_edge_vector(const les_edge *e, const double h[LES_KPAD], double slope,
                                const double b[LES_KPAD], double t[3])
{
  double v[3];
  les_monomials_reverse(e->u, h, b, v);
  const double along = v[0] * e->u[0] + v[1] * e->u[1] + v[2] * e->u[2], inverse = 1.0 / e->d;
  for (int a = 0; a < 3; a++) t[a] = (v[a] - along * e->u[a]) * inverse + slope * e->u[a];
}

LES_INLINE double les_dot_lanes(const double *a, const double *b)
{
  double s[LES_LANES];
  for (int n = 0; n < LES_LANES; n++) s[n] = a[n] * b[n];
  return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

/* ROWS x 16 of the product below; accumulators stay in registers, which compilers do not see by
 * themselves */
#define LES_GEMM_BLOCK(NAME, ROWS)                                                                 \
  LES_INLINE void NAME(int add, int nsum, const double *restrict a, int lda,                       \
                       const double *restrict b, int ldb, double *restrict c, int ldc)             \
  {                                                                                                \
    les_vector s[ROWS][2], b0, b1;                                                                 \
    for (int r = 0; r < ROWS; r++)                                                                 \
      if (add) memcpy(s[r], c + (size_t)r * ldc, sizeof s[r]);                                     \
      else memset(s[r], 0, sizeof s[r]);                                                           \
    for (int i = 0; i < nsum; i++) {                                                               \
      memcpy(&b0, b + (size_t)i * ldb, sizeof b0);                                                 \
      memcpy(&b1, b + (size_t)i * ldb + 8, sizeof b1);                                             \
      for (int r = 0; r < ROWS; r++) {                                                             \
        const double x = a[(size_t)r * lda + i];                                                   \
        s[r][0] += x * b0;                                                                         \
        s[r][1] += x * b1;                                                                         \
      }                                                                                            \
    }                                                                                              \
    for (int r = 0; r < ROWS; r++) memcpy(c + (size_t)r * ldc, s[r], sizeof s[r]);                 \
  }
LES_GEMM_BLOCK(les_gemm_4, 4)
LES_GEMM_BLOCK(les_gemm_1, 1)
#undef LES_GEMM_BLOCK

/* c[row][col] = sum_i a[row][i] b[i][col], plus what c was if `add`; ncol a multiple of 8 */
LES_INLINE void les_gemm(int add, int nrow, int nsum, int ncol, const double *restrict a, int lda,
                         const double *restrict b, int ldb, double *restrict c, int ldc)
{
  int col = 0;
  for (; col + 16 <= ncol; col += 16) {
    int row = 0;
    for (; row + 4 <= nrow; row += 4)
      les_gemm_4(add, nsum, a + (size_t)row * lda, lda, b + col, ldb, c + (size_t)row * ldc + col,
                 ldc);
    for (; row < nrow; row++)
      les_gemm_1(add, nsum, a + (size_t)row * lda, lda, b + col, ldb, c + (size_t)row * ldc + col,
                 ldc);
  }
  for (; col < ncol; col += 8)
    for (int row = 0; row < nrow; row++) {
      double s[8] = {0.0};
      for (int i = 0; i < nsum; i++)
        for (int k = 0; k < 8; k++) s[k] += a[(size_t)row * lda + i] * b[(size_t)i * ldb + col + k];
      double *to = c + (size_t)row * ldc + col;
      for (int k = 0; k < 8; k++) to[k] = (add ? to[k] : 0.0) + s[k];
    }
}

/* The six invariants of each (channel, basis function): b[6][width] of a[20][width]. Sums over the
 * monomials of one degree with multinomial weights; the last two couple degrees 1,1,2 and 1,2,3. */
LES_INLINE void les_invariants(int width, const double *restrict a, double *restrict b)
{
#define A(k) a[(k)*width + p]
  LES_NO_ALIAS
  for (int p = 0; p < width; p++) {
    const double a1 = A(1), a2 = A(2), a3 = A(3), a4 = A(4), a5 = A(5), a6 = A(6), a7 = A(7),
                 a8 = A(8), a9 = A(9), a10 = A(10), a11 = A(11), a12 = A(12), a13 = A(13),
                 a14 = A(14), a15 = A(15), a16 = A(16), a17 = A(17), a18 = A(18), a19 = A(19);
    b[p] = A(0);
    b[width + p] = a1 * a1 + a2 * a2 + a3 * a3;
    b[2 * width + p] = a4 * a4 + a7 * a7 + a9 * a9 + 2.0 * (a5 * a5 + a6 * a6 + a8 * a8);
    b[3 * width + p] =
        a10 * a10 + a16 * a16 + a19 * a19 +
        3.0 * (a11 * a11 + a12 * a12 + a13 * a13 + a15 * a15 + a17 * a17 + a18 * a18) +
        6.0 * a14 * a14;
    b[4 * width + p] = a1 * a1 * a4 + a2 * a2 * a7 + a3 * a3 * a9 +
                       2.0 * (a1 * a2 * a5 + a1 * a3 * a6 + a2 * a3 * a8);
    b[5 * width + p] =
        a3 * (a9 * a19 + a7 * a17 + a4 * a12 + 2.0 * (a8 * a18 + a6 * a15 + a5 * a14)) +
        a2 * (a9 * a18 + a7 * a16 + a4 * a11 + 2.0 * (a8 * a17 + a6 * a14 + a5 * a13)) +
        a1 * (a9 * a15 + a7 * a13 + a4 * a10 + 2.0 * (a8 * a14 + a6 * a12 + a5 * a11));
  }
}

/* out[20][width] += derivatives of sum b.invariants(a) */
LES_INLINE void les_invariants_reverse(int width, const double *restrict a,
                                       const double *restrict b, double *restrict out)
{
#define O(k) out[(k)*width + p]
  LES_NO_ALIAS
  for (int p = 0; p < width; p++) {
    const double a1 = A(1), a2 = A(2), a3 = A(3), a4 = A(4), a5 = A(5), a6 = A(6), a7 = A(7),
                 a8 = A(8), a9 = A(9), a10 = A(10), a11 = A(11), a12 = A(12), a13 = A(13),
                 a14 = A(14), a15 = A(15), a16 = A(16), a17 = A(17), a18 = A(18), a19 = A(19);
    const double b1 = 2.0 * b[width + p], b2 = 2.0 * b[2 * width + p], b3 = 2.0 * b[3 * width + p],
                 b4 = b[4 * width + p], b5 = b[5 * width + p];
    O(0) += b[p];
    O(1) += b1 * a1 + 2.0 * b4 * (a1 * a4 + a2 * a5 + a3 * a6) +
            b5 * (a9 * a15 + a7 * a13 + a4 * a10 + 2.0 * (a8 * a14 + a6 * a12 + a5 * a11));
    O(2) += b1 * a2 + 2.0 * b4 * (a2 * a7 + a1 * a5 + a3 * a8) +
            b5 * (a9 * a18 + a7 * a16 + a4 * a11 + 2.0 * (a8 * a17 + a6 * a14 + a5 * a13));
    O(3) += b1 * a3 + 2.0 * b4 * (a3 * a9 + a1 * a6 + a2 * a8) +
            b5 * (a9 * a19 + a7 * a17 + a4 * a12 + 2.0 * (a8 * a18 + a6 * a15 + a5 * a14));
    O(4) += b2 * a4 + b4 * a1 * a1 + b5 * (a3 * a12 + a2 * a11 + a1 * a10);
    O(5) += 2.0 * (b2 * a5 + b4 * a1 * a2 + b5 * (a3 * a14 + a2 * a13 + a1 * a11));
    O(6) += 2.0 * (b2 * a6 + b4 * a1 * a3 + b5 * (a3 * a15 + a2 * a14 + a1 * a12));
    O(7) += b2 * a7 + b4 * a2 * a2 + b5 * (a3 * a17 + a2 * a16 + a1 * a13);
    O(8) += 2.0 * (b2 * a8 + b4 * a2 * a3 + b5 * (a3 * a18 + a2 * a17 + a1 * a14));
    O(9) += b2 * a9 + b4 * a3 * a3 + b5 * (a3 * a19 + a2 * a18 + a1 * a15);
    O(10) += b3 * a10 + b5 * a1 * a4;
    O(11) += 3.0 * b3 * a11 + b5 * (a2 * a4 + 2.0 * a1 * a5);
    O(12) += 3.0 * b3 * a12 + b5 * (a3 * a4 + 2.0 * a1 * a6);
    O(13) += 3.0 * b3 * a13 + b5 * (2.0 * a2 * a5 + a1 * a7);
    O(14) += 6.0 * b3 * a14 + 2.0 * b5 * (a3 * a5 + a2 * a6 + a1 * a8);
    O(15) += 3.0 * b3 * a15 + b5 * (2.0 * a3 * a6 + a1 * a9);
    O(16) += b3 * a16 + b5 * a2 * a7;
    O(17) += 3.0 * b3 * a17 + b5 * (a3 * a7 + 2.0 * a2 * a8);
    O(18) += 3.0 * b3 * a18 + b5 * (2.0 * a3 * a8 + a2 * a9);
    O(19) += b3 * a19 + b5 * a3 * a9;
  }
#undef A
#undef O
}

/* Sums over edges of channels: sums[channel][20][LANES] = sum_z sender[z][channel] t[z][20][LANES]
 */
LES_INLINE void les_channels(const les_model *m, const double *restrict t, double *restrict sums)
{
  for (int c = 0; c < m->nchannel; c++) {
    double *restrict s = sums + (size_t)c * LES_MONOMIALS * LES_LANES;
    for (int i = 0; i < LES_MONOMIALS * LES_LANES; i++) s[i] = m->sender[c] * t[i];
    for (int z = 1; z < m->nelement; z++) {
      const double w = m->sender[z * m->nchannel + c], *restrict tz =
                                                           t + z * LES_MONOMIALS * LES_LANES;
      for (int i = 0; i < LES_MONOMIALS * LES_LANES; i++) s[i] += w * tz[i];
    }
  }
}

LES_INLINE void les_channels_reverse(const les_model *m, const double *restrict sums,
                                     double *restrict t)
{
  for (int z = 0; z < m->nelement; z++) {
    double *restrict tz = t + z * LES_MONOMIALS * LES_LANES;
    for (int i = 0; i < LES_MONOMIALS * LES_LANES; i++) tz[i] = 0.0;
    for (int c = 0; c < m->nchannel; c++) {
      const double w = m->sender[z * m->nchannel + c], *restrict s = sums + (size_t)c *
                                                                                LES_MONOMIALS *
                                                                                LES_LANES;
      for (int i = 0; i < LES_MONOMIALS * LES_LANES; i++) tz[i] += w * s[i];
    }
  }
}

/* a[20][width] += factor * receiver[c] * sum_n radial[l][c][n][basis] sums[c][20][n] */
LES_INLINE void les_transform(const les_model *m, const double *receiver, double factor,
                              const double *restrict sums, double *restrict a)
{
  const int nb = m->nbasis_padded, nr = m->nradial;
  for (int l = 0; l < 4; l++)
    for (int c = 0; c < m->nchannel; c++) {
      const double *restrict w = m->radial[l] + (size_t)c * LES_LANES * nb,
                             r = factor * receiver[c];
      for (int k = les_first[l]; k < les_first[l + 1]; k++) {
        const double *restrict s = sums + ((size_t)c * LES_MONOMIALS + k) * LES_LANES;
        double *restrict out = a + (size_t)k * m->width + (size_t)c * nb;
        for (int b = 0; b < nb; b += 4) {
          les_half v, row;
          LES_LOAD(v, w + b);
          v *= s[0];
          for (int n = 1; n < nr; n++) {
            LES_LOAD(row, w + n * nb + b);
            v += s[n] * row;
          }
          LES_LOAD(row, out + b);
          row += r * v;
          LES_STORE(out + b, row);
        }
      }
    }
}

/* sums[c][20][LANES] = factor * receiver[c] * sum_basis radial_t[l][c][basis][n] a[20][c,basis] */
LES_INLINE void les_transform_reverse(const les_model *m, const double *receiver, double factor,
                                      const double *restrict a, double *restrict sums)
{
  const int nb = m->nbasis_padded;
  for (int l = 0; l < 4; l++)
    for (int c = 0; c < m->nchannel; c++) {
      const double *restrict w = m->radial_t[l] + (size_t)c * LES_LANES * nb,
                             r = factor * receiver[c];
      for (int k = les_first[l]; k < les_first[l + 1]; k++) {
        const double *restrict in = a + (size_t)k * m->width + (size_t)c * nb;
        les_vector even, odd, row;
        LES_LOAD(even, w);
        LES_LOAD(odd, w + LES_LANES);
        even *= in[0];
        odd *= in[1];
        for (int b = 2; b < nb; b += 2) { /* nb is a multiple of 4, padded with zeros */
          LES_LOAD(row, w + b * LES_LANES);
          even += in[b] * row;
          LES_LOAD(row, w + (b + 1) * LES_LANES);
          odd += in[b + 1] * row;
        }
        even = r * (even + odd);
        LES_STORE(sums + ((size_t)c * LES_MONOMIALS + k) * LES_LANES, even);
      }
    }
}

/* t[20][LANES] += w h_k g_n */
LES_INLINE void les_add_edge(const double h[LES_KPAD], const double g[LES_LANES], double w,
                             double *restrict t)
{
  les_vector wg, row;
  LES_LOAD(wg, g);
  wg *= w;
  for (int k = 0; k < LES_MONOMIALS; k++) {
    LES_LOAD(row, t + k * LES_LANES);
    row += h[k] * wg;
    LES_STORE(t + k * LES_LANES, row);
  }
}

/* sum_k h_k t[k][LANES] */
LES_INLINE void les_contract_monomials(const double h[LES_KPAD], const double *restrict t,
                                       double out[LES_LANES])
{
  les_vector even, odd, row;
  LES_LOAD(even, t);
  LES_LOAD(odd, t + LES_LANES);
  even *= h[0];
  odd *= h[1];
  for (int k = 2; k < LES_MONOMIALS; k += 2) {
    LES_LOAD(row, t + k * LES_LANES);
    even += h[k] * row;
    LES_LOAD(row, t + (k + 1) * LES_LANES);
    odd += h[k + 1] * row;
  }
  even += odd;
  LES_STORE(out, even);
}

/* sum_n g_n t[n][KPAD] over the radial functions */
LES_INLINE void les_contract_radial(const double g[LES_LANES], const double *restrict t,
                                    double out[LES_KPAD])
{
  les_vector sum[LES_KPAD / LES_LANES], row;
  for (int b = 0; b < LES_KPAD / LES_LANES; b++) {
    LES_LOAD(row, t + b * LES_LANES);
    sum[b] = g[0] * row;
  }
  for (int n = 1; n < LES_LANES - 1; n++)
    for (int b = 0; b < LES_KPAD / LES_LANES; b++) {
      LES_LOAD(row, t + n * LES_KPAD + b * LES_LANES);
      sum[b] += g[n] * row;
    }
  memcpy(out, sum, sizeof sum);
}

/* out[n] = exp(x[n]), |x| < 700: x = k ln 2 + r, |r| < 0.35, Taylor series to r^13 (relative 1e-17)
 */
LES_INLINE void les_exp(int n, const double *restrict x, double *restrict out)
{
  static const double c[14] = {1.0,
                               1.0,
                               1.0 / 2,
                               1.0 / 6,
                               1.0 / 24,
                               1.0 / 120,
                               1.0 / 720,
                               1.0 / 5040,
                               1.0 / 40320,
                               1.0 / 362880,
                               1.0 / 3628800,
                               1.0 / 39916800,
                               1.0 / 479001600,
                               1.0 / 6227020800.0};
  const double magic = 6755399441055744.0; /* 1.5 * 2^52: the sum's low bits are the integer */
  for (int i = 0; i < n; i++) {
    const double shifted = x[i] * 1.4426950408889634 + magic, k = shifted - magic;
    const double r = (x[i] - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10;
    double p = c[13];
    for (int j = 12; j >= 0; j--) p = p * r + c[j];
    int64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (int64_t)((uint64_t)(bits + 1023) << 52);
    double power;
    memcpy(&power, &bits, sizeof power);
    out[i] = p * power;
  }
}

#endif
