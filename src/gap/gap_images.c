#include "gap/gap_images.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/elements.h"
#include "base/mat3.h"

#define MAX_CELLS 100000.0 /* of images around a configuration */
#define MAX_IMAGES 50000000.0
#define LEAST_DISTANCE 1e-3 /* Angstrom; closer atoms are one atom given twice */

/* How far cells are needed along each vector: atoms may lie outside the cell by any amount, so that
 * fractional coordinates widen the range. A direction that is not periodic counts as orthogonal to
 * the others only in that no image is made along it. */
static polar_code reach(int n, const double (*x)[3], const double cell[3][3], const int pbc[3],
                        double cutoff, int most[3], polar_status *st)
{
  double h[3][3], inverse[3][3], cells = 1.0;
  mat3_copy(cell, h);
  for (int a = 0; a < 3; a++) most[a] = 0;
  if (!pbc[0] && !pbc[1] && !pbc[2]) return POLAR_OK;
  if (!(fabs(mat3_inverse((const double(*)[3])h, inverse)) > 1e-6))
    return polar_fail(st, POLAR_ARGUMENT, "the cell of a periodic configuration has no volume");
  for (int a = 0; a < 3; a++) {
    if (!pbc[a]) continue;
    double length = 0.0, low = 0.0, high = 0.0;
    for (int k = 0; k < 3; k++) length += inverse[k][a] * inverse[k][a];
    for (int i = 0; i < n; i++) {
      double s = 0.0;
      for (int k = 0; k < 3; k++) s += x[i][k] * inverse[k][a];
      if (i == 0 || s < low) low = s;
      if (i == 0 || s > high) high = s;
    }
    const double far = ceil(cutoff * sqrt(length) + high - low);
    cells *= 2.0 * far + 1.0;
    if (!(cells <= MAX_CELLS) || !(cells * n <= MAX_IMAGES))
      return polar_fail(
          st, POLAR_ARGUMENT,
          "the cutoff of %g Angstrom needs %.3g periodic images of a configuration of "
          "%d atoms: its cell is too small or too flat, or atoms lie far outside it",
          cutoff, cells, n);
    most[a] = (int)far;
  }
  return POLAR_OK;
}

static double square_distance(const double *a, const double *b)
{
  const double d[3] = {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
  return d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
}

static int append(gap_images *g, int *capacity, int owner, const double x[3], int z)
{
  const int k = g->list.natom;
  if (k == *capacity) {
    const int n = 2 * k;
    void *more;
    if (!(more = realloc(g->x, (size_t)n * sizeof *g->x))) return 0;
    g->x = more;
    if (!(more = realloc(g->type, (size_t)n * sizeof *g->type))) return 0;
    g->type = more;
    if (!(more = realloc(g->owner, (size_t)n * sizeof *g->owner))) return 0;
    g->owner = more;
    *capacity = n;
  }
  memcpy(g->x[k], x, sizeof g->x[k]);
  g->type[k] = z;
  g->owner[k] = owner;
  g->list.natom++;
  return 1;
}

/* Images that some atom sees */
static int add_images(gap_images *g, int n, const double cell[3][3], const int most[3],
                      double cutoff)
{
  int capacity = n;
  for (int a = -most[0]; a <= most[0]; a++)
    for (int b = -most[1]; b <= most[1]; b++)
      for (int c = -most[2]; c <= most[2]; c++)
        for (int i = 0; i < n && (a || b || c); i++) {
          double y[3];
          int near = 0;
          for (int k = 0; k < 3; k++)
            y[k] = g->x[i][k] + a * cell[0][k] + b * cell[1][k] + c * cell[2][k];
          for (int j = 0; j < n && !near; j++) near = square_distance(y, g->x[j]) < cutoff * cutoff;
          if (near && !append(g, &capacity, i, y, g->type[i])) return 0;
        }
  return 1;
}

static int add_neighbors(gap_images *g, int n, double cutoff)
{
  const int all = g->list.natom;
  g->count = calloc(all, sizeof *g->count);
  g->neighbor = calloc(all, sizeof *g->neighbor);
  if (!g->count || !g->neighbor) return 0;
  size_t total = 0;
  for (int pass = 0; pass < 2; pass++) {
    if (pass == 1 && !(g->store = malloc((total + 1) * sizeof *g->store))) return 0;
    size_t at = 0;
    for (int i = 0; i < n; i++) {
      if (pass == 1) g->neighbor[i] = g->store + at;
      g->count[i] = 0;
      for (int j = 0; j < all; j++)
        if (j != i && square_distance(g->x[i], g->x[j]) < cutoff * cutoff) {
          if (pass == 1) g->store[at] = j;
          at++;
          g->count[i]++;
        }
    }
    total = at;
  }
  return 1;
}

/* Descriptors have no direction, and no derivative, for atoms on top of each other */
static polar_code check_distances(const gap_images *g, int n, polar_status *st)
{
  for (int i = 0; i < n; i++)
    for (int k = 0; k < g->count[i]; k++) {
      const int j = g->neighbor[i][k];
      const double r2 = square_distance(g->x[i], g->x[j]);
      if (!(r2 > LEAST_DISTANCE * LEAST_DISTANCE))
        return polar_fail(st, POLAR_ARGUMENT,
                          "atom %d and %s %d are %g Angstrom apart: expected at least %g; remove "
                          "one of them, or correct Lattice and pbc",
                          i + 1, j < n ? "atom" : "a periodic image of atom", g->owner[j] + 1,
                          sqrt(r2), LEAST_DISTANCE);
    }
  return POLAR_OK;
}

polar_code gap_images_create(int n, const int *z, const double (*x)[3], const double cell[3][3],
                             const int pbc[3], double cutoff, gap_images **out, polar_status *st)
{
  int most[3];
  polar_code code = reach(n, x, cell, pbc, cutoff, most, st);
  if (code) return code;
  gap_images *g = calloc(1, sizeof *g);
  if (!g) return polar_fail_memory(st, "listing neighbors");
  g->x = calloc(n, sizeof *g->x);
  g->type = calloc(n, sizeof *g->type);
  g->owner = calloc(n, sizeof *g->owner);
  g->centre = calloc(n, sizeof *g->centre);
  g->element = calloc(POLAR_MAX_Z + 1, sizeof *g->element);
  int good = g->x && g->type && g->owner && g->centre && g->element;
  if (good) {
    memcpy(g->x, x, (size_t)n * sizeof *x);
    for (int i = 0; i < n; i++) {
      g->type[i] = z[i];
      g->owner[i] = g->centre[i] = i;
    }
    for (int e = 0; e <= POLAR_MAX_Z; e++) g->element[e] = e;
    g->list.natom = n;
    good = add_images(g, n, cell, most, cutoff) && add_neighbors(g, n, cutoff);
  }
  code = good ? check_distances(g, n, st) : polar_fail_memory(st, "listing neighbors");
  if (code) {
    gap_images_free(g);
    return code;
  }
  g->list = (polar_neighbors){g->list.natom,
                              (const double(*)[3])g->x,
                              g->type,
                              g->element,
                              n,
                              g->centre,
                              g->count,
                              g->neighbor,
                              -1};
  *out = g;
  return POLAR_OK;
}

void gap_images_free(gap_images *g)
{
  if (!g) return;
  free(g->x);
  free(g->type);
  free(g->owner);
  free(g->element);
  free(g->centre);
  free(g->count);
  free(g->neighbor);
  free(g->store);
  free(g);
}
