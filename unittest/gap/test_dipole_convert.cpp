// The converter from librascal's arrays: a model made up of random arrays is evaluated as its
// definition says, with Wigner's 3j symbols and complex harmonics, and by the core from the
// converted file.
#include "dipole_fixture.h"

#include "gap/gap_expand.h"

#include <complex>
#include <sstream>
#include <unistd.h>

using namespace gap_test;

namespace {

using Complex = std::complex<double>;
const std::string converter = POLAR_SOURCE_DIR "/potentials/convert/sagpr2dipole.py";
const int N = 2, LMAX = 3, POINTS = 3;
const std::vector<int> SPECIES = {8, 22}; // sorted, as librascal does

// a Python with numpy
std::string python()
{
  const char *named = std::getenv("POLAR_PYTHON");
  return std::string("'") + (named && *named ? named : "python3") + "'";
}

std::string stem()
{
  return testing::TempDir() + "polar_sagpr_" + std::to_string(getpid());
}

// Racah's formula
double wigner3j(int a, int b, int c, int x, int y, int z)
{
  const auto f = [](int n) { return std::tgamma(n + 1.0); };
  if (x + y + z || std::abs(x) > a || std::abs(y) > b || std::abs(z) > c) return 0;
  double sum = 0;
  for (int t = 0; t <= a + b + c; t++) {
    const int d[5] = {c - b + t + x, c - a + t - y, a + b - c - t, a - t - x, b - t + y};
    if (*std::min_element(d, d + 5) < 0) continue;
    sum += (t % 2 ? -1 : 1) / (f(t) * f(d[0]) * f(d[1]) * f(d[2]) * f(d[3]) * f(d[4]));
  }
  return ((a - b - z) % 2 ? -1 : 1) * sum *
         std::sqrt(f(a + b - c) * f(a - b + c) * f(-a + b + c) / f(a + b + c + 1) * f(a + x) *
                   f(a - x) * f(b + y) * f(b - y) * f(c + z) * f(c - z));
}

// Expansion coefficients in complex harmonics with the phase of Condon and Shortley
Complex complex_coefficient(const double *c, int stride, int l, int m)
{
  const int k = std::abs(m);
  if (m == 0) return c[(size_t)(l * l + l) * stride];
  const Complex value(c[(size_t)(l * l + l + k) * stride], c[(size_t)(l * l + l - k) * stride]);
  return (m > 0 ? (k % 2 ? -1.0 : 1.0) * value : std::conj(value)) / std::sqrt(2.0);
}

// sum_m1m2 (l1 l2 1; m1 m2 m) c_l1m1 c'_l2m2 transforms as the conjugate of Y_1m; as x, y, z
Vec couple(const double *a, const double *b, int stride, int l1, int l2)
{
  Complex v[3];
  for (int m = -1; m <= 1; m++)
    for (int m1 = -l1; m1 <= l1; m1++)
      for (int m2 = -l2; m2 <= l2; m2++)
        v[m + 1] += wigner3j(l1, l2, 1, m1, m2, m) * complex_coefficient(a, stride, l1, m1) *
                    complex_coefficient(b, stride, l2, m2);
  // conj Y_1,+-1 = -+(x -+ iy)/sqrt 2, Y_10 = z, in units of sqrt(3/4 pi)
  const Complex x = (v[0] - v[2]) / std::sqrt(2.0), y = (v[0] + v[2]) / Complex(0, std::sqrt(2.0));
  EXPECT_NEAR(x.imag(), 0, 1e-12); // a real vector: the coupling is the right one
  EXPECT_NEAR(y.imag(), 0, 1e-12);
  return {x.real(), y.real(), v[1].real()};
}

struct Converted {
  int status;
  std::string text; // of the model, or of the error
};

Converted convert(const std::string &hypers, const std::string &lines)
{
  std::ofstream(stem() + ".json") << hypers;
  std::ofstream(stem() + ".py") << "import numpy as np\nr = np.random.default_rng(3)\na = {}\n"
                                << lines << "\nnp.savez('" << stem() << ".npz', **a)\n";
  const std::string both = python() + " '" + stem() + ".py' && " + python() + " '" + converter +
                           "' '" + stem() + ".json' '" + stem() + ".npz' '" + stem() +
                           ".dipole' 2> '" + stem() + ".err'";
  Converted out = {std::system(both.c_str()), ""};
  std::stringstream text;
  text << std::ifstream(stem() + (out.status ? ".err" : ".dipole")).rdbuf();
  out.text = text.str();
  if (out.status) {
    EXPECT_EQ(out.text.find("Traceback"), std::string::npos) << out.text;
    EXPECT_NE(access((stem() + ".dipole").c_str(), F_OK), 0) << "a file was written";
  }
  return out;
}

std::string hypers(int zeta, const std::string &weights, const std::string &normalize = "true",
                   const std::string &extra = "")
{
  const std::string both =
      "\"interaction_cutoff\": 3.6, \"cutoff_smooth_width\": 0.7, \"max_radial\": 2, "
      "\"max_angular\": 3, \"gaussian_sigma_type\": \"Constant\", \"gaussian_sigma_constant\": "
      "0.5, "
      "\"cutoff_function_type\": \"RadialScaling\", \"cutoff_function_parameters\": {\"rate\": 1, "
      "\"scale\": 2.0, \"exponent\": 3}, \"radial_basis\": \"GTO\", \"normalize\": " +
      normalize + extra;
  return "{\"code\": \"librascal\", \"zeta\": " + std::to_string(zeta) + ", \"weights\": \"" +
         weights +
         "\", \"species\": [22, 8], \"covariants\": {\"soap_type\": \"LambdaSpectrum\", "
         "\"lam\": 1, \"inversion_symmetry\": true, " +
         both + "}, \"invariants\": {\"soap_type\": \"PowerSpectrum\", " + both + "}}";
}

const std::string ARRAYS = "for z in (8, 22):\n"
                           "    a[f'b_{z}'] = r.normal(size=(3, 3))\n"
                           "    for i, j in ((8, 8), (8, 22), (22, 22)):\n"
                           "        a[f'X1_{z}_{i}_{j}'] = r.normal(size=(3, 4, 18))\n"
                           "        a[f'X0_{z}_{i}_{j}'] = r.normal(size=(3, 4, 4))\n";

// the arrays as text, from the same generator
std::vector<double> numbers_of(const std::string &name)
{
  const std::string out = stem() + ".txt";
  EXPECT_EQ(std::system((python() + " -c \"import numpy as np; np.savetxt('" + out +
                         "', np.load('" + stem() + ".npz')['" + name + "'].ravel(), fmt='%.17g')\"")
                            .c_str()),
            0);
  std::ifstream in(out);
  std::vector<double> all;
  for (double x; in >> x;) all.push_back(x);
  std::remove(out.c_str());
  return all;
}

class Convert : public testing::Test {
protected:
  void SetUp() override
  {
    if (std::system((python() + " -c 'import numpy' 2> /dev/null").c_str()))
      GTEST_SKIP() << "skipped: no numpy";
  }
  void TearDown() override
  {
    for (const char *suffix : {".json", ".py", ".npz", ".dipole", ".err"})
      std::remove((stem() + suffix).c_str());
  }
};

struct Block {
  std::vector<double> x1, x0;
};

class Values : public Convert,
               public testing::WithParamInterface<std::tuple<int, const char *, bool>> {};

} // namespace

TEST_P(Values, EqualDefinition)
{
  const auto [zeta, weights, normalize] = GetParam();
  const std::string arrays =
      zeta > 1 ? ARRAYS : ARRAYS + "a = {k: v for k, v in a.items() if k[:2] != 'X0'}\n";
  const Converted c = convert(hypers(zeta, weights, normalize ? "true" : "false"), arrays);
  ASSERT_EQ(c.status, 0) << c.text;
  const Dipole model = parse_dipole(c.text);
  EXPECT_EQ(model->norm, normalize ? GAP_NORM_VECTOR : GAP_NORM_NONE);

  const Config config = distorted({22, 8, 8}, 8, 2.2, 5);
  Surrounded s(config, 3.6);
  const gap_soap *soap = &model->density;
  gap_soap_work *work = nullptr;
  polar_status st = {};
  ASSERT_EQ(gap_soap_work_create(&soap, 1, &work, &st), POLAR_OK);
  std::vector<double> coefficients((size_t)soap->nlm * soap->nchannel);
  const int nc = soap->nchannel;
  Vec m = {};
  for (int z : SPECIES) {
    const std::vector<double> b = numbers_of("b_" + std::to_string(z));
    std::vector<Block> blocks;
    for (int i = 0; i < 2; i++)
      for (int j = i; j < 2; j++) {
        const std::string name = "_" + std::to_string(z) + "_" + std::to_string(SPECIES[i]) + "_" +
                                 std::to_string(SPECIES[j]);
        blocks.push_back({numbers_of("X1" + name), {}});
        if (zeta > 1) blocks.back().x0 = numbers_of("X0" + name);
      }
    for (size_t at = 0; at < config.x.size(); at++) {
      if (config.z[at] != z) continue;
      const int near = gap_expand_collect(soap, work, &s.view, (int)at);
      gap_expand(soap, work, &s.view, (int)at, near, coefficients.data());
      // librascal's features: blocks (a, b), rows (n, n'), columns (l1, l2, mu), (l)
      std::vector<Vec> p1;
      std::vector<double> p0;
      double square1 = 0, square0 = 0;
      for (int i = 0; i < 2; i++)
        for (int j = i; j < 2; j++)
          for (int n = 0; n < N; n++)
            for (int k = 0; k < N; k++) {
              const double *ca = &coefficients[i * N + n], *cb = &coefficients[j * N + k];
              const double factor = i == j ? 1 : std::sqrt(2.0);
              for (int l1 = 0; l1 <= LMAX; l1++)
                for (int l2 = 0; l2 <= LMAX; l2++) {
                  if (std::abs(l1 - l2) != 1) continue;
                  const Vec v = couple(ca, cb, nc, l1, l2);
                  p1.push_back({-factor * v[1], factor * v[2], factor * v[0]}); // mu = -1, 0, 1
                  for (double x : p1.back()) square1 += x * x;
                }
              for (int l = 0; l <= LMAX; l++) {
                double sum = 0;
                for (int q = l * l; q < (l + 1) * (l + 1); q++) sum += ca[q * nc] * cb[q * nc];
                p0.push_back(factor * sum / std::sqrt(2 * l + 1));
                square0 += p0.back() * p0.back();
              }
            }
      if (!normalize) square1 = square0 = 1;
      for (int point = 0; point < POINTS; point++) {
        double k0 = 0, weight = 1;
        Vec mu = {}; // K b in the order mu
        Vec bj = {b[3 * point], b[3 * point + 1], b[3 * point + 2]};
        if (std::string(weights) == "cartesian") bj = {-bj[1], bj[2], bj[0]};
        size_t f1 = 0, f0 = 0;
        for (const Block &block : blocks) {
          const size_t n1 = block.x1.size() / POINTS / 3, n0 = block.x0.size() / POINTS;
          for (size_t q = 0; q < n1; q++, f1++)
            for (int a = 0; a < 3; a++)
              for (int d = 0; d < 3; d++)
                mu[a] +=
                    p1[f1][a] / std::sqrt(square1) * block.x1[3 * (point * n1 + q) + d] * bj[d];
          for (size_t q = 0; q < n0; q++, f0++)
            k0 += p0[f0] / std::sqrt(square0) * block.x0[point * n0 + q];
        }
        for (int p = 1; p < zeta; p++) weight *= k0;
        m[0] += weight * mu[2];
        m[1] -= weight * mu[0];
        m[2] += weight * mu[1];
      }
    }
  }
  gap_soap_work_free(work);
  const DipoleResult r = evaluate_dipole(model.get(), config);
  const double size = std::fabs(m[0]) + std::fabs(m[1]) + std::fabs(m[2]);
  EXPECT_GT(size, 1e-8);
  for (int a = 0; a < 3; a++) EXPECT_NEAR(r.m[a], m[a], 1e-11 * size); // rounding of sums
}

INSTANTIATE_TEST_SUITE_P(Librascal, Values,
                         testing::Values(std::make_tuple(1, "mu", true),
                                         std::make_tuple(1, "cartesian", false),
                                         std::make_tuple(3, "mu", true),
                                         std::make_tuple(2, "cartesian", false)));

TEST_F(Convert, Refusals)
{
  const struct {
    std::string hypers, arrays, text;
  } list[] = {
      {"{\"code\": \"TENSOAP\"}", "", "models of TENSOAP are not supported"},
      {"{\"code\": \"QUIP\"}", "", "code is 'QUIP', supported: librascal"},
      {"[1]", "", "expected a JSON object"},
      {"{", "", "sagpr2dipole: "},
      {hypers(1, "xyz"), "", "weights is 'xyz', supported: mu, cartesian"},
      {hypers(0, "mu"), "", "zeta is 0, expected 1"},
      {hypers(1, "mu", "1"), ARRAYS, "'normalize' is 1, expected bool"},
      {hypers(1, "mu", "true", ", \"coefficient_subselection\": {}"), ARRAYS,
       "unknown hyperparameter 'coefficient_subselection'"},
      {hypers(1, "mu", "true", ", \"optimization\": {\"RadialDimReduction\": {}}"), ARRAYS,
       "RadialDimReduction"},
      {hypers(2, "mu"), ARRAYS + "a['X1_8_8_8'] = a['X1_8_8_8'][:, :, 1:]\n",
       "X1_8_8_8 has the shape (3, 4, 17)"},
      {hypers(2, "mu"), ARRAYS + "a['X1_8_8_8'][0, 0, 0] = np.nan\n", "not finite"},
      {hypers(2, "mu"), ARRAYS + "a['X1_8_22_8'] = a['X1_8_8_8']\n",
       "array 'X1_8_22_8' is not one that this model needs"},
      {hypers(1, "mu"), ARRAYS, "is not one that this model needs"}, // X0 with zeta = 1
      {hypers(1, "mu"), "a['b_1'] = np.zeros((2, 3))", "array 'b_1' is not one"},
      {hypers(1, "mu"), "a['b_8'] = np.zeros(3)", "b_8 has the shape (3,)"},
  };
  for (const auto &c : list) {
    const Converted out = convert(c.hypers, c.arrays);
    EXPECT_NE(out.status, 0) << c.text;
    EXPECT_NE(out.text.find(c.text), std::string::npos) << out.text;
  }
}
