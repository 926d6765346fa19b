#include "eap/eap_strain.h"

#include "base/mat3.h"

typedef const double (*cmat3)[3];

polar_code eap_strain_set(eap_strain *strain, eap_rotate rotate, const double h[3][3],
                          const double h0_inverse[3][3], polar_status *st)
{
  strain->rotate = rotate;
  mat3_mul(h, h0_inverse, strain->F);
  if (rotate == EAP_ROTATE_POLAR) {
    if (mat3_polar((cmat3)strain->F, strain->R, strain->U))
      return polar_fail(st, POLAR_NUMERIC,
                        "The simulation box is inverted or singular: det(h h0^-1) = %g, expected a "
                        "number near 1",
                        mat3_det((cmat3)strain->F));
  } else {
    if (!(mat3_det((cmat3)strain->F) > 0.0))
      return polar_fail(st, POLAR_NUMERIC,
                        "The simulation box is inverted or singular: det(h h0^-1) = %g, expected a "
                        "number near 1",
                        mat3_det((cmat3)strain->F));
    mat3_identity(strain->R);
    mat3_copy((cmat3)strain->F, strain->U);
  }
  strain->e[0] = strain->U[0][0] - 1.0;
  strain->e[1] = strain->U[1][1] - 1.0;
  strain->e[2] = strain->U[2][2] - 1.0;
  strain->e[3] = strain->U[1][2] + strain->U[2][1];
  strain->e[4] = strain->U[0][2] + strain->U[2][0];
  strain->e[5] = strain->U[0][1] + strain->U[1][0];
  return POLAR_OK;
}

/* dE/deta as a symmetric matrix from Voigt derivatives: eta_23 and eta_32 both enter e_4 */
static void strain_gradient(const double de[6], double s[3][3])
{
  s[0][0] = de[0];
  s[1][1] = de[1];
  s[2][2] = de[2];
  s[1][2] = s[2][1] = de[3];
  s[0][2] = s[2][0] = de[4];
  s[0][1] = s[1][0] = de[5];
}

void eap_strain_virial(const eap_strain *strain, const double de[6], const double gu[3][3],
                       double w[3][3])
{
  double s[3][3];
  strain_gradient(de, s);
  if (strain->rotate == EAP_ROTATE_NONE) {
    /* dF = eps F, du = eps u: W = -(S F^T + sum G u^T) */
    double sf[3][3];
    mat3_mul_t((cmat3)s, (cmat3)strain->F, sf);
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) w[i][j] = -(sf[i][j] + gu[i][j]);
    return;
  }
  /* u^ = U (U^-1 u^) with U^-1 u^ = F^-1 u fixed under the variation, so E depends on U alone:
   * dE = sym(S + sum G^ (U^-1 u^)^T) : dU, and d(U^2) = F^T (eps + eps^T) F gives
   * W = -2 F X F^T with U X + X U = M. */
  double uinv[3][3], m[3][3], x[3][3];
  mat3_inverse((cmat3)strain->U, uinv);
  mat3_mul(gu, (cmat3)uinv, m);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j <= i; j++) x[i][j] = x[j][i] = 0.5 * (s[i][j] + m[i][j] + s[j][i] + m[j][i]);
  mat3_sylvester((cmat3)strain->U, (cmat3)x, x);
  mat3_mul((cmat3)strain->F, (cmat3)x, x);
  mat3_mul_t((cmat3)x, (cmat3)strain->F, x);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) w[i][j] = -(x[i][j] + x[j][i]);
}

void eap_strain_field_virial(const eap_strain *strain, const double field[3],
                             const double dipole[3], const double zeu[3][3], double w[3][3])
{
  if (strain->rotate == EAP_ROTATE_NONE) {
    mat3_copy(zeu, w);
    return;
  }
  /* With eps^ = R^T eps R and dR = R omega: omega U + U omega = eps^ U - U eps^^T, and
   * d(-E.M) = sum omega_ij A_ij - sum eps^_ij zeu_ij, A = zeu - E M^T. The map of omega is
   * self-adjoint, hence with Y U + U Y = (A - A^T)/2: W^ = zeu - 2 Y U. */
  double a[3][3], y[3][3];
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      a[i][j] = 0.5 * (zeu[i][j] - field[i] * dipole[j] - zeu[j][i] + field[j] * dipole[i]);
  mat3_sylvester((cmat3)strain->U, (cmat3)a, y);
  mat3_mul((cmat3)y, (cmat3)strain->U, y);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) y[i][j] = zeu[i][j] - 2.0 * y[i][j];
  mat3_mul((cmat3)strain->R, (cmat3)y, y);
  mat3_mul_t((cmat3)y, (cmat3)strain->R, w);
}
