// A LAMMPS instance for tests, driven through LAMMPS' C library interface, and what tests ask of
// it.
#ifndef LMP_TEST_H
#define LMP_TEST_H

#include <mpi.h>
#ifndef MPI_COMM_SELF // the stand-in for MPI that comes with LAMMPS lacks it
#define MPI_COMM_SELF MPI_COMM_WORLD
#endif
#define LAMMPS_LIB_MPI // for lammps_open
#include "by_id.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

struct LammpsError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Lammps {
public:
  explicit Lammps(MPI_Comm comm = MPI_COMM_SELF, const std::vector<std::string> &options = {})
  {
    std::vector<std::string> words = {"test", "-log", "none", "-screen", "none", "-nocite"};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char *> argv;
    for (auto &w : words) argv.push_back(&w[0]);
    handle = lammps_open((int)argv.size(), argv.data(), comm, nullptr);
    if (!handle) throw LammpsError("lammps_open failed");
    if (!lammps_has_style(handle, "pair", "eap"))
      throw LammpsError("the plugin is not loaded: set LAMMPS_PLUGIN_PATH");
  }
  ~Lammps() { lammps_close(handle); }
  Lammps(const Lammps &) = delete;
  Lammps &operator=(const Lammps &) = delete;

  // one command, printf-style; throws LammpsError with LAMMPS' own text
  __attribute__((format(printf, 2, 3))) void cmd(const char *format, ...)
  {
    char text[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    lammps_command(handle, text);
    if (lammps_has_error(handle)) {
      char message[4096] = "";
      lammps_get_last_error_message(handle, message, sizeof message);
      throw LammpsError(message);
    }
  }
  void lines(const std::string &text)
  {
    size_t at = 0;
    while (at < text.size()) {
      const size_t end = std::min(text.find('\n', at), text.size());
      if (end > at) cmd("%s", text.substr(at, end - at).c_str());
      at = end + 1;
    }
  }

  double thermo(const char *name) { return lammps_get_thermo(handle, name); }
  int natoms() { return (int)lammps_get_natoms(handle); }

  // per-atom quantity of all atoms ordered by ID: "x", "f", "v", "c_ID", "f_ID" with `count`
  // columns
  std::vector<double> gather(const char *name, int count)
  {
    return by_id::gather(handle, name, count);
  }
  void scatter(const char *name, int count, const std::vector<double> &values)
  {
    by_id::scatter(handle, name, count, values);
  }
  double scalar(const char *id) { return global(lammps_extract_compute, id, LMP_TYPE_SCALAR, 0); }
  std::vector<double> compute_vector(const char *id, int n)
  {
    auto *v = (double *)lammps_extract_compute(handle, id, LMP_STYLE_GLOBAL, LMP_TYPE_VECTOR);
    return std::vector<double>(v, v + n);
  }
  double fix_scalar(const char *id)
  {
    auto *p = (double *)lammps_extract_fix(handle, id, LMP_STYLE_GLOBAL, LMP_TYPE_SCALAR, 0, 0);
    const double value = *p;
    lammps_free(p);
    return value;
  }
  double fix_vector(const char *id, int i)
  {
    auto *p = (double *)lammps_extract_fix(handle, id, LMP_STYLE_GLOBAL, LMP_TYPE_VECTOR, i, 0);
    const double value = *p;
    lammps_free(p);
    return value;
  }

  void *handle;

private:
  double global(void *(*get)(void *, const char *, int, int), const char *id, int type, int)
  {
    return *(double *)get(handle, id, LMP_STYLE_GLOBAL, type);
  }
};

// Expect that a command stops with an error whose text contains `part`; shows the text if not.
#define EXPECT_LAMMPS_ERROR(statement, part)                                                       \
  do {                                                                                             \
    try {                                                                                          \
      statement;                                                                                   \
      ADD_FAILURE() << "no error, expected: " << part;                                             \
    } catch (const LammpsError &e) {                                                               \
      EXPECT_NE(std::string(e.what()).find(part), std::string::npos) << e.what();                  \
    }                                                                                              \
  } while (0)

inline std::string env(const char *name)
{
  const char *value = getenv(name);
  return value ? value : "";
}

// The reference data outside the project, "" if absent
inline std::string reference_folder()
{
  return env("POLAR_REFERENCE");
}

// The project's own BaTiO3 model
inline std::string batio3(const char *file)
{
  return std::string(POLAR_SOURCE_DIR "/potentials/BaTiO3/") + file;
}

inline double max_difference(const std::vector<double> &a, const std::vector<double> &b)
{
  double most = a.size() == b.size() ? 0.0 : INFINITY;
  for (size_t i = 0; i < a.size() && i < b.size(); i++) {
    const double d = std::fabs(a[i] - b[i]);
    if (!(d <= most)) most = d;
  }
  return most;
}

inline double max_abs(const std::vector<double> &a)
{
  double most = 0.0;
  for (double x : a) most = std::max(most, std::fabs(x));
  return most;
}

#endif
