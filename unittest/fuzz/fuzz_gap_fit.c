/* Fuzz target: each line an argument of gap_fit, up to the model in the making. No file is read or
 * written; the data have hydrogen and oxygen. */
#define main gap_fit_main
#include "../../tools/gap_fit/gap_fit.c"
#undef main

#include <math.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
  if (!condition) __builtin_trap();
}

/* What a draft promises: every term is known, and its model can be read */
static void check_draft(gap_draft *d, const arguments *a)
{
  polar_status st = {0};
  gap_text *file = NULL;
  gap_model *m = NULL;
  long total = 0;
  require(d->nterm > 0);
  for (int t = 0; t < d->nterm; t++) {
    require(d->term[t].delta > 0.0 && d->term[t].wanted > 0 && d->term[t].dim > 0);
    total += d->term[t].dim;
  }
  if (a->e0 && !read_e0(a->e0, d, &st)) require(isfinite(d->e0[1]) && isfinite(d->e0[8]));
  if (total > 20000) return; /* seconds */
  st = (polar_status){0};
  require(!gap_draft_write(d, a->gp_file, "command", a->fit.decimals, &file, &st));
  gap_texts_free(d->nterm + 1, file);
  if (gap_draft_model(d, &m, &st)) require(!m && st.text[0] != '\0');
  else require(m->cutoff > 0.0);
  gap_free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  enum { MOST = 32 };
  char *argv[MOST + 1] = {(char *)"gap_fit"}, label[64], element[POLAR_MAX_Z + 1] = {0};
  int argc = 1;
  char *copy = malloc(size + 1);
  if (!copy) return 0;
  memcpy(copy, data, size);
  copy[size] = '\0';
  for (char *line = copy; line && argc <= MOST; argc++) {
    char *end = strchr(line, '\n');
    if (end) *end++ = '\0';
    argv[argc] = line;
    line = end;
  }
  arguments a = {.gp_file = "GAP.xml", .fit = {.nsigma = 1, .decimals = -1}};
  a.fit.sigma = a.sigma;
  polar_status st = {0};
  gap_draft *d = NULL;
  char *command = command_line(argc, argv);
  require(command != NULL);
  free(command);
  const polar_code code = read_arguments(argc, argv, &a, &st);
  require(st.code == code && (!code || st.text[0] != '\0'));
  if (!code) {
    for (int k = 0; k < a.fit.nsigma; k++)
      require(a.sigma[k].energy >= 0.0 && a.sigma[k].force >= 0.0 && a.sigma[k].virial >= 0.0);
    make_label(a.gp_file, label);
    element[1] = element[8] = 1;
    if (gap_draft_create(a.gap, label, element, &d, &st)) require(!d && st.text[0] != '\0');
    else check_draft(d, &a);
    gap_draft_free(d);
  }
  free(copy);
  return 0;
}
