/* Fuzz target: any bytes as a coefficient XML of a system of 5 atoms. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "eap/eap_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
  if (!condition) __builtin_trap();
}

static void check_difference(const eap_difference *d, int n)
{
  int distinct = d->site[0] != d->site[1];
  for (int i = 0; i < 3; i++) distinct |= d->cell[0][i] != d->cell[1][i];
  require(distinct);
  require(d->dir >= 0 && d->dir < 3 && d->power >= 1 && d->power <= EAP_MAX_POWER);
  for (int s = 0; s < 2; s++) {
    require(d->site[s] >= 0 && d->site[s] < n);
    for (int i = 0; i < 3; i++) require(abs(d->cell[s][i]) <= EAP_MAX_CELL);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const eap_system sys = {.n = 5};
  eap_coefficients *coeffs = NULL;
  polar_status st = {0};
  const polar_code code =
      eap_parse_coefficients("fuzz", (const char *)data, size, &sys, &coeffs, &st);
  require(st.code == code);
  if (code != POLAR_OK) {
    require(coeffs == NULL && st.text[0] != '\0');
    return 0;
  }
  require(coeffs->nterm >= 1 && coeffs->ncoefficient >= 1);
  for (int i = 0; i < coeffs->nterm; i++) {
    const eap_term *t = &coeffs->term[i];
    require(isfinite(t->value) && t->ndifference + t->nstrain >= 1);
    require(coeffs->coefficient[i] >= 0 && coeffs->coefficient[i] < coeffs->ncoefficient);
    for (int k = 0; k < t->ndifference; k++) check_difference(&t->difference[k], sys.n);
    for (int k = 0; k < t->nstrain; k++)
      require(t->strain[k].voigt >= 0 && t->strain[k].voigt < 6 && t->strain[k].power >= 1);
  }
  for (int i = 0; i < coeffs->ncoefficient; i++) require(coeffs->text[i] != NULL);
  eap_coefficients_free(coeffs);
  return 0;
}
