#ifdef PAIR_CLASS
// clang-format off
PairStyle(gap,PairGAP);
// clang-format on
#else

#ifndef LMP_PAIR_GAP_H
#define LMP_PAIR_GAP_H

#include "gap/gap.h"
#include "gap/gap_dipole.h"
#include "polar_pair.h"
#include "polar_response.h"

#include <array>
#include <string>
#include <vector>

namespace LAMMPS_NS {

/* Gaussian approximation potentials: SOAP, pair and triplet kernels, from QUIP files; a dipole
 * model beside them gives the electric response */
class PairGAP : public PolarPair, public PolarResponse {
public:
  PairGAP(class LAMMPS *);
  ~PairGAP() override;
  void compute(int, int) override;
  void settings(int, char **) override;
  void coeff(int, char **) override;
  void init_style() override;
  double init_one(int, int) override;
  int pack_reverse_comm(int, int, double *) override;
  void unpack_reverse_comm(int, int *, double *) override;
  void *extract(const char *, int &) override;
  void *extract_peratom(const char *, int &) override;
  double memory_usage() override;

  // PolarResponse, in pair_gap_response.cpp
  std::string polar_missing() const override;
  void polar_dipole(double m[3]) override;
  void polar_born(double (*born)[9]) override;
  double polar_field(const double e[3], double (*f)[3], double *virial) override;
  bool polar_field_energy_exact() const override { return true; }

private:
  double unit; // eV in units of the input script
  gap_model *model;
  gap_work *work;
  std::vector<int> element; // atomic number of each type, 0: not of this model

  bool variance;  // whether variances can be asked for
  bool triggered; // they are computed only when `wanted`, else always
  int wanted;
  std::vector<double> variance_sum, similarity;

  // results of own and ghost atoms
  std::vector<std::array<double, 3>> force_sum;
  std::vector<double> energy_sum;
  std::vector<std::array<double, 9>> virial_sum;

  // electric response
  std::string dipole_name; // "" if there is no dipole model
  gap_dipole *dipole;
  gap_dipole_work *dipole_work;
  int computed_local, computed_ghost; // atoms of the last force computation, -1: none yet
  bool moment_known, born_known;      // for the positions of the last force computation
  double moment[3];
  std::vector<double> born;                                   // [nlocal][9]
  enum Returning { PAIR = 0, FORCE = 3, BORN = 9 } returning; // numbers per atom, but for PAIR
  std::vector<double> response_sum;                           // [nall][returning]

  void free_dipole();
  void read_dipole();
  polar_neighbors neighbors() const;
  void require_forces(const char *what);
  void return_ghosts(Returning what);

  void free_model();
  void read_model(const std::string &name);
  void map_types(const std::string &name);
  void add_atoms();
};

} // namespace LAMMPS_NS

#endif
#endif
