#include "response/cell_dipole.h"

#include "base/mat3.h"

#include <limits.h>
#include <stdlib.h>

/* Lattice points tried per site; a reduced cell needs a few tens. */
#define MAX_TRIED 1000000.0

/* The lattice points R for which a centre image at distance <= reach can exist:
 * |x_i - R_i| <= reach |row i of h^-1|, because x - R = h^-1 d and |d| <= reach. */
typedef struct {
  int lo[3], hi[3];
} lattice_box;

static int find_box(const double inverse[3][3], const double x[3], double reach, lattice_box *box)
{
  double tried = 1.0;
  for (int i = 0; i < 3; i++) {
    const double row = sqrt(inverse[i][0] * inverse[i][0] + inverse[i][1] * inverse[i][1] +
                            inverse[i][2] * inverse[i][2]);
    const double lo = floor(x[i] - reach * row), hi = ceil(x[i] + reach * row);
    tried *= hi - lo + 1.0;
    if (!(tried <= MAX_TRIED) || lo <= (double)INT_MIN || hi >= (double)INT_MAX) return 0;
    box->lo[i] = (int)lo;
    box->hi[i] = (int)hi;
  }
  return 1;
}

/* distance of the site at `delta` from the centre to the centre's image in cell R */
static double image_distance(const double cell[3][3], const double delta[3], const int R[3])
{
  double d2 = 0.0;
  for (int a = 0; a < 3; a++) {
    const double d = delta[a] - cell[a][0] * R[0] - cell[a][1] * R[1] - cell[a][2] * R[2];
    d2 += d * d;
  }
  return sqrt(d2);
}

/* Nearest centre images of one site. With near = NULL only counts them.
 * near[count]: site's cell relative to the centre's cell, that is -R. */
static int nearest_centres(const double cell[3][3], const lattice_box *box, const double delta[3],
                           double limit, int (*near)[3])
{
  int count = 0, R[3];
  /* R descends so that the offsets -R ascend */
  for (R[0] = box->hi[0]; R[0] >= box->lo[0]; R[0]--)
    for (R[1] = box->hi[1]; R[1] >= box->lo[1]; R[1]--)
      for (R[2] = box->hi[2]; R[2] >= box->lo[2]; R[2]--) {
        if (image_distance(cell, delta, R) > limit) continue;
        if (near)
          for (int i = 0; i < 3; i++) near[count][i] = -R[i];
        count++;
      }
  return count;
}

static double nearest_distance(const double cell[3][3], const lattice_box *box,
                               const double delta[3])
{
  double best = HUGE_VAL;
  int R[3];
  for (R[0] = box->lo[0]; R[0] <= box->hi[0]; R[0]++)
    for (R[1] = box->lo[1]; R[1] <= box->hi[1]; R[1]++)
      for (R[2] = box->lo[2]; R[2] <= box->hi[2]; R[2]++) {
        const double d = image_distance(cell, delta, R);
        if (d < best) best = d;
      }
  return best;
}

static polar_code add_site(const double cell[3][3], const double inverse[3][3],
                           const double delta[3], int site, cell_dipole_term **term, int *nterm,
                           polar_status *st)
{
  lattice_box box;
  double x[3], length = 0.0;
  int start[3], (*near)[3], count;
  cell_dipole_term *grown;

  /* upper bound of the nearest distance: the image found by rounding reduced coordinates */
  mat3_vec(inverse, delta, x);
  for (int i = 0; i < 3; i++) {
    if (!(fabs(x[i]) < 1e6))
      return polar_fail(st, POLAR_ARGUMENT,
                        "Site %d lies %g cells away from the centre site; expected positions of "
                        "one unit cell (in the length unit of the lattice vectors)",
                        site + 1, x[i]);
    start[i] = (int)floor(x[i] + 0.5);
    for (int a = 0; a < 3; a++) length += cell[a][i] * cell[a][i];
  }
  /* the last term keeps rounding from losing a centre that coincides with the site */
  const double reach =
      image_distance(cell, delta, start) * (1.0 + CELL_DIPOLE_TIE) + 1e-9 * sqrt(length);
  if (!find_box(inverse, x, reach, &box))
    return polar_fail(st, POLAR_ARGUMENT,
                      "The unit cell is so skewed that more than %g neighbouring cells would have "
                      "to be searched for the centres nearest to site %d; use reduced lattice "
                      "vectors",
                      MAX_TRIED, site + 1);

  const double limit =
      nearest_distance(cell, &box, delta) * (1.0 + CELL_DIPOLE_TIE) + 1e-9 * sqrt(length);
  count = nearest_centres(cell, &box, delta, limit, NULL);
  near = malloc((size_t)count * sizeof *near);
  grown = realloc(*term, (size_t)(*nterm + count) * sizeof *grown);
  if (grown) *term = grown;
  if (!near || !grown) {
    free(near);
    return polar_fail_memory(st, "dividing sites among unit cells");
  }
  nearest_centres(cell, &box, delta, limit, near);
  for (int i = 0; i < count; i++) {
    cell_dipole_term *t = &(*term)[(*nterm)++];
    t->site = site;
    for (int k = 0; k < 3; k++) t->offset[k] = near[i][k];
    t->weight = 1.0 / count;
  }
  free(near);
  return POLAR_OK;
}

polar_code cell_dipole_stencil(const double cell[3][3], int n, const double (*tau)[3], int centre,
                               cell_dipole_term **term, int *nterm, polar_status *st)
{
  double inverse[3][3], volume, edge = 1.0;
  *term = NULL;
  *nterm = 0;
  if (n < 1 || centre < 0 || centre >= n)
    return polar_fail(st, POLAR_ARGUMENT,
                      "Centre site %d of the local dipoles does not exist; expected 0 to %d",
                      centre, n - 1);
  for (int k = 0; k < n; k++)
    for (int a = 0; a < 3; a++)
      if (!isfinite(tau[k][a]))
        return polar_fail(st, POLAR_ARGUMENT, "Position of site %d is not a finite number", k + 1);
  for (int i = 0; i < 3; i++)
    edge *= sqrt(cell[0][i] * cell[0][i] + cell[1][i] * cell[1][i] + cell[2][i] * cell[2][i]);
  volume = mat3_inverse(cell, inverse);
  /* relative to the product of the edges: 1e-10 leaves 6 digits for the inverse */
  if (!isfinite(edge) || !(fabs(volume) > 1e-10 * edge))
    return polar_fail(st, POLAR_ARGUMENT,
                      "The lattice vectors of the unit cell are linearly dependent or not finite "
                      "(volume %g Angstrom^3)",
                      volume);

  for (int k = 0; k < n; k++) {
    double delta[3];
    for (int a = 0; a < 3; a++) delta[a] = tau[k][a] - tau[centre][a];
    const polar_code code = add_site(cell, (const double(*)[3])inverse, delta, k, term, nterm, st);
    if (code) {
      free(*term);
      *term = NULL;
      *nterm = 0;
      return code;
    }
  }
  return POLAR_OK;
}

int cell_dipole_centre(int n, const double (*born)[3][3])
{
  int centre = -1;
  double largest = 0.0;
  for (int k = 0; k < n; k++) {
    const double trace = born[k][0][0] + born[k][1][1] + born[k][2][2];
    if (trace > largest) {
      largest = trace;
      centre = k;
    }
  }
  return centre;
}
