#ifdef FIX_CLASS
// clang-format off
FixStyle(polarization,FixPolarization);
// clang-format on
#else

#ifndef LMP_FIX_POLARIZATION_H
#define LMP_FIX_POLARIZATION_H

#include "fix.h"

#include "response_source.h"

#include <memory>
#include <string>
#include <vector>

namespace LAMMPS_NS {

class FixPolarization : public Fix {
public:
  FixPolarization(class LAMMPS *, int, char **);
  ~FixPolarization() override;
  int setmask() override;
  void init() override;
  void setup(int) override;
  void min_setup(int) override;
  void setup_pre_force(int) override;
  void pre_force(int) override;
  void pre_force_respa(int, int, int) override;
  void min_pre_force(int) override;
  void end_of_step() override;
  void post_run() override;
  double compute_vector(int) override;
  double memory_usage() override;

private:
  std::unique_ptr<ResponseSource> source;
  PolarResponse *response; // borrowed; looked up by every init()

  std::string unit_name;   // of P
  double unit;             // e/Angstrom^2 to that unit
  std::string file, cells; // file names, empty if not asked for
  int append;
  FILE *fp, *fp_cells; // rank 0 only; fp_cells only if all snapshots go to one file
  bigint recorded;     // last step written, -1 for none

  // M and Z* are collected at most once per force evaluation; P and dM/dt follow from the present
  // volume and velocities
  bool have_dipole, have_born, have_value;
  bigint dipole_of, born_of; // the forces they belong to, as ResponseSource counts them
  std::vector<double> born;  // [nlocal][9]
  int extensive[9];          // 1 for M and dM/dt
  double m[3];               // e Angstrom
  double value[9];           // P, M, dM/dt as given out last

  FILE *open(const std::string &path, const char *header);
  void check_box();
  void forget();
  void need_value() const;
  void update_dipole();
  void update_current();
  void record();
  void write_line();
  void write_cells();
};

} // namespace LAMMPS_NS

#endif
#endif
