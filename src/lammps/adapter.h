/* What every adapter of a C core needs: turning a core's status into a LAMMPS error, and units. */
#ifndef LMP_POLAR_ADAPTER_H
#define LMP_POLAR_ADAPTER_H

#include "base/status.h"

#include <string>
#include <vector>

namespace LAMMPS_NS {
class LAMMPS;
class Pair;

namespace Polar {

// Raise a core's error on all ranks, if any rank has one: the text of the lowest failing rank is
// shown. Collective; returns if every rank's status is POLAR_OK.
void raise(LAMMPS *lmp, const std::string &file, int line, const polar_status &status);

// eV in energy units of the input script; refuses every unit style but metal and real.
double energy_unit(LAMMPS *lmp, const std::string &style);

// Path of a potential file as given, in POLAR_POTENTIALS or in LAMMPS_POTENTIALS; the name itself
// if it is nowhere (the reader will say so).
std::string potential_path(const std::string &name);

// Can this rank open the file that potential_path() gave? If not, POLAR_FILE with the folders that
// were searched. Not collective.
polar_code check_file(const std::string &path, polar_status &status);

// Content of a file, read by rank 0 only. model: the model file that names it, if any, for
// messages. Collective; raises an error if it cannot be read.
std::string read_file(LAMMPS *lmp, const std::string &path, const std::string &model = "");

// parts[ndims], all 0 on entry: factors of nprocs as close to each other as possible.
void process_grid(int nprocs, int ndims, int *parts);

// virial[6] (xx yy zz xy xz yz) += unit times w. Of a w that is not symmetric, as in a field, these
// are the elements that belong to the upper triangular box, as everywhere in LAMMPS.
void add_virial(const double w[3][3], double unit, double *virial);

// The pair style, or the sub-styles of a hybrid; empty if there is none.
std::vector<Pair *> pair_styles(LAMMPS *lmp);

// For a k-space style that serves one pair style alone: raises an error if a sub-style beside it
// counts on a sum in reciprocal space, too, and would silently go without.
void serve_only(LAMMPS *lmp, const std::string &kspace, const Pair *served);

} // namespace Polar
} // namespace LAMMPS_NS

#endif
