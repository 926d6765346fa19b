/* What POLAR's pair styles share: one model of all elements, read by
 * `pair_coeff * * FILE ... El1 El2 ...` (LAMMPS itself refuses other words than * *). */
#ifndef LMP_POLAR_PAIR_H
#define LMP_POLAR_PAIR_H

#include "pair.h"

#include <string>

namespace LAMMPS_NS {

class PolarPair : public Pair {
public:
  PolarPair(LAMMPS *lmp, const std::string &style);
  ~PolarPair() override;

protected:
  std::string style; // "pair_style NAME", how messages begin

  // First step of coeff(): after * * expects nfile names of files, as `files` says in messages, and
  // an element or NULL for each atom type, not only NULL. Sets map and elements, but not setflag.
  void begin_coeff(int narg, char **arg, int nfile, const std::string &files);
  // Last step: now LAMMPS may run
  void finish_coeff(int narg, char **arg, int nfile);
  // Until pair_coeff has succeeded again, LAMMPS refuses to run
  void forget_coeffs();
  // For init_one(): an error if there are no coefficients for these types
  void require_coeffs(int i, int j) const;
};

} // namespace LAMMPS_NS

#endif
