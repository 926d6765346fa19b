/* Units of a polarization P = M/V. */
#ifndef POLARIZATION_H
#define POLARIZATION_H

#ifdef __cplusplus
extern "C" {
#endif

/* Factor from e/Angstrom^2 to the unit named e/A2, uC/cm2 or C/m2; 0 for any other name. */
double polarization_unit(const char *name);

#ifdef __cplusplus
}
#endif
#endif
