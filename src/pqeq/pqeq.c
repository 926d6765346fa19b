#include "pqeq/pqeq.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pqeq/pqeq_solver.h"

polar_code pqeq_solver_create(pqeq_solver **out, polar_status *st)
{
  *out = calloc(1, sizeof **out);
  return *out ? POLAR_OK : polar_fail_memory(st, "preparing charge equilibration");
}

static void free_arrays(pqeq_solver *s)
{
  free(s->b);
  free(s->r);
  free(s->p);
  free(s->y);
  free(s->ref);
  free(s->goal);
  free(s->next);
  free(s->weight);
  free(s->force);
  pqeq_long_free(s);
  s->b = s->r = s->p = s->y = s->ref = s->goal = s->next = s->weight = s->force = NULL;
  s->room = 0;
}

void pqeq_solver_free(pqeq_solver *s)
{
  if (!s) return;
  pqeq_pairs_free(&s->pairs);
  free_arrays(s);
  free(s->level);
  pqeq_mixing_free(&s->mixing);
  free(s);
}

size_t pqeq_solver_bytes(const pqeq_solver *s)
{
  return (size_t)s->room * (s->place ? 32 : 19) * sizeof(double) +
         s->mixing.room * (2 + 2 * PQEQ_MIXING_DEPTH) * sizeof(double) +
         (size_t)s->pairs.pair_room * (sizeof(int) + sizeof(double)) +
         (size_t)s->pairs.row_room * 3 * sizeof(int);
}

polar_code pqeq_prepare(pqeq_solver *s, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                        double *closest, polar_status *st)
{
  if (atoms->nall + 1 > s->room) {
    const size_t room = (size_t)atoms->nall + (size_t)atoms->nall / 8 + 16;
    free_arrays(s);
    s->b = malloc(room * sizeof *s->b);
    s->r = malloc(room * sizeof *s->r);
    s->p = malloc(room * sizeof *s->p);
    s->y = malloc(room * sizeof *s->y);
    s->ref = malloc(3 * room * sizeof *s->ref);
    s->goal = malloc(3 * room * sizeof *s->goal);
    s->next = malloc(3 * room * sizeof *s->next);
    s->weight = malloc(3 * room * sizeof *s->weight);
    s->force = malloc(3 * room * sizeof *s->force);
    if (!s->b || !s->r || !s->p || !s->y || !s->ref || !s->goal || !s->next || !s->weight ||
        !s->force) {
      free_arrays(s);
      return polar_fail_memory(st, "preparing charge equilibration");
    }
    s->room = (int)room;
  }
  const int fragments = atoms->fragment ? atoms->nfragment : 1;
  if (fragments > s->room_level) {
    free(s->level);
    s->level = malloc((5 * (size_t)fragments + 3) * sizeof *s->level);
    s->room_level = s->level ? fragments : 0;
    if (!s->level) return polar_fail_memory(st, "preparing charge equilibration of fragments");
  }
  for (int i = 0; i < atoms->nlocal && atoms->fragment; i++)
    if (atoms->fragment[i] < 0 || atoms->fragment[i] >= fragments)
      return polar_fail(st, POLAR_ARGUMENT, "Atom %lld is of fragment %d, expected 0 to %d",
                        pqeq_id(atoms, i), atoms->fragment[i], fragments - 1);
  const polar_code code = pqeq_pairs_build(&s->pairs, kernel, atoms, closest, st);
  if (code != POLAR_OK || kernel->split == 0.0) return code;
  return pqeq_long_prepare(s, atoms, st);
}

/* Energy of the atoms themselves and of the field, this rank's share */
static pqeq_energies own_energy(const pqeq_problem *in, const double *q, const double (*u)[3],
                                double *eatom)
{
  const pqeq_atoms *atoms = in->atoms;
  const pqeq_options *o = in->options;
  const double(*at)[3] = atoms->unwrapped ? atoms->unwrapped : atoms->x;
  pqeq_energies e = {0};
  for (int i = 0; i < atoms->nlocal; i++) {
    if (!pqeq_is_free(atoms, i)) continue;
    const pqeq_element *k = &in->kernel->species[atoms->species[i]];
    const double chi = k->chi * q[i], eta = 0.5 * k->eta * q[i] * q[i];
    double u2 = 0.0, field = 0.0;
    for (int m = 0; m < 3; m++) {
      u2 += u[i][m] * u[i][m];
      field += k->z * o->field[m] * u[i][m];
      if (o->field_full) field -= q[i] * o->field[m] * at[i][m];
    }
    const double spring = 0.5 * k->spring * u2;
    e.chi += chi;
    e.eta += eta;
    e.spring += spring;
    e.field += field;
    if (eatom) eatom[i] += chi + eta + spring + field;
  }
  return e;
}

/* Adds the forces on shells to s->force; returns the Coulomb energy, this rank's share, if wanted
 */
static double shell_forces(pqeq_solver *s, const pqeq_problem *in, const double *q,
                           const double (*u)[3], int rest, int energy)
{
  double(*force)[3] = (double(*)[3])s->force;
  memset(force, 0, (size_t)in->atoms->nall * sizeof *force);
  double total =
      pqeq_pairs_shell_force(&s->pairs, in->kernel, in->atoms, q, u, rest, energy, force);
  pqeq_reverse(in->comm, s->force, 3);
  if (in->kernel->split > 0.0) {
    if (energy) total += pqeq_long_energy(s, in, q, u, NULL);
    pqeq_long_shell_force(s, in, q, u, force);
  }
  return total;
}

/* Where a shell would go: balance of spring and force, kept within umax, which is the fixed point
 * of minimization under that bound. Returns 1 if it is at the bound, 0 if not, and -1 if that place
 * is not a number. */
static int place_shell(const pqeq_element *e, double umax, const double force[3],
                       const double field[3], double next[3])
{
  double u2 = 0.0;
  for (int m = 0; m < 3; m++) {
    next[m] = (force[m] - e->z * field[m]) / e->spring;
    u2 += next[m] * next[m];
  }
  if (!isfinite(u2)) return -1; /* one that overflows would be shortened to nothing */
  if (u2 <= umax * umax) return 0;
  const double shorten = umax / sqrt(u2);
  for (int m = 0; m < 3; m++) next[m] *= shorten;
  return 1;
}

/* Where all shells would go, in s->next. Counts the shells at the bound and returns the largest
 * move, of all ranks. Energy, if asked for: of the present q and u. */
static double balance(pqeq_solver *s, const pqeq_problem *in, const double *q, const double (*u)[3],
                      int rest, double *energy, pqeq_result *result)
{
  const pqeq_atoms *atoms = in->atoms;
  const double(*force)[3] = (const double(*)[3])s->force;
  double(*next)[3] = (double(*)[3])s->next;
  double most = 0.0, t[2] = {0.0, 0.0}; /* t: shells at the bound, energy */
  const double coulomb = shell_forces(s, in, q, u, rest, energy != NULL);
  for (int i = 0; i < atoms->nlocal; i++) {
    next[i][0] = next[i][1] = next[i][2] = 0.0;
    if (!pqeq_is_free(atoms, i)) continue;
    const pqeq_element *e = &in->kernel->species[atoms->species[i]];
    if (e->z == 0.0) continue;
    const int at_bound = place_shell(e, in->kernel->umax, force[i], in->options->field, next[i]);
    double d2 = 0.0;
    for (int m = 0; m < 3; m++) d2 += (next[i][m] - u[i][m]) * (next[i][m] - u[i][m]);
    if (at_bound == 1) t[0] += 1.0;
    if (at_bound < 0 || !isfinite(d2)) most = HUGE_VAL;
    else if (d2 > most) most = d2;
  }
  if (energy) {
    const pqeq_energies e = own_energy(in, q, u, NULL);
    t[1] = coulomb + e.chi + e.eta + e.spring + e.field;
  }
  pqeq_sum(in->comm, t, 2);
  result->clamped = (int)t[0];
  if (energy) *energy = t[1];
  return sqrt(pqeq_maximum(in->comm, most));
}

static polar_code fail_shells(double move, polar_status *st)
{
  return polar_fail(st, POLAR_NUMERIC,
                    "The shells of charge equilibration moved by %g Angstrom: the forces on them "
                    "are not numbers. Check for atoms at the same place",
                    move);
}

static polar_code solve_fixed(pqeq_solver *s, const pqeq_problem *in, double *q, double (*u)[3],
                              pqeq_result *result, polar_status *st)
{
  const pqeq_atoms *atoms = in->atoms;
  const double(*now)[3] = (const double(*)[3])u;
  for (int i = 0; i < atoms->nall; i++) u[i][0] = u[i][1] = u[i][2] = 0.0;
  for (int i = 0; i < atoms->nlocal; i++)
    if (pqeq_is_free(atoms, i)) q[i] = 0.0;
  for (int pass = 0; pass < in->options->passes; pass++) {
    const polar_code code = pqeq_charges(s, in, pass == 0, 0.0, q, now, result, st);
    if (code != POLAR_OK) return code;
    result->residual = balance(s, in, q, now, pass == 0, NULL, result);
    result->passes++;
    if (!isfinite(result->residual)) return fail_shells(result->residual, st);
    if (atoms->nlocal > 0) memcpy(u, s->next, (size_t)atoms->nlocal * sizeof *u);
    pqeq_forward(in->comm, u[0], 3);
  }
  return POLAR_OK;
}

/* Guess of the shells, kept within the bound */
static void bound(const pqeq_kernel *kernel, const pqeq_atoms *atoms, double (*u)[3])
{
  for (int i = 0; i < atoms->nlocal; i++) {
    const double u2 = u[i][0] * u[i][0] + u[i][1] * u[i][1] + u[i][2] * u[i][2];
    const int shell = pqeq_is_free(atoms, i) && kernel->species[atoms->species[i]].z > 0.0;
    double keep = shell && isfinite(u2) ? 1.0 : 0.0;
    if (u2 > kernel->umax * kernel->umax) keep *= kernel->umax / sqrt(u2);
    for (int m = 0; m < 3; m++) u[i][m] = keep > 0.0 ? keep * u[i][m] : 0.0;
  }
}

/* The shells did not converge, and the status says why: an error, or the best that was found */
static polar_code give_up(pqeq_solver *s, const pqeq_problem *in, double *q, double (*u)[3],
                          pqeq_result *result, polar_status *st)
{
  polar_status further = {0};
  if (pqeq_unconverged(in->options, result, st) != POLAR_OK) return POLAR_NUMERIC;
  if (in->atoms->nlocal > 0) memcpy(u, s->ref, (size_t)in->atoms->nlocal * sizeof *u);
  pqeq_forward(in->comm, u[0], 3);
  const polar_code code = pqeq_charges(s, in, 0, 0.0, q, (const double(*)[3])u, result, &further);
  if (code != POLAR_OK && st) *st = further;
  return code;
}

static polar_code fail_descent(const pqeq_problem *in, double move, polar_status *st)
{
  return polar_fail(st, POLAR_NUMERIC,
                    "The shells did not converge: no step of them lowers the energy, though they "
                    "are %.3g Angstrom from balance, aim %.3g. Lower tolq, or raise TOL of scheme "
                    "converge",
                    move, in->options->tol_u);
}

static polar_code fail_passes(const pqeq_problem *in, const pqeq_result *result, polar_status *st)
{
  return polar_fail(
      st, POLAR_NUMERIC,
      "The shells did not converge: they still move by %.3g Angstrom after %d passes, aim "
      "%.3g; %d of them are at the bound of %g Angstrom. Where many are, the cutoff is too "
      "short for the width of these atoms and the model has no stable solution inside the "
      "bound: use the published scheme fixed 2",
      result->residual, result->passes, in->options->tol_u, result->clamped, in->kernel->umax);
}

/* The step before raised the energy: the plain one from the accepted shells if that has not been
 * tried (share 1), or half of it */
static void shorten(const pqeq_solver *s, int nlocal, double share, double (*u)[3])
{
  const double(*ref)[3] = (const double(*)[3])s->ref;
  if (share == 1.0) {
    memcpy(u, s->goal, (size_t)nlocal * sizeof *u);
    return;
  }
  for (int i = 0; i < nlocal; i++)
    for (int m = 0; m < 3; m++) u[i][m] = ref[i][m] + 0.5 * (u[i][m] - ref[i][m]);
}

/* Steps to the balance of spring and force, each with the charges' minimum for its shells, with
 * Anderson mixing. A mixed step that raises the energy is replaced by the plain one, and that is
 * halved until it does not: without this guard the iteration may settle in a saddle point. */
static polar_code descend(pqeq_solver *s, const pqeq_problem *in, double noise, double *q,
                          double (*u)[3], pqeq_result *result, polar_status *st)
{
  const pqeq_options *o = in->options;
  const pqeq_comm *comm = in->comm;
  const int nlocal = in->atoms->nlocal;
  const size_t n = 3 * (size_t)nlocal, bytes = n * sizeof(double);
  const double(*now)[3] = (const double(*)[3])u;
  double accepted = HUGE_VAL, share = 2.0; /* 2: mixed, 1: plain, less: a part of the plain step */
  while (result->passes < o->passes) {
    double energy;
    const polar_code code = pqeq_charges(s, in, 0, 0.03, q, now, result, st);
    if (code != POLAR_OK) return code;
    const double move = result->residual = balance(s, in, q, now, 0, &energy, result);
    result->passes++;
    if (!isfinite(move) || !isfinite(energy)) return fail_shells(move, st);
    if (energy > accepted + noise) {
      result->uphill++;
      share *= 0.5;
      if (share < 1e-4) {
        fail_descent(in, move, st);
        return give_up(s, in, q, u, result, st);
      }
      shorten(s, nlocal, share, u);
      pqeq_mixing_reset(&s->mixing, n);
      pqeq_forward(comm, u[0], 3);
      continue;
    }
    accepted = energy;
    share = 2.0;
    memcpy(s->ref, u, bytes);
    memcpy(s->goal, s->next, bytes);
    if (move <= o->tol_u) {
      memcpy(u, s->goal, bytes);
      pqeq_forward(comm, u[0], 3);
      return pqeq_charges(s, in, 0, 0.0, q, now, result, st);
    }
    pqeq_mixing_step(&s->mixing, n, s->ref, s->goal, s->weight, u[0], comm ? comm->sum : NULL,
                     comm ? comm->self : NULL);
    bound(in->kernel, in->atoms, u);
    pqeq_forward(comm, u[0], 3);
  }
  fail_passes(in, result, st);
  return give_up(s, in, q, u, result, st);
}

static polar_code solve_converged(pqeq_solver *s, const pqeq_problem *in, double *q, double (*u)[3],
                                  pqeq_result *result, polar_status *st)
{
  const pqeq_atoms *atoms = in->atoms;
  const size_t n = 3 * (size_t)atoms->nlocal;
  double count[2] = {(double)atoms->nlocal, (double)pqeq_mixing_reset(&s->mixing, n)};
  pqeq_sum(in->comm, count, 2);
  if (count[1] > 0.0) return polar_fail_memory(st, "preparing the mixing of shells");
  if (count[0] == 0.0) return pqeq_charges(s, in, 1, 0.0, q, (const double(*)[3])u, result, st);
  for (int i = 0; i < atoms->nlocal; i++)
    for (int m = 0; m < 3; m++)
      s->weight[3 * i + m] =
          pqeq_is_free(atoms, i) ? in->kernel->species[atoms->species[i]].spring : 0.0;
  bound(in->kernel, atoms, u);
  pqeq_forward(in->comm, u[0], 3);
  /* noise of the energy, eV: rounding of a sum over pairs, generously */
  return descend(s, in, 1e-11 * count[0] + 1e-11, q, u, result, st);
}

polar_code pqeq_solve(pqeq_solver *s, const pqeq_problem *in, double *q, double (*u)[3],
                      pqeq_result *result, polar_status *st)
{
  memset(result, 0, sizeof *result);
  return in->options->converge ? solve_converged(s, in, q, u, result, st)
                               : solve_fixed(s, in, q, u, result, st);
}

void pqeq_forces(pqeq_solver *s, const pqeq_problem *in, const double *q, const double (*u)[3],
                 pqeq_energies *energies, const pqeq_derivatives *out)
{
  const pqeq_atoms *atoms = in->atoms;
  const pqeq_options *o = in->options;
  double(*force)[3] = (double(*)[3])s->force;
  pqeq_derivatives pairs = *out;
  pairs.force = force;
  memset(force, 0, (size_t)atoms->nall * sizeof *force);
  *energies = own_energy(in, q, u, out->eatom);
  energies->coulomb = pqeq_pairs_atom_force(&s->pairs, in->kernel, atoms, q, u, &pairs);
  pqeq_reverse(in->comm, s->force, 3);
  if (out->eatom) pqeq_reverse(in->comm, out->eatom, 1);
  if (out->vatom) pqeq_reverse(in->comm, out->vatom[0], 6);
  if (in->kernel->split > 0.0) {
    double sites[6];
    pqeq_long_start(s, in, q, u, out->virial ? sites : NULL);
    energies->coulomb += pqeq_long_energy(s, in, q, u, out->eatom);
    pqeq_long_atom_force(s, in, q, u, sites, force, out->virial);
  }
  for (int i = 0; i < atoms->nlocal; i++) {
    if (o->field_full && pqeq_is_free(atoms, i))
      for (int a = 0; a < 3; a++) force[i][a] += q[i] * o->field[a];
    if (out->force)
      for (int m = 0; m < 3; m++) out->force[i][m] += force[i][m];
  }
}

void pqeq_field_virial(const pqeq_atoms *atoms, const pqeq_options *o, const double *q,
                       double virial[3][3])
{
  const double(*at)[3] = atoms->unwrapped ? atoms->unwrapped : atoms->x;
  for (int i = 0; i < atoms->nlocal; i++)
    for (int a = 0; a < 3 && o->field_full && pqeq_is_free(atoms, i); a++)
      for (int b = 0; b < 3; b++) virial[a][b] += q[i] * o->field[a] * at[i][b];
}

void pqeq_dipole(const pqeq_kernel *kernel, const pqeq_atoms *atoms, const double *q,
                 const double (*u)[3], double dipole[3])
{
  const double(*at)[3] = atoms->unwrapped ? atoms->unwrapped : atoms->x;
  dipole[0] = dipole[1] = dipole[2] = 0.0;
  for (int i = 0; i < atoms->nlocal; i++) {
    if (atoms->species[i] < 0) continue;
    const double z = kernel->species[atoms->species[i]].z;
    for (int m = 0; m < 3; m++) dipole[m] += q[i] * at[i][m] - z * u[i][m];
  }
}
