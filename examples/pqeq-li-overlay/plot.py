# charges over time and along z: sys.argv = charge.dat, profile.dat, picture
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

step, metal, contacts, mu = np.loadtxt(sys.argv[1]).T
blocks, size = [], 0
for line in open(sys.argv[2]):
    if line.startswith("#"):
        continue
    row = [float(x) for x in line.split()]
    if len(row) == 3 and size == 0:
        blocks.append([])
        size = int(row[1])
    else:
        blocks[-1].append(row)
        size -= 1
figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.5))
axes[0].plot(step * 1e-3, metal, lw=1, label="charge of the metal (e)")
axes[0].set_xlabel("time (ps)")
axes[0].set_ylabel("charge of the metal (e)", color="C0")
right = axes[0].twinx()
right.plot(step * 1e-3, contacts, lw=1, color="C1")
right.set_ylabel("Li(metal)\u2013O contacts", color="C1")
for k, block in enumerate(blocks):
    # chunk, z, atoms, mean charge, mean shell displacement along z
    _, z, count, q, _ = np.array(block).T
    name = "%.1f to %.1f ps" % (0.5 * (k + 1), 0.5 * (k + 2))
    axes[1].step(z, count * q, where="mid", lw=1, color="C%d" % k, label=name)
axes[1].axhline(0, color="0.7", lw=0.8, zorder=0)
axes[1].axvspan(z[0] - 0.5, 16.5, color="0.9", zorder=0)
for at, name in ((10.5, "Li"), (24, "Li$_2$O")):
    axes[1].text(at, axes[1].get_ylim()[0], name, ha="center", va="bottom")
axes[1].set_xlabel("z (\u00c5)")
axes[1].set_ylabel("charge per layer of 1 \u00c5 (e)")
axes[1].legend(frameon=False, fontsize=8)
figure.tight_layout()
figure.savefig(sys.argv[3], dpi=150)
