/* Charges at fixed shells:  A q - mu = b,  sum q = Q,  A_ij = C(r_ij) + eta_i delta_ij, by
 * conjugate gradients in the space of sum q = 0 with 1/eta as preconditioner. The residual is kept
 * free of its component along the constraint (r <- r - 1 sum(r/eta)/sum(1/eta)); without that,
 * rounding feeds it and the iteration stalls. With fragments there is one such constraint, and one
 * mu, for each: all sums over atoms that belong to a constraint are over the fragment's atoms. */
#include <math.h>
#include <string.h>

#include "pqeq/pqeq_solver.h"

/* The linear system and how far its solution is. The vectors are the solver's, over atoms: b, r
 * and y, the product of p, in eV/e; the direction p in e. Squared norms, eV, are sum r^2/eta. */
typedef struct {
  pqeq_solver *s;
  const pqeq_problem *in;
  const pqeq_kernel *kernel;
  const pqeq_atoms *atoms;
  const pqeq_comm *comm;
  int nf;           /* fragments; 1 if all atoms share one net charge */
  double *hardness; /* [nf] 1/sum(1/eta), eV/e^2; 0: the fragment has no free charge */
  double *mean;     /* [nf] what was taken off the residual so far, eV/e */
  double *sums;     /* [3 nf + 3] scratch of sums over ranks */
  double *lack;     /* [nf] net charge less present one times hardness, eV/e; in sums, at first */
  double soft;      /* sum(1/eta) of all atoms, e^2/eV */
  double scale;     /* squared norm of b without its mean, */
  double goal;      /* of r: the aim, */
  double size;      /* and the present one */
} charge_system;

static inline double eta_of(const charge_system *c, int i)
{
  return c->kernel->species[c->atoms->species[i]].eta;
}

/* The atom with the largest component of the direction, by which the energy has no minimum */
static polar_code fail_indefinite(const charge_system *c, double curvature, polar_status *st)
{
  double most = 0.0;
  int where = -1;
  for (int i = 0; i < c->atoms->nlocal; i++)
    if (pqeq_is_free(c->atoms, i) && fabs(c->s->p[i]) > most) {
      most = fabs(c->s->p[i]);
      where = i;
    }
  const double all = pqeq_maximum(c->comm, most);
  const int mine = where >= 0 && most == all;
  const double id = pqeq_maximum(c->comm, mine ? (double)pqeq_id(c->atoms, where) : -1.0);
  return polar_fail(st, POLAR_NUMERIC,
                    "The hardness matrix of charge equilibration is not positive definite: the "
                    "energy falls without bound (curvature %g eV/e^2) along a transfer of charge "
                    "that is largest on atom %.0f. Expected every atom's hardness to exceed its "
                    "interaction with its neighbours: check for overlapping atoms, and eta and "
                    "radius of the elements",
                    curvature, id);
}

static polar_code fail_numbers(polar_status *st)
{
  return polar_fail(st, POLAR_NUMERIC,
                    "The charges of charge equilibration are not numbers: check for atoms at the "
                    "same place and for charges, fields and displacements out of bounds");
}

static polar_code fail_astray(double sites, polar_status *st)
{
  return polar_fail(st, POLAR_NUMERIC,
                    "%.0f cores or shells of charge equilibration are outside of the mesh of "
                    "their rank, or their positions are not numbers: atoms moved too far since "
                    "the last reneighboring, or the run has diverged",
                    sites);
}

static polar_code fail_iterations(const charge_system *c, int iterations, polar_status *st)
{
  return polar_fail(st, POLAR_NUMERIC,
                    "The charges did not converge: relative residual %.3g after %d iterations of "
                    "conjugate gradients, aim %.3g. Check for overlapping atoms, raise maxiter, or "
                    "relax tolq",
                    sqrt(c->size / (c->scale > 0.0 ? c->scale : 1.0)), iterations,
                    c->in->options->tol_q);
}

static charge_system begin(pqeq_solver *s, const pqeq_problem *in)
{
  const int nf = in->atoms->fragment ? in->atoms->nfragment : 1;
  return (charge_system){.s = s,
                         .in = in,
                         .kernel = in->kernel,
                         .atoms = in->atoms,
                         .comm = in->comm,
                         .nf = nf,
                         .hardness = s->level,
                         .mean = s->level + nf,
                         .sums = s->level + 2 * nf,
                         .lack = s->level + 3 * nf};
}

/* b: minus the potential of shells (rest: all at their cores), electronegativity and field */
static void set_right_side(const charge_system *c, int rest, const double (*u)[3])
{
  const pqeq_atoms *atoms = c->atoms;
  const pqeq_options *o = c->in->options;
  const double(*at)[3] = atoms->unwrapped ? atoms->unwrapped : atoms->x;
  double *b = c->s->b;
  memset(b, 0, (size_t)atoms->nall * sizeof *b);
  if (!rest) {
    pqeq_pairs_shell_potential(&c->s->pairs, c->kernel, atoms, u, b);
    pqeq_reverse(c->comm, b, 1);
  }
  for (int i = 0; i < atoms->nlocal; i++) {
    if (!pqeq_is_free(atoms, i)) continue;
    b[i] -= c->kernel->species[atoms->species[i]].chi;
    if (o->field_full)
      b[i] += o->field[0] * at[i][0] + o->field[1] * at[i][1] + o->field[2] * at[i][2];
  }
}

/* Sets hardness, lack, soft, scale and goal */
static polar_code set_constraints(charge_system *c, const double *q, polar_status *st)
{
  const pqeq_atoms *atoms = c->atoms;
  const double *b = c->s->b, tol = c->in->options->tol_q;
  const int nf = c->nf;
  /* of each fragment: sum 1/eta, sum q, sum b/eta; of all: sum b^2/eta, sites out of reach */
  double *softness = c->sums, *charge = c->lack, *pull = charge + nf, *all = pull + nf;
  memset(c->sums, 0, (size_t)(3 * nf + 1) * sizeof *c->sums);
  all[1] = c->s->astray;
  for (int i = 0; i < atoms->nlocal; i++) {
    if (!pqeq_is_free(atoms, i)) continue;
    const double eta = eta_of(c, i);
    const int f = pqeq_fragment(atoms, i);
    softness[f] += 1.0 / eta;
    charge[f] += q[i];
    pull[f] += b[i] / eta;
    all[0] += b[i] * b[i] / eta;
  }
  pqeq_sum(c->comm, c->sums, 3 * nf + 2);
  if (all[1] > 0.0) return fail_astray(all[1], st);
  c->scale = all[0];
  for (int f = 0; f < nf; f++) {
    const double target = atoms->fragment ? atoms->fragment_charge[f] : c->in->options->net_charge;
    if (softness[f] == 0.0 && target != 0.0)
      return polar_fail(st, POLAR_MODEL,
                        "No atom%s takes part in charge equilibration, but the net charge is %g e",
                        atoms->fragment ? " of a fragment" : "", target);
    c->soft += softness[f];
    c->hardness[f] = softness[f] > 0.0 ? 1.0 / softness[f] : 0.0;
    c->scale -= pull[f] * pull[f] * c->hardness[f];
    c->mean[f] = 0.0;
    c->lack[f] = (target - charge[f]) * c->hardness[f];
  }
  c->scale = fmax(c->scale, 0.0);
  /* relative to b without its mean, and not below the rounding of b itself */
  c->goal = fmax(tol * tol * c->scale, 1e-28 * all[0]);
  return POLAR_OK;
}

/* y = C v of the pairs, after the ghosts of v got their values */
static void multiply_pairs(const charge_system *c, double *v)
{
  pqeq_forward(c->comm, v, 1);
  pqeq_pairs_multiply(&c->s->pairs, c->atoms->nall, v, c->s->y);
  pqeq_reverse(c->comm, c->s->y, 1);
}

/* Charges that obey the constraints, r = b - A q, and no direction yet */
static void start(const charge_system *c, double *q, const double (*u)[3])
{
  pqeq_solver *s = c->s;
  for (int i = 0; i < c->atoms->nlocal; i++)
    if (pqeq_is_free(c->atoms, i)) q[i] += c->lack[pqeq_fragment(c->atoms, i)] / eta_of(c, i);
  multiply_pairs(c, q);
  if (c->kernel->split > 0.0) {
    pqeq_long_start(s, c->in, q, u, NULL);
    pqeq_long_residual(s, c->in, q, u, s->b);
  }
  for (int i = 0; i < c->atoms->nall; i++) s->r[i] = s->p[i] = 0.0;
  for (int i = 0; i < c->atoms->nlocal; i++)
    if (pqeq_is_free(c->atoms, i)) s->r[i] = s->b[i] - s->y[i] - eta_of(c, i) * q[i];
}

/* Takes the component along the constraints off r; size becomes the norm of what remains, from that
 * of r by a difference, which saves a sum over ranks */
static void project(charge_system *c)
{
  const pqeq_atoms *atoms = c->atoms;
  double *r = c->s->r, *shift = c->sums, *square = shift + c->nf;
  for (int f = 0; f <= c->nf; f++) c->sums[f] = 0.0;
  for (int i = 0; i < atoms->nlocal; i++) {
    if (!pqeq_is_free(atoms, i)) continue;
    const double z = r[i] / eta_of(c, i);
    shift[pqeq_fragment(atoms, i)] += z;
    *square += z * r[i];
  }
  pqeq_sum(c->comm, c->sums, c->nf + 1);
  c->size = *square;
  for (int f = 0; f < c->nf; f++) {
    c->size -= shift[f] * shift[f] * c->hardness[f];
    shift[f] *= c->hardness[f];
    c->mean[f] += shift[f];
  }
  if (c->size < 0.0) c->size = 0.0; /* fmax would hide what is not a number */
  for (int i = 0; i < atoms->nlocal; i++)
    if (pqeq_is_free(atoms, i)) r[i] -= shift[pqeq_fragment(atoms, i)];
}

/* The norm of r by its definition: the first mean is large, and the difference above cancels */
static void measure(charge_system *c)
{
  c->size = 0.0;
  for (int i = 0; i < c->atoms->nlocal; i++)
    if (pqeq_is_free(c->atoms, i)) c->size += c->s->r[i] * c->s->r[i] / eta_of(c, i);
  pqeq_sum(c->comm, &c->size, 1);
}

/* p <- r/eta + beta p */
static void turn(const charge_system *c, double beta)
{
  const double *r = c->s->r;
  double *p = c->s->p;
  for (int i = 0; i < c->atoms->nlocal; i++)
    if (pqeq_is_free(c->atoms, i)) p[i] = r[i] / eta_of(c, i) + beta * p[i];
}

/* y = A p and from it p.A p, eV, and p.p, e^2; in sums: [nf] sum(y/eta) */
static void multiply(const charge_system *c, double *curvature, double *length)
{
  const pqeq_atoms *atoms = c->atoms;
  double *p = c->s->p, *y = c->s->y, *pull = c->sums, *all = pull + c->nf;
  multiply_pairs(c, p);
  if (c->kernel->split > 0.0) pqeq_long_multiply(c->s, c->in, p, y);
  for (int f = 0; f < c->nf + 2; f++) c->sums[f] = 0.0;
  for (int i = 0; i < atoms->nlocal; i++) {
    if (!pqeq_is_free(atoms, i)) continue;
    const double eta = eta_of(c, i);
    y[i] += eta * p[i];
    pull[pqeq_fragment(atoms, i)] += y[i] / eta;
    all[0] += p[i] * y[i];
    all[1] += p[i] * p[i];
  }
  pqeq_sum(c->comm, c->sums, c->nf + 2);
  *curvature = all[0];
  *length = all[1];
}

/* q <- q + alpha p, and r accordingly, without the mean of y; sums as multiply left them */
static void advance(const charge_system *c, double alpha, double *q)
{
  const pqeq_atoms *atoms = c->atoms;
  const double *p = c->s->p, *y = c->s->y;
  double *r = c->s->r, *shift = c->sums;
  for (int f = 0; f < c->nf; f++) {
    shift[f] *= c->hardness[f];
    c->mean[f] -= alpha * shift[f];
  }
  for (int i = 0; i < atoms->nlocal; i++) {
    if (!pqeq_is_free(atoms, i)) continue;
    q[i] += alpha * p[i];
    r[i] -= alpha * (y[i] - shift[pqeq_fragment(atoms, i)]);
  }
  if (c->kernel->split > 0.0) pqeq_long_advance(atoms, alpha);
}

static polar_code iterate(charge_system *c, double enough, double *q, pqeq_result *result,
                          polar_status *st)
{
  const pqeq_options *o = c->in->options;
  double before = 0.0, curvature, length;
  for (int it = 0;; it++) {
    project(c);
    if (!isfinite(c->size)) return fail_numbers(st);
    if (it == 0) {
      measure(c);
      c->goal = fmax(c->goal, enough * enough * c->size);
    }
    if (c->size <= c->goal) return POLAR_OK;
    if (it == o->max_cg) {
      fail_iterations(c, it, st);
      return pqeq_unconverged(o, result, st);
    }
    turn(c, it ? c->size / before : 0.0);
    before = c->size;
    multiply(c, &curvature, &length);
    if (!isfinite(curvature)) return fail_numbers(st);
    if (curvature <= 0.0) return fail_indefinite(c, curvature / length, st);
    advance(c, c->size / curvature, q);
    result->cg++;
  }
}

/* mu, eV/e: the mean of the fragments' potentials, weighted by sum(1/eta) */
static double chemical_potential(const charge_system *c, const double *q)
{
  double mu = 0.0, total = 0.0;
  for (int f = 0; f < c->nf; f++)
    if (c->hardness[f] > 0.0) mu -= c->mean[f] / (c->hardness[f] * c->soft);
  if (c->kernel->split == 0.0) return mu;
  /* the background's potential is the same for all atoms */
  for (int i = 0; i < c->atoms->nlocal; i++)
    if (c->atoms->species[i] >= 0) total += q[i];
  pqeq_sum(c->comm, &total, 1);
  return mu + pqeq_long_background(c->atoms, c->kernel) * total;
}

polar_code pqeq_charges(pqeq_solver *s, const pqeq_problem *in, int rest, double enough, double *q,
                        const double (*u)[3], pqeq_result *result, polar_status *st)
{
  charge_system c = begin(s, in);
  set_right_side(&c, rest, u);
  polar_code code = set_constraints(&c, q, st);
  if (code != POLAR_OK) return code;
  if (c.soft == 0.0) { /* all charges are given */
    pqeq_forward(c.comm, q, 1);
    if (c.kernel->split > 0.0) pqeq_long_start(s, in, q, u, NULL);
    return POLAR_OK;
  }
  start(&c, q, u);
  code = iterate(&c, enough, q, result, st);
  if (code != POLAR_OK) return code;
  result->mu = chemical_potential(&c, q);
  pqeq_forward(c.comm, q, 1);
  return POLAR_OK;
}
