/* Parameter files of polarizable charge equilibration (PQEq): a table of elements.
 *
 *   pqeq 1                        format, first line
 *   kernel taper12.5              interaction that the table belongs to (a word), optional
 *   coulomb 14.399645             e^2/(4 pi eps0), eV Angstrom; optional, default CODATA 2018
 *   lambda 0.462770               a = lambda/(2 radius^2) is the exponent of a Gaussian charge
 *   spring 23.060549              units of the springs' energy per eV; optional, default 1 (eV)
 *   element O 8.30811 14.66128 1.0 0.669 414.04451     symbol chi eta Z radius spring
 *
 * Everything behind '#' is a comment; lines may come in any order after the first. */
#ifndef PQEQ_READ_H
#define PQEQ_READ_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int number;    /* atomic number */
  int line;      /* in the file */
  double chi;    /* eV/e */
  double eta;    /* eV/e^2: the atom's own energy is chi q + eta q^2/2 */
  double z;      /* e: the shell carries -z, the core q + z; 0 if there is no shell */
  double radius; /* Angstrom, of core and shell */
  double spring; /* eV/Angstrom^2; 0 if there is no shell */
} pqeq_element;

typedef struct {
  char kernel[32]; /* "" if the file names none */
  double coulomb;  /* eV Angstrom */
  double lambda;
  int n;
  pqeq_element *element; /* [n] */
} pqeq_parameters;

/* Parse `size` bytes of a file named `file` in messages, or read a file. On success *out is to be
 * released with pqeq_parameters_free. An element whose spring is 0 has no shell: its z becomes 0.
 * Errors: those of text_open; POLAR_MODEL with the line (unknown word, missing or repeated line,
 * unknown element, number out of range). */
polar_code pqeq_parse(const char *file, const char *data, size_t size, pqeq_parameters **out,
                      polar_status *st);
polar_code pqeq_read(const char *path, pqeq_parameters **out, polar_status *st);
void pqeq_parameters_free(pqeq_parameters *p);

/* The row of a symbol, NULL if the table lacks it */
const pqeq_element *pqeq_find(const pqeq_parameters *p, const char *symbol);

#ifdef __cplusplus
}
#endif
#endif
