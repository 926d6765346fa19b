#include "polar_pair.h"

#include "atom.h"
#include "error.h"
#include "force.h"
#include "memory.h"

#include <algorithm>

using namespace LAMMPS_NS;

PolarPair::PolarPair(LAMMPS *lmp, const std::string &style_) : Pair(lmp), style(style_)
{
  restartinfo = 0;
  one_coeff = 1;
  manybody_flag = 1;
  single_enable = 0;
  no_virial_fdotr_compute = 1; // each style sums its own virial
  centroidstressflag = CENTROID_NOTAVAIL;
  unit_convert_flag = 0;
}

PolarPair::~PolarPair()
{
  if (copymode) return;
  memory->destroy(setflag);
  memory->destroy(cutsq);
}

void PolarPair::begin_coeff(int narg, char **arg, int nfile, const std::string &files)
{
  const int ntypes = atom->ntypes, first = 2 + nfile;
  if (narg != first + ntypes)
    error->all(FLERR,
               "{}: found {} words after pair_coeff * *, expected {}: {} and an element (or NULL) "
               "for each of the {} atom types",
               style, narg - 2, nfile + ntypes, files, ntypes);
  if (std::all_of(arg + first, arg + narg,
                  [](const char *word) { return std::string(word) == "NULL"; }))
    error->all(
        FLERR,
        "{}: pair_coeff maps every atom type to NULL, expected an element of the model for at "
        "least one type",
        style);
  if (!allocated) {
    allocated = 1;
    memory->create(setflag, ntypes + 1, ntypes + 1, "pair:setflag");
    memory->create(cutsq, ntypes + 1, ntypes + 1, "pair:cutsq");
    map = new int[ntypes + 1];
  }
  forget_coeffs();
  map_element2type(narg - first, arg + first, false);
}

void PolarPair::finish_coeff(int narg, char **arg, int nfile)
{
  map_element2type(narg - 2 - nfile, arg + 2 + nfile);
}

void PolarPair::forget_coeffs()
{
  for (int i = 0; allocated && i <= atom->ntypes; i++)
    for (int j = 0; j <= atom->ntypes; j++) setflag[i][j] = 0;
}

void PolarPair::require_coeffs(int i, int j) const
{
  if (setflag[i][j] == 0)
    error->all(FLERR,
               "{}: not all pair coeffs are set, atom types {} and {} have none: give pair_coeff "
               "* * after the last pair_style, with an element for each type",
               style, i, j);
}
