// lmp-polar: a LAMMPS program for distributions whose LAMMPS lacks the PLUGIN package, and hence
// cannot load the plugin itself. It is linked with the liblammps of the distribution, makes a
// LAMMPS instance from its command line as the program lmp does, and gives it the styles of
// polarplugin.so.
//
// The plugin is looked for in the folder that POLAR_PLUGIN names, beside the program, and in
// ../lib/polar of the program.
//
// Where LAMMPS has no command plugin, one is added: `plugin load FILE`. An input needs it after a
// `clear`, which removes all styles that are not LAMMPS' own.

#include "command.h"
#include "error.h"
#include "exceptions.h"
#include "input.h"
#include "lammps.h"
#include "library.h"
#include "lammpsplugin.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <exception>
#include <mpi.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace LAMMPS_NS;

namespace {

// polar_styles.so enters its styles into the instance by itself
void no_registry(lammpsplugin_t *, void *) {}

bool is_file(const std::string &path)
{
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

std::string own_folder()
{
  std::vector<char> path(65536);
  const ssize_t n = readlink("/proc/self/exe", path.data(), path.size());
  const std::string program = n > 0 ? std::string(path.data(), n) : "";
  return program.substr(0, program.rfind('/') + 1);
}

// the plugin's path; `tried` lists where it was looked for
std::string find_plugin(std::string &tried)
{
  std::vector<std::string> folders;
  if (const char *given = getenv("POLAR_PLUGIN")) folders.push_back(std::string(given) + "/");
  else folders = {own_folder(), own_folder() + "../lib/polar/"};
  for (const auto &folder : folders) {
    tried += " " + folder;
    if (is_file(folder + "polarplugin.so")) return folder + "polarplugin.so";
  }
  return "";
}

void load(LAMMPS *lmp, const std::string &path)
{
  void *plugin = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (!plugin) lmp->error->all(FLERR, "lmp-polar cannot open the plugin: {}", dlerror());
  auto init = reinterpret_cast<lammpsplugin_initfunc>(dlsym(plugin, "lammpsplugin_init"));
  if (!init) lmp->error->all(FLERR, "{} is no LAMMPS plugin: it has no lammpsplugin_init", path);
  init(lmp, plugin, reinterpret_cast<void *>(no_registry));
}

class PluginCommand : public Command {
public:
  using Command::Command;
  void command(int narg, char **arg) override
  {
    if (narg != 2 || strcmp(arg[0], "load") != 0)
      error->all(FLERR, "Illegal plugin command: lmp-polar knows 'plugin load FILE' only");
    load(lmp, arg[1]);
  }
};

Command *new_plugin_command(LAMMPS *lmp)
{
  return new PluginCommand(lmp);
}

void run(int argc, char **argv)
{
  LAMMPS lmp(argc, argv, MPI_COMM_WORLD);
  if (!lammps_config_has_package("PLUGIN"))
    lmp.input->command_map->emplace("plugin", new_plugin_command);
  std::string tried;
  const std::string path = find_plugin(tried);
  if (path.empty())
    lmp.error->all(FLERR,
                   "lmp-polar found no polarplugin.so in{}: name its folder in the environment "
                   "variable POLAR_PLUGIN",
                   tried);
  load(&lmp, path);
  lmp.input->file();
}

} // namespace

int main(int argc, char **argv)
{
  MPI_Init(&argc, &argv);
  int status = EXIT_SUCCESS;
  try {
    run(argc, argv);
  } catch (LAMMPSAbortException &) { // other ranks may be waiting
    MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
  } catch (LAMMPSException &) { // all ranks stop; LAMMPS has printed why
    status = EXIT_FAILURE;
  } catch (std::exception &e) {
    fprintf(stderr, "lmp-polar: %s\n", e.what());
    MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
  }
  lammps_kokkos_finalize();
  lammps_python_finalize();
  MPI_Finalize();
  return status;
}
