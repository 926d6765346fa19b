/* Inside of pqeq_solver, shared by pqeq.c (shells) and pqeq_charges.c (charges). */
#ifndef PQEQ_SOLVER_H
#define PQEQ_SOLVER_H

#include "pqeq/pqeq_mixing.h"
#include "pqeq/pqeq_pairs.h"

struct pqeq_solver {
  pqeq_pairs pairs;
  int room;          /* atoms, ghosts included, that the arrays below hold */
  int room_level;    /* fragments that this holds: */
  double *level;     /* [5 nfragment + 3] 1/sum(1/eta), mean potential, sums over ranks */
  double *b;         /* [nall] right-hand side of the charges */
  double *r, *p, *y; /* [nall] residual, direction, its product */
  double *ref;       /* [nlocal][3] shells that were accepted last */
  double *goal;      /* [nlocal][3] where the plain step from there leads */
  double *next;      /* [nlocal][3] where the plain step from the present shells leads */
  double *weight;    /* [nlocal][3] springs */
  double *force;     /* [nall][3] */
  pqeq_mixing mixing;
  /* of a long-range kernel */
  double *site[2];   /* [nlocal] charges of cores, shells */
  double *phi[2];    /* [nlocal] potential at cores, shells */
  double *efield[2]; /* [nlocal][3] minus its gradient */
  double *place;     /* [nlocal][3] positions of shells */
  double astray;     /* sites that the reciprocal part cannot serve */
};

static inline int pqeq_is_free(const pqeq_atoms *atoms, int i)
{
  return atoms->species[i] >= 0 && !(atoms->given && atoms->given[i]);
}

static inline int pqeq_fragment(const pqeq_atoms *atoms, int i)
{
  return atoms->fragment ? atoms->fragment[i] : 0;
}

static inline long long pqeq_id(const pqeq_atoms *atoms, int i)
{
  return atoms->id ? atoms->id[i] : i + 1;
}

static inline void pqeq_sum(const pqeq_comm *comm, double *value, int n)
{
  if (comm && comm->sum) comm->sum(comm->self, value, n);
}

static inline double pqeq_maximum(const pqeq_comm *comm, double value)
{
  if (comm && comm->maximum) comm->maximum(comm->self, &value, 1);
  return value;
}

static inline void pqeq_forward(const pqeq_comm *comm, double *value, int width)
{
  if (comm && comm->forward) comm->forward(comm->self, value, width);
}

static inline void pqeq_reverse(const pqeq_comm *comm, double *value, int width)
{
  if (comm && comm->reverse) comm->reverse(comm->self, value, width);
}

/* After polar_fail: counts a solution that did not converge; the status remains a remark only if
 * that is tolerated */
static inline polar_code pqeq_unconverged(const pqeq_options *options, pqeq_result *result,
                                          polar_status *st)
{
  result->unconverged++;
  if (!options->tolerate) return POLAR_NUMERIC;
  if (st) st->code = POLAR_OK;
  return POLAR_OK;
}

/* The long-range parts, pqeq_long.c; pqeq_long_prepare is of this rank only. */
polar_code pqeq_long_prepare(pqeq_solver *solver, const pqeq_atoms *atoms, polar_status *st);
void pqeq_long_free(pqeq_solver *solver);
/* Keeps the potential of all sites for charges q and shells u. virial[6]: of all ranks, or NULL */
void pqeq_long_start(pqeq_solver *solver, const pqeq_problem *problem, const double *q,
                     const double (*u)[3], double *virial);
/* r[nlocal] -= dE/dq of what was kept */
void pqeq_long_residual(pqeq_solver *solver, const pqeq_problem *problem, const double *q,
                        const double (*u)[3], double *r);
/* y[nlocal] += A v of this part, for changes v of the charges, */
void pqeq_long_multiply(pqeq_solver *solver, const pqeq_problem *problem, const double *v,
                        double *y);
/* and what is kept belongs to charges that are changed by share v */
void pqeq_long_advance(const pqeq_atoms *atoms, double share);
/* Energy of what is kept, this rank's share; adds the shares of atoms to eatom (may be NULL) */
double pqeq_long_energy(pqeq_solver *solver, const pqeq_problem *problem, const double *q,
                        const double (*u)[3], double *eatom);
/* Adds the forces on shells */
void pqeq_long_shell_force(pqeq_solver *solver, const pqeq_problem *problem, const double *q,
                           const double (*u)[3], double (*f)[3]);
/* Adds the forces on atoms, and this rank's share of the virial, given that of all sites (both
 * NULL if not wanted) */
void pqeq_long_atom_force(pqeq_solver *solver, const pqeq_problem *problem, const double *q,
                          const double (*u)[3], const double *sites, double (*f)[3],
                          double (*virial)[3]);
/* Potential of the uniform background per net charge, eV/e^2 (negative) */
double pqeq_long_background(const pqeq_atoms *atoms, const pqeq_kernel *kernel);

/* Charges that minimize the energy at fixed u; rest: 1 if all u are 0. enough: a residual of this
 * share of the first one will do, where tol_q would need less (0: it must be tol_q). Collective;
 * the status is the same on all ranks. Adds to result->cg, sets result->mu. */
polar_code pqeq_charges(pqeq_solver *solver, const pqeq_problem *problem, int rest, double enough,
                        double *q, const double (*u)[3], pqeq_result *result, polar_status *st);

#endif
