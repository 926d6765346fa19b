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

class PolarCharges {
public:
  virtual ~PolarCharges() noexcept(false) {}

  struct Kernel {
    double sigma;                            // width of the interaction, see above
    double kmax;                             // largest wave vector
    bool remove_self;                        // leave out each Gaussian's own energy
    enum { FOLLOW, FROZEN, AUTOMATIC } kset; // wave vectors while the box changes
    // The sum stops at kmax by definition; otherwise terms beyond are negligible, and a mesh may
    // hold as many as its accuracy asks for
    bool cut = true;
    double reach = 0.0; // farthest that a site is from its atom
  };

  // Valid once pair_coeff was read
  virtual Kernel polar_kernel() const = 0;

  // Charges of the local atoms for which forces are being computed; 0 for atoms of other styles.
  // nullptr: the pair style has used the sum itself, nothing is left to do.
  virtual const double *polar_charges() = 0;

  // The potentials of these charges are known: complete forces and virial. Collective.
  virtual void polar_finish(const double *phi) = 0;
};

class KSpacePolar {
public:
  enum { SETS = 2 };   // sets of sites
  enum { LAST, KEPT }; // potentials: of the charges given last; a sum of such ones
  virtual ~KSpacePolar() noexcept(false) {} // as LAMMPS' Pointers, its companion base

  // Positions of a set of sites of this rank, until it is placed anew. A site may be as far from
  // its rank's atoms as the pair style's reach. Returns how many sites are farther, or not finite;
  // these count as charges 0.
  virtual int polar_place(int set, int n, const double (*x)[3]) = 0;

  // LAST = potential of charges q[set] of the sets (nullptr: none). Energy, and virial
  // -dE/d(strain) of all sites at fixed charges (xx yy zz xy xz yz), of all ranks; both may be
  // null. Collective.
  virtual void polar_charge(const double *const q[SETS], double *energy, double *virial) = 0;

  // KEPT = keep KEPT + share LAST
  virtual void polar_keep(double keep, double share) = 0;

  // A potential at the sites of a set, and field = -dphi/dr (may be null)
  virtual void polar_gather(int which, int set, double *phi, double (*field)[3]) = 0;

  // For charges q of the local atoms at their present positions: energy; phi_i = dE/dq_i and
  // field_i = -dphi/dr of the local atoms (field may be null): the force at fixed charges is q_i
  // field_i; virial as above. With the pair style's remove_self. Collective.
  virtual void polar_solve(const double *q, double *phi, double (*field)[3], double *energy,
                           double *virial) = 0;
};

} // namespace LAMMPS_NS

#endif
