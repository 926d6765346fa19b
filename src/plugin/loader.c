/* polarplugin.so: the file LAMMPS loads. It checks the host, then opens polar_styles.so beside it.
 *
 * When a plugin cannot be opened, or was made for another version, LAMMPS prints a line and goes on
 * with the input script. Therefore this file has no undefined LAMMPS symbol, so that it opens in
 * any host, looks the host over through LAMMPS' C interface, and stops the run if the styles must
 * not be used there. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* dladdr, RTLD_DEFAULT, RTLD_NODELETE */
#endif
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lammpsplugin.h"
#include "plugin/host.h"

#ifndef POLAR_MPI_COMM_SIZE
#include <mpi.h> /* for this size; no MPI function is called */
#define POLAR_MPI_COMM_SIZE ((int)sizeof(MPI_Comm))
#endif

/* error types of lammps_error() */
enum { ERROR_ONE = 1, ERROR_ALL = 2 };

/* POSIX has dlsym() return functions, too, as void *, which ISO C does not convert */
#define LOOK_UP(function, handle, name) (*(void **)&(function) = dlsym(handle, name))

static void stop(void *lmp, int type, const char *format, ...)
    __attribute__((format(printf, 3, 4), noreturn));

/* ERROR_ALL: every rank stops for the same reason; ERROR_ONE: perhaps this rank alone */
static void stop(void *lmp, int type, const char *format, ...)
{
  static const char head[] = "POLAR plugin refused: ";
  char text[4096];
  void (*error)(void *, int, const char *);
  va_list arguments;

  memcpy(text, head, sizeof head);
  va_start(arguments, format);
  vsnprintf(text + sizeof head - 1, sizeof text - sizeof head + 1, format, arguments);
  va_end(arguments);

  LOOK_UP(error, RTLD_DEFAULT, "lammps_error");
  if (error) error(lmp, type, text); /* does not return; hosts before 2022 lack it */
  fprintf(stderr, "ERROR: %s\n", text);
  exit(EXIT_FAILURE);
}

static const char *mpi_name(int comm_size)
{
  if (comm_size == 0) return "no MPI (STUBS)";
  return comm_size == 4 ? "an MPI of the MPICH family" : "an MPI of the Open MPI family";
}

static void check_version(void *lmp)
{
  int (*version)(void *);

  LOOK_UP(version, RTLD_DEFAULT, "lammps_version");
  if (!version)
    stop(lmp, ERROR_ALL,
         "the program that loads it does not export LAMMPS' C library interface "
         "(lammps_version); load LAMMPS' shared library with global symbols");
  if (version(lmp) != POLAR_LAMMPS_VERSION)
    stop(lmp, ERROR_ALL,
         "this LAMMPS is version %d, POLAR was compiled for version %d; LAMMPS' classes change "
         "with every release: compile POLAR with the source of this LAMMPS, "
         "sh cmake/setup.sh -DLAMMPS_SOURCE_DIR=DIR",
         version(lmp), POLAR_LAMMPS_VERSION);
}

static void check_integers(void *lmp)
{
  int (*setting)(void *, const char *);
  int tagint, imageint, bigint;

  LOOK_UP(setting, RTLD_DEFAULT, "lammps_extract_setting");
  tagint = setting ? setting(lmp, "tagint") : 0;
  imageint = setting ? setting(lmp, "imageint") : 0;
  bigint = setting ? setting(lmp, "bigint") : 0;
  if (tagint != POLAR_TAGINT || imageint != POLAR_IMAGEINT || bigint != POLAR_BIGINT)
    stop(lmp, ERROR_ALL,
         "this LAMMPS has tagint, imageint and bigint of %d, %d and %d bytes, POLAR was compiled "
         "for %d, %d and %d (%s): compile POLAR with the -DLAMMPS_SIZES of this LAMMPS",
         tagint, imageint, bigint, POLAR_TAGINT, POLAR_IMAGEINT, POLAR_BIGINT, POLAR_SIZES);
}

static void check_mpi(void *lmp)
{
  int (*comm_size)(void); /* despite its name it returns sizeof(MPI_Comm), 0 without MPI */
  int found;

  LOOK_UP(comm_size, RTLD_DEFAULT, "lammps_config_has_mpi_support");
  found = comm_size ? comm_size() : 0;
  if (found != POLAR_MPI_COMM_SIZE)
    stop(
        lmp, ERROR_ALL,
        "this LAMMPS was built with %s, POLAR with %s (MPI_Comm of %d and %d bytes): compile POLAR "
        "with the MPI of this LAMMPS, or with -DBUILD_MPI=OFF if it has none",
        mpi_name(found), mpi_name(POLAR_MPI_COMM_SIZE), found, POLAR_MPI_COMM_SIZE);
}

static void check_fft(void *lmp)
{
  int (*has_package)(const char *);
  /* FFT3d::compute(double *, double *, int), the same with float: LAMMPS' C interface does not tell
   * the precision, and with the wrong one polar_styles.so would only fail to open */
  const char *of_double = "_ZN9LAMMPS_NS5FFT3d7computeEPdS1_i";
  const char *of_single = "_ZN9LAMMPS_NS5FFT3d7computeEPfS1_i";
  const char *found;

  LOOK_UP(has_package, RTLD_DEFAULT, "lammps_config_has_package");
  if (!has_package || !has_package("KSPACE"))
    stop(lmp, ERROR_ALL,
         "this LAMMPS was built without its KSPACE package, whose parallel FFT POLAR uses: rebuild "
         "LAMMPS with -DPKG_KSPACE=ON");

  if (dlsym(RTLD_DEFAULT, of_double)) found = "double";
  else if (dlsym(RTLD_DEFAULT, of_single)) found = "single";
  else return; /* other compiler or platform: opening the styles will tell */
  if (strcmp(found, POLAR_FFT_PRECISION) != 0)
    stop(lmp, ERROR_ALL,
         "the FFTs of this LAMMPS are in %s precision, POLAR was compiled for %s: %s", found,
         POLAR_FFT_PRECISION,
         strcmp(found, "single") == 0
             ? "POLAR's sums need double, rebuild LAMMPS with -DFFT_SINGLE=OFF"
             : "compile POLAR with -DLAMMPS_FFT_SINGLE=OFF");
}

/* polar_styles.so beside this file, whatever the working directory */
static polar_styles_initfunc *open_styles(void *lmp)
{
  static const char name[] = "polar_styles.so";
  char path[4096];
  polar_styles_initfunc *init;
  const char *slash;
  Dl_info self;
  void *styles;
  size_t n;

  if (!dladdr((const void *)name, &self) || !self.dli_fname)
    stop(lmp, ERROR_ONE, "cannot find out where polarplugin.so was loaded from");
  slash = strrchr(self.dli_fname, '/');
  n = slash ? (size_t)(slash - self.dli_fname) + 1 : 0;
  if (n + sizeof name > sizeof path)
    stop(lmp, ERROR_ONE, "the path of %s is longer than %d", self.dli_fname, (int)sizeof path);
  memcpy(path, self.dli_fname, n);
  memcpy(path + n, name, sizeof name);

  styles = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!styles)
    stop(lmp, ERROR_ONE,
         "cannot open %s, which belongs beside polarplugin.so: %s; run sh cmake/setup.sh again, or "
         "compile POLAR with the source and the options of this LAMMPS",
         path, dlerror());
  LOOK_UP(init, styles, POLAR_STYLES_INIT);
  if (!init)
    stop(lmp, ERROR_ONE, "%s has no %s; it is not of the same POLAR", path, POLAR_STYLES_INIT);
  return init;
}

__attribute__((visibility("default"))) void lammpsplugin_init(void *lmp, void *handle,
                                                              void *regfunc)
{
  const char *reason;

  check_version(lmp);
  check_integers(lmp);
  check_mpi(lmp);
  check_fft(lmp);
  reason = open_styles(lmp)(lmp, handle, regfunc);
  if (reason) stop(lmp, ERROR_ALL, "%s", reason);
}
