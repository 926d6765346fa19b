// What cmake --install leaves under a prefix: LAMMPS runs an example from there, also after the
// tree was moved. And lmp-polar, which brings the styles into a LAMMPS that does not load plugins.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/wait.h>

namespace fs = std::filesystem;

namespace {

struct Result {
  int status; // exit status, -1 if the program was killed
  std::string output;
};

Result shell(const std::string &command)
{
  Result result = {-1, ""};
  FILE *pipe = popen(("{ " + command + "\n} 2>&1").c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  char piece[4096];
  size_t n;
  while ((n = fread(piece, 1, sizeof piece, pipe)) > 0) result.output.append(piece, n);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) result.status = WEXITSTATUS(status);
  return result;
}

bool contains(const std::string &text, const std::string &part)
{
  return text.find(part) != std::string::npos;
}

// a scratch folder, gone with the object
struct Folder {
  fs::path path;
  Folder()
  {
    std::string name = testing::TempDir() + "polar-install-XXXXXX";
    path = fs::canonical(mkdtemp(&name[0]));
  }
  ~Folder() { fs::remove_all(path); }
};

// the environment of a user who has LAMMPS, and nothing of POLAR
const std::string clean = "unset LAMMPS_PLUGIN_PATH POLAR_POTENTIALS POLAR_PREFIX POLAR_PLUGIN; ";
const std::string lmp_path =
    "PATH='" + fs::path(POLAR_LMP).parent_path().string() + "':\"$PATH\"; ";
const std::string example = " -in \"$P/share/polar/examples/les-nacl/in.nacl\" -var equil 0.01 "
                            "-var sample 0.01 -log none -nocite";

class Install : public testing::Test {
protected:
  static void SetUpTestSuite()
  {
    folder = new Folder;
    const Result r = shell("'" POLAR_CMAKE "' --install '" POLAR_BUILD_DIR "' --prefix '" +
                           (folder->path / "first").string() + "'");
    ASSERT_EQ(r.status, 0) << r.output;
  }
  static void TearDownTestSuite() { delete folder; }
  void SetUp() override { fs::current_path(folder->path); }

  // the example of the installed tree `name`, with its environment, in shell `program`
  Result run(const std::string &program, const std::string &name, const std::string &before = "")
  {
    std::ofstream("script") << clean << lmp_path << "P='" << (folder->path / name).string() << "'\n"
                            << before << "\n. \"$P/share/polar/env.sh\"\nlmp" << example << "\n";
    return shell(program + " script");
  }

  void expect_runs(const Result &r)
  {
    EXPECT_EQ(r.status, 0) << r.output;
    EXPECT_TRUE(contains(r.output, "Total wall time")) << r.output;
  }

  static Folder *folder;
};
Folder *Install::folder = nullptr;

} // namespace

TEST_F(Install, HasItsParts)
{
  for (const char *part :
       {"lib/polar/polarplugin.so", "lib/polar/polar_styles.so", "share/polar/env.sh",
        "share/polar/potentials/BaTiO3/BaTiO3_sys.xml",
        "share/polar/potentials/convert/cace2les.py", "share/polar/examples/spectrum.py",
        "share/doc/polar/README.md", "share/doc/polar/LICENSE", "share/doc/polar/doc/pair_eap.md",
        "bin/gap_fit", "bin/gap_dipole_fit"})
    EXPECT_TRUE(fs::is_regular_file(folder->path / "first" / part)) << part;
}

TEST_F(Install, ExampleRuns)
{
  expect_runs(run("sh", "first"));
  expect_runs(run("bash", "first"));
}

TEST_F(Install, MayBeMoved)
{
  fs::rename(folder->path / "first", folder->path / "second one");
  expect_runs(run("bash", "second one"));
  expect_runs(run("sh", "second one", "POLAR_PREFIX=$P"));
  const Result r = run("sh", "second one"); // a shell that does not tell where env.sh is
  EXPECT_TRUE(contains(r.output, "set POLAR_PREFIX to the folder")) << r.output;
  EXPECT_NE(r.status, 0) << r.output;
  fs::rename(folder->path / "second one", folder->path / "first");
}

TEST_F(Install, RunScriptOfAnExample)
{
  const Result r =
      shell(clean + lmp_path + "P='" + (folder->path / "first").string() +
            "'; POLAR_RANKS=1 sh \"$P/share/polar/examples/les-nacl/run.sh\" -var equil "
            "0.1 -var sample 1");
  EXPECT_EQ(r.status, 0) << r.output;
  EXPECT_TRUE(
      fs::is_regular_file(folder->path / "first/share/polar/examples/les-nacl/current.dat"));
}

TEST_F(Install, CopyOfTheExamples)
{
  const std::string first = (folder->path / "first").string();
  fs::create_directory("my own");
  fs::copy(folder->path / "first/share/polar/examples", "my own/examples",
           fs::copy_options::recursive);
  const std::string example_run = "sh 'my own/examples/pqeq-water-field/run.sh'";
  const fs::path result = "my own/examples/pqeq-water-field/field.dat";

  Result r = shell(clean + lmp_path + example_run);
  EXPECT_EQ(r.status, 1) << r.output;
  EXPECT_TRUE(contains(r.output, "enter POLAR's environment first")) << r.output;
  const std::string enter =
      clean + "POLAR_PREFIX='" + first + "'; . \"$POLAR_PREFIX/share/polar/env.sh\"; ";
  if (!fs::exists("/usr/bin/lmp") && !fs::exists("/bin/lmp")) {
    r = shell(enter + "PATH=/usr/bin:/bin; " + example_run);
    EXPECT_EQ(r.status, 1) << r.output;
    EXPECT_TRUE(contains(r.output, "found no lmp in PATH")) << r.output;
  }
  EXPECT_FALSE(fs::exists(result));
  r = shell(enter + lmp_path + example_run);
  EXPECT_EQ(r.status, 0) << r.output;
  EXPECT_TRUE(fs::is_regular_file(result));
}

class Launcher : public Install {
protected:
  void SetUp() override
  {
    if (!POLAR_WITH_LAUNCHER) GTEST_SKIP() << "skipped: built without the launcher";
    Install::SetUp();
  }
  // lmp-polar on `input`; LAMMPS itself is kept from loading the plugin
  Result polar(const std::string &input, const std::string &before = "")
  {
    std::ofstream("in.polar") << input;
    return shell(clean + "export LAMMPS_PLUGIN_PATH=/nowhere; " + before +
                 " '" POLAR_BUILD_DIR "/lmp-polar' -in in.polar -log none -nocite");
  }
};

TEST_F(Launcher, BringsTheStyles)
{
  const Result r = polar("pair_style eap/long\nkspace_style lattice/fft\nprint 'still here'\n");
  EXPECT_EQ(r.status, 0) << r.output;
  EXPECT_TRUE(contains(r.output, "still here")) << r.output;
}

TEST_F(Launcher, RunsTheExampleOfAnInstalledTree)
{
  std::string ranks = POLAR_WITH_MPI ? "mpirun --oversubscribe -np 2 " : "";
  const Result r = shell(clean + "P='" + (folder->path / "first").string() +
                         "'; . \"$P/share/polar/env.sh\"; LAMMPS_PLUGIN_PATH=/nowhere; " + ranks +
                         "lmp-polar" + example);
  EXPECT_EQ(r.status, 0) << r.output;
  EXPECT_TRUE(contains(r.output, "Total wall time")) << r.output;
}

TEST_F(Launcher, StopsOnErrors)
{
  Result r = polar("pair_style nonsense\n");
  EXPECT_EQ(r.status, 1) << r.output;
  EXPECT_TRUE(contains(r.output, "nonsense")) << r.output;
  r = polar("print 'still running'\n", "export POLAR_PLUGIN=/nowhere; ");
  EXPECT_GT(r.status, 0) << r.output;
  EXPECT_TRUE(contains(r.output, "found no polarplugin.so in /nowhere/")) << r.output;
  EXPECT_FALSE(contains(r.output, "still running")) << r.output;
  // a loader made for another LAMMPS refuses here, too
  r = polar("print 'still running'\n",
            "export POLAR_PLUGIN='" POLAR_BUILD_DIR "/unittest/plugin/other-version'; ");
  EXPECT_GT(r.status, 0) << r.output;
  EXPECT_TRUE(contains(r.output, "POLAR was compiled for version 20290930")) << r.output;
  EXPECT_FALSE(contains(r.output, "still running")) << r.output;
}
