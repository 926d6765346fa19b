#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "gap/gap_basis.h"

#define MAX_POINTS 400

typedef struct {
  int lmax, n, npoint;
  long double cutoff, sigma, point[MAX_POINTS];
  long double *chi; /* [npoint][(lmax+1) n] chi_nl(s) s^2 times the weight of the point */
} bessel_functions;

/* Spherical Bessel function j_l(x), x >= 0: upward recurrence where it is stable, else the power
 * series x^l/(2l+1)!! sum_k (-x^2/2)^k / (k! (2l+3) (2l+5) ... (2l+2k+1)) */
static long double spherical_bessel(int l, long double x)
{
  if (x > l + 1.0L) {
    long double below = sinl(x) / x, here = below / x - cosl(x) / x;
    if (l == 0) return below;
    for (int k = 1; k < l; k++) {
      const long double above = (2 * k + 1) / x * here - below;
      below = here;
      here = above;
    }
    return here;
  }
  long double term = 1.0L, sum = 0.0L;
  for (int k = 1; k <= l; k++) term *= x / (2 * k + 1);
  for (int k = 1; k < 200 && term != 0.0L; k++) {
    sum += term;
    term *= -x * x / 2.0L / ((long double)k * (2 * l + 2 * k + 1));
  }
  return sum;
}

/* zero[l][k]: the first n positive zeros of j_l. Zeros of j_l separate those of j_(l-1). */
static void bessel_zeros(int lmax, int n, long double zero[][GAP_MAX_N + HARMONICS_MAX_L + 1])
{
  for (int k = 0; k < n + lmax; k++) zero[0][k] = (k + 1) * POLAR_PI_LONG;
  for (int l = 1; l <= lmax; l++)
    for (int k = 0; k < n + lmax - l; k++) {
      long double low = zero[l - 1][k], high = zero[l - 1][k + 1];
      const int sign = spherical_bessel(l, low) > 0.0L;
      for (int step = 0; step < 80; step++) {
        const long double middle = 0.5L * (low + high);
        if ((spherical_bessel(l, middle) > 0.0L) == sign) low = middle;
        else high = middle;
      }
      zero[l][k] = 0.5L * (low + high);
    }
}

static int bessel_values(void *context, int segment, long double r, long double *value)
{
  const bessel_functions *f = context;
  const int count = (f->lmax + 1) * f->n;
  const long double s2 = f->sigma * f->sigma;
  (void)segment;
  memset(value, 0, (size_t)count * sizeof *value);
  for (int k = 0; k < f->npoint; k++) {
    long double bessel[HARMONICS_MAX_L + 1];
    const long double d = fabsl(r) - f->point[k];
    if (fabsl(d) > 9.5L * f->sigma) continue; /* exp(-45) = 3e-20 */
    gap_bessel(f->lmax, r * f->point[k] / s2, bessel);
    const long double gauss = expl(-0.5L * d * d / s2);
    const long double *chi = f->chi + (size_t)k * count;
    for (int l = 0; l <= f->lmax; l++)
      for (int n = 0; n < f->n; n++) value[l * f->n + n] += gauss * bessel[l] * chi[l * f->n + n];
  }
  const long double width = sqrtl(2.0L * POLAR_PI_LONG) * f->sigma;
  const long double scale = 4.0L * POLAR_PI_LONG / (width * width * width) * 0.5L *
                            (1.0L + cosl(POLAR_PI_LONG * r / f->cutoff));
  for (int q = 0; q < count; q++) value[q] *= scale;
  return 0;
}

polar_code gap_basis_bessel(int lmax, int n, double cutoff, double sigma, gap_table **out,
                            polar_status *st)
{
  bessel_functions f = {.lmax = lmax, .n = n, .cutoff = cutoff, .sigma = sigma};
  long double zero[HARMONICS_MAX_L + 1][GAP_MAX_N + HARMONICS_MAX_L + 1], weight[MAX_POINTS];
  /* Gauss-Legendre: a Gaussian of width w of the interval needs 3/w points for rounding errors
   * only, a half wave two more */
  const double points = 20.0 + 3.0 * cutoff / sigma + 2.0 * (n + lmax);
  if (points > MAX_POINTS)
    return polar_fail(st, POLAR_NUMERIC,
                      "atom_sigma = %g Angstrom is too small for a cutoff of %g Angstrom", sigma,
                      cutoff);
  f.npoint = (int)points;
  f.chi = malloc((size_t)f.npoint * (lmax + 1) * n * sizeof *f.chi);
  if (!f.chi) return polar_fail_memory(st, "tabulating radial functions");
  bessel_zeros(lmax, n, zero);
  gap_gauss_legendre(f.npoint, f.point, weight);
  for (int k = 0; k < f.npoint; k++) {
    f.point[k] *= cutoff;
    for (int l = 0; l <= lmax; l++)
      for (int i = 0; i < n; i++) {
        /* int_0^R j_l(q s)^2 s^2 ds = R^3/2 j_(l+1)(q R)^2 */
        const long double z = zero[l][i], next = spherical_bessel(l + 1, z);
        const long double norm = sqrtl(2.0L / f.cutoff) / (f.cutoff * fabsl(next));
        f.chi[((size_t)k * (lmax + 1) + l) * n + i] =
            norm * spherical_bessel(l, z * f.point[k] / f.cutoff) * f.point[k] * f.point[k] *
            weight[k] * f.cutoff;
      }
  }
  const double bound[2] = {0.0, cutoff};
  /* error of the table h^6/46080 f^(6) = 1e-13: f^(6) = 15/sigma^6, or q^6 of the last function */
  const double q = (double)(zero[0][n - 1] / f.cutoff), wave = 0.04 / q, width = 0.02 * sigma;
  const polar_code code = gap_table_create((lmax + 1) * n, 1, bound, width < wave ? width : wave,
                                           bessel_values, &f, out, st);
  free(f.chi);
  return code;
}
