/* gap_fit: fits a Gaussian approximation potential to energies, forces and stresses of extended xyz
 * files and writes it as QUIP and pair_style gap read it. doc/gap_fit.md describes the arguments,
 * which are those of QUIP's program of this name as far as they go. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gap/gap_fit.h"
#include "gap/gap_read.h"
#include "io/text.h"

#define MAX_SIGMA 100

/* Present only if the BLAS is OpenBLAS, whose threads do not pay for matrices of this size */
void openblas_set_num_threads(int) __attribute__((weak));

static const char usage[] =
    "usage: gap_fit at_file=FILE.xyz gap={TERM : TERM ...} default_sigma={E F V} [key=value ...]\n"
    "\n"
    "  at_file=FILE                configurations in extended xyz\n"
    "  gap={TERM : ...}            soap n_max= l_max= cutoff= atom_sigma= zeta= delta= n_sparse= "
    "...\n"
    "                              distance_2b cutoff= theta_uniform= delta= n_sparse= ...\n"
    "  default_sigma={E F V}       expected errors: eV/atom, eV/Angstrom, eV/atom; 0: not fitted\n"
    "  config_type_sigma={NAME:E:F:V:0:...}  others for some config_type\n"
    "  e0={El:VALUE:...} or VALUE  energies of isolated atoms, eV\n"
    "  e0_method=isolated|average  from configurations of one atom (default), or the mean energy\n"
    "  gp_file=FILE                the model that is written (GAP.xml)\n"
    "  valid_file=FILE             configurations that are held out, for errors\n"
    "  valid_every=N               each N-th configuration of at_file is held out\n"
    "  sparse_jitter=X             added to the diagonal of kernel matrices, relative (1e-8)\n"
    "  sparse_decimals=N           sparse points rounded to N decimals: a smaller file\n"
    "  energy_parameter_name, force_parameter_name, virial_parameter_name, stress_parameter_name\n"
    "                              in the files (energy, forces, virial, stress)\n";

typedef struct {
  const char *at_file, *gap, *gp_file, *valid_file;
  extxyz_names names;
  gap_sigma sigma[MAX_SIGMA];
  const char *e0;
  gap_fit_options fit;
  int valid_every;
  clock_t start;
} arguments;

static polar_code bad(polar_status *st, const char *key, const char *value, const char *expected)
{
  return polar_fail(st, POLAR_ARGUMENT, "%s=%.100s, expected %s", key, value, expected);
}

/* The part of `list` before the next letter of `separators`; NULL at the end */
static char *part(char **list, const char *separators)
{
  char *at = *list + strspn(*list, separators);
  if (!*at) return NULL;
  const size_t length = strcspn(at, separators);
  *list = at[length] ? at + length + 1 : at + length;
  at[length] = '\0';
  return at;
}

static int number(const char *text, double *x)
{
  return text && text_double(text, strlen(text), x) == NULL;
}

static polar_code read_sigma(char *value, gap_sigma *s, polar_status *st)
{
  static const char expected[] = "three numbers, not negative: {energy force virial}";
  double x[4] = {0};
  int n = 0;
  char *word, *rest = value;
  while (n < 4 && (word = part(&rest, " \t:")))
    if (!number(word, &x[n++])) return bad(st, "default_sigma", word, expected);
  if (n < 3 || part(&rest, " \t:") || x[0] < 0 || x[1] < 0 || x[2] < 0)
    return polar_fail(st, POLAR_ARGUMENT, "default_sigma has not %s", expected);
  if (x[3] > 0)
    return polar_fail(st, POLAR_ARGUMENT, "default_sigma: Hessians cannot be fitted, give 0");
  *s = (gap_sigma){.energy = x[0], .force = x[1], .virial = x[2]};
  return POLAR_OK;
}

static polar_code read_kinds(char *value, arguments *a, polar_status *st)
{
  char *name, *rest = value;
  while ((name = part(&rest, ":"))) {
    double x[4];
    if (a->fit.nsigma == MAX_SIGMA)
      return polar_fail(st, POLAR_ARGUMENT, "config_type_sigma names more than %d types",
                        MAX_SIGMA - 1);
    for (int k = 0; k < 4; k++)
      if (!number(part(&rest, ":"), &x[k]) || x[k] < 0)
        return polar_fail(st, POLAR_ARGUMENT,
                          "config_type_sigma: expected four numbers, not negative, after '%.40s': "
                          "NAME:energy:force:virial:0",
                          name);
    gap_sigma *s = &a->sigma[a->fit.nsigma++];
    *s = (gap_sigma){.energy = x[0], .force = x[1], .virial = x[2]};
    snprintf(s->kind, sizeof s->kind, "%s", name);
  }
  return POLAR_OK;
}

/* e0=VALUE, or e0={El:VALUE:...} for every element of the data */
static polar_code read_e0(const char *value, gap_draft *d, polar_status *st)
{
  char copy[4000], *rest = copy, *word, given[POLAR_MAX_Z + 1] = {0};
  double all;
  snprintf(copy, sizeof copy, "%s", value);
  if (number(value, &all)) {
    for (int z = 1; z <= POLAR_MAX_Z; z++) d->e0[z] = all;
    return POLAR_OK;
  }
  while ((word = part(&rest, ": \t"))) {
    const int z = polar_element_number(word);
    if (!z || !number(part(&rest, ": \t"), &d->e0[z]))
      return bad(st, "e0", value, "a number, or {El:VALUE:El:VALUE...}");
    given[z] = 1;
  }
  for (int z = 1; z <= POLAR_MAX_Z; z++)
    if (d->element[z] && !given[z])
      return polar_fail(st, POLAR_ARGUMENT, "e0=%.100s has no value for %s, which is in the data",
                        value, polar_element_symbol(z));
  return POLAR_OK;
}

static int is_count(double x, int least, int most)
{
  return x >= least && x <= most && x == (int)x;
}

static polar_code read_argument(char *key, char *value, arguments *a, polar_status *st)
{
  double x = 0.0;
  const int is_number = number(value, &x);
  const struct {
    const char *key;
    const char **to;
  } texts[] = {{"at_file", &a->at_file},
               {"gap", &a->gap},
               {"gp_file", &a->gp_file},
               {"valid_file", &a->valid_file},
               {"e0", &a->e0},
               {"energy_parameter_name", &a->names.energy},
               {"force_parameter_name", &a->names.force},
               {"virial_parameter_name", &a->names.virial},
               {"stress_parameter_name", &a->names.stress}};
  for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
    if (strcmp(key, texts[k].key) == 0) {
      *texts[k].to = value;
      return POLAR_OK;
    }
  if (strcmp(key, "default_sigma") == 0) return read_sigma(value, &a->sigma[0], st);
  if (strcmp(key, "config_type_sigma") == 0) return read_kinds(value, a, st);
  if (strcmp(key, "e0_method") == 0) {
    if (strcmp(value, "isolated") && strcmp(value, "average"))
      return bad(st, key, value, "isolated or average");
    a->fit.e0_method = value[0] == 'a' ? GAP_E0_AVERAGE : GAP_E0_ISOLATED;
  } else if (strcmp(key, "sparse_jitter") == 0) {
    if (!is_number || !(x >= 0 && x < 1)) return bad(st, key, value, "a number from 0 to 1");
    a->fit.jitter = x;
  } else if (strcmp(key, "sparse_decimals") == 0) {
    if (!is_number || !is_count(x, 3, 17)) return bad(st, key, value, "3 to 17");
    a->fit.decimals = (int)x;
  } else if (strcmp(key, "valid_every") == 0) {
    if (!is_number || !is_count(x, 2, 1000000)) return bad(st, key, value, "2 to 1000000");
    a->valid_every = (int)x;
  } else if (strcmp(key, "sparse_separate_file") == 0 && toupper(value[0]) == 'T') {
    return POLAR_OK; /* as it is */
  } else if (strcmp(key, "do_copy_at_file") == 0 && toupper(value[0]) == 'F') {
    return POLAR_OK;
  } else
    return polar_fail(st, POLAR_ARGUMENT,
                      "unknown argument %.60s=%.60s; gap_fit alone lists those known", key, value);
  return POLAR_OK;
}

static polar_code read_arguments(int argc, char **argv, arguments *a, polar_status *st)
{
  polar_code code = POLAR_OK;
  a->sigma[0].energy = -1.0;
  for (int k = 1; k < argc && !code; k++) {
    char *value = strchr(argv[k], '=');
    if (!value || value == argv[k])
      return polar_fail(st, POLAR_ARGUMENT, "'%.60s', expected key=value (blanks in quotes)",
                        argv[k]);
    *value++ = '\0';
    size_t length = strlen(value);
    while (length > 1 && value[0] == '{' && value[length - 1] == '}') {
      value[length - 1] = '\0';
      value++;
      length -= 2;
    }
    code = read_argument(argv[k], value, a, st);
  }
  if (code) return code;
  if (!a->at_file || !a->gap || a->sigma[0].energy < 0.0)
    return polar_fail(st, POLAR_ARGUMENT, "%s is missing",
                      !a->at_file ? "at_file="
                      : !a->gap   ? "gap="
                                  : "default_sigma=");
  if (a->e0) a->fit.e0_method = GAP_E0_GIVEN;
  return POLAR_OK;
}

static void say(void *context, const char *text)
{
  const arguments *a = context;
  printf("%8.1f s  %s\n", (double)(clock() - a->start) / CLOCKS_PER_SEC, text);
  fflush(stdout);
}

/* ----------------------------------------------------------------------------------- files --- */

static polar_code write_file(const gap_text *f, polar_status *st)
{
  FILE *to = fopen(f->name, "wb");
  int good = to && fwrite(f->data, 1, f->size, to) == f->size;
  if (to && fclose(to) != 0) good = 0;
  if (good) return POLAR_OK;
  return polar_fail(st, POLAR_FILE, "%.300s cannot be written: %s", f->name, strerror(errno));
}

/* The name of the model without folder and .xml, with letters that XML allows in names */
static void make_label(const char *name, char label[64])
{
  const char *slash = strrchr(name, '/');
  snprintf(label, 64, "%s", slash ? slash + 1 : name);
  char *end = strstr(label, ".xml");
  if (end) *end = '\0';
  for (char *c = label; *c; c++)
    if (!isalnum((unsigned char)*c) && *c != '_') *c = '_';
  if (!isalpha((unsigned char)label[0])) snprintf(label, 64, "GAP");
}

/* ---------------------------------------------------------------------------------- errors --- */

/* Three numbers of a kind of data, or dashes if there are none */
static void print_three(long count, const char *format, double rms, double worst, double spread)
{
  const double x[3] = {rms, worst, spread};
  char text[40];
  for (int k = 0; k < 3; k++) {
    snprintf(text, sizeof text, format, x[k]);
    printf(" %*s", (int)strlen(text), count ? text : "-");
  }
}

static void print_errors(const char *name, int n, const gap_fit_errors *e)
{
  printf("%-28.28s %6d", name, n);
  print_three(e->energies, "%9.3f", 1e3 * e->energy, 1e3 * e->worst_energy, 1e3 * e->spread_energy);
  print_three(e->forces, "%9.2f", 1e3 * e->force, 1e3 * e->worst_force, 1e3 * e->spread_force);
  print_three(e->virials, "%8.4f", e->stress, e->worst_stress, e->spread_stress);
  printf("\n");
}

/* Errors of all configurations and of each kind */
static polar_code report(const gap_model *m, const char *set, int n, const extxyz_frame *frame,
                         polar_status *st)
{
  gap_fit_errors e;
  polar_code code = gap_fit_test(m, n, frame, NULL, &e, st);
  if (code || !n) return code;
  print_errors(set, n, &e);
  for (int k = 0; k < n && !code; k++) {
    int first = 1, count = 0;
    for (int i = 0; i < n; i++) {
      const int same = strcmp(frame[i].kind, frame[k].kind) == 0;
      count += same;
      if (same && i < k) first = 0;
    }
    if (!first || count == n) continue;
    char name[80];
    snprintf(name, sizeof name, "  %s", frame[k].kind[0] ? frame[k].kind : "(no config_type)");
    code = gap_fit_test(m, n, frame, frame[k].kind, &e, st);
    if (!code) print_errors(name, count, &e);
  }
  return code;
}

/* Each N-th configuration to the end of the array; returns how many remain before */
static int hold_out(int n, extxyz_frame *frame, int every)
{
  extxyz_frame *copy = every ? malloc((size_t)n * sizeof *copy) : NULL;
  if (!copy) return n;
  int first = 0, last = n;
  memcpy(copy, frame, (size_t)n * sizeof *copy);
  for (int k = 0; k < n; k++)
    if (k % every == every - 1) frame[--last] = copy[k];
    else frame[first++] = copy[k];
  free(copy);
  return first;
}

/* What the data lack of what is to be fitted: names may be wrong */
static void say_missing(arguments *a, int n, const extxyz_frame *frame)
{
  const char *name[3] = {a->names.energy, a->names.force, a->names.virial};
  const char *key[3] = {"energy", "force", "virial"};
  char text[300];
  for (int q = 0; q < 3; q++) {
    int wanted = 0, found = 0;
    for (int s = 0; s < a->fit.nsigma; s++) {
      const double sigma[3] = {a->sigma[s].energy, a->sigma[s].force, a->sigma[s].virial};
      wanted |= sigma[q] > 0.0;
    }
    for (int k = 0; k < n; k++)
      found |= q == 0 ? frame[k].has_energy : q == 1 ? frame[k].force != NULL : frame[k].has_virial;
    if (!wanted || found) continue;
    snprintf(text, sizeof text,
             "note: no configuration has '%.60s'%s%.60s%s (%s_parameter_name): nothing of it is "
             "fitted",
             name[q], q == 2 ? " or '" : "", q == 2 ? a->names.stress : "", q == 2 ? "'" : "",
             key[q]);
    say(a, text);
  }
  for (int s = 1; s < a->fit.nsigma; s++) {
    int found = 0;
    for (int k = 0; k < n; k++) found |= strcmp(frame[k].kind, a->sigma[s].kind) == 0;
    if (found) continue;
    snprintf(text, sizeof text,
             "note: no configuration that is fitted has config_type=%.60s, which config_type_sigma "
             "names",
             a->sigma[s].kind);
    say(a, text);
  }
}

/* ------------------------------------------------------------------------------------ main --- */

static char *command_line(int argc, char **argv)
{
  size_t size = sizeof "gap_fit";
  for (int k = 1; k < argc; k++) size += strlen(argv[k]) + 3;
  char *text = malloc(size), *at = text;
  if (at) at += sprintf(at, "gap_fit");
  for (int k = 1; text && k < argc; k++)
    at += sprintf(at, strchr(argv[k], ' ') ? " \"%s\"" : " %s", argv[k]);
  return text;
}

static polar_code fit(arguments *a, const char *command, int n, extxyz_frame *frame, int nvalid,
                      const extxyz_frame *valid, polar_status *st)
{
  char element[POLAR_MAX_Z + 1], label[64], text[200];
  gap_draft *d = NULL;
  gap_model *m = NULL;
  gap_text *file = NULL;
  gap_fit_summary summary;
  polar_code code;
  gap_fit_elements(n, frame, element);
  make_label(a->gp_file, label);
  if ((code = gap_draft_create(a->gap, label, element, &d, st))) return code;
  if (a->e0) code = read_e0(a->e0, d, st);
  if (!code) code = gap_fit_prepare(d, n, frame, &a->fit, st);
  if (!code) code = gap_fit_solve(d, n, frame, &a->fit, &summary, st);
  if (!code) {
    snprintf(text, sizeof text, "%d coefficients from %ld equations, weighted residual %.6g",
             summary.unknowns, summary.equations, summary.residual);
    say(a, text);
    code = gap_draft_write(d, a->gp_file, command, a->fit.decimals, &file, st);
  }
  /* the model last: it is there only when all it names is */
  for (int k = code ? -1 : d->nterm; k >= 0 && !code; k--) code = write_file(&file[k], st);
  if (!code) {
    snprintf(text, sizeof text, "wrote %.120s and %d files with sparse points", a->gp_file,
             d->nterm);
    say(a, text);
    code = gap_read(a->gp_file, &m, st); /* what is tested is what was written */
  }
  if (!code) {
    printf(
        "\nerrors of the model:            energy, meV/atom              force, meV/Angstrom      "
        "     stress, GPa\n%-28s %6s %9s %9s %9s %9s %9s %9s %8s %8s %8s\n",
        "", "config", "rms", "worst", "of data", "rms", "worst", "of data", "rms", "worst",
        "of data");
    code = report(m, "training", n, frame, st);
  }
  if (!code) code = report(m, "held out", nvalid, valid, st);
  gap_free(m);
  gap_texts_free(d->nterm + 1, file);
  gap_draft_free(d);
  return code;
}

int main(int argc, char **argv)
{
  if (argc < 2) {
    fputs(usage, stderr);
    return 2;
  }
  if (openblas_set_num_threads) openblas_set_num_threads(1);
  arguments a = {
      .gp_file = "GAP.xml",
      .names = {.energy = "energy", .force = "forces", .virial = "virial", .stress = "stress"},
      .fit = {.nsigma = 1, .e0_method = GAP_E0_ISOLATED, .jitter = 1e-8, .decimals = -1},
      .start = clock()};
  a.fit.sigma = a.sigma;
  a.fit.say = say;
  a.fit.context = &a;
  polar_status st = {0};
  extxyz_frame *frame = NULL, *valid = NULL;
  int all = 0, n = 0, nvalid = 0;
  char *command = command_line(argc, argv);
  polar_code code = command ? read_arguments(argc, argv, &a, &st)
                            : polar_fail_memory(&st, "reading the arguments");
  if (!code) code = text_may_write(a.gp_file, "<", &st);
  if (!code) code = extxyz_read(a.at_file, &a.names, &all, &frame, &st);
  if (!code && a.valid_file) code = extxyz_read(a.valid_file, &a.names, &nvalid, &valid, &st);
  if (!code) {
    n = hold_out(all, frame, a.valid_file ? 0 : a.valid_every);
    char text[100];
    snprintf(text, sizeof text, "%d configurations to fit, %d held out", n,
             valid ? nvalid : all - n);
    say(&a, text);
    say_missing(&a, n, frame);
    code = fit(&a, command, n, frame, valid ? nvalid : all - n, valid ? valid : frame + n, &st);
  }
  extxyz_free(all, frame);
  extxyz_free(nvalid, valid);
  free(command);
  if (code) fprintf(stderr, "gap_fit: %s\n", st.text);
  return code ? 1 : 0;
}
