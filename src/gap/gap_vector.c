#include "gap/gap_vector.h"

#include <math.h>
#include <string.h>

#include "base/simd.h"

/* With real harmonics of cos(m phi) and sin(m phi) (base/harmonics.h) and
 *   up = sqrt((l+m+1)(l+m+2)/((2l+1)(2l+3))),  down = sqrt((l-m+1)(l-m+2)/((2l+1)(2l+3))),
 * the parts of degree l+1 of sin(theta) exp(i phi) Y_lm have the weights up (m+1) and -down (m-1),
 * which follow from the recursions of the associated Legendre functions; x and y are its real and
 * imaginary part. The harmonics of m = 0 lack the factor sqrt 2 of the others. */
int gap_vector_couplings(int lmax, int a, gap_coupling *entry)
{
  int n = 0;
  for (int l = 0; l < lmax; l++) {
    const int here = l * l + l, next = (l + 1) * (l + 1) + l + 1;
    const double both = (2.0 * l + 1) * (2.0 * l + 3), scale = 1.0 / sqrt(l + 1.0);
    for (int m = -l; m <= l; m++) {
      const int k = m < 0 ? -m : m;
      const double up = 0.5 * sqrt((l + k + 1.0) * (l + k + 2.0) / both) * (k == 0 ? sqrt(2.0) : 1);
      const double down =
          0.5 * sqrt((l - k + 1.0) * (l - k + 2.0) / both) * (k == 1 ? sqrt(2.0) : 1.0);
      int to[2];
      double value[2];
      int count = 0;
      if (a == 2) {
        to[count] = m;
        value[count++] = sqrt(((l + 1.0) * (l + 1.0) - (double)k * k) / both);
      } else if (a == 0) { /* cos -> cos, sin -> sin */
        to[count] = m < 0 ? -(k + 1) : k + 1;
        value[count++] = up;
        if (k > (m < 0)) {
          to[count] = m < 0 ? -(k - 1) : k - 1;
          value[count++] = -down;
        }
      } else { /* cos -> sin, sin -> cos */
        to[count] = m < 0 ? k + 1 : -(k + 1);
        value[count++] = m < 0 ? -up : up;
        if (k > (m > 0)) {
          to[count] = m < 0 ? k - 1 : -(k - 1);
          value[count++] = m < 0 ? -down : down;
        }
      }
      for (int q = 0; q < count; q++, n++)
        if (entry) entry[n] = (gap_coupling){here + m, next + to[q], scale * value[q]};
    }
  }
  return n;
}

POLAR_CLONES static void add_row(int n, double f, const double *restrict from, double *restrict to)
{
  for (int k = 0; k < n; k++) to[k] += f * from[k];
}

void gap_vector_rotate(const gap_dipole *m, const double *c, double *d)
{
  const int n = m->density.nchannel, rows = m->density.lmax * m->density.lmax;
  memset(d, 0, (size_t)3 * rows * n * sizeof *d);
  for (int a = 0; a < 3; a++)
    for (int k = 0; k < m->ncoupling[a]; k++) {
      const gap_coupling *q = &m->coupling[a][k];
      add_row(n, q->value, c + (size_t)q->to * n, d + ((size_t)a * rows + q->from) * n);
    }
}

void gap_vector_rotate_adjoint(const gap_dipole *m, const double *adjoint_d, double *adjoint_c)
{
  const int n = m->density.nchannel, rows = m->density.lmax * m->density.lmax;
  for (int a = 0; a < 3; a++)
    for (int k = 0; k < m->ncoupling[a]; k++) {
      const gap_coupling *q = &m->coupling[a][k];
      add_row(n, q->value, adjoint_d + ((size_t)a * rows + q->from) * n,
              adjoint_c + (size_t)q->to * n);
    }
}

POLAR_CLONES void gap_vector_product(int lmax, int n, const double *c, const double *d, double *p1)
{
  for (int l = 0; l < lmax; l++) {
    double *restrict p = p1 + (size_t)l * n * n;
    memset(p, 0, (size_t)n * n * sizeof *p);
    for (int m = l * l; m < (l + 1) * (l + 1); m++)
      for (int i = 0; i < n; i++) {
        const double f = c[(size_t)m * n + i];
        const double *restrict row = d + (size_t)m * n;
        for (int j = 0; j < n; j++) p[i * n + j] += f * row[j];
      }
  }
}

POLAR_CLONES void gap_vector_weigh(int lmax, int n, const double *c, const double *w, double *y)
{
  memset(y, 0, (size_t)lmax * lmax * n * sizeof *y);
  for (int l = 0; l < lmax; l++)
    for (int m = l * l; m < (l + 1) * (l + 1); m++) {
      double *restrict to = y + (size_t)m * n;
      for (int i = 0; i < n; i++) {
        const double f = c[(size_t)m * n + i];
        const double *restrict row = w + ((size_t)l * n + i) * n;
        for (int j = 0; j < n; j++) to[j] += f * row[j];
      }
    }
}

/* sum of a_k b_k in lanes */
POLAR_CLONES static double dot(int n, const double *restrict a, const double *restrict b)
{
  double lane[POLAR_LANES] = {0.0}, sum = 0.0;
  int k = 0;
  for (; k + POLAR_LANES <= n; k += POLAR_LANES)
    for (int q = 0; q < POLAR_LANES; q++) lane[q] += a[k + q] * b[k + q];
  for (; k < n; k++) sum += a[k] * b[k];
  for (int q = 0; q < POLAR_LANES; q++) sum += lane[q];
  return sum;
}

void gap_vector_weigh_adjoint(int lmax, int n, const double *d, const double *w, double *adjoint)
{
  for (int l = 0; l < lmax; l++)
    for (int m = l * l; m < (l + 1) * (l + 1); m++)
      for (int i = 0; i < n; i++)
        adjoint[(size_t)m * n + i] = dot(n, w + ((size_t)l * n + i) * n, d + (size_t)m * n);
}

/* t_ab = sum_l sum_mm' (c_lm . c_lm') (d^a_lm . d^b_lm') */
void gap_vector_gram(int lmax, int n, int full, const double *c, const double *d, double t[3][3])
{
  const size_t rows = (size_t)lmax * lmax;
  memset(t, 0, 9 * sizeof(double));
  for (int l = 0; l < lmax; l++)
    for (int m = l * l; m < (l + 1) * (l + 1); m++)
      for (int k = l * l; k < (l + 1) * (l + 1); k++) {
        const double cc = dot(n, c + (size_t)m * n, c + (size_t)k * n);
        for (int a = 0; a < 3; a++)
          for (int b = full ? 0 : a; b < (full ? 3 : a + 1); b++)
            t[a][b] += cc * dot(n, d + (a * rows + m) * n, d + (b * rows + k) * n);
      }
}

void gap_vector_gram_adjoint(int lmax, int n, const double *c, const double *d,
                             const double g[3][3], double *adjoint_c, double *adjoint_d)
{
  const size_t rows = (size_t)lmax * lmax;
  for (int l = 0; l < lmax; l++)
    for (int m = l * l; m < (l + 1) * (l + 1); m++)
      for (int k = l * l; k < (l + 1) * (l + 1); k++) {
        const double cc = dot(n, c + (size_t)m * n, c + (size_t)k * n);
        double dd = 0.0;
        for (int a = 0; a < 3; a++)
          for (int b = 0; b < 3; b++) {
            if (g[a][b] == 0.0) continue;
            dd += g[a][b] * dot(n, d + (a * rows + m) * n, d + (b * rows + k) * n);
            add_row(n, 2.0 * g[a][b] * cc, d + (b * rows + k) * n, adjoint_d + (a * rows + m) * n);
          }
        add_row(n, 2.0 * dd, c + (size_t)k * n, adjoint_c + (size_t)m * n);
      }
}
