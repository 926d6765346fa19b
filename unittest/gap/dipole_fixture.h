// Dipole models made up as text, and their evaluation in periodic configurations, for the tests of
// gap_dipole.
#ifndef DIPOLE_FIXTURE_H
#define DIPOLE_FIXTURE_H

#include "gap_fixture.h"

#include "gap/gap_dipole_read.h"

namespace gap_test {

using Dipole = std::unique_ptr<gap_dipole, void (*)(gap_dipole *)>;

struct DipoleCase {
  std::string name, basis, norm;
  int zeta;
  std::string extra; // further lines of the header
  std::vector<int> elements;
  int n, lmax;
  double cutoff = 3.6, width = 0.7;
};
inline void PrintTo(const DipoleCase &c, std::ostream *out)
{
  *out << c.name;
}

inline std::string dipole_text(const DipoleCase &c, unsigned seed = 1, int nsparse = 5)
{
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> u(-1, 1);
  const int nc = c.n * (int)c.elements.size(), q = c.lmax * nc * nc;
  const int dim = c.zeta > 1 ? nc * (nc + 1) / 2 * (c.lmax + 1) : 0;
  const double scale = c.norm == "none" ? 3000 : 1; // dipoles of some tenths of e Angstrom
  std::string text = "POLAR-DIPOLE 1 # made up\nelements";
  for (int z : c.elements) text += std::string(" ") + polar_element_symbol(z);
  text += "\nbasis " + c.basis + "\nlmax " + std::to_string(c.lmax) + "\ncutoff " +
          number(c.cutoff) + " " + number(c.width) + "\nnorm " + c.norm + "\nzeta " +
          std::to_string(c.zeta) + "\n" + c.extra;
  for (int z : c.elements) {
    text += std::string("centre ") + polar_element_symbol(z);
    text += c.zeta > 1 ? " sparse " + std::to_string(nsparse) + "\n" : " linear\n";
    for (int s = 0; s < (c.zeta > 1 ? nsparse : 1); s++) {
      std::vector<double> x(dim);
      double norm = 0;
      for (double &v : x) {
        v = u(random) + 0.6;
        norm += v * v;
      }
      for (double v : x) text += " " + number(v / std::sqrt(norm));
      text += "\n";
      for (int k = 0; k < q; k++) text += " " + number(scale * u(random));
      text += "\n";
    }
  }
  return text + "end\n";
}

inline Dipole parse_dipole(const std::string &text)
{
  gap_dipole *d = nullptr;
  polar_status st = {};
  if (gap_dipole_parse("dipole", text.data(), text.size(), &d, &st))
    throw std::runtime_error(st.text);
  return Dipole(d, gap_dipole_free);
}

// Own atoms first, then every image within `reach` of one of them, and lists of neighbors
struct Surrounded {
  std::vector<Vec> x;
  std::vector<int> z, owner, centre, count, element;
  std::vector<std::vector<int>> near;
  std::vector<int *> list;
  polar_neighbors view;

  Surrounded(const Config &c, double reach) : x(c.x), z(c.z)
  {
    const int n = (int)c.x.size();
    double inverse[3][3];
    mat3_inverse(c.h, inverse);
    int most[3];
    for (int k = 0; k < 3; k++)
      most[k] = (int)std::ceil(reach * std::sqrt(inverse[k][0] * inverse[k][0] +
                                                 inverse[k][1] * inverse[k][1] +
                                                 inverse[k][2] * inverse[k][2])) +
                1; // atoms may lie outside the box
    for (int i = 0; i < n; i++) owner.push_back(i);
    for (int a = -most[0]; a <= most[0]; a++)
      for (int b = -most[1]; b <= most[1]; b++)
        for (int d = -most[2]; d <= most[2]; d++)
          for (int i = 0; i < n; i++) {
            if (!a && !b && !d) continue;
            Vec y = c.x[i];
            for (int q = 0; q < 3; q++) y[q] += c.h[q][0] * a + c.h[q][1] * b + c.h[q][2] * d;
            bool close = false;
            for (int j = 0; j < n && !close; j++) close = distance(y, c.x[j]) < reach;
            if (!close) continue;
            x.push_back(y);
            z.push_back(c.z[i]);
            owner.push_back(i);
          }
    const int all = (int)x.size();
    near.resize(n);
    list.assign(all, nullptr);
    count.assign(all, 0);
    for (int e = 0; e <= POLAR_MAX_Z; e++) element.push_back(e);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < all; j++)
        if (j != i && distance(x[i], x[j]) < reach) near[i].push_back(j);
      centre.push_back(i);
      count[i] = (int)near[i].size();
      list[i] = near[i].data();
    }
    view = {all,
            reinterpret_cast<const double(*)[3]>(x.data()),
            z.data(),
            element.data(),
            n,
            centre.data(),
            count.data(),
            list.data(),
            -1};
  }

private:
  static double distance(const Vec &a, const Vec &b)
  {
    return std::sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                     (a[2] - b[2]) * (a[2] - b[2]));
  }
};

struct DipoleResult {
  polar_code code = POLAR_OK;
  polar_status st = {};
  Vec m{}, atom_moment_sum{};
  double energy = 0;      // of the field
  std::vector<Vec> force; // of the field, ghosts folded back
  std::array<double, 9> virial{}, atom_virial_sum{};
  std::vector<std::array<double, 9>> born;
};

inline DipoleResult evaluate_dipole(const gap_dipole *d, const Config &c, const Vec &field = {},
                                    bool tensors = false)
{
  DipoleResult out;
  Surrounded s(c, d->density.cutoff + 0.2);
  const int n = (int)c.x.size(), all = s.view.natom;
  std::vector<Vec> f(all, Vec{});
  std::vector<double> e(all, 0.0);
  std::vector<std::array<double, 9>> w(all, std::array<double, 9>{}), born(w);
  gap_result r = {};
  r.force = reinterpret_cast<double(*)[3]>(f.data());
  r.atom_energy = e.data();
  r.atom_virial = reinterpret_cast<double(*)[9]>(w.data());
  gap_dipole_work *work = nullptr;
  const double e1[1][3] = {{field[0], field[1], field[2]}};
  out.code = gap_dipole_work_create(d, &work, &out.st);
  if (!out.code) out.code = gap_dipole_evaluate(d, work, &s.view, out.m.data(), 1, e1, &r, &out.st);
  if (!out.code && tensors)
    out.code =
        gap_dipole_born(d, work, &s.view, reinterpret_cast<double(*)[9]>(born.data()), &out.st);
  gap_dipole_work_free(work);
  out.energy = r.energy;
  out.force.assign(n, Vec{});
  out.born.assign(n, std::array<double, 9>{});
  std::copy(r.virial, r.virial + 9, out.virial.begin());
  double sum = 0;
  for (int k = 0; k < all; k++) {
    for (int q = 0; q < 3; q++) out.force[s.owner[k]][q] += f[k][q];
    for (int q = 0; q < 9; q++) {
      out.born[s.owner[k]][q] += born[k][q];
      out.atom_virial_sum[q] += w[k][q];
    }
    sum += e[k];
  }
  EXPECT_NEAR(sum, r.energy, 1e-12 * (1 + std::fabs(sum))); // rounding
  return out;
}

inline std::vector<DipoleCase> dipole_cases()
{
  return {
      {"gto_linear_none", "gto 3 0.45", "none", 1, "", {22, 8}, 3, 3},
      {"gto_linear_density", "gto 3 0.45", "density", 1, "", {22, 8}, 3, 3},
      {"gto_linear_vector", "gto 3 0.45", "vector", 1, "scaling 1.0 2.0 3\n", {22, 8}, 3, 3},
      {"gto_linear_gram", "gto 4 0.5", "gram", 1, "", {22, 8}, 4, 2},
      {"dvr_zeta2_vector", "dvr 3 0.5", "vector", 2, "", {8, 22}, 3, 2},
      {"gto_zeta3_gram", "gto 2 0.5", "gram", 3, "scaling 0 2.5 4\n", {22, 8}, 2, 3},
      {"gauss_zeta4_density", "gauss 3 0.5", "density", 4, "", {22, 8}, 3, 3},
      {"gto_zeta2_none", "gto 3 0.5", "none", 2, "", {22, 8}, 3, 1},
  };
}

} // namespace gap_test

#endif
