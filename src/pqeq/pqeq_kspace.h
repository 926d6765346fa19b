/* Reciprocal part of the long-range interaction of 2N point sites, cores and shells: exact sum over
 * wave vectors, the reference for a mesh.
 *
 *   phi(r) = 4 pi k/V sum_{0<|k|<kmax} exp(-k^2/4g^2)/k^2 Re[S*(k) exp(i k.r)],
 *   S(k) = sum_sites q exp(i k.r)
 *
 * (k in front: e^2/(4 pi eps0).) kmax is where exp(-k^2/4g^2) = 1e-15. Tin-foil boundary. */
#ifndef PQEQ_KSPACE_H
#define PQEQ_KSPACE_H

#include <stddef.h>

#include "base/status.h"

typedef struct {
  int nk, n, max[3];
  size_t room_k, room_n, room_phase;
  double volume, split;
  int (*index)[3]; /* [nk] half of the wave vectors, ordered by the first two indices */
  double (*vector)[3];
  double *weight;    /* [nk] eV Angstrom/e^2-weights, both halves: phi = sum weight Re[...] */
  double *structure; /* [nk][2] */
  double *phase[2];  /* core, shell: [axis][-max..max][2][n] powers of exp(i b.r) */
  double *work;      /* [4][n] */
} pqeq_kspace;

enum { PQEQ_CORES = 0, PQEQ_SHELLS = 1 };

void pqeq_kspace_free(pqeq_kspace *ks);

/* Wave vectors of a cell (lattice vectors in rows) and phases of the cores. Errors: POLAR_ARGUMENT
 * (no volume), POLAR_MEMORY. */
polar_code pqeq_kspace_prepare(pqeq_kspace *ks, double coulomb, double split,
                               const double (*cell)[3], int n, const double (*x)[3],
                               polar_status *st);

/* Phases of the shells at x + u */
void pqeq_kspace_shells(pqeq_kspace *ks, const double (*x)[3], const double (*u)[3],
                        const double (*cell)[3]);

/* structure = (or +=, add = 1) sum of charge q of cores or shells; this rank's share */
void pqeq_kspace_add(pqeq_kspace *ks, int sites, int add, const double *q);

/* Potential added to phi[n] and its gradient added to gradient[n][3] (either may be NULL) */
void pqeq_kspace_potential(pqeq_kspace *ks, int sites, double *phi, double (*gradient)[3]);

/* Energy of the structure factor, self energies of the sites included; virial[3][3] (may be NULL)
 * is set to -dE/d(strain) with all sites strained */
double pqeq_kspace_energy(const pqeq_kspace *ks, double (*virial)[3]);

#endif
