/* Where energies and forces are summed. */
#ifndef GAP_RESULT_H
#define GAP_RESULT_H

#ifdef __cplusplus
extern "C" {
#endif

/* Everything is added to what is there. Arrays but `force` may be NULL; variance and similarity go
 * together and need gap_prepare_variance. Rows are those of the positions, ghosts included. */
typedef struct {
  double energy;            /* eV */
  double (*force)[3];       /* eV/Angstrom */
  double virial[9];         /* W_ab = sum r_a f_b = -dE/deps_ab, eV: xx xy xz yx ... */
  double *atom_energy;      /* eV */
  double (*atom_virial)[9]; /* (r_j - r_i)_a f_b in the row of j, where f is the force on atom j
                               from the energy of centre i */
  double *variance;         /* eV^2, of the SOAP terms of each centre */
  double *similarity;       /* lowered to the similarity of each SOAP term */
} gap_result;

/* Force f on atom j, and -f on its centre i, at r = r_j - r_i */
static inline void gap_result_force(gap_result *out, int i, int j, const double r[3],
                                    const double f[3])
{
  for (int a = 0; a < 3; a++) {
    out->force[j][a] += f[a];
    out->force[i][a] -= f[a];
    for (int b = 0; b < 3; b++) out->virial[3 * a + b] += r[a] * f[b];
  }
  if (out->atom_virial)
    for (int a = 0; a < 3; a++)
      for (int b = 0; b < 3; b++) out->atom_virial[j][3 * a + b] += r[a] * f[b];
}

#ifdef __cplusplus
}
#endif
#endif
