// A LAMMPS instance with a small ionic crystal under pair_style les, for tests.
#ifndef TEST_LES_SESSION_H
#define TEST_LES_SESSION_H

#include "../les/les_made_up.h"
#include "lmp_test.h"

#include <unistd.h>

namespace les_test {

constexpr double EV_PER_BAR_A3 = 1.0 / 1.6021765e6; // LAMMPS' constant of units metal

// made-up models of two kinds: without, and with all kinds of message passing. Each rank has a
// copy.
class ModelFile {
public:
  std::string path;
  explicit ModelFile(int layers, bool scale = true, bool remove_self = false)
  {
    MadeUp text;
    text.layers = layers;
    text.scale = scale;
    text.remove_self = remove_self;
    if (layers) {
      text.memory = text.ar = 1;
      text.chi_l = 4;
      text.chi_channels = 4;
    }
    path = testing::TempDir() + "polar_les_" + std::to_string(getpid()) + "_" +
           std::to_string(layers) + std::to_string(scale) + std::to_string(remove_self) + ".les";
    text.write(path);
  }
  ~ModelFile() { remove(path.c_str()); }
  ModelFile(const ModelFile &) = delete;
};

class Session : public Lammps {
public:
  using Lammps::Lammps;
  int n = 0;

  // 3x3x3 cubes of 2.8 Angstrom, sites in turn Na and Cl, displaced by up to 0.25 Angstrom
  void crystal(bool triclinic, const std::string &units = "metal", double a = 2.8)
  {
    lines("units " + units + "\natom_style charge\natom_modify map array\nbox tilt large");
    const double l = 3 * a;
    if (triclinic) cmd("region box prism 0 %g 0 %g 0 %g 1.3 -0.9 1.6", l, l, l);
    else cmd("region box block 0 %g 0 %g 0 %g", l, l, l);
    lines("create_box 2 box\nmass 1 22.98977\nmass 2 35.453");
    std::mt19937 random(3);
    std::uniform_real_distribution<double> shift(-0.25, 0.25);
    std::vector<Tag> id;
    std::vector<int> type;
    std::vector<double> x;
    for (int i = 0; i < 27; i++) {
      const double s[3] = {(i % 3 + 0.5) / 3.0, (i / 3 % 3 + 0.5) / 3.0, (i / 9 + 0.5) / 3.0};
      const double r[3] = {l * s[0] + (triclinic ? 1.3 * s[1] - 0.9 * s[2] : 0.0),
                           l * s[1] + (triclinic ? 1.6 * s[2] : 0.0), l * s[2]};
      for (double c : r) x.push_back(c + shift(random));
      id.push_back(i + 1);
      type.push_back(i % 2 + 1);
    }
    n = 27;
    lammps_create_atoms(handle, n, id.data(), type.data(), x.data(), nullptr, nullptr, 1);
    if (natoms() != n) throw LammpsError("atoms were lost");
  }

  void potential(const std::string &path, const std::string &kspace = "ewald/polar 1e-6",
                 const std::string &keywords = "")
  {
    cmd("pair_style les %s", keywords.c_str());
    cmd("pair_coeff * * %s Na Cl", path.c_str());
    cmd("kspace_style %s", kspace.c_str());
    output();
  }
  void output()
  {
    lines("neighbor 0.6 bin\nthermo_style custom step pe evdwl elong pxx pyy pzz pxy pxz pyz vol "
          "temp etotal\n"
          "thermo_modify norm no format float %.16g\nthermo 1000");
  }
  double energy()
  {
    cmd("run 0 post no");
    return thermo("pe");
  }
  // -dE/deps, eV: xx yy zz xy xz yz; the atoms must be at rest
  std::array<double, 6> virial()
  {
    const char *name[6] = {"pxx", "pyy", "pzz", "pxy", "pxz", "pyz"};
    std::array<double, 6> w;
    for (int i = 0; i < 6; i++) w[i] = thermo(name[i]) * thermo("vol") * EV_PER_BAR_A3;
    return w;
  }
};

} // namespace les_test

#endif
