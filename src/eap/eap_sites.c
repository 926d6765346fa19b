#include "eap/eap_sites.h"

#include <stdlib.h>

#include "base/mat3.h"
#include "base/units.h"

typedef const double (*cmat3)[3];

/* Shortest distance between two different sites of the crystal */
static double nearest_distance(const eap_sites *sites)
{
  double best = INFINITY;
  for (int a = 0; a < sites->n; a++)
    for (int b = 0; b < sites->n; b++)
      for (int i = -2; i <= 2; i++)
        for (int j = -2; j <= 2; j++)
          for (int k = -2; k <= 2; k++) {
            if (a == b && !i && !j && !k) continue;
            const double d[3] = {sites->frac[b][0] - sites->frac[a][0] + i,
                                 sites->frac[b][1] - sites->frac[a][1] + j,
                                 sites->frac[b][2] - sites->frac[a][2] + k};
            double r[3];
            mat3_vec((cmat3)sites->cell, d, r);
            best = fmin(best, sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]));
          }
  return best;
}

polar_code eap_sites_create(const eap_system *system, eap_sites **out, polar_status *st)
{
  *out = NULL;
  eap_sites *sites = calloc(1, sizeof *sites);
  if (sites) sites->frac = malloc((size_t)system->n * sizeof *sites->frac);
  if (!sites || !sites->frac) {
    eap_sites_free(sites);
    return polar_fail_memory(st, "listing the sites of the potential");
  }
  double inverse[3][3];
  sites->n = system->n;
  sites->element = system->element;
  mat3_copy((cmat3)system->cell, sites->cell);
  if (!(mat3_inverse((cmat3)sites->cell, inverse) > 0.0)) {
    const double volume = mat3_det((cmat3)sites->cell);
    eap_sites_free(sites);
    return polar_fail(st, POLAR_MODEL,
                      "The model's lattice vectors are left-handed or coplanar (volume %g "
                      "Angstrom^3); LAMMPS boxes are right-handed: exchange two lattice vectors",
                      volume);
  }
  for (int k = 0; k < sites->n; k++) mat3_vec((cmat3)inverse, system->tau[k], sites->frac[k]);
  sites->nearest = nearest_distance(sites);

  /* The heaviest lone sublattice marks the lattice best: it vibrates least. */
  sites->marker = -1;
  for (int k = 0; k < sites->n; k++) {
    int alone = 1;
    for (int m = 0; m < sites->n; m++)
      if (m != k && system->element[m] == system->element[k]) alone = 0;
    if (alone && (sites->marker < 0 || system->mass[k] > system->mass[sites->marker]))
      sites->marker = k;
  }
  *out = sites;
  return POLAR_OK;
}

void eap_sites_free(eap_sites *sites)
{
  if (!sites) return;
  free(sites->frac);
  free(sites);
}

void eap_sites_origin_add(const eap_sites *sites, const double v[3], double sum[6])
{
  for (int i = 0; i < 3; i++) {
    const double phase = 2.0 * POLAR_PI * (v[i] - sites->frac[sites->marker][i]);
    sum[2 * i] += cos(phase);
    sum[2 * i + 1] += sin(phase);
  }
}

void eap_sites_origin(const double sum[6], double origin[3])
{
  for (int i = 0; i < 3; i++) origin[i] = atan2(sum[2 * i + 1], sum[2 * i]) / (2.0 * POLAR_PI);
}

int eap_sites_nearest(const eap_sites *sites, int element, const double v[3],
                      const double origin[3], int cell[3], double *distance)
{
  int best = -1;
  double best2 = INFINITY;
  for (int k = 0; k < sites->n; k++) {
    if (sites->element[k] != element) continue;
    double d[3], base[3];
    for (int i = 0; i < 3; i++) {
      const double w = v[i] - origin[i] - sites->frac[k][i];
      base[i] = floor(w + 0.5);
      d[i] = w - base[i];
    }
    /* rounding finds the nearest image in reduced coordinates; in a skew cell a neighbour may be
     * nearer in space */
    for (int i = -1; i <= 1; i++)
      for (int j = -1; j <= 1; j++)
        for (int l = -1; l <= 1; l++) {
          const double dd[3] = {d[0] - i, d[1] - j, d[2] - l};
          double r[3];
          mat3_vec((cmat3)sites->cell, dd, r);
          const double r2 = r[0] * r[0] + r[1] * r[1] + r[2] * r[2];
          if (r2 < best2) {
            best2 = r2;
            best = k;
            cell[0] = (int)base[0] + i;
            cell[1] = (int)base[1] + j;
            cell[2] = (int)base[2] + l;
          }
        }
  }
  *distance = sqrt(best2);
  return best;
}

int64_t eap_site_number(const int N[3], int n, const int cell[3], int k)
{
  int w[3];
  for (int i = 0; i < 3; i++) {
    w[i] = cell[i] % N[i];
    if (w[i] < 0) w[i] += N[i];
  }
  return (((int64_t)w[0] * N[1] + w[1]) * N[2] + w[2]) * n + k;
}

void eap_site_split(const int N[3], int n, int64_t number, int cell[3], int *k)
{
  *k = (int)(number % n);
  number /= n;
  cell[2] = (int)(number % N[2]);
  number /= N[2];
  cell[1] = (int)(number % N[1]);
  cell[0] = (int)(number / N[1]);
}

/* Rows: the orthonormal frame in which the first lattice vector is along x, the second in xy */
static void lattice_frame(const double a[3][3], double frame[3][3])
{
  double v[3][3], dot = 0.0, len;
  for (int i = 0; i < 3; i++) v[0][i] = a[i][0];
  len = sqrt(v[0][0] * v[0][0] + v[0][1] * v[0][1] + v[0][2] * v[0][2]);
  for (int i = 0; i < 3; i++) v[0][i] /= len;
  for (int i = 0; i < 3; i++) dot += v[0][i] * a[i][1];
  for (int i = 0; i < 3; i++) v[1][i] = a[i][1] - dot * v[0][i];
  len = sqrt(v[1][0] * v[1][0] + v[1][1] * v[1][1] + v[1][2] * v[1][2]);
  for (int i = 0; i < 3; i++) v[1][i] /= len;
  for (int i = 0; i < 3; i++) {
    const int j = (i + 1) % 3, k = (i + 2) % 3;
    v[2][i] = v[0][j] * v[1][k] - v[0][k] * v[1][j];
  }
  mat3_copy((cmat3)v, frame);
}

/* Of all N with N1 N2 N3 = total and every |ratio/N - 1| within `limit`, the one whose worst is
 * least; N is left alone if there is none. */
static void share_cells(const double ratio[3], int64_t total, double limit, int N[3])
{
  int low[3], high[3];
  double best = limit;
  for (int j = 0; j < 3; j++) {
    low[j] = (int)fmax(1.0, ceil(ratio[j] / (1.0 + limit)));
    high[j] = (int)floor(ratio[j] / (1.0 - limit));
  }
  for (int a = low[0]; a <= high[0]; a++) {
    if (total % a) continue;
    for (int b = low[1]; b <= high[1]; b++) {
      const int64_t c = total / a / b;
      if (total / a % b || c < low[2] || c > high[2]) continue;
      const double worst = fmax(fabs(ratio[0] / a - 1.0),
                                fmax(fabs(ratio[1] / b - 1.0), fabs(ratio[2] / (double)c - 1.0)));
      if (!(worst < best)) continue;
      best = worst;
      N[0] = a;
      N[1] = b;
      N[2] = (int)c;
    }
  }
}

polar_code eap_sites_cells(const eap_sites *sites, const double h[3][3], int64_t total,
                           const int *wanted, double limit, int N[3], double frame[3][3],
                           polar_status *st)
{
  double h0[3][3], inverse[3][3], F[3][3], ratio[3], worst = 0.0;
  for (int j = 0; j < 3; j++) {
    double box = 0.0, cell = 0.0;
    for (int i = 0; i < 3; i++) {
      box += h[i][j] * h[i][j];
      cell += sites->cell[i][j] * sites->cell[i][j];
    }
    ratio[j] = sqrt(box / cell);
    if (!(ratio[j] < 1e6))
      return polar_fail(
          st, POLAR_SITE,
          "Box edge %c is as long as %g cells of the model, expected at most 1e6: check "
          "the box, which is in Angstrom",
          'a' + j, ratio[j]);
    N[j] = wanted ? wanted[j] : (int)floor(ratio[j] + 0.5);
    if (N[j] < 1) N[j] = 1;
  }
  if (!wanted && total > 0) share_cells(ratio, total, limit, N);
  lattice_frame((cmat3)sites->cell, frame);
  mat3_mul((cmat3)frame, (cmat3)sites->cell, h0);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) h0[i][j] *= N[j];
  mat3_inverse((cmat3)h0, inverse);
  mat3_mul(h, (cmat3)inverse, F);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) worst = fmax(worst, fabs(F[i][j] - (i == j)));
  if (!(worst <= limit))
    return polar_fail(
        st, POLAR_SITE,
        "The box is not a supercell of the model: against %d x %d x %d cells its strain would be "
        "%.1f %%, expected at most %.0f %%. Box vectors in Angstrom (%.6g 0 0) (%.6g %.6g 0) (%.6g "
        "%.6g %.6g), the model's cell in this orientation (%.6g 0 0) (%.6g %.6g 0) (%.6g %.6g "
        "%.6g). "
        "Make the box a multiple of the cell%s",
        N[0], N[1], N[2], 100.0 * worst, 100.0 * limit, h[0][0], h[0][1], h[1][1], h[0][2], h[1][2],
        h[2][2], h0[0][0] / N[0], h0[0][1] / N[1], h0[1][1] / N[1], h0[0][2] / N[2],
        h0[1][2] / N[2], h0[2][2] / N[2],
        wanted ? " or correct the keyword cells"
               : ", or give the numbers of cells with the keyword cells");
  return POLAR_OK;
}
