#ifdef FIX_CLASS
// clang-format off
FixStyle(efield/born,FixEfieldBorn);
// clang-format on
#else

#ifndef LMP_FIX_EFIELD_BORN_H
#define LMP_FIX_EFIELD_BORN_H

#include "fix.h"

#include "field_variables.h"
#include "response_source.h"

#include <memory>
#include <string>
#include <vector>

namespace LAMMPS_NS {

class FixEfieldBorn : public Fix {
public:
  FixEfieldBorn(class LAMMPS *, int, char **);
  int setmask() override;
  void init() override;
  void setup(int) override;
  void min_setup(int) override;
  void post_force(int) override;
  void post_force_respa(int, int, int) override;
  void min_post_force(int) override;
  double compute_scalar() override;
  double compute_vector(int) override;
  double memory_usage() override;

private:
  std::unique_ptr<ResponseSource> source;
  PolarResponse *response; // borrowed; looked up by every init()

  Polar::FieldVariables variables;
  double field[3]; // V/Angstrom
  double unit;     // energy units of the script per eV
  int neutral;     // 1: net force is removed
  int ilevel_respa;
  bool checked; // for a net force, which is warned about once

  // dipole that neutral yes takes off, where tensors change along the path: see follow_drift
  struct Drift {
    bool known;
    double atoms, place[3], mean[9], dipole[3]; // place: mean position of the carriers
  } drift;

  std::vector<int> carrier; // [ntypes] 1 if atoms of this type carry a tensor
  std::vector<double> pull; // [nlocal][3] field force, eV/Angstrom
  double energy;            // field energy, energy units of the script
  double net[3];            // total field force, eV/Angstrom: this rank's share unless
  bool have_total;          // it is that of all ranks

  void find_carriers();
  void sum_net_force();
  double remove_net_force(double *virial);
  double follow_drift(double atoms, const double *sum);
  void check_net_force();
};

} // namespace LAMMPS_NS

#endif
#endif
