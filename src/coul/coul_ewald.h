/* Gaussian charges in a periodic box: the reciprocal sum done exactly, the reference for every
 * mesh.
 *
 *   E = A/V sum_{0<|k|<=kmax} exp(-sigma^2 k^2/2)/k^2 |S(k)|^2,  S(k) = sum_j q_j exp(i k.r_j)
 *
 * For charges in e and A = 2 pi e^2/(4 pi eps0) this is the energy of Gaussians of density
 * exp(-r^2/(2 s^2)), s = sigma/sqrt(2), with each one's own energy, in conducting surroundings and,
 * for charged boxes, on a neutralizing background. k = 0 is left out. Lengths in Angstrom. */
#ifndef COUL_EWALD_H
#define COUL_EWALD_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Wave vectors k = sum_a n_a b_a, one of each pair k, -k, in rows of consecutive n_2. Each row
 * takes a multiple of 8 places in arrays over wave vectors; what is in the places left over does
 * not matter. */
typedef struct {
  int n0, n1, low, high; /* the row has n_2 = low..high */
  int first;             /* place of its first wave vector */
} coul_row;

typedef struct {
  int nrow;
  int count; /* wave vectors */
  int nk;    /* places in arrays over wave vectors */
  coul_row *row;
  int most[3]; /* largest |n_a| */
} coul_kset;

/* All wave vectors with 0 < |k|^2 <= kmax^2 (1 + 1e-9) of the box h (columns are its vectors); the
 * margin keeps a shell that lies at kmax up to rounding. kmax = 0 gives none. On success release
 * with coul_kset_free. Errors: POLAR_ARGUMENT (degenerate box, more than 2^30 wave vectors),
 * POLAR_MEMORY. */
polar_code coul_kset_create(const double h[3][3], double kmax, coul_kset *set, polar_status *st);
void coul_kset_free(coul_kset *set);

/* Doubles of work that a sum needs */
size_t coul_ewald_work(const coul_kset *set);

/* A sum. The box may differ from the one that the set was made for: then the set of integers stays.
 */
typedef struct {
  const coul_kset *set;
  double h[3][3];   /* Angstrom; columns are the vectors of the box */
  double sigma;     /* Angstrom; 0: point charges */
  double amplitude; /* A, eV Angstrom/e^2 */
  double *work;     /* [coul_ewald_work(set)] scratch */
} coul_ewald;

/* Add the share of charges q[n] at x[n] to S(k): density[2 nk], real parts, then imaginary parts.
 * Errors of this and of the functions below: POLAR_NUMERIC (a position is not a number, or beyond a
 * million boxes). */
polar_code coul_ewald_density(const coul_ewald *sum, int n, const double (*x)[3], const double *q,
                              double *density, polar_status *st);

/* From the S(k) of all charges: the energy, and virial[6] = -dE/d(strain) (xx yy zz xy xz yz, may
 * be NULL) */
double coul_ewald_energy(const coul_ewald *sum, const double *density, double *virial);

/* From the S(k) of all charges, at x: phi[n] = dE/dq_i, and field[n] = -d(phi)/dr (may be NULL):
 * the force on a charge at fixed charges is q field. */
polar_code coul_ewald_potential(const coul_ewald *sum, const double *density, int n,
                                const double (*x)[3], double *phi, double (*field)[3],
                                polar_status *st);

/* Add to share[n][6] each charge's part of the virial at fixed charges, that of q_i times half its
 * potential: q_i sum_k w (d_ab - 2 (1/k^2 + sigma^2/2) k_a k_b) Re[conj(S) exp(i k.r_i)] with
 * w = A/V exp(-sigma^2 k^2/2)/k^2. The parts of all charges add up to the virial. */
polar_code coul_ewald_share_virial(const coul_ewald *sum, const double *density, int n,
                                   const double (*x)[3], const double *q, double (*share)[6],
                                   polar_status *st);

/* Energy of one unit Gaussian in its own potential, A/(sigma (2 pi)^1.5) 1/A-units: E_self = q^2 *
 * this */
double coul_gaussian_self(double sigma, double amplitude);

/* Energy in units of e^2/(4 pi eps0)/Angstrom of two unit Gaussian charges at distance r, with the
 * sigma of the sum above, and its derivative by r: erf(r/(sqrt(2) sigma))/r */
void coul_gaussian_pair(double sigma, double r, double *energy, double *slope);

#ifdef __cplusplus
}
#endif
#endif
