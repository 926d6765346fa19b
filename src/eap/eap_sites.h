/* Which lattice site an atom belongs to.
 *
 * A site is (cell, k): cell = (i1,i2,i3) with 0 <= i < N, sublattice k; its number is
 * ((i1*N2 + i2)*N3 + i3)*n + k, MULTIBINIT's order of atoms. Positions come in cell units,
 * v = N s with s the reduced coordinates of the box, so that nothing here depends on strain. */
#ifndef EAP_SITES_H
#define EAP_SITES_H

#include <stdint.h>

#include "base/status.h"
#include "eap/eap_files.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int n;
  const int *element; /* [n], borrowed from the system */
  double cell[3][3];  /* primitive lattice vectors in columns, Angstrom */
  double (*frac)[3];  /* [n][3] reduced reference positions in the primitive cell */
  double nearest;     /* shortest distance between two sites, Angstrom */
  int marker;         /* a sublattice that is alone in its element, -1 if there is none */
} eap_sites;

polar_code eap_sites_create(const eap_system *system, eap_sites **out, polar_status *st);
void eap_sites_free(eap_sites *sites);

/* Origin of the lattice from the circular mean of the marker sublattice's positions: unlike a mean
 * of positions it needs no assignment and knows no cell boundary.
 * Call _add for every atom of the marker's element with sum[6] zero at first, add the sums of all
 * ranks, then _origin gives the origin in cell units, each component in [-1/2, 1/2). */
void eap_sites_origin_add(const eap_sites *sites, const double v[3], double sum[6]);
void eap_sites_origin(const double sum[6], double origin[3]);

/* The site of `element` nearest to v with respect to `origin`: returns its sublattice, or -1 if the
 * model has no such element; cell[3] out (not wrapped into 0..N-1); *distance out, Angstrom, in the
 * reference lattice. */
int eap_sites_nearest(const eap_sites *sites, int element, const double v[3],
                      const double origin[3], int cell[3], double *distance);

/* Number of a site after wrapping its cell into the supercell, and back */
int64_t eap_site_number(const int N[3], int n, const int cell[3], int k);
void eap_site_split(const int N[3], int n, int64_t number, int cell[3], int *k);

/* Number of cells along each box vector: the lengths of h's columns (Angstrom) in units of the
 * primitive ones, rounded so that there are `total` cells if that is possible within `limit` (a
 * long box under strain may hold one cell more or less than its length says; 0: not known);
 * `wanted` (NULL or [3]) overrides. Refused with POLAR_SITE if the strain of the box against N
 * cells exceeds `limit` in any component. frame[3][3] out: rotation that takes the model's frame to
 * that of h (a along x, b in the xy plane; identity for models given that way). */
polar_code eap_sites_cells(const eap_sites *sites, const double h[3][3], int64_t total,
                           const int *wanted, double limit, int N[3], double frame[3][3],
                           polar_status *st);

#ifdef __cplusplus
}
#endif
#endif
