// Forces and virials against finite differences of the energy, and the symmetries of the energy:
// translation, rotation, order of the atoms, supercells.
#include "gap_models.h"

#include <algorithm>
#include <map>
#include <numeric>

using namespace gap_test;

namespace {

// Models are immutable; each is made once, since the radial functions of some take 0.1 s
const gap_model *made_once(const Case &c)
{
  static std::map<std::string, Model> models;
  auto found = models.find(c.name);
  if (found == models.end()) found = models.emplace(c.name, made_up(c.text)).first;
  return found->second.get();
}

class Each : public testing::TestWithParam<Case> {
protected:
  const gap_model *const model = made_once(GetParam());
  Config config;
  // no distance passes a kink within the steps of the differences
  void SetUp() override
  {
    unsigned seed = 1;
    do config = distorted(GetParam().elements, GetParam().natoms, GetParam().spacing, seed++);
    while (seed < 2000 && near_radius(config, GetParam().kinks, 4e-3));
    ASSERT_LT(seed, 2000u);
  }
  Result at(const Config &c)
  {
    const Result r = evaluate(model, c);
    EXPECT_EQ(r.code, POLAR_OK) << r.st.text;
    return r;
  }
};

// 4th order central difference
double slope(double h, const std::function<double(double)> &e)
{
  return (8 * (e(h) - e(-h)) - (e(2 * h) - e(-2 * h))) / (12 * h);
}

Config strained(const Config &c, int a, int b, double eps)
{
  Config d = c;
  for (int k = 0; k < 3; k++) d.h[a][k] += eps * c.h[b][k];
  for (size_t i = 0; i < c.x.size(); i++) d.x[i][a] += eps * c.x[i][b];
  return d;
}

} // namespace

TEST_P(Each, Forces)
{
  const Result r = at(config);
  double largest = 0, worst = 0;
  for (const auto &f : r.force)
    for (double v : f) largest = std::max(largest, std::fabs(v));
  ASSERT_GT(largest, 1e-4); // the model does act, far above the error that is allowed
  for (size_t i = 0; i < config.x.size(); i += 2)
    for (int a = 0; a < 3; a++) {
      Config d = config;
      const double de = slope(1e-3, [&](double h) {
        d.x[i][a] = config.x[i][a] + h;
        return at(d).energy;
      });
      worst = std::max(worst, std::fabs(r.force[i][a] + de));
    }
  // h^4 E^(5)/30 with E^(5) of 1e3 F/Angstrom^4 (kernels of width 0.3), rounding 1e-13/h; the
  // fourth derivative of compact kernels jumps where they end, which leaves h^3 times it
  const bool compact = std::string(GetParam().name).find("compact") != std::string::npos;
  EXPECT_LT(worst, (compact ? 5e-9 : 3e-10) * std::max(1.0, largest));
  printf("largest force %.3g, error %.1e\n", largest, worst);
}

TEST_P(Each, Virial)
{
  const Result r = at(config);
  double largest = 1, worst = 0;
  for (double w : r.virial) largest = std::max(largest, std::fabs(w));
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 3; b++) {
      const double de =
          slope(3e-4, [&](double eps) { return at(strained(config, a, b, eps)).energy; });
      worst = std::max(worst, std::fabs(r.virial[3 * a + b] + de));
      // no torque
      EXPECT_NEAR(r.virial[3 * a + b], r.virial[3 * b + a], 1e-12 * largest);
      // rounding of a sum over some hundred pairs
      EXPECT_NEAR(r.atom_virial_sum[3 * a + b], r.virial[3 * a + b], 1e-12 * largest);
    }
  EXPECT_LT(worst, 2e-9 * largest); // as for the forces, at a distance of 4 Angstrom
  double sum = 0;
  for (double e : r.atom_energy) sum += e;
  EXPECT_NEAR(sum, r.energy, 1e-12 * (1 + std::fabs(r.energy)));
}

TEST_P(Each, RotationAndTranslation)
{
  const Result r = at(config);
  Config d = config;
  const double c1 = std::cos(0.7), s1 = std::sin(0.7), c2 = std::cos(1.9), s2 = std::sin(1.9);
  const double rot[3][3] = {{c1, -s1 * c2, s1 * s2}, {s1, c1 * c2, -c1 * s2}, {0, s2, c2}};
  mat3_mul(rot, config.h, d.h);
  std::vector<Vec> f(config.x.size());
  for (size_t i = 0; i < config.x.size(); i++) {
    mat3_vec(rot, config.x[i].data(), d.x[i].data());
    mat3_vec(rot, r.force[i].data(), f[i].data());
    for (int a = 0; a < 3; a++) d.x[i][a] += 1.7 - a;
  }
  const Result t = at(d);
  // rounding of positions of some Angstrom times forces; tables and harmonics to 1e-15
  EXPECT_NEAR(t.energy, r.energy, 1e-12 * (1 + std::fabs(r.energy)));
  EXPECT_LT(max_difference(t.force, f), 1e-11 * (1 + std::fabs(r.energy)));
  Vec net = {};
  for (const auto &g : r.force)
    for (int a = 0; a < 3; a++) net[a] += g[a];
  for (double v : net) EXPECT_NEAR(v, 0, 1e-12 * (1 + std::fabs(r.energy)));
}

TEST_P(Each, OrderOfAtoms)
{
  const Result r = at(config);
  const int n = (int)config.x.size();
  std::vector<int> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::mt19937 random(5);
  for (int round = 0; round < 3; round++) {
    if (round == 0) std::reverse(order.begin(), order.end());
    else std::shuffle(order.begin(), order.end(), random);
    Config d = config;
    std::vector<Vec> f(n);
    for (int i = 0; i < n; i++) {
      d.x[i] = config.x[order[i]];
      d.z[i] = config.z[order[i]];
      f[i] = r.force[order[i]];
    }
    const Result t = at(d);
    // the same numbers in another order
    EXPECT_NEAR(t.energy, r.energy, 1e-12 * (1 + std::fabs(r.energy)));
    EXPECT_LT(max_difference(t.force, f), 1e-11 * (1 + std::fabs(r.energy)));
    for (int i = 0; i < n; i++)
      EXPECT_NEAR(t.atom_energy[i], r.atom_energy[order[i]], 1e-12 * (1 + std::fabs(r.energy)));
  }
}

// 2x1x1 supercell, with the second half shifted by a box vector so that atoms lie outside the box
TEST_P(Each, Supercell)
{
  const Result r = at(config);
  Config d = config;
  for (int q = 0; q < 3; q++) d.h[q][0] *= 2;
  for (size_t i = 0; i < config.x.size(); i++) {
    Vec y = config.x[i];
    for (int q = 0; q < 3; q++) y[q] += config.h[q][0] - config.h[q][1];
    d.x.push_back(y);
    d.z.push_back(config.z[i]);
  }
  const Result t = at(d);
  EXPECT_NEAR(t.energy, 2 * r.energy, 1e-12 * (1 + std::fabs(r.energy)));
  std::vector<Vec> f = r.force;
  f.insert(f.end(), r.force.begin(), r.force.end());
  EXPECT_LT(max_difference(t.force, f), 1e-11 * (1 + std::fabs(r.energy)));
}

// Atoms that the list names but the cutoff excludes must not count
TEST_P(Each, SkinDoesNotMatter)
{
  const Result r = at(config), t = evaluate(model, config, 1.5);
  EXPECT_NEAR(t.energy, r.energy, 1e-12 * (1 + std::fabs(r.energy)));
  EXPECT_LT(max_difference(t.force, r.force), 1e-11 * (1 + std::fabs(r.energy)));
}

// Energy and forces go continuously to those of isolated atoms: a pair through its cutoff
TEST_P(Each, Cutoff)
{
  Config c = {};
  for (int k = 0; k < 3; k++) c.h[k][k] = 40;
  c.z = {GetParam().elements[0], GetParam().elements.back()};
  const double rc = model->cutoff;
  std::vector<Result> r;
  for (double d : {rc - 1e-5, rc + 1e-5, rc + 3}) {
    c.x = {{1, 2, 3}, {1 + d * 0.36, 2 + d * 0.48, 3 + d * 0.8}};
    r.push_back(at(c));
  }
  // f_c is 1e-10 there, its slope 1e-4; amplitudes of soap_turbo go as (1-x)^2 or faster
  EXPECT_NEAR(r[0].energy, r[1].energy, 1e-7);
  EXPECT_LT(max_difference(r[0].force, r[1].force), 1e-3);
  EXPECT_DOUBLE_EQ(r[1].energy, r[2].energy);
  EXPECT_EQ(max_difference(r[2].force, {Vec{}, Vec{}}), 0);
}

TEST_P(Each, CoincidingAtomsAndNan)
{
  Config c = config;
  c.x[1][1] = NAN;
  Result r = evaluate(model, c);
  EXPECT_EQ(r.code, POLAR_NUMERIC);
  EXPECT_NE(std::string(r.st.text), "");
}

INSTANTIATE_TEST_SUITE_P(Models, Each, testing::ValuesIn(cases()),
                         [](const testing::TestParamInfo<Case> &info) {
                           return std::string(info.param.name);
                         });
