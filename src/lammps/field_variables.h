/* A uniform electric field of which components may be variables. */
#ifndef LMP_POLAR_FIELD_VARIABLES_H
#define LMP_POLAR_FIELD_VARIABLES_H

#include "pointers.h"

#include <string>

namespace LAMMPS_NS {
namespace Polar {

class FieldVariables : protected Pointers {
public:
  // command: for messages, such as "fix efield/born"
  FieldVariables(LAMMPS *lmp, const std::string &command) : Pointers(lmp), command(command) {}

  // word[3]: numbers, which go into field[3], or v_NAME
  void read(const char *const *word, double *field);
  bool varies(int k) const { return !name[k].empty(); }
  bool varies() const { return varies(0) || varies(1) || varies(2); }
  void init();                  // before each run: the variables must be there, and equal-style
  void evaluate(double *field); // V/Angstrom, the components that vary; an error unless finite

private:
  std::string command, name[3];
  int index[3] = {-1, -1, -1}; // valid during a run
};

} // namespace Polar
} // namespace LAMMPS_NS

#endif
