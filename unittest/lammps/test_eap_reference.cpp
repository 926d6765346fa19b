// pair_style eap and eap/long in LAMMPS against MULTIBINIT 9.6.2 and an independent evaluator: all
// configurations found in $POLAR_REFERENCE/eap. BaHfO3, supercells up to 4x4x4, with and without
// dipole-dipole interactions, strained boxes.

#include "lmp_test.h"

#include "base/mat3.h"
#include "base/units.h"

#include <algorithm>
#include <dirent.h>
#include <fstream>
#include <nlohmann/json.hpp>

using json = nlohmann::json;

namespace {

std::vector<std::string> configurations()
{
  std::vector<std::string> names;
  const std::string folder = reference_folder() + "/eap";
  if (DIR *dir = reference_folder().empty() ? nullptr : opendir(folder.c_str())) {
    while (dirent *entry = readdir(dir)) {
      const std::string name = entry->d_name;
      if (name.find("_dipdip") != std::string::npos && name.find(".json") != std::string::npos)
        names.push_back(name.substr(0, name.size() - 5));
    }
    closedir(dir);
  }
  std::sort(names.begin(), names.end());
  if (names.empty()) names.push_back("none");
  return names;
}

// rotation to LAMMPS' frame: first box vector along x, second in the xy plane
void lammps_frame(const double h[3][3], double q[3][3])
{
  double a[3], b[3], dot = 0;
  double len = sqrt(h[0][0] * h[0][0] + h[1][0] * h[1][0] + h[2][0] * h[2][0]);
  for (int i = 0; i < 3; i++) a[i] = h[i][0] / len;
  for (int i = 0; i < 3; i++) dot += a[i] * h[i][1];
  for (int i = 0; i < 3; i++) b[i] = h[i][1] - dot * a[i];
  len = sqrt(b[0] * b[0] + b[1] * b[1] + b[2] * b[2]);
  for (int i = 0; i < 3; i++) {
    q[0][i] = a[i];
    q[1][i] = b[i] / len;
  }
  for (int i = 0; i < 3; i++)
    q[2][i] = q[0][(i + 1) % 3] * q[1][(i + 2) % 3] - q[0][(i + 2) % 3] * q[1][(i + 1) % 3];
}

class Reference : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override
  {
    if (GetParam() == "none") GTEST_SKIP() << "skipped: no reference data";
    std::ifstream in(reference_folder() + "/eap/" + GetParam() + ".json");
    in >> data;
    dipole = data["dipdip"] == 1;
    // rows of rprimd are box vectors, bohr
    for (int v = 0; v < 3; v++)
      for (int i = 0; i < 3; i++) h[i][v] = POLAR_BOHR_ANGSTROM * (double)data["rprimd_rows"][v][i];
    upper = h[1][0] == 0 && h[2][0] == 0 && h[2][1] == 0;
    if (upper) mat3_identity(q);
    else lammps_frame(h, q);
    mat3_mul(q, h, box);
  }

  // the configuration in LAMMPS' frame, atoms in the order of the reference
  void create(Lammps &lmp, const std::string &keywords)
  {
    lmp.lines(
        "units metal\natom_style atomic\natom_modify map array\nboundary p p p\nbox tilt large");
    lmp.cmd("region box prism 0 %.17g 0 %.17g 0 %.17g %.17g %.17g %.17g", box[0][0], box[1][1],
            box[2][2], box[0][1], box[0][2], box[1][2]);
    lmp.lines("create_box 3 box\nmass 1 137.327\nmass 2 178.49\nmass 3 15.9994");
    const int n = (int)data["xred"].size();
    std::vector<Tag> id(n);
    std::vector<int> type(n);
    std::vector<double> x(3 * n);
    for (int i = 0; i < n; i++) {
      id[i] = i + 1;
      type[i] = i % 5 == 0 ? 1 : i % 5 == 1 ? 2 : 3;
      double s[3];
      for (int d = 0; d < 3; d++) s[d] = data["xred"][i][d];
      mat3_vec(box, s, &x[3 * i]);
    }
    // the last argument has atoms outside the box wrapped into it
    ASSERT_EQ(
        lammps_create_atoms(lmp.handle, n, id.data(), type.data(), x.data(), nullptr, nullptr, 1),
        n);
    const std::string folder = reference_folder() + "/eap/";
    lmp.cmd("pair_style eap%s %s", dipole ? "/long" : "", keywords.c_str());
    if (dipole) lmp.cmd("kspace_style lattice/fft");
    lmp.cmd("pair_coeff * * %sBaHfO3_sys%s.xml %sBaHfO3_coeffs.xml Ba Hf O", folder.c_str(),
            dipole ? "" : "_dipdip0", folder.c_str());
    lmp.cmd("compute parts all pair eap%s", dipole ? "/long" : "");
    lmp.lines("thermo_style custom step pe evdwl elong pxx pyy pzz pxy pxz pyz vol c_parts\n"
              "thermo_modify norm no\nrun 0");
  }

  json data;
  bool dipole = false, upper = false;
  double h[3][3], q[3][3], box[3][3];
};

TEST_P(Reference, EnergyForcesVirial)
{
  // MULTIBINIT's strain is the rotate none form; a box it does not share with LAMMPS is rotated,
  // for which the polar form stands (equal for symmetric strain)
  const bool symmetric =
      fabs(h[0][1] - h[1][0]) + fabs(h[0][2] - h[2][0]) + fabs(h[1][2] - h[2][1]) < 1e-9;
  if (!upper && !symmetric) GTEST_SKIP() << "skipped: the box can neither be shared nor rotated";
  for (const char *map : {"map id", "map nearest"}) {
    SCOPED_TRACE(map);
    Lammps lmp;
    create(lmp, std::string("symmetrize no eref yes rotate ") + (upper ? "none " : "polar ") + map);
    const json &ev = data["numpy_eap"], &mb = data["multibinit_9_6_2"];

    // contributions: 1e-9 eV, sums over some hundred cells of numbers known to 1e-16 each
    const auto part = lmp.compute_vector("parts", 5);
    const double harmonic = dipole ? lmp.thermo("elong") : part[1];
    const json &c = mb["contributions"];
    EXPECT_NEAR(part[0], POLAR_HARTREE_EV * (double)c["reference"], 1e-9);
    EXPECT_NEAR(harmonic, POLAR_HARTREE_EV * (double)c["ifc"], 1e-9);
    EXPECT_NEAR(part[2], POLAR_HARTREE_EV * (double)c["elastic"], 1e-9);
    EXPECT_NEAR(part[4], POLAR_HARTREE_EV * (double)c["fitted_coefficients"], 1e-9);

    const auto f = lmp.gather("f", 3);
    const double fu = POLAR_HARTREE_EV / POLAR_BOHR_ANGSTROM;
    double worst = 0;
    for (size_t i = 0; i < data["xred"].size(); i++) {
      double ref[3];
      for (int d = 0; d < 3; d++) ref[d] = fu * (double)mb["forces"][i][d];
      mat3_vec(q, ref, ref);
      for (int d = 0; d < 3; d++) worst = std::max(worst, fabs(ref[d] - f[3 * i + d]));
    }
    EXPECT_LT(worst, 1e-9) << "forces, eV/Angstrom";

    double w[3][3];
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) w[i][j] = POLAR_HARTREE_EV * (double)ev["virial_exact_W"][i][j];
    const double scale = lmp.thermo("vol") / *(double *)lammps_extract_global(lmp.handle, "nktv2p");
    const char *name[6] = {"pxx", "pyy", "pzz", "pxy", "pxz", "pyz"};
    const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
    if (upper) {
      for (int i = 0; i < 6; i++)
        EXPECT_NEAR(lmp.thermo(name[i]) * scale, w[row[i]][column[i]], 1e-8) << name[i];
    } else {
      // The two forms agree for symmetric F only, so do their derivatives along symmetric dF:
      // -dE = sum W_ij eps_ij = sum (W F^-T)_ij dF_ij.
      double polar[3][3], inverse[3][3];
      for (int i = 0; i < 6; i++)
        polar[row[i]][column[i]] = polar[column[i]][row[i]] = lmp.thermo(name[i]) * scale;
      mat3_t_mul(q, polar, polar);
      mat3_mul(polar, q, polar);
      double F[3][3];
      for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) F[i][j] = (i == j) + (double)data["F_minus_1_applied"][i][j];
      mat3_inverse(F, inverse);
      mat3_mul_t(polar, inverse, polar);
      mat3_mul_t(w, inverse, w);
      for (int i = 0; i < 6; i++)
        EXPECT_NEAR(polar[row[i]][column[i]] + polar[column[i]][row[i]],
                    w[row[i]][column[i]] + w[column[i]][row[i]], 2e-8)
            << name[i];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(BaHfO3, Reference, testing::ValuesIn(configurations()),
                         [](const testing::TestParamInfo<std::string> &info) {
                           std::string name = info.param;
                           for (char &c : name)
                             if (!isalnum(c)) c = '_';
                           return name;
                         });

} // namespace
