/* Electric response of pair_style eap: Born effective charges are constants of each sublattice in
 * the crystal's frame, M = R sum_a Z*_a u^_a. */

#include "pair_eap.h"

#include "atom.h"
#include "base/mat3.h"

using namespace LAMMPS_NS;

/* sums[n][3] = sum over owned cells of u^ */
void PairEAP::sublattice_sums(std::vector<double> &sums) const
{
  const size_t width = 3 * (size_t)crystal->n;
  const int nown = crystal->grid->lattice().nown;
  const double *u = crystal->u.data();
  sums.assign(width, 0.0);
  for (int c = 0; c < nown; c++)
    for (size_t i = 0; i < width; i++) sums[i] += u[c * width + i];
}

void PairEAP::polar_dipole(double m[3])
{
  std::vector<double> sums;
  double mine[3] = {0.0, 0.0, 0.0}, all[3];
  sublattice_sums(sums);
  for (int k = 0; k < crystal->n; k++) {
    double p[3];
    mat3_vec(system->born[k], &sums[3 * k], p);
    for (int i = 0; i < 3; i++) mine[i] += p[i];
  }
  MPI_Allreduce(mine, all, 3, MPI_DOUBLE, MPI_SUM, world);
  crystal->vector_to_lab(all, m);
}

void PairEAP::polar_born(double (*born)[9])
{
  std::vector<std::array<double, 9>> lab(crystal->n);
  for (int k = 0; k < crystal->n; k++) {
    double z[3][3];
    crystal->tensor_to_lab(system->born[k], z);
    for (int i = 0; i < 9; i++) lab[k][i] = z[i / 3][i % 3];
  }
  for (size_t i = 0; i < crystal->sublattice.size(); i++)
    for (int j = 0; j < 9; j++)
      born[i][j] = crystal->sublattice[i] < 0 ? 0.0 : lab[crystal->sublattice[i]][j];
}

double PairEAP::polar_field(const double e[3], double (*f)[3], double *virial6)
{
  double field[3], m[3];
  std::vector<double> push(3 * (size_t)crystal->n), lab(push.size());
  crystal->vector_from_lab(e, field);
  for (int k = 0; k < crystal->n; k++) {
    mat3_t_vec(system->born[k], field, &push[3 * k]);
    crystal->vector_to_lab(&push[3 * k], &lab[3 * k]);
  }
  for (size_t i = 0; i < crystal->sublattice.size(); i++) {
    const int k = crystal->sublattice[i];
    for (int j = 0; j < 3 && k >= 0; j++) f[i][j] += lab[3 * k + j];
  }
  if (virial6) {
    // linear in the sums over sites: each rank gives its share
    std::vector<double> sums;
    double zeu[3][3] = {{0.0}}, dipole[3] = {0.0, 0.0, 0.0}, w[3][3];
    sublattice_sums(sums);
    for (int k = 0; k < crystal->n; k++) {
      double p[3];
      mat3_vec(system->born[k], &sums[3 * k], p);
      for (int i = 0; i < 3; i++) {
        dipole[i] += p[i];
        for (int j = 0; j < 3; j++) zeu[i][j] += push[3 * k + i] * sums[3 * k + j];
      }
    }
    eap_strain_field_virial(&crystal->strain, field, dipole, zeu, w);
    crystal->model_to_lab(w, w);
    const double v[6] = {w[0][0], w[1][1], w[2][2], w[0][1], w[0][2], w[1][2]};
    for (int i = 0; i < 6; i++) virial6[i] += v[i];
  }
  polar_dipole(m);
  return -(e[0] * m[0] + e[1] * m[1] + e[2] * m[2]);
}

bool PairEAP::polar_cells(std::vector<CellDipole> &cells)
{
  if (centre < 0) return false;
  const eap_lattice &lat = crystal->grid->lattice();
  const int n = crystal->n, *const N = crystal->grid->cells();
  const double *u = crystal->u.data();
  cells.resize(lat.nown);
  for (int c = 0; c < lat.nown; c++) {
    double p[3] = {0.0, 0.0, 0.0};
    for (size_t t = 0; t < stencil_site.size(); t++) {
      const int from = lat.neighbor[(size_t)c * lat.noffset + stencil_column[t]];
      double d[3];
      mat3_vec(system->born[stencil_site[t]], &u[3 * ((size_t)from * n + stencil_site[t])], d);
      for (int i = 0; i < 3; i++) p[i] += stencil_weight[t] * d[i];
    }
    int cell[3];
    crystal->grid->cell_of(c, cell);
    cells[c].id = ((long long)cell[0] * N[1] + cell[1]) * N[2] + cell[2] + 1;
    crystal->reference_position(cell, centre, cells[c].centre);
    crystal->vector_to_lab(p, cells[c].dipole);
  }
  return true;
}
