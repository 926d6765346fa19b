#include "fix_efield_born.h"

#include "atom.h"
#include "comm.h"
#include "domain.h"
#include "error.h"
#include "force.h"
#include "pair.h"
#include "respa.h"
#include "update.h"

#include "adapter.h"

#include "response/born_fn.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace LAMMPS_NS;
using namespace FixConst;

FixEfieldBorn::FixEfieldBorn(LAMMPS *lmp, int narg, char **arg)
    : Fix(lmp, narg, arg), response(nullptr), variables(lmp, "fix efield/born"), neutral(0),
      ilevel_respa(0), checked(false), drift{}, energy(0.0), have_total(true)
{
  if (narg < 6) utils::missing_cmd_args(FLERR, "fix efield/born", error);
  if (igroup != 0)
    error->all(FLERR,
               "Fix efield/born acts on the group all only, not on {}: the field energy -E.M is "
               "that of the whole crystal and has no share of a group",
               arg[1]);
  unit = Polar::energy_unit(lmp, "Fix efield/born");

  for (int k = 0; k < 3; k++) field[k] = net[k] = 0.0;
  variables.read(arg + 3, field);

  std::string born = "pair";
  for (int iarg = 6; iarg < narg; iarg += 2) {
    const std::string keyword = arg[iarg];
    if (keyword != "born" && keyword != "neutral")
      error->all(FLERR, "Unknown fix efield/born keyword: {}; expected born or neutral", keyword);
    if (iarg + 2 > narg) utils::missing_cmd_args(FLERR, "fix efield/born " + keyword, error);
    if (keyword == "born") born = arg[iarg + 1];
    else neutral = utils::logical(FLERR, arg[iarg + 1], false, lmp);
  }
  source.reset(new ResponseSource(lmp, "Fix efield/born", born));

  scalar_flag = 1;
  extscalar = 1;
  vector_flag = 1;
  size_vector = 3;
  extvector = 1;
  global_freq = 1;
  energy_global_flag = 1;
  virial_global_flag = 1;
  respa_level_support = 1;
  dynamic_group_allow = 0;
  // a barostat that was defined earlier reads it in its setup, before ours
  for (double &v : virial) v = 0.0;
}

int FixEfieldBorn::setmask()
{
  return POST_FORCE | POST_FORCE_RESPA | MIN_POST_FORCE;
}

void FixEfieldBorn::init()
{
  variables.init();
  if (variables.varies() && update->whichflag == 2 && comm->me == 0)
    error->warning(FLERR,
                   "The field of fix efield/born comes from a variable: minimization needs one "
                   "that does not change with the step");

  if (!thermo_energy && update->whichflag == 2 && comm->me == 0)
    error->warning(FLERR,
                   "Minimization does not see the field energy of fix efield/born {0}; use "
                   "'fix_modify {0} energy yes'",
                   id);

  response = source->find();

  auto *respa = dynamic_cast<Respa *>(update->integrate);
  if (respa && utils::strmatch(update->integrate_style, "^respa")) {
    ilevel_respa = respa->nlevels - 1;
    if (respa_level >= 0 && respa_level < ilevel_respa) ilevel_respa = respa_level;
    // dipole and tensors are those of the last time the pair style computed forces
    int level = respa->level_pair;
    const std::vector<Pair *> styles = Polar::pair_styles(lmp);
    for (int k = 0; k < std::min(respa->nhybrid_styles, (int)styles.size()); k++)
      if (dynamic_cast<PolarResponse *>(styles[k]) == response) level = respa->hybrid_level[k];
    if (source->from_pair() && ilevel_respa < level)
      error->all(FLERR,
                 "Fix efield/born acts at level {} of run_style respa, but the pair style that it "
                 "takes the dipole from at level {}, which is computed later: use 'fix_modify {} "
                 "respa {}', or none, for the outermost level",
                 ilevel_respa + 1, level + 1, id, level + 1);
  }
}

void FixEfieldBorn::setup(int vflag)
{
  find_carriers();
  if (utils::strmatch(update->integrate_style, "^respa")) {
    auto *respa = dynamic_cast<Respa *>(update->integrate);
    respa->copy_flevel_f(ilevel_respa);
    post_force_respa(vflag, ilevel_respa, 0);
    respa->copy_f_flevel(ilevel_respa);
  } else post_force(vflag);
}

void FixEfieldBorn::min_setup(int vflag)
{
  find_carriers();
  post_force(vflag);
}

void FixEfieldBorn::post_force_respa(int vflag, int ilevel, int /*iloop*/)
{
  if (ilevel == ilevel_respa) post_force(vflag);
}

void FixEfieldBorn::min_post_force(int vflag)
{
  post_force(vflag);
}

/* Types whose atoms take their share of the net force. By type, because a type stays with its atom
 * and a tensor of another atom of the same type may pass through zero. */
void FixEfieldBorn::find_carriers()
{
  carrier.assign(atom->ntypes, 0);
  if (!neutral) return;
  const int nlocal = atom->nlocal;
  std::vector<double> born(9 * ((size_t)nlocal + 1), 0.0);
  response->polar_born(reinterpret_cast<double(*)[9]>(born.data()));
  for (int i = 0; i < nlocal; i++)
    for (int k = 0; k < 9; k++)
      if (born[9 * (size_t)i + k] != 0.0) carrier[atom->type[i] - 1] = 1;
  MPI_Allreduce(MPI_IN_PLACE, carrier.data(), atom->ntypes, MPI_INT, MPI_MAX, world);
}

void FixEfieldBorn::post_force(int vflag)
{
  const int nlocal = atom->nlocal;
  double **f = atom->f;

  v_init(vflag);
  variables.evaluate(field);

  pull.assign(3 * ((size_t)nlocal + 1), 0.0);
  auto *fe = reinterpret_cast<double(*)[3]>(pull.data());
  double w[6] = {0.0, 0.0, 0.0, 0.0, 0.0, 0.0};
  double *wp = vflag_global ? w : nullptr;
  energy = response->polar_field(field, fe, wp);

  for (int k = 0; k < 3; k++) net[k] = 0.0;
  for (int i = 0; i < nlocal; i++)
    for (int k = 0; k < 3; k++) net[k] += fe[i][k];
  have_total = false;
  if (neutral) {
    sum_net_force();
    // a model that answers to the field without a virial has none to take off
    energy += remove_net_force(response->polar_field_energy_exact() ? wp : nullptr);
  } else if (!checked) check_net_force();

  energy *= unit;
  for (int i = 0; i < nlocal; i++)
    for (int k = 0; k < 3; k++) f[i][k] += unit * fe[i][k];
  if (vflag_global)
    for (int k = 0; k < 6; k++) virial[k] += unit * w[k];
}

/* net: this rank's share -> of all ranks. Collective. */
void FixEfieldBorn::sum_net_force()
{
  if (!have_total) MPI_Allreduce(MPI_IN_PLACE, net, 3, MPI_DOUBLE, MPI_SUM, world);
  have_total = true;
}

/* Takes the net force off the atoms that carry a tensor and its virial off this rank's share.
 * Returns the change of the field energy, eV. */
double FixEfieldBorn::remove_net_force(double *w)
{
  const int nlocal = atom->nlocal;
  double sum[4] = {0.0, 0.0, 0.0, 0.0}; // positions, number of atoms
  for (int i = 0; i < nlocal; i++) {
    if (!carrier[atom->type[i] - 1]) continue;
    double r[3];
    domain->unmap(atom->x[i], atom->image[i], r);
    for (int k = 0; k < 3; k++) sum[k] += r[k];
    sum[3] += 1.0;
  }
  MPI_Allreduce(MPI_IN_PLACE, sum, 4, MPI_DOUBLE, MPI_SUM, world);
  if (sum[3] == 0.0) return 0.0;

  double share[3];
  for (int k = 0; k < 3; k++) share[k] = -net[k] / sum[3];
  for (int i = 0; i < nlocal; i++) {
    if (!carrier[atom->type[i] - 1]) continue;
    for (int k = 0; k < 3; k++) pull[3 * (size_t)i + k] += share[k];
    if (w) {
      double r[3];
      domain->unmap(atom->x[i], atom->image[i], r);
      born_add_virial(share, r, w);
    }
  }
  const double change = response->polar_field_energy_exact() ? born_neutral_energy(net, sum, sum[3])
                                                             : follow_drift(sum[3], sum);
  net[0] = net[1] = net[2] = 0.0;
  return change;
}

/* Where M is the integral of Z* dr along the path (pair_style les), the sum of the tensors changes
 * with the positions, and so the part of M that a rigid translation changes is an integral too:
 * that of (sum_i Z*_i/n) d(sum_i r_i/n) n, here with the mean of the tensors at both ends of a
 * step. Returns the change of the field energy, eV. Collective. */
double FixEfieldBorn::follow_drift(double atoms, const double *sum)
{
  const int nlocal = atom->nlocal;
  std::vector<double> born(9 * ((size_t)nlocal + 1), 0.0);
  response->polar_born(reinterpret_cast<double(*)[9]>(born.data()));
  double mean[9] = {0.0};
  for (int i = 0; i < nlocal; i++)
    for (int k = 0; k < 9; k++) mean[k] += born[9 * (size_t)i + k];
  MPI_Allreduce(MPI_IN_PLACE, mean, 9, MPI_DOUBLE, MPI_SUM, world);
  if (drift.atoms != atoms) drift = {};
  for (int a = 0; a < 3; a++)
    for (int b = 0; b < 3; b++) {
      const int ab = 3 * a + b;
      drift.dipole[a] += drift.known
                             ? 0.5 * (mean[ab] + drift.mean[ab]) * (sum[b] / atoms - drift.place[b])
                             : mean[ab] * sum[b] / atoms;
    }
  for (int k = 0; k < 9; k++) drift.mean[k] = mean[k];
  for (int b = 0; b < 3; b++) drift.place[b] = sum[b] / atoms;
  drift.atoms = atoms;
  drift.known = true;
  double change = 0.0;
  for (int a = 0; a < 3; a++) change += field[a] * drift.dipole[a];
  return change;
}

/* Warn once, at the first step with a field, if the tensors do not sum to zero. Collective. */
void FixEfieldBorn::check_net_force()
{
  if (field[0] == 0.0 && field[1] == 0.0 && field[2] == 0.0) return;
  checked = true;
  double sum = 0.0;
  for (int i = 0; i < 3 * atom->nlocal; i++) sum += std::fabs(pull[i]);
  MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, world);
  sum_net_force();
  // 1e-8: far above the rounding of a sum, far below the charge neutrality of any printed tensor
  const double largest =
      std::fmax(std::fabs(net[0]), std::fmax(std::fabs(net[1]), std::fabs(net[2])));
  if (largest > 1e-8 * sum && comm->me == 0)
    error->warning(FLERR,
                   "The Born tensors of fix efield/born do not sum to zero: the field pulls the "
                   "whole crystal with a net force of {:.6g} {:.6g} {:.6g} eV/Angstrom. Use "
                   "'neutral yes' to remove it",
                   net[0], net[1], net[2]);
}

double FixEfieldBorn::compute_scalar()
{
  return energy;
}

double FixEfieldBorn::compute_vector(int n)
{
  sum_net_force();
  return unit * net[n];
}

double FixEfieldBorn::memory_usage()
{
  return pull.capacity() * sizeof(double) + source->memory_usage();
}
