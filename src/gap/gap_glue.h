/* The Glue core potential of QUIP files: pair splines and an embedding energy,
 *   E_i = 1/2 sum_j V(r_ij) + F(sum_j rho_j(r_ij)). */
#ifndef GAP_GLUE_H
#define GAP_GLUE_H

#include "base/elements.h"
#include "base/status.h"
#include "gap/gap_cluster.h"
#include "gap/gap_result.h"
#include "io/xml.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int n;
  double *x, *y, *curvature; /* [n]; y'' at the knots */
} gap_spline;

typedef struct {
  int ntype;
  int type[POLAR_MAX_Z + 1];    /* of an element, -1: none */
  double *reach, *strength;     /* [ntype] rho(r) = strength (reach - r)^3 for r < reach */
  gap_spline *embedding, *pair; /* [ntype]; [ntype][ntype]; n = 0: none */
  double cutoff;
} gap_glue;

/* Read <Glue_params>. Errors: POLAR_MODEL with line, POLAR_MEMORY. Release with gap_glue_free. */
polar_code gap_glue_read(const xml_node *node, gap_glue **out, polar_status *st);
void gap_glue_free(gap_glue *g);

void gap_glue_energy(const gap_glue *g, int i, int z, int n, const gap_near *near, gap_result *out);

#ifdef __cplusplus
}
#endif
#endif
