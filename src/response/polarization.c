#include "response/polarization.h"

#include "base/units.h"

#include <string.h>

double polarization_unit(const char *name)
{
  if (strcmp(name, "e/A2") == 0) return 1.0;
  if (strcmp(name, "C/m2") == 0) return POLAR_E_PER_A2_IN_C_PER_M2;
  /* 1 C/m^2 = 1e6 uC / 1e4 cm^2 */
  if (strcmp(name, "uC/cm2") == 0) return 100.0 * POLAR_E_PER_A2_IN_C_PER_M2;
  return 0.0;
}
