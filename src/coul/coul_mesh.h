/* Charges on a mesh and the mesh's potential at charges, with cardinal B-splines as assignment
 * function (Hockney, Eastwood, Computer Simulation Using Particles (1981); Essmann et al., J. Chem.
 * Phys. 103, 8577 (1995)). The gradient is that of the interpolated potential, so that forces are
 * derivatives of the mesh energy.
 *
 * A rank holds the brick of points lo..hi, x fastest. */
#ifndef COUL_MESH_H
#define COUL_MESH_H

#include <stddef.h>

#include "base/simd.h"
#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define COUL_MESH_ORDER POLAR_LANES /* largest order: a row of weights is one batch */

typedef struct {
  int order;        /* 2..COUL_MESH_ORDER points along each axis take a share of a charge */
  int lo[3], hi[3]; /* first and last point of the brick */
  double origin[3]; /* Angstrom */
  double map[3][3]; /* mesh coordinates = map (x - origin), in points */
} coul_mesh;

/* Weights of the sites of a set, kept until the set is placed anew; zeroed at first */
typedef struct {
  int n, room;
  int *corner;    /* [n] place of the stencil's first point in the brick */
  double *weight; /* [n][3][COUL_MESH_ORDER], 0 beyond the order */
  double *slope;  /* likewise, derivatives by the mesh coordinate */
} coul_stencils;

/* Points of a brick and the doubles that its array needs: whole batches are read and written, with
 * weight 0 beyond the last point. What is behind the last point must be finite. */
size_t coul_mesh_points(const coul_mesh *mesh);
size_t coul_mesh_room(const coul_mesh *mesh);

/* Weights at x[n][3], Angstrom. *astray: the sites that are not numbers or whose stencil is not
 * within the brick; theirs are 0. Errors: POLAR_MEMORY. */
polar_code coul_stencils_place(coul_stencils *s, const coul_mesh *mesh, int n, const double (*x)[3],
                               int *astray, polar_status *st);
void coul_stencils_free(coul_stencils *s);
size_t coul_stencils_bytes(const coul_stencils *s);

/* brick += share * charges q[n] of the sites */
void coul_mesh_assign(const coul_mesh *mesh, const coul_stencils *s, const double *q, double share,
                      double *brick);

/* phi[n] = share * potential of the brick at the sites; field[n][3] (may be NULL) = -dphi/dr */
void coul_mesh_gather(const coul_mesh *mesh, const coul_stencils *s, const double *brick,
                      double share, double *phi, double (*field)[3]);

#ifdef __cplusplus
}
#endif
#endif
