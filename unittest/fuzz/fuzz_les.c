/* Fuzz target: any bytes as the content of a .les file; the checksum is put right, or else nothing
 * would pass it. What is accepted must be consistent, and gives three atoms energies, charges and
 * forces. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "les/les.h"
#include "les/les_list.h"
#include "les/les_model.h"
#include "three_atoms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
  if (!condition) __builtin_trap();
}

static void evaluate(const les_model *m)
{
  if ((long)m->nfeature * m->nfirst > 100000) return; /* slow */
  const int element[3] = {0, m->nelement - 1, 0}, image[3] = {0, 1, 2};
  double energy[3], charge[3], force[3][3] = {{0.0}}, virial[6] = {0.0}, born[3][9] = {{0.0}};
  les_list list = {0};
  les_work *w = les_work_create();
  polar_status st = {0};
  require(w != NULL);
  require(!les_list_build(&list, 3, 3, three_x, element, image, m->cutoff, m->layers, &st));
  const les_neighborhood nb = les_list_view(&list, 3, three_x, element, image);
  polar_code code = les_forward(m, &nb, w, energy, charge, &st);
  if (!code) {
    for (int i = 0; i < 3; i++) require(isfinite(energy[i]) && isfinite(charge[i]));
    code = les_backward(m, &nb, w, charge, force, virial, NULL, &st);
  }
  if (!code) code = les_born_local(m, &nb, w, charge, 0.1, born, &st);
  require(!code || st.text[0] != '\0');
  les_work_free(w);
  les_list_free(&list);
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
  evaluate(m);
  les_model_free(m);
  return 0;
}
