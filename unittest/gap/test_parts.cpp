// The pieces of a GAP model against closed forms.
#include "base/harmonics.h"
#include "gap/gap_basis.h"
#include "gap/gap_glue.h"
#include "gap/gap_md5.h"
#include "direct_sums.h"
#include "gap_models.h"

using namespace gap_test;

// l <= 2 as tabulated in textbooks
TEST(Harmonics, ClosedForms)
{
  double norm[HARMONICS_NORM], y[9];
  harmonics_norm(2, norm);
  const double u[3] = {0.36, -0.48, 0.8}, x = u[0], v = u[1], z = u[2], pi = std::acos(-1.0);
  harmonics(2, norm, u, y);
  const double s3 = std::sqrt(3 / (4 * pi)), s15 = std::sqrt(15 / (4 * pi));
  const double expected[9] = {std::sqrt(1 / (4 * pi)),
                              s3 * v,
                              s3 * z,
                              s3 * x,
                              s15 * x * v,
                              s15 * v * z,
                              std::sqrt(5 / (16 * pi)) * (3 * z * z - 1),
                              s15 * x * z,
                              0.5 * s15 * (x * x - v * v)};
  for (int k = 0; k < 9; k++) EXPECT_NEAR(y[k], expected[k], 1e-15) << k;
}

// sum_m Y_lm(u) Y_lm(v) = (2l+1)/(4 pi) P_l(u.v), up to the largest l
TEST(Harmonics, AdditionTheorem)
{
  double norm[HARMONICS_NORM], a[HARMONICS_MAX], b[HARMONICS_MAX];
  harmonics_norm(HARMONICS_MAX_L, norm);
  const double u[3] = {0.36, -0.48, 0.8}, v[3] = {2. / 3, 2. / 3, -1. / 3};
  const double dot = u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
  harmonics(HARMONICS_MAX_L, norm, u, a);
  harmonics(HARMONICS_MAX_L, norm, v, b);
  for (int l = 0; l <= HARMONICS_MAX_L; l++) {
    double sum = 0;
    for (int m = l * l; m < (l + 1) * (l + 1); m++) sum += a[m] * b[m];
    EXPECT_NEAR(sum, (2 * l + 1) / (4 * std::acos(-1.0)) * legendre(l, dot), 1e-13) << l;
  }
}

TEST(Harmonics, Gradient)
{
  const int l = 9, n = (l + 1) * (l + 1);
  double norm[HARMONICS_NORM], y[HARMONICS_MAX], same[HARMONICS_MAX], dy[3 * HARMONICS_MAX];
  harmonics_norm(l, norm);
  for (const Vec r : {Vec{0.7, -1.1, 1.6}, Vec{0, 0, 2}, Vec{-1.3, 0, 0}}) {
    const double length = std::sqrt(r[0] * r[0] + r[1] * r[1] + r[2] * r[2]);
    const double u[3] = {r[0] / length, r[1] / length, r[2] / length};
    harmonics_gradient(l, norm, u, 1 / length, y, dy);
    harmonics(l, norm, u, same);
    for (int k = 0; k < n; k++) EXPECT_NEAR(y[k], same[k], 1e-15);
    for (int a = 0; a < 3; a++) {
      double at[4][HARMONICS_MAX];
      const double h = 1e-3, step[4] = {h, -h, 2 * h, -2 * h};
      for (int s = 0; s < 4; s++) {
        Vec q = r;
        q[a] += step[s];
        const double d = std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2]);
        const double w[3] = {q[0] / d, q[1] / d, q[2] / d};
        harmonics(l, norm, w, at[s]);
      }
      // h^4 l^5/30
      for (int k = 0; k < n; k++)
        EXPECT_NEAR(dy[a * n + k], (8 * (at[0][k] - at[1][k]) - at[2][k] + at[3][k]) / (12 * h),
                    1e-8);
    }
  }
}

// i_0 = sinh x/x, i_1 = cosh x/x - sinh x/x^2, and the recurrence upwards where it is stable
TEST(Basis, Bessel)
{
  for (long double x : {1e-14L, 1e-5L, 0.3L, 1.0L, 7.0L, 40.0L, 900.0L, 20000.0L, -3.0L}) {
    long double v[HARMONICS_MAX_L + 1];
    gap_bessel(HARMONICS_MAX_L, x, v);
    const long double a = fabsl(x), i0 = a < 1e-9L ? 1 - a : -expm1l(-2 * a) / (2 * a);
    EXPECT_NEAR((double)(v[0] / i0), 1, 1e-15);
    if (a > 0.1L) {
      const long double i1 = ((1 + expl(-2 * a)) / 2 - i0) / a;
      EXPECT_NEAR((double)(v[1] / (x < 0 ? -i1 : i1)), 1, 1e-15);
    } else EXPECT_NEAR((double)(v[1] / (x / 3)), 1, 1e-5);
    for (int l = 1; l < HARMONICS_MAX_L; l++)
      EXPECT_NEAR((double)(v[l - 1] - v[l + 1] - (2 * l + 1) / x * v[l]), 0, 1e-15 * (double)i0);
  }
}

// Tables with different nodes, from slightly different cutoffs, agree: errors of interpolation
// would not.
TEST(Basis, IndependentOfNodes)
{
  gap_soap_basis b = {};
  b.lmax = 6;
  b.n = 5;
  b.cutoff = 5;
  b.transition = 1;
  b.sigma = 0.4;
  b.error_exponent = 10;
  b.central_weight = 1;
  gap_radial coarse = {}, other = {};
  double centre[GAP_MAX_N];
  polar_status st = {};
  ASSERT_EQ(gap_basis_soap(&b, &coarse, centre, &st), POLAR_OK) << st.text;
  b.cutoff = 5.0001; // other nodes
  ASSERT_EQ(gap_basis_soap(&b, &other, centre, &st), POLAR_OK) << st.text;
  gap_radial third = {};
  b.cutoff = 4.9999;
  ASSERT_EQ(gap_basis_soap(&b, &third, centre, &st), POLAR_OK) << st.text;
  std::vector<double> v(coarse.table->width), d(v), w(v), dw(v), u(v), du(v);
  for (double r = 0.013; r < 4.99; r += 0.0171) {
    gap_table_at(coarse.table, r, v.data(), d.data());
    gap_table_at(other.table, r, w.data(), dw.data());
    gap_table_at(third.table, r, u.data(), du.data());
    for (int k = 0; k < coarse.table->count; k++) {
      // the mean of the neighbors: second order in 1e-4, and the two tables' interpolation errors
      EXPECT_NEAR(v[k], 0.5 * (w[k] + u[k]), 1e-7 * (1 + std::fabs(v[k])));
      EXPECT_NEAR(d[k], 0.5 * (dw[k] + du[k]), 1e-6 * (1 + std::fabs(d[k])));
    }
  }
  gap_table_free(coarse.table);
  gap_table_free(other.table);
  gap_table_free(third.table);
}

// The central atom's Gaussian is the last function of poly3gauss: its coefficients are a column of
// S^(1/2), of norm 1, times a factor known in closed form
TEST(Basis, CentralAtomOfPoly3gauss)
{
  for (int enhancement = 0; enhancement < 3; enhancement++) {
    gap_turbo_basis b = {};
    b.lmax = 2;
    b.n = 5;
    b.hard = 4.5;
    b.soft = 4;
    b.sigma_r = 0.5;
    b.sigma_t = 0.6;
    b.scaling_r = 0.1;
    b.central_weight = 0.7;
    b.filter = 4;
    b.enhancement = enhancement;
    b.gaussian = 1;
    gap_radial g = {};
    double centre[GAP_MAX_N], square = 0;
    polar_status st = {};
    ASSERT_EQ(gap_basis_turbo(&b, &g, centre, &st), POLAR_OK) << st.text;
    gap_table_free(g.table);
    for (int n = 0; n < b.n; n++) square += centre[n] * centre[n];
    const double pi = std::acos(-1.0), s0 = b.sigma_r / b.hard;
    const double e = enhancement == 0 ? 1 : enhancement == 1 ? std::sqrt(2 / pi) * s0 : s0 * s0;
    const double factor = e * b.central_weight * std::sqrt(4 * pi) * std::pow(pi, 0.25) *
                          std::sqrt(b.sigma_r / 2) * std::pow(b.hard, 3) /
                          (b.sigma_t * b.sigma_t * b.sigma_r);
    // the tail of the Gaussian beyond r_c, exp(-81/2), is not in the overlaps
    EXPECT_NEAR(std::sqrt(square) / factor, 1, 1e-14) << enhancement;
  }
}

namespace {

int wave(void *, int segment, long double r, long double *value)
{
  value[0] = sinl(3 * r) + segment;
  value[1] = expl(-r * r);
  return 0;
}

} // namespace

TEST(Table, ValuesSlopesAndSegments)
{
  const double bound[3] = {0, 1.3, 4};
  gap_table *t = nullptr;
  polar_status st = {};
  ASSERT_EQ(gap_table_create(2, 2, bound, 0.01, wave, nullptr, &t, &st), POLAR_OK);
  std::vector<double> v(t->width), d(t->width);
  for (double r = 0; r < 4; r += 0.00137) {
    gap_table_at(t, r, v.data(), d.data());
    // h^6/46080 3^6 = 2e-14; slopes h^5
    EXPECT_NEAR(v[0], std::sin(3 * r) + (r >= 1.3), 1e-13);
    EXPECT_NEAR(d[0], 3 * std::cos(3 * r), 2e-11);
    EXPECT_NEAR(v[1], std::exp(-r * r), 1e-13);
    EXPECT_NEAR(d[1], -2 * r * std::exp(-r * r), 2e-11);
  }
  gap_table_free(t);
}

TEST(Md5, Rfc1321)
{
  const std::pair<const char *, const char *> suite[] = {
      {"", "d41d8cd98f00b204e9800998ecf8427e"},
      {"a", "0cc175b9c0f1b6a831c399e269772661"},
      {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
      {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
       "d174ab98d277d9f5a5611c2c9f419d9f"},
      {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
       "57edf4a22be3c955ac49da2e2107b67a"}};
  for (const auto &s : suite) {
    char out[33];
    gap_md5(s.first, std::string(s.first).size(), out);
    EXPECT_STREQ(out, s.second);
  }
}

// Two atoms, one sparse point: E by hand. A pair is two instances.
TEST(Energy, OnePairByHand)
{
  const Model m = made_up(
      model_text({"<gpCoordinates dimensions=\"1\" n_sparseX=\"1\" covariance_type=\"1\" "
                  "signal_variance=\".5\" "
                  "signal_mean=\"0.2\"><theta>0.8</theta><descriptor>distance_2b cutoff=4 "
                  "cutoff_transition_width=1 Z1=14 Z2=8</descriptor><sparseX i=\"1\" alpha=\"3\" "
                  "sparseCutoff=\"0.5\">2.1</sparseX></gpCoordinates>"}));
  Config c = {};
  for (int k = 0; k < 3; k++) c.h[k][k] = 30;
  c.x = {{1, 1, 1}, {1, 4.4, 1}};
  c.z = {8, 14};
  const double r = 3.4, fc = 0.5 * (1 + std::cos(std::acos(-1.0) * 0.4));
  const double k = 0.25 * std::exp(-0.5 * std::pow((r - 2.1) / 0.8, 2)) + 0.04;
  const Result out = evaluate(m.get(), c);
  // e0 of element 14 is -1.5, none for 8
  EXPECT_NEAR(out.energy, -1.5 + 2 * fc * 3 * 0.5 * k, 1e-14);
  EXPECT_NEAR(out.atom_energy[0], fc * 1.5 * k, 1e-14);
  c.z = {8, 8};
  EXPECT_EQ(evaluate(m.get(), c).energy, 0);
}

// One triplet with angle_3b (both orders of the neighbors) and with distance_Nb (once per centre)
TEST(Energy, OneTripletByHand)
{
  const std::string sparse = "<sparseX i=\"1\" alpha=\"2\" sparseCutoff=\"1\">";
  const std::string head = "<gpCoordinates dimensions=\"3\" n_sparseX=\"1\" signal_variance=\"1\" ";
  Config c = {};
  for (int k = 0; k < 3; k++) c.h[k][k] = 30;
  c.x = {{5, 5, 5}, {7, 5, 5}, {5, 7.5, 5}}; // r12 = 2, r13 = 2.5, r23 = 3.2
  c.z = {14, 8, 6};
  const double r23 = std::sqrt(10.25);
  const Model three = made_up(model_text(
      {head +
       "covariance_type=\"1\"><theta>1 2 3</theta><descriptor>angle_3b cutoff=3.5 Z=14 Z1=6 "
       "Z2=8</descriptor>" +
       sparse + "4 0.5 3</sparseX></gpCoordinates>"}));
  const double q = 0.25 + std::pow((0.25 - 0.5) / 2, 2) + std::pow((r23 - 3) / 3, 2);
  EXPECT_NEAR(evaluate(three.get(), c).energy, -1.5 + 2 * 2 * std::exp(-0.5 * q), 1e-13);

  // compact kernel, dimension 3: j = 3, (1-r)^4 (4r+1)
  const Model compact = made_up(model_text(
      {head +
       "covariance_type=\"4\"><theta>1 2 3</theta><descriptor>angle_3b cutoff=3.5 Z=14 Z1=6 "
       "Z2=8</descriptor>" +
       sparse + "4 0.5 3</sparseX></gpCoordinates>"}));
  const double r = std::sqrt(q);
  EXPECT_NEAR(evaluate(compact.get(), c).energy, -1.5 + 2 * 2 * std::pow(1 - r, 4) * (4 * r + 1),
              1e-13);
}

// Pair potential of a clamped spline through a cubic is the cubic; density and embedding by hand
TEST(Energy, GlueByHand)
{
  // V = (3 - r)^3 has slope -3 (3-r)^2: -12 at r = 1, 0 at r = 3
  std::string points;
  for (double r : {1.0, 1.4, 2.1, 3.0})
    points += "<point r=\"" + number(r) + "\" E=\"" + number(std::pow(3 - r, 3)) + "\"/>";
  const std::string core =
      "<Glue_params n_types=\"1\"><per_type_data atomic_num=\"14\" type=\"1\"><density "
      "num_points=\"2\"><point a=\"1\" rho=\"4\"/><point a=\"3\" rho=\"0\"/></density>"
      "<potential_density num_points=\"3\"><point rho=\"0\" E=\"1\"/><point rho=\"1\" E=\"3\"/>"
      "<point rho=\"2\" E=\"5\"/></potential_density></per_type_data><per_pair_data type1=\"1\" "
      "type2=\"1\"><potential_pair num_points=\"4\" y1=\"-12\" yn=\"0\">" +
      points + "</potential_pair></per_pair_data></Glue_params>";
  const Model m = made_up(model_text(
      {coordinates("distance_2b cutoff=3 Z1=8 Z2=8", 1, 1, 1, delta, theta("1"), 1, 2, 1)}, "0",
      core));
  Config c = {};
  for (int k = 0; k < 3; k++) c.h[k][k] = 30;
  c.z = {14, 14};
  for (double r : {1.2, 1.9, 2.8}) {
    c.x = {{1, 1, 1}, {1, 1, 1 + r}};
    // rho = 4/8 (3-r)^3, F = 1 + 2 rho
    const double rho = 0.5 * std::pow(3 - r, 3);
    EXPECT_NEAR(evaluate(m.get(), c).energy, -3 + std::pow(3 - r, 3) + 2 * (1 + 2 * rho), 1e-13)
        << r;
  }
}

// An atom alone has a power spectrum of its own density only: k = 1 with itself
TEST(Energy, IsolatedAtomOfSoap)
{
  // n = 2, l = 0: (11) (21) (22) sigma0; the centre sits in the first radial function
  const Model m = made_up(model_text(
      {"<gpCoordinates dimensions=\"4\" n_sparseX=\"1\" covariance_type=\"2\" "
       "signal_variance=\"3\" "
       "zeta=\"2\"><descriptor>soap cutoff=3 l_max=0 n_max=2 atom_sigma=0.5 covariance_sigma0=0.5"
       "</descriptor><sparseX i=\"1\" alpha=\"2\" sparseCutoff=\"1\">0.6 0.1 0.2 0.5</sparseX>"
       "</gpCoordinates>"}));
  Config c = {};
  for (int k = 0; k < 3; k++) c.h[k][k] = 30;
  c.x = {{1, 1, 1}};
  c.z = {14};
  EXPECT_NEAR(evaluate(m.get(), c).energy, -1.5 + 9 * 2 * std::pow(0.6 + 0.25, 2), 1e-13);
}
