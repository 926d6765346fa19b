/* Energies of pairs and triplets: distance_2b, angle_3b, distance_Nb of order 2 and 3. */
#ifndef GAP_CLUSTER_H
#define GAP_CLUSTER_H

#include "gap/gap_kernel.h"
#include "gap/gap_result.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { GAP_DISTANCE_2B, GAP_ANGLE_3B, GAP_DISTANCE_NB } gap_cluster_kind;

typedef struct {
  gap_cluster_kind kind;
  int order;                 /* distance_Nb: 2 or 3 */
  int z[3];                  /* distance_2b: Z1 Z2; angle_3b: centre, neighbors; distance_Nb: all;
                                0: any element */
  double cutoff, transition; /* Angstrom */
  double exponent[GAP_MAX_DIM];     /* distance_2b: x_i = r^exponent_i */
  double tail_exponent, tail_range; /* distance_2b: factor (erf(range r)/r)^exponent */
  gap_kernel kernel;
} gap_cluster;

/* An atom near the centre at hand */
typedef struct {
  int atom, z;
  double r, d[3]; /* distance and vector from the centre */
} gap_near;

/* Add the energy of centre `i` of element z with near[n]. selected[n] is scratch. */
void gap_cluster_energy(const gap_cluster *c, int i, int z, int n, const gap_near *near,
                        int *selected, gap_result *out);

#ifdef __cplusplus
}
#endif
#endif
