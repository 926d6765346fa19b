/* Status and error text of every core function that can fail.
 *
 * Cores never print, exit or abort: they fill a polar_status and return its code.
 * A text says what was found, what was expected, where, and what to do. */
#ifndef POLAR_STATUS_H
#define POLAR_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  POLAR_OK = 0,
  POLAR_FILE,     /* a file cannot be opened or read */
  POLAR_SYNTAX,   /* a file is not well formed; `line` is set */
  POLAR_MODEL,    /* a file is well formed, but its content is unusable; `line` is set if known */
  POLAR_ARGUMENT, /* the caller's argument is out of range */
  POLAR_SITE,     /* atoms and lattice sites do not match */
  POLAR_NUMERIC,  /* not a number, divergence, singular matrix */
  POLAR_MEMORY    /* allocation failed */
} polar_code;

typedef struct {
  polar_code code;
  int line; /* line in the file that was read, 0 if none */
  char text[1000];
} polar_status;

/* Fill `st` (may be NULL) with code and a printf-style text, line 0; returns `code`. */
polar_code polar_fail(polar_status *st, polar_code code, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* The same for a place in a file: the text is prefixed by "FILE:LINE: ". */
polar_code polar_fail_at(polar_status *st, polar_code code, const char *file, int line,
                         const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 5, 6)))
#endif
    ;

/* Out of memory while doing `what` (a gerund phrase); returns POLAR_MEMORY. */
polar_code polar_fail_memory(polar_status *st, const char *what);

#ifdef __cplusplus
}
#endif
#endif
