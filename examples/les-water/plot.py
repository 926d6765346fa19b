#!/usr/bin/env python3
"""Dipole of water after a field was switched on (field.dat, by run.sh) -> field.png"""
import numpy as np
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt

figure, axis = plt.subplots(figsize=(5, 3.5), constrained_layout=True)
field = np.loadtxt("field.dat")
t = field[:, 1] - field[0, 1]
for k, name in enumerate("xyz"):
    axis.plot(t, field[:, 5 + k] - field[0, 5 + k], lw=1, label=f"M{name}")
axis.axhline(0, color="0.7", lw=0.5)
axis.set(xlabel="time after the field 0.05 V/Angstrom along z, ps", ylabel="change of the dipole, e Angstrom")
axis.legend(frameon=False)
figure.savefig("field.png", dpi=100)
z = (field[:, 7] - field[0, 7])[t > 0.5 * t[-1]]
print(f"mean change of Mz in the second half: {z.mean():.2f} e Angstrom")
