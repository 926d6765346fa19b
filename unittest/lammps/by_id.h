// Values of atoms ordered by ID, from and to all ranks of an instance (of its partition). LAMMPS' C
// library has such functions (lammps_gather_atoms and others), but not with -DLAMMPS_BIGBIG.
#ifndef BY_ID_H
#define BY_ID_H

#include <mpi.h>
#include "library.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#ifdef LAMMPS_BIGBIG
using Tag = int64_t; // an atom ID in LAMMPS' C interface
using Image = int64_t;
#else
using Tag = int;
using Image = int;
#endif

namespace by_id {

inline MPI_Comm world(void *lmp)
{
  return MPI_Comm_f2c(lammps_get_mpi_comm(lmp));
}

// call put(local index, ID - 1) for each atom of this rank; the IDs must be 1 to natoms
template <class Put>
void each(void *lmp, Put put)
{
  const auto *tag = static_cast<Tag *>(lammps_extract_atom(lmp, "id"));
  const int nlocal = lammps_extract_setting(lmp, "nlocal");
  const double natoms = lammps_get_natoms(lmp);
  for (int i = 0; i < nlocal; i++) {
    if (!(tag[i] >= 1 && tag[i] <= natoms))
      throw std::runtime_error("by_id.h: atom ID " + std::to_string(tag[i]) +
                               " is not within 1 to " + std::to_string((long)natoms));
    put(i, static_cast<size_t>(tag[i] - 1));
  }
}

// where LAMMPS keeps a per-atom quantity: "x", "f", "v", "q" or another of its own, "c_ID" of a
// compute or "f_ID" of a fix; double * for one column, otherwise double **. May run the compute,
// so all ranks call it.
inline void *values(void *lmp, const std::string &name, int count)
{
  const int type = count == 1 ? LMP_TYPE_VECTOR : LMP_TYPE_ARRAY;
  const std::string id = name.size() > 2 ? name.substr(2) : "";
  if (name.compare(0, 2, "c_") == 0)
    return lammps_extract_compute(lmp, id.c_str(), LMP_STYLE_ATOM, type);
  if (name.compare(0, 2, "f_") == 0)
    return lammps_extract_fix(lmp, id.c_str(), LMP_STYLE_ATOM, type, 0, 0);
  return lammps_extract_atom(lmp, name.c_str());
}

// a rank without atoms may have no array
inline void expect_values(void *lmp, const void *p, const std::string &name)
{
  if (!p && lammps_extract_setting(lmp, "nlocal") > 0)
    throw std::runtime_error("by_id.h: this LAMMPS has no values of atoms named " + name);
}

inline std::vector<double> gather(void *lmp, const std::string &name, int count)
{
  const size_t n = count * static_cast<size_t>(lammps_get_natoms(lmp));
  std::vector<double> mine(n), all(n);
  void *p = values(lmp, name, count);
  expect_values(lmp, p, name);
  each(lmp, [&](int i, size_t id) {
    for (int k = 0; k < count; k++)
      mine[count * id + k] =
          count == 1 ? static_cast<double *>(p)[i] : static_cast<double **>(p)[i][k];
  });
  MPI_Allreduce(mine.data(), all.data(), (int)n, MPI_DOUBLE, MPI_SUM, world(lmp));
  return all;
}

// how often each atom crossed each edge of the box
inline std::vector<int> gather_images(void *lmp)
{
  const size_t n = 3 * static_cast<size_t>(lammps_get_natoms(lmp));
  std::vector<int> mine(n), all(n);
  const auto *image = static_cast<Image *>(lammps_extract_atom(lmp, "image"));
  expect_values(lmp, image, "image");
  each(lmp, [&](int i, size_t id) { lammps_decode_image_flags(image[i], &mine[3 * id]); });
  MPI_Allreduce(mine.data(), all.data(), (int)n, MPI_INT, MPI_SUM, world(lmp));
  return all;
}

// the inverse of gather, for LAMMPS' own quantities
inline void scatter(void *lmp, const std::string &name, int count, const std::vector<double> &all)
{
  if (all.size() != count * static_cast<size_t>(lammps_get_natoms(lmp)))
    throw std::runtime_error("by_id.h: " + std::to_string(all.size()) + " values of " + name +
                             " are not " + std::to_string(count) + " for each atom");
  void *p = lammps_extract_atom(lmp, name.c_str());
  expect_values(lmp, p, name);
  each(lmp, [&](int i, size_t id) {
    for (int k = 0; k < count; k++)
      (count == 1 ? static_cast<double *>(p)[i] : static_cast<double **>(p)[i][k]) =
          all[count * id + k];
  });
}

} // namespace by_id

#endif
