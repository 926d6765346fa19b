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

static double exponent(const pqeq_kernel_input *in, int i)
{
  return in->lambda / (2.0 * in->species[i].radius * in->species[i].radius);
}

static polar_code check_input(const pqeq_kernel_input *in, polar_status *st)
{
  if (in->n < 1) return polar_fail(st, POLAR_ARGUMENT, "No species for a PQEq kernel");
  if (!(in->cutoff >= 2.0 && in->cutoff <= 100.0))
    return polar_fail(
        st, POLAR_ARGUMENT,
        "The PQEq cutoff is %g Angstrom, expected 2 to 100 (12.5 in published models)", in->cutoff);
  if (!(in->umax > 0.0 && in->umax <= 1.0 && in->umax <= in->cutoff / 8.0))
    return polar_fail(st, POLAR_ARGUMENT,
                      "The bound umax of the shells' displacements is %g Angstrom, expected more "
                      "than 0 and at most %g (0.25 in published models)",
                      in->umax, fmin(1.0, in->cutoff / 8.0));
  for (int i = 0; i < in->n; i++) {
    const pqeq_element *e = &in->species[i];
    const double a = exponent(in, i);
    if (!(a > 1e-6 && a < 1e4))
      return polar_fail(st, POLAR_MODEL,
                        "PQEq parameters of %s: radius %g Angstrom and lambda %g make a Gaussian "
                        "exponent of %g per Angstrom^2, expected 1e-6 to 1e4",
                        polar_element_symbol(e->number), e->radius, in->lambda, a);
    const polar_code code = check_species(e, in->coulomb, a, st);
    if (code != POLAR_OK) return code;
  }
  return POLAR_OK;
}

/* A kernel without rows of its tables, or NULL */
static pqeq_kernel *allocate(const pqeq_kernel_input *in)
{
  const size_t n = (size_t)in->n;
  pqeq_kernel *kernel = calloc(1, sizeof *kernel);
  struct pqeq_kernel_private *own = calloc(1, sizeof *own);
  if (!kernel || !own) {
    free(kernel);
    free(own);
    return NULL;
  }
  kernel->own = own;
  own->species = malloc(n * sizeof *own->species);
  own->table = calloc(n * n, sizeof *own->table);
  if (!own->species || !own->table) {
    pqeq_kernel_free(kernel);
    return NULL;
  }
  memcpy(own->species, in->species, n * sizeof *own->species);
  kernel->coulomb = in->coulomb;
  kernel->cutoff = in->cutoff;
  kernel->umax = in->umax;
  kernel->rule = in->rule;
  kernel->split = in->split;
  kernel->range = in->rule == PQEQ_RULE_CORE ? in->cutoff : in->cutoff + 2.0 * in->umax;
  kernel->zero = in->rule == PQEQ_RULE_CORE || in->split > 0.0 ? HUGE_VAL : in->cutoff * in->cutoff;
  kernel->n = in->n;
  kernel->species = own->species;
  kernel->table = own->table;
  return kernel;
}

/* Ranges and intervals of all pairs of species; returns the rows of tables i <= j together */
static size_t lay_out(pqeq_kernel *kernel, const pqeq_kernel_input *in)
{
  /* whole intervals between the start and cutoff^2, so that C = 0 begins with one */
  const double span = in->cutoff * in->cutoff - PQEQ_TABLE_START;
  const double common = kernel->range;
  size_t rows = 0;
  for (int i = 0; i < in->n; i++)
    for (int j = 0; j < in->n; j++) {
      pqeq_table *t = &kernel->own->table[i * in->n + j];
      const double ai = exponent(in, i), aj = exponent(in, j);
      t->alpha = sqrt(ai * aj / (ai + aj));
      const double range =
          in->tail > 0.0 ? reach(kernel, t->alpha, in->tail) + 2.0 * in->umax : common;
      const double last = (range + 2.0 * in->umax) * (range + 2.0 * in->umax);
      t->range2 = range * range;
      kernel->range = fmax(kernel->range, range);
      const double h = 0.35 / fmax(1.0, t->alpha * t->alpha);
      t->per_s = ceil(span / h) / span;
      t->nrow = (int)((last - PQEQ_TABLE_START) * t->per_s) + 2;
      if (i <= j) rows += (size_t)t->nrow;
    }
  return rows;
}

/* in->split 0: tapered; in->tail > 0: longer ranges for wide Gaussians */
static polar_code create(const pqeq_kernel_input *in, pqeq_kernel **out, polar_status *st)
{
  const char *what = "tabulating the PQEq kernel";
  const polar_code code = check_input(in, st);
  if (code != POLAR_OK) return code;
  pqeq_kernel *kernel = allocate(in);
  if (!kernel) return polar_fail_memory(st, what);
  struct pqeq_kernel_private *own = kernel->own;
  const size_t rows = lay_out(kernel, in);
  own->rows = aligned_alloc(64, rows * PQEQ_TABLE_WIDTH * sizeof *own->rows);
  if (!own->rows) {
    pqeq_kernel_free(kernel);
    return polar_fail_memory(st, what);
  }
  double *row = own->rows;
  for (int i = 0; i < in->n; i++)
    for (int j = i; j < in->n; j++) {
      pqeq_table *t = &own->table[i * in->n + j];
      fill(kernel, t, row);
      t->row = own->table[j * in->n + i].row = row;
      row += (size_t)t->nrow * PQEQ_TABLE_WIDTH;
    }
  *out = kernel;
  return POLAR_OK;
}

polar_code pqeq_kernel_create(const pqeq_kernel_input *in, pqeq_kernel **out, polar_status *st)
{
  pqeq_kernel_input tapered = *in;
  tapered.split = tapered.tail = 0.0;
  return create(&tapered, out, st);
}

polar_code pqeq_kernel_create_long(const pqeq_kernel_input *in, pqeq_kernel **out, polar_status *st)
{
  if (!(in->split >= 0.01 && in->split <= 2.0))
    return polar_fail(
        st, POLAR_ARGUMENT,
        "The splitting parameter of the PQEq interaction is %g per Angstrom, expected "
        "0.01 to 2",
        in->split);
  pqeq_kernel_input full = *in;
  full.rule = PQEQ_RULE_SITE;
  if (!in->wide) full.tail = 0.0;
  pqeq_kernel *kernel = NULL;
  const polar_code code = create(&full, &kernel, st);
  if (code != POLAR_OK) return code;
  for (int i = 0; i < in->n; i++) {
    const double alpha = kernel->table[i * in->n + i].alpha;
    const double end = in->wide ? reach(kernel, alpha, in->tail) : in->cutoff;
    const double left = left_over(kernel, alpha, end);
    if (left <= in->tail) continue;
    pqeq_kernel_free(kernel);
    return polar_fail(st, POLAR_ARGUMENT,
                      "The cutoff of %g Angstrom is too short for the Gaussian charges of %s: two "
                      "of 1 e still interact by %.3g eV there, expected at most %.3g; use a longer "
                      "cutoff%s",
                      end, polar_element_symbol(in->species[i].number), left, in->tail,
                      in->wide ? "" : ", or longer cutoffs for wide Gaussians (wide yes)");
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
