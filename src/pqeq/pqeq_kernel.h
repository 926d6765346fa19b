/* Interaction of Gaussian charges in PQEq and its tables.
 *
 *   C(r) = k erf(alpha r)/r T(r),  alpha_ij = sqrt(a_i a_j/(a_i + a_j)),  a_i = lambda/(2 R_i^2)
 *   T = 1 - 35 x^4 + 84 x^5 - 70 x^6 + 20 x^7, x = r/cutoff       (Naserifar et al. 2017)
 *
 * k: e^2/(4 pi eps0). Or the real part of the long-range interaction, for Ewald summation:
 *
 *   C(r) = k [erf(alpha r) - erf(g r)]/r
 *
 * for all four pairs of sites of atoms whose cores are closer than cutoff + 2 umax (the cutoff of
 * their species, where Gaussians are wide): cut together,
 * they leave q_i q_j times the tail, cut each by itself Q_i Q_j times.
 *
 * C is tabulated in s = r^2, so that neither a root nor an error function is
 * needed at run time. */
#ifndef PQEQ_KERNEL_H
#define PQEQ_KERNEL_H

#include "base/status.h"
#include "pqeq/pqeq_read.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which pairs of sites interact. SITE: each pair of sites closer than the cutoff, smooth to the
 * third derivative. CORE: all four pairs of sites of two atoms whose cores are closer than the
 * cutoff, as published; the energy jumps by up to 1e-5 eV where a pair of atoms comes in. */
typedef enum { PQEQ_RULE_SITE = 0, PQEQ_RULE_CORE = 1 } pqeq_rule;

/* Below s = 1 Angstrom^2, where T is not analytic in s, C is computed; beyond, one interval of the
 * table is one cache line: the polynomial of degree 7 in t, -1 <= t <= 1. */
#define PQEQ_TABLE_START 1.0
#define PQEQ_TABLE_WIDTH 8

typedef struct {
  double alpha;  /* 1/Angstrom */
  double range2; /* Angstrom^2: pairs of cores farther apart do not interact */
  double per_s;  /* intervals per Angstrom^2 */
  int nrow;
  const double *row; /* [nrow][PQEQ_TABLE_WIDTH] */
} pqeq_table;

typedef struct pqeq_kernel {
  double coulomb, cutoff, umax; /* eV Angstrom, Angstrom, Angstrom: bound of shell displacements */
  double range;                 /* Angstrom: largest of all pairs of species */
  double zero;                  /* s from where C = 0; infinite for PQEQ_RULE_CORE, long-range */
  double split;                 /* g, 1/Angstrom; 0: tapered */
  pqeq_rule rule;
  int n;                       /* species */
  const pqeq_element *species; /* [n] */
  const pqeq_table *table;     /* [n][n] */
  struct pqeq_kernel_private *own;
} pqeq_kernel;

/* What a kernel is made from */
typedef struct {
  int n;
  const pqeq_element *species; /* [n] copied */
  double coulomb;              /* e^2/(4 pi eps0), eV Angstrom */
  double lambda;               /* a_i = lambda/(2 R_i^2) */
  double cutoff, umax;         /* Angstrom */
  pqeq_rule rule;              /* of a tapered kernel */
  /* of a long-range one, which has rule SITE: */
  double split; /* g, 1/Angstrom */
  double tail;  /* eV: most by which two charges of 1 e may still interact where they are cut */
  int wide;     /* 1: pairs of species for which that is too much get a longer cutoff */
} pqeq_kernel_input;

/* The tapered kernel. On success *out, immutable, is to be released with pqeq_kernel_free. Errors:
 * POLAR_ARGUMENT (cutoff outside 2..100 Angstrom, umax outside 0 < umax <= 1 Angstrom,
 * umax > cutoff/8); POLAR_MODEL (an atom's hardness is not above its Coulomb repulsion with itself
 * at distance 0, or a spring too weak to hold the shell of a singly charged atom); POLAR_MEMORY. */
polar_code pqeq_kernel_create(const pqeq_kernel_input *in, pqeq_kernel **out, polar_status *st);

/* The real part of the long-range interaction. Errors also: POLAR_ARGUMENT (split outside 0.01..2;
 * more than tail is left at the cutoff, or, if wide, at 100 Angstrom). */
polar_code pqeq_kernel_create_long(const pqeq_kernel_input *in, pqeq_kernel **out,
                                   polar_status *st);
void pqeq_kernel_free(pqeq_kernel *kernel);

/* erf(a r)/r as a function of s = r^2, and *d = its derivative by r, over r */
double pqeq_gaussian(double a, double s, double *d);

/* C(sqrt(s)), eV/e^2, by its formula; *d = C'(r)/r, eV/(e Angstrom)^2 */
double pqeq_coulomb(const pqeq_kernel *kernel, double alpha, double s, double *d);

/* The same from the table: C and C'/r within 1e-12 eV and 1e-11 eV/Angstrom^2. The caller sees to
 * it that s stays below (range + 2 umax)^2. */
static inline double pqeq_table_at(const pqeq_kernel *kernel, const pqeq_table *table, double s,
                                   double *d)
{
  if (s < PQEQ_TABLE_START) return pqeq_coulomb(kernel, table->alpha, s, d);
  const double x = (s - PQEQ_TABLE_START) * table->per_s;
  const int k = (int)x;
  const double t = 2.0 * (x - k) - 1.0, t2 = t * t, t4 = t2 * t2;
  const double *c = table->row + (long)PQEQ_TABLE_WIDTH * k;
  /* C'/r = 2 dC/ds = 4 per_s dC/dt */
  *d = 4.0 * table->per_s *
       ((c[1] + 2.0 * c[2] * t) + t2 * (3.0 * c[3] + 4.0 * c[4] * t) +
        t4 * ((5.0 * c[5] + 6.0 * c[6] * t) + t2 * (7.0 * c[7])));
  return (c[0] + c[1] * t) + t2 * (c[2] + c[3] * t) +
         t4 * ((c[4] + c[5] * t) + t2 * (c[6] + c[7] * t));
}

/* C only */
static inline double pqeq_table_value(const pqeq_kernel *kernel, const pqeq_table *table, double s)
{
  if (s < PQEQ_TABLE_START) {
    double d;
    return pqeq_coulomb(kernel, table->alpha, s, &d);
  }
  const double x = (s - PQEQ_TABLE_START) * table->per_s;
  const int k = (int)x;
  const double t = 2.0 * (x - k) - 1.0, t2 = t * t, t4 = t2 * t2;
  const double *c = table->row + (long)PQEQ_TABLE_WIDTH * k;
  return (c[0] + c[1] * t) + t2 * (c[2] + c[3] * t) +
         t4 * ((c[4] + c[5] * t) + t2 * (c[6] + c[7] * t));
}

#ifdef __cplusplus
}
#endif
#endif
