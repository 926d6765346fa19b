#include "site_grid.h"

#include "adapter.h"
#include "comm.h"
#include "eap/eap_sites.h"
#include "error.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace LAMMPS_NS;

namespace {
constexpr int TAG = 0x501A;
}

SiteGrid::SiteGrid(LAMMPS *lmp, const int cells[3], int n_,
                   const std::vector<std::array<int, 3>> &offset)
    : Pointers(lmp), n(n_), view{}
{
  for (int d = 0; d < 3; d++) ncell[d] = cells[d];
  bound = wanted_bounds();
  brick_rank = wanted_ranks(bound);
  for (int d = 0; d < 3; d++) {
    part_of[d].resize(ncell[d]);
    for (int p = 0; p + 1 < (int)bound[d].size(); p++)
      for (int i = bound[d][p]; i < bound[d][p + 1]; i++) part_of[d][i] = p;
  }
  int brick = (int)(std::find(brick_rank.begin(), brick_rank.end(), comm->me) - brick_rank.begin());
  for (int d = 2; d >= 0; d--) {
    const int parts = (int)bound[d].size() - 1, p = brick % parts;
    first[d] = bound[d][p];
    extent[d] = bound[d][p + 1] - first[d];
    brick /= parts;
  }
  build_ghosts(offset);
}

/* Boundaries of the bricks: those of the subdomains, rounded to whole cells. LAMMPS' tiled
 * decomposition has no grid: there an own one is used, at the price of more atoms travelling. */
std::array<std::vector<int>, 3> SiteGrid::wanted_bounds() const
{
  std::array<std::vector<int>, 3> b;
  int parts[3] = {comm->procgrid[0], comm->procgrid[1], comm->procgrid[2]};
  const bool tiled = comm->layout == Comm::LAYOUT_TILED;
  if (tiled) {
    parts[0] = parts[1] = parts[2] = 0;
    Polar::process_grid(comm->nprocs, 3, parts);
  }
  const double *split[3] = {comm->xsplit, comm->ysplit, comm->zsplit};
  for (int d = 0; d < 3; d++) {
    b[d].assign(parts[d] + 1, 0);
    for (int p = 1; p <= parts[d]; p++) {
      const double fraction =
          (tiled || comm->layout == Comm::LAYOUT_UNIFORM) ? (double)p / parts[d] : split[d][p];
      b[d][p] =
          std::max(b[d][p - 1], std::min(ncell[d], (int)std::floor(ncell[d] * fraction + 0.5)));
    }
    b[d][parts[d]] = ncell[d];
  }
  return b;
}

std::vector<int> SiteGrid::wanted_ranks(const std::array<std::vector<int>, 3> &bounds) const
{
  const int parts[3] = {(int)bounds[0].size() - 1, (int)bounds[1].size() - 1,
                        (int)bounds[2].size() - 1};
  std::vector<int> ranks;
  for (int p0 = 0; p0 < parts[0]; p0++)
    for (int p1 = 0; p1 < parts[1]; p1++)
      for (int p2 = 0; p2 < parts[2]; p2++)
        ranks.push_back(comm->layout == Comm::LAYOUT_TILED ? (int)ranks.size()
                                                           : comm->grid2proc[p0][p1][p2]);
  return ranks;
}

bool SiteGrid::up_to_date() const
{
  const auto bounds = wanted_bounds();
  return bounds == bound && wanted_ranks(bounds) == brick_rank;
}

/* Rank that owns a cell (indices within the supercell) and the cell's local number there */
int SiteGrid::owner(const int cell[3], int &local) const
{
  int brick = 0, stride = 1;
  local = 0;
  for (int d = 0; d < 3; d++) {
    const int p = part_of[d][cell[d]];
    brick = brick * ((int)bound[d].size() - 1) + p;
    local += stride * (cell[d] - bound[d][p]);
    stride *= bound[d][p + 1] - bound[d][p];
  }
  return brick_rank[brick];
}

void SiteGrid::cell_of(int local, int cell[3]) const
{
  for (int d = 0; d < 3; d++) {
    cell[d] = first[d] + local % extent[d];
    local /= extent[d];
  }
}

/* Neighbor table, and which cells of other ranks it needs. */
void SiteGrid::build_ghosts(const std::vector<std::array<int, 3>> &offset)
{
  view.nown = extent[0] * extent[1] * extent[2];
  view.noffset = (int)offset.size();
  neighbor.resize((size_t)view.nown * view.noffset);

  std::map<std::pair<int, int>, std::vector<size_t>> remote; // (rank, its cell) -> table entries
  for (int c = 0; c < view.nown; c++) {
    int home[3];
    cell_of(c, home);
    for (int o = 0; o < view.noffset; o++) {
      int cell[3], local;
      for (int d = 0; d < 3; d++) {
        cell[d] = (home[d] + offset[o][d]) % ncell[d];
        if (cell[d] < 0) cell[d] += ncell[d];
      }
      const int rank = owner(cell, local);
      const size_t entry = (size_t)c * view.noffset + o;
      if (rank == comm->me) neighbor[entry] = local;
      else remote[{rank, local}].push_back(entry);
    }
  }

  std::vector<int> count(comm->nprocs, 0), asked(comm->nprocs), start(comm->nprocs),
      asked_start(comm->nprocs), want;
  int ghost = view.nown;
  ghost_recv.clear();
  for (auto &item : remote) {
    const int rank = item.first.first;
    if (ghost_recv.empty() || ghost_recv.back().rank != rank)
      ghost_recv.push_back({rank, ghost - view.nown, ghost - view.nown});
    ghost_recv.back().end++;
    want.push_back(item.first.second);
    count[rank]++;
    for (size_t entry : item.second) neighbor[entry] = ghost;
    ghost++;
  }
  view.nall = ghost;
  view.neighbor = neighbor.data();

  MPI_Alltoall(count.data(), 1, MPI_INT, asked.data(), 1, MPI_INT, world);
  int total = 0, sent = 0;
  ghost_send.clear();
  for (int r = 0; r < comm->nprocs; r++) {
    start[r] = sent;
    sent += count[r];
    asked_start[r] = total;
    if (asked[r]) ghost_send.push_back({r, total, total + asked[r]});
    total += asked[r];
  }
  ghost_cell.resize(total);
  MPI_Alltoallv(want.data(), count.data(), start.data(), MPI_INT, ghost_cell.data(), asked.data(),
                asked_start.data(), MPI_INT, world);
}

void SiteGrid::assign(const int64_t *site, const tagint *tag, int nlocal)
{
  const int nprocs = comm->nprocs;
  own_atom.clear();
  own_slot.clear();
  std::vector<std::array<int, 3>> leaving; // rank, slot there, atom here
  for (int i = 0; i < nlocal; i++) {
    if (site[i] < 0) continue;
    int cell[3], k, local;
    eap_site_split(ncell, n, site[i], cell, &k);
    const int rank = owner(cell, local);
    const int slot = local * n + k;
    if (rank == comm->me) {
      own_atom.push_back(i);
      own_slot.push_back(slot);
    } else leaving.push_back({rank, slot, i});
  }
  std::sort(leaving.begin(), leaving.end());

  std::vector<int> count(nprocs, 0), coming(nprocs), start(nprocs), coming_start(nprocs), slots;
  std::vector<tagint> tags;
  away.clear();
  away_atom.clear();
  for (auto &item : leaving) {
    if (away.empty() || away.back().rank != item[0])
      away.push_back({item[0], (int)away_atom.size(), (int)away_atom.size()});
    away.back().end++;
    count[item[0]]++;
    slots.push_back(item[1]);
    away_atom.push_back(item[2]);
    tags.push_back(tag[item[2]]);
  }
  MPI_Alltoall(count.data(), 1, MPI_INT, coming.data(), 1, MPI_INT, world);
  int total = 0, sent = 0;
  guest.clear();
  for (int r = 0; r < nprocs; r++) {
    start[r] = sent;
    sent += count[r];
    coming_start[r] = total;
    if (coming[r]) guest.push_back({r, total, total + coming[r]});
    total += coming[r];
  }
  guest_slot.resize(total);
  std::vector<tagint> guest_tag(total);
  MPI_Alltoallv(slots.data(), count.data(), start.data(), MPI_INT, guest_slot.data(), coming.data(),
                coming_start.data(), MPI_INT, world);
  MPI_Alltoallv(tags.data(), count.data(), start.data(), MPI_LMP_TAGINT, guest_tag.data(),
                coming.data(), coming_start.data(), MPI_LMP_TAGINT, world);

  // one atom per site
  polar_status st = {};
  std::vector<tagint> holder((size_t)view.nown * n, 0);
  std::vector<char> taken((size_t)view.nown * n, 0);
  auto put = [&](int slot, tagint id) {
    if (taken[slot] && !st.code) {
      int cell[3];
      cell_of(slot / n, cell);
      polar_fail(&st, POLAR_SITE,
                 "Atoms %lld and %lld both map to sublattice %d of cell (%d, %d, %d), counted from "
                 "0; each lattice site must hold one atom. Check that the structure is the model's "
                 "crystal, without interstitials or atoms that have changed places",
                 (long long)holder[slot], (long long)id, slot % n, cell[0], cell[1], cell[2]);
    }
    taken[slot] = 1;
    holder[slot] = id;
  };
  for (size_t a = 0; a < own_atom.size(); a++) put(own_slot[a], tag[own_atom[a]]);
  for (int g = 0; g < total; g++) put(guest_slot[g], guest_tag[g]);
  for (size_t s = 0; s < taken.size() && !st.code; s++)
    if (!taken[s]) {
      int cell[3];
      cell_of((int)(s / n), cell);
      polar_fail(
          &st, POLAR_SITE,
          "No atom maps to sublattice %d of cell (%d, %d, %d), counted from 0; each lattice "
          "site must hold one atom. Check that the structure is the model's crystal, without "
          "vacancies or atoms that have changed places",
          (int)(s % n), cell[0], cell[1], cell[2]);
    }
  Polar::raise(lmp, FLERR, st);
}

void SiteGrid::exchange(const std::vector<Message> &send, const double *sendbuf,
                        const std::vector<Message> &recv, double *recvbuf, int width)
{
  requests.resize(send.size() + recv.size());
  int r = 0;
  for (auto &m : recv)
    MPI_Irecv(recvbuf + (size_t)m.begin * width, (m.end - m.begin) * width, MPI_DOUBLE, m.rank, TAG,
              world, &requests[r++]);
  for (auto &m : send)
    MPI_Isend(sendbuf + (size_t)m.begin * width, (m.end - m.begin) * width, MPI_DOUBLE, m.rank, TAG,
              world, &requests[r++]);
#ifndef MPI_STUBS // which has one process, and hence no messages
  MPI_Waitall(r, requests.data(), MPI_STATUSES_IGNORE);
#endif
}

namespace {
void gather(const std::vector<int> &index, const double *from, double *to, int width)
{
  for (size_t a = 0; a < index.size(); a++)
    for (int w = 0; w < width; w++) to[a * width + w] = from[(size_t)index[a] * width + w];
}

void scatter(const std::vector<int> &index, const double *from, double *to, int width)
{
  for (size_t a = 0; a < index.size(); a++)
    for (int w = 0; w < width; w++) to[(size_t)index[a] * width + w] = from[a * width + w];
}
} // namespace

void SiteGrid::to_sites(const double *atoms, double *sites, int width)
{
  for (size_t a = 0; a < own_atom.size(); a++)
    for (int w = 0; w < width; w++)
      sites[(size_t)own_slot[a] * width + w] = atoms[(size_t)own_atom[a] * width + w];
  if (away.empty() && guest.empty()) return;
  buffer_a.resize(away_atom.size() * width);
  buffer_b.resize(guest_slot.size() * width);
  gather(away_atom, atoms, buffer_a.data(), width);
  exchange(away, buffer_a.data(), guest, buffer_b.data(), width);
  scatter(guest_slot, buffer_b.data(), sites, width);
}

/* values of sites of other ranks' atoms -> buffer_a in the order of away_atom there */
void SiteGrid::return_guests(const double *sites, int width)
{
  buffer_a.resize(away_atom.size() * width);
  buffer_b.resize(guest_slot.size() * width);
  gather(guest_slot, sites, buffer_b.data(), width);
  exchange(guest, buffer_b.data(), away, buffer_a.data(), width);
}

void SiteGrid::to_atoms(const double *sites, double *atoms, int width)
{
  deliver(sites, width, [=](int i, const double *value) {
    for (int w = 0; w < width; w++) atoms[(size_t)i * width + w] = value[w];
  });
}

void SiteGrid::fill_ghosts(double *cells, int width)
{
  if (ghost_send.empty() && ghost_recv.empty()) return;
  buffer_a.resize(ghost_cell.size() * width);
  gather(ghost_cell, cells, buffer_a.data(), width);
  exchange(ghost_send, buffer_a.data(), ghost_recv, cells + (size_t)view.nown * width, width);
}

void SiteGrid::add_ghosts(double *cells, int width)
{
  if (ghost_send.empty() && ghost_recv.empty()) return;
  buffer_a.resize(ghost_cell.size() * width);
  exchange(ghost_recv, cells + (size_t)view.nown * width, ghost_send, buffer_a.data(), width);
  for (size_t g = 0; g < ghost_cell.size(); g++)
    for (int w = 0; w < width; w++)
      cells[(size_t)ghost_cell[g] * width + w] += buffer_a[g * width + w];
}

double SiteGrid::memory_usage() const
{
  return (double)sizeof(int) *
             (neighbor.capacity() + ghost_cell.capacity() + own_atom.capacity() +
              own_slot.capacity() + away_atom.capacity() + guest_slot.capacity()) +
         (double)sizeof(double) * (buffer_a.capacity() + buffer_b.capacity());
}
