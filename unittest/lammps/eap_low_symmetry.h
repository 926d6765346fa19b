// A made-up effective atomic potential without any symmetry, the two files that describe it, and a
// naive evaluator that shares no code with the package: dense matrices, term by term.
//
// Lattice vectors point anywhere, Born effective charges are not symmetric, eps is anisotropic, the
// internal strain is not zero, polynomials couple up to three differences of any cells and strains.
#ifndef TEST_EAP_LOW_SYMMETRY_H
#define TEST_EAP_LOW_SYMMETRY_H

#include "../coul/supercell_ewald.h"

#include "base/elements.h"
#include "base/units.h"

#include <cstdio>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace eap_test {

using supercell_ewald::determinant;
using supercell_ewald::inverse;
using supercell_ewald::Mat; // [row][column]
using supercell_ewald::times;
using supercell_ewald::Vec;
using Cell = std::array<int, 3>;

inline Mat product(const Mat &a, const Mat &b)
{
  Mat c = {};
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      for (int k = 0; k < 3; k++) c[i][j] += a[i][k] * b[k][j];
  return c;
}

inline Mat transpose(const Mat &a)
{
  Mat c;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) c[j][i] = a[i][j];
  return c;
}

inline Mat identity()
{
  return {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}

// f = r u by Newton's iteration for the orthogonal factor (Higham)
inline void polar_factors(const Mat &f, Mat &r, Mat &u)
{
  r = f;
  for (int step = 0; step < 60; step++) {
    const Mat back = transpose(inverse(r));
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) r[i][j] = 0.5 * (r[i][j] + back[i][j]);
  }
  u = product(transpose(r), f);
}

// rotation to LAMMPS' frame, first vector (column) along x, second in the xy plane
inline Mat lammps_rotation(const Mat &h)
{
  Mat q;
  double a = 0, ab = 0, b = 0;
  for (int i = 0; i < 3; i++) a += h[i][0] * h[i][0];
  for (int i = 0; i < 3; i++) q[0][i] = h[i][0] / std::sqrt(a);
  for (int i = 0; i < 3; i++) ab += q[0][i] * h[i][1];
  for (int i = 0; i < 3; i++) q[1][i] = h[i][1] - ab * q[0][i];
  for (int i = 0; i < 3; i++) b += q[1][i] * q[1][i];
  for (int i = 0; i < 3; i++) q[1][i] /= std::sqrt(b);
  for (int i = 0; i < 3; i++)
    q[2][i] = q[0][(i + 1) % 3] * q[1][(i + 2) % 3] - q[0][(i + 2) % 3] * q[1][(i + 1) % 3];
  return q;
}

// Where sites are: all a test needs to build a structure
struct Lattice {
  Mat cell; // vectors in columns, Angstrom
  std::vector<int> element;
  std::vector<Vec> frac;
};

// A supercell of a lattice under strain, in LAMMPS' frame
struct Structure {
  Cell size;
  Mat strain;         // upper triangular deformation of the box, LAMMPS' frame
  std::vector<Vec> u; // Angstrom, LAMMPS' frame; sites in the order ((i1*N2+i2)*N3+i3)*n + k

  Mat box(const Lattice &lattice) const
  {
    Mat h = product(strain, product(lammps_rotation(lattice.cell), lattice.cell));
    for (Vec &row : h)
      for (int j = 0; j < 3; j++) row[j] *= size[j];
    h[1][0] = h[2][0] = h[2][1] = 0; // rounding
    return h;
  }
  int sites(const Lattice &lattice) const
  {
    return size[0] * size[1] * size[2] * (int)lattice.frac.size();
  }
  Vec reduced(const Lattice &lattice, int site) const
  {
    const int n = (int)lattice.frac.size(), c = site / n;
    const int cell[3] = {c / (size[1] * size[2]), c / size[2] % size[1], c % size[2]};
    Vec s;
    for (int d = 0; d < 3; d++) s[d] = (cell[d] + lattice.frac[site % n][d]) / size[d];
    return s;
  }
  std::vector<int> elements(const Lattice &lattice) const
  {
    std::vector<int> z;
    for (int i = 0; i < sites(lattice); i++)
      z.push_back(lattice.element[i % lattice.element.size()]);
    return z;
  }
  std::vector<Vec> positions(const Lattice &lattice) const
  {
    const Mat h = box(lattice);
    std::vector<Vec> x;
    for (int i = 0; i < sites(lattice); i++) {
      x.push_back(times(h, reduced(lattice, i)));
      for (int d = 0; d < 3; d++) x.back()[d] += u[i][d];
    }
    return x;
  }
};

inline Structure structure(const Lattice &lattice, const Cell &size, const Mat &strain,
                           double amplitude, unsigned seed)
{
  Structure s = {size, strain, {}};
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> number(-amplitude, amplitude);
  s.u.resize(s.sites(lattice));
  for (Vec &v : s.u)
    for (double &x : v) x = number(generator);
  return s;
}

class LowSymmetry : public Lattice {
public:
  struct Difference {
    int site[2], dir, power;
    Cell cell[2];
  };
  struct Term {
    double value; // eV/Angstrom^p
    std::vector<Difference> difference;
    std::vector<std::pair<int, int>> strain; // Voigt index 0..5, power
  };

  std::vector<Mat> born; // [a][b] = dM_a/du_b
  Mat eps;
  double energy = -1.5;                         // per cell, eV
  std::array<std::array<double, 6>, 6> elastic; // eV
  std::vector<std::array<Vec, 6>> lambda;       // eV/Angstrom
  std::map<Cell, std::vector<double>> phi;      // [3n][3n], eV/Angstrom^2
  std::vector<Term> terms;

  // dipole: the constants are completed by the dipole-dipole interaction (pair_style eap/long)
  LowSymmetry(const Mat &cell_, const std::vector<int> &element_, bool dipole_, unsigned seed)
      : dipole(dipole_), generator(seed)
  {
    cell = cell_;
    element = element_;
    n = (int)element.size();
    const double place[4][3] = {
        {0.03, 0.06, -0.04}, {0.52, 0.45, 0.55}, {0.47, 0.56, 0.07}, {0.94, 0.52, 0.49}};
    for (int k = 0; k < n; k++) frac.push_back({place[k][0], place[k][1], place[k][2]});
    eps = {{{4.1, 0.4, -0.3}, {0.4, 3.0, 0.5}, {-0.3, 0.5, 5.5}}};
    make_born();
    make_elastic();
    make_lambda();
    make_phi();
    make_terms();
  }

  // energy of a structure; rotate: polar or not; strain_force: factor of the internal strain; field
  // in LAMMPS' frame, e Angstrom of the dipole moment in *moment if not null
  double evaluate(const Structure &s, bool rotate, double strain_force, bool reference_energy,
                  const Vec &field = {0, 0, 0}, Vec *moment = nullptr)
  {
    const Cell &N = s.size;
    const int nc = N[0] * N[1] * N[2];
    Mat h0 = cell;
    for (Vec &row : h0)
      for (int j = 0; j < 3; j++) row[j] *= N[j];
    const Mat q = lammps_rotation(cell);
    const Mat f = product(transpose(q), product(s.box(*this), inverse(h0)));
    Mat r = identity(), stretch = f;
    if (rotate) polar_factors(f, r, stretch);
    const Mat back = transpose(product(q, r));
    const double e[6] = {stretch[0][0] - 1,
                         stretch[1][1] - 1,
                         stretch[2][2] - 1,
                         stretch[1][2] + stretch[2][1],
                         stretch[0][2] + stretch[2][0],
                         stretch[0][1] + stretch[1][0]};
    std::vector<double> u;
    for (const Vec &lab : s.u)
      for (double x : times(back, lab)) u.push_back(x);

    const std::vector<double> &k = dense(N);
    const size_t size = u.size();
    double total = reference_energy ? nc * energy : 0.0;
    for (size_t i = 0; i < size; i++) {
      double g = 0;
      for (size_t j = 0; j < size; j++) g += k[i * size + j] * u[j];
      total += 0.5 * u[i] * g;
    }
    for (int v = 0; v < 6; v++)
      for (int w = 0; w < 6; w++) total += 0.5 * nc * elastic[v][w] * e[v] * e[w];
    Vec m = {0, 0, 0};
    for (int i = 0; i < nc * n; i++)
      for (int d = 0; d < 3; d++) {
        for (int v = 0; v < 6; v++)
          total += strain_force * lambda[i % n][v][d] * e[v] * u[3 * i + d];
        for (int a = 0; a < 3; a++) m[a] += born[i % n][a][d] * u[3 * i + d];
      }
    for (const Term &t : terms) {
      double strain = t.value;
      for (auto &factor : t.strain) strain *= std::pow(e[factor.first], factor.second);
      for (int c = 0; c < nc; c++) {
        double product = strain;
        for (const Difference &d : t.difference)
          product *= std::pow(u[3 * site(N, c, d.cell[0], d.site[0]) + d.dir] -
                                  u[3 * site(N, c, d.cell[1], d.site[1]) + d.dir],
                              d.power);
        total += product;
      }
    }
    m = times(transpose(back), m);
    if (moment) *moment = m;
    return total - field[0] * m[0] - field[1] * m[1] - field[2] * m[2];
  }

  void write(const std::string &system_file, const std::string &coefficient_file) const
  {
    write_system(system_file);
    write_coefficients(coefficient_file);
  }

private:
  bool dipole;
  int n;
  std::mt19937 generator;
  std::map<Cell, std::vector<double>> matrices; // by supercell

  double random(double size)
  {
    return std::uniform_real_distribution<double>(-size, size)(generator);
  }
  int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(generator); }

  void make_born()
  {
    born.assign(n, Mat{});
    for (int k = 0; k < n; k++)
      for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
          if (k < n - 1)
            born[k][i][j] = (i == j) * (k == 1 ? 2.2 : k == 0 ? 1.2 : -1.5) + random(0.5);
          if (k < n - 1) born[n - 1][i][j] -= born[k][i][j];
        }
  }
  void make_elastic()
  {
    for (int v = 0; v < 6; v++)
      for (int w = 0; w <= v; w++)
        elastic[v][w] = elastic[w][v] = v == w ? (v < 3 ? 120.0 : 50.0) : random(15.0);
  }
  void make_lambda()
  {
    lambda.assign(n, {});
    for (int k = 0; k < n - 1; k++)
      for (int v = 0; v < 6; v++)
        for (int d = 0; d < 3; d++) {
          lambda[k][v][d] = random(2.0);
          lambda[n - 1][v][d] -= lambda[k][v][d];
        }
  }

  double distance(int a, int b, const Cell &r) const
  {
    Vec s;
    for (int d = 0; d < 3; d++) s[d] = frac[b][d] - frac[a][d] + r[d];
    const Vec x = times(cell, s);
    return std::sqrt(supercell_ewald::dot(x, x));
  }

  // stiff springs between neighbours and, on top, blocks without symmetry; Phi(-R) = Phi(R)^T
  void make_phi()
  {
    const size_t n3 = 3 * n;
    for (int i = -1; i <= 1; i++)
      for (int j = -1; j <= 1; j++)
        for (int k = -1; k <= 1; k++) phi[{i, j, k}].assign(n3 * n3, 0.0);
    for (auto &block : phi) {
      const Cell r = block.first, o = {-r[0], -r[1], -r[2]};
      if (o < r) continue;
      for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) {
          const double d = distance(a, b, r);
          if (d < 0.1 || (r == o && b < a)) continue;
          const double size = 400.0 * std::exp(-d / 0.6);
          for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
              const double x = -size * ((i == j) + random(0.4));
              phi[r][(3 * a + i) * n3 + 3 * b + j] = x;
              phi[o][(3 * b + j) * n3 + 3 * a + i] = x;
            }
        }
    }
    // The force on a site in a shifted crystal can only be taken off by a symmetric home block:
    // what is antisymmetric is cancelled by antisymmetric blocks between one site and the next.
    Mat carried = {};
    std::vector<double> &home = phi[{0, 0, 0}];
    for (int a = 0; a + 1 < n; a++) {
      const Mat s = pull(a);
      for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) carried[i][j] -= 0.5 * (s[i][j] - s[j][i]);
      for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
          home[(3 * a + i) * n3 + 3 * (a + 1) + j] += carried[i][j];
          home[(3 * (a + 1) + j) * n3 + 3 * a + i] += carried[i][j];
        }
      carried = Mat{}; // pull(a + 1) sees it
    }
    for (int a = 0; a < n; a++) {
      const Mat s = pull(a);
      for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) home[(3 * a + i) * n3 + 3 * a + j] -= 0.5 * (s[i][j] + s[j][i]);
    }
  }

  // sum over all sites of their constants with site a
  Mat pull(int a) const
  {
    Mat s = {};
    for (auto &block : phi)
      for (int i = 0; i < 3; i++)
        for (int col = 0; col < 3 * n; col++)
          s[i][col % 3] += block.second[(3 * a + i) * 3 * n + col];
    for (int b = 0; b < n && dipole; b++) {
      const Mat d = dipole_block(a, b, {0, 0, 0}, {1, 1, 1});
      for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) s[i][j] += d[i][j];
    }
    return s;
  }

  // dipole-dipole constants of site a and all images of site b in cell r, in a supercell
  Mat dipole_block(int a, int b, const Cell &r, const Cell &N) const
  {
    Mat super = cell;
    for (Vec &row : super)
      for (int j = 0; j < 3; j++) row[j] *= N[j];
    Vec s;
    for (int d = 0; d < 3; d++) s[d] = frac[b][d] - frac[a][d] + r[d];
    const Mat t =
        supercell_ewald::tensor(super, eps, times(cell, s), supercell_ewald::balanced(super, eps));
    Mat out = product(transpose(born[a]), product(t, born[b]));
    for (Vec &row : out)
      for (double &x : row) x *= POLAR_COULOMB;
    return out;
  }

  void make_terms()
  {
    for (int t = 0; t < 40; t++) {
      Term term;
      const int factors = t < 4 ? 0 : pick(1, 3);
      double scale = 1.0;
      for (int f = 0; f < factors; f++) {
        Difference d;
        d.site[0] = pick(0, n - 1);
        d.site[1] = pick(0, n - 1);
        d.dir = pick(0, 2);
        d.power = pick(1, factors == 1 ? 4 : 2);
        for (Cell &c : d.cell) c = {pick(-1, 1), pick(-1, 1), pick(-1, 1)};
        term.difference.push_back(d);
      }
      const int strains = factors == 0 ? pick(1, 2) : pick(0, 2);
      for (int f = 0; f < strains; f++) {
        term.strain.push_back({pick(0, 5), pick(1, factors == 0 ? 3 : 2)});
        scale *= 6.0;
      }
      term.value = random(1.0) * scale;
      terms.push_back(term);
    }
    // a wall, so that hot crystals stay together
    for (int k = 0; k + 1 < n; k++)
      for (int d = 0; d < 3; d++)
        terms.push_back({2.0, {{{k, k + 1}, d, 4, {Cell{0, 0, 0}, Cell{0, 0, 0}}}}, {}});
  }

  int site(const Cell &N, int c, const Cell &offset, int k) const
  {
    const int at[3] = {c / (N[1] * N[2]), c / N[2] % N[1], c % N[2]};
    int w[3];
    for (int d = 0; d < 3; d++) w[d] = ((at[d] + offset[d]) % N[d] + N[d]) % N[d];
    return ((w[0] * N[1] + w[1]) * N[2] + w[2]) * n + k;
  }

  // the harmonic matrix of a supercell
  const std::vector<double> &dense(const Cell &N)
  {
    std::vector<double> &m = matrices[N];
    if (!m.empty()) return m;
    const int nc = N[0] * N[1] * N[2];
    const size_t size = 3 * n * nc;
    m.assign(size * size, 0.0);
    auto add = [&](int c, int a, const Cell &r, int b, int i, int j, double value) {
      m[(3 * site(N, c, {0, 0, 0}, a) + i) * size + 3 * site(N, c, r, b) + j] += value;
    };
    for (int a = 0; a < n; a++)
      for (int b = 0; b < n; b++) {
        for (int d = 0; d < nc && dipole; d++) {
          const Cell r = {d / (N[1] * N[2]), d / N[2] % N[1], d % N[2]};
          const Mat block = dipole_block(a, b, r, N);
          for (int c = 0; c < nc; c++)
            for (int i = 0; i < 9; i++) add(c, a, r, b, i / 3, i % 3, block[i / 3][i % 3]);
        }
        for (auto &block : phi)
          for (int c = 0; c < nc; c++)
            for (int i = 0; i < 9; i++)
              add(c, a, block.first, b, i / 3, i % 3,
                  block.second[(3 * a + i / 3) * 3 * n + 3 * b + i % 3]);
      }
    return m;
  }

  // --- files, in MULTIBINIT's units and orders ---------------------------------------------------

  template <class Next>
  static void numbers(FILE *out, int count, int per_line, Next next)
  {
    for (int i = 0; i < count; i++)
      fprintf(out, " %.16e%s", next(i), i % per_line == per_line - 1 ? "\n" : "");
  }

  void write_system(const std::string &name) const
  {
    const double ha = 1 / POLAR_HARTREE_EV, bohr = POLAR_BOHR_ANGSTROM;
    FILE *out = fopen(name.c_str(), "w");
    if (!out) throw std::runtime_error("cannot write " + name);
    fprintf(out, "<System_definition>\n<energy> %.16e </energy>\n<unit_cell>\n", energy * ha);
    numbers(out, 9, 3, [&](int i) { return cell[i / 3][i % 3] / bohr; }); // row: Cartesian
    fprintf(out, "</unit_cell>\n<epsilon_inf>\n");
    numbers(out, 9, 3, [&](int i) { return eps[i % 3][i / 3]; });
    fprintf(out, "</epsilon_inf>\n<elastic>\n");
    numbers(out, 36, 6, [&](int i) { return elastic[i % 6][i / 6] * ha; });
    fprintf(out, "</elastic>\n");
    for (int k = 0; k < n; k++) {
      const Vec x = times(cell, frac[k]);
      fprintf(out, "<atom mass=\"%.6f\" massunits=\"atomicmassunit\">\n<position>\n",
              polar_element_mass(element[k]));
      numbers(out, 3, 3, [&](int i) { return x[i] / bohr; });
      fprintf(out, "</position>\n<borncharge>\n"); // line: displacement, column: dipole
      numbers(out, 9, 3, [&](int i) { return born[k][i % 3][i / 3]; });
      fprintf(out, "</borncharge>\n</atom>\n");
    }
    for (auto &block : phi) {
      fprintf(out, "<local_force_constant>\n<data>\n");
      const bool home = block.first == Cell{0, 0, 0};
      numbers(out, 9 * n * n, 3 * n, [&](int i) {
        // the reader's acoustic sum rule has to find the home blocks by itself
        const int row = i / (3 * n), column = i % (3 * n);
        const double wrong = home && row / 3 == column / 3 ? 0.2 + (row == column) : 0.0;
        return (block.second[i] + wrong) * ha * bohr * bohr;
      });
      fprintf(out, "</data>\n<cell> %d %d %d </cell>\n</local_force_constant>\n", block.first[0],
              block.first[1], block.first[2]);
    }
    for (int v = 0; v < 6; v++) {
      fprintf(out, "<strain_coupling voigt=\"%d\">\n<correction_force>\n", v);
      numbers(out, 3 * n, 3, [&](int i) { return lambda[i / 3][v][i % 3] * ha * bohr; });
      fprintf(out, "</correction_force>\n</strain_coupling>\n");
    }
    fprintf(out, "</System_definition>\n");
    fclose(out);
  }

  void write_coefficients(const std::string &name) const
  {
    FILE *out = fopen(name.c_str(), "w");
    if (!out) throw std::runtime_error("cannot write " + name);
    fprintf(out, "<Heff_definition>\n");
    int number = 0;
    for (const Term &t : terms) {
      int power = 0;
      for (const Difference &d : t.difference) power += d.power;
      // weight and value share the sign and the size
      const double value = t.value / POLAR_HARTREE_EV * std::pow(POLAR_BOHR_ANGSTROM, power);
      fprintf(out,
              "<coefficient number=\"%d\" value=\"%.16e\" text=\"\">\n<term weight=\"-2.0\">\n",
              ++number, -0.5 * value);
      for (const Difference &d : t.difference) {
        fprintf(out,
                "<displacement_diff atom_a=\"%d\" atom_b=\"%d\" direction=\"%c\" power=\"%d\">\n"
                "<cell_a>%d %d %d</cell_a>\n<cell_b>%d %d %d</cell_b>\n</displacement_diff>\n",
                d.site[0], d.site[1], 'x' + d.dir, d.power, d.cell[0][0], d.cell[0][1],
                d.cell[0][2], d.cell[1][0], d.cell[1][1], d.cell[1][2]);
      }
      for (auto &s : t.strain)
        fprintf(out, "<strain power=\"%d\" voigt=\"%d\"/>\n", s.second, s.first + 1);
      fprintf(out, "</term>\n</coefficient>\n");
    }
    fprintf(out, "</Heff_definition>\n");
    fclose(out);
  }
};

} // namespace eap_test

#endif
