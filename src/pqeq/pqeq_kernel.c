#include "pqeq/pqeq_kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/elements.h"
#include "base/units.h"

struct pqeq_kernel_private {
  pqeq_element *species;
  pqeq_table *table;
  double *rows;
};

double pqeq_gaussian(double a, double s, double *d)
{
  const double y = a * a * s, r = sqrt(s), front = 2.0 * a / sqrt(POLAR_PI);
  /* series of both where the difference below would cancel: next term y^4/216 of the first */
  if (y < 1e-3) {
    *d = front * a * a * (-2.0 / 3.0 + y * (2.0 / 5.0 - y * (1.0 / 7.0 - y / 27.0)));
    return front * (1.0 - y * (1.0 / 3.0 - y * (1.0 / 10.0 - y / 42.0)));
  }
  const double f = erf(a * r) / r;
  *d = (front * exp(-y) - f) / s;
  return f;
}

double pqeq_coulomb(const pqeq_kernel *kernel, double alpha, double s, double *d)
{
  if (!(s < kernel->zero)) return *d = 0.0;
  double df;
  const double f = pqeq_gaussian(alpha, s, &df);
  if (kernel->split > 0.0) {
    double dg;
    const double g = pqeq_gaussian(kernel->split, s, &dg);
    *d = kernel->coulomb * (df - dg);
    return kernel->coulomb * (f - g);
  }
  const double c = 1.0 / kernel->cutoff, x2 = s * c * c, x = sqrt(x2);
  const double taper = 1.0 + x2 * x2 * (-35.0 + x * (84.0 + x * (-70.0 + x * 20.0)));
  /* T'(r)/r */
  const double slope = x2 * c * c * (-140.0 + x * (420.0 + x * (-420.0 + x * 140.0)));
  *d = kernel->coulomb * (df * taper + f * slope);
  return kernel->coulomb * f * taper;
}

/* C of the table, in extended precision where there is one: C'/r comes from differences of its
 * values, and an error of a row is common to all pairs at that distance */
static long double coulomb_extended(const pqeq_kernel *kernel, double alpha, long double s)
{
  const long double r = sqrtl(s), x = r / kernel->cutoff, x4 = x * x * x * x;
  if (kernel->split > 0.0) return kernel->coulomb * (erfl(alpha * r) - erfl(kernel->split * r)) / r;
  const long double taper = 1.0L + x4 * (-35.0L + x * (84.0L + x * (-70.0L + x * 20.0L)));
  return kernel->coulomb * erfl(alpha * r) / r * taper;
}

/* Coefficients of the polynomial through 8 Chebyshev points of each interval. With intervals of
 * h = 0.35/alpha^2 the remainder (h/4)^8 2/8! C^(8) is below 1e-13 eV; h <= 0.35 Angstrom^2 keeps
 * the branch point of T at s = 0 as far off as that. */
static void fill(const pqeq_kernel *kernel, pqeq_table *table, double *row)
{
  enum { N = PQEQ_TABLE_WIDTH };
  long double cosine[N][N];
  for (int j = 0; j < N; j++)
    for (int m = 0; m < N; m++) cosine[j][m] = cosl(POLAR_PI_LONG * j * (m + 0.5L) / N);
  for (int k = 0; k < table->nrow; k++, row += N) {
    long double f[N], cheb[N], c[N] = {0.0L};
    const long double lo = PQEQ_TABLE_START + k / (long double)table->per_s;
    const long double h = 1.0L / table->per_s;
    memset(row, 0, N * sizeof *row);
    if (lo + 0.5L * h > kernel->zero) continue;
    for (int m = 0; m < N; m++)
      f[m] = coulomb_extended(kernel, table->alpha, lo + 0.5L * h * (1.0L + cosine[1][m]));
    for (int j = 0; j < N; j++) {
      cheb[j] = 0.0L;
      for (int m = 0; m < N; m++) cheb[j] += f[m] * cosine[j][m];
      cheb[j] *= (j ? 2.0L : 1.0L) / N;
    }
    /* T_j to powers of t by T_j+1 = 2 t T_j - T_j-1 */
    long double a[N] = {1.0L}, b[N] = {0.0L, 1.0L};
    for (int j = 0; j < N; j++) {
      for (int m = 0; m < N; m++) c[m] += cheb[j] * a[m];
      long double next[N];
      for (int m = 0; m < N; m++) next[m] = (m ? 2.0L * b[m - 1] : 0.0L) - a[m];
      memcpy(a, b, sizeof a);
      memcpy(b, next, sizeof b);
    }
    for (int m = 0; m < N; m++) row[m] = (double)c[m];
  }
}

static polar_code check_species(const pqeq_element *e, double coulomb, double a, polar_status *st)
{
  const char *name = polar_element_symbol(e->number);
  if (!name) name = "?";
  /* two atoms of the species at one place: alpha^2 = a/2, C(0) = 2 k alpha/sqrt(pi) */
  const double alpha = sqrt(0.5 * a), self = 2.0 * coulomb * alpha / sqrt(POLAR_PI);
  if (!(isfinite(e->chi) && e->eta > self && isfinite(e->eta)))
    return polar_fail(st, POLAR_MODEL,
                      "PQEq parameters of %s: eta is %g eV/e^2, expected more than %g, the Coulomb "
                      "energy of two such Gaussian charges (radius %g Angstrom) at one place: the "
                      "hardness matrix would not be positive definite",
                      name, e->eta, self, e->radius);
  /* curvature of the Gaussian Coulomb well of charge z in z + 1 */
  const double weakest =
      4.0 * coulomb * alpha * alpha * alpha / (3.0 * sqrt(POLAR_PI)) * e->z * (e->z + 1.0);
  if (e->z > 0.0 && !(e->spring > weakest))
    return polar_fail(
        st, POLAR_MODEL,
        "PQEq parameters of %s: the spring is %g eV/Angstrom^2, expected more than %g "
        "for a shell of charge %g and radius %g Angstrom: the shell would not be "
        "held",
        name, e->spring, weakest, e->z, e->radius);
  return POLAR_OK;
}

/* What two charges of 1 e at r lack if they are left to the reciprocal part, eV */
static double left_over(const pqeq_kernel *kernel, double alpha, double r)
{
  return kernel->coulomb / r * fabs(erfc(kernel->split * r) - erfc(alpha * r));
}

/* Cutoff beyond which no more than tail is left over; the bound of 100 Angstrom is checked later */
static double reach(const pqeq_kernel *kernel, double alpha, double tail)
{
  double r = kernel->cutoff;
  while (left_over(kernel, alpha, r) > tail && r < 100.0) r += 0.05;
  return r;
}

static polar_code create(int n, const pqeq_element *species, double coulomb, double lambda,
                         double cutoff, double umax, pqeq_rule rule, double split, double tail,
                         pqeq_kernel **out, polar_status *st)
{
  if (n < 1) return polar_fail(st, POLAR_ARGUMENT, "No species for a PQEq kernel");
  if (!(cutoff >= 2.0 && cutoff <= 100.0))
    return polar_fail(
        st, POLAR_ARGUMENT,
        "The PQEq cutoff is %g Angstrom, expected 2 to 100 (12.5 in published models)", cutoff);
  if (!(umax > 0.0 && umax <= 1.0 && umax <= cutoff / 8.0))
    return polar_fail(st, POLAR_ARGUMENT,
                      "The bound umax of the shells' displacements is %g Angstrom, expected more "
                      "than 0 and at most %g (0.25 in published models)",
                      umax, fmin(1.0, cutoff / 8.0));
  for (int i = 0; i < n; i++) {
    const double a = lambda / (2.0 * species[i].radius * species[i].radius);
    if (!(a > 1e-6 && a < 1e4))
      return polar_fail(st, POLAR_MODEL,
                        "PQEq parameters of %s: radius %g Angstrom and lambda %g make a Gaussian "
                        "exponent of %g per Angstrom^2, expected 1e-6 to 1e4",
                        polar_element_symbol(species[i].number), species[i].radius, lambda, a);
    const polar_code code = check_species(&species[i], coulomb, a, st);
    if (code != POLAR_OK) return code;
  }

  pqeq_kernel *kernel = calloc(1, sizeof *kernel);
  struct pqeq_kernel_private *own = calloc(1, sizeof *own);
  const size_t count = (size_t)n;
  if (kernel) kernel->own = own;
  if (!kernel || !own || !(own->species = malloc(count * sizeof *own->species)) ||
      !(own->table = calloc(count * count, sizeof *own->table)))
    goto memory;
  memcpy(own->species, species, count * sizeof *species);
  kernel->coulomb = coulomb;
  kernel->cutoff = cutoff;
  kernel->umax = umax;
  kernel->rule = rule;
  kernel->split = split;
  kernel->range = rule == PQEQ_RULE_CORE ? cutoff : cutoff + 2.0 * umax;
  kernel->zero = rule == PQEQ_RULE_CORE || split > 0.0 ? HUGE_VAL : cutoff * cutoff;
  kernel->n = n;
  kernel->species = own->species;
  kernel->table = own->table;

  /* whole intervals between the start and cutoff^2, so that C = 0 begins with one */
  const double span = cutoff * cutoff - PQEQ_TABLE_START;
  size_t rows = 0;
  double longest = kernel->range;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      pqeq_table *t = &own->table[i * n + j];
      const double ai = lambda / (2.0 * species[i].radius * species[i].radius);
      const double aj = lambda / (2.0 * species[j].radius * species[j].radius);
      t->alpha = sqrt(ai * aj / (ai + aj));
      const double range = tail > 0.0 ? reach(kernel, t->alpha, tail) + 2.0 * umax : kernel->range;
      const double last = (range + 2.0 * umax) * (range + 2.0 * umax);
      t->range2 = range * range;
      longest = fmax(longest, range);
      const double h = 0.35 / fmax(1.0, t->alpha * t->alpha);
      t->per_s = ceil(span / h) / span;
      t->nrow = (int)((last - PQEQ_TABLE_START) * t->per_s) + 2;
      if (i <= j) rows += (size_t)t->nrow;
    }
  kernel->range = longest;
  own->rows = aligned_alloc(64, rows * PQEQ_TABLE_WIDTH * sizeof *own->rows);
  if (!own->rows) goto memory;
  double *row = own->rows;
  for (int i = 0; i < n; i++)
    for (int j = i; j < n; j++) {
      pqeq_table *t = &own->table[i * n + j];
      fill(kernel, t, row);
      t->row = own->table[j * n + i].row = row;
      row += (size_t)t->nrow * PQEQ_TABLE_WIDTH;
    }
  *out = kernel;
  return POLAR_OK;

memory:
  if (kernel && own) pqeq_kernel_free(kernel);
  else {
    free(kernel);
    free(own);
  }
  return polar_fail_memory(st, "tabulating the PQEq kernel");
}

polar_code pqeq_kernel_create(int n, const pqeq_element *species, double coulomb, double lambda,
                              double cutoff, double umax, pqeq_rule rule, pqeq_kernel **out,
                              polar_status *st)
{
  return create(n, species, coulomb, lambda, cutoff, umax, rule, 0.0, 0.0, out, st);
}

polar_code pqeq_kernel_create_long(int n, const pqeq_element *species, double coulomb,
                                   double lambda, double cutoff, double umax, double split,
                                   double tail, int wide, pqeq_kernel **out, polar_status *st)
{
  if (!(split >= 0.01 && split <= 2.0))
    return polar_fail(
        st, POLAR_ARGUMENT,
        "The splitting parameter of the PQEq interaction is %g per Angstrom, expected "
        "0.01 to 2",
        split);
  pqeq_kernel *kernel = NULL;
  const polar_code code = create(n, species, coulomb, lambda, cutoff, umax, PQEQ_RULE_SITE, split,
                                 wide ? tail : 0.0, &kernel, st);
  if (code != POLAR_OK) return code;
  for (int i = 0; i < n; i++) {
    const double alpha = kernel->table[i * n + i].alpha;
    const double end = wide ? reach(kernel, alpha, tail) : cutoff;
    const double left = left_over(kernel, alpha, end);
    if (left <= tail) continue;
    pqeq_kernel_free(kernel);
    return polar_fail(st, POLAR_ARGUMENT,
                      "The cutoff of %g Angstrom is too short for the Gaussian charges of %s: two "
                      "of 1 e still interact by %.3g eV there, expected at most %.3g; use a longer "
                      "cutoff%s",
                      end, polar_element_symbol(species[i].number), left, tail,
                      wide ? "" : ", or longer cutoffs for wide Gaussians (wide yes)");
  }
  *out = kernel;
  return POLAR_OK;
}

void pqeq_kernel_free(pqeq_kernel *kernel)
{
  if (!kernel) return;
  free(kernel->own->species);
  free(kernel->own->table);
  free(kernel->own->rows);
  free(kernel->own);
  free(kernel);
}
