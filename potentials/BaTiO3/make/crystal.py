"""The perovskite crystal: cells, units, strain and the harmonic modes of the derivative database.

Units everywhere: hartree, bohr, electron masses; a cell is a 3 x 3 array whose rows are the lattice
vectors; positions are reduced coordinates [natom, 3]."""

import itertools
import os

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
POTENTIAL = os.path.dirname(HERE)

A0 = 7.4574503332                    # cubic LDA lattice constant, bohr
BOHR = 0.529177210903                # Angstrom (CODATA 2018)
HARTREE = 27.211386245988            # eV
KELVIN = 3.1668115634556e-6          # hartree
AMU = 1822.888486209                 # electron masses
WAVENUMBER = 1 / 219474.6313632      # hartree per cm^-1
GPA = 29421.02648438959              # GPa per hartree/bohr^3
ELEMENTS = ("Ba", "Ti", "O")
TYPES = np.array([1, 2, 3, 3, 3])
MASSES = np.array([137.327, 47.88, 15.9994, 15.9994, 15.9994])  # amu, as in BaTiO3_sys.xml
BASIS = np.array([[0, 0, 0], [.5, .5, .5], [.5, .5, 0], [.5, 0, .5], [0, .5, .5]])


def cells(ncell):
    """Integer coordinates of the primitive cells of a supercell, last index fastest."""
    return np.array(list(itertools.product(*[range(n) for n in ncell])))


def types(ncell):
    return np.tile(TYPES, int(np.prod(ncell)))


def ideal_positions(ncell):
    """Reduced positions of the undistorted supercell."""
    sites = (cells(ncell)[:, None, :] + BASIS[None]).reshape(-1, 3)
    return sites / np.array(ncell)


def structure(ncell, displacement, strain):
    """Cell and reduced positions; displacement in bohr before the strain is applied."""
    reference = A0 * np.diag(np.array(ncell, float))
    cell = reference @ (np.eye(3) + strain).T
    return cell, ideal_positions(ncell) + displacement @ np.linalg.inv(reference)


def strain(ncell, cell):
    """Symmetric strain of the cell against the cubic reference, 3 x 3 (stretch minus one)."""
    gradient = np.linalg.solve(A0 * np.diag(np.array(ncell, float)), cell)
    values, vectors = np.linalg.eigh(gradient @ gradient.T)
    return vectors @ np.diag(np.sqrt(values)) @ vectors.T - np.eye(3)


def displacements(ncell, cell, xred):
    """Displacements from the strained ideal sites, bohr, without the drift of the crystal."""
    d = xred - ideal_positions(ncell)
    u = (d - np.rint(d)) @ cell
    return u - u.mean(axis=0)


def centered(ncell, cell, xred):
    """The crystal moved so that its mean displacement is zero. Its mirrors and glides then pass through
    points of the FFT grid, without which ABINIT refuses symmetric crystals."""
    return ideal_positions(ncell) + displacements(ncell, cell, xred) @ np.linalg.inv(cell)


def read_force_constants(ddb):
    """Second derivatives with respect to atomic positions, hartree/bohr^2, by wave vector."""
    found = {}
    for block in open(ddb).read().split("2nd derivatives")[1:]:
        lines = block.splitlines()
        q = matrix = None
        for line in lines:
            words = line.replace("D", "E").split()
            if words[:1] == ["qpt"]:
                q = tuple(abs(float(w)) for w in words[1:4])
                matrix = np.zeros((15, 15))
            elif q and len(words) == 6 and "." in words[4]:
                i, a, j, b = (int(w) for w in words[:4])
                if a <= 5 and b <= 5:  # perturbations beyond 5: field and strain
                    matrix[3 * a + i - 4, 3 * b + j - 4] = float(words[4])
            elif matrix is not None and line.strip() and words[0] == "List":
                break
        if q is not None and np.abs(matrix).max() > 0:
            found[q] = matrix / A0**2  # derivatives with respect to reduced coordinates in the file
    return found


def harmonic_modes(ddb=os.path.join(POTENTIAL, "BaTiO3_LDA.DDB")):
    """{q: (squared angular frequencies, eigenvectors)} for all q of the 2 x 2 x 2 mesh."""
    constants = read_force_constants(ddb)
    # cyclic permutation x -> y -> z -> x maps O across z to O across x, and so on
    permuted = np.array([0, 1, 4, 2, 3])
    index = np.array([3 * permuted[a] + (i + 1) % 3 for a in range(5) for i in range(3)])
    for q in list(constants):
        turned, matrix = q, constants[q]
        for _ in range(2):
            turned = (turned[2], turned[0], turned[1])
            image = np.zeros_like(matrix)
            image[np.ix_(index, index)] = matrix
            matrix = image
            constants.setdefault(turned, matrix)
    # acoustic sum rule: the on-site correction that Gamma asks for serves all wave vectors, as in
    # anaddb's asr 2
    correction = constants[(0., 0., 0.)].reshape(5, 3, 5, 3).sum(axis=2).copy()
    for matrix in constants.values():
        for a in range(5):
            matrix[3 * a:3 * a + 3, 3 * a:3 * a + 3] -= correction[a]
    root_mass = np.sqrt(np.repeat(MASSES, 3) * AMU)
    modes = {}
    for q, matrix in constants.items():
        dynamical = (matrix + matrix.T) / 2 / np.outer(root_mass, root_mass)
        modes[q] = np.linalg.eigh(dynamical)
    return modes


def wavenumbers(squared):
    """Wave numbers in cm^-1, negative where imaginary."""
    return np.sign(squared) * np.sqrt(np.abs(squared)) / WAVENUMBER


def record(name, kind, ncell, cell, xred, **labels):
    """A configuration as it is kept in the queue."""
    return dict(name=name, kind=kind, ncell=[int(n) for n in ncell], cell=np.asarray(cell).tolist(),
                xred=np.asarray(xred).tolist(), **labels)
