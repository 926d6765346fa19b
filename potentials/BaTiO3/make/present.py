#!/usr/bin/env python3
"""Draws snapshots of the present model's own dynamics and adds them to the queue: WORK/queue.json.

    python3 present.py WORK [--small N] [--doubled N] [--quadrupled N] [--seed S]

Names n5_, n10_, n20_. A model is wrong where its own dynamics goes, and that place moves with the model: sample.py
drew where the first one went. Each snapshot is from a run of its own (4 ps, free triclinic box), 50 to 300 K, 0 and
-5 GPa in turn."""

import argparse
import json
import os

import numpy as np

import crystal
import dynamics
import sample

# Kelvin; seven of them, so that every temperature meets both pressures, every shape and the held-out third
TEMPERATURES = [150, 250, 50, 200, 100, 300, 200]
PRESSURES = [-5., 0.]  # GPa


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work")
    parser.add_argument("--small", type=int, default=12, help="cells of 5 atoms")
    parser.add_argument("--doubled", type=int, default=24, help="cells of 10 atoms")
    parser.add_argument("--quadrupled", type=int, default=6, help="cells of 20 atoms")
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--lmp", default="lmp")
    options = parser.parse_args()
    path = os.path.join(options.work, "queue.json")
    queue = json.load(open(path)) if os.path.exists(path) else []
    if any(c["name"].startswith(("n5_", "n10_", "n20_")) for c in queue):
        print("%s has snapshots of the present model already" % path)
        return
    rng = np.random.default_rng(options.seed)
    drawn = []
    for prefix, wanted, shapes in (("n10", options.doubled, sample.DOUBLED), ("n5", options.small, [(1, 1, 1)]),
                                   ("n20", options.quadrupled, sample.QUADRUPLED)):
        for n in range(wanted):
            ncell, pressure = shapes[n // 2 % len(shapes)], PRESSURES[n % 2]
            temperature = TEMPERATURES[n % len(TEMPERATURES)]
            name = "%s_%03d" % (prefix, n)
            cell, xred = dynamics.snapshots(os.path.join(options.work, "dynamics", name), rng, ncell, temperature,
                                            pressure, 1, equilibrate=4.0, lmp=options.lmp)[0]
            drawn.append(crystal.record(name, "dynamics", ncell, cell, xred, temperature=temperature,
                                        pressure=pressure, origin="dynamics of the model of 85 functions"))
            print(name, flush=True)
    queue = json.load(open(path)) if os.path.exists(path) else []  # it may have changed meanwhile
    os.makedirs(options.work, exist_ok=True)
    with open(path + ".new", "w") as out:
        json.dump(queue + drawn, out)
    os.replace(path + ".new", path)
    print("%d configurations added" % len(drawn))


if __name__ == "__main__":
    main()
