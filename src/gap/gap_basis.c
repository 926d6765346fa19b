#include "gap/gap_basis.h"

#include <math.h>
#include <string.h>

#include "base/units.h"

/* Miller's downward recurrence of i_(l-1) = i_(l+1) + (2l+1)/x i_l, scaled to
 * exp(-|x|) i_0(x) = (1 - exp(-2|x|)) / (2|x|) */
void gap_bessel(int lmax, long double x, long double *value)
{
  const long double a = fabsl(x);
  long double above = 0.0L, here = 1e-300L;
  if (a < 1e-9L) { /* i_l(x) = x^l/(2l+1)!! (1 + O(x^2)) */
    long double power = 1.0L - a;
    for (int l = 0; l <= lmax; l++) {
      value[l] = power;
      power *= x / (2 * l + 3);
    }
    return;
  }
  /* i_(l+k)/i_l falls faster than (x/(2l+k))^k: 1e-20 with this many */
  const int start = lmax + 30 + (int)(1.5L * sqrtl(60.0L * (a < 5000.0L ? a : 5000.0L)));
  for (int l = start; l > 0; l--) {
    const long double below = above + (2 * l + 1) / a * here;
    above = here;
    here = below;
    if (l - 1 <= lmax) value[l - 1] = here;
    if (here > 1e300L) {
      here *= 1e-600L;
      above *= 1e-600L;
      for (int k = l - 1; k <= lmax; k++) value[k] *= 1e-600L;
    }
  }
  const long double scale = -expm1l(-2.0L * a) / (2.0L * a) / here;
  for (int l = 0; l <= lmax; l++) value[l] *= x < 0.0L && l % 2 ? -scale : scale;
}

void gap_gauss_legendre(int n, long double *x, long double *w)
{
  for (int i = 0; i < n; i++) {
    long double z = cosl(POLAR_PI_LONG * (i + 0.75L) / (n + 0.5L)), p1 = 0.0L, slope = 1.0L;
    for (int step = 0; step < 20; step++) {
      long double p0 = 1.0L;
      p1 = z;
      for (int k = 2; k <= n; k++) {
        const long double p = ((2 * k - 1) * z * p1 - (k - 1) * p0) / k;
        p0 = p1;
        p1 = p;
      }
      slope = n * (z * p1 - p0) / (z * z - 1.0L);
      z -= p1 / slope;
    }
    x[i] = 0.5L * (1.0L + z);
    w[i] = 1.0L / ((1.0L - z * z) * slope * slope);
  }
}

double gap_radial_factor(const gap_radial *g, double r, double *slope)
{
  double f = 1.0, d = 0.0;
  if (g->turbo) {
    /* A(x) = (1 + 2x^3 - 3x^2)^a / s * {1, x + sqrt(2/pi) s, x^2 + s^2 + sqrt(8/pi) s x}; for x < 1
     * the bracket is (1-x)^2 (1+2x) > 0 */
    const double x = r / g->cutoff, s = g->sigma + g->sigma_scaling * x, ds = g->sigma_scaling;
    const double b = (1.0 - x) * (1.0 - x) * (1.0 + 2.0 * x), db = 6.0 * x * (x - 1.0);
    double e = 1.0, de = 0.0;
    if (g->enhancement == 1) {
      e = x + 0.79788456080286535588 * s;
      de = 1.0 + 0.79788456080286535588 * ds;
    } else if (g->enhancement == 2) {
      e = x * x + s * s + 1.59576912160573071176 * s * x;
      de = 2.0 * x + 2.0 * s * ds + 1.59576912160573071176 * (s + ds * x);
    }
    const double power = g->amplitude == 0.0 ? 1.0 : pow(b, g->amplitude);
    const double dpower =
        g->amplitude == 0.0 ? 0.0 : g->amplitude * pow(b, g->amplitude - 1.0) * db;
    *slope = (dpower * e / s + power * de / s - power * e * ds / (s * s)) / g->cutoff;
    return power * e / s;
  }
  const double start = g->cutoff - g->transition;
  if (r > start) {
    const double k = POLAR_PI / g->transition;
    f = 0.5 * (1.0 + cos(k * (r - start)));
    d = -0.5 * k * sin(k * (r - start));
  }
  if (g->dexp > 0) {
    /* (1+c) n / (c + (r/s)^m) with n = c/(1+c), or n = 1 and no 1+c for c = 0 */
    const double c = g->rate, top = c > 0.0 ? c : 1.0;
    const double power = pow(r / g->scale, g->dexp), below = c + power;
    const double w = top / below, dw = -w / below * g->dexp * power / r;
    d = d * w + f * dw;
    f *= w;
  }
  *slope = d;
  return f;
}

/* -------------------------------------------------------------------------------------- soap ---
 */

typedef struct {
  int lmax, n;
  long double alpha, node[GAP_MAX_N], t[GAP_MAX_N][GAP_MAX_N];
} soap_functions;

/* a = L L^T in the lower triangle; nonzero if a is not positive definite */
static int cholesky(int n, long double a[GAP_MAX_N][GAP_MAX_N])
{
  for (int j = 0; j < n; j++) {
    for (int k = 0; k < j; k++) a[j][j] -= a[j][k] * a[j][k];
    if (!(a[j][j] > 0.0L)) return 1;
    a[j][j] = sqrtl(a[j][j]);
    for (int i = j + 1; i < n; i++) {
      for (int k = 0; k < j; k++) a[i][j] -= a[i][k] * a[j][k];
      a[i][j] /= a[j][j];
    }
  }
  return 0;
}

/* sum_a exp(-alpha (r^2 + r_a^2)) i_l(2 alpha r r_a) T_an */
static int soap_values(void *context, int segment, long double r, long double *value)
{
  const soap_functions *f = context;
  (void)segment;
  memset(value, 0, (size_t)(f->lmax + 1) * f->n * sizeof *value);
  for (int a = 0; a < f->n; a++) {
    long double bessel[HARMONICS_MAX_L + 1];
    const long double x = 2.0L * f->alpha * r * f->node[a], d = fabsl(r) - f->node[a];
    gap_bessel(f->lmax, x, bessel);
    const long double gauss = expl(-f->alpha * d * d);
    for (int l = 0; l <= f->lmax; l++)
      for (int n = 0; n < f->n; n++) value[l * f->n + n] += gauss * bessel[l] * f->t[a][n];
  }
  return 0;
}

polar_code gap_basis_soap(const gap_soap_basis *b, gap_radial *g, double *centre, polar_status *st)
{
  soap_functions f = {.lmax = b->lmax, .n = b->n};
  long double k[GAP_MAX_N][GAP_MAX_N], s[GAP_MAX_N][GAP_MAX_N];
  const int n = b->n;
  f.alpha = 0.5L / ((long double)b->sigma * b->sigma);
  const long double extent = b->cutoff + b->sigma * sqrtl(2.0L * b->error_exponent * logl(10.0L));
  for (int a = 0; a < n; a++) f.node[a] = a * extent / n;
  for (int i = 0; i < n; i++)
    for (int j = 0; j <= i; j++) {
      const long double sum = f.node[i] + f.node[j], d = f.node[i] - f.node[j], al = f.alpha;
      k[i][j] = expl(-al * d * d);
      s[i][j] = (expl(-al * (f.node[i] * f.node[i] + f.node[j] * f.node[j])) * sqrtl(2.0L) *
                     powl(al, 1.5L) * sum +
                 al * expl(-al * d * d / 2.0L) * sqrtl(POLAR_PI_LONG) * (1.0L + al * sum * sum) *
                     (1.0L + erfl(sqrtl(al / 2.0L) * sum))) /
                sqrtl(128.0L * powl(al, 5.0L));
    }
  if (cholesky(n, k) || cholesky(n, s))
    return polar_fail(st, POLAR_NUMERIC,
                      "soap: the %d radial functions of width %g Angstrom within %g Angstrom are "
                      "linearly dependent to working precision; expected a smaller n_max or "
                      "atom_sigma",
                      n, b->sigma, b->cutoff);
  /* T = K^-1 L(S), by the factor of K */
  for (int c = 0; c < n; c++) {
    long double y[GAP_MAX_N];
    for (int i = 0; i < n; i++) {
      y[i] = i >= c ? s[i][c] : 0.0L;
      for (int j = 0; j < i; j++) y[i] -= k[i][j] * y[j];
      y[i] /= k[i][i];
    }
    for (int i = n - 1; i >= 0; i--) {
      for (int j = i + 1; j < n; j++) y[i] -= k[j][i] * f.t[j][c];
      f.t[i][c] = y[i] / k[i][i];
    }
  }
  const double bound[2] = {0.0, b->cutoff};
  for (int i = 0; i < n; i++) centre[i] = 0.0;
  centre[0] = (double)(b->central_weight * s[0][0] / sqrtl(4.0L * POLAR_PI_LONG));
  g->turbo = 0;
  g->cutoff = b->cutoff;
  g->transition = b->transition;
  g->dexp = b->dexp;
  g->rate = b->rate;
  g->scale = b->scale;
  /* h^6/46080 f^(6) = 1e-13 and h^5 f^(6)/(46080/16) = 1e-10 for f^(6) = 15/sigma^6 */
  return gap_table_create((b->lmax + 1) * n, 1, bound, 0.02 * b->sigma, soap_values, &f, &g->table,
                          st);
}

/* -------------------------------------------------------------------------------- soap_turbo ---
 */

#define POINTS 96 /* Gauss-Legendre: Gaussians of 0.03 of the interval to rounding */

typedef struct {
  gap_turbo_basis b;
  int tail[GAP_TABLE_SEGMENTS], gauss[GAP_TABLE_SEGMENTS]; /* what counts in a segment */
  int npoly;                                               /* the others but the last */
  long double w[GAP_MAX_N][GAP_MAX_N], norm[GAP_MAX_N];
  long double point[POINTS], weight[POINTS]; /* on [0, 1] */
} turbo_functions;

/* by Jacobi rotations */
int gap_inverse_root(int n, long double a[GAP_MAX_N][GAP_MAX_N],
                     long double out[GAP_MAX_N][GAP_MAX_N])
{
  long double v[GAP_MAX_N][GAP_MAX_N];
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) v[i][j] = i == j;
  for (int sweep = 0; sweep < 60; sweep++)
    for (int p = 0; p < n; p++)
      for (int q = p + 1; q < n; q++) {
        if (a[p][q] == 0.0L) continue;
        const long double theta = (a[q][q] - a[p][p]) / (2.0L * a[p][q]);
        const long double t =
            (theta < 0 ? -1.0L : 1.0L) / (fabsl(theta) + sqrtl(theta * theta + 1));
        const long double c = 1.0L / sqrtl(t * t + 1.0L), s = t * c;
        for (int k = 0; k < n; k++) {
          const long double x = a[k][p], y = a[k][q];
          a[k][p] = c * x - s * y;
          a[k][q] = s * x + c * y;
        }
        for (int k = 0; k < n; k++) {
          const long double x = a[p][k], y = a[q][k];
          a[p][k] = c * x - s * y;
          a[q][k] = s * x + c * y;
        }
        for (int k = 0; k < n; k++) {
          const long double x = v[k][p], y = v[k][q];
          v[k][p] = c * x - s * y;
          v[k][q] = s * x + c * y;
        }
      }
  for (int i = 0; i < n; i++)
    if (!(a[i][i] > 0.0L)) return 1;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      out[i][j] = 0.0L;
      for (int k = 0; k < n; k++) out[i][j] += v[i][k] * v[j][k] / sqrtl(a[k][k]);
    }
  return 0;
}

/* += factor int_from^to phi_a(y) exp(-(y-centre)^2/2 s^2) dy, phi_a = (1-y)^(a+2) sqrt(2a+5) */
static void integrate(const turbo_functions *f, long double from, long double to,
                      long double centre, long double s, long double factor, long double *out)
{
  for (int k = 0; k < POINTS; k++) {
    const long double y = from + (to - from) * f->point[k], d = (y - centre) / s;
    long double value = factor * (to - from) * f->weight[k] * expl(-0.5L * d * d);
    value *= (1.0L - y) * (1.0L - y) * (1.0L - y);
    for (int a = 0; a < f->npoly; a++) {
      out[a] += value * f->norm[a];
      value *= 1.0L - y;
    }
  }
}

/* int_0^infinity g(y) exp(-(y-x)^2/2 s^2) dy of the normalised Gaussian
 * g(y) = exp(-y^2/2 s0^2) sqrt(2/s0)/pi^(1/4) */
static long double gaussian(long double s0, long double x, long double s)
{
  const long double t = sqrtl(s0 * s0 + s * s);
  return expl(-0.5L * x * x / (t * t)) * sqrtl(POLAR_PI_LONG / 2.0L) * s * s0 / t *
         (1.0L + erfl(s0 * x / (s * sqrtl(2.0L) * t))) * sqrtl(2.0L / s0) /
         powl(POLAR_PI_LONG, 0.25L);
}

/* Everything but the amplitude. The tail beyond rcut_soft counts where x_s - x < 4 s, the Gaussian
 * where x < 4 (s0 + s); the jumps there, of exp(-8), are part of the model. */
static int turbo_values(void *context, int segment, long double r, long double *value)
{
  const turbo_functions *f = context;
  const gap_turbo_basis *b = &f->b;
  long double integral[GAP_MAX_N] = {0.0L}, bessel[HARMONICS_MAX_L + 1];
  const long double x = r / b->hard, xs = b->soft / (long double)b->hard;
  const long double s = b->sigma_r / (long double)b->hard + b->scaling_r * x;
  const long double st = b->sigma_t + b->scaling_t * r;
  integrate(f, 0.0L, xs, x, s, 1.0L, integral);
  if (f->tail[segment] && xs < 1.0L) {
    const long double d = (1.0L - xs) / b->filter, sum = s * s + d * d;
    integrate(f, xs, 1.0L, (s * s * xs + d * d * x) / sum, s * d / sqrtl(sum),
              expl(-0.5L * (xs - x) * (xs - x) / sum), integral);
  }
  if (f->gauss[segment]) integral[b->n - 1] = gaussian(b->sigma_r / (long double)b->hard, x, s);
  gap_bessel(b->lmax, r * r / (st * st), bessel);
  const long double scale = 4.0L * POLAR_PI_LONG * sqrtl(b->hard) * (b->hard / st) * (b->hard / st);
  for (int n = 0; n < b->n; n++) {
    long double sum = 0.0L;
    for (int a = 0; a < b->n; a++) sum += f->w[n][a] * integral[a];
    for (int l = 0; l <= b->lmax; l++) value[l * b->n + n] = scale * sum * bessel[l];
  }
  return 0;
}

/* Overlaps of phi_a = (1-y)^(a+2) sqrt(2a+5) with each other, and with g, which vanishes nowhere
 * but is integrated where phi_a is not 0 */
static void overlaps(const turbo_functions *f, long double s[GAP_MAX_N][GAP_MAX_N])
{
  const int n = f->b.n;
  const long double s0 = f->b.sigma_r / (long double)f->b.hard;
  long double with[GAP_MAX_N] = {0.0L};
  for (int i = 1; i <= f->npoly; i++)
    for (int j = 1; j <= f->npoly; j++)
      s[i - 1][j - 1] = sqrtl((5.0L + 2 * i) * (5.0L + 2 * j)) / (5 + i + j);
  if (f->npoly == n) return;
  integrate(f, 0.0L, 1.0L, 0.0L, s0, sqrtl(2.0L / s0) / powl(POLAR_PI_LONG, 0.25L), with);
  for (int a = 0; a < f->npoly; a++) s[a][n - 1] = s[n - 1][a] = with[a];
  s[n - 1][n - 1] = 1.0L;
}

polar_code gap_basis_turbo(const gap_turbo_basis *b, gap_radial *g, double *centre,
                           polar_status *st)
{
  turbo_functions f = {.b = *b, .npoly = b->gaussian ? b->n - 1 : b->n};
  long double s[GAP_MAX_N][GAP_MAX_N];
  for (int i = 0; i < b->n; i++) f.norm[i] = sqrtl(2 * i + 7);
  gap_gauss_legendre(POINTS, f.point, f.weight);
  overlaps(&f, s);
  if (gap_inverse_root(b->n, s, f.w))
    return polar_fail(st, POLAR_NUMERIC,
                      "soap_turbo: the %d radial functions are linearly dependent to working "
                      "precision; expected a smaller alpha_max",
                      b->n);
  const long double x0 = b->sigma_r / (long double)b->hard, xs = b->soft / (long double)b->hard;
  g->turbo = 1;
  g->cutoff = b->hard;
  g->transition = b->hard - b->soft;
  g->enhancement = b->enhancement;
  g->amplitude = b->amplitude;
  g->sigma = (double)x0;
  g->sigma_scaling = b->scaling_r;

  /* the central atom: what an atom at r = 0 adds */
  long double zero[(HARMONICS_MAX_L + 1) * GAP_MAX_N];
  double slope;
  const double on = (double)((xs - 4.0L * x0) / (1.0L + 4.0L * b->scaling_r) * b->hard);
  /* x < 4 (s0 + s) always, if s grows fast enough */
  const double off = 4.0 * b->scaling_r < 1.0
                         ? (double)(8.0L * x0 / (1.0L - 4.0L * b->scaling_r) * b->hard)
                         : 2.0 * b->hard;
  f.tail[0] = on < 0.0 && !b->gaussian;
  f.gauss[0] = b->gaussian;
  if (b->gaussian) { /* without the filter at rcut_soft */
    f.b.soft = b->hard;
    turbo_values(&f, 0, 0.0L, zero);
    f.b.soft = b->soft;
  } else turbo_values(&f, 0, 0.0L, zero);
  const double amplitude = gap_radial_factor(g, 0.0, &slope);
  for (int n = 0; n < b->n; n++)
    centre[n] = (double)(b->central_weight * amplitude * zero[n] / sqrtl(4.0L * POLAR_PI_LONG));

  /* jumps nearer to the ends than this would leave hardly any segment */
  const double least = 1e-3 * b->hard;
  double bound[GAP_TABLE_SEGMENTS + 1] = {0.0};
  int nsegment = 1;
  const double jump[2] = {on < off ? on : off, on < off ? off : on};
  for (int k = 0; k < 2; k++)
    if (jump[k] > bound[nsegment - 1] + least && jump[k] < b->hard - least &&
        (jump[k] == on || b->gaussian))
      bound[nsegment++] = jump[k];
  bound[nsegment] = b->hard;
  for (int k = 0; k < nsegment; k++) {
    const double middle = 0.5 * (bound[k] + bound[k + 1]);
    f.tail[k] = middle > on;
    f.gauss[k] = b->gaussian && middle < off;
  }
  const double width = b->sigma_r < b->sigma_t ? b->sigma_r : b->sigma_t;
  return gap_table_create((b->lmax + 1) * b->n, nsegment, bound, 0.03 * width, turbo_values, &f,
                          &g->table, st);
}
