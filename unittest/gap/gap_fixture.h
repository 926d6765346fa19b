// Periodic configurations with ghost atoms and brute-force neighbor lists, and GAP models made up
// as text, for the tests of gap.
#ifndef GAP_FIXTURE_H
#define GAP_FIXTURE_H

#include "base/elements.h"
#include "base/mat3.h"
#include "gap/gap_read.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace gap_test {

using Vec = std::array<double, 3>;

inline std::string reference(const std::string &name)
{
  const char *folder = std::getenv("POLAR_REFERENCE");
  const std::string path = folder ? std::string(folder) + "/gap/" + name : "";
  return !path.empty() && std::ifstream(path) ? path : "";
}

struct Config {
  double h[3][3]; // columns: box vectors
  std::vector<Vec> x;
  std::vector<int> z;
};

struct Result {
  polar_code code = POLAR_OK;
  polar_status st = {};
  double energy = 0;
  std::vector<Vec> force; // ghosts folded back
  std::array<double, 9> virial{}, atom_virial_sum{};
  std::vector<double> atom_energy, variance, similarity;
  std::vector<double> first_descriptor; // of the first atom in the first SOAP term
};

using Model = std::unique_ptr<gap_model, void (*)(gap_model *)>;

inline Model read_model(const std::string &path)
{
  gap_model *m = nullptr;
  polar_status st = {};
  if (gap_read(path.c_str(), &m, &st)) throw std::runtime_error(st.text);
  return Model(m, gap_free);
}

inline polar_code parse(const std::string &text, const std::vector<gap_file> &files, gap_model **m,
                        polar_status *st)
{
  xml_tree *tree = nullptr;
  polar_code code = xml_parse("model.xml", text.data(), text.size(), &tree, st);
  if (!code) code = gap_parse(tree, (int)files.size(), files.data(), m, st);
  xml_free(tree);
  return code;
}

inline Model made_up(const std::string &text)
{
  gap_model *m = nullptr;
  polar_status st = {};
  if (parse(text, {}, &m, &st)) throw std::runtime_error(st.text);
  return Model(m, gap_free);
}

// Own atoms first, then every image within the cutoff of any of them
inline Result evaluate(const gap_model *m, const Config &c, double skin = 0.3, int threads = 1)
{
  Result out;
  const int n = (int)c.x.size();
  const double reach = m->cutoff + skin;
  std::vector<Vec> x = c.x;
  std::vector<int> z = c.z, owner(n);
  for (int i = 0; i < n; i++) owner[i] = i;
  double inverse[3][3];
  mat3_inverse(c.h, inverse);
  int most[3];
  for (int k = 0; k < 3; k++) {
    double length = 0;
    for (int a = 0; a < 3; a++) length += inverse[k][a] * inverse[k][a];
    most[k] = (int)std::ceil(reach * std::sqrt(length)) + 1; // atoms may lie outside the box
  }
  for (int a = -most[0]; a <= most[0]; a++)
    for (int b = -most[1]; b <= most[1]; b++)
      for (int d = -most[2]; d <= most[2]; d++) {
        if (!a && !b && !d) continue;
        for (int i = 0; i < n; i++) {
          Vec y = c.x[i];
          for (int q = 0; q < 3; q++) y[q] += c.h[q][0] * a + c.h[q][1] * b + c.h[q][2] * d;
          bool near = false;
          for (int j = 0; j < n && !near; j++) {
            double r = 0;
            for (int q = 0; q < 3; q++) r += (y[q] - c.x[j][q]) * (y[q] - c.x[j][q]);
            near = r < reach * reach;
          }
          if (!near) continue;
          x.push_back(y);
          z.push_back(c.z[i]);
          owner.push_back(i);
        }
      }
  const int all = (int)x.size();
  std::vector<std::vector<int>> near(n);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < all; j++) {
      double r = 0;
      for (int q = 0; q < 3; q++) r += (x[j][q] - x[i][q]) * (x[j][q] - x[i][q]);
      if (j != i && r < reach * reach) near[i].push_back(j | 1 << 29); // a bit outside the mask
    }
  std::vector<int> centre(n), count(all, 0), element(POLAR_MAX_Z + 1);
  std::vector<int *> list(all, nullptr);
  for (int e = 0; e <= POLAR_MAX_Z; e++) element[e] = e;
  for (int i = 0; i < n; i++) {
    centre[i] = i;
    count[i] = (int)near[i].size();
    list[i] = near[i].data();
  }
  const polar_neighbors view = {all,
                                reinterpret_cast<const double(*)[3]>(x.data()),
                                z.data(),
                                element.data(),
                                n,
                                centre.data(),
                                count.data(),
                                list.data(),
                                (1 << 29) - 1};
  std::vector<Vec> force(all, Vec{});
  std::vector<double> e(all, 0.0);
  std::vector<std::array<double, 9>> w(all, std::array<double, 9>{});
  gap_result r = {};
  r.force = reinterpret_cast<double(*)[3]>(force.data());
  r.atom_energy = e.data();
  r.atom_virial = reinterpret_cast<double(*)[9]>(w.data());
  if (m->ndensity && m->density[0].variance) {
    out.variance.assign(all, 0.0);
    out.similarity.assign(all, 1.0);
    r.variance = out.variance.data();
    r.similarity = out.similarity.data();
    const gap_soap *soap = &m->density[0].soap;
    gap_soap_work *scratch = nullptr;
    out.first_descriptor.resize(soap->dim);
    if (!gap_soap_work_create(&soap, 1, &scratch, &out.st))
      gap_soap_descriptor(soap, scratch, &view, 0, out.first_descriptor.data(), &out.st);
    gap_soap_work_free(scratch);
  }
  gap_work *work = nullptr;
  out.code = gap_work_create(m, &work, &out.st);
  if (!out.code) out.code = gap_work_threads(m, work, threads, &out.st);
  if (!out.code) out.code = gap_energy(m, work, &view, &r, &out.st);
  gap_work_free(work);
  out.energy = r.energy;
  if (r.variance) {
    out.variance.resize(n);
    out.similarity.resize(n);
  }
  out.force.assign(n, Vec{});
  out.atom_energy.assign(n, 0.0);
  for (int k = 0; k < all; k++) {
    out.atom_energy[owner[k]] += e[k];
    for (int q = 0; q < 3; q++) out.force[owner[k]][q] += force[k][q];
    for (int q = 0; q < 9; q++) out.atom_virial_sum[q] += w[k][q];
  }
  for (int q = 0; q < 9; q++) out.virial[q] = r.virial[q];
  return out;
}

inline Config from_json(const nlohmann::json &data)
{
  Config c;
  for (int v = 0; v < 3; v++)
    for (int i = 0; i < 3; i++) c.h[i][v] = data["cell_rows"][v][i];
  for (const auto &row : data["positions"]) c.x.push_back({row[0], row[1], row[2]});
  for (const std::string name : data["species"]) c.z.push_back(polar_element_number(name.c_str()));
  return c;
}

// n atoms of the given elements in turn, on a distorted grid in a triclinic box
inline Config distorted(const std::vector<int> &elements, int n, double spacing, unsigned seed)
{
  Config c;
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> u(-0.12, 0.12);
  int side = 1;
  while (side * side * side < n) side++;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      c.h[i][j] = spacing * side * (i == j ? 1.0 : i < j ? 0.07 * (j - i) : 0.0);
  for (int i = 0; i < n; i++) {
    const double s[3] = {double(i % side), double(i / side % side), double(i / side / side)};
    Vec x = {};
    for (int a = 0; a < 3; a++)
      for (int k = 0; k < 3; k++) x[a] += c.h[a][k] * (s[k] + u(random)) / side;
    c.x.push_back(x);
    c.z.push_back(elements[i % elements.size()]);
  }
  return c;
}

// Whether an interatomic distance is within `margin` of one of `radii`
inline bool near_radius(const Config &c, const std::vector<double> &radii, double margin)
{
  for (const auto &x : c.x)
    for (const auto &y : c.x)
      for (int s = 0; s < 343; s++) {
        double square = 0;
        for (int q = 0; q < 3; q++) {
          const double d = y[q] - x[q] + c.h[q][0] * (s % 7 - 3) + c.h[q][1] * (s / 7 % 7 - 3) +
                           c.h[q][2] * (s / 49 - 3);
          square += d * d;
        }
        for (double r : radii)
          if (std::fabs(std::sqrt(square) - r) < margin) return true;
      }
  return false;
}

// ---------------------------------------------------------------------------- models as text ---

inline std::string number(double x)
{
  char text[40];
  snprintf(text, sizeof text, "%.17g", x);
  return text;
}

// <gpCoordinates> with inline sparse points. `attributes` and `extra` as in QUIP's files; points
// are uniform in lo..hi, or power-spectrum-like (positive, of norm 1) if lo = hi.
inline std::string coordinates(const std::string &descriptor, int dim, int nsparse, int covariance,
                               const std::string &attributes, const std::string &extra, double lo,
                               double hi, unsigned seed, double alpha = 1.0)
{
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> u(0, 1);
  std::string text = "<gpCoordinates label=\"c\" dimensions=\"" + std::to_string(dim) +
                     "\" n_sparseX=\"" + std::to_string(nsparse) + "\" covariance_type=\"" +
                     std::to_string(covariance) + "\" " + attributes + ">\n" + extra +
                     "<descriptor>" + descriptor + "</descriptor>\n";
  for (int s = 0; s < nsparse; s++) {
    std::vector<double> x(dim);
    double norm = 0;
    for (double &v : x) {
      v = lo < hi ? lo + (hi - lo) * u(random) : u(random) * u(random);
      norm += v * v;
    }
    // one after another: the operands of + may be evaluated in any order
    const double cutoff = 0.5 + 0.5 * u(random), coefficient = alpha * (2 * u(random) - 1);
    text += "<sparseX i=\"" + std::to_string(s + 1) + "\" alpha=\"" + number(coefficient) +
            "\" sparseCutoff=\"" + number(cutoff) + "\">";
    if (dim > 50) text += "\n";
    for (int i = 0; i < dim; i++) {
      if (dim > 50 && i % 50 == 0)
        text += "<sparseX_slice start=\"" + std::to_string(i + 1) + "\" end=\"" +
                std::to_string(std::min(i + 50, dim)) + "\">";
      text += " " + number(lo < hi ? x[i] : x[i] / std::sqrt(norm));
      if (dim > 50 && (i % 50 == 49 || i == dim - 1)) text += "</sparseX_slice>\n";
    }
    text += "</sparseX>\n";
  }
  return text + "</gpCoordinates>\n";
}

inline std::string model_text(const std::vector<std::string> &terms,
                              const std::string &version = "1700000000",
                              const std::string &core = "")
{
  std::string text =
      "<L>\n<Potential label=\"L\" init_args=\"" +
      std::string(core.empty() ? "IP GAP label=L"
                               : "Sum init_args_pot1={IP Glue} init_args_pot2={IP GAP label=L}") +
      "\"/>\n" + core + "<GAP_params label=\"L\" gap_version=\"" + version +
      "\">\n<GAP_data do_core=\"" + (core.empty() ? "F" : "T") +
      "\"><e0 Z=\"14\" value=\"-1.5\"/></GAP_data>\n<gpSparse label=\"L\" n_coordinate=\"" +
      std::to_string(terms.size()) + "\" fitted=\"T\">\n";
  for (const auto &t : terms) text += t;
  return text + "</gpSparse>\n</GAP_params>\n</L>\n";
}

// Elements of the power spectrum of soap
inline int soap_dimension(int nmax, int lmax, int nspecies)
{
  const int n = nmax * nspecies;
  return n * (n + 1) / 2 * (lmax + 1) + 1;
}

inline double max_difference(const std::vector<Vec> &a, const std::vector<Vec> &b)
{
  double most = a.size() == b.size() ? 0 : INFINITY;
  for (size_t i = 0; i < a.size() && i < b.size(); i++)
    for (int k = 0; k < 3; k++) {
      const double d = std::fabs(a[i][k] - b[i][k]);
      if (!(d <= most)) most = d;
    }
  return most;
}

} // namespace gap_test

#endif
