"""Inputs for ABINIT and what is read from its output."""

import re

import numpy as np

import crystal

# One k point set and one density of FFT points per primitive cell, whatever the supercell: total
# energies of different cells can then be subtracted. The fine grid is set by hand since the one
# ABINIT derives from pawecutdg leaves egg-box errors of 0.2 to 0.6 meV per formula unit.
TEMPLATE = """# {name}: {kind}
ecut 20 pawecutdg 90 ecutsm 0.5
ngfft {coarse} ngfftdg {fine}
ngkpt {mesh} nshiftk 1 shiftk 0.5 0.5 0.5
occopt 1 nband {bands} diemac 6 chkprim 0
pawovlp 14
nstep 60 tolvrs {tolerance}
prteig 0 prtwf 0 prtden 0 prtebands 0
pp_dirpath "{pseudopotentials}"
pseudos "Ba.xml, Ti.xml, O.xml"
ntypat 3 znucl 56 22 8
natom {natom} typat {types}
acell 1 1 1
rprim
{cell}
xred
{xred}
"""


def mesh(ncell):
    """The 4 x 4 x 4 shifted mesh of one cell, folded into the supercell; exact for 1, 2 and 4 cells."""
    if any(4 % n for n in ncell):
        raise ValueError("supercells of 1, 2 or 4 cells along each axis only, found %s" % (ncell,))
    return [4 // n for n in ncell]


def write_input(path, configuration, pseudopotentials, tolerance="1d-7"):
    ncell = configuration["ncell"]
    atom_types = crystal.types(ncell)
    rows = lambda table: "\n".join("  %.12f %.12f %.12f" % tuple(row) for row in table)
    numbers = lambda values: " ".join(str(v) for v in values)
    text = TEMPLATE.format(
        name=configuration["name"], kind=configuration["kind"], tolerance=tolerance,
        coarse=numbers(32 * n for n in ncell), fine=numbers(72 * n for n in ncell),
        mesh=numbers(mesh(ncell)), bands=4 * len(atom_types), natom=len(atom_types),
        types=numbers(atom_types), pseudopotentials=pseudopotentials,
        cell=rows(configuration["cell"]), xred=rows(configuration["xred"]))
    with open(path, "w") as out:
        out.write(text)


def numbers_after(label, text, count):
    found = re.search(r"^\s*%s\s+((?:[-+0-9.DE]+\s+){%d})" % (label, count), text, re.M)
    if not found:
        raise ValueError("no %s" % label)
    return np.array([float(w.replace("D", "E")) for w in found.group(1).split()])


def complaint(log):
    """ABINIT's own words on why it stopped, from its log."""
    text = open(log, errors="replace").read()
    found = re.findall(r"--- !(?:ERROR|BUG)\n.*?message: \|\n(.*?)\n\.\.\.", text, re.S)
    return " ".join(found[-1].split())[:200] if found else "no reason given"


def read_output(path):
    """Energy (hartree), forces (hartree/bohr), stress (hartree/bohr^3, 11 22 33 32 31 21) of a run that
    converged; ValueError with the reason otherwise."""
    text = open(path, errors="replace").read()
    if "Calculation completed" not in text:
        raise ValueError("the run did not end")
    if "scprqt:  WARNING" in text or "was not enough SCF cycles" in text:
        raise ValueError("not converged")
    final = text[text.index("-outvars: echo values of variables after computation"):]
    natom = int(numbers_after("natom", final, 1)[0])
    # the double-counting form, which is ABINIT's total energy in PAW: its error is second order in the
    # remaining error of the density. The final echo has fewer digits of it.
    energy = numbers_after("total_energy_dc\\s*:", text, 1)[0]
    if abs(energy - numbers_after("etotal", final, 1)[0]) > 1e-7:
        raise ValueError("two different total energies")
    forces = numbers_after("fcart", final, 3 * natom).reshape(natom, 3)
    stress = numbers_after("strten", final, 6)
    return energy, forces, stress
