#include "pair_eap.h"

#include "adapter.h"
#include "atom.h"
#include "base/elements.h"
#include "base/mat3.h"
#include "citeme.h"
#include "comm.h"
#include "domain.h"
#include "eap/eap_read.h"
#include "error.h"
#include "fix_eap_sites.h"
#include "force.h"
#include "kspace.h"
#include "lattice_solver.h"
#include "modify.h"
#include "neighbor.h"
#include "response/cell_dipole.h"
#include "update.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

using namespace LAMMPS_NS;

static const char cite_eap[] =
    "pair_style eap: effective atomic potential (second principles)\n\n"
    "@Article{Wojdel2013,\n"
    " author = {J. C. Wojde{\\l} and P. Hermet and M. P. Ljungberg and P. Ghosez and J. "
    "{\\'I}{\\~n}iguez},\n"
    " title = {First-principles model potentials for lattice-dynamical studies: general "
    "methodology "
    "and example of application to ferroic perovskite oxides},\n"
    " journal = {Journal of Physics: Condensed Matter},\n"
    " year = 2013,\n"
    " volume = 25,\n"
    " pages = {305401}\n}\n\n";

namespace {
// What a keyword of the pair_style command expects, "" if there is no such keyword
std::string keyword_values(const std::string &key)
{
  if (key == "asr") return "0, 1 or 2";
  if (key == "symmetrize" || key == "eref") return "yes or no";
  if (key == "rotate") return "polar or none";
  if (key == "cells") return "auto or three numbers of cells, each at least 1";
  if (key == "map") return "nearest or id";
  if (key == "umax") return "a length > 0 in Angstrom";
  if (key == "instrain") return "half or full";
  return "";
}
} // namespace

PairEAP::PairEAP(LAMMPS *lmp, const std::string &style)
    : PolarPair(lmp, style), long_range(false), unit(1.0), system(nullptr), model(nullptr),
      fresh(false), options{}, centre(-1)
{
  nextra = 5;
  pvector = new double[nextra]();
  if (lmp->citeme) lmp->citeme->add(cite_eap);
}

PairEAP::~PairEAP()
{
  if (copymode) return;
  if (!fix_id.empty() && modify->nfix && modify->get_fix_by_id(fix_id)) modify->delete_fix(fix_id);
  free_model();
  delete[] pvector;
}

void PairEAP::free_model()
{
  crystal.reset();
  eap_model_free(model);
  eap_system_free(system);
  model = nullptr;
  system = nullptr;
}

void PairEAP::settings(int narg, char **arg)
{
  forget_coeffs(); // they were read with other settings
  options.harmonic.asr = 2;
  options.harmonic.symmetrize = 1;
  options.harmonic.dipole = long_range;
  options.strain_force = 0.5;
  options.reference_energy = 0;
  placing = EAPCrystal::Settings();

  for (int i = 0; i < narg;) {
    const std::string key = arg[i++];
    const std::string expected = keyword_values(key);
    if (expected.empty())
      error->all(
          FLERR,
          "Unknown {} keyword: {}; known are asr, symmetrize, rotate, cells, map, eref, umax "
          "and instrain",
          style, key);
    std::string word;
    auto next = [&]() {
      if (i >= narg)
        error->all(FLERR, "{}: keyword {} lacks a value, expected {}", style, key, expected);
      word = arg[i++];
    };
    auto refuse = [&]() {
      error->all(FLERR, "{}: keyword {} has the value '{}', expected {}", style, key, word,
                 expected);
    };
    auto integer = [&](int lo, int hi) {
      const long x = utils::is_integer(word) ? strtol(word.c_str(), nullptr, 10) : lo - 1L;
      if (x < lo || x > hi) refuse();
      return (int)x;
    };
    auto one_of = [&](std::initializer_list<const char *> words) {
      return std::find(words.begin(), words.end(), word) != words.end();
    };
    auto choice = [&](std::initializer_list<const char *> first,
                      std::initializer_list<const char *> second) {
      if (!one_of(first) && !one_of(second)) refuse();
      return one_of(first);
    };
    auto yes = [&]() { return choice({"yes", "on", "true", "1"}, {"no", "off", "false", "0"}); };

    next();
    if (key == "asr") {
      options.harmonic.asr = integer(0, 2);
    } else if (key == "symmetrize") {
      options.harmonic.symmetrize = yes();
      placing.balance = !options.harmonic.symmetrize;
    } else if (key == "rotate") {
      placing.rotate = choice({"polar"}, {"none"}) ? EAP_ROTATE_POLAR : EAP_ROTATE_NONE;
    } else if (key == "cells") {
      placing.cells[0] = 0;
      for (int d = 0; d < 3 && word != "auto"; d++) {
        if (d) next();
        placing.cells[d] = integer(1, MAXSMALLINT);
      }
    } else if (key == "map") {
      placing.by_id = choice({"id"}, {"nearest"});
    } else if (key == "eref") {
      options.reference_energy = yes();
    } else if (key == "umax") {
      placing.umax = utils::is_double(word) ? strtod(word.c_str(), nullptr) : 0.0;
      if (!(placing.umax > 0.0 && std::isfinite(placing.umax))) refuse();
    } else options.strain_force = choice({"half"}, {"full"}) ? 0.5 : 1.0;
  }
}

void PairEAP::coeff(int narg, char **arg)
{
  const int ntypes = atom->ntypes;
  if (long_range && force->kspace) check_solver();
  begin_coeff(narg, arg, 2, "SYSTEM.xml, COEFFS.xml (or NULL)");
  read_model(arg[2], arg[3]);

  // every type names an element of the model, and every element of the model has a type
  std::vector<int> element_of(ntypes + 1, 0);
  std::string have;
  for (int k = 0; k < system->n; k++) {
    const std::string symbol = std::string(" ") + polar_element_symbol(system->element[k]);
    if ((have + " ").find(symbol + " ") == std::string::npos) have += symbol;
  }
  for (int t = 1; t <= ntypes; t++) {
    if (map[t] < 0) continue;
    element_of[t] = polar_element_number(elements[map[t]]);
    if (!element_of[t] || std::find(system->element, system->element + system->n, element_of[t]) ==
                              system->element + system->n)
      error->all(
          FLERR,
          "{}: pair_coeff maps atom type {} to '{}', but {} is a model of{} (by the masses in "
          "it): give an element of the model, spelt like these, to each type, in the order "
          "of the types",
          style, t, elements[map[t]], arg[2], have);
  }
  for (int k = 0; k < system->n; k++)
    if (std::find(element_of.begin(), element_of.end(), system->element[k]) == element_of.end())
      error->all(FLERR,
                 "{}: {} is a model of{}, but pair_coeff maps no atom type to {}: every element of "
                 "the model needs a type",
                 style, arg[2], have, polar_element_symbol(system->element[k]));

  std::vector<std::array<int, 3>> offsets;
  for (int o = 0; o < model->noffset; o++)
    offsets.push_back({model->offset[o][0], model->offset[o][1], model->offset[o][2]});
  make_stencil(offsets);
  crystal = std::make_unique<EAPCrystal>(lmp, system, placing, element_of, offsets);
  finish_coeff(narg, arg, 2);
}

void PairEAP::read_model(const std::string &system_file, const std::string &coeff_file)
{
  polar_status st = {};
  eap_coefficients *coeffs = nullptr;
  free_model();
  const double start = platform::walltime();
  const std::string path = Polar::potential_path(system_file);
  const std::string text = Polar::read_file(lmp, path);
  eap_parse_system(path.c_str(), text.data(), text.size(), &system, &st);
  Polar::raise(lmp, FLERR, st);
  if (coeff_file != "NULL") {
    const std::string coeff_path = Polar::potential_path(coeff_file);
    const std::string coeff_text = Polar::read_file(lmp, coeff_path);
    eap_parse_coefficients(coeff_path.c_str(), coeff_text.data(), coeff_text.size(), system,
                           &coeffs, &st);
  }
  if (!st.code) eap_model_create(system, coeffs, &options, &model, &st);
  const int ncoeffs = coeffs ? coeffs->ncoefficient : 0, nterms = coeffs ? coeffs->nterm : 0;
  const int nvalueless = coeffs ? coeffs->nvalueless : 0;
  eap_coefficients_free(coeffs);
  Polar::raise(lmp, FLERR, st);

  if (nvalueless && comm->me == 0)
    error->warning(FLERR, "{} of the {} coefficients in {} have no value and count as 0",
                   nvalueless, ncoeffs, coeff_file);
  if (system->has_coefficients && coeff_file != system_file && comm->me == 0)
    error->warning(FLERR,
                   "The system file {0} holds coefficients, too (written with prt_model 1), which "
                   "are not used: to use them, give {0} also in place of {1} in pair_coeff",
                   system_file, coeff_file);
  if (!long_range && eap_harmonic_lacks_dipole(system) && comm->me == 0)
    error->warning(
        FLERR,
        "The force constants in {} lack the dipole-dipole interaction (written with dipdip "
        "1), and pair_style eap adds none: use pair_style eap/long with kspace_style "
        "lattice/fft",
        system_file);
  if (comm->me != 0) return;
  std::string summary = fmt::format("{}: {} with {} sites", style, system_file, system->n);
  if (model->polynomial)
    summary +=
        fmt::format(", {} coefficients in {} terms, compiled to {} monomials of {} differences "
                    "and {} strain terms",
                    ncoeffs, nterms, eap_polynomial_monomials(model->polynomial),
                    eap_polynomial_differences(model->polynomial),
                    eap_polynomial_strain_terms(model->polynomial));
  utils::logmesg(lmp, summary + fmt::format(" ({:.3f} s)\n", platform::walltime() - start));
}

/* Sites of the unit cell round the centre site, for local dipoles; adds the cells it needs */
void PairEAP::make_stencil(std::vector<std::array<int, 3>> &offsets)
{
  stencil_site.clear();
  stencil_column.clear();
  stencil_weight.clear();
  centre = cell_dipole_centre(system->n, system->born);
  if (centre < 0) return;
  cell_dipole_term *term = nullptr;
  int nterm = 0;
  polar_status st = {};
  cell_dipole_stencil(system->cell, system->n, system->tau, centre, &term, &nterm, &st);
  Polar::raise(lmp, FLERR, st);
  for (int t = 0; t < nterm; t++) {
    const std::array<int, 3> cell = {term[t].offset[0], term[t].offset[1], term[t].offset[2]};
    auto found = std::find(offsets.begin(), offsets.end(), cell);
    if (found == offsets.end()) found = offsets.insert(offsets.end(), cell);
    stencil_site.push_back(term[t].site);
    stencil_column.push_back((int)(found - offsets.begin()));
    stencil_weight.push_back(term[t].weight);
  }
  free(term);
}

void PairEAP::init_style()
{
  unit = Polar::energy_unit(lmp, style);
  if (!atom->tag_enable)
    error->all(FLERR, "{} needs atom IDs: remove 'atom_modify id no' from the input script", style);
  if (domain->dimension != 3 || !domain->xperiodic || !domain->yperiodic || !domain->zperiodic) {
    char boundary[9];
    domain->boundary_string(boundary);
    error->all(
        FLERR,
        "{} needs a three-dimensional box that is periodic in x, y and z, but it has dimension "
        "{} and boundary {}: set dimension 3 and boundary p p p",
        style, domain->dimension, boundary);
  }
  if (long_range) check_solver();
  // the same number in every session, so that restart files find their fix
  for (int i = 0; fix_id.empty(); i++)
    if (!modify->get_fix_by_id(fmt::format("EAP_SITES{}", i)))
      fix_id = fmt::format("EAP_SITES{}", i);
  auto *fix = dynamic_cast<FixEAPSites *>(modify->get_fix_by_id(fix_id));
  if (!fix) fix = dynamic_cast<FixEAPSites *>(modify->add_fix(fix_id + " all eap/sites pair"));
  crystal->init(fix);
  fresh = false;
}

void PairEAP::check_solver() const
{
  if (dynamic_cast<LatticeSolver *>(force->kspace)) return;
  error->all(
      FLERR,
      "{} needs kspace_style lattice/fft for its harmonic and dipole-dipole part, but {}: set "
      "kspace_style lattice/fft, or use pair_style eap with a file of total force constants",
      style,
      force->kspace ? fmt::format("kspace_style is {}", force->kspace_style)
                    : "no kspace_style is set");
}

/* The potential needs no neighbors: interactions go by lattice site. The number only keeps LAMMPS'
 * machinery for ghost atoms and rebuilding alive. */
double PairEAP::init_one(int i, int j)
{
  require_coeffs(i, j);
  return 1.0;
}

void PairEAP::prepare()
{
  if (neighbor->ago == 0 || !crystal->grid) crystal->locate();
  crystal->displace();
  polar_computed(neighbor->ncalls);
}

void PairEAP::compute(int eflag, int vflag)
{
  ev_init(eflag, vflag);
  prepare();
  fresh = true;

  const eap_lattice &lat = crystal->grid->lattice();
  const int n = crystal->n;
  double de[6];
  eap_energy energy;
  gradient.assign((size_t)lat.nall * n * 3, 0.0);
  scratch.resize(model->scratch);
  eap_model_evaluate(model, &lat, crystal->strain.e, crystal->u.data(), gradient.data(), &energy,
                     vflag_either ? de : nullptr, nullptr, scratch.data());
  crystal->grid->add_ghosts(gradient.data(), 3 * n);
  crystal->add_forces(gradient.data(), unit);

  if (eflag_global) {
    const double part[5] = {energy.reference, energy.harmonic, energy.elastic, energy.strain_force,
                            energy.anharmonic};
    for (int i = 0; i < 5; i++) {
      eng_vdwl += unit * part[i];
      pvector[i] = unit * part[i];
    }
  }
  if (eflag_atom) atom_energy();
  if (vflag_global) virial_of(de, gradient.data(), virial);
  if (vflag_atom) {
    double sum[6];
    MPI_Allreduce(de, sum, 6, MPI_DOUBLE, MPI_SUM, world);
    atom_virial(sum, gradient.data(), reinterpret_cast<double(*)[6]>(vatom[0]));
  }
}

/* Mean displacement, which an atom's share of energy and virial must not depend on: without an
 * acoustic sum rule the total does, and the share then has to, too. Collective. */
void PairEAP::mean_displacement(double mean[3]) const
{
  mean[0] = mean[1] = mean[2] = 0.0;
  if (options.harmonic.asr) crystal->mean_displacement(mean);
}

/* Energies of the atoms, u_i.G_i/2 in the harmonic part, from displacements about their mean */
void PairEAP::atom_energy()
{
  const eap_lattice &lat = crystal->grid->lattice();
  const int n = crystal->n;
  const size_t nsite = (size_t)lat.nall * n;
  double mean[3];
  eap_energy energy;
  mean_displacement(mean);
  std::vector<double> u(3 * nsite), g(3 * nsite, 0.0);
  for (size_t i = 0; i < 3 * nsite; i++) u[i] = crystal->u[i] - mean[i % 3];
  site_energy.assign(nsite, 0.0);
  eap_model_evaluate(model, &lat, crystal->strain.e, u.data(), g.data(), &energy, nullptr,
                     site_energy.data(), scratch.data());
  crystal->grid->add_ghosts(site_energy.data(), n);
  atom_work.assign(crystal->sublattice.size(), 0.0);
  crystal->grid->to_atoms(site_energy.data(), atom_work.data(), 1);
  for (size_t i = 0; i < atom_work.size(); i++) eatom[i] += unit * atom_work[i];
}

/* Virial of this rank's cells from dE/de and the gradient on its owned sites, added to virial6 */
double PairEAP::virial_of(const double de[6], const double *g, double *virial6) const
{
  const size_t nsite = (size_t)crystal->grid->lattice().nown * crystal->n;
  const double *u = crystal->u.data();
  double gu[3][3] = {{0.0}}, w[3][3], half = 0.0;
  for (size_t s = 0; s < nsite; s++)
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++) gu[i][j] += g[3 * s + i] * u[3 * s + j];
  half = 0.5 * (gu[0][0] + gu[1][1] + gu[2][2]);
  if (virial6) {
    eap_strain_virial(&crystal->strain, de, gu, w);
    crystal->model_to_lab(w, w);
    const double v[6] = {w[0][0], w[1][1], w[2][2], w[0][1], w[0][2], w[1][2]};
    for (int i = 0; i < 6; i++) virial6[i] += unit * v[i];
  }
  return half;
}

/* Per-atom virial: -G_i u_j of the atom and an even share of the strain derivative (de: of the
 * whole crystal) */
void PairEAP::atom_virial(const double de[6], const double *g, double (*v)[6])
{
  double share[6], mean[3];
  for (int i = 0; i < 6; i++) share[i] = de[i] / (double)crystal->natoms;
  mean_displacement(mean);
  atom_work.assign(3 * crystal->sublattice.size(), 0.0);
  crystal->grid->to_atoms(g, atom_work.data(), 3);
  for (size_t a = 0; a < crystal->sublattice.size(); a++) {
    if (crystal->sublattice[a] < 0) continue;
    double gu[3][3], w[3][3];
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 3; j++)
        gu[i][j] = atom_work[3 * a + i] * (crystal->atom_u[3 * a + j] - mean[j]);
    eap_strain_virial(&crystal->strain, share, gu, w);
    crystal->model_to_lab(w, w);
    const double v6[6] = {w[0][0], w[1][1], w[2][2], w[0][1], w[0][2], w[1][2]};
    for (int i = 0; i < 6; i++) v[a][i] += unit * v6[i];
  }
}

double PairEAP::memory_usage()
{
  double bytes = Pair::memory_usage();
  bytes += (double)sizeof(double) * (gradient.capacity() + site_energy.capacity() +
                                     scratch.capacity() + atom_work.capacity());
  if (crystal) bytes += crystal->memory_usage();
  return bytes;
}
