#include "eap/eap_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* eV/Angstrom. Where symmetry forbids a force-strain coupling, files hold rounding of 1e-12. */
#define STRAIN_FORCE_NOISE 1e-9

static int same_cell(const int a[3], const int b[3])
{
  return a[0] == b[0] && a[1] == b[1] && a[2] == b[2];
}

/* Column of a cell in the model's offset table, appended if new */
static int offset_column(eap_model *model, const int cell[3])
{
  for (int o = 0; o < model->noffset; o++)
    if (same_cell(model->offset[o], cell)) return o;
  memcpy(model->offset[model->noffset], cell, 3 * sizeof(int));
  return model->noffset++;
}

/* Offsets of all cells the model reaches: the home cell, those of the polynomial, those of the
 * harmonic part if it is summed directly. */
static polar_code collect_offsets(eap_model *model, const eap_coefficients *coefficients,
                                  polar_status *st)
{
  const int(*har)[3] = NULL;
  const int nhar = model->options.harmonic.dipole ? 0 : eap_harmonic_offsets(model->harmonic, &har);
  size_t room = 1 + (size_t)nhar;
  for (int t = 0; coefficients && t < coefficients->nterm; t++)
    room += 2 * (size_t)coefficients->term[t].ndifference;

  const int home[3] = {0, 0, 0};
  model->offset = malloc(room * sizeof *model->offset);
  model->harmonic_index = malloc((size_t)(nhar ? nhar : 1) * sizeof(int));
  if (!model->offset || !model->harmonic_index)
    return polar_fail_memory(st, "listing the lattice offsets of the potential");
  offset_column(model, home);
  for (int t = 0; coefficients && t < coefficients->nterm; t++)
    for (int d = 0; d < coefficients->term[t].ndifference; d++)
      for (int side = 0; side < 2; side++)
        offset_column(model, coefficients->term[t].difference[d].cell[side]);
  for (int o = 0; o < nhar; o++) model->harmonic_index[o] = offset_column(model, har[o]);
  return POLAR_OK;
}

polar_code eap_model_create(const eap_system *system, const eap_coefficients *coefficients,
                            const eap_model_options *options, eap_model **out, polar_status *st)
{
  eap_model *model = calloc(1, sizeof *model);
  *out = NULL;
  if (!model) return polar_fail_memory(st, "setting up the effective atomic potential");
  model->system = system;
  model->options = *options;
  for (int i = 0; i < 6; i++)
    for (int j = 0; j < 6; j++)
      model->elastic[i][j] = options->harmonic.symmetrize
                                 ? 0.5 * (system->elastic[i][j] + system->elastic[j][i])
                                 : system->elastic[i][j];

  polar_code code = eap_harmonic_create(system, &options->harmonic, &model->harmonic, st);
  if (!code) code = collect_offsets(model, coefficients, st);
  if (!code && coefficients)
    code = eap_polynomial_create(coefficients, system->n, model->noffset,
                                 (const int(*)[3])model->offset, &model->polynomial, st);
  if (code) {
    eap_model_free(model);
    return code;
  }
  if (model->polynomial)
    model->scratch = 2 * (size_t)eap_polynomial_monomials(model->polynomial) +
                     eap_polynomial_scratch(model->polynomial);
  *out = model;
  return POLAR_OK;
}

void eap_model_free(eap_model *model)
{
  if (!model) return;
  eap_harmonic_free(model->harmonic);
  eap_polynomial_free(model->polynomial);
  free(model->offset);
  free(model->harmonic_index);
  free(model);
}

/* c sum_{i,v} Lambda_iv e_v u_i, Lambda = -(forces induced by strain) at the reference */
static double strain_force_part(const eap_model *model, int nown, const double e[6],
                                const double *u, double *gradient, double *de, double *site_energy)
{
  const eap_system *sys = model->system;
  double energy = 0.0;
  for (int k = 0; k < sys->n; k++) {
    double g[3] = {0, 0, 0}, usum[3] = {0, 0, 0};
    int zero = 1;
    for (int v = 0; v < 6; v++)
      for (int i = 0; i < 3; i++) {
        const double lambda = model->options.strain_force * sys->strain_force[k][v][i];
        g[i] += lambda * e[v];
        if (fabs(lambda) > STRAIN_FORCE_NOISE) zero = 0;
      }
    if (zero) continue;
    for (int c = 0; c < nown; c++) {
      const size_t at = 3 * ((size_t)c * (size_t)sys->n + (size_t)k);
      double part = 0.0;
      for (int i = 0; i < 3; i++) {
        gradient[at + i] += g[i];
        part += g[i] * u[at + i];
        usum[i] += u[at + i];
      }
      energy += part;
      if (site_energy) site_energy[at / 3] += part;
    }
    for (int v = 0; de && v < 6; v++)
      for (int i = 0; i < 3; i++)
        de[v] += model->options.strain_force * sys->strain_force[k][v][i] * usum[i];
  }
  return energy;
}

void eap_model_evaluate(const eap_model *model, const eap_lattice *lat, const double e[6],
                        const double *u, double *gradient, eap_energy *energy, double de[6],
                        double *site_energy, double *scratch)
{
  const int n = model->system->n, nown = lat->nown;
  double el = 0.0, ce[6], pure = 0.0, dpure[6] = {0, 0, 0, 0, 0, 0};

  memset(energy, 0, sizeof *energy);
  if (model->options.reference_energy) energy->reference = nown * model->system->energy;

  for (int v = 0; v < 6; v++) {
    ce[v] = 0.0;
    for (int w = 0; w < 6; w++) ce[v] += model->elastic[v][w] * e[w];
    el += 0.5 * e[v] * ce[v];
  }
  energy->elastic = nown * el;
  if (de)
    for (int v = 0; v < 6; v++) de[v] = nown * ce[v];
  energy->strain_force = strain_force_part(model, nown, e, u, gradient, de, site_energy);

  if (model->polynomial) {
    const int nmono = eap_polynomial_monomials(model->polynomial);
    double *prefactor = scratch, *moment = scratch + nmono;
    eap_polynomial_prefactors(model->polynomial, e, prefactor, &pure, dpure);
    if (site_energy)
      eap_polynomial_site_energy(model->polynomial, lat, prefactor, u, site_energy, NULL);
    energy->anharmonic =
        nown * pure + eap_polynomial_evaluate(model->polynomial, lat, prefactor, u, gradient,
                                              de ? moment : NULL, scratch + 2 * nmono);
    if (de) {
      double dmono[6];
      eap_polynomial_strain_derivative(model->polynomial, e, moment, dmono);
      for (int v = 0; v < 6; v++) de[v] += nown * dpure[v] + dmono[v];
    }
  }

  if (!model->options.harmonic.dipole)
    energy->harmonic =
        eap_harmonic_direct(model->harmonic, lat, model->harmonic_index, u, gradient, site_energy);
  if (site_energy) {
    const double even = (energy->reference / (nown ? nown : 1) + el + pure) / n;
    for (size_t s = 0; s < (size_t)nown * (size_t)n; s++) site_energy[s] += even;
  }
}
