/* Energies, charges, forces and Born effective charges of a LES model.
 *
 *   les_forward     short-range energy and latent charges
 *   (reciprocal space: phi_i = dE/dq_i)
 *   les_backward    forces and virial of the short-range energy and of E(q(r)) at fixed phi
 *   les_born, les_charge_gradient    how the charges follow the positions
 *
 * Atoms beyond the own ones are copies (ghosts) with positions of their own: the neighbour list
 * knows no box. Contributions to ghosts are left at the ghosts; the caller adds them to the
 * originals. */
#ifndef LES_H
#define LES_H

#include "les/les_model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Centres are the atoms that have a neighbour list: first the `nown` own atoms of the model, then,
 * for a model with message passing, every ghost of the model within the cutoff of an own one,
 * except those that are periodic images of own atoms: these have the descriptors of the original.
 */
typedef struct {
  int nall;             /* atoms, ghosts included */
  const double (*x)[3]; /* [nall] Angstrom */
  const int *element;   /* [nall] place in les_model.element, -1: not an atom of the model */
  int nown, ncentre;
  const int *centre;   /* [ncentre] atom of each centre */
  const int *first;    /* [ncentre+1] into neighbor */
  const int *neighbor; /* candidates: those beyond the cutoff or of element -1 are passed over */
  const int *image;    /* [nall] own atom that an atom is or is an image of, -1: none; or NULL */
} les_neighborhood;

typedef struct les_work les_work; /* scratch of one thread; keeps what les_backward needs */

les_work *les_work_create(void); /* NULL if memory is short */
void les_work_free(les_work *w);
double les_work_bytes(const les_work *w);

/* Energy (eV, without e0) and charge of each own atom: energy[nown], charge[nown]. The
 * neighbourhood must stay as it is up to the last call that uses this state. Errors: POLAR_SITE (a
 * neighbour within the cutoff is not a centre, atoms coincide), POLAR_NUMERIC, POLAR_MEMORY. */
polar_code les_forward(const les_model *m, const les_neighborhood *nb, les_work *w, double *energy,
                       double *charge, polar_status *st);

/* Add to force[nall][3] (eV/Angstrom) the force -d(sum E_i + sum phi_i q_i)/dr at fixed phi[nown],
 * and to virial[6] (eV, xx yy zz xy xz yz, may be NULL) -d(...)/d(strain); atom_virial[nall][6]
 * (may be NULL) shares the latter equally between the two atoms of each pair. */
polar_code les_backward(const les_model *m, const les_neighborhood *nb, les_work *w,
                        const double *phi, double (*force)[3], double *virial,
                        double (*atom_virial)[6], polar_status *st);

/* Add to gradient[nall][3] the derivative by each position of sum_i weight[i] q_i */
polar_code les_charge_gradient(const les_model *m, const les_neighborhood *nb, les_work *w,
                               const double *weight, double (*gradient)[3], polar_status *st);

/* Add to born[nall][9], at 3a+b, the Born effective charges dM_a/dr_ib without les_model.scale, of
 * charges less their mean over all atoms. Two definitions of the dipole of a periodic system:
 *
 * local: (q_i - mean) delta_ab + sum_j (r_j - r_i)_a dq_j/dr_ib, the limit of a large box;
 * phase: that of P = sum_m h_m/(2 pi i) sum_j (q_j - mean) exp(2 pi i f_jm), h_m the box vectors,
 * f_j fractional coordinates, with the derivative at atom i multiplied by exp(-2 pi i f_im) (real
 * part); it depends on the box. h holds the box vectors in columns; mean_phase[m] is the mean over
 * all atoms of cos and sin of 2 pi f_jm. */
polar_code les_born_local(const les_model *m, const les_neighborhood *nb, les_work *w,
                          const double *charge, double mean, double (*born)[9], polar_status *st);
polar_code les_born_phase(const les_model *m, const les_neighborhood *nb, les_work *w,
                          const double *charge, double mean, const double h[3][3],
                          const double mean_phase[3][2], double (*born)[9], polar_status *st);

/* Add to sum[3][2] cos and sin of 2 pi f of the own atoms, for mean_phase */
void les_phase_sums(const les_neighborhood *nb, const double h[3][3], double sum[3][2]);

#ifdef __cplusplus
}
#endif
#endif
