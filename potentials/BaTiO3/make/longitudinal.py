#!/usr/bin/env python3
"""Adds cells of 10 atoms with a longitudinal zone-boundary wave to the queue, WORK/queue.json.

    python3 longitudinal.py WORK [--count N] [--seed S]

Born effective charges fall as Ti leaves its center and change with strain, and with them the longitudinal modes, which
the depolarizing field makes stiff. Being stiff they hardly move in thermal snapshots, so that these say little about
them. Here distorted cells of 5 atoms from the training set are doubled along an axis, and all atoms are displaced at
random, opposite in the two halves, mostly along that axis."""

import argparse

import numpy as np

import crystal
import fit
import jobs

ALONG, ACROSS = 0.035, 0.012  # Angstrom, standard deviations
CALM = 110.                  # meV per formula unit of the cell that is doubled


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work")
    parser.add_argument("--count", type=int, default=15)
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    queue = jobs.load(options.work)
    if any(c["kind"] == "longitudinal" for c in queue):
        print("%s has longitudinal waves already" % options.work)
        return
    rng = np.random.default_rng(options.seed)
    cells = [c for c in fit.load() if c["set"] == "train" and c["cells"] == 1 and c["grid"] == 72 and
             fit.is_sampled(c) and 20 < c["relative"] < CALM and c.get("kind") != "scan"]
    records = []
    for n in range(options.count):
        c, axis = cells[(n * len(cells)) // options.count], n % 3
        ncell = [2 if k == axis else 1 for k in range(3)]
        wave = rng.normal(0, 1, (5, 3)) * np.where(np.arange(3) == axis, ALONG, ACROSS) / crystal.BOHR
        u = crystal.displacements((1, 1, 1), np.array(c["cell"]), np.array(c["xred"]))
        cell = np.array(c["cell"]) * np.array(ncell)[:, None]
        xred = crystal.ideal_positions(ncell) + np.concatenate([u + wave, u - wave]) @ np.linalg.inv(cell)
        records.append(crystal.record("l10_%03d" % n, "longitudinal", ncell, cell, xred, temperature=0,
                                      pressure=None, origin="%s doubled" % c["name"]))
    jobs.save(options.work, records + queue)
    print("%d configurations added in front" % len(records))


if __name__ == "__main__":
    main()
