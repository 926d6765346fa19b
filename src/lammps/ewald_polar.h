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
  int polar_place(int set, int n, const double (*x)[3]) override;
  void polar_charge(const double *const q[SETS], double *energy, double *virial) override;
  void polar_keep(double keep, double share) override;
  void polar_gather(int which, int set, double *phi, double (*field)[3]) override;
  void polar_solve(const double *q, double *phi, double (*field)[3], double *energy,
                   double *virial) override;

private:
  PolarCharges *client;
  PolarCharges::Kernel kernel;
  coul_kset set;
  bool begun;                           // the set of this run was made
  std::vector<double> density[2], work; // LAST, KEPT
  std::vector<double> sites[SETS];      // positions

  void box(double h[3][3]) const;
  coul_ewald lattice_sum(); // in the present box
  void share_virial(const double *q);
  const double (*at(int s) const)[3]
  {
    return reinterpret_cast<const double(*)[3]>(sites[s].data());
  }
};

} // namespace LAMMPS_NS

#endif
#endif
