#!/usr/bin/env python3
"""Adds symmetric cells to the queue, WORK/queue.json: strains of the cubic crystal up to 6 %, and polar
displacements of several lengths in strained cells. They cost 3 to 10 s each, and fix the elastic anharmonicity and
the coupling of the polar mode to strain where random cells are rare.

    python3 scans.py WORK"""

import argparse

import numpy as np

import crystal
import jobs
import sample

PERCENT = 0.01
# strain in percent: 11 22 33, and one shear component 23 or all three
STRAINS = [((4, 4, 4), 0), ((0, 0, 4), 0), ((2.5, 2.5, 2.5), 0), ((0, 0, 6), 0), ((0, 0, 0), 3), ((3, 3, 0), 0),
           ((-2, -2, -2), 0), ((0, 0, -4), 0), ((-1, -1, 3), 0), ((2, 2, 2), 2), ((6, 6, 6), 0), ((2, 2, -2), 0),
           ((1, 3, 4), 0), ((0, 0, 0), 5)]
# strain in percent, shear in percent, direction of the polar displacement, length of Ti against O in Angstrom
POLAR = [((0, 0, 3), 0, (0, 0, 1), 0.20), ((1, 1, 4), 0, (0, 0, 1), 0.30), ((2, 2, 2), 0, (0, 0, 1), 0.20),
         ((1.5, 1.5, 1.5), 0, (1, 1, 1), 0.20), ((2.5, 2.5, 2.5), 0.3, (1, 1, 1), 0.30), ((1, 2, 2), 0, (0, 1, 1), 0.20),
         ((0.5, 3, 3), 0, (0, 1, 1), 0.28), ((0, 0, 5), 0, (0, 0, 1), 0.40), ((3, 3, 0), 0, (0, 0, 1), 0.12),
         ((-1, -1, 2), 0, (0, 0, 1), 0.15), ((1, 1, 1), 0, (1, 1, 1), 0.45), ((0, 0, 2), 0, (0, 0, 1), 0.45)]


def tensor(stretch, shear, direction=(1, 1, 1)):
    """Shear acts between the axes of the direction if it has two, else between all."""
    eta = np.diag(np.array(stretch, float))
    axes = [d for d in range(3) if direction[d]] or [0, 1, 2]
    for i in axes:
        for j in axes:
            if i != j:
                eta[i, j] = shear
    return PERCENT * eta


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work")
    options = parser.parse_args()
    queue = jobs.load(options.work)
    if any(c["kind"] == "scan" for c in queue):
        print("%s has scans already" % options.work)
        return
    pattern = sample.polar_pattern(crystal.harmonic_modes())
    scans = []
    for stretch, shear in STRAINS:
        scans.append((np.zeros((5, 3)), tensor(stretch, shear), "strained cubic crystal"))
    for stretch, shear, direction, length in POLAR:
        unit = np.array(direction) / np.linalg.norm(direction)
        u = np.einsum("adi,d->ai", pattern, unit) * length / crystal.BOHR
        scans.append((u, tensor(stretch, shear, direction), "soft polar mode along %d%d%d" % direction))
    records = []
    for n, (u, eta, origin) in enumerate(scans):
        cell, xred = crystal.structure((1, 1, 1), u, eta)
        xred = crystal.centered((1, 1, 1), cell, xred)  # mirrors through points of the FFT grid
        records.append(crystal.record("scan_%03d" % n, "scan", (1, 1, 1), cell, xred, temperature=0, pressure=None,
                                      origin=origin))
    jobs.save(options.work, records + queue)
    print("%d configurations added in front" % len(records))


if __name__ == "__main__":
    main()
