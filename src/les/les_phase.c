/* Born effective charges of a periodic system from the phases of its charges */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mat3.h"
#include "coul/lattice_phase.h"
#include "les/les.h"

static void phase_of(const double inverse[3][3], const double x[3], int axis, double *c, double *s)
{
  const double *row = inverse[axis];
  lattice_cis(row[0] * x[0] + row[1] * x[1] + row[2] * x[2], c, s);
}

void les_phase_sums(const les_neighborhood *nb, const double h[3][3], double sum[3][2])
{
  double inverse[3][3];
  mat3_inverse(h, inverse);
  for (int i = 0; i < nb->nown; i++)
    for (int axis = 0; axis < 3; axis++) {
      double c, s;
      phase_of((const double(*)[3])inverse, nb->x[nb->centre[i]], axis, &c, &s);
      sum[axis][0] += c;
      sum[axis][1] += s;
    }
}

polar_code les_born_phase(const les_model *m, const les_neighborhood *nb, les_work *w,
                          const double *charge, double mean, const double h[3][3],
                          const double mean_phase[3][2], double (*born)[9], polar_status *st)
{
  double inverse[3][3];
  if (mat3_inverse(h, inverse) == 0.0)
    return polar_fail(st, POLAR_ARGUMENT, "the box has no volume");
  double *weight = malloc(((size_t)nb->nown + 1) * sizeof *weight);
  double(*gradient)[3] = malloc(((size_t)nb->nall + 1) * sizeof *gradient);
  polar_code code = POLAR_OK;
  if (!weight || !gradient) code = polar_fail_memory(st, "computing Born effective charges");
  for (int axis = 0; axis < 3 && !code; axis++)
    for (int part = 0; part < 2 && !code; part++) {
      for (int i = 0; i < nb->nown; i++) {
        double cs[2];
        phase_of((const double(*)[3])inverse, nb->x[nb->centre[i]], axis, &cs[0], &cs[1]);
        weight[i] = cs[part] - mean_phase[axis][part];
      }
      memset(gradient, 0, (size_t)nb->nall * sizeof *gradient);
      code = les_charge_gradient(m, nb, w, weight, gradient, st);
      /* Re[exp(-i t_i) (C + i S)/(2 pi i)] = (cos t_i S - sin t_i C)/(2 pi), C and S the
       * derivatives of the sums with cosine and sine; a ghost has its original's phase */
      for (int i = 0; i < nb->nall && !code; i++) {
        double c, s;
        if (nb->element[i] < 0) continue;
        phase_of((const double(*)[3])inverse, nb->x[i], axis, &c, &s);
        const double factor = (part ? c : -s) / (2.0 * POLAR_PI);
        for (int a = 0; a < 3; a++)
          for (int b = 0; b < 3; b++) born[i][3 * a + b] += h[a][axis] * factor * gradient[i][b];
      }
    }
  for (int i = 0; i < nb->nown && !code; i++)
    for (int a = 0; a < 3; a++) born[nb->centre[i]][4 * a] += charge[i] - mean;
  free(weight);
  free(gradient);
  return code;
}
