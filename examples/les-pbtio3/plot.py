#!/usr/bin/env python3
"""Polarization against field (P.dat and log.reversal, by run.sh) -> loop.png"""
import numpy as np
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt

thermo = [line.split() for line in open("log.reversal").read().split("v_field")[-1].splitlines()[1:]]
thermo = np.array([row for row in thermo if len(row) == 7 and row[0].isdigit()], dtype=float)
data = np.loadtxt("P.dat")
t, p = data[:, 1], data[:, 4]
field = np.interp(t, thermo[:, 1], thermo[:, 2])
top = np.abs(field).max()
x = t / t[-1]
late = x > 0.05
p = p - 0.5 * (p[late].max() + p[late].min())  # the branch of P is arbitrary
figure, axis = plt.subplots(figsize=(5, 4), constrained_layout=True)
axis.plot(100 * field, p, lw=1)
axis.axhline(0, color="0.7", lw=0.5)
axis.axvline(0, color="0.7", lw=0.5)
axis.set(xlabel="field, MV/cm", ylabel="polarization, uC/cm2 (centred)")
figure.savefig("loop.png", dpi=100)
for sign in (1, -1):
    rest = p[(np.abs(field) < 0.1 * top) & (np.sign(p) == sign)]
    print(f"polarization near field 0, branch {sign:+d}: {rest.mean() if len(rest) else float('nan'):.1f} uC/cm2")
