/* A .les file as it stands: header words and arrays (doc/les_format.md). */
#ifndef LES_FILE_H
#define LES_FILE_H

#include "les/les_model.h"

#define LES_MAX_BLOCK 64
#define LES_NAME 32

typedef struct {
  char name[LES_NAME];
  int rank, shape[4], line;
  size_t count;
  double *value; /* [count], row-major */
} les_block;

typedef struct {
  const char *file;
  int nelement, element[LES_MAX_ELEMENT], has_e0, has_scale;
  double e0[LES_MAX_ELEMENT], scale, cutoff, amplitude, sigma, dl, norm, message_norm;
  int power, nradial, nbasis, nembed, remove_self, layers, memory, ar, chi_l, chi_channels;
  int nhidden[2], hidden[2][LES_MAX_HIDDEN], bias[2]; /* of the energy and the charge network */
  int nblock;
  les_block block[LES_MAX_BLOCK];
} les_file;

/* The array `name` of the given shape (rank 1 to 3). Errors: POLAR_MODEL. */
polar_code les_file_block(const les_file *f, const char *name, int rank, int n0, int n1, int n2,
                          const double **value, polar_status *st);

/* The model in the layout that the loops want. Errors: those of les_file_block, POLAR_MEMORY. */
polar_code les_pack(const les_file *f, les_model *m, polar_status *st);

#endif
