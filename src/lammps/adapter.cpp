#include "adapter.h"

#include "comm.h"
#include "error.h"
#include "force.h"
#include "lammps.h"
#include "pair_hybrid.h"
#include "platform.h"
#include "update.h"
#include "utils.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mpi.h>

using namespace LAMMPS_NS;

namespace {
const char *folder(const char *variable)
{
  const char *name = getenv(variable);
  return name ? name : "not set";
}

// reason: an errno; model: the file that names this one, if any
polar_code cannot_read(const std::string &path, int reason, const std::string &model,
                       polar_status &status)
{
  if (!model.empty())
    return polar_fail(&status, POLAR_FILE,
                      "Cannot read file %s: %s. The model %s names it, and is in the same folder",
                      path.c_str(), strerror(reason), model.c_str());
  std::error_code unknown;
  const std::string here = std::filesystem::current_path(unknown).string();
  return polar_fail(&status, POLAR_FILE,
                    "Cannot read file %s: %s. It is searched in the working folder (%s) and in "
                    "those named by the environment variables POLAR_POTENTIALS (%s) and "
                    "LAMMPS_POTENTIALS (%s)",
                    path.c_str(), strerror(reason), here.c_str(), folder("POLAR_POTENTIALS"),
                    folder("LAMMPS_POTENTIALS"));
}

// the sub-styles of a hybrid are protected members: reach them as a derived class may
struct HybridStyles : public PairHybrid {
  static int count(PairHybrid *hybrid) { return hybrid->*(&HybridStyles::nstyles); }
  static Pair *style(PairHybrid *hybrid, int i) { return (hybrid->*(&HybridStyles::styles))[i]; }
  static const char *name(PairHybrid *hybrid, int i)
  {
    return (hybrid->*(&HybridStyles::keywords))[i];
  }
};
} // namespace

void Polar::raise(LAMMPS *lmp, const std::string &file, int line, const polar_status &status)
{
  int me, nprocs;
  MPI_Comm_rank(lmp->world, &me);
  MPI_Comm_size(lmp->world, &nprocs);
  int mine = status.code == POLAR_OK ? nprocs : me, first;
  MPI_Allreduce(&mine, &first, 1, MPI_INT, MPI_MIN, lmp->world);
  if (first == nprocs) return;
  char text[sizeof status.text];
  memcpy(text, status.text, sizeof text);
  MPI_Bcast(text, sizeof text, MPI_CHAR, first, lmp->world);
  text[sizeof text - 1] = '\0';
  lmp->error->all(file, line, std::string(text));
}

double Polar::energy_unit(LAMMPS *lmp, const std::string &style)
{
  const std::string units = lmp->update->unit_style;
  if (units == "metal") return 1.0;
  if (units == "real") return utils::get_conversion_factor(utils::ENERGY, utils::METAL2REAL);
  lmp->error->all(FLERR,
                  "{} works with units metal or real, but the input script has units {}: set units "
                  "metal",
                  style, units);
  return 0.0;
}

std::string Polar::potential_path(const std::string &name)
{
  if (platform::file_is_readable(name)) return name;
  if (const char *folder = getenv("POLAR_POTENTIALS")) {
    const std::string path = platform::path_join(folder, name);
    if (platform::file_is_readable(path)) return path;
  }
  const std::string path = utils::get_potential_file_path(name);
  return path.empty() ? name : path;
}

polar_code Polar::check_file(const std::string &path, polar_status &status)
{
  FILE *fp = fopen(path.c_str(), "rb");
  if (!fp) return cannot_read(path, errno, "", status);
  fclose(fp);
  return POLAR_OK;
}

std::string Polar::read_file(LAMMPS *lmp, const std::string &path, const std::string &model)
{
  std::string content;
  polar_status st = {};
  if (lmp->comm->me == 0) {
    FILE *fp = fopen(path.c_str(), "rb");
    char block[65536];
    size_t got;
    while (fp && (got = fread(block, 1, sizeof block, fp)) > 0) content.append(block, got);
    if (!fp || ferror(fp)) cannot_read(path, errno, model, st);
    if (fp) fclose(fp);
    if (content.size() > (1u << 30))
      polar_fail(&st, POLAR_FILE, "File %s is larger than 1 GiB: not a potential file",
                 path.c_str());
  }
  raise(lmp, FLERR, st);
  int size = (int)content.size();
  MPI_Bcast(&size, 1, MPI_INT, 0, lmp->world);
  content.resize(size);
  MPI_Bcast(&content[0], size, MPI_CHAR, 0, lmp->world);
  return content;
}

void Polar::process_grid(int nprocs, int ndims, int *parts)
{
#ifdef MPI_STUBS // LAMMPS' substitute for MPI on one process lacks this function
  for (int d = 0; d < ndims; d++) parts[d] = nprocs;
#else
  MPI_Dims_create(nprocs, ndims, parts);
#endif
}

void Polar::add_virial(const double w[3][3], double unit, double *virial)
{
  const double v[6] = {w[0][0], w[1][1], w[2][2], w[0][1], w[0][2], w[1][2]};
  for (int k = 0; k < 6; k++) virial[k] += unit * v[k];
}

std::vector<Pair *> Polar::pair_styles(LAMMPS *lmp)
{
  std::vector<Pair *> list;
  Pair *pair = lmp->force->pair;
  if (auto *hybrid = dynamic_cast<PairHybrid *>(pair)) {
    for (int i = 0; i < HybridStyles::count(hybrid); i++)
      list.push_back(HybridStyles::style(hybrid, i));
  } else if (pair) list.push_back(pair);
  return list;
}

void Polar::serve_only(LAMMPS *lmp, const std::string &kspace, const Pair *served)
{
  auto *hybrid = dynamic_cast<PairHybrid *>(lmp->force->pair);
  if (!hybrid) return;
  for (int i = 0; i < HybridStyles::count(hybrid); i++) {
    const Pair *other = HybridStyles::style(hybrid, i);
    if (other == served) continue;
    if (other->ewaldflag || other->pppmflag || other->msmflag || other->dispersionflag ||
        other->dipoleflag || other->spinflag)
      lmp->error->all(
          FLERR,
          "kspace_style {} serves one sub-style of pair_style {} alone, but sub-style {} counts on "
          "a sum in reciprocal space, too, and would get none: use a style with a cutoff in its "
          "place, such as coul/dsf for coul/long",
          kspace, lmp->force->pair_style, HybridStyles::name(hybrid, i));
  }
}
