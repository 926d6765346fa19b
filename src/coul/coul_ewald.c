#include "coul/coul_ewald.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mat3.h"
#include "base/simd.h"
#include "coul/lattice_phase.h"

void coul_kset_free(coul_kset *set)
{
  free(set->row);
  memset(set, 0, sizeof *set);
}

/* rows of b are reciprocal vectors, without 2 pi */
static double reciprocal(const double h[3][3], double b[3][3])
{
  return fabs(mat3_inverse(h, b));
}

/* k = 2 pi (n_0 b_0 + n_1 b_1 + n_2 b_2) of a row's member; returns k^2 */
static double wave_vector(const double b[3][3], const coul_row *row, int n2, double k[3])
{
  double k2 = 0.0;
  for (int a = 0; a < 3; a++) {
    k[a] = 2.0 * POLAR_PI * (row->n0 * b[0][a] + row->n1 * b[1][a] + n2 * b[2][a]);
    k2 += k[a] * k[a];
  }
  return k2;
}

polar_code coul_kset_create(const double h[3][3], double kmax, coul_kset *set, polar_status *st)
{
  double b[3][3], bound[3];
  memset(set, 0, sizeof *set);
  const double volume = reciprocal(h, b);
  if (!(volume > 1e-12) || !isfinite(volume) || !(kmax >= 0.0))
    return polar_fail(st, POLAR_ARGUMENT,
                      "the box has volume %g and the largest wave vector is %g, expected a box of "
                      "three independent vectors and a positive number",
                      volume, kmax);
  /* n_a = k.h_a/(2 pi), so |n_a| <= |k||h_a|/(2 pi): no wave vector is missed in any cell */
  const double limit = kmax * kmax * (1.0 + 1e-9) / (4.0 * POLAR_PI * POLAR_PI);
  for (int a = 0; a < 3; a++) {
    bound[a] = floor(sqrt(limit * (h[0][a] * h[0][a] + h[1][a] * h[1][a] + h[2][a] * h[2][a])));
    if (bound[a] > 20000.0)
      return polar_fail(st, POLAR_ARGUMENT,
                        "the box has more than 20000 wave vectors along an axis: use a mesh");
  }
  const int m0 = (int)bound[0], m1 = (int)bound[1], m2 = (int)bound[2];
  set->row = malloc(((size_t)(m0 + 1) * (2 * m1 + 1)) * sizeof *set->row);
  if (!set->row) return polar_fail_memory(st, "listing wave vectors");
  double count = 0.0;
  for (int n0 = 0; n0 <= m0; n0++)
    for (int n1 = n0 ? -m1 : 0; n1 <= m1; n1++) {
      coul_row r = {n0, n1, 1, 0, set->nk};
      for (int n2 = (n0 || n1) ? -m2 : 1; n2 <= m2; n2++) {
        double k2 = 0.0;
        for (int a = 0; a < 3; a++) {
          const double k = n0 * b[0][a] + n1 * b[1][a] + n2 * b[2][a];
          k2 += k * k;
        }
        if (k2 > limit) continue; /* a row meets the sphere in one piece */
        if (r.high < r.low) r.low = n2;
        r.high = n2;
        if (abs(n2) > set->most[2]) set->most[2] = abs(n2);
      }
      if (r.high < r.low) continue;
      count += r.high - r.low + 1;
      if (count > (double)(1 << 30)) {
        coul_kset_free(set);
        return polar_fail(st, POLAR_ARGUMENT, "more than 2^30 wave vectors: use a mesh");
      }
      set->count += r.high - r.low + 1;
      set->nk += (r.high - r.low + POLAR_LANES) / POLAR_LANES * POLAR_LANES;
      if (n0 > set->most[0]) set->most[0] = n0;
      if (abs(n1) > set->most[1]) set->most[1] = abs(n1);
      set->row[set->nrow++] = r;
    }
  return POLAR_OK;
}

int coul_ewald_work(const coul_kset *set)
{
  return 2 * (2 * (set->most[0] + set->most[1] + set->most[2]) + 3 + 3 * POLAR_LANES);
}

/* exp(2 pi i n s) for n = -most..most of each axis: cosines, then sines; on the last axis with
 * zeros behind for rows that are read in whole vectors */
static void axis_phases(const coul_kset *set, const double s[3], double *work, const double *c[3],
                        const double *si[3])
{
  for (int a = 0; a < 3; a++) {
    const int m = set->most[a];
    const int length = 2 * m + 1 + (a == 2 ? POLAR_LANES : 0);
    double *ca = work + m, *sa = ca + length;
    for (int k = m + 1; k < length - m; k++) ca[k] = sa[k] = 0.0;
    lattice_powers(s[a], m, ca, sa);
    c[a] = ca;
    si[a] = sa;
    work += 2 * length;
  }
}

/* those of a position x */
static polar_code position_phases(const coul_kset *set, const double b[3][3], const double x[3],
                                  double *work, const double *c[3], const double *s[3],
                                  polar_status *st)
{
  double f[3];
  mat3_vec(b, x, f);
  for (int a = 0; a < 3; a++)
    if (!(fabs(f[a]) < 1e6))
      return polar_fail(st, POLAR_NUMERIC,
                        "the position of a charge is not a number or outside of a "
                        "million boxes");
  axis_phases(set, f, work, c, s);
  return POLAR_OK;
}

POLAR_CLONES
static void add_density(const coul_kset *set, const double *const c[3], const double *const s[3],
                        double q, double *restrict re, double *restrict im)
{
  for (int r = 0; r < set->nrow; r++) {
    const coul_row *row = &set->row[r];
    const double a = c[0][row->n0], b = s[0][row->n0], d = c[1][row->n1], e = s[1][row->n1];
    const double cr = q * (a * d - b * e), ci = q * (a * e + b * d);
    const double *restrict cz = c[2] + row->low, *restrict sz = s[2] + row->low;
    double *restrict tr = re + row->first, *restrict ti = im + row->first;
    const int n = row->high - row->low + 1;
    for (int k = 0; k < n; k += POLAR_LANES)
      for (int l = 0; l < POLAR_LANES; l++) {
        tr[k + l] += cr * cz[k + l] - ci * sz[k + l];
        ti[k + l] += cr * sz[k + l] + ci * cz[k + l];
      }
  }
}

/* sum_k w Re[conj(S) e] and sum_k w n Im[conj(S) e] for e = exp(i k.r); w S in wre, wim */
POLAR_CLONES
static void potential_at(const coul_kset *set, const double *const c[3], const double *const s[3],
                         const double *restrict wre, const double *restrict wim, double out[4])
{
  /* lanes are summed at the end only: n_2 = low + (k of the vector) + lane */
  double p[POLAR_LANES] = {0.0}, x[POLAR_LANES] = {0.0}, y[POLAR_LANES] = {0.0},
         z[POLAR_LANES] = {0.0}, lane[POLAR_LANES];
  for (int l = 0; l < POLAR_LANES; l++) lane[l] = l;
  for (int r = 0; r < set->nrow; r++) {
    const coul_row *row = &set->row[r];
    const double a = c[0][row->n0], b = s[0][row->n0], d = c[1][row->n1], e = s[1][row->n1];
    const double cr = a * d - b * e, ci = a * e + b * d, n0 = row->n0, n1 = row->n1;
    const double *restrict cz = c[2] + row->low, *restrict sz = s[2] + row->low;
    const double *restrict tr = wre + row->first, *restrict ti = wim + row->first;
    const int n = row->high - row->low + 1;
    for (int k = 0; k < n; k += POLAR_LANES) {
      const double n2 = row->low + k;
      for (int l = 0; l < POLAR_LANES; l++) {
        const double er = cr * cz[k + l] - ci * sz[k + l], ei = cr * sz[k + l] + ci * cz[k + l];
        const double v = tr[k + l] * ei - ti[k + l] * er;
        p[l] += tr[k + l] * er + ti[k + l] * ei;
        x[l] += n0 * v;
        y[l] += n1 * v;
        z[l] += (n2 + lane[l]) * v;
      }
    }
  }
  out[0] = out[1] = out[2] = out[3] = 0.0;
  for (int l = 0; l < POLAR_LANES; l++) {
    out[0] += p[l];
    out[1] += x[l];
    out[2] += y[l];
    out[3] += z[l];
  }
}

polar_code coul_ewald_density(const coul_kset *set, const double h[3][3], int n,
                              const double (*x)[3], const double *q, double *work, double *density,
                              polar_status *st)
{
  double b[3][3];
  const double *c[3], *s[3];
  reciprocal(h, b);
  for (int i = 0; i < n; i++) {
    const polar_code code = position_phases(set, (const double(*)[3])b, x[i], work, c, s, st);
    if (code) return code;
    add_density(set, c, s, q[i], density, density + set->nk);
  }
  return POLAR_OK;
}

polar_code coul_ewald_solve(const coul_kset *set, const double h[3][3], double sigma,
                            double amplitude, const double *density, double *kfactor,
                            double *energy, double *virial, int n, const double (*x)[3],
                            double *phi, double (*field)[3], double *work, polar_status *st)
{
  double b[3][3], sum = 0.0, w[6] = {0.0};
  const double *c[3], *s[3], *re = density, *im = density + set->nk;
  const double volume = reciprocal(h, b);
  for (int k = 0; k < set->nk; k++) kfactor[k] = 0.0;
  for (int r = 0; r < set->nrow; r++)
    for (int n2 = set->row[r].low; n2 <= set->row[r].high; n2++) {
      const int place = set->row[r].first + n2 - set->row[r].low;
      double k[3];
      const double k2 = wave_vector((const double(*)[3])b, &set->row[r], n2, k);
      kfactor[place] = 2.0 * amplitude / volume * exp(-0.5 * sigma * sigma * k2) / k2;
      const double e = kfactor[place] * (re[place] * re[place] + im[place] * im[place]);
      /* strain changes 1/V, and k^2 by -2 k_a k_b */
      const double v = 2.0 * (1.0 / k2 + 0.5 * sigma * sigma) * e;
      sum += e;
      w[0] += e - v * k[0] * k[0];
      w[1] += e - v * k[1] * k[1];
      w[2] += e - v * k[2] * k[2];
      w[3] -= v * k[0] * k[1];
      w[4] -= v * k[0] * k[2];
      w[5] -= v * k[1] * k[2];
    }
  *energy = sum;
  for (int i = 0; i < 6 && virial; i++) virial[i] = w[i];
  if (n == 0) return POLAR_OK;

  double *wre = malloc(2 * ((size_t)set->nk + 1) * sizeof(double));
  if (!wre) return polar_fail_memory(st, "summing over wave vectors");
  double *wim = wre + set->nk + 1;
  for (int k = 0; k < set->nk; k++) {
    wre[k] = 2.0 * kfactor[k] * re[k];
    wim[k] = 2.0 * kfactor[k] * im[k];
  }
  polar_code code = POLAR_OK;
  for (int i = 0; i < n && !code; i++) {
    double t[4];
    code = position_phases(set, (const double(*)[3])b, x[i], work, c, s, st);
    if (code) break;
    potential_at(set, c, s, wre, wim, t);
    phi[i] = t[0];
    /* phi depends on r through e: d Re[conj(S) e] = -k Im[conj(S) e] */
    for (int a = 0; a < 3 && field; a++)
      field[i][a] = 2.0 * POLAR_PI * (b[0][a] * t[1] + b[1][a] * t[2] + b[2][a] * t[3]);
  }
  free(wre);
  return code;
}

polar_code coul_ewald_share_virial(const coul_kset *set, const double h[3][3], double sigma,
                                   const double *density, const double *kfactor, int n,
                                   const double (*x)[3], const double *q, double (*share)[6],
                                   double *work, polar_status *st)
{
  static const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
  double b[3][3];
  const double *c[3], *s[3], *re = density, *im = density + set->nk;
  reciprocal(h, b);
  double *wre = calloc(2 * ((size_t)set->nk + 1), sizeof(double));
  if (!wre) return polar_fail_memory(st, "sharing the virial among charges");
  double *wim = wre + set->nk + 1;
  polar_code code = POLAR_OK;
  for (int ab = 0; ab < 6 && !code; ab++) {
    for (int r = 0; r < set->nrow; r++)
      for (int n2 = set->row[r].low; n2 <= set->row[r].high; n2++) {
        const int place = set->row[r].first + n2 - set->row[r].low;
        double k[3];
        const double k2 = wave_vector((const double(*)[3])b, &set->row[r], n2, k);
        const double v = kfactor[place] * ((ab < 3) - 2.0 * (1.0 / k2 + 0.5 * sigma * sigma) *
                                                          k[row[ab]] * k[column[ab]]);
        wre[place] = v * re[place];
        wim[place] = v * im[place];
      }
    for (int i = 0; i < n && !code; i++) {
      double t[4];
      code = position_phases(set, (const double(*)[3])b, x[i], work, c, s, st);
      if (code) break;
      potential_at(set, c, s, wre, wim, t);
      share[i][ab] += q[i] * t[0];
    }
  }
  free(wre);
  return code;
}

double coul_gaussian_self(double sigma, double amplitude)
{
  return amplitude / (sigma * pow(2.0 * POLAR_PI, 1.5));
}

void coul_gaussian_pair(double sigma, double r, double *energy, double *slope)
{
  const double a = 1.0 / (sqrt(2.0) * sigma), x = a * r, gauss = 2.0 / sqrt(POLAR_PI) * a;
  if (x < 1e-2) { /* erf(x)/x = 2/sqrt(pi) (1 - x^2/3 + x^4/10 - x^6/42): below 1e-17 */
    const double y = x * x;
    *energy = gauss * (1.0 - y / 3.0 + y * y / 10.0 - y * y * y / 42.0);
    *slope = gauss * a * x * (-2.0 / 3.0 + 0.4 * y - y * y / 7.0);
    return;
  }
  *energy = erf(x) / r;
  *slope = (gauss * exp(-x * x) - *energy) / r;
}
