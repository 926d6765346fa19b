#include "pqeq/pqeq_mixing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = PQEQ_MIXING_DEPTH };

int pqeq_mixing_reset(pqeq_mixing *m, size_t n)
{
  m->used = m->next = m->have_last = 0;
  if (n + 1 <= m->room) return 0;
  free(m->vectors);
  m->room = n + n / 8 + 16;
  m->vectors = malloc((2 + 2 * DEPTH) * m->room * sizeof *m->vectors);
  if (!m->vectors) m->room = 0;
  return m->vectors == NULL;
}

void pqeq_mixing_free(pqeq_mixing *m)
{
  free(m->vectors);
  memset(m, 0, sizeof *m);
}

/* Least squares by normal equations, Cholesky; a pivot below the rounding of its row drops the
 * column. c[n] out. */
static void solve(int n, double a[DEPTH][DEPTH], double *b, double *c)
{
  double l[DEPTH][DEPTH] = {{0.0}};
  int drop[DEPTH] = {0};
  for (int i = 0; i < n; i++) {
    for (int j = 0; j <= i; j++) {
      double s = a[i][j];
      for (int k = 0; k < j; k++) s -= l[i][k] * l[j][k];
      if (i == j) {
        /* 1e-10: columns parallel to 1e-5 hold no information of their own */
        drop[i] = !(s > 1e-10 * a[i][i]);
        l[i][i] = drop[i] ? 1.0 : sqrt(s);
      } else l[i][j] = drop[j] ? 0.0 : s / l[j][j];
    }
    if (drop[i])
      for (int k = 0; k < i; k++) l[i][k] = 0.0;
  }
  for (int i = 0; i < n; i++) {
    c[i] = drop[i] ? 0.0 : b[i];
    for (int k = 0; k < i && !drop[i]; k++) c[i] -= l[i][k] * c[k];
    c[i] /= l[i][i];
  }
  for (int i = n - 1; i >= 0; i--) {
    for (int k = i + 1; k < n; k++) c[i] -= l[k][i] * c[k];
    c[i] /= l[i][i];
    if (drop[i]) c[i] = 0.0;
  }
}

void pqeq_mixing_step(pqeq_mixing *m, size_t n, const double *u, const double *goal,
                      const double *weight, double *mixed,
                      void (*sum)(void *self, double *value, int n), void *self)
{
  double *last = m->vectors, *aim = last + m->room;
  double *df = aim + m->room, *dg = df + DEPTH * m->room;
  if (m->have_last) {
    double *f = df + (size_t)m->next * m->room, *g = dg + (size_t)m->next * m->room;
    for (size_t i = 0; i < n; i++) {
      f[i] = goal[i] - u[i] - last[i];
      g[i] = goal[i] - aim[i];
    }
    m->next = (m->next + 1) % DEPTH;
    if (m->used < DEPTH) m->used++;
  }
  double t[DEPTH * DEPTH + DEPTH] = {0.0}, a[DEPTH][DEPTH], c[DEPTH];
  const int k = m->used;
  for (int r = 0; r < k; r++) {
    const double *fr = df + (size_t)r * m->room;
    for (int s = 0; s <= r; s++) {
      const double *fs = df + (size_t)s * m->room;
      double x = 0.0;
      for (size_t i = 0; i < n; i++) x += weight[i] * fr[i] * fs[i];
      t[r * DEPTH + s] = x;
    }
    for (size_t i = 0; i < n; i++) t[DEPTH * DEPTH + r] += weight[i] * fr[i] * (goal[i] - u[i]);
  }
  if (k > 0 && sum) sum(self, t, DEPTH * DEPTH + DEPTH);
  for (int r = 0; r < k; r++)
    for (int s = 0; s <= r; s++) a[r][s] = a[s][r] = t[r * DEPTH + s];
  solve(k, a, t + DEPTH * DEPTH, c);
  for (size_t i = 0; i < n; i++) {
    last[i] = goal[i] - u[i];
    aim[i] = goal[i];
  }
  memcpy(mixed, goal, n * sizeof *mixed);
  for (int r = 0; r < k; r++) {
    const double *g = dg + (size_t)r * m->room;
    for (size_t i = 0; i < n; i++) mixed[i] -= c[r] * g[i];
  }
  m->have_last = 1;
}
