#include "fix_eap_sites.h"

#include "atom.h"
#include "comm.h"
#include "error.h"
#include "lmptype.h"
#include "memory.h"
#include "modify.h"

#include <algorithm>
#include <cstring>

using namespace LAMMPS_NS;
using namespace FixConst;

FixEAPSites::FixEAPSites(LAMMPS *lmp, int narg, char **arg) : Fix(lmp, narg, arg)
{
  if (narg != 4 || strcmp(arg[3], "pair") != 0)
    error->all(
        FLERR,
        "fix eap/sites is made by pair_style eap and eap/long for themselves: remove it from the "
        "input script");
  restart_global = 1;
  create_attribute = 1;
  maxexchange = 1;
}

FixEAPSites::~FixEAPSites()
{
  forget();
}

void FixEAPSites::remember()
{
  if (!stored) {
    // LAMMPS takes a callback for that of the fix being constructed, number nfix; this one exists
    atom->add_callback(Atom::GROW);
    int *last = atom->extra_grow + atom->nextra_grow;
    std::replace(atom->extra_grow, last, modify->nfix, modify->find_fix(id));
    std::sort(atom->extra_grow, last);
  }
  stored = true;
  grow_arrays(atom->nmax);
  for (int i = 0; i < atom->nlocal; i++) site[i] = -1;
}

void FixEAPSites::forget()
{
  if (stored) atom->delete_callback(id, Atom::GROW);
  stored = false;
  memory->destroy(site);
}

void FixEAPSites::grow_arrays(int nmax)
{
  memory->grow(site, nmax, "eap/sites:site");
}

void FixEAPSites::copy_arrays(int i, int j, int /*delflag*/)
{
  site[j] = site[i];
}

void FixEAPSites::set_arrays(int i)
{
  if (stored) site[i] = -1;
}

int FixEAPSites::pack_exchange(int i, double *buf)
{
  buf[0] = (double)site[i]; // exact up to 2^53 sites
  return 1;
}

int FixEAPSites::unpack_exchange(int nlocal, double *buf)
{
  site[nlocal] = (int64_t)buf[0];
  return 1;
}

void FixEAPSites::write_restart(FILE *fp)
{
  double list[7] = {placed ? 1.0 : 0.0, origin[0], origin[1], origin[2],
                    drift[0],           drift[1],  drift[2]};
  if (comm->me == 0) {
    int size = sizeof(list);
    fwrite(&size, sizeof(int), 1, fp);
    fwrite(list, sizeof(list), 1, fp);
  }
}

void FixEAPSites::restart(char *buf)
{
  const double *list = (double *)buf;
  placed = list[0] != 0.0;
  for (int d = 0; d < 3; d++) {
    origin[d] = list[1 + d];
    drift[d] = list[4 + d];
  }
}

double FixEAPSites::memory_usage()
{
  return stored ? (double)atom->nmax * sizeof(int64_t) : 0.0;
}
