"""Phases of in.phases: name of the phase at each temperature, picture.

  python3 plot.py phases.dat phases.png
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

PHASES = ("cubic", "tetragonal", "orthorhombic", "rhombohedral")
COLORS = ("0.5", "tab:red", "tab:orange", "tab:blue")


def phase(p):
    """Number of components of the mean polarization that are not zero: those above half the largest
    one. Below 6 uC/cm2 all are fluctuations of a crystal of about 500 cells."""
    p = np.abs(p)
    return 0 if p.max() < 6.0 else int((p > 0.5 * p.max()).sum())


def main(data, picture):
    with open(data) as f:
        title = f.readline().lstrip("# ").strip()
    rows = np.loadtxt(data, ndmin=2)
    T, P, cell, angle = rows[:, 0], rows[:, 1:4], rows[:, 4:7], rows[:, 7:10]
    n = np.array([phase(p) for p in P])

    print(title)
    for i in range(len(T)):
        print("%6g K  %-13s P %6.1f %6.1f %6.1f uC/cm2   a b c %.4f %.4f %.4f A   angles %.2f %.2f %.2f"
              % (T[i], PHASES[n[i]], *P[i], *cell[i], *angle[i]))

    # the components and the lattice constants by size, so that a hop of the polarization to
    # another equivalent axis does not show
    P = -np.sort(-np.abs(P))
    cell = -np.sort(-cell)
    fig, (a, b) = plt.subplots(2, 1, figsize=(6.4, 6.4), sharex=True, constrained_layout=True)
    edge = np.concatenate([[T[0]], 0.5 * (T[1:] + T[:-1]), [T[-1]]])
    for ax in (a, b):
        for i in range(len(T)):
            ax.axvspan(edge[i], edge[i + 1], color=COLORS[n[i]], alpha=0.10, lw=0)
        ax.set_xlim(edge[0], edge[-1])
    for k, (marker, label) in enumerate((("o", "largest"), ("s", "middle"), ("^", "smallest"))):
        a.plot(T, P[:, k], marker=marker, ms=4, lw=1, color=f"C{k}", label=f"{label} |P| component")
        b.plot(T, cell[:, k], marker=marker, ms=4, lw=1, color=f"C{k}")
    a.set_ylim(-1, 1.25 * P.max())
    for k in range(4):
        if (n == k).any():
            middle = 0.5 * (edge[:-1][n == k].min() + edge[1:][n == k].max())
            a.text(middle, 1.15 * P.max(), PHASES[k], ha="center", fontsize=8, color=COLORS[k])
    a.set_ylabel(r"polarization ($\mu$C/cm$^2$)")
    a.legend(frameon=False, fontsize=8, loc="center", bbox_to_anchor=(0.65, 0.45))
    b.set_ylabel(r"lattice constants ($\mathrm{\AA}$)")
    b.set_xlabel("temperature (K)")
    a.set_title(title, fontsize=10)
    fig.savefig(picture, dpi=110)
    print("wrote", picture)


if __name__ == "__main__":
    main(*sys.argv[1:])
