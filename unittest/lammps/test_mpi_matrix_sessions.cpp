// Every style through what an input script does between runs: runs in pieces, respa, atoms and
// boxes that change, read_data add, new IDs, potentials set anew. Forces, energy and virial must
// then be those of a new instance, on one rank, with the same atoms.

#include "matrix.h"

using namespace matrix_test;

namespace {

class Sessions : public Matrix {
protected:
  // what another instance needs to hold the same atoms
  static Atoms atoms(Lammps &lmp, const std::vector<double> &mass)
  {
    const int n = lmp.natoms();
    Atoms a;
    a.mass = mass;
    double hi[3], xy, yz, xz;
    lammps_extract_box(lmp.handle, a.low.data(), hi, &xy, &yz, &xz, nullptr, nullptr);
    a.box = {hi[0] - a.low[0], hi[1] - a.low[1], hi[2] - a.low[2], xy, xz, yz};
    a.x = lmp.gather("x", 3);
    std::vector<int> mine(n);
    const auto *type = static_cast<int *>(lammps_extract_atom(lmp.handle, "type"));
    by_id::each(lmp.handle, [&](int i, size_t id) { mine[id] = type[i]; });
    a.type.resize(n);
    MPI_Allreduce(mine.data(), a.type.data(), n, MPI_INT, MPI_SUM, by_id::world(lmp.handle));
    const auto flags = by_id::gather_images(lmp.handle);
    for (int i = 0; i < n; i++)
      a.image.push_back(
          lammps_encode_image_flags(flags[3 * i], flags[3 * i + 1], flags[3 * i + 2]));
    return a;
  }

  struct Result {
    std::vector<double> f, numbers, born; // numbers: energy, virial
  };
  Result at_rest(Lammps &lmp) const
  {
    lmp.lines("velocity all set 0 0 0\nrun 0 post no");
    Result r = {lmp.gather("f", 3), {internal(lmp)}, {}};
    for (const char *p : {"pxx", "pyy", "pzz", "pxy", "pxz", "pyz"})
      r.numbers.push_back(lmp.thermo(p) * lmp.thermo("vol") * eap_test::EV_PER_BAR_A3);
    if (row.response()) r.born = lmp.gather("c_Z", 9);
    return r;
  }
  // after whatever happened to it, lmp gives what a new instance gives; ends with atoms at rest
  void like_new(Lammps &lmp, const Way &way = {}) const
  {
    const Result used = at_rest(lmp);
    const Atoms same_atoms = atoms(lmp, row.atoms.mass);
    if (rank() > 0) return;
    Lammps fresh(MPI_COMM_SELF);
    box(fresh, way, same_atoms);
    potential(fresh, way);
    const Result expected = at_rest(fresh);
    EXPECT_LT(max_difference(used.f, expected.f), row.tolerance);
    EXPECT_LT(max_difference(used.numbers, expected.numbers), 10 * row.tolerance);
    EXPECT_LT(max_difference(used.born, expected.born), 10 * row.tolerance);
    EXPECT_GT(max_abs(used.f), 0.01); // eV/Angstrom: there are forces to compare
  }
};

} // namespace

TEST_P(Sessions, RunsInPieces)
{
  const State expected = run(MPI_COMM_WORLD, {}, 10);
  {
    Lammps lmp(MPI_COMM_WORLD);
    box(lmp);
    potential(lmp);
    lmp.lines("run 0\nrun 0 post no\nrun 4 upto\nrun 0\nrun 6 start 0 stop 10");
    same(state(lmp), expected);
  }
  {
    Lammps lmp(MPI_COMM_WORLD);
    box(lmp);
    potential(lmp);
    lmp.lines("run 3 post no\nrun 3 pre no post no\nrun 4 pre no");
    same(state(lmp), expected);
  }
  Lammps lmp(MPI_COMM_WORLD);
  box(lmp);
  potential(lmp);
  lmp.lines("variable e equal pe\nrun 10 every 3 \"variable now equal ${e}\"");
  same(state(lmp), expected);
}

// With nothing on the inner level respa is velocity Verlet, and on the inner level alone it is
// velocity Verlet with the inner step
TEST_P(Sessions, Respa)
{
  const std::string kspace = row.more.find("kspace_style") == std::string::npos ? "" : " kspace ";
  const auto levels = [&](const char *n) {
    return std::string("run_style respa 2 2 pair ") + n + (kspace.empty() ? "" : kspace + n);
  };
  if (row.style == "les") { // a documented restriction
    Way way;
    way.after = levels("2");
    EXPECT_LAMMPS_ERROR(run(MPI_COMM_WORLD, way, 0), "les does not work with run_style respa");
    return;
  }
  const State expected = run(MPI_COMM_WORLD, {}, 6);
  {
    Lammps lmp(MPI_COMM_WORLD);
    box(lmp);
    potential(lmp);
    lmp.lines(levels("2") + "\nrun 6");
    same(state(lmp), expected);
  }
  Lammps lmp(MPI_COMM_WORLD);
  box(lmp);
  potential(lmp);
  lmp.lines(levels("1") + "\ntimestep 0.001");
  if (row.response()) lmp.cmd("fix_modify field respa 1");
  if (row.name.compare(0, 4, "pqeq") == 0) lmp.cmd("fix_modify pq respa 1");
  lmp.cmd("run 3");
  const State inner = state(lmp);
  EXPECT_LT(moved(inner, expected), row.tolerance);
  EXPECT_LT(max_difference(inner.f, expected.f), row.tolerance);
}

TEST_P(Sessions, ChangedBox)
{
  Lammps lmp(MPI_COMM_WORLD);
  box(lmp);
  potential(lmp);
  lmp.lines("run 3\nchange_box all x scale 1.01 y scale 0.995 remap");
  like_new(lmp);
  lmp.lines("change_box all x delta -2.5 -2.5 y delta 1.2 1.2 z delta 0.7 0.7 units box\n"
            "displace_atoms all move -2.5 1.2 0.7 units box\n"
            "displace_atoms all random 0.01 0.01 0.01 4711 units box");
  like_new(lmp);
  if (row.atoms.box[3] != 0) {
    lmp.cmd("change_box all xy delta 0.3 yz delta -0.2 remap units box");
    like_new(lmp);
  }
  lmp.lines("run 2\nreset_timestep 0\nrun 2");
  like_new(lmp);
}

// An atom goes, another takes its place, all get new IDs
TEST_P(Sessions, AtomsThatGoAndCome)
{
  Lammps lmp(MPI_COMM_WORLD);
  box(lmp);
  potential(lmp);
  lmp.cmd("run 3");
  const Atoms before = atoms(lmp, row.atoms.mass);
  lmp.lines("group gone id 3\ndelete_atoms group gone");
  if (row.style.compare(0, 3, "eap") == 0) {
    EXPECT_LAMMPS_ERROR(lmp.cmd("run 0"), "atoms"); // a crystal with a vacancy
  } else {
    like_new(lmp);
  }
  lmp.cmd("create_atoms %d single %.17g %.17g %.17g units box", before.type[2], before.x[6] + 0.02,
          before.x[7], before.x[8] - 0.01);
  ASSERT_EQ(lmp.natoms(), (int)before.type.size());
  like_new(lmp);
  lmp.lines("run 2\nreset_atoms id sort yes");
  like_new(lmp);
  lmp.cmd("run 2");
  like_new(lmp);
}

// a second copy of a data file beside the first
TEST_P(Sessions, DataFileAdded)
{
  const std::string file = folder + ".data";
  Atoms once;
  {
    Lammps lmp(MPI_COMM_WORLD);
    box(lmp);
    potential(lmp);
    lmp.cmd("run 2");
    once = atoms(lmp, row.atoms.mass);
    lmp.cmd("write_data %s nocoeff", file.c_str());
  }
  MPI_Barrier(MPI_COMM_WORLD);
  Lammps lmp(MPI_COMM_WORLD);
  lmp.lines("units metal\natom_style charge\natom_modify map array\nbox tilt large");
  lmp.cmd("read_data %s", file.c_str());
  lmp.cmd("read_data %s add append shift %.17g 0 0", file.c_str(), once.box[0]);
  ASSERT_EQ(lmp.natoms(), 2 * (int)once.type.size());
  EXPECT_NEAR(atoms(lmp, once.mass).box[0], 2 * once.box[0], 1e-12 * once.box[0]);
  potential(lmp);
  like_new(lmp);
  MPI_Barrier(MPI_COMM_WORLD);
  if (rank() == 0) remove(file.c_str());
}

// a second pair_style, pair_coeff and kspace_style while fixes stay, and fixes anew while they stay
TEST_P(Sessions, PotentialAnew)
{
  const State expected = run(MPI_COMM_WORLD, {}, 6, false);
  Lammps lmp(MPI_COMM_WORLD);
  box(lmp);
  potential(lmp);
  lmp.cmd("run 3");
  pair(lmp);
  const size_t kspace = row.more.find("kspace_style");
  if (kspace != std::string::npos) lmp.lines(row.more.substr(0, row.more.find("fix ")));
  lmp.cmd("run 3");
  same(state(lmp, false), expected, 10); // the dipole of les begins anew
  like_new(lmp);
  if (row.response()) lmp.lines("unfix field\nunfix P\nuncompute Z");
  const size_t fix = row.more.find("fix ");
  if (fix != std::string::npos) lmp.lines("unfix pq\n" + row.more.substr(fix));
  if (row.response())
    lmp.lines("fix field all efield/born 0.02 -0.01 0.03 born " + row.born +
              "\nfix_modify field energy yes virial yes\nfix P all polarization 1 born " +
              row.born + "\ncompute Z all born/atom born " + row.born);
  like_new(lmp);
}

// hybrid with one sub-style is that style
TEST_P(Sessions, Hybrid)
{
  Way way;
  way.hybrid = "hybrid";
  const State plain = run(MPI_COMM_WORLD, {}, 10), hybrid = run(MPI_COMM_WORLD, way, 10);
  same(hybrid, plain);
}

// pairs taken out of the neighbor list: for pair style eap, which has none, nothing changes, and
// fix pqeq refuses
TEST_P(Sessions, ExcludedPairs)
{
  Way way;
  way.after = "group some id 2:9\nneigh_modify exclude group some some";
  if (row.name.compare(0, 4, "pqeq") == 0) {
    EXPECT_LAMMPS_ERROR(run(MPI_COMM_WORLD, way, 0), "neigh_modify exclude");
    return;
  }
  const State one = alone(way);
  compare(way, one);
  const State all = alone({});
  if (rank() > 0) return;
  if (row.style.compare(0, 3, "eap") == 0 || row.style == "les") same(one, all);
  else EXPECT_GT(max_difference(one.f, all.f), 0.01); // eV/Angstrom
}

// what LAMMPS says about itself
TEST_P(Sessions, Info)
{
  Lammps lmp(MPI_COMM_WORLD);
  box(lmp);
  potential(lmp);
  lmp.lines("info all out overwrite /dev/null\nrun 0\ninfo all out overwrite /dev/null");
  like_new(lmp);
}

INSTANTIATE_TEST_SUITE_P(Styles, Sessions, testing::ValuesIn(ROWS),
                         [](const testing::TestParamInfo<const char *> &info) {
                           return std::string(info.param);
                         });
