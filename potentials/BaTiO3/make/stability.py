#!/usr/bin/env python3
"""Looks for false ground states: minima of a model below its single-domain phases.

    python3 stability.py [--potential FOLDER] [--rounds N] [--seed S] [--pressures 0 -2 -3 -5]

The crystal is annealed in supercells of several shapes, without and with a field that is switched off before the last
quench, and with the box free. In density-functional theory nothing is known below R3m. A search that finds nothing is
no proof; it says where it looked."""

import argparse
import os
import sys
import tempfile

import numpy as np

import crystal
import dynamics

PRESSURES = (0., -2., -3., -5.)  # GPa
SHAPES = ((2, 2, 2), (1, 1, 4), (4, 4, 2), (2, 2, 1), (8, 8, 2), (4, 4, 4), (2, 2, 8), (1, 2, 2), (8, 8, 4))
DEEPER = 0.3                     # meV per formula unit below the phases: numerical noise is 0.01
PHASES = {"P4mm": (0, 0, 1), "Amm2": (0, 1, 1), "R3m": (1, 1, 1)}


def phases(folder, pressure, lmp="lmp"):
    """{phase: (cell, xred, enthalpy meV per formula unit)} of the single domains, and of the cubic crystal."""
    found = {}
    for name, direction in list(PHASES.items()) + [("cubic", (0, 0, 0))]:
        u = np.zeros((5, 3))
        u[1] = 0.2 * np.array(direction)
        start = crystal.structure((1, 1, 1), u, (0.004 - 0.0018 * pressure) * np.eye(3))
        found[name] = dynamics.relax(folder, (1, 1, 1), start, pressure, lmp)
    return found


def search(folder, rng, rounds, pressures=PRESSURES, lmp="lmp", enough=3, report=print):
    """States that lie deeper than the phases, [dict(ncell, cell, xred, pressure, below)], and runs that LAMMPS had
    to stop, [dict(ncell, pressure, below=None, frames)] with frames (cell, xred); ends after `enough`."""
    found, lowest = [], {}
    for p in pressures:
        lowest[p] = min(state[2] for state in phases(folder, p, lmp).values())
    for n in range(rounds):
        ncell, pressure = SHAPES[n % len(SHAPES)], pressures[(n + n // len(SHAPES)) % len(pressures)]
        temperature = (50, 130, 250, 400, 600)[n % 5]
        field = None
        if n % 3:
            field = rng.normal(size=3) if n % 2 else np.array([0, 0, 1.])
            field *= rng.uniform(0.01, 0.03) / np.linalg.norm(field)
        shake = (0.1, 0.1, 0.25)[n % 3]
        try:
            cell, xred, enthalpy = dynamics.quench(folder, rng, ncell, temperature, pressure, lmp, field,
                                                   4000 if np.prod(ncell) < 100 else 2500, shake)
        except RuntimeError as problem:
            reason = [line for line in str(problem).splitlines() if "ERROR" in line] or [str(problem)[-200:]]
            report("  %s at %g GPa, %g K: %s" % (ncell, pressure, temperature, reason[0]))
            found.append(dict(ncell=ncell, pressure=pressure, below=None,
                              frames=dynamics.read_dump(os.path.join(folder, "anneal.dump"))[-30:]))
            if len(found) >= enough:
                break
            continue
        below = lowest[pressure] - enthalpy
        if below > DEEPER:
            largest = np.abs(crystal.strain(ncell, cell)).max()
            report("  %s at %g GPa: %.2f meV per formula unit below the phases, strain %.1f %%" %
                   (ncell, pressure, below, 100 * largest))
            found.append(dict(ncell=ncell, cell=cell, xred=xred, pressure=pressure, below=below))
            if len(found) >= enough:
                break
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--potential", default=crystal.POTENTIAL)
    parser.add_argument("--rounds", type=int, default=72)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pressures", type=float, nargs="+", default=PRESSURES)
    parser.add_argument("--lmp", default="lmp")
    options = parser.parse_args()
    dynamics.POTENTIAL = os.path.abspath(options.potential)
    with tempfile.TemporaryDirectory() as folder:
        for p in options.pressures:
            states = phases(folder, p, options.lmp)
            cubic = states.pop("cubic")[2]
            print("%g GPa: " % p + ", ".join("%s %.2f" % (n, s[2] - cubic) for n, s in states.items()) + " meV", flush=True)
        found = search(folder, np.random.default_rng(options.seed), options.rounds, options.pressures, options.lmp, 99)
    print("%d quenches, %d false states" % (options.rounds, len(found)))
    sys.exit(len(found) > 0)


if __name__ == "__main__":
    main()
