/* Fuzz target: any bytes as a dipole model of pair style gap; one that is accepted gives three
 * atoms a dipole moment. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "gap/gap_dipole_read.h"
#include "three_atoms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
  if (!condition) __builtin_trap();
}

static void evaluate(const gap_dipole *d)
{
  long numbers = d->nvector + d->density.dim;
  for (int k = 0; k < d->ncentre; k++)
    numbers += d->centre[k].nsparse * (long)(d->nvector + d->density.dim);
  if (numbers > 20000) return; /* slow */
  static const double field[1][3] = {{0.1, -0.2, 0.3}};
  int element[4];
  double moment[3] = {0.0}, force[3][3] = {{0.0}}, born[3][9] = {{0.0}};
  gap_result out = {.force = force};
  gap_dipole_work *w = NULL;
  polar_status st = {0};
  three_elements(d->known, element);
  const polar_neighbors list = three_atoms(element);
  require(!gap_dipole_work_create(d, &w, &st));
  if (gap_dipole_evaluate(d, w, &list, moment, 1, field, &out, &st)) require(st.text[0] != '\0');
  else
    for (int a = 0; a < 3; a++) require(isfinite(moment[a]));
  if (gap_dipole_born(d, w, &list, born, &st)) require(st.text[0] != '\0');
  gap_dipole_work_free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  gap_dipole *d = NULL;
  polar_status st = {0};
  const polar_code code = gap_dipole_parse("fuzz", (const char *)data, size, &d, &st);
  require(st.code == code);
  if (code) {
    require(d == NULL && st.text[0] != '\0');
    return 0;
  }
  require(d->ncentre > 0 && d->nvector > 0 && d->density.cutoff > 0.0);
  evaluate(d);
  gap_dipole_free(d);
  return 0;
}
