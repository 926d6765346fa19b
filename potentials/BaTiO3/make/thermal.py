"""Configurations drawn from the harmonic crystal at a temperature."""

import numpy as np

import crystal

# A mode that is unstable or very soft has no harmonic width; it is given that of a mode of this
# wave number, which makes the amplitude at 300 K about that of the ferroelectric phases.
UNSTABLE_WAVENUMBER = 130.
SOFTEST_WAVENUMBER = 60.


def displacements(rng, modes, ncell, temperature):
    """Classical harmonic displacements (bohr) of all modes commensurate with the supercell."""
    cells = crystal.cells(ncell)
    u = np.zeros((len(cells), 5, 3))
    commensurate = [q for q in modes if all(q[d] == 0 or ncell[d] % 2 == 0 for d in range(3))]
    for q in sorted(commensurate):
        phase = np.cos(2 * np.pi * cells @ np.array(q))
        squared, vectors = modes[q]
        for mode in range(15):
            number = crystal.wavenumbers(squared[mode])
            if q == (0., 0., 0.) and abs(number) < 5:
                continue  # rigid translation
            number = max(abs(number), UNSTABLE_WAVENUMBER if number < 0 else SOFTEST_WAVENUMBER)
            width = np.sqrt(crystal.KELVIN * temperature) / (number * crystal.WAVENUMBER)
            pattern = (vectors[:, mode] / np.sqrt(np.repeat(crystal.MASSES, 3) * crystal.AMU)).reshape(5, 3)
            u += rng.normal() * width * phase[:, None, None] * pattern / np.sqrt(len(cells))
    return u.reshape(-1, 3)


def strain(rng, ncell, temperature, expansion, bulk=193., shear=132.):
    """Symmetric strain: a mean expansion and thermal fluctuations of an isotropic solid (GPa)."""
    volume = crystal.A0**3 * np.prod(ncell)
    width = lambda modulus: np.sqrt(crystal.KELVIN * temperature * crystal.GPA / (modulus * volume))
    # e11 at fixed stress of a cubic crystal: (s11 kT/V)^(1/2), s11 close to 1/(1.5 bulk) here
    eta = np.diag(expansion + width(1.5 * bulk) * rng.normal(size=3))
    for i, j in ((0, 1), (0, 2), (1, 2)):
        eta[i, j] = eta[j, i] = 0.5 * width(shear) * rng.normal()
    return eta


def configuration(rng, modes, ncell, temperature, expansion):
    return crystal.structure(ncell, displacements(rng, modes, ncell, temperature),
                             strain(rng, ncell, temperature, expansion))
