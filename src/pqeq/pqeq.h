/* Polarizable charge equilibration: charges q and shell displacements u that minimize
 *
 *   E = sum_i [chi_i q_i + eta_i q_i^2/2 + K_i u_i^2/2]
 *     + 1/2 sum_i!=j [C(cc) Q_i Q_j - C(sc) Z_i Q_j - C(cs) Q_i Z_j + C(ss) Z_i Z_j] + field
 *
 * with Q = q + Z, core i at r_i, shell i (charge -Z_i) at r_i + u_i, |u| <= umax, sum q given
 * (Naserifar, Brooks, Goddard, Cvicek, J. Chem. Phys. 146, 124117 (2017); Gao et al., Nat. Commun.
 * 16, 10484 (2025)). Field energy: -sum_i (q_i E.r_i - Z_i E.u_i) if it acts on charges and shells,
 * sum_i Z_i E.u_i if on shells only.
 *
 * With a long-range kernel C is the Coulomb interaction of Gaussians in a periodic cell (Ewald,
 * tin-foil boundary, uniform background if there is a net charge); the sum over wave vectors is the
 * caller's, exact or on a mesh.
 *
 * Units: eV, Angstrom, e, V/Angstrom. Atoms are distributed over ranks; each pair of atoms, images
 * included, is known to one rank only. Ranks talk through callbacks. */
#ifndef PQEQ_H
#define PQEQ_H

#include <stddef.h>

#include "base/status.h"
#include "pqeq/pqeq_kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The reciprocal part of a long-range kernel, of charges at two sets of sites of the local atoms:
 *
 *   phi(r) = 4 pi k/V sum_{k != 0} exp(-k^2/4g^2)/k^2 Re[S*(k) exp(i k.r)],
 *   S(k) = sum_sites q exp(i k.r)
 *
 * (k in front: coulomb of the kernel, g: split). What is given must be linear in the charges, and
 * its field the derivative of its potential. All but place are collective. */
enum { PQEQ_CORES = 0, PQEQ_SHELLS = 1 };
enum { PQEQ_LAST = 0, PQEQ_KEPT = 1 };
typedef struct {
  void *self;
  double volume; /* Angstrom^3 */
  /* positions x[nlocal] of a set; returns how many the sum cannot serve */
  int (*place)(void *self, int set, const double (*x)[3]);
  /* LAST = potential of charges q[set][nlocal] (NULL: none); virial[6] (may be NULL) =
   * -dE/d(strain) of all sites at fixed charges, of all ranks, xx yy zz xy xz yz */
  void (*charge)(void *self, const double *const q[2], double *virial);
  /* KEPT = keep KEPT + share LAST */
  void (*keep)(void *self, double keep, double share);
  /* phi[nlocal], eV/e, and field[nlocal][3] = -dphi/dr (may be NULL) of LAST or KEPT at a set */
  void (*gather)(void *self, int which, int set, double *phi, double (*field)[3]);
} pqeq_reciprocal;

/* Atoms of a rank: nlocal of its own, then images and neighbours from other ranks (ghosts). */
typedef struct {
  int nlocal, nall;
  const double (*x)[3];              /* [nall], Angstrom */
  const double (*unwrapped)[3];      /* [nlocal], for a field that acts on charges; NULL: x */
  const pqeq_reciprocal *reciprocal; /* NULL unless the kernel is long-range */
  const int *species;                /* [nall], of the kernel; -1: the atom takes no part */
  const unsigned char *given;        /* [nlocal] 1: q is given and there is no shell; NULL: none */
  /* fragments that each keep a net charge of their own: of every atom 0..nfragment-1 [nlocal] and
   * the charges [nfragment], e, the same on all ranks. NULL: all atoms share options.net_charge. */
  const int *fragment;
  int nfragment;
  const double *fragment_charge;
  const long long *id; /* [nlocal] names of atoms for messages; NULL: index + 1 */
  /* pairs: atom i = row_atom[0..nrow-1] with row_partner[i][0..row_count[i]-1] & mask. Pairs beyond
   * the kernel's range are passed over; none may be missing, none may come twice. */
  int nrow;
  const int *row_atom, *row_count;
  int *const *row_partner;
  int mask;
} pqeq_atoms;

/* Collective operations. NULL callbacks: one rank without ghosts. */
typedef struct {
  void *self;
  void (*sum)(void *self, double *value, int n);         /* over all ranks, in place */
  void (*maximum)(void *self, double *value, int n);     /* likewise */
  void (*forward)(void *self, double *value, int width); /* [nall][width]: ghosts get copies */
  void (*reverse)(void *self, double *value, int width); /* [nall][width]: owners add ghosts' */
} pqeq_comm;

typedef struct {
  int converge;      /* 0: `passes` times charges, then shells, from u = 0 (the published scheme);
                        1: until shells move by less than tol_u */
  int passes;        /* converge = 1: most that are tried */
  double tol_u;      /* Angstrom */
  double tol_q;      /* relative residual of the charges' linear system */
  int max_cg;        /* most iterations of one linear system */
  int tolerate;      /* 1: what did not converge is used as it is: result->unconverged is not 0 and
                        the status holds the text with the code POLAR_OK; 0: it is an error */
  double net_charge; /* e, of atoms whose charge is not given; unused with fragments */
  double field[3];   /* V/Angstrom */
  int field_full;    /* 1: on charges and shells, 0: on shells only */
} pqeq_options;

typedef struct {
  double mu;       /* chemical potential, eV/e; of fragments the mean, weighted by sum 1/eta */
  int passes;      /* charge solutions that were made */
  int cg;          /* iterations of conjugate gradients in all of them */
  int uphill;      /* steps of the shells that were shortened because they raised the energy */
  int clamped;     /* shells at umax */
  int unconverged; /* solutions for charges or shells that were ended before their aim */
  double residual; /* Angstrom: most by which a shell moved in the last step */
  double closest;  /* Angstrom: least distance of two atoms; infinite if there is no pair */
} pqeq_result;

typedef struct {
  double chi, eta, spring, coulomb, field; /* eV; the total energy is their sum */
} pqeq_energies;

/* What is to be solved: pointers are borrowed, for the call only */
typedef struct {
  const pqeq_kernel *kernel;
  const pqeq_atoms *atoms;
  const pqeq_options *options;
  const pqeq_comm *comm; /* NULL: one rank without ghosts */
} pqeq_problem;

/* Where derivatives of the energy at fixed charges and shells are added; members may be NULL */
typedef struct {
  double (*force)[3];  /* [nlocal] eV/Angstrom */
  double (*virial)[3]; /* [3] virial[a][b] = -dE/d(strain_ab), eV, this rank's share */
  double *eatom;       /* [nall] shares of atoms in the energy, eV, */
  double (*vatom)[6];  /* [nall] and in the virial, eV: xx yy zz xy xz yz */
} pqeq_derivatives;

/* Scratch memory and the pairs of the present positions; one per set of atoms */
typedef struct pqeq_solver pqeq_solver;
polar_code pqeq_solver_create(pqeq_solver **out, polar_status *st);
void pqeq_solver_free(pqeq_solver *solver);
size_t pqeq_solver_bytes(const pqeq_solver *solver);

/* Take over the positions: must come first, and again whenever atoms moved. Keeps no pointer.
 * *closest (may be NULL): least distance of two atoms of this rank's pairs, Angstrom.
 * Errors: POLAR_ARGUMENT (a species out of range, no reciprocal part), POLAR_NUMERIC
 * (a position is not finite), POLAR_MEMORY; of this rank only. */
polar_code pqeq_prepare(pqeq_solver *solver, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                        double *closest, polar_status *st);

/* Solve for q [nall] and u [nall][3]. On entry they hold given charges of local atoms and, with
 * converge = 1, the guess of everything else; on return all atoms' values, ghosts too.
 * Collective. Errors, the same on all ranks: POLAR_NUMERIC (the hardness matrix is not positive
 * definite, charges or shells did not converge, no descent, not a number), POLAR_MODEL (no atom to
 * put a net charge on). */
polar_code pqeq_solve(pqeq_solver *solver, const pqeq_problem *problem, double *q, double (*u)[3],
                      pqeq_result *result, polar_status *st);

/* Energy of q [nall] and u [nall][3], this rank's share, and its derivatives at fixed q and u. What
 * comes out for atoms is in the rows of local atoms, the others are work. Collective, through
 * comm->reverse. The virial is that of the interactions: a field that acts on charges adds
 * pqeq_field_virial to -dE/d(strain). vatom lacks the reciprocal part of a long-range kernel. */
void pqeq_forces(pqeq_solver *solver, const pqeq_problem *problem, const double *q,
                 const double (*u)[3], pqeq_energies *energies, const pqeq_derivatives *out);

/* Adds sum_i q_i E_a r_ib, this rank's share, if the field acts on charges */
void pqeq_field_virial(const pqeq_atoms *atoms, const pqeq_options *options, const double *q,
                       double virial[3][3]);

/* Dipole moment sum_i q_i r_i - Z_i u_i (r unwrapped), e Angstrom, of this rank's atoms */
void pqeq_dipole(const pqeq_kernel *kernel, const pqeq_atoms *atoms, const double *q,
                 const double (*u)[3], double dipole[3]);

#ifdef __cplusplus
}
#endif
#endif
