/* Units. Cores speak eV, Angstrom, elementary charge, V/Angstrom, atomic mass unit.
 * CODATA 2018 (Tiesinga et al., Rev. Mod. Phys. 93, 025010 (2021)); ABINIT 9.6 uses older digits,
 * which matters at relative 1e-9. */
#ifndef POLAR_UNITS_H
#define POLAR_UNITS_H

#define POLAR_HARTREE_EV 27.211386245988   /* 1 Ha in eV */
#define POLAR_BOHR_ANGSTROM 0.529177210903 /* 1 bohr in Angstrom */
/* e^2/(4 pi eps0) in eV Angstrom: the product above, exact in hartree atomic units */
#define POLAR_COULOMB (POLAR_HARTREE_EV * POLAR_BOHR_ANGSTROM)
#define POLAR_E_PER_A2_IN_C_PER_M2 16.02176634 /* 1 e/Angstrom^2 in C/m^2 */
#define POLAR_EV_PER_A3_IN_GPA 160.2176634     /* 1 eV/Angstrom^3 in GPa */
#define POLAR_PI 3.14159265358979323846
#define POLAR_PI_LONG 3.141592653589793238462643383279502884L /* for long double */

#endif
