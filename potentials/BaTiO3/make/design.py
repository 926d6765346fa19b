"""Design matrices from POLAR's own core (design.c, compiled on demand and called through ctypes)."""

import ctypes
import os
import subprocess
import tempfile

import numpy as np

import crystal
import terms

SYSTEM = os.path.join(crystal.POTENTIAL, "BaTiO3_sys.xml")
TOP = os.path.dirname(os.path.dirname(crystal.POTENTIAL))
EV_PER_A3_IN_GPA = crystal.GPA * crystal.BOHR**3 / crystal.HARTREE


def build(core):
    """Compile design.c against libpolar_core.a; returns the loaded library."""
    if not os.path.exists(core):
        raise SystemExit("%s is not there: build POLAR first, or say where its libpolar_core.a is (--core)" % core)
    folder = tempfile.mkdtemp()
    library = os.path.join(folder, "design.so")
    subprocess.run(["cc", "-std=c11", "-O2", "-fPIC", "-shared", "-I" + os.path.join(TOP, "src"),
                    os.path.join(crystal.HERE, "design.c"), core, "-lexpat", "-lm", "-o", library], check=True)
    loaded = ctypes.CDLL(library)
    loaded.design_open.restype = ctypes.c_void_p
    os.remove(library)
    os.rmdir(folder)
    return loaded


class Design:
    """Energies (eV per formula unit), forces (eV/A) and stress (GPa, 11 22 33 32 31 21) of the harmonic model and of
    candidate functions whose value is 1 hartree/bohr^p."""

    def __init__(self, library, functions, system=SYSTEM):
        self.library, self.count = library, len(functions)
        text = ctypes.create_string_buffer(1000)
        with tempfile.NamedTemporaryFile(suffix=".xml") as file:
            terms.write_xml(file.name, functions, np.ones(len(functions)))
            self.handle = library.design_open(system.encode(), file.name.encode(), text, 1000)
        if not self.handle:
            raise RuntimeError(text.value.decode())
        assert library.design_functions(ctypes.c_void_p(self.handle)) == self.count

    def evaluate(self, ncell, cell, xred):
        """cell, xred: bohr, reduced. (energy [1+n], force [1+n, natom, 3], stress [1+n, 6]); row 0 is harmonic."""
        u = crystal.displacements(ncell, np.asarray(cell), np.asarray(xred)) * crystal.BOHR
        n, natom = 1 + self.count, len(u)
        energy, force, stress = np.zeros(n), np.zeros((n, natom, 3)), np.zeros((n, 6))
        box = np.ascontiguousarray(np.asarray(cell) * crystal.BOHR)
        u = np.ascontiguousarray(u)
        text = ctypes.create_string_buffer(1000)
        double = lambda a: a.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
        cells = (ctypes.c_int * 3)(*[int(k) for k in ncell])
        if self.library.design_evaluate(ctypes.c_void_p(self.handle), cells, double(box), double(u), double(energy),
                                        double(force), double(stress), text, 1000):
            raise RuntimeError(text.value.decode())
        return energy / np.prod(ncell), force, stress * EV_PER_A3_IN_GPA
