#include "response_source.h"

#include "atom.h"
#include "comm.h"
#include "domain.h"
#include "error.h"
#include "force.h"
#include "neighbor.h"
#include "pair.h"

#include "adapter.h"

#include "response/born_fn.h"

#include <cstdlib>
#include <cstring>
#include <vector>

using namespace LAMMPS_NS;

namespace {

born_file *new_born_file(int ntypes, int natoms)
{
  auto *bf = static_cast<born_file *>(calloc(1, sizeof(born_file)));
  if (!bf) return nullptr;
  bf->ntypes = ntypes;
  bf->natoms = natoms;
  bf->type = static_cast<born_entry *>(calloc(ntypes, sizeof(born_entry)));
  bf->atom = static_cast<born_entry *>(calloc(natoms + 1, sizeof(born_entry)));
  if (bf->type && bf->atom) return bf;
  born_file_free(bf);
  return nullptr;
}

} // namespace

/* ---------------------------------------------------------------------- */

BornFile::BornFile(LAMMPS *lmp, const std::string &command_, const std::string &path_)
    : Pointers(lmp), command(command_), path(path_)
{
  polar_status status;
  memset(&status, 0, sizeof(status));
  int natoms = 0;
  if (comm->me == 0) {
    const std::string found = Polar::potential_path(path);
    born_file *read = nullptr;
    if (Polar::check_file(found, status) == POLAR_OK)
      born_file_read(found.c_str(), atom->ntypes, &read, &status);
    file.reset(read);
    if (file) natoms = file->natoms;
  }
  Polar::raise(lmp, FLERR, status);
  MPI_Bcast(&natoms, 1, MPI_INT, 0, world);
  if (comm->me != 0) {
    file.reset(new_born_file(atom->ntypes, natoms));
    if (!file) polar_fail_memory(&status, "distributing Born effective charges");
  }
  Polar::raise(lmp, FLERR, status);
  MPI_Bcast(file->type, file->ntypes * (int)sizeof(born_entry), MPI_BYTE, 0, world);
  // in pieces: an MPI count is an int
  const int piece = 1 << 20;
  for (int i = 0; i < file->natoms; i += piece) {
    const int n = (file->natoms - i < piece) ? file->natoms - i : piece;
    MPI_Bcast(file->atom + i, n * (int)sizeof(born_entry), MPI_BYTE, 0, world);
  }
}

void BornFile::check() const
{
  const int nlocal = atom->nlocal;
  if (atom->ntypes != file->ntypes)
    error->all(FLERR, "{}: {} was read for {} atom types, now there are {}", command, path,
               file->ntypes, atom->ntypes);
  if (file->natoms && !atom->tag_enable)
    error->all(FLERR, "{}: {} gives tensors to atom IDs, but these atoms have no IDs", command,
               path);

  // lines with an ID that no rank knows
  std::vector<int> known(file->natoms, 0);
  for (int i = 0; i < nlocal && file->natoms; i++) {
    const born_entry *entry = born_file_find(file.get(), 0, atom->tag[i]);
    if (entry) known[entry - file->atom] = 1;
  }
  if (file->natoms)
    MPI_Allreduce(MPI_IN_PLACE, known.data(), file->natoms, MPI_INT, MPI_MAX, world);
  for (int k = 0; k < file->natoms; k++)
    if (!known[k])
      error->all(FLERR, "{}: {}:{}: atom {} does not exist in this system of {} atoms", command,
                 path, file->atom[k].line, file->atom[k].id, atom->natoms);

  // an atom without tensor: of the lowest type concerned, one with the highest ID
  std::vector<tagint> missing(file->ntypes, 0);
  for (int i = 0; i < nlocal; i++)
    if (!tensor(i)) {
      tagint &m = missing[atom->type[i] - 1];
      const tagint id = atom->tag_enable ? atom->tag[i] : 1;
      if (id > m) m = id;
    }
  MPI_Allreduce(MPI_IN_PLACE, missing.data(), file->ntypes, MPI_LMP_TAGINT, MPI_MAX, world);
  for (int t = 0; t < file->ntypes; t++)
    if (missing[t])
      error->all(FLERR,
                 "{}: {} has no Born effective charge for type {} (e.g. atom {}); add a line "
                 "'type {} ...', with 0 for atoms that carry none",
                 command, path, t + 1, missing[t], t + 1);
}

const double *BornFile::tensor(int i) const
{
  const born_entry *entry =
      born_file_find(file.get(), atom->type[i], atom->tag_enable ? (long long)atom->tag[i] : 0);
  return entry ? entry->born : nullptr;
}

void BornFile::polar_dipole(double m[3])
{
  double local[3] = {0.0, 0.0, 0.0};
  for (int i = 0; i < atom->nlocal; i++) {
    const double *z = tensor(i);
    double r[3];
    if (!z)
      error->one(FLERR, "{}: atom {} has no Born effective charge in {}", command,
                 atom->tag_enable ? atom->tag[i] : 0, path);
    domain->unmap(atom->x[i], atom->image[i], r);
    born_add_dipole(z, r, local);
  }
  MPI_Allreduce(local, m, 3, MPI_DOUBLE, MPI_SUM, world);
}

void BornFile::polar_born(double (*born)[9])
{
  for (int i = 0; i < atom->nlocal; i++) {
    const double *z = tensor(i);
    for (int k = 0; k < 9; k++) born[i][k] = z ? z[k] : 0.0;
  }
}

double BornFile::polar_field(const double e[3], double (*f)[3], double *virial)
{
  double local[3] = {0.0, 0.0, 0.0}, m[3];
  for (int i = 0; i < atom->nlocal; i++) {
    const double *z = tensor(i);
    double r[3], fi[3];
    if (!z)
      error->one(FLERR, "{}: atom {} has no Born effective charge in {}", command,
                 atom->tag_enable ? atom->tag[i] : 0, path);
    domain->unmap(atom->x[i], atom->image[i], r);
    born_add_dipole(z, r, local);
    born_force(z, e, fi);
    for (int k = 0; k < 3; k++) f[i][k] += fi[k];
    if (virial) born_add_virial(fi, r, virial);
  }
  MPI_Allreduce(local, m, 3, MPI_DOUBLE, MPI_SUM, world);
  return -(e[0] * m[0] + e[1] * m[1] + e[2] * m[2]);
}

double BornFile::memory_usage() const
{
  return ((double)file->ntypes + file->natoms) * sizeof(born_entry);
}

/* ---------------------------------------------------------------------- */

ResponseSource::ResponseSource(LAMMPS *lmp, const std::string &command_, const std::string &word)
    : Pointers(lmp), command(command_), response(nullptr), before(0)
{
  if (word != "pair") file.reset(new BornFile(lmp, command, word));
}

PolarResponse *ResponseSource::find()
{
  if (file) file->check();
  response = file ? file.get() : find_pair();
  before = response->forces_computed;
  return response;
}

bigint ResponseSource::forces() const
{
  if (file) return -1 - neighbor->ncalls;
  if (!response || response->forces_computed == before) return 0;
  return response->builds_then == neighbor->ncalls ? response->forces_computed : 0;
}

PolarResponse *ResponseSource::find_pair() const
{
  if (!force->pair)
    error->all(FLERR,
               "{}: there is no pair style that could know the electric response; define one "
               "(such as eap or eap/long) or use 'born FILE' with Born effective charges",
               command);

  PolarResponse *found = nullptr;
  std::string names, missing;
  int count = 0;
  for (Pair *pair : Polar::pair_styles(lmp)) {
    auto *response = dynamic_cast<PolarResponse *>(pair);
    if (!response) continue;
    if (!response->polar_missing().empty()) {
      missing = std::string(force->pair_match_ptr(pair)) + " " + response->polar_missing();
      continue;
    }
    found = response;
    if (count++) names += " and ";
    names += force->pair_match_ptr(pair);
  }

  if (count > 1)
    error->all(FLERR,
               "{}: {} sub-styles of pair style {} know an electric response ({}); expected one, "
               "because their dipoles are not known to be those of different atoms. Use 'born "
               "FILE' or a single such sub-style",
               command, count, force->pair_style, names);
  if (count == 1 && std::string(force->pair_style).find("hybrid/scaled") == 0)
    error->all(FLERR,
               "{}: the electric response of sub-style {} is not scaled by pair style {}; use "
               "hybrid or hybrid/overlay",
               command, names, force->pair_style);
  if (!found && !missing.empty())
    error->all(FLERR, "{}: pair style {}, or use 'born FILE' with Born effective charges", command,
               missing);
  if (!found)
    error->all(FLERR,
               "{}: pair style {} does not know its electric response; use one that does (such "
               "as eap or eap/long), also as a sub-style of hybrid or hybrid/overlay, or use "
               "'born FILE' with Born effective charges",
               command, force->pair_style);
  return found;
}

double ResponseSource::memory_usage() const
{
  return file ? file->memory_usage() : 0.0;
}
