# energy against field: sys.argv = data, picture
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

field, pqeq, qeq = np.loadtxt(sys.argv[1], usecols=(0, 1, 2)).T
dense = np.linspace(0, field[-1], 100)
alpha = -2 * 14.399645 * pqeq[-1] * 1e-3 / field[-1] ** 2
figure, axes = plt.subplots(figsize=(4.5, 3.4))
axes.plot(dense, -0.5e3 * alpha / 14.399645 * dense**2, "-", color="0.7", lw=1)
axes.plot(field, pqeq, "o", label="PQEq")
axes.plot(field, qeq, "s", mfc="none", label="QEq")
axes.set_xlabel("field perpendicular to the molecule (V/\u00c5)")
axes.set_ylabel("E(field) \u2212 E(0) (meV)")
axes.legend(frameon=False)
figure.tight_layout()
figure.savefig(sys.argv[2], dpi=150)
