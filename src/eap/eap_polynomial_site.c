/* Energy per site: monomial by monomial, cell by cell, straight from the list of factors. */
#include "eap/eap_polynomial_tables.h"

static double int_power(double x, int power)
{
  double y = 1.0;
  for (int i = 0; i < power; i++) y *= x;
  return y;
}

/* Where in u[nall][n][3] a component is, seen from cell c */
static size_t index_of(const eap_polynomial *p, const eap_lattice *lat, int c, int component)
{
  const eap_place *at = &p->place[component / 3];
  const int cell = lat->neighbor[(size_t)c * (size_t)lat->noffset + (size_t)at->column];
  return ((size_t)cell * (size_t)p->n + (size_t)at->site) * 3 + (size_t)(component % 3);
}

static double difference(const eap_polynomial *p, const eap_lattice *lat, const double *u, int c,
                         int d)
{
  return u[index_of(p, lat, c, p->difference[d][0])] - u[index_of(p, lat, c, p->difference[d][1])];
}

/* End number i (0 .. 2 nfactor - 1) of the factors of a monomial */
static int end_component(const eap_polynomial *p, int m, int i)
{
  return p->difference[p->factor[p->first_factor[m] + i / 2].difference][i % 2];
}

/* Is the site of end i the first of its kind among the ends of monomial m? Sites are told apart by
 * lattice offset, so that a small supercell has the site energies of its repetition. */
static int first_of_site(const eap_polynomial *p, int m, int i)
{
  const int site = end_component(p, m, i) / 3;
  for (int j = 0; j < i; j++)
    if (end_component(p, m, j) / 3 == site) return 0;
  return 1;
}

static void add_energy(const eap_polynomial *p, const eap_lattice *lat, int c, int m, double value,
                       double *energy)
{
  const int nend = 2 * (p->first_factor[m + 1] - p->first_factor[m]);
  int nsite = 0;
  for (int i = 0; i < nend; i++) nsite += first_of_site(p, m, i);
  for (int i = 0; i < nend; i++)
    if (first_of_site(p, m, i))
      energy[index_of(p, lat, c, end_component(p, m, i)) / 3] += value / nsite;
}

static void add_gradient(const eap_polynomial *p, const eap_lattice *lat, int c, int m,
                         double prefactor, const double *u, double *gradient)
{
  for (int i = p->first_factor[m]; i < p->first_factor[m + 1]; i++) {
    const int *end = p->difference[p->factor[i].difference];
    double slope = prefactor * p->factor[i].power;
    for (int j = p->first_factor[m]; j < p->first_factor[m + 1]; j++)
      slope *= int_power(difference(p, lat, u, c, p->factor[j].difference),
                         p->factor[j].power - (j == i));
    gradient[index_of(p, lat, c, end[0])] += slope;
    gradient[index_of(p, lat, c, end[1])] -= slope;
  }
}

void eap_polynomial_site_energy(const eap_polynomial *p, const eap_lattice *lat,
                                const double *prefactor, const double *u, double *energy,
                                double *gradient)
{
  for (int c = 0; c < lat->nown; c++)
    for (int m = 0; m < p->nmonomial; m++) {
      double value = prefactor[m];
      for (int i = p->first_factor[m]; i < p->first_factor[m + 1]; i++)
        value *= int_power(difference(p, lat, u, c, p->factor[i].difference), p->factor[i].power);
      add_energy(p, lat, c, m, value, energy);
      if (gradient) add_gradient(p, lat, c, m, prefactor[m], u, gradient);
    }
}
