/* Fuzz target: any bytes as a GAP model; one that is accepted gives three atoms an energy. What
 * follows a line "%%%" is its file of sparse points, x.dat; without such a line that file is the
 * model itself. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gap/gap_read.h"
#include "three_atoms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
  if (!condition) __builtin_trap();
}

static polar_code refuse_nothing(void *context, const char *name, polar_status *st)
{
  (void)st;
  require(name[0] != '/');
  ++*(int *)context;
  return POLAR_OK;
}

static void evaluate(const gap_model *m)
{
  long numbers = 0;
  for (int k = 0; k < m->ndensity; k++)
    numbers += m->density[k].soap.dim * (2L + m->density[k].soap.nsparse);
  if (numbers > 20000) return; /* slow */
  int element[4];
  double force[3][3] = {{0.0}}, energy[3] = {0.0};
  gap_result out = {.force = force, .atom_energy = energy};
  gap_work *w = NULL;
  polar_status st = {0};
  three_elements(m->known, element);
  const polar_neighbors list = three_atoms(element);
  require(!gap_work_create(m, &w, &st));
  if (gap_energy(m, w, &list, &out, &st)) require(st.text[0] != '\0');
  else require(isfinite(out.energy));
  gap_work_free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const char mark[] = "\n%%%\n";
  gap_file file = {"x.dat", (const char *)data, size};
  const uint8_t *end = memmem(data, size, mark, sizeof mark - 1);
  if (end) {
    const size_t used = (size_t)(end - data) + sizeof mark - 1;
    file.data += used;
    file.size -= used;
    size = (size_t)(end - data);
  }
  xml_tree *tree = NULL;
  gap_model *m = NULL;
  polar_status st = {0};
  int names = 0;
  if (xml_parse("fuzz", (const char *)data, size, &tree, &st)) return 0;
  gap_list_files(tree, &names, refuse_nothing, &st);
  st.text[0] = '\0';
  const polar_code code = gap_parse(tree, 1, &file, &m, &st);
  xml_free(tree);
  require(st.code == code || code == POLAR_OK);
  if (code) {
    require(m == NULL && st.text[0] != '\0');
    return 0;
  }
  require(m->cutoff > 0.0 && m->ncluster + m->ndensity > 0);
  evaluate(m);
  gap_free(m);
  return 0;
}
