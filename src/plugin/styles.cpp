// polar_styles.so: one table of all styles, and their registration.

#include "lammps/compute_born_atom.h"
#include "lammps/ewald_polar.h"
#include "lammps/fix_eap_sites.h"
#include "lammps/fix_efield_born.h"
#include "lammps/fix_polarization.h"
#include "lammps/fix_pqeq.h"
#include "lammps/lattice_fft.h"
#include "lammps/pair_coul_pqeq_cut.h"
#include "lammps/pair_coul_pqeq_long.h"
#include "lammps/pair_eap.h"
#include "lammps/pair_eap_long.h"
#include "lammps/pair_gap.h"
#include "lammps/pair_les.h"
#include "lammps/pppm_polar.h"

#include "lammpsplugin.h"
#include "plugin/host.h"

#include "compute.h"
#include "fix.h"
#include "force.h"
#include "info.h"
#include "kspace.h"
#include "modify.h"
#include "pair.h"
#include "version.h"

#include <cstring>

using namespace LAMMPS_NS;

static_assert(sizeof(tagint) == POLAR_TAGINT && sizeof(imageint) == POLAR_IMAGEINT &&
                  sizeof(bigint) == POLAR_BIGINT,
              "plugin/host.h does not know the integer sizes of this LAMMPS");

namespace {

// LAMMPS takes the returned pointer for one to the base class: with several bases this differs
// from a pointer to the style itself
template <class Base, class Style>
void *create(void *lmp)
{
  return static_cast<Base *>(new Style(static_cast<LAMMPS *>(lmp)));
}

template <class Base, class Style>
void *create_with(void *lmp, int narg, char **arg)
{
  return static_cast<Base *>(new Style(static_cast<LAMMPS *>(lmp), narg, arg));
}

struct Entry {
  const char *kind;
  const char *name;
  const char *info;
  lammpsplugin_factory1 *v1; // pair and kspace styles
  lammpsplugin_factory2 *v2; // fix and compute styles
};

// clang-format off
const Entry styles[] = {
  {"pair", "eap", "effective atomic potential, force constants summed over lattice offsets",
   create<Pair, PairEAP>, nullptr},
  {"pair", "eap/long", "effective atomic potential, with kspace_style lattice/fft",
   create<Pair, PairEAPLong>, nullptr},
  {"pair", "gap", "Gaussian approximation potentials (SOAP, pair and triplet kernels)",
   create<Pair, PairGAP>, nullptr},
  {"pair", "les", "latent Ewald summation, with kspace_style ewald/polar or pppm/polar",
   create<Pair, PairLES>, nullptr},
  {"kspace", "ewald/polar", "Gaussian charges of a pair style, exact sum over wave vectors",
   create<KSpace, EwaldPolar>, nullptr},
  {"kspace", "pppm/polar", "Gaussian charges of a pair style on a mesh, or plain pppm",
   create<KSpace, PPPMPolar>, nullptr},
  {"kspace", "lattice/fft", "harmonic and dipole-dipole part of pair style eap/long by FFT",
   create<KSpace, LatticeFFT>, nullptr},
  {"fix", "eap/sites", "lattice sites of atoms for pair styles eap and eap/long",
   nullptr, create_with<Fix, FixEAPSites>},
  {"fix", "efield/born", "electric field acting on Born effective charges",
   nullptr, create_with<Fix, FixEfieldBorn>},
  {"fix", "polarization", "polarization, dipole and current",
   nullptr, create_with<Fix, FixPolarization>},
  {"pair", "coul/pqeq/cut", "polarizable charge equilibration, tapered",
   create<Pair, PairCoulPQEqCut>, nullptr},
  {"pair", "coul/pqeq/long", "polarizable charge equilibration, long range",
   create<Pair, PairCoulPQEqLong>, nullptr},
  {"fix", "pqeq", "charges and shells of pair styles coul/pqeq",
   nullptr, create_with<Fix, FixPQEq>},
  {"compute", "born/atom", "Born effective charges of atoms",
   nullptr, create_with<Compute, ComputeBornAtom>},
};
// clang-format on

// LAMMPS keeps one list of plugins per process and ignores styles that are in it already, so that
// a second LAMMPS instance of the process would not get them. emplace() does nothing if it has.
void add_to_instance(LAMMPS *lmp, const Entry &style)
{
  const std::string kind = style.kind;
  if (kind == "pair") lmp->force->pair_map->emplace(style.name, (Force::PairCreator)style.v1);
  else if (kind == "kspace")
    lmp->force->kspace_map->emplace(style.name, (Force::KSpaceCreator)style.v1);
  else if (kind == "fix") lmp->modify->fix_map->emplace(style.name, (Modify::FixCreator)style.v2);
  else if (kind == "compute")
    lmp->modify->compute_map->emplace(style.name, (Modify::ComputeCreator)style.v2);
}

} // namespace

extern "C" __attribute__((visibility("default"))) const char *
polar_styles_init(void *lmp, void *handle, void *regfunc)
{
  const char *reason = polar_fft_mismatch(Info::get_fft_info().c_str());
  if (reason) return reason;

  for (const Entry &style : styles) {
    lammpsplugin_t plugin;
    plugin.version = LAMMPS_VERSION;
    plugin.style = style.kind;
    plugin.name = style.name;
    plugin.info = style.info;
    plugin.author = "POLAR";
    if (style.v1) plugin.creator.v1 = style.v1;
    else plugin.creator.v2 = style.v2;
    plugin.handle = handle;
    reinterpret_cast<lammpsplugin_regfunc>(regfunc)(&plugin, lmp);
    add_to_instance(static_cast<LAMMPS *>(lmp), style);
  }
  return nullptr;
}
