#include "fix_pqeq.h"

#include "adapter.h"
#include "atom.h"
#include "comm.h"
#include "domain.h"
#include "error.h"
#include "force.h"
#include "memory.h"
#include "neighbor.h"
#include "pair.h"
#include "respa.h"
#include "update.h"

#include <algorithm>
#include <cstring>

using namespace LAMMPS_NS;
using namespace FixConst;

static const char AXIS[] = "xyz";

FixPQEq::FixPQEq(LAMMPS *lmp, int narg, char **arg)
    : Fix(lmp, narg, arg), pair(nullptr), solver(nullptr), options{}, result{}, umax(0.25),
      given_passes(0), given_charge(false), field_variables(lmp, "fix pqeq"), fragments(ONE),
      ilevel_respa(0), warned_clamp(false), warned_close(false), warned_born(false), unconverged(0),
      shell(nullptr), past(nullptr), npast(0), past_step(-1), traveller(nullptr), traveller_width(0)
{
  options.tol_q = 1e-10;
  options.max_cg = 1000;
  read_command(narg, arg);
  check_command();
  announce();
  allocate();
}

/* Tells LAMMPS what this fix gives, sends and keeps */
void FixPQEq::announce()
{
  peratom_flag = 1;
  size_peratom_cols = 3;
  peratom_freq = 1;
  scalar_flag = 1;
  extscalar = 0;
  vector_flag = 1;
  size_vector = 8;
  extvector = 0;
  global_freq = 1;
  virial_global_flag = 1;
  // a barostat that was defined earlier reads it in its setup, before ours
  for (double &v : virial) v = 0.0;
  respa_level_support = 1;
  comm_forward = 3;
  comm_reverse = 6;
  maxexchange = 3 + DEPTH * WIDTH;
  if (options.converge) restart_global = restart_peratom = 1;
}

void FixPQEq::allocate()
{
  polar_status st = {};
  pqeq_solver_create(&solver, &st);
  Polar::raise(lmp, FLERR, st);
  FixPQEq::grow_arrays(atom->nmax);
  atom->add_callback(Atom::GROW);
  if (restart_peratom) atom->add_callback(Atom::RESTART);
  for (int i = 0; i < atom->nlocal; i++) set_arrays(i);
}

FixPQEq::~FixPQEq()
{
  if (copymode) return;
  atom->delete_callback(id, Atom::GROW);
  if (restart_peratom) atom->delete_callback(id, Atom::RESTART);
  memory->destroy(shell);
  memory->destroy(past);
  pqeq_solver_free(solver);
}

int FixPQEq::setmask()
{
  return PRE_FORCE | PRE_FORCE_RESPA | MIN_PRE_FORCE | POST_FORCE | POST_FORCE_RESPA |
         MIN_POST_FORCE;
}

void FixPQEq::init()
{
  find_pair();
  field_variables.init();
  for (int k = 0; k < 3; k++)
    if (options.field_full && fragments == ONE && domain->periodicity[k] && field_over(k) >= 0)
      error->all(FLERR,
                 "Fix pqeq: a field along {} that acts on charges needs a box that is not periodic "
                 "along {}, because its potential has no period: use 'boundary' f or s there, "
                 "efield ... shell, or keyword fragment if there are molecules",
                 AXIS[field_over(k)], AXIS[k]);
  if (fragments != ONE && !atom->molecule_flag)
    error->all(
        FLERR,
        "Fix pqeq: keyword fragment needs molecule IDs: use an atom_style with molecules, or "
        "'fix ID all property/atom mol'");
  find_level();
}

void FixPQEq::find_pair()
{
  int found = 0;
  pair = nullptr;
  for (auto *one : Polar::pair_styles(lmp))
    if (auto *pqeq = dynamic_cast<PQEqPair *>(one)) {
      pair = pqeq;
      found++;
    }
  if (found != 1)
    error->all(FLERR,
               "Fix pqeq needs one pair style coul/pqeq/cut or coul/pqeq/long (alone or in "
               "hybrid/overlay), found {}",
               found);
}

/* The level of run_style respa at which forces of the pair style are computed */
void FixPQEq::find_level()
{
  auto *respa = dynamic_cast<Respa *>(update->integrate);
  if (!respa || !utils::strmatch(update->integrate_style, "^respa")) return;
  ilevel_respa = respa_level >= 0 ? std::min(respa_level, respa->nlevels - 1) : respa->nlevels - 1;
  int level = respa->level_pair;
  const auto styles = Polar::pair_styles(lmp);
  for (int k = 0; k < std::min(respa->nhybrid_styles, (int)styles.size()); k++)
    if (dynamic_cast<PQEqPair *>(styles[k])) level = respa->hybrid_level[k];
  if (level >= 0 && level != ilevel_respa)
    error->all(FLERR,
               "Fix pqeq acts at level {} of run_style respa, but its pair style at level {}: "
               "charges must be there when forces are computed; use 'fix_modify {} respa {}'",
               ilevel_respa + 1, level + 1, id, level + 1);
}

// ---------------------------------------------------------------------------- when it is called

void FixPQEq::setup_pre_force(int vflag)
{
  if (neighbor->exclude) // known only after init()
    error->all(FLERR,
               "Fix pqeq: neigh_modify exclude takes pairs out of the neighbor list, but all pairs "
               "take part in charge equilibration: use 'neigh_modify exclude none'");
  // a run that goes on where the last one, or the restart file, ended starts from its solution
  if (update->ntimestep != past_step) npast = 0;
  if (fragments != ONE) {
    find_fragments();
    check_extents(false);
  }
  pre_force(vflag);
}

void FixPQEq::setup_pre_force_respa(int vflag, int ilevel)
{
  if (ilevel == ilevel_respa) setup_pre_force(vflag);
}

void FixPQEq::pre_force_respa(int vflag, int ilevel, int)
{
  if (ilevel == ilevel_respa) pre_force(vflag);
}

void FixPQEq::min_pre_force(int vflag)
{
  pre_force(vflag);
}

void FixPQEq::setup(int vflag)
{
  post_force(vflag);
}

void FixPQEq::min_setup(int vflag)
{
  post_force(vflag);
}

void FixPQEq::post_force_respa(int vflag, int ilevel, int)
{
  if (ilevel == ilevel_respa) post_force(vflag);
}

void FixPQEq::min_post_force(int vflag)
{
  post_force(vflag);
}

void FixPQEq::pre_force(int)
{
  polar_status st = {};
  pqeq_atoms atoms;
  double closest = HUGE_VAL;
  field_variables.evaluate(options.field);
  view(atoms);
  pqeq_prepare(solver, pair->pqeq_model(), &atoms, &closest, &st);
  Polar::raise(lmp, FLERR, st);
  if (options.converge) guess();
  const pqeq_comm talk = communication();
  const pqeq_problem problem = {pair->pqeq_model(), &atoms, &options, &talk};
  pqeq_solve(solver, &problem, atom->q, reinterpret_cast<double(*)[3]>(shell[0]), &result, &st);
  if (result.unconverged) { // an error, or a remark with nonconv warn
    unconverged++;
    if (!st.code && comm->me == 0)
      error->warning(FLERR, "{} (fix pqeq {}, step {})", st.text, id, update->ntimestep);
  }
  if (st.code) {
    const std::string text = st.text;
    polar_fail(&st, st.code, "%s (fix pqeq %s, step " BIGINT_FORMAT ")", text.c_str(), id,
               update->ntimestep);
  }
  Polar::raise(lmp, FLERR, st);
  result.closest = closest;
  array_atom = shell;
  if (options.converge) remember();
  warn_once();
}

/* The virial of a field that acts on charges, if asked for with fix_modify virial yes */
void FixPQEq::post_force(int vflag)
{
  v_init(vflag);
  if (!vflag_global) return;
  pqeq_atoms atoms;
  double w[3][3] = {{0.0}};
  view(atoms);
  pqeq_field_virial(&atoms, &options, atom->q, w);
  Polar::add_virial(w, Polar::energy_unit(lmp, "Fix pqeq"), virial);
}

// --------------------------------------------------------------------------------------- solving

/* An axis of the field along which box vector k leads, if only by its tilt: its potential changes
 * over that vector. -1: none */
int FixPQEq::field_over(int k) const
{
  const double *h = domain->h; // xx yy zz yz xz xy
  const double vector[3][3] = {{h[0], 0.0, 0.0}, {h[5], h[1], 0.0}, {h[4], h[3], h[2]}};
  for (int m = 0; m < 3; m++)
    if (vector[k][m] != 0.0 && (field_variables.varies(m) || options.field[m] != 0.0)) return m;
  return -1;
}

/* Numbers the molecules that have atoms in the group, and takes their charges */
void FixPQEq::find_fragments()
{
  const int nlocal = atom->nlocal;
  tagint most = 0, all;
  bool negative = false;
  for (int i = 0; i < nlocal; i++) {
    most = std::max(most, atom->molecule[i]);
    negative |= atom->molecule[i] < 0;
  }
  if (negative) most = MAXTAGINT;
  MPI_Allreduce(&most, &all, 1, MPI_LMP_TAGINT, MPI_MAX, world);
  if (all > 100000000)
    error->all(FLERR,
               "Fix pqeq: keyword fragment found a molecule ID that is negative or larger than "
               "100000000: use 'reset_atoms mol'");
  std::vector<int> mine(all + 1, 0);
  fragment_of.assign(all + 1, 0);
  for (int i = 0; i < nlocal; i++)
    if (atom->mask[i] & groupbit && pair->pqeq_species(atom->type[i]) >= 0)
      mine[atom->molecule[i]] = 1;
  MPI_Allreduce(mine.data(), fragment_of.data(), (int)all + 1, MPI_INT, MPI_MAX, world);
  int n = 0;
  for (int &f : fragment_of) f = f ? n++ : -1;
  fragment_charge.assign(n + 1, 0.0);
  if (fragments == ZERO) return;
  std::vector<double> sums(n + 1, 0.0);
  for (int i = 0; i < nlocal; i++) {
    const int f = fragment_of[atom->molecule[i]];
    if (f >= 0 && atom->mask[i] & groupbit && pair->pqeq_species(atom->type[i]) >= 0)
      sums[f] += atom->q[i];
  }
  MPI_Allreduce(sums.data(), fragment_charge.data(), n, MPI_DOUBLE, MPI_SUM, world);
}

/* In a periodic direction the potential of a field that acts on charges is defined within a
 * molecule only if its atoms are not taken from different images */
void FixPQEq::check_extents(bool any)
{
  pqeq_atoms atoms;
  view(atoms);
  const int n = (int)fragment_charge.size() - 1;
  const double length[3] = {domain->xprd, domain->yprd, domain->zprd};
  for (int k = 0; k < 3; k++) {
    if (!domain->periodicity[k] || (!any && (!options.field_full || field_over(k) < 0))) continue;
    std::vector<double> mine(2 * (size_t)n + 1, -HUGE_VAL), most(2 * (size_t)n + 1);
    for (int i = 0; i < atoms.nlocal; i++) {
      if (given[i] || species[i] < 0) continue;
      double share[3];
      domain->x2lamda(&unwrapped[3 * (size_t)i], share);
      const double at = share[k] * length[k];
      mine[2 * fragment[i]] = std::max(mine[2 * fragment[i]], at);
      mine[2 * fragment[i] + 1] = std::max(mine[2 * fragment[i] + 1], -at);
    }
    MPI_Allreduce(mine.data(), most.data(), 2 * n, MPI_DOUBLE, MPI_MAX, world);
    for (int f = 0; f < n; f++) {
      const double extent = most[2 * f] + most[2 * f + 1];
      if (extent <= 0.5 * length[k]) continue;
      const auto molecule = std::find(fragment_of.begin(), fragment_of.end(), f);
      error->all(FLERR,
                 "Fix pqeq: molecule {} extends over {:.4g} Angstrom along {}, expected at most "
                 "half the box, {:.4g}: in a field that acts on charges in a periodic direction "
                 "molecules must be whole, with the image flags of their atoms",
                 molecule - fragment_of.begin(), extent, AXIS[k], 0.5 * length[k]);
    }
  }
}

int FixPQEq::pqeq_rows() const
{
  return atom->nlocal + atom->nghost;
}

void FixPQEq::view(pqeq_atoms &atoms)
{
  const int nlocal = atom->nlocal, nall = pqeq_rows();
  species.resize(nall + 1);
  given.resize(nlocal + 1);
  ids.resize(nlocal + 1);
  for (int i = 0; i < nall; i++) species[i] = pair->pqeq_species(atom->type[i]);
  for (int i = 0; i < nlocal; i++) {
    given[i] = !(atom->mask[i] & groupbit);
    ids[i] = atom->tag[i];
  }
  unwrapped.resize(3 * (size_t)nlocal + 3);
  for (int i = 0; i < nlocal; i++)
    domain->unmap(atom->x[i], atom->image[i], &unwrapped[3 * (size_t)i]);
  atoms.nlocal = nlocal;
  atoms.nall = nall;
  atoms.x = nall ? reinterpret_cast<const double(*)[3]>(atom->x[0]) : nullptr;
  atoms.unwrapped = reinterpret_cast<const double(*)[3]>(unwrapped.data());
  atoms.reciprocal = pair->pqeq_sum();
  atoms.species = species.data();
  atoms.given = given.data();
  atoms.id = ids.data();
  atoms.fragment = nullptr;
  if (fragments != ONE) {
    fragment.assign(nlocal + 1, 0);
    const tagint known = (tagint)fragment_of.size();
    for (int i = 0; i < nlocal; i++) {
      // molecules that appear in the course of a run are the core's error
      const tagint m = atom->molecule[i];
      if (!given[i] && species[i] >= 0) fragment[i] = m >= 0 && m < known ? fragment_of[m] : -1;
    }
    atoms.fragment = fragment.data();
    atoms.nfragment = (int)fragment_charge.size() - 1;
    atoms.fragment_charge = fragment_charge.data();
  }
  pair->pqeq_pairs(atoms);
}

/* Extrapolation of the last solutions, if they belong to the last steps of a run: Lagrange's
 * polynomial through 1 to 4 of them. From rest otherwise. */
void FixPQEq::guess()
{
  static const double weight[DEPTH][DEPTH] = {
      {1, 0, 0, 0}, {2, -1, 0, 0}, {3, -3, 1, 0}, {4, -6, 4, -1}};
  const bool next = update->whichflag == 1 && update->ntimestep == past_step + 1;
  const int use = npast == 0 ? 0 : next ? npast : 1;
  for (int i = 0; i < atom->nlocal; i++) {
    double v[WIDTH] = {0.0, 0.0, 0.0, 0.0};
    for (int n = 0; n < use; n++)
      for (int k = 0; k < WIDTH; k++) v[k] += weight[use - 1][n] * past[i][n * WIDTH + k];
    if (!given[i] && species[i] >= 0) atom->q[i] = v[0];
    for (int k = 0; k < 3; k++) shell[i][k] = v[1 + k];
  }
}

void FixPQEq::remember()
{
  // the first step of a run is the last one of the run before, once more
  const bool again = npast > 0 && update->ntimestep == past_step;
  if (!again && update->ntimestep != past_step + 1) npast = 0;
  for (int i = 0; i < atom->nlocal; i++) {
    if (!again) memmove(past[i] + WIDTH, past[i], (DEPTH - 1) * WIDTH * sizeof(double));
    past[i][0] = atom->q[i];
    for (int k = 0; k < 3; k++) past[i][1 + k] = shell[i][k];
  }
  if (!again) npast = std::min(npast + 1, (int)DEPTH);
  past_step = update->ntimestep;
}

void FixPQEq::warn_once()
{
  if (options.converge && result.clamped > 0 && !warned_clamp) {
    warned_clamp = true;
    if (comm->me == 0)
      error->warning(
          FLERR,
          "Fix pqeq: {} shells are at the bound umax = {} Angstrom: the model may have no "
          "stable solution for these atoms with this cutoff",
          result.clamped, umax);
  }
  if (warned_close) return;
  struct {
    double distance;
    int rank;
  } mine = {result.closest, comm->me}, least;
  MPI_Allreduce(&mine, &least, 1, MPI_DOUBLE_INT, MPI_MINLOC, world);
  if (!(least.distance < 0.3)) return;
  warned_close = true;
  tagint who[2] = {0, 0};
  if (comm->me == least.rank) closest_pair(who);
  MPI_Bcast(who, 2, MPI_LMP_TAGINT, least.rank, world);
  if (comm->me == 0)
    error->warning(FLERR,
                   "Fix pqeq: atoms {} and {} are {:.4g} Angstrom apart on step {}, expected more "
                   "than 0.3: overlapping atoms?",
                   who[0], who[1], least.distance, update->ntimestep);
}

/* IDs of the two atoms of this rank's pairs that are closest to each other */
void FixPQEq::closest_pair(tagint who[2])
{
  pqeq_atoms atoms;
  view(atoms);
  double least = HUGE_VAL;
  for (int k = 0; k < atoms.nrow; k++) {
    const int i = atoms.row_atom[k];
    for (int l = 0; l < atoms.row_count[i]; l++) {
      const int j = atoms.row_partner[i][l] & atoms.mask;
      if (species[i] < 0 || species[j] < 0) continue;
      double s = 0.0;
      for (int m = 0; m < 3; m++)
        s += (atoms.x[i][m] - atoms.x[j][m]) * (atoms.x[i][m] - atoms.x[j][m]);
      if (s >= least) continue;
      least = s;
      who[0] = atom->tag[i];
      who[1] = atom->tag[j];
    }
  }
}

void FixPQEq::pqeq_evaluate(pqeq_energies &energies, const pqeq_derivatives &out)
{
  pqeq_atoms atoms;
  view(atoms);
  const pqeq_comm talk = communication();
  const pqeq_problem problem = {pair->pqeq_model(), &atoms, &options, &talk};
  pqeq_forces(solver, &problem, atom->q, reinterpret_cast<double(*)[3]>(shell[0]), &energies, &out);
}

void FixPQEq::pqeq_total_dipole(double m[3])
{
  pqeq_atoms atoms;
  double mine[3];
  view(atoms);
  pqeq_dipole(pair->pqeq_model(), &atoms, atom->q, reinterpret_cast<double(*)[3]>(shell[0]), mine);
  MPI_Allreduce(mine, m, 3, MPI_DOUBLE, MPI_SUM, world);
}

void FixPQEq::pqeq_force_in_field(const double extra[3], double (*f)[3])
{
  polar_status st = {};
  pqeq_atoms atoms;
  pqeq_energies energies;
  pqeq_result unused;
  view(atoms);
  // a field on shells only has its own energy; what is added here acts on charges, too
  pqeq_options in_field = options;
  const bool mixed = !options.field_full && (options.field[0] != 0.0 || options.field[1] != 0.0 ||
                                             options.field[2] != 0.0);
  if (mixed)
    error->all(
        FLERR,
        "Fix pqeq: Born effective charges are not available while a field acts on shells only");
  if (fragments != ONE) check_extents(true);
  else if (!warned_born && comm->me == 0 &&
           (domain->xperiodic || domain->yperiodic || domain->zperiodic))
    error->warning(
        FLERR, "Fix pqeq: charge flows between all atoms of a periodic box: its dipole and Born "
               "effective charges depend on the image flags of the atoms. Use keyword fragment "
               "if there are molecules");
  warned_born = true;
  in_field.field_full = 1;
  for (int k = 0; k < 3; k++) in_field.field[k] += extra[k];
  const size_t rows = atoms.nall;
  other_charge.assign(atom->q, atom->q + rows);
  other_charge.resize(rows + 1);
  other_shell.assign(shell[0], shell[0] + 3 * rows);
  other_shell.resize(3 * rows + 3);
  auto *u = reinterpret_cast<double(*)[3]>(other_shell.data());
  std::fill_n(f[0], 3 * rows, 0.0);
  const pqeq_comm talk = communication();
  const pqeq_problem problem = {pair->pqeq_model(), &atoms, &in_field, &talk};
  pqeq_solve(solver, &problem, other_charge.data(), u, &unused, &st);
  Polar::raise(lmp, FLERR, st);
  const pqeq_derivatives forces = {f, nullptr, nullptr, nullptr};
  pqeq_forces(solver, &problem, other_charge.data(), u, &energies, &forces);
}

double FixPQEq::compute_scalar()
{
  return result.mu;
}

double FixPQEq::compute_vector(int n)
{
  switch (n) {
    case 0:
      return result.mu;
    case 1:
      return result.passes;
    case 2:
      return result.cg;
    case 3:
      return result.residual;
    case 4:
      return result.clamped;
    case 5:
      return result.uphill;
    case 7:
      return (double)unconverged;
    default:
      break;
  }
  double closest = -result.closest;
  maximum(this, &closest, 1);
  return -closest;
}

double FixPQEq::memory_usage()
{
  return (double)pqeq_solver_bytes(solver) +
         (double)atom->nmax * (3 + (past ? DEPTH * WIDTH : 0)) * sizeof(double) +
         (double)species.capacity() * sizeof(int) + (double)unwrapped.capacity() * sizeof(double);
}

// ------------------------------------------------------------------------------ arrays of atoms

void FixPQEq::grow_arrays(int nmax)
{
  memory->grow(shell, nmax + 1, 3, "pqeq:shell");
  array_atom = shell;
  if (options.converge) memory->grow(past, nmax + 1, DEPTH * WIDTH, "pqeq:past");
}

void FixPQEq::copy_arrays(int i, int j, int)
{
  memcpy(shell[j], shell[i], 3 * sizeof(double));
  if (past) memcpy(past[j], past[i], DEPTH * WIDTH * sizeof(double));
}

void FixPQEq::set_arrays(int i)
{
  memset(shell[i], 0, 3 * sizeof(double));
  if (past) memset(past[i], 0, DEPTH * WIDTH * sizeof(double));
}

int FixPQEq::pack_exchange(int i, double *buf)
{
  memcpy(buf, shell[i], 3 * sizeof(double));
  if (past) memcpy(buf + 3, past[i], DEPTH * WIDTH * sizeof(double));
  return 3 + (past ? DEPTH * WIDTH : 0);
}

int FixPQEq::unpack_exchange(int i, double *buf)
{
  memcpy(shell[i], buf, 3 * sizeof(double));
  if (past) memcpy(past[i], buf + 3, DEPTH * WIDTH * sizeof(double));
  return 3 + (past ? DEPTH * WIDTH : 0);
}

// --------------------------------------------------------------------------------- restart files

/* The last solutions are the guess from which the next is converged: where there is more than one
 * minimum, they decide which is found */
void FixPQEq::write_restart(FILE *fp)
{
  const double state[2] = {(double)npast, (double)past_step};
  if (comm->me != 0) return;
  const int size = sizeof state;
  fwrite(&size, sizeof size, 1, fp);
  fwrite(state, sizeof state, 1, fp);
}

void FixPQEq::restart(char *buf)
{
  double state[2];
  memcpy(state, buf, sizeof state);
  if (!past) return; // the restart file is of a run with scheme converge, this is scheme fixed
  npast = (int)state[0];
  past_step = (bigint)state[1];
}

int FixPQEq::pack_restart(int i, double *buf)
{
  buf[0] = 1 + DEPTH * WIDTH; // as pack_restart of others: size first
  memcpy(buf + 1, past[i], DEPTH * WIDTH * sizeof(double));
  return 1 + DEPTH * WIDTH;
}

void FixPQEq::unpack_restart(int nlocal, int nth)
{
  if (!past) return;
  double **extra = atom->extra;
  int m = 0;
  for (int k = 0; k < nth; k++) m += (int)extra[nlocal][m];
  memcpy(past[nlocal], extra[nlocal] + m + 1, DEPTH * WIDTH * sizeof(double));
}

int FixPQEq::size_restart(int)
{
  return 1 + DEPTH * WIDTH;
}

int FixPQEq::maxsize_restart()
{
  return 1 + DEPTH * WIDTH;
}

// --------------------------------------------------------------------------------- communication

pqeq_comm FixPQEq::communication()
{
  return {this, sum, maximum, forward, reverse};
}

void FixPQEq::sum(void *self, double *value, int n)
{
  MPI_Allreduce(MPI_IN_PLACE, value, n, MPI_DOUBLE, MPI_SUM, static_cast<FixPQEq *>(self)->world);
}

void FixPQEq::maximum(void *self, double *value, int n)
{
  MPI_Allreduce(MPI_IN_PLACE, value, n, MPI_DOUBLE, MPI_MAX, static_cast<FixPQEq *>(self)->world);
}

void FixPQEq::forward(void *self, double *value, int width)
{
  auto *fix = static_cast<FixPQEq *>(self);
  fix->traveller = value;
  fix->traveller_width = width;
  fix->comm->forward_comm(fix, width);
}

void FixPQEq::reverse(void *self, double *value, int width)
{
  auto *fix = static_cast<FixPQEq *>(self);
  fix->traveller = value;
  fix->traveller_width = width;
  fix->comm->reverse_comm(fix, width);
}

int FixPQEq::pack_forward_comm(int n, int *list, double *buf, int, int *)
{
  const int w = traveller_width;
  int m = 0;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < w; k++) buf[m++] = traveller[(size_t)w * list[i] + k];
  return m;
}

void FixPQEq::unpack_forward_comm(int n, int first, double *buf)
{
  memcpy(traveller + (size_t)traveller_width * first, buf,
         (size_t)traveller_width * n * sizeof(double));
}

int FixPQEq::pack_reverse_comm(int n, int first, double *buf)
{
  const int m = n * traveller_width;
  memcpy(buf, traveller + (size_t)traveller_width * first, m * sizeof(double));
  return m;
}

void FixPQEq::unpack_reverse_comm(int n, int *list, double *buf)
{
  const int w = traveller_width;
  int m = 0;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < w; k++) traveller[(size_t)w * list[i] + k] += buf[m++];
}
