// examples/spectrum.py on made-up currents whose spectrum and conductivity are known.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <random>
#include <sstream>
#include <string>
#include <unistd.h>

namespace {

const double EPS0 = 5.526349406e-3, BOLTZMANN = 8.617333262e-5, LIGHT = 2.99792458e-2;
const double SIEMENS = 1.602176634e-19 * 1e22; // e^2/(eV Angstrom ps) in S/m

std::string python()
{
  const char *own = std::getenv("POLAR_PYTHON");
  return own && *own ? own : "python3";
}

std::string stem()
{
  return testing::TempDir() + "polar_spectrum_" + std::to_string(getpid());
}

// a file as fix polarization writes it; sample gives M and J of step i
void write(int n, double dt, const std::function<void(int, double *, double *)> &sample)
{
  FILE *f = fopen((stem() + ".dat").c_str(), "w");
  fputs("# made up\n# step time Px Py Pz Mx My Mz Jx Jy Jz\n", f);
  for (int i = 0; i < n; i++) {
    double m[3] = {0, 0, 0}, j[3] = {0, 0, 0};
    sample(i, m, j);
    fprintf(f, "%d %.12g 0 0 0 %.12g %.12g %.12g %.12g %.12g %.12g\n", i, i * dt, m[0], m[1], m[2],
            j[0], j[1], j[2]);
  }
  fclose(f);
}

std::pair<int, std::string> run(const std::string &options)
{
  const std::string log = stem() + ".log";
  const int status =
      std::system(("'" + python() + "' '" POLAR_SOURCE_DIR "/examples/spectrum.py' '" + stem() +
                   ".dat' " + options + " > '" + log + "' 2>&1")
                      .c_str());
  std::stringstream text;
  text << std::ifstream(log).rdbuf();
  remove(log.c_str());
  return {status, text.str()};
}

class Spectrum : public testing::Test {
protected:
  void SetUp() override
  {
    if (std::system(("'" + python() + "' -c 'import numpy' 2> /dev/null").c_str()))
      GTEST_SKIP() << "skipped: no Python with numpy";
  }
  void TearDown() override { remove((stem() + ".dat").c_str()); }
};

TEST_F(Spectrum, TwoOscillators)
{
  // J = A cos(w t) on two axes: each peak is the Gaussian of the filter, of height 1/(6 eps0 c V k
  // T) A^2/4 sqrt(2 pi)/(2 pi c width)
  const double amplitude[2] = {3.0, 1.0}, at[2] = {400.0, 1640.0}, width = 30.0, volume = 800.0,
               temperature = 300.0, dt = 0.002;
  write(20000, dt, [&](int i, double *m, double *j) {
    for (int a = 0; a < 2; a++) {
      const double w = 2 * M_PI * LIGHT * at[a];
      j[a] = amplitude[a] * std::cos(w * i * dt);
      m[a] = amplitude[a] * std::sin(w * i * dt) / w;
    }
  });
  const auto [status, text] = run("300 800 --width 30 --max 3000");
  ASSERT_EQ(status, 0) << text;
  for (int a = 0; a < 2; a++) {
    const double height = amplitude[a] * amplitude[a] / 4 * std::sqrt(2 * M_PI) /
                          (2 * M_PI * LIGHT * width) /
                          (6 * EPS0 * LIGHT * volume * BOLTZMANN * temperature);
    double w = 0, h = 0;
    const size_t line = text.find("peak at", a ? text.find("peak at") + 1 : 0);
    ASSERT_NE(line, std::string::npos) << text;
    ASSERT_EQ(sscanf(text.c_str() + line, "peak at %lf 1/cm, %lf", &w, &h), 2) << text;
    EXPECT_NEAR(w, at[a], 1.0);            // whole numbers are printed, and the grid's step
    EXPECT_NEAR(h, height, 2e-3 * height); // the run holds no whole number of periods
  }
}

TEST_F(Spectrum, ConductivityOfARandomWalk)
{
  // J an Ornstein-Uhlenbeck process, <J(0).J(t)> = 3 s^2 exp(-t/r): s^2 r/(V k T) both ways
  const double s = 2.0, r = 0.05, dt = 0.005, volume = 700.0, temperature = 2000.0;
  const int n = 40000;
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  double m[3] = {0, 0, 0}, j[3] = {0, 0, 0};
  write(n, dt, [&](int, double *mm, double *jj) {
    const double keep = std::exp(-dt / r);
    for (int a = 0; a < 3; a++) {
      const double next = keep * j[a] + s * std::sqrt(1 - keep * keep) * normal(random);
      m[a] += 0.5 * dt * (j[a] + next);
      j[a] = next;
      mm[a] = m[a];
      jj[a] = j[a];
    }
  });
  const double expected = s * s * r / (volume * BOLTZMANN * temperature) * SIEMENS;
  const auto [status, text] = run("2000 700 --tau 0.5 --conductivity");
  ASSERT_EQ(status, 0) << text;
  double kubo = 0, helfand = 0, error[2];
  const size_t line = text.find("conductivity");
  ASSERT_NE(line, std::string::npos) << text;
  ASSERT_EQ(sscanf(text.c_str() + line, "conductivity %lf +- %lf S/m (Green-Kubo), %lf +- %lf",
                   &kubo, &error[0], &helfand, &error[1]),
            4)
      << text;
  // statistics: 200 ps are 3 x 2000 independent spans of 2 r, correlations up to 10 r: 4 percent
  EXPECT_NEAR(kubo, expected, 0.12 * expected) << text;
  EXPECT_NEAR(helfand, expected, 0.12 * expected) << text;
  for (double e : error) EXPECT_LT(e, 0.12 * expected);
}

TEST_F(Spectrum, BadInput)
{
  write(10, 0.1, [](int, double *, double *) {});
  EXPECT_NE(run("300 800").second.find("at least 50 lines"), std::string::npos);
  write(100, 0.1, [](int, double *, double *j) { j[0] = 1.0; });
  EXPECT_NE(run("300 800 --tau 100").second.find("expected between 10 and half"),
            std::string::npos);
  EXPECT_NE(run("300 -800").second.find("must be positive"), std::string::npos);
}

} // namespace
