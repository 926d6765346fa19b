// Errors of pair_style eap and eap/long end lmp on several ranks too, whichever rank finds them: a
// non-zero exit status, the message, nothing done after it, and no rank left waiting.

#include <mpi.h>

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <sys/wait.h>

namespace {

const std::string potentials = POLAR_SOURCE_DIR "/potentials/BaTiO3/";

class EapStop : public testing::Test {
protected:
  const std::string name = std::string("eap_stop_") +
                           testing::UnitTest::GetInstance()->current_test_info()->name() + ".in";
  int status = -1; // exit status, -1 if the program was killed
  std::string output;

  void TearDown() override { remove(name.c_str()); }

  // 4 x 2 x 2 cells with lattice constant a, then `commands`, on `ranks` ranks
  void lmp(int ranks, const std::string &commands, const std::string &a = "3.946312768")
  {
    std::ofstream(name)
        << "units metal\natom_style atomic\nprocessors * 1 1\nlattice custom " << a
        << " a1 1 0 0 a2 0 1 0 a3 0 0 1 basis 0 0 0 basis 0.5 0.5 0.5 basis 0.5 0.5 0 basis 0.5 0 "
           "0.5 basis 0 0.5 0.5\nregion box block 0 4 0 2 0 2\ncreate_box 3 box\n"
           "create_atoms 3 box basis 1 1 basis 2 2\nmass * 16\ntimestep 0.001\n"
           // an oxygen of the first and of the last rank
           "region first sphere 0.5 0.5 0 0.1\ngroup first region first\n"
           "region last sphere 3.5 0.5 0 0.1\ngroup last region last\n"
        << commands << "\nprint 'still going'\n";
    // timeout ends a run that hangs with status 124
    const std::string command =
        "timeout -k 5 100 " +
        (ranks > 1 ? "mpirun --oversubscribe -np " + std::to_string(ranks) + " " : std::string()) +
        "'" POLAR_LMP "' -log none -nocite -in " + name + " 2>&1";
    FILE *pipe = popen(command.c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    output.clear();
    char piece[4096];
    size_t n;
    while ((n = fread(piece, 1, sizeof piece, pipe)) > 0) output.append(piece, n);
    const int result = pclose(pipe);
    status = WIFEXITED(result) ? WEXITSTATUS(result) : -1;
  }

  void expect_stop(const std::string &text)
  {
    EXPECT_NE(status, 0) << output;
    EXPECT_NE(status, 124) << "it hangs\n" << output;
    EXPECT_NE(output.find("ERROR"), std::string::npos) << output;
    EXPECT_NE(output.find(text), std::string::npos) << "no '" << text << "' in\n" << output;
    EXPECT_EQ(output.find("still going\n"), std::string::npos) << output;
  }
};

const std::string eap = "pair_style eap\npair_coeff * * " + potentials + "BaTiO3_sys_M2.xml " +
                        potentials + "BaTiO3_coeffs.xml Ba Ti O\n";
const std::string eap_long = "pair_style eap/long\nkspace_style lattice/fft\npair_coeff * * " +
                             potentials + "BaTiO3_sys.xml " + potentials +
                             "BaTiO3_coeffs.xml Ba Ti O\n";

#ifdef MPI_STUBS
const int rank_numbers[] = {1};
#else
const int rank_numbers[] = {1, 3};
#endif

TEST_F(EapStop, RunsAtAll) // or else the tests below prove nothing
{
  for (int ranks : rank_numbers) {
    lmp(ranks, eap_long + "run 1");
    EXPECT_EQ(status, 0) << output;
    EXPECT_NE(output.find("still going\n"), std::string::npos) << output;
  }
}

TEST_F(EapStop, ModelFile)
{
  for (int ranks : rank_numbers) {
    lmp(ranks, "pair_style eap\npair_coeff * * no_such.xml NULL Ba Ti O");
    expect_stop("Cannot read file no_such.xml");
    lmp(ranks, "pair_style eap\npair_coeff * * " + potentials + "BaTiO3_coeffs.xml NULL Ba Ti O");
    expect_stop("found a coefficient file");
  }
}

TEST_F(EapStop, Box)
{
  for (int ranks : rank_numbers) {
    lmp(ranks, eap + "run 0", "4.6");
    expect_stop("The box is not a supercell of the model");
  }
}

TEST_F(EapStop, SiteTakenTwice) // seen by the rank of that site only
{
  for (int ranks : rank_numbers) {
    lmp(ranks, eap + "delete_atoms group first\n"
                     "create_atoms 3 single 0.55 0.03 0.5\nrun 0");
    expect_stop("both map to sublattice 3 of cell (0, 0, 0)");
  }
}

TEST_F(EapStop, AtomFarFromItsSite) // found by its rank only
{
  for (int ranks : rank_numbers) {
    lmp(ranks, eap + "displace_atoms last move 1.2 0.4 1.0 units box\nrun 0");
    expect_stop("(type 3, O) is 1.");
  }
}

TEST_F(EapStop,
       DisplacementBeyondUmax) // of an atom of the last rank, while others wait for its messages
{
  for (const std::string &style : {eap, eap_long})
    for (int ranks : rank_numbers) {
      // 2 Angstrom in the first step of 1 fs: beyond umax = 1.5 whatever the model's forces
      lmp(ranks, style + "velocity last set 2000 0 0 units box\nfix move all nve\nrun 50");
      expect_stop("(type 3) is displaced by");
    }
}

TEST_F(EapStop, PositionNotANumber)
{
  for (int ranks : rank_numbers) {
    lmp(ranks, eap_long + "velocity last set 1e308 0 0\nvelocity last scale 1e300\n"
                          "fix move all nve\nrun 50");
    expect_stop("(type 3) has a position that is not a finite number at step 1");
  }
}

} // namespace

int main(int argc, char **argv)
{
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
