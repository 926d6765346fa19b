// A periodic system under a LES model, evaluated with the core alone: ghosts, exact Ewald sum.
#ifndef TEST_LES_FIXTURE_H
#define TEST_LES_FIXTURE_H

#include "base/elements.h"
#include "base/mat3.h"
#include "coul/coul_ewald.h"
#include "les/les.h"
#include "les/les_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace les_test {

using Vec = std::array<double, 3>;

struct Model {
  les_model *m = nullptr;
  explicit Model(const std::string &path)
  {
    polar_status st = {};
    if (les_read(path.c_str(), &m, &st)) throw std::runtime_error(st.text);
  }
  ~Model() { les_model_free(m); }
  Model(const Model &) = delete;
};

inline std::string reference_folder()
{
  const char *folder = getenv("POLAR_REFERENCE");
  return folder ? std::string(folder) + "/les/" : "";
}

// A published model through our converter; "" if it is not there
inline std::string converted(const std::string &pth, const std::string &options = "")
{
  const std::string in = reference_folder() + pth, out = testing::TempDir() + "polar_" +
                                                         std::to_string(getpid()) + "_" + pth +
                                                         ".les";
  if (reference_folder().empty() || access(in.c_str(), R_OK)) return "";
  const std::string command = "python3 '" POLAR_SOURCE_DIR "/potentials/convert/cace2les.py' '" +
                              in + "' '" + out + "' " + options;
  if (std::system(command.c_str())) throw std::runtime_error("the converter failed: " + command);
  return out;
}

struct Result {
  double short_range = 0, ewald = 0;
  double energy() const { return short_range + ewald; }
  std::vector<double> q, phi;
  std::vector<Vec> force;
  std::array<double, 6> virial{};
  std::vector<std::array<double, 9>> local, phase; // without the model's scale
};

struct Configuration {
  double h[3][3]; // columns are box vectors
  std::vector<int> z;
  std::vector<Vec> x;

  // what: 1 forces, 2 local, 4 phase; 8: ghosts are known to be images of their originals
  Result evaluate(const les_model *m, int what = 1, double extra = 0.0) const
  {
    const int n = (int)x.size();
    double b[3][3];
    mat3_inverse(h, b);
    const double reach = les_reach(m) + extra;
    // ghosts: images whose fractional coordinates are within reach of the box
    std::vector<Vec> at(x);
    std::vector<int> owner(n), kind(n);
    std::vector<Vec> s(n);
    double margin[3];
    for (int a = 0; a < 3; a++)
      margin[a] = reach * std::sqrt(b[a][0] * b[a][0] + b[a][1] * b[a][1] + b[a][2] * b[a][2]);
    for (int i = 0; i < n; i++) {
      mat3_vec(b, x[i].data(), s[i].data());
      for (double &f : s[i]) f -= std::floor(f);
      mat3_vec(h, s[i].data(), at[i].data());
      owner[i] = i;
      kind[i] = -1;
      for (int e = 0; e < m->nelement; e++)
        if (m->element[e] == z[i]) kind[i] = e;
    }
    for (int i = 0; i < n; i++) {
      int lo[3], hi[3];
      for (int a = 0; a < 3; a++) {
        lo[a] = (int)std::ceil(-margin[a] - s[i][a]);
        hi[a] = (int)std::floor(1.0 + margin[a] - s[i][a]);
      }
      for (int p = lo[0]; p <= hi[0]; p++)
        for (int q = lo[1]; q <= hi[1]; q++)
          for (int r = lo[2]; r <= hi[2]; r++) {
            if (!p && !q && !r) continue;
            const double f[3] = {s[i][0] + p, s[i][1] + q, s[i][2] + r};
            Vec y;
            mat3_vec(h, f, y.data());
            at.push_back(y);
            owner.push_back(i);
            kind.push_back(kind[i]);
          }
    }
    const int nall = (int)at.size();
    auto *xs = reinterpret_cast<const double(*)[3]>(at.data());
    polar_status st = {};
    auto check = [&](polar_code code) {
      if (code) throw std::runtime_error(st.text);
    };
    const int *image = what & 8 ? owner.data() : nullptr;
    les_list list = {};
    std::vector<double> energy(n);
    Result r;
    r.q.assign(n, 0.0);
    r.phi.assign(n, 0.0);
    les_work *w = les_work_create();
    coul_kset set = {};
    struct Cleaner {
      les_list &list;
      les_work *w;
      coul_kset &set;
      ~Cleaner()
      {
        les_list_free(&list);
        les_work_free(w);
        coul_kset_free(&set);
      }
    } cleaner{list, w, set};
    check(
        les_list_build(&list, n, nall, xs, kind.data(), image, m->cutoff + extra, m->layers, &st));
    const les_neighborhood nb = les_list_view(&list, nall, xs, kind.data(), image);
    check(les_forward(m, &nb, w, energy.data(), r.q.data(), &st));
    for (double e : energy) r.short_range += e;
    check(coul_kset_create(h, m->kmax, &set, &st));
    std::vector<double> work(coul_ewald_work(&set)), density(2 * set.nk, 0.0);
    coul_ewald sum = {&set, {}, m->sigma, m->norm, work.data()};
    std::copy(&h[0][0], &h[0][0] + 9, &sum.h[0][0]);
    std::vector<Vec> field(n);
    check(coul_ewald_density(&sum, n, xs, r.q.data(), density.data(), &st));
    r.ewald = coul_ewald_energy(&sum, density.data(), r.virial.data());
    check(coul_ewald_potential(&sum, density.data(), n, xs, r.phi.data(),
                               reinterpret_cast<double(*)[3]>(field.data()), &st));
    if (m->remove_self)
      for (int i = 0; i < n; i++) {
        const double self = coul_gaussian_self(m->sigma, m->norm);
        r.ewald -= self * r.q[i] * r.q[i];
        r.phi[i] -= 2.0 * self * r.q[i];
      }
    if (what & 1) {
      std::vector<Vec> f(nall, Vec{0, 0, 0});
      for (int i = 0; i < n; i++)
        for (int a = 0; a < 3; a++) f[i][a] = r.q[i] * field[i][a];
      check(les_backward(m, &nb, w, r.phi.data(), reinterpret_cast<double(*)[3]>(f.data()),
                         r.virial.data(), nullptr, &st));
      r.force.assign(n, Vec{0, 0, 0});
      for (int i = 0; i < nall; i++)
        for (int a = 0; a < 3; a++) r.force[owner[i]][a] += f[i][a];
    }
    double mean = 0.0, phases[3][2] = {{0.0}};
    for (double q : r.q) mean += q / n;
    les_phase_sums(&nb, h, phases);
    for (auto &p : phases)
      for (double &c : p) c /= n;
    for (int phase = 0; phase < 2; phase++) {
      if (!(what & (phase ? 4 : 2))) continue;
      std::vector<std::array<double, 9>> all(nall, std::array<double, 9>{});
      auto *rows = reinterpret_cast<double(*)[9]>(all.data());
      check(phase ? les_born_phase(m, &nb, w, r.q.data(), mean, h, phases, rows, &st)
                  : les_born_local(m, &nb, w, r.q.data(), mean, rows, &st));
      auto &born = phase ? r.phase : r.local;
      born.assign(n, std::array<double, 9>{});
      for (int i = 0; i < nall; i++)
        for (int k = 0; k < 9; k++) born[owner[i]][k] += all[i][k];
    }
    return r;
  }
};

} // namespace les_test

#endif
