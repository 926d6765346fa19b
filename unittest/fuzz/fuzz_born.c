/* Fuzz target: any bytes as a file of Born effective charges, for a system of 3 atom types. What is
 * accepted must be consistent. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create */
#endif
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "response/born_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TYPES = 3 };

static void require(int condition)
{
  if (!condition) __builtin_trap();
}

static void check_entry(const born_entry *e)
{
  require(e->line >= 1 && e->id >= 1);
  for (int i = 0; i < 9; i++) require(isfinite(e->born[i]));
}

static void check(const born_file *bf)
{
  int entries = bf->natoms;
  require(bf->ntypes == TYPES);
  for (int t = 1; t <= TYPES; t++) {
    const born_entry *of_type = &bf->type[t - 1];
    if (of_type->line == 0) continue;
    entries++;
    check_entry(of_type);
    require(of_type->id == t);
  }
  require(entries >= 1);
  for (int i = 0; i < bf->natoms; i++) {
    check_entry(&bf->atom[i]);
    require(i == 0 || bf->atom[i - 1].id < bf->atom[i].id);
    require(born_file_find(bf, 1, bf->atom[i].id) == &bf->atom[i]);
  }
  const born_entry *none = born_file_find(bf, TYPES + 1, 0);
  require(none == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char path[64];
  born_file *bf = NULL;
  polar_status st = {0};
  const int fd = memfd_create("born", 0); /* the reader takes a path: a file in memory */
  if (fd < 0 || write(fd, data, size) != (ssize_t)size) abort();
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  const polar_code code = born_file_read(path, TYPES, &bf, &st);
  close(fd);
  require(st.code == code);
  if (code != POLAR_OK) {
    require(bf == NULL && st.text[0] != '\0');
    return 0;
  }
  check(bf);
  born_file_free(bf);
  return 0;
}
