/* Born effective charges of types and atoms from a text file.
 *
 *   # comment, to the end of the line
 *   type T   xx xy xz yx yy yz zx zy zz      tensor of all atoms of type T
 *   type T   z                               the same, isotropic
 *   atom ID  xx xy xz yx yy yz zx zy zz      tensor of one atom, in place of its type's
 *   atom ID  z
 *
 * Row: dipole, column: displacement, Z*_ab = dM_a/dr_b, in e. */
#ifndef BORN_FILE_H
#define BORN_FILE_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int line;       /* line in the file; 0: the file has no line for this type */
  long long id;   /* type 1..ntypes or atom ID >= 1 */
  double born[9]; /* born[3*a+b] */
} born_entry;

typedef struct {
  int ntypes;
  born_entry *type; /* [ntypes], type T at index T-1 */
  int natoms;
  born_entry *atom; /* [natoms], by ascending ID */
} born_file;

/* Read the file for a system of ntypes >= 1 atom types. On success *out is to be released with
 * born_file_free. Errors: those of text_open; POLAR_SYNTAX with the line (unknown keyword, wrong
 * number of values); POLAR_MODEL with the line (not a finite number, type or ID out of range, given
 * twice) or without (no entry at all); POLAR_ARGUMENT (ntypes); POLAR_MEMORY. */
polar_code born_file_read(const char *path, int ntypes, born_file **out, polar_status *st);
void born_file_free(born_file *bf);

/* Entry of an atom: its own, else its type's, else NULL. type 1..ntypes. */
const born_entry *born_file_find(const born_file *bf, int type, long long id);

#ifdef __cplusplus
}
#endif
#endif
