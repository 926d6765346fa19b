#include "gap/gap_words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "io/text.h"

static int blank(char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* End of a value that begins at `at`; *from and *to limit it without braces and quotes. NULL if a
 * brace or quote is not closed. */
static char *value_end(char *at, char **from, char **to)
{
  *from = at;
  if (*at == '"' || *at == '\'') {
    char *end = strchr(at + 1, *at);
    if (!end) return NULL;
    *from = at + 1;
    *to = end;
    return end + 1;
  }
  if (*at == '{') {
    int depth = 0;
    char *end = at;
    for (; *end; end++) {
      if (*end == '{') depth++;
      if (*end == '}' && --depth == 0) break;
    }
    if (!*end) return NULL;
    *from = at + 1;
    *to = end;
    return end + 1;
  }
  while (*at && !blank(*at)) at++;
  *to = at;
  return at;
}

polar_code gap_words_parse(const char *file, int line, const char *text, gap_words *out,
                           polar_status *st)
{
  const size_t length = strlen(text);
  size_t most = 1;
  memset(out, 0, sizeof *out);
  out->file = file;
  out->line = line;
  for (size_t i = 0; i < length; i++) most += text[i] == '=';
  out->copy = malloc(length + 2);
  out->word = calloc(most, sizeof *out->word);
  if (!out->copy || !out->word) return polar_fail_memory(st, "reading a descriptor");
  memcpy(out->copy, text, length + 1);
  out->copy[length + 1] = '\0';

  char *at = out->copy;
  while (blank(*at)) at++;
  out->type = at;
  while (*at && !blank(*at)) at++;
  if (at == out->type || memchr(out->type, '=', at - out->type))
    return polar_fail_at(st, POLAR_MODEL, file, line,
                         "the descriptor '%.40s' does not begin with its type, such as soap", text);
  if (*at) *at++ = '\0';
  while (*at) {
    while (blank(*at)) at++;
    if (!*at) break;
    char *key = at, *from, *to;
    while (*at && *at != '=' && !blank(*at)) at++;
    if (*at != '=') { /* a flag without a value */
      const int more = *at != '\0';
      *at = '\0';
      at += more;
      continue;
    }
    *at++ = '\0';
    char *end = value_end(at, &from, &to);
    if (!end)
      return polar_fail_at(
          st, POLAR_MODEL, file, line,
          "the value of '%.40s' in the descriptor lacks its closing brace or quote", key);
    const int more = *end != '\0';
    *to = '\0';
    /* inner braces only group */
    for (char *c = from; *c; c++)
      if (*c == '{' || *c == '}') *c = ' ';
    out->word[out->n].key = key;
    out->word[out->n++].value = from;
    at = end;
    if (more && *at == '\0') at++; /* the value ended at a blank, which is its NUL now */
  }
  return POLAR_OK;
}

void gap_words_clear(gap_words *w)
{
  free(w->copy);
  free(w->word);
  w->copy = NULL;
  w->word = NULL;
  w->n = 0;
}

const char *gap_words_find(const gap_words *w, const char *key)
{
  for (int i = 0; i < w->n; i++)
    if (strcmp(w->word[i].key, key) == 0) return w->word[i].value;
  return NULL;
}

static polar_code missing(const gap_words *w, const char *key, polar_status *st)
{
  return polar_fail_at(st, POLAR_MODEL, w->file, w->line, "the descriptor %.40s has no '%s'",
                       w->type, key);
}

static polar_code wrong(const gap_words *w, const char *key, const char *token, int length,
                        const char *why, double lo, double hi, polar_status *st)
{
  return polar_fail_at(st, POLAR_MODEL, w->file, w->line,
                       "'%.*s' as %s of the descriptor %.40s %s; expected %g to %g",
                       length < 40 ? length : 40, token, key, w->type,
                       why ? why : "is out of range", lo, hi);
}

/* Numbers of a value, `count` of them, integers if `whole` */
static polar_code numbers(const gap_words *w, const char *key, int count, int whole, double lo,
                          double hi, double *x, polar_status *st)
{
  static const char *const blanks = " \t\r\n";
  const char *at = gap_words_find(w, key);
  if (!at) return missing(w, key, st);
  int found = 0;
  for (;;) {
    at += strspn(at, blanks);
    const size_t length = strcspn(at, blanks);
    if (length == 0) break;
    if (found < count) {
      int i = 0;
      const char *why = whole ? text_int(at, length, &i) : text_double(at, length, &x[found]);
      if (!why && whole) x[found] = i;
      if (why || !(x[found] >= lo && x[found] <= hi))
        return wrong(w, key, at, (int)length, why, lo, hi, st);
    }
    found++;
    at += length;
  }
  if (found != count)
    return polar_fail_at(st, POLAR_MODEL, w->file, w->line,
                         "found %d numbers in '%s' of the descriptor %.40s, expected %d", found,
                         key, w->type, count);
  return POLAR_OK;
}

polar_code gap_words_double(const gap_words *w, const char *key, const double *fallback, double lo,
                            double hi, double *x, polar_status *st)
{
  if (fallback && !gap_words_find(w, key)) {
    *x = *fallback;
    return POLAR_OK;
  }
  return numbers(w, key, 1, 0, lo, hi, x, st);
}

polar_code gap_words_int(const gap_words *w, const char *key, const int *fallback, int lo, int hi,
                         int *x, polar_status *st)
{
  if (fallback && !gap_words_find(w, key)) {
    *x = *fallback;
    return POLAR_OK;
  }
  double value = 0.0;
  const polar_code code = numbers(w, key, 1, 1, lo, hi, &value, st);
  *x = (int)value;
  return code;
}

polar_code gap_words_flag(const gap_words *w, const char *key, int fallback, int *x,
                          polar_status *st)
{
  const char *value = gap_words_find(w, key);
  *x = fallback;
  if (!value) return POLAR_OK;
  const char *letter = value;
  while (blank(*letter) || *letter == '.') letter++;
  const int c = tolower((unsigned char)*letter);
  if (c == 't' || c == 'y' || c == '1') *x = 1;
  else if (c == 'f' || c == 'n' || c == '0') *x = 0;
  else
    return polar_fail_at(st, POLAR_MODEL, w->file, w->line,
                         "'%.40s' as %s of the descriptor %.40s; expected T or F", value, key,
                         w->type);
  return POLAR_OK;
}

polar_code gap_words_doubles(const gap_words *w, const char *key, int count, double lo, double hi,
                             double *x, polar_status *st)
{
  return numbers(w, key, count, 0, lo, hi, x, st);
}

polar_code gap_words_ints(const gap_words *w, const char *key, int count, int lo, int hi, int *x,
                          polar_status *st)
{
  for (int i = 0; i < count; i++) x[i] = 0;
  double buffer[128]; /* holds any int exactly */
  if (count > 128)
    return polar_fail_at(st, POLAR_MODEL, w->file, w->line,
                         "'%s' of the descriptor %.40s would hold %d numbers, at most 128", key,
                         w->type, count);
  const polar_code code = numbers(w, key, count, 1, lo, hi, buffer, st);
  for (int i = 0; i < count && !code; i++) x[i] = (int)buffer[i];
  return code;
}
