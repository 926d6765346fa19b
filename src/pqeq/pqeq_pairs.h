/* Pairs of atoms within range and the sums over them; what pqeq.c and pqeq_charges.c are built on.
 * All sums leave the share of ghosts in the rows of ghosts: the caller folds it back. */
#ifndef PQEQ_PAIRS_H
#define PQEQ_PAIRS_H

#include "pqeq/pqeq.h"

typedef struct {
  int nrow, npair, row_room, pair_room;
  int *atom;       /* [nrow] */
  int *first;      /* [nrow + 1] into partner and coulomb */
  int *touching;   /* [nrow] pairs of the row, its first ones, whose C is not 0 */
  int *partner;    /* [npair] */
  double *coulomb; /* [npair] C of the two cores, eV/e^2 */
} pqeq_pairs;

void pqeq_pairs_free(pqeq_pairs *p);
polar_code pqeq_pairs_build(pqeq_pairs *p, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                            double *closest, polar_status *st);

/* y[nall] = sum_j C_ij p_j; y is set */
void pqeq_pairs_multiply(const pqeq_pairs *p, int nall, const double *v, double *y);

/* b[nall]: adds -sum_j Z_j [C(|d|) - C(|d - u_j|)], the potential of the shells' displacements */
void pqeq_pairs_shell_potential(const pqeq_pairs *p, const pqeq_kernel *kernel,
                                const pqeq_atoms *atoms, const double (*u)[3], double *b);

/* f[nall][3]: adds the Coulomb forces on the shells. Returns the Coulomb energy of the pairs if
 * energy is asked for. rest: 1 if all u are 0. */
double pqeq_pairs_shell_force(const pqeq_pairs *p, const pqeq_kernel *kernel,
                              const pqeq_atoms *atoms, const double *q, const double (*u)[3],
                              int rest, int energy, double (*f)[3]);

/* Energy of the pairs; adds its derivatives, the force to [nall] rows */
double pqeq_pairs_atom_force(const pqeq_pairs *p, const pqeq_kernel *kernel,
                             const pqeq_atoms *atoms, const double *q, const double (*u)[3],
                             const pqeq_derivatives *out);

#endif
