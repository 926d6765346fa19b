#ifdef PAIR_CLASS
// clang-format off
PairStyle(coul/pqeq/cut,PairCoulPQEqCut);
// clang-format on
#else

#ifndef LMP_PAIR_COUL_PQEQ_CUT_H
#define LMP_PAIR_COUL_PQEQ_CUT_H

#include "polar_pair.h"
#include "polar_response.h"
#include "pqeq_link.h"

#include <string>
#include <vector>

namespace LAMMPS_NS {

/* Polarizable charge equilibration with a tapered Coulomb interaction; needs fix pqeq */
class PairCoulPQEqCut : public PolarPair, public PQEqPair, public PolarResponse {
public:
  PairCoulPQEqCut(class LAMMPS *, const std::string &style = "pair_style coul/pqeq/cut");
  ~PairCoulPQEqCut() override;
  void compute(int, int) override;
  void settings(int, char **) override;
  void coeff(int, char **) override;
  void init_style() override;
  double init_one(int, int) override;
  void *extract(const char *, int &) override;
  double memory_usage() override;

  // PQEqPair
  const char *pqeq_name() const override { return style.c_str(); }
  const pqeq_kernel *pqeq_model() const override { return kernel; }
  int pqeq_species(int type) const override { return map ? map[type] : -1; }
  const pqeq_reciprocal *pqeq_sum() override { return nullptr; }
  void pqeq_pairs(pqeq_atoms &) const override;

  // PolarResponse
  void polar_dipole(double m[3]) override;
  void polar_born(double (*born)[9]) override;
  double polar_field(const double e[3], double (*f)[3], double *virial) override;
  bool polar_field_energy_exact() const override { return false; }

protected:
  std::string file; // parameter file
  pqeq_parameters *parameters;
  pqeq_kernel *kernel;
  PQEqFix *fix;        // borrowed; looked up by every init
  double cutoff, unit; // Angstrom; energy units of the script per eV
  pqeq_rule rule;
  bool any_kernel; // a parameter file made for another interaction is welcome
  std::vector<double> push, atom_energy, atom_virial;

  PQEqFix *find_fix() const; // the only one; error otherwise
  // what differs with coul/pqeq/long
  virtual std::string interaction() const; // name that parameter files may require
  pqeq_kernel_input kernel_input(const std::vector<pqeq_element> &) const;
  virtual polar_code make_kernel(const std::vector<pqeq_element> &, polar_status &);
};

} // namespace LAMMPS_NS

#endif
#endif
