/* Fuzz target: any bytes as an extended xyz file. */
#include <math.h>
#include <stdint.h>

#include "io/extxyz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
  if (!condition) __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const extxyz_names names = {"energy", "forces", "virial", "stress", "dipole", "born"};
  extxyz_frame *frame = NULL;
  int n = 0;
  polar_status st = {0};
  const polar_code code = extxyz_parse("fuzz", (const char *)data, size, &names, &n, &frame, &st);
  require(st.code == code || code == POLAR_OK);
  if (code) {
    require(frame == NULL && st.text[0] != '\0');
    return 0;
  }
  require(n > 0);
  for (int k = 0; k < n; k++) {
    require(frame[k].n > 0 && (!frame[k].has_energy || isfinite(frame[k].energy)));
    for (int i = 0; i < frame[k].n; i++) {
      require(frame[k].z[i] >= 1 && frame[k].z[i] <= 118);
      for (int a = 0; a < 3; a++)
        require(isfinite(frame[k].x[i][a]) && (!frame[k].force || isfinite(frame[k].force[i][a])));
    }
  }
  extxyz_free(n, frame);
  return 0;
}
