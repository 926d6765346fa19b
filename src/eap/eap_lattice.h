/* The cells one rank works on, as the eap cores see them.
 *
 * Cells are numbered 0..nown-1 (owned), nown..nall-1 (ghosts: copies of cells owned elsewhere).
 * Periodicity is settled by whoever builds the table: an offset that leads round a small supercell
 * simply names a cell again, so supercells of 1 or 2 cells need no special case. */
#ifndef EAP_LATTICE_H
#define EAP_LATTICE_H

typedef struct {
  int nown, nall;
  int noffset;         /* row length of neighbor */
  const int *neighbor; /* [nown][noffset] index 0..nall-1 of the cell at offset o from cell c */
} eap_lattice;

#endif
