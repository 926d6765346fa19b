/* Fuzz target: any bytes as a dipole model of pair style gap. */
#include <stdint.h>
#include <stdlib.h>

#include "gap/gap_dipole_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
  if (!condition) __builtin_trap();
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
  gap_dipole_free(d);
  return 0;
}
