#include "compute_born_atom.h"

#include "atom.h"
#include "error.h"
#include "memory.h"
#include "update.h"

#include "adapter.h"

#include <cstring>

using namespace LAMMPS_NS;

ComputeBornAtom::ComputeBornAtom(LAMMPS *lmp, int narg, char **arg)
    : Compute(lmp, narg, arg), response(nullptr), nmax(0), born(nullptr)
{
  if (narg < 3) utils::missing_cmd_args(FLERR, "compute born/atom", error);
  Polar::energy_unit(lmp, "Compute born/atom");

  std::string word = "pair";
  for (int iarg = 3; iarg < narg; iarg += 2) {
    if (strcmp(arg[iarg], "born") != 0)
      error->all(FLERR, "Unknown compute born/atom keyword: {}; expected born", arg[iarg]);
    if (iarg + 2 > narg) utils::missing_cmd_args(FLERR, "compute born/atom born", error);
    word = arg[iarg + 1];
  }
  source.reset(new ResponseSource(lmp, "Compute born/atom", word));

  peratom_flag = 1;
  size_peratom_cols = 9;
}

ComputeBornAtom::~ComputeBornAtom()
{
  memory->destroy(born);
}

void ComputeBornAtom::init()
{
  response = source->find();
}

void ComputeBornAtom::compute_peratom()
{
  invoked_peratom = update->ntimestep;

  if (atom->nmax > nmax || !born) {
    memory->destroy(born);
    nmax = (atom->nmax > 0) ? atom->nmax : 1;
    memory->create(born, nmax, 9, "born/atom:born");
    array_atom = born;
  }
  int ready = source->forces() != 0, all;
  MPI_Allreduce(&ready, &all, 1, MPI_INT, MPI_MIN, world);
  if (!all)
    error->all(FLERR,
               "Compute born/atom {} was asked for at a moment of step {} when the forces of this "
               "step were not yet computed: ask for it after them, as fix ave/time, dump and "
               "thermodynamic output do",
               id, update->ntimestep);
  response->polar_born(reinterpret_cast<double(*)[9]>(born[0]));

  for (int i = 0; i < atom->nlocal; i++)
    if (!(atom->mask[i] & groupbit))
      for (int k = 0; k < 9; k++) born[i][k] = 0.0;
}

double ComputeBornAtom::memory_usage()
{
  return 9.0 * nmax * sizeof(double) + source->memory_usage();
}
