#include "pair_les.h"

#include "adapter.h"
#include "atom.h"
#include "base/elements.h"
#include "citeme.h"
#include "comm.h"
#include "domain.h"
#include "error.h"
#include "force.h"
#include "kspace.h"
#include "math_const.h"
#include "modify.h"
#include "neighbor.h"
#include "update.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace LAMMPS_NS;

static const char cite_les[] =
    "pair_style les: latent Ewald summation\n\n"
    "@Article{Cheng2025,\n"
    " author = {B. Cheng},\n"
    " title = {Latent Ewald summation for machine learning of long-range interactions},\n"
    " journal = {npj Computational Materials},\n"
    " year = 2025,\n"
    " volume = 11,\n"
    " pages = {80}\n}\n\n";

namespace {
// What a keyword of the pair_style command expects, "" if there is no such keyword
std::string keyword_values(const std::string &key)
{
  if (key == "born") return "local or phase";
  if (key == "scale") return "a number other than 0";
  if (key == "e0") return "yes or no";
  if (key == "kset") return "follow or frozen";
  return "";
}
} // namespace

PairLES::PairLES(LAMMPS *lmp)
    : PolarPair(lmp, "pair_style les"), model(nullptr), work(les_work_create()), list{}, view{},
      unit(1.0), charge_unit(1.0), phase(false), e0(true), scale_given(0.0),
      kset(Kernel::AUTOMATIC), pending(false), computed(false), listed_local(-1),
      listed_ghost(-1), dipole{0.0, 0.0, 0.0}, dipole_known(false), dipole_current(false),
      dipole_atoms(-1), born_valid(false)
{
  if (!work) error->one(FLERR, "pair_style les: out of memory");
  ewaldflag = pppmflag = 1;
  comm_forward = 2;
  comm_reverse = comm_reverse_off = 9;
  if (lmp->citeme) lmp->citeme->add(cite_les);
}

PairLES::~PairLES()
{
  if (copymode) return;
  if (!store_id.empty() && modify->nfix && modify->get_fix_by_id(store_id))
    modify->delete_fix(store_id);
  free_model();
  les_work_free(work);
  les_list_free(&list);
}

void PairLES::free_model()
{
  les_model_free(model);
  model = nullptr;
}

void PairLES::settings(int narg, char **arg)
{
  phase = false;
  e0 = true;
  scale_given = 0.0;
  kset = Kernel::AUTOMATIC;
  born_valid = dipole_known = false; // tensors may now be others
  for (int i = 0; i < narg; i += 2) {
    const std::string key = arg[i], expected = keyword_values(key);
    if (expected.empty())
      error->all(FLERR, "Unknown pair_style les keyword: {}; known are born, scale, e0 and kset",
                 key);
    if (i + 1 >= narg)
      error->all(FLERR, "pair_style les: keyword {} lacks a value, expected {}", key, expected);
    const std::string word = arg[i + 1];
    auto choice = [&](const char *first, const char *second) {
      if (word != first && word != second)
        error->all(FLERR, "pair_style les: keyword {} has the value '{}', expected {}", key, word,
                   expected);
      return word == first;
    };
    if (key == "born") phase = choice("phase", "local");
    else if (key == "e0") e0 = choice("yes", "no");
    else if (key == "kset") kset = choice("follow", "frozen") ? Kernel::FOLLOW : Kernel::FROZEN;
    else {
      scale_given = utils::is_double(word) ? strtod(word.c_str(), nullptr) : 0.0;
      if (scale_given == 0.0 || !std::isfinite(scale_given))
        error->all(FLERR, "pair_style les: keyword scale has the value '{}', expected {}", word,
                   expected);
    }
  }
}

void PairLES::coeff(int narg, char **arg)
{
  const int ntypes = atom->ntypes;
  begin_coeff(narg, arg, 1, "MODEL.les");

  polar_status st = {};
  free_model();
  listed_local = -1;
  born_valid = dipole_known = false;
  const std::string path = Polar::potential_path(arg[2]);
  const std::string text = Polar::read_file(lmp, path);
  les_parse(path.c_str(), text.data(), text.size(), &model, &st);
  Polar::raise(lmp, FLERR, st);

  std::string have;
  for (int e = 0; e < model->nelement; e++)
    have += std::string(" ") + polar_element_symbol(model->element[e]);
  type_element.assign(ntypes + 1, -1);
  for (int t = 1; t <= ntypes; t++) {
    if (map[t] < 0) continue;
    const int z = polar_element_number(elements[map[t]]);
    const int *begin = model->element, *end = begin + model->nelement;
    const int *at = std::find(begin, end, z);
    if (!z || at == end)
      error->all(
          FLERR,
          "pair_style les: pair_coeff maps atom type {} to '{}', but {} is a model of{}: give "
          "an element of the model to each type, in the order of the types",
          t, elements[map[t]], arg[2], have);
    type_element[t] = (int)(at - begin);
  }
  finish_coeff(narg, arg, 1);
  if (comm->me == 0) {
    std::string line =
        fmt::format("pair_style les: {}, elements{}, cutoff {:.6g}, {} message passing layer(s)",
                    arg[2], have, model->cutoff, model->layers);
    if (!model->has_e0 && e0) line += ", no energies of atoms (e0) in the file";
    utils::logmesg(lmp, line + "\n");
  }
}

void PairLES::init_style()
{
  unit = Polar::energy_unit(lmp, "pair_style les");
  if (!force->newton_pair)
    error->all(FLERR, "pair_style les needs newton pair on: forces on ghost atoms are sent back");
  if (!force->kspace || !dynamic_cast<KSpacePolar *>(force->kspace))
    error->all(
        FLERR,
        "pair_style les needs a k-space style for Gaussian charges, kspace_style ewald/polar or "
        "pppm/polar, but kspace_style is {}",
        force->kspace ? force->kspace_style : "none");
  if (!force->kspace->compute_flag)
    error->all(FLERR,
               "pair_style les is incomplete with kspace_modify compute no: its forces need the "
               "potentials from k-space");
  if (utils::strmatch(update->integrate_style, "^respa"))
    error->all(FLERR, "pair_style les does not work with run_style respa: its forces are complete "
                      "after k-space only");
  if (utils::strmatch(force->pair_style, "^hybrid/scaled"))
    error->all(FLERR,
               "pair_style les cannot be scaled by hybrid/scaled: the k-space part would not be; "
               "use hybrid or hybrid/overlay");
  // E = norm/V sum |S_raw|^2 ... = 2 pi qqrd2e/V sum |S_e|^2 ..., in eV
  charge_unit = std::sqrt(model->norm * unit / (MathConst::MY_2PI * force->qqrd2e));
  pending = computed = false;
  if (dipole_atoms != atom->natoms) dipole_known = false;
  listed_local = -1;
}

double PairLES::init_one(int i, int j)
{
  require_coeffs(i, j);
  return les_reach(model);
}

void *PairLES::extract(const char *name, int &dim)
{
  dim = 0;
  // mesh styles ask for it; nothing is cut off in real space
  if (model && strcmp(name, "cut_coul") == 0) return &model->cutoff;
  return nullptr;
}

PolarCharges::Kernel PairLES::polar_kernel() const
{
  if (!model) error->all(FLERR, "pair_style les: pair_coeff has not been given");
  return {model->sigma, model->kmax, model->remove_self != 0, kset};
}

void PairLES::compute(int eflag, int vflag)
{
  if (pending)
    error->all(FLERR, "pair_style les: forces of the last step were not completed by k-space");
  ev_init(eflag, vflag);
  polar_computed(neighbor->ncalls);
  const int nlocal = atom->nlocal, nall = nlocal + atom->nghost;
  const int *type = atom->type;
  auto *x = nall ? reinterpret_cast<const double(*)[3]>(atom->x[0]) : nullptr;
  polar_status st = {};
  element.resize(nall + 1);
  for (int i = 0; i < nall; i++) element[i] = type_element[type[i]];
  if (neighbor->ago == 0 || listed_local != nlocal || listed_ghost != atom->nghost) {
    find_images();
    les_list_build(&list, nlocal, nall, x, element.data(), image.data(),
                   model->cutoff + neighbor->skin, model->layers, &st);
    Polar::raise(lmp, FLERR, st);
    listed_local = nlocal;
    listed_ghost = atom->nghost;
  }
  view = les_list_view(&list, nall, x, element.data(), image.data());
  energy.resize(list.nown + 1);
  raw.resize(list.nown + 1);
  born_valid = dipole_current = false;
  les_forward(model, &view, work, energy.data(), raw.data(), &st);
  if (st.code) {
    std::string text = st.text;
    polar_fail(&st, st.code, "pair_style les, step %lld: %s", (long long)update->ntimestep,
               text.c_str());
  }
  Polar::raise(lmp, FLERR, st);

  charge.assign(nlocal + 1, 0.0);
  for (int c = 0; c < list.nown; c++) {
    const int i = list.centre[c];
    charge[i] = charge_unit * raw[c];
    if (atom->q_flag) atom->q[i] = charge[i];
    const double e = unit * (energy[c] + (e0 ? model->e0[element[i]] : 0.0));
    if (eflag_global) eng_vdwl += e;
    if (eflag_atom) eatom[i] += e;
  }
  pending = computed = true;
}

void PairLES::polar_finish(const double *potential)
{
  if (!pending) error->all(FLERR, "pair_style les: k-space was computed without the pair style");
  pending = false;
  phi.resize(list.nown + 1);
  for (int c = 0; c < list.nown; c++) phi[c] = potential[list.centre[c]] * charge_unit / unit;
  const int nall = view.nall;
  polar_status st = {};
  std::vector<double> sweep(3 * ((size_t)nall + 1), 0.0);
  std::vector<double> share(vflag_atom ? 6 * ((size_t)nall + 1) : 0, 0.0);
  double w[6] = {0.0, 0.0, 0.0, 0.0, 0.0, 0.0};
  les_backward(model, &view, work, phi.data(), reinterpret_cast<double(*)[3]>(sweep.data()),
               vflag_either ? w : nullptr,
               vflag_atom ? reinterpret_cast<double(*)[6]>(share.data()) : nullptr, &st);
  Polar::raise(lmp, FLERR, st);
  for (int i = 0; i < nall; i++)
    for (int a = 0; a < 3; a++) atom->f[i][a] += unit * sweep[3 * (size_t)i + a];
  // pair_style hybrid has already added up what its sub-styles had before k-space
  Pair *const sums[2] = {this, force->pair};
  for (int s = 0; s < (force->pair == this ? 1 : 2); s++) {
    if (vflag_global)
      for (int k = 0; k < 6; k++) sums[s]->virial[k] += unit * w[k];
    if (vflag_atom)
      for (int i = 0; i < nall; i++)
        for (int k = 0; k < 6; k++) sums[s]->vatom[i][k] += unit * share[6 * (size_t)i + k];
  }
}

/* Which ghosts are images of this rank's own atoms: they need no descriptors of their own */
void PairLES::find_images()
{
  const int nlocal = atom->nlocal, nall = nlocal + atom->nghost;
  owner.assign(2 * ((size_t)nall + 1), -1.0);
  for (int i = 0; i < nlocal; i++) {
    owner[2 * (size_t)i] = comm->me;
    owner[2 * (size_t)i + 1] = i;
  }
  if (model->layers) comm->forward_comm(this);
  image.assign(nall + 1, -1);
  for (int i = 0; i < nall; i++)
    if (owner[2 * (size_t)i] == comm->me) image[i] = (int)owner[2 * (size_t)i + 1];
}

int PairLES::pack_forward_comm(int n, int *send, double *buf, int, int *)
{
  for (int i = 0; i < n; i++)
    for (int k = 0; k < 2; k++) buf[2 * i + k] = owner[2 * (size_t)send[i] + k];
  return 2 * n;
}

void PairLES::unpack_forward_comm(int n, int first, double *buf)
{
  for (int i = 0; i < 2 * n; i++) owner[2 * (size_t)first + i] = buf[i];
}

int PairLES::pack_reverse_comm(int n, int first, double *buf)
{
  for (int i = 0; i < 9 * n; i++) buf[i] = born_all[9 * (size_t)first + i];
  return 9 * n;
}

void PairLES::unpack_reverse_comm(int n, int *send, double *buf)
{
  for (int i = 0; i < n; i++)
    for (int k = 0; k < 9; k++) born_all[9 * (size_t)send[i] + k] += buf[9 * i + k];
}

double PairLES::memory_usage()
{
  double bytes = Pair::memory_usage() + les_work_bytes(work) +
                 sizeof(int) * (double)(element.capacity() + image.capacity());
  for (size_t c : list.capacity) bytes += (double)sizeof(int) * c;
  for (auto *v : {&energy, &raw, &charge, &phi, &born_all, &born_now, &owner})
    bytes += (double)sizeof(double) * v->capacity();
  return bytes;
}
