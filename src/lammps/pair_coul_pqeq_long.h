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
 * vectors, over 2N sites, is that of kspace_style ewald/polar or pppm/polar; it takes part in the
 * solution for the charges, before the k-space style's own turn. */
class PairCoulPQEqLong : public PairCoulPQEqCut, public PolarCharges {
public:
  PairCoulPQEqLong(class LAMMPS *);
  void settings(int, char **) override;
  void init_style() override;
  void compute(int, int) override;

  // PQEqPair
  const pqeq_reciprocal *pqeq_sum() override;

  // PolarCharges
  Kernel polar_kernel() const override;
  const double *polar_charges() override { return nullptr; }
  void polar_finish(const double *) override {}

protected:
  std::string interaction() const override { return "ewald"; }
  polar_code make_kernel(const std::vector<pqeq_element> &, polar_status &) override;

private:
  double split_given; // 1/Angstrom, 0 if not
  bool wide;          // longer cutoffs for wide Gaussians
  KSpacePolar *mesh;  // borrowed; looked up by every init
  pqeq_reciprocal sum;
  double from_kspace; // eV per energy unit of the k-space style, with the model's e^2/(4 pi eps0)

  double split() const;
  static int place(void *, int, const double (*)[3]);
  static void charge(void *, const double *const *, double *);
  static void keep(void *, double, double);
  static void gather(void *, int, int, double *, double (*)[3]);
};

} // namespace LAMMPS_NS

#endif
#endif
