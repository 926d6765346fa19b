#include "pqeq/pqeq_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/elements.h"
#include "base/units.h"
#include "io/text.h"

typedef struct {
  text_reader *r;
  pqeq_parameters *p;
  int room;
  int version, kernel, coulomb, lambda, spring; /* line of each, 0: not yet */
  double spring_unit;                           /* of the file, per eV */
} parser;

static polar_code refuse(const parser *a, polar_status *st, const char *text)
{
  return polar_fail_at(st, POLAR_MODEL, a->r->file, a->r->line, "%s", text);
}

/* A line of one word and one value, given once */
static polar_code once(const parser *a, int *line, polar_status *st)
{
  if (*line)
    return polar_fail_at(st, POLAR_MODEL, a->r->file, a->r->line,
                         "found a second line '%s', the first is line %d", a->r->token[0], *line);
  if (a->r->ntoken != 2)
    return polar_fail_at(st, POLAR_MODEL, a->r->file, a->r->line,
                         "found %d values after '%s', expected 1", a->r->ntoken - 1,
                         a->r->token[0]);
  *line = a->r->line;
  return POLAR_OK;
}

static polar_code positive(const parser *a, int k, const char *what, double *x, polar_status *st)
{
  const polar_code code = text_get_double(a->r, k, what, x, st);
  if (code != POLAR_OK || *x > 0.0) return code;
  return polar_fail_at(st, POLAR_MODEL, a->r->file, a->r->line, "%s is %g, expected > 0", what, *x);
}

static polar_code read_element(parser *a, polar_status *st)
{
  const text_reader *r = a->r;
  pqeq_parameters *p = a->p;
  pqeq_element e = {0};
  polar_code code;
  if (r->ntoken != 7)
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                         "found %d values after 'element', expected 6: symbol chi eta Z radius "
                         "spring",
                         r->ntoken - 1);
  e.line = r->line;
  e.number = polar_element_number(r->token[1]);
  if (!e.number)
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                         "'%.20s' is no chemical element, expected a symbol such as O or Li",
                         r->token[1]);
  for (int i = 0; i < p->n; i++)
    if (p->element[i].number == e.number)
      return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                           "found element %s again, its first line is %d", r->token[1],
                           p->element[i].line);
  if ((code = text_get_double(r, 2, "electronegativity chi", &e.chi, st)) != POLAR_OK) return code;
  if ((code = positive(a, 3, "idempotential eta", &e.eta, st)) != POLAR_OK) return code;
  if ((code = text_get_double(r, 4, "shell charge Z", &e.z, st)) != POLAR_OK) return code;
  if ((code = positive(a, 5, "radius", &e.radius, st)) != POLAR_OK) return code;
  if ((code = text_get_double(r, 6, "spring Ks", &e.spring, st)) != POLAR_OK) return code;
  if (e.z < 0.0) return refuse(a, st, "shell charge Z is negative, expected 0 or more");
  if (e.spring < 0.0) return refuse(a, st, "spring Ks is negative, expected 0 or more");
  if (e.spring == 0.0 || e.z == 0.0)
    e.z = e.spring = 0.0; /* a shell without spring would fly off */

  if (p->n == a->room) {
    const int room = a->room ? 2 * a->room : 128;
    pqeq_element *larger = realloc(p->element, (size_t)room * sizeof *larger);
    if (!larger) return polar_fail_memory(st, "reading a PQEq parameter file");
    p->element = larger;
    a->room = room;
  }
  p->element[p->n++] = e;
  return POLAR_OK;
}

static polar_code read_line(parser *a, polar_status *st)
{
  const text_reader *r = a->r;
  const char *word = r->token[0];
  polar_code code;
  if (!a->version) {
    int version = 0;
    if (strcmp(word, "pqeq") != 0)
      return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                           "found '%.30s', expected the line 'pqeq 1': not a PQEq parameter file?",
                           word);
    if ((code = once(a, &a->version, st)) != POLAR_OK) return code;
    return text_get_int(r, 1, "format version", 1, 1, &version, st);
  }
  if (strcmp(word, "element") == 0) return read_element(a, st);
  if (strcmp(word, "kernel") == 0) {
    if ((code = once(a, &a->kernel, st)) != POLAR_OK) return code;
    if (strlen(r->token[1]) >= sizeof a->p->kernel)
      return refuse(a, st, "the name of the kernel has more than 31 characters");
    strcpy(a->p->kernel, r->token[1]);
    return POLAR_OK;
  }
  if (strcmp(word, "coulomb") == 0) {
    if ((code = once(a, &a->coulomb, st)) != POLAR_OK) return code;
    if ((code = positive(a, 1, "coulomb", &a->p->coulomb, st)) != POLAR_OK) return code;
    /* 0.1 %: room for the digits of any decade, not for another unit */
    if (a->p->coulomb < 0.999 * POLAR_COULOMB || a->p->coulomb > 1.001 * POLAR_COULOMB)
      return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                           "coulomb is %g, expected e^2/(4 pi eps0) = 14.3996 eV Angstrom",
                           a->p->coulomb);
    return POLAR_OK;
  }
  if (strcmp(word, "lambda") == 0) {
    if ((code = once(a, &a->lambda, st)) != POLAR_OK) return code;
    return positive(a, 1, "lambda", &a->p->lambda, st);
  }
  if (strcmp(word, "spring") == 0) {
    if ((code = once(a, &a->spring, st)) != POLAR_OK) return code;
    return positive(a, 1, "spring", &a->spring_unit, st);
  }
  return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                       "found '%.30s', expected kernel, coulomb, lambda, spring or element", word);
}

static polar_code read_all(parser *a, polar_status *st)
{
  for (;;) {
    polar_code code = text_next(a->r, st);
    if (code != POLAR_OK) return code;
    if (a->r->ntoken == 0) break;
    if ((code = read_line(a, st)) != POLAR_OK) return code;
  }
  const char *file = a->r->file;
  if (!a->version)
    return polar_fail(st, POLAR_MODEL, "%s is empty, expected the line 'pqeq 1'", file);
  if (!a->lambda) return polar_fail(st, POLAR_MODEL, "%s lacks the line 'lambda VALUE'", file);
  if (a->p->n == 0)
    return polar_fail(st, POLAR_MODEL, "%s has no line 'element ...', expected at least one", file);
  for (int i = 0; i < a->p->n; i++) {
    pqeq_element *e = &a->p->element[i];
    const double spring = e->spring / a->spring_unit;
    if (e->spring > 0.0 && !(spring > 0.0 && isfinite(spring)))
      return polar_fail_at(st, POLAR_MODEL, file, e->line,
                           "spring Ks %g in units of %g per eV (line %d) is %g eV/Angstrom^2, "
                           "expected a positive number",
                           e->spring, a->spring_unit, a->spring, spring);
    e->spring = spring;
  }
  return POLAR_OK;
}

/* Takes over the reader */
static polar_code parse(text_reader *r, pqeq_parameters **out, polar_status *st)
{
  parser a = {.r = r, .spring_unit = 1.0};
  a.p = calloc(1, sizeof *a.p);
  if (!a.p) {
    text_close(r);
    return polar_fail_memory(st, "reading a PQEq parameter file");
  }
  a.p->coulomb = POLAR_COULOMB;
  const polar_code code = read_all(&a, st);
  text_close(r);
  if (code == POLAR_OK) *out = a.p;
  else pqeq_parameters_free(a.p);
  return code;
}

polar_code pqeq_parse(const char *file, const char *data, size_t size, pqeq_parameters **out,
                      polar_status *st)
{
  text_reader *r;
  const polar_code code = text_open_memory(file, data, size, &r, st);
  return code == POLAR_OK ? parse(r, out, st) : code;
}

polar_code pqeq_read(const char *path, pqeq_parameters **out, polar_status *st)
{
  text_reader *r;
  const polar_code code = text_open(path, &r, st);
  return code == POLAR_OK ? parse(r, out, st) : code;
}

void pqeq_parameters_free(pqeq_parameters *p)
{
  if (!p) return;
  free(p->element);
  free(p);
}

const pqeq_element *pqeq_find(const pqeq_parameters *p, const char *symbol)
{
  const int number = polar_element_number(symbol);
  for (int i = 0; number && i < p->n; i++)
    if (p->element[i].number == number) return &p->element[i];
  return NULL;
}
