/* Charges at fixed shells:  A q - mu = b,  sum q = Q,  A_ij = C(r_ij) + eta_i delta_ij, by
 * conjugate gradients in the space of sum q = 0 with 1/eta as preconditioner. The residual is kept
 * free of its component along the constraint (r <- r - 1 sum(r/eta)/sum(1/eta)); without that,
 * rounding feeds it and the iteration stalls. */
#include <math.h>
#include <string.h>

#include "pqeq/pqeq_solver.h"

/* The atom with the largest component of the direction, by which the energy has no minimum */
static polar_code fail_indefinite(const pqeq_solver *s, const pqeq_atoms *atoms,
                                  const pqeq_comm *comm, double curvature, polar_status *st)
{
  double most = 0.0;
  int where = -1;
  for (int i = 0; i < atoms->nlocal; i++)
    if (pqeq_is_free(atoms, i) && fabs(s->p[i]) > most) {
      most = fabs(s->p[i]);
      where = i;
    }
  const double all = pqeq_maximum(comm, most);
  const double id =
      pqeq_maximum(comm, where >= 0 && most == all ? (double)pqeq_id(atoms, where) : -1.0);
  return polar_fail(st, POLAR_NUMERIC,
                    "The hardness matrix of charge equilibration is not positive definite: the "
                    "energy falls without bound (curvature %g eV/e^2) along a transfer of charge "
                    "that is largest on atom %.0f. Expected every atom's hardness to exceed its "
                    "interaction with its neighbours: check for overlapping atoms, and eta and "
                    "radius of the elements",
                    curvature, id);
}

polar_code pqeq_charges(pqeq_solver *s, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                        const pqeq_options *o, const pqeq_comm *comm, int rest, double enough,
                        double *q, const double (*u)[3], pqeq_result *result, polar_status *st)
{
  const int n = atoms->nlocal;
  const double(*at)[3] = atoms->unwrapped ? atoms->unwrapped : atoms->x;
  double *b = s->b, *r = s->r, *p = s->p, *y = s->y;

  memset(b, 0, (size_t)atoms->nall * sizeof *b);
  if (!rest) {
    pqeq_pairs_shell_potential(&s->pairs, kernel, atoms, u, b);
    pqeq_reverse(comm, b, 1);
  }
  /* [0] sum 1/eta, [1] sum q, [2] sum b/eta, [3] sum b^2/eta, [4] sites out of reach */
  double t[5] = {0.0, 0.0, 0.0, 0.0, s->astray};
  for (int i = 0; i < n; i++) {
    if (!pqeq_is_free(atoms, i)) continue;
    const pqeq_element *e = &kernel->species[atoms->species[i]];
    b[i] -= e->chi;
    if (o->field_full)
      b[i] += o->field[0] * at[i][0] + o->field[1] * at[i][1] + o->field[2] * at[i][2];
    t[0] += 1.0 / e->eta;
    t[1] += q[i];
    t[2] += b[i] / e->eta;
    t[3] += b[i] * b[i] / e->eta;
  }
  pqeq_sum(comm, t, 5);
  if (t[4] > 0.0)
    return polar_fail(st, POLAR_NUMERIC,
                      "%.0f cores or shells of charge equilibration are outside of the mesh of "
                      "their rank, or their positions are not numbers: atoms moved too far since "
                      "the last reneighboring, or the run has diverged",
                      t[4]);
  if (t[0] == 0.0) {
    pqeq_forward(comm, q, 1);
    if (kernel->split > 0.0) pqeq_long_start(s, kernel, atoms, q, u, NULL);
    if (o->net_charge == 0.0) return POLAR_OK;
    return polar_fail(st, POLAR_MODEL,
                      "No atom takes part in charge equilibration, but the net charge is %g e",
                      o->net_charge);
  }
  const double softness = t[0], lack = (o->net_charge - t[1]) / softness;
  /* the goal is relative to b without its mean, and not below the rounding of b itself */
  const double scale = fmax(t[3] - t[2] * t[2] / softness, 0.0);
  double goal = fmax(o->tol_q * o->tol_q * scale, 1e-28 * t[3]);

  for (int i = 0; i < n; i++)
    if (pqeq_is_free(atoms, i)) q[i] += lack / kernel->species[atoms->species[i]].eta;
  pqeq_forward(comm, q, 1);
  pqeq_pairs_multiply(&s->pairs, atoms->nall, q, y);
  pqeq_reverse(comm, y, 1);
  if (kernel->split > 0.0) {
    pqeq_long_start(s, kernel, atoms, q, u, NULL);
    pqeq_long_residual(s, kernel, atoms, q, u, b);
  }
  for (int i = 0; i < atoms->nall; i++) r[i] = p[i] = 0.0;
  for (int i = 0; i < n; i++)
    if (pqeq_is_free(atoms, i)) r[i] = b[i] - y[i] - kernel->species[atoms->species[i]].eta * q[i];

  double before = 0.0, mean = 0.0, size = 0.0;
  for (int it = 0;; it++) {
    t[0] = t[1] = 0.0;
    for (int i = 0; i < n; i++) {
      if (!pqeq_is_free(atoms, i)) continue;
      const double z = r[i] / kernel->species[atoms->species[i]].eta;
      t[0] += z;
      t[1] += z * r[i];
    }
    pqeq_sum(comm, t, 2);
    const double shift = t[0] / softness;
    mean += shift;
    size = fmax(t[1] - shift * t[0], 0.0);
    if (!isfinite(size))
      return polar_fail(st, POLAR_NUMERIC,
                        "The charges of charge equilibration are not numbers: check for atoms at "
                        "the same place and for fields and displacements out of bounds");
    if (it == 0) { /* the mean is large and the difference above cancels: look again without it */
      size = 0.0;
      for (int i = 0; i < n; i++) {
        if (!pqeq_is_free(atoms, i)) continue;
        r[i] -= shift;
        size += r[i] * r[i] / kernel->species[atoms->species[i]].eta;
      }
      pqeq_sum(comm, &size, 1);
      goal = fmax(goal, enough * enough * size);
    } else {
      for (int i = 0; i < n; i++)
        if (pqeq_is_free(atoms, i)) r[i] -= shift;
    }
    if (size <= goal) break;
    if (it == o->max_cg) {
      polar_fail(st, POLAR_NUMERIC,
                 "The charges did not converge: relative residual %.3g after %d iterations of "
                 "conjugate gradients, aim %.3g. Check for overlapping atoms, raise maxiter, or "
                 "relax tolq",
                 sqrt(size / (scale > 0.0 ? scale : 1.0)), it, o->tol_q);
      if (pqeq_unconverged(o, result, st) != POLAR_OK) return POLAR_NUMERIC;
      break;
    }
    const double beta = it ? size / before : 0.0;
    before = size;
    for (int i = 0; i < n; i++)
      if (pqeq_is_free(atoms, i))
        p[i] = r[i] / kernel->species[atoms->species[i]].eta + beta * p[i];
    pqeq_forward(comm, p, 1);
    pqeq_pairs_multiply(&s->pairs, atoms->nall, p, y);
    pqeq_reverse(comm, y, 1);
    if (kernel->split > 0.0) pqeq_long_multiply(s, kernel, atoms, p, y);
    t[0] = t[1] = t[2] = 0.0;
    for (int i = 0; i < n; i++) {
      if (!pqeq_is_free(atoms, i)) continue;
      const double eta = kernel->species[atoms->species[i]].eta;
      y[i] += eta * p[i];
      t[0] += p[i] * y[i];
      t[1] += p[i] * p[i];
      t[2] += y[i] / eta;
    }
    pqeq_sum(comm, t, 3);
    if (!(t[0] > 0.0)) return fail_indefinite(s, atoms, comm, t[0] / t[1], st);
    const double alpha = size / t[0], level = t[2] / softness;
    for (int i = 0; i < n; i++) {
      if (!pqeq_is_free(atoms, i)) continue;
      q[i] += alpha * p[i];
      r[i] -= alpha * (y[i] - level);
    }
    if (kernel->split > 0.0) pqeq_long_advance(atoms, alpha);
    mean -= alpha * level;
    result->cg++;
  }
  result->mu = -mean;
  pqeq_forward(comm, q, 1);
  if (kernel->split > 0.0) { /* the background's potential is the same for all atoms */
    double total = 0.0;
    for (int i = 0; i < n; i++)
      if (atoms->species[i] >= 0) total += q[i];
    pqeq_sum(comm, &total, 1);
    result->mu += pqeq_long_background(atoms, kernel) * total;
  }
  return POLAR_OK;
}
