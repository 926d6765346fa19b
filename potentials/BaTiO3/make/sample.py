#!/usr/bin/env python3
"""Draws the configurations to be computed: WORK/queue.json.

    python3 sample.py WORK [--blocks N] [--seed S] [--lmp lmp]

A prefix of the queue of any length is a balanced set: cells of 5 and 10 atoms alternate, then those of
20 atoms come in between. An existing queue is not touched."""

import argparse
import itertools
import os

import numpy as np

import crystal
import dynamics
import jobs
import thermal

# Kelvin. Most of them such that the thermal energy, 7.5 kT per formula unit, stays below the
# 200 meV in which the model must be accurate; a few hot ones to keep it honest above.
TEMPERATURES = [150, 250, 50, 200, 300, 100, 400, 200, 150, 600]
PRESSURES = [-5., 0.]  # GPa
DOUBLED = [(1, 1, 2), (1, 2, 1), (2, 1, 1)]
QUADRUPLED = [(2, 2, 1), (1, 2, 2), (2, 1, 2)]
# cubic expansion of the model at 0 and -5 GPa (without thermal expansion)
EXPANSION = {0.: 0.0, -5.: 0.0090}
# Domains of 2 + 2 cells along z. The polarization turns by 180 or 71 degrees and keeps its z component,
# so that the walls carry no charge. Length: displacement of Ti against the oxygen atoms, Angstrom.
WALLS = [("180 degree wall, P along x", (1, 0, 0), (-1, 0, 0)),
         ("71 degree wall", (1, 1, 1), (-1, 1, 1)),
         ("180 degree wall, P along [110]", (1, 1, 0), (-1, -1, 0)),
         ("109 degree wall", (1, 1, 1), (-1, -1, 1))]
POLAR_DISPLACEMENT = {0.: 0.10, -5.: 0.16}


def polar_pattern(modes):
    """Displacements [5, 3 (direction of P), 3] of the soft polar mode, 1 bohr of Ti against O."""
    squared, vectors = modes[(0., 0., 0.)]
    soft = vectors[:, :3]  # the three unstable polar modes come first
    pattern = []
    for direction in np.eye(3):
        amplitude = soft @ (soft.reshape(5, 3, 3)[1].T @ direction)
        u = (amplitude / np.sqrt(np.repeat(crystal.MASSES, 3))).reshape(5, 3)
        pattern.append(u / (u[1] - u[2:].mean(axis=0))[np.argmax(direction)])
    return np.array(pattern).transpose(1, 0, 2)


def domains(modes, left, right, pressure):
    """Cell and positions of 2 + 2 cells along z with polarization along `left` and `right`."""
    pattern = polar_pattern(modes)
    directions = [np.array(d) / np.linalg.norm(d) for d in (left, left, right, right)]
    length = POLAR_DISPLACEMENT[pressure] / crystal.BOHR
    u = np.concatenate([length * np.einsum("adi,d->ai", pattern, d) for d in directions])
    return crystal.structure((1, 1, 4), u, EXPANSION[pressure] * np.eye(3))


class Sampler:
    def __init__(self, work, seed, lmp):
        self.rng = np.random.default_rng(seed)
        self.modes = crystal.harmonic_modes()
        self.work, self.lmp = work, lmp
        self.count = {}
        self.minima = []

    def number(self, kind):
        self.count[kind] = self.count.get(kind, -1) + 1
        return self.count[kind]

    def snapshot(self, kind, shapes, pressures):
        """The next snapshot of the model's dynamics: all shapes, temperatures and pressures in turn."""
        n = self.number(kind)
        ncell, temperature = shapes[n % len(shapes)], TEMPERATURES[n % len(TEMPERATURES)]
        # every temperature meets every pressure
        pressure = pressures[(n + n // len(TEMPERATURES)) % len(pressures)]
        folder = os.path.join(self.work, "dynamics", "%s_%03d" % (kind, n))
        cell, xred = dynamics.snapshots(folder, self.rng, ncell, temperature, pressure, 1,
                                        equilibrate=4.0, lmp=self.lmp)[0]
        return crystal.record("%s_%03d" % (kind, n), "dynamics", ncell, cell, xred,
                              temperature=temperature, pressure=pressure, origin="dynamics of the model")

    def thermal(self):
        n = self.number("t10")
        ncell, pressure = DOUBLED[(n + 1) % 3], PRESSURES[(n // 2) % 2]
        temperature = TEMPERATURES[(3 * n + 1) % len(TEMPERATURES)]
        cell, xred = thermal.configuration(self.rng, self.modes, ncell, temperature, EXPANSION[pressure])
        return crystal.record("t10_%03d" % n, "thermal", ncell, cell, xred, temperature=temperature,
                              pressure=pressure, origin="harmonic modes of the cubic crystal")

    def quenched(self, shapes, kind):
        """A minimum of the model not met before, if one is found: a check where it has seen no data."""
        n = self.number(kind)
        folder = os.path.join(self.work, "dynamics", "%s_%03d" % (kind, n))
        if not self.minima:  # the single domain
            self.minima.append(dynamics.quench(folder, self.rng, (1, 1, 1), 200, -5., lmp=self.lmp)[2])
        ncell = shapes[n % len(shapes)]
        for _ in range(30):
            cell, xred, enthalpy = dynamics.quench(folder, self.rng, ncell, 400, -5., lmp=self.lmp)
            # meV per formula unit; quenches into one minimum agree to 0.001
            if min(abs(enthalpy - known) for known in self.minima) > 0.02:
                self.minima.append(enthalpy)
                label = "minimum of the model, %+.2f meV per formula unit above its single domain"
                return [crystal.record("%s_%03d" % (kind, n), "quench", ncell, cell, xred, temperature=0,
                                       pressure=-5., origin=label % (enthalpy - self.minima[0]))]
        return []

    def wall(self):
        """Two domains after 0.2 ps of dynamics: thermal motion, while the walls are still there."""
        n = self.number("w20")
        label, left, right = WALLS[n % len(WALLS)]
        pressure, temperature = PRESSURES[(n // 2) % 2], 100
        folder = os.path.join(self.work, "dynamics", "w20_%02d" % n)
        cell, xred = dynamics.snapshots(folder, self.rng, (1, 1, 4), temperature, pressure, 1, equilibrate=0.2,
                                        start=domains(self.modes, left, right, pressure), lmp=self.lmp)[0]
        return crystal.record("w20_%02d" % n, "wall", (1, 1, 4), cell, xred, temperature=temperature,
                              pressure=pressure, origin=label)

    def relaxed_walls(self):
        """The 109 and 71 degree walls as the model relaxes them; symmetric, hence cheap."""
        result = []
        for label, left, right in (WALLS[3], WALLS[1]):
            n = self.number("r20")
            folder = os.path.join(self.work, "dynamics", "r20_%02d" % n)
            start = domains(self.modes, left, right, -5.)
            cell, xred, _ = dynamics.relax(folder, (1, 1, 4), start, -5., lmp=self.lmp)
            result.append(crystal.record("r20_%02d" % n, "wall", (1, 1, 4), cell, xred, temperature=0,
                                         pressure=-5., origin="minimum of the model, " + label))
        return result

    def references(self):
        """The cubic crystal in several cells: the zero of energy, and whether it depends on the supercell."""
        result = []
        for ncell in ((1, 1, 1), (1, 1, 2), (2, 2, 1), (1, 1, 4)):
            cell, xred = crystal.structure(ncell, np.zeros((5 * int(np.prod(ncell)), 3)), np.zeros((3, 3)))
            result.append(crystal.record("cubic_%d%d%d" % ncell, "reference", ncell, cell, xred,
                                         temperature=0, pressure=0., origin="cubic crystal"))
        return result

    def block(self):
        """Twelve small cells."""
        small = []
        for _ in range(3):
            small += [self.snapshot("m10", DOUBLED, PRESSURES), self.snapshot("m5", [(1, 1, 1)], [-5.]),
                      self.thermal(), self.snapshot("m5", [(1, 1, 1)], [-5.])]
        return small

    def queue(self, blocks):
        large = itertools.cycle([lambda: [self.snapshot("m20", QUADRUPLED, PRESSURES)], lambda: [self.wall()],
                                 lambda: [self.snapshot("m20", QUADRUPLED, PRESSURES)], lambda: [self.wall()],
                                 lambda: self.quenched(QUADRUPLED, "q20")])
        result = self.references() + self.block() + self.relaxed_walls()
        for _ in range(blocks):
            result += self.quenched(DOUBLED, "q10") + self.block()
            result += sum((next(large)() for _ in range(3)), [])
        return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work")
    parser.add_argument("--blocks", type=int, default=4)
    parser.add_argument("--seed", type=int, default=20261120)
    parser.add_argument("--lmp", default="lmp")
    options = parser.parse_args()
    if jobs.load(options.work):
        print("%s has a queue already" % options.work)
        return
    os.makedirs(options.work, exist_ok=True)
    queue = Sampler(options.work, options.seed, options.lmp).queue(options.blocks)
    jobs.save(options.work, queue)
    for c in queue:
        u = crystal.displacements(c["ncell"], np.array(c["cell"]), np.array(c["xred"]))
        print("%-8s %-9s %s %4g K %4g GPa  largest displacement %.2f A  %s" %
              (c["name"], c["kind"], "x".join(map(str, c["ncell"])), c["temperature"], c["pressure"],
               np.abs(u).max() * crystal.BOHR, c["origin"]))


if __name__ == "__main__":
    main()
