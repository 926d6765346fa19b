#include "les/les_list.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Room for `count` ints in array `which`, contents kept; 0 without memory */
static int reserve(les_list *l, int which, int **array, size_t count)
{
  if (count <= l->capacity[which] && *array) return 1;
  const size_t size = count + count / 4 + 64;
  int *p = realloc(*array, size * sizeof(int));
  if (!p) return 0;
  *array = p;
  l->capacity[which] = size;
  return 1;
}

void les_list_free(les_list *l)
{
  int *const all[] = {l->centre, l->first, l->neighbor, l->next, l->head, l->mark};
  for (int i = 0; i < 6; i++) free(all[i]);
  memset(l, 0, sizeof *l);
}

typedef struct {
  double lo[3], inverse; /* 1/edge of a cell */
  int n[3];
} cell_grid;

static void cell_of(const cell_grid *g, const double x[3], int c[3])
{
  for (int a = 0; a < 3; a++) {
    c[a] = (int)((x[a] - g->lo[a]) * g->inverse);
    if (c[a] < 0) c[a] = 0;
    if (c[a] > g->n[a] - 1) c[a] = g->n[a] - 1;
  }
}

/* Cells of edge `range`, or larger where that would make many more cells than atoms */
static polar_code fill_cells(les_list *l, cell_grid *g, int nall, const double (*x)[3],
                             const int *element, double range, polar_status *st)
{
  double hi[3] = {-INFINITY, -INFINITY, -INFINITY}, edge = range;
  for (int a = 0; a < 3; a++) g->lo[a] = INFINITY;
  for (int i = 0; i < nall; i++) {
    if (element[i] < 0) continue;
    for (int a = 0; a < 3; a++) {
      if (!isfinite(x[i][a]))
        return polar_fail(st, POLAR_NUMERIC, "the position of an atom is not a number");
      g->lo[a] = fmin(g->lo[a], x[i][a]);
      hi[a] = fmax(hi[a], x[i][a]);
    }
  }
  double cells;
  do {
    cells = 1.0;
    for (int a = 0; a < 3; a++) {
      const double n = hi[a] > g->lo[a] ? floor((hi[a] - g->lo[a]) / edge) : 0.0;
      g->n[a] = n < 1.0 ? 1 : n > 1e6 ? 1000000 : (int)n;
      cells *= g->n[a] + 1.0;
    }
    g->inverse = 1.0 / edge;
    edge *= 1.5;
  } while (cells > 8.0 * nall + 1000.0);
  for (int a = 0; a < 3; a++) g->n[a]++;
  const size_t total = (size_t)g->n[0] * g->n[1] * g->n[2];
  if (!reserve(l, 3, &l->next, (size_t)nall + 1) || !reserve(l, 4, &l->head, total) ||
      !reserve(l, 5, &l->mark, (size_t)nall + 1))
    return polar_fail_memory(st, "sorting atoms into cells");
  for (size_t c = 0; c < total; c++) l->head[c] = -1;
  for (int i = nall - 1; i >= 0; i--) {
    if (element[i] < 0) continue;
    int c[3];
    cell_of(g, x[i], c);
    int *head = &l->head[((size_t)c[0] * g->n[1] + c[1]) * g->n[2] + c[2]];
    l->next[i] = *head;
    *head = i;
  }
  return POLAR_OK;
}

static polar_code append(les_list *l, const cell_grid *g, int i, const double (*x)[3], double range,
                         polar_status *st)
{
  int c[3];
  size_t count = (size_t)l->first[l->ncentre];
  cell_of(g, x[i], c);
  for (int a = c[0] > 0 ? c[0] - 1 : 0; a <= c[0] + 1 && a < g->n[0]; a++)
    for (int b = c[1] > 0 ? c[1] - 1 : 0; b <= c[1] + 1 && b < g->n[1]; b++)
      for (int d = c[2] > 0 ? c[2] - 1 : 0; d <= c[2] + 1 && d < g->n[2]; d++)
        for (int j = l->head[((size_t)a * g->n[1] + b) * g->n[2] + d]; j >= 0; j = l->next[j]) {
          const double v[3] = {x[i][0] - x[j][0], x[i][1] - x[j][1], x[i][2] - x[j][2]};
          if (i == j || v[0] * v[0] + v[1] * v[1] + v[2] * v[2] >= range * range) continue;
          if (count >= INT_MAX - 1 || !reserve(l, 2, &l->neighbor, count + 1))
            return polar_fail_memory(st, "listing neighbours");
          l->neighbor[count++] = j;
        }
  if (!reserve(l, 0, &l->centre, (size_t)l->ncentre + 1) ||
      !reserve(l, 1, &l->first, (size_t)l->ncentre + 2))
    return polar_fail_memory(st, "listing neighbours");
  l->centre[l->ncentre++] = i;
  l->first[l->ncentre] = (int)count;
  return POLAR_OK;
}

polar_code les_list_build(les_list *l, int nlocal, int nall, const double (*x)[3],
                          const int *element, const int *image, double range, int ghosts,
                          polar_status *st)
{
  cell_grid g;
  l->nown = l->ncentre = 0;
  if (!reserve(l, 0, &l->centre, 1) || !reserve(l, 1, &l->first, 2) ||
      !reserve(l, 2, &l->neighbor, 1))
    return polar_fail_memory(st, "listing neighbours");
  l->first[0] = 0;
  polar_code code = fill_cells(l, &g, nall, x, element, range, st);
  for (int i = 0; i < nlocal && !code; i++)
    if (element[i] >= 0) code = append(l, &g, i, x, range, st);
  l->nown = l->ncentre;
  if (code || !ghosts) return code;
  memset(l->mark, 0, ((size_t)nall + 1) * sizeof(int));
  for (int k = 0; k < l->first[l->nown]; k++) l->mark[l->neighbor[k]] = 1;
  for (int i = nlocal; i < nall && !code; i++)
    if (element[i] >= 0 && l->mark[i] && (!image || image[i] < 0))
      code = append(l, &g, i, x, range, st);
  return code;
}
