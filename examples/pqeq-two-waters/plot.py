# charge of the lower molecule against distance: sys.argv = data, picture
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

curves = {}
for line in open(sys.argv[1]):
    label, r, q, _ = line.split()
    curves.setdefault(label, []).append((float(r), float(q)))
names = {
    "qeq": "QEq, field on charges",
    "full": "PQEq, full: on charges and shells",
    "shell": "PQEq, shell: on shells only",
    "molecules": "PQEq, full, fragment zero",
}
figure, axes = plt.subplots(figsize=(5, 3.6))
for (label, name), mark in zip(names.items(), "so^d"):
    r, q = zip(*curves[label])
    axes.plot(r, q, mark + "-", ms=4, mfc="none" if label == "qeq" else None, label=name)
axes.axhline(0, color="0.7", lw=0.8, zorder=0)
axes.set_xlabel("distance along the field (\u00c5)")
axes.set_ylabel("charge of the lower molecule (e)")
axes.legend(frameon=False, fontsize=8)
figure.tight_layout()
figure.savefig(sys.argv[2], dpi=150)
