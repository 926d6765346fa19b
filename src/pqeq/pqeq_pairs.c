#include "pqeq/pqeq_pairs.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pqeq/pqeq_lanes.h"

void pqeq_pairs_free(pqeq_pairs *p)
{
  free(p->atom);
  free(p->first);
  free(p->touching);
  free(p->partner);
  free(p->coulomb);
  memset(p, 0, sizeof *p);
}

static polar_code reserve(pqeq_pairs *p, int nrow, size_t npair, polar_status *st)
{
  const char *what = "storing the pairs of charge equilibration";
  if (npair > INT_MAX / 2)
    return polar_fail(st, POLAR_MEMORY,
                      "%zu pairs of atoms on one rank, at most %d fit: use more ranks", npair,
                      INT_MAX / 2);
  if (nrow + 1 > p->row_room || !p->first) {
    const int room = nrow + nrow / 8 + 16;
    free(p->atom);
    free(p->first);
    free(p->touching);
    p->atom = malloc((size_t)room * sizeof *p->atom);
    p->first = malloc((size_t)room * sizeof *p->first);
    p->touching = malloc((size_t)room * sizeof *p->touching);
    p->row_room = p->atom && p->first && p->touching ? room : 0;
    if (!p->row_room) return polar_fail_memory(st, what);
  }
  if (npair > (size_t)p->pair_room || !p->partner) {
    const size_t room = npair + npair / 8 + 64;
    free(p->partner);
    free(p->coulomb);
    p->partner = malloc(room * sizeof *p->partner);
    p->coulomb = malloc(room * sizeof *p->coulomb);
    p->pair_room = p->partner && p->coulomb ? (int)room : 0;
    if (!p->pair_room) return polar_fail_memory(st, what);
  }
  return POLAR_OK;
}

/* C of pairs begin..end - 1 of a row, whose s are in its place */
POLAR_CLONES
static void core_values(pqeq_pairs *p, const pqeq_kernel *kernel, const pqeq_table *table,
                        const int *species, int begin, int end)
{
  for (int k = begin; k < end; k += PQEQ_LANES) {
    pqeq_lanes lanes;
    double s[PQEQ_LANES], value[PQEQ_LANES], d[PQEQ_LANES];
    const int n = end - k < PQEQ_LANES ? end - k : PQEQ_LANES;
    for (int l = 0; l < PQEQ_LANES; l++) {
      const int at = k + (l < n ? l : 0);
      lanes.table[l] = &table[species[p->partner[at]]];
      lanes.row[l] = lanes.table[l]->row;
      lanes.per_s[l] = lanes.table[l]->per_s;
      s[l] = p->coulomb[at];
    }
    pqeq_lanes_at(kernel, &lanes, s, value, d);
    for (int l = 0; l < n; l++) p->coulomb[k + l] = value[l];
  }
}

polar_code pqeq_pairs_build(pqeq_pairs *p, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                            double *closest, polar_status *st)
{
  const double(*x)[3] = atoms->x;
  const int *species = atoms->species;
  size_t count = 0;
  double least = HUGE_VAL;
  p->nrow = p->npair = 0;
  for (int i = 0; i < atoms->nall; i++) {
    if (species[i] < -1 || species[i] >= kernel->n)
      return polar_fail(st, POLAR_ARGUMENT, "Atom %d has species %d, expected -1 to %d", i,
                        species[i], kernel->n - 1);
    if (!isfinite(x[i][0] + x[i][1] + x[i][2]))
      return polar_fail(st, POLAR_NUMERIC,
                        "The position of an atom of charge equilibration is %g %g %g: the run has "
                        "diverged",
                        x[i][0], x[i][1], x[i][2]);
  }
  for (int k = 0; k < atoms->nrow; k++) count += (size_t)atoms->row_count[atoms->row_atom[k]];
  const polar_code code = reserve(p, atoms->nrow, count, st);
  if (code != POLAR_OK) return code;

  int n = 0;
  for (int k = 0; k < atoms->nrow; k++) {
    const int i = atoms->row_atom[k], *partner = atoms->row_partner[i];
    const int m = species[i] < 0 ? 0 : atoms->row_count[i];
    const pqeq_table *table = kernel->table + (species[i] < 0 ? 0 : species[i] * kernel->n);
    const double xi = x[i][0], yi = x[i][1], zi = x[i][2];
    p->atom[p->nrow] = i;
    p->first[p->nrow++] = n;
    for (int l = 0; l < m; l++) {
      const int j = partner[l] & atoms->mask;
      if (species[j] < 0) continue;
      const double dx = xi - x[j][0], dy = yi - x[j][1], dz = zi - x[j][2];
      const double s = dx * dx + dy * dy + dz * dz;
      if (!(s < table[species[j]].range2)) continue;
      if (s < least) least = s;
      p->partner[n] = j;
      p->coulomb[n++] = s;
    }
    core_values(p, kernel, table, species, p->first[p->nrow - 1], n);
    /* pairs of cores beyond the cutoff, whose shells may interact, go to the end of the row */
    int end = n;
    for (int l = p->first[p->nrow - 1]; l < end;) {
      if (p->coulomb[l] != 0.0) {
        l++;
        continue;
      }
      const int far = p->partner[l];
      end--;
      p->partner[l] = p->partner[end];
      p->coulomb[l] = p->coulomb[end];
      p->partner[end] = far;
      p->coulomb[end] = 0.0;
    }
    p->touching[p->nrow - 1] = end - p->first[p->nrow - 1];
  }
  p->first[p->nrow] = p->npair = n;
  if (closest) *closest = sqrt(least);
  return POLAR_OK;
}

POLAR_CLONES
void pqeq_pairs_multiply(const pqeq_pairs *p, int nall, const double *v, double *y)
{
  enum { L = PQEQ_LANES };
  memset(y, 0, (size_t)nall * sizeof *y);
  for (int k = 0; k < p->nrow; k++) {
    const int i = p->atom[k], n = p->touching[k];
    const int *restrict partner = p->partner + p->first[k];
    const double *restrict c = p->coulomb + p->first[k], vi = v[i];
    double sum[L] = {0.0}, t[L];
    int l = 0;
    for (; l + L <= n; l += L) {
      for (int m = 0; m < L; m++) {
        sum[m] += c[l + m] * v[partner[l + m]];
        t[m] = c[l + m] * vi;
      }
      for (int m = 0; m < L; m++) y[partner[l + m]] += t[m];
    }
    for (; l < n; l++) {
      sum[0] += c[l] * v[partner[l]];
      y[partner[l]] += c[l] * vi;
    }
    for (int m = 0; m < L; m++) y[i] += sum[m];
  }
}
