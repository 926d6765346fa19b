#!/usr/bin/env python3
"""Turns the finished jobs of a queue into a data file.

    python3 collect.py WORK [data/training_extra.json]

Layout and units are those of training.json, with a few labels more. Jobs that failed are listed too,
with the reason."""

import argparse
import json
import os
import sys

import numpy as np

import abinit
import crystal

UNITS = ("cell rows = lattice vectors (bohr); xred reduced; energy hartree per cell; forces hartree/bohr; "
         "stress hartree/bohr^3, order 11 22 33 32 31 21, positive sign = +dE/deta/V (pressure = -trace/3); "
         "temperature kelvin and pressure GPa: those the configuration was drawn at, not its own")
ORDER = "per primitive cell Ba Ti O(.5 .5 0) O(.5 0 .5) O(0 .5 .5); cells ix,iy,iz with iz fastest"
NOTE = ("ABINIT 9.6.2, LDA, JTH PAW, ecut 20, ngfft 32 and ngfftdg 72 per cell, k 4x4x4 shifted, tolvrs %s, "
        "pawovlp 14; energies count from reference_energy per formula unit")


def finished(work):
    """(results, failures) of the queue, in its order."""
    with open(os.path.join(work, "queue.json")) as f:
        queue = json.load(f)
    with open(os.path.join(work, "status.json")) as f:
        status = json.load(f)
    results, failures = [], []
    for c in queue:
        state = status.get(c["name"])
        if state is None:
            continue
        if state["state"] != "done":
            failures.append(dict(name=c["name"], kind=c["kind"], temperature=c["temperature"],
                                 pressure=c["pressure"], reason=state["reason"]))
            continue
        energy, forces, stress = abinit.read_output(os.path.join(work, c["name"], "run.abo"))
        if np.abs(forces.sum(axis=0)).max() > 1e-6:  # ABINIT removes the mean force itself
            sys.exit("%s: the forces do not add up to zero" % c["name"])
        results.append(dict(c, grid=72, energy=energy, forces=forces, stress=stress,
                            cpu_seconds=state["cpu"]))
    return results, failures


def line(result):
    """One configuration, one line; digits as ABINIT prints them."""
    rounded = lambda table, digits: np.round(np.asarray(table), digits).tolist()
    return json.dumps(dict(
        name=result["name"], kind=result["kind"], temperature=result["temperature"],
        pressure=result["pressure"], origin=result["origin"], grid=72, ncell=result["ncell"],
        cell=rounded(result["cell"], 12), xred=rounded(result["xred"], 12), energy=result["energy"],
        forces=rounded(result["forces"], 10), stress=rounded(result["stress"], 13),
        cpu_seconds=result["cpu_seconds"]), separators=(",", ":"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work")
    parser.add_argument("output", nargs="?", default=os.path.join(crystal.HERE, "data", "training_extra.json"))
    parser.add_argument("--tolerance", default="2d-5", help="tolvrs of the run, for the note")
    parser.add_argument("--reference", help="data file with the energy of the cubic crystal")
    options = parser.parse_args()
    results, failures = finished(options.work)
    references = {tuple(r["ncell"]): r["energy"] / np.prod(r["ncell"]) for r in results if r["kind"] == "reference"}
    if (1, 1, 1) not in references and options.reference:  # the same settings: the same crystal
        with open(options.reference) as f:
            references[1, 1, 1] = json.load(f)["reference_energy"]
    if (1, 1, 1) not in references:
        sys.exit("the cubic reference cubic_111 is not finished; --reference takes that of another data file")
    head = dict(units=UNITS, atom_order=ORDER, note=NOTE % options.tolerance, reference_energy=references[1, 1, 1],
                reference_energy_by_cell={"x".join(map(str, n)): e for n, e in references.items()},
                failed=failures)
    with open(options.output, "w") as out:
        out.write("{\n")
        for key, value in head.items():
            out.write("%s: %s,\n" % (json.dumps(key), json.dumps(value)))
        out.write('"configurations": [\n' + ",\n".join(map(line, results)) + "\n]\n}\n")
    print("%d configurations, %d failed: %s, %.0f kB" %
          (len(results), len(failures), options.output, os.path.getsize(options.output) / 1e3))


if __name__ == "__main__":
    main()
