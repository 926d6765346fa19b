/* Neighbour lists for a LES model from positions alone, by sorting atoms into cells. */
#ifndef LES_LIST_H
#define LES_LIST_H

#include "les/les.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Zero-initialise before the first use; les_list_free releases the arrays. The list stays valid
 * while no atom has moved by more than half of (range - cutoff). */
typedef struct {
  int nown, ncentre;
  int *centre, *first, *neighbor; /* [ncentre], [ncentre+1], [first[ncentre]] */
  int *next, *head, *mark;        /* scratch */
  size_t capacity[6];
} les_list;

/* Lists up to distance `range` (Angstrom) of the atoms 0..nlocal-1 of the model and, if `ghosts`,
 * of the atoms of the model nlocal..nall-1 within `range` of one of these, less those that are
 * images of own atoms. element and image as in les_neighborhood. Errors: POLAR_NUMERIC (a position
 * is not finite), POLAR_MEMORY (also for 2^31 pairs). */
polar_code les_list_build(les_list *l, int nlocal, int nall, const double (*x)[3],
                          const int *element, const int *image, double range, int ghosts,
                          polar_status *st);
void les_list_free(les_list *l);

/* The list with the present positions */
static inline les_neighborhood les_list_view(const les_list *l, int nall, const double (*x)[3],
                                             const int *element, const int *image)
{
  const les_neighborhood nb = {nall,      x,        element,     l->nown, l->ncentre,
                               l->centre, l->first, l->neighbor, image};
  return nb;
}

#ifdef __cplusplus
}
#endif
#endif
