#ifdef KSPACE_CLASS
// clang-format off
KSpaceStyle(lattice/fft,LatticeFFT);
// clang-format on
#else

#ifndef LMP_LATTICE_FFT_H
#define LMP_LATTICE_FFT_H

#include "eap/eap_convolution.h"
#include "kspace.h"
#include "lattice_solver.h"
#include "lmpfftsettings.h"

#include <memory>
#include <vector>

namespace LAMMPS_NS {
class FFT3d;

/* Harmonic crystal by exact lattice convolution on LAMMPS' distributed FFT */
class LatticeFFT : public KSpace, public LatticeSolver {
public:
  LatticeFFT(class LAMMPS *);
  ~LatticeFFT() override;
  void settings(int, char **) override;
  void init() override;
  void setup() override {} // the kernel belongs to the reference lattice, not to the box
  void compute(int, int) override;
  double memory_usage() override;

private:
  LatticeModel *model;
  std::shared_ptr<const SiteGrid> planned; // what plan and kernel were made for
  int planned_collective;
  int fields, pairs;
  bigint ncells;
  int nbrick, nk;         // owned cells, owned wave vectors
  int klo[3], kextent[3]; // k brick: indices along vectors 0 1 2

  std::unique_ptr<FFT3d> forward, backward;
  std::vector<std::vector<FFT_SCALAR>> field; // [pairs] complex, interleaved
  std::vector<double *> field_pointer;
  bool hermitian;
  std::vector<double> kernel, gradient, scratch;
  std::vector<eap_convolution_item> items;

  // wave vectors whose mirror another rank has: what is sent and received, [value][pairs][2]
  std::vector<int> send_place, send_count, send_start, recv_count, recv_start;
  std::vector<double> send_buffer, recv_buffer;

  LatticeModel *find_model() const;
  void plan(const SiteGrid &);
  void drop_transforms();
  void plan_mirrors(const int N[3], const std::vector<int> &bounds0,
                    const std::vector<int> &bounds1);
  void make_kernel(const int N[3]);
  void exchange_mirrors();
};

} // namespace LAMMPS_NS

#endif
#endif
