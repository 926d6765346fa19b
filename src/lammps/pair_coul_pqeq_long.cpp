#include "pair_coul_pqeq_long.h"

#include "adapter.h"
#include "atom.h"
#include "comm.h"
#include "domain.h"
#include "error.h"
#include "force.h"
#include "kspace.h"

#include <algorithm>
#include <cmath>
#include <vector>

using namespace LAMMPS_NS;

static_assert((int)PQEQ_LAST == KSpacePolar::LAST && (int)PQEQ_KEPT == KSpacePolar::KEPT,
              "the same names in core and adapter");

PairCoulPQEqLong::PairCoulPQEqLong(LAMMPS *lmp)
    : PairCoulPQEqCut(lmp, "pair_style coul/pqeq/long"), split_given(0.0), wide(false),
      mesh(nullptr), sum{}, from_kspace(1.0)
{
  ewaldflag = pppmflag = 1;
}

void PairCoulPQEqLong::settings(int narg, char **arg)
{
  // `split G` and `wide yes|no` here, the rest as for coul/pqeq/cut
  std::vector<char *> rest;
  split_given = 0.0;
  wide = false;
  for (int i = 0; i < narg; i++) {
    const std::string key = arg[i];
    if (key == "rule")
      error->all(FLERR, "Unknown {} keyword: rule; known are kernel, split and wide", style);
    if (key != "split" && key != "wide") {
      rest.push_back(arg[i]);
      continue;
    }
    if (i + 1 >= narg) error->all(FLERR, "{}: keyword {} lacks a value", style, key);
    i++;
    if (key == "wide") {
      wide = std::string(arg[i]) == "yes";
      if (!wide && std::string(arg[i]) != "no")
        error->all(FLERR, "{}: keyword wide has the value '{}', expected yes or no", style, arg[i]);
      continue;
    }
    split_given = utils::numeric(FLERR, arg[i], false, lmp);
    if (!(split_given >= 0.01 && split_given <= 2.0))
      error->all(FLERR, "{}: keyword split has the value {} per Angstrom, expected 0.01 to 2",
                 style, arg[i]);
  }
  PairCoulPQEqCut::settings((int)rest.size(), rest.data());
}

/* g RC: exp(-(g RC)^2) is the accuracy of a mesh, or 1e-8 beside the exact sum */
double PairCoulPQEqLong::split() const
{
  if (split_given > 0.0) return split_given;
  double most = 1e-8;
  if (auto *k = force->kspace; k && k->pppmflag) {
    k->two_charge();
    most = k->accuracy_absolute >= 0.0 ? k->accuracy_absolute / k->two_charge_force
                                       : k->accuracy_relative;
  }
  return std::sqrt(-std::log(std::min(std::max(most, 1e-12), 1e-2))) / cutoff;
}

void PairCoulPQEqLong::init_style()
{
  if (domain->dimension != 3 || !domain->xperiodic || !domain->yperiodic || !domain->zperiodic)
    error->all(
        FLERR,
        "{} needs a three-dimensional box that is periodic in x, y and z: use coul/pqeq/cut, "
        "or boundary p p p",
        style);
  mesh = dynamic_cast<KSpacePolar *>(force->kspace);
  if (!mesh)
    error->all(FLERR,
               "{} needs a k-space style that sums over its cores and shells: found kspace_style "
               "{}, expected ewald/polar (exact) or pppm/polar",
               style, force->kspace ? force->kspace_style : "none");
  const double g = split();
  if (g > 2.0)
    error->all(
        FLERR,
        "{}: the cutoff of {} Angstrom needs a split of {:.4g} per Angstrom, expected at most "
        "2: use a longer cutoff (8 is common), or keyword split",
        style, cutoff, g);
  PairCoulPQEqCut::init_style();
  const double left = parameters->coulomb * std::erfc(g * cutoff) / cutoff;
  if (comm->me == 0 && split_given > 0.0 && left > 1e-3)
    error->warning(
        FLERR,
        "{}: with split {} and cutoff {} point charges of 1 e still interact by {:.3g} eV "
        "where the sum over pairs ends, expected at most 0.001: use a larger split or a "
        "longer cutoff",
        style, split_given, cutoff, left);
  from_kspace = parameters->coulomb / force->qqrd2e;
  sum = {this, 0.0, place, charge, keep, gather};
  if (comm->me == 0) {
    std::string line =
        fmt::format("{}: interaction split at {:.6g} per Angstrom", style, kernel->split);
    for (int k = 0; k < kernel->n; k++) {
      const double end = std::sqrt(kernel->table[k * (kernel->n + 1)].range2) - 2.0 * kernel->umax;
      if (end > cutoff + 1e-9)
        line += fmt::format(", cutoff {:.4g} between atoms of {}", end, elements[k]);
    }
    utils::logmesg(lmp, line + "\n");
  }
}

polar_code PairCoulPQEqLong::make_kernel(const std::vector<pqeq_element> &species, polar_status &st)
{
  // between two atoms of 1 e at the cutoff: 1e-5 eV, or what the split leaves of point charges
  pqeq_kernel_input in = kernel_input(species);
  in.split = split();
  in.tail = std::max(1e-5, 1.001 * in.coulomb * std::erfc(in.split * cutoff) / cutoff);
  in.wide = wide;
  return pqeq_kernel_create_long(&in, &kernel, &st);
}

void PairCoulPQEqLong::compute(int eflag, int vflag)
{
  PairCoulPQEqCut::compute(eflag, vflag);
  if (vflag_atom)
    error->all(FLERR, "{} has no stresses of atoms: the sum over wave vectors knows only the total",
               style);
}

PolarCharges::Kernel PairCoulPQEqLong::polar_kernel() const
{
  // exp(-sigma^2 k^2/2) = exp(-k^2/4g^2), 1e-15 at the end of the sum
  const double g = split();
  Kernel k = {};
  k.sigma = 1.0 / (std::sqrt(2.0) * g);
  k.kmax = 2.0 * g * std::sqrt(-std::log(1e-15));
  k.kset = Kernel::FOLLOW;
  k.cut = false;
  k.reach = find_fix()->pqeq_umax();
  return k;
}

// ------------------------------------------------------------------ the sum, in the core's units

const pqeq_reciprocal *PairCoulPQEqLong::pqeq_sum()
{
  sum.volume = domain->xprd * domain->yprd * domain->zprd;
  return &sum;
}

int PairCoulPQEqLong::place(void *self, int set, const double (*x)[3])
{
  auto *pair = static_cast<PairCoulPQEqLong *>(self);
  return pair->mesh->polar_place(set, pair->atom->nlocal, x);
}

void PairCoulPQEqLong::charge(void *self, const double *const *q, double *virial)
{
  auto *pair = static_cast<PairCoulPQEqLong *>(self);
  pair->mesh->polar_charge(q, nullptr, virial);
  for (int k = 0; k < 6 && virial; k++) virial[k] *= pair->from_kspace;
}

void PairCoulPQEqLong::keep(void *self, double keep, double share)
{
  static_cast<PairCoulPQEqLong *>(self)->mesh->polar_keep(keep, share);
}

void PairCoulPQEqLong::gather(void *self, int which, int set, double *phi, double (*field)[3])
{
  auto *pair = static_cast<PairCoulPQEqLong *>(self);
  pair->mesh->polar_gather(which, set, phi, field);
  const double unit = pair->from_kspace;
  for (int i = 0; i < pair->atom->nlocal; i++) {
    phi[i] *= unit;
    for (int k = 0; field && k < 3; k++) field[i][k] *= unit;
  }
}
