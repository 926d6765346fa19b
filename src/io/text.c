#include "io/text.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static int is_digit(char c)
{
  return c >= '0' && c <= '9';
}

/* ---------------------------------------------------------------------------------- files --- */

polar_code text_read_file(const char *path, size_t max_size, char **data, size_t *size,
                          polar_status *st)
{
  if (!path || !path[0]) return polar_fail(st, POLAR_ARGUMENT, "No file name given");
  errno = 0;
  FILE *f = fopen(path, "rb");
  if (!f)
    return polar_fail(st, POLAR_FILE, "Cannot open file '%.300s': %s", path,
                      errno ? strerror(errno) : "unknown reason");
  polar_code code = POLAR_OK;
  size_t used = 0, room = 1 << 16;
  char *text = malloc(room);
  if (!text) code = polar_fail_memory(st, "reading a file");
  while (code == POLAR_OK) {
    /* one byte is kept for the NUL at the end */
    const size_t got = fread(text + used, 1, room - used - 1, f);
    used += got;
    if (used > max_size) {
      code = polar_fail(st, POLAR_FILE,
                        "File '%.300s' is larger than %zu bytes, the most that is read: not a "
                        "model file?",
                        path, max_size);
    } else if (ferror(f)) {
      code = polar_fail(st, POLAR_FILE, "Cannot read file '%.300s': %s", path,
                        errno ? strerror(errno) : "unknown reason");
    } else if (feof(f)) {
      break;
    } else if (room - used - 1 == 0) {
      char *larger = realloc(text, 2 * room);
      if (larger) {
        text = larger;
        room *= 2;
      } else {
        code = polar_fail_memory(st, "reading a file");
      }
    }
  }
  fclose(f);
  if (code != POLAR_OK) {
    free(text);
    return code;
  }
  text[used] = '\0';
  *data = text;
  *size = used;
  return POLAR_OK;
}

polar_code text_may_write(const char *path, const char *begins, polar_status *st)
{
  char head[32];
  const size_t length = strlen(begins) < sizeof head ? strlen(begins) : sizeof head;
  FILE *old = fopen(path, "rb");
  const size_t found = old ? fread(head, 1, length, old) : 0;
  if (old) fclose(old);
  if (found && (found < length || memcmp(head, begins, length) != 0))
    return polar_fail(st, POLAR_FILE,
                      "%.300s exists, but does not begin with '%s': it is no earlier result and "
                      "would be lost. Give another name, or remove it",
                      path, begins);
  FILE *f = fopen(path, "ab");
  if (!f) return polar_fail(st, POLAR_FILE, "%.300s cannot be written: %s", path, strerror(errno));
  fclose(f);
  if (!old) remove(path);
  return POLAR_OK;
}

/* -------------------------------------------------------------------------------- numbers --- */

/* strtod reads the decimal point of the locale, which a host program may have set. printf shows
 * which one that is; unlike localeconv() it is safe among threads. */
static double decimal(char *number, size_t room, char **end)
{
  double x = strtod(number, end);
  if (**end != '.') return x;
  char sample[32];
  const int length = snprintf(sample, sizeof sample, "%.1f", 0.0); /* "0,0": point in between */
  const size_t before = (size_t)(*end - number), after = strlen(*end + 1);
  if (length < 3) return x;
  const size_t point = (size_t)length - 2;
  if (before + point + after + 1 > room) return x;
  memmove(number + before + point, number + before + 1, after + 1);
  memcpy(number + before, sample + 1, point);
  return strtod(number, end);
}

/* Whether s[0..n-1] is `word` (lower case), ignoring the case of s */
static int is_word(const char *s, size_t n, const char *word)
{
  for (size_t i = 0; i < n; i++) {
    const char c = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] - 'A' + 'a') : s[i];
    if (c != word[i] || c == '\0') return 0; /* a shorter word ends in its NUL, s may hold others */
  }
  return word[n] == '\0';
}

static const char *not_a_number(const char *s, size_t n)
{
  if (n > 0 && (s[0] == '+' || s[0] == '-')) s++, n--;
  if (is_word(s, n, "nan") || is_word(s, n, "inf") || is_word(s, n, "infinity"))
    return "is not a finite number";
  if (n > 0 && s[0] == '*')
    return "is not a number (Fortran writes asterisks where a number does not fit its format)";
  return "is not a number";
}

const char *text_double(const char *token, size_t length, double *x)
{
  char number[288];
  size_t n = 0, i = 0, digits = 0, exponent = 0;
  int point = 0;
  if (length == 0) return "is empty";
  if (length > 255) return "is too long for a number";
  if (token[i] == '+' || token[i] == '-') number[n++] = token[i++];
  for (; i < length && (is_digit(token[i]) || (token[i] == '.' && !point)); i++) {
    if (token[i] == '.') point = 1;
    else digits++;
    number[n++] = token[i];
  }
  if (digits == 0) return not_a_number(token, length);
  if (i < length) {
    const char c = token[i];
    const int letter = c == 'e' || c == 'E' || c == 'd' || c == 'D';
    if (letter) i++;
    number[n++] = 'e';
    if (i < length && (token[i] == '+' || token[i] == '-')) number[n++] = token[i++];
    else if (!letter) return not_a_number(token, length);
    for (; i < length && is_digit(token[i]); i++, exponent++) number[n++] = token[i];
    if (i < length || exponent == 0) return not_a_number(token, length);
    /* without a letter only what Fortran writes: 1-2 is no number */
    if (!letter && (!point || exponent != 3)) return not_a_number(token, length);
  }
  number[n] = '\0';
  char *end;
  const double value = decimal(number, sizeof number, &end);
  if (*end != '\0') return "is not a number";
  if (!isfinite(value)) return "is too large for a double precision number";
  *x = value;
  return NULL;
}

const char *text_int(const char *token, size_t length, int *x)
{
  size_t i = 0;
  long long value = 0;
  if (length == 0) return "is empty";
  const int negative = token[0] == '-';
  if (token[0] == '+' || token[0] == '-') i++;
  if (i == length) return "is not an integer";
  for (; i < length; i++) {
    if (!is_digit(token[i])) return "is not an integer";
    if (value <= INT_MAX) value = 10 * value + (token[i] - '0');
  }
  if (negative) value = -value;
  if (value > INT_MAX || value < INT_MIN) return "is too large for an integer";
  *x = (int)value;
  return NULL;
}

/* ---------------------------------------------------------------------------------- lines --- */

struct text_private {
  char *file, *data;
  char *at, *end; /* what is not read yet */
  int line;       /* line number of `at` */
  int room;       /* of the reader's token[] */
};

/* Takes over `data` (size + 1 bytes, NUL at the end), also on failure */
static polar_code open_owned(const char *file, char *data, size_t size, text_reader **out,
                             polar_status *st)
{
  const char *nul = memchr(data, '\0', size);
  if (nul) {
    int line = 1;
    for (const char *c = data; c < nul; c++) line += *c == '\n';
    free(data);
    return polar_fail_at(st, POLAR_SYNTAX, file, line,
                         "found a NUL byte, expected a text file: is it a binary file?");
  }
  text_reader *r = calloc(1, sizeof *r);
  struct text_private *own = calloc(1, sizeof *own);
  char *name = malloc(strlen(file) + 1);
  if (!r || !own || !name) {
    free(r);
    free(own);
    free(name);
    free(data);
    return polar_fail_memory(st, "opening a text file");
  }
  strcpy(name, file);
  own->file = name;
  own->data = data;
  own->at = data;
  own->end = data + size;
  own->line = 1;
  if (size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0) own->at += 3; /* UTF-8 byte order mark */
  r->file = name;
  r->own = own;
  *out = r;
  return POLAR_OK;
}

polar_code text_open(const char *path, text_reader **out, polar_status *st)
{
  char *data;
  size_t size;
  const polar_code code = text_read_file(path, TEXT_MAX_SIZE, &data, &size, st);
  return code == POLAR_OK ? open_owned(path, data, size, out, st) : code;
}

polar_code text_open_memory(const char *file, const char *data, size_t size, text_reader **out,
                            polar_status *st)
{
  if (size > TEXT_MAX_SIZE)
    return polar_fail(st, POLAR_FILE, "'%.300s' is larger than %zu bytes, the most that is read",
                      file, TEXT_MAX_SIZE);
  char *copy = malloc(size + 1);
  if (!copy) return polar_fail_memory(st, "opening a text file");
  if (size > 0) memcpy(copy, data, size);
  copy[size] = '\0';
  return open_owned(file, copy, size, out, st);
}

void text_close(text_reader *r)
{
  if (!r) return;
  free(r->own->file);
  free(r->own->data);
  free(r->own);
  free(r->token);
  free(r);
}

polar_code text_next(text_reader *r, polar_status *st)
{
  struct text_private *own = r->own;
  r->ntoken = 0;
  while (own->at < own->end && r->ntoken == 0) {
    char *next = memchr(own->at, '\n', (size_t)(own->end - own->at));
    char *stop = next ? next : own->end;
    char *comment = memchr(own->at, '#', (size_t)(stop - own->at));
    char *c = own->at;
    if (comment) stop = comment;
    r->line = own->line;
    own->line++;
    own->at = next ? next + 1 : own->end;
    while (c < stop) {
      while (c < stop && is_blank(*c)) c++;
      if (c == stop) break;
      if (r->ntoken == own->room) {
        const int room = own->room ? 2 * own->room : 16;
        const char **larger = realloc((void *)r->token, (size_t)room * sizeof *larger);
        if (!larger) {
          r->ntoken = 0;
          own->at = own->end;
          return polar_fail_memory(st, "reading a text file");
        }
        r->token = larger;
        own->room = room;
      }
      r->token[r->ntoken++] = c;
      while (c < stop && !is_blank(*c)) c++;
      *c = '\0'; /* a blank, a newline, a '#', or the NUL behind the data */
      c++;
    }
  }
  return POLAR_OK;
}

static polar_code get(const text_reader *r, int k, const char *what, polar_status *st)
{
  if (k >= 0 && k < r->ntoken) return POLAR_OK;
  return polar_fail_at(st, POLAR_MODEL, r->file, r->line,
                       "%s is missing: found %d value(s), expected at least %d", what, r->ntoken,
                       k + 1);
}

polar_code text_get_double(const text_reader *r, int k, const char *what, double *x,
                           polar_status *st)
{
  const polar_code code = get(r, k, what, st);
  if (code != POLAR_OK) return code;
  const char *fault = text_double(r->token[k], strlen(r->token[k]), x);
  if (!fault) return POLAR_OK;
  return polar_fail_at(st, POLAR_MODEL, r->file, r->line, "%s '%.60s' %s", what, r->token[k],
                       fault);
}

polar_code text_get_int(const text_reader *r, int k, const char *what, int lo, int hi, int *x,
                        polar_status *st)
{
  int value = 0;
  const polar_code code = get(r, k, what, st);
  if (code != POLAR_OK) return code;
  const char *fault = text_int(r->token[k], strlen(r->token[k]), &value);
  if (fault)
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line, "%s '%.60s' %s", what, r->token[k],
                         fault);
  if (value < lo || value > hi)
    return polar_fail_at(st, POLAR_MODEL, r->file, r->line, "%s is %d, expected %d to %d", what,
                         value, lo, hi);
  *x = value;
  return POLAR_OK;
}
