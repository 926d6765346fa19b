/* The two sides of a harmonic crystal solved in reciprocal space: the pair style that has the model
 * (LatticeModel) and the k-space style that convolves (LatticeSolver). They find each other by
 * dynamic_cast to these mix-ins. */
#ifndef LMP_LATTICE_SOLVER_H
#define LMP_LATTICE_SOLVER_H

#include <cstddef>
#include <memory>

namespace LAMMPS_NS {
class SiteGrid;

class LatticeSolver {
public:
  virtual ~LatticeSolver() noexcept(false) {} // as LAMMPS' Pointers, its companion base
};

class LatticeModel {
public:
  virtual ~LatticeModel() noexcept(false) {}

  // Displacements of the present positions, [owned cells][fields], Angstrom, and the grid they are
  // on: another object whenever model, supercell or division among ranks has changed, so that
  // whoever holds on to one can tell. Collective.
  virtual const double *lattice_displacements(std::shared_ptr<const SiteGrid> &grid,
                                              int &fields) = 0;

  // D(q) for reduced q: re, im [fields][fields], eV/Angstrom^2; scratch: lattice_scratch() doubles
  virtual void lattice_kernel(const double q[3], double *re, double *im, double *scratch) = 0;
  virtual size_t lattice_scratch() const = 0;
  virtual bool lattice_hermitian() const = 0; // is D(q) Hermitian

  // What the gradient G = D*u [owned cells][fields] means: forces are added to the atoms; this
  // rank's share is added to energy and virial[6], eatom and vatom of the local atoms are added to;
  // each may be null; all in units of the input script. Collective.
  virtual void lattice_finish(const double *gradient, double *energy, double *virial, double *eatom,
                              double (*vatom)[6]) = 0;
};

} // namespace LAMMPS_NS

#endif
