#include "lattice_fft.h"

#include "adapter.h"
#include "atom.h"
#include "comm.h"
#include "domain.h"
#include "error.h"
#include "fft3d_wrap.h"
#include "force.h"
#include "info.h"
#include "memory.h"
#include "pair.h"
#include "platform.h"
#include "site_grid.h"
#include "update.h"

#include <algorithm>
#include <array>
#include <cmath>

using namespace LAMMPS_NS;

#ifdef FFT_SINGLE
#error                                                                                             \
    "lattice/fft needs a LAMMPS whose FFTs are in double precision: configure LAMMPS without FFT_SINGLE"
#endif

LatticeFFT::LatticeFFT(LAMMPS *lmp)
    : KSpace(lmp), model(nullptr), planned_collective(0), fields(0), pairs(0), ncells(0), nbrick(0),
      nk(0), klo{0, 0, 0}, kextent{0, 0, 0}, hermitian(true)
{
  triclinic_support = 1;
  group_group_enable = 0;
  scale = 1.0; // fix adapt
}

LatticeFFT::~LatticeFFT()
{
  drop_transforms();
}

/* LAMMPS with FFT_FFTW_THREADS calls fftw_cleanup_threads() with every FFT3d it deletes, whereupon
 * the plans of all others, ours and those of LAMMPS, are gone and the next deletion crashes. There
 * they are left to the end of the process. */
void LatticeFFT::drop_transforms()
{
  if (Info::get_fft_info().find("FFTW3 with threads") != std::string::npos) {
    forward.release();
    backward.release();
  }
  forward.reset();
  backward.reset();
}

void LatticeFFT::settings(int narg, char **arg)
{
  if (narg != 0)
    error->all(FLERR,
               "kspace_style lattice/fft takes no arguments (it is exact, there is no accuracy to "
               "choose), but found '{}': remove it",
               arg[0]);
}

/* The pair style, or the only sub-style of a hybrid, that has a harmonic crystal */
LatticeModel *LatticeFFT::find_model() const
{
  LatticeModel *model = nullptr;
  const Pair *served = nullptr;
  for (Pair *pair : Polar::pair_styles(lmp)) {
    auto *found = dynamic_cast<LatticeModel *>(pair);
    if (found && model)
      error->all(FLERR,
                 "kspace_style lattice/fft serves one harmonic crystal, but pair_style {} has "
                 "several sub-styles with one, such as eap/long: keep one of them",
                 force->pair_style);
    if (found) {
      model = found;
      served = pair;
    }
  }
  if (model) Polar::serve_only(lmp, "lattice/fft", served);
  return model;
}

void LatticeFFT::init()
{
  model = find_model();
  if (!model)
    error->all(
        FLERR,
        "kspace_style lattice/fft computes the harmonic part of pair_style eap/long, but {}: "
        "use eap/long, also as a sub-style of hybrid/overlay, or kspace_style none",
        force->pair ? fmt::format("pair_style is {}", force->pair_style) : "no pair_style is set");
  if (utils::strmatch(force->pair_style, "^hybrid/scaled"))
    error->all(FLERR,
               "kspace_style lattice/fft computes the harmonic part of pair_style eap/long, which "
               "pair_style {} does not scale: use hybrid/overlay",
               force->pair_style);
  if (domain->dimension != 3 || !domain->xperiodic || !domain->yperiodic || !domain->zperiodic)
    error->all(
        FLERR,
        "kspace_style lattice/fft needs a three-dimensional box that is periodic in x, y and "
        "z: dimension 3 and boundary p p p");
  if (utils::strmatch(update->integrate_style, "^verlet/split"))
    error->all(FLERR,
               "kspace_style lattice/fft cannot work on ranks of its own, as run_style "
               "verlet/split wants: it takes displacements from the pair style of the same rank. "
               "Use run_style verlet");
  if (slabflag || wireflag)
    error->all(FLERR,
               "kspace_style lattice/fft is for bulk crystals, without kspace_modify slab or wire: "
               "remove these keywords");
  if (planned_collective != collective_flag) planned.reset();
}

/* Bricks of real space as the grid has them, vector 0 fastest. Of reciprocal space columns complete
 * along vector 2, which is fastest there, then vector 0, then vector 1: that is how FFT3d's last
 * one-dimensional transforms leave them, and how its first ones take them on the way back, so that
 * two redistributions of the data are saved. */
void LatticeFFT::plan(const SiteGrid &grid)
{
  const double start = platform::walltime();
  const int *N = grid.cells();
  ncells = (bigint)N[0] * N[1] * N[2];
  nbrick = grid.lattice().nown;

  int parts[2] = {0, 0};
  Polar::process_grid(comm->nprocs, 2, parts);
  const int me[2] = {comm->me / parts[1], comm->me % parts[1]};
  std::vector<int> bounds[2]; // of vector 0 and of vector 1
  for (int d = 0; d < 2; d++)
    for (int p = 0; p <= parts[d]; p++) bounds[d].push_back((int)((bigint)N[d] * p / parts[d]));
  klo[2] = 0;
  kextent[2] = N[2];
  for (int d = 0; d < 2; d++) {
    klo[d] = bounds[d][me[d]];
    kextent[d] = bounds[d][me[d] + 1] - klo[d];
  }
  nk = kextent[0] * kextent[1] * kextent[2];
  // an empty brick is named by hi = lo - 1 in all directions
  int khi[3];
  for (int d = 0; d < 3; d++) khi[d] = klo[d] + kextent[d] - 1;

  // indices lowest and highest of each vector
  const std::array<int, 2> x[3] = {
      {grid.lo(0), grid.hi(0)}, {grid.lo(1), grid.hi(1)}, {grid.lo(2), grid.hi(2)}};
  const std::array<int, 2> k[3] = {{klo[0], khi[0]}, {klo[1], khi[1]}, {klo[2], khi[2]}};
  auto make = [&](int fast, int mid, int slow, const std::array<int, 2> *in,
                  const std::array<int, 2> *out, int permute) {
    int unused;
    return std::make_unique<FFT3d>(lmp, world, N[fast], N[mid], N[slow], in[fast][0], in[fast][1],
                                   in[mid][0], in[mid][1], in[slow][0], in[slow][1], out[fast][0],
                                   out[fast][1], out[mid][0], out[mid][1], out[slow][0],
                                   out[slow][1], 0, permute, &unused, collective_flag
#if POLAR_LAMMPS_VERSION >= 20251210
                                   ,
                                   0
#endif
    );
  };
  drop_transforms();
  // order of the output: permute 2 slow, fast, mid; permute 1 mid, slow, fast
  forward = make(0, 1, 2, x, k, 2);
  backward = make(2, 0, 1, k, x, 1);
  pairs = eap_convolution_pairs(fields);
  field.assign(pairs, std::vector<FFT_SCALAR>(2 * (size_t)std::max({nbrick, nk, 1})));
  field_pointer.resize(pairs);
  for (int p = 0; p < pairs; p++) field_pointer[p] = field[p].data();
  gradient.resize((size_t)nbrick * fields);

  plan_mirrors(N, bounds[0], bounds[1]);
  make_kernel(N);
  if (comm->me == 0)
    utils::logmesg(lmp,
                   "kspace_style lattice/fft: {} x {} x {} cells, {} fields, set up in {:.3f} s\n",
                   N[0], N[1], N[2], fields, platform::walltime() - start);
}

/* Which wave vectors to work on, and where -k of each is found */
void LatticeFFT::plan_mirrors(const int N[3], const std::vector<int> &bounds0,
                              const std::vector<int> &bounds1)
{
  const int nprocs = comm->nprocs, parts1 = (int)bounds1.size() - 1;
  std::vector<std::vector<int>> asked(nprocs);  // place there of each value wanted, by rank
  std::vector<std::vector<int>> asking(nprocs); // item here that wants it
  auto part = [](const std::vector<int> &bounds, int i) {
    return (int)(std::upper_bound(bounds.begin(), bounds.end(), i) - bounds.begin()) - 1;
  };
  items.clear();
  for (int i1 = klo[1], k = 0; i1 < klo[1] + kextent[1]; i1++)
    for (int i0 = klo[0]; i0 < klo[0] + kextent[0]; i0++)
      for (int i2 = 0; i2 < kextent[2]; i2++, k++) {
        const int m0 = (N[0] - i0) % N[0], m1 = (N[1] - i1) % N[1], m2 = (N[2] - i2) % N[2];
        const int p0 = part(bounds0, m0), p1 = part(bounds1, m1), rank = p0 * parts1 + p1;
        const int place =
            ((m1 - bounds1[p1]) * (bounds0[p0 + 1] - bounds0[p0]) + m0 - bounds0[p0]) * N[2] + m2;
        if (rank == comm->me) {
          if (k <= place) items.push_back({k, place});
        } else {
          asked[rank].push_back(place);
          asking[rank].push_back((int)items.size());
          items.push_back({k, 0});
        }
      }

  send_count.assign(nprocs, 0);
  send_start.assign(nprocs, 0);
  recv_count.assign(nprocs, 0);
  recv_start.assign(nprocs, 0);
  std::vector<int> wanted;
  for (int r = 0; r < nprocs; r++) {
    recv_count[r] = (int)asked[r].size();
    recv_start[r] = (int)wanted.size();
    for (size_t a = 0; a < asked[r].size(); a++) {
      items[asking[r][a]].mirror = -1 - (int)wanted.size();
      wanted.push_back(asked[r][a]);
    }
  }
  MPI_Alltoall(recv_count.data(), 1, MPI_INT, send_count.data(), 1, MPI_INT, world);
  int total = 0;
  for (int r = 0; r < nprocs; r++) {
    send_start[r] = total;
    total += send_count[r];
  }
  send_place.resize(total);
  MPI_Alltoallv(wanted.data(), recv_count.data(), recv_start.data(), MPI_INT, send_place.data(),
                send_count.data(), send_start.data(), MPI_INT, world);
  send_buffer.resize((size_t)total * pairs * 2);
  recv_buffer.resize(wanted.size() * pairs * 2);
  for (int r = 0; r < nprocs; r++) { // from here on in doubles
    send_count[r] *= 2 * pairs;
    send_start[r] *= 2 * pairs;
    recv_count[r] *= 2 * pairs;
    recv_start[r] *= 2 * pairs;
  }
}

namespace {
double *aligned(std::vector<double> &store)
{
  return reinterpret_cast<double *>((reinterpret_cast<uintptr_t>(store.data()) + 63) / 64 * 64);
}
} // namespace

void LatticeFFT::make_kernel(const int N[3])
{
  hermitian = model->lattice_hermitian();
  const size_t size = eap_convolution_kernel_size(fields, hermitian);
  const size_t square = (size_t)fields * fields;
  kernel.assign(size * eap_convolution_batches(items.size()) + 8, 0.0);
  scratch.resize(eap_convolution_scratch(fields) + 8);
  std::vector<double> d(2 * square + model->lattice_scratch());
  double *re = d.data(), *im = re + square;
  for (size_t t = 0; t < items.size(); t++) {
    const int k = items[t].k;
    const int i2 = k % kextent[2], i0 = klo[0] + k / kextent[2] % kextent[0],
              i1 = klo[1] + k / kextent[2] / kextent[0];
    const double q[3] = {(double)i0 / N[0], (double)i1 / N[1], (double)i2 / N[2]};
    model->lattice_kernel(q, re, im, im + square);
    eap_convolution_pack(fields, hermitian, t % POLAR_LANES, 1.0 / (double)ncells, re, im,
                         aligned(kernel) + size * (t / POLAR_LANES));
  }
}

void LatticeFFT::exchange_mirrors()
{
  if (comm->nprocs == 1) return;
  for (size_t v = 0; v < send_place.size(); v++)
    for (int p = 0; p < pairs; p++) {
      send_buffer[2 * (v * pairs + p)] = field[p][2 * (size_t)send_place[v]];
      send_buffer[2 * (v * pairs + p) + 1] = field[p][2 * (size_t)send_place[v] + 1];
    }
  MPI_Alltoallv(send_buffer.data(), send_count.data(), send_start.data(), MPI_DOUBLE,
                recv_buffer.data(), recv_count.data(), recv_start.data(), MPI_DOUBLE, world);
}

void LatticeFFT::compute(int eflag, int vflag)
{
  ev_init(eflag, vflag);
  std::shared_ptr<const SiteGrid> grid;
  const double *u = model->lattice_displacements(grid, fields);
  if (grid != planned) { // runs that follow each other share a plan: the kernel is expensive
    plan(*grid);
    planned = grid;
    planned_collective = collective_flag;
  }

  for (int c = 0; c < nbrick; c++, u += fields) {
    for (int p = 0; p < pairs; p++) {
      field_pointer[p][2 * (size_t)c] = u[2 * p];
      field_pointer[p][2 * (size_t)c + 1] = 2 * p + 1 < fields ? u[2 * p + 1] : 0.0;
    }
  }
  for (double *z : field_pointer) forward->compute(z, z, FFT3d::FORWARD);
  exchange_mirrors();
  eap_convolution_apply(fields, hermitian, (int)items.size(), items.data(), aligned(kernel),
                        field_pointer.data(), recv_buffer.data(), aligned(scratch));
  for (double *z : field_pointer) backward->compute(z, z, FFT3d::BACKWARD);
  double *g = gradient.data();
  for (int c = 0; c < nbrick; c++, g += fields)
    for (int p = 0; p < pairs; p++) {
      g[2 * p] = scale * field_pointer[p][2 * (size_t)c];
      if (2 * p + 1 < fields) g[2 * p + 1] = scale * field_pointer[p][2 * (size_t)c + 1];
    }

  double mine = 0.0;
  model->lattice_finish(gradient.data(), eflag_global ? &mine : nullptr,
                        vflag_global ? virial : nullptr, eflag_atom ? eatom : nullptr,
                        vflag_atom ? reinterpret_cast<double(*)[6]>(vatom[0]) : nullptr);
  if (eflag_global) MPI_Allreduce(&mine, &energy, 1, MPI_DOUBLE, MPI_SUM, world);
  if (vflag_global) {
    double sum[6];
    MPI_Allreduce(virial, sum, 6, MPI_DOUBLE, MPI_SUM, world);
    std::copy(sum, sum + 6, virial);
  }
}

double LatticeFFT::memory_usage()
{
  double bytes =
      (double)sizeof(double) * (kernel.capacity() + gradient.capacity() + scratch.capacity() +
                                send_buffer.capacity() + recv_buffer.capacity());
  for (auto &z : field) bytes += (double)sizeof(FFT_SCALAR) * z.capacity();
  return bytes + (double)sizeof(eap_convolution_item) * items.capacity();
}
