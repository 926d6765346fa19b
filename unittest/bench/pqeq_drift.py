"""Drift of the energy of the last run of a LAMMPS log: python3 pqeq_drift.py LOG DT ATOMS

Velocity Verlet conserves, up to dt^4, E + dt^2 (d2U/dt2/12 + sum F^2/m/24) (shadow Hamiltonian; Hairer,
Lubich, Wanner, Geometric Numerical Integration, chapter IX), of which the log has every step: columns
Step Temp PotEng TotEng c_fa f_pq[2] f_pq[3]. Slopes by linear regression, also with the weight sin^2,
which damps what is left of the oscillation at both ends of the run.
"""
import sys

import numpy as np

rows = []
for line in open(sys.argv[1]):
    words = line.split()
    if words[:2] == ["Step", "Temp"] and "c_fa" in words: rows = []
    elif len(words) == 7:
        try: rows.append([float(w) for w in words])
        except ValueError: pass
a, dt, n = np.array(rows), float(sys.argv[2]), int(sys.argv[3])
u = a[:, 2]
shadow = a[1:-1, 3] + dt**2 * ((u[2:] - 2 * u[1:-1] + u[:-2]) / dt**2 / 12 + a[1:-1, 4] * 9648.53321 / 24)
t = a[1:-1, 0] * dt


def slope(y, w):  # of y per atom, eV/ns
    m, my = (w * t).sum() / w.sum(), (w * y).sum() / w.sum()
    return (w * (t - m) * (y - my)).sum() / (w * (t - m) ** 2).sum() / n * 1e3


soft = np.sin(np.pi * (t - t[0]) / (t[-1] - t[0])) ** 2
print(f"{t[-1] - t[0]:.3f} ps, {a[:, 1].mean():.0f} K, passes {a[:, 5].mean():.2f}, iterations {a[:, 6].mean():.1f} per step")
for name, y in (("energy", a[1:-1, 3]), ("shadow energy", shadow)):
    rest = y - np.polyval(np.polyfit(t, y, 1), t)
    print(f"{name}: drift {slope(y, np.ones_like(t)):.1e}, weighted {slope(y, soft):.1e} eV/atom/ns; "
          f"RMS oscillation {rest.std() / n:.1e} eV/atom")
