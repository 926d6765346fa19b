#include "eap/eap_dipole.h"

#include <math.h>
#include <stdlib.h>

#include "base/mat3.h"
#include "coul/lattice_phase.h"

size_t eap_dipole_scratch(const coul_dipole_sum *sum, int n)
{
  return coul_dipole_sum_scratch(sum) + 18 * (size_t)n * (size_t)n;
}

/* c = za^T t zb */
static void sandwich(const double za[3][3], const double t[3][3], const double zb[3][3],
                     double c[3][3])
{
  double tz[3][3];
  mat3_mul(t, zb, tz);
  mat3_t_mul(za, (const double(*)[3])tz, c);
}

void eap_dipole_dynamical(const coul_dipole_sum *sum, int n, const double (*born)[3][3],
                          const double q[3], double *re, double *im, double *scratch)
{
  const size_t ns = (size_t)n, n3 = 3 * ns;
  double(*tre)[3][3] = (double(*)[3][3])scratch, (*tim)[3][3] = tre + ns * ns;
  coul_dipole_sum_at(sum, q, scratch, scratch + 9 * ns * ns, scratch + 18 * ns * ns);
  for (size_t a = 0; a < ns; a++)
    for (size_t b = a; b < ns; b++) {
      double c[3][3], s[3][3];
      sandwich(born[a], (const double(*)[3])tre[a * ns + b], born[b], c);
      sandwich(born[a], (const double(*)[3])tim[a * ns + b], born[b], s);
      for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
          const size_t ab = (3 * a + i) * n3 + 3 * b + j, ba = (3 * b + j) * n3 + 3 * a + i;
          if (a == b) { /* T_aa is real and symmetric: keep that to the last bit */
            re[ab] += 0.5 * (c[i][j] + c[j][i]);
            continue;
          }
          re[ab] += c[i][j];
          im[ab] += s[i][j];
          re[ba] += c[i][j];
          im[ba] -= s[i][j];
        }
    }
}

/* Whether force constants hold the dipole-dipole interaction.
 *
 * The interaction falls off as 1/d^3, the rest of the force constants of an insulator faster; so at
 * long distance Phi is DD if Phi is the total, and small against DD if Phi is the short-range part.
 * The measure is
 *
 *   ratio = sum w |Phi - DD|^2 / sum w |Phi|^2, w = d^6 (all distances count alike),
 *
 * over pairs of sites farther apart than FAR times the shortest lattice vector. It is 0 for pure
 * DD, 1 + |DD|^2/|Phi|^2 for anything unrelated to DD. To be below 1/2, Phi must correlate with DD
 * by more than 0.7 and in the right size; no short-range model does that by accident, and where
 * the charges are too weak to matter the ratio is 1 and nothing is refused.
 *
 * A file made from a mesh of N1 N2 N3 wave vectors holds the constants folded over a supercell of
 * that size, so both sides are folded: Phi by adding its blocks modulo N, DD by Fourier transform
 * of D_DD(q) on the mesh. The file does not name N; its same-site blocks reach N/2 or (N-1)/2
 * cells. A mesh coarser than the true one serves as well (exactly if it divides it, else by
 * interpolation), a finer one does not. So twice the reach, and one more, capped at 4, 3 and 2
 * cells, are tried, and the smallest ratio counts.
 *
 * A file made from q = 0 alone has no distant pair and is not judged.
 *
 * Sum rules do not tell the two apart: MULTIBINIT imposes its own on either kind of file.
 *
 * Ratios found (smallest; at 4 3 2 cells): BaHfO3 short-range 4.1 (16 8.0 4.1), total 0.070 (0.070
 * 0.17 0.27), made from 4x4x4 wave vectors; BaTiO3 short-range 3.9 (- 18 3.9), total 0.33 (- 3.7
 * 0.33), made from 2x2x2. */
#define FAR 0.8
#define FINEST 4
#define COARSEST 2
#define MOST_SITES 640 /* in the folded supercell, to bound the cost */

static double shortest_vector(const double cell[3][3])
{
  double shortest = HUGE_VAL;
  for (int i = -2; i <= 2; i++)
    for (int j = -2; j <= 2; j++)
      for (int k = -2; k <= 2; k++) {
        if (i == 0 && j == 0 && k == 0) continue;
        const double m[3] = {i, j, k};
        double x[3];
        mat3_vec(cell, m, x);
        shortest = fmin(shortest, sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]));
      }
  return shortest;
}

/* Distance of two sites at reduced separation s in a supercell of mesh[3] cells */
static double folded_distance(const double cell[3][3], const int mesh[3], const double s[3])
{
  double closest = HUGE_VAL;
  for (int i = -1; i <= 1; i++)
    for (int j = -1; j <= 1; j++)
      for (int k = -1; k <= 1; k++) {
        const int image[3] = {i, j, k};
        double m[3], x[3];
        for (int c = 0; c < 3; c++)
          m[c] = s[c] - mesh[c] * rint(s[c] / mesh[c]) + mesh[c] * image[c];
        mat3_vec(cell, m, x);
        closest = fmin(closest, x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
      }
  return sqrt(closest);
}

static int folded_index(const int cell[3], const int mesh[3])
{
  int m[3];
  for (int c = 0; c < 3; c++) m[c] = (cell[c] % mesh[c] + mesh[c]) % mesh[c];
  return (m[0] * mesh[1] + m[1]) * mesh[2] + m[2];
}

/* dd[cells][3n][3n]: the interaction of the home cell with each cell of the supercell */
static void folded_dipole(const eap_system *sys, const coul_dipole_sum *sum, const int mesh[3],
                          double *dd, double *re, double *im, double *scratch)
{
  const size_t size = 9 * (size_t)sys->n * (size_t)sys->n;
  const int cells = mesh[0] * mesh[1] * mesh[2];
  for (size_t k = 0; k < size * (size_t)cells; k++) dd[k] = 0.0;
  for (int iq = 0; iq < cells; iq++) {
    const int m[3] = {iq / (mesh[1] * mesh[2]), iq / mesh[2] % mesh[1], iq % mesh[2]};
    const double q[3] = {(double)m[0] / mesh[0], (double)m[1] / mesh[1], (double)m[2] / mesh[2]};
    for (size_t k = 0; k < size; k++) re[k] = im[k] = 0.0;
    eap_dipole_dynamical(sum, sys->n, (const double(*)[3][3])sys->born, q, re, im, scratch);
    for (int ir = 0; ir < cells; ir++) {
      const int r[3] = {ir / (mesh[1] * mesh[2]), ir / mesh[2] % mesh[1], ir % mesh[2]};
      double c, s;
      lattice_cis(q[0] * r[0] + q[1] * r[1] + q[2] * r[2], &c, &s);
      c /= cells;
      s /= cells;
      double *out = dd + size * (size_t)ir;
      for (size_t k = 0; k < size; k++) out[k] += c * re[k] + s * im[k];
    }
  }
}

/* Sums over distant pairs of w |Phi|^2, w |DD|^2 and w |Phi - DD|^2 */
static void compare(const eap_system *sys, const double (*s)[3], const int mesh[3],
                    const double *phi, const double *dd, double total[3])
{
  const int n = sys->n, cells = mesh[0] * mesh[1] * mesh[2];
  const double shortest = shortest_vector((const double(*)[3])sys->cell);
  total[0] = total[1] = total[2] = 0.0;
  for (int ir = 0; ir < cells; ir++)
    for (int a = 0; a < n; a++)
      for (int b = 0; b < n; b++) {
        const int r[3] = {ir / (mesh[1] * mesh[2]), ir / mesh[2] % mesh[1], ir % mesh[2]};
        double sep[3];
        for (int c = 0; c < 3; c++) sep[c] = s[b][c] - s[a][c] + r[c];
        const double d = folded_distance((const double(*)[3])sys->cell, mesh, sep) / shortest;
        if (d < FAR) continue;
        const double w = d * d * d * d * d * d;
        for (int i = 0; i < 3; i++)
          for (int j = 0; j < 3; j++) {
            const size_t k =
                (((size_t)ir * (size_t)n + (size_t)a) * 3 + (size_t)i) * 3 * (size_t)n +
                3 * (size_t)b + (size_t)j;
            total[0] += w * phi[k] * phi[k];
            total[1] += w * dd[k] * dd[k];
            total[2] += w * (phi[k] - dd[k]) * (phi[k] - dd[k]);
          }
      }
}

/* Largest |R_i| with a non-zero block between a site and its own image */
static void same_site_extent(const eap_block *block, int nblock, int n, int extent[3])
{
  const size_t n3 = 3 * (size_t)n;
  extent[0] = extent[1] = extent[2] = 0;
  for (int k = 0; k < nblock; k++) {
    int used = 0;
    for (size_t row = 0; row < n3; row++)
      for (size_t col = row / 3 * 3; col < row / 3 * 3 + 3; col++)
        used |= block[k].phi[row * n3 + col] != 0.0;
    for (int c = 0; used && c < 3; c++)
      if (abs(block[k].cell[c]) > extent[c]) extent[c] = abs(block[k].cell[c]);
  }
}

polar_code eap_dipole_content(const eap_system *sys, const eap_block *block, int nblock,
                              const coul_dipole_sum *sum, double *ratio, polar_status *st)
{
  const size_t n = (size_t)sys->n, size = 9 * n * n;
  int extent[3], limit = FINEST; /* a large cell needs no fine mesh to see far */
  while (limit > COARSEST && limit * limit * limit > MOST_SITES / sys->n) limit--;
  const size_t most = (size_t)(limit * limit * limit);
  *ratio = HUGE_VAL;
  same_site_extent(block, nblock, sys->n, extent);
  double *phi = malloc((2 * most + 2) * size * sizeof *phi);
  double *scratch = malloc(eap_dipole_scratch(sum, sys->n) * sizeof *scratch);
  double(*s)[3] = malloc(n * sizeof *s);
  if (!phi || !scratch || !s) {
    free(phi);
    free(scratch);
    free(s);
    return polar_fail_memory(st, "checking the force constants for the dipole-dipole interaction");
  }
  double *dd = phi + most * size, *re = dd + most * size, *im = re + size;
  double inverse[3][3] = {{0.0}};
  mat3_inverse((const double(*)[3])sys->cell, inverse);
  for (size_t a = 0; a < n; a++) mat3_vec((const double(*)[3])inverse, sys->tau[a], s[a]);

  for (int trial = 0; trial < 2 * (limit - COARSEST + 1); trial++) {
    const int finest = limit - trial / 2, odd = trial % 2;
    int mesh[3], repeated = odd;
    for (int c = 0; c < 3; c++) {
      const int even = extent[c] == 0 ? 1 : 2 * extent[c];
      mesh[c] = odd ? 2 * extent[c] + 1 : even;
      if (mesh[c] > finest) mesh[c] = finest;
      repeated = repeated && mesh[c] == (even < finest ? even : finest);
    }
    if (repeated) continue;
    const int cells = mesh[0] * mesh[1] * mesh[2];
    folded_dipole(sys, sum, mesh, dd, re, im, scratch);
    for (size_t k = 0; k < (size_t)cells * size; k++) phi[k] = 0.0;
    for (int k = 0; k < nblock; k++) {
      double *out = phi + size * (size_t)folded_index(block[k].cell, mesh);
      for (size_t e = 0; e < size; e++) out[e] += block[k].phi[e];
    }
    double total[3];
    compare(sys, (const double(*)[3])s, mesh, phi, dd, total);
    const double found = total[1] == 0.0 ? 1.0 : total[0] == 0.0 ? HUGE_VAL : total[2] / total[0];
    *ratio = fmin(*ratio, found);
  }
  free(phi);
  free(scratch);
  free(s);
  return POLAR_OK;
}
