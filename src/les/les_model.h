/* A latent Ewald summation (LES) model: CACE descriptors of each atom's neighbourhood, one network
 * for the short-range energy, one for a latent charge, and the energy of Gaussian charges in
 * reciprocal space (Cheng, npj Comput. Mater. 11, 80 (2025); Zhong et al., npj Comput. Mater. 11,
 * 384 (2025)).
 *
 * Units eV, Angstrom; latent charges q in sqrt(eV Angstrom): in reciprocal space
 *   E = norm/V sum_{0<|k|<=kmax} exp(-sigma^2 k^2/2)/k^2 |sum_j q_j exp(i k.r_j)|^2. */
#ifndef LES_MODEL_H
#define LES_MODEL_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LES_MAX_ELEMENT 16
#define LES_MAX_HIDDEN 4
#define LES_MONOMIALS 20   /* x^a y^b z^c of degree 0 to 3 */
#define LES_INVARIANTS 6   /* per radial basis function and channel */
#define LES_LANES 8        /* radial functions of an edge, padded; the last lane is the cutoff */
#define LES_INTERVALS 1024 /* of the radial table */
#define LES_MAX_UNITS 1024 /* of a layer of the networks; files with more are refused */

/* A network with silu activations, beside a linear map of its input; its first layer is stored in
 * les_model.first */
typedef struct {
  int nhidden;
  int size[LES_MAX_HIDDEN + 1];       /* of the hidden layers, then 1 */
  int column, column_linear;          /* of the first layer's outputs in les_model.first */
  double *weight[LES_MAX_HIDDEN + 1]; /* [size[k]][size[k-1]], k >= 1 */
  double *bias[LES_MAX_HIDDEN + 1];   /* [size[k]], k >= 1 */
} les_network;

/* Immutable after les_read; may be shared by threads. Arrays over (channel, radial basis function)
 * are padded: index channel*nbasis_padded + basis, `width` numbers. */
typedef struct {
  int nelement, element[LES_MAX_ELEMENT]; /* atomic numbers */
  int has_e0, has_scale;
  double e0[LES_MAX_ELEMENT]; /* eV, 0 without has_e0 */
  double scale;               /* dipole of the charges q at r: scale * sum q r, e Angstrom */
  double cutoff, sigma, kmax; /* Angstrom, Angstrom, 1/Angstrom */
  double norm;
  int remove_self; /* leave out each Gaussian's energy in its own potential */
  int layers;      /* of message passing: 0 or 1 */

  int cutoff_power, nradial, nbasis, nembed;
  int nchannel, nbasis_padded, width;
  double *sender, *receiver; /* [nelement][nchannel] */
  double *table;             /* [LES_INTERVALS][6][LES_LANES]: polynomials of t in 0..1 */
  double *radial[4];         /* [nchannel][LES_LANES][nbasis_padded], per degree */
  double *radial_t[4];       /* [nchannel][nbasis_padded][LES_LANES] */

  int memory, ar, chi_l, chi_channels, nchi, nchi_padded; /* message passing; nchi = 0: no Bchi */
  double message_norm;
  double *memory_weight;             /* [4][width] */
  double *ar_prefactor, *ar_rate;    /* [4][width] */
  double *chi_weight, *chi_weight_t; /* [6 width][nchi_padded], [nchi_padded][6 width] */
  double *chi_bias;                  /* [nchi_padded] */

  int nfeature, nfirst;    /* padded inputs, padded outputs of the first layer */
  double *first, *first_t; /* [nfeature][nfirst], [nfirst][nfeature] */
  double *first_bias;      /* [nfirst] */
  les_network energy, charge;
} les_model;

/* Read a model from a file, or from `size` bytes that came from a file named `file`. *out is to be
 * released with les_model_free. Errors: POLAR_FILE, POLAR_SYNTAX (not such a file, damaged, wrong
 * checksum), POLAR_MODEL (contents that contradict each other or are not supported), POLAR_MEMORY.
 */
polar_code les_read(const char *path, les_model **out, polar_status *st);
polar_code les_parse(const char *file, const char *data, size_t size, les_model **out,
                     polar_status *st);
void les_model_free(les_model *m); /* NULL allowed */

/* Distance up to which an atom influences another's energy or charge, Angstrom */
static inline double les_reach(const les_model *m)
{
  return m->cutoff * (1 + m->layers);
}

#ifdef __cplusplus
}
#endif
#endif
