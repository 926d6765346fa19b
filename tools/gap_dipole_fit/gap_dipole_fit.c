/* gap_dipole_fit: fits a dipole model for pair_style gap to dipole moments and Born effective
 * charges in extended xyz files. doc/gap_dipole_fit.md describes the arguments. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gap/gap_dipole_fit.h"
#include "gap/gap_dipole_read.h"
#include "gap/gap_images.h"
#include "io/extxyz.h"
#include "io/text.h"

static const char usage[] =
    "usage: gap_dipole_fit header=FILE at_file=FILE.xyz [key=value ...]\n"
    "\n"
    "  header=FILE          header of the dipole model, from 'POLAR-DIPOLE 1' to 'end'\n"
    "  at_file=FILE         configurations in extended xyz, with the key dipole=\"Mx My Mz\" (e\n"
    "                       Angstrom), the columns born:R:9 (e), or both\n"
    "  dipole_file=FILE     the model that is written (model.dipole)\n"
    "  n_sparse=N           sparse points of each element (60)\n"
    "  sigma_dipole=X       expected error, e Angstrom per square root of atoms; 0: not fitted "
    "(0.01)\n"
    "  sigma_born=X         expected error of a component, e; 0: not fitted (0.05)\n"
    "  valid_every=N        each N-th configuration is held out\n"
    "  valid_file=FILE      further configurations that are held out\n"
    "  decimals=N           significant decimals of coefficients (17)\n"
    "  dipole_parameter_name, born_parameter_name   in the files (dipole, born)\n";

/* present only if the BLAS is OpenBLAS, whose threads do not pay for matrices of this size */
void openblas_set_num_threads(int) __attribute__((weak));

typedef struct {
  const char *header, *at_file, *dipole_file, *valid_file;
  extxyz_names names;
  gap_dipole_options fit;
  double use_dipole, use_born;
  int valid_every, decimals;
} arguments;

typedef struct {
  int n, nfile;
  extxyz_frame *file[2];
  int count[2];
  gap_images **images; /* [n] */
  gap_dipole_frame *frame;
  char *held_out; /* [n] */
} data;

static polar_code read_argument(char *key, char *value, arguments *a, polar_status *st)
{
  const struct {
    const char *key;
    const char **to;
  } texts[] = {{"header", &a->header},
               {"at_file", &a->at_file},
               {"dipole_file", &a->dipole_file},
               {"valid_file", &a->valid_file},
               {"dipole_parameter_name", &a->names.dipole},
               {"born_parameter_name", &a->names.born}};
  const struct {
    const char *key;
    int *to, lo, hi;
  } ints[] = {{"n_sparse", &a->fit.points, 1, 100000},
              {"valid_every", &a->valid_every, 2, 1000000},
              {"decimals", &a->decimals, 3, 17}};
  const struct {
    const char *key;
    double *to;
  } reals[] = {{"sigma_dipole", &a->use_dipole}, {"sigma_born", &a->use_born}};
  const char *fault = NULL;
  for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
    if (!strcmp(key, texts[k].key)) {
      *texts[k].to = value;
      return POLAR_OK;
    }
  for (size_t k = 0; k < sizeof ints / sizeof *ints; k++)
    if (!strcmp(key, ints[k].key)) {
      if ((fault = text_int(value, strlen(value), ints[k].to)))
        return polar_fail(st, POLAR_ARGUMENT, "%s=%.60s %s", key, value, fault);
      if (*ints[k].to < ints[k].lo || *ints[k].to > ints[k].hi)
        return polar_fail(st, POLAR_ARGUMENT, "%s=%.60s, expected %d to %d", key, value, ints[k].lo,
                          ints[k].hi);
      return POLAR_OK;
    }
  for (size_t k = 0; k < sizeof reals / sizeof *reals; k++)
    if (!strcmp(key, reals[k].key)) {
      if ((fault = text_double(value, strlen(value), reals[k].to)))
        return polar_fail(st, POLAR_ARGUMENT, "%s=%.60s %s", key, value, fault);
      if (!(*reals[k].to >= 0.0))
        return polar_fail(st, POLAR_ARGUMENT, "%s=%.60s, expected a positive number, or 0", key,
                          value);
      return POLAR_OK;
    }
  return polar_fail(st, POLAR_ARGUMENT, "unknown argument %.60s=; see gap_dipole_fit without any",
                    key);
}

static polar_code read_arguments(int argc, char **argv, arguments *a, polar_status *st)
{
  for (int k = 1; k < argc; k++) {
    char *value = strchr(argv[k], '=');
    if (!value) return polar_fail(st, POLAR_ARGUMENT, "found '%.60s', expected key=value", argv[k]);
    *value++ = '\0';
    const polar_code code = read_argument(argv[k], value, a, st);
    if (code) return code;
  }
  if (!a->header || !a->at_file)
    return polar_fail(st, POLAR_ARGUMENT, "%s= is missing", a->header ? "at_file" : "header");
  if (!strcmp(a->dipole_file, a->header))
    return polar_fail(st, POLAR_ARGUMENT,
                      "dipole_file=%.100s is the header, too: give the model another name",
                      a->dipole_file);
  if (a->use_dipole == 0.0) a->names.dipole = NULL;
  if (a->use_born == 0.0) a->names.born = NULL;
  a->fit.sigma_dipole = a->use_dipole > 0.0 ? a->use_dipole : 1.0;
  a->fit.sigma_born = a->use_born > 0.0 ? a->use_born : 1.0;
  return POLAR_OK;
}

static polar_code read_data(const arguments *a, const gap_dipole *d, data *all, polar_status *st)
{
  polar_code code = extxyz_read(a->at_file, &a->names, &all->count[0], &all->file[0], st);
  if (!code && a->valid_file)
    code = extxyz_read(a->valid_file, &a->names, &all->count[1], &all->file[1], st);
  if (code) return code;
  const int n = all->count[0] + all->count[1];
  all->images = calloc(n, sizeof *all->images);
  all->frame = calloc(n, sizeof *all->frame);
  all->held_out = calloc(n, 1);
  if (!all->images || !all->frame || !all->held_out)
    return polar_fail_memory(st, "reading configurations");
  for (; all->n < n; all->n++) {
    const int second = all->n >= all->count[0], k = second ? all->n - all->count[0] : all->n;
    const extxyz_frame *f = &all->file[second][k];
    for (int i = 0; i < f->n; i++)
      if (!d->known[f->z[i]])
        return polar_fail_at(st, POLAR_MODEL, second ? a->valid_file : a->at_file, f->line,
                             "a configuration with %s, which is not among the elements of %.200s",
                             polar_element_symbol(f->z[i]), a->header);
    code = gap_images_create(f->n, f->z, (const double(*)[3])f->x, (const double(*)[3])f->cell,
                             f->pbc, d->density.cutoff, &all->images[all->n], st);
    if (code) {
      char text[sizeof st->text];
      memcpy(text, st->text, sizeof text);
      return polar_fail_at(st, code, second ? a->valid_file : a->at_file, f->line, "%.600s", text);
    }
    all->frame[all->n] =
        (gap_dipole_frame){&all->images[all->n]->list, all->images[all->n]->owner,
                           f->has_dipole ? f->dipole : NULL, (const double(*)[9])f->born};
    all->held_out[all->n] = second || (a->valid_every && k % a->valid_every == a->valid_every - 1);
  }
  return POLAR_OK;
}

static void release(data *all)
{
  for (int k = 0; all->images && k < all->n; k++) gap_images_free(all->images[k]);
  for (int k = 0; k < 2; k++) extxyz_free(all->count[k], all->file[k]);
  free(all->images);
  free(all->frame);
  free(all->held_out);
}

/* Frames that are held out, or the others; their number */
static int part(const data *all, int held_out, gap_dipole_frame *frame)
{
  int n = 0;
  for (int k = 0; k < all->n; k++)
    if (all->held_out[k] == held_out) frame[n++] = all->frame[k];
  return n;
}

static polar_code report(const char *name, const gap_dipole *d, int n,
                         const gap_dipole_frame *frame, polar_status *st)
{
  gap_dipole_errors e;
  if (n == 0) return POLAR_OK;
  const polar_code code = gap_dipole_compare(d, n, frame, &e, st);
  if (code) return code;
  printf("%-9s %5d configurations:", name, n);
  if (e.ndipole) printf("  dipole %.2e e Angstrom/atom (of %.2e)", e.dipole, e.dipole_spread);
  if (e.nborn) printf("  Born charges %.2e e (of %.2e)", e.born, e.born_spread);
  printf("\n");
  return POLAR_OK;
}

static void write_numbers(FILE *out, int decimals, size_t n, const double *x)
{
  for (size_t k = 0; k < n; k++)
    fprintf(out, "%.*g%c", decimals, x[k], k % 8 == 7 || k == n - 1 ? '\n' : ' ');
}

/* The header up to its line 'end', what was fitted, and the coefficients */
static polar_code write_model(const arguments *a, const char *header, const gap_dipole *d, int n,
                              polar_status *st)
{
  FILE *out = fopen(a->dipole_file, "w");
  if (!out)
    return polar_fail(st, POLAR_FILE, "cannot write %.300s: %s", a->dipole_file, strerror(errno));
  for (const char *line = header; *line;) {
    const char *next = strchr(line, '\n');
    const size_t length = next ? (size_t)(next - line) + 1 : strlen(line);
    const size_t blank = strspn(line, " \t");
    if (!strncmp(line + blank, "end", 3) && strspn(line + blank + 3, " \t\r\n#")) break;
    fwrite(line, 1, length, out);
    line += length;
  }
  fprintf(out, "# fitted to %d configurations of %s", n, a->at_file);
  if (a->names.dipole) fprintf(out, ", sigma_dipole %g", a->fit.sigma_dipole);
  if (a->names.born) fprintf(out, ", sigma_born %g", a->fit.sigma_born);
  fprintf(out, "\n");
  for (int k = 0; k < d->ncentre; k++) {
    const gap_dipole_centre *c = &d->centre[k];
    fprintf(out, "centre %s ", polar_element_symbol(c->z));
    if (d->zeta == 1) fprintf(out, "linear\n");
    else fprintf(out, "sparse %d\n", c->nsparse);
    for (int s = 0; s < c->nsparse; s++) {
      if (c->x0)
        write_numbers(out, a->decimals, d->density.dim, c->x0 + (size_t)s * d->density.dim);
      write_numbers(out, a->decimals, d->nvector, c->v + (size_t)s * d->nvector);
    }
  }
  fprintf(out, "end\n");
  const int bad = ferror(out);
  if (fclose(out) || bad)
    return polar_fail(st, POLAR_FILE, "cannot write %.300s: %s", a->dipole_file, strerror(errno));
  return POLAR_OK;
}

static polar_code run(const arguments *a, polar_status *st)
{
  char *header = NULL;
  size_t size = 0;
  gap_dipole *d = NULL, *written = NULL;
  gap_dipole_frame *train = NULL, *held = NULL;
  data all = {0};
  polar_code code = text_read_file(a->header, TEXT_MAX_SIZE, &header, &size, st);
  if (!code) { /* an earlier model begins with its header */
    char begins[20];
    snprintf(begins, sizeof begins, "%.*s", (int)strcspn(header, "\r\n"), header);
    code = text_may_write(a->dipole_file, begins, st);
  }
  if (!code) code = gap_dipole_parse_header(a->header, header, size, &d, st);
  if (!code) code = read_data(a, d, &all, st);
  if (!code) {
    train = calloc((size_t)all.n + 1, sizeof *train);
    held = calloc((size_t)all.n + 1, sizeof *held);
    if (!train || !held) code = polar_fail_memory(st, "sorting configurations");
  }
  const int ntrain = code ? 0 : part(&all, 0, train), nheld = code ? 0 : part(&all, 1, held);
  const clock_t start = clock();
  if (!code) code = gap_dipole_fit(d, ntrain, train, &a->fit, st);
  if (!code) {
    printf("fit: %.1f s\n", (double)(clock() - start) / CLOCKS_PER_SEC);
    code = write_model(a, header, d, ntrain, st);
  }
  /* errors of the file, with its decimals */
  if (!code) code = gap_dipole_read(a->dipole_file, &written, st);
  if (!code) code = report("training", written, ntrain, train, st);
  if (!code) code = report("held out", written, nheld, held, st);
  release(&all);
  free(train);
  free(held);
  gap_dipole_free(d);
  gap_dipole_free(written);
  free(header);
  return code;
}

int main(int argc, char **argv)
{
  polar_status st = {0};
  arguments a = {.dipole_file = "model.dipole",
                 .names = {.dipole = "dipole", .born = "born"},
                 .fit = {.points = 60},
                 .use_dipole = 0.01,
                 .use_born = 0.05,
                 .decimals = 17};
  if (argc < 2) {
    fputs(usage, stderr);
    return 2;
  }
  if (openblas_set_num_threads) openblas_set_num_threads(1);
  if (read_arguments(argc, argv, &a, &st) || run(&a, &st)) {
    fprintf(stderr, "gap_dipole_fit: %s\n", st.text);
    return 1;
  }
  return 0;
}
