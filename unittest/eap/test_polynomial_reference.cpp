// Anharmonic energy, forces and strain derivative of BaHfO3 against MULTIBINIT 9.6.2 and an
// independent numpy evaluator; counts and derivatives of the BaTiO3 model of this project.
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/units.h"
#include "polynomial_fixture.h"

using namespace polynomial_test;

namespace {

class Model {
public:
  Model(const std::string &system, const std::string &coefficients)
  {
    if (eap_read_system(system.c_str(), &sys, &st) == POLAR_OK)
      eap_read_coefficients(coefficients.c_str(), sys, &coeffs, &st);
  }
  ~Model()
  {
    eap_system_free(sys);
    eap_coefficients_free(coeffs);
  }
  Model(const Model &) = delete;
  Model &operator=(const Model &) = delete;
  eap_system *sys = nullptr;
  eap_coefficients *coeffs = nullptr;
  polar_status st{};
};

std::string reference(const std::string &name)
{
  const char *folder = std::getenv("POLAR_REFERENCE");
  if (!folder) return "";
  const std::string path = std::string(folder) + "/" + name;
  return std::ifstream(path).good() ? path : "";
}

const char *const configurations[] = {"ref_2x2x2",
                                      "ref_4x4x4",
                                      "disp0.02A_2x2x2",
                                      "disp0.02A_4x4x4",
                                      "disp0.1A_2x2x2",
                                      "disp0.1A_3x3x3",
                                      "disp0.1A_4x4x4",
                                      "iso1pct_disp0.02A_2x2x2",
                                      "iso1pct_disp0.02A_4x4x4",
                                      "shear_nodisp_2x2x2",
                                      "shear_nodisp_4x4x4",
                                      "upper_triangular_disp0.05A_2x2x2"};

// Target of parity; the data have 16 digits
constexpr double tol = 1e-9;

} // namespace

TEST(PolynomialReference, BaHfO3)
{
  const std::string file = reference("eap/BaHfO3_coeffs.xml");
  if (file.empty()) GTEST_SKIP() << "skipped: no reference data";
  const Model model(reference("eap/BaHfO3_sys.xml"), file);
  ASSERT_TRUE(model.coeffs) << model.st.text;
  const auto terms = list_of(model.coeffs);
  const auto offset = offsets_of(terms);
  const Polynomial p(model.coeffs, model.sys->n, offset);
  ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
  // counted in the file by an independent script
  EXPECT_EQ(eap_polynomial_monomials(p.p), 702);
  EXPECT_EQ(eap_polynomial_differences(p.p), 78);
  EXPECT_EQ(eap_polynomial_strain_terms(p.p), 182);

  constexpr double force = POLAR_HARTREE_EV / POLAR_BOHR_ANGSTROM;
  int seen = 0;
  for (const std::string name : configurations)
    for (int dipole = 0; dipole < 2; dipole++) {
      const std::string path =
          reference("eap/" + name + "_dipdip" + std::to_string(dipole) + ".json");
      if (path.empty()) continue;
      seen++;
      const nlohmann::json data = nlohmann::json::parse(std::ifstream(path));
      const nlohmann::json &eap = data["numpy_eap"];
      const Supercell s{{data["ncell"][0], data["ncell"][1], data["ncell"][2]}};
      const Rank all = all_cells(s, offset);
      std::vector<double> u;
      Voigt e;
      for (const auto &row : eap["displacements_u"])
        for (const auto &x : row) u.push_back(x.get<double>() * POLAR_BOHR_ANGSTROM);
      for (size_t v = 0; v < 6; v++) e[v] = eap["voigt_strain"][v];
      ASSERT_EQ(u.size(), static_cast<size_t>(15 * s.cells()));

      const Result r = evaluate(p, all.lat, e, u);
      const double energy = r.energy + s.cells() * r.pure;
      EXPECT_NEAR(energy, eap["E_anh"].get<double>() * POLAR_HARTREE_EV, tol) << path;
      EXPECT_NEAR(energy,
                  data["multibinit_9_6_2"]["contributions"]["fitted_coefficients"].get<double>() *
                      POLAR_HARTREE_EV,
                  tol)
          << path;
      for (size_t i = 0; i < u.size(); i++)
        EXPECT_NEAR(-r.gradient[i], eap["forces_anharmonic"][i / 3][i % 3].get<double>() * force,
                    tol)
            << path << " displacement " << i;
      // what is left of dE/de is elastic: the strain-force constants of cubic sites are zero
      for (size_t v = 0; v < 6; v++) {
        double elastic = 0.0;
        for (size_t w = 0; w < 6; w++) elastic += model.sys->elastic[v][w] * e[w];
        EXPECT_NEAR(r.strain[v] + s.cells() * (r.dpure[v] + elastic),
                    eap["dE_dVoigt"][v].get<double>() * POLAR_HARTREE_EV, tol)
            << path << " voigt " << v;
      }
    }
  EXPECT_GE(seen, 20);
}

// Parent: term-by-term sum in long double
TEST(PolynomialReference, BaTiO3)
{
  const std::string folder = POLAR_SOURCE_DIR "/potentials/BaTiO3/";
  const Model model(folder + "BaTiO3_sys.xml", folder + "BaTiO3_coeffs.xml");
  ASSERT_TRUE(model.coeffs) << model.st.text;
  const auto terms = list_of(model.coeffs);
  const auto offset = offsets_of(terms);
  const Polynomial p(model.coeffs, model.sys->n, offset);
  ASSERT_EQ(p.code, POLAR_OK) << p.st.text;
  // counted in the file by an independent script
  EXPECT_EQ(eap_polynomial_monomials(p.p), 1875);
  EXPECT_EQ(eap_polynomial_differences(p.p), 213);
  EXPECT_EQ(eap_polynomial_strain_terms(p.p), 94);
  Random random(20);
  for (const Supercell &s : {Supercell{{1, 1, 1}}, Supercell{{2, 1, 3}}, Supercell{{3, 3, 3}}}) {
    const Rank all = all_cells(s, offset);
    const auto u = random.displacements(static_cast<size_t>(15 * s.cells()), 0.3);
    const Voigt e = random.strain(0.02);
    const Naive parent = naive(terms, model.sys->n, s, e, u);
    const Result r = evaluate(p, all.lat, e, u);
    // rounding of some hundred operations per contribution
    EXPECT_NEAR(r.energy, parent.energy, 1e-13 * parent.energy_size);
    EXPECT_NEAR(r.pure, parent.pure, 1e-13 * parent.pure_size);
    for (size_t i = 0; i < u.size(); i++)
      EXPECT_NEAR(r.gradient[i], parent.gradient[i], 1e-13 * parent.gradient_size);
    for (size_t v = 0; v < 6; v++)
      EXPECT_NEAR(r.strain[v], parent.strain[v], 1e-13 * parent.strain_size[v]);
  }
}
