#!/usr/bin/env python3
"""Relaxed phases of the model at several pressures: energy, enthalpy, cell, polarization.

    python3 passport.py [--potential FOLDER] [--pressures 0 -2 -3 -5]"""

import argparse
import os
import re
import tempfile

import numpy as np

import crystal
import dynamics
import stability


def born_charges(system):
    """[5, 3] diagonal Born effective charges of the system file, with the sum taken off evenly."""
    text = open(system).read()
    rows = [np.array(block.split(), float).reshape(3, 3) for block in re.findall(r"<borncharge[^>]*>([^<]*)<", text)]
    z = np.array([np.diag(r) for r in rows])
    return z - z.mean(axis=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--potential", default=crystal.POTENTIAL)
    parser.add_argument("--pressures", type=float, nargs="+", default=stability.PRESSURES)
    parser.add_argument("--lmp", default="lmp")
    options = parser.parse_args()
    dynamics.POTENTIAL = os.path.abspath(options.potential)
    z = born_charges(os.path.join(options.potential, "BaTiO3_sys.xml"))
    with tempfile.TemporaryDirectory() as folder:
        for pressure in options.pressures:
            states = stability.phases(folder, pressure, options.lmp)
            cubic = states["cubic"][2]
            for name, (cell, xred, enthalpy) in states.items():
                volume = np.linalg.det(cell) * crystal.BOHR**3
                u = crystal.displacements((1, 1, 1), cell, xred) * crystal.BOHR
                polarization = 1602.176634 * np.linalg.norm((z * u).sum(axis=0)) / volume  # uC/cm2
                edges = crystal.BOHR * np.linalg.norm(cell, axis=1)
                print("%5g GPa  %-5s  H - H(cubic) %7.2f meV  a b c %.4f %.4f %.4f A  V %.2f A3  P %.1f uC/cm2" %
                      (pressure, name, enthalpy - cubic, *np.sort(edges), volume, polarization), flush=True)


if __name__ == "__main__":
    main()
