/* The crystal an effective atomic potential sees in LAMMPS' box: which atom is which lattice site,
 * the strain of the box, and the displacements on the grid of cells.
 *
 * A displacement is u = x - boxlo - h s0: the affinely strained reference position is subtracted.
 * The periodic image of s0 is the one nearest to the atom once the crystal's mean drift is taken
 * off, so that neither image flags nor the order of atoms matter, and a crystal may drift round the
 * box. */
#ifndef LMP_EAP_CRYSTAL_H
#define LMP_EAP_CRYSTAL_H

#include "eap/eap_sites.h"
#include "eap/eap_strain.h"
#include "pointers.h"
#include "site_grid.h"

#include <memory>
#include <string>
#include <vector>

namespace LAMMPS_NS {
class FixEAPSites;

class EAPCrystal : protected Pointers {
public:
  struct Settings {
    eap_rotate rotate = EAP_ROTATE_POLAR;
    int cells[3] = {0, 0, 0}; // 0: from the box
    bool by_id = false;
    double umax = 1.5;    // Angstrom
    bool balance = false; // take off a residual total force, as MULTIBINIT does
  };

  // system outlives this; element_of[type]: atomic number, 0 for types that are not of the crystal;
  // offsets: cells each cell must see
  EAPCrystal(LAMMPS *lmp, const eap_system *system, const Settings &settings,
             const std::vector<int> &element_of, std::vector<std::array<int, 3>> offsets);
  ~EAPCrystal() override;

  void init(FixEAPSites *fix); // before a run
  void locate();               // after atoms were exchanged. Collective.
  void displace();             // strain and displacements of the present positions. Collective.

  // dE/du on owned sites (crystal's frame) -> forces of the local atoms, times `unit`
  void add_forces(const double *gradient, double unit);
  // a 3x3 tensor and a vector of the crystal's frame in LAMMPS' frame; virial from the model's
  // frame
  void tensor_to_lab(const double crystal[3][3], double lab[3][3]) const;
  void vector_to_lab(const double crystal[3], double lab[3]) const;
  void vector_from_lab(const double lab[3], double crystal[3]) const;
  void model_to_lab(const double w[3][3], double lab[3][3]) const;
  // mean of u over all sites of all ranks. Collective.
  void mean_displacement(double mean[3]) const;
  // reference position of sublattice k in a cell (drift included), inside the box
  void reference_position(const int cell[3], int k, double x[3]) const;

  int n;                          // sites per cell
  bigint natoms;                  // atoms of the crystal
  std::shared_ptr<SiteGrid> grid; // another one after each change of model, supercell or bricks
  eap_strain strain;
  std::vector<double> u;       // [nall][n][3] in the crystal's frame, ghosts included
  std::vector<double> atom_u;  // [nlocal][3] the same for the local atoms
  std::vector<int> sublattice; // [nlocal], -1 for atoms that are not of the crystal
  double memory_usage() const;

private:
  const eap_system *system;
  Settings settings;
  std::vector<int> element_of;
  std::vector<std::array<int, 3>> offsets;
  eap_sites *sites;
  FixEAPSites *fix;
  int N[3];
  double frame[3][3];      // model's frame -> LAMMPS' frame
  double h0_inverse[3][3]; // of the reference supercell, model's frame
  double to_lab[3][3];     // crystal's frame -> LAMMPS' frame
  double last_F[3][3];
  bool have_F;
  std::vector<double> reference; // [nlocal][3] reference position in cells, image included
  std::vector<double> work;

  void box_matrix(double h[3][3]) const;
  void count_atoms();
  void check_inventory() const;
  void choose_cells();
  void map_atoms();
  bool created_anew() const;
  void map_by_id(const double x_to_v[3][3]);
  void map_nearest(const double x_to_v[3][3]);
  struct Fit {          // of the atoms to a lattice
    double worst, mine; // largest distance of an atom from its site, Angstrom: of all, of this rank
    int atom;           // local index of the latter, -1 if there is none
    double centre[3];   // mean of (atom - site), cells: the origin that fits best
  };
  Fit fit(const double x_to_v[3][3], const double origin[3]);
  std::vector<std::array<double, 3>> origins(const double x_to_v[3][3]) const;
  void cell_position(const double x_to_v[3][3], int i, double v[3]) const;
  void check_flip();
  void check_displacements(const double sum[3], double largest2) const;
  void remove_residual(std::vector<double> &gradient) const;
};

} // namespace LAMMPS_NS

#endif
