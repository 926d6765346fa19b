/* Smooth functions of one variable in a table: quintic Hermite interpolation between nodes that
 * hold values, first and second derivatives. The interpolated derivative is that of the
 * interpolated value, so forces belong to the energy exactly. */
#ifndef GAP_TABLE_H
#define GAP_TABLE_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define GAP_TABLE_SEGMENTS 3

/* One interval with its own equidistant nodes; a function may jump between segments. */
typedef struct {
  double from, to, h;
  int nnode;
  double *node; /* [nnode][3][width]: f, h f', h^2 f'' */
} gap_segment;

typedef struct {
  int count, width; /* functions; the same rounded up to whole vectors */
  int nsegment;
  gap_segment segment[GAP_TABLE_SEGMENTS];
} gap_table;

/* All functions at r, as the analytic functions of `segment` continued; r may lie outside it by
 * some hundredths of an Angstrom, and be negative. Returns nonzero if out of memory. */
typedef int gap_table_function(void *context, int segment, long double r, long double *value);

/* Tabulate `count` functions between bound[0] and bound[nsegment], with nodes at most `spacing`
 * apart. Derivatives are 8th order central differences in extended precision. Errors: POLAR_MEMORY;
 * POLAR_NUMERIC for a value that is not finite or a table that would be too large. To be released
 * with gap_table_free. */
polar_code gap_table_create(int count, int nsegment, const double *bound, double spacing,
                            gap_table_function *function, void *context, gap_table **out,
                            polar_status *st);
void gap_table_free(gap_table *table);

/* value[width], slope[width] (may be NULL) at r, which is limited to the range of the table. Both
 * hold zeros beyond `count`. */
void gap_table_at(const gap_table *table, double r, double *value, double *slope);

#ifdef __cplusplus
}
#endif
#endif
