"""Phonons between Gamma and X from LAMMPS' dynamical matrix of a supercell, and the picture of
in.phonon and in.well.

  python3 lo.py modes              prints the frequencies; writes phonons.RANGE.dat and mode.lmp
  python3 lo.py plot lo.png
"""
import sys

import numpy as np

# omega = sqrt(eV/(Angstrom^2 amu)) as a wave number: CODATA 2018 e, amu, c
TO_CM = np.sqrt(1.602176634e-19 / 1.66053906660e-27) * 1e10 / (2 * np.pi * 299792458.0 * 100)
# sublattices: Ba, Ti, O with its chain along x, O with its chain along y, along z (type, position)
SUBLATTICE = ((1, (0, 0, 0)), (2, (0.5, 0.5, 0.5)), (3, (0, 0.5, 0.5)), (3, (0.5, 0, 0.5)), (3, (0.5, 0.5, 0)))
MASS = np.array([137.327, 47.880, 15.9994, 15.9994, 15.9994])
# density-functional perturbation theory: the calculations the model was made from (cm-1)
DFT_GAMMA_TO = (-119.6, 184.9, 300.6, 477.1)
DFT_GAMMA_LO = (180.0, 464.0, 663.0)
DFT_X = (-87.7, 115.0, 158.5, 213.8, 287.0, 341.9, 343.9, 446.1, 535.7, 668.6)


def read_sites(name):
    """-> number of cells, lattice constant, cell index and sublattice of each atom"""
    with open(name) as f:
        lines = f.read().split("\n")
    atoms = int(lines[3])
    lo, hi = (float(w) for w in lines[5].split())
    rows = np.array([[float(w) for w in line.split()] for line in lines[9 : 9 + atoms]])
    n = atoms // 5
    a = (hi - lo) / n
    s = (rows[:, 2:5] - lo) / a
    cell, sub = np.empty(atoms, int), np.empty(atoms, int)
    for i in range(atoms):
        for k, (kind, tau) in enumerate(SUBLATTICE):
            d = s[i] - tau
            if kind == rows[i, 1] and np.abs(d - np.round(d)).max() < 1e-6:
                cell[i], sub[i] = int(round(d[0])) % n, k
                break
        else:
            raise SystemExit(f"{name}: atom {i + 1} is not on a site of the cubic perovskite")
    return n, a, cell, sub


def dynamical_matrices(name):
    """D(q) [N//2+1][15][15] for q = 0, 1/N, ... 1/2 along x, in wave numbers squared. With the phase of
    each atom's own position D(q) is real here, since every site is a centre of inversion."""
    n, a, cell, sub = read_sites(f"sites.{name}.dat")
    d = np.loadtxt(f"dynmat.{name}.dat").reshape(15 * n, 15 * n)
    asymmetry = np.abs(d - d.T).max() / np.abs(d).max()
    x = cell + np.array([SUBLATTICE[k][1][0] for k in sub])
    row = np.empty((5 * n, 3), int)
    for i in range(5 * n):
        row[i] = 3 * sub[i] + np.arange(3)
    row = row.ravel()
    out, imaginary = [], 0.0
    for j in range(n // 2 + 1):
        phase = np.exp(-2j * np.pi * j / n * np.repeat(x, 3))
        w = np.zeros((15, 15 * n), complex)
        w[row, np.arange(15 * n)] = phase / np.sqrt(n)
        dq = w @ d @ w.conj().T
        imaginary = max(imaginary, np.abs(dq.imag).max() / np.abs(dq.real).max())
        out.append(0.5 * (dq.real + dq.real.T) * TO_CM**2)
    print(f"{name}: {n} cells, asymmetry of the dynamical matrix {asymmetry:.1e}, imaginary part of D(q) {imaginary:.1e}")
    return np.array(out)


def wave_numbers(eigenvalues):
    return np.sign(eigenvalues) * np.sqrt(np.abs(eigenvalues))


def modes():
    for name in ("long", "short"):
        d = dynamical_matrices(name)
        q = 0.5 * np.arange(len(d)) / (len(d) - 1)
        # displacements along x (longitudinal) and across it do not mix on this line
        lon, vec = np.linalg.eigh(d[:, ::3, ::3])
        tra = np.linalg.eigvalsh(d[:, 1::3, 1::3])
        np.savetxt(f"phonons.{name}.dat", np.column_stack([q, wave_numbers(lon), wave_numbers(tra)]), fmt="%9.4f",
                   header="q(2 pi/a) along x; 5 longitudinal, 5 transverse (each twice) wave numbers (cm-1), imaginary as negative")
        for j in (0, 1, len(d) - 1):
            print(f"  q = {q[j]:.3f}: longitudinal", *("%8.1f" % w for w in wave_numbers(lon[j])),
                  "  transverse", *("%8.1f" % w for w in wave_numbers(tra[j])))
        if name == "short":
            e = vec[1][:, 0] / np.sqrt(MASS)
            e /= e[np.argmax(np.abs(e))]
            with open("mode.lmp", "w") as f:
                f.write(f"# softest longitudinal mode of the short-range model at q = {q[1]:g}: displacements, largest = 1\n")
                for label, value in zip(("eBa", "eTi", "eOx", "eOyz"), e):
                    f.write(f"variable {label} equal {value:.6f}\n")
            print("  wrote mode.lmp: Ba %.3f Ti %.3f O along the chain %.3f O across %.3f" % tuple(e[:4]))


def plot(picture):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    fig, (a, b) = plt.subplots(1, 2, figsize=(9.6, 4.6), constrained_layout=True)
    for name, color, label in (("short", "tab:red", "without"), ("long", "tab:blue", "with")):
        rows = np.loadtxt(f"phonons.{name}.dat")
        q, lon, tra = rows[:, 0], rows[:, 1:6], rows[:, 6:]
        # at q = 0 itself there is no macroscopic field, so the longitudinal branches jump there
        first = 1 if name == "long" else 0
        for k in range(5):
            a.plot(q[first:], lon[first:, k], color=color, lw=1.6, marker="o", ms=2.5,
                   label=f"longitudinal, {label} long range" if k == 0 else None)
        if name == "long":
            for k in range(5):
                a.plot(q, tra[:, k], color="0.6", lw=0.8, ls="--", label="transverse, both models" if k == 0 else None)
    a.plot([0] * len(DFT_GAMMA_LO), DFT_GAMMA_LO, "o", mfc="none", color="k", ms=5, label="DFT")
    a.plot([0] * len(DFT_GAMMA_TO), DFT_GAMMA_TO, "o", mfc="none", color="k", ms=5)
    a.plot([0.5] * len(DFT_X), DFT_X, "o", mfc="none", color="k", ms=5)
    a.axhline(0, color="0.8", lw=0.8, zorder=0)
    a.set_xlim(-0.01, 0.51)
    a.set_ylim(-150, 900)
    a.set_xticks([0, 0.5], [r"$\Gamma$", "X"])
    a.set_ylabel("wave number (cm$^{-1}$), imaginary as negative")
    a.legend(frameon=False, fontsize=8, ncol=2, loc="upper center")

    for name, m, color, label in (
        ("short", 1, "tab:red", "longitudinal wave, without long range"),
        ("long", 1, "tab:blue", "longitudinal wave, with long range"),
        ("long", 0, "0.5", "uniform displacement, both models"),
    ):
        x, e = np.loadtxt(f"well.{name}.{m}.dat").T
        b.plot(np.concatenate([-x[:0:-1], x]), np.concatenate([e[:0:-1], e]), color=color, lw=1.6,
               ls="--" if m == 0 else "-", marker="o", ms=3, label=label)
        print(f"well.{name}.{m}.dat: lowest {round(e.min(), 2) + 0.0:.2f} meV per formula unit at {x[e.argmin()]:.2f} A; "
              f"at {x[-1]:.2f} A {e[-1]:.1f} meV")
    b.axhline(0, color="0.8", lw=0.8, zorder=0)
    b.set_ylim(-12, 45)
    b.set_xlabel(r"largest atomic displacement ($\mathrm{\AA}$)")
    b.set_ylabel("energy (meV per formula unit)")
    b.legend(framealpha=1.0, edgecolor="none", fontsize=8, loc="upper center")
    fig.savefig(picture, dpi=110)
    print("wrote", picture)


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1] == "modes":
        modes()
    elif len(sys.argv) == 3 and sys.argv[1] == "plot":
        plot(sys.argv[2])
    else:
        raise SystemExit(__doc__)
