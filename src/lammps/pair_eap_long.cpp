#include "pair_eap_long.h"

#include <vector>

using namespace LAMMPS_NS;

PairEAPLong::PairEAPLong(LAMMPS *lmp) : PairEAP(lmp, "pair_style eap/long")
{
  long_range = true;
}

const double *PairEAPLong::lattice_displacements(std::shared_ptr<const SiteGrid> &grid, int &fields)
{
  // with pair_modify compute no, nobody has prepared them
  if (!fresh) prepare();
  fresh = false;
  grid = crystal->grid;
  fields = 3 * crystal->n;
  return crystal->u.data();
}

void PairEAPLong::lattice_kernel(const double q[3], double *re, double *im, double *scratch)
{
  eap_harmonic_dynamical(model->harmonic, q, re, im, scratch);
}

size_t PairEAPLong::lattice_scratch() const
{
  return eap_harmonic_scratch(model->harmonic);
}

void PairEAPLong::lattice_finish(const double *gradient, double *energy, double *virial6,
                                 double *atom_energy, double (*v)[6])
{
  const double none[6] = {0.0, 0.0, 0.0, 0.0, 0.0, 0.0};
  crystal->add_forces(gradient, unit);
  if (energy || virial6) {
    const double half = unit * virial_of(none, gradient, virial6);
    if (energy) *energy += half;
  }
  if (atom_energy) {
    const size_t nsite = (size_t)crystal->grid->lattice().nown * crystal->n;
    const double *u = crystal->u.data();
    double mean[3];
    mean_displacement(mean);
    std::vector<double> half(nsite), atoms(crystal->sublattice.size(), 0.0);
    for (size_t s = 0; s < nsite; s++)
      for (int i = 0; i < 3; i++) half[s] += 0.5 * gradient[3 * s + i] * (u[3 * s + i] - mean[i]);
    crystal->grid->to_atoms(half.data(), atoms.data(), 1);
    for (size_t i = 0; i < atoms.size(); i++) atom_energy[i] += unit * atoms[i];
  }
  if (v) atom_virial(none, gradient, v);
}
