// Fitting: the design matrix, least squares, choice of sparse points, recovery of a known model.
#include "fit_fixture.h"

#include "gap/gap_qr.h"
#include "gap/gap_read.h"
#include "gap/gap_select.h"

#include <algorithm>

using namespace gap_test;

namespace {

const gap_sigma SIGMA = {"", 1e-3, 1e-2, 1e-2};

Draft prepared(const Frames &f, const std::string &terms = TERMS, int decimals = -1)
{
  Draft d = draft(terms, f);
  gap_fit_options o = options(SIGMA);
  o.decimals = decimals;
  polar_status st = {};
  if (gap_fit_prepare(d.get(), f.size(), f.all.data(), &o, &st)) throw std::runtime_error(st.text);
  return d;
}

void randomize(gap_draft *d, unsigned seed)
{
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> u(-1, 1);
  d->e0[14] = -3;
  d->e0[8] = -2;
  for (int t = 0; t < d->nterm; t++)
    for (int s = 0; s < d->term[t].nsparse; s++) d->term[t].alpha[s] = u(random);
}

Model model_of(const gap_draft *d)
{
  gap_model *m = nullptr;
  polar_status st = {};
  if (gap_draft_model(d, &m, &st)) throw std::runtime_error(st.text);
  return Model(m, gap_free);
}

using DesignPointer = std::unique_ptr<gap_design, void (*)(gap_design *)>;

DesignPointer design_of(const gap_draft *d)
{
  gap_design *g = nullptr;
  polar_status st = {};
  if (gap_design_create(d, &g, &st)) throw std::runtime_error(st.text);
  return DesignPointer(g, gap_design_free);
}

struct Rows {
  int n = 0;
  std::vector<double> row;
  Rows(gap_design *g, const Config &c)
  {
    gap_images *images = nullptr;
    polar_status st = {};
    const Frames f({c});
    const extxyz_frame &a = f.all[0];
    n = gap_design_size(g);
    row.resize((size_t)(GAP_ROW_FORCE + 3 * a.n) * n);
    if (gap_images_create(a.n, a.z, a.x, a.cell, a.pbc, gap_design_cutoff(g), &images, &st) ||
        gap_design_rows(g, images, n, row.data(), &st))
      throw std::runtime_error(st.text);
    gap_images_free(images);
  }
  Rows(const gap_draft *d, const Config &c) : Rows(design_of(d).get(), c) {}
  double at(int q, int s) const { return row[(size_t)q * n + s]; }
};

} // namespace

TEST(Draft, ExpandsElements)
{
  const Frames f(configurations(1, 1));
  const Draft d = draft(TERMS, f);
  ASSERT_EQ(d->nterm, 5); // soap around O and Si; O-O, O-Si, Si-Si
  EXPECT_NE(std::string(d->term[0].descriptor).find("n_species=2 Z=8 species_Z={{8 14}}"),
            std::string::npos);
  EXPECT_NE(std::string(d->term[3].descriptor).find("Z1=8 Z2=14"), std::string::npos);
  EXPECT_EQ(draft("soap n_max=3 l_max=3 cutoff=3.6 atom_sigma=0.5 zeta=2 delta=1 n_sparse=7 "
                  "add_species=F",
                  f)
                ->nterm,
            1);
}

class Design : public testing::TestWithParam<const char *> {};

// the design matrix times coefficients is the model
TEST_P(Design, IsTheModel)
{
  const std::vector<Config> c = configurations(3, 5);
  const Frames f(c);
  const Draft d = prepared(f, GetParam());
  randomize(d.get(), 3);
  std::vector<double> alpha;
  for (int t = 0; t < d->nterm; t++)
    alpha.insert(alpha.end(), d->term[t].alpha, d->term[t].alpha + d->term[t].nsparse);
  const Model m = model_of(d.get());
  for (const Config &config : c) {
    const Rows rows(d.get(), config);
    const Result r = evaluate(m.get(), config);
    ASSERT_EQ((size_t)rows.n, alpha.size());
    std::vector<double> sum(rows.row.size() / rows.n);
    for (size_t q = 0; q < sum.size(); q++)
      for (int s = 0; s < rows.n; s++) sum[q] += rows.at((int)q, s) * alpha[s];
    for (int z : config.z) sum[0] += d->e0[z];
    // sums of some hundred terms in another order
    EXPECT_NEAR(sum[0], r.energy, 1e-11);
    for (int q = 0; q < 9; q++) EXPECT_NEAR(sum[1 + q], r.virial[q], 1e-10) << q;
    for (size_t i = 0; i < config.x.size(); i++)
      for (int a = 0; a < 3; a++) EXPECT_NEAR(sum[GAP_ROW_FORCE + 3 * i + a], r.force[i][a], 1e-11);
  }
}

// each column by itself: forces and virial are derivatives of its energy
TEST_P(Design, ColumnsByFiniteDifferences)
{
  const Config c = configurations(1, 9)[0];
  const Draft d = prepared(Frames(configurations(3, 9)), GetParam());
  const DesignPointer g = design_of(d.get());
  const Rows rows(g.get(), c);
  const double h = 1e-4;
  const auto difference = [&](const std::function<void(Config &, double)> &move, int s) {
    Config up = c, down = c, up2 = c, down2 = c;
    move(up, h);
    move(down, -h);
    move(up2, 2 * h);
    move(down2, -2 * h);
    return (8 * (Rows(g.get(), up).at(0, s) - Rows(g.get(), down).at(0, s)) -
            (Rows(g.get(), up2).at(0, s) - Rows(g.get(), down2).at(0, s))) /
           (12 * h);
  };
  int acting = 0;
  for (int s = 0; s < rows.n; s += 3)
    for (int k = 0; k < 2; k++) {
      const int i = (s + 3 * k) % 8, a = (s + k) % 3, b = (a + k) % 3;
      const double f = difference([&](Config &x, double e) { x.x[i][a] += e; }, s);
      const double w = difference(
          [&](Config &x, double e) {
            for (int q = 0; q < 3; q++) x.h[a][q] += e * c.h[b][q];
            for (size_t j = 0; j < c.x.size(); j++) x.x[j][a] += e * c.x[j][b];
          },
          s);
      // rounding of 1e-13/h, and kinks of higher derivatives where cutoffs end
      EXPECT_NEAR(rows.at(GAP_ROW_FORCE + 3 * i + a, s), -f, 1e-8);
      EXPECT_NEAR(rows.at(1 + 3 * a + b, s), -w, 1e-7);
      acting += std::fabs(f) > 1e-3;
    }
  EXPECT_GT(acting, 5);
}

INSTANTIATE_TEST_SUITE_P(Terms, Design, testing::Values(TERMS, TERMS_23),
                         [](const testing::TestParamInfo<const char *> &i) {
                           return i.param == TERMS ? "soap_and_pairs" : "soap_23";
                         });

TEST(Kernel, IsThatOfThePoints)
{
  const Frames f(configurations(2, 4));
  const Draft d = prepared(f);
  gap_design *g = nullptr;
  polar_status st = {};
  ASSERT_EQ(gap_design_create(d.get(), &g, &st), POLAR_OK) << st.text;
  for (int t = 0; t < d->nterm; t++) {
    const gap_term &term = d->term[t];
    std::vector<double> k((size_t)term.nsparse * term.nsparse);
    gap_design_kernel(g, t, k.data());
    for (int i = 0; i < term.nsparse; i++)
      for (int j = 0; j < term.nsparse; j++) {
        double dot = 0;
        for (int q = 0; q < term.dim; q++)
          dot += term.x[i * term.dim + q] * term.x[j * term.dim + q];
        const double difference = (term.x[i] - term.x[j]) / term.theta;
        const double expected =
            term.soap ? 0.64 * dot * dot : 2.25 * std::exp(-0.5 * difference * difference);
        EXPECT_NEAR(k[i * term.nsparse + j], expected, 1e-14);
      }
  }
  gap_design_free(g);
}

// against the normal equations, which are good enough for a well-conditioned problem
TEST(Qr, LeastSquares)
{
  const int n = 9, m = 300;
  std::mt19937 random(2);
  std::uniform_real_distribution<double> u(-1, 1);
  std::vector<double> a((size_t)m * (n + 1)), normal(n * n, 0.0), right(n, 0.0);
  for (double &v : a) v = u(random);
  for (int i = 0; i < n; i++) normal[i * n + i] = 0.25; // regularisation: R = 0.5
  double square = 0;
  for (int r = 0; r < m; r++) {
    const double *row = &a[r * (n + 1)];
    square += row[n] * row[n];
    for (int i = 0; i < n; i++) {
      right[i] += row[i] * row[n];
      for (int j = 0; j < n; j++) normal[i * n + j] += row[i] * row[j];
    }
  }
  ASSERT_EQ(gap_cholesky(n, normal.data()), -1);
  std::vector<double> y = right;
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < i; j++) y[i] -= normal[i * n + j] * y[j];
    y[i] /= normal[i * n + i];
  }
  for (int i = n - 1; i >= 0; i--) {
    for (int j = i + 1; j < n; j++) y[i] -= normal[j * n + i] * y[j];
    y[i] /= normal[i * n + i];
  }
  gap_qr q;
  polar_status st = {};
  ASSERT_EQ(gap_qr_create(&q, n, &st), POLAR_OK);
  for (int i = 0; i < n; i++) q.r[i * (n + 1) + i] = 0.5;
  // in blocks of any size
  for (int start = 0, size = 1; start < m; start += size, size = std::min(m - start, size * 3))
    ASSERT_EQ(gap_qr_add(&q, size, &a[(size_t)start * (n + 1)], &st), POLAR_OK);
  std::vector<double> x(n);
  ASSERT_EQ(gap_qr_solve(&q, x.data(), &st), POLAR_OK);
  double projected = 0;
  for (int i = 0; i < n; i++) {
    EXPECT_NEAR(x[i], y[i], 1e-12); // rounding times a condition number of 10
    projected += right[i] * y[i];
  }
  EXPECT_NEAR(q.residual, square - projected, 1e-10); // |b|^2 - b^T A x
  gap_qr_clear(&q);
}

TEST(Qr, SaysWhatIsUndetermined)
{
  gap_qr q;
  polar_status st = {};
  ASSERT_EQ(gap_qr_create(&q, 2, &st), POLAR_OK);
  double a[3] = {1, 0, 1}, x[2], bad[3] = {NAN, 0, 1};
  ASSERT_EQ(gap_qr_add(&q, 1, a, &st), POLAR_OK);
  EXPECT_EQ(gap_qr_solve(&q, x, &st), POLAR_NUMERIC);
  EXPECT_NE(std::string(st.text).find("sparse point 2 is not determined"), std::string::npos);
  EXPECT_EQ(gap_qr_add(&q, 1, bad, &st), POLAR_NUMERIC);
  gap_qr_clear(&q);
  double not_positive[4] = {1, 0, 2, 1};
  EXPECT_EQ(gap_cholesky(2, not_positive), 1);
}

TEST(Select, FarthestFirst)
{
  // mean 3.6: 10 is farthest, then 0, then 5 (5 away from both), then 2
  const double x[] = {0, 1, 2, 5, 10};
  int chosen[5];
  polar_status st = {};
  ASSERT_EQ(gap_select_farthest(5, 1, x, 4, 0, chosen, &st), 4);
  EXPECT_EQ(chosen[0], 4);
  EXPECT_EQ(chosen[1], 0);
  EXPECT_EQ(chosen[2], 3);
  EXPECT_EQ(chosen[3], 2);
  // nothing is chosen twice, nor what is as good as chosen
  const double same[] = {1, 1, 2, 2, 2.0001};
  EXPECT_EQ(gap_select_farthest(5, 1, same, 5, 1e-3, chosen, &st), 2);
}

// data made by a model with the same sparse points: the fit is that model
TEST(Fit, RecoversAModel)
{
  const std::vector<Config> c = configurations(12, 20), unseen = configurations(3, 90);
  Frames f(c), g(unseen);
  const Draft truth = prepared(f), d = prepared(f);
  randomize(truth.get(), 8);
  const Model made = model_of(truth.get());
  f.label(made.get(), c);
  g.label(made.get(), unseen);
  for (int z : {8, 14}) d->e0[z] = truth->e0[z];
  const gap_sigma exact = {"", 1e-7, 1e-7, 1e-7};
  gap_fit_options o = options(exact);
  o.jitter = 1e-12;
  gap_fit_summary summary;
  polar_status st = {};
  ASSERT_EQ(gap_fit_solve(d.get(), f.size(), f.all.data(), &o, &summary, &st), POLAR_OK) << st.text;
  EXPECT_EQ(summary.equations, 12 * (1 + 6 + 24));
  EXPECT_EQ(summary.unknowns, 2 * 7 + 3 * 5);
  const Model fitted = model_of(d.get());
  gap_fit_errors e;
  ASSERT_EQ(gap_fit_test(fitted.get(), g.size(), g.all.data(), nullptr, &e, &st), POLAR_OK);
  EXPECT_EQ(e.energies, 3);
  EXPECT_EQ(e.forces, 3 * 24);
  EXPECT_EQ(e.virials, 3 * 6);
  // regularisation of relative weight (sigma/delta)^2 times |alpha| of 1, times unseen directions
  EXPECT_LT(e.worst_energy, 1e-7);
  EXPECT_LT(e.worst_force, 1e-6);
  EXPECT_LT(e.worst_stress, 1e-5);
  EXPECT_GT(e.spread_force, 0.1); // there was something to learn
  // what a sigma of 0 leaves out is not needed
  const gap_sigma forces = {"", 1e-7, 1e-7, 0};
  o.sigma = &forces;
  ASSERT_EQ(gap_fit_solve(d.get(), f.size(), f.all.data(), &o, &summary, &st), POLAR_OK) << st.text;
  EXPECT_EQ(summary.equations, 12 * (1 + 24));
}

// minimum of what the header says is minimized, by its gradient: A^T s^-2 (A alpha - y) + K alpha =
// 0
TEST(Fit, IsTheMinimum)
{
  const std::vector<Config> c = configurations(4, 30);
  Frames f(c);
  const Draft truth = prepared(f), d = prepared(f);
  randomize(truth.get(), 8);
  f.label(model_of(truth.get()).get(), c);
  for (auto &frame : f.all) frame.force[0][1] += 0.3; // no model does this
  const gap_sigma s[2] = {{"", 0.01, 0.1, 0.05}, {"other", 0.02, 0.3, 0}};
  snprintf(f.all[3].kind, sizeof f.all[3].kind, "other");
  gap_fit_options o = options(s[0]);
  o.nsigma = 2;
  gap_fit_summary summary;
  polar_status st = {};
  d->e0[14] = -1;
  ASSERT_EQ(gap_fit_solve(d.get(), f.size(), f.all.data(), &o, &summary, &st), POLAR_OK) << st.text;
  EXPECT_EQ(summary.equations, 3 * 31 + 25);
  std::vector<double> alpha;
  for (int t = 0; t < d->nterm; t++)
    alpha.insert(alpha.end(), d->term[t].alpha, d->term[t].alpha + d->term[t].nsparse);
  const int n = (int)alpha.size();
  std::vector<double> gradient(n, 0.0), scale(n, 0.0);
  double residual = 0;
  for (int k = 0; k < 4; k++) {
    const Rows rows(d.get(), c[k]);
    const extxyz_frame &frame = f.all[k];
    const gap_sigma &sigma = s[k == 3];
    const auto equation = [&](const std::function<double(int)> &a, double y, double error) {
      double left = -y;
      for (int i = 0; i < n; i++) left += a(i) * alpha[i];
      residual += left * left / error / error;
      for (int i = 0; i < n; i++) {
        gradient[i] += a(i) * left / error / error;
        scale[i] += std::fabs(a(i) * left / error / error);
      }
    };
    double e = frame.energy;
    for (int z : c[k].z) e -= d->e0[z];
    equation([&](int i) { return rows.at(0, i); }, e, sigma.energy * std::sqrt(8.0));
    for (int q = 0; q < 24; q++)
      equation([&](int i) { return rows.at(GAP_ROW_FORCE + q, i); }, frame.force[q / 3][q % 3],
               sigma.force);
    for (int p = 0; p < 3 && sigma.virial > 0; p++)
      for (int q = p; q < 3; q++)
        equation(
            [&](int i) { return 0.5 * (rows.at(1 + 3 * p + q, i) + rows.at(1 + 3 * q + p, i)); },
            frame.virial[3 * p + q], sigma.virial * std::sqrt(8.0));
  }
  gap_design *g = nullptr;
  ASSERT_EQ(gap_design_create(d.get(), &g, &st), POLAR_OK);
  for (int t = 0, start = 0; t < d->nterm; start += d->term[t++].nsparse) {
    const int m = d->term[t].nsparse;
    std::vector<double> k(m * m);
    gap_design_kernel(g, t, k.data());
    for (int i = 0; i < m; i++) k[i * m + i] *= 1 + o.jitter;
    for (int i = 0; i < m; i++)
      for (int j = 0; j < m; j++) {
        gradient[start + i] += k[i * m + j] * alpha[start + j];
        residual += alpha[start + i] * k[i * m + j] * alpha[start + j];
      }
  }
  gap_design_free(g);
  // rounding of the coefficients, times a condition number of 1e4
  for (int i = 0; i < n; i++) EXPECT_LT(std::fabs(gradient[i]), 1e-9 * scale[i]) << i;
  EXPECT_NEAR(summary.residual, residual, 1e-9 * residual);
}

// the written files, read back, are the model: also with rounded points
TEST(Fit, WritesWhatItFitted)
{
  const std::vector<Config> c = configurations(3, 40);
  const Frames f(c);
  for (int decimals : {-1, 5}) {
    const Draft d = prepared(f, TERMS, decimals);
    randomize(d.get(), 4);
    gap_text *text = nullptr;
    polar_status st = {};
    ASSERT_EQ(
        gap_draft_write(d.get(), "folder/m.xml", "gap_fit a=\"<b & c>\"", decimals, &text, &st),
        POLAR_OK);
    EXPECT_STREQ(text[0].name, "folder/m.xml");
    EXPECT_STREQ(text[1].name, "folder/m.xml.sparseX.Test1");
    std::vector<std::string> names;
    std::vector<gap_file> files;
    for (int t = 1; t <= d->nterm; t++)
      names.push_back(std::string(text[t].name).substr(7)); // a folder is not part of the model
    for (int t = 1; t <= d->nterm; t++)
      files.push_back({names[t - 1].c_str(), text[t].data, text[t].size});
    gap_model *m = nullptr;
    ASSERT_EQ(parse(std::string(text[0].data, text[0].size), files, &m, &st), POLAR_OK) << st.text;
    const Model read(m, gap_free);
    const Rows rows(d.get(), c[0]);
    double energy = 0;
    for (int t = 0, k = 0; t < d->nterm; t++)
      for (int s = 0; s < d->term[t].nsparse; s++) energy += rows.at(0, k++) * d->term[t].alpha[s];
    for (int z : c[0].z) energy += d->e0[z];
    EXPECT_NEAR(evaluate(read.get(), c[0]).energy, energy, 1e-11); // sums in another order
    gap_texts_free(d->nterm + 1, text);
  }
}

TEST(Fit, E0)
{
  std::vector<Config> c = configurations(2, 1);
  Config alone = c[0];
  alone.x.resize(1);
  alone.z.resize(1);
  c.push_back(alone);
  Frames f(c);
  for (auto &frame : f.all) frame.has_energy = 1;
  f.all[0].energy = -40;
  f.all[1].energy = -50;
  f.all[2].energy = -3; // 14 alone
  gap_fit_options o = options(SIGMA);
  polar_status st = {};
  Draft d = draft(TERMS, f);
  o.e0_method = GAP_E0_AVERAGE;
  ASSERT_EQ(gap_fit_prepare(d.get(), f.size(), f.all.data(), &o, &st), POLAR_OK) << st.text;
  EXPECT_DOUBLE_EQ(d->e0[8], -93.0 / 17);
  EXPECT_DOUBLE_EQ(d->e0[14], -93.0 / 17);
  d = draft(TERMS, f);
  o.e0_method = GAP_E0_ISOLATED;
  EXPECT_EQ(gap_fit_prepare(d.get(), f.size(), f.all.data(), &o, &st), POLAR_MODEL);
  EXPECT_NE(std::string(st.text).find("no configuration is a single atom of O"), std::string::npos);
}

TEST(Fit, RefusesWithReason)
{
  const Frames f(configurations(1, 1));
  const struct {
    const char *terms, *message;
  } cases[] = {
      {"angle_3b cutoff=3 delta=1 n_sparse=5 theta_uniform=1 Z=14", "angle_3b cannot be fitted"},
      {"soap l_max=3 cutoff=3 atom_sigma=0.5 zeta=2 delta=1 n_sparse=7", "n_max"},
      {"soap n_max=3 l_max=3 cutoff=3 atom_sigma=0.5 zeta=2 delta=1", "n_sparse"},
      {"soap n_max=3 l_max=3 cutoff=3 atom_sigma=0.5 zeta=0.5 delta=1 n_sparse=3", "zeta"},
      {"soap n_max=3 l_max=3 cutoff=3 atom_sigma=0.5 zeta=2 delta=1 n_sparse=3 "
       "covariance_type=ard_se",
       "expected dot_product"},
      {"soap n_max=999 l_max=3 cutoff=3 atom_sigma=0.5 zeta=2 delta=1 n_sparse=3", "n_max"},
      {"distance_2b cutoff=3 delta=1 n_sparse=3", "theta_uniform"},
      {"distance_2b cutoff=3 delta=1 n_sparse=3 theta_uniform=1 n_exponents=2", "n_exponents"},
      {"soap n_max=3 l_max=3 cutoff=3 atom_sigma=0.5 zeta=2 delta=1 n_sparse=3 :",
       "begin with its type"},
      {"", "begin with its type"},
      {"soap {n_max=3", "'delta'"},
  };
  for (const auto &c : cases) {
    char element[POLAR_MAX_Z + 1];
    gap_draft *d = nullptr;
    polar_status st = {};
    gap_fit_elements(1, f.all.data(), element);
    EXPECT_EQ(gap_draft_create(c.terms, "T", element, &d, &st), POLAR_MODEL) << c.terms;
    EXPECT_NE(std::string(st.text).find(c.message), std::string::npos) << st.text;
    gap_draft_free(d);
  }
  gap_fit_options o = options(SIGMA);
  gap_fit_summary summary;
  polar_status st = {};
  Draft d = prepared(f);
  Frames empty(configurations(1, 1)); // nothing but positions
  free(empty.all[0].force);
  empty.all[0].force = nullptr;
  EXPECT_EQ(gap_fit_solve(d.get(), 1, empty.all.data(), &o, &summary, &st), POLAR_MODEL);
  EXPECT_NE(std::string(st.text).find("no energy, force or virial"), std::string::npos) << st.text;
  empty.all[0].has_energy = 1;
  empty.all[0].energy = NAN;
  EXPECT_EQ(gap_fit_solve(d.get(), 1, empty.all.data(), &o, &summary, &st), POLAR_NUMERIC);
  EXPECT_NE(std::string(st.text).find("configuration 1"), std::string::npos) << st.text;
  // the same point twice, and nothing added to the diagonal
  for (int q = 0; q < d->term[0].dim; q++) d->term[0].x[d->term[0].dim + q] = d->term[0].x[q];
  o.jitter = 0;
  EXPECT_EQ(gap_fit_solve(d.get(), 1, f.all.data(), &o, &summary, &st), POLAR_NUMERIC);
  EXPECT_NE(std::string(st.text).find("not positive definite"), std::string::npos) << st.text;
  d = draft("soap n_max=3 l_max=3 cutoff=3 atom_sigma=0.5 zeta=2 delta=1 n_sparse=3 n_species=1 "
            "species_Z=14 Z=22",
            f);
  EXPECT_EQ(gap_fit_prepare(d.get(), 1, f.all.data(), &o, &st), POLAR_MODEL);
  EXPECT_NE(std::string(st.text).find("no atom of the data is a centre"), std::string::npos);
}

TEST(Images, RefuseWhatTheyCannotHold)
{
  const int z = 14, all[3] = {1, 1, 1}, none[3] = {0, 0, 0};
  const double x[1][3] = {{0, 0, 0}}, flat[3][3] = {{1, 0, 0}, {0, 1, 0}, {1, 1, 1e-5}},
               small[3][3] = {{0.05, 0, 0}, {0, 0.05, 0}, {0, 0, 0.05}};
  gap_images *g = nullptr;
  polar_status st = {};
  EXPECT_EQ(gap_images_create(1, &z, x, flat, all, 5, &g, &st), POLAR_ARGUMENT);
  EXPECT_EQ(gap_images_create(1, &z, x, small, all, 5, &g, &st), POLAR_ARGUMENT);
  EXPECT_NE(std::string(st.text).find("too small or too flat"), std::string::npos) << st.text;
  ASSERT_EQ(gap_images_create(1, &z, x, flat, none, 5, &g, &st), POLAR_OK);
  EXPECT_EQ(g->list.natom, 1);
  gap_images_free(g);
  const int two[2] = {14, 14};
  const double box[3][3] = {{3, 0, 0}, {0, 3, 0}, {0, 0, 3}}, same[2][3] = {{1, 2, 1}, {1, 2, 1}},
               image[2][3] = {{1, 2, 1}, {1, -1, 4}};
  EXPECT_EQ(gap_images_create(2, two, same, box, all, 2, &g, &st), POLAR_ARGUMENT);
  EXPECT_NE(std::string(st.text).find("atom 1 and atom 2 are 0 "), std::string::npos) << st.text;
  EXPECT_EQ(gap_images_create(2, two, image, box, all, 2, &g, &st), POLAR_ARGUMENT);
  EXPECT_NE(std::string(st.text).find("a periodic image of atom 2"), std::string::npos) << st.text;
}
