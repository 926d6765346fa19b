#ifdef PAIR_CLASS
// clang-format off
PairStyle(eap,PairEAP);
// clang-format on
#else

#ifndef LMP_PAIR_EAP_H
#define LMP_PAIR_EAP_H

#include "eap/eap_model.h"
#include "eap_crystal.h"
#include "polar_pair.h"
#include "polar_response.h"

#include <memory>
#include <string>
#include <vector>

namespace LAMMPS_NS {

/* Effective atomic potential (second principles), harmonic part summed over lattice offsets */
class PairEAP : public PolarPair, public PolarResponse {
public:
  PairEAP(class LAMMPS *, const std::string &style = "pair_style eap");
  ~PairEAP() override;
  void compute(int, int) override;
  void settings(int, char **) override;
  void coeff(int, char **) override;
  void init_style() override;
  double init_one(int, int) override;
  double memory_usage() override;

  // PolarResponse, in pair_eap_response.cpp
  void polar_dipole(double m[3]) override;
  void polar_born(double (*born)[9]) override;
  double polar_field(const double e[3], double (*f)[3], double *virial) override;
  bool polar_field_energy_exact() const override { return true; }
  bool polar_cells(std::vector<CellDipole> &cells) override;

protected:
  bool long_range; // harmonic part by lattice convolution, with dipole-dipole interactions
  double unit;     // eV in units of the input script
  eap_system *system;
  eap_model *model;
  std::unique_ptr<EAPCrystal> crystal;
  bool fresh; // displacements belong to the positions of the last pair compute

  void prepare(); // sites and displacements of the present positions
  double virial_of(const double de[6], const double *gradient, double *virial6) const;
  void mean_displacement(double mean[3]) const;
  void atom_virial(const double de[6], const double *gradient, double (*vatom)[6]);

private:
  eap_model_options options;
  EAPCrystal::Settings placing;
  std::string fix_id;
  std::vector<double> gradient, site_energy, scratch, atom_work;

  // centre site and shares of the cell dipoles (response/cell_dipole.h)
  int centre;
  std::vector<std::array<int, 3>> stencil_offset;
  std::vector<int> stencil_site, stencil_column;
  std::vector<double> stencil_weight;

  void atom_energy();
  void free_model();
  void check_solver() const;
  void read_model(const std::string &system_file, const std::string &coeff_file);
  void make_stencil(std::vector<std::array<int, 3>> &offsets);
  void sublattice_sums(std::vector<double> &sums) const;
};

} // namespace LAMMPS_NS

#endif
#endif
