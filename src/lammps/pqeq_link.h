/* How pair styles coul/pqeq/... and fix pqeq find each other: the pair style knows the model and
 * the pairs of atoms, the fix solves for charges and shells and evaluates energy and forces. */
#ifndef LMP_PQEQ_LINK_H
#define LMP_PQEQ_LINK_H

#include "pqeq/pqeq.h"

namespace LAMMPS_NS {

class PQEqPair {
public:
  virtual ~PQEqPair() noexcept(false) {}
  virtual const char *pqeq_name() const = 0;
  virtual const pqeq_kernel *pqeq_model() const = 0;
  // species of an atom type, -1 if atoms of that type take no part
  virtual int pqeq_species(int type) const = 0;
  // the sum over wave vectors of a long-range model, nullptr if tapered
  virtual const pqeq_reciprocal *pqeq_sum() = 0;
  // the pairs of the present neighbor list
  virtual void pqeq_pairs(pqeq_atoms &atoms) const = 0;
};

class PQEqFix {
public:
  virtual ~PQEqFix() noexcept(false) {}
  // bound of the shells' displacements, Angstrom; known once the fix exists
  virtual double pqeq_umax() const = 0;
  // 1 if shells are converged, 0 for a fixed number of passes
  virtual int pqeq_converges() const = 0;
  // pqeq_forces() of the present charges and shells
  virtual void pqeq_evaluate(pqeq_energies &energies, const pqeq_derivatives &out) = 0;
  // number of rows that arrays over all atoms need
  virtual int pqeq_rows() const = 0;
  // dipole of all atoms, e Angstrom. Collective.
  virtual void pqeq_total_dipole(double m[3]) = 0;
  // forces f[pqeq_rows()][3] on local atoms in a field added to that of the fix, acting on charges
  // and shells, both equilibrated in it; the state of the fix does not change. Collective.
  virtual void pqeq_force_in_field(const double extra[3], double (*f)[3]) = 0;
};

} // namespace LAMMPS_NS

#endif
