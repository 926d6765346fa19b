#include "gap/gap_draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gap/gap_md5.h"
#include "gap/gap_read.h"

/* Later than the last change of meaning of a descriptor (distance_Nb, August 2020) */
#define VERSION "1600000000"

/* ------------------------------------------------------------------------------ growing text ---
 */

typedef struct {
  char *data;
  size_t size, capacity;
  int failed;
} buffer;

static void add(buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(buffer *b, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  const int n = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (b->failed || n < 0) return;
  if (b->size + (size_t)n + 1 > b->capacity) {
    const size_t capacity = 2 * (b->size + (size_t)n + 512);
    char *data = realloc(b->data, capacity);
    if (!data) {
      b->failed = 1;
      return;
    }
    b->data = data;
    b->capacity = capacity;
  }
  va_start(args, format);
  vsnprintf(b->data + b->size, b->capacity - b->size, format, args);
  va_end(args);
  b->size += (size_t)n;
}

/* With the letters that XML reserves written as entities */
static void add_escaped(buffer *b, const char *text)
{
  for (; *text; text++)
    if (*text == '&') add(b, "&amp;");
    else if (*text == '<') add(b, "&lt;");
    else if (*text == '>') add(b, "&gt;");
    else if (*text == '"') add(b, "&quot;");
    else add(b, "%c", *text);
}

/* ------------------------------------------------------------------------------------ terms --- */

void gap_draft_free(gap_draft *d)
{
  if (!d) return;
  for (int t = 0; t < d->nterm; t++) {
    free(d->term[t].descriptor);
    free(d->term[t].x);
    free(d->term[t].alpha);
  }
  free(d->term);
  free(d);
}

static polar_code check_covariance(const gap_words *w, int soap, polar_status *st)
{
  const char *given = gap_words_find(w, "covariance_type");
  if (!given || strcmp(given, soap ? "dot_product" : "ard_se") == 0 ||
      strcmp(given, soap ? "2" : "1") == 0)
    return POLAR_OK;
  return polar_fail_at(st, POLAR_MODEL, w->file, w->line,
                       "covariance_type=%.40s of %s is not supported, expected %s", given, w->type,
                       soap ? "dot_product" : "ard_se");
}

static int is_soap(const gap_words *w)
{
  return strcmp(w->type, "soap") == 0 || strcmp(w->type, "soap_23") == 0;
}

static polar_code soap_dimension(const gap_words *w, int *dim, polar_status *st)
{
  static const int one = 1;
  const int split = strcmp(w->type, "soap_23") == 0;
  int n, l, species, diagonal, two = 0;
  polar_code code;
  if ((code = gap_words_int(w, split ? "n3_max" : "n_max", NULL, 1, GAP_MAX_N, &n, st)) ||
      (split && (code = gap_words_int(w, "n2_max", NULL, 1, GAP_MAX_N, &two, st))) ||
      (code = gap_words_int(w, "l_max", NULL, 0, HARMONICS_MAX_L, &l, st)) ||
      (code = gap_words_int(w, "n_species", &one, 1, 30, &species, st)) ||
      (code = gap_words_flag(w, "diagonal_radial", 0, &diagonal, st)))
    return code;
  const int channels = n * species;
  const int pairs = diagonal ? n * species * (species + 1) / 2 : channels * (channels + 1) / 2;
  *dim = pairs * (l + 1) + (split ? species * two : 1);
  return POLAR_OK;
}

/* A term from words that name their elements */
static polar_code add_term(gap_draft *d, const char *text, polar_status *st)
{
  gap_term *term = realloc(d->term, (size_t)(d->nterm + 1) * sizeof *term);
  if (!term) return polar_fail_memory(st, "preparing the model");
  d->term = term;
  gap_term *t = &term[d->nterm++];
  memset(t, 0, sizeof *t);
  t->descriptor = malloc(strlen(text) + 1);
  if (!t->descriptor) return polar_fail_memory(st, "preparing the model");
  memcpy(t->descriptor, text, strlen(text) + 1);
  gap_words w;
  polar_code code = gap_words_parse("gap", 1, text, &w, st);
  if (!code) {
    t->soap = is_soap(&w);
    t->dim = 1;
    if (!t->soap && strcmp(w.type, "distance_2b") != 0)
      code = polar_fail_at(st, POLAR_MODEL, w.file, w.line,
                           "the descriptor %.40s cannot be fitted, expected soap, soap_23 or "
                           "distance_2b",
                           w.type);
    if (!code) code = check_covariance(&w, t->soap, st);
    if (!code) code = gap_words_double(&w, "delta", NULL, 1e-6, 1e6, &t->delta, st);
    if (!code) code = gap_words_int(&w, "n_sparse", NULL, 1, 100000, &t->wanted, st);
    if (!code && t->soap) code = gap_words_double(&w, "zeta", NULL, 1.0, 100.0, &t->zeta, st);
    if (!code && t->soap) code = soap_dimension(&w, &t->dim, st);
    if (!code && !t->soap)
      code = gap_words_double(&w, "theta_uniform", NULL, 1e-3, 1e3, &t->theta, st);
    if (!code && !t->soap && gap_words_find(&w, "n_exponents"))
      code = polar_fail_at(st, POLAR_MODEL, w.file, w.line,
                           "n_exponents of distance_2b cannot be fitted");
    for (int k = 0; k < d->nterm - 1; k++) t->place += d->term[k].soap == t->soap;
  }
  gap_words_clear(&w);
  return code;
}

/* The terms of one descriptor: for all elements, if it does not name them */
static polar_code add_species(gap_draft *d, const char *text, polar_status *st)
{
  gap_words w;
  polar_code code = gap_words_parse("gap", 1, text, &w, st);
  int species = 1;
  if (!code) code = gap_words_flag(&w, "add_species", 1, &species, st);
  if (code) {
    gap_words_clear(&w);
    return code;
  }
  static const char *const naming[] = {"Z", "n_Z", "species_Z", "n_species", "Z1", "Z2"};
  for (size_t k = 0; k < sizeof naming / sizeof *naming; k++)
    if (gap_words_find(&w, naming[k])) species = 0;
  const int soap = is_soap(&w);
  gap_words_clear(&w);
  if (!species) return add_term(d, text, st);
  int count = 0;
  for (int z = 1; z <= POLAR_MAX_Z; z++) count += d->element[z] != 0;
  for (int z = 1; z <= POLAR_MAX_Z && !code; z++)
    for (int y = z; y <= (soap ? z : POLAR_MAX_Z) && !code; y++) {
      if (!d->element[z] || !d->element[y]) continue;
      buffer b = {0};
      add(&b, "%s", text);
      if (soap) {
        add(&b, " n_species=%d Z=%d species_Z={{", count, z);
        for (int k = 1, first = 1; k <= POLAR_MAX_Z; k++)
          if (d->element[k]) {
            add(&b, first ? "%d" : " %d", k);
            first = 0;
          }
        add(&b, "}}");
      } else add(&b, " Z1=%d Z2=%d", z, y);
      code = b.failed ? polar_fail_memory(st, "preparing the model") : add_term(d, b.data, st);
      free(b.data);
    }
  return code;
}

polar_code gap_draft_create(const char *text, const char *label, const char *element,
                            gap_draft **out, polar_status *st)
{
  gap_draft *d = calloc(1, sizeof *d);
  char *copy = malloc(strlen(text) + 1);
  polar_code code = POLAR_OK;
  if (!d || !copy) code = polar_fail_memory(st, "preparing the model");
  if (!code) {
    memcpy(copy, text, strlen(text) + 1);
    memcpy(d->element, element, sizeof d->element);
    snprintf(d->label, sizeof d->label, "%s", label);
    int depth = 0;
    for (char *at = copy, *start = copy; !code; at++) {
      const char c = *at;
      depth += (c == '{') - (c == '}');
      if (c && !(c == ':' && depth == 0)) continue;
      *at = '\0';
      code = add_species(d, start + strspn(start, " \t"), st);
      start = at + 1;
      if (!c) break;
    }
  }
  free(copy);
  if (code) {
    gap_draft_free(d);
    return code;
  }
  *out = d;
  return POLAR_OK;
}

/* ------------------------------------------------------------------------------------- text --- */

void gap_texts_free(int n, gap_text *file)
{
  for (int k = 0; file && k < n; k++) {
    free(file[k].name);
    free(file[k].data);
  }
  free(file);
}

/* With a fixed number of decimals the zero before the point is left out: a ninth of the file */
static void write_points(const gap_term *t, int decimals, buffer *b)
{
  char text[400];
  if (!t->x)
    for (int k = 0; k < t->dim; k++) add(b, "0\n");
  for (size_t k = 0; t->x && k < (size_t)t->nsparse * t->dim; k++) {
    if (decimals < 0) {
      add(b, "%.17g\n", t->x[k]);
      continue;
    }
    snprintf(text, sizeof text, "%.*f", decimals, t->x[k]);
    add(b, "%s\n", t->x[k] == 0.0 ? "0" : text + (text[0] == '0'));
  }
}

static void write_term(const gap_draft *d, int k, const gap_text *points, buffer *b)
{
  const gap_term *t = &d->term[k];
  char sum[33];
  gap_md5(points->data, points->size, sum);
  /* a folder of the model's is not part of the name */
  const char *slash = strrchr(points->name, '/');
  add(b,
      "<gpCoordinates label=\"%s%d\" dimensions=\"%d\" signal_variance=\"%.17g\" "
      "signal_mean=\"0\" sparsified=\"T\" n_permutations=\"1\" covariance_type=\"%d\"",
      d->label, k + 1, t->dim, t->delta, t->soap ? 2 : 1);
  if (t->soap) add(b, " zeta=\"%.17g\"", t->zeta);
  add(b, " n_sparseX=\"%d\" sparseX_filename=\"", t->x ? t->nsparse : 1);
  add_escaped(b, slash ? slash + 1 : points->name);
  add(b, "\" sparseX_md5sum=\"%s\">\n", sum);
  if (!t->soap) add(b, "<theta>%.17g</theta>\n", t->theta);
  add(b, "<descriptor>");
  add_escaped(b, t->descriptor);
  add(b, "</descriptor>\n<permutation i=\"1\">1</permutation>\n");
  for (int s = 0; s < (t->x ? t->nsparse : 1); s++)
    add(b, "<sparseX i=\"%d\" alpha=\"%.17g\" sparseCutoff=\"1\"/>\n", s + 1,
        t->alpha ? t->alpha[s] : 0.0);
  add(b, "</gpCoordinates>\n");
}

static void write_model(const gap_draft *d, const char *command, const gap_text *points, buffer *b)
{
  add(b,
      "<%s>\n<Potential label=\"%s\" init_args=\"IP GAP label=%s\"/>\n"
      "<GAP_params label=\"%s\" gap_version=\"" VERSION "\">\n<GAP_data do_core=\"F\">\n",
      d->label, d->label, d->label, d->label);
  for (int z = 1; z <= POLAR_MAX_Z; z++)
    if (d->element[z]) add(b, "<e0 Z=\"%d\" value=\"%.17g\"/>\n", z, d->e0[z]);
  add(b, "</GAP_data>\n<gpSparse label=\"%s\" n_coordinate=\"%d\" fitted=\"T\">\n", d->label,
      d->nterm);
  for (int k = 0; k < d->nterm; k++) write_term(d, k, &points[k], b);
  add(b, "</gpSparse>\n");
  if (command) {
    add(b, "<command_line>");
    add_escaped(b, command);
    add(b, "</command_line>\n");
  }
  add(b, "</GAP_params>\n</%s>\n", d->label);
}

polar_code gap_draft_write(const gap_draft *d, const char *name, const char *command, int decimals,
                           gap_text **file, polar_status *st)
{
  gap_text *f = calloc((size_t)d->nterm + 1, sizeof *f);
  int failed = !f;
  for (int k = d->nterm; k >= 0 && !failed; k--) {
    buffer text = {0}, path = {0};
    if (k) {
      write_points(&d->term[k - 1], decimals, &text);
      add(&path, "%s.sparseX.%s%d", name, d->label, k);
    } else {
      write_model(d, command, f + 1, &text);
      add(&path, "%s", name);
    }
    f[k] = (gap_text){path.data, text.data, text.size};
    failed = text.failed || path.failed;
  }
  if (failed) {
    gap_texts_free(d->nterm + 1, f);
    return polar_fail_memory(st, "writing the model");
  }
  *file = f;
  return POLAR_OK;
}

polar_code gap_draft_model(const gap_draft *d, gap_model **out, polar_status *st)
{
  gap_text *text = NULL;
  xml_tree *tree = NULL;
  polar_code code = gap_draft_write(d, "gap", NULL, -1, &text, st);
  if (code) return code;
  gap_file *file = calloc((size_t)d->nterm + 1, sizeof *file);
  if (!file) code = polar_fail_memory(st, "preparing the model");
  for (int k = 0; k < d->nterm && !code; k++)
    file[k] = (gap_file){text[1 + k].name, text[1 + k].data, text[1 + k].size};
  if (!code) code = xml_parse("gap", text[0].data, text[0].size, &tree, st);
  if (!code) code = gap_parse(tree, d->nterm, file, out, st);
  xml_free(tree);
  free(file);
  gap_texts_free(d->nterm + 1, text);
  return code;
}
