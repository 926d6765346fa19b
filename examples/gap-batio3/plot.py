"""Polarization of in.batio3 before and after the field is switched on, beside that of the effective
potential; means and times.

  python3 plot.py step-time(ps) P.gap.dat P.eap.dat P.png
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np


def main(switch, gap, eap, picture):
    figure, axes = plt.subplots(2, 1, sharex=True, figsize=(6.4, 5.6))
    for axis, name, title in ((axes[0], gap, "GAP with dipole model"), (axes[1], eap, "effective potential (eap/long)")):
        t, P = (lambda x: (x[:, 1], x[:, 2:5]))(np.loadtxt(name))
        for k, label in enumerate("xyz"):
            axis.plot(t, P[:, k], lw=1.0, label=f"$P_{label}$")
        axis.axvline(switch, color="0.5", ls="--", lw=0.8)
        axis.axhline(0.0, color="0.8", lw=0.6)
        axis.set_ylabel("P (µC/cm²)")
        axis.set_title(title, fontsize=10)
        before, after = (t > 0.5 * switch) & (t < switch), t > 0.5 * (switch + t[-1])
        crossed = np.nonzero((t > switch) & (P[:, 2] < 0.0))[0]
        print(f"{title}: P = {np.round(P[before].mean(0), 2)} uC/cm2 before, "
              f"{np.round(P[after].mean(0), 2)} after; Pz changes its sign "
              + (f"{t[crossed[0]] - switch:.2f} ps after the step" if len(crossed) else "not at all"))
    axes[1].set_xlabel("time (ps)")
    axes[0].legend(loc="upper right", fontsize=8, ncol=3)
    figure.tight_layout()
    figure.savefig(picture, dpi=110)


if __name__ == "__main__":
    main(float(sys.argv[1]), *sys.argv[2:5])
