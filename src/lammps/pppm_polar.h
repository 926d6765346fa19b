#ifdef KSPACE_CLASS
// clang-format off
KSpaceStyle(pppm/polar,PPPMPolar);
// clang-format on
#else

#ifndef LMP_PPPM_POLAR_H
#define LMP_PPPM_POLAR_H

#include "coul/coul_mesh.h"
#include "kspace_polar.h"
#include "pppm.h"

#include <vector>

namespace LAMMPS_NS {

/* Gaussian charges of a pair style on a mesh. Potentials and forces are derivatives of the mesh
 * energy by charges and positions, in any cell. Without such a pair style: LAMMPS' pppm. */
class PPPMPolar : public PPPM, public KSpacePolar {
public:
  PPPMPolar(class LAMMPS *);
  ~PPPMPolar() override;
  void init() override;
  void setup() override;
  void reset_grid() override;
  void compute(int, int) override;
  void compute_group_group(int, int, int) override;
  void qsum_qsq(int warning_flag = 1) override;
  double memory_usage() override;
  int polar_place(int set, int n, const double (*x)[3]) override;
  void polar_charge(const double *const q[SETS], double *energy, double *virial) override;
  void polar_keep(double keep, double share) override;
  void polar_gather(int which, int set, double *phi, double (*field)[3]) override;
  void polar_solve(const double *q, double *phi, double (*field)[3], double *energy,
                   double *virial) override;

protected:
  void set_grid_global() override;
  double compute_df_kspace() override;
  void allocate() override;
  void deallocate() override;
  void compute_gf_ik() override;

private:
  PolarCharges *client; // nullptr: plain pppm
  PolarCharges::Kernel kernel;
  bool begun;                // wave vectors of this run were chosen
  bool judged;               // and its charges held against the accuracy
  double kset_inverse[3][3]; // inverse of the box in which they were, rows: reciprocal vectors/2 pi
  coul_stencils stencils[SETS];
  std::vector<double> kept;

  coul_mesh mesh() const;
  double mesh_error(double h) const;
  void judge_accuracy(const double *q);
  void make_green();
};

} // namespace LAMMPS_NS

#endif
#endif
