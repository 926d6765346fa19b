// Which force constants of a file are meant, and whether they hold the dipole-dipole interaction.
#include "eap/eap_harmonic.h"

#include <gtest/gtest.h>

#include "eap/eap_dipole.h"
#include "harmonic_fixture.h"

using namespace harmonic_test;

TEST(HarmonicDipole, TotalConstants)
{
  Triclinic t(1.0);
  const Harmonic local(&t.sys, 2, 1, 0);
  t.set_total(true);
  const Harmonic total(&t.sys, 2, 1, 0), refused(&t.sys, 2, 1, 1);
  EXPECT_EQ(largest(local.at({.1, .2, .3}), total.at({.1, .2, .3})), 0.0);
  EXPECT_EQ(refused.code, POLAR_MODEL);
  EXPECT_NE(std::string(refused.st.text).find("total_force_constant only"), std::string::npos);

  // both present: local ones count
  t.set_total(false);
  eap_block decoy = t.block(0);
  std::vector<double> phi(81, 1.0);
  decoy.phi = phi.data();
  t.sys.total = &decoy;
  t.sys.ntotal = 1;
  for (int dipole = 0; dipole < 2; dipole++) {
    const Harmonic both(&t.sys, 2, 1, dipole);
    ASSERT_EQ(both.code, POLAR_OK) << both.st.text;
    if (!dipole) {
      EXPECT_EQ(largest(local.at({.1, .2, .3}), both.at({.1, .2, .3})), 0.0);
    }
  }
}

TEST(HarmonicDipole, DoubleCountingIsRefused)
{
  const System good = read(ours("BaTiO3_sys.xml")), total = read(ours("BaTiO3_sys_M2.xml"));
  EXPECT_EQ(Harmonic(good.get(), 2, 1, 1).code, POLAR_OK);
  EXPECT_EQ(Harmonic(total.get(), 2, 1, 0).code, POLAR_OK);
  const Harmonic h(total.get(), 2, 1, 1);
  EXPECT_EQ(h.code, POLAR_MODEL);
  for (const char *word : {"double counting", "dipdip 1", "prt_model 3", "pair_style eap"})
    EXPECT_NE(std::string(h.st.text).find(word), std::string::npos) << h.st.text;
  EXPECT_TRUE(eap_harmonic_lacks_dipole(good.get()));
  EXPECT_FALSE(eap_harmonic_lacks_dipole(total.get()));
}

// The criterion on crystals it was not tuned on: no symmetry, even, odd and unequal meshes
TEST(HarmonicDipole, DoubleCountingWithoutSymmetry)
{
  for (unsigned seed = 1; seed <= 5; seed++) {
    Triclinic bare(1.0, seed);
    EXPECT_EQ(Harmonic(&bare.sys, 2, 1, 1).code, POLAR_OK) << seed;
    EXPECT_TRUE(eap_harmonic_lacks_dipole(&bare.sys)) << seed;
    for (const Cell &mesh : {Cell{2, 2, 2}, {3, 3, 3}, {4, 3, 2}, {2, 3, 2}, {1, 3, 3}}) {
      Triclinic folded(1.0, mesh, false, seed), total(1.0, mesh, true, seed);
      EXPECT_EQ(Harmonic(&folded.sys, 2, 1, 1).code, POLAR_OK) << seed << mesh[0] << mesh[1];
      EXPECT_TRUE(eap_harmonic_lacks_dipole(&folded.sys));
      EXPECT_EQ(Harmonic(&total.sys, 2, 1, 1).code, POLAR_MODEL) << seed << mesh[0] << mesh[1];
      EXPECT_FALSE(eap_harmonic_lacks_dipole(&total.sys));
    }
    Triclinic weak(0.02, seed); // charges too weak to matter: no verdict
    EXPECT_EQ(Harmonic(&weak.sys, 2, 1, 1).code, POLAR_OK);
    EXPECT_FALSE(eap_harmonic_lacks_dipole(&weak.sys));
  }
}

// The measure itself: on the mesh a file was made from, taking the interaction out leaves what the
// short-range constants are worth, here a thousandth
TEST(HarmonicDipole, DipoleContent)
{
  const auto ratio = [](const Triclinic &t) {
    coul_dipole_sum *sum = nullptr;
    double r = -1;
    polar_status st;
    EXPECT_EQ(coul_dipole_sum_create(t.sys.cell, t.n, t.sys.tau, t.sys.eps_inf, 1, &sum, &st),
              POLAR_OK);
    EXPECT_EQ(eap_dipole_content(&t.sys, t.sys.local, t.sys.nlocal, sum, &r, &st), POLAR_OK);
    coul_dipole_sum_free(sum);
    return r;
  };
  for (const Cell &mesh : {Cell{2, 2, 2}, {3, 3, 3}, {4, 4, 4}, {1, 3, 3}}) {
    EXPECT_LT(ratio(Triclinic(1.0, mesh, true, 5)), 0.01) << mesh[0] << mesh[1] << mesh[2];
    EXPECT_GT(ratio(Triclinic(1.0, mesh, false, 5)), 100.0) << mesh[0] << mesh[1] << mesh[2];
  }
  EXPECT_LT(ratio(Triclinic(1.0, {4, 2, 3}, true, 5)), 0.1); // no trial mesh fits: interpolated
  for (bool with_dipole : {false, true}) // wave vector 0 alone: no distant pair, no verdict
    EXPECT_EQ(ratio(Triclinic(1.0, {1, 1, 1}, with_dipole, 5)), 1.0);
}

TEST(HarmonicDipole, RefusesBadModels)
{
  Triclinic t(1.0);
  const auto expect = [&](int asr, int dipole, polar_code code, const char *word) {
    const Harmonic h(&t.sys, asr, 1, dipole);
    EXPECT_EQ(h.code, code) << word;
    EXPECT_NE(std::string(h.st.text).find(word), std::string::npos) << h.st.text;
  };
  expect(3, 0, POLAR_ARGUMENT, "asr 3");
  expect(-1, 0, POLAR_ARGUMENT, "asr -1");
  t.block(5).cell[1] = 400;
  expect(2, 0, POLAR_MODEL, "corrupt");
  t.block(5).cell[1] = t.block(6).cell[1];
  t.block(5).cell[0] = t.block(6).cell[0];
  t.block(5).cell[2] = t.block(6).cell[2];
  expect(2, 0, POLAR_MODEL, "two blocks");
  t.sys.nlocal = 0;
  expect(2, 0, POLAR_MODEL, "no force constants");
  EXPECT_FALSE(eap_harmonic_lacks_dipole(&t.sys));

  Triclinic neutral(0.0);
  const Harmonic h(&neutral.sys, 2, 1, 1);
  EXPECT_EQ(h.code, POLAR_MODEL);
  EXPECT_NE(std::string(h.st.text).find("Born effective charges"), std::string::npos);
  EXPECT_FALSE(eap_harmonic_lacks_dipole(&neutral.sys));

  Triclinic metal(1.0);
  metal.sys.eps_inf[0][0] = -2;
  EXPECT_EQ(Harmonic(&metal.sys, 2, 1, 1).code, POLAR_ARGUMENT);
  EXPECT_EQ(Harmonic(&metal.sys, 2, 1, 0).code, POLAR_OK); // not used without dipoles
  eap_harmonic_free(nullptr);
}
