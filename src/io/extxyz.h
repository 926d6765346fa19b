/* Extended xyz files: frames of atoms with a cell, energies, forces and virials, as ASE and QUIP
 * write them.
 *
 * A frame is a line with the number of atoms, a line of key=value words (values with blanks stand
 * in quotes or braces), and a line for each atom whose columns the key Properties names
 * (species:S:1:pos:R:3:forces:R:3). Read are Lattice (nine numbers, vector after vector, Angstrom),
 * pbc (default T T T with a Lattice, else F F F), config_type, and the quantities that the caller
 * names. */
#ifndef POLAR_EXTXYZ_H
#define POLAR_EXTXYZ_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Names of quantities in the file; NULL or "": is not read even if there */
typedef struct {
  const char *energy; /* key, eV */
  const char *force;  /* column, eV/Angstrom */
  const char *virial; /* key, eV: nine numbers -dE/deps_ab */
  const char *stress; /* key, eV/Angstrom^3: nine numbers dE/deps_ab / V, or six in the order
                         xx yy zz yz xz xy; virial goes before stress if both are there */
  const char *dipole; /* key, e Angstrom: three numbers */
  const char *born;   /* column, e: nine numbers dM_a/dr_b, xx xy xz yx ... */
} extxyz_names;

typedef struct {
  int line;          /* of the number of atoms */
  int n;             /* atoms */
  double cell[3][3]; /* rows are the vectors, Angstrom; zero if there is no Lattice */
  int pbc[3];
  int *z;             /* [n] atomic numbers */
  double (*x)[3];     /* [n] Angstrom */
  double (*force)[3]; /* [n] eV/Angstrom; NULL if not there */
  double (*born)[9];  /* [n] e; NULL if not there */
  int has_energy, has_virial, has_dipole;
  double energy, virial[9]; /* eV; virial symmetrised: xx xy xz yx ... */
  double dipole[3];         /* e Angstrom */
  char kind[64];            /* config_type, "" if absent */
} extxyz_frame;

/* All frames of a file. Errors: POLAR_MODEL with the line (an unknown element, a quantity that is
 * not a number, a file that ends within a frame, a periodic frame whose cell has no volume),
 * POLAR_FILE, POLAR_MEMORY. Release with extxyz_free. */
polar_code extxyz_read(const char *path, const extxyz_names *names, int *nframe,
                       extxyz_frame **frame, polar_status *st);
polar_code extxyz_parse(const char *file, const char *data, size_t size, const extxyz_names *names,
                        int *nframe, extxyz_frame **frame, polar_status *st);
void extxyz_free(int nframe, extxyz_frame *frame);

#ifdef __cplusplus
}
#endif
#endif
