/* Private tables of eap_polynomial: what create compiles and evaluate walks through.
 *
 * A place is a site at a lattice offset; components 3i, 3i+1, 3i+2 are the displacement of place i;
 * a difference is component minus component; a monomial is a product of powers of differences.
 * Monomials are numbered in the order of evaluation: first those of one factor, by difference and
 * power; then the products, which fall into groups that share all factors but the last one. */
#ifndef EAP_POLYNOMIAL_TABLES_H
#define EAP_POLYNOMIAL_TABLES_H

#include "eap/eap_polynomial.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  int column; /* of the neighbor table */
  int site;
} eap_place;

typedef struct {
  int difference, power;
} eap_factor;

/* prod_v e_v^power[v] and what it multiplies: `pure` and the monomials of part[first, next first)
 */
typedef struct {
  int power[6];
  int first;
  double pure; /* eV per cell */
} eap_strain_monomial;

typedef struct {
  int monomial;
  double value; /* eV/Angstrom^p */
} eap_part;

/* A factor x^power that products share; row: place of x^(power-1) in the table of powers, which
 * x^power follows */
typedef struct {
  int difference, row;
  double power;
} eap_prefix;

/* The last factor of a product, row likewise; its power is in the coefficients */
typedef struct {
  int difference, row;
} eap_leaf;

/* Products with a common prefix */
typedef struct {
  int nprefix, nleaf;
} eap_group;

struct eap_polynomial {
  int n;

  int nplace, ndifference;
  eap_place *place;     /* [nplace] */
  int (*difference)[2]; /* [ndifference] components, the second one is subtracted */

  /* factor[first_factor[m], first_factor[m+1]) of monomial m; monomials 0..nsingle-1 have one */
  int nmonomial, nsingle;
  int *first_factor; /* [nmonomial + 1] */
  eap_factor *factor;

  int nstrain, nstrain_term;
  eap_strain_monomial *strain; /* [nstrain + 1], the last one only ends the parts */
  eap_part *part;

  /* Monomials of one difference d: single_first[d]..single_first[d+1]-1. Horner's scheme in d^2
   * wants every even and every odd power up to the highest: slots horner_first[d].. hold the even
   * ones from the highest down to 2, from horner_odd[d] on the odd ones down to 1. */
  int *single_first;              /* [ndifference + 1] */
  int *horner_first, *horner_odd; /* [ndifference + 1], [ndifference] */
  int *horner_monomial;           /* [slots] -1: power does not occur */

  /* Products. Their factors are read from a table of powers, x^0, x^1, ... of one difference after
   * the other: rows row_first[d]..row_first[d+1]-1, an even number of rows, none if d occurs in no
   * product. Prefixes and leaves are listed in the order of the groups. */
  int ngroup;
  int *row_first; /* [ndifference + 1] */
  eap_group *group;
  eap_prefix *prefix;
  eap_leaf *leaf; /* [nmonomial - nsingle] */

  /* Differences that component v enters with +: incident[incident_first[2v], incident_first[2v+1]);
   * with -: from there to incident_first[2v+2] */
  int *incident, *incident_first;
};

/* Number the monomials in the order of evaluation, and fill everything from single_first down.
 * On entry nplace, difference[], ndifference, factor[], first_factor[], nmonomial are set, in any
 * order of monomials and of factors; renumber[nmonomial]: out, the new number of each old one.
 * Errors: POLAR_MEMORY. */
polar_code eap_polynomial_plan(eap_polynomial *p, int *renumber, polar_status *st);

/* calloc that returns a valid pointer for 0 elements; NULL only if out of memory */
void *eap_polynomial_array(size_t count, size_t size);

/* Doubles in the widest vectors this processor and this build can use: 8, 4, 2 or 1 */
int eap_polynomial_width(void);

/* eap_polynomial_evaluate with vectors of a given width, one of the above up to the widest. Without
 * contraction of a*b+c by the compiler all widths give the same bits. */
double eap_polynomial_evaluate_width(const eap_polynomial *p, const eap_lattice *lat,
                                     const double *prefactor, const double *u, double *gradient,
                                     double *moment, double *scratch, int width);

#ifdef __cplusplus
}
#endif
#endif
