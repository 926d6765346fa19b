/* One BLAS thread while an object lives. OpenBLAS' own threads would fight with LAMMPS' ranks and
 * threads for the cores; other libraries are told by the user (see doc/pair_gap.md). */
#ifndef LMP_SINGLE_THREAD_BLAS_H
#define LMP_SINGLE_THREAD_BLAS_H

// present only if the BLAS is OpenBLAS
extern "C" {
__attribute__((weak)) int openblas_get_num_threads();
__attribute__((weak)) void openblas_set_num_threads(int);
}

namespace LAMMPS_NS {

class SingleThreadedBLAS {
public:
  SingleThreadedBLAS()
      : before(openblas_get_num_threads && openblas_set_num_threads ? openblas_get_num_threads()
                                                                    : 1)
  {
    if (before > 1) openblas_set_num_threads(1);
  }
  ~SingleThreadedBLAS()
  {
    if (before > 1) openblas_set_num_threads(before);
  }
  SingleThreadedBLAS(const SingleThreadedBLAS &) = delete;
  SingleThreadedBLAS &operator=(const SingleThreadedBLAS &) = delete;

private:
  const int before;
};

} // namespace LAMMPS_NS

#endif
