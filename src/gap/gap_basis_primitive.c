#include <math.h>

#include "base/units.h"
#include "gap/gap_basis.h"

typedef struct {
  int lmax, n, dvr;
  long double a;            /* 1/(2 sigma^2) */
  long double b[GAP_MAX_N]; /* GTO: 1/(2 s_n^2) */
  long double o[GAP_MAX_N][GAP_MAX_N];
  long double x[GAP_MAX_N], root[GAP_MAX_N]; /* DVR: points and square roots of weights */
} primitives;

/* exp(-a r^2) 1F1(p; q; z) with z = (a r)^2/(a+b) < a r^2; all terms are positive */
static long double kummer(long double p, long double q, long double z, long double ar2)
{
  long double term = 1.0L, sum = 1.0L;
  for (int k = 0; k < 100000 && term > 1e-21L * sum; k++) {
    term *= (p + k) / ((q + k) * (k + 1)) * z;
    sum += term;
  }
  return sum * expl(-ar2);
}

/* I_nl(r) = Gamma((n+l+3)/2)/Gamma(l+3/2) (a+b_n)^(-(n+l+3)/2) (a r)^l exp(-a r^2)
 *           1F1((n+l+3)/2; l+3/2; (a r)^2/(a+b_n)) */
static long double gto(const primitives *f, int n, int l, long double r)
{
  const long double sum = f->a + f->b[n], p = 0.5L * (n + l + 3), ar = f->a * r;
  return expl(logl(tgammal(p)) - logl(tgammal(l + 1.5L)) - p * logl(sum)) * powl(ar, l) *
         kummer(p, l + 1.5L, ar * ar / sum, ar * r);
}

static int values(void *context, int segment, long double r, long double *value)
{
  const primitives *f = context;
  const int n = f->n;
  (void)segment;
  if (f->dvr) {
    for (int k = 0; k < n; k++) {
      /* sqrt(w) x exp(-a(x^2 + r^2)) i_l(2 a x r) */
      long double bessel[HARMONICS_MAX_L + 1];
      const long double d = fabsl(r) - f->x[k];
      gap_bessel(f->lmax, 2.0L * f->a * f->x[k] * r, bessel);
      for (int l = 0; l <= f->lmax; l++)
        value[l * n + k] = f->root[k] * f->x[k] * expl(-f->a * d * d) * bessel[l];
    }
    return 0;
  }
  for (int l = 0; l <= f->lmax; l++) {
    long double integral[GAP_MAX_N];
    for (int k = 0; k < n; k++) integral[k] = gto(f, k, l, r);
    for (int i = 0; i < n; i++) {
      value[l * n + i] = 0.0L;
      for (int k = 0; k < n; k++) value[l * n + i] += f->o[k][i] * integral[k];
    }
  }
  return 0;
}

/* O = diag(N) S^(-1/2), S the overlap of the normalised functions,
 * N_n = 1/4 sqrt(2/(Gamma(n+3/2) s_n^(2n+3))) */
static int orthonormalise(primitives *f, double cutoff)
{
  long double s[GAP_MAX_N][GAP_MAX_N], root[GAP_MAX_N][GAP_MAX_N], width[GAP_MAX_N];
  const int n = f->n;
  for (int i = 0; i < n; i++) {
    width[i] = cutoff * (i > 1 ? sqrtl(i) : 1.0L) / n;
    f->b[i] = 0.5L / (width[i] * width[i]);
  }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      const long double p = 0.5L * (3 + i + j);
      s[i][j] = expl(logl(tgammal(p)) - p * logl(f->b[i] + f->b[j]) - (i + 1.5L) * logl(width[i]) -
                     (j + 1.5L) * logl(width[j]) -
                     0.5L * (logl(tgammal(i + 1.5L)) + logl(tgammal(j + 1.5L))));
    }
  if (gap_inverse_root(n, s, root)) return 1;
  for (int i = 0; i < n; i++) {
    const long double norm =
        0.25L * sqrtl(2.0L) * expl(-0.5L * logl(tgammal(i + 1.5L)) - (i + 1.5L) * logl(width[i]));
    for (int j = 0; j < n; j++) f->o[i][j] = norm * root[i][j];
  }
  return 0;
}

/* Points, ascending, and weights on [0, length] */
static void legendre_rule(primitives *f, long double length)
{
  long double x[GAP_MAX_N], w[GAP_MAX_N];
  gap_gauss_legendre(f->n, x, w);
  for (int i = 0; i < f->n; i++) {
    f->x[i] = length * x[f->n - 1 - i];
    f->root[i] = sqrtl(length * w[f->n - 1 - i]);
  }
}

polar_code gap_basis_primitive(const gap_primitive_basis *b, gap_radial *g, double *centre,
                               polar_status *st)
{
  primitives f = {.lmax = b->lmax, .n = b->n, .dvr = b->dvr};
  long double zero[(HARMONICS_MAX_L + 1) * GAP_MAX_N];
  if (!(b->cutoff <= GAP_WIDEST * b->sigma))
    return polar_fail(st, POLAR_ARGUMENT,
                      "the cutoff is %g Angstrom for a Gaussian of width %g: expected at most %g "
                      "times the width",
                      b->cutoff, b->sigma, GAP_WIDEST);
  f.a = 0.5L / ((long double)b->sigma * b->sigma);
  if (b->dvr) legendre_rule(&f, b->cutoff + 3.0L * b->sigma);
  else if (orthonormalise(&f, b->cutoff))
    return polar_fail(st, POLAR_NUMERIC,
                      "the %d radial functions are linearly dependent to working precision; "
                      "expected a smaller number",
                      b->n);
  values(&f, 0, 0.0L, zero);
  for (int i = 0; i < b->n; i++) centre[i] = (double)(zero[i] / sqrtl(4.0L * POLAR_PI_LONG));
  g->turbo = 0;
  g->cutoff = b->cutoff;
  g->transition = b->transition;
  g->dexp = b->dexp;
  g->rate = b->rate;
  g->scale = b->scale;
  const double bound[2] = {0.0, b->cutoff};
  /* as for soap: nodes a fiftieth of the width apart */
  return gap_table_create((b->lmax + 1) * b->n, 1, bound, 0.02 * b->sigma, values, &f, &g->table,
                          st);
}
