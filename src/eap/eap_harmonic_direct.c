#include "base/simd.h"
#include "eap/eap_harmonic_tables.h"

/* POLAR_LANES cells at a time: every quantity is an array over them, so that each statement is one
 * vector instruction or two. A cell's gradient is the same sum in the same order whatever cells
 * share its batch, hence whatever the split over ranks. */

#define L POLAR_LANES

/* g[rows][3][L] += Phi u for the rows of one group; neighbor[L]: the cells' rows of the table */
POLAR_CLONES static void add_group(const eap_harmonic_column *restrict column, int ncolumn,
                                   const eap_harmonic_part *restrict part, size_t n3,
                                   const int *const neighbor[L], const int *restrict index,
                                   const double *restrict u, double (*restrict g)[3 * L])
{
  for (int c = 0; c < ncolumn; c++) {
    const int o = index[column[c].offset];
    double x[L], y[L], z[L];
    for (int l = 0; l < L; l++) {
      const double *v = u + (size_t)neighbor[l][o] * n3 + 3 * (size_t)column[c].site;
      x[l] = v[0];
      y[l] = v[1];
      z[l] = v[2];
    }
    for (int k = column[c].first; k < column[c + 1].first; k++) {
      const double *p = part[k].phi;
      double *ga = g[part[k].row];
      for (int l = 0; l < L; l++) ga[l] += p[0] * x[l] + p[1] * y[l] + p[2] * z[l];
      for (int l = 0; l < L; l++) ga[L + l] += p[3] * x[l] + p[4] * y[l] + p[5] * z[l];
      for (int l = 0; l < L; l++) ga[2 * L + l] += p[6] * x[l] + p[7] * y[l] + p[8] * z[l];
    }
  }
}

double eap_harmonic_direct(const eap_harmonic *har, const eap_lattice *lat, const int *index,
                           const double *u, double *gradient, double *site_energy)
{
  const size_t n3 = (size_t)har->n3;
  double energy = 0.0;
  for (int cell = 0; cell < lat->nown; cell += L) {
    const int used = lat->nown - cell < L ? lat->nown - cell : L;
    const int *neighbor[L]; /* idle lanes repeat the last cell */
    for (int l = 0; l < L; l++)
      neighbor[l] =
          lat->neighbor + (size_t)(cell + (l < used ? l : used - 1)) * (size_t)lat->noffset;
    for (int group = 0; group < har->ngroup; group++) {
      const int low = group * EAP_HARMONIC_ROWS, left = har->n - low;
      const int rows = left < EAP_HARMONIC_ROWS ? left : EAP_HARMONIC_ROWS;
      double g[EAP_HARMONIC_ROWS][3 * L];
      for (int a = 0; a < rows; a++)
        for (int k = 0; k < 3 * L; k++) g[a][k] = 0.0;
      add_group(har->column + har->group[group], har->group[group + 1] - har->group[group],
                har->part, n3, neighbor, index, u, g);
      for (int l = 0; l < used; l++)
        for (int a = 0; a < rows; a++) {
          const size_t site = (size_t)(cell + l) * (size_t)har->n + (size_t)(low + a);
          double e = 0.0;
          for (int i = 0; i < 3; i++) {
            const double gi = g[a][i * L + l];
            gradient[3 * site + (size_t)i] += gi;
            e += 0.5 * gi * u[3 * site + (size_t)i];
          }
          if (site_energy) site_energy[site] += e;
          energy += e;
        }
    }
  }
  return energy;
}
