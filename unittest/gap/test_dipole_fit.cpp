// Fitting of dipole models: data of a model that the fit can represent are met, with dipoles, Born
// charges or both; and the program, from files to files.
#include "dipole_fixture.h"

#include "gap/gap_dipole_fit.h"

#include <sstream>
#include <unistd.h>

using namespace gap_test;

namespace {

struct Frames {
  std::vector<std::unique_ptr<Surrounded>> around;
  std::vector<DipoleResult> data;
  std::vector<gap_dipole_frame> frame;

  // configurations with the dipoles and tensors of a model
  Frames(const gap_dipole *truth, int n, unsigned seed, double cutoff)
  {
    for (int k = 0; k < n; k++) {
      const Config c = distorted({22, 8, 8}, 6 + k % 3, 2.2, seed + k);
      around.push_back(std::make_unique<Surrounded>(c, cutoff));
      data.push_back(evaluate_dipole(truth, c, {}, true));
    }
    use(true, true);
  }
  void use(bool dipoles, bool tensors)
  {
    frame.clear();
    for (size_t k = 0; k < data.size(); k++)
      frame.push_back(
          {&around[k]->view, around[k]->owner.data(), dipoles ? data[k].m.data() : nullptr,
           tensors ? reinterpret_cast<const double(*)[9]>(data[k].born.data()) : nullptr});
  }
};

Dipole header(const DipoleCase &c)
{
  const std::string text = dipole_text(c);
  const std::string head = text.substr(0, text.find("centre")) + "end\n";
  gap_dipole *d = nullptr;
  polar_status st = {};
  if (gap_dipole_parse_header("h", head.data(), head.size(), &d, &st))
    throw std::runtime_error(st.text);
  return Dipole(d, gap_dipole_free);
}

gap_dipole_errors compare(const gap_dipole *d, const Frames &f)
{
  gap_dipole_errors e;
  polar_status st = {};
  EXPECT_EQ(gap_dipole_compare(d, (int)f.frame.size(), f.frame.data(), &e, &st), POLAR_OK)
      << st.text;
  return e;
}

const DipoleCase LINEAR = {"", "gto 2 0.5", "density", 1, "", {22, 8}, 2, 1};
const gap_dipole_options SHARP = {20, 1e-6, 1e-6};

} // namespace

// 20 points have 60 coefficients; the model has 16 for each element, and is met
TEST(DipoleFit, MeetsALinearModel)
{
  const Dipole truth = parse_dipole(dipole_text(LINEAR));
  Frames train(truth.get(), 12, 1, 3.8), test(truth.get(), 4, 100, 3.8);
  for (int what = 1; what < 4; what++) {
    train.use(what & 1, what & 2);
    const Dipole d = header(LINEAR);
    polar_status st = {};
    ASSERT_EQ(gap_dipole_fit(d.get(), 12, train.frame.data(), &SHARP, &st), POLAR_OK) << st.text;
    const gap_dipole_errors e = compare(d.get(), test);
    EXPECT_EQ(e.ndipole, 12);
    EXPECT_GT(e.dipole_spread, 1e-3);
    const double tol =
        1e-5; // of the spread: standard deviations of 1e-6, amplified by dipoles alone
    EXPECT_LT(e.dipole, tol * e.dipole_spread);
    EXPECT_LT(e.born, tol * e.born_spread);
    printf("dipoles %d, tensors %d: %.1e of %.1e, %.1e of %.1e\n", what & 1, what / 2, e.dipole,
           e.dipole_spread, e.born, e.born_spread);
  }
}

// a fitted kernel model is in its own span
TEST(DipoleFit, MeetsAKernelModel)
{
  const DipoleCase kernel = {"", "gto 2 0.5", "density", 2, "", {22, 8}, 2, 2};
  const Dipole truth = parse_dipole(dipole_text(LINEAR));
  Frames train(truth.get(), 8, 1, 3.8);
  const Dipole first = header(kernel);
  polar_status st = {};
  const gap_dipole_options options = {6, 1e-3, 1e-3};
  ASSERT_EQ(gap_dipole_fit(first.get(), 8, train.frame.data(), &options, &st), POLAR_OK) << st.text;
  Frames again(first.get(), 8, 1, 3.8), test(first.get(), 3, 100, 3.8);
  const Dipole second = header(kernel);
  const gap_dipole_options sharp = {6, 1e-6, 1e-6};
  ASSERT_EQ(gap_dipole_fit(second.get(), 8, again.frame.data(), &sharp, &st), POLAR_OK) << st.text;
  const gap_dipole_errors e = compare(second.get(), test);
  EXPECT_EQ(second->centre[0].nsparse, 6);
  EXPECT_LT(e.dipole, 1e-4 * e.dipole_spread); // standard deviations and jitter
  EXPECT_LT(e.born, 1e-4 * e.born_spread);
}

TEST(DipoleFit, Refusals)
{
  const Dipole truth = parse_dipole(dipole_text(LINEAR));
  Frames train(truth.get(), 2, 1, 3.8);
  const Dipole d = header(LINEAR);
  polar_status st = {};
  train.use(false, false);
  EXPECT_EQ(gap_dipole_fit(d.get(), 2, train.frame.data(), &SHARP, &st), POLAR_ARGUMENT);
  EXPECT_NE(std::string(st.text).find("nothing to fit"), std::string::npos) << st.text;
  train.use(true, true);
  const gap_dipole_options bad = {20, 0.0, 1.0};
  EXPECT_EQ(gap_dipole_fit(d.get(), 2, train.frame.data(), &bad, &st), POLAR_ARGUMENT);
  EXPECT_NE(std::string(st.text).find("expected positive numbers"), std::string::npos) << st.text;
  EXPECT_EQ(d->ncentre, 0);
}
