// What the ranks have, brought together on rank 0 in pieces of any size: the order and every
// element, with ranks that have none, and with as many elements as a piece holds, one less and one
// more.
#include "lammps/gather.h"

#include <gtest/gtest.h>

#include <mpi.h>

#include <vector>

namespace {

struct Element {
  long long id;
  double value[6]; // a size that is no power of 2
};

// the k-th element of a rank
Element element(int rank, int k)
{
  Element e = {1000000007LL * (rank + 1) + k, {}};
  for (int i = 0; i < 6; i++) e.value[i] = rank + 0.1 * k + 0.01 * i;
  return e;
}

TEST(Gather, EveryElementInOrderOfRanks)
{
  int me, nprocs;
  MPI_Comm_rank(MPI_COMM_WORLD, &me);
  MPI_Comm_size(MPI_COMM_WORLD, &nprocs);
  for (const int empty : {-1, 0, 1, 2})
    for (const int most : {0, 1, 6, 7, 8, 50}) {
      const auto size = [=](int rank) { return rank == empty ? 0 : most + 3 * rank; };
      std::vector<Element> mine, expected;
      for (int k = 0; k < size(me); k++) mine.push_back(element(me, k));
      for (int p = 0; p < nprocs && me == 0; p++)
        for (int k = 0; k < size(p); k++) expected.push_back(element(p, k));
      for (const size_t piece : {1, 2, 7, 1000}) {
        const auto all = LAMMPS_NS::Polar::gather(mine, MPI_COMM_WORLD, piece);
        ASSERT_EQ(all.size(), expected.size());
        for (size_t i = 0; i < all.size(); i++) {
          ASSERT_EQ(all[i].id, expected[i].id) << i;
          for (int j = 0; j < 6; j++) ASSERT_EQ(all[i].value[j], expected[i].value[j]) << i;
        }
      }
    }
}

} // namespace
