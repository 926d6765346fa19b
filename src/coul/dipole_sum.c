#include "coul/dipole_sum.h"

#include <math.h>
#include <stdlib.h>

#include "base/mat3.h"
#include "base/simd.h"
#include "base/units.h"
#include "coul/lattice_phase.h"

/* Poisson's formula turns the smooth part of t into a sum over K = G + q:
 *
 *   T_ab(q) = 4 pi/V sum_K K_i K_j exp(-K.eps.K/4 lambda^2)/(K.eps.K) exp(-i K.(tau_b - tau_a))
 *           + (det eps)^(-1/2) sum_R [b eps^-1 - c Delta Delta] exp(i q.R)
 *           - delta_ab 4 lambda^3/(3 sqrt(pi)) (det eps)^(-1/2) eps^-1,
 *   b = (erfc(lambda D)/D + g)/D^2, g = 2 lambda/sqrt(pi) exp(-lambda^2 D^2),
 *   c = (3 b + 2 lambda^2 g)/D^2.
 *
 * Both sums are cut where x^2 = lambda^2 D^2 or K.eps.K/4 lambda^2 exceeds X2_MAX. The terms left
 * out add up to at most about 15 exp(-x^2) lambda^3/sqrt(det eps) (the shells' integral, their
 * phases ignored), 1e-16 of T's own scale 4 pi/3V at X2_MAX = 40.
 *
 * Everything free of q is tabulated: tensors per pair and R, pair phases per G. T_ab is symmetric
 * in i, j and T_ba = conj T_ab, so only the pairs a <= b with 6 components each are summed. */
#define X2_MAX 40.0

/* |q - nearest integer| below this is q = 0: the limit q -> 0 depends on the direction of q, and
 * rounding of k/N must not invent one */
#define Q_ZERO 1e-12

/* sites closer than this (Angstrom) are one site listed twice */
#define COINCIDE 1e-3

static const int row6[6] = {0, 1, 2, 1, 0, 0}, col6[6] = {0, 1, 2, 2, 2, 1};

struct coul_dipole_sum {
  int n, noff;          /* sites; pairs a < b */
  int ncol;             /* tensor components per R: 6 n of the pairs aa, then 6 noff of a < b */
  int nr, ng;           /* lattice vectors R (a multiple of 4) and reciprocal vectors G */
  int rmax[3];          /* largest |R_i| */
  int (*r)[3];          /* [nr] */
  double *t;            /* [nr][ncol] real-space tensors, eV/(e Angstrom)^2 */
  double (*g)[3];       /* [ng] reduced */
  double *phase;        /* [ng][2 noff] cos and -sin of G.(tau_b - tau_a): all cos, then all sin */
  double (*s)[3];       /* [n] reduced positions */
  double recip[3][3];   /* reciprocal lattice vectors in columns, with 2 pi */
  double eps[3][3];     /* dielectric tensor */
  double k2max, k2beta; /* cutoff of K.eps.K, 1/(4 lambda^2) */
  double prefactor;     /* 4 pi/V e^2/(4 pi eps0) */
  double self[6];       /* the self term with its sign */
};

/* x.m.x */
static double quadratic(const double (*m)[3], const double *x)
{
  double sum = 0.0;
  for (int i = 0; i < 3; i++) sum += x[i] * (m[i][0] * x[0] + m[i][1] * x[1] + m[i][2] * x[2]);
  return sum;
}

static int is_finite3(const double m[3][3])
{
  for (int i = 0; i < 9; i++)
    if (!isfinite(m[i / 3][i % 3])) return 0;
  return 1;
}

/* symmetric to 1e-6 of its trace (printed tables round) and with positive leading minors */
static int is_dielectric(const double e[3][3])
{
  const double trace = e[0][0] + e[1][1] + e[2][2];
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < i; j++)
      if (fabs(e[i][j] - e[j][i]) > 1e-6 * fabs(trace)) return 0;
  return e[0][0] > 0.0 && e[0][0] * e[1][1] - e[0][1] * e[1][0] > 0.0 && mat3_det(e) > 0.0;
}

/* t_ij(d) times the short-range factor, without the Coulomb constant; d != 0 */
static void real_tensor(const double d[3], const double inv_eps[3][3], double lambda,
                        double inv_sqrt_det, double t[6])
{
  double delta[3];
  mat3_vec(inv_eps, d, delta);
  const double d2 = d[0] * delta[0] + d[1] * delta[1] + d[2] * delta[2], dist = sqrt(d2);
  const double gauss = 2.0 * lambda / sqrt(POLAR_PI) * exp(-lambda * lambda * d2);
  const double b = (erfc(lambda * dist) / dist + gauss) / d2;
  const double c = (3.0 * b + 2.0 * lambda * lambda * gauss) / d2;
  for (int k = 0; k < 6; k++)
    t[k] = inv_sqrt_det * (b * inv_eps[row6[k]][col6[k]] - c * delta[row6[k]] * delta[col6[k]]);
}

/* Visit the lattice vectors R of a box; count (out = 0) or store those for which a pair lies inside
 * the cutoff. Returns their number. */
static size_t real_space(coul_dipole_sum *sum, const double cell[3][3], const double (*tau)[3],
                         const double inv_eps[3][3], double lambda, double inv_sqrt_det,
                         const int box[3], int store)
{
  const double d2max = X2_MAX / (lambda * lambda);
  size_t count = 0;
  for (int i = -box[0]; i <= box[0]; i++)
    for (int j = -box[1]; j <= box[1]; j++)
      for (int k = -box[2]; k <= box[2]; k++) {
        const double m[3] = {i, j, k};
        double shift[3];
        int used = 0, off = 0;
        mat3_vec(cell, m, shift);
        for (int a = 0; a < sum->n; a++)
          for (int b = a; b < sum->n; b++) {
            const int column = 6 * (a == b ? a : sum->n + off);
            off += a != b;
            if (a == b && i == 0 && j == 0 && k == 0) continue;
            const double d[3] = {tau[b][0] - tau[a][0] + shift[0], tau[b][1] - tau[a][1] + shift[1],
                                 tau[b][2] - tau[a][2] + shift[2]};
            if (quadratic(inv_eps, d) > d2max) continue;
            used = 1;
            if (!store) continue;
            double *t = sum->t + count * (size_t)sum->ncol + column;
            real_tensor(d, inv_eps, lambda, inv_sqrt_det * POLAR_COULOMB, t);
          }
        if (!used) continue;
        if (store) {
          sum->r[count][0] = i;
          sum->r[count][1] = j;
          sum->r[count][2] = k;
        }
        count++;
      }
  return count;
}

/* Reciprocal vectors that come within the cutoff for some q of the cell |q_i| <= 1/2 */
static size_t reciprocal_space(coul_dipole_sum *sum, const int box[3], double kmax, int store)
{
  double widest = 0.0;
  for (int corner = 0; corner < 4; corner++) {
    const double q[3] = {0.5, corner & 1 ? 0.5 : -0.5, corner & 2 ? 0.5 : -0.5};
    double k[3];
    mat3_vec((const double(*)[3])sum->recip, q, k);
    const double norm = sqrt(quadratic((const double(*)[3])sum->eps, k));
    if (norm > widest) widest = norm;
  }
  const double limit = (kmax + widest) * (kmax + widest);
  size_t count = 0;
  for (int i = -box[0]; i <= box[0]; i++)
    for (int j = -box[1]; j <= box[1]; j++)
      for (int l = -box[2]; l <= box[2]; l++) {
        const double m[3] = {i, j, l};
        double k[3];
        mat3_vec((const double(*)[3])sum->recip, m, k);
        if (quadratic((const double(*)[3])sum->eps, k) > limit) continue;
        if (store) {
          double *cosine = sum->phase + 2 * (size_t)sum->noff * count, *sine = cosine + sum->noff;
          int off = 0;
          for (int a = 0; a < sum->n; a++)
            for (int b = a + 1; b < sum->n; b++, off++) {
              double x = 0.0;
              for (int c = 0; c < 3; c++) x -= m[c] * (sum->s[b][c] - sum->s[a][c]);
              lattice_cis(x, &cosine[off], &sine[off]);
            }
          for (int c = 0; c < 3; c++) sum->g[count][c] = m[c];
        }
        count++;
      }
  return count;
}

/* The pair of sites that coincide up to a lattice vector, if any */
static int coinciding(const coul_dipole_sum *sum, const double cell[3][3], int pair[2])
{
  for (int a = 0; a < sum->n; a++)
    for (int b = a + 1; b < sum->n; b++) {
      double s[3], d[3];
      for (int c = 0; c < 3; c++) {
        s[c] = sum->s[b][c] - sum->s[a][c];
        s[c] -= rint(s[c]);
      }
      mat3_vec(cell, s, d);
      if (d[0] * d[0] + d[1] * d[1] + d[2] * d[2] < COINCIDE * COINCIDE) {
        pair[0] = a;
        pair[1] = b;
        return 1;
      }
    }
  return 0;
}

static polar_code check(const double cell[3][3], int n, const double (*tau)[3],
                        const double eps[3][3], double width, polar_status *st)
{
  if (n < 1) return polar_fail(st, POLAR_ARGUMENT, "dipole sum: %d sites, expected at least 1", n);
  if (!(width > 0.0) || !isfinite(width))
    return polar_fail(st, POLAR_ARGUMENT, "dipole sum: splitting parameter %g, expected > 0",
                      width);
  double longest = 0.0;
  for (int j = 0; j < 3; j++)
    longest = fmax(longest, hypot(hypot(cell[0][j], cell[1][j]), cell[2][j]));
  if (!is_finite3(cell) || !(fabs(mat3_det(cell)) > 1e-9 * longest * longest * longest))
    return polar_fail(st, POLAR_ARGUMENT,
                      "dipole sum: the lattice vectors span a volume of %g Angstrom^3: they are "
                      "not finite or lie in one plane; check the cell of the model",
                      fabs(mat3_det(cell)));
  if (!is_finite3(eps) || !is_dielectric(eps))
    return polar_fail(st, POLAR_ARGUMENT,
                      "dipole sum: the dielectric tensor (xx yy zz yz xz xy) %g %g %g %g %g %g is "
                      "not symmetric and positive definite; check epsilon_inf of the model",
                      eps[0][0], eps[1][1], eps[2][2], eps[1][2], eps[0][2], eps[0][1]);
  for (int a = 0; a < n; a++)
    for (int c = 0; c < 3; c++)
      if (!isfinite(tau[a][c]))
        return polar_fail(st, POLAR_ARGUMENT, "dipole sum: the position of site %d is not finite",
                          a);
  return POLAR_OK;
}

polar_code coul_dipole_sum_create(const double cell[3][3], int n, const double (*tau)[3],
                                  const double eps[3][3], double width, coul_dipole_sum **out,
                                  polar_status *st)
{
  *out = NULL;
  const polar_code code = check(cell, n, tau, eps, width, st);
  if (code) return code;

  coul_dipole_sum *sum = calloc(1, sizeof *sum);
  if (!sum) return polar_fail_memory(st, "preparing the dipole sum");
  const size_t ns = (size_t)n;
  sum->n = n;
  sum->noff = n * (n - 1) / 2;
  sum->ncol = 6 * (n + sum->noff);
  sum->s = malloc(ns * sizeof *sum->s);
  if (!sum->s) goto memory;

  double inv_cell[3][3], inv_eps[3][3];
  const double volume = fabs(mat3_inverse(cell, inv_cell));
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      sum->recip[i][j] = 2.0 * POLAR_PI * inv_cell[j][i];
      sum->eps[i][j] = 0.5 * (eps[i][j] + eps[j][i]);
    }
  const double inv_sqrt_det = 1.0 / sqrt(mat3_inverse((const double(*)[3])sum->eps, inv_eps));
  for (int a = 0; a < n; a++) mat3_vec((const double(*)[3])inv_cell, tau[a], sum->s[a]);
  int pair[2];
  if (coinciding(sum, cell, pair)) {
    coul_dipole_sum_free(sum);
    return polar_fail(st, POLAR_ARGUMENT,
                      "dipole sum: sites %d and %d (counted from 0) lie within %g Angstrom of each "
                      "other up to a lattice vector; every site must be listed once",
                      pair[0], pair[1], COINCIDE);
  }

  /* With lengths measured by eps^-1 the problem is isotropic in a cell of volume V/sqrt(det eps);
   * lambda = sqrt(pi) times its inverse edge gives both sums the same number of terms. */
  const double lambda = width * sqrt(POLAR_PI) / cbrt(volume * inv_sqrt_det);
  const double dmax = sqrt(X2_MAX) / lambda, kmax = 2.0 * lambda * sqrt(X2_MAX);
  sum->k2max = kmax * kmax;
  sum->k2beta = 0.25 / (lambda * lambda);
  sum->prefactor = 4.0 * POLAR_PI / volume * POLAR_COULOMB;
  for (int k = 0; k < 6; k++)
    sum->self[k] = -4.0 * lambda * lambda * lambda / (3.0 * sqrt(POLAR_PI)) * inv_sqrt_det *
                   POLAR_COULOMB * inv_eps[row6[k]][col6[k]];

  /* Half-widths of the boxes that hold the cutoff ellipsoids: |m_i| <= cutoff sqrt((g^-1)_ii), g
   * the metric of reduced components; pairs shift them by |s_b - s_a|, wave vectors by 1/2. */
  double inv_metric[3][3], metric[3][3], t[3][3];
  mat3_mul((const double(*)[3])inv_cell, (const double(*)[3])sum->eps, t);
  mat3_mul_t((const double(*)[3])t, (const double(*)[3])inv_cell, inv_metric);
  mat3_t_mul(cell, (const double(*)[3])inv_eps, t);
  mat3_mul((const double(*)[3])t, cell, metric);
  int gbox[3];
  for (int c = 0; c < 3; c++) {
    double low = sum->s[0][c], high = low;
    for (int a = 1; a < n; a++) {
      low = fmin(low, sum->s[a][c]);
      high = fmax(high, sum->s[a][c]);
    }
    const double rbox = dmax * sqrt(inv_metric[c][c]) + (high - low) + 1e-6;
    const double kbox = kmax / (2.0 * POLAR_PI) * sqrt(metric[c][c]) + 0.5 + 1e-6;
    if (rbox > 1000.0 || kbox > 1000.0) {
      coul_dipole_sum_free(sum);
      return polar_fail(st, POLAR_ARGUMENT,
                        "dipole sum: lattice vector %d is %.3g times out of proportion to the "
                        "others; expected a cell whose edges differ by less than about 100",
                        c + 1, fmax(rbox, kbox));
    }
    sum->rmax[c] = (int)rbox;
    gbox[c] = (int)kbox;
  }

  const size_t nr =
      real_space(sum, cell, tau, (const double(*)[3])inv_eps, lambda, inv_sqrt_det, sum->rmax, 0);
  const size_t ng = reciprocal_space(sum, gbox, kmax, 0);
  sum->nr = (int)((nr + 3) / 4 * 4);
  sum->ng = (int)ng;
  sum->r = calloc((size_t)sum->nr + 1, sizeof *sum->r);
  sum->t = calloc(((size_t)sum->nr + 1) * (size_t)sum->ncol, sizeof *sum->t);
  sum->g = malloc(ng * sizeof *sum->g);
  sum->phase = malloc((ng * (size_t)sum->noff + 1) * 2 * sizeof *sum->phase);
  if (!sum->r || !sum->t || !sum->g || !sum->phase) goto memory;
  real_space(sum, cell, tau, (const double(*)[3])inv_eps, lambda, inv_sqrt_det, sum->rmax, 1);
  reciprocal_space(sum, gbox, kmax, 1);
  *out = sum;
  return POLAR_OK;

memory:
  coul_dipole_sum_free(sum);
  return polar_fail_memory(st, "preparing the dipole sum");
}

void coul_dipole_sum_free(coul_dipole_sum *sum)
{
  if (!sum) return;
  free(sum->r);
  free(sum->t);
  free(sum->g);
  free(sum->phase);
  free(sum->s);
  free(sum);
}

size_t coul_dipole_sum_scratch(const coul_dipole_sum *sum)
{
  return (size_t)lattice_phase_work(sum->rmax) + 2 * (size_t)sum->nr + 2 * (size_t)sum->ncol +
         6 * (2 * (size_t)sum->noff + 1);
}

/* re[ncol] += sum_R cos(q.R) t(R); im[ncol - 6 n] += sum_R sin(q.R) t(R) for the pairs a < b */
POLAR_CLONES static void add_real(int nr, int ncol, int ndiag, const double *restrict cosine,
                                  const double *restrict sine, const double *restrict t,
                                  double *restrict re, double *restrict im)
{
  for (int r = 0; r < nr; r += 4) {
    const double *t0 = t + (size_t)r * (size_t)ncol, *t1 = t0 + ncol, *t2 = t1 + ncol,
                 *t3 = t2 + ncol;
    const double c0 = cosine[r], c1 = cosine[r + 1], c2 = cosine[r + 2], c3 = cosine[r + 3];
    const double s0 = sine[r], s1 = sine[r + 1], s2 = sine[r + 2], s3 = sine[r + 3];
    for (int k = 0; k < ndiag; k++) re[k] += (c0 * t0[k] + c1 * t1[k]) + (c2 * t2[k] + c3 * t3[k]);
    for (int k = ndiag; k < ncol; k++) {
      re[k] += (c0 * t0[k] + c1 * t1[k]) + (c2 * t2[k] + c3 * t3[k]);
      im[k - ndiag] += (s0 * t0[k] + s1 * t1[k]) + (s2 * t2[k] + s3 * t3[k]);
    }
  }
}

/* acc[component][2 noff + 1] += K_i K_j weight {cos, sin of the pairs, 1} */
POLAR_CLONES static void add_reciprocal(int nphase, const double a[6], const double *restrict phase,
                                        double *restrict acc)
{
  for (int k = 0; k < 6; k++) {
    const double ak = a[k];
    double *row = acc + (size_t)k * (size_t)(nphase + 1);
    for (int p = 0; p < nphase; p++) row[p] += ak * phase[p];
    row[nphase] += ak;
  }
}

static void reciprocal_sum(const coul_dipole_sum *sum, const double q[3], int zero, double *acc)
{
  const int nphase = 2 * sum->noff;
  for (int g = 0; g < sum->ng; g++) {
    const double m[3] = {sum->g[g][0] + q[0], sum->g[g][1] + q[1], sum->g[g][2] + q[2]};
    double k[3];
    if (zero && m[0] == 0.0 && m[1] == 0.0 && m[2] == 0.0) continue;
    mat3_vec((const double(*)[3])sum->recip, m, k);
    const double k2 = quadratic((const double(*)[3])sum->eps, k);
    if (k2 > sum->k2max) continue;
    const double weight = sum->prefactor * exp(-k2 * sum->k2beta) / k2;
    double a[6];
    for (int c = 0; c < 6; c++) a[c] = weight * k[row6[c]] * k[col6[c]];
    add_reciprocal(nphase, a, sum->phase + (size_t)g * (size_t)nphase, acc);
  }
}

void coul_dipole_sum_at(const coul_dipole_sum *sum, const double q_in[3], double *re, double *im,
                        double *scratch)
{
  const int n = sum->n, noff = sum->noff, ncol = sum->ncol, ndiag = 6 * n;
  double q[3]; /* T is periodic in q: its phase holds lattice vectors only */
  for (int c = 0; c < 3; c++) q[c] = q_in[c] - rint(q_in[c]);
  const int zero = fabs(q[0]) < Q_ZERO && fabs(q[1]) < Q_ZERO && fabs(q[2]) < Q_ZERO;
  if (zero) q[0] = q[1] = q[2] = 0.0;
  /* where q and -q are equivalent T is real by time reversal, up to rounding of the sum over G */
  const int real = 2.0 * q[0] == rint(2.0 * q[0]) && 2.0 * q[1] == rint(2.0 * q[1]) &&
                   2.0 * q[2] == rint(2.0 * q[2]);

  double *cosine = scratch + lattice_phase_work(sum->rmax), *sine = cosine + sum->nr,
         *re6 = sine + sum->nr, *im6 = re6 + ncol, *acc = im6 + ncol;
  for (int k = 0; k < 2 * ncol; k++) re6[k] = 0.0;
  for (int k = 0; k < 6 * (2 * noff + 1); k++) acc[k] = 0.0;

  lattice_phases(q, sum->rmax, sum->nr, (const int(*)[3])sum->r, scratch, cosine, sine);
  add_real(sum->nr, ncol, ndiag, cosine, sine, sum->t, re6, im6);
  reciprocal_sum(sum, q, zero, acc);

  const size_t row = 2 * (size_t)noff + 1;
  int off = 0;
  for (int a = 0; a < n; a++) {
    for (int k = 0; k < 6; k++) {
      const double value = re6[6 * a + k] + acc[(size_t)k * row + row - 1] + sum->self[k];
      const size_t ij = 9 * ((size_t)a * (size_t)n + (size_t)a);
      re[ij + (size_t)(3 * row6[k] + col6[k])] = value;
      re[ij + (size_t)(3 * col6[k] + row6[k])] = value;
      im[ij + (size_t)(3 * row6[k] + col6[k])] = 0.0;
      im[ij + (size_t)(3 * col6[k] + row6[k])] = 0.0;
    }
    for (int b = a + 1; b < n; b++, off++) {
      double c, s, x = 0.0;
      for (int i = 0; i < 3; i++) x -= q[i] * (sum->s[b][i] - sum->s[a][i]);
      lattice_cis(x, &c, &s);
      double *re_ab = re + 9 * ((size_t)a * (size_t)n + (size_t)b);
      double *im_ab = im + 9 * ((size_t)a * (size_t)n + (size_t)b);
      double *re_ba = re + 9 * ((size_t)b * (size_t)n + (size_t)a);
      double *im_ba = im + 9 * ((size_t)b * (size_t)n + (size_t)a);
      for (int k = 0; k < 6; k++) {
        const double gr = acc[(size_t)k * row + (size_t)off];
        const double gi = acc[(size_t)k * row + (size_t)(noff + off)];
        const double value = re6[ndiag + 6 * off + k] + (gr * c - gi * s);
        const double imag = real ? 0.0 : im6[6 * off + k] + (gr * s + gi * c);
        const int ij = 3 * row6[k] + col6[k], ji = 3 * col6[k] + row6[k];
        re_ab[ij] = re_ab[ji] = re_ba[ij] = re_ba[ji] = value;
        im_ab[ij] = im_ab[ji] = imag;
        im_ba[ij] = im_ba[ji] = -imag;
      }
    }
  }
}
