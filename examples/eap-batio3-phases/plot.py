"""Phases of in.phases: name of the phase at each temperature, transition temperatures, picture.

  python3 plot.py phases.png heating.dat [cooling.dat]
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

PHASES = ("cubic", "tetragonal", "orthorhombic", "rhombohedral")
COLORS = ("0.6", "tab:red", "tab:orange", "tab:blue")
# Kelvin, R-O, O-T, T-C: Gao et al. 2025, Table 2, and the experimental values given there
OTHERS = (("Gao et al. 2025", (145, 205, 285)), ("experiment", (183, 278, 403)))


def phase(p):
    """Number of components of the mean polarization that are not zero: those above half the largest one. Below
    6 uC/cm2 all are fluctuations of a crystal of about 1000 cells."""
    p = np.abs(p)
    return 0 if p.max() < 6.0 else int((p > 0.5 * p.max()).sum())


def transitions(T, n):
    """{transition: (last temperature of the lower phase, first of the higher)} for R-O, O-T, T-C, where met."""
    order = np.argsort(T, kind="stable")
    T, n = T[order], n[order]
    found = {}
    for k, name in ((3, "R-O"), (2, "O-T"), (1, "T-C")):
        below, above = T[n >= k], T[n < k]
        if len(below) and len(above) and above.max() > below.min():
            last = below.max()
            if (T > last).any():
                found[name] = (last, T[T > last].min())
    return found


def main(picture, *files):
    branches = []
    for file in files:
        with open(file) as f:
            title = f.readline().lstrip("# ").strip()
        rows = np.loadtxt(file, ndmin=2)
        heating = rows[-1, 0] >= rows[0, 0]
        branches.append(("heating", rows, "o", "-") if heating else ("cooling", rows[::-1], "v", "--"))

    print(title)
    fig, (a, b, c) = plt.subplots(3, 1, figsize=(6.6, 7.6), sharex=True, constrained_layout=True,
                                  gridspec_kw=dict(height_ratios=(1.2, 1, 0.55)))
    bars = []
    for name, part, marker, line in branches:
        T, P, cell, angle = part[:, 0], part[:, 1:4], part[:, 4:7], part[:, 7:10]
        n = np.array([phase(p) for p in P])
        for i in range(len(T)):
            print("%-7s %6g K  %-13s P %6.1f %6.1f %6.1f uC/cm2   a b c %.4f %.4f %.4f A   angles %.2f %.2f %.2f"
                  % (name, T[i], PHASES[n[i]], *P[i], *cell[i], *angle[i]))
        met = transitions(T, n)
        print(name + ": " + ", ".join("%s between %g and %g K" % (t, *v) for t, v in met.items()))
        bars.append((name, [sum(met[t]) / 2 if t in met else None for t in ("R-O", "O-T", "T-C")]))
        # by size, so that a hop of the polarization to another equivalent axis does not show
        P, cell = -np.sort(-np.abs(P)), -np.sort(-cell)
        for k, label in enumerate(("largest", "middle", "smallest")):
            filled = dict(mfc="none") if name == "cooling" else {}
            a.plot(T, P[:, k], line, marker=marker, ms=4, lw=1, color="C%d" % k, **filled,
                   label="%s |P| component, %s" % (label, name) if k == 0 or name == "heating" else None)
            b.plot(T, cell[:, k], line, marker=marker, ms=4, lw=1, color="C%d" % k, **filled)
    a.set_ylabel(r"polarization ($\mu$C/cm$^2$)")
    a.legend(frameon=False, fontsize=7)
    a.set_title(title, fontsize=10)
    b.set_ylabel(r"lattice constants ($\mathrm{\AA}$)")
    bars += OTHERS
    far = 1.05 * max(max(v for v in values if v is not None) for _, values in bars if any(values))
    for row, (name, values) in enumerate(bars):
        edges = [0.0] + [0.0 if v is None else v for v in values] + [far]
        for k in range(4):
            if edges[k + 1] > edges[k]:
                c.barh(-row, edges[k + 1] - edges[k], left=edges[k], color=COLORS[3 - k], height=0.8)
                c.text(0.5 * (edges[k] + edges[k + 1]), -row, "ROTC"[k], ha="center", va="center", fontsize=7)
    c.set_yticks([-r for r in range(len(bars))], [name for name, _ in bars], fontsize=8)
    c.set_xlabel("temperature (K)")
    fig.savefig(picture, dpi=110)
    print("wrote", picture)


if __name__ == "__main__":
    main(*sys.argv[1:])
