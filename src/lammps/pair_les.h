#ifdef PAIR_CLASS
// clang-format off
PairStyle(les,PairLES);
// clang-format on
#else

#ifndef LMP_PAIR_LES_H
#define LMP_PAIR_LES_H

#include "kspace_polar.h"
#include "les/les.h"
#include "les/les_list.h"
#include "polar_pair.h"
#include "polar_response.h"

#include <string>
#include <vector>

namespace LAMMPS_NS {

/* Latent Ewald summation: short-range network, latent charges, Gaussian charges in k space */
class PairLES : public PolarPair, public PolarResponse, public PolarCharges {
public:
  PairLES(class LAMMPS *);
  ~PairLES() override;
  void compute(int, int) override;
  void settings(int, char **) override;
  void coeff(int, char **) override;
  void init_style() override;
  double init_one(int, int) override;
  void *extract(const char *, int &) override;
  int pack_forward_comm(int, int *, double *, int, int *) override;
  void unpack_forward_comm(int, int, double *) override;
  int pack_reverse_comm(int, int, double *) override;
  void unpack_reverse_comm(int, int *, double *) override;
  double memory_usage() override;

  // PolarCharges
  Kernel polar_kernel() const override;
  const double *polar_charges() override { return charge.data(); }
  void polar_finish(const double *phi) override;

  // PolarResponse, in pair_les_response.cpp
  void polar_dipole(double m[3]) override;
  void polar_born(double (*born)[9]) override;
  double polar_field(const double e[3], double (*f)[3], double *virial) override;
  bool polar_field_energy_exact() const override { return false; }

private:
  les_model *model;
  les_work *work;
  les_list list;
  les_neighborhood view;
  double unit, charge_unit; // eV in the script's units; e of one unit of the model's charge
  bool phase, e0;
  double scale_given; // 0: the model's
  decltype(Kernel::kset) kset;
  bool pending, computed; // forces await the potentials; were computed since init
  int listed_local, listed_ghost;
  std::vector<int> type_element;
  std::vector<int> element;        // of all atoms, -1: not of the model
  std::vector<int> image;          // own atom that an atom is an image of, or -1
  std::vector<double> owner;       // rank and index of each atom on its rank, to find images
  std::vector<double> energy, raw; // of own atoms of the model
  std::vector<double> charge, phi; // of local atoms, e; of own atoms of the model

  // dipole: integral of Z* dr, with the positions and tensors of the last time by atom
  std::string store_id;
  double dipole[3];
  bool dipole_known, dipole_current; // has a beginning; holds for the positions of now
  bigint dipole_atoms;
  std::vector<double> born_all, born_now;
  bool born_valid;

  void free_model();
  void find_images();
  double scale() const;
  void charge_moments(double &mean, double phases[3][2]) const;
  const double *tensors();
  void advance_dipole();
};

} // namespace LAMMPS_NS

#endif
#endif
