#!/usr/bin/env python3
"""Training labels for a short-range model that will be overlaid on PQEq: subtract exactly this PQEq.

    python3 subtract_pqeq.py REFERENCE.xyz LABELS.xyz [--pair "coul/pqeq/cut 12.5"]
        [--table pqeq/gao2025.pqeq] [--fix "scheme fixed 2"] [--dispersion "bj pbe 12.5 12.5"]
        [--lmp lmp]

REFERENCE.xyz: extended XYZ with Lattice (or a molecule without), energy (eV) and forces
(eV/Angstrom), and stress (eV/Angstrom^3, positive under tension, as in ASE) or virial (eV). LABELS.xyz
has the same structures with PQEq's share (and dispersion's, if asked for) taken off energy, forces,
stress and virial. All else stays as it is.

The words of --pair, --fix and --dispersion are those of the LAMMPS run that the model is made for;
--dispersion only if the run will overlay pair_style dispersion/d3. Needs lmp with the POLAR plugin
(. build/env.sh) and nothing but Python's standard library.
"""
import argparse
import math
import os
import re
import subprocess
import sys
import tempfile

EV_A3_IN_BAR = 1.6021765e6  # LAMMPS' metal units


def fail(text):
    sys.exit("subtract_pqeq.py: " + text)


def frames(path):
    """(line number, comment, rows of words) of each structure"""
    lines = open(path).read().splitlines()
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        if not re.fullmatch(r"\s*\d+\s*", lines[at]):
            fail(f"{path}:{at + 1}: found '{lines[at][:40]}', expected a number of atoms")
        n = int(lines[at])
        if n == 0 or at + 2 + n > len(lines):
            fail(f"{path}:{at + 1}: {n} atoms, but {max(0, len(lines) - at - 2)} lines follow")
        yield at + 2, lines[at + 1], [line.split() for line in lines[at + 2:at + 2 + n]]
        at += 2 + n


def info(comment):
    """Key=value pairs, the values may be in quotes"""
    pairs = re.findall(r'(\S+?)=("[^"]*"|\S+)', comment)
    return {key: value.strip('"') for key, value in pairs}


def columns(properties, where):
    """First column of each property"""
    words = properties.split(":")
    found, at = {}, 0
    for name, _, count in zip(words[0::3], words[1::3], words[2::3]):
        found[name] = at
        at += int(count)
    for name in ("species", "pos"):
        if name not in found:
            fail(f"{where}: Properties={properties} lacks {name}")
    return found, at


def numbers(words, where, what):
    try:
        x = [float(w) for w in words]
    except ValueError:
        fail(f"{where}: {what} '{' '.join(words)}' are not numbers")
    if not all(map(math.isfinite, x)):
        fail(f"{where}: {what} '{' '.join(words)}' are not finite numbers")
    return x


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def cross(a, b):
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def unit(a):
    return [x / math.sqrt(dot(a, a)) for x in a]


def axes(cell, where):
    """Rows of the rotation into LAMMPS' frame: x along a, y in the plane of a and b"""
    normal = cross(cell[0], cell[1])
    if dot(normal, cell[2]) <= 0.0:
        fail(f"{where}: the lattice vectors are not a right-handed system: exchange two of them")
    x, z = unit(cell[0]), unit(normal)
    return [x, cross(z, x), z]


class Structure:
    def __init__(self, line, comment, rows, path):
        self.where = f"{path}:{line}"
        self.comment, self.rows, self.info = comment, rows, info(comment)
        self.column, width = columns(self.info.get("Properties", ""), self.where)
        for k, row in enumerate(rows):
            if len(row) != width:
                fail(f"{path}:{line + 1 + k}: found {len(row)} columns, expected {width}")
        if "energy" not in self.info:
            fail(f"{self.where}: no energy=; found only {', '.join(self.info)}")
        at = self.column["pos"]
        self.x = [numbers(row[at:at + 3], self.where, "positions") for row in rows]
        self.symbols = [row[self.column["species"]] for row in rows]
        self.cell, self.axes = None, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
        pbc = self.info.get("pbc", "T T T" if "Lattice" in self.info else "F F F").split()
        periodic = [p in ("T", "True", "1") for p in pbc]
        if any(periodic) != all(periodic):
            fail(f"{self.where}: pbc='{' '.join(pbc)}': expected all directions periodic or none")
        if all(periodic):
            h = numbers(self.info.get("Lattice", "").split(), self.where, "Lattice")
            if len(h) != 9:
                fail(f"{self.where}: Lattice has {len(h)} numbers, expected 9")
            self.cell = [h[0:3], h[3:6], h[6:9]]
            self.axes = axes(self.cell, self.where)

    def write_data(self, path, kinds):
        x = [[dot(axis, r) for axis in self.axes] for r in self.x]
        if self.cell:
            a, b, c = ([dot(axis, v) for axis in self.axes] for v in self.cell)
            box = "".join(f"0 {length!r} {k}lo {k}hi\n" for length, k in ((a[0], "x"), (b[1], "y"), (c[2], "z")))
            box += f"{b[0]!r} {c[0]!r} {c[1]!r} xy xz yz\n"
        else:
            box = "".join(f"{min(r[m] for r in x) - 25!r} {max(r[m] for r in x) + 25!r} {k}lo {k}hi\n"
                          for m, k in enumerate("xyz"))
        with open(path, "w") as f:
            f.write(f"structure\n\n{len(x)} atoms\n{len(kinds)} atom types\n{box}\nMasses\n\n")
            f.writelines(f"{k + 1} 1.0\n" for k in range(len(kinds)))
            f.write("\nAtoms # charge\n\n")
            for i, (s, r) in enumerate(zip(self.symbols, x)):
                f.write(f"{i + 1} {kinds.index(s) + 1} 0 {r[0]!r} {r[1]!r} {r[2]!r}\n")

    def back(self, v):
        """A vector of LAMMPS' frame in the structure's"""
        return [sum(self.axes[k][m] * v[k] for k in range(3)) for m in range(3)]

    def labels(self, energy, forces, virial, volume):
        """Comment and rows less energy, forces and virial (LAMMPS' frame)"""
        new = {"energy": repr(float(self.info["energy"]) - energy)}
        w = [[virial[0], virial[3], virial[4]], [virial[3], virial[1], virial[5]], [virial[4], virial[5], virial[2]]]
        half = [self.back(row) for row in w]  # rows still in LAMMPS' frame
        w = [[sum(self.axes[k][a] * half[k][b] for k in range(3)) for b in range(3)] for a in range(3)]
        for key, share in (("virial", 1.0), ("stress", -1.0 / volume)):
            if key not in self.info:
                continue
            if not self.cell:
                fail(f"{self.where}: {key} of a structure that is not periodic")
            old = numbers(self.info[key].split(), self.where, key)
            if len(old) == 9:
                term = [w[a][b] for a in range(3) for b in range(3)]
            elif len(old) == 6:  # xx yy zz yz xz xy
                term = [w[a][b] for a, b in ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))]
            else:
                fail(f"{self.where}: {key} has {len(old)} numbers, expected 6 or 9")
            new[key] = '"' + " ".join(repr(o - share * t) for o, t in zip(old, term)) + '"'
        comment = self.comment
        for key, value in new.items():
            comment = re.sub(rf'(?<!\S){key}=("[^"]*"|\S+)', lambda _: f"{key}={value}", comment, count=1)
        rows = [list(row) for row in self.rows]
        for name in ("forces", "force"):
            if name not in self.column:
                continue
            at = self.column[name]
            for row, f in zip(rows, forces):
                old = numbers(row[at:at + 3], self.where, "forces")
                row[at:at + 3] = [repr(o - x) for o, x in zip(old, self.back(f))]
        return comment, rows


def script(n, kinds, option, folder, periodic):
    """LAMMPS input for structure n"""
    style, *words = option.pair.split()
    head = f"clear\nunits metal\natom_style charge\nbox tilt large\nboundary {'p p p' if periodic else 'f f f'}\n"
    if option.dispersion:
        pair = f"pair_style hybrid/overlay {option.pair} dispersion/d3 {option.dispersion}\n"
        pair += f"pair_coeff * * {style} {option.table} {kinds}\npair_coeff * * dispersion/d3 {kinds}\n"
    else:
        pair = f"pair_style {option.pair}\npair_coeff * * {option.table} {kinds}\n"
    return f"""{head}read_data {folder}/{n}.data
{pair}neigh_modify one 50000 page 1000000
fix pq all pqeq 1 {option.fix}
compute w all pressure NULL virial
dump 1 all custom 1 {folder}/{n}.forces id fx fy fz
dump_modify 1 sort id format float %.17g
thermo_style custom step pe vol c_w[1] c_w[2] c_w[3] c_w[4] c_w[5] c_w[6]
run 0 post no
print "$(pe:%.17g) $(vol:%.17g) $(c_w[1]:%.17g) $(c_w[2]:%.17g) $(c_w[3]:%.17g) $(c_w[4]:%.17g) $(c_w[5]:%.17g) $(c_w[6]:%.17g)" file {folder}/{n}.numbers
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reference")
    parser.add_argument("labels")
    parser.add_argument("--pair", default="coul/pqeq/cut 12.5")
    parser.add_argument("--table", default="pqeq/gao2025.pqeq")
    parser.add_argument("--fix", default="scheme fixed 2")
    parser.add_argument("--dispersion")
    parser.add_argument("--lmp", default="lmp")
    option = parser.parse_args()
    if os.path.exists(option.labels) and os.path.exists(option.reference) \
            and os.path.samefile(option.labels, option.reference):
        fail(f"{option.labels} is the reference, which labels would replace: give them another name")
    if os.path.exists(option.table):
        option.table = os.path.abspath(option.table)
    try:
        structures = [Structure(*frame, option.reference) for frame in frames(option.reference)]
    except OSError as e:
        fail(str(e))
    if not structures:
        fail(f"{option.reference} holds no structure")
    bare = sum("forces" not in s.column and "force" not in s.column for s in structures)
    if bare:
        print(f"note: {bare} of {len(structures)} structures have no column forces (or force): "
              "nothing is taken off forces of another name", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/in.all", "w") as f:
            for n, s in enumerate(structures):
                kinds = sorted(set(s.symbols))
                s.write_data(f"{folder}/{n}.data", kinds)
                f.write(script(n, " ".join(kinds), option, folder, s.cell is not None))
        command = [option.lmp, "-nocite", "-log", "none", "-in", f"{folder}/in.all"]
        try:
            run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        except OSError as e:
            fail(f"cannot run {option.lmp}: {e}. Use . build/env.sh or --lmp")
        if run.returncode:
            done = sum(os.path.exists(f"{folder}/{n}.numbers") for n in range(len(structures)))
            error = [line for line in run.stdout.splitlines() if "ERROR" in line] or run.stdout.splitlines()[-3:]
            fail(f"{structures[min(done, len(structures) - 1)].where}: LAMMPS stopped:\n" + "\n".join(error))
        with open(option.labels, "w") as out:
            for n, s in enumerate(structures):
                energy, volume, *p = map(float, open(f"{folder}/{n}.numbers").read().split())
                virial = [x * volume / EV_A3_IN_BAR for x in p]
                forces = [list(map(float, line.split()[1:4])) for line in open(f"{folder}/{n}.forces").readlines()[9:]]
                comment, rows = s.labels(energy, forces, virial, volume)
                out.write(f"{len(rows)}\n{comment}\n")
                out.writelines(" ".join(row) + "\n" for row in rows)
    print(f"{len(structures)} structures: {option.pair}, {option.table}, {option.fix}"
          + (f", dispersion/d3 {option.dispersion}" if option.dispersion else "") + f" subtracted -> {option.labels}")


main()
