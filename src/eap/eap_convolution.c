#include "eap/eap_convolution.h"

#define W POLAR_LANES

/* Upper triangle by rows: the real diagonal element, then re, im of the elements right of it */
static size_t triangle(int fields)
{
  return (size_t)fields * (size_t)fields * W;
}

size_t eap_convolution_kernel_size(int fields, int hermitian)
{
  return triangle(fields) * (hermitian ? 1 : 2);
}

size_t eap_convolution_scratch(int fields)
{
  /* u~ and G~ of a batch, re and im; an odd number of fields gets an empty partner */
  return 8 * (size_t)eap_convolution_pairs(fields) * W;
}

void eap_convolution_pack(int fields, int hermitian, int lane, double scale, const double *re,
                          const double *im, double *kernel)
{
  double *h = kernel + lane, *k = kernel + triangle(fields) + lane;
  const double half = 0.5 * scale;
  for (int i = 0; i < fields; i++)
    for (int j = i; j < fields; j++) {
      const double a = re[i * fields + j], b = im[i * fields + j];
      const double c = re[j * fields + i], d = im[j * fields + i];
      *h = half * (a + c); /* H = (D + D^+)/2 */
      h += W;
      if (j > i) {
        *h = half * (b - d);
        h += W;
      }
      if (hermitian) continue;
      *k = half * (b + d); /* K = (D - D^+)/2i */
      k += W;
      if (j > i) {
        *k = half * (c - a);
        k += W;
      }
    }
}

/* u~ of one batch from z(k) and z(-k), re and im [2 pairs][W] */
static void unpack(int pairs, int count, const eap_convolution_item *item, double *const *z,
                   const double *remote, double *ur, double *ui)
{
  for (int p = 0; p < pairs; p++) {
    double *const ur0 = ur + 2 * p * W, *const ur1 = ur0 + W;
    double *const ui0 = ui + 2 * p * W, *const ui1 = ui0 + W;
    for (int l = 0; l < count; l++) {
      const double *zk = z[p] + 2 * (size_t)item[l].k, *zm;
      if (item[l].mirror >= 0) zm = z[p] + 2 * (size_t)item[l].mirror;
      else zm = remote + 2 * ((size_t)(-1 - item[l].mirror) * (size_t)pairs + (size_t)p);
      ur0[l] = 0.5 * (zk[0] + zm[0]);
      ui0[l] = 0.5 * (zk[1] - zm[1]);
      ur1[l] = 0.5 * (zk[1] + zm[1]);
      ui1[l] = 0.5 * (zm[0] - zk[0]);
    }
    for (int l = count; l < W; l++) ur0[l] = ui0[l] = ur1[l] = ui1[l] = 0.0;
  }
}

static void repack(int pairs, int count, const eap_convolution_item *item, const double *gr,
                   const double *gi, double *const *z)
{
  for (int p = 0; p < pairs; p++) {
    const double *const gr0 = gr + 2 * p * W, *const gr1 = gr0 + W;
    const double *const gi0 = gi + 2 * p * W, *const gi1 = gi0 + W;
    for (int l = 0; l < count; l++) {
      if (item[l].mirror >= 0) {
        double *zm = z[p] + 2 * (size_t)item[l].mirror;
        zm[0] = gr0[l] + gi1[l];
        zm[1] = gr1[l] - gi0[l];
      }
      double *zk = z[p] + 2 * (size_t)item[l].k;
      zk[0] = gr0[l] - gi1[l];
      zk[1] = gi0[l] + gr1[l];
    }
  }
}

/* G += H x for a Hermitian H and x = sign*ur + i ui; the sign lets i u = -ui + i ur be passed as
 * (ui, ur) */
POLAR_CLONES
static void multiply(int fields, const double *restrict kernel, const double *restrict ur,
                     const double *restrict ui, double sign, double *restrict gr,
                     double *restrict gi)
{
  for (int i = 0; i < fields; i++) {
    double sr[W], si[W], xr[W], xi[W];
    for (int l = 0; l < W; l++) {
      xr[l] = sign * ur[i * W + l];
      xi[l] = ui[i * W + l];
      sr[l] = kernel[l] * xr[l];
      si[l] = kernel[l] * xi[l];
    }
    kernel += W;
    for (int j = i + 1; j < fields; j++, kernel += 2 * W) {
      const double *restrict const yr = ur + j * W, *restrict const yi = ui + j * W;
      double *restrict const hr = gr + j * W, *restrict const hi = gi + j * W;
      for (int l = 0; l < W; l++) {
        const double a = kernel[l], b = kernel[W + l], yrl = sign * yr[l];
        sr[l] += a * yrl - b * yi[l];
        si[l] += a * yi[l] + b * yrl;
        hr[l] += a * xr[l] + b * xi[l];
        hi[l] += a * xi[l] - b * xr[l];
      }
    }
    for (int l = 0; l < W; l++) {
      gr[i * W + l] += sr[l];
      gi[i * W + l] += si[l];
    }
  }
}

void eap_convolution_apply(int fields, int hermitian, int nitem, const eap_convolution_item *item,
                           const double *kernel, double *const *z, const double *remote,
                           double *scratch)
{
  const int pairs = eap_convolution_pairs(fields);
  const size_t width = 2 * (size_t)pairs * W, size = eap_convolution_kernel_size(fields, hermitian);
  double *const ur = scratch, *const ui = ur + width, *const gr = ui + width,
                *const gi = gr + width;
  for (int first = 0; first < nitem; first += W, item += W, kernel += size) {
    const int count = nitem - first < W ? nitem - first : W;
    unpack(pairs, count, item, z, remote, ur, ui);
    for (size_t i = 0; i < 2 * width; i++) gr[i] = 0.0;
    multiply(fields, kernel, ur, ui, 1.0, gr, gi);
    /* i K u: K applied to i u = (-ui) + i ur */
    if (!hermitian) multiply(fields, kernel + triangle(fields), ui, ur, -1.0, gr, gi);
    repack(pairs, count, item, gr, gi, z);
  }
}
