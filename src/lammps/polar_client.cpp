#include "polar_client.h"

#include "adapter.h"
#include "domain.h"
#include "error.h"
#include "force.h"
#include "lammps.h"
#include "pair.h"

using namespace LAMMPS_NS;

PolarCharges *Polar::find_client(LAMMPS *lmp, const std::string &kspace, bool required)
{
  PolarCharges *found = nullptr;
  for (Pair *pair : pair_styles(lmp)) {
    auto *charges = dynamic_cast<PolarCharges *>(pair);
    if (charges && found)
      lmp->error->all(
          FLERR,
          "kspace_style {} serves one pair style with Gaussian charges, but pair_style {} "
          "has several: keep one of them",
          kspace, lmp->force->pair_style);
    if (charges) found = charges;
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
  return found;
}

void Polar::check_box(LAMMPS *lmp, const std::string &kspace, bool slab)
{
  const Domain *domain = lmp->domain;
  if (domain->dimension != 3 || !domain->xperiodic || !domain->yperiodic || !domain->zperiodic)
    lmp->error->all(FLERR,
                    "kspace_style {} needs a three-dimensional box that is periodic in x, y and z: "
                    "dimension 3 and boundary p p p",
                    kspace);
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

void Polar::no_atom_virial(LAMMPS *lmp, const std::string &kspace)
{
  lmp->error->all(
      FLERR,
      "kspace_style {} does not share its virial among atoms: a compute or fix asks for "
      "per-atom stress; use the pressure of the whole system",
      kspace);
}
