// The BaTiO3 model of this project as LAMMPS sees it: reference crystal, phases, hot dynamics.
// (Its phonons against the derivative database: eap/test_harmonic.cpp.)

#include "eap_session.h"

namespace {

using namespace eap_test;

// n x n x n cubic cells, all sites but Ti displaced by nothing, Ti by `ti` (Angstrom)
void crystal(Session &lmp, const Potential &p, int n, const Vec &ti, const char *coefficients)
{
  lmp.lines("units metal\natom_style atomic\natom_modify map array\nbox tilt large");
  const double a = p.lattice.cell[0][0];
  lmp.cmd("lattice custom %.12f a1 1 0 0 a2 0 1 0 a3 0 0 1 basis 0 0 0 basis .5 .5 .5 "
          "basis .5 .5 0 basis .5 0 .5 basis 0 .5 .5",
          a);
  lmp.cmd("region box prism 0 %d 0 %d 0 %d 0 0 0", n, n, n);
  lmp.lines("create_box 3 box\ncreate_atoms 3 box basis 1 1 basis 2 2\n"
            "mass 1 137.327\nmass 2 47.88\nmass 3 15.9994\ngroup Ti type 2");
  lmp.cmd("displace_atoms Ti move %g %g %g units box", ti[0], ti[1], ti[2]);
  lmp.cmd("pair_style %s", p.style().c_str());
  if (p.dipole) lmp.cmd("kspace_style lattice/fft");
  lmp.cmd("pair_coeff * * %s %s Ba Ti O", p.system.c_str(), coefficients);
  lmp.lines("thermo_modify norm no\nthermo 1000");
}

} // namespace

TEST(BaTiO3Model, ReferenceIsStationary)
{
  for (const bool dipole : {false, true}) {
    const Potential p = barium_titanate(dipole);
    Session lmp;
    crystal(lmp, p, 2, {0, 0, 0}, p.coefficients.c_str());
    // by symmetry no atom of the cubic crystal feels a force; the sums round at 1e-13 of 30 eV/A
    EXPECT_NEAR(lmp.energy(), 0.0, 1e-9);
    for (double f : lmp.gather("f", 3)) EXPECT_NEAR(f, 0.0, 1e-10);
    for (double w : lmp.virial()) EXPECT_NEAR(w, 0.0, 1e-9);
  }
}

// Parent: the passport, potentials/BaTiO3/README.md, where the same energies stand beside those of
// density-functional theory; those are the second column here.
TEST(BaTiO3Model, PhasesRelaxToStatedEnergies)
{
  struct Phase {
    Vec ti;
    double stated, dft; // meV per formula unit
  };
  const Phase phases[] = {{{0, 0, 0.1}, -2.98, -3.01},
                          {{0, 0.07, 0.07}, -4.15, -3.98},
                          {{0.06, 0.06, 0.06}, -4.75, -4.42}};
  const Potential p = barium_titanate(true);
  double last = 0.0;
  for (const Phase &phase : phases) {
    Session lmp;
    crystal(lmp, p, 1, phase.ti, p.coefficients.c_str());
    lmp.lines("fix box all box/relax tri 0 vmax 0.0005\nmin_style cg\nmin_modify line quadratic\n"
              "minimize 0 1e-6 2000 20000");
    const double energy = 1e3 * lmp.thermo("pe");
    EXPECT_NEAR(energy, phase.stated, 0.006); // two digits are stated
    EXPECT_NEAR(energy, phase.dft, 1.0);      // what the model is made for
    EXPECT_LT(energy, last);                  // cubic > P4mm > Amm2 > R3m
    last = energy;
  }
}

// A polynomial may have minus infinity somewhere: hot dynamics finds it, if it is near. umax stops
// the run otherwise. 20 ps at 600 K.
TEST(BaTiO3Model, StaysBoundedWhenHot)
{
  const Potential p = barium_titanate(true);
  Session lmp;
  crystal(lmp, p, 6, {0, 0, 0}, p.coefficients.c_str());
  lmp.lines("velocity all create 1200 4711 mom yes dist gaussian loop geom\n"
            "fix box all nph tri 0 0 1.0 flip no\nfix heat all langevin 600 600 0.5 4711 zero yes\n"
            "timestep 0.002\ncompute u all displace/atom\ncompute most all reduce max c_u[4]\n"
            "thermo_style custom step temp pe vol c_most\nrun 10000");
  EXPECT_NEAR(lmp.thermo("temp"), 600.0, 75.0); // 1080 atoms: 600 sqrt(2/3240) = 15 K, five of them
  const double volume = lmp.thermo("vol") / 216, a = p.lattice.cell[0][0];
  EXPECT_NEAR(volume, a * a * a, 0.05 * a * a * a); // no collapse, no expansion beyond 600 K's
  // thermal displacements of oxygen are 0.2 Angstrom rms at 600 K; the crystal does not drift
  EXPECT_LT(lmp.thermo("c_most"), 1.2);
}
