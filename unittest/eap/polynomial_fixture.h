// Crystals and terms for the tests of eap_polynomial, and an evaluation that shares no code with
// it.
#ifndef POLYNOMIAL_FIXTURE_H
#define POLYNOMIAL_FIXTURE_H

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "eap/eap_polynomial.h"
#include "eap/eap_polynomial_tables.h"

namespace polynomial_test {

using Cell = std::array<int, 3>;
using Voigt = std::array<double, 6>;

struct Difference {
  int site0;
  Cell cell0;
  int site1;
  Cell cell1;
  int dir, power;
};

struct Term {
  double value;
  std::vector<Difference> difference;
  std::vector<std::pair<int, int>> strain; // component, power
};

// eap_coefficients with the terms of a list
class Coefficients {
public:
  explicit Coefficients(const std::vector<Term> &terms) : list(terms)
  {
    for (const Term &t : list) {
      std::vector<eap_difference> d;
      std::vector<eap_strain_power> s;
      for (const Difference &f : t.difference)
        d.push_back({{f.site0, f.site1},
                     {{f.cell0[0], f.cell0[1], f.cell0[2]}, {f.cell1[0], f.cell1[1], f.cell1[2]}},
                     f.dir,
                     f.power});
      for (const auto &f : t.strain) s.push_back({f.first, f.second});
      differences.push_back(d);
      strains.push_back(s);
    }
    for (size_t i = 0; i < list.size(); i++)
      term.push_back({list[i].value, static_cast<int>(differences[i].size()),
                      static_cast<int>(strains[i].size()), differences[i].data(),
                      strains[i].data()});
    coefficient.assign(list.size(), 0);
    data.ncoefficient = 1;
    data.nterm = static_cast<int>(term.size());
    data.term = term.data();
    data.coefficient = coefficient.data();
  }
  Coefficients(const Coefficients &) = delete;
  Coefficients &operator=(const Coefficients &) = delete;
  const eap_coefficients *get() const { return &data; }
  eap_coefficients *edit() { return &data; }

private:
  std::vector<Term> list;
  std::vector<std::vector<eap_difference>> differences;
  std::vector<std::vector<eap_strain_power>> strains;
  std::vector<eap_term> term;
  std::vector<int> coefficient;
  eap_coefficients data{};
};

inline std::vector<Term> list_of(const eap_coefficients *c)
{
  std::vector<Term> list;
  for (int t = 0; t < c->nterm; t++) {
    Term x{c->term[t].value, {}, {}};
    for (int i = 0; i < c->term[t].ndifference; i++) {
      const eap_difference &d = c->term[t].difference[i];
      x.difference.push_back({d.site[0],
                              {d.cell[0][0], d.cell[0][1], d.cell[0][2]},
                              d.site[1],
                              {d.cell[1][0], d.cell[1][1], d.cell[1][2]},
                              d.dir,
                              d.power});
    }
    for (int i = 0; i < c->term[t].nstrain; i++)
      x.strain.push_back({c->term[t].strain[i].voigt, c->term[t].strain[i].power});
    list.push_back(x);
  }
  return list;
}

// Distinct cells of all terms and the home cell, in the order of std::set
inline std::vector<Cell> offsets_of(const std::vector<Term> &terms)
{
  std::set<Cell> cells{{0, 0, 0}};
  for (const Term &t : terms)
    for (const Difference &d : t.difference) {
      cells.insert(d.cell0);
      cells.insert(d.cell1);
    }
  return {cells.begin(), cells.end()};
}

// The cells of one rank: which cells of the supercell it holds, owned ones first
struct Rank {
  std::vector<int> global;
  std::vector<int> neighbor;
  eap_lattice lat;
};

struct Supercell {
  int n[3];
  int cells() const { return n[0] * n[1] * n[2]; }
  int index(int x, int y, int z) const
  {
    const int p[3] = {((x % n[0]) + n[0]) % n[0], ((y % n[1]) + n[1]) % n[1],
                      ((z % n[2]) + n[2]) % n[2]};
    return (p[0] * n[1] + p[1]) * n[2] + p[2];
  }
  int from(int c, const Cell &o) const
  {
    return index(c / (n[1] * n[2]) + o[0], c / n[2] % n[1] + o[1], c % n[2] + o[2]);
  }
};

// owner[cells]: rank of each cell
inline Rank cells_of_rank(const Supercell &s, const std::vector<Cell> &offset,
                          const std::vector<int> &owner, int rank)
{
  Rank r;
  std::map<int, int> local;
  for (int c = 0; c < s.cells(); c++)
    if (owner[static_cast<size_t>(c)] == rank) {
      local[c] = static_cast<int>(r.global.size());
      r.global.push_back(c);
    }
  const int nown = static_cast<int>(r.global.size());
  for (int c = 0; c < nown; c++)
    for (const Cell &o : offset) {
      const int to = s.from(r.global[static_cast<size_t>(c)], o);
      if (!local.count(to)) {
        local[to] = static_cast<int>(r.global.size());
        r.global.push_back(to);
      }
      r.neighbor.push_back(local[to]);
    }
  r.lat = {nown, static_cast<int>(r.global.size()), static_cast<int>(offset.size()),
           r.neighbor.data()};
  return r;
}

inline Rank all_cells(const Supercell &s, const std::vector<Cell> &offset)
{
  return cells_of_rank(s, offset, std::vector<int>(static_cast<size_t>(s.cells()), 0), 0);
}

class Polynomial {
public:
  Polynomial(const eap_coefficients *c, int n, const std::vector<Cell> &offset) : sites(n)
  {
    code = eap_polynomial_create(c, n, static_cast<int>(offset.size()),
                                 reinterpret_cast<const int(*)[3]>(offset.data()), &p, &st);
  }
  ~Polynomial() { eap_polynomial_free(p); }
  Polynomial(const Polynomial &) = delete;
  Polynomial &operator=(const Polynomial &) = delete;
  eap_polynomial *p = nullptr;
  polar_status st{};
  polar_code code;
  int sites;
};

struct Result {
  double energy = 0.0;          // without pure strain
  double pure = 0.0;            // per cell
  std::vector<double> gradient; // of all local cells
  std::vector<double> moment;
  Voigt strain{}; // dE/de of the displacement monomials
  Voigt dpure{};  // per cell
};

// width 0: as shipped
inline Result evaluate(const Polynomial &q, const eap_lattice &lat, const Voigt &e,
                       const std::vector<double> &u, bool moments = true, int width = 0,
                       size_t shift = 0)
{
  Result r;
  const size_t count = static_cast<size_t>(eap_polynomial_monomials(q.p));
  std::vector<double> prefactor(count + 1), scratch(eap_polynomial_scratch(q.p) + shift, NAN);
  r.gradient.assign(u.size(), 0.0);
  r.moment.assign(count + 1, 0.0);
  eap_polynomial_prefactors(q.p, e.data(), prefactor.data(), &r.pure, r.dpure.data());
  double *moment = moments ? r.moment.data() : nullptr;
  r.energy = width ? eap_polynomial_evaluate_width(q.p, &lat, prefactor.data(), u.data(),
                                                   r.gradient.data(), moment,
                                                   scratch.data() + shift, width)
                   : eap_polynomial_evaluate(q.p, &lat, prefactor.data(), u.data(),
                                             r.gradient.data(), moment, scratch.data() + shift);
  if (moments) eap_polynomial_strain_derivative(q.p, e.data(), moment, r.strain.data());
  r.moment.resize(count);
  return r;
}

// Term by term in long double; the magnitudes are sums of absolute values of all contributions:
// rounding of another order of summation is relative to these.
struct Naive {
  double energy = 0.0, pure = 0.0;
  std::vector<double> gradient;
  Voigt strain{}, dpure{};
  double energy_size = 0.0, gradient_size = 0.0, pure_size = 0.0;
  Voigt strain_size{}, dpure_size{};
};

inline long double power(long double x, int p)
{
  long double y = 1.0L;
  for (int i = 0; i < p; i++) y *= x;
  return y;
}

inline Naive naive(const std::vector<Term> &terms, int sites, const Supercell &s, const Voigt &e,
                   const std::vector<double> &u)
{
  Naive r;
  std::vector<long double> gradient(u.size()), size(u.size());
  long double energy = 0, energy_size = 0, pure = 0, pure_size = 0;
  long double strain[6] = {}, strain_size[6] = {}, dpure[6] = {}, dpure_size[6] = {};
  for (const Term &t : terms) {
    long double c = t.value, dc[6] = {};
    for (const auto &f : t.strain) c *= power(e[static_cast<size_t>(f.first)], f.second);
    for (size_t i = 0; i < t.strain.size(); i++) {
      long double d = t.value;
      for (size_t j = 0; j < t.strain.size(); j++) {
        const long double x = e[static_cast<size_t>(t.strain[j].first)];
        d *= i == j ? t.strain[j].second * power(x, t.strain[j].second - 1)
                    : power(x, t.strain[j].second);
      }
      dc[t.strain[i].first] += d;
    }
    if (t.difference.empty()) {
      pure += c;
      pure_size += std::fabs(c);
      for (int v = 0; v < 6; v++) {
        dpure[v] += dc[v];
        dpure_size[v] += std::fabs(dc[v]);
      }
      continue;
    }
    for (int cell = 0; cell < s.cells(); cell++) {
      std::vector<long double> x;
      std::vector<size_t> a, b;
      long double product = 1.0L;
      for (const Difference &d : t.difference) {
        a.push_back(static_cast<size_t>((s.from(cell, d.cell0) * sites + d.site0) * 3 + d.dir));
        b.push_back(static_cast<size_t>((s.from(cell, d.cell1) * sites + d.site1) * 3 + d.dir));
        x.push_back(static_cast<long double>(u[a.back()]) - u[b.back()]);
        product *= power(x.back(), d.power);
      }
      energy += c * product;
      energy_size += std::fabs(c * product);
      for (int v = 0; v < 6; v++) {
        strain[v] += dc[v] * product;
        strain_size[v] += std::fabs(dc[v] * product);
      }
      for (size_t i = 0; i < x.size(); i++) {
        long double g = c * t.difference[i].power * power(x[i], t.difference[i].power - 1);
        for (size_t j = 0; j < x.size(); j++)
          if (j != i) g *= power(x[j], t.difference[j].power);
        gradient[a[i]] += g;
        gradient[b[i]] -= g;
        size[a[i]] += std::fabs(g);
        size[b[i]] += std::fabs(g);
      }
    }
  }
  r.energy = static_cast<double>(energy);
  r.energy_size = static_cast<double>(energy_size);
  r.pure = static_cast<double>(pure);
  r.pure_size = static_cast<double>(pure_size);
  for (size_t i = 0; i < u.size(); i++) {
    r.gradient.push_back(static_cast<double>(gradient[i]));
    r.gradient_size = std::max(r.gradient_size, static_cast<double>(size[i]));
  }
  for (size_t v = 0; v < 6; v++) {
    r.strain[v] = static_cast<double>(strain[v]);
    r.strain_size[v] = static_cast<double>(strain_size[v]);
    r.dpure[v] = static_cast<double>(dpure[v]);
    r.dpure_size[v] = static_cast<double>(dpure_size[v]);
  }
  return r;
}

class Random {
public:
  explicit Random(unsigned seed) : engine(seed) {}
  int integer(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine); }
  double real(double low, double high)
  {
    return std::uniform_real_distribution<double>(low, high)(engine);
  }
  bool chance(double p) { return real(0.0, 1.0) < p; }
  std::vector<double> displacements(size_t count, double most = 0.8)
  {
    std::vector<double> u(count);
    for (double &x : u) x = real(-most, most);
    return u;
  }
  Voigt strain(double most = 0.7)
  {
    Voigt e;
    for (double &x : e) x = real(-most, most);
    return e;
  }
  Cell cell(int reach)
  {
    return {integer(-reach, reach), integer(-reach, reach), integer(-reach, reach)};
  }
  std::vector<Term> terms(int count, int sites, int reach);
  std::mt19937 engine;
};

// Few sites, cells and powers, so that monomials, differences and prefixes coincide often; repeated
// and swapped differences, strain factors, pure-strain terms, long products, powers up to 16
inline std::vector<Term> Random::terms(int count, int sites, int reach)
{
  static const int powers[] = {1, 1, 2, 2, 2, 3, 4, 4, 6, 8, 11, 16};
  std::vector<Term> list;
  for (int t = 0; t < count; t++) {
    Term term{real(-2.0, 2.0), {}, {}};
    const int nstrain = chance(0.4) ? integer(1, 3) : 0;
    const int most = chance(0.1) ? 6 : 3;
    const int ndifference = nstrain && chance(0.2) ? 0 : integer(1, most);
    for (int i = 0; i < ndifference; i++) {
      Difference d{integer(0, sites - 1), chance(0.7) ? Cell{0, 0, 0} : cell(reach),
                   integer(0, sites - 1), cell(reach),
                   integer(0, 2),         powers[integer(0, most > 3 ? 4 : 11)]};
      if (d.site0 == d.site1 && d.cell0 == d.cell1 && !chance(0.02))
        d.cell1[0] += d.cell1[0] ? -d.cell1[0] : 1;
      if (i && chance(0.25)) {
        d = term.difference[0];
        d.power = powers[integer(0, 5)];
      }
      if (chance(0.3)) {
        std::swap(d.site0, d.site1);
        std::swap(d.cell0, d.cell1);
      }
      term.difference.push_back(d);
    }
    for (int i = 0; i < nstrain; i++) term.strain.push_back({integer(0, 5), integer(1, 4)});
    if (ndifference > 1 && chance(0.2)) list.push_back({real(-1, 1), {term.difference[0]}, {}});
    list.push_back(term);
  }
  return list;
}

} // namespace polynomial_test

#endif
