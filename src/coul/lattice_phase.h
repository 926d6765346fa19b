/* Phases exp(2 pi i q.R) of lattice vectors R from powers per axis: three sines per wave vector. */
#ifndef COUL_LATTICE_PHASE_H
#define COUL_LATTICE_PHASE_H

#include <math.h>

#include "base/units.h"

/* cos and sin of 2 pi x, exact where x is a multiple of 1/4; |x| < 1e8 */
static inline void lattice_cis(double x, double *c, double *s)
{
  x -= rint(x);
  const int quarter = (int)rint(4.0 * x);
  const double r = 2.0 * POLAR_PI * (x - 0.25 * quarter);
  const double cr = cos(r), sr = sin(r);
  switch (quarter & 3) {
    case 0:
      *c = cr, *s = sr;
      break;
    case 1:
      *c = -sr, *s = cr;
      break;
    case 2:
      *c = -cr, *s = -sr;
      break;
    default:
      *c = sr, *s = -cr;
      break;
  }
}

/* Powers of one axis: c[n], s[n] = cos, sin 2 pi n x for n = -most..most; c, s point to n = 0. Good
 * to about n rounding errors. */
static inline void lattice_powers(double x, int most, double *c, double *s)
{
  double c1, s1;
  lattice_cis(x, &c1, &s1);
  c[0] = 1.0;
  s[0] = 0.0;
  for (int n = 1; n <= most; n++) {
    c[n] = c[-n] = c[n - 1] * c1 - s[n - 1] * s1;
    s[n] = c[n - 1] * s1 + s[n - 1] * c1;
    s[-n] = -s[n];
  }
}

/* Doubles of work that lattice_phases needs */
static inline int lattice_phase_work(const int max[3])
{
  return 2 * (2 * (max[0] + max[1] + max[2]) + 3);
}

/* cosine, sine [count]: exp(2 pi i q.R) of r[count][3] with |R_i| <= max[i], good to about
 * |R_x| + |R_y| + |R_z| rounding errors */
static inline void lattice_phases(const double q[3], const int max[3], int count, const int (*r)[3],
                                  double *work, double *cosine, double *sine)
{
  const double *c[3], *s[3];
  for (int axis = 0; axis < 3; axis++) {
    const int m = max[axis];
    double *ca = work + m, *sa = ca + 2 * m + 1;
    lattice_powers(q[axis], m, ca, sa);
    c[axis] = ca;
    s[axis] = sa;
    work += 2 * (2 * m + 1);
  }
  for (int k = 0; k < count; k++) {
    const int *m = r[k];
    const double cxy = c[0][m[0]] * c[1][m[1]] - s[0][m[0]] * s[1][m[1]];
    const double sxy = c[0][m[0]] * s[1][m[1]] + s[0][m[0]] * c[1][m[1]];
    cosine[k] = cxy * c[2][m[2]] - sxy * s[2][m[2]];
    sine[k] = cxy * s[2][m[2]] + sxy * c[2][m[2]];
  }
}

#endif
