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

/* doubles for the phases of a position */
static size_t phase_room(const coul_kset *set)
{
  return 2 * (2 * (size_t)(set->most[0] + set->most[1] + set->most[2]) + 3 + 3 * POLAR_LANES);
}

size_t coul_ewald_work(const coul_kset *set)
{
  return 2 * (size_t)set->nk + phase_room(set);
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

/* A box and the phases of one position in it */
typedef struct {
  double b[3][3];            /* rows are reciprocal vectors without 2 pi, 1/Angstrom */
  double volume;             /* Angstrom^3 */
  const double *c[3], *s[3]; /* cosines and sines of the present position, */
  double *work;              /* which are here; */
  double *wre, *wim;         /* [nk] what is summed with them */
} lattice;

static lattice lattice_of(const coul_ewald *sum)
{
  lattice l = {0};
  l.volume = reciprocal(sum->h, l.b);
  l.wre = sum->work;
  l.wim = l.wre + sum->set->nk;
  l.work = l.wim + sum->set->nk;
  return l;
}

static polar_code set_position(lattice *l, const coul_kset *set, const double x[3],
                               polar_status *st)
{
  double f[3];
  mat3_vec((const double(*)[3])l->b, x, f);
  for (int a = 0; a < 3; a++)
    if (!(fabs(f[a]) < 1e6))
      return polar_fail(st, POLAR_NUMERIC,
                        "the position of a charge is not a number or outside of a "
                        "million boxes");
  axis_phases(set, f, l->work, l->c, l->s);
  return POLAR_OK;
}

/* A/V exp(-sigma^2 k^2/2)/k^2, doubled for -k */
static double factor(const coul_ewald *sum, double volume, double k2)
{
  return 2.0 * sum->amplitude / volume * exp(-0.5 * sum->sigma * sum->sigma * k2) / k2;
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

polar_code coul_ewald_density(const coul_ewald *sum, int n, const double (*x)[3], const double *q,
                              double *density, polar_status *st)
{
  const coul_kset *set = sum->set;
  lattice l = lattice_of(sum);
  for (int i = 0; i < n; i++) {
    const polar_code code = set_position(&l, set, x[i], st);
    if (code) return code;
    add_density(set, l.c, l.s, q[i], density, density + set->nk);
  }
  return POLAR_OK;
}

double coul_ewald_energy(const coul_ewald *sum, const double *density, double *virial)
{
  const coul_kset *set = sum->set;
  const lattice l = lattice_of(sum);
  const double *re = density, *im = density + set->nk;
  double energy = 0.0, w[6] = {0.0};
  for (int r = 0; r < set->nrow; r++)
    for (int n2 = set->row[r].low; n2 <= set->row[r].high; n2++) {
      const int place = set->row[r].first + n2 - set->row[r].low;
      double k[3];
      const double k2 = wave_vector((const double(*)[3])l.b, &set->row[r], n2, k);
      const double e = factor(sum, l.volume, k2) * (re[place] * re[place] + im[place] * im[place]);
      /* strain changes 1/V, and k^2 by -2 k_a k_b */
      const double v = 2.0 * (1.0 / k2 + 0.5 * sum->sigma * sum->sigma) * e;
      energy += e;
      w[0] += e - v * k[0] * k[0];
      w[1] += e - v * k[1] * k[1];
      w[2] += e - v * k[2] * k[2];
      w[3] -= v * k[0] * k[1];
      w[4] -= v * k[0] * k[2];
      w[5] -= v * k[1] * k[2];
    }
  for (int i = 0; i < 6 && virial; i++) virial[i] = w[i];
  return energy;
}

/* wre, wim = S times what a charge's part of component ab of the virial, 0 to 5, or, for ab < 0,
 * the potential is summed with */
static void weigh(const coul_ewald *sum, const lattice *l, const double *density, int ab)
{
  static const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
  const coul_kset *set = sum->set;
  const double *re = density, *im = density + set->nk;
  memset(l->wre, 0, 2 * (size_t)set->nk * sizeof *l->wre); /* places left over */
  for (int r = 0; r < set->nrow; r++)
    for (int n2 = set->row[r].low; n2 <= set->row[r].high; n2++) {
      const int place = set->row[r].first + n2 - set->row[r].low;
      double k[3];
      const double k2 = wave_vector((const double(*)[3])l->b, &set->row[r], n2, k);
      double v = factor(sum, l->volume, k2);
      if (ab < 0) v *= 2.0;
      else
        v *= (ab < 3) -
             2.0 * (1.0 / k2 + 0.5 * sum->sigma * sum->sigma) * k[row[ab]] * k[column[ab]];
      l->wre[place] = v * re[place];
      l->wim[place] = v * im[place];
    }
}

polar_code coul_ewald_potential(const coul_ewald *sum, const double *density, int n,
                                const double (*x)[3], double *phi, double (*field)[3],
                                polar_status *st)
{
  lattice l = lattice_of(sum);
  weigh(sum, &l, density, -1);
  for (int i = 0; i < n; i++) {
    double t[4];
    const polar_code code = set_position(&l, sum->set, x[i], st);
    if (code) return code;
    potential_at(sum->set, l.c, l.s, l.wre, l.wim, t);
    phi[i] = t[0];
    /* phi depends on r through e: d Re[conj(S) e] = -k Im[conj(S) e] */
    for (int a = 0; a < 3 && field; a++)
      field[i][a] = 2.0 * POLAR_PI * (l.b[0][a] * t[1] + l.b[1][a] * t[2] + l.b[2][a] * t[3]);
  }
  return POLAR_OK;
}

polar_code coul_ewald_share_virial(const coul_ewald *sum, const double *density, int n,
                                   const double (*x)[3], const double *q, double (*share)[6],
                                   polar_status *st)
{
  lattice l = lattice_of(sum);
  for (int ab = 0; ab < 6; ab++) {
    weigh(sum, &l, density, ab);
    for (int i = 0; i < n; i++) {
      double t[4];
      const polar_code code = set_position(&l, sum->set, x[i], st);
      if (code) return code;
      potential_at(sum->set, l.c, l.s, l.wre, l.wim, t);
      share[i][ab] += q[i] * t[0];
    }
  }
  return POLAR_OK;
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
