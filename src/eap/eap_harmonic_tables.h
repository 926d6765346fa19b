/* The compiled harmonic part: what eap_harmonic.c builds and eap_harmonic_direct.c reads. */
#ifndef EAP_HARMONIC_TABLES_H
#define EAP_HARMONIC_TABLES_H

#include "coul/dipole_sum.h"
#include "eap/eap_harmonic.h"

/* Sites whose gradients the direct sum keeps on its stack at a time */
#define EAP_HARMONIC_ROWS 32

/* The non-zero 3x3 parts Phi_ab(R) that share R and the column site b: one gather of displacements
 * serves them all. */
typedef struct {
  int offset; /* index of R */
  int site;   /* b */
  int first;  /* its parts: first .. first of the next column - 1 */
} eap_harmonic_column;

typedef struct {
  int row; /* a, counted from the first row of its group of EAP_HARMONIC_ROWS */
  double phi[9];
} eap_harmonic_part;

struct eap_harmonic {
  int n, n3; /* sites per cell, 3 n */
  int symmetric;

  /* direct sum */
  int noffset;
  int (*offset)[3];            /* [noffset] R with a non-zero block, lexicographic */
  int ngroup;                  /* groups of EAP_HARMONIC_ROWS rows */
  int *group;                  /* [ngroup + 1] first column of each group */
  eap_harmonic_column *column; /* [group[ngroup] + 1], the last one closes the list of parts */
  eap_harmonic_part *part;

  /* D(q) = sum over half of the R of cos(q.R) (Phi(R) + Phi(-R)) + i sin(q.R) (Phi(R) - Phi(-R)) */
  int nhalf, nelement; /* elements kept: the upper triangle if symmetric, else all */
  int rmax[3];
  int (*half)[3];       /* [nhalf] */
  double *plus, *minus; /* [nhalf][nelement] */

  /* dipole-dipole part, NULL without */
  coul_dipole_sum *sum;
  double (*born)[3][3]; /* [n] */
};

#endif
