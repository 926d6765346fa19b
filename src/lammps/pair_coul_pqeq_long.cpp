#include "pair_coul_pqeq_long.h"

#include "adapter.h"
#include "atom.h"
#include "domain.h"
#include "error.h"
#include "force.h"
#include "kspace.h"

#include <cmath>
#include <vector>

using namespace LAMMPS_NS;

PairCoulPQEqLong::PairCoulPQEqLong(LAMMPS *lmp) : PairCoulPQEqCut(lmp), split(0.0)
{
  style = "pair_style coul/pqeq/long";
  ewaldflag = 1;
}

void PairCoulPQEqLong::settings(int narg, char **arg)
{
  // `split G` here, the rest as for coul/pqeq/cut
  std::vector<char *> rest;
  split = 0.0;
  for (int i = 0; i < narg; i++) {
    const std::string key = arg[i];
    if (key == "rule")
      error->all(FLERR, "Unknown {} keyword: rule; known are kernel and split", style);
    if (key != "split") {
      rest.push_back(arg[i]);
      continue;
    }
    if (i + 1 >= narg) error->all(FLERR, "{}: keyword split lacks a value", style);
    split = utils::numeric(FLERR, arg[++i], false, lmp);
    if (!(split >= 0.01 && split <= 2.0))
      error->all(FLERR, "{}: keyword split has the value {} per Angstrom, expected 0.01 to 2",
                 style, arg[i]);
  }
  PairCoulPQEqCut::settings((int)rest.size(), rest.data());
  // k erfc(g RC)/RC is then below 1e-8 eV
  if (split == 0.0) split = std::sqrt(-std::log(1e-8)) / cutoff;
}

void PairCoulPQEqLong::init_style()
{
  if (domain->dimension != 3 || !domain->xperiodic || !domain->yperiodic || !domain->zperiodic)
    error->all(
        FLERR,
        "{} needs a three-dimensional box that is periodic in x, y and z: use coul/pqeq/cut, "
        "or boundary p p p",
        style);
  if (force->kspace && std::string(force->kspace_style) != "ewald/polar")
    error->all(FLERR,
               "{} sums over wave vectors exactly and has no mesh: found kspace_style {}, expected "
               "ewald/polar or none",
               style, force->kspace_style);
  PairCoulPQEqCut::init_style();
}

polar_code PairCoulPQEqLong::make_kernel(const std::vector<pqeq_element> &species, polar_status &st)
{
  // 1e-5 eV between two atoms of 1 e at the cutoff
  return pqeq_kernel_create_long((int)species.size(), species.data(), parameters->coulomb,
                                 parameters->lambda, cutoff, fix->pqeq_umax(), split, 1e-5, &kernel,
                                 &st);
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
  // exp(-sigma^2 k^2/2) = exp(-k^2/4g^2); no wave vectors are needed for charges 0
  return {1.0 / (std::sqrt(2.0) * split), 2.0 * split, false, Kernel::FOLLOW};
}

const double *PairCoulPQEqLong::polar_charges()
{
  none.assign(atom->nlocal + 1, 0.0);
  return none.data();
}
