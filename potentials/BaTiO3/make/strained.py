#!/usr/bin/env python3
"""Draws displaced cells at strains of 1 to 4 %, where dynamics at negative pressure goes, and adds them to
the queue: WORK/queue.json.

    python3 strained.py WORK [--small N] [--doubled N] [--seed S]

The strain is drawn first: an isotropic part, a tetragonal one of either sign along a random axis, and a shear
in a random plane. The displacements are harmonic thermal ones (thermal.py) plus a polar displacement in a random
direction with the amplitude that the strain suggests, for in an expanded cell the crystal is polar. Draws that
the present model puts above 350 meV per formula unit are left out: the new one is not meant for them."""

import argparse

import numpy as np

import crystal
import jobs
import sample
import thermal
import validate

HIGHEST_ENERGY = 350.  # meV per formula unit, by the present model
TEMPERATURES = [60, 150, 250, 350, 100, 200]  # Kelvin
DOUBLED = [(1, 1, 2), (2, 1, 1), (1, 2, 1)]


def strain(rng):
    """Symmetric strain, 3 x 3: at most about 4 % along an axis, half of that in shear."""
    eta = rng.uniform(-0.004, 0.016) * np.eye(3)
    axis = rng.integers(3)
    tetragonal = rng.choice([-1, 1, 1]) * rng.uniform(0, 0.022)
    eta[axis, axis] += tetragonal
    for other in {0, 1, 2} - {axis}:
        eta[other, other] -= 0.3 * tetragonal + rng.normal(0, 0.003)
    i, j = rng.choice(3, 2, replace=False)
    eta[i, j] = eta[j, i] = rng.normal(0, 0.006)
    return eta


def polar(rng, pattern, eta, ncell):
    """Polar displacements, bohr: Ti against O by 0.05 to 0.2 A along a random direction, more along axes that
    are stretched; in doubled cells with another length in each half, so that waves are sampled too."""
    direction = rng.normal(size=3) * (1 + 30 * np.maximum(np.diag(eta), -0.01))
    direction /= np.linalg.norm(direction)
    length = rng.uniform(0.03, 0.10) + 5 * max(np.diag(eta).max(), 0) * rng.uniform(0, 0.7)
    lengths = length * np.ones(int(np.prod(ncell)))
    if len(lengths) > 1:
        lengths[1:] *= rng.uniform(-1, 1.2)
    u = np.einsum("adi,d->ai", pattern, direction) / crystal.BOHR
    return np.concatenate([s * u for s in lengths])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work")
    parser.add_argument("--small", type=int, default=60, help="cells of 5 atoms")
    parser.add_argument("--doubled", type=int, default=24, help="cells of 10 atoms")
    parser.add_argument("--seed", type=int, default=31120)
    parser.add_argument("--lmp", default="lmp")
    options = parser.parse_args()
    options.potential, options.system = crystal.POTENTIAL, "BaTiO3_sys.xml"
    options.coefficients = "BaTiO3_coeffs.xml"
    queue = jobs.load(options.work)
    if any(c["kind"] == "strained" for c in queue):
        print("%s has strained cells already" % options.work)
        return
    rng = np.random.default_rng(options.seed)
    modes = crystal.harmonic_modes()
    pattern = sample.polar_pattern(modes)
    drawn = []
    for atoms, wanted, shapes in ((5, options.small, [(1, 1, 1)]), (10, options.doubled, DOUBLED)):
        trial = []
        for n in range(2 * wanted):
            ncell, temperature, eta = shapes[n % len(shapes)], TEMPERATURES[n % len(TEMPERATURES)], strain(rng)
            u = thermal.displacements(rng, modes, ncell, temperature) + polar(rng, pattern, eta, ncell)
            cell, xred = crystal.structure(ncell, u, eta)
            trial.append(crystal.record("", "strained", ncell, cell, xred, temperature=temperature, pressure=None,
                                        origin="random strain, harmonic modes and a polar displacement"))
        model = validate.evaluate(trial, options)
        trial = [c for c, m in zip(trial, model) if 1e3 * m[0] / np.prod(c["ncell"]) < HIGHEST_ENERGY][:wanted]
        for n, c in enumerate(trial):
            c["name"] = "s%d_%03d" % (atoms, n)
        drawn.append(trial)
    small, doubled = drawn
    while small or doubled:  # interleaved, so that any first part of the queue is balanced
        ratio = max(1, round(len(small) / max(len(doubled), 1)))
        queue += small[:ratio] + doubled[:1]
        small, doubled = small[ratio:], doubled[1:]
    jobs.save(options.work, queue)
    print("%d configurations added" % sum(map(len, drawn)))


if __name__ == "__main__":
    main()
