#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

polar_code polar_fail(polar_status *st, polar_code code, const char *format, ...)
{
  if (st) {
    va_list args;
    st->code = code;
    st->line = 0;
    va_start(args, format);
    vsnprintf(st->text, sizeof st->text, format, args);
    va_end(args);
  }
  return code;
}

polar_code polar_fail_at(polar_status *st, polar_code code, const char *file, int line,
                         const char *format, ...)
{
  if (st) {
    va_list args;
    int used;
    st->code = code;
    st->line = line;
    used = snprintf(st->text, sizeof st->text, "%.300s:%d: ", file ? file : "(no file)", line);
    if (used < 0) used = 0;
    va_start(args, format);
    vsnprintf(st->text + used, sizeof st->text - (size_t)used, format, args);
    va_end(args);
  }
  return code;
}

polar_code polar_fail_memory(polar_status *st, const char *what)
{
  return polar_fail(st, POLAR_MEMORY, "Out of memory while %s", what);
}
