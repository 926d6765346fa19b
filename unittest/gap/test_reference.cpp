// Energies, forces and virials of GAP models against QUIP+GAP (the original program), from stored
// results in $POLAR_REFERENCE/gap.
#include "gap_fixture.h"

using namespace gap_test;

namespace {

void compare(const char *name, double tol_e, double tol_f, double tol_w)
{
  const std::string path = reference(std::string(name) + ".json");
  if (path.empty()) GTEST_SKIP() << "skipped: no reference data";
  const nlohmann::json data = nlohmann::json::parse(std::ifstream(path));
  const Model m = read_model(reference(data["model"]));
  const Config c = from_json(data);
  const Result r = evaluate(m.get(), c);
  ASSERT_EQ(r.code, POLAR_OK) << r.st.text;
  std::vector<Vec> f;
  for (const auto &row : data["forces"]) f.push_back({row[0], row[1], row[2]});
  EXPECT_NEAR(r.energy, data["energy"].get<double>(), tol_e);
  EXPECT_LT(max_difference(r.force, f), tol_f);
  double worst = 0;
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 3; b++)
      worst = std::max(worst, std::fabs(r.virial[3 * a + b] - data["virial"][a][b].get<double>()));
  EXPECT_LT(worst, tol_w);
  printf("%s: dE %.1e eV, dF %.1e eV/Angstrom, dW %.1e eV\n", name,
         r.energy - data["energy"].get<double>(), max_difference(r.force, f), worst);
  if (data.contains("local_energies")) {
    double most = 0;
    for (size_t i = 0; i < c.x.size(); i++)
      most = std::max(most, std::fabs(r.atom_energy[i] - data["local_energies"][i].get<double>()));
    EXPECT_LT(most, tol_e);
  }
}

} // namespace

// parity asked of this model: 1e-8 eV, 1e-7 eV/A, 1e-6 eV
TEST(Reference, PairsTripletsSoap)
{
  compare("synth_2b_3b_soap_40", 1e-8, 1e-7, 1e-6);
}

// exact quadrature against the peer's recurrences, whose noise is up to 2e-6 eV/A
TEST(Reference, SoapTurbo)
{
  compare("turbo_poly3_40", 1e-5, 1e-5, 1e-5);
}

// coefficients up to 4e6 eV leave 1e-8 eV of rounding in either program
TEST(Reference, PairsOfWater)
{
  const std::string path = reference("gap_sample.xyz");
  if (path.empty()) GTEST_SKIP() << "skipped: no reference data";
  std::ifstream in(path);
  int n;
  in >> n;
  std::string line, name;
  std::getline(in, line);
  std::getline(in, line);
  const double energy = std::stod(line.substr(line.find("energy=") + 7));
  Config c = {};
  const char *at = line.c_str() + line.find("Lattice=\"") + 9;
  for (int k = 0; k < 9; k++) {
    char *end;
    c.h[k % 3][k / 3] = std::strtod(at, &end);
    at = end;
  }
  std::vector<Vec> f(n);
  for (int i = 0; i < n; i++) {
    Vec x;
    int z, shift[4];
    in >> name >> x[0] >> x[1] >> x[2] >> z >> shift[0] >> shift[1] >> shift[2] >> shift[3] >>
        f[i][0] >> f[i][1] >> f[i][2];
    c.x.push_back(x);
    c.z.push_back(z);
  }
  ASSERT_TRUE(in);
  const Model m = read_model(reference("GAP.xml"));
  const Result r = evaluate(m.get(), c);
  ASSERT_EQ(r.code, POLAR_OK) << r.st.text;
  // stored value and the present program differ by 3e-10 eV; positions are rounded to 1e-8 A
  EXPECT_NEAR(r.energy, energy, 1e-8);
  EXPECT_LT(max_difference(r.force, f), 1e-7);
  printf("gap_sample: dE %.1e eV, dF %.1e eV/Angstrom\n", r.energy - energy,
         max_difference(r.force, f));
}
