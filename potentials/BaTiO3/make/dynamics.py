"""Snapshots and quenches of the effective potential itself, by LAMMPS with POLAR loaded as plugins.

`lmp` must know pair_style eap/long: set LAMMPS_PLUGIN_PATH to POLAR's build folder."""

import os
import subprocess

import numpy as np

import crystal

POTENTIAL = crystal.POTENTIAL  # folder of the model that runs

CRYSTAL = """units metal
atom_style atomic
atom_modify map array
boundary p p p
box tilt large
read_data start.data
pair_style eap/long umax 2.0
pair_coeff * * {potential}/BaTiO3_sys.xml {potential}/BaTiO3_coeffs.xml Ba Ti O
kspace_style lattice/fft
thermo 1000
thermo_modify norm no
"""

# Langevin rather than a Nose-Hoover thermostat: a crystal of 5 or 10 atoms is too harmonic for the
# latter. The box is free (triclinic), so that strain fluctuates as it does in a crystal of this size.
DYNAMICS = """velocity all create {temperature} {seed} mom yes rot no dist gaussian
fix heat all langevin {temperature} {temperature} 0.2 {seed} zero yes
fix box all nph tri {bars} {bars} 0.5 flip no
timestep 0.002
run {first}
dump 1 all custom {interval} snapshots.dump id type xu yu zu
dump_modify 1 first yes sort id format float %.10f
run {length}
"""

ANNEAL = """velocity all create {temperature} {seed} mom yes rot no dist gaussian
fix heat all langevin {temperature} 1.0 0.2 {seed} zero yes
fix box all nph tri {bars} {bars} 0.5 flip no
timestep 0.002
{field}
dump 2 all custom 5 anneal.dump id type xu yu zu
dump_modify 2 sort id format float %.10f
run {steps}
undump 2
unfix heat
unfix box
"""
# A field drives the crystal out of its single domain and into states that cooling alone rarely finds
FIELD_ON = "fix field all efield/born {0} {1} {2}"
FIELD_OFF = "unfix field"

RELAX = """fix box all box/relax tri {bars} vmax 0.0005
min_style cg
minimize 0 1e-6 2000 20000
unfix box
dump 1 all custom 1 snapshots.dump id type xu yu zu
dump_modify 1 sort id format float %.10f
run 0
print "ENTHALPY $(pe+{bars}*vol*6.241509074e-7)"
"""


def to_lammps(cell):
    """Rotation q of the frame and the box in LAMMPS' frame (rows: vectors), box = cell q^T."""
    a = cell[0] / np.linalg.norm(cell[0])
    c = np.cross(cell[0], cell[1])
    c /= np.linalg.norm(c)
    q = np.array([a, np.cross(c, a), c])
    box = cell @ q.T
    return q, np.tril(box)


def write_data(path, ncell, cell, xred):
    """LAMMPS data file, in Angstrom; atoms in the order of the configuration. Returns the rotation."""
    q, box = to_lammps(np.asarray(cell) * crystal.BOHR)
    atom_types = crystal.types(ncell)
    positions = np.asarray(xred) @ box
    with open(path, "w") as out:
        out.write("BaTiO3\n\n%d atoms\n3 atom types\n\n" % len(positions))
        for d, axis in enumerate("xyz"):
            out.write("0.0 %.12f %slo %shi\n" % (box[d, d], axis, axis))
        out.write("%.12f %.12f %.12f xy xz yz\n\nMasses\n\n" % (box[1, 0], box[2, 0], box[2, 1]))
        for t, mass in enumerate(crystal.MASSES[:3]):
            out.write("%d %.6f\n" % (t + 1, mass))
        out.write("\nAtoms # atomic\n\n")
        for i, (t, x) in enumerate(zip(atom_types, positions)):
            out.write("%d %d %.12f %.12f %.12f\n" % (i + 1, t, *x))
    return q


def upright(cell, ncell):
    """The cell turned such that its deformation of the reference is symmetric (no rotation)."""
    gradient = np.linalg.solve(crystal.A0 * np.diag(np.array(ncell, float)), cell).T
    left, _, right = np.linalg.svd(gradient)
    return cell @ (left @ right)


def read_dump(path):
    """[(cell, xred)] in bohr; cells in LAMMPS' frame."""
    frames, lines = [], open(path).read().splitlines()
    at = 0
    while at + 4 < len(lines) and at + 9 + int(lines[at + 3]) <= len(lines):  # the last frame may be cut off
        natom = int(lines[at + 3])
        bounds = np.array([[float(w) for w in line.split()] for line in lines[at + 5:at + 8]])
        xy, xz, yz = bounds[:, 2] if bounds.shape[1] == 3 else (0., 0., 0.)
        low = bounds[:, 0] - [min(0, xy, xz, xy + xz), min(0, yz), 0]
        high = bounds[:, 1] - [max(0, xy, xz, xy + xz), max(0, yz), 0]
        box = np.diag(high - low)
        box[1, 0], box[2, 0], box[2, 1] = xy, xz, yz
        x = np.array([[float(w) for w in line.split()[2:]] for line in lines[at + 9:at + 9 + natom]])
        frames.append((box / crystal.BOHR, (x - low) @ np.linalg.inv(box)))
        at += 9 + natom
    return frames


def run(folder, script, ncell, cell, xred, lmp="lmp"):
    os.makedirs(folder, exist_ok=True)
    write_data(os.path.join(folder, "start.data"), ncell, cell, xred)
    with open(os.path.join(folder, "in.run"), "w") as out:
        out.write(CRYSTAL.format(potential=POTENTIAL) + script)
    done = subprocess.run([lmp, "-in", "in.run", "-log", "none", "-nocite"], cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise RuntimeError("LAMMPS stopped in %s:\n%s" % (folder, done.stdout[-600:]))
    return done.stdout


def snapshots(folder, rng, ncell, temperature, pressure, count, interval=1.0, equilibrate=3.0, start=None,
              lmp="lmp"):
    """`count` snapshots (cell, xred), `interval` ps apart, at a pressure in GPa, from a slightly
    disturbed cubic crystal or from `start`, a pair (cell, xred)."""
    step = lambda picoseconds: int(round(picoseconds / 0.002))
    expansion = 0.003 - 0.0018 * pressure
    natom = 5 * int(np.prod(ncell))
    cell, xred = start or crystal.structure(ncell, rng.normal(0, 0.05, (natom, 3)), expansion * np.eye(3))
    run(folder, DYNAMICS.format(temperature=temperature, seed=int(rng.integers(1, 900000)), bars=1e4 * pressure,
                                first=step(equilibrate), interval=step(interval),
                                length=step(interval * (count - 1))), ncell, cell, xred, lmp)
    frames = read_dump(os.path.join(folder, "snapshots.dump"))
    return [(upright(cell, ncell), crystal.centered(ncell, cell, xred)) for cell, xred in frames]


def relax(folder, ncell, start, pressure, lmp="lmp", anneal=""):
    """The next minimum with the box free: (cell, xred, enthalpy in meV per formula unit)."""
    output = run(folder, anneal + RELAX.format(bars=1e4 * pressure), ncell, *start, lmp)
    cell, xred = read_dump(os.path.join(folder, "snapshots.dump"))[-1]
    line = [l for l in output.splitlines() if l.startswith("ENTHALPY")][-1].split()
    xred = crystal.centered(ncell, cell, xred)
    return upright(cell, ncell), xred, 1e3 * float(line[1]) / np.prod(ncell)


def quench(folder, rng, ncell, temperature, pressure, lmp="lmp", field=None, steps=4000, shake=0.1):
    """A minimum after annealing for 8 ps from a temperature, in a field (V/A) that is then switched off; from a
    crystal with random displacements of `shake` bohr. Returns as relax does."""
    natom = 5 * int(np.prod(ncell))
    strain = -0.0018 * pressure * np.eye(3) + np.diag(rng.normal(0, 0.1 * shake, 3))
    start = crystal.structure(ncell, rng.normal(0, shake, (natom, 3)), strain)
    anneal = ANNEAL.format(temperature=temperature, seed=int(rng.integers(1, 900000)), bars=1e4 * pressure, steps=steps,
                           field=FIELD_ON.format(*field) if field is not None else "")
    if field is not None:
        anneal += FIELD_OFF + "\n"
    return relax(folder, ncell, start, pressure, lmp, anneal)
