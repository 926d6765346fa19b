"""Energies of phases and along a switching path, of two potentials.

  python3 plot.py phases.dat log.neb.gap log.neb.eap phases.png
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

PHASES = ("cubic", "tetragonal", "orthorhombic", "rhombohedral")
STYLES = (("eap", "effective potential", "0.4", "o"), ("gap", "GAP trained on it", "tab:red", "x"))
CELLS = 8  # formula units in the cell of in.neb


def path(log):
    """Reaction coordinate and energy (meV per formula unit) of the replicas in the last line of the
    log of neb: 9 numbers, then pairs."""
    last = [line.split() for line in open(log) if line.strip() and line.split()[0].isdigit()][-1]
    pairs = np.array([float(x) for x in last[9:]]).reshape(-1, 2)
    return pairs[:, 0], 1000 * (pairs[:, 1] - pairs[0, 1]) / CELLS


def main(data, gap_log, eap_log, picture):
    with open(data) as f:
        title = f.readline().lstrip("# ").split(";")[0].strip()
        rows = {tuple(line.split()[:2]): [float(x) for x in line.split()[2:]] for line in f}
    fig, (a, b) = plt.subplots(1, 2, figsize=(8.6, 3.6), constrained_layout=True)
    for style, label, color, marker in STYLES:
        h = [rows[style, p][0] - rows[style, "cubic"][0] for p in PHASES]
        a.plot(range(4), h, marker, color=color, ms=8, label=label, mew=2)
        for p, x in zip(PHASES, h):
            cell = rows[style, p]
            print("%s %-13s %8.2f meV   a b c %.4f %.4f %.4f A" % (style, p, x, *cell[1:4]))
        s, e = path(gap_log if style == "gap" else eap_log)
        b.plot(s, e, "-" + marker, color=color, label=label, mew=2)
        print("%s barrier of switching: %.2f meV per formula unit" % (style, e.max()))
    a.set_xticks(range(4), PHASES)
    a.set_ylabel("enthalpy (meV per formula unit)")
    a.set_title("relaxed phases, " + title, fontsize=10)
    a.legend(frameon=False)
    b.set_xlabel("path from [111] by [110] to [11$\\bar{1}$]")
    b.set_ylabel("energy (meV per formula unit)")
    b.set_title("switching by 71 degrees, cubic cell", fontsize=10)
    fig.savefig(picture, dpi=110)
    print("wrote", picture)


if __name__ == "__main__":
    main(*sys.argv[1:])
