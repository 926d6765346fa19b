/* State between the forward and the reverse sweep */
#ifndef LES_WORK_H
#define LES_WORK_H

#include "les/les_kernel.h"
#include "les/les.h"

#define LES_BLOCK 16 /* atoms whose networks are evaluated together */

enum {
  LES_NODE,
  LES_FIRST,
  LES_EDGE,
  LES_A1,
  LES_A2,
  LES_CHI,
  LES_HIDDEN,
  LES_DEEP,
  LES_A1_BAR,
  LES_A2_BAR,
  LES_CHI_BAR,
  LES_AR_EDGES,
  LES_SCRATCH,
  LES_STORES
};

struct les_work {
  /* what the last les_forward saw */
  int ready;
  const les_model *model;
  /* growing arrays and their capacities in bytes */
  void *store[LES_STORES];
  size_t bytes[LES_STORES];

  int *node;  /* [nall] centre of an atom or of its original, -1 if none */
  int *first; /* [ncentre+1] edges of each centre */
  les_edge *edge;
  double *a1;             /* [ncentre][20][width] descriptors of the first layer */
  double *a2;             /* [nown][20][width] of the second */
  double *chi;            /* [ncentre][nchi_padded] message weights */
  double *hidden;         /* [nown][nfirst] inputs of the first activations */
  double *deep;           /* [nown][ndeep] inputs of the later ones */
  double *a1_bar;         /* [moments][ncentre][20][width] */
  double *a2_bar;         /* [nown][20][width] */
  double *chi_bar;        /* [moments][ncentre][nchi_padded] */
  struct les_ar_edge *ar; /* [most neighbours of one centre], with Ar messages */
  double *scratch;        /* of one block */
  int ndeep;
};

/* Store `which` with at least `count` items of `size` bytes, contents undefined; NULL without
 * memory */
void *les_work_get(les_work *w, int which, size_t count, size_t size);

/* Weights with which neighbour j enters the sums over edges of the second layer where they differ
 * by channel: v[degree][channel] */
LES_INLINE void les_chi_weights(const les_model *m, const double *chi, int element, double *v)
{
  for (int l = 0; l < 4; l++)
    for (int c = 0; c < m->nchannel; c++)
      v[l * m->nchannel + c] =
          m->sender[element * m->nchannel + c] *
          chi[(m->chi_l == 1 ? 0 : l) * m->chi_channels + (m->chi_channels == 1 ? 0 : c)];
}

#endif
