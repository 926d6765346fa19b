/* Tables of the PQEq kernel at POLAR_LANES distances at once: the rows, a cache line each, are
 * transposed in registers, which takes a fifth of the instructions of one evaluation after another.
 * For loops inside of POLAR_CLONES functions. */
#ifndef PQEQ_LANES_H
#define PQEQ_LANES_H

#include "base/simd.h"
#include "pqeq/pqeq_kernel.h"

enum { PQEQ_LANES = POLAR_LANES };
_Static_assert(PQEQ_LANES == 8 && PQEQ_TABLE_WIDTH == 8, "a row of a table fills the lanes");

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define PQEQ_SHUFFLE 1
#endif
#endif

/* Tables of the lanes */
typedef struct {
  const pqeq_table *table[PQEQ_LANES];
  const double *row[PQEQ_LANES]; /* its first row */
  double per_s[PQEQ_LANES];
} pqeq_lanes;

/* value = C, d = C'/r at s = r^2 of each lane: what pqeq_table_at does */
static inline __attribute__((always_inline)) void
pqeq_lanes_at(const pqeq_kernel *kernel, const pqeq_lanes *lanes, const double *restrict s,
              double *restrict value, double *restrict d)
{
  double t[PQEQ_LANES];
  const double *row[PQEQ_LANES];
  int near = 0;
  for (int l = 0; l < PQEQ_LANES; l++) {
    const double far = s[l] < PQEQ_TABLE_START ? PQEQ_TABLE_START : s[l];
    const double x = (far - PQEQ_TABLE_START) * lanes->per_s[l];
    const int k = (int)x;
    t[l] = 2.0 * (x - k) - 1.0;
    row[l] = lanes->row[l] + (long)PQEQ_TABLE_WIDTH * k;
    near |= s[l] < PQEQ_TABLE_START;
  }
#ifdef PQEQ_SHUFFLE
  typedef double vector __attribute__((vector_size(64), aligned(8)));
  vector c[8], a[8], b[8], y, y2, y4, v, g;
  for (int l = 0; l < 8; l++) c[l] = *(const vector *)row[l];
  for (int l = 0; l < 8; l += 2) {
    a[l] = __builtin_shufflevector(c[l], c[l + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    a[l + 1] = __builtin_shufflevector(c[l], c[l + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int l = 0; l < 8; l += 4)
    for (int m = 0; m < 2; m++) {
      b[l + m] = __builtin_shufflevector(a[l + m], a[l + m + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      b[l + m + 2] = __builtin_shufflevector(a[l + m], a[l + m + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  for (int m = 0; m < 4; m++) {
    c[m] = __builtin_shufflevector(b[m], b[m + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    c[m + 4] = __builtin_shufflevector(b[m], b[m + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
  y = *(const vector *)t;
  y2 = y * y;
  y4 = y2 * y2;
  v = (c[0] + c[1] * y) + y2 * (c[2] + c[3] * y) +
      y4 * ((c[4] + c[5] * y) + y2 * (c[6] + c[7] * y));
  g = (c[1] + 2.0 * c[2] * y) + y2 * (3.0 * c[3] + 4.0 * c[4] * y) +
      y4 * ((5.0 * c[5] + 6.0 * c[6] * y) + y2 * (7.0 * c[7]));
  *(vector *)value = v;
  *(vector *)d = 4.0 * *(const vector *)lanes->per_s * g;
#else
  for (int l = 0; l < PQEQ_LANES; l++) {
    const double *c = row[l], y = t[l], y2 = y * y, y4 = y2 * y2;
    value[l] = (c[0] + c[1] * y) + y2 * (c[2] + c[3] * y) +
               y4 * ((c[4] + c[5] * y) + y2 * (c[6] + c[7] * y));
    d[l] = 4.0 * lanes->per_s[l] *
           ((c[1] + 2.0 * c[2] * y) + y2 * (3.0 * c[3] + 4.0 * c[4] * y) +
            y4 * ((5.0 * c[5] + 6.0 * c[6] * y) + y2 * (7.0 * c[7])));
  }
#endif
  for (int l = 0; near && l < PQEQ_LANES; l++)
    if (s[l] < PQEQ_TABLE_START)
      value[l] = pqeq_coulomb(kernel, lanes->table[l]->alpha, s[l], &d[l]);
}

#endif
