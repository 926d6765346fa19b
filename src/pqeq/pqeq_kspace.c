#include "pqeq/pqeq_kspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mat3.h"
#include "base/units.h"

void pqeq_kspace_free(pqeq_kspace *ks)
{
  free(ks->index);
  free(ks->vector);
  free(ks->weight);
  free(ks->structure);
  free(ks->phase[0]);
  free(ks->phase[1]);
  free(ks->work);
  memset(ks, 0, sizeof *ks);
}

static int grow(double **array, size_t count)
{
  free(*array);
  *array = malloc((count + 1) * sizeof **array);
  return *array == NULL;
}

/* Row of powers m of axis a: real parts, then imaginary parts of n sites */
static double *power(const pqeq_kspace *ks, int sites, int axis, int m)
{
  size_t row = 0;
  for (int a = 0; a < axis; a++) row += (size_t)(2 * ks->max[a] + 1);
  return ks->phase[sites] + (row + (size_t)(m + ks->max[axis])) * 2 * (size_t)ks->n;
}

/* Wave vectors 2 pi (h^-1)^T n of one half space; counts, and lists if list is set */
static int vectors(pqeq_kspace *ks, double inverse[3][3], double kmax, double coulomb, int list)
{
  int count = 0;
  for (int n0 = 0; n0 <= ks->max[0]; n0++)
    for (int n1 = n0 ? -ks->max[1] : 0; n1 <= ks->max[1]; n1++)
      for (int n2 = n0 || n1 ? -ks->max[2] : 1; n2 <= ks->max[2]; n2++) {
        double k[3], k2 = 0.0;
        for (int m = 0; m < 3; m++) {
          k[m] = 2.0 * POLAR_PI * (inverse[m][0] * n0 + inverse[m][1] * n1 + inverse[m][2] * n2);
          k2 += k[m] * k[m];
        }
        if (k2 >= kmax * kmax) continue;
        if (list) {
          ks->index[count][0] = n0;
          ks->index[count][1] = n1;
          ks->index[count][2] = n2;
          memcpy(ks->vector[count], k, sizeof k);
          ks->weight[count] = 2.0 * coulomb * 4.0 * POLAR_PI / ks->volume *
                              exp(-k2 / (4.0 * ks->split * ks->split)) / k2;
        }
        count++;
      }
  return count;
}

static void phases(pqeq_kspace *ks, int sites, const double (*x)[3], const double (*u)[3],
                   double inverse[3][3])
{
  const int n = ks->n;
  for (int a = 0; a < 3; a++)
    for (int i = 0; i < n; i++) {
      double s = 0.0;
      for (int m = 0; m < 3; m++) s += inverse[m][a] * (x[i][m] + (u ? u[i][m] : 0.0));
      const double c1 = cos(2.0 * POLAR_PI * s), s1 = sin(2.0 * POLAR_PI * s);
      double c = 1.0, d = 0.0;
      for (int m = 0; m <= ks->max[a]; m++) {
        double *up = power(ks, sites, a, m), *down = power(ks, sites, a, -m);
        up[i] = down[i] = c;
        up[n + i] = d;
        down[n + i] = m ? -d : d;
        const double next = c * c1 - d * s1;
        d = d * c1 + c * s1;
        c = next;
      }
    }
}

/* (h^-1) of a cell with lattice vectors in rows, so that s = x h^-1 */
static double invert(const double (*cell)[3], double inverse[3][3])
{
  return fabs(mat3_inverse(cell, inverse));
}

polar_code pqeq_kspace_prepare(pqeq_kspace *ks, double coulomb, double split,
                               const double (*cell)[3], int n, const double (*x)[3],
                               polar_status *st)
{
  const double kmax = 2.0 * split * sqrt(-log(1e-15));
  double inverse[3][3];
  ks->n = n;
  ks->split = split;
  ks->volume = invert(cell, inverse);
  if (!(ks->volume > 0.0) || !isfinite(ks->volume))
    return polar_fail(st, POLAR_ARGUMENT, "A periodic cell of volume %g Angstrom^3, expected more",
                      ks->volume);
  size_t rows = 0;
  for (int a = 0; a < 3; a++) {
    const double length =
        sqrt(cell[a][0] * cell[a][0] + cell[a][1] * cell[a][1] + cell[a][2] * cell[a][2]);
    if (!(kmax * length < 6e3))
      return polar_fail(st, POLAR_ARGUMENT,
                        "A periodic cell of %g Angstrom is too long for the exact sum over wave "
                        "vectors up to %g per Angstrom",
                        length, kmax);
    ks->max[a] = (int)(kmax * length / (2.0 * POLAR_PI)) + 1;
    rows += (size_t)(2 * ks->max[a] + 1);
  }
  ks->nk = vectors(ks, inverse, kmax, coulomb, 0);
  if ((size_t)ks->nk > ks->room_k || !ks->index) {
    ks->room_k = (size_t)ks->nk + 64;
    free(ks->index);
    free(ks->vector);
    ks->index = malloc(ks->room_k * sizeof *ks->index);
    ks->vector = malloc(ks->room_k * sizeof *ks->vector);
    const int lack = grow(&ks->weight, ks->room_k) + grow(&ks->structure, 2 * ks->room_k);
    if (!ks->index || !ks->vector || lack) {
      ks->room_k = 0;
      return polar_fail_memory(st, "listing wave vectors");
    }
  }
  if (2 * rows * (size_t)n > ks->room_phase || !ks->phase[0]) {
    ks->room_phase = 2 * rows * (size_t)n;
    if (grow(&ks->phase[0], ks->room_phase) + grow(&ks->phase[1], ks->room_phase)) {
      ks->room_phase = 0;
      return polar_fail_memory(st, "storing phases of atoms");
    }
  }
  if ((size_t)n > ks->room_n || !ks->work) {
    ks->room_n = (size_t)n;
    if (grow(&ks->work, 4 * (size_t)n)) {
      ks->room_n = 0;
      return polar_fail_memory(st, "storing phases of atoms");
    }
  }
  vectors(ks, inverse, kmax, coulomb, 1);
  phases(ks, PQEQ_CORES, x, NULL, inverse);
  return POLAR_OK;
}

void pqeq_kspace_shells(pqeq_kspace *ks, const double (*x)[3], const double (*u)[3],
                        const double (*cell)[3])
{
  double inverse[3][3];
  invert(cell, inverse);
  phases(ks, PQEQ_SHELLS, x, u, inverse);
}

/* exp(i k.r) of all sites into work[2], work[3]; the product of two axes is kept in work[0], [1] */
static void wave(pqeq_kspace *ks, int sites, int k)
{
  const int n = ks->n, *m = ks->index[k];
  double *xr = ks->work, *xi = xr + n, *wr = xi + n, *wi = wr + n;
  if (k == 0 || ks->index[k - 1][0] != m[0] || ks->index[k - 1][1] != m[1]) {
    const double *a = power(ks, sites, 0, m[0]), *b = power(ks, sites, 1, m[1]);
    for (int i = 0; i < n; i++) {
      xr[i] = a[i] * b[i] - a[n + i] * b[n + i];
      xi[i] = a[i] * b[n + i] + a[n + i] * b[i];
    }
  }
  const double *c = power(ks, sites, 2, m[2]);
  for (int i = 0; i < n; i++) {
    wr[i] = xr[i] * c[i] - xi[i] * c[n + i];
    wi[i] = xr[i] * c[n + i] + xi[i] * c[i];
  }
}

void pqeq_kspace_add(pqeq_kspace *ks, int sites, int add, const double *q)
{
  const int n = ks->n;
  for (int k = 0; k < ks->nk; k++) {
    double re = 0.0, im = 0.0;
    wave(ks, sites, k);
    const double *wr = ks->work + 2 * (size_t)n, *wi = wr + n;
    for (int i = 0; i < n; i++) {
      re += q[i] * wr[i];
      im += q[i] * wi[i];
    }
    ks->structure[2 * k] = (add ? ks->structure[2 * k] : 0.0) + re;
    ks->structure[2 * k + 1] = (add ? ks->structure[2 * k + 1] : 0.0) + im;
  }
}

void pqeq_kspace_potential(pqeq_kspace *ks, int sites, double *phi, double (*gradient)[3])
{
  const int n = ks->n;
  for (int k = 0; k < ks->nk; k++) {
    const double re = ks->weight[k] * ks->structure[2 * k];
    const double im = ks->weight[k] * ks->structure[2 * k + 1];
    const double *v = ks->vector[k];
    wave(ks, sites, k);
    const double *wr = ks->work + 2 * (size_t)n, *wi = wr + n;
    if (phi)
      for (int i = 0; i < n; i++) phi[i] += re * wr[i] + im * wi[i];
    if (gradient)
      for (int i = 0; i < n; i++) {
        const double g = im * wr[i] - re * wi[i];
        for (int m = 0; m < 3; m++) gradient[i][m] += g * v[m];
      }
  }
}

double pqeq_kspace_energy(const pqeq_kspace *ks, double (*virial)[3])
{
  double total = 0.0, w[9] = {0.0};
  for (int k = 0; k < ks->nk; k++) {
    const double *v = ks->vector[k], *s = ks->structure + 2 * k;
    const double e = 0.5 * ks->weight[k] * (s[0] * s[0] + s[1] * s[1]);
    const double k2 = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
    const double f = 2.0 * (1.0 / k2 + 1.0 / (4.0 * ks->split * ks->split));
    total += e;
    for (int m = 0; m < 9; m++) w[m] += e * ((m % 4 == 0) - f * v[m / 3] * v[m % 3]);
  }
  if (virial) memcpy(virial, w, sizeof w);
  return total;
}
