// What the tests of the harmonic part share: reading models, evaluation in two ways, a made-up
// crystal without symmetry.
#ifndef TEST_HARMONIC_FIXTURE_H
#define TEST_HARMONIC_FIXTURE_H

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "../coul/supercell_ewald.h"
#include "base/units.h"
#include "eap/eap_harmonic.h"

namespace harmonic_test {

namespace se = supercell_ewald;
using se::Mat;
using se::Vec;
using Cell = std::array<int, 3>;
using Matrix = std::vector<std::complex<double>>; // [3n][3n]

constexpr double pi = POLAR_PI;

// --- models ----------------------------------------------------------------------------------

using System = std::unique_ptr<eap_system, void (*)(eap_system *)>;

inline System read(const std::string &path)
{
  polar_status st = {};
  eap_system *sys = nullptr;
  EXPECT_EQ(eap_read_system(path.c_str(), &sys, &st), POLAR_OK) << st.text;
  return {sys, eap_system_free};
}

inline std::string ours(const char *file)
{
  return std::string(POLAR_SOURCE_DIR "/potentials/BaTiO3/") + file;
}

// folder of reference data, or "" if `file` is not there
inline std::string reference(const std::string &file)
{
  const char *folder = std::getenv("POLAR_REFERENCE");
  if (!folder) return "";
  const std::string path = std::string(folder) + "/" + file;
  return std::ifstream(path) ? path : "";
}

#define SKIP_WITHOUT(path)                                                                         \
  if ((path).empty()) GTEST_SKIP() << "skipped: no reference data"

struct Harmonic {
  eap_harmonic *har = nullptr;
  polar_status st = {};
  polar_code code;
  int n;
  Harmonic(const eap_system *sys, int asr, int symmetrize, int dipole) : n(sys->n)
  {
    const eap_harmonic_options options = {asr, symmetrize, dipole};
    code = eap_harmonic_create(sys, &options, &har, &st);
    EXPECT_EQ(code == POLAR_OK, har != nullptr);
  }
  ~Harmonic() { eap_harmonic_free(har); }
  Harmonic(const Harmonic &) = delete;
  Harmonic &operator=(const Harmonic &) = delete;

  Matrix at(const Vec &q) const
  {
    const double nan = std::numeric_limits<double>::quiet_NaN(); // everything has to be written
    const size_t size = 9 * n * n;
    std::vector<double> re(size, nan), im(size, nan), scratch(eap_harmonic_scratch(har), nan);
    eap_harmonic_dynamical(har, q.data(), re.data(), im.data(), scratch.data());
    Matrix d(size);
    for (size_t k = 0; k < size; k++) d[k] = {re[k], im[k]};
    return d;
  }
};

// --- a supercell, cells in the order (ix N2 + iy) N3 + iz ---------------------------------------

struct Supercell {
  Cell size;
  int cells() const { return size[0] * size[1] * size[2]; }
  Cell at(int m) const { return {m / (size[1] * size[2]), m / size[2] % size[1], m % size[2]}; }
  int index(Cell c) const
  {
    for (int i = 0; i < 3; i++) c[i] = (c[i] % size[i] + size[i]) % size[i];
    return (c[0] * size[1] + c[1]) * size[2] + c[2];
  }
  double phase(int q, int r) const
  {
    double x = 0;
    for (int i = 0; i < 3; i++) x += double(at(q)[i] * at(r)[i]) / size[i];
    return 2 * pi * x;
  }
  Vec wave_vector(int m) const
  {
    return {double(at(m)[0]) / size[0], double(at(m)[1]) / size[1], double(at(m)[2]) / size[2]};
  }
};

struct Result {
  double energy;
  std::vector<double> gradient;
};

// naive discrete Fourier transform, G~ = D u~, and back
inline Result by_fourier(const Harmonic &h, const Supercell &s, const std::vector<double> &u)
{
  const int n3 = 3 * h.n, nc = s.cells();
  std::vector<std::complex<double>> g(n3 * nc);
  for (int m = 0; m < nc; m++) {
    const Matrix d = h.at(s.wave_vector(m));
    std::vector<std::complex<double>> x(n3), y(n3);
    for (int r = 0; r < nc; r++)
      for (int k = 0; k < n3; k++) x[k] += std::polar(1.0, -s.phase(m, r)) * u[r * n3 + k];
    for (int k = 0; k < n3; k++)
      for (int l = 0; l < n3; l++) y[k] += d[k * n3 + l] * x[l];
    for (int r = 0; r < nc; r++)
      for (int k = 0; k < n3; k++) g[r * n3 + k] += std::polar(1.0 / nc, s.phase(m, r)) * y[k];
  }
  Result out{0, std::vector<double>(n3 * nc)};
  for (int k = 0; k < n3 * nc; k++) {
    out.gradient[k] = g[k].real();
    out.energy += 0.5 * u[k] * g[k].real();
  }
  return out;
}

// eap_harmonic_direct on the cells first..last-1 as owned, all others as ghosts in reverse order
inline Result direct(const Harmonic &h, const Supercell &s, const std::vector<double> &u, int first,
                     int last, std::vector<double> *site_energy = nullptr)
{
  const int n3 = 3 * h.n, nc = s.cells();
  const int(*offset)[3];
  const int noffset = eap_harmonic_offsets(h.har, &offset);
  std::vector<int> global, local(nc), neighbor, index(noffset);
  for (int c = first; c < last; c++) global.push_back(c);
  for (int c = nc - 1; c >= 0; c--)
    if (c < first || c >= last) global.push_back(c);
  for (int c = 0; c < nc; c++) local[global[c]] = c;
  std::vector<double> v(nc * n3);
  for (int c = 0; c < nc; c++)
    for (int k = 0; k < n3; k++) v[c * n3 + k] = u[global[c] * n3 + k];
  // columns of the neighbor table in another order, with one that is not used
  for (int o = 0; o < noffset; o++) index[o] = noffset - o;
  for (int c = first; c < last; c++) {
    neighbor.push_back(-1000000);
    for (int o = noffset - 1; o >= 0; o--) {
      const Cell at = s.at(c);
      neighbor.push_back(
          local[s.index({at[0] + offset[o][0], at[1] + offset[o][1], at[2] + offset[o][2]})]);
    }
  }
  const int nown = last - first;
  const eap_lattice lat = {nown, nc, noffset + 1, neighbor.data()};
  Result out{0, std::vector<double>(nown * n3, 7.0)}; // results are added
  if (site_energy) site_energy->assign(nown * h.n, -3.0);
  out.energy = eap_harmonic_direct(h.har, &lat, index.data(), v.data(), out.gradient.data(),
                                   site_energy ? site_energy->data() : nullptr);
  for (double &x : out.gradient) x -= 7.0;
  if (site_energy)
    for (double &x : *site_energy) x += 3.0;
  return out;
}

inline std::vector<double> random_numbers(int n, unsigned seed, double size)
{
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> number(-size, size);
  std::vector<double> x(n);
  for (double &v : x) v = number(generator);
  return x;
}

inline double largest(const std::vector<double> &a, const std::vector<double> &b = {})
{
  double d = 0;
  for (size_t k = 0; k < a.size(); k++) {
    const double x = std::fabs(a[k] - (b.empty() ? 0 : b[k]));
    if (!(x <= d)) d = x; // also catches NaN
  }
  return d;
}

inline double largest(const Matrix &a, const Matrix &b)
{
  double d = 0;
  for (size_t k = 0; k < a.size(); k++) {
    const double x = std::abs(a[k] - b[k]);
    if (!(x <= d)) d = x;
  }
  return d;
}

// sum over b of D(0)[a mu, b nu], the largest element
inline double sum_rule_violation(const Harmonic &h)
{
  const Matrix d = h.at({0, 0, 0});
  double worst = 0;
  for (int row = 0; row < 3 * h.n; row++)
    for (int nu = 0; nu < 3; nu++) {
      double sum = 0;
      for (int b = 0; b < h.n; b++) sum += d[row * 3 * h.n + 3 * b + nu].real();
      worst = std::max(worst, std::fabs(sum));
    }
  return worst;
}

// --- a made-up crystal without any symmetry -----------------------------------------------------

class Triclinic {
public:
  static constexpr int n = 3;
  eap_system sys = {};
  explicit Triclinic(double charge, unsigned seed = 5) : Triclinic(charge, {0, 0, 0}, false, seed)
  {
  }
  // mesh: folded over this supercell with or without the dipole-dipole interaction; {0, 0, 0}: not
  Triclinic(double charge, const Cell &mesh, bool with_dipole, unsigned seed) : mesh_{mesh}
  {
    const Mat cell = {{{3.9, 0.7, -0.4}, {0.2, 4.6, 1.1}, {-0.3, 0.5, 5.2}}};
    const Mat eps = {{{5.1, 0.6, -0.3}, {0.6, 3.2, 0.4}, {-0.3, 0.4, 7.5}}};
    const std::vector<Vec> reduced = {{0.02, 0.1, -0.3}, {0.41, 0.55, 0.2}, {0.7, 1.3, 0.63}};
    const std::vector<double> z = random_numbers(9 * (n - 1), seed + 1, 1.0);
    std::memcpy(sys.cell, cell.data(), sizeof sys.cell);
    std::memcpy(sys.eps_inf, eps.data(), sizeof sys.eps_inf);
    sys.n = n;
    sys.tau = tau_;
    sys.born = born_;
    for (int a = 0; a < n; a++) {
      const Vec x = se::times(cell, reduced[a]);
      for (int i = 0; i < 3; i++) tau_[a][i] = x[i];
    }
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) {
        born_[0][i][j] = charge * (3.0 * (i == j) + z[3 * i + j]);
        born_[1][i][j] = charge * (2.0 * (i == j) + z[9 + 3 * i + j]);
        born_[2][i][j] = -born_[0][i][j] - born_[1][i][j];
      }
    // constants that fall off by distance as exp(-2 d/Angstrom), Phi(-R) = Phi(R)^T within 1e-6
    const std::vector<double> noise = random_numbers(81 * 343, seed, 1.0);
    for (int i = -3; i <= 3; i++)
      for (int j = -3; j <= 3; j++)
        for (int k = -3; k <= 3; k++) {
          cells_.push_back({i, j, k});
          phi_.emplace_back(81, 0.0);
        }
    const int count = (int)cells_.size();
    for (int r = 0; r < count; r++)
      for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) {
          const double d = distance(a, b, cells_[r]);
          const double size = d < 0.1 ? 30.0 : d < 6.5 ? 60.0 * std::exp(-d / 0.5) * d : 0.0;
          for (int k = 0; k < 9; k++) {
            const int o = count - 1 - r; // the opposite cell
            const double x = noise[81 * r + (3 * a + k / 3) * 9 + 3 * b + k % 3];
            const double y = noise[81 * o + (3 * b + k % 3) * 9 + 3 * a + k / 3];
            phi_[r][(3 * a + k / 3) * 9 + 3 * b + k % 3] = size * (x + y + 1e-6 * x);
          }
        }
    if (mesh_[0]) fold(with_dipole);
    finish();
  }
  static constexpr int home = 171; // block of the home cell
  std::vector<Cell> cells() const { return cells_; }
  void set_total(bool total)
  {
    sys.ntotal = total ? (int)block_.size() : 0;
    sys.nlocal = total ? 0 : (int)block_.size();
    sys.local = total ? nullptr : block_.data();
    sys.total = total ? block_.data() : nullptr;
  }
  void drop_block(const Cell &cell)
  {
    for (size_t k = 0; k < cells_.size(); k++)
      if (cells_[k] == cell) block_.erase(block_.begin() + k);
    set_total(false);
  }
  eap_block &block(int k) { return block_[k]; }

  // Interaction of site a in the home cell with site b in cell r of the supercell, by the slow sum
  Mat folded_dipole(int a, int b, const Cell &r, const Cell &mesh) const
  {
    Mat cell = matrix(sys.cell), super = cell;
    for (Vec &row : super)
      for (int j = 0; j < 3; j++) row[j] *= mesh[j];
    const Mat eps = matrix(sys.eps_inf);
    Vec d = se::times(cell, {double(r[0]), double(r[1]), double(r[2])});
    for (int i = 0; i < 3; i++) d[i] += tau_[b][i] - tau_[a][i];
    const Mat t = se::tensor(super, eps, d, se::balanced(super, eps));
    Mat out = {};
    for (int mu = 0; mu < 3; mu++)
      for (int nu = 0; nu < 3; nu++)
        for (int i = 0; i < 3; i++)
          for (int j = 0; j < 3; j++)
            out[mu][nu] += born_[a][i][mu] * born_[b][j][nu] * t[i][j] * POLAR_COULOMB;
    return out;
  }

private:
  Cell mesh_;
  double tau_[n][3], born_[n][3][3];
  std::vector<Cell> cells_;
  std::vector<std::vector<double>> phi_;
  std::vector<eap_block> block_;

  static Mat matrix(const double m[3][3])
  {
    Mat out;
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) out[i][j] = m[i][j];
    return out;
  }
  double distance(int a, int b, const Cell &r) const
  {
    Vec d = se::times(matrix(sys.cell), {double(r[0]), double(r[1]), double(r[2])});
    for (int i = 0; i < 3; i++) d[i] += tau_[b][i] - tau_[a][i];
    return std::sqrt(se::dot(d, d));
  }
  // as a run on a mesh of wave vectors writes it: folded, divided evenly among the nearest images
  void fold(bool with_dipole)
  {
    const Supercell s = {mesh_};
    for (int m = 0; m < s.cells(); m++)
      for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) {
          Mat sum = {};
          if (with_dipole) sum = folded_dipole(a, b, s.at(m), mesh_);
          double nearest = 1e9;
          std::vector<int> images;
          for (size_t k = 0; k < cells_.size(); k++) {
            if (s.index(cells_[k]) != m) continue;
            const double d = distance(a, b, cells_[k]);
            if (d < nearest - 1e-6) images.clear();
            nearest = std::min(nearest, d);
            if (d < nearest + 1e-6) images.push_back((int)k);
            for (int e = 0; e < 9; e++) {
              double &x = phi_[k][(3 * a + e / 3) * 9 + 3 * b + e % 3];
              sum[e / 3][e % 3] += x;
              x = 0;
            }
          }
          for (int k : images)
            for (int e = 0; e < 9; e++)
              phi_[k][(3 * a + e / 3) * 9 + 3 * b + e % 3] = sum[e / 3][e % 3] / images.size();
        }
  }
  void finish()
  {
    for (size_t k = 0; k < cells_.size(); k++) {
      eap_block b;
      for (int i = 0; i < 3; i++) b.cell[i] = cells_[k][i];
      b.phi = phi_[k].data();
      block_.push_back(b);
    }
    set_total(false);
  }
};

} // namespace harmonic_test

#endif
