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

polar_code pqeq_long_prepare(pqeq_solver *s, const pqeq_atoms *atoms, polar_status *st)
{
  if (!atoms->reciprocal)
    return polar_fail(st, POLAR_ARGUMENT,
                      "Long-range charge equilibration needs a sum over wave vectors, found none");
  if (!s->place) {
    const size_t room = (size_t)s->room;
    int lack = 0;
    for (int k = 0; k < 2; k++) {
      lack |= !(s->site[k] = malloc(room * sizeof *s->site[k]));
      lack |= !(s->phi[k] = malloc(room * sizeof *s->phi[k]));
      lack |= !(s->efield[k] = malloc(3 * room * sizeof *s->efield[k]));
    }
    if (lack || !(s->place = malloc(3 * room * sizeof *s->place))) {
      pqeq_long_free(s);
      return polar_fail_memory(st, "preparing long-range charge equilibration");
    }
  }
  s->astray = atoms->reciprocal->place(atoms->reciprocal->self, PQEQ_CORES, atoms->x);
  return POLAR_OK;
}

void pqeq_long_free(pqeq_solver *s)
{
  for (int k = 0; k < 2; k++) {
    free(s->site[k]);
    free(s->phi[k]);
    free(s->efield[k]);
    s->site[k] = s->phi[k] = s->efield[k] = NULL;
  }
  free(s->place);
  s->place = NULL;
}

static double shell_charge(const pqeq_problem *in, int i)
{
  const int species = in->atoms->species[i];
  return species < 0 ? 0.0 : in->kernel->species[species].z;
}

static double square(const double u[3])
{
  return u[0] * u[0] + u[1] * u[1] + u[2] * u[2];
}

void pqeq_long_start(pqeq_solver *s, const pqeq_problem *in, const double *q, const double (*u)[3],
                     double *virial)
{
  const pqeq_atoms *atoms = in->atoms;
  const pqeq_reciprocal *sum = atoms->reciprocal;
  double(*at)[3] = (double(*)[3])s->place;
  const double *const charges[2] = {s->site[PQEQ_CORES], s->site[PQEQ_SHELLS]};
  for (int i = 0; i < atoms->nlocal; i++) {
    const double z = shell_charge(in, i);
    s->site[PQEQ_CORES][i] = atoms->species[i] < 0 ? 0.0 : q[i] + z;
    s->site[PQEQ_SHELLS][i] = -z;
    for (int m = 0; m < 3; m++) at[i][m] = atoms->x[i][m] + u[i][m];
  }
  s->astray += sum->place(sum->self, PQEQ_SHELLS, (const double(*)[3])at);
  sum->charge(sum->self, charges, virial);
  sum->keep(sum->self, 0.0, 1.0);
}

void pqeq_long_residual(pqeq_solver *s, const pqeq_problem *in, const double *q,
                        const double (*u)[3], double *r)
{
  const pqeq_kernel *kernel = in->kernel;
  const pqeq_reciprocal *sum = in->atoms->reciprocal;
  const double self = 2.0 * kernel->coulomb * kernel->split / sqrt(POLAR_PI);
  sum->gather(sum->self, PQEQ_KEPT, PQEQ_CORES, s->phi[0], NULL);
  for (int i = 0; i < in->atoms->nlocal; i++) {
    double d;
    const double z = shell_charge(in, i);
    r[i] -= s->phi[0][i] - self * (q[i] + z) +
            kernel->coulomb * z * pqeq_gaussian(kernel->split, square(u[i]), &d);
  }
}

void pqeq_long_multiply(pqeq_solver *s, const pqeq_problem *in, const double *v, double *y)
{
  const pqeq_reciprocal *sum = in->atoms->reciprocal;
  const double self = 2.0 * in->kernel->coulomb * in->kernel->split / sqrt(POLAR_PI);
  const double *const charges[2] = {v, NULL};
  sum->charge(sum->self, charges, NULL);
  sum->gather(sum->self, PQEQ_LAST, PQEQ_CORES, s->phi[0], NULL);
  for (int i = 0; i < in->atoms->nlocal; i++) y[i] += s->phi[0][i] - self * v[i];
}

void pqeq_long_advance(const pqeq_atoms *atoms, double share)
{
  atoms->reciprocal->keep(atoms->reciprocal->self, 1.0, share);
}

double pqeq_long_background(const pqeq_atoms *atoms, const pqeq_kernel *kernel)
{
  return -kernel->coulomb * POLAR_PI / (kernel->split * kernel->split * atoms->reciprocal->volume);
}

double pqeq_long_energy(pqeq_solver *s, const pqeq_problem *in, const double *q,
                        const double (*u)[3], double *eatom)
{
  const pqeq_kernel *kernel = in->kernel;
  const pqeq_atoms *atoms = in->atoms;
  const pqeq_reciprocal *sum = atoms->reciprocal;
  const double self = kernel->coulomb * kernel->split / sqrt(POLAR_PI);
  double total = 0.0, energy = 0.0;
  for (int i = 0; i < atoms->nlocal; i++)
    if (atoms->species[i] >= 0) total += q[i];
  pqeq_sum(in->comm, &total, 1);
  const double background = 0.5 * pqeq_long_background(atoms, kernel) * total;
  for (int k = 0; k < 2; k++) sum->gather(sum->self, PQEQ_KEPT, k, s->phi[k], NULL);
  for (int i = 0; i < atoms->nlocal; i++) {
    if (atoms->species[i] < 0) continue;
    double d;
    const double z = shell_charge(in, i), core = q[i] + z;
    const double e = 0.5 * (core * s->phi[0][i] - z * s->phi[1][i]) - self * (core * core + z * z) +
                     kernel->coulomb * core * z * pqeq_gaussian(kernel->split, square(u[i]), &d) +
                     background * q[i];
    energy += e;
    if (eatom) eatom[i] += e;
  }
  return energy;
}

void pqeq_long_shell_force(pqeq_solver *s, const pqeq_problem *in, const double *q,
                           const double (*u)[3], double (*f)[3])
{
  const pqeq_kernel *kernel = in->kernel;
  const pqeq_reciprocal *sum = in->atoms->reciprocal;
  double(*field)[3] = (double(*)[3])s->efield[1];
  sum->gather(sum->self, PQEQ_KEPT, PQEQ_SHELLS, s->phi[1], field);
  for (int i = 0; i < in->atoms->nlocal; i++) {
    const double z = shell_charge(in, i);
    if (z == 0.0) continue;
    double d;
    pqeq_gaussian(kernel->split, square(u[i]), &d);
    for (int m = 0; m < 3; m++)
      f[i][m] -= z * field[i][m] + kernel->coulomb * (q[i] + z) * z * d * u[i][m];
  }
}

void pqeq_long_atom_force(pqeq_solver *s, const pqeq_problem *in, const double *q,
                          const double (*u)[3], const double *sites, double (*f)[3],
                          double (*virial)[3])
{
  static const int place[3][3] = {{0, 3, 4}, {3, 1, 5}, {4, 5, 2}};
  const pqeq_atoms *atoms = in->atoms;
  const pqeq_reciprocal *sum = atoms->reciprocal;
  double(*core)[3] = (double(*)[3])s->efield[0], (*shell)[3] = (double(*)[3])s->efield[1];
  double t[2] = {1.0, 0.0};
  sum->gather(sum->self, PQEQ_KEPT, PQEQ_CORES, s->phi[0], core);
  sum->gather(sum->self, PQEQ_KEPT, PQEQ_SHELLS, s->phi[1], shell);
  for (int i = 0; i < atoms->nlocal; i++) {
    if (atoms->species[i] < 0) continue;
    const double z = shell_charge(in, i);
    t[1] += q[i];
    for (int a = 0; a < 3; a++) {
      f[i][a] += (q[i] + z) * core[i][a] - z * shell[i][a];
      /* the sum strains shells with their cores, but displacements of shells do not strain */
      for (int b = 0; virial && b < 3; b++) virial[a][b] += z * shell[i][a] * u[i][b];
    }
  }
  if (!virial) return;
  pqeq_sum(in->comm, t, 2); /* number of ranks, net charge */
  const double background = 0.5 * pqeq_long_background(atoms, in->kernel) * t[1] * t[1];
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 3; b++)
      virial[a][b] += (sites[place[a][b]] + (a == b ? background : 0.0)) / t[0];
}
