#ifdef FIX_CLASS
// clang-format off
FixStyle(pqeq,FixPQEq);
// clang-format on
#else

#ifndef LMP_FIX_PQEQ_H
#define LMP_FIX_PQEQ_H

#include "fix.h"

#include "field_variables.h"
#include "pqeq_link.h"

#include <string>
#include <vector>

namespace LAMMPS_NS {

/* Charges and shell displacements of pair styles coul/pqeq/... */
class FixPQEq : public Fix, public PQEqFix {
public:
  FixPQEq(class LAMMPS *, int, char **);
  ~FixPQEq() override;
  int setmask() override;
  void init() override;
  void setup_pre_force(int) override;
  void setup_pre_force_respa(int, int) override;
  void pre_force(int) override;
  void pre_force_respa(int, int, int) override;
  void min_pre_force(int) override;
  void setup(int) override;
  void min_setup(int) override;
  void post_force(int) override;
  void post_force_respa(int, int, int) override;
  void min_post_force(int) override;
  double compute_scalar() override;
  double compute_vector(int) override;
  double memory_usage() override;

  void grow_arrays(int) override;
  void copy_arrays(int, int, int) override;
  void set_arrays(int) override;
  int pack_exchange(int, double *) override;
  int unpack_exchange(int, double *) override;
  void write_restart(FILE *) override;
  void restart(char *) override;
  int pack_restart(int, double *) override;
  void unpack_restart(int, int) override;
  int size_restart(int) override;
  int maxsize_restart() override;
  int pack_forward_comm(int, int *, double *, int, int *) override;
  void unpack_forward_comm(int, int, double *) override;
  int pack_reverse_comm(int, int, double *) override;
  void unpack_reverse_comm(int, int *, double *) override;

  // PQEqFix
  double pqeq_umax() const override { return umax; }
  int pqeq_converges() const override { return options.converge; }
  void pqeq_evaluate(pqeq_energies &, const pqeq_derivatives &) override;
  int pqeq_rows() const override;
  void pqeq_total_dipole(double m[3]) override;
  void pqeq_force_in_field(const double extra[3], double (*)[3]) override;

private:
  enum { DEPTH = 4, WIDTH = 4 }; // past solutions that are kept; charge and shell
  PQEqPair *pair;                // borrowed; looked up by every init
  pqeq_solver *solver;
  pqeq_options options;
  pqeq_result result;
  double umax;
  int given_passes;  // by keyword maxpass, 0 if it was not given
  bool given_charge; // by keyword charge
  Polar::FieldVariables field_variables;
  enum { ONE, ZERO, KEEP } fragments; // net charge of each molecule: shared, 0, as it is
  std::vector<int> fragment_of;       // of molecule IDs, the same on all ranks
  std::vector<double> fragment_charge;
  int ilevel_respa;
  bool warned_clamp, warned_close, warned_born;
  bigint unconverged; // steps whose solution did not converge, since the fix exists

  double **shell; // [nmax][3] Angstrom
  double **past;  // [nmax][DEPTH*WIDTH], null with a fixed number of passes
  int npast;
  bigint past_step;

  std::vector<int> species;
  std::vector<unsigned char> given;
  std::vector<int> fragment;
  std::vector<long long> ids;
  std::vector<double> unwrapped;
  std::vector<double> other_charge, other_shell; // of pqeq_force_in_field

  double *traveller; // array that ghost communication is about
  int traveller_width;

  struct Words;
  struct Keyword;
  static const Keyword KEYWORDS[];
  void read_command(int narg, char **arg);
  void read_scheme(const Words &);
  void read_charge(const Words &);
  void read_field(const Words &);
  void check_command();
  void announce();
  void allocate();
  void find_pair();
  void find_level();
  void view(pqeq_atoms &);
  int field_over(int box_vector) const;
  void find_fragments();
  void check_extents(bool any_field);
  void guess();
  void remember();
  void warn_once();
  void closest_pair(tagint who[2]);
  pqeq_comm communication();
  static void sum(void *, double *, int);
  static void maximum(void *, double *, int);
  static void forward(void *, double *, int);
  static void reverse(void *, double *, int);
};

} // namespace LAMMPS_NS

#endif
#endif
