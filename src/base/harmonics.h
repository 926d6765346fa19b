/* Real orthonormal spherical harmonics and their gradients by recursion, without angles.
 *
 * Order: index l*l + l + m; m > 0 goes with cos(m phi), m < 0 with sin(|m| phi). No Condon-Shortley
 * phase. */
#ifndef POLAR_HARMONICS_H
#define POLAR_HARMONICS_H

#ifdef __cplusplus
extern "C" {
#endif

#define HARMONICS_MAX_L 24
#define HARMONICS_MAX ((HARMONICS_MAX_L + 1) * (HARMONICS_MAX_L + 1))

/* Normalization [l*(l+1)/2 + m], 0 <= m <= l: sqrt((2 - delta_m0) (2l+1)/(4 pi) (l-m)!/(l+m)!) */
#define HARMONICS_NORM ((HARMONICS_MAX_L + 1) * (HARMONICS_MAX_L + 2) / 2)
void harmonics_norm(int lmax, double *norm);

/* y[(lmax+1)^2] at the unit vector u */
void harmonics(int lmax, const double *norm, const double u[3], double *y);

/* The same, and with s = 1/r the gradient dy[3][(lmax+1)^2] with respect to the vector r u */
void harmonics_gradient(int lmax, const double *norm, const double u[3], double s, double *y,
                        double *dy);

#ifdef __cplusplus
}
#endif
#endif
