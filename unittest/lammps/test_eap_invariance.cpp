// What must not change the energy of a crystal under pair_style eap: where it sits in the box, the
// IDs of its atoms, the size of the supercell, its orientation, the cell the box is drawn round,
// and what was in the box before.

#include "eap_session.h"

namespace {

using namespace eap_test;

const Mat SKEW = strained(0.01, -0.02, 0.015, 0.05, -0.04, 0.06);

struct Result {
  double energy;
  std::vector<double> force, atom_energy; // by site
  std::array<double, 6> virial;
  Vec polarization;
};

Result measure(Session &lmp, const std::vector<int> &order = {})
{
  Result r;
  if (!lammps_has_id(lmp.handle, "compute", "e"))
    lmp.lines("compute e all pe/atom\nfix p all polarization 1\n"
              "thermo_style custom step pe pxx pyy pzz pxy pxz pyz vol temp f_p[1]");
  lmp.cmd("run 0");
  r.energy = lmp.thermo("pe");
  r.virial = lmp.virial();
  for (int d = 0; d < 3; d++) r.polarization[d] = lmp.fix_vector("p", d);
  const std::vector<double> f = lmp.gather("f", 3), e = lmp.gather("c_e", 1);
  const int n = lmp.natoms();
  for (int i = 0; i < n; i++) {
    const int slot = order.empty() ? i : order[i];
    for (int d = 0; d < 3; d++) r.force.push_back(f[3 * slot + d]);
    r.atom_energy.push_back(e[slot]);
  }
  return r;
}

// Rounding only: positions of up to 20 Angstrom (4e-15) times force constants of up to 60
// eV/Angstrom^2
void expect_same(const Result &a, const Result &b, const std::string &what)
{
  SCOPED_TRACE(what);
  EXPECT_NEAR(a.energy, b.energy, 2e-11);
  EXPECT_LT(max_difference(a.force, b.force), 5e-12);
  EXPECT_LT(max_difference(a.atom_energy, b.atom_energy), 5e-12);
  for (int i = 0; i < 6; i++) EXPECT_NEAR(a.virial[i], b.virial[i], 2e-10) << i;
  // the Born effective charges of BaTiO3 sum to 3e-9 e: times a shift of up to 12 Angstrom
  for (int i = 0; i < 3; i++) EXPECT_NEAR(a.polarization[i], b.polarization[i], 1e-9) << i;
}

struct Crystal {
  const char *name;
  std::unique_ptr<ModelFiles> files;
  Potential p;
  Structure s;
};

std::vector<Crystal> crystals()
{
  std::vector<Crystal> all;
  auto add = [&](const char *name, ModelFiles *files, const Cell &size) {
    Crystal c = {name, std::unique_ptr<ModelFiles>(files), {}, {}};
    c.p = files ? files->potential : barium_titanate(true);
    c.s = structure(c.p.lattice, size, SKEW, 0.08, 5);
    all.push_back(std::move(c));
  };
  add("BaTiO3", nullptr, {3, 2, 2});
  add("triclinic", new ModelFiles(triclinic_cell(), {38, 22, 8, 8}, true, 7), {2, 3, 2});
  // no element has a single site
  add("hexagonal", new ModelFiles(hexagonal_cell(), {22, 22, 8, 8}, true, 8), {2, 2, 3});
  return all;
}

Result fresh(const Crystal &c, const Vec &shift, const std::string &keywords = "",
             const std::vector<int> &order = {})
{
  Session lmp;
  lmp.build(c.p, c.s, shift, order);
  lmp.potential(c.p, keywords);
  return measure(lmp, order);
}

TEST(Invariance, Translation)
{
  for (const Crystal &c : crystals()) {
    const Result home = fresh(c, {0, 0, 0});
    const Mat h = c.s.box(c.p.lattice);
    Vec part = times(h, {0.3 / c.s.size[0], 0.5 / c.s.size[1], 0.1 / c.s.size[2]});
    const std::vector<Vec> shifts = {
        {-0.05, -0.02, -0.03}, {0.4, 0.3, -0.2}, {-2.0, 5.5, 1.9}, part};
    for (const Vec &shift : shifts)
      for (const char *map : {"map nearest", "map id"})
        expect_same(fresh(c, shift, map), home,
                    std::string(c.name) + " " + map + " " + std::to_string(shift[0]));
    // between runs of one session, by far
    Session lmp;
    lmp.build(c.p, c.s);
    lmp.potential(c.p);
    measure(lmp);
    for (const Vec &shift : shifts) {
      lmp.cmd("displace_atoms all move %.17g %.17g %.17g units box", shift[0], shift[1], shift[2]);
      expect_same(measure(lmp), home, std::string(c.name) + " moved " + std::to_string(shift[0]));
    }
  }
}

TEST(Invariance, OrderOfAtoms)
{
  for (const Crystal &c : crystals()) {
    std::vector<int> order(c.s.u.size());
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), std::mt19937(4));
    expect_same(fresh(c, {0.1, 0.2, 0.3}, "", order), fresh(c, {0, 0, 0}), c.name);
  }
}

TEST(Invariance, Supercell)
{
  for (const Crystal &c : crystals()) {
    Crystal small = {c.name, nullptr, c.p, {}};
    small.s = structure(c.p.lattice, {2, 1, 1}, SKEW, 0.08, 6);
    const Result one = fresh(small, {0, 0, 0});
    Crystal large = {c.name, nullptr, c.p, small.s};
    large.s.size = {4, 2, 3};
    const int n = (int)c.p.lattice.frac.size();
    large.s.u.resize(24 * n);
    for (int i = 0; i < 24 * n; i++) large.s.u[i] = small.s.u[i / (6 * n) % 2 * n + i % n];
    const Result many = fresh(large, {0, 0, 0});
    SCOPED_TRACE(c.name);
    // rounding of 12 times as many terms
    EXPECT_NEAR(many.energy, 12 * one.energy, 2e-11);
    for (int i = 0; i < 6; i++) EXPECT_NEAR(many.virial[i], 12 * one.virial[i], 1e-9) << i;
    for (int i = 0; i < 3; i++) EXPECT_NEAR(many.polarization[i], one.polarization[i], 1e-13);
    for (size_t i = 0; i < large.s.u.size(); i++)
      for (int d = 0; d < 3; d++)
        EXPECT_NEAR(many.force[3 * i + d], one.force[3 * (i / (6 * n) % 2 * n + i % n) + d], 5e-12);
  }
}

// A strained cubic crystal seen after a rotation by 120 degrees about [111], its box vectors named
// anew and turned into LAMMPS' frame: the same crystal in another box.
TEST(Invariance, Rotation)
{
  const Potential p = barium_titanate(true);
  const Structure s = structure(p.lattice, {2, 3, 2}, SKEW, 0.08, 5);
  const Mat h = s.box(p.lattice);
  const Mat turn = {{{0, 0, 1}, {1, 0, 0}, {0, 1, 0}}}; // x -> y -> z -> x
  Mat vectors = product(turn, h), renamed;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) renamed[i][j] = vectors[i][(j + 2) % 3];
  const Mat q = lammps_rotation(renamed), all = product(q, turn);
  Mat box = product(q, renamed);
  box[1][0] = box[2][0] = box[2][1] = 0;
  std::vector<Vec> x;
  for (const Vec &v : s.positions(p.lattice)) x.push_back(times(all, v));

  Session a, b;
  a.build(p, s);
  b.build(p, box, x, s.elements(p.lattice));
  for (Session *lmp : {&a, &b}) lmp->potential(p);
  const Result first = measure(a), second = measure(b);
  // The elastic constants in the file have the cubic symmetry to 3e-4 eV per cell only; times e^2/2
  // and e of up to 0.02, 12 cells
  EXPECT_NEAR(first.energy, second.energy, 2e-6);
  double worst = 0;
  for (size_t i = 0; i < x.size(); i++) {
    const Vec f = times(all, {first.force[3 * i], first.force[3 * i + 1], first.force[3 * i + 2]});
    for (int d = 0; d < 3; d++) worst = std::max(worst, std::fabs(f[d] - second.force[3 * i + d]));
  }
  EXPECT_LT(worst, 1e-8);
  const std::array<double, 6> &w = first.virial;
  const Mat tensor = {{{w[0], w[3], w[4]}, {w[3], w[1], w[5]}, {w[4], w[5], w[2]}}};
  const Mat turned = product(all, product(tensor, transpose(all)));
  const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
  for (int i = 0; i < 6; i++) EXPECT_NEAR(turned[row[i]][column[i]], second.virial[i], 2e-4) << i;
  const Vec polarization = times(all, first.polarization);
  for (int d = 0; d < 3; d++) EXPECT_NEAR(polarization[d], second.polarization[d], 1e-12);
}

// The number of cells along each edge of a long strained box follows from the number of atoms: by
// its length, this one would hold 31.
TEST(Invariance, LongBox)
{
  const Potential p = barium_titanate(false);
  Structure s = structure(p.lattice, {30, 1, 1}, strained(0.02, 0, 0, 0, 0, 0), 0.0, 1);
  Structure one = structure(p.lattice, {1, 1, 1}, strained(0.02, 0, 0, 0, 0, 0), 0.0, 1);
  Session a, b;
  a.build(p, s);
  a.potential(p);
  b.build(p, one);
  b.potential(p);
  EXPECT_NEAR(a.energy(), 30 * b.energy(), 1e-12); // rounding
}

// Another structure of as many atoms takes the place of the first, in one session
TEST(Invariance, AnotherStructure)
{
  const Potential p = barium_titanate(true);
  const Structure first = structure(p.lattice, {3, 2, 1}, SKEW, 0.08, 5);
  const Structure second = structure(p.lattice, {1, 2, 3}, SKEW, 0.08, 6);
  Session lmp;
  lmp.build(p, first, {0.3, 0.1, 0.0});
  lmp.potential(p);
  measure(lmp);
  lmp.cmd("delete_atoms group all");
  const Mat h = second.box(p.lattice);
  lmp.cmd("change_box all x final 0 %.17g y final 0 %.17g z final 0 %.17g xy final %.17g xz final "
          "%.17g yz final %.17g units box",
          h[0][0], h[1][1], h[2][2], h[0][1], h[0][2], h[1][2]);
  const int n = second.sites(p.lattice);
  std::vector<Tag> id(n);
  std::vector<int> type(n);
  std::vector<double> x;
  const std::vector<Vec> at = second.positions(p.lattice);
  for (int i = 0; i < n; i++) {
    id[i] = i + 1;
    type[i] = i % 5 == 0 ? 1 : i % 5 == 1 ? 2 : 3;
    for (double v : at[i]) x.push_back(v);
  }
  lammps_create_atoms(lmp.handle, n, id.data(), type.data(), x.data(), nullptr, nullptr, 1);
  Crystal c = {"", nullptr, p, second};
  expect_same(measure(lmp), fresh(c, {0, 0, 0}), "second structure");
}

} // namespace
