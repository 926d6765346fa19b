/* Fuzz target: any bytes as the content of a .les file; the checksum is put right, or else nothing
 * would pass it. What is accepted must be consistent. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "les/les_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
  if (!condition) __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  uint32_t crc = 0xffffffffu;
  for (size_t i = 0; i < size; i++) {
    crc ^= data[i];
    for (int k = 0; k < 8; k++) crc = crc & 1 ? 0xedb88320u ^ (crc >> 1) : crc >> 1;
  }
  char *file = malloc(size + 17);
  if (!file) return 0;
  memcpy(file, data, size);
  snprintf(file + size, 17, "\ncrc32 %08x\n", (unsigned)(crc ^ 0xffffffffu));
  les_model *m = NULL;
  polar_status st = {0};
  const polar_code code = les_parse("fuzz", file, size + 16, &m, &st);
  free(file);
  require(st.code == code);
  if (code != POLAR_OK) {
    require(m == NULL && st.text[0] != '\0');
    return 0;
  }
  require(m->nelement >= 1 && m->cutoff > 0.0 && m->kmax > 0.0 && m->width % 8 == 0);
  for (int i = 0; i < m->nfirst; i++) require(isfinite(m->first_bias[i]));
  les_model_free(m);
  return 0;
}
