/* The strain factors of the anharmonic energy: prefactors of the displacement monomials,
 * pure-strain energy, and the derivative of both to strain. */
#include "eap/eap_polynomial_tables.h"

/* x^power; exact for a base of 0: 1 if power = 0, else 0 */
static double int_power(double x, int power)
{
  double y = 1.0;
  for (; power > 0; power >>= 1, x *= x)
    if (power & 1) y *= x;
  return y;
}

static double monomial_value(const int power[6], const double e[6])
{
  double y = 1.0;
  for (int v = 0; v < 6; v++)
    if (power[v]) y *= int_power(e[v], power[v]);
  return y;
}

/* d/de_v of prod_w e_w^power[w], without a division by e_v, which may be 0 */
static double monomial_derivative(const int power[6], const double e[6], int v)
{
  int lower[6];
  if (!power[v]) return 0.0;
  for (int w = 0; w < 6; w++) lower[w] = power[w] - (w == v);
  return power[v] * monomial_value(lower, e);
}

void eap_polynomial_prefactors(const eap_polynomial *p, const double e[6], double *prefactor,
                               double *pure, double dpure[6])
{
  for (int m = 0; m < p->nmonomial; m++) prefactor[m] = 0.0;
  for (int v = 0; v < 6; v++) dpure[v] = 0.0;
  *pure = 0.0;
  for (int s = 0; s < p->nstrain; s++) {
    const eap_strain_monomial *strain = &p->strain[s];
    const double value = monomial_value(strain->power, e);
    for (int i = strain->first; i < strain[1].first; i++)
      prefactor[p->part[i].monomial] += p->part[i].value * value;
    if (strain->pure == 0.0) continue;
    *pure += strain->pure * value;
    for (int v = 0; v < 6; v++) dpure[v] += strain->pure * monomial_derivative(strain->power, e, v);
  }
}

void eap_polynomial_strain_derivative(const eap_polynomial *p, const double e[6],
                                      const double *moment, double derivative[6])
{
  for (int v = 0; v < 6; v++) derivative[v] = 0.0;
  for (int s = 0; s < p->nstrain; s++) {
    const eap_strain_monomial *strain = &p->strain[s];
    double sum = 0.0;
    if (strain->first == strain[1].first) continue;
    for (int i = strain->first; i < strain[1].first; i++)
      sum += p->part[i].value * moment[p->part[i].monomial];
    for (int v = 0; v < 6; v++) derivative[v] += monomial_derivative(strain->power, e, v) * sum;
  }
}
