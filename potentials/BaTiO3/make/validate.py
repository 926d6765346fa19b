#!/usr/bin/env python3
"""Errors of the shipped model on a data file, evaluated with LAMMPS and POLAR.

    python3 validate.py [data/training_extra.json ...] [--held-out] [--plot errors.png] [--list] [--only PREFIX]

Energies are per formula unit and relative to the cubic reference of the file. Needs an lmp that knows
pair_style eap/long (LAMMPS_PLUGIN_PATH)."""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

import crystal
import dynamics
import fit

# In front of every configuration; umax is wide open, since the point is how the model does there.
SINGLE_POINT = """clear
units metal
atom_style atomic
atom_modify map array
boundary p p p
box tilt large
read_data {n}.data
pair_style eap/long umax 2.5 cells {cells}
pair_coeff * * {potential}/{system} {potential}/{coefficients} Ba Ti O
kspace_style lattice/fft
thermo_style custom step pe pxx pyy pzz pxy pxz pyz
thermo_modify norm no
dump 1 all custom 1 {n}.force id fx fy fz
dump_modify 1 sort id format float %.12g
run 0
print "RESULT {n} $(pe:%.12f) $(pxx:%.9f) $(pyy:%.9f) $(pzz:%.9f) $(pxy:%.9f) $(pxz:%.9f) $(pyz:%.9f)"
"""
BAR_PER_GPA = 1e4
LIMIT = 200.  # meV per formula unit: the range in which the model is meant to be accurate


def evaluate(configurations, options):
    """[(energy eV, forces eV/A, stress GPa)] of the model, forces and stress in the frame of the data."""
    with tempfile.TemporaryDirectory() as folder:
        rotations = []
        with open(os.path.join(folder, "in.validate"), "w") as script:
            for n, c in enumerate(configurations):
                rotations.append(dynamics.write_data(os.path.join(folder, "%d.data" % n), c["ncell"],
                                                     c["cell"], c["xred"]))
                script.write(SINGLE_POINT.format(n=n, cells="%d %d %d" % tuple(c["ncell"]), system=options.system,
                                                 potential=options.potential, coefficients=options.coefficients))
        done = subprocess.run([options.lmp, "-in", "in.validate", "-log", "none", "-nocite"], cwd=folder,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            sys.exit("LAMMPS stopped:\n" + done.stdout[-1000:])
        lines = [l.split() for l in done.stdout.splitlines() if l.startswith("RESULT")]
        results = []
        for n, (words, q) in enumerate(zip(lines, rotations)):
            forces = np.loadtxt(os.path.join(folder, "%d.force" % n), skiprows=9, ndmin=2)[:, 1:]
            p = np.array([float(w) for w in words[3:]]) / BAR_PER_GPA
            pressure = np.array([[p[0], p[3], p[4]], [p[3], p[1], p[5]], [p[4], p[5], p[2]]])
            results.append((float(words[2]), forces @ q, -q.T @ pressure @ q))
    return results


def compare(configurations, reference, options):
    """A list of dicts: DFT and model energy (meV/f.u.), force differences (meV/A), stress differences (GPa)."""
    table = []
    for c, (energy, forces, stress) in zip(configurations, evaluate(configurations, options)):
        cells = np.prod(c["ncell"])
        s = np.array(c["stress"]) * crystal.GPA
        dft_forces = np.array(c["forces"]) * crystal.HARTREE / crystal.BOHR * 1e3
        voigt = stress[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]  # 11 22 33 32 31 21
        table.append(dict(name=c["name"], kind=c.get("kind", c["name"].rsplit("_", 1)[0]),
                          temperature=c.get("temperature"), pressure=c.get("pressure"),
                          energy=1e3 * crystal.HARTREE * (c["energy"] / cells - reference),
                          model=1e3 * energy / cells, dft_forces=dft_forces, forces=1e3 * forces,
                          dft_stress=s, stress=voigt,
                          strain=100 * np.abs(crystal.strain(c["ncell"], np.array(c["cell"]))).max()))
    return table


def rms(values):
    values = np.concatenate([np.ravel(v) for v in values])
    return np.sqrt(np.mean(values**2))


def summary(label, rows):
    if not rows:
        return "| %s | 0 | | | | |" % label
    difference = lambda a, b: rms([r[a] - r[b] for r in rows])
    return "| %s | %d | %.2f | %.1f | %.2f | %.0f, %.0f, %.1f |" % (
        label, len(rows), difference("energy", "model"), difference("dft_forces", "forces"),
        difference("dft_stress", "stress"), rms([r["energy"] for r in rows]),
        rms([r["dft_forces"] for r in rows]), rms([r["dft_stress"] for r in rows]))


def report(table, out=sys.stdout):
    inside = [r for r in table if r["energy"] < LIMIT]
    print("| set | configurations | E meV/f.u. | F meV/A | stress GPa | rms of DFT values (E, F, stress) |\n"
          "|---|---|---|---|---|---|", file=out)
    print(summary("all", table), file=out)
    print(summary("below %.0f meV/f.u." % LIMIT, inside), file=out)
    print(summary("above %.0f meV/f.u." % LIMIT, [r for r in table if r["energy"] >= LIMIT]), file=out)
    for kind in sorted({r["kind"] for r in table}):
        for size in sorted({len(r["forces"]) for r in table if r["kind"] == kind}):
            rows = [r for r in inside if r["kind"] == kind and len(r["forces"]) == size]
            print(summary("below %.0f, %s, %d atoms" % (LIMIT, kind, size), rows), file=out)
    for low, high in ((0, 1), (1, 2), (2, 3), (3, 99)):
        print(summary("below %.0f, largest strain %d to %d %%" % (LIMIT, low, high) if high < 99 else
                      "below %.0f, largest strain above %d %%" % (LIMIT, low),
                      [r for r in inside if low <= r["strain"] < high]), file=out)
    for pressure in sorted({r["pressure"] for r in table if r["pressure"] is not None}):
        print(summary("below %.0f, drawn at %g GPa" % (LIMIT, pressure),
                      [r for r in inside if r["pressure"] == pressure]), file=out)


def plot(table, path):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.9))
    quantities = [("energy", "model", "energy (meV per formula unit)"),
                  ("dft_forces", "forces", "force (meV/A)"), ("dft_stress", "stress", "stress (GPa)")]
    for axis, (dft, model, label) in zip(axes, quantities):
        for kind in sorted({r["kind"] for r in table}):
            rows = [r for r in table if r["kind"] == kind]
            x = np.concatenate([np.ravel(r[dft]) for r in rows])
            y = np.concatenate([np.ravel(r[model] - r[dft]) for r in rows])
            axis.plot(x, y, ".", ms=4, label=kind)
        axis.axhline(0, color="0.6", lw=0.8, zorder=0)
        axis.set_xlabel("DFT " + label)
        axis.set_ylabel("model - DFT")
    axes[0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="*", default=[os.path.join(crystal.HERE, "data", "training_extra.json")])
    parser.add_argument("--held-out", action="store_true", help="only what fit.py holds out")
    parser.add_argument("--potential", default=crystal.POTENTIAL, help="folder of the XML files")
    parser.add_argument("--system", default="BaTiO3_sys.xml")
    parser.add_argument("--coefficients", default="BaTiO3_coeffs.xml")
    parser.add_argument("--lmp", default="lmp")
    parser.add_argument("--plot")
    parser.add_argument("--list", action="store_true", help="one line per configuration too")
    parser.add_argument("--only", default="", help="configurations whose names begin so")
    options = parser.parse_args()
    options.potential = os.path.abspath(options.potential)
    table = []
    for path in options.data:
        with open(path) as f:
            data = json.load(f)
        reference = data.get("reference_energy")
        if reference is None:
            reference = next(c["energy"] for c in data["configurations"] if c["name"] == "cubic")
        chosen = [c for c in data["configurations"]
                  if c["grid"] == 72 and c["name"].startswith(options.only) and c.get("kind") != "reference"]
        if options.held_out:
            chosen = [c for c in chosen if fit.which_set(dict(c, file=os.path.basename(path))) == "test"]
        table += compare(chosen, reference, options) if chosen else []
    if options.list:
        for r in table:
            print("%-14s %-9s %5s K %5s GPa  E %8.2f model %8.2f (%+6.2f) meV/f.u.  F %5.1f of %4.0f meV/A  "
                  "stress %.2f of %.1f GPa  strain %.1f %%" %
                  (r["name"], r["kind"], r["temperature"], r["pressure"], r["energy"], r["model"],
                   r["model"] - r["energy"], rms([r["forces"] - r["dft_forces"]]), rms([r["dft_forces"]]),
                   rms([r["stress"] - r["dft_stress"]]), rms([r["dft_stress"]]),
                   r["strain"]))
    report(table)
    if options.plot:
        plot(table, options.plot)


if __name__ == "__main__":
    main()
