"""Loop of in.hysteresis: coercive field, remanent polarization, closing gap, picture.

  python3 plot.py loop.dat loop.png
"""
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np


def crossing(x, y):
    """Where y changes its sign for good: linear interpolation between the last point of the old
    sign and the first of the new one; None if it does not."""
    s = np.sign(y)
    if s[0] == s[-1]:
        return None
    i = np.nonzero(s == s[0])[0][-1]
    return x[i] - y[i] * (x[i + 1] - x[i]) / (y[i + 1] - y[i])


def main(data, picture):
    with open(data) as f:
        title = f.readline().strip().replace(",", ", ")
    t, E, P, Px, Py, Pz = np.loadtxt(data, skiprows=2).T[1:7]
    E = 100.0 * E  # V/Angstrom -> MV/cm

    # the wave turns at +Emax, -Emax, +Emax: 1/4, 3/4 and 5/4 of the period
    n = len(t)
    top, low = n // 5, 3 * n // 5
    down, up = slice(top, low), slice(low, n)
    ec_down, ec_up = crossing(E[down], P[down]), crossing(E[up], P[up])
    pr_down = np.interp(0.0, E[down][::-1], P[down][::-1])
    pr_up = np.interp(0.0, E[up], P[up])
    # the last 5 windows before each arrival at +Emax: the same fields, one period apart
    gap = P[n - 5 :].mean() - P[top - 5 : top].mean()

    print(title)
    if ec_down is None or ec_up is None:
        print("the polarization does not follow the field round the loop: raise Emax or the period")
    else:
        print(f"coercive field          {ec_down:+.3f} {ec_up:+.3f} MV/cm")
    print(f"remanent polarization   {pr_down:+.2f} {pr_up:+.2f} uC/cm2")
    print(f"closing gap at +Emax    {gap:+.2f} uC/cm2 of {P[n - 5:].mean():.2f}")
    area = np.trapz(E[top:], P[top:])  # MV/cm uC/cm2 = J/cm3
    print(f"loss per cycle          {area:.1f} J/cm3")

    fig, (a, b) = plt.subplots(1, 2, figsize=(9.6, 4.2), constrained_layout=True)
    a.axhline(0, color="0.8", lw=0.8)
    a.axvline(0, color="0.8", lw=0.8)
    a.plot(E[: top + 1], P[: top + 1], color="0.6", lw=1.2, label="first rise")
    a.plot(E[top : low + 1], P[top : low + 1], color="tab:red", lw=1.6, label="field falls")
    a.plot(E[low:], P[low:], color="tab:blue", lw=1.6, label="field rises")
    a.set_xlabel("electric field (MV/cm)")
    a.set_ylabel(r"polarization along the field ($\mu$C/cm$^2$)")
    a.legend(loc="lower right", frameon=False)
    for p, c, label in ((Px, "tab:green", "$P_x$"), (Py, "tab:orange", "$P_y$"), (Pz, "tab:purple", "$P_z$")):
        b.plot(t, p, color=c, lw=1.2, label=label)
    b.set_xlabel("time (ps)")
    b.set_ylabel(r"polarization ($\mu$C/cm$^2$)")
    c = b.twinx()
    c.plot(t, E, color="0.6", lw=1.0, ls="--")
    c.set_ylabel("field (MV/cm), dashed")
    b.legend(loc="upper center", frameon=False)
    fig.suptitle(title, fontsize=10)
    fig.savefig(picture, dpi=110)
    print("wrote", picture)


if __name__ == "__main__":
    main(*sys.argv[1:])
