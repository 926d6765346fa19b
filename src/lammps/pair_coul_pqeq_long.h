#ifdef PAIR_CLASS
// clang-format off
PairStyle(coul/pqeq/long,PairCoulPQEqLong);
// clang-format on
#else

#ifndef LMP_PAIR_COUL_PQEQ_LONG_H
#define LMP_PAIR_COUL_PQEQ_LONG_H

#include "kspace_polar.h"
#include "pair_coul_pqeq_cut.h"

namespace LAMMPS_NS {

/* Polarizable charge equilibration with the long-range Coulomb interaction. The sum over wave
 * vectors is over 2N sites, cores and shells, within the solution for the charges: src/pqeq does
 * it. kspace_style ewald/polar, which knows one site per atom, is accepted beside it and gets
 * charges 0. */
class PairCoulPQEqLong : public PairCoulPQEqCut, public PolarCharges {
public:
  PairCoulPQEqLong(class LAMMPS *);
  void settings(int, char **) override;
  void init_style() override;
  void compute(int, int) override;

  // PolarCharges
  Kernel polar_kernel() const override;
  const double *polar_charges() override;
  void polar_finish(const double *) override {}

protected:
  std::string interaction() const override { return "ewald"; }
  polar_code make_kernel(const std::vector<pqeq_element> &, polar_status &) override;

private:
  double split; // 1/Angstrom
  std::vector<double> none;
};

} // namespace LAMMPS_NS

#endif
#endif
