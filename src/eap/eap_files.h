/* What MULTIBINIT's two XML files hold, read into plain arrays in eV, Angstrom and e.
 *
 * Formats: system XML (root System_definition) and coefficient XML (root Heff_definition), as
 * written by MULTIBINIT of ABINIT 9.6. Both structs are immutable after reading. */
#ifndef EAP_FILES_H
#define EAP_FILES_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Force constants between the home cell and the cell at R = cell (primitive lattice units).
 * phi[3n][3n], row 3a+mu: atom a in the home cell; column 3b+nu: atom b in cell R; eV/Angstrom^2.
 * Wigner-Seitz weights are already folded into the numbers of the file. */
typedef struct {
  int cell[3];
  double *phi;
} eap_block;

typedef struct {
  int n;                        /* sites per primitive cell, in the order of the file */
  double energy;                /* reference energy E0 of one primitive cell, eV */
  double cell[3][3];            /* lattice vectors in columns, cell[cartesian][vector], Angstrom */
  double eps_inf[3][3];         /* clamped-ion dielectric tensor, eps0; made exactly symmetric */
  double elastic[6][6];         /* d2E/(de de) per cell, eV; Voigt 11 22 33 23 13 12 */
  double *mass;                 /* [n] amu */
  int *element;                 /* [n] atomic number, from the mass */
  double (*tau)[3];             /* [n][3] Cartesian reference positions, Angstrom */
  double (*born)[3][3];         /* [n] Born effective charge [a][b] = dM_a/du_b, e */
  int nlocal, ntotal;           /* number of blocks; ntotal = 0 if the file has none */
  eap_block *local, *total;     /* local_force_constant and total_force_constant */
  double (*strain_force)[6][3]; /* [n][6][3] Lambda, d2E/(de_v du) as in the file, eV/Angstrom */
  int has_coefficients;         /* 1: a file of `prt_model 1`, with coefficients, not read here */
} eap_system;

/* One factor (u_{site[0], cell[0]} - u_{site[1], cell[1]})_dir ^ power of a term */
typedef struct {
  int site[2];
  int cell[2][3];
  int dir;   /* 0 1 2 for x y z */
  int power; /* >= 1 */
} eap_difference;

/* One factor e_voigt ^ power of a term; voigt 0..5 */
typedef struct {
  int voigt;
  int power;
} eap_strain_power;

typedef struct {
  double value; /* coefficient times weight, eV/Angstrom^p, p the sum of displacement powers */
  int ndifference, nstrain;
  eap_difference *difference;
  eap_strain_power *strain;
} eap_term;

typedef struct {
  int ncoefficient; /* coefficients in the file, for messages */
  int nvalueless;   /* of these, without a value: they count as 0, as in MULTIBINIT (warn) */
  int nterm;        /* all terms of all coefficients, in file order */
  eap_term *term;
  int *coefficient; /* [nterm] the coefficient a term belongs to, 0-based */
  char **text;      /* [ncoefficient] the file's label, "" if it has none */
} eap_coefficients;

/* Read a system XML. On success *out is to be released with eap_system_free.
 * Children of the root may come in any order. `phonon` and, in a file of `prt_model 1`, the
 * coefficients are passed over; elements and attributes that are not known are refused. Numbers may
 * have Fortran's exponents; a missing `units` stands for MULTIBINIT's unit.
 * Errors: POLAR_FILE, POLAR_SYNTAX, POLAR_MODEL (unknown, missing or duplicated elements, wrong
 * counts or units, a non-finite number, unsupported elastic3rd / correction_strain_force /
 * correction_force_constant with non-zero content, a mass that is no element's, a singular or
 * left-handed cell, coinciding sites, eps_inf not symmetric positive definite), POLAR_ARGUMENT,
 * POLAR_MEMORY; status->line is the line of the offending element. */
#define EAP_MAX_SITES 1000
#define EAP_MAX_BLOCK_CELL 100 /* |R| of force constants: supercells of MULTIBINIT end at 100 */
polar_code eap_read_system(const char *path, eap_system **out, polar_status *st);
void eap_system_free(eap_system *sys);

/* Read the coefficients for `sys` (whose n bounds the atom indices) from a coefficient XML (root
 * Heff_definition or Terms_definition) or from a system XML that holds them (`prt_model 1`).
 * A coefficient without a value counts as 0, as in MULTIBINIT, where values may come from the input
 * file instead; a file in which no coefficient has a value other than 0 is therefore refused.
 * |cell| beyond EAP_MAX_CELL in any component is refused as a corrupt file.
 * Errors: as eap_read_system. */
#define EAP_MAX_CELL 16
#define EAP_MAX_POWER 16
polar_code eap_read_coefficients(const char *path, const eap_system *sys, eap_coefficients **out,
                                 polar_status *st);
void eap_coefficients_free(eap_coefficients *coeffs);

#ifdef __cplusplus
}
#endif
#endif
