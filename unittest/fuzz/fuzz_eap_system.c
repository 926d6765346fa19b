/* Fuzz target: any bytes as a system XML. What is accepted must be consistent. */
#include <math.h>
#include <stdint.h>

#include "eap/eap_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
  if (!condition) __builtin_trap();
}

static void check_blocks(const eap_block *blocks, int count, int n)
{
  for (int i = 0; i < count; i++)
    for (int k = 0; k < 9 * n * n; k++) require(isfinite(blocks[i].phi[k]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  eap_system *sys = NULL;
  polar_status st = {0};
  const polar_code code = eap_parse_system("fuzz", (const char *)data, size, &sys, &st);
  require(st.code == code);
  if (code != POLAR_OK) {
    require(sys == NULL && st.text[0] != '\0');
    return 0;
  }
  require(sys->n >= 1 && sys->n <= EAP_MAX_SITES && sys->nlocal + sys->ntotal >= 1);
  for (int a = 0; a < sys->n; a++) {
    require(sys->element[a] >= 1 && sys->mass[a] > 0.0);
    for (int i = 0; i < 3; i++) {
      require(isfinite(sys->tau[a][i]));
      for (int j = 0; j < 3; j++) require(isfinite(sys->born[a][i][j]));
      for (int v = 0; v < 6; v++) require(isfinite(sys->strain_force[a][v][i]));
    }
  }
  check_blocks(sys->local, sys->nlocal, sys->n);
  check_blocks(sys->total, sys->ntotal, sys->n);
  eap_system_free(sys);
  return 0;
}
