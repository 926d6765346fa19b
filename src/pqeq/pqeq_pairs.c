#include "pqeq/pqeq_pairs.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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
      p->coulomb[n++] = pqeq_table_value(kernel, &table[species[j]], s);
    }
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

void pqeq_pairs_multiply(const pqeq_pairs *p, int nall, const double *v, double *y)
{
  memset(y, 0, (size_t)nall * sizeof *y);
  for (int k = 0; k < p->nrow; k++) {
    const int i = p->atom[k];
    const double vi = v[i];
    double sum = 0.0;
    for (int l = p->first[k]; l < p->first[k] + p->touching[k]; l++) {
      const int j = p->partner[l];
      const double c = p->coulomb[l];
      sum += c * v[j];
      y[j] += c * vi;
    }
    y[i] += sum;
  }
}

void pqeq_pairs_shell_potential(const pqeq_pairs *p, const pqeq_kernel *kernel,
                                const pqeq_atoms *atoms, const double (*u)[3], double *b)
{
  const double(*x)[3] = atoms->x;
  for (int k = 0; k < p->nrow; k++) {
    const int i = p->atom[k], si = atoms->species[i];
    const double zi = kernel->species[si < 0 ? 0 : si].z;
    const pqeq_table *table = kernel->table + (long)(si < 0 ? 0 : si) * kernel->n;
    double sum = 0.0;
    for (int l = p->first[k]; l < p->first[k + 1]; l++) {
      const int j = p->partner[l], sj = atoms->species[j];
      const pqeq_table *t = &table[sj];
      const double d[3] = {x[i][0] - x[j][0], x[i][1] - x[j][1], x[i][2] - x[j][2]};
      const double sc[3] = {d[0] + u[i][0], d[1] + u[i][1], d[2] + u[i][2]};
      const double cs[3] = {d[0] - u[j][0], d[1] - u[j][1], d[2] - u[j][2]};
      const double c = p->coulomb[l];
      sum -= kernel->species[sj].z *
             (c - pqeq_table_value(kernel, t, cs[0] * cs[0] + cs[1] * cs[1] + cs[2] * cs[2]));
      b[j] -= zi * (c - pqeq_table_value(kernel, t, sc[0] * sc[0] + sc[1] * sc[1] + sc[2] * sc[2]));
    }
    b[i] += sum;
  }
}

/* All u are 0: the charges of core and shell of another atom act from one place */
static void shell_force_rest(const pqeq_pairs *p, const pqeq_kernel *kernel,
                             const pqeq_atoms *atoms, const double *q, double (*f)[3])
{
  const double(*x)[3] = atoms->x;
  for (int k = 0; k < p->nrow; k++) {
    const int i = p->atom[k], si = atoms->species[i] < 0 ? 0 : atoms->species[i];
    const double zi = kernel->species[si].z;
    const pqeq_table *table = kernel->table + (long)si * kernel->n;
    double sum[3] = {0.0, 0.0, 0.0};
    for (int l = p->first[k]; l < p->first[k + 1]; l++) {
      const int j = p->partner[l], sj = atoms->species[j];
      const double d[3] = {x[i][0] - x[j][0], x[i][1] - x[j][1], x[i][2] - x[j][2]};
      double slope;
      pqeq_table_at(kernel, &table[sj], d[0] * d[0] + d[1] * d[1] + d[2] * d[2], &slope);
      const double gi = slope * q[j], gj = slope * q[i] * kernel->species[sj].z;
      for (int m = 0; m < 3; m++) {
        sum[m] += gi * d[m];
        f[j][m] -= gj * d[m];
      }
    }
    for (int m = 0; m < 3; m++) f[i][m] += zi * sum[m];
  }
}

/* The energy of a pair without the large terms that cancel between core and shell */
static inline double pair_energy(double qi, double qj, double zi, double zj, double cc, double sc,
                                 double cs, double ss)
{
  return qi * qj * cc + qi * zj * (cc - cs) + zi * qj * (cc - sc) +
         zi * zj * ((cc - sc) - (cs - ss));
}

double pqeq_pairs_shell_force(const pqeq_pairs *p, const pqeq_kernel *kernel,
                              const pqeq_atoms *atoms, const double *q, const double (*u)[3],
                              int rest, int energy, double (*f)[3])
{
  const double(*x)[3] = atoms->x;
  double e = 0.0;
  if (rest && !energy) {
    shell_force_rest(p, kernel, atoms, q, f);
    return 0.0;
  }
  for (int k = 0; k < p->nrow; k++) {
    const int i = p->atom[k], si = atoms->species[i] < 0 ? 0 : atoms->species[i];
    const double zi = kernel->species[si].z, coreI = q[i] + zi;
    const pqeq_table *table = kernel->table + (long)si * kernel->n;
    const double xu[3] = {x[i][0] + u[i][0], x[i][1] + u[i][1], x[i][2] + u[i][2]};
    double sum[3] = {0.0, 0.0, 0.0};
    for (int l = p->first[k]; l < p->first[k + 1]; l++) {
      const int j = p->partner[l], sj = atoms->species[j];
      const pqeq_table *t = &table[sj];
      const double zj = kernel->species[sj].z;
      const double sc[3] = {xu[0] - x[j][0], xu[1] - x[j][1], xu[2] - x[j][2]};
      const double cs[3] = {x[i][0] - x[j][0] - u[j][0], x[i][1] - x[j][1] - u[j][1],
                            x[i][2] - x[j][2] - u[j][2]};
      const double ss[3] = {sc[0] - u[j][0], sc[1] - u[j][1], sc[2] - u[j][2]};
      double gsc, gcs, gss;
      const double vsc =
          pqeq_table_at(kernel, t, sc[0] * sc[0] + sc[1] * sc[1] + sc[2] * sc[2], &gsc);
      const double vcs =
          pqeq_table_at(kernel, t, cs[0] * cs[0] + cs[1] * cs[1] + cs[2] * cs[2], &gcs);
      const double vss =
          pqeq_table_at(kernel, t, ss[0] * ss[0] + ss[1] * ss[1] + ss[2] * ss[2], &gss);
      gsc *= zi * (q[j] + zj);
      gcs *= zj * coreI;
      gss *= zi * zj;
      for (int m = 0; m < 3; m++) {
        sum[m] += gsc * sc[m] - gss * ss[m];
        f[j][m] += gss * ss[m] - gcs * cs[m];
      }
      if (energy) e += pair_energy(q[i], q[j], zi, zj, p->coulomb[l], vsc, vcs, vss);
    }
    for (int m = 0; m < 3; m++) f[i][m] += sum[m];
  }
  return e;
}

double pqeq_pairs_atom_force(const pqeq_pairs *p, const pqeq_kernel *kernel,
                             const pqeq_atoms *atoms, const double *q, const double (*u)[3],
                             double (*f)[3], double (*w)[3], double *eatom, double (*vatom)[6])
{
  const double(*x)[3] = atoms->x;
  double total = 0.0, v[9] = {0.0};
  for (int k = 0; k < p->nrow; k++) {
    const int i = p->atom[k], si = atoms->species[i] < 0 ? 0 : atoms->species[i];
    const double zi = kernel->species[si].z, coreI = q[i] + zi;
    const pqeq_table *table = kernel->table + (long)si * kernel->n;
    double sum[3] = {0.0, 0.0, 0.0};
    for (int l = p->first[k]; l < p->first[k + 1]; l++) {
      const int j = p->partner[l], sj = atoms->species[j];
      const pqeq_table *t = &table[sj];
      const double zj = kernel->species[sj].z, coreJ = q[j] + zj;
      const double d[3] = {x[i][0] - x[j][0], x[i][1] - x[j][1], x[i][2] - x[j][2]};
      const double sc[3] = {d[0] + u[i][0], d[1] + u[i][1], d[2] + u[i][2]};
      const double cs[3] = {d[0] - u[j][0], d[1] - u[j][1], d[2] - u[j][2]};
      const double ss[3] = {sc[0] - u[j][0], sc[1] - u[j][1], sc[2] - u[j][2]};
      double gcc, gsc, gcs, gss;
      const double vcc = pqeq_table_at(kernel, t, d[0] * d[0] + d[1] * d[1] + d[2] * d[2], &gcc);
      const double vsc =
          pqeq_table_at(kernel, t, sc[0] * sc[0] + sc[1] * sc[1] + sc[2] * sc[2], &gsc);
      const double vcs =
          pqeq_table_at(kernel, t, cs[0] * cs[0] + cs[1] * cs[1] + cs[2] * cs[2], &gcs);
      const double vss =
          pqeq_table_at(kernel, t, ss[0] * ss[0] + ss[1] * ss[1] + ss[2] * ss[2], &gss);
      const double e = pair_energy(q[i], q[j], zi, zj, vcc, vsc, vcs, vss);
      gcc *= coreI * coreJ;
      gsc *= zi * coreJ;
      gcs *= coreI * zj;
      gss *= zi * zj;
      total += e;
      double g[3];
      for (int m = 0; m < 3; m++) {
        g[m] = (gsc * sc[m] - gcc * d[m]) + (gcs * cs[m] - gss * ss[m]);
        sum[m] += g[m];
      }
      if (f)
        for (int m = 0; m < 3; m++) f[j][m] -= g[m];
      if (w)
        for (int m = 0; m < 9; m++) v[m] += g[m / 3] * d[m % 3];
      if (eatom) {
        eatom[i] += 0.5 * e;
        eatom[j] += 0.5 * e;
      }
      if (vatom) {
        const double s[6] = {g[0] * d[0],
                             g[1] * d[1],
                             g[2] * d[2],
                             0.5 * (g[0] * d[1] + g[1] * d[0]),
                             0.5 * (g[0] * d[2] + g[2] * d[0]),
                             0.5 * (g[1] * d[2] + g[2] * d[1])};
        for (int m = 0; m < 6; m++) {
          vatom[i][m] += 0.5 * s[m];
          vatom[j][m] += 0.5 * s[m];
        }
      }
    }
    if (f)
      for (int m = 0; m < 3; m++) f[i][m] += sum[m];
  }
  if (w)
    for (int m = 0; m < 9; m++) w[m / 3][m % 3] += v[m];
  return total;
}
