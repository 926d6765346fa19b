// LAMMPS with pair_style coul/pqeq/cut and the atoms of a reference file or of a small crystal.
#ifndef PQEQ_SESSION_H
#define PQEQ_SESSION_H

#include "lmp_test.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

inline nlohmann::json pqeq_reference(const std::string &name)
{
  std::ifstream in(reference_folder() + "/pqeq/" + name + ".json");
  return in ? nlohmann::json::parse(in) : nlohmann::json();
}

// a crystal without symmetry: Li Li O P N O H Li in an oblique cell
inline nlohmann::json pqeq_crystal()
{
  nlohmann::json j;
  j["symbols"] = {"Li", "Li", "O", "P", "N", "O", "H", "Li"};
  j["positions"] = {{0.3, 0.2, 0.1}, {1.9, 2.4, 0.5}, {3.2, 1.5, 0.3}, {4.6, 0.8, 1.4},
                    {0.5, 2.4, 1.9}, {2.1, 1.9, 2.2}, {3.9, 3.4, 2.0}, {5.2, 2.7, 3.1}};
  j["cell"] = {{6.1, 0.0, 0.0}, {0.7, 5.3, 0.0}, {-0.6, 0.9, 5.0}};
  j["cutoff"] = 8.0;
  return j;
}

class PqeqLammps : public Lammps {
public:
  explicit PqeqLammps(MPI_Comm comm = MPI_COMM_SELF) : Lammps(comm) {}

  std::string elements;

  // box and atoms; `before` goes before the box is made
  void atoms(const nlohmann::json &j, const std::string &units = "metal",
             const std::string &before = "newton on")
  {
    const auto symbols = j.at("symbols").get<std::vector<std::string>>();
    std::vector<std::string> kinds;
    for (const auto &s : symbols)
      if (std::find(kinds.begin(), kinds.end(), s) == kinds.end()) kinds.push_back(s);
    elements.clear();
    for (const auto &k : kinds) elements += " " + k;
    lines("units " + units + "\natom_style charge\natom_modify map array\n" + before + "\n");
    const auto cell = j.value("cell", nlohmann::json());
    if (cell.is_null()) {
      cmd("boundary f f f");
      cmd("region box block -30 30 -30 30 -30 30");
    } else if (cell[1][0] == 0.0 && cell[2][0] == 0.0 && cell[2][1] == 0.0) {
      cmd("region box block 0 %.17g 0 %.17g 0 %.17g", (double)cell[0][0], (double)cell[1][1],
          (double)cell[2][2]);
    } else {
      cmd("region box prism 0 %.17g 0 %.17g 0 %.17g %.17g %.17g %.17g", (double)cell[0][0],
          (double)cell[1][1], (double)cell[2][2], (double)cell[1][0], (double)cell[2][0],
          (double)cell[2][1]);
    }
    cmd("create_box %d box", (int)kinds.size());
    std::vector<Tag> id;
    std::vector<int> type;
    std::vector<double> x;
    for (size_t i = 0; i < symbols.size(); i++) {
      id.push_back((int)i + 1);
      type.push_back(1 + (int)(std::find(kinds.begin(), kinds.end(), symbols[i]) - kinds.begin()));
      for (int m = 0; m < 3; m++) x.push_back(j["positions"][i][m]);
    }
    lammps_create_atoms(handle, (int)id.size(), id.data(), type.data(), x.data(), nullptr, nullptr,
                        1);
    cmd("mass * 12.0");
  }
  void style(double cutoff, const std::string &scheme, const std::string &more = "kernel any")
  {
    pair("coul/pqeq/cut", cutoff, scheme, more);
  }
  void pair(const char *name, double cutoff, const std::string &scheme, const std::string &more)
  {
    cmd("pair_style %s %g %s", name, cutoff, more.c_str());
    cmd("pair_coeff * * %s/potentials/pqeq/gao2025.pqeq%s", POLAR_SOURCE_DIR, elements.c_str());
    cmd("fix pq all pqeq 1 scheme %s", scheme.c_str());
  }
  // change of etotal in 10 fs of steps of 0.2 fs, or half as long ones; charges are set up first
  double drift(bool half)
  {
    cmd("timestep %g", half ? 0.0001 : 0.0002);
    cmd("run 0 post no");
    const double start = thermo("etotal");
    cmd("run %d post no", half ? 100 : 50);
    return std::fabs(thermo("etotal") - start);
  }
};

// Forces, after a run, are derivatives of pe by coordinates k: central differences, h = 1e-4
// Angstrom: h^2/6 of the third derivative is near 1e-10, as is rounding of the energy over h
inline void expect_derivatives(PqeqLammps &l, const std::vector<int> &coordinates)
{
  const auto f = l.gather("f", 3), x = l.gather("x", 3);
  for (int k : coordinates) {
    double e[2];
    for (int s = 0; s < 2; s++) {
      auto moved = x;
      moved[k] += s ? 1e-4 : -1e-4;
      l.scatter("x", 3, moved);
      l.cmd("run 0 post no");
      e[s] = l.thermo("pe");
    }
    EXPECT_NEAR(f[k], -(e[1] - e[0]) / 2e-4, 5e-9) << k;
    l.scatter("x", 3, x);
  }
}

// largest difference of rows from a reference's
inline double row_difference(const std::vector<double> &a, const nlohmann::json &b)
{
  std::vector<double> flat;
  for (const auto &row : b)
    if (row.is_array())
      for (const auto &x : row) flat.push_back(x);
    else flat.push_back(row);
  return max_difference(a, flat);
}

#endif
