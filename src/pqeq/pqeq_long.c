/* Long-range parts of charge equilibration: what the sum over wave vectors adds to the real part
 * k [erf(alpha r) - erf(g r)]/r of the pairs.
 *
 * Sites are cores with Q = q + Z and shells with -Z. Taken off the sum: each site's own energy
 * k g/sqrt(pi) Q^2, and the interaction of a core with its own shell, -k Q Z erf(g u)/u. A net
 * charge has a uniform background, -k pi/(2 g^2 V) (sum q)^2. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "pqeq/pqeq_solver.h"

polar_code pqeq_long_prepare(pqeq_solver *s, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                             polar_status *st)
{
  if (!atoms->cell)
    return polar_fail(st, POLAR_ARGUMENT,
                      "Long-range charge equilibration needs a periodic cell, found none");
  if (!s->site) {
    const size_t room = (size_t)s->room;
    s->site = malloc(room * sizeof *s->site);
    for (int k = 0; k < 2; k++) {
      s->phi[k] = malloc(room * sizeof *s->phi[k]);
      s->slope[k] = malloc(3 * room * sizeof *s->slope[k]);
    }
    if (!s->site || !s->phi[0] || !s->phi[1] || !s->slope[0] || !s->slope[1]) {
      free(s->site);
      for (int k = 0; k < 2; k++) {
        free(s->phi[k]);
        free(s->slope[k]);
        s->phi[k] = s->slope[k] = NULL;
      }
      s->site = NULL;
      return polar_fail_memory(st, "preparing long-range charge equilibration");
    }
  }
  return pqeq_kspace_prepare(&s->ks, kernel->coulomb, kernel->split, atoms->cell, atoms->nlocal,
                             atoms->x, st);
}

static void sum_structure(pqeq_solver *s, const pqeq_comm *comm)
{
  pqeq_sum(comm, s->ks.structure, 2 * s->ks.nk);
}

static double shell_charge(const pqeq_kernel *kernel, const pqeq_atoms *atoms, int i)
{
  return atoms->species[i] < 0 ? 0.0 : kernel->species[atoms->species[i]].z;
}

void pqeq_long_multiply(pqeq_solver *s, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                        const pqeq_comm *comm, const double *v, double *y)
{
  const double self = 2.0 * kernel->coulomb * kernel->split / sqrt(POLAR_PI);
  for (int i = 0; i < atoms->nlocal; i++) s->site[i] = atoms->species[i] < 0 ? 0.0 : v[i];
  pqeq_kspace_add(&s->ks, PQEQ_CORES, 0, s->site);
  sum_structure(s, comm);
  pqeq_kspace_potential(&s->ks, PQEQ_CORES, y, NULL);
  for (int i = 0; i < atoms->nlocal; i++) y[i] -= self * s->site[i];
}

void pqeq_long_shell_potential(pqeq_solver *s, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                               const pqeq_comm *comm, const double (*u)[3], double *b)
{
  const double self = 2.0 * kernel->split / sqrt(POLAR_PI);
  const int n = atoms->nlocal;
  pqeq_kspace_shells(&s->ks, atoms->x, u, atoms->cell);
  for (int i = 0; i < n; i++) s->site[i] = shell_charge(kernel, atoms, i);
  pqeq_kspace_add(&s->ks, PQEQ_CORES, 0, s->site);
  for (int i = 0; i < n; i++) s->site[i] = -s->site[i];
  pqeq_kspace_add(&s->ks, PQEQ_SHELLS, 1, s->site);
  sum_structure(s, comm);
  memset(s->phi[0], 0, (size_t)n * sizeof *s->phi[0]);
  pqeq_kspace_potential(&s->ks, PQEQ_CORES, s->phi[0], NULL);
  for (int i = 0; i < n; i++) {
    double d;
    const double u2 = u[i][0] * u[i][0] + u[i][1] * u[i][1] + u[i][2] * u[i][2];
    /* own shell taken off, own core of charge Z taken off */
    b[i] -= s->phi[0][i] + kernel->coulomb * shell_charge(kernel, atoms, i) *
                               (pqeq_gaussian(kernel->split, u2, &d) - self);
  }
}

double pqeq_long_background(const pqeq_solver *s, const pqeq_kernel *kernel)
{
  return -kernel->coulomb * POLAR_PI / (kernel->split * kernel->split * s->ks.volume);
}

double pqeq_long_field(pqeq_solver *s, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                       const pqeq_comm *comm, const double *q, const double (*u)[3], double *eatom)
{
  const double self = kernel->coulomb * kernel->split / sqrt(POLAR_PI);
  const int n = atoms->nlocal;
  double total[1] = {0.0}, energy = 0.0;
  pqeq_kspace_shells(&s->ks, atoms->x, u, atoms->cell);
  for (int i = 0; i < n; i++) {
    const double z = shell_charge(kernel, atoms, i);
    s->site[i] = atoms->species[i] < 0 ? 0.0 : q[i] + z;
    total[0] += s->site[i] - z;
  }
  pqeq_kspace_add(&s->ks, PQEQ_CORES, 0, s->site);
  for (int i = 0; i < n; i++) s->site[i] = -shell_charge(kernel, atoms, i);
  pqeq_kspace_add(&s->ks, PQEQ_SHELLS, 1, s->site);
  sum_structure(s, comm);
  pqeq_sum(comm, total, 1);
  for (int k = 0; k < 2; k++) {
    memset(s->phi[k], 0, (size_t)n * sizeof *s->phi[k]);
    memset(s->slope[k], 0, 3 * (size_t)n * sizeof *s->slope[k]);
    pqeq_kspace_potential(&s->ks, k, s->phi[k], (double(*)[3])s->slope[k]);
  }
  const double background = 0.5 * pqeq_long_background(s, kernel) * total[0];
  for (int i = 0; i < n; i++) {
    if (atoms->species[i] < 0) continue;
    double d;
    const double z = shell_charge(kernel, atoms, i), core = q[i] + z;
    const double u2 = u[i][0] * u[i][0] + u[i][1] * u[i][1] + u[i][2] * u[i][2];
    const double e = 0.5 * (core * s->phi[0][i] - z * s->phi[1][i]) - self * (core * core + z * z) +
                     kernel->coulomb * core * z * pqeq_gaussian(kernel->split, u2, &d) +
                     background * q[i];
    energy += e;
    if (eatom) eatom[i] += e;
  }
  return energy;
}

void pqeq_long_shell_force(const pqeq_solver *s, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                           const double *q, const double (*u)[3], double (*f)[3])
{
  const double(*slope)[3] = (const double(*)[3])s->slope[1];
  for (int i = 0; i < atoms->nlocal; i++) {
    const double z = shell_charge(kernel, atoms, i);
    if (z == 0.0) continue;
    double d;
    const double u2 = u[i][0] * u[i][0] + u[i][1] * u[i][1] + u[i][2] * u[i][2];
    pqeq_gaussian(kernel->split, u2, &d);
    for (int m = 0; m < 3; m++)
      f[i][m] += z * slope[i][m] - kernel->coulomb * (q[i] + z) * z * d * u[i][m];
  }
}

void pqeq_long_atom_force(const pqeq_solver *s, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                          const pqeq_comm *comm, const double *q, const double (*u)[3],
                          double (*f)[3], double (*virial)[3])
{
  const double(*core)[3] = (const double(*)[3])s->slope[0];
  const double(*shell)[3] = (const double(*)[3])s->slope[1];
  double w[3][3], t[2] = {1.0, 0.0};
  for (int i = 0; i < atoms->nlocal; i++) {
    if (atoms->species[i] < 0) continue;
    const double z = shell_charge(kernel, atoms, i);
    t[1] += q[i];
    for (int a = 0; a < 3; a++) {
      f[i][a] += z * shell[i][a] - (q[i] + z) * core[i][a];
      /* the sum strains shells with their cores, but displacements of shells do not strain */
      for (int b = 0; virial && b < 3; b++) virial[a][b] -= z * shell[i][a] * u[i][b];
    }
  }
  pqeq_sum(comm, t, 2); /* number of ranks, net charge */
  if (!virial) return;
  pqeq_kspace_energy(&s->ks, w);
  const double background = 0.5 * pqeq_long_background(s, kernel) * t[1] * t[1];
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 3; b++) virial[a][b] += (w[a][b] + (a == b ? background : 0.0)) / t[0];
}
