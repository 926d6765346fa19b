# energy, charge and shell of Na against distance: sys.argv = data, picture
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

curves = {}
for line in open(sys.argv[1]):
    label, *row = line.split()
    curves.setdefault(label, []).append([float(x) for x in row])
names = {
    "converged": "converged, |u| \u2264 0.25 \u00c5",
    "published": "two passes, |u| \u2264 0.25 \u00c5",
    "wide": "converged, |u| \u2264 1 \u00c5",
}
figure, axes = plt.subplots(1, 3, figsize=(10, 3.2))
for (label, name), style in zip(names.items(), ("o-", "x", "^:")):
    r, e, q, u, _ = np.array(curves[label]).T
    for panel, y in zip(axes, (e, q, -u)):
        panel.plot(r, y, style, ms=4, label=name)
for panel, name in zip(axes, ("PQEq energy (eV)", "charge of Na (e)", "shell of Na, away from Cl (\u00c5)")):
    panel.set_xlabel("distance (\u00c5)")
    panel.set_ylabel(name)
axes[0].legend(frameon=False, fontsize=8)
figure.tight_layout()
figure.savefig(sys.argv[2], dpi=150)
