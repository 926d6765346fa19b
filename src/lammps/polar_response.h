/* PolarResponse: what a pair style (or a file of Born charges) that knows its electric response
 * offers. fix efield/born, fix polarization and compute born/atom know only this.
 *
 * Units: e, Angstrom, V/Angstrom, eV at this interface, whatever the units of the input script.
 * Conventions: P = M/V; Z*_i[a][b] = dM_a/dr_ib (row: dipole, column: displacement);
 * field energy -E.M (fixed E, tin-foil boundary); field force F_ib = sum_a E_a Z*_i[a][b]. */
#ifndef LMP_POLAR_RESPONSE_H
#define LMP_POLAR_RESPONSE_H

#include "lmptype.h"

#include <string>
#include <vector>

namespace LAMMPS_NS {

class PolarResponse {
public:
  // as the destructor of LAMMPS' Pointers, so that one class can derive from both
  virtual ~PolarResponse() noexcept(false) {}

  // Said by compute() of every style, with Neighbor::ncalls: forces now are those of the present
  // positions. Who asks for the response knows thereby to which forces it belongs, and whether
  // atoms have changed ranks since.
  void polar_computed(bigint builds)
  {
    forces_computed++;
    builds_then = builds;
  }
  bigint forces_computed = 0, builds_then = -1;

  // what this style lacks to know a response, as the end of a sentence; "" if it does know one
  virtual std::string polar_missing() const { return ""; }

  // dipole moment M of the whole system on this style's own continuous branch, the same on all
  // ranks. Collective. Valid once forces were computed for the present positions.
  virtual void polar_dipole(double m[3]) = 0;

  // Born tensors of the local atoms: born[i][3*a+b]; rows of atoms this style does not know are 0.
  // nlocal rows are written. Collective.
  virtual void polar_born(double (*born)[9]) = 0;

  // add the force of a homogeneous field e[3] to f[i][3] of the local atoms (eV/Angstrom), add this
  // rank's share of the exact virial -d(-E.M)/d(strain) to virial[6] (eV; xx yy zz xy xz yz, may
  // be null), return the total field energy -E.M (eV, the same on all ranks). Collective.
  virtual double polar_field(const double e[3], double (*f)[3], double *virial) = 0;

  // true if -E.M is an exact potential of the force above (energy is conserved in a constant field)
  virtual bool polar_field_energy_exact() const = 0;

  // dipole of each unit cell, local share: every cell is reported by exactly one rank.
  // Returns false if this style has no unit cells. Collective.
  struct CellDipole {
    long long id;     // 1-based, (i*N2 + j)*N3 + k + 1
    double centre[3]; // reference position of the cell's centre site, Angstrom
    double dipole[3]; // e Angstrom
  };
  virtual bool polar_cells(std::vector<CellDipole> &) { return false; }
};

} // namespace LAMMPS_NS

#endif
