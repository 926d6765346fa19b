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
static pqeq_energies own_energy(const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                                const pqeq_options *o, const double *q, const double (*u)[3],
                                double *eatom)
{
  const double(*at)[3] = atoms->unwrapped ? atoms->unwrapped : atoms->x;
  pqeq_energies e = {0};
  for (int i = 0; i < atoms->nlocal; i++) {
    if (!pqeq_is_free(atoms, i)) continue;
    const pqeq_element *k = &kernel->species[atoms->species[i]];
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

/* Where the shells would go, in s->next: balance of spring and force, kept within umax, which is
 * the fixed point of minimization under that bound. Counts the shells at the bound and returns the
 * largest move. Energy, if asked for: of the present q and u. */
static double balance(pqeq_solver *s, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                      const pqeq_options *o, const pqeq_comm *comm, const double *q,
                      const double (*u)[3], int rest, double *energy, pqeq_result *result)
{
  double(*force)[3] = (double(*)[3])s->force, (*next)[3] = (double(*)[3])s->next;
  double total = 0.0, most = 0.0, clamped = 0.0;
  memset(force, 0, (size_t)atoms->nall * sizeof *force);
  total = pqeq_pairs_shell_force(&s->pairs, kernel, atoms, q, u, rest, energy != NULL, force);
  pqeq_reverse(comm, s->force, 3);
  if (kernel->split > 0.0) {
    if (energy) total += pqeq_long_energy(s, kernel, atoms, comm, q, u, NULL);
    pqeq_long_shell_force(s, kernel, atoms, q, u, force);
  }
  for (int i = 0; i < atoms->nlocal; i++) {
    const pqeq_element *e = &kernel->species[atoms->species[i] < 0 ? 0 : atoms->species[i]];
    double u2 = 0.0, d2 = 0.0;
    next[i][0] = next[i][1] = next[i][2] = 0.0;
    if (!pqeq_is_free(atoms, i) || e->z == 0.0) continue;
    for (int m = 0; m < 3; m++) {
      next[i][m] = (force[i][m] - e->z * o->field[m]) / e->spring;
      u2 += next[i][m] * next[i][m];
    }
    if (u2 > kernel->umax * kernel->umax) {
      const double shorten = kernel->umax / sqrt(u2);
      for (int m = 0; m < 3; m++) next[i][m] *= shorten;
      clamped += 1.0;
    }
    for (int m = 0; m < 3; m++) d2 += (next[i][m] - u[i][m]) * (next[i][m] - u[i][m]);
    /* u2: one that overflows was shortened to nothing */
    if (!isfinite(u2) || !isfinite(d2)) most = HUGE_VAL;
    else if (d2 > most) most = d2;
  }
  double t[2] = {clamped, 0.0};
  if (energy) {
    const pqeq_energies e = own_energy(kernel, atoms, o, q, u, NULL);
    t[1] = total + e.chi + e.eta + e.spring + e.field;
  }
  pqeq_sum(comm, t, 2);
  result->clamped = (int)t[0];
  if (energy) *energy = t[1];
  return sqrt(pqeq_maximum(comm, most));
}

static polar_code fail_shells(double move, polar_status *st)
{
  return polar_fail(st, POLAR_NUMERIC,
                    "The shells of charge equilibration moved by %g Angstrom: the forces on them "
                    "are not numbers. Check for atoms at the same place",
                    move);
}

static polar_code solve_fixed(pqeq_solver *s, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                              const pqeq_options *o, const pqeq_comm *comm, double *q,
                              double (*u)[3], pqeq_result *result, polar_status *st)
{
  for (int i = 0; i < atoms->nall; i++) u[i][0] = u[i][1] = u[i][2] = 0.0;
  for (int i = 0; i < atoms->nlocal; i++)
    if (pqeq_is_free(atoms, i)) q[i] = 0.0;
  for (int pass = 0; pass < o->passes; pass++) {
    const polar_code code = pqeq_charges(s, kernel, atoms, o, comm, pass == 0, 0.0, q,
                                         (const double(*)[3])u, result, st);
    if (code != POLAR_OK) return code;
    result->residual =
        balance(s, kernel, atoms, o, comm, q, (const double(*)[3])u, pass == 0, NULL, result);
    result->passes++;
    if (!isfinite(result->residual)) return fail_shells(result->residual, st);
    if (atoms->nlocal > 0) memcpy(u, s->next, (size_t)atoms->nlocal * sizeof *u);
    pqeq_forward(comm, u[0], 3);
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
static polar_code give_up(pqeq_solver *s, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                          const pqeq_options *o, const pqeq_comm *comm, double *q, double (*u)[3],
                          pqeq_result *result, polar_status *st)
{
  polar_status further = {0};
  if (pqeq_unconverged(o, result, st) != POLAR_OK) return POLAR_NUMERIC;
  if (atoms->nlocal > 0) memcpy(u, s->ref, (size_t)atoms->nlocal * sizeof *u);
  pqeq_forward(comm, u[0], 3);
  const polar_code code =
      pqeq_charges(s, kernel, atoms, o, comm, 0, 0.0, q, (const double(*)[3])u, result, &further);
  if (code != POLAR_OK && st) *st = further;
  return code;
}

/* Steps to the balance of spring and force, each with the charges' minimum for its shells, with
 * Anderson mixing. A mixed step that raises the energy is replaced by the plain one, and that is
 * halved until it does not: without this guard the iteration may settle in a saddle point. */
static polar_code solve_converged(pqeq_solver *s, const pqeq_kernel *kernel,
                                  const pqeq_atoms *atoms, const pqeq_options *o,
                                  const pqeq_comm *comm, double *q, double (*u)[3],
                                  pqeq_result *result, polar_status *st)
{
  const size_t n = 3 * (size_t)atoms->nlocal, bytes = n * sizeof(double);
  double(*ref)[3] = (double(*)[3])s->ref;
  double accepted = HUGE_VAL, share = 2.0, move = HUGE_VAL;
  polar_code code;
  double count[2] = {(double)atoms->nlocal, (double)pqeq_mixing_reset(&s->mixing, n)};
  pqeq_sum(comm, count, 2);
  if (count[1] > 0.0) return polar_fail_memory(st, "preparing the mixing of shells");
  if (count[0] == 0.0)
    return pqeq_charges(s, kernel, atoms, o, comm, 1, 0.0, q, (const double(*)[3])u, result, st);
  /* rounding of a sum over pairs, generously */
  const double noise = 1e-11 * count[0] + 1e-11;
  for (int i = 0; i < atoms->nlocal; i++)
    for (int m = 0; m < 3; m++)
      s->weight[3 * i + m] =
          pqeq_is_free(atoms, i) ? kernel->species[atoms->species[i]].spring : 0.0;
  bound(kernel, atoms, u);
  pqeq_forward(comm, u[0], 3);

  while (result->passes < o->passes) {
    double energy;
    code = pqeq_charges(s, kernel, atoms, o, comm, 0, 0.03, q, (const double(*)[3])u, result, st);
    if (code != POLAR_OK) return code;
    move = balance(s, kernel, atoms, o, comm, q, (const double(*)[3])u, 0, &energy, result);
    result->residual = move;
    result->passes++;
    if (!isfinite(move) || !isfinite(energy)) return fail_shells(move, st);
    if (energy > accepted + noise) {
      result->uphill++;
      share *= 0.5; /* 1: the plain step that has not been tried yet */
      if (share < 1e-4) {
        polar_fail(st, POLAR_NUMERIC,
                   "The shells did not converge: no step of them lowers the energy, though they "
                   "are %.3g Angstrom from balance, aim %.3g. Lower tolq, or raise TOL of scheme "
                   "converge",
                   move, o->tol_u);
        return give_up(s, kernel, atoms, o, comm, q, u, result, st);
      }
      if (share == 1.0) memcpy(u, s->goal, bytes);
      else
        for (int i = 0; i < atoms->nlocal; i++)
          for (int m = 0; m < 3; m++) u[i][m] = ref[i][m] + 0.5 * (u[i][m] - ref[i][m]);
      pqeq_mixing_reset(&s->mixing, n);
      pqeq_forward(comm, u[0], 3);
      continue;
    }
    accepted = energy;
    share = 2.0;
    memcpy(ref, u, bytes);
    memcpy(s->goal, s->next, bytes);
    if (move <= o->tol_u) {
      memcpy(u, s->goal, bytes);
      pqeq_forward(comm, u[0], 3);
      return pqeq_charges(s, kernel, atoms, o, comm, 0, 0.0, q, (const double(*)[3])u, result, st);
    }
    pqeq_mixing_step(&s->mixing, n, s->ref, s->goal, s->weight, u[0], comm ? comm->sum : NULL,
                     comm ? comm->self : NULL);
    bound(kernel, atoms, u);
    pqeq_forward(comm, u[0], 3);
  }
  polar_fail(st, POLAR_NUMERIC,
             "The shells did not converge: they still move by %.3g Angstrom after %d passes, aim "
             "%.3g; %d of them are at the bound of %g Angstrom. Where many are, the cutoff is too "
             "short for the width of these atoms and the model has no stable solution inside the "
             "bound: use the published scheme fixed 2",
             move, result->passes, o->tol_u, result->clamped, kernel->umax);
  return give_up(s, kernel, atoms, o, comm, q, u, result, st);
}

polar_code pqeq_solve(pqeq_solver *s, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                      const pqeq_options *o, const pqeq_comm *comm, double *q, double (*u)[3],
                      pqeq_result *result, polar_status *st)
{
  memset(result, 0, sizeof *result);
  return o->converge ? solve_converged(s, kernel, atoms, o, comm, q, u, result, st)
                     : solve_fixed(s, kernel, atoms, o, comm, q, u, result, st);
}

void pqeq_forces(pqeq_solver *s, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                 const pqeq_options *o, const pqeq_comm *comm, const double *q,
                 const double (*u)[3], pqeq_energies *energies, double (*f)[3], double (*virial)[3],
                 double *eatom, double (*vatom)[6])
{
  double(*force)[3] = (double(*)[3])s->force;
  memset(force, 0, (size_t)atoms->nall * sizeof *force);
  *energies = own_energy(kernel, atoms, o, q, u, eatom);
  energies->coulomb =
      pqeq_pairs_atom_force(&s->pairs, kernel, atoms, q, u, force, virial, eatom, vatom);
  pqeq_reverse(comm, s->force, 3);
  if (eatom) pqeq_reverse(comm, eatom, 1);
  if (vatom) pqeq_reverse(comm, vatom[0], 6);
  if (kernel->split > 0.0) {
    double sites[6];
    pqeq_long_start(s, kernel, atoms, q, u, virial ? sites : NULL);
    energies->coulomb += pqeq_long_energy(s, kernel, atoms, comm, q, u, eatom);
    pqeq_long_atom_force(s, kernel, atoms, comm, q, u, sites, force, virial);
  }
  for (int i = 0; i < atoms->nlocal; i++) {
    if (o->field_full && pqeq_is_free(atoms, i))
      for (int a = 0; a < 3; a++) force[i][a] += q[i] * o->field[a];
    if (f)
      for (int m = 0; m < 3; m++) f[i][m] += force[i][m];
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
