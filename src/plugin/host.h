/* What the plugin was compiled for, and the one function that crosses from the loader to the
 * styles.
 *
 * LAMMPS' C++ classes change with every release, with its integer sizes, its MPI and its FFT
 * settings; styles compiled for one host corrupt memory in another. */
#ifndef POLAR_HOST_H
#define POLAR_HOST_H

#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* bytes of tagint, imageint and bigint */
#if defined(LAMMPS_BIGBIG)
#define POLAR_SIZES "BIGBIG"
enum { POLAR_TAGINT = 8, POLAR_IMAGEINT = 8, POLAR_BIGINT = 8 };
#elif defined(LAMMPS_SMALLSMALL)
#define POLAR_SIZES "SMALLSMALL"
enum { POLAR_TAGINT = 4, POLAR_IMAGEINT = 4, POLAR_BIGINT = 4 };
#else
#define POLAR_SIZES "SMALLBIG"
enum { POLAR_TAGINT = 4, POLAR_IMAGEINT = 4, POLAR_BIGINT = 8 };
#endif

#ifdef FFT_SINGLE
#define POLAR_FFT_PRECISION "single"
#else
#define POLAR_FFT_PRECISION "double"
#endif

/* Register all styles of polar_styles.so with the LAMMPS instance `lmp`; `handle` and `regfunc` as
 * LAMMPS passed them to lammpsplugin_init. Returns NULL, or why this host cannot be used (a text
 * that lasts). */
#define POLAR_STYLES_INIT "polar_styles_init"
typedef const char *polar_styles_initfunc(void *lmp, void *handle, void *regfunc);

/* The same for the host's FFT description `info` (lines "FFT precision  = ...", "FFT engine  = ..."
 * of LAMMPS' Info class). */
static inline const char *polar_fft_mismatch(const char *info)
{
  if (strstr(info, "HeFFTe"))
    return "this LAMMPS was built with heFFTe, which changes its FFT classes; POLAR needs LAMMPS' "
           "own parallel FFT: rebuild LAMMPS with -DFFT_USE_HEFFTE=OFF";
  if (!strstr(info, "= " POLAR_FFT_PRECISION))
    return "the FFTs of this LAMMPS do not have the precision that POLAR was compiled for "
           "(" POLAR_FFT_PRECISION "); its sums need double: rebuild LAMMPS with -DFFT_SINGLE=OFF";
  return NULL;
}

#ifdef __cplusplus
}
#endif
#endif
