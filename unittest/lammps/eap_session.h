// A LAMMPS instance that holds a strained supercell under pair_style eap, for tests.
#ifndef TEST_EAP_SESSION_H
#define TEST_EAP_SESSION_H

#include "eap_low_symmetry.h"
#include "lmp_test.h"

#include "eap/eap_files.h"

#include <algorithm>
#include <numeric>
#include <unistd.h>

namespace eap_test {

struct Potential {
  bool dipole; // eap/long
  std::string system, coefficients;
  Lattice lattice;
  std::vector<int> types() const // atomic number of each LAMMPS type
  {
    std::vector<int> t;
    for (int z : lattice.element)
      if (std::find(t.begin(), t.end(), z) == t.end()) t.push_back(z);
    return t;
  }
  std::string style() const { return dipole ? "eap/long" : "eap"; }
  std::string elements() const
  {
    std::string words;
    for (int z : types()) words += std::string(" ") + polar_element_symbol(z);
    return words;
  }
};

inline Potential barium_titanate(bool dipole)
{
  Potential p = {dipole,
                 batio3(dipole ? "BaTiO3_sys.xml" : "BaTiO3_sys_M2.xml"),
                 batio3("BaTiO3_coeffs.xml"),
                 {}};
  polar_status st = {};
  eap_system *sys = nullptr;
  if (eap_read_system(p.system.c_str(), &sys, &st)) throw std::runtime_error(st.text);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) p.lattice.cell[i][j] = sys->cell[i][j];
  const Mat inv = inverse(p.lattice.cell);
  for (int k = 0; k < sys->n; k++) {
    p.lattice.element.push_back(sys->element[k]);
    p.lattice.frac.push_back(times(inv, {sys->tau[k][0], sys->tau[k][1], sys->tau[k][2]}));
  }
  eap_system_free(sys);
  return p;
}

// Files of a made-up model, removed at the end. With several ranks each keeps its own copy.
class ModelFiles {
public:
  LowSymmetry model;
  Potential potential;

  ModelFiles(const Mat &cell, const std::vector<int> &element, bool dipole, unsigned seed)
      : model(cell, element, dipole, seed)
  {
    const std::string stem = testing::TempDir() + "polar_eap_" + std::to_string(getpid()) + "_" +
                             std::to_string(seed) + (dipole ? "l" : "s");
    potential = {dipole, stem + "_sys.xml", stem + "_coeffs.xml", model};
    model.write(potential.system, potential.coefficients);
  }
  ~ModelFiles()
  {
    remove(potential.system.c_str());
    remove(potential.coefficients.c_str());
  }
  ModelFiles(const ModelFiles &) = delete;
};

// lattice vectors (columns) of general orientation, of a hexagonal and of an fcc crystal
inline Mat triclinic_cell()
{
  return {{{3.7, -1.1, 0.5}, {0.9, 3.9, -0.8}, {0.4, 0.7, 4.3}}};
}
inline Mat hexagonal_cell()
{
  return {{{0.0, 3.5, 0.3}, {0.2, 0.1, 5.1}, {4.1, -2.0, 0.1}}};
}
inline Mat fcc_cell()
{
  return {{{0.0, 2.9, 2.9}, {2.9, 0.0, 2.9}, {2.9, 2.9, 0.0}}};
}

constexpr double EV_PER_BAR_A3 = 1.0 / 1.6021765e6; // LAMMPS' constant of units metal

class Session : public Lammps {
public:
  using Lammps::Lammps;
  int guests = 0; // atom types that the potential does not know, made by build()

  // a box with atoms: h, positions, atomic number of each; order[atom] = atom ID - 1 (identity if
  // empty)
  void build(const Potential &p, const Mat &h, const std::vector<Vec> &at,
             const std::vector<int> &element, const std::vector<int> &order = {},
             const std::string &units = "metal")
  {
    lines("units " + units + "\natom_style atomic\natom_modify map array\nbox tilt large");
    if (h[0][1] == 0 && h[0][2] == 0 && h[1][2] == 0)
      cmd("region box block 0 %.17g 0 %.17g 0 %.17g", h[0][0], h[1][1], h[2][2]);
    else
      cmd("region box prism 0 %.17g 0 %.17g 0 %.17g %.17g %.17g %.17g", h[0][0], h[1][1], h[2][2],
          h[0][1], h[0][2], h[1][2]);
    const std::vector<int> types = p.types();
    cmd("create_box %d box", (int)types.size() + guests);
    for (size_t t = 0; t < types.size(); t++)
      cmd("mass %d %.17g", (int)t + 1, polar_element_mass(types[t]));
    for (int g = 1; g <= guests; g++) cmd("mass %d 4.0", (int)types.size() + g);
    const int n = (int)at.size();
    std::vector<Tag> id(n);
    std::vector<int> type(n);
    std::vector<double> x(3 * n);
    for (int i = 0; i < n; i++) {
      const int slot = order.empty() ? i : order[i];
      id[slot] = slot + 1;
      type[slot] = (int)(std::find(types.begin(), types.end(), element[i]) - types.begin()) + 1;
      for (int d = 0; d < 3; d++) x[3 * slot + d] = at[i][d];
    }
    // the last argument has atoms outside the box wrapped into it
    lammps_create_atoms(handle, n, id.data(), type.data(), x.data(), nullptr, nullptr, 1);
    if (natoms() != n) throw LammpsError("atoms were lost");
  }

  // a strained supercell, displaced by shift (Angstrom)
  void build(const Potential &p, const Structure &s, const Vec &shift = {0, 0, 0},
             const std::vector<int> &order = {}, const std::string &units = "metal")
  {
    std::vector<Vec> at = s.positions(p.lattice);
    for (Vec &x : at)
      for (int d = 0; d < 3; d++) x[d] += shift[d];
    build(p, s.box(p.lattice), at, s.elements(p.lattice), order, units);
  }

  void potential(const Potential &p, const std::string &keywords = "")
  {
    cmd("pair_style %s %s", p.style().c_str(), keywords.c_str());
    if (p.dipole) cmd("kspace_style lattice/fft");
    coefficients(p, "");
    lines("thermo_style custom step pe evdwl elong pxx pyy pzz pxy pxz pyz vol temp\n"
          "thermo_modify norm no format float %.16g\nthermo 1000");
  }
  void coefficients(const Potential &p, const std::string &sub_style)
  {
    std::string elements = p.elements();
    for (int g = 0; g < guests; g++) elements += " NULL";
    cmd("pair_coeff * * %s %s %s %s", sub_style.c_str(), p.system.c_str(), p.coefficients.c_str(),
        elements.c_str());
  }

  double energy()
  {
    cmd("run 0 post no");
    return thermo("pe");
  }

  // -dE/deps as LAMMPS has it, eV: xx yy zz xy xz yz; the atoms must be at rest
  std::array<double, 6> virial()
  {
    const char *name[6] = {"pxx", "pyy", "pzz", "pxy", "pxz", "pyz"};
    std::array<double, 6> w;
    for (int i = 0; i < 6; i++) w[i] = thermo(name[i]) * thermo("vol") * EV_PER_BAR_A3;
    return w;
  }

  Mat box()
  {
    double lo[3], hi[3], xy, yz, xz;
    lammps_extract_box(handle, lo, hi, &xy, &yz, &xz, nullptr, nullptr);
    return {{{hi[0] - lo[0], xy, xz}, {0, hi[1] - lo[1], yz}, {0, 0, hi[2] - lo[2]}}};
  }
  // the box becomes h (lower corner 0), atoms move along with it
  void set_box(const Mat &h)
  {
    if (!lammps_extract_setting(handle, "triclinic")) cmd("change_box all triclinic");
    cmd("change_box all x final 0 %.17g y final 0 %.17g z final 0 %.17g xy final %.17g xz final "
        "%.17g yz final %.17g remap units box",
        h[0][0], h[1][1], h[2][2], h[0][1], h[0][2], h[1][2]);
  }
};

// upper triangular deformation 1 + eps
inline Mat strained(double xx, double yy, double zz, double xy, double xz, double yz)
{
  return {{{1 + xx, xy, xz}, {0, 1 + yy, yz}, {0, 0, 1 + zz}}};
}

} // namespace eap_test

#endif
