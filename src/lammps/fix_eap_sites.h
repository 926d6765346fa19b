#ifdef FIX_CLASS
// clang-format off
FixStyle(eap/sites,FixEAPSites);
// clang-format on
#else

#ifndef LMP_FIX_EAP_SITES_H
#define LMP_FIX_EAP_SITES_H

#include "fix.h"

#include <cstdint>

namespace LAMMPS_NS {

/* Made by pair_style eap, not by users: the lattice site of each atom, which migrates with the
 * atom, and the place of the lattice in the box, which goes into restart files.
 *
 * The per-atom numbers live only while a run lasts. Between runs they are found again from the
 * positions, the stored origin and the stored drift; that keeps commands like replicate, which
 * refuse to work beside per-atom storage, usable between runs and after read_restart. */
class FixEAPSites : public Fix {
public:
  FixEAPSites(class LAMMPS *, int, char **);
  ~FixEAPSites() override;
  int setmask() override { return 0; }
  void post_run() override { forget(); }

  void grow_arrays(int) override;
  void copy_arrays(int, int, int) override;
  void set_arrays(int) override;
  int pack_exchange(int, double *) override;
  int unpack_exchange(int, double *) override;
  void write_restart(FILE *) override;
  void restart(char *) override;
  double memory_usage() override;

  void remember(); // start storing sites: allocates, every atom without a site
  void forget();

  bool stored = false;                // per-atom sites are valid
  bool placed = false;                // origin and drift are valid
  int64_t *site = nullptr;            // [nmax] number of the atom's site, -1 none
  double origin[3] = {0.0, 0.0, 0.0}; // of the lattice in the box, in cells
  double drift[3] = {0.0, 0.0, 0.0};  // mean displacement since then, in cells
};

} // namespace LAMMPS_NS

#endif
#endif
