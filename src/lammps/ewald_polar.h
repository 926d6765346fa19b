#ifdef KSPACE_CLASS
// clang-format off
KSpaceStyle(ewald/polar,EwaldPolar);
// clang-format on
#else

#ifndef LMP_EWALD_POLAR_H
#define LMP_EWALD_POLAR_H

#include "coul/coul_ewald.h"
#include "kspace.h"
#include "kspace_polar.h"

#include <vector>

namespace LAMMPS_NS {

/* Gaussian charges of a pair style, every wave vector summed: exact, any cell */
class EwaldPolar : public KSpace, public KSpacePolar {
public:
  EwaldPolar(class LAMMPS *);
  ~EwaldPolar() override;
  void settings(int, char **) override;
  void init() override;
  void setup() override;
  void compute(int, int) override;
  double memory_usage() override;
  void polar_solve(const double *q, double *phi, double (*field)[3], double *energy,
                   double *virial) override;

private:
  PolarCharges *client;
  PolarCharges::Kernel kernel;
  coul_kset set;
  bool begun; // the set of this run was made
  std::vector<double> density, kfactor, work, potential, efield;

  void box(double h[3][3]) const;
};

} // namespace LAMMPS_NS

#endif
#endif
