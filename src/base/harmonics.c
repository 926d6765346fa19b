#include "base/harmonics.h"

#include <math.h>

#include "base/units.h"

void harmonics_norm(int lmax, double *norm)
{
  for (int l = 0; l <= lmax; l++) {
    double ratio = 1.0; /* (l-m)!/(l+m)! */
    for (int m = 0; m <= l; m++) {
      if (m > 0) ratio /= (double)(l - m + 1) * (l + m);
      norm[l * (l + 1) / 2 + m] = sqrt((m ? 2.0 : 1.0) * (2 * l + 1) / (4.0 * POLAR_PI) * ratio);
    }
  }
}

/* With P_l the Legendre polynomial and r^2 = 1 put after differentiation,
 *   Q_lm(x,y,z) = r^(l-m) (d/dt)^m P_l(t) at t = z/r,
 *   c_m + i s_m = (x + i y)^m,
 * the solid harmonics are N_lm Q_lm c_m and N_lm Q_lm s_m. Their derivatives follow from
 *   dQ_lm/dz = (l+m) Q_(l-1)m,  dQ_lm/dx = -x Q_(l-1)(m+1),  dQ_lm/dy = -y Q_(l-1)(m+1). */
static void legendre(int lmax, double z, double *q)
{
  q[0] = 1.0;
  for (int l = 1; l <= lmax; l++) {
    double *now = q + l * (l + 1) / 2;
    const double *last = q + (l - 1) * l / 2;
    for (int m = 0; m <= l - 2; m++) {
      const double *before = q + (l - 2) * (l - 1) / 2;
      now[m] = ((2 * l - 1) * z * last[m] - (l + m - 1) * before[m]) / (l - m);
    }
    now[l - 1] = (2 * l - 1) * z * last[l - 1];
    now[l] = (2 * l - 1) * last[l - 1];
  }
}

static void azimuth(int lmax, double x, double y, double *c, double *s)
{
  c[0] = 1.0;
  s[0] = 0.0;
  for (int m = 1; m <= lmax; m++) {
    c[m] = x * c[m - 1] - y * s[m - 1];
    s[m] = x * s[m - 1] + y * c[m - 1];
  }
}

void harmonics(int lmax, const double *norm, const double u[3], double *y)
{
  double q[HARMONICS_NORM], c[HARMONICS_MAX_L + 1], s[HARMONICS_MAX_L + 1];
  legendre(lmax, u[2], q);
  azimuth(lmax, u[0], u[1], c, s);
  for (int l = 0; l <= lmax; l++) {
    const int t = l * (l + 1) / 2, k = l * l + l;
    y[k] = norm[t] * q[t];
    for (int m = 1; m <= l; m++) {
      const double a = norm[t + m] * q[t + m];
      y[k + m] = a * c[m];
      y[k - m] = a * s[m];
    }
  }
}

void harmonics_gradient(int lmax, const double *norm, const double u[3], double s, double *y,
                        double *dy)
{
  const int n = (lmax + 1) * (lmax + 1);
  double q[HARMONICS_NORM], c[HARMONICS_MAX_L + 1], sn[HARMONICS_MAX_L + 1];
  double *dx = dy, *dv = dy + n, *dz = dy + 2 * n;
  legendre(lmax, u[2], q);
  azimuth(lmax, u[0], u[1], c, sn);
  y[0] = norm[0];
  dx[0] = dv[0] = dz[0] = 0.0;
  for (int l = 1; l <= lmax; l++) {
    const int t = l * (l + 1) / 2, b = (l - 1) * l / 2, k = l * l + l;
    for (int m = 0; m <= l; m++) {
      const double f = norm[t + m], a = f * q[t + m];
      /* Q_(l-1)m vanishes for m > l-1 */
      const double down = m < l ? f * (l + m) * q[b + m] : 0.0;
      const double over = m < l - 1 ? f * q[b + m + 1] : 0.0;
      /* homogeneous of degree l: the radial derivative of the solid harmonic is l times it */
      const double yc = a * c[m];
      const double am = a * m, c1 = m ? c[m - 1] : 0.0, s1 = m ? sn[m - 1] : 0.0;
      y[k + m] = yc;
      dx[k + m] = s * (am * c1 - u[0] * over * c[m] - l * yc * u[0]);
      dv[k + m] = s * (-am * s1 - u[1] * over * c[m] - l * yc * u[1]);
      dz[k + m] = s * (down * c[m] - l * yc * u[2]);
      if (m == 0) continue;
      const double ys = a * sn[m];
      y[k - m] = ys;
      dx[k - m] = s * (am * s1 - u[0] * over * sn[m] - l * ys * u[0]);
      dv[k - m] = s * (am * c1 - u[1] * over * sn[m] - l * ys * u[1]);
      dz[k - m] = s * (down * sn[m] - l * ys * u[2]);
    }
  }
}
