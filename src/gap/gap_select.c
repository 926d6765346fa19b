#include "gap/gap_select.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

static int largest(int n, const double *x)
{
  int best = 0;
  for (int i = 1; i < n; i++)
    if (x[i] > x[best]) best = i;
  return best;
}

int gap_select_farthest(int n, int dim, const double *x, int wanted, double least, int *chosen,
                        polar_status *st)
{
  double *square = calloc((size_t)n + 1, sizeof *square), *mean = calloc(dim, sizeof *mean);
  double *nearest = calloc((size_t)n + 1, sizeof *nearest),
         *dot = calloc((size_t)n + 1, sizeof *dot);
  int count = -1;
  if (square && mean && nearest && dot) {
    for (int i = 0; i < n; i++) {
      square[i] = cblas_ddot(dim, x + (size_t)i * dim, 1, x + (size_t)i * dim, 1);
      cblas_daxpy(dim, 1.0 / n, x + (size_t)i * dim, 1, mean, 1);
    }
    cblas_dgemv(CblasRowMajor, CblasNoTrans, n, dim, 1.0, x, dim, mean, 1, 0.0, dot, 1);
    for (int i = 0; i < n; i++) nearest[i] = square[i] - 2.0 * dot[i];
    int next = largest(n, nearest);
    for (int i = 0; i < n; i++) nearest[i] = INFINITY;
    for (count = 0; count < wanted && count < n; count++) {
      if (count && nearest[next] < least * least) break;
      chosen[count] = next;
      cblas_dgemv(CblasRowMajor, CblasNoTrans, n, dim, 1.0, x, dim, x + (size_t)next * dim, 1, 0.0,
                  dot, 1);
      for (int i = 0; i < n; i++) {
        const double d = square[i] + square[next] - 2.0 * dot[i];
        if (d < nearest[i]) nearest[i] = d;
      }
      nearest[next] = -1.0;
      next = largest(n, nearest);
    }
  } else polar_fail_memory(st, "choosing sparse points");
  free(square);
  free(mean);
  free(nearest);
  free(dot);
  return count;
}
