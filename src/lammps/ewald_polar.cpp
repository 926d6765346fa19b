#include "ewald_polar.h"

#include "adapter.h"
#include "atom.h"
#include "comm.h"
#include "domain.h"
#include "error.h"
#include "force.h"
#include "math_const.h"
#include "pair.h"
#include "polar_client.h"

#include <algorithm>
#include <cmath>

using namespace LAMMPS_NS;

EwaldPolar::EwaldPolar(LAMMPS *lmp) : KSpace(lmp), client(nullptr), kernel{}, set{}, begun(false)
{
  ewaldflag = 1;
  triclinic_support = 1;
  group_group_enable = 0;
}

EwaldPolar::~EwaldPolar()
{
  coul_kset_free(&set);
}

void EwaldPolar::settings(int narg, char **arg)
{
  if (narg != 1)
    error->all(
        FLERR,
        "kspace_style ewald/polar expects one argument, an accuracy such as 1e-6, but found {} "
        "(the sum is exact for the kernel of the pair style, whatever the accuracy)",
        narg);
  accuracy_relative = utils::numeric(FLERR, arg[0], false, lmp);
  if (!(accuracy_relative > 0.0 && accuracy_relative < 1.0))
    error->all(FLERR,
               "kspace_style ewald/polar: the accuracy is {}, expected a number between 0 and 1",
               arg[0]);
}

void EwaldPolar::init()
{
  client = Polar::find_client(lmp, "ewald/polar");
  kernel = client->polar_kernel();
  Polar::check_box(lmp, "ewald/polar", slabflag || wireflag);
  scale = 1.0;
  qqrd2e = force->qqrd2e;
  begun = false;
}

void EwaldPolar::box(double h[3][3]) const
{
  const double *const b = domain->h; // xx yy zz yz xz xy
  const double rows[3][3] = {{b[0], b[5], b[4]}, {0.0, b[1], b[3]}, {0.0, 0.0, b[2]}};
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) h[i][j] = rows[i][j];
}

void EwaldPolar::setup()
{
  const bool frozen = Polar::freeze(lmp, kernel);
  if (begun && frozen) return;
  double h[3][3];
  polar_status st = {};
  box(h);
  coul_kset_free(&set);
  coul_kset_create(h, kernel.kmax, &set, &st);
  Polar::raise(lmp, FLERR, st);
  for (auto &d : density) d.assign(2 * (size_t)set.nk + 1, 0.0);
  work.resize(coul_ewald_work(&set));
  if (!begun && comm->me == 0)
    utils::logmesg(lmp, "kspace_style ewald/polar: {} pairs of wave vectors up to {:.6g}, {}\n",
                   set.count, kernel.kmax,
                   frozen ? "kept while the box changes (kset frozen)"
                          : "chosen anew when the box changes (kset follow)");
  begun = true;
}

coul_ewald EwaldPolar::lattice_sum()
{
  coul_ewald sum = {};
  sum.set = &set;
  box(sum.h);
  sum.sigma = kernel.sigma;
  sum.amplitude = MathConst::MY_2PI * qqrd2e;
  sum.work = work.data();
  return sum;
}

int EwaldPolar::polar_place(int set, int n, const double (*x)[3])
{
  int astray = 0;
  if (!begun) setup();
  sites[set].assign(&x[0][0], &x[0][0] + 3 * (size_t)n);
  for (int i = 0; i < n; i++)
    if (!std::isfinite(x[i][0] + x[i][1] + x[i][2])) astray++;
  if (astray) sites[set].clear();
  return astray;
}

void EwaldPolar::polar_charge(const double *const q[SETS], double *energy_out, double *virial_out)
{
  polar_status st = {};
  const coul_ewald sum = lattice_sum();
  auto &last = density[LAST];
  std::fill(last.begin(), last.end(), 0.0);
  for (int s = 0; s < SETS && !st.code; s++)
    if (q[s]) coul_ewald_density(&sum, (int)sites[s].size() / 3, at(s), q[s], last.data(), &st);
  Polar::raise(lmp, FLERR, st);
  MPI_Allreduce(MPI_IN_PLACE, last.data(), 2 * set.nk, MPI_DOUBLE, MPI_SUM, world);
  if (!energy_out && !virial_out) return;
  const double energy = coul_ewald_energy(&sum, last.data(), virial_out);
  if (energy_out) *energy_out = energy;
}

void EwaldPolar::polar_keep(double keep, double share)
{
  for (size_t k = 0; k < density[KEPT].size(); k++)
    density[KEPT][k] = (keep == 0.0 ? 0.0 : keep * density[KEPT][k]) + share * density[LAST][k];
}

void EwaldPolar::polar_gather(int which, int s, double *phi, double (*field)[3])
{
  polar_status st = {};
  const coul_ewald sum = lattice_sum();
  coul_ewald_potential(&sum, density[which].data(), (int)sites[s].size() / 3, at(s), phi, field,
                       &st);
  Polar::raise(lmp, FLERR, st);
}

void EwaldPolar::polar_solve(const double *q, double *phi, double (*field)[3], double *energy_out,
                             double *virial_out)
{
  Polar::solve_at_atoms(lmp, this, kernel, qqrd2e * scale, q, phi, field, energy_out, virial_out);
}

void EwaldPolar::compute(int eflag, int vflag)
{
  ev_init(eflag, vflag);
  const double *q = Polar::serve(lmp, this, this, client, vflag_global, eflag_atom);
  if (!vflag_atom) return;
  if (!q)
    error->all(FLERR,
               "kspace_style ewald/polar: pair_style {} does not share the virial of its "
               "sum among atoms, but a compute or fix asks for per-atom stress: use the "
               "pressure of the whole system",
               force->pair_style);
  if (atom->nlocal) share_virial(q);
}

/* Each atom's part of the virial at fixed charges, from the sums of the last polar_solve */
void EwaldPolar::share_virial(const double *q)
{
  polar_status st = {};
  const coul_ewald sum = lattice_sum();
  coul_ewald_share_virial(&sum, density[LAST].data(), atom->nlocal,
                          reinterpret_cast<const double(*)[3]>(atom->x[0]), q,
                          reinterpret_cast<double(*)[6]>(vatom[0]), &st);
  if (st.code) error->one(FLERR, st.text);
}

double EwaldPolar::memory_usage()
{
  return (double)sizeof(double) * (density[0].capacity() + density[1].capacity() + work.capacity() +
                                   sites[0].capacity() + sites[1].capacity()) +
         (double)sizeof(coul_row) * set.nrow;
}
