#!/usr/bin/env python3
"""Infrared spectrum and ionic conductivity from the file of fix polarization, for any pair style.

    python3 spectrum.py current.dat TEMPERATURE VOLUME [--picture OUT.png] [--fs] [--tau PS] [--max CM]

TEMPERATURE in K, VOLUME in Angstrom^3. --fs: the script had units real, times are in fs. --tau: length
of the autocorrelation function in ps, tapered by a Gaussian (default: a tenth of the run, at most 2).

alpha(w) n(w) is proportional to the Fourier transform of the autocorrelation function <J(0).J(t)> of the
current J = dM/dt. Conductivity: Green-Kubo, 1/(3 V k T) times its time integral; Helfand, the slope of
<|M(t) - M(0)|^2>/(6 V k T), both up to tau. For an insulator both tend to 0.
"""
import argparse
import sys

import numpy as np

E2_PER_EV_A_PS = 1.602176634e-19 * 1e10 * 1e12  # e^2/(eV Angstrom ps) in S/m
BOLTZMANN = 8.617333262e-5                      # eV/K
WAVENUMBER = 1.0 / 2.99792458e-2                # 1/ps in 1/cm


def autocorrelation(x):
    n = len(x)
    f = np.fft.rfft(x, 2 * n, axis=0)
    return np.fft.irfft((f * f.conj()).real, axis=0)[:n].sum(1) / np.arange(n, 0, -1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("temperature", type=float)
    parser.add_argument("volume", type=float)
    parser.add_argument("--picture")
    parser.add_argument("--fs", action="store_true")
    parser.add_argument("--tau", type=float)
    parser.add_argument("--max", type=float, default=1000.0)
    o = parser.parse_args()
    data = np.loadtxt(o.file)
    if data.ndim != 2 or data.shape[1] != 11 or len(data) < 20:
        sys.exit(f"{o.file}: expected at least 20 lines of 11 columns, as fix polarization writes them")
    unit = 1e-3 if o.fs else 1.0
    t, m, j = data[:, 1] * unit, data[:, 5:8], data[:, 8:11] / unit
    dt = (t[-1] - t[0]) / (len(t) - 1)
    if not np.allclose(np.diff(t), dt, rtol=1e-6, atol=1e-9):
        sys.exit(f"{o.file}: times are not equidistant")
    tau = o.tau or min(2.0, 0.1 * (t[-1] - t[0]))
    n = min(int(tau / dt), len(t) - 1)
    c = autocorrelation(j)[:n + 1]
    taper = np.exp(-0.5 * (3.0 * np.arange(n + 1) / n)**2)
    size = 8 * n
    w = np.fft.rfftfreq(size, dt) * WAVENUMBER
    tapered = c * taper
    spectrum = 2.0 * dt * (np.fft.rfft(tapered, size).real - 0.5 * tapered[0])
    kt = BOLTZMANN * o.temperature
    gk = np.trapz(c, dx=dt) / (3 * o.volume * kt) * E2_PER_EV_A_PS
    lag = np.arange(n // 2, n + 1)
    msd = np.array([((m[k:] - m[:-k])**2).sum(1).mean() for k in lag])
    helfand = np.polyfit(lag * dt, msd, 1)[0] / (6 * o.volume * kt) * E2_PER_EV_A_PS
    shown = (w > 0) & (w < o.max)
    peak = w[shown][np.argmax(spectrum[shown])]
    print(f"{len(t)} samples every {1e3 * dt:.3g} fs, tau {tau:.3g} ps: largest peak at {peak:.0f} 1/cm, "
          f"conductivity {gk:.3g} S/m (Green-Kubo), {helfand:.3g} S/m (Helfand)")
    if o.picture:
        import matplotlib
        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
        figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), constrained_layout=True)
        axes[0].plot(np.arange(n + 1) * dt, c / c[0])
        axes[0].set(xlabel="time, ps", ylabel="current autocorrelation")
        axes[1].plot(w[shown], spectrum[shown] / spectrum[shown].max())
        axes[1].set(xlabel="wavenumber, 1/cm", ylabel="infrared absorption, arbitrary units", ylim=(0, None))
        figure.savefig(o.picture, dpi=120)


if __name__ == "__main__":
    main()
