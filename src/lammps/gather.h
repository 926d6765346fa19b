/* Bringing together what the ranks have, where it may be more than an MPI count can say. */
#ifndef LMP_POLAR_GATHER_H
#define LMP_POLAR_GATHER_H

#include <algorithm>
#include <cstddef>
#include <mpi.h>
#include <type_traits>
#include <vector>

namespace LAMMPS_NS {
namespace Polar {

// The elements of all ranks on rank 0, in order of the ranks; elsewhere none. An MPI count is an
// int: they are sent in pieces of at most `piece` elements, and counted in 64 bits. Collective.
template <class T>
std::vector<T> gather(const std::vector<T> &mine, MPI_Comm world,
                      size_t piece = (1u << 24) / sizeof(T))
{
  static_assert(std::is_trivially_copyable<T>::value, "sent as bytes");
  int me, nprocs;
  MPI_Comm_rank(world, &me);
  MPI_Comm_size(world, &nprocs);
  // size of the piece that begins at `at` in bytes
  const auto bytes = [piece](size_t at, size_t size) {
    return (int)(std::min(piece, size - at) * sizeof(T));
  };
  long long count = (long long)mine.size();
  if (me != 0) {
    MPI_Send(&count, 1, MPI_LONG_LONG, 0, 0, world);
    for (size_t at = 0; at < mine.size(); at += piece)
      MPI_Send(const_cast<T *>(mine.data() + at), bytes(at, mine.size()), MPI_BYTE, 0, 0, world);
    return {};
  }
  std::vector<T> all(mine);
  for (int p = 1; p < nprocs; p++) {
    MPI_Recv(&count, 1, MPI_LONG_LONG, p, 0, world, MPI_STATUS_IGNORE);
    const size_t begin = all.size(), size = begin + (size_t)count;
    all.resize(size);
    for (size_t at = begin; at < size; at += piece)
      MPI_Recv(all.data() + at, bytes(at, size), MPI_BYTE, p, 0, world, MPI_STATUS_IGNORE);
  }
  return all;
}

} // namespace Polar
} // namespace LAMMPS_NS

#endif
