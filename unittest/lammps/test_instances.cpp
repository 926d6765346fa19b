// Several LAMMPS instances in one process: each has the plugin's styles, also after another has
// gone. LAMMPS itself registers a plugin's styles with one instance at a time only.

#include "library.h"

#include <gtest/gtest.h>

namespace {

void *open_lammps()
{
  const char *args[] = {"lammps", "-log", "none", "-screen", "none", "-nocite"};
  return lammps_open_no_mpi(6, const_cast<char **>(args), nullptr);
}

void expect_styles(void *lmp)
{
  EXPECT_EQ(lammps_has_style(lmp, "pair", "eap"), 1);
  EXPECT_EQ(lammps_has_style(lmp, "pair", "eap/long"), 1);
  EXPECT_EQ(lammps_has_style(lmp, "kspace", "lattice/fft"), 1);
  EXPECT_EQ(lammps_has_style(lmp, "fix", "eap/sites"), 1);
  EXPECT_EQ(lammps_has_style(lmp, "fix", "efield/born"), 1);
  EXPECT_EQ(lammps_has_style(lmp, "fix", "polarization"), 1);
  EXPECT_EQ(lammps_has_style(lmp, "compute", "born/atom"), 1);
}

} // namespace

TEST(Instances, SideBySide)
{
  void *first = open_lammps();
  void *second = open_lammps();
  expect_styles(first);
  expect_styles(second);

  lammps_close(first);
  expect_styles(second);
  lammps_command(second, "pair_style eap");
  EXPECT_EQ(lammps_has_error(second), 0);

  void *third = open_lammps();
  expect_styles(third);
  lammps_command(second, "clear");
  expect_styles(second);
  lammps_close(second);
  expect_styles(third);
  lammps_close(third);
}

TEST(Instances, OneAfterAnother)
{
  for (int i = 0; i < 3; ++i) {
    void *lmp = open_lammps();
    expect_styles(lmp);
    lammps_close(lmp);
  }
}
