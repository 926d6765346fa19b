#include "gap/gap_kernel.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/simd.h"

/* exp(x) for x <= 0 within two units in the last place; written so that compilers vectorize it.
 * x = n ln 2 + t, |t| <= ln2/2; Taylor's remainder t^14/14! < 5e-18. */
static inline double exp_negative(double x)
{
  const double shift = 6755399441055744.0; /* 1.5 2^52: adding it rounds to an integer */
  x = x > -700.0 ? x : -700.0;
  union {
    double d;
    uint64_t u;
  } n, scale;
  n.d = x * 1.4426950408889634 + shift;
  const double k = n.d - shift;
  const double t = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
  double p = 1.0 / 6227020800.0;
  p = p * t + 1.0 / 479001600.0;
  p = p * t + 1.0 / 39916800.0;
  p = p * t + 1.0 / 3628800.0;
  p = p * t + 1.0 / 362880.0;
  p = p * t + 1.0 / 40320.0;
  p = p * t + 1.0 / 5040.0;
  p = p * t + 1.0 / 720.0;
  p = p * t + 1.0 / 120.0;
  p = p * t + 1.0 / 24.0;
  p = p * t + 1.0 / 6.0;
  p = p * t + 0.5;
  p = p * t + 1.0;
  p = p * t + 1.0;
  scale.u = (n.u + 1023u) << 52; /* the low bits of n hold the integer */
  return p * scale.d;
}

/* sum_q w_q exp(-|z_q - z|^2/2), and gradient with respect to z = x/theta */
POLAR_CLONES static double sum_exponential(int dim, int capacity, const double *restrict point,
                                           const double *restrict weight, const double *restrict z,
                                           double *restrict gradient)
{
  double sum[POLAR_LANES] = {0.0}, g[GAP_MAX_DIM][POLAR_LANES] = {{0.0}};
  for (int q = 0; q < capacity; q += POLAR_LANES) {
    double distance[POLAR_LANES] = {0.0};
    for (int i = 0; i < dim; i++)
      for (int k = 0; k < POLAR_LANES; k++) {
        const double d = point[(size_t)i * capacity + q + k] - z[i];
        distance[k] += d * d;
      }
    for (int k = 0; k < POLAR_LANES; k++)
      distance[k] = weight[q + k] * exp_negative(-0.5 * distance[k]);
    for (int k = 0; k < POLAR_LANES; k++) sum[k] += distance[k];
    for (int i = 0; i < dim; i++)
      for (int k = 0; k < POLAR_LANES; k++)
        g[i][k] += distance[k] * (point[(size_t)i * capacity + q + k] - z[i]);
  }
  double e = 0.0;
  for (int k = 0; k < POLAR_LANES; k++) e += sum[k];
  for (int i = 0; i < dim; i++) {
    gradient[i] = 0.0;
    for (int k = 0; k < POLAR_LANES; k++) gradient[i] += g[i][k];
  }
  return e;
}

static double power_of(double x, int n)
{
  double p = 1.0;
  for (; n > 0; n--) p *= x;
  return p;
}

/* Compact polynomial of r^2 = square; slope: its derivative with respect to r, over r */
static double compact(int dim, double square, double *slope)
{
  *slope = 0.0;
  if (square >= 1.0) return 0.0;
  const int j = dim / 2 + 2;
  const double r = sqrt(square), a = power_of(1.0 - r, j);
  *slope = -(j + 1) * (j + 2) * a;
  return a * (1.0 - r) * ((j + 1) * r + 1.0);
}

static double sum_compact(const gap_kernel *k, const double *z, double *gradient)
{
  double e = 0.0;
  for (int i = 0; i < k->dim; i++) gradient[i] = 0.0;
  for (int q = 0; q < k->npoint; q++) {
    double d[GAP_MAX_DIM], square = 0.0, slope;
    for (int i = 0; i < k->dim; i++) {
      d[i] = z[i] - k->point[(size_t)i * k->capacity + q];
      square += d[i] * d[i];
    }
    if (square >= 1.0) continue;
    e += k->weight[q] * compact(k->dim, square, &slope);
    for (int i = 0; i < k->dim; i++) gradient[i] += k->weight[q] * slope * d[i];
  }
  return e;
}

/* K(x, x) = sum_p K_1(P_p x, x) and its gradient with respect to x (not scaled) */
static double self_kernel(const gap_kernel *k, const double *x, double *gradient)
{
  double sum = 0.0;
  for (int i = 0; i < k->dim; i++) gradient[i] = 0.0;
  for (int p = 0; p < k->npermutation; p++) {
    const int *to = k->permutation[p];
    double square = 0.0, slope, value;
    for (int i = 0; i < k->dim; i++) {
      const double d = (x[to[i]] - x[i]) * k->inverse[i];
      square += d * d;
    }
    if (k->compact) value = compact(k->dim, square, &slope);
    else {
      value = exp(-0.5 * square);
      slope = -value;
    }
    sum += value;
    for (int i = 0; i < k->dim; i++) {
      const double d = slope * (x[to[i]] - x[i]) * k->inverse[i] * k->inverse[i];
      gradient[to[i]] += d;
      gradient[i] -= d;
    }
  }
  return sum;
}

polar_code gap_kernel_set(gap_kernel *k, int nsparse, const double *x, const double *alpha,
                          double f0, polar_status *st)
{
  double unused[GAP_MAX_DIM];
  k->npoint = nsparse * k->npermutation;
  k->capacity = (k->npoint + POLAR_LANES - 1) / POLAR_LANES * POLAR_LANES;
  k->point = calloc((size_t)k->capacity * k->dim + 1, sizeof *k->point);
  k->weight = calloc((size_t)k->capacity + 1, sizeof *k->weight);
  if (!k->point || !k->weight) return polar_fail_memory(st, "storing sparse points");
  k->constant = 0.0;
  for (int s = 0; s < nsparse; s++) {
    const double *xs = x + (size_t)s * k->dim;
    const double norm = k->npermutation > 1 ? sqrt(self_kernel(k, xs, unused)) : 1.0;
    k->constant += f0 * f0 * alpha[s];
    for (int p = 0; p < k->npermutation; p++) {
      const int q = s * k->npermutation + p;
      k->weight[q] = k->variance * alpha[s] / norm;
      for (int i = 0; i < k->dim; i++)
        k->point[(size_t)i * k->capacity + q] = xs[k->permutation[p][i]] * k->inverse[i];
    }
  }
  return POLAR_OK;
}

void gap_kernel_clear(gap_kernel *k)
{
  free(k->point);
  free(k->weight);
  k->point = k->weight = NULL;
}

double gap_kernel_energy(const gap_kernel *k, const double *x, double *gradient)
{
  double z[GAP_MAX_DIM];
  for (int i = 0; i < k->dim; i++) z[i] = x[i] * k->inverse[i];
  double e = k->compact ? sum_compact(k, z, gradient)
                        : sum_exponential(k->dim, k->capacity, k->point, k->weight, z, gradient);
  for (int i = 0; i < k->dim; i++) gradient[i] *= k->inverse[i];
  if (k->npermutation > 1) {
    double g[GAP_MAX_DIM];
    const double norm = self_kernel(k, x, g), root = sqrt(norm);
    e /= root;
    for (int i = 0; i < k->dim; i++) gradient[i] = gradient[i] / root - 0.5 * e / norm * g[i];
  }
  return e + k->constant;
}
