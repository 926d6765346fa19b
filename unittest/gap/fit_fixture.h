// Configurations for fits, and drafts of models with made-up coefficients.
#ifndef FIT_FIXTURE_H
#define FIT_FIXTURE_H

#include "gap/gap_design.h"
#include "gap/gap_fit.h"
#include "gap_fixture.h"

namespace gap_test {

// Owns what extxyz_free would free
class Frames {
public:
  explicit Frames(const std::vector<Config> &configs)
  {
    for (const Config &c : configs) {
      extxyz_frame f = {};
      f.n = (int)c.x.size();
      f.z = (int *)calloc(f.n, sizeof(int));
      f.x = (double(*)[3])calloc(f.n, 3 * sizeof(double));
      f.force = (double(*)[3])calloc(f.n, 3 * sizeof(double));
      for (int i = 0; i < f.n; i++) {
        f.z[i] = c.z[i];
        for (int a = 0; a < 3; a++) f.x[i][a] = c.x[i][a];
      }
      for (int a = 0; a < 3; a++) {
        f.pbc[a] = 1;
        for (int k = 0; k < 3; k++) f.cell[k][a] = c.h[a][k];
      }
      all.push_back(f);
    }
  }
  ~Frames()
  {
    for (auto &f : all) {
      free(f.z);
      free(f.x);
      free(f.force);
    }
  }
  Frames(const Frames &) = delete;
  // energies, forces and virials of a model as data
  void label(const gap_model *m, const std::vector<Config> &configs)
  {
    for (size_t k = 0; k < all.size(); k++) {
      const Result r = evaluate(m, configs[k]);
      all[k].has_energy = all[k].has_virial = 1;
      all[k].energy = r.energy;
      for (int i = 0; i < all[k].n; i++)
        for (int a = 0; a < 3; a++) all[k].force[i][a] = r.force[i][a];
      for (int q = 0; q < 9; q++) all[k].virial[q] = r.virial[q];
    }
  }
  int size() const { return (int)all.size(); }
  std::vector<extxyz_frame> all;
};

inline std::vector<Config> configurations(int n, unsigned seed)
{
  std::vector<Config> c;
  for (int k = 0; k < n; k++) c.push_back(distorted({14, 8}, 8, 2.2 + 0.02 * k, seed + k));
  return c;
}

using Draft = std::unique_ptr<gap_draft, void (*)(gap_draft *)>;

inline Draft draft(const std::string &text, const Frames &f)
{
  char element[POLAR_MAX_Z + 1];
  gap_draft *d = nullptr;
  polar_status st = {};
  gap_fit_elements(f.size(), f.all.data(), element);
  if (gap_draft_create(text.c_str(), "Test", element, &d, &st)) throw std::runtime_error(st.text);
  return Draft(d, gap_draft_free);
}

inline gap_fit_options options(const gap_sigma &s)
{
  gap_fit_options o = {};
  o.nsigma = 1;
  o.sigma = &s;
  o.e0_method = GAP_E0_GIVEN;
  o.jitter = 1e-8;
  o.decimals = -1;
  return o;
}

const char *const TERMS =
    "soap n_max=3 l_max=3 cutoff=3.6 cutoff_transition_width=0.7 atom_sigma=0.5 zeta=2 delta=0.8 "
    "n_sparse=7 covariance_sigma0=0.1 : distance_2b cutoff=4.0 cutoff_transition_width=0.8 "
    "theta_uniform=0.7 delta=1.5 n_sparse=5 covariance_type=ard_se";

const char *const TERMS_23 = "soap_23 n2_max=4 n3_max=2 l_max=3 cutoff2=4.0 cutoff3=3.4 zeta=3 "
                             "delta=0.8 n_sparse=6";

} // namespace gap_test

#endif
