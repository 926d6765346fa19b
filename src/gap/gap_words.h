/* The descriptor strings of QUIP: a type, then key=value pairs. Values may stand in braces (also
 * double ones) or quotes, and then hold blanks. */
#ifndef GAP_WORDS_H
#define GAP_WORDS_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  const char *file; /* for messages */
  int line;
  char *copy;       /* owns all texts */
  const char *type; /* first word */
  int n;
  struct gap_word {
    const char *key, *value;
  } * word; /* [n] */
} gap_words;

/* Errors: POLAR_MODEL (unbalanced brace or quote, no type), POLAR_MEMORY. Release with
 * gap_words_clear, also after an error. */
polar_code gap_words_parse(const char *file, int line, const char *text, gap_words *out,
                           polar_status *st);
void gap_words_clear(gap_words *w);

const char *gap_words_find(const gap_words *w, const char *key); /* NULL if absent */

/* `fallback` NULL: the key is required. Errors: POLAR_MODEL naming key and line. */
polar_code gap_words_double(const gap_words *w, const char *key, const double *fallback, double lo,
                            double hi, double *x, polar_status *st);
polar_code gap_words_int(const gap_words *w, const char *key, const int *fallback, int lo, int hi,
                         int *x, polar_status *st);
/* T, F, .true., TRUE, no ... */
polar_code gap_words_flag(const gap_words *w, const char *key, int fallback, int *x,
                          polar_status *st);
/* Exactly `count` numbers */
polar_code gap_words_doubles(const gap_words *w, const char *key, int count, double lo, double hi,
                             double *x, polar_status *st);
polar_code gap_words_ints(const gap_words *w, const char *key, int count, int lo, int hi, int *x,
                          polar_status *st);

#ifdef __cplusplus
}
#endif
#endif
