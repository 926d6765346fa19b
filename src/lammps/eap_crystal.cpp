#include "eap_crystal.h"

#include "adapter.h"
#include "atom.h"
#include "base/elements.h"
#include "base/mat3.h"
#include "comm.h"
#include "domain.h"
#include "error.h"
#include "fix_eap_sites.h"
#include "update.h"

#include <algorithm>
#include <cmath>

using namespace LAMMPS_NS;

namespace {
// A structure read from outside must have every atom within this part of the shortest interatomic
// distance of its site (0.7 Angstrom in a perovskite); far beyond thermal and ferroelectric
// displacements, well below half the distance to the next site of the same element.
constexpr double MAPPING_LIMIT = 0.35;
// Strain at which a box is no longer taken for a supercell: N = 12 becomes ambiguous at 4 %, the
// number of atoms settles it. Explicit cells allow more.
constexpr double STRAIN_AUTO = 0.10, STRAIN_EXPLICIT = 0.30;
// LAMMPS' box flips change the deformation gradient by about 1, dynamics by < 0.01 between checks.
constexpr double FLIP = 0.2;
} // namespace

EAPCrystal::EAPCrystal(LAMMPS *lmp, const eap_system *system_, const Settings &settings_,
                       const std::vector<int> &element_of_,
                       std::vector<std::array<int, 3>> offsets_)
    : Pointers(lmp), n(system_->n), natoms(0), strain{}, system(system_), settings(settings_),
      element_of(element_of_), offsets(std::move(offsets_)), sites(nullptr),
      fix(nullptr), N{0, 0, 0}, have_F(false)
{
  polar_status st = {};
  eap_sites_create(system, &sites, &st);
  Polar::raise(lmp, FLERR, st);
}

EAPCrystal::~EAPCrystal()
{
  eap_sites_free(sites);
}

void EAPCrystal::init(FixEAPSites *fix_)
{
  fix = fix_;
  fix->forget(); // what a run that an error stopped has left
  have_F = false;
}

/* Box vectors in columns, seen in the model's frame once that is known */
void EAPCrystal::box_matrix(double h[3][3]) const
{
  const double box[3][3] = {{domain->h[0], domain->h[5], domain->h[4]},
                            {0.0, domain->h[1], domain->h[3]},
                            {0.0, 0.0, domain->h[2]}};
  mat3_copy(box, h);
}

void EAPCrystal::count_atoms()
{
  bigint mine = 0;
  for (int i = 0; i < atom->nlocal; i++)
    if (element_of[atom->type[i]]) mine++;
  MPI_Allreduce(&mine, &natoms, 1, MPI_LMP_BIGINT, MPI_SUM, world);
}

/* As many atoms of each element as there are sites for them? Collective. */
void EAPCrystal::check_inventory() const
{
  const bigint ncells = (bigint)N[0] * N[1] * N[2];
  std::string found;
  bool right = true;
  for (int k = 0; k < n; k++) {
    const int element = sites->element[k];
    const int per_cell = (int)std::count(sites->element, sites->element + n, element);
    if (std::find(sites->element, sites->element + k, element) != sites->element + k) continue;
    bigint mine = 0, all;
    for (int i = 0; i < atom->nlocal; i++)
      if (element_of[atom->type[i]] == element) mine++;
    MPI_Allreduce(&mine, &all, 1, MPI_LMP_BIGINT, MPI_SUM, world);
    if (all != per_cell * ncells) right = false;
    found += fmt::format("{}{} {} (expected {})", found.empty() ? "" : ", ", all,
                         polar_element_symbol(element), per_cell * ncells);
  }
  if (right) return;
  error->all(
      FLERR,
      "The box holds {} x {} x {} cells of {} sites = {} sites, but there are {} atoms of the "
      "potential's elements: {}. Every site needs its atom: add or remove atoms, or correct "
      "their types, the box or the keyword cells",
      N[0], N[1], N[2], n, n * ncells, natoms, found);
}

void EAPCrystal::choose_cells()
{
  double h[3][3];
  polar_status st = {};
  box_matrix(h);
  // a crystal that has been here stays what it is, however much it is strained by now
  const int before[3] = {N[0], N[1], N[2]};
  const bool known = natoms > 0 && (bigint)n * N[0] * N[1] * N[2] == natoms;
  if (!known || eap_sites_cells(sites, h, 0, before, STRAIN_EXPLICIT, N, frame, &st)) {
    st = {};
    const int *wanted = settings.cells[0] ? settings.cells : nullptr;
    eap_sites_cells(sites, h, natoms % n ? 0 : natoms / n, wanted,
                    wanted ? STRAIN_EXPLICIT : STRAIN_AUTO, N, frame, &st);
    Polar::raise(lmp, FLERR, st);
  }
  if (!std::equal(N, N + 3, before)) grid.reset();
  check_inventory();
  double h0[3][3];
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) h0[i][j] = system->cell[i][j] * N[j];
  mat3_inverse(h0, h0_inverse);
}

/* Assigns fix->site: the nearest site of the atom's element, the lattice being at `origin`.
 * Collective. */
EAPCrystal::Fit EAPCrystal::fit(const double x_to_v[3][3], const double origin[3])
{
  Fit f = {-1.0, -1.0, -1, {0.0, 0.0, 0.0}};
  double sum[3] = {0.0, 0.0, 0.0}, all[3], most = -1.0;
  for (int i = 0; i < atom->nlocal; i++) {
    const int element = element_of[atom->type[i]];
    if (!element) continue;
    double v[3], distance;
    int cell[3];
    cell_position(x_to_v, i, v);
    const int k = eap_sites_nearest(sites, element, v, origin, cell, &distance);
    fix->site[i] = eap_site_number(N, n, cell, k);
    for (int d = 0; d < 3; d++) sum[d] += v[d] - cell[d] - sites->frac[k][d];
    if (!(distance <= most)) {
      most = distance;
      f.atom = i;
    }
  }
  f.mine = most;
  MPI_Allreduce(&most, &f.worst, 1, MPI_DOUBLE, MPI_MAX, world);
  MPI_Allreduce(sum, all, 3, MPI_DOUBLE, MPI_SUM, world);
  for (int d = 0; d < 3; d++) f.centre[d] = all[d] / (double)natoms;
  return f;
}

/* Position of an atom in units of cells */
void EAPCrystal::cell_position(const double x_to_v[3][3], int i, double v[3]) const
{
  for (int d = 0; d < 3; d++) v[d] = atom->x[i][d] - domain->boxlo[d];
  mat3_vec(x_to_v, v, v);
}

/* Where a lattice of unknown place may begin: by the circular mean of a lone sublattice, or else
 * with one atom (of the lowest ID) on any of the sublattices of its element. Collective. */
std::vector<std::array<double, 3>> EAPCrystal::origins(const double x_to_v[3][3]) const
{
  std::vector<std::array<double, 3>> list;
  if (sites->marker >= 0) {
    double sum[6] = {0.0}, total[6], origin[3], v[3];
    for (int i = 0; i < atom->nlocal; i++) {
      if (element_of[atom->type[i]] != sites->element[sites->marker]) continue;
      cell_position(x_to_v, i, v);
      eap_sites_origin_add(sites, v, sum);
    }
    MPI_Allreduce(sum, total, 6, MPI_DOUBLE, MPI_SUM, world);
    eap_sites_origin(total, origin);
    list.push_back({origin[0], origin[1], origin[2]});
    return list;
  }
  tagint mine = MAXTAGINT, lowest;
  for (int i = 0; i < atom->nlocal; i++)
    if (element_of[atom->type[i]]) mine = std::min(mine, atom->tag[i]);
  MPI_Allreduce(&mine, &lowest, 1, MPI_LMP_TAGINT, MPI_MIN, world);
  double at[4] = {0.0, 0.0, 0.0, 0.0}, all[4];
  for (int i = 0; i < atom->nlocal; i++)
    if (atom->tag[i] == lowest) {
      cell_position(x_to_v, i, at);
      at[3] = element_of[atom->type[i]];
    }
  MPI_Allreduce(at, all, 4, MPI_DOUBLE, MPI_SUM, world);
  for (int k = 0; k < n; k++) {
    if (sites->element[k] != (int)all[3]) continue;
    std::array<double, 3> origin;
    for (int d = 0; d < 3; d++) {
      origin[d] = all[d] - sites->frac[k][d];
      origin[d] -= std::floor(origin[d] + 0.5);
    }
    list.push_back(origin);
  }
  return list;
}

void EAPCrystal::map_nearest(const double x_to_v[3][3])
{
  const double limit = MAPPING_LIMIT * sites->nearest;
  double start[3];
  // where the crystal was left, or at the corner of the box
  for (int d = 0; d < 3; d++) start[d] = fix->origin[d] + fix->drift[d];
  Fit first = fit(x_to_v, start);
  if (first.worst <= limit) return;

  Fit best = first;
  std::array<double, 3> found = {start[0], start[1], start[2]};
  for (auto &origin : origins(x_to_v))
    for (int pass = 0; pass < 2; pass++) {
      // the second time from the mean of all atoms, which thermal motion leaves alone
      const Fit next = fit(x_to_v, origin.data());
      if (next.worst < best.worst) {
        best = next;
        found = origin;
      }
      for (int d = 0; d < 3; d++) origin[d] = next.centre[d];
    }
  if (best.worst <= limit) {
    for (int d = 0; d < 3; d++) {
      fix->origin[d] = found[d];
      fix->drift[d] = 0.0;
    }
    fit(x_to_v, found.data());
    return;
  }
  // A crystal that has been here may be hot: all it needs is to be closer to its own sites than to
  // others, which the one-to-one assignment will tell.
  if (fix->placed) {
    fit(x_to_v, start);
    return;
  }
  polar_status st = {};
  if (best.atom >= 0 && !(best.mine <= limit)) {
    int near = 0, cell[3];
    double v[3], least = INFINITY, distance;
    cell_position(x_to_v, best.atom, v);
    for (int k = 0; k < n; k++) {
      eap_sites_nearest(sites, sites->element[k], v, found.data(), cell, &distance);
      if (!(distance < least)) continue;
      least = distance;
      near = sites->element[k];
    }
    const int type = atom->type[best.atom];
    polar_fail(
        &st, POLAR_SITE,
        "Atom %lld (type %d, %s) is %.3f Angstrom from the nearest lattice site of its element; "
        "at most %.3f are accepted when a structure is first mapped. The nearest site of all, "
        "%.3f Angstrom away, is one of %s. Is this the model's crystal in %d x %d x %d cells, "
        "without interstitials, with atom types in the order of the elements in pair_coeff? "
        "Start from a structure closer to the reference crystal",
        (long long)atom->tag[best.atom], type, polar_element_symbol(element_of[type]), best.mine,
        limit, least, polar_element_symbol(near), N[0], N[1], N[2]);
  }
  Polar::raise(lmp, FLERR, st);
}

/* IDs name the sites: id-1 = ((i1*N2 + i2)*N3 + i3)*n + k. The crystal may sit anywhere: its place
 * is the circular mean of all atoms about their sites. */
void EAPCrystal::map_by_id(const double x_to_v[3][3])
{
  polar_status st = {};
  const bigint nsites = (bigint)n * N[0] * N[1] * N[2];
  double sum[6] = {0.0}, total[6];
  std::vector<double> off(3 * (size_t)atom->nlocal);
  for (int i = 0; i < atom->nlocal; i++) {
    const int element = element_of[atom->type[i]];
    if (!element) continue;
    const bigint number = (bigint)atom->tag[i] - 1;
    if (number >= nsites) {
      polar_fail(&st, POLAR_SITE,
                 "map id: atom ID %lld has no site, the supercell has sites 1 to %lld; use "
                 "reset_atoms id or map nearest",
                 (long long)atom->tag[i], (long long)nsites);
      break;
    }
    int cell[3], k;
    eap_site_split(N, n, number, cell, &k);
    if (sites->element[k] != element) {
      polar_fail(&st, POLAR_SITE,
                 "map id: atom %lld is %s, but the site its ID names (sublattice %d of cell "
                 "(%d, %d, %d)) holds %s; the IDs must run as ((i1*N2+i2)*N3+i3)*%d + sublattice + "
                 "1, or use map nearest",
                 (long long)atom->tag[i], polar_element_symbol(element), k, cell[0], cell[1],
                 cell[2], polar_element_symbol(sites->element[k]), n);
      break;
    }
    fix->site[i] = number;
    double v[3];
    cell_position(x_to_v, i, v);
    for (int d = 0; d < 3; d++) {
      off[3 * i + d] = v[d] - cell[d] - sites->frac[k][d];
      sum[2 * d] += cos(off[3 * i + d] * 2.0 * M_PI / N[d]);
      sum[2 * d + 1] += sin(off[3 * i + d] * 2.0 * M_PI / N[d]);
    }
  }
  Polar::raise(lmp, FLERR, st);
  MPI_Allreduce(sum, total, 6, MPI_DOUBLE, MPI_SUM, world);
  for (int d = 0; d < 3; d++) {
    fix->origin[d] = 0.0;
    fix->drift[d] = N[d] * atan2(total[2 * d + 1], total[2 * d]) / (2.0 * M_PI);
  }
  const double limit = MAPPING_LIMIT * sites->nearest;
  for (int i = 0; i < atom->nlocal && !st.code; i++) {
    if (!element_of[atom->type[i]]) continue;
    double d2 = 0.0, w[3], r[3];
    for (int d = 0; d < 3; d++) {
      w[d] = off[3 * i + d] - fix->drift[d];
      w[d] -= N[d] * std::floor(w[d] / N[d] + 0.5);
    }
    mat3_vec(sites->cell, w, r);
    for (int d = 0; d < 3; d++) d2 += r[d] * r[d];
    if (!(sqrt(d2) <= limit))
      polar_fail(
          &st, POLAR_SITE,
          "map id: atom %lld is %.3f Angstrom from the site its ID names; at most %.3f are "
          "accepted when a structure is first mapped. Check the order of the IDs, or use map "
          "nearest",
          (long long)atom->tag[i], sqrt(d2), limit);
  }
  Polar::raise(lmp, FLERR, st);
}

void EAPCrystal::map_atoms()
{
  count_atoms();
  choose_cells();
  fix->remember();
  double h[3][3], x_to_v[3][3] = {};
  box_matrix(h);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) h[i][j] /= N[j];
  mat3_inverse(h, x_to_v);
  if (settings.by_id && !fix->placed) map_by_id(x_to_v);
  else map_nearest(x_to_v);
  fix->placed = true;
}

/* Has no atom a site? So it is where `rerun` with purge and add makes all atoms anew for each
 * snapshot. Collective. */
bool EAPCrystal::created_anew() const
{
  int mine = 1, all;
  for (int i = 0; i < atom->nlocal && mine; i++)
    if (element_of[atom->type[i]] && fix->site[i] >= 0) mine = 0;
  MPI_Allreduce(&mine, &all, 1, MPI_INT, MPI_MIN, world);
  return all == 1;
}

void EAPCrystal::locate()
{
  if (!fix->stored || created_anew()) map_atoms();
  if (!grid || !grid->up_to_date()) {
    grid = std::make_shared<SiteGrid>(lmp, N, n, offsets);
    u.assign((size_t)grid->lattice().nall * n * 3, 0.0);
  }
  const int nlocal = atom->nlocal;
  sublattice.assign(nlocal, -1);
  reference.resize(3 * (size_t)nlocal);
  atom_u.resize(3 * (size_t)nlocal);

  double h[3][3], x_to_v[3][3] = {}, sum[7] = {0.0}, total[7], moved[3] = {0.0, 0.0, 0.0}, all[3];
  polar_status st = {};
  box_matrix(h);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) h[i][j] /= N[j];
  mat3_inverse(h, x_to_v);
  for (int i = 0; i < nlocal; i++) {
    if (!element_of[atom->type[i]]) continue;
    if (fix->site[i] < 0) {
      polar_fail(
          &st, POLAR_SITE,
          "Atom %lld was created during a run and has no lattice site: the atoms of a "
          "pair_style eap crystal must stay the same, without commands such as fix deposit or "
          "fix gcmc",
          (long long)atom->tag[i]);
      break;
    }
    int cell[3];
    double v[3];
    eap_site_split(N, n, fix->site[i], cell, &sublattice[i]);
    const int element = element_of[atom->type[i]];
    if (element != sites->element[sublattice[i]]) {
      polar_fail(
          &st, POLAR_SITE,
          "Atom %lld became type %d (%s) during a run, but its lattice site is one of %s: the "
          "types of a pair_style eap crystal must stay the same, without commands such as fix "
          "atom/swap",
          (long long)atom->tag[i], atom->type[i], polar_element_symbol(element),
          polar_element_symbol(sites->element[sublattice[i]]));
      break;
    }
    cell_position(x_to_v, i, v);
    for (int d = 0; d < 3; d++) {
      reference[3 * i + d] = cell[d] + sites->frac[sublattice[i]][d] + fix->origin[d];
      const double phase = 2.0 * M_PI / N[d] * (v[d] - reference[3 * i + d]);
      sum[2 * d] += cos(phase);
      sum[2 * d + 1] += sin(phase);
    }
    sum[6] += 1.0;
  }
  Polar::raise(lmp, FLERR, st);
  MPI_Allreduce(sum, total, 7, MPI_DOUBLE, MPI_SUM, world);
  if ((bigint)total[6] != natoms)
    error->all(
        FLERR,
        "{} atoms of the crystal are left of {} at step {}: atoms were lost or deleted during "
        "the run. Use a shorter time step, and no commands that delete atoms",
        (bigint)total[6], natoms, update->ntimestep);

  // The circular mean of all displacements knows no boundary; the branch nearest to where the
  // crystal was keeps the drift, and with it displacements and dipole moment, continuous.
  double near[3];
  for (int d = 0; d < 3; d++) {
    near[d] = N[d] * atan2(total[2 * d + 1], total[2 * d]) / (2.0 * M_PI);
    near[d] += N[d] * std::floor((fix->drift[d] - near[d]) / N[d] + 0.5);
  }
  for (int i = 0; i < nlocal; i++) {
    if (sublattice[i] < 0) continue;
    double v[3];
    cell_position(x_to_v, i, v);
    for (int d = 0; d < 3; d++) {
      const double off = v[d] - reference[3 * i + d];
      const double image = N[d] * std::floor((off - near[d]) / N[d] + 0.5);
      reference[3 * i + d] += image;
      moved[d] += off - image;
    }
  }
  MPI_Allreduce(moved, all, 3, MPI_DOUBLE, MPI_SUM, world);
  for (int d = 0; d < 3; d++) fix->drift[d] = all[d] / (double)natoms;
  grid->assign(fix->site, atom->tag, nlocal);
}

void EAPCrystal::check_flip()
{
  double worst = 0.0;
  for (int i = 0; i < 3 && have_F; i++)
    for (int j = 0; j < 3; j++) worst = std::max(worst, fabs(strain.F[i][j] - last_F[i][j]));
  if (!(worst < FLIP))
    error->all(FLERR,
               "The box changed its shape by a strain of {:.3} at once at step {}: a box flip "
               "relabels the lattice. Use flip no with fix nvt/npt/nph or fix deform, and do not "
               "change the box by hand during a run",
               worst, update->ntimestep);
  mat3_copy(strain.F, last_F);
  have_F = true;
}

/* A uniform shift costs nothing, so displacements are judged against their mean. sum: of this
 * rank's displacements; largest2: the largest square among them, NaN if one is. Collective. */
void EAPCrystal::check_displacements(const double sum[3], double largest2) const
{
  double mean[3], own[3] = {sum[0], sum[1], sum[2]}; // MPI_STUBS takes no pointer to const
  MPI_Allreduce(own, mean, 3, MPI_DOUBLE, MPI_SUM, world);
  for (int j = 0; j < 3; j++) mean[j] /= (double)natoms;
  const double shift = sqrt(mean[0] * mean[0] + mean[1] * mean[1] + mean[2] * mean[2]);
  if (sqrt(largest2) + shift <= settings.umax) return;
  const bool finite = std::isfinite(mean[0] + mean[1] + mean[2]);
  const double limit2 = settings.umax * settings.umax;
  for (size_t i = 0; i < sublattice.size(); i++) {
    if (sublattice[i] < 0) continue;
    const double *a = &atom_u[3 * i];
    if (!std::isfinite(a[0] + a[1] + a[2]))
      error->one(
          FLERR,
          "Atom {} (type {}) has a position that is not a finite number at step {}: a velocity "
          "or force set by another command may be the cause, or a time step that is too long",
          atom->tag[i], atom->type[i], update->ntimestep);
    if (!finite) continue; // an atom of another rank is the culprit
    double u2 = 0.0;
    for (int j = 0; j < 3; j++) u2 += (a[j] - mean[j]) * (a[j] - mean[j]);
    if (!(u2 <= limit2))
      error->one(
          FLERR,
          "Atom {} (type {}) is displaced by {:.4} Angstrom from its lattice site at step {}, "
          "umax is {}: the potential has left its range of validity. Lower the temperature, the "
          "field or the time step, take a model that is bounded, or raise the keyword umax if "
          "the model is valid that far",
          atom->tag[i], atom->type[i], sqrt(u2), update->ntimestep, settings.umax);
  }
}

void EAPCrystal::displace()
{
  double h[3][3], hm[3][3], cell[3][3], to_crystal[3][3];
  polar_status st = {};
  box_matrix(h);
  mat3_t_mul(frame, h, hm);
  eap_strain_set(&strain, settings.rotate, hm, h0_inverse, &st);
  if (st.code) error->all(FLERR, std::string(st.text)); // the box is the same on all ranks
  check_flip();
  mat3_mul(frame, strain.R, to_lab);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      cell[i][j] = h[i][j] / N[j];
      to_crystal[i][j] = to_lab[j][i];
    }

  const double *const lo = domain->boxlo;
  double **x = atom->x;
  const int nlocal = (int)sublattice.size();
  double sum[3] = {0.0, 0.0, 0.0}, largest2 = 0.0;
  for (int i = 0; i < nlocal; i++) {
    if (sublattice[i] < 0) continue;
    double d[3], u2 = 0.0;
    mat3_vec(cell, &reference[3 * i], d);
    for (int j = 0; j < 3; j++) d[j] = x[i][j] - lo[j] - d[j];
    mat3_vec(to_crystal, d, d);
    for (int j = 0; j < 3; j++) {
      atom_u[3 * i + j] = d[j];
      sum[j] += d[j];
      u2 += d[j] * d[j];
    }
    if (!(u2 <= largest2)) largest2 = u2;
  }
  check_displacements(sum, largest2);
  grid->to_sites(atom_u.data(), u.data(), 3);
  grid->fill_ghosts(u.data(), 3 * n);
}

/* Force constants used as stored are not quite symmetric, and the forces do not quite sum to zero;
 * MULTIBINIT then takes off the residual in proportion to the masses. */
void EAPCrystal::remove_residual(std::vector<double> &gradient) const
{
  double sum[3] = {0.0, 0.0, 0.0}, all[3], mass = 0.0;
  for (size_t i = 0; i < sublattice.size(); i++)
    for (int j = 0; j < 3 && sublattice[i] >= 0; j++) sum[j] += gradient[3 * i + j];
  MPI_Allreduce(sum, all, 3, MPI_DOUBLE, MPI_SUM, world);
  for (int k = 0; k < n; k++) mass += system->mass[k];
  mass *= (double)(natoms / n);
  for (size_t i = 0; i < sublattice.size(); i++)
    for (int j = 0; j < 3 && sublattice[i] >= 0; j++)
      gradient[3 * i + j] -= system->mass[sublattice[i]] / mass * all[j];
}

void EAPCrystal::add_forces(const double *gradient, double unit)
{
  double **f = atom->f;
  auto add = [&](int i, const double *g) {
    double lab[3];
    mat3_vec(to_lab, g, lab);
    for (int j = 0; j < 3; j++) f[i][j] -= unit * lab[j];
  };
  if (!settings.balance) {
    grid->deliver(gradient, 3, add);
    return;
  }
  work.assign(3 * sublattice.size(), 0.0);
  grid->to_atoms(gradient, work.data(), 3);
  remove_residual(work);
  for (size_t i = 0; i < sublattice.size(); i++)
    if (sublattice[i] >= 0) add((int)i, &work[3 * i]);
}

void EAPCrystal::tensor_to_lab(const double crystal[3][3], double lab[3][3]) const
{
  mat3_mul(to_lab, crystal, lab);
  mat3_mul_t(lab, to_lab, lab);
}

void EAPCrystal::vector_to_lab(const double crystal[3], double lab[3]) const
{
  mat3_vec(to_lab, crystal, lab);
}

void EAPCrystal::vector_from_lab(const double lab[3], double crystal[3]) const
{
  mat3_t_vec(to_lab, lab, crystal);
}

void EAPCrystal::model_to_lab(const double w[3][3], double lab[3][3]) const
{
  mat3_mul(frame, w, lab);
  mat3_mul_t(lab, frame, lab);
}

void EAPCrystal::mean_displacement(double mean[3]) const
{
  double sum[3] = {0.0, 0.0, 0.0};
  for (size_t i = 0; i < sublattice.size(); i++)
    for (int j = 0; j < 3 && sublattice[i] >= 0; j++) sum[j] += atom_u[3 * i + j];
  MPI_Allreduce(sum, mean, 3, MPI_DOUBLE, MPI_SUM, world);
  for (int j = 0; j < 3; j++) mean[j] /= (double)natoms;
}

void EAPCrystal::reference_position(const int cell[3], int k, double x[3]) const
{
  double v[3], h[3][3];
  box_matrix(h);
  for (int d = 0; d < 3; d++) {
    const double s = (cell[d] + sites->frac[k][d] + fix->origin[d] + fix->drift[d]) / N[d];
    v[d] = s - std::floor(s);
  }
  mat3_vec(h, v, x);
  for (int d = 0; d < 3; d++) x[d] += domain->boxlo[d];
}

double EAPCrystal::memory_usage() const
{
  return (double)sizeof(double) *
             (u.capacity() + atom_u.capacity() + reference.capacity() + work.capacity()) +
         (double)sizeof(int) * sublattice.capacity() + (grid ? grid->memory_usage() : 0.0);
}
