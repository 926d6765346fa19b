/* Response of point dipoles with fixed Born tensors: M = sum_i Z*_i r_i.
 *
 * z[3*a+b] = dM_a/dr_b, e; r unwrapped position, Angstrom; m e Angstrom; e V/Angstrom; forces
 * eV/Angstrom; virial eV in the order xx yy zz xy xz yz. Compiles as C11 and C++17. */
#ifndef BORN_FN_H
#define BORN_FN_H

/* m += Z* r; with a velocity in place of r: the current dM/dt */
static inline void born_add_dipole(const double z[9], const double r[3], double m[3])
{
  for (int a = 0; a < 3; a++) m[a] += z[3 * a] * r[0] + z[3 * a + 1] * r[1] + z[3 * a + 2] * r[2];
}

/* f_b = sum_a e_a Z*_ab, the force -d(-e.M)/dr */
static inline void born_force(const double z[9], const double e[3], double f[3])
{
  for (int b = 0; b < 3; b++) f[b] = e[0] * z[b] + e[1] * z[3 + b] + e[2] * z[6 + b];
}

/* virial += f_i r_j, i <= j: what -dE/deps is for a box kept upper triangular, r -> (1 + eps) r */
static inline void born_add_virial(const double f[3], const double r[3], double virial[6])
{
  virial[0] += f[0] * r[0];
  virial[1] += f[1] * r[1];
  virial[2] += f[2] * r[2];
  virial[3] += f[0] * r[1];
  virial[4] += f[0] * r[2];
  virial[5] += f[1] * r[2];
}

/* Neutral crystal: the n atoms that carry a tensor get Z*_i - (1/n) sum_j Z*_j, so that a rigid
 * translation of them costs no energy. With force[3] = sum_j Z*_j^T e and rsum[3] = sum_j r_j,
 * -e.M changes by force.rsum/n and every force by -force/n. */
static inline double born_neutral_energy(const double force[3], const double rsum[3], double n)
{
  return (force[0] * rsum[0] + force[1] * rsum[1] + force[2] * rsum[2]) / n;
}

#endif
