#!/usr/bin/env python3
"""Infrared spectrum and conductivity from the file of fix polarization, for any pair style.

    python3 spectrum.py current.dat TEMPERATURE VOLUME [options]

TEMPERATURE in K, VOLUME in Angstrom^3. Options:

    --picture OUT.png       autocorrelation function, spectrum, and with --conductivity both estimates
    --spectrum OUT.txt      table: wavenumber (1/cm), absorption (1/cm)
    --fs                    the script had units real, times are in fs
    --tau PS                longest time of correlation functions (default: a tenth of the run, at most 2)
    --filter gauss|hann     window on the autocorrelation function (default gauss)
    --width CM              for gauss: the spectrum is that of the current convolved with a Gaussian of
                            this standard deviation in 1/cm (default 3/(2 pi c tau), the narrowest whose
                            window has fallen to 1 percent at tau)
    --index N               refractive index n of the absorption below (default 1)
    --max CM                largest wavenumber to show (default 1000)
    --mark CM,CM,...        lines in the picture, such as measured peaks
    --conductivity          also the conductivity
    --from PS               leave out the beginning

With the current J = dM/dt, c(t) = <J(0).J(t)>:

    alpha(w) n = 1/(6 eps0 c V k T) integral from -inf to inf of window(t) c(t) cos(w t) dt

(classical, without quantum correction), the absorption coefficient times the refractive index. The mean
current is not taken off: for a conductor it is part of the answer. Conductivity, S/m:

    Green-Kubo  1/(3 V k T) times the integral of c(t) from 0 to tau
    Helfand     slope of <|M(t) - M(0)|^2>/(6 V k T) for t from tau/2 to tau

Error bars are standard errors over five pieces of the run. For an insulator both tend to 0.
"""
import argparse
import sys

import numpy as np

E2_PER_EV_A_PS = 1.602176634e-19 * 1e10 * 1e12  # e^2/(eV Angstrom ps) in S/m
BOLTZMANN = 8.617333262e-5                      # eV/K
LIGHT = 2.99792458e-2                           # cm/ps
EPS0 = 5.526349406e-3                           # e/(V Angstrom)


def autocorrelation(x, n):
    """<x(0).x(t)> for t = 0..n steps of the rows of x, each an average over all pairs of times"""
    f = np.fft.rfft(x, 2 * len(x), axis=0)
    return np.fft.irfft((f * f.conj()).real, axis=0)[:n + 1].sum(1) / np.arange(len(x), len(x) - n - 1, -1)


def integral(y, dt):
    """of samples from 0 on, trapezoidal rule, for each upper limit"""
    return np.concatenate(([0.0], np.cumsum(0.5 * (y[1:] + y[:-1])))) * dt


def window(n, dt, kind, width):
    t = np.arange(n + 1) * dt
    if kind == "hann":
        return 0.5 * (1.0 + np.cos(np.pi * t / (n * dt)))
    return np.exp(-0.5 * (2.0 * np.pi * LIGHT * width * t)**2)


def absorption(c, dt, temperature, volume, weight):
    """wavenumbers and alpha n, both in 1/cm; c in (e Angstrom/ps)^2"""
    n = len(c) - 1
    tapered = c * weight
    size = 1 << int(np.ceil(np.log2(16 * n)))
    wavenumber = np.fft.rfftfreq(size, dt) / LIGHT
    transform = 2.0 * dt * (np.fft.rfft(tapered, size).real - 0.5 * tapered[0])
    # 1/(eps0 V k T c): (V Angstrom/e) (1/Angstrom^3) (1/eV) (ps/cm), times (e Angstrom/ps)^2 ps
    return wavenumber, transform / (6.0 * EPS0 * volume * BOLTZMANN * temperature * LIGHT)


def conductivity(m, j, dt, n, temperature, volume):
    """running integrals of Green-Kubo, mean square displacement of M, and both conductivities"""
    factor = E2_PER_EV_A_PS / (volume * BOLTZMANN * temperature)
    kubo = integral(autocorrelation(j, n), dt) * factor / 3.0
    msd = np.array([((m[k:] - m[:len(m) - k])**2).sum(1).mean() for k in range(n + 1)]) * factor / 6.0
    late = np.arange(n // 2, n + 1)
    return kubo, msd, kubo[late].mean(), np.polyfit(late * dt, msd[late], 1)[0]


def read(name, unit, begin):
    try:
        data = np.loadtxt(name)
    except (OSError, ValueError) as reason:
        sys.exit(f"cannot read {name}: {reason}; expected what fix polarization writes with keyword file")
    if data.ndim != 2 or data.shape[1] != 11 or len(data) < 50:
        sys.exit(f"{name}: expected at least 50 lines of 11 columns, as fix polarization writes them with keyword file")
    t, m, j = data[:, 1] * unit, data[:, 5:8], data[:, 8:11] / unit
    late = t >= t[0] + begin
    t, m, j = t[late], m[late], j[late]
    if len(t) < 50:
        sys.exit(f"{name}: --from {begin} leaves {len(t)} lines, expected at least 50")
    dt = (t[-1] - t[0]) / (len(t) - 1)
    if not np.allclose(np.diff(t), dt, rtol=1e-6, atol=1e-9):
        sys.exit(f"{name}: times are not equidistant: one run per file, with one time step")
    return dt, m, j


def peaks(w, a, low, high):
    """wavenumbers of maxima that stand out from what lies between them, highest first"""
    shown = (w > low) & (w < high)
    w, a = w[shown], a[shown]
    top = [i for i in range(1, len(a) - 1) if a[i - 1] < a[i] >= a[i + 1]]
    kept = []
    for i in sorted(top, key=lambda i: -a[i]):
        if all(a[min(i, k):max(i, k) + 1].min() < 0.8 * a[i] for k in kept) and a[i] > 0.02 * a.max():
            kept.append(i)
    return [(w[i], a[i]) for i in kept]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("temperature", type=float)
    parser.add_argument("volume", type=float)
    parser.add_argument("--picture")
    parser.add_argument("--spectrum")
    parser.add_argument("--fs", action="store_true")
    parser.add_argument("--tau", type=float)
    parser.add_argument("--filter", choices=("gauss", "hann"), default="gauss")
    parser.add_argument("--width", type=float)
    parser.add_argument("--index", type=float, default=1.0)
    parser.add_argument("--max", type=float, default=1000.0)
    parser.add_argument("--mark", type=lambda s: [float(x) for x in s.split(",")], default=[])
    parser.add_argument("--conductivity", action="store_true")
    parser.add_argument("--from", dest="begin", type=float, default=0.0)
    o = parser.parse_args()
    if not (o.temperature > 0 and o.volume > 0):
        sys.exit("TEMPERATURE and VOLUME must be positive")
    dt, m, j = read(o.file, 1e-3 if o.fs else 1.0, o.begin)
    length = dt * (len(j) - 1)
    tau = o.tau or min(2.0, 0.1 * length)
    n = int(round(tau / dt))
    if n < 10 or 2 * n > len(j):
        sys.exit(f"--tau {tau:g} ps is {n} samples of {len(j)}, expected between 10 and half of them")
    c = autocorrelation(j, n)
    width = o.width or 3.0 / (2.0 * np.pi * LIGHT * tau)
    w, a = absorption(c, dt, o.temperature, o.volume, window(n, dt, o.filter, width))
    a /= o.index
    shown = w <= o.max
    text = f"Gaussian filter of {width:.3g} 1/cm" if o.filter == "gauss" else "Hann window"
    print(f"{len(j)} samples every {1e3 * dt:.4g} fs, {length:.4g} ps; correlation up to {tau:.4g} ps, {text}")
    for at, height in peaks(w, a, 2.0 / (2.0 * np.pi * LIGHT * tau), o.max):
        print(f"peak at {at:.0f} 1/cm, {height:.4g} 1/cm")
    if o.conductivity:
        kubo, msd, gk, helfand = conductivity(m, j, dt, n, o.temperature, o.volume)
        pieces = [conductivity(p, q, dt, min(n, len(p) // 2), o.temperature, o.volume)[2:]
                  for p, q in zip(np.array_split(m, 5), np.array_split(j, 5))]
        error = np.std(pieces, axis=0, ddof=1) / np.sqrt(5)
        print(f"conductivity {gk:.5g} +- {error[0]:.2g} S/m (Green-Kubo), {helfand:.5g} +- {error[1]:.2g} S/m (Helfand)")
    if o.spectrum:
        np.savetxt(o.spectrum, np.column_stack((w, a))[shown], fmt="%.6g", header="wavenumber (1/cm), absorption (1/cm)")
    if o.picture:
        import matplotlib
        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
        count = 4 if o.conductivity else 2
        figure, axes = plt.subplots(1, count, figsize=(4.5 * count, 3.5), constrained_layout=True)
        t = np.arange(n + 1) * dt
        axes[0].plot(t, c / c[0], lw=0.8)
        axes[0].set(xlabel="time, ps", ylabel="current autocorrelation, normalized")
        axes[1].plot(w[shown], a[shown], lw=1)
        for at in o.mark:
            axes[1].axvline(at, color="0.6", ls="--", lw=0.8, zorder=0)
        axes[1].set(xlabel="wavenumber, 1/cm", ylabel="absorption, 1/cm", ylim=(min(0.0, a[shown].min()), None),
                    xlim=(0, o.max), title=text)
        if o.conductivity:
            axes[2].plot(t, kubo)
            axes[2].axhline(gk, color="0.6", ls="--")
            axes[2].set(xlabel="upper limit, ps", ylabel="S/m", title=f"Green-Kubo: {gk:.4g} S/m")
            axes[3].plot(t, msd)
            axes[3].plot(t, msd[n // 2] + helfand * (t - t[n // 2]), "--", color="0.6")
            axes[3].set(xlabel="time, ps", ylabel="displacement of M, S ps/m", title=f"Helfand: {helfand:.4g} S/m")
        figure.savefig(o.picture, dpi=100)


if __name__ == "__main__":
    main()
