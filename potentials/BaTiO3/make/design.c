/* Design matrix of the fit, by POLAR's own core: energy, forces and stress of the harmonic model
 * and of each candidate coefficient with the value 1, for one configuration at a time.
 *
 * Made for ctypes (design.py): plain arrays, eV, Angstrom, eV/Angstrom^3. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mat3.h"
#include "base/units.h"
#include "eap/eap_model.h"

/* A bond of the candidates reaches at most this many cells */
#define REACH 2
#define NOFFSET ((2 * REACH + 1) * (2 * REACH + 1) * (2 * REACH + 1))

typedef struct {
  eap_system *system;
  eap_harmonic *harmonic;
  int nfunction;
  eap_polynomial **function; /* [nfunction] */
  int offset[NOFFSET][3];
} design;

void design_free(design *d)
{
  if (!d) return;
  for (int k = 0; d->function && k < d->nfunction; k++) eap_polynomial_free(d->function[k]);
  free(d->function);
  eap_harmonic_free(d->harmonic);
  eap_system_free(d->system);
  free(d);
}

static polar_code compile(design *d, const eap_coefficients *all, polar_status *st)
{
  d->function = calloc((size_t)all->ncoefficient, sizeof *d->function);
  if (!d->function) return polar_fail_memory(st, "compiling the candidates");
  d->nfunction = all->ncoefficient;
  for (int k = 0, t = 0; k < all->ncoefficient; k++) {
    eap_coefficients one = *all; /* the terms of a coefficient follow each other */
    const int first = t;
    while (t < all->nterm && all->coefficient[t] == k) t++;
    one.ncoefficient = 1;
    one.term = all->term + first;
    one.nterm = t - first;
    const polar_code code = eap_polynomial_create(&one, d->system->n, NOFFSET,
                                                  (const int(*)[3])d->offset, &d->function[k], st);
    if (code) return code;
  }
  return POLAR_OK;
}

/* Candidates: a coefficient XML, all values 1. NULL on failure, with the reason in text[size]. */
design *design_open(const char *system, const char *candidates, char *text, int size)
{
  polar_status st = {POLAR_OK, 0, ""};
  design *d = calloc(1, sizeof *d);
  eap_coefficients *all = NULL;
  const eap_harmonic_options options = {2, 1, 1}; /* as pair_style eap/long: asr 2, symmetrized */
  polar_code code = d ? POLAR_OK : polar_fail_memory(&st, "opening a design");
  for (int k = 0; d && k < NOFFSET; k++) {
    const int side = 2 * REACH + 1;
    d->offset[k][0] = k / (side * side) - REACH;
    d->offset[k][1] = k / side % side - REACH;
    d->offset[k][2] = k % side - REACH;
  }
  if (!code) code = eap_read_system(system, &d->system, &st);
  if (!code) code = eap_harmonic_create(d->system, &options, &d->harmonic, &st);
  if (!code) code = eap_read_coefficients(candidates, d->system, &all, &st);
  if (!code) code = compile(d, all, &st);
  eap_coefficients_free(all);
  if (!code) return d;
  snprintf(text, (size_t)size, "%s", st.text);
  design_free(d);
  return NULL;
}

int design_functions(const design *d)
{
  return d->nfunction;
}

/* Harmonic energy and gradient by a plain sum over the wave vectors of the supercell */
static polar_code harmonic_part(const design *d, const int ncell[3], const double *u,
                                double *energy, double *gradient, polar_status *st)
{
  const int n3 = 3 * d->system->n, nc = ncell[0] * ncell[1] * ncell[2];
  const size_t square = (size_t)n3 * (size_t)n3;
  double *re =
      malloc((2 * square + eap_harmonic_scratch(d->harmonic) + 4 * (size_t)n3) * sizeof *re);
  if (!re) return polar_fail_memory(st, "evaluating the harmonic part");
  double *im = re + square, *x = im + square, *y = x + 2 * n3, *scratch = y + 2 * n3;
  *energy = 0;
  for (int m = 0; m < nc; m++) {
    const int k[3] = {m / (ncell[1] * ncell[2]), m / ncell[2] % ncell[1], m % ncell[2]};
    double q[3];
    for (int i = 0; i < 3; i++) q[i] = (double)k[i] / ncell[i];
    eap_harmonic_dynamical(d->harmonic, q, re, im, scratch);
    memset(x, 0, 4 * (size_t)n3 * sizeof *x);
    for (int pass = 0; pass < 2; pass++) {
      for (int l = 0; l < nc; l++) {
        const int c[3] = {l / (ncell[1] * ncell[2]), l / ncell[2] % ncell[1], l % ncell[2]};
        const double phase = 2 * POLAR_PI * (q[0] * c[0] + q[1] * c[1] + q[2] * c[2]);
        const double co = cos(phase), si = sin(phase);
        for (int a = 0; a < n3; a++)
          if (pass == 0) { /* u~(q) = sum u exp(-i q l) */
            x[2 * a] += co * u[l * n3 + a];
            x[2 * a + 1] -= si * u[l * n3 + a];
          } else {
            const double g = (co * y[2 * a] - si * y[2 * a + 1]) / nc;
            gradient[l * n3 + a] += g;
            *energy += 0.5 * g * u[l * n3 + a];
          }
      }
      for (int a = 0; pass == 0 && a < n3; a++)
        for (int b = 0; b < n3; b++) {
          const double r = re[a * n3 + b], i = im[a * n3 + b];
          y[2 * a] += r * x[2 * b] - i * x[2 * b + 1];
          y[2 * a + 1] += r * x[2 * b + 1] + i * x[2 * b];
        }
    }
  }
  free(re);
  return POLAR_OK;
}

/* Energy per supercell, forces and stress of one function from its gradient in the crystal's frame
 */
static void record(const eap_strain *strain, int natom, const double *u, const double *gradient,
                   const double de[6], double volume, double *force, double *stress)
{
  double gu[3][3] = {{0}}, w[3][3];
  for (int a = 0; a < natom; a++)
    for (int i = 0; i < 3; i++) {
      double f = 0;
      for (int j = 0; j < 3; j++) {
        gu[i][j] += gradient[3 * a + i] * u[3 * a + j];
        f -= strain->R[i][j] * gradient[3 * a + j];
      }
      force[3 * a + i] = f;
    }
  eap_strain_virial(strain, de, (const double(*)[3])gu, w);
  const int row[6] = {0, 1, 2, 2, 2, 1},
            column[6] = {0, 1, 2, 1, 0, 0}; /* ABINIT: 11 22 33 32 31 21 */
  for (int v = 0; v < 6; v++)
    stress[v] = -0.5 * (w[row[v]][column[v]] + w[column[v]][row[v]]) / volume;
}

/* One configuration: cell[3][3] rows lattice vectors, Angstrom; displacement[natom][3] from the
 * strained reference, Angstrom; atoms in MULTIBINIT's order. Row 0 of the results is the harmonic
 * and elastic energy, row 1 + k the candidate k. energy[1 + nfunction] eV; force[1 +
 * nfunction][natom][3]; stress[1 + nfunction][6], + dE/deps / V. Returns 0, or 1 with the reason in
 * text[size]. */
int design_evaluate(const design *d, const int ncell[3], const double cell[3][3],
                    const double *displacement, double *energy, double *force, double *stress,
                    char *text, int size)
{
  const eap_system *sys = d->system;
  const int nc = ncell[0] * ncell[1] * ncell[2], natom = nc * sys->n;
  polar_status st = {POLAR_OK, 0, ""};
  double h[3][3], h0[3][3], inverse[3][3], volume;
  eap_strain strain;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      h[i][j] = cell[j][i];
      h0[i][j] = sys->cell[i][j] * ncell[j];
    }
  mat3_inverse((const double(*)[3])h0, inverse);
  volume = fabs(mat3_det((const double(*)[3])h));
  polar_code code = eap_strain_set(&strain, EAP_ROTATE_POLAR, (const double(*)[3])h,
                                   (const double(*)[3])inverse, &st);

  int *neighbor = malloc((size_t)nc * NOFFSET * sizeof *neighbor);
  double *u = malloc(6 * (size_t)natom * sizeof *u), *gradient = u ? u + 3 * natom : NULL;
  if (!code && (!neighbor || !u)) code = polar_fail_memory(&st, "evaluating a configuration");
  if (!code) {
    for (int c = 0; c < nc; c++)
      for (int o = 0; o < NOFFSET; o++) {
        int at[3] = {c / (ncell[1] * ncell[2]), c / ncell[2] % ncell[1], c % ncell[2]};
        for (int i = 0; i < 3; i++)
          at[i] = ((at[i] + d->offset[o][i]) % ncell[i] + ncell[i]) % ncell[i];
        neighbor[c * NOFFSET + o] = (at[0] * ncell[1] + at[1]) * ncell[2] + at[2];
      }
    for (int a = 0; a < natom; a++) /* into the crystal's frame, u^ = R^T u */
      for (int i = 0; i < 3; i++) {
        u[3 * a + i] = 0;
        for (int j = 0; j < 3; j++) u[3 * a + i] += strain.R[j][i] * displacement[3 * a + j];
      }
    memset(gradient, 0, 3 * (size_t)natom * sizeof *gradient);
    code = harmonic_part(d, ncell, u, &energy[0], gradient, &st);
  }
  if (!code) {
    double de[6];
    for (int v = 0; v < 6; v++) {
      de[v] = 0;
      for (int w = 0; w < 6; w++)
        de[v] += 0.5 * nc * (sys->elastic[v][w] + sys->elastic[w][v]) * strain.e[w];
      energy[0] += 0.5 * de[v] * strain.e[v];
    }
    record(&strain, natom, u, gradient, de, volume, force, stress);
  }
  const eap_lattice lat = {nc, nc, NOFFSET, neighbor};
  for (int k = 0; !code && k < d->nfunction; k++) {
    const eap_polynomial *p = d->function[k];
    const size_t nmono = (size_t)eap_polynomial_monomials(p);
    double *prefactor = malloc((2 * nmono + eap_polynomial_scratch(p) + 1) * sizeof *prefactor);
    if (!prefactor) {
      code = polar_fail_memory(&st, "evaluating a candidate");
      break;
    }
    double *moment = prefactor + nmono, pure, dpure[6], de[6];
    memset(gradient, 0, 3 * (size_t)natom * sizeof *gradient);
    eap_polynomial_prefactors(p, strain.e, prefactor, &pure, dpure);
    energy[1 + k] = nc * pure + eap_polynomial_evaluate(p, &lat, prefactor, u, gradient, moment,
                                                        moment + nmono);
    eap_polynomial_strain_derivative(p, strain.e, moment, de);
    for (int v = 0; v < 6; v++) de[v] += nc * dpure[v];
    record(&strain, natom, u, gradient, de, volume, force + 3 * (size_t)natom * (size_t)(1 + k),
           stress + 6 * (1 + k));
    free(prefactor);
  }
  free(neighbor);
  free(u);
  if (code) snprintf(text, (size_t)size, "%s", st.text);
  return code != POLAR_OK;
}
