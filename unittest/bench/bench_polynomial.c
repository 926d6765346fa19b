/* Time of the anharmonic polynomial per cell and evaluation, on one core.
 *
 *   bench_polynomial SYSTEM.xml COEFFS.xml [cells per direction, default 12] [repeats, default 30]
 *
 * Prints the fastest evaluation (others on the machine only add time), and a rate from the
 * operations a monomial of k factors needs at least: 2k for its value and energy, 2k for its k
 * derivatives. */
#define _POSIX_C_SOURCE 200112L

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "eap/eap_polynomial.h"

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Uniform in (-1, 1); a plain linear congruence is random enough for timing */
static double next_random(unsigned long long *state)
{
  *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
  return (double)(*state >> 11) / 4503599627370496.0 - 1.0;
}

/* Distinct cells of all terms */
static int list_offsets(const eap_coefficients *coeffs, int (*offset)[3])
{
  int count = 0;
  for (int t = 0; t < coeffs->nterm; t++)
    for (int i = 0; i < 2 * coeffs->term[t].ndifference; i++) {
      const int *cell = coeffs->term[t].difference[i / 2].cell[i % 2];
      int o = 0;
      while (o < count && memcmp(offset[o], cell, 3 * sizeof(int))) o++;
      if (o == count) memcpy(offset[count++], cell, 3 * sizeof(int));
    }
  return count;
}

static int periodic(int i, int n)
{
  return ((i % n) + n) % n;
}

static double operations(const eap_coefficients *coeffs, const eap_polynomial *p)
{
  double sum = 0.0, terms = 0.0;
  for (int t = 0; t < coeffs->nterm; t++)
    if (coeffs->term[t].ndifference) {
      sum += 4.0 * coeffs->term[t].ndifference;
      terms += 1.0;
    }
  return terms > 0.0 ? sum / terms * eap_polynomial_monomials(p) : 0.0;
}

static double fastest(const eap_polynomial *p, const eap_lattice *lat, const double *prefactor,
                      const double *u, double *gradient, double *moment, double *scratch,
                      int repeats)
{
  double best = 1e30;
  for (int r = 0; r < repeats; r++) {
    const double start = now();
    const double energy = eap_polynomial_evaluate(p, lat, prefactor, u, gradient, moment, scratch);
    const double time = now() - start;
    if (isnan(energy)) printf("energy is not a number\n");
    if (time < best) best = time;
  }
  return best;
}

int main(int narg, char **arg)
{
  const double strain[6] = {0.01, -0.005, 0.003, 0.002, -0.004, 0.006};
  const int side = narg > 3 ? atoi(arg[3]) : 12, repeats = narg > 4 ? atoi(arg[4]) : 30;
  eap_system *sys = NULL;
  eap_coefficients *coeffs = NULL;
  eap_polynomial *p = NULL;
  polar_status st = {0};
  unsigned long long state = 1;
  double pure, dpure[6];

  if (narg < 3 || side < 1 || repeats < 1) {
    fprintf(stderr, "usage: %s SYSTEM.xml COEFFS.xml [cells per direction] [repeats]\n", arg[0]);
    return 1;
  }
  if (eap_read_system(arg[1], &sys, &st) || eap_read_coefficients(arg[2], sys, &coeffs, &st)) {
    fprintf(stderr, "%s\n", st.text);
    return 1;
  }
  size_t most = 1;
  for (int t = 0; t < coeffs->nterm; t++) most += 2 * (size_t)coeffs->term[t].ndifference;
  int(*offset)[3] = malloc(most * sizeof *offset);
  if (!offset) return 1;
  const int noffset = list_offsets(coeffs, offset), ncell = side * side * side;
  if (eap_polynomial_create(coeffs, sys->n, noffset, (const int(*)[3])offset, &p, &st)) {
    fprintf(stderr, "%s\n", st.text);
    return 1;
  }

  const size_t size = 3 * (size_t)sys->n * (size_t)ncell;
  const size_t nmono = (size_t)eap_polynomial_monomials(p);
  int *neighbor = malloc(sizeof(int) * (size_t)ncell * (size_t)(noffset ? noffset : 1));
  double *u = malloc(size * sizeof *u), *gradient = calloc(size, sizeof *gradient);
  double *prefactor = malloc((nmono + 1) * sizeof *prefactor);
  double *moment = malloc((nmono + 1) * sizeof *moment);
  double *scratch = malloc(eap_polynomial_scratch(p) * sizeof *scratch);
  if (!neighbor || !u || !gradient || !prefactor || !moment || !scratch) return 1;
  for (int c = 0; c < ncell; c++)
    for (int o = 0; o < noffset; o++) {
      const int x = periodic(c / (side * side) + offset[o][0], side);
      const int y = periodic(c / side % side + offset[o][1], side);
      const int z = periodic(c % side + offset[o][2], side);
      neighbor[c * noffset + o] = (x * side + y) * side + z;
    }
  for (size_t i = 0; i < size; i++) u[i] = 0.1 * next_random(&state);
  const eap_lattice lat = {ncell, ncell, noffset, neighbor};

  const double start = now();
  for (int r = 0; r < repeats; r++) eap_polynomial_prefactors(p, strain, prefactor, &pure, dpure);
  const double prefactors = (now() - start) / repeats;
  const double plain = fastest(p, &lat, prefactor, u, gradient, NULL, scratch, repeats);
  const double moments = fastest(p, &lat, prefactor, u, gradient, moment, scratch, repeats);

  printf(
      "%d cells of %d sites, %zu monomials of %d differences, %d pure-strain terms, %d offsets\n",
      ncell, sys->n, nmono, eap_polynomial_differences(p), eap_polynomial_strain_terms(p), noffset);
  printf("scratch                        %10.1f kB\n", 8e-3 * (double)eap_polynomial_scratch(p));
  printf("prefactors, once per step      %10.3f us\n", 1e6 * prefactors);
  printf("energy + gradient              %10.4f us per cell  %6.2f GFLOP/s\n", 1e6 * plain / ncell,
         1e-9 * operations(coeffs, p) * ncell / plain);
  printf("energy + gradient + moments    %10.4f us per cell\n", 1e6 * moments / ncell);

  free(scratch);
  free(moment);
  free(prefactor);
  free(gradient);
  free(u);
  free(neighbor);
  free(offset);
  eap_polynomial_free(p);
  eap_coefficients_free(coeffs);
  eap_system_free(sys);
  return 0;
}
