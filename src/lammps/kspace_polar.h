/* The two sides of a sum over Gaussian charges in reciprocal space: the k-space style
 * (KSpacePolar), and the pair style whose charges these are (PolarCharges). They find each other by
 * dynamic_cast.
 *
 *   E = 1/2 qqrd2e 4 pi/V sum_{0<|k|<=kmax} exp(-sigma^2 k^2/2)/k^2 |sum_j q_j exp(i k.r_j)|^2,
 *
 * less each Gaussian's energy in its own potential, if the pair style wants this. No neutralizing
 * background: k = 0 is left out. Charges in e, lengths and energies in units of the input script.
 */
#ifndef LMP_KSPACE_POLAR_H
#define LMP_KSPACE_POLAR_H

namespace LAMMPS_NS {

class KSpacePolar {
public:
  virtual ~KSpacePolar() noexcept(false) {} // as LAMMPS' Pointers, its companion base

  // For charges q of the local atoms at their present positions: energy; phi_i = dE/dq_i and
  // field_i = -dphi/dr of the local atoms (field may be null): the force at fixed charges is q_i
  // field_i; virial -dE/d(strain) at fixed charges (xx yy zz xy xz yz, may be null). Energy and
  // virial are those of all ranks. Collective.
  virtual void polar_solve(const double *q, double *phi, double (*field)[3], double *energy,
                           double *virial) = 0;
};

class PolarCharges {
public:
  virtual ~PolarCharges() noexcept(false) {}

  struct Kernel {
    double sigma;                            // width of the interaction, see above
    double kmax;                             // largest wave vector
    bool remove_self;                        // leave out each Gaussian's own energy
    enum { FOLLOW, FROZEN, AUTOMATIC } kset; // wave vectors while the box changes
  };

  // Valid once pair_coeff was read
  virtual Kernel polar_kernel() const = 0;

  // Charges of the local atoms for which forces are being computed; 0 for atoms of other styles
  virtual const double *polar_charges() = 0;

  // The potentials of these charges are known: complete forces and virial. Collective.
  virtual void polar_finish(const double *phi) = 0;
};

} // namespace LAMMPS_NS

#endif
