#ifdef COMPUTE_CLASS
// clang-format off
ComputeStyle(born/atom,ComputeBornAtom);
// clang-format on
#else

#ifndef LMP_COMPUTE_BORN_ATOM_H
#define LMP_COMPUTE_BORN_ATOM_H

#include "compute.h"

#include "response_source.h"

#include <memory>

namespace LAMMPS_NS {

class ComputeBornAtom : public Compute {
public:
  ComputeBornAtom(class LAMMPS *, int, char **);
  ~ComputeBornAtom() override;
  void init() override;
  void compute_peratom() override;
  double memory_usage() override;

private:
  std::unique_ptr<ResponseSource> source;
  PolarResponse *response; // borrowed; looked up by every init()
  int nmax;
  double **born; // [nmax][9], contiguous
};

} // namespace LAMMPS_NS

#endif
#endif
