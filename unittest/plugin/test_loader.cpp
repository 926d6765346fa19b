// The plugin in the real lmp: it loads by itself and twice, and a loader that was compiled for
// another host ends the run with its message, a non-zero status, and no further input line done.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <fstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace {

const std::string build = POLAR_BUILD_DIR;
const std::string own = build + "/polarplugin.so";
const std::string styles[] = {
    "pair style plugin eap\n",           "pair style plugin eap/long\n",
    "kspace style plugin lattice/fft\n", "fix style plugin eap/sites\n",
    "fix style plugin efield/born\n",    "fix style plugin polarization\n",
    "compute style plugin born/atom\n"};

struct Result {
  int status; // exit status, -1 if the program was killed
  std::string output;
};

size_t count(const std::string &text, const std::string &what)
{
  size_t n = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

// run lmp on `input` with LAMMPS_PLUGIN_PATH = `path`
Result lmp(const std::string &input, const std::string &path, int ranks = 1)
{
  std::string file = testing::TempDir() + "polar-test-loader-XXXXXX";
  int fd = mkstemp(&file[0]);
  EXPECT_GE(fd, 0);
  close(fd);
  std::ofstream(file) << input;

  std::string command = "LAMMPS_PLUGIN_PATH='" + path + "' ";
  if (ranks > 1) command += "mpirun --oversubscribe -np " + std::to_string(ranks) + " ";
  command += "'" POLAR_LMP "' -log none -in " + file + " 2>&1";

  Result result = {-1, ""};
  FILE *pipe = popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  char piece[4096];
  size_t n;
  while ((n = fread(piece, 1, sizeof piece, pipe)) > 0) result.output.append(piece, n);
  int status = pclose(pipe);
  if (WIFEXITED(status)) result.status = WEXITSTATUS(status);
  unlink(file.c_str());
  return result;
}

void expect_all_styles(const Result &r, size_t times = 1)
{
  EXPECT_EQ(r.status, 0) << r.output;
  for (const auto &style : styles) EXPECT_EQ(count(r.output, style), times) << style << r.output;
}

} // namespace

TEST(Loader, LoadsByItself)
{
  expect_all_styles(lmp("plugin list\n", build));
}

TEST(Loader, LoadsOnCommand)
{
  expect_all_styles(lmp("plugin load " + own + "\nplugin list\n", "/nowhere"));
}

TEST(Loader, LoadsFromRelativePath)
{
  char here[4096];
  ASSERT_NE(getcwd(here, sizeof here), nullptr);
  ASSERT_EQ(chdir(build.c_str()), 0);
  Result r = lmp("plugin list\n", ".");
  ASSERT_EQ(chdir(here), 0);
  expect_all_styles(r);
}

TEST(Loader, SecondLoadIsHarmless)
{
  Result r = lmp("plugin load " + own + "\nplugin load " + own + "\nplugin list\n", build);
  expect_all_styles(r);
  EXPECT_EQ(count(r.output, "ERROR"), 0u) << r.output;
}

TEST(Loader, StylesAreThereAfterClear)
{
  expect_all_styles(lmp("plugin list\nclear\nplugin list\n", build), 2);
}

TEST(Loader, UnloadAndLoadAgain)
{
  Result r = lmp("plugin clear\nplugin list\nplugin load " + own + "\nplugin list\n", build);
  expect_all_styles(r);
}

TEST(Loader, OnTwoRanks)
{
  if (!POLAR_WITH_MPI) GTEST_SKIP() << "skipped: built without MPI";
  expect_all_styles(lmp("plugin list\n", build, 2));
}

// the exit path unloads the plugin while objects of its styles are alive
TEST(Loader, ExitStatusWithLiveStyles)
{
  Result r = lmp("units metal\n"
                 "region box block 0 1 0 1 0 1\n"
                 "create_box 1 box\n"
                 "pair_style eap/long\n"
                 "kspace_style lattice/fft\n"
                 "fix p all polarization 10\n",
                 build);
  EXPECT_EQ(r.status, 0) << r.output;
}

class Refused : public testing::TestWithParam<std::pair<const char *, const char *>> {};

TEST_P(Refused, StopsTheRun)
{
  const auto [folder, message] = GetParam();
  const std::string path = build + "/unittest/plugin/" + folder;
  const std::string after = "print 'still running'\n";
  const Result results[] = {lmp(after, path),
                            lmp("plugin load " + path + "/polarplugin.so\n" + after, "/nowhere"),
                            lmp(after, path, POLAR_WITH_MPI ? 2 : 1)};
  for (const auto &r : results) {
    EXPECT_GT(r.status, 0) << r.output;
    EXPECT_NE(r.output.find("POLAR plugin refused: "), std::string::npos) << r.output;
    EXPECT_NE(r.output.find(message), std::string::npos) << r.output;
    EXPECT_EQ(r.output.find("still running"), std::string::npos) << r.output;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Loader, Refused,
    testing::Values(std::make_pair("other-version", "POLAR was compiled for version 20290930"),
                    std::make_pair("other-sizes", "compile POLAR with the -DLAMMPS_SIZES"),
                    std::make_pair("other-mpi", "compile POLAR with the MPI of this LAMMPS"),
                    std::make_pair("other-fft", "compile POLAR with -DLAMMPS_FFT_SINGLE="),
                    std::make_pair("no-styles", "No such file"),
                    std::make_pair("broken-styles", "cannot open")),
    [](const auto &info) {
      std::string name = info.param.first;
      for (char &c : name)
        if (c == '-') c = '_';
      return name;
    });

// this program is no LAMMPS: none of the functions that the loader looks for is there
TEST(LoaderDeathTest, ProgramWithoutLammps)
{
  void *loader = dlopen(own.c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(loader, nullptr) << dlerror();
  auto init =
      reinterpret_cast<void (*)(void *, void *, void *)>(dlsym(loader, "lammpsplugin_init"));
  ASSERT_NE(init, nullptr);
  EXPECT_EXIT(init(nullptr, nullptr, nullptr), testing::ExitedWithCode(EXIT_FAILURE),
              "does not export LAMMPS' C library interface");
}
