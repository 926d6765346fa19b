// pair_style les in the ways people use LAMMPS: per-atom stress, restart, rerun, minimize, changing
// boxes, odd boxes and mappings.

#include "les_session.h"

#include <cmath>
#include <cstdio>
#include <string>

using namespace les_test;

namespace {

// as in test_les.cpp: rounding of energies of some 60 eV, and of forces and stresses (in eV) of 0.1
const double ENERGY = 1e-12, SMALL = 1e-14;

std::string scratch(const std::string &name)
{
  return testing::TempDir() + "polar_les_" + std::to_string(getpid()) + "_" + name;
}

TEST(LesSessions, StressesOfAtomsAddUpToTheVirial)
{
  for (int layers : {0, 1}) {
    const ModelFile model(layers, true, layers == 0);
    Session lmp;
    lmp.crystal(true);
    lmp.potential(model.path);
    lmp.lines("compute s all stress/atom NULL\ncompute k all stress/atom NULL kspace\n"
              "compute e all pe/atom\nfix a all ave/atom 1 1 1 c_s[*] c_k[*] c_e");
    const double e = lmp.energy();
    const auto w = lmp.virial();
    const auto stress = lmp.gather("c_s", 6), part = lmp.gather("c_k", 6),
               energy = lmp.gather("c_e", 1);
    double most = 0.0, sum = 0.0;
    for (int k = 0; k < 6; k++) {
      double total = 0.0;
      for (int i = 0; i < lmp.n; i++) total -= stress[6 * i + k] * EV_PER_BAR_A3;
      EXPECT_NEAR(total, w[k], SMALL) << layers << k;
      most = std::max(most, std::fabs(w[k]));
    }
    EXPECT_GT(most, 0.01);
    EXPECT_GT(max_abs(part) * EV_PER_BAR_A3, 1e-4); // k-space has its part
    for (double x : energy) sum += x;
    EXPECT_NEAR(sum, e, ENERGY);
  }
}

// k-space completes forces and stress after pair_style hybrid has added up those of its sub-styles
TEST(LesSessions, StressesUnderHybrid)
{
  const ModelFile model(1);
  std::vector<double> stress[2];
  std::array<double, 6> w[2];
  for (int hybrid = 0; hybrid < 2; hybrid++) {
    Session lmp;
    lmp.crystal(true);
    lmp.potential(model.path);
    if (hybrid) {
      lmp.cmd("pair_style hybrid/overlay les lj/cut 3");
      lmp.cmd("pair_coeff * * les %s Na Cl", model.path.c_str());
      lmp.cmd("pair_coeff * * lj/cut 0 1");
    }
    lmp.lines("compute s all stress/atom NULL virial\nfix a all ave/atom 1 1 1 c_s[*]");
    lmp.energy();
    stress[hybrid] = lmp.gather("c_s", 6);
    w[hybrid] = lmp.virial();
  }
  EXPECT_GT(max_abs(stress[0]) * EV_PER_BAR_A3, 0.01);
  for (int k = 0; k < 6; k++) EXPECT_NEAR(w[1][k], w[0][k], SMALL);
  EXPECT_LT(max_difference(stress[1], stress[0]) * EV_PER_BAR_A3, SMALL);
}

TEST(LesSessions, AtomVirialsFollowTheirAtoms)
{
  // a copy of the box beside the box: each atom keeps its stress
  const ModelFile model(1);
  Session lmp;
  lmp.crystal(true);
  lmp.potential(model.path);
  lmp.lines("compute s all stress/atom NULL\nfix s all ave/atom 1 1 1 c_s[*]");
  lmp.energy();
  const auto one = lmp.gather("c_s", 6);
  lmp.lines("unfix s\nreplicate 2 1 1\nfix s all ave/atom 1 1 1 c_s[*]");
  lmp.energy();
  const auto two = lmp.gather("c_s", 6);
  ASSERT_EQ(two.size(), 2 * one.size());
  double worst = 0.0, most = 0.0;
  for (size_t i = 0; i < one.size(); i++) {
    worst = std::max({worst, std::fabs(two[i] - one[i]), std::fabs(two[one.size() + i] - one[i])});
    most = std::max(most, std::fabs(one[i]));
  }
  EXPECT_LT(worst, 1e-12 * most); // sums over twice as many wave vectors: rounding of 1e3 terms
}

TEST(LesSessions, RestartContinues)
{
  const ModelFile model(1);
  const std::string file = scratch("restart");
  const char *const motion = "fix 1 all nve\nfix e all efield/born 0.1 0 -0.05\ntimestep 0.001";
  for (const char *kspace : {"ewald/polar 1e-6", "pppm/polar 1e-4"}) {
    Session a, b;
    a.crystal(true);
    a.potential(model.path, kspace);
    a.lines("velocity all create 100 87\natom_modify sort 0 0");
    a.lines(motion);
    a.lines("run 10");
    a.cmd("write_restart %s", file.c_str());
    a.lines("run 10 pre yes");
    b.cmd("read_restart %s", file.c_str());
    b.lines("atom_modify sort 0 0");
    b.potential(model.path, kspace);
    b.lines(motion);
    b.lines("run 10");
    remove(file.c_str());
    // positions of triclinic boxes go through reduced coordinates and back: rounding, grown in
    // 10 steps
    EXPECT_NEAR(a.thermo("pe"), b.thermo("pe"), ENERGY) << kspace;
    EXPECT_LT(max_difference(a.gather("x", 3), b.gather("x", 3)), 1e-13) << kspace;
    EXPECT_LT(max_difference(a.gather("f", 3), b.gather("f", 3)), SMALL) << kspace;
  }
}

TEST(LesSessions, RerunAndMinimize)
{
  const ModelFile model(0);
  const std::string file = scratch("dump");
  for (const char *kspace : {"ewald/polar 1e-6", "pppm/polar 1e-4"}) {
    Session a, b;
    a.crystal(false);
    a.potential(model.path, kspace);
    a.cmd("dump d all custom 5 %s id type x y z", file.c_str());
    a.lines("dump_modify d format float %.17g sort id\nvelocity all create 100 87\nfix 1 all nve\n"
            "timestep 0.001\nrun 20\nundump d");
    const double last = a.thermo("pe");
    b.crystal(false);
    b.potential(model.path, kspace);
    b.cmd("rerun %s dump x y z", file.c_str());
    EXPECT_NEAR(b.thermo("pe"), last, ENERGY) << kspace; // 17 digits, other images: rounding
    EXPECT_EQ(b.thermo("step"), 20);
    remove(file.c_str());
  }
  // downhill to a state without forces, by forces that are derivatives of that energy: the
  // package's rock salt, displaced at random
  Session c;
  c.lines("units metal\natom_style charge\natom_modify map array\nread_data " POLAR_SOURCE_DIR
          "/unittest/styles/data.nacl");
  c.potential(POLAR_SOURCE_DIR "/potentials/NaCl/NaCl.les", "pppm/polar 1e-3");
  const double before = c.energy();
  c.lines("min_style cg\nminimize 0 1e-6 500 2000");
  EXPECT_LT(c.thermo("pe"), before - 1.0);
  EXPECT_LT(max_abs(c.gather("f", 3)), 1e-6);
}

TEST(LesSessions, ConservedQuantityWithABarostat)
{
  // the box breathes: energy, stress and wave vectors must fit together; errors are of second order
  // in the time step
  const ModelFile model(0);
  for (const char *kspace : {"ewald/polar 1e-6", "pppm/polar 1e-4"}) {
    double error[2], swing = 0.0, lowest = 1e300, highest = -1e300;
    for (int k = 0; k < 2; k++) {
      Session lmp;
      lmp.crystal(true);
      lmp.potential(model.path, kspace);
      lmp.lines("velocity all create 50 87\nfix 1 all npt temp 50 50 0.05 tri 2000 2000 0.1\n"
                "thermo_style custom step pe etotal econserve vol enthalpy "
                "temp press");
      lmp.cmd("timestep %g", k ? 0.0005 : 0.001);
      lmp.lines("run 0");
      const double start = lmp.thermo("econserve"), u = lmp.thermo("etotal");
      for (int part = 0; part < 5; part++) {
        lmp.cmd("run %d pre no post no", k ? 40 : 20);
        lowest = std::min(lowest, lmp.thermo("vol"));
        highest = std::max(highest, lmp.thermo("vol"));
        swing = std::max(swing, std::fabs(lmp.thermo("etotal") - u));
      }
      error[k] = std::fabs(lmp.thermo("econserve") - start);
    }
    EXPECT_GT(highest / lowest, 1.001) << kspace; // the box has moved, and energy was exchanged
    EXPECT_GT(swing, 50 * error[1]) << kspace;
    EXPECT_LT(error[1], 0.5 * error[0] + 1e-7) << kspace; // 1/4, and what the chance of phases adds
  }
}

TEST(LesSessions, CellsSmallerThanTheCutoff)
{
  // one atom per box, which meets its own images only; cutoff 3.2 (twice that with messages)
  for (int layers : {0, 1}) {
    const ModelFile model(layers);
    for (const char *box : {"block 0 2.3 0 2.5 0 2.7", "prism 0 2.3 0 2.5 0 2.7 0.7 -0.4 0.9"}) {
      double e[2];
      for (int k = 0; k < 2; k++) {
        Session lmp;
        lmp.lines("units metal\natom_style charge\natom_modify map array\nbox tilt large");
        lmp.cmd("region b %s", box);
        lmp.lines("create_box 2 b\nmass * 20\ncreate_atoms 1 single 0.3 0.2 0.1");
        if (k) lmp.lines("replicate 3 3 3");
        lmp.potential(model.path);
        e[k] = lmp.energy();
        EXPECT_EQ(lmp.natoms(), k ? 27 : 1);
        for (double f : lmp.gather("f", 3)) EXPECT_NEAR(f, 0.0, SMALL); // by symmetry
      }
      // the same crystal; a box of 27 cells has no smaller wave vectors that matter: S(k) = 0
      EXPECT_NEAR(27 * e[0], e[1], ENERGY) << layers << box;
      EXPECT_TRUE(std::isfinite(e[0]));
    }
  }
}

TEST(LesSessions, LonelyAtoms)
{
  // no neighbour within the cutoff: short-range energy of an empty neighbourhood, no forces but of
  // the charges
  for (int layers : {0, 1}) {
    const ModelFile model(layers);
    double e[3];
    for (int n : {1, 2}) {
      Session lmp;
      lmp.lines("units metal\natom_style charge\natom_modify map array\nregion b block 0 40 0 40 0 "
                "40\ncreate_box 2 b\nmass * 20\ncreate_atoms 1 single 1 1 1");
      if (n == 2) lmp.lines("create_atoms 1 single 21 21 21");
      lmp.potential(model.path);
      lmp.lines("compute z all born/atom");
      lmp.energy();
      e[n] = lmp.thermo("evdwl");
      for (double f : lmp.gather("f", 3)) EXPECT_NEAR(f, 0.0, SMALL);   // by symmetry
      for (double z : lmp.gather("c_z", 9)) EXPECT_NEAR(z, 0.0, SMALL); // charges less their mean
    }
    EXPECT_NEAR(e[2], 2 * e[1], ENERGY);
  }
}

TEST(LesSessions, MappingsOfTypes)
{
  const ModelFile model(1);
  Session a;
  a.crystal(false);
  a.potential(model.path);
  const double e = a.energy();
  const auto x = a.gather("x", 3), f = a.gather("f", 3);
  // types: 1 not in the box, 2 Cl, 3 Na, 4 Na as well
  Session b;
  b.lines(
      "units metal\natom_style charge\natom_modify map array\nregion b block 0 8.4 0 8.4 0 8.4\n"
      "create_box 4 b\nmass * 20");
  std::vector<Tag> id;
  std::vector<int> type;
  for (int i = 0; i < 27; i++) {
    id.push_back(i + 1);
    type.push_back(i % 2 ? 2 : 3 + (i % 4 == 0));
  }
  lammps_create_atoms(b.handle, 27, id.data(), type.data(), x.data(), nullptr, nullptr, 1);
  b.lines("pair_style les");
  b.cmd("pair_coeff * * %s Cl Cl Na Na", model.path.c_str());
  b.lines("kspace_style ewald/polar 1e-6");
  b.output();
  EXPECT_NEAR(b.energy(), e, ENERGY);
  EXPECT_LT(max_difference(b.gather("f", 3), f), SMALL);
  // an element of the model that the box lacks, and one sort of atoms only
  Session c;
  c.crystal(false);
  c.lines("set type 2 type 1");
  c.potential(model.path);
  EXPECT_TRUE(std::isfinite(c.energy()));
}

TEST(LesSessions, KeywordsTogether)
{
  // every keyword at once, in another order, in a run whose box changes
  const ModelFile model(1);
  for (const char *keywords :
       {"kset frozen scale -0.3 born phase e0 no", "born local kset follow e0 yes scale 0.7"}) {
    Session lmp;
    lmp.crystal(true);
    lmp.potential(model.path, "pppm/polar 1e-4", keywords);
    lmp.lines("velocity all create 50 87\nfix 1 all npt temp 50 50 0.1 iso 0 0 1\n"
              "fix e all efield/born 0.02 0 0\nfix p all polarization 5\ntimestep 0.001\nrun 20");
    EXPECT_TRUE(std::isfinite(lmp.thermo("etotal"))) << keywords;
    EXPECT_TRUE(std::isfinite(lmp.fix_vector("p", 0))) << keywords;
  }
}

// The dipole and the field energy follow atoms that move without a step: displacements between
// runs, and the trial moves of a minimization
TEST(LesSessions, DipoleFollowsAtomsWithoutSteps)
{
  const ModelFile model(0);
  for (const char *keywords : {"born local", "born phase"}) {
    Session lmp;
    lmp.crystal(true);
    lmp.potential(model.path, "ewald/polar 1e-6", keywords);
    lmp.lines("fix e all efield/born 0.1 -0.2 0.3\nfix_modify e energy yes\ngroup one id 5\n"
              "fix p all polarization 1\ncompute z all born/atom");
    lmp.energy();
    const auto tensors = lmp.gather("c_z", 9), forces = lmp.gather("f", 3);
    const double z[3] = {tensors[36], tensors[39], tensors[42]}, force = forces[12], h = 1e-3;
    double e[2], m[2][3], field[2];
    for (int side = 0; side < 2; side++) {
      lmp.cmd("displace_atoms one move %g 0 0 units box", side ? -2.0 * h : h);
      e[side] = lmp.energy();
      field[side] = lmp.fix_scalar("e");
      for (int a = 0; a < 3; a++) m[side][a] = lmp.fix_vector("p", 3 + a);
    }
    // errors of the second order: h^2/6 times third derivatives, below 1e-6
    for (int a = 0; a < 3; a++)
      EXPECT_NEAR((m[0][a] - m[1][a]) / (2 * h), z[a], 2e-6 + 2e-5 * std::fabs(z[a])) << keywords;
    EXPECT_NEAR((e[1] - e[0]) / (2 * h), force, 1e-6) << keywords;
    EXPECT_NEAR((field[1] - field[0]) / (2 * h), 0.1 * z[0] - 0.2 * z[1] + 0.3 * z[2], 1e-6)
        << keywords;
  }
}

// Without the net force, too, the field energy is the work of the forces, wherever the crystal lies
TEST(LesSessions, NeutralFieldEnergyIsTheWorkOfTheForces)
{
  const ModelFile model(0);
  for (const char *keywords : {"born local", "born phase"}) {
    Session lmp;
    lmp.crystal(true);
    lmp.potential(model.path, "ewald/polar 1e-6", keywords);
    lmp.lines("displace_atoms all move 40 -30 20 units box\ngroup one id 5\n"
              "fix e all efield/born 0.1 -0.2 0.3 neutral yes\nfix_modify e energy yes");
    const double start = lmp.energy(), force = lmp.gather("f", 3)[12], h = 1e-3;
    double e[2];
    for (int side = 0; side < 2; side++) {
      lmp.cmd("displace_atoms one move %g 0 0 units box", side ? -2.0 * h : h);
      e[side] = lmp.energy();
    }
    // errors of the second order: h^2/6 times third derivatives, below 1e-6
    EXPECT_NEAR((e[1] - e[0]) / (2 * h), force, 1e-6) << keywords;
    lmp.lines("displace_atoms one move 1e-3 0 0 units box\ndisplace_atoms all move 0.4 0.3 0.2 "
              "units box");
    // a closed path but for a translation, along which nothing pulls: trapezoids leave h^3
    EXPECT_NEAR(lmp.energy(), start, 1e-9) << keywords;
  }
}

// The field of a les model adds no stress, and what neutral takes off has none either
TEST(LesSessions, NeutralFieldAddsNoStress)
{
  const ModelFile model(0);
  Session lmp;
  lmp.crystal(true);
  lmp.potential(model.path);
  lmp.lines("displace_atoms all move 40 -30 20 units box");
  lmp.energy();
  const auto without = lmp.virial();
  lmp.lines("fix e all efield/born 0.1 -0.2 0.3 neutral yes\nfix_modify e virial yes");
  lmp.energy();
  const auto with = lmp.virial();
  // positions may be wrapped anew in between: rounding
  for (int k = 0; k < 6; k++) EXPECT_NEAR(with[k], without[k], SMALL) << k;
}

// The steps of the integral of Z* dr are those of fix polarization, whether it writes them or not
TEST(LesSessions, DipoleIsIntegratedWithoutAFile)
{
  const ModelFile model(0);
  const std::string file = testing::TempDir() + "polar_les_dipole_" + std::to_string(getpid());
  double m[2];
  for (int k = 0; k < 2; k++) {
    Session lmp;
    lmp.crystal(false);
    lmp.potential(model.path);
    lmp.lines("velocity all create 2000 87 loop geom\nfix 1 all nve\ntimestep 0.001");
    lmp.cmd("fix p all polarization 2 %s", k ? "" : ("file " + file).c_str());
    lmp.cmd("run 40");
    m[k] = lmp.fix_vector("p", 3);
  }
  remove(file.c_str());
  EXPECT_DOUBLE_EQ(m[1], m[0]);
}

// Other keywords begin a new dipole
TEST(LesSessions, KeywordsAnewBeginTheDipoleAnew)
{
  const ModelFile model(0);
  double m[2];
  for (int again = 0; again < 2; again++) {
    Session lmp;
    lmp.crystal(true);
    lmp.potential(model.path, "ewald/polar 1e-6", again ? "scale 0.1" : "scale 0.2");
    lmp.lines("fix p all polarization 1");
    lmp.energy();
    if (again) {
      lmp.cmd("pair_style les scale 0.2");
      lmp.energy();
    }
    m[again] = lmp.fix_vector("p", 3);
  }
  // the sum of one configuration, but for images that a second set-up wraps: none here
  EXPECT_NEAR(m[1], m[0], 1e-12 * std::fabs(m[0])); // rounding of a sum of 27
}

TEST(LesSessions, BoxesThatAreNotPeriodic)
{
  const ModelFile model(0);
  for (const char *kspace : {"ewald/polar 1e-6", "pppm/polar 1e-4"})
    for (const char *boundary : {"p p f", "s p p", "f f f"}) {
      Session lmp;
      lmp.crystal(false);
      lmp.potential(model.path, kspace);
      const std::string change = std::string("change_box all boundary ") + boundary;
      EXPECT_LAMMPS_ERROR(lmp.lines(change + "\nrun 0"), "periodic");
    }
}

} // namespace
