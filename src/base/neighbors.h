/* A full neighbor list as the cores see it: the caller's arrays, not copied.
 *
 * Atoms 0..natom-1 include periodic images and atoms of other ranks ("ghosts"); positions are
 * unwrapped among them, so that x[j] - x[i] is the interatomic vector. Energies belong to centres;
 * the list of a centre names every atom within the model's cutoff, and may name more. */
#ifndef POLAR_NEIGHBORS_H
#define POLAR_NEIGHBORS_H

typedef struct {
  int natom;            /* rows of x and type */
  const double (*x)[3]; /* Angstrom */
  const int *type;      /* [natom] */
  const int *element;   /* [largest type + 1] atomic number; 0: not an atom of this model */
  int ncentre;          /* atoms whose energy is wanted */
  const int *centre;    /* [ncentre] their indices */
  const int *count;     /* [natom] number of neighbors, indexed by atom */
  int *const *neighbor; /* [natom][count] indices after `& mask`, indexed by atom */
  int mask;             /* bits of a neighbor that belong to its index; -1: all */
} polar_neighbors;

#endif
