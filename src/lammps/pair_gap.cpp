#include "pair_gap.h"

#include "adapter.h"
#include "atom.h"
#include "base/elements.h"
#include "citeme.h"
#include "comm.h"
#include "error.h"
#include "force.h"
#include "gap/gap_read.h"
#include "io/xml.h"
#include "neigh_list.h"
#include "neighbor.h"
#include "platform.h"
#include "single_thread_blas.h"

#include <algorithm>
#include <memory>

using namespace LAMMPS_NS;

static const char cite_gap[] =
    "pair_style gap: Gaussian approximation potentials\n\n"
    "@Article{Bartok2010,\n"
    " author = {A. P. Bart{\\'o}k and M. C. Payne and R. Kondor and G. Cs{\\'a}nyi},\n"
    " title = {Gaussian approximation potentials: the accuracy of quantum mechanics, without the "
    "electrons},\n"
    " journal = {Physical Review Letters},\n"
    " year = 2010,\n"
    " volume = 104,\n"
    " pages = {136403}\n}\n\n";

namespace {

polar_code append_name(void *list, const char *name, polar_status *)
{
  static_cast<std::vector<std::string> *>(list)->push_back(name);
  return POLAR_OK;
}

} // namespace

PairGAP::PairGAP(LAMMPS *lmp)
    : PolarPair(lmp, "pair_style gap"), unit(1.0), model(nullptr), work(nullptr), variance(false),
      triggered(false), wanted(0), dipole(nullptr), dipole_work(nullptr), computed_local(-1),
      computed_ghost(-1), moment_known(false), born_known(false), returning(PAIR)
{
  centroidstressflag = CENTROID_AVAIL;
  comm_reverse = comm_reverse_off = 13;
  if (lmp->citeme) lmp->citeme->add(cite_gap);
}

PairGAP::~PairGAP()
{
  if (copymode) return;
  free_model();
}

void PairGAP::free_model()
{
  gap_work_free(work);
  gap_free(model);
  work = nullptr;
  model = nullptr;
  free_dipole();
}

void PairGAP::settings(int narg, char **arg)
{
  forget_coeffs();
  variance = false;
  dipole_name.clear();
  for (int i = 0; i < narg; i++) {
    const std::string key = arg[i], value = i + 1 < narg ? arg[i + 1] : "";
    if (key != "variance" && key != "dipole")
      error->all(FLERR, "Unknown pair_style gap keyword: {}; known are dipole and variance", key);
    if (key == "dipole") {
      if (value.empty())
        error->all(FLERR, "pair_style gap: keyword dipole lacks the name of a dipole model");
      dipole_name = value;
      i++;
      continue;
    }
    if (value != "yes" && value != "no")
      error->all(FLERR, "pair_style gap: keyword variance has the value '{}', expected yes or no",
                 value);
    variance = value == "yes";
    i++;
  }
}

void PairGAP::coeff(int narg, char **arg)
{
  begin_coeff(narg, arg, 1, "MODEL.xml");
  read_model(arg[2]);
  map_types(arg[2]);
  read_dipole();
  finish_coeff(narg, arg, 1);
}

/* The model on every rank; its files are read by one. Collective. */
void PairGAP::read_model(const std::string &name)
{
  free_model();
  const double start = platform::walltime();
  polar_status st = {};
  const std::string path = Polar::potential_path(name);
  const std::string text = Polar::read_file(lmp, path);
  xml_tree *parsed = nullptr;
  xml_parse(path.c_str(), text.data(), text.size(), &parsed, &st);
  std::unique_ptr<xml_tree, void (*)(xml_tree *)> tree(parsed, xml_free);
  Polar::raise(lmp, FLERR, st);

  std::vector<std::string> names, contents;
  gap_list_files(tree.get(), &names, append_name, &st);
  Polar::raise(lmp, FLERR, st);
  const std::string folder = platform::path_dirname(path);
  for (const std::string &file : names)
    contents.push_back(Polar::read_file(lmp, platform::path_join(folder, file), path));
  std::vector<gap_file> files;
  for (size_t k = 0; k < names.size(); k++)
    files.push_back({names[k].c_str(), contents[k].data(), contents[k].size()});

  gap_parse(tree.get(), (int)files.size(), files.data(), &model, &st);
  {
    SingleThreadedBLAS single;
    if (!st.code && variance) gap_prepare_variance(model, &st);
  }
  if (!st.code) gap_work_create(model, &work, &st);
  Polar::raise(lmp, FLERR, st);

  if (comm->me != 0) return;
  if (model->warning[0]) error->warning(FLERR, "pair_style gap: {}: {}", name, model->warning);
  int nsparse = 0;
  for (int k = 0; k < model->ndensity; k++) nsparse += model->density[k].soap.nsparse;
  utils::logmesg(lmp,
                 "pair_style gap: {} with {} pair and triplet terms, {} SOAP terms with {} sparse "
                 "points{}, cutoff {} Angstrom, {:.1f} MB ({:.3f} s)\n",
                 model->label, model->ncluster, model->ndensity, nsparse,
                 model->glue ? ", Glue core" : "", model->cutoff, gap_bytes(model) / 1e6,
                 platform::walltime() - start);
}

void PairGAP::map_types(const std::string &name)
{
  element.assign(atom->ntypes + 1, 0);
  std::string have;
  for (int z = 1; z <= POLAR_MAX_Z; z++)
    if (model->known[z]) have += std::string(" ") + polar_element_symbol(z);
  for (int t = 1; t <= atom->ntypes; t++) {
    if (map[t] < 0) continue;
    element[t] = polar_element_number(elements[map[t]]);
    if (!element[t] || !(model->any || model->known[element[t]]))
      error->all(
          FLERR,
          "pair_style gap: pair_coeff maps atom type {} to '{}', but {} is a model of{}: give "
          "an element of the model, spelt like these, to each type, in the order of the types",
          t, elements[map[t]], name, model->any ? " any element" : have);
  }
}

void PairGAP::init_style()
{
  unit = Polar::energy_unit(lmp, "pair_style gap");
  neighbor->add_request(this, NeighConst::REQ_FULL);
  polar_status st = {};
  gap_work_threads(model, work, comm->nthreads, &st);
  Polar::raise(lmp, FLERR, st);
}

double PairGAP::init_one(int i, int j)
{
  require_coeffs(i, j);
  return dipole ? std::max(model->cutoff, dipole->density.cutoff) : model->cutoff;
}

/* Own and ghost atoms (at least one) with the lists of their last setup */
polar_neighbors PairGAP::neighbors() const
{
  polar_neighbors view = {};
  view.natom = atom->nlocal + atom->nghost;
  view.x = reinterpret_cast<const double(*)[3]>(atom->x[0]);
  view.type = atom->type;
  view.element = element.data();
  view.ncentre = list->inum;
  view.centre = list->ilist;
  view.count = list->numneigh;
  view.neighbor = list->firstneigh;
  view.mask = NEIGHMASK;
  return view;
}

void PairGAP::compute(int eflag, int vflag)
{
  ev_init(eflag, vflag);
  polar_computed(neighbor->ncalls);
  const int nall = atom->nlocal + atom->nghost;
  computed_local = atom->nlocal;
  computed_ghost = atom->nghost;
  moment_known = born_known = false;
  const bool atom_virials = vflag_atom || cvflag_atom;
  force_sum.assign(nall, {});
  energy_sum.assign(eflag_atom ? nall : 0, 0.0);
  virial_sum.assign(atom_virials ? nall : 0, {});

  const bool variances = variance && (wanted || !triggered);
  if (variances) { // fix pair takes an empty array for a missing one
    variance_sum.assign(std::max(nall, 1), 0.0);
    similarity.assign(std::max(nall, 1), 1.0);
  }

  gap_result sum = {};
  if (nall > 0) {
    const polar_neighbors view = neighbors();
    sum.force = reinterpret_cast<double(*)[3]>(force_sum.data());
    if (eflag_atom) sum.atom_energy = energy_sum.data();
    if (variances) {
      sum.variance = variance_sum.data();
      sum.similarity = similarity.data();
    }
    if (atom_virials) sum.atom_virial = reinterpret_cast<double(*)[9]>(virial_sum.data());
    polar_status st = {};
    SingleThreadedBLAS single;
    if (gap_energy(model, work, &view, &sum, &st)) error->one(FLERR, "pair_style gap: {}", st.text);
    if (sum.variance)
      for (double &v : variance_sum) v *= unit * unit;
  }
  // without newton LAMMPS does not return what ghost atoms have collected
  if (!force->newton_pair) comm->reverse_comm(this);
  add_atoms();

  if (eflag_global) eng_vdwl += unit * sum.energy;
  if (vflag_global) {
    static constexpr int part[6] = {0, 4, 8, 1, 2, 5};
    for (int k = 0; k < 6; k++) virial[k] += unit * sum.virial[part[k]];
  }
}

void PairGAP::add_atoms()
{
  const int n = atom->nlocal + (force->newton_pair ? atom->nghost : 0);
  double **f = atom->f;
  for (int i = 0; i < n; i++)
    for (int a = 0; a < 3; a++) f[i][a] += unit * force_sum[i][a];
  for (int i = 0; i < n && eflag_atom; i++) eatom[i] += unit * energy_sum[i];
  for (int i = 0; i < n && vflag_atom; i++) {
    const auto &w = virial_sum[i];
    const double v[6] = {
        w[0], w[4], w[8], 0.5 * (w[1] + w[3]), 0.5 * (w[2] + w[6]), 0.5 * (w[5] + w[7])};
    for (int k = 0; k < 6; k++) vatom[i][k] += unit * v[k];
  }
  for (int i = 0; i < n && cvflag_atom; i++) {
    static constexpr int part[9] = {0, 4, 8, 1, 2, 5, 3, 6, 7};
    for (int k = 0; k < 9; k++) cvatom[i][k] += unit * virial_sum[i][part[k]];
  }
}

int PairGAP::pack_reverse_comm(int n, int first, double *buf)
{
  int m = 0;
  for (int i = first; i < first + n && returning != PAIR; i++)
    for (int k = 0; k < returning; k++) buf[m++] = response_sum[(size_t)returning * i + k];
  if (returning != PAIR) return m;
  for (int i = first; i < first + n; i++) {
    for (double x : force_sum[i]) buf[m++] = x;
    if (!energy_sum.empty()) buf[m++] = energy_sum[i];
    if (!virial_sum.empty())
      for (double x : virial_sum[i]) buf[m++] = x;
  }
  return m;
}

void PairGAP::unpack_reverse_comm(int n, int *list, double *buf)
{
  int m = 0;
  for (int k = 0; k < n && returning != PAIR; k++)
    for (int q = 0; q < returning; q++) response_sum[(size_t)returning * list[k] + q] += buf[m++];
  for (int k = 0; k < n && returning == PAIR; k++) {
    const int i = list[k];
    for (double &x : force_sum[i]) x += buf[m++];
    if (!energy_sum.empty()) energy_sum[i] += buf[m++];
    if (!virial_sum.empty())
      for (double &x : virial_sum[i]) x += buf[m++];
  }
}

/* fix pair sets variance_flag or similarity_flag on the steps for which it wants them */
void *PairGAP::extract(const char *name, int &dim)
{
  dim = 0;
  const std::string key = name;
  if (!variance || (key != "variance_flag" && key != "similarity_flag")) return nullptr;
  triggered = true;
  return &wanted;
}

void *PairGAP::extract_peratom(const char *name, int &ncol)
{
  ncol = 0;
  if (!variance) return nullptr;
  if (std::string(name) == "variance") return variance_sum.data();
  if (std::string(name) == "similarity") return similarity.data();
  return nullptr;
}

double PairGAP::memory_usage()
{
  double bytes = Pair::memory_usage();
  if (model) bytes += (double)gap_bytes(model) + (double)gap_work_bytes(work);
  if (dipole)
    bytes += (double)gap_dipole_bytes(dipole) + (double)gap_dipole_work_bytes(dipole_work);
  bytes += (double)(response_sum.capacity() + born.capacity()) * sizeof(double);
  return bytes + (double)force_sum.capacity() * sizeof force_sum[0] +
         (double)energy_sum.capacity() * sizeof(double) +
         (double)virial_sum.capacity() * sizeof virial_sum[0] +
         (double)(variance_sum.capacity() + similarity.capacity()) * sizeof(double);
}
