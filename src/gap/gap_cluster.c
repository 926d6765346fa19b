#include "gap/gap_cluster.h"

#include <math.h>

#include "base/units.h"

/* f_c(r) and its derivative */
static double cutoff_function(double r, double cutoff, double transition, double *slope)
{
  *slope = 0.0;
  if (r >= cutoff) return 0.0;
  const double from = cutoff - transition;
  if (r <= from) return 1.0;
  const double k = POLAR_PI / transition;
  *slope = -0.5 * k * sin(k * (r - from));
  return 0.5 * (1.0 + cos(k * (r - from)));
}

static int is(int wanted, int z)
{
  return wanted == 0 || wanted == z;
}

static void add_energy(gap_result *out, int atom, double e)
{
  if (out->atom_energy) out->atom_energy[atom] += e;
}

/* Force on the neighbor along the pair, from dE/dr */
static void add_pair(gap_result *out, int i, const gap_near *b, double slope)
{
  double f[3];
  for (int a = 0; a < 3; a++) f[a] = -slope * b->d[a] / b->r;
  gap_result_force(out, i, b->atom, b->d, f);
}

/* Every ordered pair is an instance; its energy belongs half to each atom, which is the same as
 * the whole to its first. */
static void distance_2b(const gap_cluster *c, int i, int z, int n, const gap_near *near,
                        gap_result *out)
{
  const int dim = c->kernel.dim;
  for (int k = 0; k < n; k++) {
    const gap_near *b = &near[k];
    if (b->r >= c->cutoff) continue;
    if (!(is(c->z[0], z) && is(c->z[1], b->z)) && !(is(c->z[0], b->z) && is(c->z[1], z))) continue;
    double x[GAP_MAX_DIM], dx[GAP_MAX_DIM], g[GAP_MAX_DIM], df, slope = 0.0;
    for (int q = 0; q < dim; q++) {
      if (c->exponent[q] == 1.0) {
        x[q] = b->r;
        dx[q] = 1.0;
      } else {
        x[q] = pow(b->r, c->exponent[q]);
        dx[q] = c->exponent[q] * x[q] / b->r;
      }
    }
    double f = cutoff_function(b->r, c->cutoff, c->transition, &df);
    if (c->tail_exponent != 0.0) {
      /* t = erf(a r)/r */
      const double a = c->tail_range, t = erf(a * b->r) / b->r;
      const double dt = (2.0 * a / sqrt(POLAR_PI) * exp(-a * a * b->r * b->r) - t) / b->r;
      const double power = pow(t, c->tail_exponent);
      df = df * power + f * c->tail_exponent * power / t * dt;
      f *= power;
    }
    const double e = gap_kernel_energy(&c->kernel, x, g);
    for (int q = 0; q < dim; q++) slope += g[q] * dx[q];
    out->energy += f * e;
    add_energy(out, i, f * e);
    add_pair(out, i, b, df * e + f * slope);
  }
}

/* Forces on neighbors j and k of centre i from dE/dr_ij, dE/dr_ik, dE/dr_jk */
static void add_triplet(gap_result *out, int i, const gap_near *j, const gap_near *k, double rjk,
                        double gj, double gk, double gjk)
{
  double fj[3], fk[3];
  for (int a = 0; a < 3; a++) {
    const double along = gjk * (j->d[a] - k->d[a]) / rjk;
    fj[a] = -gj * j->d[a] / j->r - along;
    fk[a] = -gk * k->d[a] / k->r + along;
  }
  gap_result_force(out, i, j->atom, j->d, fj);
  gap_result_force(out, i, k->atom, k->d, fk);
}

static double separation(const gap_near *j, const gap_near *k)
{
  const double d[3] = {j->d[0] - k->d[0], j->d[1] - k->d[1], j->d[2] - k->d[2]};
  return sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
}

/* Both orders of the neighbors are instances, with the same x: twice the sum over triplets. */
static void angle_3b(const gap_cluster *c, int i, int n, const gap_near *near, const int *selected,
                     gap_result *out)
{
  for (int p = 0; p < n; p++)
    for (int q = 0; q < p; q++) {
      const gap_near *j = &near[selected[p]], *k = &near[selected[q]];
      if (!(is(c->z[1], j->z) && is(c->z[2], k->z)) && !(is(c->z[1], k->z) && is(c->z[2], j->z)))
        continue;
      const double rjk = separation(j, k), minus = j->r - k->r;
      const double x[3] = {j->r + k->r, minus * minus, rjk};
      double g[GAP_MAX_DIM], dfj, dfk;
      const double fj = cutoff_function(j->r, c->cutoff, c->transition, &dfj);
      const double fk = cutoff_function(k->r, c->cutoff, c->transition, &dfk);
      const double e = 2.0 * gap_kernel_energy(&c->kernel, x, g), f = 2.0 * fj * fk;
      out->energy += fj * fk * e;
      add_energy(out, i, fj * fk * e);
      add_triplet(out, i, j, k, rjk, dfj * fk * e + f * (g[0] + 2.0 * minus * g[1]),
                  fj * dfk * e + f * (g[0] - 2.0 * minus * g[1]), f * g[2]);
    }
}

/* Clusters of the centre and order-1 neighbors, once for each centre; one element or order 2, where
 * the order of the distances does not matter or is undone by the permutations. */
static void distance_nb(const gap_cluster *c, int i, int n, const gap_near *near,
                        const int *selected, gap_result *out)
{
  for (int p = 0; p < n; p++) {
    const gap_near *j = &near[selected[p]];
    double g[GAP_MAX_DIM], dfj, dfk;
    const double fj = cutoff_function(j->r, c->cutoff, c->transition, &dfj);
    if (c->order == 2) {
      const double e = gap_kernel_energy(&c->kernel, &j->r, g);
      out->energy += fj * e;
      add_energy(out, i, 0.5 * fj * e);
      add_energy(out, j->atom, 0.5 * fj * e);
      add_pair(out, i, j, dfj * e + fj * g[0]);
      continue;
    }
    for (int q = 0; q < p; q++) {
      const gap_near *k = &near[selected[q]];
      const double rjk = separation(j, k),
                   fk = cutoff_function(k->r, c->cutoff, c->transition, &dfk);
      const double x[3] = {j->r, k->r, rjk};
      const double e = gap_kernel_energy(&c->kernel, x, g), f = fj * fk;
      out->energy += f * e;
      add_energy(out, i, f * e / 3.0);
      add_energy(out, j->atom, f * e / 3.0);
      add_energy(out, k->atom, f * e / 3.0);
      add_triplet(out, i, j, k, rjk, dfj * fk * e + f * g[0], fj * dfk * e + f * g[1], f * g[2]);
    }
  }
}

void gap_cluster_energy(const gap_cluster *c, int i, int z, int n, const gap_near *near,
                        int *selected, gap_result *out)
{
  int m = 0;
  switch (c->kind) {
    case GAP_DISTANCE_2B:
      distance_2b(c, i, z, n, near, out);
      break;
    case GAP_ANGLE_3B:
      if (!is(c->z[0], z)) break;
      for (int k = 0; k < n; k++)
        if (near[k].r < c->cutoff && (is(c->z[1], near[k].z) || is(c->z[2], near[k].z)))
          selected[m++] = k;
      angle_3b(c, i, m, near, selected, out);
      break;
    case GAP_DISTANCE_NB:
      if (!is(c->z[0], z) && !(c->order == 2 && is(c->z[1], z))) break;
      for (int k = 0; k < n; k++) {
        const int zk = near[k].z;
        const int match =
            (is(c->z[0], z) && is(c->z[1], zk)) || (is(c->z[0], zk) && is(c->z[1], z));
        if (near[k].r < c->cutoff && match) selected[m++] = k;
      }
      distance_nb(c, i, m, near, selected, out);
      break;
  }
}
