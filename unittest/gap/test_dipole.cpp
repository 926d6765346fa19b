// The dipole model against a direct evaluation of its definition that shares nothing with the
// implementation, finite differences of the dipole and of the field energy, and its symmetries.
#include "dipole_fixture.h"

#include <algorithm>
#include <numeric>

using namespace gap_test;

namespace {

const Vec FIELD = {0.03, -0.07, 0.05};

class EachDipole : public testing::TestWithParam<DipoleCase> {
protected:
  Dipole model = parse_dipole(dipole_text(GetParam()));
  Config config;
  // no distance passes the ends of the cutoff function within the steps of the differences
  void SetUp() override
  {
    unsigned seed = 1;
    do config = distorted({22, 8, 8}, 10, 2.2, seed++);
    while (seed < 2000 && near_radius(config, {3.6, 2.9}, 4e-3));
    ASSERT_LT(seed, 2000u);
  }
  DipoleResult at(const Config &c, bool tensors = false)
  {
    const DipoleResult r = evaluate_dipole(model.get(), c, FIELD, tensors);
    EXPECT_EQ(r.code, POLAR_OK) << r.st.text;
    return r;
  }
};

double largest(const Vec &v)
{
  return std::max({std::fabs(v[0]), std::fabs(v[1]), std::fabs(v[2])});
}

// 4th order central difference
Vec slope(double h, const std::function<Vec(double)> &f)
{
  const Vec a = f(h), b = f(-h), c = f(2 * h), d = f(-2 * h);
  Vec out;
  for (int k = 0; k < 3; k++) out[k] = (8 * (a[k] - b[k]) - (c[k] - d[k])) / (12 * h);
  return out;
}

// ------------------------------------------------------------------------- direct evaluation ---
// p1_(l,I,J) = (l+1)^(-1/2)/(4 pi) sum_jk R_lI(j) R_(l+1)J(k) [u_k P'_(l+1)(t) - u_j P'_l(t)] with
// t = u_j.u_k, which is what the addition theorem makes of the sums over m; radial integrals by
// quadrature.

using Matrix = std::vector<std::vector<double>>;

Matrix invert(Matrix a)
{
  const size_t n = a.size();
  for (size_t i = 0; i < n; i++) {
    a[i].resize(2 * n, 0.0);
    a[i][n + i] = 1;
  }
  for (size_t c = 0; c < n; c++) {
    size_t p = c;
    for (size_t i = c; i < n; i++)
      if (std::fabs(a[i][c]) > std::fabs(a[p][c])) p = i;
    std::swap(a[p], a[c]);
    const double d = a[c][c];
    for (double &v : a[c]) v /= d;
    for (size_t i = 0; i < n; i++) {
      const double f = a[i][c];
      for (size_t j = 0; j < 2 * n && i != c; j++) a[i][j] -= f * a[c][j];
    }
  }
  for (auto &row : a) row.erase(row.begin(), row.begin() + (long)n);
  return a;
}

// a^(-1/2) by Denman and Beavers' iteration
Matrix inverse_root(const Matrix &a)
{
  const size_t n = a.size();
  Matrix y = a, z(n, std::vector<double>(n, 0.0));
  for (size_t i = 0; i < n; i++) z[i][i] = 1;
  for (int step = 0; step < 60; step++) {
    const Matrix iy = invert(y), iz = invert(z);
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < n; j++) {
        y[i][j] = 0.5 * (y[i][j] + iz[i][j]);
        z[i][j] = 0.5 * (z[i][j] + iy[i][j]);
      }
  }
  return z;
}

double bessel(int l, double x) // i_l(x) by its power series
{
  double term = 1, sum = 0;
  for (int k = 1; k <= l; k++) term *= x / (2 * k + 1);
  for (int k = 1; k < 800 && term > 0; k++) {
    sum += term;
    term *= x * x / 2 / (k * (2.0 * l + 2 * k + 1));
  }
  return sum;
}

double legendre_slope(int l, double t) // P'_l
{
  if (l == 0) return 0;
  double p0 = 1, p1 = t, d0 = 0, d1 = 1;
  for (int k = 2; k <= l; k++) {
    const double p = ((2 * k - 1) * t * p1 - (k - 1) * p0) / k, d = d0 + (2 * k - 1) * p1;
    p0 = p1;
    p1 = p;
    d0 = d1;
    d1 = d;
  }
  return d1;
}

double legendre(int l, double t)
{
  double p0 = 1, p1 = t;
  for (int k = 2; k <= l; k++) {
    const double p = ((2 * k - 1) * t * p1 - (k - 1) * p0) / k;
    p0 = p1;
    p1 = p;
  }
  return l ? p1 : p0;
}

void gauss_legendre(int n, double end, std::vector<double> &x, std::vector<double> &w)
{
  for (int i = 0; i < n; i++) {
    double z = std::cos(M_PI * (i + 0.75) / (n + 0.5)), d = 1;
    for (int step = 0; step < 20; step++) {
      d = legendre_slope(n, z);
      z -= legendre(n, z) / d;
    }
    x.push_back(0.5 * end * (1 + z));
    w.push_back(end / ((1 - z * z) * d * d));
  }
}

// Radial functions of gto in value[l][n]; int_0^inf x^(n+2) exp(-b x^2 - a(x^2+r^2)) i_l(2axr) dx
// times 4/sqrt(pi), by quadrature
class Gto {
public:
  Gto(int n, int lmax, double sigma, double cutoff) : n(n), lmax(lmax), a(0.5 / sigma / sigma)
  {
    Matrix s(n, std::vector<double>(n));
    std::vector<double> width(n);
    for (int i = 0; i < n; i++) {
      width[i] = cutoff * std::max(std::sqrt(i), 1.0) / n;
      b.push_back(0.5 / width[i] / width[i]);
      norm.push_back(
          std::sqrt(2 / (std::tgamma(i + 1.5) * std::pow(width[i], 3 + 2 * i)))); // of r^i exp
    }
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++)
        s[i][j] = norm[i] * norm[j] * 0.5 * std::tgamma(0.5 * (3 + i + j)) *
                  std::pow(b[i] + b[j], -0.5 * (3 + i + j));
    root = inverse_root(s);
    // up to where the Gaussian of an atom at the cutoff has vanished
    gauss_legendre(90, 8, point, weight);
  }
  Matrix at(double r) const
  {
    Matrix value(lmax + 1, std::vector<double>(n, 0.0));
    for (size_t k = 0; k < point.size(); k++) {
      const double x = point[k];
      for (int l = 0; l <= lmax; l++) {
        const double i = bessel(l, 2 * a * x * r) * std::exp(-a * (x * x + r * r));
        for (int q = 0; q < n; q++)
          for (int p = 0; p < n; p++)
            value[l][q] += weight[k] * root[p][q] * 0.25 * norm[p] * 4 / std::sqrt(M_PI) *
                           std::pow(x, p + 2) * std::exp(-b[p] * x * x) * i;
      }
    }
    return value;
  }

private:
  int n, lmax;
  double a;
  std::vector<double> b, norm, point, weight;
  Matrix root;
};

// sqrt(w) x exp(-a(x^2+r^2)) i_l(2 a x r) at the points of the Gauss-Legendre rule on 0..end
class Dvr {
public:
  Dvr(int n, int lmax, double sigma, double end) : n(n), lmax(lmax), a(0.5 / sigma / sigma)
  {
    gauss_legendre(n, end, point, weight);
  }
  Matrix at(double r) const
  {
    Matrix value(lmax + 1, std::vector<double>(n));
    for (int l = 0; l <= lmax; l++)
      for (int q = 0; q < n; q++) {
        const double x = point[n - 1 - q]; // ascending
        value[l][q] = std::sqrt(weight[n - 1 - q]) * x * std::exp(-a * (x * x + r * r)) *
                      bessel(l, 2 * a * x * r);
      }
    return value;
  }

private:
  int n, lmax;
  double a;
  std::vector<double> point, weight;
};

struct Seen {
  Vec u;
  int species;
  Matrix value;
};

} // namespace

// the basis gauss is that of soap, which test_soap_direct evaluates
class Direct : public EachDipole {};

TEST_P(Direct, EqualsDirectEvaluation)
{
  const DipoleCase &c = GetParam();
  const double sigma = std::stod(c.basis.substr(6));
  const Gto gto(c.n, c.lmax, sigma, c.cutoff);
  const Dvr dvr(c.n, c.lmax, sigma, c.cutoff + 3 * sigma);
  const bool points = c.basis.find("dvr") == 0;
  const auto radial = [&](double r) { return points ? dvr.at(r) : gto.at(r); };
  double rate = 1, r0 = 1;
  int exponent = 0;
  if (!c.extra.empty()) {
    ASSERT_EQ(sscanf(c.extra.c_str(), "scaling %lf %lf %d", &rate, &r0, &exponent), 3);
  }
  const int nc = c.n * (int)c.elements.size();
  Surrounded s(config, c.cutoff);
  Vec m = {};
  for (size_t i = 0; i < config.x.size(); i++) {
    const int mine =
        (int)(std::find(c.elements.begin(), c.elements.end(), config.z[i]) - c.elements.begin());
    std::vector<Seen> seen = {{{0, 0, 0}, mine, radial(0)}}; // R_l(0) = 0 for l > 0
    for (int j : s.near[i]) {
      Vec d;
      double r = 0;
      for (int a = 0; a < 3; a++) {
        d[a] = s.x[j][a] - s.x[i][a];
        r += d[a] * d[a];
      }
      r = std::sqrt(r);
      for (double &v : d) v /= r;
      double f = r > c.cutoff - c.width
                     ? 0.5 * (1 + std::cos(M_PI * (r - c.cutoff + c.width) / c.width))
                     : 1;
      if (exponent)
        f *= rate > 0 ? rate / (rate + std::pow(r / r0, exponent)) : std::pow(r0 / r, exponent);
      Matrix value = radial(r);
      for (auto &row : value)
        for (double &v : row) v *= f;
      seen.push_back({d, s.z[j] == c.elements[0] ? 0 : 1, value});
    }
    // p1[a][l][I][J], p0[l][I][J], |c|^2 from p0
    std::vector<double> p1(3 * c.lmax * nc * nc, 0.0), p0((c.lmax + 1) * nc * nc, 0.0);
    for (const Seen &j : seen)
      for (const Seen &k : seen) {
        const double t = j.u[0] * k.u[0] + j.u[1] * k.u[1] + j.u[2] * k.u[2];
        for (int l = 0; l <= c.lmax; l++)
          for (int p = 0; p < c.n; p++)
            for (int q = 0; q < c.n; q++) {
              const int at = (l * nc + j.species * c.n + p) * nc + k.species * c.n + q;
              p0[at] += (2 * l + 1) / (4 * M_PI) * j.value[l][p] * k.value[l][q] * legendre(l, t);
              for (int a = 0; a < 3 && l < c.lmax; a++)
                p1[a * c.lmax * nc * nc + at] +=
                    j.value[l][p] * k.value[l + 1][q] / (4 * M_PI * std::sqrt(l + 1.0)) *
                    (k.u[a] * legendre_slope(l + 1, t) - j.u[a] * legendre_slope(l, t));
            }
      }
    double square = 0, p0norm = 0, norm = 1, gram[3][3] = {};
    for (int l = 0; l <= c.lmax; l++)
      for (int p = 0; p < nc; p++) {
        square += p0[(l * nc + p) * nc + p];
        for (int q = 0; q < nc; q++)
          p0norm += p0[(l * nc + p) * nc + q] * p0[(l * nc + p) * nc + q] / (2 * l + 1);
      }
    const int nv = c.lmax * nc * nc;
    for (int a = 0; a < 3; a++)
      for (int b = 0; b < 3; b++)
        for (int q = 0; q < nv; q++) gram[a][b] += p1[a * nv + q] * p1[b * nv + q];
    if (c.norm == "density") norm = square;
    if (c.norm == "vector") norm = std::sqrt(gram[0][0] + gram[1][1] + gram[2][2]);
    if (c.norm == "gram") {
      double sum = 0;
      for (auto &row : gram)
        for (double v : row) sum += v * v;
      norm = std::pow(sum, 0.25);
    }
    const gap_dipole_centre *e = &model->centre[model->centre_of[config.z[i]]];
    for (int point = 0; point < e->nsparse; point++) {
      double k = 0, weight = 1;
      int f = 0;
      for (int p = 0; p < nc && c.zeta > 1; p++)
        for (int q = 0; q <= p; q++)
          for (int l = 0; l <= c.lmax; l++)
            k += p0[(l * nc + p) * nc + q] * std::sqrt((p == q ? 1.0 : 2.0) / (2 * l + 1)) *
                 e->x0[point * model->density.dim + f++];
      if (c.norm != "none") k /= std::sqrt(p0norm);
      for (int z = 1; z < c.zeta; z++) weight *= k;
      for (int a = 0; a < 3; a++)
        for (int q = 0; q < nv; q++) m[a] += weight * p1[a * nv + q] / norm * e->v[point * nv + q];
    }
  }
  const DipoleResult r = at(config);
  ASSERT_GT(largest(m), 1e-3); // the model does act
  // sums of some thousand products; quadrature and tables of smooth functions
  // to rounding
  for (int a = 0; a < 3; a++) EXPECT_NEAR(r.m[a], m[a], 1e-11 * largest(m));
  EXPECT_NEAR(r.energy, -(FIELD[0] * m[0] + FIELD[1] * m[1] + FIELD[2] * m[2]), 1e-11 * largest(m));
}

TEST_P(EachDipole, BornTensorsAndFieldForces)
{
  const DipoleResult r = at(config, true);
  double most = 0, worst = 0;
  for (const auto &z : r.born)
    for (double v : z) most = std::max(most, std::fabs(v));
  ASSERT_GT(most, 1e-3); // the model does act
  for (size_t i = 0; i < config.x.size(); i++)
    for (int b = 0; b < 3; b++) {
      // the field force is a row of the tensor, by another sweep: rounding
      double f = 0;
      for (int a = 0; a < 3; a++) f += FIELD[a] * r.born[i][3 * a + b];
      EXPECT_NEAR(r.force[i][b], f, 1e-12 * most);
      if (i % 2) continue;
      Config d = config;
      const Vec dm = slope(5e-4, [&](double h) {
        d.x[i][b] = config.x[i][b] + h;
        return at(d).m;
      });
      for (int a = 0; a < 3; a++) worst = std::max(worst, std::fabs(r.born[i][3 * a + b] - dm[a]));
    }
  // h^4 M^(5)/30 with M^(5) of 1e4 M'/Angstrom^4, rounding 1e-13/h
  EXPECT_LT(worst, 3e-10 * std::max(1.0, most));
  printf("largest tensor element %.3g, error %.1e\n", most, worst);
}

TEST_P(EachDipole, SumRule)
{
  const DipoleResult r = at(config, true);
  double most = 0;
  std::array<double, 9> sum{};
  for (const auto &z : r.born)
    for (int q = 0; q < 9; q++) {
      most = std::max(most, std::fabs(z[q]));
      sum[q] += z[q];
    }
  for (double s : sum) EXPECT_NEAR(s, 0, 1e-12 * std::max(1.0, most)); // the aim; rounding
}

TEST_P(EachDipole, Virial)
{
  const DipoleResult r = at(config);
  double most = 0, worst = 0;
  for (double w : r.virial) most = std::max(most, std::fabs(w));
  ASSERT_GT(most, 1e-5);
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 3; b++) {
      const Vec de = slope(3e-4, [&](double eps) {
        Config d = config;
        for (int k = 0; k < 3; k++) d.h[a][k] += eps * config.h[b][k];
        for (size_t i = 0; i < config.x.size(); i++) d.x[i][a] += eps * config.x[i][b];
        return Vec{at(d).energy, 0, 0};
      });
      // r_a f_b belongs to a strain that moves atoms along b
      worst = std::max(worst, std::fabs(r.virial[3 * b + a] + de[0]));
      EXPECT_NEAR(r.atom_virial_sum[3 * a + b], r.virial[3 * a + b], 1e-12 * most); // rounding
    }
  EXPECT_LT(worst, 3e-9 * most); // as for the tensors, at a distance of 4 Angstrom
}

// M, Z* and forces turn with the crystal; moving it changes nothing
TEST_P(EachDipole, RotationAndTranslation)
{
  const DipoleResult r = at(config, true);
  const double c1 = std::cos(0.7), s1 = std::sin(0.7), c2 = std::cos(1.9), s2 = std::sin(1.9);
  const double rot[3][3] = {{c1, -s1 * c2, s1 * s2}, {s1, c1 * c2, -c1 * s2}, {0, s2, c2}};
  for (double sign : {1.0, -1.0}) { // -1: with inversion
    double q[3][3];
    for (int a = 0; a < 3; a++)
      for (int b = 0; b < 3; b++) q[a][b] = sign * rot[a][b];
    Config d = config;
    mat3_mul(q, config.h, d.h);
    for (size_t i = 0; i < config.x.size(); i++) {
      mat3_vec(q, config.x[i].data(), d.x[i].data());
      for (int a = 0; a < 3; a++) d.x[i][a] += 1.7 - a;
    }
    const DipoleResult t = at(d, true);
    Vec m;
    mat3_vec(q, r.m.data(), m.data());
    // rounding of positions of some Angstrom
    for (int a = 0; a < 3; a++) EXPECT_NEAR(t.m[a], m[a], 1e-12 * (1 + largest(r.m)));
    double worst = 0, most = 1;
    for (size_t i = 0; i < config.x.size(); i++) {
      double z[3][3], turned[3][3];
      for (int k = 0; k < 9; k++) z[k / 3][k % 3] = r.born[i][k];
      mat3_mul(q, z, turned);
      mat3_mul_t(turned, q, turned);
      for (int k = 0; k < 9; k++) {
        most = std::max(most, std::fabs(r.born[i][k]));
        worst = std::max(worst, std::fabs(t.born[i][k] - turned[k / 3][k % 3]));
      }
    }
    EXPECT_LT(worst, 1e-11 * most);
  }
}

TEST_P(EachDipole, OrderOfAtomsAndSupercell)
{
  const DipoleResult r = at(config, true);
  const int n = (int)config.x.size();
  std::vector<int> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(5));
  Config d = config, big = config;
  for (int i = 0; i < n; i++) {
    d.x[i] = config.x[order[i]];
    d.z[i] = config.z[order[i]];
    Vec image = config.x[i];
    for (int a = 0; a < 3; a++) image[a] += config.h[a][1];
    big.x.push_back(image);
    big.z.push_back(config.z[i]);
  }
  for (auto &row : big.h) row[1] *= 2;
  const DipoleResult t = at(d, true), u = at(big, true);
  const double tol = 1e-12 * (1 + largest(r.m)); // the same numbers in another order
  for (int a = 0; a < 3; a++) {
    EXPECT_NEAR(t.m[a], r.m[a], tol);
    EXPECT_NEAR(u.m[a], 2 * r.m[a], 2 * tol);
  }
  for (int i = 0; i < n; i++)
    for (int k = 0; k < 9; k++) {
      EXPECT_NEAR(t.born[i][k], r.born[order[i]][k], 10 * tol);
      EXPECT_NEAR(u.born[i][k], r.born[i][k], 10 * tol);
      EXPECT_NEAR(u.born[n + i][k], r.born[i][k], 10 * tol);
    }
}

// two atoms in a box smaller than the cutoff see their own images
TEST_P(EachDipole, SmallCell)
{
  Config c = distorted({22, 8}, 2, 1.6, 3);
  const DipoleResult r = at(c, true);
  for (int b = 0; b < 3; b++) {
    Config d = c;
    const Vec dm = slope(3e-4, [&](double h) {
      d.x[1][b] = c.x[1][b] + h;
      return at(d).m;
    });
    for (int a = 0; a < 3; a++) {
      // as above, with steeper functions at 1.5 Angstrom
      EXPECT_NEAR(r.born[1][3 * a + b], dm[a], 1e-8 * (1 + std::fabs(dm[a])));
      EXPECT_NEAR(r.born[1][3 * a + b], -r.born[0][3 * a + b], 1e-12 * (1 + std::fabs(dm[a])));
    }
  }
}

// A centre of inversion carries no dipole, also with norms that have no limit there; nor do atoms
// of elements without a centre, or alone.
TEST_P(EachDipole, NoDipoleBySymmetry)
{
  Config c;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) c.h[i][j] = i == j ? 4.0 : 0.0;
  c.x = {{0, 0, 0}, {2, 2, 0}, {2, 0, 2}, {0, 2, 2}};
  c.z = {22, 8, 8, 8};
  DipoleResult r = at(c, true);
  for (double m : r.m) EXPECT_NEAR(m, 0, 1e-12); // sums of opposite vectors of length 1
  for (const auto &z : r.born)
    for (double v : z) EXPECT_TRUE(std::isfinite(v));
  Config lonely = c;
  lonely.x = {{1, 2, 3}};
  lonely.z = {22};
  for (auto &row : lonely.h)
    for (double &v : row) v *= 5;
  r = at(lonely, true);
  for (int a = 0; a < 3; a++) EXPECT_EQ(r.m[a], 0.0);
  for (double v : r.born[0]) EXPECT_EQ(v, 0.0);
}

TEST_P(EachDipole, CoincidingAtoms)
{
  Config c = distorted({22, 8}, 4, 2.2, 3);
  c.x[1] = c.x[0];
  const DipoleResult r = evaluate_dipole(model.get(), c, FIELD);
  EXPECT_EQ(r.code, POLAR_NUMERIC);
  EXPECT_NE(std::string(r.st.text).find("atoms coincide"), std::string::npos) << r.st.text;
  c.x[1][2] = NAN;
  EXPECT_EQ(evaluate_dipole(model.get(), c, FIELD).code, POLAR_NUMERIC);
}

INSTANTIATE_TEST_SUITE_P(Models, EachDipole, testing::ValuesIn(dipole_cases()),
                         [](const testing::TestParamInfo<DipoleCase> &info) {
                           return info.param.name;
                         });

INSTANTIATE_TEST_SUITE_P(Models, Direct, testing::ValuesIn([] {
                           std::vector<DipoleCase> some;
                           for (const auto &c : dipole_cases())
                             if (c.basis.find("gauss") != 0) some.push_back(c);
                           return some;
                         }()),
                         [](const testing::TestParamInfo<DipoleCase> &info) {
                           return info.param.name;
                         });
