/* Which of many descriptor vectors become sparse points. */
#ifndef GAP_SELECT_H
#define GAP_SELECT_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Farthest point sampling: begins with the vector farthest from the mean, then takes the vector
 * whose distance to its nearest chosen one is largest, until `wanted` are chosen or the distance
 * falls below `least`. x[n][dim]; chosen[wanted]. Returns how many. Cost n wanted dim. Errors (-1):
 * POLAR_MEMORY. */
int gap_select_farthest(int n, int dim, const double *x, int wanted, double least, int *chosen,
                        polar_status *st);

#ifdef __cplusplus
}
#endif
#endif
