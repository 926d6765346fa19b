// pair_style eap/long across restart, data and dump files, replicate and rerun, on any number of
// ranks.

#include "eap_session.h"

#include <cstring>
#include <fstream>
#include <sstream>

namespace {

using namespace eap_test;

const Mat AXES = strained(0.01, -0.015, 0.012, 0, 0, 0);
const Mat SKEW = strained(0.01, -0.015, 0.012, 0.03, -0.02, 0.04);

// a name that all ranks know, removed at the end
class File {
public:
  std::string name;
  explicit File(const std::string &suffix)
  {
    int id = getpid();
    MPI_Bcast(&id, 1, MPI_INT, 0, MPI_COMM_WORLD);
    name = testing::TempDir() + "polar_restart_" + std::to_string(id) + suffix;
  }
  ~File()
  {
    int me;
    MPI_Comm_rank(MPI_COMM_WORLD, &me);
    MPI_Barrier(MPI_COMM_WORLD);
    if (me == 0) remove(name.c_str()); // a slow rank might remove the next file of this name
  }
};

// what a script sets up anew after read_restart
void continue_with(Session &lmp, const Potential &p, const std::string &ensemble)
{
  lmp.potential(p);
  lmp.cmd("atom_modify sort 0 0.0"); // sums over atoms keep their order
  // a field that goes up and down within 0.1 ps
  lmp.lines("timestep 0.001\nvariable e equal 0.03*sin(2*PI*step*dt/0.1)\n"
            "fix field all efield/born 0.01 v_e -0.02\nfix_modify field energy yes virial yes\n" +
            ensemble +
            "\nfix p all polarization 1\nthermo_style custom step temp pe etotal f_p[*] f_field");
}

struct State {
  std::vector<double> numbers;
  explicit State(Session &lmp)
  {
    for (const char *name : {"x", "v", "f"}) append(lmp.gather(name, 3));
    for (const Vec &row : lmp.box()) append({row[0], row[1], row[2]});
    for (int i = 0; i < 9; i++) append({lmp.fix_vector("p", i)});
    append({lmp.fix_scalar("field"), lmp.thermo("pe"), lmp.thermo("step")});
  }
  void append(const std::vector<double> &more)
  {
    numbers.insert(numbers.end(), more.begin(), more.end());
  }
};

// LAMMPS turns the positions in a triclinic box into reduced ones and back once more after it has
// written them: there, restarts of any pair style agree to rounding only.
void expect_equal(const State &a, const State &b, bool triclinic)
{
  const double worst = max_difference(a.numbers, b.numbers);
  if (triclinic) EXPECT_LT(worst, 1e-10); // 1e-15 grown by 63 steps
  else
    EXPECT_TRUE(!memcmp(a.numbers.data(), b.numbers.data(), a.numbers.size() * sizeof(double)) &&
                a.numbers.size() == b.numbers.size())
        << "bits differ by up to " << worst;
}

void check_restart(const Potential &p, const Mat &strain, const std::string &ensemble,
                   const std::string &velocity)
{
  SCOPED_TRACE(ensemble + " " + velocity);
  const Structure s = structure(p.lattice, {3, 2, 2}, strain, 0.05, 5);
  File file(".restart"), during(".80");
  const std::string root = during.name.substr(0, during.name.size() - 3);
  Session first(MPI_COMM_WORLD), second(MPI_COMM_WORLD), third(MPI_COMM_WORLD);
  // not left to the shape of the box, which changes
  for (Session *lmp : {&first, &second, &third}) lmp->cmd("processors * 1 1");
  first.build(p, s, {0.3, 1.9, 0.2});
  const bool triclinic = lammps_extract_setting(first.handle, "triclinic");
  continue_with(first, p, ensemble);
  first.lines("velocity all create 300 4711 mom yes loop all\n" + velocity);
  first.cmd("run 37");
  first.cmd("write_restart %s", file.name.c_str());
  first.cmd("restart 80 %s", root.c_str()); // forces new neighbor lists at that step
  first.cmd("run 63");
  const State expected(first);

  second.cmd("read_restart %s", file.name.c_str());
  continue_with(second, p, ensemble);
  second.cmd("restart 80 %s", root.c_str());
  second.cmd("run 63");
  expect_equal(State(second), expected, triclinic);

  // from the file of a run that went on
  third.cmd("read_restart %s", during.name.c_str());
  continue_with(third, p, ensemble);
  third.cmd("run 20");
  expect_equal(State(third), expected, triclinic);
}

TEST(Restart, GoesOnAsIfNothingHappened)
{
  const Potential p = barium_titanate(true);
  ModelFiles files(triclinic_cell(), {38, 22, 8, 8}, true, 7);
  // else fix npt takes the centre of the box as it is when the fix is made
  // the skewed box gets a slow barostat: in this field it would soon leave the model's 10 % of
  // strain
  const std::string fixed = "fixedpoint 0 0 0", still = "",
                    flying = "velocity all set 30 -20 25 sum yes units box";
  for (const std::string &velocity : {still, flying}) {
    check_restart(p, AXES, "fix 1 all nve", velocity);
    check_restart(p, AXES, "fix 1 all nvt temp 300 300 0.1", velocity);
    check_restart(p, AXES, "fix 1 all npt temp 300 300 0.1 aniso 0 0 0.5 " + fixed, velocity);
    check_restart(p, SKEW, "fix 1 all npt temp 300 300 0.1 tri 0 0 1.0 flip no " + fixed, velocity);
    check_restart(files.potential, SKEW, "fix 1 all nve", velocity);
  }
}

// replicate after a run, after read_restart and after read_data: twice the energy
TEST(Restart, Replicate)
{
  const Potential p = barium_titanate(true);
  const Structure s = structure(p.lattice, {2, 2, 2}, SKEW, 0.05, 5);
  File restart(".restart"), data(".data");
  Session lmp(MPI_COMM_WORLD);
  lmp.build(p, s);
  continue_with(lmp, p, "fix 1 all nve");
  lmp.lines("variable e equal 0.02\nvelocity all create 600 4711 mom yes loop all\n"
            "velocity all set 25 -10 20 sum yes units box\nrun 100"); // 2.5 Angstrom along x
  const double pe = lmp.thermo("pe"), dipole = lmp.fix_vector("p", 3);
  lmp.cmd("write_restart %s", restart.name.c_str());
  lmp.cmd("write_data %s nocoeff", data.name.c_str());

  Session from_restart(MPI_COMM_WORLD), from_data(MPI_COMM_WORLD);
  from_restart.cmd("read_restart %s", restart.name.c_str());
  from_data.lines("units metal\natom_modify map array\nbox tilt large");
  from_data.cmd("read_data %s", data.name.c_str());
  for (Session *other : {&from_restart, &from_data}) {
    continue_with(*other, p, "fix 1 all nve");
    other->cmd("variable e equal 0.02");
    // 16 digits in the data file; -E.M has 3e-9 e of net charge per cell
    EXPECT_NEAR(other->energy(), pe, 1e-7);
    EXPECT_NEAR(other->fix_vector("p", 3), dipole, 1e-6);
  }
  for (Session *each : {&lmp, &from_restart, &from_data}) {
    each->cmd("replicate 2 1 3");
    EXPECT_NEAR(each->energy(), 6 * pe, 1e-6);
    EXPECT_NEAR(each->fix_vector("p", 3), 6 * dipole, 1e-5);
    each->cmd("run 10");
  }
  EXPECT_NEAR(lmp.thermo("pe"), from_restart.thermo("pe"), 1e-6);
  // without a run before
  Session at_once(MPI_COMM_WORLD);
  at_once.cmd("read_restart %s", restart.name.c_str());
  continue_with(at_once, p, "fix 1 all nve");
  at_once.lines("variable e equal 0.02\nreplicate 1 2 1");
  EXPECT_NEAR(at_once.energy(), 2 * pe, 1e-6);
}

void read_numbers(const std::string &name, std::vector<double> &numbers)
{
  std::ifstream in(name);
  std::string line;
  while (std::getline(in, line)) {
    if (line[0] == '#') continue;
    std::istringstream words(line);
    for (double x; words >> x;) numbers.push_back(x);
  }
}

// energies and polarizations of a trajectory, once more from its dump
TEST(Restart, Rerun)
{
  const Potential p = barium_titanate(true);
  const Structure s = structure(p.lattice, {3, 2, 2}, SKEW, 0.05, 5);
  for (const char *position : {"x y z", "xu yu zu"}) {
    SCOPED_TRACE(position);
    File dump(".dump");
    Session lmp(MPI_COMM_WORLD);
    lmp.build(p, s);
    continue_with(lmp, p, "fix 1 all npt temp 300 300 0.1 tri 0 0 0.5 flip no");
    lmp.cmd("velocity all create 300 4711 mom yes loop all");
    lmp.lines("velocity all set 30 -20 25 sum yes units box");
    lmp.cmd("dump 1 all custom 20 %s id type %s", dump.name.c_str(), position);
    lmp.cmd("dump_modify 1 format float %%.17g");
    std::vector<double> expected;
    for (int frame = 0; frame < 6; frame++) {
      lmp.cmd("run %d", frame ? 20 : 0);
      expected.insert(expected.end(),
                      {lmp.thermo("pe"), lmp.fix_vector("p", 0), lmp.fix_scalar("field")});
    }
    lmp.cmd("undump 1");

    Session again(MPI_COMM_WORLD);
    again.build(p, s);
    continue_with(again, p, "fix 1 all nve");
    File table(".table"), polarization(".polarization");
    again.cmd("unfix p");
    again.cmd("fix p all polarization 20 file %s", polarization.name.c_str());
    again.lines("variable pe equal pe\nvariable px equal f_p[1]\nvariable fe equal f_field");
    again.cmd("fix seen all print 20 \"$(pe:%%.17g) $(f_p[1]:%%.17g) $(f_field:%%.17g)\" file %s "
              "screen no",
              table.name.c_str());
    again.cmd("rerun %s dump x y z box yes wrapped %s", dump.name.c_str(),
              position[1] == 'u' ? "no" : "yes");
    again.lines("unfix seen\nunfix p");
    MPI_Barrier(MPI_COMM_WORLD);
    std::vector<double> seen, recorded;
    read_numbers(table.name, seen);
    read_numbers(polarization.name, recorded);
    ASSERT_EQ(seen.size(), expected.size());
    ASSERT_EQ(recorded.size(), 6u * 11);
    // the box in the dump has 16 digits; -E.M has 3e-9 e of net charge per cell
    EXPECT_LT(max_difference(seen, expected), 1e-8);
    for (int frame = 0; frame < 6; frame++)
      EXPECT_NEAR(recorded[11 * frame + 2], expected[3 * frame + 1], 1e-10) << frame;
  }
}

// Snapshots of one crystal anywhere in the box, in no order: half a box from one to the next, too
TEST(Restart, RerunOfJumps)
{
  const Potential p = barium_titanate(true);
  const Structure s = structure(p.lattice, {2, 1, 2}, AXES, 0.08, 5);
  const Mat h = s.box(p.lattice);
  const Vec jumps[] = {
      {0, 0, 0}, {0.5, 0.5, 0.5}, {0.25, 0.1, -0.3}, {-0.25, 0.6, 0.2}, {0.02, 0.0, 0.7}};
  File dump(".dump"), table(".table");
  int me;
  MPI_Comm_rank(MPI_COMM_WORLD, &me);
  if (me == 0) {
    std::ofstream out(dump.name);
    out.precision(17);
    int step = 0;
    for (const Vec &jump : jumps) {
      out << "ITEM: TIMESTEP\n"
          << step++ << "\nITEM: NUMBER OF ATOMS\n"
          << s.u.size() << "\nITEM: BOX BOUNDS pp pp pp\n0 " << h[0][0] << "\n0 " << h[1][1]
          << "\n0 " << h[2][2] << "\nITEM: ATOMS id type x y z\n";
      int i = 0;
      for (const Vec &x : s.positions(p.lattice)) {
        out << i + 1 << " " << (i % 5 == 0 ? 1 : i % 5 == 1 ? 2 : 3);
        for (int d = 0; d < 3; d++) {
          const double r = x[d] / h[d][d] + jump[d];
          out << " " << (r - std::floor(r)) * h[d][d];
        }
        out << "\n";
        i++;
      }
    }
  }
  MPI_Barrier(MPI_COMM_WORLD);
  Session lmp(MPI_COMM_WORLD);
  lmp.build(p, s);
  lmp.potential(p);
  const double energy = lmp.energy();
  for (const char *atoms : {"", "purge yes add yes replace no"}) { // moved, or made anew
    lmp.cmd("fix seen all print 1 \"$(pe:%%.17g)\" file %s screen no", table.name.c_str());
    lmp.cmd("rerun %s dump x y z %s", dump.name.c_str(), atoms);
    lmp.cmd("unfix seen");
    MPI_Barrier(MPI_COMM_WORLD);
    std::vector<double> seen;
    read_numbers(table.name, seen);
    EXPECT_EQ(seen.size(), 5u);
    for (double e : seen) EXPECT_NEAR(e, energy, 1e-11); // rounding
    MPI_Barrier(MPI_COMM_WORLD);                         // all ranks have read the file
  }
}

} // namespace
