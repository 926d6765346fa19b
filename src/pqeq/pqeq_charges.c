/* Charges at fixed shells:  A q - mu = b,  sum q = Q,  A_ij = C(r_ij) + eta_i delta_ij, by
 * conjugate gradients in the space of sum q = 0 with 1/eta as preconditioner. The residual is kept
 * free of its component along the constraint (r <- r - 1 sum(r/eta)/sum(1/eta)); without that,
 * rounding feeds it and the iteration stalls. With fragments there is one such constraint, and one
 * mu, for each: all sums over atoms that belong to a constraint are over the fragment's atoms. */
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

static polar_code fail_numbers(polar_status *st)
{
  return polar_fail(st, POLAR_NUMERIC,
                    "The charges of charge equilibration are not numbers: check for atoms at the "
                    "same place and for charges, fields and displacements out of bounds");
}

polar_code pqeq_charges(pqeq_solver *s, const pqeq_kernel *kernel, const pqeq_atoms *atoms,
                        const pqeq_options *o, const pqeq_comm *comm, int rest, double enough,
                        double *q, const double (*u)[3], pqeq_result *result, polar_status *st)
{
  const int n = atoms->nlocal, nf = atoms->fragment ? atoms->nfragment : 1;
  const double(*at)[3] = atoms->unwrapped ? atoms->unwrapped : atoms->x;
  double *b = s->b, *r = s->r, *p = s->p, *y = s->y;
  /* [nf] 1/sum(1/eta) or 0; [nf] level of the potential; [3 nf + 3] sums over ranks */
  double *hardness = s->level, *mean = hardness + nf, *t = mean + nf;

  memset(b, 0, (size_t)atoms->nall * sizeof *b);
  if (!rest) {
    pqeq_pairs_shell_potential(&s->pairs, kernel, atoms, u, b);
    pqeq_reverse(comm, b, 1);
  }
  /* of each fragment sum 1/eta, sum q, sum b/eta; then sum b^2/eta, sites out of reach */
  double *charge = t + nf, *pull = t + 2 * nf;
  for (int k = 0; k < 3 * nf + 1; k++) t[k] = 0.0;
  t[3 * nf + 1] = s->astray;
  for (int i = 0; i < n; i++) {
    if (!pqeq_is_free(atoms, i)) continue;
    const pqeq_element *e = &kernel->species[atoms->species[i]];
    const int f = pqeq_fragment(atoms, i);
    b[i] -= e->chi;
    if (o->field_full)
      b[i] += o->field[0] * at[i][0] + o->field[1] * at[i][1] + o->field[2] * at[i][2];
    t[f] += 1.0 / e->eta;
    charge[f] += q[i];
    pull[f] += b[i] / e->eta;
    t[3 * nf] += b[i] * b[i] / e->eta;
  }
  pqeq_sum(comm, t, 3 * nf + 2);
  if (t[3 * nf + 1] > 0.0)
    return polar_fail(st, POLAR_NUMERIC,
                      "%.0f cores or shells of charge equilibration are outside of the mesh of "
                      "their rank, or their positions are not numbers: atoms moved too far since "
                      "the last reneighboring, or the run has diverged",
                      t[3 * nf + 1]);
  double soft = 0.0, scale = t[3 * nf];
  for (int f = 0; f < nf; f++) {
    const double target = atoms->fragment ? atoms->fragment_charge[f] : o->net_charge;
    soft += t[f];
    hardness[f] = t[f] > 0.0 ? 1.0 / t[f] : 0.0;
    scale -= pull[f] * pull[f] * hardness[f];
    if (t[f] == 0.0 && target != 0.0)
      return polar_fail(st, POLAR_MODEL,
                        "No atom%s takes part in charge equilibration, but the net charge is %g e",
                        atoms->fragment ? " of a fragment" : "", target);
    mean[f] = 0.0;
    charge[f] = (target - charge[f]) * hardness[f]; /* what is lacking, per 1/eta */
  }
  if (soft == 0.0) {
    pqeq_forward(comm, q, 1);
    if (kernel->split > 0.0) pqeq_long_start(s, kernel, atoms, q, u, NULL);
    return POLAR_OK;
  }
  /* the goal is relative to b without its mean, and not below the rounding of b itself */
  scale = fmax(scale, 0.0);
  double goal = fmax(o->tol_q * o->tol_q * scale, 1e-28 * t[3 * nf]);

  for (int i = 0; i < n; i++)
    if (pqeq_is_free(atoms, i))
      q[i] += charge[pqeq_fragment(atoms, i)] / kernel->species[atoms->species[i]].eta;
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

  double before = 0.0, size = 0.0;
  for (int it = 0;; it++) {
    for (int f = 0; f <= nf; f++) t[f] = 0.0;
    for (int i = 0; i < n; i++) {
      if (!pqeq_is_free(atoms, i)) continue;
      const double z = r[i] / kernel->species[atoms->species[i]].eta;
      t[pqeq_fragment(atoms, i)] += z;
      t[nf] += z * r[i];
    }
    pqeq_sum(comm, t, nf + 1);
    size = t[nf];
    for (int f = 0; f < nf; f++) {
      size -= t[f] * t[f] * hardness[f];
      t[f] *= hardness[f]; /* the shift of the residual */
      mean[f] += t[f];
    }
    size = fmax(size, 0.0);
    if (!isfinite(size)) return fail_numbers(st);
    for (int i = 0; i < n; i++)
      if (pqeq_is_free(atoms, i)) r[i] -= t[pqeq_fragment(atoms, i)];
    if (it == 0) { /* the mean is large and the difference above cancels: look again without it */
      size = 0.0;
      for (int i = 0; i < n; i++)
        if (pqeq_is_free(atoms, i)) size += r[i] * r[i] / kernel->species[atoms->species[i]].eta;
      pqeq_sum(comm, &size, 1);
      goal = fmax(goal, enough * enough * size);
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
    for (int f = 0; f < nf + 2; f++) t[f] = 0.0;
    for (int i = 0; i < n; i++) {
      if (!pqeq_is_free(atoms, i)) continue;
      const double eta = kernel->species[atoms->species[i]].eta;
      y[i] += eta * p[i];
      t[pqeq_fragment(atoms, i)] += y[i] / eta;
      t[nf] += p[i] * y[i];
      t[nf + 1] += p[i] * p[i];
    }
    pqeq_sum(comm, t, nf + 2);
    if (!isfinite(t[nf])) return fail_numbers(st);
    if (t[nf] <= 0.0) return fail_indefinite(s, atoms, comm, t[nf] / t[nf + 1], st);
    const double alpha = size / t[nf];
    for (int f = 0; f < nf; f++) {
      t[f] *= hardness[f];
      mean[f] -= alpha * t[f];
    }
    for (int i = 0; i < n; i++) {
      if (!pqeq_is_free(atoms, i)) continue;
      q[i] += alpha * p[i];
      r[i] -= alpha * (y[i] - t[pqeq_fragment(atoms, i)]);
    }
    if (kernel->split > 0.0) pqeq_long_advance(atoms, alpha);
    result->cg++;
  }
  result->mu = 0.0;
  for (int f = 0; f < nf; f++)
    if (hardness[f] > 0.0) result->mu -= mean[f] / (hardness[f] * soft);
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
