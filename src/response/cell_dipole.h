/* Local dipoles: which sites belong, with which share, to the unit cell round a centre site.
 *
 * The dipole of cell l is p(l) = sum_t weight_t Z*_site(t) u(l + offset_t, site_t), e Angstrom
 * (Meyer and Vanderbilt, Phys. Rev. B 65, 104111 (2002): perovskite, centre B, weights 1 for B,
 * 1/8 for each of eight A, 1/2 for each of six O). Here the weights follow from geometry alone:
 * every site is divided evenly among the centre sites nearest to it. The weights of one site
 * sum to 1, so the cell dipoles sum to the dipole of the crystal. */
#ifndef CELL_DIPOLE_H
#define CELL_DIPOLE_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int site;      /* 0..n-1 */
  int offset[3]; /* cell of that site relative to the centre's cell, lattice vectors */
  double weight; /* 1/(number of centres the site is divided among), in (0, 1] */
} cell_dipole_term;

/* Two distances count as equal within this relative tolerance */
#define CELL_DIPOLE_TIE 1e-3

/* The terms of one cell. cell[cartesian][vector]: lattice vectors in columns, Angstrom (may be
 * skewed, left or right handed); tau[n][3]: Cartesian reference positions, Angstrom; centre:
 * 0..n-1. On success *term is an array of *nterm elements, ordered by site, then offset, to be
 * released with free(). Errors: POLAR_ARGUMENT (n, centre, a number that is not finite, a singular
 * cell, a cell so flat or positions so remote that the search is hopeless), POLAR_MEMORY. */
polar_code cell_dipole_stencil(const double cell[3][3], int n, const double (*tau)[3], int centre,
                               cell_dipole_term **term, int *nterm, polar_status *st);

/* The site with the largest positive trace of its Born tensor born[n][a][b], e (the first of equal
 * ones), or -1 if no trace is positive. */
int cell_dipole_centre(int n, const double (*born)[3][3]);

#ifdef __cplusplus
}
#endif
#endif
