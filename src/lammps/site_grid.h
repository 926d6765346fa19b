/* The crystal's cells spread over the ranks as bricks, and the traffic between them and the atoms.
 *
 * Each rank owns one brick of cells, cut along LAMMPS' processor grid; an atom's values travel to
 * the rank that owns its site (nearly always its own rank) and back. The plan depends on which
 * atoms a rank has, not on positions, and is rebuilt after LAMMPS has exchanged atoms. No LAMMPS
 * ghost atoms and no neighbor list are needed, so supercells of any size and boxes smaller than the
 * interaction range are nothing special. */
#ifndef LMP_SITE_GRID_H
#define LMP_SITE_GRID_H

#include "eap/eap_lattice.h"
#include "pointers.h"

#include <array>
#include <cstdint>
#include <vector>

namespace LAMMPS_NS {

class SiteGrid : protected Pointers {
public:
  // cells[3]: supercell; n: sites per cell; offset[noffset][3]: cells each cell must see.
  // Collective, as are all functions below that move data.
  SiteGrid(LAMMPS *lmp, const int cells[3], int n, const std::vector<std::array<int, 3>> &offset);

  // true if the bricks still are those that LAMMPS' present processor grid asks for
  bool up_to_date() const;

  const int *cells() const { return ncell; }
  int sites_per_cell() const { return n; }
  int lo(int d) const { return first[d]; }                 // owned cells along vector d: lo..hi,
  int hi(int d) const { return first[d] + extent[d] - 1; } // hi = lo-1 if none
  const eap_lattice &lattice() const { return view; }
  // supercell indices of an owned cell; vector 0 runs fastest, as LAMMPS creates and sorts atoms
  void cell_of(int local, int cell[3]) const;

  // Build the plan for the local atoms: site[nlocal] numbers as in eap/eap_sites.h (< 0: the atom
  // has none), tag[nlocal] for messages. Stops with an error unless every site gets one atom.
  void assign(const int64_t *site, const tagint *tag, int nlocal);

  // values of atoms -> owned sites; width doubles each
  void to_sites(const double *atoms, double *sites, int width);
  // values of owned sites -> atoms: take(atom, value) for each atom that has a site
  template <class Take>
  void deliver(const double *sites, int width, Take take)
  {
    for (size_t a = 0; a < own_atom.size(); a++)
      take(own_atom[a], sites + (size_t)own_slot[a] * width);
    if (away.empty() && guest.empty()) return;
    return_guests(sites, width);
    for (size_t a = 0; a < away_atom.size(); a++) take(away_atom[a], &buffer_a[a * width]);
  }
  // the same into an array; atoms without a site are left alone
  void to_atoms(const double *sites, double *atoms, int width);
  // copy owned cells' values to their ghosts (width doubles per cell), and add ghosts' to owners
  void fill_ghosts(double *cells, int width);
  void add_ghosts(double *cells, int width);

  double memory_usage() const;

private:
  // messages to or from one rank: items begin..end-1 of the list that goes with it
  struct Message {
    int rank, begin, end;
  };

  int ncell[3], n;
  std::array<std::vector<int>, 3> bound;   // brick boundaries along each vector
  std::array<std::vector<int>, 3> part_of; // brick coordinate of a cell index
  std::vector<int> brick_rank;             // rank of each brick, last coordinate fastest
  int first[3], extent[3];
  eap_lattice view;
  std::vector<int> neighbor;

  std::vector<int> ghost_cell;                 // owned cells that are ghosts elsewhere, by message
  std::vector<Message> ghost_send, ghost_recv; // ghost_recv: items are ghost cells in order
  std::vector<int> own_atom, own_slot;         // atoms whose site is on this rank
  std::vector<int> away_atom, guest_slot; // atoms whose site is elsewhere; sites of others' atoms
  std::vector<Message> away, guest;
  std::vector<double> buffer_a, buffer_b;
  std::vector<MPI_Request> requests;

  std::array<std::vector<int>, 3> wanted_bounds() const;
  std::vector<int> wanted_ranks(const std::array<std::vector<int>, 3> &bounds) const;
  int owner(const int cell[3], int &local) const;
  void return_guests(const double *sites, int width);
  void build_ghosts(const std::vector<std::array<int, 3>> &offset);
  void exchange(const std::vector<Message> &send, const double *sendbuf,
                const std::vector<Message> &recv, double *recvbuf, int width);
};

} // namespace LAMMPS_NS

#endif
