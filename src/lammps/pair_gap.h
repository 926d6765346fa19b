#ifdef PAIR_CLASS
// clang-format off
PairStyle(gap,PairGAP);
// clang-format on
#else

#ifndef LMP_PAIR_GAP_H
#define LMP_PAIR_GAP_H

#include "gap/gap.h"
#include "pair.h"

#include <array>
#include <string>
#include <vector>

namespace LAMMPS_NS {

/* Gaussian approximation potentials: SOAP, pair and triplet kernels, from QUIP files */
class PairGAP : public Pair {
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

  void free_model();
  void forget_coeffs();
  void read_model(const std::string &name);
  void map_types(const std::string &name);
  void add_atoms();
};

} // namespace LAMMPS_NS

#endif
#endif
