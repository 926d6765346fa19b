// The electric response of pair_style les

#include "pair_les.h"

#include "adapter.h"
#include "atom.h"
#include "comm.h"
#include "domain.h"
#include "error.h"
#include "fix_store_atom.h"
#include "modify.h"

#include <algorithm>

using namespace LAMMPS_NS;

double PairLES::scale() const
{
  if (scale_given != 0.0) return scale_given;
  if (!model->has_scale)
    error->all(
        FLERR,
        "pair_style les: neither the model nor the input script gives the scale of the dipole, "
        "which Born effective charges and fields need: use pair_style les scale S, S being sqrt("
        "eps_infinity)/9.48933 with the sign that makes cations positive, or convert the model "
        "with --scale");
  return model->scale;
}

void PairLES::charge_moments(double &mean, double phases[3][2]) const
{
  double sum[8] = {0.0}, all[8], h[3][3];
  sum[0] = list.nown;
  for (int c = 0; c < list.nown; c++) sum[1] += raw[c];
  const double *b = domain->h;
  const double rows[3][3] = {{b[0], b[5], b[4]}, {0.0, b[1], b[3]}, {0.0, 0.0, b[2]}};
  std::copy(&rows[0][0], &rows[0][0] + 9, &h[0][0]);
  if (phase) les_phase_sums(&view, h, reinterpret_cast<double(*)[2]>(sum + 2));
  MPI_Allreduce(sum, all, 8, MPI_DOUBLE, MPI_SUM, world);
  mean = all[0] > 0.0 ? all[1] / all[0] : 0.0;
  for (int k = 0; k < 6; k++) phases[k / 2][k % 2] = all[0] > 0.0 ? all[2 + k] / all[0] : 0.0;
}

/* Tensors of the atoms for the positions of the last force computation, [nlocal][9]. Collective. */
const double *PairLES::tensors()
{
  const double factor = scale();
  if (born_valid) return born_now.data();
  if (!computed)
    error->all(FLERR, "pair_style les: Born effective charges were asked for before forces were "
                      "computed: run 0 first");
  polar_status st = {};
  double mean, phases[3][2];
  charge_moments(mean, phases);
  born_all.assign(9 * ((size_t)view.nall + 1), 0.0);
  auto *rows = reinterpret_cast<double(*)[9]>(born_all.data());
  if (phase) {
    const double *b = domain->h;
    const double h[3][3] = {{b[0], b[5], b[4]}, {0.0, b[1], b[3]}, {0.0, 0.0, b[2]}};
    les_born_phase(model, &view, work, raw.data(), mean, h, phases, rows, &st);
  } else les_born_local(model, &view, work, raw.data(), mean, rows, &st);
  Polar::raise(lmp, FLERR, st);
  comm->reverse_comm(this);
  born_now.resize(9 * ((size_t)atom->nlocal + 1));
  for (size_t k = 0; k < 9 * (size_t)atom->nlocal; k++) born_now[k] = factor * born_all[k];
  born_valid = true;
  return born_now.data();
}

void PairLES::polar_born(double (*born)[9])
{
  const double *z = tensors();
  std::copy(z, z + 9 * (size_t)atom->nlocal, &born[0][0]);
}

/* M grows by Z* times the displacement since the last call, with the mean of the tensors at both
 * ends. A fix keeps the last positions (unwrapped) and tensors with their atoms. */
void PairLES::advance_dipole()
{
  if (dipole_known && dipole_current) return;
  const double *z = tensors();
  const int nlocal = atom->nlocal;
  if (store_id.empty()) { // only where a dipole is wanted: such a fix forbids some commands
    store_id = "POLAR_LES_" + std::to_string(instance_me);
    modify->add_fix(store_id + " all STORE/ATOM 12 0 0 0");
  }
  auto *store = dynamic_cast<FixStoreAtom *>(modify->get_fix_by_id(store_id));
  if (!store) error->all(FLERR, "pair_style les: its fix {} was deleted: keep it", store_id);
  double change[3] = {0.0, 0.0, 0.0}, all[3];
  double mean = 0.0, phases[3][2];
  if (!dipole_known) charge_moments(mean, phases);
  std::vector<double> start(nlocal + 1, 0.0);
  if (!dipole_known)
    for (int c = 0; c < list.nown; c++) start[list.centre[c]] = scale() * (raw[c] - mean);
  for (int i = 0; i < nlocal; i++) {
    double u[3], *last = store->astore[i];
    domain->unmap(atom->x[i], atom->image[i], u);
    for (int a = 0; a < 3; a++) {
      if (!dipole_known) change[a] += start[i] * u[a];
      else
        for (int b = 0; b < 3; b++)
          change[a] +=
              0.5 * (z[9 * (size_t)i + 3 * a + b] + last[3 + 3 * a + b]) * (u[b] - last[b]);
    }
    std::copy(u, u + 3, last);
    std::copy(z + 9 * (size_t)i, z + 9 * (size_t)i + 9, last + 3);
  }
  MPI_Allreduce(change, all, 3, MPI_DOUBLE, MPI_SUM, world);
  for (int a = 0; a < 3; a++) dipole[a] = (dipole_known ? dipole[a] : 0.0) + all[a];
  dipole_known = dipole_current = true;
  dipole_atoms = atom->natoms;
}

void PairLES::polar_dipole(double m[3])
{
  advance_dipole();
  std::copy(dipole, dipole + 3, m);
}

/* F_ib = sum_a E_a Z*_i[a][b]. The model answers to the field linearly and without a virial:
 * charges and stress are those of zero field (Zhong et al., npj Comput. Mater. 11, 384 (2025)). */
double PairLES::polar_field(const double e[3], double (*f)[3], double *)
{
  const double *z = tensors();
  for (int i = 0; i < atom->nlocal; i++)
    for (int b = 0; b < 3; b++)
      for (int a = 0; a < 3; a++) f[i][b] += e[a] * z[9 * (size_t)i + 3 * a + b];
  advance_dipole();
  return -(e[0] * dipole[0] + e[1] * dipole[1] + e[2] * dipole[2]);
}
