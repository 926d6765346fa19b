#!/usr/bin/env python3
"""Draws snapshots of the present model's own dynamics and adds them to the queue: WORK/queue.json.

    python3 present.py WORK [--letter L] [--small N] [--doubled N] [--quadrupled N] [--cubes N] [--seed S]
                            [--pressures P ...]

Names n5_, n10_, n20_, n40_; another letter for each model. A model is wrong where its own dynamics goes, and that
place moves with the model: sample.py drew where the first one went. Each snapshot is from a run of its own (4 ps, free
triclinic box), 50 to 300 K, the pressures in turn."""

import argparse
import os

import numpy as np

import crystal
import dynamics
import jobs
import sample

# Kelvin; seven of them, so that every temperature meets every pressure, every shape and the held-out third
TEMPERATURES = [150, 250, 50, 200, 100, 300, 200]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work")
    parser.add_argument("--letter", default="n", help="of the names")
    parser.add_argument("--pressures", type=float, nargs="+", default=[-5., 0.], help="GPa")
    parser.add_argument("--small", type=int, default=12, help="cells of 5 atoms")
    parser.add_argument("--doubled", type=int, default=24, help="cells of 10 atoms")
    parser.add_argument("--quadrupled", type=int, default=6, help="cells of 20 atoms")
    parser.add_argument("--cubes", type=int, default=0, help="cells of 40 atoms, 2 x 2 x 2")
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--lmp", default="lmp")
    options = parser.parse_args()
    queue = jobs.load(options.work)
    names = tuple(options.letter + size for size in ("5_", "10_", "20_", "40_"))
    if any(c["name"].startswith(names) for c in queue):
        print("%s has snapshots with the letter %s already" % (options.work, options.letter))
        return
    rng = np.random.default_rng(options.seed)
    drawn = []
    turns = len(options.pressures)
    for natom, wanted, shapes in ((10, options.doubled, sample.DOUBLED), (5, options.small, [(1, 1, 1)]),
                                  (20, options.quadrupled, sample.QUADRUPLED), (40, options.cubes, [(2, 2, 2)])):
        for n in range(wanted):
            ncell, pressure = shapes[n // turns % len(shapes)], options.pressures[n % turns]
            temperature = TEMPERATURES[n % len(TEMPERATURES)]
            name = "%s%d_%03d" % (options.letter, natom, n)
            cell, xred = dynamics.snapshots(os.path.join(options.work, "dynamics", name), rng, ncell, temperature,
                                            pressure, 1, equilibrate=4.0, lmp=options.lmp)[0]
            drawn.append(crystal.record(name, "dynamics", ncell, cell, xred, temperature=temperature,
                                        pressure=pressure, origin="dynamics of the then model, --letter %s" % options.letter))
            print(name, flush=True)
    jobs.save(options.work, jobs.load(options.work) + drawn)  # the queue may have changed meanwhile
    print("%d configurations added" % len(drawn))


if __name__ == "__main__":
    main()
