#include "pair_coul_pqeq_cut.h"

#include "adapter.h"
#include "atom.h"
#include "base/elements.h"
#include "citeme.h"
#include "comm.h"
#include "error.h"
#include "force.h"
#include "modify.h"
#include "fix.h"
#include "neigh_list.h"
#include "neighbor.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace LAMMPS_NS;

static const char cite_pqeq[] =
    "pair_style coul/pqeq: polarizable charge equilibration\n\n"
    "@Article{Naserifar2017,\n"
    " author = {S. Naserifar and D. J. Brooks and W. A. Goddard and V. Cvicek},\n"
    " title = {Polarizable charge equilibration model for predicting accurate electrostatic "
    "interactions in molecules and solids},\n"
    " journal = {Journal of Chemical Physics},\n"
    " year = 2017,\n"
    " volume = 146,\n"
    " pages = {124117}\n}\n\n";

PairCoulPQEqCut::PairCoulPQEqCut(LAMMPS *lmp, const std::string &style)
    : PolarPair(lmp, style), parameters(nullptr), kernel(nullptr), fix(nullptr), cutoff(0.0),
      unit(1.0), rule(PQEQ_RULE_SITE), any_kernel(false)
{
  nextra = 5;
  pvector = new double[nextra]();
  if (lmp->citeme) lmp->citeme->add(cite_pqeq);
}

PairCoulPQEqCut::~PairCoulPQEqCut()
{
  if (copymode) return;
  pqeq_kernel_free(kernel);
  pqeq_parameters_free(parameters);
  delete[] pvector;
}

void PairCoulPQEqCut::settings(int narg, char **arg)
{
  forget_coeffs();
  any_kernel = false;
  rule = PQEQ_RULE_SITE;
  if (narg < 1)
    error->all(FLERR,
               "{}: the cutoff is missing, expected {} RC [rule site|core] [kernel check|any]",
               style, style);
  cutoff = utils::numeric(FLERR, arg[0], false, lmp);
  if (!(cutoff >= 2.0 && cutoff <= 100.0))
    error->all(FLERR, "{}: the cutoff is {} Angstrom, expected 2 to 100 (12.5 in published models)",
               style, cutoff);
  for (int i = 1; i < narg; i += 2) {
    const std::string key = arg[i], value = i + 1 < narg ? arg[i + 1] : "";
    if (key != "rule" && key != "kernel")
      error->all(FLERR, "Unknown {} keyword: {}; known are rule and kernel", style, key);
    const std::string first = key == "rule" ? "site" : "check";
    const std::string second = key == "rule" ? "core" : "any";
    if (value != first && value != second)
      error->all(FLERR, "{}: keyword {} has the value '{}', expected {} or {}", style, key, value,
                 first, second);
    if (key == "rule") rule = value == "core" ? PQEQ_RULE_CORE : PQEQ_RULE_SITE;
    else any_kernel = value == "any";
  }
}

void PairCoulPQEqCut::coeff(int narg, char **arg)
{
  const int ntypes = atom->ntypes;
  begin_coeff(narg, arg, 1, "FILE.pqeq");

  pqeq_parameters_free(parameters);
  parameters = nullptr;
  file = arg[2];
  const std::string path = Polar::potential_path(file);
  const std::string text = Polar::read_file(lmp, path);
  polar_status st = {};
  pqeq_parse(path.c_str(), text.data(), text.size(), &parameters, &st);
  Polar::raise(lmp, FLERR, st);

  const std::string made_for = parameters->kernel, mine = interaction();
  if (!any_kernel && !made_for.empty() && made_for != mine)
    error->all(
        FLERR,
        "{}: {} was made for the interaction '{}', but with cutoff {} this is '{}': a "
        "short-range model fitted beside one does not fit the other. Use the style and cutoff "
        "of the file, or 'kernel any' if that is intended",
        style, file, made_for, cutoff, mine);
  for (int t = 1; t <= ntypes; t++) {
    if (map[t] < 0 || pqeq_find(parameters, elements[map[t]])) continue;
    std::string have;
    for (int k = 0; k < parameters->n; k++)
      have += std::string(" ") + polar_element_symbol(parameters->element[k].number);
    error->all(FLERR, "{}: pair_coeff maps atom type {} to '{}', but {} has only{}", style, t,
               elements[map[t]], file, have);
  }
  finish_coeff(narg, arg, 1);
}

void PairCoulPQEqCut::init_style()
{
  unit = Polar::energy_unit(lmp, style);
  if (!atom->q_flag)
    error->all(FLERR, "{} needs charges: use atom_style charge or another with charges, not {}",
               style, atom->get_style());
  if (!atom->tag_enable)
    error->all(FLERR, "{} needs atom IDs: remove 'atom_modify id no' from the input script", style);
  if (atom->molecular != Atom::ATOMIC)
    for (int k = 1; k < 4; k++)
      if (force->special_coul[k] != 1.0)
        error->all(FLERR,
                   "{}: special_bonds scales the Coulomb interaction of bonded atoms by {} {} {}, "
                   "expected 1 1 1, because all pairs take part in charge equilibration: use "
                   "'special_bonds coul 1 1 1'",
                   style, force->special_coul[1], force->special_coul[2], force->special_coul[3]);
  fix = find_fix();

  std::vector<pqeq_element> species;
  for (int k = 0; k < nelements; k++) species.push_back(*pqeq_find(parameters, elements[k]));
  polar_status st = {};
  pqeq_kernel_free(kernel);
  kernel = nullptr;
  make_kernel(species, st);
  Polar::raise(lmp, FLERR, st);

  // the interaction of two such Gaussians at the cutoff differs from that of points by erfc(a rc):
  // 1e-3 and more of it let converged shells of Na, K, Ba, La run to their bound
  std::string wide, bare;
  for (int k = 0; k < nelements; k++) {
    if (std::erfc(kernel->table[k * nelements + k].alpha * cutoff) > 1e-3)
      wide += std::string(" ") + elements[k];
    if (species[k].z == 0.0) bare += std::string(" ") + elements[k];
  }
  if (comm->me == 0 && !wide.empty() && fix->pqeq_converges() && kernel->split == 0.0)
    error->warning(
        FLERR,
        "{}: the cutoff of {} Angstrom is too short for the width of{}: converged shells "
        "may run to their bound. Use 'scheme fixed 2' of fix pqeq, as published",
        style, cutoff, wide);
  if (comm->me == 0 && !bare.empty())
    utils::logmesg(lmp,
                   fmt::format("{}: no shells on{}, whose spring in {} is 0\n", style, bare, file));
  // each pair once over all ranks, whatever the setting of newton
  neighbor->add_request(this, NeighConst::REQ_NEWTON_ON);
}

PQEqFix *PairCoulPQEqCut::find_fix() const
{
  PQEqFix *one = nullptr;
  int found = 0;
  for (auto *any : modify->get_fix_list())
    if (auto *pqeq = dynamic_cast<PQEqFix *>(any)) {
      one = pqeq;
      found++;
    }
  if (found == 0)
    error->all(
        FLERR,
        "{} needs one fix pqeq, found 0: add 'fix ID all pqeq 1 scheme fixed 2', before the run",
        style);
  if (found > 1)
    error->all(FLERR, "{} needs one fix pqeq, found {}: remove the others with unfix", style,
               found);
  return one;
}

std::string PairCoulPQEqCut::interaction() const
{
  return fmt::format("taper{}", cutoff);
}

pqeq_kernel_input PairCoulPQEqCut::kernel_input(const std::vector<pqeq_element> &species) const
{
  pqeq_kernel_input in = {};
  in.n = (int)species.size();
  in.species = species.data();
  in.coulomb = parameters->coulomb;
  in.lambda = parameters->lambda;
  in.cutoff = cutoff;
  in.umax = fix->pqeq_umax();
  in.rule = rule;
  return in;
}

polar_code PairCoulPQEqCut::make_kernel(const std::vector<pqeq_element> &species, polar_status &st)
{
  const pqeq_kernel_input in = kernel_input(species);
  return pqeq_kernel_create(&in, &kernel, &st);
}

double PairCoulPQEqCut::init_one(int i, int j)
{
  require_coeffs(i, j);
  return std::sqrt(kernel->table[map[i] * kernel->n + map[j]].range2);
}

void *PairCoulPQEqCut::extract(const char *what, int &dim)
{
  dim = 0;
  if (strcmp(what, "cut_coul") == 0) return &cutoff;
  return nullptr;
}

void PairCoulPQEqCut::pqeq_pairs(pqeq_atoms &atoms) const
{
  atoms.nrow = list->inum;
  atoms.row_atom = list->ilist;
  atoms.row_count = list->numneigh;
  atoms.row_partner = list->firstneigh;
  atoms.mask = NEIGHMASK;
}

void PairCoulPQEqCut::compute(int eflag, int vflag)
{
  ev_init(eflag, vflag);
  polar_computed(neighbor->ncalls);
  const int nlocal = atom->nlocal, rows = fix->pqeq_rows();
  double w[3][3] = {{0.0}}, **f = atom->f;
  pqeq_energies e;
  push.assign(3 * (size_t)rows + 3, 0.0);
  if (eflag_atom) atom_energy.assign(rows + 1, 0.0);
  if (vflag_atom) atom_virial.assign(6 * (size_t)rows + 6, 0.0);
  auto *g = reinterpret_cast<double(*)[3]>(push.data());
  pqeq_derivatives out = {};
  out.force = g;
  if (vflag_global) out.virial = w;
  if (eflag_atom) out.eatom = atom_energy.data();
  if (vflag_atom) out.vatom = reinterpret_cast<double(*)[6]>(atom_virial.data());
  fix->pqeq_evaluate(e, out);
  for (int i = 0; i < nlocal; i++)
    for (int k = 0; k < 3; k++) f[i][k] += unit * g[i][k];
  const double parts[5] = {e.chi, e.eta, e.spring, e.coulomb, e.field};
  for (int k = 0; k < 5; k++) pvector[k] = unit * parts[k];
  if (eflag_global) eng_coul += unit * (e.chi + e.eta + e.spring + e.coulomb + e.field);
  if (vflag_global) Polar::add_virial(w, unit, virial);
  if (eflag_atom)
    for (int i = 0; i < nlocal; i++) eatom[i] += unit * atom_energy[i];
  if (vflag_atom)
    for (int i = 0; i < nlocal; i++)
      for (int k = 0; k < 6; k++) vatom[i][k] += unit * atom_virial[6 * (size_t)i + k];
}

void PairCoulPQEqCut::polar_dipole(double m[3])
{
  fix->pqeq_total_dipole(m);
}

/* Z*_ia,b = dM_a/dr_ib = dF_ib/dE_a, by central differences in a field */
void PairCoulPQEqCut::polar_born(double (*born)[9])
{
  const double h = 1e-3; // V/Angstrom: truncation h^2, solver noise 1e-10/h: both below 1e-6 e
  const int nlocal = atom->nlocal;
  const size_t rows = fix->pqeq_rows();
  std::vector<double> up(3 * rows + 3), down(3 * rows + 3);
  for (int a = 0; a < 3; a++) {
    double e[3] = {0.0, 0.0, 0.0};
    e[a] = h;
    fix->pqeq_force_in_field(e, reinterpret_cast<double(*)[3]>(up.data()));
    e[a] = -h;
    fix->pqeq_force_in_field(e, reinterpret_cast<double(*)[3]>(down.data()));
    for (int i = 0; i < nlocal; i++)
      for (int b = 0; b < 3; b++)
        born[i][3 * a + b] = (up[3 * (size_t)i + b] - down[3 * (size_t)i + b]) / (2.0 * h);
  }
}

double PairCoulPQEqCut::polar_field(const double *, double (*)[3], double *)
{
  error->all(
      FLERR,
      "{}: charges and shells must equilibrate in the field: use keyword efield of fix pqeq, "
      "not fix efield/born",
      style);
  return 0.0;
}

double PairCoulPQEqCut::memory_usage()
{
  return Pair::memory_usage() +
         (push.capacity() + atom_energy.capacity() + atom_virial.capacity()) * sizeof(double);
}
