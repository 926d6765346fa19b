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
  density.assign(2 * (size_t)set.nk + 1, 0.0);
  kfactor.resize(set.nk + 1);
  work.resize(coul_ewald_work(&set));
  if (!begun && comm->me == 0)
    utils::logmesg(lmp, "kspace_style ewald/polar: {} pairs of wave vectors up to {:.6g}, {}\n",
                   set.count, kernel.kmax,
                   frozen ? "kept while the box changes (kset frozen)"
                          : "chosen anew when the box changes (kset follow)");
  begun = true;
}

void EwaldPolar::polar_solve(const double *q, double *phi, double (*field)[3], double *energy_out,
                             double *virial_out)
{
  const int nlocal = atom->nlocal;
  auto *x = nlocal ? reinterpret_cast<const double(*)[3]>(atom->x[0]) : nullptr;
  double h[3][3];
  polar_status st = {};
  if (!begun) setup();
  box(h);
  std::fill(density.begin(), density.end(), 0.0);
  coul_ewald_density(&set, h, nlocal, x, q, work.data(), density.data(), &st);
  Polar::raise(lmp, FLERR, st);
  MPI_Allreduce(MPI_IN_PLACE, density.data(), 2 * set.nk, MPI_DOUBLE, MPI_SUM, world);
  const double amplitude = MathConst::MY_2PI * qqrd2e;
  coul_ewald_solve(&set, h, kernel.sigma, amplitude, density.data(), kfactor.data(), energy_out,
                   virial_out, nlocal, x, phi, field, work.data(), &st);
  Polar::raise(lmp, FLERR, st);
  if (kernel.remove_self) {
    const double self = coul_gaussian_self(kernel.sigma, amplitude);
    double sum = 0.0, all;
    for (int i = 0; i < nlocal; i++) {
      sum += self * q[i] * q[i];
      phi[i] -= 2.0 * self * q[i];
    }
    MPI_Allreduce(&sum, &all, 1, MPI_DOUBLE, MPI_SUM, world);
    *energy_out -= all;
  }
}

void EwaldPolar::compute(int eflag, int vflag)
{
  ev_init(eflag, vflag);
  if (vflag_atom) Polar::no_atom_virial(lmp, "ewald/polar");
  const int nlocal = atom->nlocal;
  const double *q = client->polar_charges();
  potential.resize(nlocal + 1);
  efield.resize(3 * ((size_t)nlocal + 1));
  auto *field = reinterpret_cast<double(*)[3]>(efield.data());
  double e, v[6];
  polar_solve(q, potential.data(), field, &e, v);
  energy = e;
  if (vflag_global) std::copy(v, v + 6, virial);
  for (int i = 0; i < nlocal; i++)
    for (int a = 0; a < 3; a++) atom->f[i][a] += q[i] * field[i][a];
  if (eflag_atom)
    for (int i = 0; i < nlocal; i++) eatom[i] += 0.5 * q[i] * potential[i];
  client->polar_finish(potential.data());
}

double EwaldPolar::memory_usage()
{
  return (double)sizeof(double) * (density.capacity() + kfactor.capacity() + work.capacity() +
                                   potential.capacity() + efield.capacity()) +
         (double)sizeof(coul_row) * set.nrow;
}
