#include "gap/gap_dipole_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gap/gap_basis.h"
#include "io/text.h"

#define MAX_ZETA 16
#define MAX_CUTOFF 30.0  /* Angstrom */
#define MAX_FEATURES 1e6 /* of an atom; scratch takes 2 kB for each */

/* ---------------------------------------------------------------------------------- header --- */

enum { ELEMENTS, BASIS, LMAX, CUTOFF, NORM, ZETA, SCALING, NWORD };
static const char *const word[NWORD] = {"elements", "basis", "lmax",   "cutoff",
                                        "norm",     "zeta",  "scaling"};

typedef struct {
  text_reader *text;
  polar_status *st;
  int line[NWORD]; /* where a word was given, 0: not yet */
  int nelement, z[POLAR_MAX_Z];
  int kind; /* of the radial basis, see basis_name */
  int n, lmax, dexp;
  double sigma, cutoff, transition, rate, scale;
  int only_header;
  gap_dipole *out;
} reader;

enum { GTO, DVR, GAUSS, NKIND };
static const char *const basis_name[NKIND] = {"gto", "dvr", "gauss"};
enum { NNORM = 4 };
static const char *const norm_name[NNORM] = {"none", "density", "vector", "gram"};
static const gap_dipole_norm norm_value[NNORM] = {GAP_NORM_NONE, GAP_NORM_DENSITY, GAP_NORM_VECTOR,
                                                  GAP_NORM_GRAM};

static polar_code at(const reader *r, const char *text)
{
  return polar_fail_at(r->st, POLAR_MODEL, r->text->file, r->text->line, "%s", text);
}

/* The line's word must be followed by `count` values */
static polar_code expect(const reader *r, int count, const char *values)
{
  if (r->text->ntoken == count + 1) return POLAR_OK;
  return polar_fail_at(r->st, POLAR_SYNTAX, r->text->file, r->text->line,
                       "'%s' has %d value(s), expected %d: %s", r->text->token[0],
                       r->text->ntoken - 1, count, values);
}

static polar_code number(const reader *r, int k, const char *what, double lo, double hi, double *x)
{
  const polar_code code = text_get_double(r->text, k, what, x, r->st);
  if (code) return code;
  if (*x >= lo && *x <= hi) return POLAR_OK;
  return polar_fail_at(r->st, POLAR_MODEL, r->text->file, r->text->line,
                       "%s is %g, expected %g to %g", what, *x, lo, hi);
}

static polar_code element(const reader *r, int k, int *z)
{
  *z = polar_element_number(r->text->token[k]);
  if (*z) return POLAR_OK;
  return polar_fail_at(r->st, POLAR_MODEL, r->text->file, r->text->line,
                       "found '%.60s', expected a chemical symbol such as Ti", r->text->token[k]);
}

/* Index of token 1 among `n` names */
static polar_code choice(const reader *r, int n, const char *const *name, int *k)
{
  char all[100] = "";
  for (*k = 0; *k < n; ++*k) {
    if (!strcmp(r->text->token[1], name[*k])) return POLAR_OK;
    if (*k) strcat(all, ", ");
    strcat(all, name[*k]);
  }
  return polar_fail_at(r->st, POLAR_MODEL, r->text->file, r->text->line,
                       "%s is '%.60s', expected one of %s", r->text->token[0], r->text->token[1],
                       all);
}

static polar_code read_elements(reader *r)
{
  if (r->text->ntoken < 2) return at(r, "'elements' is empty, expected chemical symbols");
  for (int k = 1; k < r->text->ntoken; k++) {
    int z;
    const polar_code code = element(r, k, &z);
    if (code) return code;
    if (r->out->known[z])
      return polar_fail_at(r->st, POLAR_MODEL, r->text->file, r->text->line,
                           "element %s is given twice", polar_element_symbol(z));
    r->out->known[z] = 1;
    r->z[r->nelement++] = z;
  }
  return POLAR_OK;
}

static polar_code read_scaling(reader *r)
{
  polar_code code = expect(r, 3, "rate c, distance r0 in Angstrom, exponent m");
  if (!code) code = number(r, 1, "the rate of the radial scaling", 0.0, 1e6, &r->rate);
  if (!code) code = number(r, 2, "the distance of the radial scaling", 1e-3, 1e3, &r->scale);
  if (!code)
    code = text_get_int(r->text, 3, "the exponent of the radial scaling", 0, 100, &r->dexp, r->st);
  return code;
}

static polar_code read_word(reader *r, int k)
{
  polar_code code = POLAR_OK;
  int choose = 0;
  if (r->line[k])
    return polar_fail_at(r->st, POLAR_MODEL, r->text->file, r->text->line,
                         "'%s' was given before, on line %d: keep one of them", word[k],
                         r->line[k]);
  r->line[k] = r->text->line;
  switch (k) {
    case ELEMENTS:
      return read_elements(r);
    case BASIS:
      code = expect(r, 3, "gto, dvr or gauss, number of functions, width in Angstrom");
      if (!code) code = choice(r, NKIND, basis_name, &r->kind);
      if (!code)
        code =
            text_get_int(r->text, 2, "the number of radial functions", 1, GAP_MAX_N, &r->n, r->st);
      if (!code) code = number(r, 3, "the width of the basis", 0.05, 5.0, &r->sigma);
      return code;
    case LMAX:
      code = expect(r, 1, "the largest degree l");
      if (!code) code = text_get_int(r->text, 1, "lmax", 1, HARMONICS_MAX_L, &r->lmax, r->st);
      return code;
    case CUTOFF:
      code = expect(r, 2, "cutoff and width of its smooth end in Angstrom");
      if (!code) code = number(r, 1, "the cutoff", 0.5, MAX_CUTOFF, &r->cutoff);
      if (!code) code = number(r, 2, "the width of the cutoff", 0.0, r->cutoff, &r->transition);
      return code;
    case NORM:
      code = expect(r, 1, "none, density, vector or gram");
      if (!code) code = choice(r, NNORM, norm_name, &choose);
      r->out->norm = norm_value[choose < NNORM ? choose : 0];
      return code;
    case ZETA:
      code = expect(r, 1, "the exponent of the kernel");
      if (!code) code = text_get_int(r->text, 1, "zeta", 1, MAX_ZETA, &r->out->zeta, r->st);
      return code;
    default:
      return read_scaling(r);
  }
}

/* Lines up to the first 'centre' or 'end' */
static polar_code read_header(reader *r)
{
  polar_code code = text_next(r->text, r->st);
  if (code) return code;
  if (r->text->ntoken < 1 || strcmp(r->text->token[0], "POLAR-DIPOLE") != 0)
    return polar_fail_at(r->st, POLAR_SYNTAX, r->text->file, r->text->line ? r->text->line : 1,
                         "found '%.60s', expected 'POLAR-DIPOLE 1', the first line of a dipole "
                         "model",
                         r->text->ntoken ? r->text->token[0] : "");
  if (r->text->ntoken != 2 || strcmp(r->text->token[1], "1") != 0)
    return polar_fail_at(r->st, POLAR_SYNTAX, r->text->file, r->text->line,
                         "the format has the version '%.60s', expected 1",
                         r->text->ntoken > 1 ? r->text->token[1] : "");
  for (;;) {
    int k = 0;
    if ((code = text_next(r->text, r->st))) return code;
    if (r->text->ntoken == 0) break;
    if (!strcmp(r->text->token[0], "centre") || !strcmp(r->text->token[0], "end")) break;
    while (k < NWORD && strcmp(r->text->token[0], word[k]) != 0) k++;
    if (k == NWORD)
      return polar_fail_at(r->st, POLAR_SYNTAX, r->text->file, r->text->line,
                           "found '%.60s', expected one of elements, basis, lmax, cutoff, scaling, "
                           "norm, zeta, centre, end",
                           r->text->token[0]);
    if ((code = read_word(r, k))) return code;
  }
  for (int k = 0; k < SCALING; k++)
    if (!r->line[k])
      return polar_fail_at(r->st, POLAR_MODEL, r->text->file, r->text->line,
                           "the header has no line '%s'", word[k]);
  return POLAR_OK;
}

/* ---------------------------------------------------------------------------------- centres --- */

typedef struct {
  double *x;
  size_t n, room;
} numbers;

static polar_code append(numbers *a, double x, polar_status *st)
{
  if (a->n == a->room) {
    const size_t room = a->room ? 2 * a->room : 1024;
    double *larger = realloc(a->x, room * sizeof *larger);
    if (!larger) return polar_fail_memory(st, "reading a dipole model");
    a->x = larger;
    a->room = room;
  }
  a->x[a->n++] = x;
  return POLAR_OK;
}

/* Numbers up to a line that begins with 'centre' or 'end', or to the end of the file */
static polar_code read_numbers(reader *r, double expected, numbers *a)
{
  for (;;) {
    polar_code code = text_next(r->text, r->st);
    if (code || r->text->ntoken == 0) return code;
    if (!strcmp(r->text->token[0], "centre") || !strcmp(r->text->token[0], "end")) return POLAR_OK;
    for (int k = 0; k < r->text->ntoken; k++) {
      double x;
      if ((code = text_get_double(r->text, k, "a coefficient", &x, r->st))) return code;
      if ((double)a->n >= expected)
        return polar_fail_at(r->st, POLAR_MODEL, r->text->file, r->text->line,
                             "more than the expected %.0f coefficients: see 'elements', 'basis' "
                             "and 'lmax'",
                             expected);
      if ((code = append(a, x, r->st))) return code;
    }
  }
}

/* The line 'centre ELEMENT linear' or 'centre ELEMENT sparse N', and its numbers */
static polar_code read_centre(reader *r)
{
  gap_dipole *d = r->out;
  const int linear = d->zeta == 1, line = r->text->line;
  const char *const form = linear ? "linear" : "sparse";
  gap_dipole_centre e = {0, 1, NULL, NULL};
  polar_code code = expect(r, linear ? 2 : 3,
                           linear ? "an element and 'linear', because zeta is 1"
                                  : "an element, 'sparse', the number of sparse points");
  if (!code) code = element(r, 1, &e.z);
  if (code) return code;
  if (!d->known[e.z])
    return polar_fail_at(r->st, POLAR_MODEL, r->text->file, line,
                         "%s is not among the 'elements' of line %d", r->text->token[1],
                         r->line[ELEMENTS]);
  if (d->centre_of[e.z] >= 0)
    return polar_fail_at(r->st, POLAR_MODEL, r->text->file, line, "a second centre %s",
                         r->text->token[1]);
  if (strcmp(r->text->token[2], form) != 0)
    return polar_fail_at(r->st, POLAR_MODEL, r->text->file, line,
                         "found '%.60s', expected '%s' for zeta = %d", r->text->token[2], form,
                         d->zeta);
  if (!linear)
    code = text_get_int(r->text, 3, "the number of sparse points", 1, 1000000, &e.nsparse, r->st);
  numbers a = {NULL, 0, 0};
  const double dim = linear ? 0 : d->density.dim, each = dim + d->nvector;
  if (!code) code = read_numbers(r, each * e.nsparse, &a);
  if (!code && (double)a.n != each * e.nsparse)
    code = polar_fail_at(r->st, POLAR_MODEL, r->text->file, line,
                         "centre %s has %zu coefficients, expected %.0f (%d times %.0f): is the "
                         "file truncated?",
                         polar_element_symbol(e.z), a.n, each * e.nsparse, e.nsparse, each);
  if (code) {
    free(a.x);
    return code;
  }
  gap_dipole_centre *larger = realloc(d->centre, (size_t)(d->ncentre + 1) * sizeof *larger);
  if (larger) d->centre = larger;
  e.v = larger ? malloc((size_t)e.nsparse * d->nvector * sizeof *e.v) : NULL;
  if (!linear && larger) e.x0 = malloc((size_t)e.nsparse * d->density.dim * sizeof *e.x0);
  if (!e.v || (!linear && !e.x0)) {
    free(a.x);
    free(e.v);
    free(e.x0);
    return polar_fail_memory(r->st, "reading a dipole model");
  }
  for (int s = 0; s < e.nsparse; s++) {
    const double *from = a.x + (size_t)s * (d->density.dim + d->nvector);
    if (!linear)
      memcpy(e.x0 + (size_t)s * d->density.dim, from, (size_t)d->density.dim * sizeof *from);
    memcpy(e.v + (size_t)s * d->nvector, from + d->density.dim, (size_t)d->nvector * sizeof *from);
  }
  free(a.x);
  d->centre_of[e.z] = (short)d->ncentre;
  d->centre[d->ncentre++] = e;
  return POLAR_OK;
}

/* ------------------------------------------------------------------------------------ model --- */

static polar_code shape(reader *r)
{
  gap_soap *s = &r->out->density;
  const double n = (double)r->nelement * r->n, features = n * n * (r->lmax + 1);
  if (features > MAX_FEATURES)
    return polar_fail_at(
        r->st, POLAR_MODEL, r->text->file, r->line[BASIS],
        "%d elements, %d radial functions and lmax %d make %.3g features, expected "
        "at most %g",
        r->nelement, r->n, r->lmax, features, MAX_FEATURES);
  s->lmax = r->lmax;
  s->cutoff = r->cutoff;
  s->nspecies = r->nelement;
  s->first = calloc((size_t)r->nelement + 1, sizeof *s->first);
  if (!s->first) return polar_fail_memory(r->st, "reading a dipole model");
  for (int k = 0; k < r->nelement; k++) {
    s->first[k + 1] = s->first[k] + r->n;
    s->species[r->z[k]] = (short)k;
  }
  return gap_dipole_prepare(r->out, r->st);
}

/* Radial functions, the same for all elements; last, because they take the longest */
static polar_code basis(reader *r)
{
  gap_soap *s = &r->out->density;
  const gap_soap_basis gauss = {r->lmax, r->n, r->cutoff, r->transition, r->sigma,
                                10.0,    1.0,  r->dexp,   r->rate,       r->scale};
  const gap_primitive_basis primitive = {r->lmax,   r->n,          r->kind == DVR,
                                         r->cutoff, r->transition, r->sigma,
                                         r->dexp,   r->rate,       r->scale};
  polar_status st = {POLAR_OK, 0, ""};
  if (r->cutoff > GAP_WIDEST * r->sigma)
    return polar_fail_at(r->st, POLAR_MODEL, r->text->file, r->line[BASIS],
                         "the cutoff is %g Angstrom for a basis of width %g: expected at most %g "
                         "times the width",
                         r->cutoff, r->sigma, GAP_WIDEST);
  const polar_code code = r->kind == GAUSS
                              ? gap_basis_soap(&gauss, &s->radial[0], s->centre, &st)
                              : gap_basis_primitive(&primitive, &s->radial[0], s->centre, &st);
  if (code) return polar_fail_at(r->st, code, r->text->file, r->line[BASIS], "%.600s", st.text);
  for (int k = 0; k < r->nelement; k++) {
    s->radial[k] = s->radial[0];
    s->atomic_number[k] = r->z[k];
    memcpy(s->centre + s->first[k], s->centre, (size_t)r->n * sizeof *s->centre);
  }
  return POLAR_OK;
}

static polar_code read_all(reader *r)
{
  polar_code code = read_header(r);
  if (!code) code = shape(r);
  if (code) return code;
  if (r->only_header && r->text->ntoken && !strcmp(r->text->token[0], "centre"))
    return at(r, "found 'centre', expected a header alone: the coefficients are what is fitted");
  while (r->text->ntoken && !strcmp(r->text->token[0], "centre"))
    if ((code = read_centre(r))) return code;
  if (r->text->ntoken == 0)
    return polar_fail_at(r->st, POLAR_SYNTAX, r->text->file, r->text->line,
                         "the file ends without the line 'end': it is truncated");
  if ((code = expect(r, 0, "nothing"))) return code;
  if (r->out->ncentre == 0 && !r->only_header)
    return at(r, "there is no 'centre': no atom would carry a dipole");
  if ((code = text_next(r->text, r->st))) return code;
  if (r->text->ntoken)
    return polar_fail_at(r->st, POLAR_SYNTAX, r->text->file, r->text->line,
                         "found '%.60s' after the line 'end', expected nothing", r->text->token[0]);
  if (r->transition == 0.0)
    snprintf(r->out->warning, sizeof r->out->warning,
             "the cutoff of %g Angstrom has no smooth end: the dipole jumps when an atom crosses "
             "it, and energy in a field is not conserved",
             r->cutoff);
  return basis(r);
}

static polar_code parse(const char *file, const char *data, size_t size, int only_header,
                        gap_dipole **out, polar_status *st)
{
  reader r = {.st = st, .scale = 1.0, .only_header = only_header};
  polar_code code = text_open_memory(file, data, size, &r.text, st);
  if (code) return code;
  r.out = calloc(1, sizeof *r.out);
  if (!r.out) code = polar_fail_memory(st, "reading a dipole model");
  else {
    for (int z = 0; z <= POLAR_MAX_Z; z++) {
      r.out->centre_of[z] = -1;
      r.out->density.species[z] = -1;
    }
    code = read_all(&r);
  }
  text_close(r.text);
  if (code) gap_dipole_free(r.out);
  else *out = r.out;
  return code;
}

polar_code gap_dipole_parse(const char *file, const char *data, size_t size, gap_dipole **out,
                            polar_status *st)
{
  return parse(file, data, size, 0, out, st);
}

polar_code gap_dipole_parse_header(const char *file, const char *data, size_t size,
                                   gap_dipole **out, polar_status *st)
{
  return parse(file, data, size, 1, out, st);
}

polar_code gap_dipole_read(const char *path, gap_dipole **out, polar_status *st)
{
  char *data;
  size_t size;
  polar_code code = text_read_file(path, TEXT_MAX_SIZE, &data, &size, st);
  if (code) return code;
  code = gap_dipole_parse(path, data, size, out, st);
  free(data);
  return code;
}
