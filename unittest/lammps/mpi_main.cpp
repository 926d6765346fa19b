// main() of tests under mpirun: rank 0 reports; other ranks only say what failed there. The exit
// status is that of the worst rank. With several ranks an exception ends the program at once: if
// one rank left a test early, the others would wait for it for ever.

#include <mpi.h>
#include <cstdio>
#include <gtest/gtest.h>

namespace {

class FailuresOnly : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult &result) override
  {
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (result.failed())
      fprintf(stderr, "rank %d: %s:%d: %s\n", rank, result.file_name() ? result.file_name() : "",
              result.line_number(), result.summary());
  }
};

} // namespace

int main(int argc, char **argv)
{
  MPI_Init(&argc, &argv);
  testing::InitGoogleTest(&argc, argv);
  int rank, size;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (size > 1) testing::GTEST_FLAG(catch_exceptions) = false;
  if (rank > 0) {
    auto &listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new FailuresOnly);
  }
  int result = RUN_ALL_TESTS(), worst = result;
  MPI_Allreduce(&result, &worst, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  MPI_Finalize();
  return worst;
}
