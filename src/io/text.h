/* Text files: whole-file reading, locale-independent numbers, lines of blank-separated tokens. */
#ifndef POLAR_TEXT_H
#define POLAR_TEXT_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TEXT_MAX_SIZE ((size_t)256 << 20) /* bytes of a file that is read; more is refused */

/* Read a file. *data[*size + 1] ends in an extra NUL and is to be released with free().
 * Errors: POLAR_FILE (cannot be opened or read: the system's reason; larger than max_size),
 * POLAR_ARGUMENT (path NULL or empty), POLAR_MEMORY. */
polar_code text_read_file(const char *path, size_t max_size, char **data, size_t *size,
                          polar_status *st);

/* Whether results may go to `path`, asked before the work: there is no such file, or one that
 * begins with `begins`, an earlier result, and it can be opened. Leaves things as they were.
 * Errors: POLAR_FILE (another kind of file, which would be lost; the system's reason). */
polar_code text_may_write(const char *path, const char *begins, polar_status *st);

/* The number written in token[0..length-1], which must be nothing but the number. Returns NULL and
 * sets *x, or leaves *x alone and returns what is wrong, as the end of a sentence ("is not a
 * number"). Refused: nan, inf, hexadecimal, junk after the number, values beyond the range of the
 * type; numbers too small for a double become 0. Always with a decimal point, whatever the locale.
 * text_double takes Fortran's forms too: 1.0D-5, and 1.0-105, as Fortran writes exponents of three
 * digits. */
const char *text_double(const char *token, size_t length, double *x);
const char *text_int(const char *token, size_t length, int *x);

/* The lines of a file that hold anything but blanks and comments (from '#' to the end of the line),
 * split at blanks. Blanks are space, tab, vertical tab, form feed and carriage return. */
typedef struct {
  const char *file;   /* name for messages */
  int line;           /* line number of the tokens */
  int ntoken;         /* number of tokens of the present line, 0 at the end of the file */
  const char **token; /* [ntoken] NUL-terminated, valid until the next text_next */
  struct text_private *own;
} text_reader;

/* Open a file, or a copy of `size` bytes in memory named `file`, before its first line. On success
 * *out is to be released with text_close. Errors: those of text_read_file, and POLAR_SYNTAX for a
 * NUL byte. */
polar_code text_open(const char *path, text_reader **out, polar_status *st);
polar_code text_open_memory(const char *file, const char *data, size_t size, text_reader **out,
                            polar_status *st);
void text_close(text_reader *r);

/* Go to the next line with tokens; ntoken = 0 and POLAR_OK at the end. Errors: POLAR_MEMORY. */
polar_code text_next(text_reader *r, polar_status *st);

/* Token k (from 0) of the present line as a number; `what` names it in the message.
 * text_get_int refuses values outside lo..hi. Errors: POLAR_MODEL with the line (no such token, not
 * a number, out of range). */
polar_code text_get_double(const text_reader *r, int k, const char *what, double *x,
                           polar_status *st);
polar_code text_get_int(const text_reader *r, int k, const char *what, int lo, int hi, int *x,
                        polar_status *st);

#ifdef __cplusplus
}
#endif
#endif
