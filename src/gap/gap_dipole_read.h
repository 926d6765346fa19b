/* Reading of dipole models: text files POLAR-DIPOLE 1, described in doc/gap_dipole_format.md. */
#ifndef GAP_DIPOLE_READ_H
#define GAP_DIPOLE_READ_H

#include <stddef.h>

#include "gap/gap_dipole.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The model in data[size], which is named `file` in messages. Errors: POLAR_SYNTAX and POLAR_MODEL
 * with file and line, POLAR_NUMERIC (radial functions), POLAR_MEMORY. Release with
 * gap_dipole_free. */
polar_code gap_dipole_parse(const char *file, const char *data, size_t size, gap_dipole **out,
                            polar_status *st);

/* A model that is to be fitted: a file that goes from its header to 'end'. Errors: the same. */
polar_code gap_dipole_parse_header(const char *file, const char *data, size_t size,
                                   gap_dipole **out, polar_status *st);

/* A whole model from a file. Errors besides: POLAR_FILE. */
polar_code gap_dipole_read(const char *path, gap_dipole **out, polar_status *st);

#ifdef __cplusplus
}
#endif
#endif
