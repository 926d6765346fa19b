/* Fuzz target: what gap_dipole_fit is told. Each line is an argument; what follows a line "%%%" is
 * the header of the dipole model. */
#define main gap_dipole_fit_main
#include "../../tools/gap_dipole_fit/gap_dipole_fit.c"
#undef main

#include <math.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
  if (!condition) __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  enum { MOST = 32 };
  static const char mark[] = "\n%%%\n";
  char *argv[MOST + 1] = {(char *)"gap_dipole_fit"};
  int argc = 1;
  char *copy = malloc(size + 1);
  if (!copy) return 0;
  memcpy(copy, data, size);
  copy[size] = '\0';
  char *header = strstr(copy, mark);
  if (header) {
    *header = '\0';
    header += sizeof mark - 1;
  }
  for (char *line = copy; line && argc <= MOST; argc++) {
    char *end = strchr(line, '\n');
    if (end) *end++ = '\0';
    argv[argc] = line;
    line = end;
  }
  arguments a = {.dipole_file = "model.dipole", .use_dipole = 0.01, .use_born = 0.05};
  polar_status st = {0};
  const polar_code code = read_arguments(argc, argv, &a, &st);
  require(st.code == code && (!code || st.text[0] != '\0'));
  require(code || (isfinite(a.fit.sigma_dipole) && a.fit.sigma_dipole > 0.0 &&
                   isfinite(a.fit.sigma_born) && a.fit.sigma_born > 0.0));
  if (!code && header) {
    gap_dipole *d = NULL;
    st = (polar_status){0};
    const size_t used = size - (size_t)(header - copy);
    if (gap_dipole_parse_header("fuzz", header, used, &d, &st)) require(!d && st.text[0] != '\0');
    else require(d->ncentre == 0 && d->density.cutoff > 0.0);
    gap_dipole_free(d);
  }
  free(copy);
  return 0;
}
