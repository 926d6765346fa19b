/* Lattice convolution in reciprocal space: G~(k) = D(k) u~(k) on the wave vectors of one rank.
 *
 * The 3n displacement fields are real; two of them share one complex field, z_p = u_2p + i u_2p+1,
 * which halves the number of Fourier transforms. At each k the parts are told apart with the help
 * of -k: u~_2p(k) = (z(k) + conj z(-k))/2, u~_2p+1(k) = (z(k) - conj z(-k))/2i (Press et al.,
 * Numerical Recipes, sec. 12.3).
 *
 * Wave vectors are worked on in batches of POLAR_LANES, one per vector lane. D = H + i K with H and
 * K Hermitian; only their upper triangles are stored, and K only if there is one. */
#ifndef EAP_CONVOLUTION_H
#define EAP_CONVOLUTION_H

#include <stddef.h>

#include "base/simd.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One wave vector k, or a pair k, -k, to be worked on */
typedef struct {
  int k;      /* its place in the rank's arrays */
  int mirror; /* place of -k if this rank has it (both are then done), else -1-r: value r of remote
               */
} eap_convolution_item;

static inline int eap_convolution_pairs(int fields)
{
  return (fields + 1) / 2;
}
static inline size_t eap_convolution_batches(size_t nitem)
{
  return (nitem + POLAR_LANES - 1) / POLAR_LANES;
}

/* doubles that the kernel of one batch takes, and that scratch must hold */
size_t eap_convolution_kernel_size(int fields, int hermitian);
size_t eap_convolution_scratch(int fields);

/* Store D(k) of one item, times `scale`, in lane `lane` of its batch's kernel[kernel_size], which
 * was zeroed at first. re, im [fields][fields]. hermitian = 1 leaves out K (0 for a symmetric Phi).
 */
void eap_convolution_pack(int fields, int hermitian, int lane, double scale, const double *re,
                          const double *im, double *kernel);

/* z[pairs]: complex fields, interleaved re im; on return z holds the pairs of G~ in the same way,
 * at all k (and mirrors) of the items. kernel[batches][kernel_size] and scratch: aligned to 64
 * bytes; remote[..][pairs][2]: z(-k) of wave vectors that belong to other ranks. */
void eap_convolution_apply(int fields, int hermitian, int nitem, const eap_convolution_item *item,
                           const double *kernel, double *const *z, const double *remote,
                           double *scratch);

#ifdef __cplusplus
}
#endif
#endif
