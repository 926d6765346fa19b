#include "response/born_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/text.h"

#define MAX_WORDS 11 /* keyword, number, nine components */

typedef struct {
  const text_reader *text;
  int capacity; /* of out->atom */
  born_file *out;
  polar_status *st;
} born_reader;

static polar_code read_id(const born_reader *r, long long *id)
{
  const char *word = r->text->token[1];
  char *end;
  errno = 0;
  *id = strtoll(word, &end, 10);
  if (end == word || *end || errno == ERANGE || *id < 1)
    return polar_fail_at(r->st, POLAR_MODEL, r->text->file, r->text->line,
                         "'%.60s' is no %s; expected an integer of at least 1", word,
                         !strcmp(r->text->token[0], "type") ? "atom type" : "atom ID");
  return POLAR_OK;
}

static polar_code read_tensor(const born_reader *r, double born[9])
{
  const int isotropic = r->text->ntoken == 3;
  for (int i = 0; i < 9; i++) {
    born[i] = 0.0;
    if (isotropic && i % 4 != 0) continue;
    const polar_code code =
        text_get_double(r->text, isotropic ? 2 : 2 + i, "Born effective charge", &born[i], r->st);
    if (code) return code;
  }
  return POLAR_OK;
}

static polar_code store_type(const born_reader *r, const born_entry *entry)
{
  born_file *bf = r->out;
  if (entry->id > bf->ntypes)
    return polar_fail_at(r->st, POLAR_MODEL, r->text->file, r->text->line,
                         "type %lld is out of range; the system has atom types 1 to %d", entry->id,
                         bf->ntypes);
  born_entry *t = &bf->type[entry->id - 1];
  if (t->line)
    return polar_fail_at(r->st, POLAR_MODEL, r->text->file, r->text->line,
                         "type %lld was given before, on line %d; keep one of the two lines",
                         entry->id, t->line);
  *t = *entry;
  return POLAR_OK;
}

static polar_code store_atom(born_reader *r, const born_entry *entry)
{
  born_file *bf = r->out;
  if (bf->natoms == r->capacity) {
    const int capacity = r->capacity ? 2 * r->capacity : 64;
    born_entry *grown = NULL;
    if (r->capacity < INT_MAX / 4) grown = realloc(bf->atom, (size_t)capacity * sizeof *grown);
    if (!grown) return polar_fail_memory(r->st, "reading Born effective charges");
    bf->atom = grown;
    r->capacity = capacity;
  }
  bf->atom[bf->natoms++] = *entry;
  return POLAR_OK;
}

static polar_code read_entry(born_reader *r)
{
  const text_reader *text = r->text;
  const int is_type = !strcmp(text->token[0], "type");
  born_entry entry;
  polar_code code;

  if (!is_type && strcmp(text->token[0], "atom") != 0)
    return polar_fail_at(r->st, POLAR_SYNTAX, text->file, text->line,
                         "found '%.60s'; expected a line that begins with 'type' or 'atom'",
                         text->token[0]);
  if (text->ntoken != 3 && text->ntoken != MAX_WORDS)
    return polar_fail_at(r->st, POLAR_SYNTAX, text->file, text->line,
                         "found %d value(s) after '%s'; expected %s and either one number (an "
                         "isotropic Born effective charge) or nine (xx xy xz yx yy yz zx zy zz), "
                         "in e",
                         text->ntoken - 1, text->token[0], is_type ? "a type" : "an atom ID");
  entry.line = text->line;
  if ((code = read_id(r, &entry.id))) return code;
  if ((code = read_tensor(r, entry.born))) return code;
  return is_type ? store_type(r, &entry) : store_atom(r, &entry);
}

static int compare(const void *a, const void *b)
{
  const born_entry *x = a, *y = b;
  if (x->id != y->id) return x->id < y->id ? -1 : 1;
  return x->line - y->line;
}

static polar_code finish(born_reader *r)
{
  born_file *bf = r->out;
  int entries = bf->natoms;
  for (int i = 0; i < bf->ntypes; i++) entries += bf->type[i].line > 0;
  if (entries == 0)
    return polar_fail(r->st, POLAR_MODEL,
                      "%.300s holds no Born effective charges; expected lines 'type T ...' or "
                      "'atom ID ...'",
                      r->text->file);
  if (bf->natoms) qsort(bf->atom, (size_t)bf->natoms, sizeof *bf->atom, compare);
  for (int i = 1; i < bf->natoms; i++)
    if (bf->atom[i].id == bf->atom[i - 1].id)
      return polar_fail_at(r->st, POLAR_MODEL, r->text->file, bf->atom[i].line,
                           "atom %lld was given before, on line %d; keep one of the two lines",
                           bf->atom[i].id, bf->atom[i - 1].line);
  return POLAR_OK;
}

static polar_code read_all(born_reader *r, text_reader *text)
{
  for (;;) {
    polar_code code = text_next(text, r->st);
    if (code) return code;
    if (text->ntoken == 0) return finish(r);
    if ((code = read_entry(r))) return code;
  }
}

polar_code born_file_read(const char *path, int ntypes, born_file **out, polar_status *st)
{
  text_reader *text;
  born_reader r;
  polar_code code;

  *out = NULL;
  if (ntypes < 1)
    return polar_fail(st, POLAR_ARGUMENT, "%d atom types; expected at least 1", ntypes);
  if ((code = text_open(path, &text, st))) return code;
  r = (born_reader){text, 0, calloc(1, sizeof *r.out), st};
  if (r.out) {
    r.out->ntypes = ntypes;
    r.out->type = calloc((size_t)ntypes, sizeof *r.out->type);
  }
  if (!r.out || !r.out->type) code = polar_fail_memory(st, "reading Born effective charges");
  else code = read_all(&r, text);
  text_close(text);
  if (code) born_file_free(r.out);
  else *out = r.out;
  return code;
}

void born_file_free(born_file *bf)
{
  if (!bf) return;
  free(bf->type);
  free(bf->atom);
  free(bf);
}

const born_entry *born_file_find(const born_file *bf, int type, long long id)
{
  int lo = 0, hi = bf->natoms;
  while (lo < hi) {
    const int mid = lo + (hi - lo) / 2;
    if (bf->atom[mid].id < id) lo = mid + 1;
    else hi = mid;
  }
  if (lo < bf->natoms && bf->atom[lo].id == id) return &bf->atom[lo];
  if (type < 1 || type > bf->ntypes || !bf->type[type - 1].line) return NULL;
  return &bf->type[type - 1];
}
