#include "polar_client.h"

#include "adapter.h"
#include "atom.h"
#include "coul/coul_ewald.h"
#include "domain.h"
#include "error.h"
#include "force.h"
#include "kspace.h"
#include "lammps.h"
#include "math_const.h"
#include "pair.h"
#include "update.h"

#include <algorithm>
#include <vector>

using namespace LAMMPS_NS;

PolarCharges *Polar::find_client(LAMMPS *lmp, const std::string &kspace, bool required)
{
  PolarCharges *found = nullptr;
  const Pair *served = nullptr;
  for (Pair *pair : pair_styles(lmp)) {
    auto *charges = dynamic_cast<PolarCharges *>(pair);
    if (charges && found)
      lmp->error->all(
          FLERR,
          "kspace_style {} serves one pair style with Gaussian charges, but pair_style {} "
          "has several: keep one of them",
          kspace, lmp->force->pair_style);
    if (charges) {
      found = charges;
      served = pair;
    }
  }
  if (!found && required)
    lmp->error->all(
        FLERR,
        "kspace_style {} sums the Gaussian charges of a pair style such as les, but {}: "
        "use such a pair style, also as a sub-style of hybrid/overlay, or kspace_style "
        "none",
        kspace,
        lmp->force->pair ? fmt::format("pair_style is {}", lmp->force->pair_style)
                         : "no pair_style is set");
  if (found) serve_only(lmp, kspace, served);
  return found;
}

void Polar::check_box(LAMMPS *lmp, const std::string &kspace, bool slab)
{
  Domain *domain = lmp->domain;
  if (domain->dimension != 3 || !domain->xperiodic || !domain->yperiodic || !domain->zperiodic) {
    char boundary[9];
    domain->boundary_string(boundary);
    lmp->error->all(FLERR,
                    "kspace_style {} needs a three-dimensional box that is periodic in x, y and z, "
                    "but it has dimension {} and boundary {}: set dimension 3 and boundary p p p",
                    kspace, domain->dimension, boundary);
  }
  if (slab)
    lmp->error->all(
        FLERR,
        "kspace_style {} is for bulk systems, without kspace_modify slab or wire: remove "
        "these keywords",
        kspace);
}

bool Polar::freeze(LAMMPS *lmp, const PolarCharges::Kernel &kernel)
{
  if (kernel.kset == PolarCharges::Kernel::AUTOMATIC) return lmp->domain->box_change != 0;
  return kernel.kset == PolarCharges::Kernel::FROZEN;
}

void Polar::solve_at_atoms(LAMMPS *lmp, KSpacePolar *sum, const PolarCharges::Kernel &kernel,
                           double unit, const double *q, double *phi, double (*field)[3],
                           double *energy, double *virial)
{
  const int nlocal = lmp->atom->nlocal;
  double none[1][3] = {{0.0, 0.0, 0.0}};
  auto *x = nlocal ? reinterpret_cast<const double(*)[3]>(lmp->atom->x[0]) : none;
  const double *const charges[KSpacePolar::SETS] = {q, nullptr};
  const int astray = sum->polar_place(0, nlocal, x);
  if (astray)
    lmp->error->one(FLERR,
                    "k-space for Gaussian charges: {} atoms are outside of the mesh of their rank "
                    "or have positions that are not numbers on step {}: they moved too far since "
                    "the last reneighboring, or the run has diverged",
                    astray, lmp->update->ntimestep);
  sum->polar_charge(charges, energy, virial);
  sum->polar_gather(KSpacePolar::LAST, 0, phi, field);
  if (!kernel.remove_self) return;
  const double own = coul_gaussian_self(kernel.sigma, MathConst::MY_2PI * unit);
  double mine = 0.0, all;
  for (int i = 0; i < nlocal; i++) {
    mine += own * q[i] * q[i];
    phi[i] -= 2.0 * own * q[i];
  }
  MPI_Allreduce(&mine, &all, 1, MPI_DOUBLE, MPI_SUM, lmp->world);
  if (energy) *energy -= all;
}

const double *Polar::serve(LAMMPS *lmp, KSpace *style, KSpacePolar *sum, PolarCharges *client,
                           bool virial, bool energies_of_atoms)
{
  const double *q = client->polar_charges();
  if (!q) return nullptr;
  const int nlocal = lmp->atom->nlocal;
  std::vector<double> potential(nlocal + 1), efield(3 * ((size_t)nlocal + 1));
  auto *field = reinterpret_cast<double(*)[3]>(efield.data());
  double v[6];
  sum->polar_solve(q, potential.data(), field, &style->energy, v);
  if (virial) std::copy(v, v + 6, style->virial);
  for (int i = 0; i < nlocal; i++)
    for (int a = 0; a < 3; a++) lmp->atom->f[i][a] += q[i] * field[i][a];
  if (energies_of_atoms)
    for (int i = 0; i < nlocal; i++) style->eatom[i] += 0.5 * q[i] * potential[i];
  client->polar_finish(potential.data());
  return q;
}

void Polar::no_atom_virial(LAMMPS *lmp, const std::string &kspace)
{
  lmp->error->all(
      FLERR,
      "kspace_style {} does not share its virial among atoms, but a compute or fix asks for "
      "per-atom stress: use kspace_style ewald/polar, also in a rerun of the trajectory",
      kspace);
}
