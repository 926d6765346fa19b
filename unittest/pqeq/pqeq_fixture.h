// A set of atoms for the PQEq core without LAMMPS: periodic images as ghosts, a brute-force list of
// pairs, and callbacks that serve the ghosts.
#ifndef PQEQ_FIXTURE_H
#define PQEQ_FIXTURE_H

#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/mat3.h"
#include "base/units.h"
#include "coul/coul_ewald.h"
#include "pqeq/pqeq.h"

using Vectors = std::vector<std::array<double, 3>>;

inline const pqeq_parameters *gao2025()
{
  static struct Holder {
    pqeq_parameters *p = nullptr;
    Holder()
    {
      polar_status st = {};
      if (pqeq_read(POLAR_SOURCE_DIR "/potentials/pqeq/gao2025.pqeq", &p, &st))
        ADD_FAILURE() << st.text;
    }
    ~Holder() { pqeq_parameters_free(p); }
  } holder;
  return holder.p;
}

inline const double (*rows(const Vectors &v))[3]
{
  return reinterpret_cast<const double(*)[3]>(v.data());
}
inline double (*rows(Vectors &v))[3]
{
  return reinterpret_cast<double(*)[3]>(v.data());
}

// of gao2025, but with these species
inline pqeq_kernel_input kernel_of(const std::vector<pqeq_element> &species, double cutoff = 12.5,
                                   double umax = 0.25, pqeq_rule rule = PQEQ_RULE_SITE)
{
  pqeq_kernel_input in = {};
  in.n = (int)species.size();
  in.species = species.data();
  in.coulomb = gao2025()->coulomb;
  in.lambda = gao2025()->lambda;
  in.cutoff = cutoff;
  in.umax = umax;
  in.rule = rule;
  return in;
}

// What the criteria of PqeqSystem below leave of charges (1e-12 of the first residual), shells
// (1e-11 Angstrom, met with room by the last step) and forces, on whatever way they were reached
const double CONVERGED = 5e-12; // e, Angstrom, eV/Angstrom
// Rounding of sums over the pairs of some ten atoms: terms of 10 eV and 1e-16 of each
const double ROUNDING = 1e-13; // eV, eV/Angstrom
// Central differences of the energy by a position, h = 1e-3: h^2/6 f''' is near 1e-7 eV/Angstrom
// for bonds of 1 Angstrom, rounding of the energy over h 1e-10
const double FORCE_BY_DIFFERENCE = 5e-7; // eV/Angstrom

struct PqeqSystem {
  std::vector<std::string> symbols;
  Vectors positions;
  double cell[3][3] = {{0}}; // lattice vectors in rows
  bool periodic = false;
  double cutoff = 12.5, umax = 0.25, split = 0.0; // split > 0: long-range
  double tail = 1.0;
  int wide = 0; // longer cutoffs for wide Gaussians
  pqeq_rule rule = PQEQ_RULE_SITE;
  pqeq_options options = {};
  std::vector<pqeq_element> elements; // of the species, if not those of gao2025

  // results
  std::vector<double> q;
  Vectors u, forces;
  double energy = 0.0, virial[3][3] = {{0}}, dipole[3] = {0};
  pqeq_energies parts = {};
  pqeq_result result = {};
  polar_status status = {};
  std::vector<double> eatom;
  std::vector<std::array<double, 6>> vatom;
  std::vector<unsigned char> given;
  std::vector<int> fragment; // of each atom, if fragments keep charges of their own
  std::vector<double> fragment_charge;
  int forwards = 0;

  PqeqSystem()
  {
    options.passes = 2;
    options.tol_u = 1e-11;
    options.tol_q = 1e-12;
    options.max_cg = 500;
  }
  ~PqeqSystem()
  {
    pqeq_solver_free(solver);
    pqeq_kernel_free(kernel);
    coul_kset_free(&kset);
  }
  PqeqSystem(const PqeqSystem &) = delete;
  PqeqSystem &operator=(const PqeqSystem &) = delete;

  void converge(double tol = 1e-11)
  {
    options.converge = 1;
    options.passes = 400;
    options.tol_u = tol;
  }
  void fixed(int n)
  {
    options.converge = 0;
    options.passes = n;
  }

  void read(const nlohmann::json &j)
  {
    symbols = j.at("symbols").get<std::vector<std::string>>();
    positions = j.at("positions").get<Vectors>();
    periodic = !j.at("cell").is_null();
    for (int a = 0; a < 3 && periodic; a++)
      for (int b = 0; b < 3; b++) cell[a][b] = j["cell"][a][b];
    cutoff = j.value("cutoff", 12.5);
    umax = j.value("umax", 0.25);
    if (j.contains("ewald")) split = j["ewald"]["g"];
    rule = j.value("pair_rule", "sitewise") == "ccut" ? PQEQ_RULE_CORE : PQEQ_RULE_SITE;
    options.net_charge = j.value("net_charge", 0.0);
    if (j.contains("efield_V_per_A"))
      for (int a = 0; a < 3; a++) options.field[a] = j["efield_V_per_A"][a];
    options.field_full = j.value("efield_mode", "full") == "full";
  }

  // ghosts and pairs of the present positions
  void build()
  {
    const int n = (int)positions.size();
    std::vector<std::string> kinds;
    std::vector<pqeq_element> list;
    species.clear();
    for (const auto &s : symbols) {
      size_t k = 0;
      while (k < kinds.size() && kinds[k] != s) k++;
      if (k == kinds.size()) {
        kinds.push_back(s);
        if (elements.empty()) list.push_back(*pqeq_find(gao2025(), s.c_str()));
      }
      species.push_back((int)k);
    }
    if (!elements.empty()) list = elements;
    if (!kernel) {
      pqeq_kernel_input in = kernel_of(list, cutoff, umax, rule);
      in.split = split;
      in.tail = tail;
      in.wide = wide;
      if (split > 0.0) pqeq_kernel_create_long(&in, &kernel, &status);
      else pqeq_kernel_create(&in, &kernel, &status);
      ASSERT_NE(kernel, nullptr) << status.text;
    }
    if (!solver) pqeq_solver_create(&solver, &status);
    x = positions;
    owner.clear();
    partners.assign(n, {});
    int reach[3] = {0, 0, 0};
    if (periodic) {
      double inverse[3][3];
      mat3_inverse(cell, inverse);
      for (int a = 0; a < 3; a++) // 1/|column a of the inverse| is the distance of planes
        reach[a] = 1 + (int)(kernel->range * std::sqrt(inverse[0][a] * inverse[0][a] +
                                                       inverse[1][a] * inverse[1][a] +
                                                       inverse[2][a] * inverse[2][a]));
    }
    const double range2 = kernel->range * kernel->range;
    for (int t0 = -reach[0]; t0 <= reach[0]; t0++)
      for (int t1 = -reach[1]; t1 <= reach[1]; t1++)
        for (int t2 = -reach[2]; t2 <= reach[2]; t2++) {
          double shift[3];
          for (int m = 0; m < 3; m++)
            shift[m] = t0 * cell[0][m] + t1 * cell[1][m] + t2 * cell[2][m];
          const bool home = !t0 && !t1 && !t2;
          const bool upper = t0 > 0 || (t0 == 0 && (t1 > 0 || (t1 == 0 && t2 > 0)));
          std::vector<int> ghost(n, -1);
          for (int i = 0; i < n; i++)
            for (int j = upper ? i : i + 1; j < n; j++) {
              double s = 0.0;
              for (int m = 0; m < 3; m++) {
                const double d = positions[i][m] - positions[j][m] - shift[m];
                s += d * d;
              }
              if (s >= range2) continue;
              if (home) {
                partners[i].push_back(j);
                continue;
              }
              if (ghost[j] < 0) {
                ghost[j] = n + (int)owner.size();
                owner.push_back(j);
                x.push_back({positions[j][0] + shift[0], positions[j][1] + shift[1],
                             positions[j][2] + shift[2]});
                species.push_back(species[j]);
              }
              partners[i].push_back(ghost[j]);
            }
        }
    atom.clear();
    count.clear();
    row.clear();
    for (int i = 0; i < n; i++) {
      atom.push_back(i);
      count.push_back((int)partners[i].size());
      row.push_back(partners[i].data());
    }
    view = {};
    view.nlocal = n;
    view.nall = (int)x.size();
    view.x = rows(x);
    if (split > 0.0 && periodic) {
      double columns[3][3], inverse[3][3];
      for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) columns[b][a] = cell[a][b];
      reciprocal.volume = std::fabs(mat3_inverse(cell, inverse));
      coul_kset_free(&kset);
      // exp(-k^2/4g^2) = 1e-15 at the end of the sum
      coul_kset_create(columns, 2.0 * split * std::sqrt(-std::log(1e-15)), &kset, &status);
      ASSERT_EQ(status.code, POLAR_OK) << status.text;
      for (auto &d : density) d.assign(2 * (size_t)kset.nk + 1, 0.0);
      view.reciprocal = &reciprocal;
    }
    view.species = species.data();
    view.given = given.empty() ? nullptr : given.data();
    view.fragment = fragment.empty() ? nullptr : fragment.data();
    view.nfragment = (int)fragment_charge.size();
    view.fragment_charge = fragment_charge.data();
    view.nrow = n;
    view.row_atom = atom.data();
    view.row_count = count.data();
    view.row_partner = row.data();
    view.mask = -1;
    q.resize(view.nall, 0.0);
    u.resize(view.nall, {0, 0, 0});
  }

  // charges, shells, energy, forces, virial; the status of whatever failed
  polar_code solve()
  {
    build();
    if (testing::Test::HasFatalFailure()) return POLAR_ARGUMENT;
    status = {};
    double closest;
    if (pqeq_prepare(solver, kernel, &view, &closest, &status)) return status.code;
    const pqeq_problem problem = {kernel, &view, &options, &comm};
    if (pqeq_solve(solver, &problem, q.data(), rows(u), &result, &status)) return status.code;
    result.closest = closest;
    evaluate();
    return POLAR_OK;
  }
  void evaluate()
  {
    forces.assign(positions.size(), {0, 0, 0});
    eatom.assign(view.nall, 0.0);
    vatom.assign(view.nall, {});
    for (auto &r : virial) r[0] = r[1] = r[2] = 0.0;
    const pqeq_problem problem = {kernel, &view, &options, &comm};
    const pqeq_derivatives out = {rows(forces), virial, eatom.data(),
                                  reinterpret_cast<double(*)[6]>(vatom.data())};
    pqeq_forces(solver, &problem, q.data(), rows(u), &parts, &out);
    energy = parts.chi + parts.eta + parts.spring + parts.coulomb + parts.field;
    pqeq_dipole(kernel, &view, q.data(), rows(u), dipole);
  }

  pqeq_kernel *kernel = nullptr;
  pqeq_solver *solver = nullptr;
  pqeq_atoms view = {};
  Vectors x;
  std::vector<int> species, owner, atom, count;
  std::vector<std::vector<int>> partners;
  std::vector<int *> row;

private:
  static void forward(void *self, double *value, int width)
  {
    auto *s = static_cast<PqeqSystem *>(self);
    s->forwards++;
    for (size_t g = 0; g < s->owner.size(); g++)
      for (int m = 0; m < width; m++)
        value[(s->view.nlocal + g) * width + m] = value[s->owner[g] * width + m];
  }
  static void reverse(void *self, double *value, int width)
  {
    auto *s = static_cast<PqeqSystem *>(self);
    for (size_t g = 0; g < s->owner.size(); g++)
      for (int m = 0; m < width; m++) {
        value[s->owner[g] * width + m] += value[(s->view.nlocal + g) * width + m];
        value[(s->view.nlocal + g) * width + m] = 0.0;
      }
  }
  pqeq_comm comm = {this, nullptr, nullptr, forward, reverse};

  // the exact sum over wave vectors
  coul_kset kset = {};
  Vectors sites[2];
  std::vector<double> density[2];
  static int place(void *self, int set, const double (*x)[3])
  {
    auto *s = static_cast<PqeqSystem *>(self);
    s->sites[set].resize(s->positions.size());
    std::memcpy(s->sites[set].data(), x, s->positions.size() * sizeof *x);
    return 0;
  }
  std::vector<double> work;
  coul_ewald lattice_sum()
  {
    coul_ewald sum = {};
    sum.set = &kset;
    for (int a = 0; a < 3; a++)
      for (int b = 0; b < 3; b++) sum.h[b][a] = cell[a][b];
    sum.sigma = 1.0 / (std::sqrt(2.0) * split);
    sum.amplitude = 2.0 * POLAR_PI * gao2025()->coulomb;
    work.resize(coul_ewald_work(&kset));
    sum.work = work.data();
    return sum;
  }
  static void charge(void *self, const double *const q[2], double *virial)
  {
    auto *s = static_cast<PqeqSystem *>(self);
    const coul_ewald sum = s->lattice_sum();
    auto &last = s->density[PQEQ_LAST];
    std::fill(last.begin(), last.end(), 0.0);
    for (int k = 0; k < 2; k++)
      if (q[k])
        coul_ewald_density(&sum, (int)s->positions.size(), rows(s->sites[k]), q[k], last.data(),
                           &s->status);
    if (virial) coul_ewald_energy(&sum, last.data(), virial);
  }
  static void keep(void *self, double old, double share)
  {
    auto *s = static_cast<PqeqSystem *>(self);
    for (size_t k = 0; k < s->density[0].size(); k++)
      s->density[PQEQ_KEPT][k] =
          (old == 0.0 ? 0.0 : old * s->density[PQEQ_KEPT][k]) + share * s->density[PQEQ_LAST][k];
  }
  static void gather(void *self, int which, int set, double *phi, double (*field)[3])
  {
    auto *s = static_cast<PqeqSystem *>(self);
    const coul_ewald sum = s->lattice_sum();
    coul_ewald_potential(&sum, s->density[which].data(), (int)s->positions.size(),
                         rows(s->sites[set]), phi, field, &s->status);
  }
  pqeq_reciprocal reciprocal = {this, 0.0, place, charge, keep, gather};
};

inline nlohmann::json reference(const std::string &name)
{
  const char *folder = getenv("POLAR_REFERENCE");
  std::ifstream in(std::string(folder ? folder : "") + "/pqeq/" + name + ".json");
  return in ? nlohmann::json::parse(in) : nlohmann::json();
}

inline double difference(const Vectors &a, const nlohmann::json &b)
{
  double most = a.size() < b.size() ? INFINITY : 0.0;
  for (size_t i = 0; i < b.size() && i < a.size(); i++)
    for (int m = 0; m < 3; m++) {
      const double d = std::fabs(a[i][m] - b[i][m].get<double>());
      if (!(d <= most)) most = d;
    }
  return most;
}
inline double difference(const std::vector<double> &a, const nlohmann::json &b)
{
  double most = a.size() < b.size() ? INFINITY : 0.0;
  for (size_t i = 0; i < b.size() && i < a.size(); i++) {
    const double d = std::fabs(a[i] - b[i].get<double>());
    if (!(d <= most)) most = d;
  }
  return most;
}

#endif
