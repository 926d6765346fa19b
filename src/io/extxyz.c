#include "io/extxyz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/elements.h"
#include "base/mat3.h"
#include "io/text.h"

#define MAX_COLUMNS 64 /* names in Properties */

typedef struct {
  const char *start;
  int length;
} span;

typedef struct {
  const char *file, *at, *end;
  int line; /* of what was read last */
  const extxyz_names *names;
} reader;

/* The next line without its end; 0 at the end of the file */
static int next_line(reader *r, span *s)
{
  if (r->at >= r->end) return 0;
  const char *newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
  const char *stop = newline ? newline : r->end;
  s->start = r->at;
  r->at = newline ? newline + 1 : r->end;
  while (stop > s->start && stop[-1] == '\r') stop--;
  s->length = (int)(stop - s->start);
  r->line++;
  return 1;
}

static int blank(char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* The next word of a span, which shrinks; 0 if none is left */
static int next_word(span *s, span *word)
{
  while (s->length && blank(*s->start)) s->start++, s->length--;
  *word = *s;
  word->length = 0;
  while (s->length && !blank(*s->start)) s->start++, s->length--, word->length++;
  return word->length > 0;
}

static int is(span s, const char *word)
{
  return word && (int)strlen(word) == s.length && memcmp(s.start, word, (size_t)s.length) == 0;
}

/* ------------------------------------------------------------------------------- key=value --- */

/* The next key and value of a comment line. A word without '=' is a key with an empty value. */
static int next_pair(span *s, span *key, span *value)
{
  while (s->length && blank(*s->start)) s->start++, s->length--;
  if (!s->length) return 0;
  *key = *s;
  key->length = 0;
  while (s->length && !blank(*s->start) && *s->start != '=') s->start++, s->length--, key->length++;
  *value = *s;
  value->length = 0;
  if (!s->length || *s->start != '=') return 1;
  s->start++, s->length--;
  const char open = s->length ? *s->start : ' ';
  const char close = open == '"' || open == '\'' ? open : open == '{' ? '}' : open == '[' ? ']' : 0;
  if (close) s->start++, s->length--;
  value->start = s->start;
  while (s->length && (close ? *s->start != close : !blank(*s->start)))
    s->start++, s->length--, value->length++;
  if (close && s->length) s->start++, s->length--;
  return 1;
}

/* Numbers of a value, at most `most`; commas and brackets count as blanks. Returns how many, or -1
 * after an error. */
static int numbers(const reader *r, const char *what, span value, int most, double *x,
                   polar_status *st)
{
  int n = 0;
  for (int i = 0; i < value.length;) {
    const char *separators = " \t,[]";
    if (strchr(separators, value.start[i])) {
      i++;
      continue;
    }
    int length = 0;
    while (i + length < value.length && !strchr(separators, value.start[i + length])) length++;
    double unused;
    const char *why = text_double(value.start + i, (size_t)length, n < most ? &x[n] : &unused);
    if (why) {
      polar_fail_at(st, POLAR_MODEL, r->file, r->line, "'%.*s' in %s %s", length < 40 ? length : 40,
                    value.start + i, what, why);
      return -1;
    }
    n++;
    i += length;
  }
  return n;
}

static polar_code wrong_count(const reader *r, const char *what, int found, const char *expected,
                              polar_status *st)
{
  return found < 0 ? POLAR_MODEL
                   : polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                                   "%s has %d numbers, expected %s", what, found, expected);
}

static void symmetric(const double *x, double scale, double *w)
{
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 3; b++) w[3 * a + b] = 0.5 * scale * (x[3 * a + b] + x[3 * b + a]);
}

typedef struct {
  span properties;
  int has_cell, has_pbc, has_stress;
  double stress[9];
} header;

static polar_code read_pair(const reader *r, span key, span value, extxyz_frame *f, header *h,
                            polar_status *st)
{
  double x[9];
  int n;
  if (is(key, "Properties")) h->properties = value;
  else if (is(key, "Lattice")) {
    if ((n = numbers(r, "Lattice", value, 9, &f->cell[0][0], st)) != 9)
      return wrong_count(r, "Lattice", n, "9", st);
    h->has_cell = 1;
  } else if (is(key, "pbc")) {
    int found = 0;
    for (int i = 0; i < value.length; i++)
      if (strchr("TFtf", value.start[i]) && (i == 0 || strchr(" ,[", value.start[i - 1]))) {
        if (found < 3) f->pbc[found] = (value.start[i] | 32) == 't';
        found++;
      }
    if (found != 3)
      return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                           "pbc=\"%.*s\", expected three of T and F",
                           value.length < 40 ? value.length : 40, value.start);
    h->has_pbc = 1;
  } else if (is(key, "config_type")) {
    const int length =
        value.length < (int)sizeof f->kind - 1 ? value.length : (int)sizeof f->kind - 1;
    memcpy(f->kind, value.start, (size_t)length);
    f->kind[length] = '\0';
  } else if (is(key, r->names->energy)) {
    if ((n = numbers(r, r->names->energy, value, 1, &f->energy, st)) != 1)
      return wrong_count(r, r->names->energy, n, "1", st);
    f->has_energy = 1;
  } else if (is(key, r->names->virial)) {
    if ((n = numbers(r, r->names->virial, value, 9, x, st)) != 9)
      return wrong_count(r, r->names->virial, n, "9", st);
    symmetric(x, 1.0, f->virial);
    f->has_virial = 1;
  } else if (is(key, r->names->dipole)) {
    if ((n = numbers(r, r->names->dipole, value, 3, f->dipole, st)) != 3)
      return wrong_count(r, r->names->dipole, n, "3", st);
    f->has_dipole = 1;
  } else if (is(key, r->names->stress)) {
    n = numbers(r, r->names->stress, value, 9, x, st);
    if (n != 6 && n != 9) return wrong_count(r, r->names->stress, n, "9, or 6", st);
    if (n == 6) {
      static const int part[9] = {0, 5, 4, 5, 1, 3, 4, 3, 2};
      for (int k = 0; k < 9; k++) h->stress[k] = x[part[k]];
    } else memcpy(h->stress, x, sizeof x);
    h->has_stress = 1;
  }
  return POLAR_OK;
}

static polar_code read_header(reader *r, span line, extxyz_frame *f, header *h, polar_status *st)
{
  span key, value;
  polar_code code = POLAR_OK;
  while (!code && next_pair(&line, &key, &value)) code = read_pair(r, key, value, f, h, st);
  if (code) return code;
  if (!h->has_pbc)
    for (int a = 0; a < 3; a++) f->pbc[a] = h->has_cell;
  const double volume = fabs(mat3_det((const double(*)[3])f->cell));
  if ((f->pbc[0] || f->pbc[1] || f->pbc[2]) && !(volume > 1e-6))
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line, "a periodic frame %s",
                         h->has_cell ? "whose Lattice has no volume" : "without Lattice");
  if (h->has_stress && !f->has_virial) {
    if (!h->has_cell)
      return polar_fail_at(st, POLAR_MODEL, r->file, r->line, "%s, but no Lattice",
                           r->names->stress);
    symmetric(h->stress, -volume, f->virial);
    f->has_virial = 1;
  }
  return POLAR_OK;
}

/* ------------------------------------------------------------------------------------ atoms --- */

typedef struct {
  int ncolumn;                         /* words of a line */
  int species, number, x, force, born; /* first columns; -1: none */
} columns;

static polar_code read_properties(const reader *r, span value, columns *c, polar_status *st)
{
  *c = (columns){0, -1, -1, -1, -1, -1};
  if (!value.length) { /* plain xyz */
    *c = (columns){4, 0, -1, 1, -1, -1};
    return POLAR_OK;
  }
  span field[3 * MAX_COLUMNS];
  int n = 0;
  for (int i = 0, start = 0; i <= value.length && n < 3 * MAX_COLUMNS; i++)
    if (i == value.length || value.start[i] == ':') {
      field[n++] = (span){value.start + start, i - start};
      start = i + 1;
    }
  for (int k = 0; k + 2 < n; k += 3) {
    double width = 0.0;
    if (text_double(field[k + 2].start, (size_t)field[k + 2].length, &width) || width < 1 ||
        width > 1000 || width != floor(width)) {
      n = -1;
      break;
    }
    if (is(field[k], "species") && width == 1) c->species = c->ncolumn;
    if ((is(field[k], "Z") || is(field[k], "numbers")) && width == 1) c->number = c->ncolumn;
    if (is(field[k], "pos") && width == 3) c->x = c->ncolumn;
    const int force = is(field[k], r->names->force), born = is(field[k], r->names->born);
    if ((force && width != 3) || (born && width != 9))
      return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                           "Properties gives %s %.0f columns, expected %d",
                           force ? r->names->force : r->names->born, width, force ? 3 : 9);
    if (force) c->force = c->ncolumn;
    if (born) c->born = c->ncolumn;
    c->ncolumn += (int)width;
  }
  if (n < 3 || n % 3)
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                         "Properties=%.*s, expected name:type:columns three by three",
                         value.length < 200 ? value.length : 200, value.start);
  if ((c->species < 0 && c->number < 0) || c->x < 0)
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                         "Properties=%.*s, expected species:S:1 (or Z:I:1) and pos:R:3 among them",
                         value.length < 200 ? value.length : 200, value.start);
  return POLAR_OK;
}

static polar_code read_atom(reader *r, span line, const columns *c, int i, extxyz_frame *f,
                            polar_status *st)
{
  span word;
  int k = 0;
  for (; next_word(&line, &word); k++) {
    double x = 0.0;
    const int place = k >= c->x && k < c->x + 3 ? k - c->x : -1;
    const int pull = c->force >= 0 && k >= c->force && k < c->force + 3 ? k - c->force : -1;
    const int charge = c->born >= 0 && k >= c->born && k < c->born + 9 ? k - c->born : -1;
    if (k == c->species) {
      char name[8] = "";
      if (word.length < (int)sizeof name) memcpy(name, word.start, (size_t)word.length);
      f->z[i] = polar_element_number(name);
      if (!f->z[i])
        return polar_fail_at(st, POLAR_MODEL, r->file, r->line, "'%.*s' is no element",
                             word.length < 40 ? word.length : 40, word.start);
    } else if (place >= 0 || pull >= 0 || charge >= 0 || (k == c->number && c->species < 0)) {
      const char *why = text_double(word.start, (size_t)word.length, &x);
      if (!why && place < 0 && pull < 0 && charge < 0 &&
          !(x >= 1 && x <= POLAR_MAX_Z && x == floor(x)))
        why = "is no atomic number";
      if (why)
        return polar_fail_at(st, POLAR_MODEL, r->file, r->line, "'%.*s' %s",
                             word.length < 40 ? word.length : 40, word.start, why);
      if (place >= 0) f->x[i][place] = x;
      else if (pull >= 0) f->force[i][pull] = x;
      else if (charge >= 0) f->born[i][charge] = x;
      else f->z[i] = (int)x;
    }
  }
  if (k < c->ncolumn)
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                         "found %d columns, expected %d for atom %d of %d", k, c->ncolumn, i + 1,
                         f->n);
  return POLAR_OK;
}

static polar_code read_frame(reader *r, span first, extxyz_frame *f, polar_status *st)
{
  span word, rest = first, line;
  double count = 0.0;
  columns c;
  header h = {0};
  polar_code code;
  f->line = r->line;
  next_word(&rest, &word);
  const char *why = text_double(word.start, (size_t)word.length, &count);
  span more;
  if (why || count < 1 || count > 1e8 || count != floor(count) || next_word(&rest, &more))
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                         "found '%.*s', expected the number of atoms of a frame",
                         first.length < 60 ? first.length : 60, first.start);
  /* "H 0 0 0\n" at least for each atom: no memory for atoms that cannot be there */
  if (count > (double)(r->end - r->at))
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                         "the file ends within a frame of %.0f atoms", count);
  f->n = (int)count;
  if (!next_line(r, &line))
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                         "the file ends within a frame of %d atoms", f->n);
  if ((code = read_header(r, line, f, &h, st)) || (code = read_properties(r, h.properties, &c, st)))
    return code;
  f->z = calloc(f->n, sizeof *f->z);
  f->x = calloc(f->n, sizeof *f->x);
  if (c.force >= 0) f->force = calloc(f->n, sizeof *f->force);
  if (c.born >= 0) f->born = calloc(f->n, sizeof *f->born);
  if (!f->z || !f->x || (c.force >= 0 && !f->force) || (c.born >= 0 && !f->born))
    return polar_fail_memory(st, "reading configurations");
  for (int i = 0; i < f->n && !code; i++) {
    if (!next_line(r, &line))
      return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                           "the file ends at atom %d of %d of the frame of line %d", i, f->n,
                           f->line);
    code = read_atom(r, line, &c, i, f, st);
  }
  return code;
}

polar_code extxyz_parse(const char *file, const char *data, size_t size, const extxyz_names *names,
                        int *nframe, extxyz_frame **frame, polar_status *st)
{
  reader r = {.file = file, .at = data, .end = data + size, .names = names};
  extxyz_frame *all = NULL;
  int n = 0, capacity = 0;
  polar_code code = POLAR_OK;
  span line, word;
  while (!code && next_line(&r, &line)) {
    span copy = line;
    if (!next_word(&copy, &word)) continue; /* blank lines between frames */
    if (n == capacity) {
      capacity = capacity ? 2 * capacity : 64;
      extxyz_frame *more = realloc(all, (size_t)capacity * sizeof *all);
      if (!more) {
        code = polar_fail_memory(st, "reading configurations");
        break;
      }
      all = more;
    }
    memset(&all[n], 0, sizeof *all);
    code = read_frame(&r, line, &all[n++], st);
  }
  if (!code && n == 0)
    code = polar_fail_at(st, POLAR_MODEL, file, 1, "the file holds no configuration");
  if (code) {
    extxyz_free(n, all);
    return code;
  }
  *nframe = n;
  *frame = all;
  return POLAR_OK;
}

polar_code extxyz_read(const char *path, const extxyz_names *names, int *nframe,
                       extxyz_frame **frame, polar_status *st)
{
  char *data = NULL;
  size_t size = 0;
  polar_code code = text_read_file(path, (size_t)1 << 31, &data, &size, st);
  if (!code) code = extxyz_parse(path, data, size, names, nframe, frame, st);
  free(data);
  return code;
}

void extxyz_free(int nframe, extxyz_frame *frame)
{
  for (int k = 0; frame && k < nframe; k++) {
    free(frame[k].z);
    free(frame[k].x);
    free(frame[k].force);
    free(frame[k].born);
  }
  free(frame);
}
