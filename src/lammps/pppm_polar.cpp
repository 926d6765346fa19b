#include "pppm_polar.h"

#include "adapter.h"
#include "atom.h"
#include "base/mat3.h"
#include "comm.h"
#include "domain.h"
#include "error.h"
#include "fft3d_wrap.h"
#include "force.h"
#include "grid3d.h"
#include "math_const.h"
#include "math_special.h"
#include "memory.h"
#include "polar_client.h"

#include <algorithm>
#include <cmath>

using namespace LAMMPS_NS;
using namespace MathConst;
using MathSpecial::powsinxx;
using MathSpecial::square;

#ifdef FFT_SINGLE
#error                                                                                             \
    "pppm/polar needs a LAMMPS whose FFTs are in double precision: configure LAMMPS without FFT_SINGLE"
#endif

// a mesh of the relative rounding of its sums, with room
static constexpr double LEAST_ACCURACY = 1e-13;

// liquid water with latent charges, for which the mesh is chosen: mean square of the charges, e^2,
// and atoms per cubic Angstrom
static constexpr double WATER_Q2 = 0.095, WATER_DENSITY = 0.1;
// times the error asked for, from where a warning is due: the estimate is good to a factor of 2
static constexpr double MUCH_LARGER = 5.0;

PPPMPolar::PPPMPolar(LAMMPS *lmp)
    : PPPM(lmp), client(nullptr), kernel{}, begun(false), judged(false), kset_inverse{}, stencils{}
{
  order = 0; // not chosen
}

PPPMPolar::~PPPMPolar()
{
  for (auto &s : stencils) coul_stencils_free(&s);
  if (copymode || !client) return;
  memory->destroy3d_offset(u_brick, nzlo_out, nylo_out, nxlo_out);
  u_brick = nullptr;
}

void PPPMPolar::init()
{
  client = Polar::find_client(lmp, "pppm/polar", false);
  // the transforms, bound by memory, cost more than the weights: 7 is the fastest at equal accuracy
  if (order == 0) order = client ? 7 : 5;
  if (!client) {
    PPPM::init();
    return;
  }
  kernel = client->polar_kernel();
  Polar::check_box(lmp, "pppm/polar", slabflag || wireflag);
  if (!atom->q_flag)
    error->all(FLERR,
               "kspace_style pppm/polar needs atoms with charges, such as atom_style charge, to "
               "keep those of the pair style");
  if (stagger_flag)
    error->all(FLERR,
               "kspace_style pppm/polar has no staggered mesh: remove pppm/stagger or use pppm");
  g_ewald = 1.0 / (std::sqrt(2.0) * kernel.sigma);
  gewaldflag = 1;
  differentiation_flag = 0; // of pppm; ours is that of the mesh energy, also in triclinic boxes
  begun = judged = false;
  PPPM::init();
}

/* Charges are those of the pair style and not known before a run; they need not be neutral */
void PPPMPolar::qsum_qsq(int warning_flag)
{
  if (!client) PPPM::qsum_qsq(warning_flag);
  else qsum = qsqsum = q2 = 0.0;
}

/* RMS force error over the force of two elementary charges at 1 Angstrom, for a mesh of spacing h:
 * fitted to water with latent charges (orders 5 to 7, h/sigma 0.4 to 0.8, within 30 %); see
 * judge_accuracy for others */
double PPPMPolar::mesh_error(double h) const
{
  return 2.3e-4 * std::pow(0.6, order - 5) * std::pow(h / kernel.sigma, 1.3 * order - 1.1);
}

double PPPMPolar::compute_df_kspace()
{
  if (!client) return PPPM::compute_df_kspace();
  return two_charge_force * mesh_error(std::max({h_x, h_y, h_z}));
}

void PPPMPolar::set_grid_global()
{
  if (!client) {
    PPPM::set_grid_global();
    return;
  }
  if (!gridflag && !(accuracy >= LEAST_ACCURACY * two_charge_force))
    error->all(
        FLERR,
        "kspace_style pppm/polar: the accuracy is {:.3g} of the force between two elementary "
        "charges at 1 Angstrom, expected {} to 1: rounding leaves no more",
        accuracy / two_charge_force, LEAST_ACCURACY);
  const double *b = domain->h; // xx yy zz yz xz xy
  const double length[3] = {b[0], std::sqrt(b[1] * b[1] + b[5] * b[5]),
                            std::sqrt(b[2] * b[2] + b[3] * b[3] + b[4] * b[4])};
  int *n[3] = {&nx_pppm, &ny_pppm, &nz_pppm};
  double h = 2.0 * kernel.sigma;
  qdist = kernel.reach;
  while (two_charge_force * mesh_error(h) > accuracy && h > 1e-3 * kernel.sigma) h *= 0.98;
  for (int d = 0; d < 3; d++) {
    // every wave vector of the kernel must be one of the mesh
    const int least =
        kernel.cut ? 2 * (int)(kernel.kmax * (1.0 + 1e-9) * length[d] / MY_2PI) + 2 : order;
    if (!gridflag) *n[d] = std::max((int)std::ceil(length[d] / h), least);
    else if (*n[d] < least)
      error->all(FLERR,
                 "kspace_style pppm/polar: kspace_modify mesh gives {} points along box vector {}, "
                 "expected at least {}, {}",
                 *n[d], d + 1, least,
                 kernel.cut ? fmt::format("for wave vectors up to {:.6g}", kernel.kmax)
                            : "the order of the assignment");
    while (!factorable(*n[d])) (*n[d])++;
    if (*n[d] >= 16384) error->all(FLERR, "kspace_style pppm/polar: the mesh is too large");
  }
  h_x = length[0] / nx_pppm;
  h_y = length[1] / ny_pppm;
  h_z = length[2] / nz_pppm;
}

void PPPMPolar::allocate()
{
  PPPM::allocate();
  if (!client || u_brick) return;
  // room behind the last point: see coul_mesh_room
  const int plane = (nyhi_out - nylo_out + 1) * (nxhi_out - nxlo_out + 1);
  const int top = nzhi_out + (COUL_MESH_ORDER + plane - 1) / plane;
  memory->destroy3d_offset(density_brick, nzlo_out, nylo_out, nxlo_out);
  memory->create3d_offset(density_brick, nzlo_out, top, nylo_out, nyhi_out, nxlo_out, nxhi_out,
                          "pppm:density_brick");
  memory->create3d_offset(u_brick, nzlo_out, top, nylo_out, nyhi_out, nxlo_out, nxhi_out,
                          "pppm:u_brick");
  const coul_mesh m = mesh();
  FFT_SCALAR *const u = &u_brick[nzlo_out][nylo_out][nxlo_out];
  std::fill(u, u + coul_mesh_room(&m), 0.0);
  kept.clear();
}

void PPPMPolar::deallocate()
{
  if (client && u_brick) {
    memory->destroy3d_offset(u_brick, nzlo_out, nylo_out, nxlo_out);
    u_brick = nullptr;
  }
  PPPM::deallocate();
}

void PPPMPolar::reset_grid()
{
  if (client) differentiation_flag = 0;
  PPPM::reset_grid();
}

void PPPMPolar::compute_gf_ik()
{
  if (!client) PPPM::compute_gf_ik();
}

void PPPMPolar::setup()
{
  // change_box to a shrink-wrapped boundary asks for it before the first init
  if (!density_brick) return;
  PPPM::setup();
  if (!client) return;
  if (!begun || !Polar::freeze(lmp, kernel)) {
    const double *b = domain->h;
    const double h[3][3] = {{b[0], b[5], b[4]}, {0.0, b[1], b[3]}, {0.0, 0.0, b[2]}};
    mat3_inverse(h, kset_inverse);
    const int n[3] = {nx_pppm, ny_pppm, nz_pppm};
    for (int d = 0; d < 3 && kernel.cut; d++) {
      const double length = std::sqrt(h[0][d] * h[0][d] + h[1][d] * h[1][d] + h[2][d] * h[2][d]);
      if (2 * (int)(kernel.kmax * (1.0 + 1e-9) * length / MY_2PI) + 1 > n[d])
        error->all(
            FLERR,
            "kspace_style pppm/polar: the box has grown so much that the mesh, {} points along "
            "vector {}, lacks wave vectors of the pair style: split the run, or use kset frozen",
            n[d], d + 1);
    }
  }
  begun = true;
  make_green();
}

/* 4 pi/k^2 exp(-sigma^2 k^2/2) U^2/(sum_m U_m^2)^2, U the transform of the assignment function and
 * U_m its aliases: the best fit to the energy (Ballenegger, Cerda, Holm, J. Chem. Theory Comput. 8,
 * 936 (2012)). Nothing beyond the wave vectors of the pair style. */
void PPPMPolar::make_green()
{
  const int twoorder = 2 * order;
  const double limit = kernel.cut ? square(kernel.kmax / MY_2PI) * (1.0 + 1e-9) : HUGE_VAL;
  int n = 0;
  for (int m = nzlo_fft; m <= nzhi_fft; m++) {
    const int mper = m - nz_pppm * (2 * m / nz_pppm);
    const double az = MY_PI * mper / nz_pppm, wz = powsinxx(az, twoorder), snz = square(sin(az));
    for (int l = nylo_fft; l <= nyhi_fft; l++) {
      const int lper = l - ny_pppm * (2 * l / ny_pppm);
      const double ay = MY_PI * lper / ny_pppm, wy = powsinxx(ay, twoorder), sny = square(sin(ay));
      for (int k = nxlo_fft; k <= nxhi_fft; k++, n++) {
        const int kper = k - nx_pppm * (2 * k / nx_pppm);
        double s2 = 0.0;
        for (int a = 0; a < 3; a++)
          s2 += square(kper * kset_inverse[0][a] + lper * kset_inverse[1][a] +
                       mper * kset_inverse[2][a]);
        greensfn[n] = 0.0;
        if ((kper == 0 && lper == 0 && mper == 0) || s2 > limit) continue;
        const double kx = triclinic ? fkx[n] : fkx[k], ky = triclinic ? fky[n] : fky[l],
                     kz = triclinic ? fkz[n] : fkz[m], k2 = kx * kx + ky * ky + kz * kz;
        const double ax = MY_PI * kper / nx_pppm, wx = powsinxx(ax, twoorder),
                     snx = square(sin(ax));
        greensfn[n] = MY_4PI / k2 * exp(-0.5 * square(kernel.sigma) * k2) * wx * wy * wz /
                      gf_denom(snx, sny, snz);
      }
    }
  }
}

/* The part of the mesh that this rank holds, in the box of now */
coul_mesh PPPMPolar::mesh() const
{
  const double *const b = domain->h_inv; // xx yy zz yz xz xy
  const double rows[3][3] = {{b[0], b[5], b[4]}, {0.0, b[1], b[3]}, {0.0, 0.0, b[2]}};
  const int n[3] = {nx_pppm, ny_pppm, nz_pppm};
  coul_mesh m = {};
  m.order = order;
  m.lo[0] = nxlo_out;
  m.lo[1] = nylo_out;
  m.lo[2] = nzlo_out;
  m.hi[0] = nxhi_out;
  m.hi[1] = nyhi_out;
  m.hi[2] = nzhi_out;
  for (int i = 0; i < 3; i++) {
    m.origin[i] = domain->boxlo[i];
    for (int j = 0; j < 3; j++) m.map[i][j] = n[i] * rows[i][j];
  }
  return m;
}

int PPPMPolar::polar_place(int set, int n, const double (*x)[3])
{
  polar_status st = {};
  int astray;
  if (!begun) setup();
  const coul_mesh m = mesh();
  coul_stencils_place(&stencils[set], &m, n, x, &astray, &st);
  if (st.code) error->one(FLERR, st.text);
  return astray;
}

void PPPMPolar::polar_charge(const double *const q[SETS], double *energy_out, double *virial_out)
{
  const coul_mesh m = mesh();
  FFT_SCALAR *rho = &density_brick[nzlo_out][nylo_out][nxlo_out];
  std::fill(rho, rho + coul_mesh_room(&m), 0.0);
  for (int s = 0; s < SETS; s++)
    if (q[s]) coul_mesh_assign(&m, &stencils[s], q[s], delvolinv, rho);
  auto *self = static_cast<KSpace *>(this);
  gc->reverse_comm(Grid3d::KSPACE, self, REVERSE_RHO, 1, sizeof(FFT_SCALAR), gc_buf1, gc_buf2,
                   MPI_FFT_SCALAR);
  brick2fft();

  for (int i = 0; i < nfft; i++) {
    work1[2 * i] = density_fft[i];
    work1[2 * i + 1] = 0.0;
  }
  fft1->compute(work1, work1, FFT3d::FORWARD);
  const double inverse = 1.0 / ((double)nx_pppm * ny_pppm * nz_pppm);
  if (energy_out || virial_out) {
    double sum[7] = {0.0}, all[7];
    for (int i = 0; i < nfft; i++) {
      const double e =
          square(inverse) * greensfn[i] * (square(work1[2 * i]) + square(work1[2 * i + 1]));
      sum[0] += e;
      for (int k = 0; k < 6; k++) sum[1 + k] += e * vg[i][k];
    }
    MPI_Allreduce(sum, all, 7, MPI_DOUBLE, MPI_SUM, world);
    const double half = 0.5 * qqrd2e * scale * volume;
    if (energy_out) *energy_out = half * all[0];
    for (int k = 0; k < 6 && virial_out; k++) virial_out[k] = half * all[1 + k];
  }
  for (int i = 0; i < nfft; i++) {
    work1[2 * i] *= inverse * greensfn[i];
    work1[2 * i + 1] *= inverse * greensfn[i];
  }
  fft2->compute(work1, work1, FFT3d::BACKWARD);
  int place = 0;
  for (int k = nzlo_in; k <= nzhi_in; k++)
    for (int j = nylo_in; j <= nyhi_in; j++)
      for (int i = nxlo_in; i <= nxhi_in; i++, place += 2) u_brick[k][j][i] = work1[place];
  gc->forward_comm(Grid3d::KSPACE, self, FORWARD_AD, 1, sizeof(FFT_SCALAR), gc_buf1, gc_buf2,
                   MPI_FFT_SCALAR);
}

void PPPMPolar::polar_keep(double keep, double share)
{
  const coul_mesh m = mesh();
  const FFT_SCALAR *const last = &u_brick[nzlo_out][nylo_out][nxlo_out];
  const size_t points = coul_mesh_points(&m);
  kept.resize(coul_mesh_room(&m), 0.0);
  if (keep == 0.0)
    for (size_t i = 0; i < points; i++) kept[i] = share * last[i];
  else
    for (size_t i = 0; i < points; i++) kept[i] = keep * kept[i] + share * last[i];
}

void PPPMPolar::polar_gather(int which, int set, double *phi, double (*field)[3])
{
  const coul_mesh m = mesh();
  coul_mesh_gather(&m, &stencils[set],
                   which == KEPT ? kept.data() : &u_brick[nzlo_out][nylo_out][nxlo_out],
                   qqrd2e * scale, phi, field);
}

void PPPMPolar::polar_solve(const double *q, double *phi, double (*field)[3], double *energy_out,
                            double *virial_out)
{
  Polar::solve_at_atoms(lmp, this, kernel, qqrd2e * scale, q, phi, field, energy_out, virial_out);
}

/* Once per run, when the charges are known: errors of forces between independent charges grow with
 * the mean of q^2 and the root of the density. Held against ewald/polar within a factor of 2 for
 * rock salt, PbTiO3 and dense water in orthogonal boxes; strong tilts double it once more. */
void PPPMPolar::judge_accuracy(const double *q)
{
  judged = true;
  double own[2] = {0.0, (double)atom->nlocal}, all[2];
  for (int i = 0; i < atom->nlocal; i++) own[0] += q[i] * q[i];
  MPI_Allreduce(own, all, 2, MPI_DOUBLE, MPI_SUM, world);
  if (!(all[0] > 0.0)) return;
  const double error_here = compute_df_kspace() * all[0] / all[1] / WATER_Q2 *
                            std::sqrt(all[1] / (volume * WATER_DENSITY));
  if (comm->me == 0 && error_here > MUCH_LARGER * accuracy && !gridflag)
    error->warning(
        FLERR,
        "kspace_style pppm/polar: forces have an error of about {:.1g} of the force between two "
        "elementary charges at 1 Angstrom, where {:.1g} was asked for: the mesh was chosen for "
        "charges of {:.2g} e, those of the pair style are {:.2g} e (RMS); give an accuracy of "
        "{:.1g} for what you asked for",
        error_here / two_charge_force, accuracy / two_charge_force, std::sqrt(WATER_Q2),
        std::sqrt(all[0] / all[1]), square(accuracy) / (error_here * two_charge_force));
}

void PPPMPolar::compute(int eflag, int vflag)
{
  if (!client) {
    PPPM::compute(eflag, vflag);
    return;
  }
  ev_init(eflag, vflag);
  if (vflag_atom) Polar::no_atom_virial(lmp, "pppm/polar");
  const double *q = client->polar_charges();
  if (q && !judged) judge_accuracy(q);
  Polar::serve(lmp, this, this, client, vflag_global, eflag_atom);
}

void PPPMPolar::compute_group_group(int a, int b, int flag)
{
  if (client)
    error->all(FLERR,
               "kspace_style pppm/polar has no energy between groups: the charges of a pair style "
               "depend on all atoms");
  PPPM::compute_group_group(a, b, flag);
}

double PPPMPolar::memory_usage()
{
  return PPPM::memory_usage() +
         (double)(coul_stencils_bytes(&stencils[0]) + coul_stencils_bytes(&stencils[1])) +
         (double)sizeof(double) * kept.capacity() +
         (client ? (double)sizeof(FFT_SCALAR) * ngrid : 0.0);
}
