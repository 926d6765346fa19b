"""Candidate coefficients: polynomials in displacement differences and strain, each summed over the 48 operations
of the cubic point group about the perovskite cell, and MULTIBINIT's XML for them.

A factor is (A, B, direction, power) with sites A = (atom, cell): the difference u_A - u_B along a direction, to a
power. A term is (weight, factors, strains), a function a tuple of terms: one orbit. Only differences appear, so
that a rigid translation costs nothing (Wojdel et al., J. Phys.: Condens. Matter 25, 305401 (2013))."""

import itertools

import numpy as np

import crystal

NAMES = ("Ba", "Ti", "O1", "O2", "O3")
VOIGT = [(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]
COMPONENT = {pair: v for v, (i, j) in enumerate(VOIGT) for pair in ((i, j), (j, i))}
HOME = (0, 0, 0)
BA, TI, O = (0, HOME), (1, HOME), (2, HOME)
CUTOFF = 0.87  # lattice constants: sqrt(3)/2 is Ba-Ti, the longest bond


class Operation:
    """A signed permutation of the axes: axis k becomes axis permutation[k] with a sign."""

    def __init__(self, permutation, signs):
        self.permutation, self.signs = permutation, signs
        matrix = np.zeros((3, 3), int)
        for k in range(3):
            matrix[permutation[k], k] = signs[k]
        self.image = []  # atom of the home cell -> (atom, cell)
        self.matrix = matrix
        for a in range(5):
            moved = matrix @ crystal.BASIS[a]
            b = next(b for b in range(5) if np.allclose(moved - crystal.BASIS[b], np.rint(moved - crystal.BASIS[b])))
            self.image.append((b, np.rint(moved - crystal.BASIS[b]).astype(int)))

    def site(self, site):
        atom, shift = self.image[site[0]]
        return atom, tuple(int(x) for x in self.matrix @ site[1] + shift)


OPERATIONS = [Operation(p, s) for p in itertools.permutations(range(3)) for s in itertools.product((1, -1), repeat=3)]


def canonical(factors, strains):
    """(sign, factors, strains) such that equal monomials look the same: a site that all factors share comes first
    and moves to the home cell, factors are sorted and merged."""
    strains = tuple(sorted(strains))
    if not factors:
        return 1, (), strains
    shared = set.intersection(*[{f[0], f[1]} for f in factors])
    if len({frozenset(f[:2]) for f in factors}) == 1:
        shared = {min(shared)}
    best = None
    for origin in shared:
        sign, powers = 1, {}
        for a, b, k, p in factors:
            if a != origin:
                a, b, sign = b, a, sign * (-1)**p
            cell = tuple(y - x for x, y in zip(origin[1], b[1]))
            key = ((a[0], HOME), (b[0], cell), k)
            powers[key] = powers.get(key, 0) + p
        found = tuple(sorted((*key, p) for key, p in powers.items()))
        if best is None or found < best[1]:
            best = (sign, found, strains)
    return best


def orbit(monomials):
    """The function that belongs to a sum of monomials [(weight, factors, strains)], or None if it vanishes by
    symmetry. The largest weight without strain (if there is none, of all) becomes 1 or -1."""
    weights = {}
    for op in OPERATIONS:
        for weight, factors, strains in monomials:
            sign, moved, components = 1, [], {}
            for a, b, k, p in factors:
                moved.append((op.site(a), op.site(b), op.permutation[k], p))
                sign *= op.signs[k]**p
            for v, q in strains:
                i, j = VOIGT[v]
                sign *= (op.signs[i] * op.signs[j])**q
                w = COMPONENT[op.permutation[i], op.permutation[j]]
                components[w] = components.get(w, 0) + q
            turn, *key = canonical(moved, components.items())
            weights[tuple(key)] = weights.get(tuple(key), 0.) + weight * sign * turn
    largest = max(map(abs, weights.values()))
    weights = {key: w for key, w in weights.items() if abs(w) > 1e-9 * largest}
    if largest < 1e-9 or not any(w for w in weights.values()):
        return None
    plain = [key for key in sorted(weights) if not key[1]] or sorted(weights)
    unit = max(abs(weights[key]) for key in plain) * np.sign(weights[plain[0]])
    # without strain first: that is what label() shows
    order = sorted(weights, key=lambda key: (len(key[1]) > 0, key))
    return tuple((round(weights[key] / unit, 9), *key) for key in order)


def stretched(factors, most=99):
    """The monomial with each difference u_a - u_b replaced by the change of the whole bond vector,
    v = u_a - u_b + eta d, d the bond vector of the reference: [(weight, factors, strains)], up to a power of strain.
    Energies depend on bonds: what a stretched bond does, it does whether strain or displacement has stretched it."""
    sums = [(1., (), ())]
    for a, b, k, p in factors:
        d = crystal.A0 * (crystal.BASIS[a[0]] + a[1] - crystal.BASIS[b[0]] - b[1])
        parts = [(d[j] * (1. if j == k else 0.5), COMPONENT[k, j]) for j in range(3) if d[j]]
        for _ in range(p):
            grown = {}
            for w, f, s in sums:
                choices = [(1., [(a, b, k)], [])] + [(c, [], [v]) for c, v in parts if len(s) < most]
                for c, more, strain in choices:
                    key = (tuple(sorted(f + tuple(more))), tuple(sorted(s + tuple(strain))))
                    grown[key] = grown.get(key, 0.) + w * c
            sums = [(w, f, s) for (f, s), w in grown.items()]
    count = lambda items: [(*key, items.count(key)) if isinstance(key, tuple) else (key, items.count(key))
                           for key in sorted(set(items))]
    return [(w, count(f), count(s)) for w, f, s in sums]


def bonds(atom, element):
    """Sites of an element within the cutoff of an atom of the home cell, that atom left out."""
    found = []
    for b in range(5):
        for cell in itertools.product((-1, 0, 1), repeat=3):
            distance = np.linalg.norm(crystal.BASIS[b] + cell - crystal.BASIS[atom])
            if NAMES[b].startswith(element) and 0 < distance < CUTOFF:
                found.append((b, cell))
    return found


def directions(power):
    return [p for p in itertools.product(range(power + 1), repeat=3) if sum(p) == power]


def bond(a, b, powers):
    return [(a, b, k, p) for k, p in enumerate(powers) if p]


SIXTH = {"TiO-TiO(Ti)": ((2, 4), (4, 2), (3, 3), (1, 5), (5, 1))}  # powers of the two bonds, order 6
STRAIN_1 = [((v, 1),) for v in range(6)]
# Families that enter with the change of the whole bond vectors. For pairs of bonds on Ti that changes nothing but cost.
WHOLE = ("TiO^", "TiO-TiO(O)^", "TiO-TiTi(Ti)^")
# Beyond the cutoff: harmonic constants of these pairs change with strain, those of the dipoles among them
LONGER = (("TiTi", TI, (1, (0, 0, 1))), ("OO[001]", O, (2, (0, 0, 1))), ("OO[100]", O, (2, (1, 0, 0))),
          ("BaBa", BA, (0, (0, 0, 1))))
PURE_STRAIN = {
    "eta^3": [((0, 3),), ((0, 2), (1, 1)), ((0, 1), (1, 1), (2, 1)), ((0, 1), (3, 2)), ((1, 1), (3, 2)),
              ((3, 1), (4, 1), (5, 1))],
    "eta^4": [((0, 4),), ((3, 4),), ((0, 2), (1, 2)), ((3, 2), (4, 2)), ((0, 2), (3, 2)), ((1, 2), (3, 2))],
    "eta^6": [((0, 6),), ((3, 6),)]}


def candidates():
    """[(family, function)] without duplicates. A family names the bonds, the order in them, and in strain."""
    pool, known = [], set()

    def add(family, factors, strains=()):
        whole = family.startswith(WHOLE) and "eta" not in family
        function = orbit(stretched(factors) if whole else [(1., factors, strains)])
        if function is not None and function not in known:
            known.add(function)
            pool.append((family, function))

    for name, a, b in (("TiO", TI, O), ("BaO", BA, O), ("BaTi", BA, TI), ("OO", O, (3, HOME))):
        for power in (3, 4, 5, 6, 8):
            for p in directions(power):
                # of the high orders only what the Ti-O bond needs, and what bounds the energy
                if power < 5 or max(p) == 8 or (name == "TiO" and power < 7) or all(x % 2 == 0 for x in p) and power == 6:
                    add("%s^%d" % (name, power), bond(a, b, p))
        for strain in STRAIN_1:
            for p in directions(2):
                add("%s^2*eta" % name, bond(a, b, p), strain)

    for name, a, b in LONGER:
        for strain in STRAIN_1:
            for p in directions(2):
                add("%s^2*eta" % name, bond(a, b, p), strain)

    def pairs(name, center, first, others, full):
        """Two bonds that share an atom; `full`: with all components."""
        for other in others:
            if other == first:
                continue
            for one, two in ((1, 2), (2, 1), (1, 3), (2, 2), (3, 1)) + SIXTH.get(name, ()):
                for p, q in itertools.product(directions(one), directions(two)):
                    if (full and one + two < 6) or (max(p) == one and max(q) == two):
                        add("%s^%d" % (name, one + two), bond(center, first, p) + bond(center, other, q))
            for p, q in itertools.product(directions(1), repeat=2):
                factors = bond(center, first, p) + bond(center, other, q)
                for strain in STRAIN_1:
                    add("%s^2*eta" % name, factors, strain)
                if name == "TiO-TiO(O)" and p == q:  # the chain, where it is stretched far
                    for v in range(6):
                        add("%s^2*eta^2" % name, factors, ((v, 2),))

    pairs("TiO-TiO(Ti)", TI, O, bonds(1, "O"), True)
    pairs("TiO-TiO(O)", O, TI, bonds(2, "Ti"), True)
    pairs("TiO-BaO(O)", O, TI, bonds(2, "Ba"), False)
    pairs("TiO-OO(O)", O, TI, bonds(2, "O"), False)
    pairs("TiO-BaTi(Ti)", TI, O, bonds(1, "Ba"), False)
    pairs("BaO-BaO(O)", O, bonds(2, "Ba")[0], bonds(2, "Ba"), False)
    # Longitudinal waves soften as Ti leaves its center, since Born effective charges fall: Ti against the next Ti along
    # the chain, times a bond of Ti. Orders 3 and transverse differences gain nothing on left-out data, and have the
    # crystal prefer acoustic waves of strain 0.05 and more, modulated states below the phases.
    for other, (one, two) in itertools.product(bonds(1, "O"), ((1, 3), (2, 2), (3, 1))):
        for p in directions(two):
            add("TiO-TiTi(Ti)^4", bond(TI, (1, (0, 0, 1)), (0, 0, one)) + bond(TI, other, p))
    for family, monomials in PURE_STRAIN.items():
        for strain in monomials:
            add(family, [], strain)
    return pool


def label(function):
    """The first term in words, MULTIBINIT's way."""
    _, factors, strains = function[0]
    text = ""
    for (a, _), (b, cell), k, p in factors:
        where = "" if cell == HOME else "[%d %d %d]" % cell
        text += "(%s_%s-%s_%s%s)^%d" % (NAMES[a], "xyz"[k], NAMES[b], "xyz"[k], where, p)
    return text + "".join("(eta_%d)^%d" % (v + 1, q) for v, q in strains)


def write_xml(path, functions, values):
    """MULTIBINIT's coefficient XML, one element per line, since its own parser reads lines."""
    with open(path, "w") as out:
        out.write('<?xml version="1.0" ?>\n<Heff_definition>\n')
        for n, (function, value) in enumerate(zip(functions, values)):
            out.write('  <coefficient number="%d" value="  %.10E" text="%s">\n' % (n + 1, value, label(function)))
            for weight, factors, strains in function:
                out.write('    <term weight="%.9g">\n' % weight)
                for (a, _), (b, cell), k, p in factors:
                    out.write('      <displacement_diff atom_a="%d" atom_b="%d" direction="%s" power="%d">\n'
                              '        <cell_a>0 0 0</cell_a>\n        <cell_b>%d %d %d</cell_b>\n'
                              '      </displacement_diff>\n' % (a, b, "xyz"[k], p, *cell))
                for v, q in strains:
                    out.write('      <strain power="%2d" voigt="%2d"/>\n' % (q, v + 1))
                out.write('    </term>\n')
            out.write('  </coefficient>\n')
        out.write('</Heff_definition>\n')
