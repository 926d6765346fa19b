// Results on several threads against one.
#include "gap_models.h"

using namespace gap_test;

namespace {

class Threads : public testing::TestWithParam<Case> {};

void expect_near(const Result &a, const Result &b, double tolerance)
{
  ASSERT_EQ(a.code, POLAR_OK) << a.st.text;
  EXPECT_NEAR(a.energy, b.energy, tolerance);
  for (int q = 0; q < 9; q++) EXPECT_NEAR(a.virial[q], b.virial[q], 10 * tolerance);
  for (int q = 0; q < 9; q++)
    EXPECT_NEAR(a.atom_virial_sum[q], b.atom_virial_sum[q], 10 * tolerance);
  EXPECT_LE(max_difference(a.force, b.force), tolerance);
  for (size_t i = 0; i < b.atom_energy.size(); i++)
    EXPECT_NEAR(a.atom_energy[i], b.atom_energy[i], tolerance);
  ASSERT_EQ(a.variance.size(), b.variance.size());
  for (size_t i = 0; i < b.variance.size(); i++) {
    EXPECT_NEAR(a.variance[i], b.variance[i], tolerance);
    EXPECT_NEAR(a.similarity[i], b.similarity[i], tolerance);
  }
}

} // namespace

TEST_P(Threads, EqualOne)
{
  const Model model = made_up(GetParam().text);
  const Config c = distorted(GetParam().elements, GetParam().natoms, GetParam().spacing, 3);
  polar_status st = {};
  if (model->ndensity) {
    ASSERT_EQ(gap_prepare_variance(model.get(), &st), POLAR_OK) << st.text;
  }
  const Result one = evaluate(model.get(), c);
  // the scale of what is added: forces of thousands of eV/Angstrom close to a core
  double largest = 1;
  for (const auto &f : one.force)
    for (double v : f) largest = std::max(largest, std::fabs(v));
  // more threads than atoms, too
  for (int n : {2, 3, 16}) {
    const Result many = evaluate(model.get(), c, 0.3, n), again = evaluate(model.get(), c, 0.3, n);
    expect_near(many, one, 1e-12 * largest); // sums in another order
    // the same number of threads, the same sums
    EXPECT_EQ(many.energy, again.energy);
    EXPECT_EQ(max_difference(many.force, again.force), 0);
    EXPECT_EQ(many.virial, again.virial);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Threads, testing::ValuesIn(cases()),
                         [](const testing::TestParamInfo<Case> &i) { return i.param.name; });

// fewer atoms, other quantities and fewer threads than the scratch was made for
TEST(ThreadScratch, IsReused)
{
  const Model model = made_up(cases()[7].text);
  polar_status st = {};
  gap_work *work = nullptr;
  ASSERT_EQ(gap_work_create(model.get(), &work, &st), POLAR_OK);
  const size_t before = gap_work_bytes(work);
  for (int n : {3, 1, 2, 0, 100000}) {
    ASSERT_EQ(gap_work_threads(model.get(), work, std::min(n, 4), &st), POLAR_OK);
    for (int natom : {3, 50, 2}) {
      std::vector<Vec> x(natom), force(natom), reference(natom);
      std::vector<int> z(natom, 14), centre(natom), count(natom, natom - 1),
          element(POLAR_MAX_Z + 1);
      std::vector<std::vector<int>> near(natom);
      std::vector<int *> list(natom);
      for (int e = 0; e <= POLAR_MAX_Z; e++) element[e] = e;
      for (int i = 0; i < natom; i++) {
        x[i] = {1.9 * (i % 4), 2.0 * (i / 4 % 4), 2.1 * (i / 16)};
        centre[i] = i;
        for (int j = 0; j < natom; j++)
          if (j != i) near[i].push_back(j);
        list[i] = near[i].data();
      }
      const polar_neighbors view = {natom,
                                    reinterpret_cast<const double(*)[3]>(x.data()),
                                    z.data(),
                                    element.data(),
                                    natom,
                                    centre.data(),
                                    count.data(),
                                    list.data(),
                                    -1};
      std::vector<double> energy(natom);
      gap_result r = {}, one = {};
      r.force = reinterpret_cast<double(*)[3]>(force.data());
      if (natom != 3) r.atom_energy = energy.data();
      one.force = reinterpret_cast<double(*)[3]>(reference.data());
      gap_work *alone = nullptr;
      ASSERT_EQ(gap_work_create(model.get(), &alone, &st), POLAR_OK);
      ASSERT_EQ(gap_energy(model.get(), alone, &view, &one, &st), POLAR_OK);
      gap_work_free(alone);
      ASSERT_EQ(gap_energy(model.get(), work, &view, &r, &st), POLAR_OK);
      EXPECT_NEAR(r.energy, one.energy, 1e-12 * natom);
      EXPECT_LT(max_difference(force, reference), 1e-12); // sums in another order
    }
  }
  EXPECT_GT(gap_work_bytes(work), before);
  gap_work_free(work);
}

// the error of whichever thread finds it
TEST(ThreadErrors, ArePassedOn)
{
  const Model model = made_up(cases()[7].text);
  Config c = distorted({14, 8}, 10, 2.2, 3);
  c.x[9][0] = NAN;
  const Result r = evaluate(model.get(), c, 0.3, 3);
  EXPECT_EQ(r.code, POLAR_NUMERIC);
  EXPECT_NE(std::string(r.st.text).find("an atom has the position nan"), std::string::npos)
      << r.st.text;
}
