#!/usr/bin/env python3
"""Convert a SA-GPR dipole model made with librascal to a .dipole file of pair_style gap.

    python3 sagpr2dipole.py HYPERS.json ARRAYS OUT.dipole

ARRAYS is a .npz file, or a folder of .npy files; Z, A, B are atomic numbers, A <= B:

  X1_Z_A_B  [M][n_max^2][columns]  lambda = 1 features of the M sparse points around element Z, the
            block of the elements A, B as librascal gives it: rows n*n_max + n', columns (l1, l2, mu)
            with l1 + l2 odd, |l1 - l2| = 1, mu = -1, 0, 1 fastest
  X0_Z_A_B  [M][n_max^2][l_max + 1] invariants of the same points, for zeta > 1
  b_Z       [M][3]                  weights, e Angstrom

Absent blocks are zero. HYPERS.json holds

  "code": "librascal"
  "zeta": exponent of the kernel (p0.p0')^(zeta-1) p1 p1'^T
  "weights": "mu" or "cartesian", the order of the three columns of b: -1, 0, 1 or x, y, z
  "species": [Z, ...] all elements that are seen
  "covariants": hyperparameters of SphericalCovariants, as given to librascal
  "invariants": those of SphericalInvariants for zeta > 1: the same expansion

What is not known to be supported is refused. doc/gap_dipole_format.md describes the result. Needs
numpy.

librascal's components mu = -1, 0, 1 rotate as (-y, z, x). With these features M = sum_i sum_j K_ij b_j
is p1_i V_j with V_j = sum_mu X1_j,mu b_j,mu, whatever the order; only the signs of the columns
(those of 3j symbols) and the double listing of products remain to be sorted out.
"""
import json
import os
import sys

import numpy as np

SYMBOLS = """H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se
Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er
Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No
Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og""".split()
# keys that do not act on the features
IDLE = {"compute_gradients", "expansion_by_species_method", "global_species", "optimization",
        "optimization_args", "soap_type", "normalize", "lam", "inversion_symmetry"}
EXPANSION = {"interaction_cutoff", "cutoff_smooth_width", "max_radial", "max_angular", "gaussian_sigma_type",
             "gaussian_sigma_constant", "cutoff_function_type", "cutoff_function_parameters", "radial_basis"}


class Refused(Exception):
    """The model cannot be converted; the text says why."""


def want(hypers, key, kind, where):
    if key not in hypers:
        raise Refused(f"{where}: '{key}' is missing")
    value = hypers[key]
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Refused(f"{where}: '{key}' is {value!r}, expected {kind.__name__}")
    return value


def one_of(value, allowed, what):
    if value not in allowed:
        raise Refused(f"{what} is {value!r}, supported: {', '.join(map(str, allowed))}")
    return value


def expansion(h, where):
    """What both representations must agree on, as the lines of our header need it."""
    unknown = set(h) - IDLE - EXPANSION
    if unknown:
        raise Refused(f"{where}: unknown hyperparameter '{sorted(unknown)[0]}'")
    for name in ("optimization", "optimization_args"):
        kind = h.get(name) or {}
        if isinstance(kind, dict) and ("RadialDimReduction" in kind or kind.get("type") == "RadialDimReduction"):
            raise Refused(f"{where}: reduction of the radial dimension (RadialDimReduction) is not supported")
    one_of(want(h, "gaussian_sigma_type", str, where), ["Constant"], f"{where}: gaussian_sigma_type")
    basis = one_of(want(h, "radial_basis", str, where), ["GTO", "DVR"], f"{where}: radial_basis")
    cut = one_of(h.get("cutoff_function_type", "ShiftedCosine"), ["ShiftedCosine", "RadialScaling"],
                 f"{where}: cutoff_function_type")
    scaling = None
    if cut == "RadialScaling":
        p = want(h, "cutoff_function_parameters", dict, where)
        if set(p) != {"rate", "scale", "exponent"}:
            raise Refused(f"{where}: cutoff_function_parameters are {sorted(p)}, expected exponent, rate, scale")
        exponent = want(p, "exponent", float, where)
        if exponent != int(exponent):
            raise Refused(f"{where}: the exponent of RadialScaling is {exponent}, expected an integer")
        scaling = (want(p, "rate", float, where), want(p, "scale", float, where), int(exponent))
    return {
        "basis": (basis.lower(), want(h, "max_radial", int, where), want(h, "gaussian_sigma_constant", float, where)),
        "lmax": want(h, "max_angular", int, where),
        "cutoff": (want(h, "interaction_cutoff", float, where), want(h, "cutoff_smooth_width", float, where)),
        "scaling": scaling,
        "normalize": want(h, "normalize", bool, where),
    }


def load(path):
    if os.path.isdir(path):
        return {f[:-4]: np.load(os.path.join(path, f), allow_pickle=False)
                for f in sorted(os.listdir(path)) if f.endswith(".npy")}
    try:
        with np.load(path, allow_pickle=False) as z:
            return {k: z[k] for k in z.files}
    except (AttributeError, TypeError):
        raise Refused(f"{path} is a single array, expected a .npz file or a folder of .npy files") from None


def block(arrays, used, name, shape):
    if name not in arrays:
        return None
    used.add(name)
    a = np.asarray(arrays[name])
    if a.dtype.kind not in "fiu" or a.shape != shape:
        raise Refused(f"{name} has the shape {a.shape} and type {a.dtype}, expected {shape} of numbers")
    if not np.isfinite(a).all():
        raise Refused(f"{name} holds numbers that are not finite")
    return a.astype(float)


def dense_vector(arrays, used, z, species, b, n, lmax, count):
    """V_j over (l, I, J): the blocks of librascal contracted with b, each product of coefficients once."""
    nc = len(species) * n
    out = np.zeros((count, lmax, nc, nc))
    pairs = [(l1, l2) for l1 in range(lmax + 1) for l2 in range(lmax + 1) if abs(l1 - l2) == 1]
    for i, a in enumerate(species):
        for j, c in enumerate(species[i:], i):
            x = block(arrays, used, f"X1_{z}_{a}_{c}", (count, n * n, 3 * len(pairs)))
            if x is None:
                continue
            v = np.einsum("jpkm,jm->jpk", x.reshape(count, n * n, len(pairs), 3), b).reshape(count, n, n, -1)
            if i != j:  # librascal's p1 has this factor
                v = v * np.sqrt(2.0)
            I, J = slice(i * n, (i + 1) * n), slice(j * n, (j + 1) * n)
            for k, (l1, l2) in enumerate(pairs):
                l = min(l1, l2)
                sign = -1.0 if l % 2 == 0 else 1.0  # of the 3j symbol of m = 0: (-1)^(l+1)
                if l1 < l2:
                    out[:, l, I, J] += sign * v[..., k]
                else:  # the same product, the factors exchanged
                    out[:, l, J, I] += sign * v[..., k].transpose(0, 2, 1)
    return out.reshape(count, -1)


def dense_invariant(arrays, used, z, species, n, lmax, count):
    """X0_j over I, J <= I, l."""
    nc = len(species) * n
    full = np.zeros((count, nc, nc, lmax + 1))  # element (J, I) with J <= I
    for i, a in enumerate(species):
        for j, c in enumerate(species[i:], i):
            x = block(arrays, used, f"X0_{z}_{a}_{c}", (count, n * n, lmax + 1))
            if x is None:
                continue
            x = x.reshape(count, n, n, lmax + 1)
            if i == j:  # (n, n') and (n', n) stand for one product with a factor sqrt 2
                diagonal = x[:, np.arange(n), np.arange(n)]
                x = (x + x.transpose(0, 2, 1, 3)) / np.sqrt(2.0)
                x[:, np.arange(n), np.arange(n)] = diagonal
            full[:, i * n:(i + 1) * n, j * n:(j + 1) * n] = x
    return np.concatenate([full[:, J, I] for I in range(nc) for J in range(I + 1)], axis=1)


def convert(model, arrays):
    code = one_of(want(model, "code", str, "hyperparameters"), ["librascal", "TENSOAP"], "code")
    if code == "TENSOAP":
        raise Refused("models of TENSOAP are not supported: its radial functions, spherical harmonics and the "
                      "order of its features are not documented; compute the features of the sparse points "
                      "with librascal")
    unknown = set(model) - {"code", "zeta", "weights", "species", "covariants", "invariants"}
    if unknown:
        raise Refused(f"unknown key '{sorted(unknown)[0]}'")
    zeta = want(model, "zeta", int, "hyperparameters")
    if zeta < 1:
        raise Refused(f"zeta is {zeta}, expected 1 or more")
    order = one_of(want(model, "weights", str, "hyperparameters"), ["mu", "cartesian"], "weights")
    species = sorted(want(model, "species", list, "hyperparameters"))
    if not species or len(set(species)) < len(species) or not all(isinstance(s, int) and 0 < s < 119 for s in species):
        raise Refused(f"species are {species}, expected different atomic numbers")
    h = want(model, "covariants", dict, "hyperparameters")
    one_of(want(h, "soap_type", str, "covariants"), ["LambdaSpectrum"], "covariants: soap_type")
    one_of(want(h, "lam", int, "covariants"), [1], "covariants: lam")
    one_of(want(h, "inversion_symmetry", bool, "covariants"), [True], "covariants: inversion_symmetry")
    e = expansion(h, "covariants")
    if zeta > 1:
        h0 = want(model, "invariants", dict, "hyperparameters")
        one_of(want(h0, "soap_type", str, "invariants"), ["PowerSpectrum"], "invariants: soap_type")
        if h0.get("inversion_symmetry", True) is not True:
            raise Refused("invariants: inversion_symmetry is not supported without being true")
        e0 = expansion(h0, "invariants")
        for key in e:
            if e[key] != e0[key]:
                raise Refused(f"{key} is {e[key]} for covariants but {e0[key]} for invariants: expected the same")
    _, n, _ = e["basis"]
    lmax = e["lmax"]
    lines = ["POLAR-DIPOLE 1 # from librascal's arrays", "elements " + " ".join(SYMBOLS[s - 1] for s in species),
             "basis {} {} {!r}".format(*e["basis"]), f"lmax {lmax}", "cutoff {!r} {!r}".format(*e["cutoff"]),
             "norm " + ("vector" if e["normalize"] else "none"), f"zeta {zeta}"]
    if e["scaling"]:
        lines.append("scaling {!r} {!r} {}".format(*e["scaling"]))
    used, centres = set(), 0
    for z in species:
        if f"b_{z}" not in arrays:
            continue
        count = len(np.atleast_1d(arrays[f"b_{z}"]))
        b = block(arrays, used, f"b_{z}", (count, 3))
        if order == "cartesian":  # x, y, z = v[1], -v[-1], v[0]
            b = np.stack([-b[:, 1], b[:, 2], b[:, 0]], axis=1)
        v = dense_vector(arrays, used, z, species, b, n, lmax, count)
        if e["normalize"]:  # librascal's |p1|^2 counts every product twice
            v /= np.sqrt(2.0)
        if zeta == 1:
            lines.append(f"centre {SYMBOLS[z - 1]} linear")
            rows = v.sum(0)[None]
        else:
            lines.append(f"centre {SYMBOLS[z - 1]} sparse {count}")
            rows = np.concatenate([dense_invariant(arrays, used, z, species, n, lmax, count), v], axis=1)
        for row in rows:
            lines += [" ".join("%.17g" % x for x in row[k:k + 8]) for k in range(0, len(row), 8)]
        centres += 1
    left = sorted(set(arrays) - used)
    if left:
        raise Refused(f"array '{left[0]}' is not one that this model needs: see the names in this script")
    if not centres:
        raise Refused("there is no array b_Z for an element of 'species'")
    return "\n".join(lines + ["end", ""])


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        with open(sys.argv[1]) as f:
            model = json.load(f)
        if not isinstance(model, dict):
            raise Refused("expected a JSON object")
        text = convert(model, load(sys.argv[2]))
        with open(sys.argv[3], "w") as out:
            out.write(text)
    except Refused as reason:
        sys.exit(f"sagpr2dipole: {sys.argv[1]}: {reason}")
    except (OSError, ValueError) as reason:
        sys.exit(f"sagpr2dipole: {reason}")


if __name__ == "__main__":
    main()
