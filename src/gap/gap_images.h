/* A configuration with its periodic images, and the neighbor list of its atoms: for programs that
 * evaluate models without LAMMPS. */
#ifndef GAP_IMAGES_H
#define GAP_IMAGES_H

#include "base/neighbors.h"
#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  polar_neighbors list; /* centres 0..n-1 are the atoms, the rest are images; types are atomic
                           numbers */
  int *owner;           /* [list.natom] the atom of an image */
  double (*x)[3];
  int *type, *element, *centre, *count, **neighbor, *store;
} gap_images;

/* z[n], x[n] (Angstrom; anywhere), cell: rows are the vectors (Angstrom), used where pbc is set.
 * Every pair closer than `cutoff` is in the list; cost n times the number of images.
 * Errors: POLAR_ARGUMENT (a cell so small or flat that images are too many; coinciding atoms),
 * POLAR_MEMORY. Release with gap_images_free. */
polar_code gap_images_create(int n, const int *z, const double (*x)[3], const double cell[3][3],
                             const int pbc[3], double cutoff, gap_images **out, polar_status *st);
void gap_images_free(gap_images *g);

#ifdef __cplusplus
}
#endif
#endif
