/* What the k-space styles for Gaussian charges share */
#ifndef LMP_POLAR_CLIENT_H
#define LMP_POLAR_CLIENT_H

#include "kspace_polar.h"

#include <string>

namespace LAMMPS_NS {
class KSpace;
class LAMMPS;

namespace Polar {

// The pair style, or the only sub-style of a hybrid, that has Gaussian charges. Error if there are
// several, or, unless nullptr will do, if there is none.
PolarCharges *find_client(LAMMPS *lmp, const std::string &kspace, bool required = true);

// Error unless the box is three-dimensional and periodic
void check_box(LAMMPS *lmp, const std::string &kspace, bool slab);

// Whether the set of wave vectors stays as it is when the box changes
bool freeze(LAMMPS *lmp, const PolarCharges::Kernel &kernel);

// polar_solve by the other functions of KSpacePolar: set 0 are the atoms; unit: qqrd2e
void solve_at_atoms(LAMMPS *lmp, KSpacePolar *sum, const PolarCharges::Kernel &kernel, double unit,
                    const double *q, double *phi, double (*field)[3], double *energy,
                    double *virial);

// What compute() of a k-space style does for its pair style; returns the charges, or nullptr if the
// pair style has used the sum itself
const double *serve(LAMMPS *lmp, KSpace *style, KSpacePolar *sum, PolarCharges *client, bool virial,
                    bool energies_of_atoms);

void no_atom_virial(LAMMPS *lmp, const std::string &kspace);

} // namespace Polar
} // namespace LAMMPS_NS

#endif
