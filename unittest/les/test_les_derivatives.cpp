// Finite differences and invariances of the core, on made-up models of every kind.

#include "les_fixture.h"
#include "les_made_up.h"

using namespace les_test;

namespace {

struct Kind {
  const char *name;
  int layers, memory, ar, chi_l, chi_channels, embedding;
};

class Kinds : public testing::TestWithParam<Kind> {
protected:
  MadeUp text;
  std::string path;

  void SetUp() override
  {
    const Kind &k = GetParam();
    text.layers = k.layers;
    text.memory = k.memory;
    text.ar = k.ar;
    text.chi_l = k.chi_l;
    text.chi_channels = k.chi_channels;
    text.embedding = k.embedding;
    text.charges = 50; // so that the Ewald sum makes most of the forces
    path = testing::TempDir() + "polar_made_up_" + std::to_string(getpid()) + ".les";
    text.write(path);
  }
  void TearDown() override { remove(path.c_str()); }

  // a cell of low symmetry, smaller than twice the cutoff: atoms meet images of themselves
  static Configuration crystal()
  {
    Configuration c;
    const double h[3][3] = {{4.7, 0.6, -0.9}, {0.0, 5.1, 0.8}, {0.0, 0.0, 4.4}};
    memcpy(c.h, h, sizeof h);
    const double s[4][3] = {
        {0.02, 0.05, -0.03}, {0.55, 0.47, 0.02}, {0.46, 0.04, 0.52}, {0.01, 0.51, 0.45}};
    for (int i = 0; i < 4; i++) {
      Vec x;
      mat3_vec(h, s[i], x.data());
      c.x.push_back(x);
      c.z.push_back(i % 3 ? 17 : 11);
    }
    return c;
  }
  static Configuration strained(const Configuration &c, const double e[3][3])
  {
    Configuration d = c;
    double f[3][3];
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) f[i][j] = (i == j) + e[i][j];
    mat3_mul(f, c.h, d.h);
    for (auto &x : d.x) mat3_vec(f, x.data(), x.data());
    return d;
  }
};

// Rounding: energies of some eV, sums of ten terms; forces and tensors of these models are 0.01 to
// 5, sums of some hundred terms (largest difference seen 1.4e-14)
const double ENERGY = 1e-13, DERIVATIVE = 5e-14;

// Derivative by central differences from values at +h, -h, +2h, -2h: error h^4/30, 3e-14, of the
// fifth derivative, and rounding 1e-16 f/h, 1e-12 for energies of some eV
const double STEP = 1e-3;
const double STEPS[4] = {STEP, -STEP, 2 * STEP, -2 * STEP};
double derivative(double plus, double minus, double plus2, double minus2)
{
  return (8 * (plus - minus) - (plus2 - minus2)) / (12 * STEP);
}

TEST_P(Kinds, ForcesAndVirialAreDerivatives)
{
  for (bool remove_self : {false, true}) {
    text.remove_self = remove_self;
    text.write(path);
    const Model model(path);
    const Configuration c = crystal();
    const Result r = c.evaluate(model.m);
    for (size_t i = 0; i < c.x.size(); i++)
      for (int a = 0; a < 3; a++) {
        double e[4];
        for (int k = 0; k < 4; k++) {
          Configuration d = c;
          d.x[i][a] += STEPS[k];
          e[k] = d.evaluate(model.m, 0).energy();
        }
        EXPECT_NEAR(r.force[i][a], -derivative(e[0], e[1], e[2], e[3]), 1e-10) << i << " " << a;
      }
    const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
    for (int k = 0; k < 6; k++) {
      double e[3][3] = {{0}}, energy[2];
      for (int side = 0; side < 2; side++) {
        // small enough that no wave vector crosses kmax
        const double s = side ? -1e-5 : 1e-5;
        e[row[k]][column[k]] = e[column[k]][row[k]] = k < 3 ? s : 0.5 * s;
        energy[side] = strained(c, e).evaluate(model.m, 0).energy();
      }
      // (1e-5)^2/6 of the third derivative, some 200 eV where the virial is 1 eV; rounding 1e-10
      EXPECT_NEAR(r.virial[k], -(energy[0] - energy[1]) / 2e-5, 1e-8) << k;
    }
  }
}

TEST_P(Kinds, ImagesTakeTheDescriptorsOfTheirOriginals)
{
  const Model model(path);
  const Configuration c = crystal();
  const Result r = c.evaluate(model.m, 7), s = c.evaluate(model.m, 15);
  EXPECT_NEAR(r.energy(), s.energy(), ENERGY); // other orders of sums
  for (size_t i = 0; i < c.x.size(); i++) {
    for (int a = 0; a < 3; a++) EXPECT_NEAR(r.force[i][a], s.force[i][a], DERIVATIVE);
    for (int k = 0; k < 9; k++) {
      EXPECT_NEAR(r.local[i][k], s.local[i][k], DERIVATIVE);
      EXPECT_NEAR(r.phase[i][k], s.phase[i][k], DERIVATIVE);
    }
  }
  for (int k = 0; k < 6; k++) EXPECT_NEAR(r.virial[k], s.virial[k], DERIVATIVE);
}

TEST_P(Kinds, PotentialIsDerivativeByCharge)
{
  const Model model(path);
  const Configuration c = crystal();
  const Result r = c.evaluate(model.m, 0);
  double sum = 0;
  for (size_t i = 0; i < c.x.size(); i++) sum += 0.5 * r.q[i] * r.phi[i];
  EXPECT_NEAR(r.ewald, sum, 1e-11 * std::fabs(sum)); // a quadratic form; rounding
}

TEST_P(Kinds, PhaseTensorsAreDerivativesOfThePolarization)
{
  const Model model(path);
  const Configuration c = crystal();
  const int n = (int)c.x.size();
  const Result r = c.evaluate(model.m, 4);
  double b[3][3];
  mat3_inverse(c.h, b);
  // sum_j (q_j - mean) exp(2 pi i f_j): cosine and sine sums along each axis
  auto sums = [&](const Configuration &d, double s[3][2]) {
    const Result e = d.evaluate(model.m, 0);
    double mean = 0;
    for (double q : e.q) mean += q / n;
    for (int m = 0; m < 3; m++) {
      s[m][0] = s[m][1] = 0;
      for (int j = 0; j < n; j++) {
        double f[3];
        mat3_vec(b, d.x[j].data(), f);
        s[m][0] += (e.q[j] - mean) * cos(2 * M_PI * f[m]);
        s[m][1] += (e.q[j] - mean) * sin(2 * M_PI * f[m]);
      }
    }
  };
  for (int i = 0; i < n; i++)
    for (int k = 0; k < 3; k++) {
      double at[4][3][2], f[3];
      for (int m = 0; m < 4; m++) {
        Configuration d = c;
        d.x[i][k] += STEPS[m];
        sums(d, at[m]);
      }
      mat3_vec(b, c.x[i].data(), f);
      for (int a = 0; a < 3; a++) {
        double z = 0;
        for (int v = 0; v < 3; v++) {
          const double dc = derivative(at[0][v][0], at[1][v][0], at[2][v][0], at[3][v][0]);
          const double ds = derivative(at[0][v][1], at[1][v][1], at[2][v][1], at[3][v][1]);
          z += c.h[a][v] / (2 * M_PI) * (cos(2 * M_PI * f[v]) * ds - sin(2 * M_PI * f[v]) * dc);
        }
        EXPECT_NEAR(r.phase[i][3 * a + k], z, 1e-10) << i << " " << a << k;
      }
    }
}

TEST_P(Kinds, LocalTensorsAreDerivativesInALargeCell)
{
  // displace one atom of a supercell so large that the change of charges does not reach its images
  const Model model(path);
  const Configuration c = crystal();
  const Result r = c.evaluate(model.m, 2);
  const int n = (int)c.x.size(), N = 3; // 3*4.4 > 2*les_reach = 12.8 for one layer
  Configuration big;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) big.h[i][j] = N * c.h[i][j];
  for (int p = 0; p < N; p++)
    for (int q = 0; q < N; q++)
      for (int s = 0; s < N; s++)
        for (int i = 0; i < n; i++) {
          Vec x = c.x[i];
          for (int a = 0; a < 3; a++) x[a] += p * c.h[a][0] + q * c.h[a][1] + s * c.h[a][2];
          big.x.push_back(x);
          big.z.push_back(c.z[i]);
        }
  double b[3][3], mean = 0;
  mat3_inverse(big.h, b);
  for (double q : r.q) mean += q / n;
  const int moved = 1;
  for (int k = 0; k < 3; k++) {
    std::vector<double> q[4];
    for (int m = 0; m < 4; m++) {
      Configuration displaced = big;
      displaced.x[moved][k] += STEPS[m];
      q[m] = displaced.evaluate(model.m, 0).q;
    }
    Vec z{};
    z[k] = r.q[moved] - mean;
    for (size_t j = 0; j < big.x.size(); j++) {
      double d[3], f[3];
      for (int a = 0; a < 3; a++) d[a] = big.x[j][a] - big.x[moved][a];
      mat3_vec(b, d, f);
      for (double &x : f) x -= std::rint(x);
      mat3_vec(big.h, f, d);
      for (int a = 0; a < 3; a++) z[a] += d[a] * derivative(q[0][j], q[1][j], q[2][j], q[3][j]);
    }
    for (int a = 0; a < 3; a++) EXPECT_NEAR(r.local[moved][3 * a + k], z[a], 1e-10) << a << k;
  }
}

TEST_P(Kinds, Invariances)
{
  const Model model(path);
  const Configuration c = crystal();
  const Result r = c.evaluate(model.m, 3);

  Configuration shifted = c;
  for (auto &x : shifted.x) x = {x[0] + 1.234, x[1] - 7.1, x[2] + 0.37};
  const Result s = shifted.evaluate(model.m);
  EXPECT_NEAR(s.energy(), r.energy(), ENERGY);
  Vec total{};
  for (auto &f : r.force)
    for (int a = 0; a < 3; a++) total[a] += f[a];
  for (double f : total) EXPECT_NEAR(f, 0.0, DERIVATIVE);

  // a rotation turns forces and tensors
  const double u = 0.3, v = -1.1;
  const double q1[3][3] = {{cos(u), -sin(u), 0}, {sin(u), cos(u), 0}, {0, 0, 1}};
  const double q2[3][3] = {{1, 0, 0}, {0, cos(v), -sin(v)}, {0, sin(v), cos(v)}};
  double q[3][3];
  mat3_mul(q1, q2, q);
  Configuration turned = c;
  mat3_mul(q, c.h, turned.h);
  for (auto &x : turned.x) mat3_vec(q, x.data(), x.data());
  const Result t = turned.evaluate(model.m, 3);
  EXPECT_NEAR(t.energy(), r.energy(), ENERGY);
  for (size_t i = 0; i < c.x.size(); i++) {
    double f[3], z[3][3], w[3][3];
    mat3_vec(q, r.force[i].data(), f);
    for (int k = 0; k < 9; k++) z[k / 3][k % 3] = r.local[i][k];
    mat3_mul(q, z, w);
    mat3_mul_t(w, q, w);
    for (int a = 0; a < 3; a++) EXPECT_NEAR(t.force[i][a], f[a], DERIVATIVE);
    for (int k = 0; k < 9; k++) EXPECT_NEAR(t.local[i][k], w[k / 3][k % 3], DERIVATIVE);
  }

  // twice the cell: twice the energy (the same wave vectors, and those between have S = 0)
  Configuration twice = c;
  for (int a = 0; a < 3; a++) twice.h[a][1] *= 2;
  for (size_t i = 0; i < c.x.size(); i++) {
    twice.x.push_back({c.x[i][0] + c.h[0][1], c.x[i][1] + c.h[1][1], c.x[i][2] + c.h[2][1]});
    twice.z.push_back(c.z[i]);
  }
  EXPECT_NEAR(twice.evaluate(model.m, 0).energy(), 2 * r.energy(), ENERGY);

  // longer candidate lists change nothing
  EXPECT_NEAR(c.evaluate(model.m, 0, 0.7).energy(), r.energy(), ENERGY);
}

INSTANTIATE_TEST_SUITE_P(
    MadeUp, Kinds,
    testing::Values(Kind{"plain", 0, 0, 0, 0, 0, 2}, Kind{"one_channel", 0, 0, 0, 0, 0, 1},
                    Kind{"chi_scalar", 1, 0, 0, 1, 1, 2}, Kind{"chi_full", 1, 0, 0, 4, 4, 2},
                    Kind{"chi_degrees", 1, 0, 0, 4, 1, 2}, Kind{"chi_channels", 1, 1, 0, 1, 4, 2},
                    Kind{"ar", 1, 0, 1, 0, 0, 2}, Kind{"memory", 1, 1, 0, 0, 0, 2},
                    Kind{"all", 1, 1, 1, 4, 9, 3}),
    [](const testing::TestParamInfo<Kind> &info) { return info.param.name; });

} // namespace
