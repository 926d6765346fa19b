#!/usr/bin/env python3
"""Fits the anharmonic coefficients.

    python3 fit.py [--output FOLDER] [--sizes N ...] [--core ../../../build/libpolar_core.a]

1. Every candidate of terms.py is evaluated on every configuration by POLAR's own core (design.py).
2. Functions are selected one by one on the training set (orthogonal matching pursuit with bounds); their number is
   the one with the smallest cross-validated error on five folds of the training set.
3. Weighted least squares with the bounds and the inequalities below. The held-out set is looked at last.
4. Stability: the model is annealed and quenched (stability.py); a state below the single-domain phases becomes an
   inequality, E(state) >= E(R3m) + a margin, and the fit is repeated.

The energy of a model is bounded from below: eighth powers of all components of the Ti-O bond vectors v and of the Ba-O
differences have positive coefficients. They bound the strain too: along a row of N cells the displacements cancel and
the 2 N vectors v add up to N eta a, so that the mean of v^8 is at least (eta a/2)^8, for shear as well. All else is of
degree less than eight in differences and strain together."""

import argparse
import json
import os
import shutil
import tempfile

import numpy as np

import crystal
import design
import dynamics
import leastsquares
import stability
import terms
import thermal

DATA = os.path.join(crystal.HERE, "data")
FILES = ("training.json", "training_extra.json", "training_strained.json", "training_dynamics.json",
         "training_late.json", "held_out_late.json")
EV = 1e3 * crystal.HARTREE                       # meV per hartree
FORCE = 1e3 * crystal.HARTREE / crystal.BOHR     # meV/A per hartree/bohr
# standard deviations that the errors of a calm configuration are measured by
SIGMA_ENERGY, SIGMA_FORCE, SIGMA_STRESS = 0.5, 10., 0.1  # meV per formula unit, meV/A, GPa
LIMIT = 200.                                     # meV per formula unit: where the model is meant to be accurate
WILD = 1000.                                     # rms force, meV/A: beyond the model, and PAW spheres overlap there
FOLDS = 5
RIDGE = 0.01         # of the weighted norm of a column: what the data do not determine stays small
NEAREST = 0.05       # a function enters if at least this fraction of it is new
# lower bounds, hartree and bohr: eighth powers of the bonds, sixth powers of the strains
LEAST_TIO8, LEAST_BAO8, LEAST_ETA6, LEAST_SHEAR6 = 0.006, 0.001, 5e3, 1e3


def load():
    """All configurations with `set`: train, test (held out, never used before the last line), or unused."""
    result = []
    for file in FILES:
        path = os.path.join(DATA, file)
        if not os.path.exists(path):
            continue
        with open(path) as f:
            data = json.load(f)
        reference = data.get("reference_energy")
        if reference is None:
            reference = next(c["energy"] for c in data["configurations"] if c["name"] == "cubic")
        for c in data["configurations"]:
            c = dict(c, file=file, cells=int(np.prod(c["ncell"])))
            c["relative"] = EV * (c["energy"] / c["cells"] - reference)  # meV per formula unit
            c["set"] = which_set(c)
            if c["set"] == "train" and FORCE * np.sqrt(np.mean(np.square(c["forces"]))) > WILD:
                c["set"] = "unused"
            result.append(c)
    return result


def which_set(c):
    """By rule, drawn before any fit saw them: held out are all of the second file (which was made to test the first
    model) and of the last one, and of the third and the fourth one, by the number in the name, two strained cells of 5
    atoms in five and a third of the rest. Cells cut from false states are for training only."""
    if c.get("kind") == "reference" or c["name"] == "cubic":
        return "unused"
    if c["file"] in ("training_extra.json", "held_out_late.json"):
        return "test"
    if c["file"] in ("training_strained.json", "training_dynamics.json") and c["kind"] != "false state":
        number = int(c["name"].split("_")[1])
        return "test" if number % 5 in (2, 4) and c["name"].startswith("s5_") or (
            number % 3 == 2 and not c["name"].startswith("s5_")) else "train"
    return "train"


def weights(c):
    """Factors of energy, force and stress: the more distorted, the less they count; the phases count most."""
    e, f = abs(c["relative"]), FORCE * np.sqrt(np.mean(np.square(c["forces"])))
    if c["grid"] == 48:                          # the coarse grid: no energies, uncertain forces
        return 0., 0.4, 0.3
    if c["name"].startswith("well"):
        return 10., 2., 2.
    if c["name"].startswith(("path", "relax", "zb")):
        return 4 / (1 + e / 30), 1 / (1 + f / 100), 1 / (1 + e / 50)
    larger = 2. if c["cells"] > 1 else 1.         # there are fewer of these, and they have modes of their own
    return 1.75 / (1 + e / 100), larger / (1 + f / 600), 1 / (1 + e / 150)


def is_sampled(c):
    """Thermal, strained and dynamics cells: the folds are made of these."""
    return c["name"].startswith("train_") or c["file"] != "training.json"


class Rows:
    """Weighted rows [A | b] of one configuration, and the unweighted ones for the errors."""

    def __init__(self, c, matrices):
        energy, force, stress = matrices
        self.energy, self.stress = 1e3 * energy, stress
        self.force = 1e3 * force.reshape(len(force), -1)
        self.target = (c["relative"], FORCE * np.ravel(c["forces"]), crystal.GPA * np.array(c["stress"]))
        we, wf, ws = weights(c)
        wf /= np.sqrt(c["cells"])
        self.a = np.vstack([self.energy[None, 1:] * (we / SIGMA_ENERGY), self.force[1:].T * (wf / SIGMA_FORCE),
                            self.stress[1:].T * (ws / SIGMA_STRESS)])
        self.b = np.concatenate([[(self.target[0] - self.energy[0]) * (we / SIGMA_ENERGY)],
                                 (self.target[1] - self.force[0]) * (wf / SIGMA_FORCE),
                                 (self.target[2] - self.stress[0]) * (ws / SIGMA_STRESS)])

    def errors(self, chosen, x):
        value = lambda m: m[0] + x @ m[1 + np.asarray(chosen)]
        return [value(m) - t for m, t in zip((self.energy, self.force, self.stress), self.target)]


def rms(rows, chosen, x):
    """Root mean square errors: meV per formula unit, meV/A, GPa."""
    errors = [r.errors(chosen, x) for r in rows]
    return [np.sqrt(np.mean(np.square(np.concatenate([np.ravel(e[k]) for e in errors])))) for k in range(3)]


def bounds(pool):
    """{candidate: lower bound}; those with a positive one are always in the model."""
    lower = {}
    for k, (family, function) in enumerate(pool):
        factors, strains = function[0][1:]
        even = all(f[3] % 2 == 0 for f in factors) and all(q % 2 == 0 for _, q in strains)
        if family == "TiO^8":
            lower[k] = LEAST_TIO8
        elif family == "BaO^8":
            lower[k] = LEAST_BAO8
        elif family == "eta^6":
            lower[k] = LEAST_ETA6 if strains[0][0] < 3 else LEAST_SHEAR6
        elif even and not strains and family.endswith(("^4", "^6", "^8")) and family != "TiO-TiO(Ti)^6":
            lower[k] = 0.                        # that one may be negative: eighth powers of its bonds are there
        elif even and family == "eta^4":
            lower[k] = 0.
    return lower


class Problem:
    """Normal equations of a set of rows, and the inequalities."""

    def __init__(self, rows, pool, ridge=RIDGE):
        self.lower, self.ridge = bounds(pool), ridge
        self.start = [k for k, v in self.lower.items() if v > 0]
        a, b = np.vstack([r.a for r in rows]), np.concatenate([r.b for r in rows])
        self.normal, self.right, self.square = a.T @ a, a.T @ b, b @ b
        self.constraints, self.limits = np.zeros((0, len(pool))), np.zeros(0)

    def solve(self, chosen):
        chosen = np.asarray(chosen)
        normal = self.normal[np.ix_(chosen, chosen)]
        normal = normal + np.diag((self.ridge**2 + 1e-12) * np.diag(normal))
        bounded = [n for n, k in enumerate(chosen) if k in self.lower]
        rows = np.vstack([np.eye(len(chosen))[bounded], self.constraints[:, chosen]])
        limits = np.concatenate([[self.lower[chosen[n]] for n in bounded], self.limits])
        return leastsquares.solve(normal, self.right[chosen], rows, limits)

    def select(self, most, allowed):
        """The functions in the order in which they enter; the next is the one that, orthogonal to those in use,
        takes away most of the residual. Bounded ones enter with their good sign only."""
        chosen = list(self.start)
        norms = np.diag(self.normal)
        allowed = allowed & (norms > 1e-16 * norms[norms > 0].max())  # zero on all data, e.g. in small cells
        while len(chosen) < most:
            x = self.solve(chosen)
            # functions that rest on their bound do not span directions
            active = [k for k, v in zip(chosen, x) if k not in self.lower or v > self.lower[k] + 1e-9 * abs(v) + 1e-12]
            gradient = self.right - self.normal[:, chosen] @ x
            rest = norms.copy()
            if active:
                scale = 1 / np.sqrt(norms[active])
                lower = np.linalg.cholesky(self.normal[np.ix_(active, active)] * np.outer(scale, scale) +
                                           1e-10 * np.eye(len(active)))
                rest = norms - np.sum(np.linalg.solve(lower, scale[:, None] * self.normal[active])**2, axis=0)
            gain = np.where(rest > NEAREST**2 * norms, gradient**2 / np.maximum(rest, 1e-300), 0)
            for k in self.lower:
                if gradient[k] <= 0:
                    gain[k] = 0
            gain[chosen] = 0
            gain[~allowed] = 0
            best = int(np.argmax(gain))
            if gain[best] <= 0:
                break
            chosen.append(best)
        return chosen


def cross_validate(rows, configurations, pool, sizes, allowed, report=print):
    """Selects and fits without a fold, measures on it: [(size, mean error in units of the sigmas)]."""
    sampled = [n for n, c in enumerate(configurations) if is_sampled(c)]
    folds = [set(sampled[f::FOLDS]) for f in range(FOLDS)]
    total = {size: [] for size in sizes}
    for fold in folds:
        problem = Problem([r for n, r in enumerate(rows) if n not in fold], pool)
        order = problem.select(max(sizes), allowed)
        inside = [rows[n] for n in fold if configurations[n]["relative"] < LIMIT]
        for size in sizes:
            chosen = order[:size]
            total[size].append(rms(inside, chosen, problem.solve(chosen)))
    result = []
    for size in sizes:
        e, f, s = np.sqrt(np.mean(np.square(total[size]), axis=0))
        report("  %3d functions: left-out folds %.2f meV/f.u. %.1f meV/A %.3f GPa" % (size, e, f, s))
        result.append((size, np.sqrt(((e / SIGMA_ENERGY)**2 + (f / SIGMA_FORCE)**2 + (s / SIGMA_STRESS)**2) / 3)))
    return result


class Guard:
    """Inequalities that keep the energy of a model up where there are no data.

    Far from the cubic crystal: in all data whose harmonic energy is above 100 meV per formula unit, the energy of
    density-functional theory is at least 0.67 of the harmonic one. A model must keep at least FRACTION of it.
    At a false ground state and at scaled copies of it: at least MARGIN above the enthalpy of the phases."""

    FRACTION = 0.2                               # of the harmonic energy
    SHELL = 150., 4000.                          # meV per formula unit: where that is asked; beyond, powers grow
    MARGIN = 1.0                                 # meV per formula unit
    COPIES = (0.4, 0.55, 0.7, 0.85, 1.0, 1.15)   # of displacement and strain: the way down to the state as well
    LARGEST_STRAIN, LARGEST_DISPLACEMENT = 0.2, 3.5  # bohr

    def __init__(self, library, pool, chosen, problem):
        self.design = design.Design(library, [pool[k][1] for k in chosen])
        self.chosen, self.problem = chosen, problem
        self.points, self.rows, self.limits, self.used = [], [], [], set()

    def add(self, ncell, cell, xred, least=None):
        """A point of configuration space; least: lower limit of the energy there, if there is one of its own."""
        eta, u = crystal.strain(ncell, cell), crystal.displacements(ncell, cell, xred)
        far = np.abs(eta).max() > self.LARGEST_STRAIN or np.abs(u).max() > self.LARGEST_DISPLACEMENT
        if far or not np.isfinite(u).all():
            return
        energy = 1e3 * self.design.evaluate(ncell, cell, xred)[0]
        limits = [] if least is None else [least]
        if self.SHELL[0] < energy[0] < self.SHELL[1]:
            limits.append(self.FRACTION * energy[0])
        if limits:
            self.points.append(dict(ncell=[int(n) for n in ncell], cell=np.round(cell, 6).tolist(),
                                    xred=np.round(xred, 6).tolist(), least=least))
            self.rows.append(energy[1:])
            self.limits.append(max(limits) - energy[0])

    def solve(self, at_once=25):
        """Cutting planes: only what a solution violates becomes an inequality of the problem."""
        rows, limits = np.array(self.rows), np.array(self.limits)
        for _ in range(100):
            x = self.problem.solve(self.chosen)
            slack = rows @ x - limits if len(limits) else np.zeros(0)
            worst = [n for n in np.argsort(slack)[:at_once] if slack[n] < -1e-3 and n not in self.used]
            if not worst:
                return x
            full = np.zeros((len(worst), self.problem.normal.shape[0]))
            full[:, self.chosen] = rows[worst]
            self.problem.constraints = np.vstack([self.problem.constraints, full])
            self.problem.limits = np.append(self.problem.limits, limits[worst])
            self.used.update(worst)
        raise RuntimeError("the inequalities do not settle")

    def random(self, rng, count=300):
        """Random displacements and thermal ones of very hot harmonic crystals, in strained cells of three sizes."""
        modes = crystal.harmonic_modes()
        for n in range(count):
            ncell = ((1, 1, 1), (1, 1, 2), (2, 2, 2))[n % 3]
            eta = rng.uniform(0, 0.05) * np.diag(rng.normal(size=3)) + rng.normal(0, 0.005) * (np.ones((3, 3)) - np.eye(3))
            if n % 2:
                u = rng.normal(0, rng.uniform(0.1, 0.5), (5 * int(np.prod(ncell)), 3))
            else:
                u = thermal.displacements(rng, modes, ncell, rng.uniform(300, 3000))
            self.add(ncell, *crystal.structure(ncell, u, eta))

    def descend(self, rng, x, starts, steps=80):
        """Walks down E - FRACTION E_harmonic from random places in small cells; the points where that is negative far
        out are added. Returns how many."""
        modes, before = crystal.harmonic_modes(), len(self.rows)
        for n in range(starts):
            ncell = ((2, 2, 1), (4, 4, 1), (2, 2, 2), (3, 2, 2), (8, 8, 1), (1, 1, 1), (2, 4, 2), (4, 4, 4))[n % 8]
            eta = rng.uniform(0, 0.04) * np.diag(rng.normal(size=3))
            if max(ncell) > 2 or n % 4 == 1:
                u = rng.normal(0, rng.uniform(0.1, 0.3), (5 * int(np.prod(ncell)), 3))
            else:
                u = thermal.displacements(rng, modes, ncell, rng.uniform(300, 2500))
            lowest = None
            for _ in range(steps):
                cell, xred = crystal.structure(ncell, u, eta)
                if np.abs(eta).max() > self.LARGEST_STRAIN or np.abs(u).max() > self.LARGEST_DISPLACEMENT:
                    break
                energy, force, stress = self.design.evaluate(ncell, cell, xred)
                value = 1e3 * ((1 - self.FRACTION) * energy[0] + x @ energy[1:])
                if self.SHELL[0] < 1e3 * energy[0] < self.SHELL[1] and value < -1 and (lowest is None or value < lowest[0]):
                    lowest = (value, ncell, cell, xred)
                down = (1 - self.FRACTION) * force[0] + np.tensordot(x, force[1:], 1)
                pull = (1 - self.FRACTION) * stress[0] + x @ stress[1:]
                u = u + 0.06 * down / np.abs(down).max()
                pull = pull[[0, 5, 4, 5, 1, 3, 4, 3, 2]].reshape(3, 3)
                eta = eta - 0.002 * pull / np.abs(pull).max()
            if lowest:
                self.add(*lowest[1:])
        return len(self.rows) - before

    def state(self, state, lowest):
        """state: of stability.search; lowest: enthalpy of the phases at its pressure, meV per formula unit."""
        ncell = state["ncell"]
        if state["below"] is None:
            for frame in state["frames"]:
                self.add(ncell, *frame)
            return
        eta = crystal.strain(ncell, state["cell"])
        u = crystal.displacements(ncell, state["cell"], state["xred"])
        for f in self.COPIES:
            cell = crystal.A0 * np.diag(np.array(ncell, float)) @ (np.eye(3) + f * eta)
            volume = np.linalg.det(cell) / np.prod(ncell)
            least = lowest + self.MARGIN - EV * state["pressure"] / crystal.GPA * volume
            self.add(ncell, cell, crystal.ideal_positions(ncell) + f * u @ np.linalg.inv(cell), least)

    def load(self, path):
        if path and os.path.exists(path):
            with open(path) as f:
                for point in json.load(f):
                    self.add(point["ncell"], np.array(point["cell"]), np.array(point["xred"]), point["least"])

    def save(self, path):
        lines = [json.dumps(self.points[n], separators=(",", ":")) for n in sorted(self.used)]
        with open(path, "w") as out:
            out.write("[\n" + ",\n".join(lines) + "\n]\n")


def stabilize(problem, chosen, pool, options, library):
    """Fit, search, constrain, until a search finds nothing."""
    rng = np.random.default_rng(options.seed)
    guard = Guard(library, pool, chosen, problem)
    guard.random(rng)
    guard.load(options.guards)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(design.SYSTEM, folder)
        dynamics.POTENTIAL = folder
        for turn in range(options.turns):
            for _ in range(20):
                x = guard.solve()
                if not guard.descend(rng, x, 60):
                    break
            terms.write_xml(os.path.join(folder, "BaTiO3_coeffs.xml"), [pool[k][1] for k in chosen], x)
            print("stability, turn %d, %d inequalities" % (turn, len(problem.limits)), flush=True)
            found = []
            if options.quenches:
                found = stability.search(os.path.join(folder, "run"), rng, options.quenches, lmp=options.lmp)
            if options.guards:
                guard.save(options.guards)
            if not found:
                return x
            lowest = {}
            for state in found:
                p = state["pressure"]
                if p not in lowest:
                    lowest[p] = min(s[2] for s in stability.phases(folder, p, options.lmp).values())
                guard.state(state, lowest[p])
    raise SystemExit("not stable after %d turns" % options.turns)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", default=".", help="folder for BaTiO3_coeffs.xml and fit.json")
    parser.add_argument("--core", default=os.path.join(design.TOP, "build", "libpolar_core.a"))
    parser.add_argument("--sizes", type=int, nargs="+", default=[40, 50, 60, 70, 85, 100],
                        help="numbers of functions to choose from by cross-validation")
    parser.add_argument("--turns", type=int, default=15, help="of the stability loop; 0: none")
    parser.add_argument("--quenches", type=int, default=54, help="in each turn; 0: only the guards")
    parser.add_argument("--guards", default=os.path.join(DATA, "guards.json"),
                        help="points where inequalities are needed: read and written")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--lmp", default="lmp")
    options = parser.parse_args()
    library, pool = design.build(options.core), terms.candidates()
    evaluator = design.Design(library, [function for _, function in pool])
    configurations = [c for c in load() if c["set"] != "unused"]
    rows = [Rows(c, evaluator.evaluate(c["ncell"], c["cell"], c["xred"])) for c in configurations]
    train = [n for n, c in enumerate(configurations) if c["set"] == "train"]
    pick = lambda indices: [rows[n] for n in indices]
    print("%d candidates, %d configurations to fit, %d held out" % (len(pool), len(train), len(rows) - len(train)),
          flush=True)

    allowed = np.ones(len(pool), bool)
    problem = Problem(pick(train), pool)
    if len(options.sizes) > 1:
        scores = cross_validate(pick(train), [configurations[n] for n in train], pool, options.sizes, allowed)
        size = min(scores, key=lambda s: s[1])[0]
    else:
        size = options.sizes[0]
    chosen = problem.select(size, allowed)
    x = stabilize(problem, chosen, pool, options, library) if options.turns else problem.solve(chosen)

    held_out = [n for n, c in enumerate(configurations) if c["set"] == "test"]
    calm = lambda indices: [n for n in indices if configurations[n]["relative"] < LIMIT]
    for name, indices in (("training", train), ("training below 200", calm(train)),
                          ("held out", held_out), ("held out below 200", calm(held_out))):
        if indices:
            errors = rms(pick(indices), chosen, x)
            print("%-20s %3d configurations: %.2f meV/f.u. %.1f meV/A %.3f GPa" % (name, len(indices), *errors))
    os.makedirs(options.output, exist_ok=True)
    terms.write_xml(os.path.join(options.output, "BaTiO3_coeffs.xml"), [pool[k][1] for k in chosen], x)
    with open(os.path.join(options.output, "fit.json"), "w") as out:
        json.dump([dict(family=pool[k][0], text=terms.label(pool[k][1]), value=v) for k, v in zip(chosen, x)],
                  out, indent=0)


if __name__ == "__main__":
    main()
