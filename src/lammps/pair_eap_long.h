#ifdef PAIR_CLASS
// clang-format off
PairStyle(eap/long,PairEAPLong);
// clang-format on
#else

#ifndef LMP_PAIR_EAP_LONG_H
#define LMP_PAIR_EAP_LONG_H

#include "lattice_solver.h"
#include "pair_eap.h"

namespace LAMMPS_NS {

/* Effective atomic potential with dipole-dipole interactions: the harmonic part is convolved by
 * kspace_style lattice/fft */
class PairEAPLong : public PairEAP, public LatticeModel {
public:
  PairEAPLong(class LAMMPS *);

  const double *lattice_displacements(std::shared_ptr<const SiteGrid> &grid, int &fields) override;
  void lattice_kernel(const double q[3], double *re, double *im, double *scratch) override;
  size_t lattice_scratch() const override;
  bool lattice_hermitian() const override { return model->options.harmonic.symmetrize; }
  void lattice_finish(const double *gradient, double *energy, double *virial, double *eatom,
                      double (*vatom)[6]) override;
};

} // namespace LAMMPS_NS

#endif
#endif
