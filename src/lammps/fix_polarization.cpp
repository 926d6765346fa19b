#include "fix_polarization.h"

#include "atom.h"
#include "comm.h"
#include "domain.h"
#include "error.h"
#include "force.h"
#include "update.h"

#include "adapter.h"
#include "gather.h"

#include "response/born_fn.h"
#include "response/polarization.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

using namespace LAMMPS_NS;
using namespace FixConst;

FixPolarization::FixPolarization(LAMMPS *lmp, int narg, char **arg)
    : Fix(lmp, narg, arg), response(nullptr), unit_name("e/A2"), unit(1.0), append(0), fp(nullptr),
      fp_cells(nullptr), recorded(-1), have_dipole(false), have_born(false), have_value(false),
      dipole_of(0), born_of(0)
{
  if (narg < 4) utils::missing_cmd_args(FLERR, "fix polarization", error);
  if (igroup != 0)
    error->all(FLERR,
               "Fix polarization acts on the group all only, not on {}: P is the dipole of the "
               "whole crystal divided by the volume of the box",
               arg[1]);
  Polar::energy_unit(lmp, "Fix polarization");
  nevery = utils::inumeric(FLERR, arg[3], false, lmp);
  if (nevery <= 0) error->all(FLERR, "Fix polarization N is {}; expected at least 1", arg[3]);

  std::string word = "pair";
  for (int iarg = 4; iarg < narg; iarg += 2) {
    const std::string keyword = arg[iarg];
    if (keyword != "born" && keyword != "units" && keyword != "file" && keyword != "cells" &&
        keyword != "append")
      error->all(
          FLERR,
          "Unknown fix polarization keyword: {}; expected born, units, file, cells or append",
          keyword);
    if (iarg + 2 > narg) utils::missing_cmd_args(FLERR, "fix polarization " + keyword, error);
    const std::string next = arg[iarg + 1];
    if (keyword == "born") word = next;
    else if (keyword == "file") file = next;
    else if (keyword == "cells") cells = next;
    else if (keyword == "append") append = utils::logical(FLERR, next, false, lmp);
    else {
      unit_name = next;
      unit = polarization_unit(next.c_str());
      if (unit == 0.0)
        error->all(FLERR, "Fix polarization units {} are unknown; expected e/A2, uC/cm2 or C/m2",
                   next);
    }
  }
  if (!file.empty() && file == cells)
    error->all(FLERR, "Fix polarization writes file and cells to one and the same file {}", file);
  check_box();
  source.reset(new ResponseSource(lmp, "Fix polarization", word));

  vector_flag = 1;
  size_vector = 9;
  extvector = -1;
  for (int k = 0; k < 9; k++) extensive[k] = (k >= 3);
  extlist = extensive;
  global_freq = 1;
  dynamic_group_allow = 0;
  for (double &v : value) v = 0.0;
  for (double &v : m) v = 0.0;

  const std::string time = utils::strmatch(update->unit_style, "^real") ? "fs" : "ps";
  if (!file.empty())
    fp = open(file, fmt::format("# fix polarization: time {0}, P {1}, M e*Angstrom, J = dM/dt "
                                "e*Angstrom/{0}\n# step time Px Py Pz Mx My Mz Jx Jy Jz\n",
                                time, unit_name)
                        .c_str());
  if (!cells.empty() && cells.find('*') == std::string::npos) fp_cells = open(cells, "");
}

FixPolarization::~FixPolarization()
{
  if (fp) fclose(fp);
  if (fp_cells) fclose(fp_cells);
}

/* Open an output file on rank 0 and write its header; raises an error on all ranks if it cannot be
 * opened, or if an old file that is to be continued has another header. Collective. */
FILE *FixPolarization::open(const std::string &path, const char *header)
{
  FILE *out = nullptr;
  int failed = 0;
  char reason[256] = "";
  if (comm->me == 0) {
    bool begun = false;
    FILE *old = append ? fopen(path.c_str(), "r") : nullptr;
    if (old) {
      char line[256] = "";
      begun = (fgets(line, sizeof(line), old) != nullptr);
      fclose(old);
      const std::string first = std::string(header).substr(0, std::string(header).find('\n') + 1);
      if (begun && first != line && *header) {
        failed = 1;
        snprintf(reason, sizeof(reason),
                 "its first line is not that of this fix with these units; use 'append no' or "
                 "another name");
      }
    }
    if (!failed) {
      out = fopen(path.c_str(), append ? "a" : "w");
      if (!out) {
        failed = 1;
        snprintf(reason, sizeof(reason), "%s", strerror(errno));
      } else if (!begun) {
        fputs(header, out);
        fflush(out);
      }
    }
  }
  MPI_Bcast(&failed, 1, MPI_INT, 0, world);
  if (failed) {
    MPI_Bcast(reason, sizeof(reason), MPI_CHAR, 0, world);
    error->all(FLERR, "Fix polarization cannot write to file {}: {}", path, reason);
  }
  return out;
}

int FixPolarization::setmask()
{
  return END_OF_STEP | PRE_FORCE | PRE_FORCE_RESPA | MIN_PRE_FORCE | POST_RUN;
}

void FixPolarization::check_box()
{
  if (domain->dimension != 3 || !domain->xperiodic || !domain->yperiodic || !domain->zperiodic)
    error->all(FLERR,
               "Fix polarization needs a 3d box that is periodic in x, y and z: P = M/V is a "
               "property of an infinite crystal");
}

void FixPolarization::init()
{
  check_box();
  response = source->find();
  forget();
}

/* Positions change, or have changed: what was collected no longer holds. */
void FixPolarization::forget()
{
  have_dipole = have_born = false;
}

void FixPolarization::setup_pre_force(int)
{
  forget();
}

void FixPolarization::pre_force(int)
{
  forget();
}

void FixPolarization::pre_force_respa(int, int, int)
{
  forget();
}

void FixPolarization::min_pre_force(int)
{
  forget();
}

void FixPolarization::setup(int)
{
  if (update->ntimestep % nevery == 0) record();
}

void FixPolarization::min_setup(int)
{
  forget();
}

void FixPolarization::end_of_step()
{
  record();
}

/* Values asked for between runs are those of the last step: the atoms may be moved or deleted, or
 * the pair style replaced, before they are. */
void FixPolarization::post_run()
{
  if (source->forces() == 0) return; // a rerun without a snapshot
  update_dipole();
  update_current();
}

/* There is nothing to give out */
void FixPolarization::need_value() const
{
  if (have_value) return;
  error->all(FLERR,
             "Fix polarization {} has no value yet, because no forces were computed since it "
             "was defined; use 'run 0' first",
             id);
}

/* Where a fix or variable asks before the forces of a step are there, the values of the last step
 * are given: the pair style knows no other. */
void FixPolarization::update_dipole()
{
  const bigint now = source->forces();
  if (now == 0) return need_value();
  if (!have_dipole || now != dipole_of) response->polar_dipole(m);
  have_dipole = true;
  dipole_of = now;
  const double volume = domain->xprd * domain->yprd * domain->zprd;
  for (int k = 0; k < 3; k++) {
    value[k] = unit * m[k] / volume;
    value[3 + k] = m[k];
  }
  have_value = true;
}

void FixPolarization::update_current()
{
  const bigint now = source->forces();
  if (now == 0) return need_value();
  const int nlocal = atom->nlocal;
  if (!have_born || now != born_of) {
    born.assign(9 * ((size_t)nlocal + 1), 0.0);
    response->polar_born(reinterpret_cast<double(*)[9]>(born.data()));
  }
  have_born = true;
  born_of = now;
  double local[3] = {0.0, 0.0, 0.0};
  for (int i = 0; i < nlocal; i++) born_add_dipole(&born[9 * (size_t)i], atom->v[i], local);
  MPI_Allreduce(local, value + 6, 3, MPI_DOUBLE, MPI_SUM, world);
}

double FixPolarization::compute_vector(int n)
{
  if (update->whichflag > 0 && response) {
    if (n < 6) update_dipole();
    else update_current();
  } else need_value();
  return value[n];
}

void FixPolarization::record()
{
  if (recorded == update->ntimestep) return;
  recorded = update->ntimestep;
  if (!file.empty()) write_line();
  // a dipole that is integrated along the trajectory needs looks at it, whoever reads it later
  else if (!response->polar_field_energy_exact()) update_dipole();
  if (!cells.empty()) write_cells();
}

void FixPolarization::write_line()
{
  update_dipole();
  update_current();
  if (comm->me != 0) return;
  const double time = update->atime + (update->ntimestep - update->atimestep) * update->dt;
  fprintf(fp, BIGINT_FORMAT " %.15g", update->ntimestep, time);
  for (const double v : value) fprintf(fp, " %.15g", v);
  fputc('\n', fp);
  if (fflush(fp) || ferror(fp))
    error->one(FLERR, "Fix polarization cannot write to file {}: {}", file, strerror(errno));
}

/* One snapshot in LAMMPS' text dump format: the cells as atoms, their dipoles as mu. */
void FixPolarization::write_cells()
{
  std::vector<PolarResponse::CellDipole> mine;
  int known = response->polar_cells(mine) ? 1 : 0;
  MPI_Allreduce(MPI_IN_PLACE, &known, 1, MPI_INT, MPI_MIN, world);
  if (!known)
    error->all(FLERR,
               "Fix polarization cells {}: this source of the electric response knows no unit "
               "cells; use a pair style that does (such as eap), or drop keyword cells",
               cells);

  std::vector<PolarResponse::CellDipole> all = Polar::gather(mine, world);
  if (comm->me != 0) return;

  std::sort(all.begin(), all.end(),
            [](const PolarResponse::CellDipole &a, const PolarResponse::CellDipole &b) {
              return a.id < b.id;
            });
  for (size_t i = 1; i < all.size(); i++)
    if (all[i].id == all[i - 1].id)
      error->one(FLERR, "Fix polarization cells {}: unit cell {} was reported twice", cells,
                 all[i].id);

  std::string path = cells;
  const auto star = path.find('*');
  FILE *out = fp_cells;
  if (star != std::string::npos) {
    path.replace(star, 1, std::to_string(update->ntimestep));
    out = fopen(path.c_str(), "w");
    if (!out)
      error->one(FLERR, "Fix polarization cannot write to file {}: {}", path, strerror(errno));
  }

  char boundary[9];
  domain->boundary_string(boundary);
  fprintf(out, "ITEM: TIMESTEP\n" BIGINT_FORMAT "\nITEM: NUMBER OF ATOMS\n%zu\n", update->ntimestep,
          all.size());
  const double *lo = domain->triclinic ? domain->boxlo_bound : domain->boxlo;
  const double *hi = domain->triclinic ? domain->boxhi_bound : domain->boxhi;
  const double tilt[3] = {domain->xy, domain->xz, domain->yz};
  fprintf(out, "ITEM: BOX BOUNDS %s%s\n", domain->triclinic ? "xy xz yz " : "", boundary);
  for (int k = 0; k < 3; k++)
    if (domain->triclinic) fprintf(out, "%.15g %.15g %.15g\n", lo[k], hi[k], tilt[k]);
    else fprintf(out, "%.15g %.15g\n", lo[k], hi[k]);
  fputs("ITEM: ATOMS id type x y z mux muy muz\n", out);
  for (auto &cell : all) {
    domain->remap(cell.centre);
    fprintf(out, "%lld 1 %.15g %.15g %.15g %.15g %.15g %.15g\n", cell.id, cell.centre[0],
            cell.centre[1], cell.centre[2], cell.dipole[0], cell.dipole[1], cell.dipole[2]);
  }
  const bool bad = fflush(out) || ferror(out);
  const std::string reason = strerror(errno);
  if (out != fp_cells) fclose(out);
  if (bad) error->one(FLERR, "Fix polarization cannot write to file {}: {}", path, reason);
}

double FixPolarization::memory_usage()
{
  return born.capacity() * sizeof(double) + source->memory_usage();
}
