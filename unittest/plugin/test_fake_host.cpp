// Hosts that are not at hand: this program exports the functions of LAMMPS' C interface that the
// loader asks, and answers as such a host would.

#include "plugin/host.h"

#include <gtest/gtest.h>

#include <mpi.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <string>

namespace {

#ifdef MPI_STUBS
const int own_comm = 0;
#else
const int own_comm = sizeof(MPI_Comm);
#endif

// what the pretended host is; the default is one that fits
struct Host {
  int version = POLAR_LAMMPS_VERSION;
  int tagint = POLAR_TAGINT, imageint = POLAR_IMAGEINT, bigint = POLAR_BIGINT;
  int comm_size = own_comm;
  bool kspace = true;
};
Host host;

class FakeHostDeathTest : public testing::Test {
  void SetUp() override { host = Host(); }
};

void load()
{
  void *loader = dlopen(POLAR_BUILD_DIR "/polarplugin.so", RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(loader, nullptr) << dlerror();
  auto init =
      reinterpret_cast<void (*)(void *, void *, void *)>(dlsym(loader, "lammpsplugin_init"));
  ASSERT_NE(init, nullptr);
  init(nullptr, nullptr, nullptr);
}

// lammps_error() below ends with 40 + its error type
void expect_refusal(int error_type, const char *message)
{
  EXPECT_EXIT(load(), testing::ExitedWithCode(40 + error_type), message);
}

} // namespace

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED int lammps_version(void *)
{
  return host.version;
}
EXPORTED int lammps_config_has_mpi_support()
{
  return host.comm_size;
}
EXPORTED int lammps_config_has_package(const char *name)
{
  return strcmp(name, "KSPACE") != 0 || host.kspace;
}
EXPORTED int lammps_extract_setting(void *, const char *name)
{
  const std::string n = name;
  return n == "tagint" ? host.tagint : n == "imageint" ? host.imageint : host.bigint;
}
EXPORTED void lammps_error(void *, int type, const char *text)
{
  fprintf(stderr, "%s\n", text);
  exit(40 + type);
}

TEST_F(FakeHostDeathTest, Version)
{
  host.version = 20210929;
  expect_refusal(2, "POLAR plugin refused: this LAMMPS is version 20210929");
}

TEST_F(FakeHostDeathTest, IntegerSizes)
{
  // one at a time: each must be noticed alone
  const std::string sizes[] = {"tagint", "imageint", "bigint"};
  int *const own[] = {&host.tagint, &host.imageint, &host.bigint};
  for (int i = 0; i < 3; ++i) {
    const int right = *own[i];
    *own[i] = 12 - right;
    expect_refusal(2, "tagint, imageint and bigint of .* compile POLAR with the -DLAMMPS_SIZES");
    *own[i] = right;
  }
}

TEST_F(FakeHostDeathTest, MpiFamilies)
{
  const struct {
    int size;
    const char *name;
  } families[] = {{0, "no MPI"}, {4, "MPICH family"}, {8, "Open MPI family"}};
  for (const auto &f : families) {
    if (f.size == own_comm) continue;
    host.comm_size = f.size;
    expect_refusal(2, (std::string("this LAMMPS was built with .*") + f.name).c_str());
  }
}

TEST_F(FakeHostDeathTest, NoKspacePackage)
{
  host.kspace = false;
  expect_refusal(2, "built without its KSPACE package.*-DPKG_KSPACE=ON");
}

// a host that passes all questions, but lacks LAMMPS' classes
TEST_F(FakeHostDeathTest, StylesDoNotOpen)
{
  expect_refusal(1, "cannot open .*/polar_styles.so, .*undefined symbol");
}

// the texts are those of LAMMPS' Info::get_fft_info()
TEST(FakeHost, FftDescription)
{
  const bool single = strcmp(POLAR_FFT_PRECISION, "single") == 0;
  const char *of_single = "FFT precision  = single\nFFT engine  = mpiFFT\nFFT library = FFTW3\n";
  const char *of_double = "FFT precision  = double\nFFT engine  = mpiFFT\nFFT library = KISS\n";
  const char *heffte = "FFT precision  = double\nFFT engine  = HeFFTe\nFFT library = FFTW\n";
  EXPECT_EQ(polar_fft_mismatch(single ? of_single : of_double), nullptr);
  const char *reason = polar_fft_mismatch(single ? of_double : of_single);
  ASSERT_NE(reason, nullptr);
  EXPECT_NE(strstr(reason, "precision"), nullptr);
  reason = polar_fft_mismatch(heffte);
  ASSERT_NE(reason, nullptr);
  EXPECT_NE(strstr(reason, "heFFTe"), nullptr);
}
