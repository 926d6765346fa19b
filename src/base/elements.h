/* Chemical elements: symbol, atomic number, mass. */
#ifndef POLAR_ELEMENTS_H
#define POLAR_ELEMENTS_H

#ifdef __cplusplus
extern "C" {
#endif

#define POLAR_MAX_Z 118
#define POLAR_MASS_TOLERANCE 1e-3 /* relative, of polar_element_by_mass */

/* "H" for 1 ... "Og" for 118; NULL outside 1..POLAR_MAX_Z */
const char *polar_element_symbol(int z);

/* Atomic number of a symbol written as usual ("Ba"); 0 if there is no such element */
int polar_element_number(const char *symbol);

/* Standard atomic weight, amu (IUPAC 2021; elements without one: the mass of a long-lived isotope);
 * 0 outside 1..POLAR_MAX_Z */
double polar_element_mass(int z);

/* The element whose mass is nearest to `mass` (amu), if within POLAR_MASS_TOLERANCE of it; 0 if
 * there is none, or if two are equally near (Cm and Bk). The tolerance is MULTIBINIT's: wide enough
 * for the tables of forty years (Ti 47.88 of 1988 against 47.867), too narrow for isotopes. */
int polar_element_by_mass(double mass);

/* The element nearest in mass without any tolerance, for messages; 0 if mass is not finite */
int polar_element_nearest(double mass);

#ifdef __cplusplus
}
#endif
#endif
