#include "field_variables.h"

#include "error.h"
#include "input.h"
#include "modify.h"
#include "update.h"
#include "utils.h"
#include "variable.h"

#include <cmath>

using namespace LAMMPS_NS;

static const char AXIS[] = "xyz";

void Polar::FieldVariables::read(const char *const *word, double *field)
{
  for (int k = 0; k < 3; k++)
    if (utils::strmatch(word[k], "^v_")) name[k] = word[k] + 2;
    else field[k] = utils::numeric(FLERR, word[k], false, lmp);
}

void Polar::FieldVariables::init()
{
  for (int k = 0; k < 3; k++) {
    if (!varies(k)) continue;
    index[k] = input->variable->find(name[k].c_str());
    if (index[k] < 0)
      error->all(FLERR, "Variable {} for the {} component of the field of {} does not exist",
                 name[k], AXIS[k], command);
    if (!input->variable->equalstyle(index[k]))
      error->all(FLERR,
                 "Variable {} for the {} component of the field of {} is not equal-style: the "
                 "field is one vector for all atoms",
                 name[k], AXIS[k], command);
  }
}

void Polar::FieldVariables::evaluate(double *field)
{
  if (!varies()) return;
  modify->clearstep_compute();
  for (int k = 0; k < 3; k++) {
    if (!varies(k)) continue;
    field[k] = input->variable->compute_equal(index[k]);
    if (!std::isfinite(field[k]))
      error->all(FLERR,
                 "Variable {} for the {} component of the field of {} is {} on step {}, expected "
                 "a finite field in V/Angstrom",
                 name[k], AXIS[k], command, field[k], update->ntimestep);
  }
  modify->addstep_compute(update->ntimestep + 1);
}
