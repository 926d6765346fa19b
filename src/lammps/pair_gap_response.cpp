// The electric response of pair_style gap: the dipole model

#include "pair_gap.h"

#include "adapter.h"
#include "atom.h"
#include "base/elements.h"
#include "comm.h"
#include "error.h"
#include "gap/gap_dipole_read.h"
#include "neigh_list.h"
#include "platform.h"
#include "single_thread_blas.h"

#include <algorithm>

using namespace LAMMPS_NS;

void PairGAP::free_dipole()
{
  gap_dipole_work_free(dipole_work);
  gap_dipole_free(dipole);
  dipole_work = nullptr;
  dipole = nullptr;
  computed_local = -1;
}

/* On every rank; the file is read by one. Collective. */
void PairGAP::read_dipole()
{
  free_dipole();
  if (dipole_name.empty()) return;
  const double start = platform::walltime();
  polar_status st = {};
  const std::string path = Polar::potential_path(dipole_name);
  const std::string text = Polar::read_file(lmp, path);
  gap_dipole_parse(path.c_str(), text.data(), text.size(), &dipole, &st);
  if (!st.code) gap_dipole_work_create(dipole, &dipole_work, &st);
  Polar::raise(lmp, FLERR, st);

  std::string have;
  for (int z = 1; z <= POLAR_MAX_Z; z++)
    if (dipole->known[z]) have += std::string(" ") + polar_element_symbol(z);
  for (int t = 1; t <= atom->ntypes; t++)
    if (element[t] && !dipole->known[element[t]])
      error->all(FLERR,
                 "pair_style gap: pair_coeff maps atom type {} to {}, but the dipole model {} is "
                 "one of{}: use a dipole model of all elements of the run",
                 t, polar_element_symbol(element[t]), dipole_name, have);
  if (comm->me != 0) return;
  if (dipole->warning[0])
    error->warning(FLERR, "pair_style gap: {}: {}", dipole_name, dipole->warning);
  int nsparse = 0;
  for (int k = 0; k < dipole->ncentre; k++) nsparse += dipole->centre[k].nsparse;
  utils::logmesg(lmp,
                 "pair_style gap: dipole model {} of{}, {}, {} products of coefficients, cutoff {} "
                 "Angstrom, {:.1f} MB ({:.3f} s)\n",
                 dipole_name, have,
                 dipole->zeta == 1
                     ? "linear"
                     : fmt::format("zeta {} with {} sparse points", dipole->zeta, nsparse),
                 dipole->nvector, dipole->density.cutoff, gap_dipole_bytes(dipole) / 1e6,
                 platform::walltime() - start);
}

std::string PairGAP::polar_missing() const
{
  return dipole_name.empty() ? "has no dipole model: add 'dipole FILE' to its pair_style command"
                             : "";
}

/* The lists and ghost atoms are those of the last force computation. */
void PairGAP::require_forces(const char *what)
{
  if (computed_local == atom->nlocal && computed_ghost == atom->nghost) return;
  error->one(FLERR,
             "pair_style gap: {} asked for before forces were computed for the present atoms: run "
             "0 first",
             what);
}

/* Adds to the owners what ghost atoms have collected in response_sum. Collective. */
void PairGAP::return_ghosts(Returning what)
{
  returning = what;
  comm->reverse_comm(this);
  returning = PAIR;
}

void PairGAP::polar_dipole(double m[3])
{
  require_forces("a dipole moment was");
  if (!moment_known) {
    double mine[3] = {0.0, 0.0, 0.0};
    if (list->inum > 0) {
      const polar_neighbors view = neighbors();
      polar_status st = {};
      SingleThreadedBLAS single;
      if (gap_dipole_evaluate(dipole, dipole_work, &view, mine, 0, nullptr, nullptr, &st))
        error->one(FLERR, "pair_style gap: {}", st.text);
    }
    MPI_Allreduce(mine, moment, 3, MPI_DOUBLE, MPI_SUM, world);
    moment_known = true;
  }
  std::copy(moment, moment + 3, m);
}

void PairGAP::polar_born(double (*out)[9])
{
  require_forces("Born effective charges were");
  const size_t nlocal = atom->nlocal;
  if (!born_known) {
    response_sum.assign(BORN * ((size_t)atom->nlocal + atom->nghost), 0.0);
    if (list->inum > 0) {
      const polar_neighbors view = neighbors();
      polar_status st = {};
      SingleThreadedBLAS single;
      if (gap_dipole_born(dipole, dipole_work, &view,
                          reinterpret_cast<double(*)[9]>(response_sum.data()), &st))
        error->one(FLERR, "pair_style gap: {}", st.text);
    }
    return_ghosts(BORN);
    born.assign(response_sum.begin(), response_sum.begin() + (long)(BORN * nlocal));
    born_known = true;
  }
  std::copy(born.begin(), born.end(), &out[0][0]);
}

double PairGAP::polar_field(const double e[3], double (*f)[3], double *virial6)
{
  require_forces("the force of a field was");
  gap_result sum = {};
  double mine[3] = {0.0, 0.0, 0.0};
  const double field[1][3] = {{e[0], e[1], e[2]}};
  response_sum.assign(FORCE * ((size_t)atom->nlocal + atom->nghost), 0.0);
  if (list->inum > 0) {
    const polar_neighbors view = neighbors();
    polar_status st = {};
    SingleThreadedBLAS single;
    sum.force = reinterpret_cast<double(*)[3]>(response_sum.data());
    if (gap_dipole_evaluate(dipole, dipole_work, &view, mine, 1, field, &sum, &st))
      error->one(FLERR, "pair_style gap: {}", st.text);
  }
  return_ghosts(FORCE);
  for (int i = 0; i < atom->nlocal; i++)
    for (int b = 0; b < 3; b++) f[i][b] += response_sum[FORCE * (size_t)i + b];
  if (virial6) {
    // f_a r_b for a <= b; sum.virial holds r_a f_b
    static constexpr int part[6] = {0, 4, 8, 3, 6, 7};
    for (int k = 0; k < 6; k++) virial6[k] += sum.virial[part[k]];
  }
  MPI_Allreduce(mine, moment, 3, MPI_DOUBLE, MPI_SUM, world);
  moment_known = true;
  return -(e[0] * moment[0] + e[1] * moment[1] + e[2] * moment[2]);
}
