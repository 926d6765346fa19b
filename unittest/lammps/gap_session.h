// A LAMMPS instance with a configuration under pair_style gap, and model files for it.
#ifndef TEST_GAP_SESSION_H
#define TEST_GAP_SESSION_H

#include "lmp_test.h"

#include "../gap/gap_models.h"

#include <unistd.h>

namespace gap_test {

// A file that is removed at the end; each rank has its own
class TextFile {
public:
  explicit TextFile(const std::string &content) : path(name())
  {
    std::ofstream(path, std::ios::binary) << content;
  }
  ~TextFile() { std::remove(path.c_str()); }
  const std::string path;

private:
  static std::string name()
  {
    static int count = 0;
    return testing::TempDir() + "polar_gap_" + std::to_string(getpid()) + "_" +
           std::to_string(count++);
  }
};

// All kinds of terms for silicon and oxygen in one model
inline std::string mixed_model(unsigned seed = 1)
{
  return model_text(
      {coordinates("distance_2b cutoff=4.1 cutoff_transition_width=0.8 Z1=8 Z2=14", 1, 9, 1, delta,
                   theta("0.6"), 1.5, 4, seed),
       coordinates("angle_3b cutoff=3.4 cutoff_transition_width=0.6 Z=14 Z1=8 Z2=14", 3, 13, 1,
                   delta, theta("1.2 1.5 0.9"), 1, 5, seed + 1),
       coordinates("distance_Nb order=2 cutoff=4 Z={8 14}", 1, 9, 1, delta, theta("0.8"), 1.5, 4,
                   seed + 2),
       coordinates(
           "distance_Nb order=3 cutoff=3.4 Z={{8 8 8}}", 3, 9, 1, delta + " n_permutations=\"6\"",
           theta("1 1 1") +
               "<permutation i=\"1\">1 2 3</permutation><permutation i=\"2\">1 3 2</permutation>"
               "<permutation i=\"3\">2 1 3</permutation><permutation i=\"4\">2 3 1</permutation>"
               "<permutation i=\"5\">3 1 2</permutation><permutation i=\"6\">3 2 1</permutation>",
           1.5, 4, seed + 3),
       soap("species_Z={8 14} Z=14 central_weight=0.8", 4, 3, 2, seed + 4),
       soap("species_Z={8 14} Z=8", 3, 5, 2, seed + 5, 2.5),
       turbo("central_index=1 radial_enhancement=1", 28 * 5, seed + 6)});
}

// x in the order of IDs; types 1 and 2 for elements z1 and z2
inline void build(Lammps &lmp, const Config &c, int z1, const std::string &extra = "")
{
  lmp.lines(
      "units metal\natom_style atomic\natom_modify map array\nboundary p p p\nbox tilt large");
  if (!extra.empty()) lmp.lines(extra);
  lmp.cmd("region box prism 0 %.17g 0 %.17g 0 %.17g %.17g %.17g %.17g", c.h[0][0], c.h[1][1],
          c.h[2][2], c.h[0][1], c.h[0][2], c.h[1][2]);
  lmp.lines("create_box 2 box\nmass 1 28.0855\nmass 2 15.999");
  const int n = (int)c.x.size();
  std::vector<Tag> id(n);
  std::vector<int> type(n);
  std::vector<double> x;
  for (int i = 0; i < n; i++) {
    id[i] = i + 1;
    type[i] = c.z[i] == z1 ? 1 : 2;
    for (double v : c.x[i]) x.push_back(v);
  }
  ASSERT_EQ(
      lammps_create_atoms(lmp.handle, n, id.data(), type.data(), x.data(), nullptr, nullptr, 1), n);
}

inline const char *const OUTPUT =
    "compute e all pe/atom\ncompute vp all pressure NULL virial\ncompute w all stress/atom NULL "
    "virial\n"
    "compute cw all centroid/stress/atom NULL virial\n"
    "compute se all reduce sum c_e\ncompute sw all reduce sum c_w[*]\ncompute scw all reduce sum "
    "c_cw[*]\n"
    "thermo_style custom step pe pxx pyy pzz pxy pxz pyz vol etotal c_vp[*] c_se c_sw[*] c_scw[*]\n"
    "thermo_modify norm no";

// eV in units metal, bar Angstrom^3
const double BAR_A3_PER_EV = 1.6021765e6;

struct Measured {
  double energy;
  std::vector<double> force, virial, atom_energy;
};

inline Measured measure(Lammps &lmp)
{
  lmp.cmd("run 0 post no");
  Measured m = {lmp.thermo("pe"), lmp.gather("f", 3), {}, lmp.gather("c_e", 1)};
  for (double p : lmp.compute_vector("vp", 6))
    m.virial.push_back(p * lmp.thermo("vol") / BAR_A3_PER_EV);
  return m;
}

} // namespace gap_test

#endif
