#!/usr/bin/env python3
"""Train a small LES model of rock salt for tests and examples: python3 make.py [OUT.les]

Data: energies of 8-atom crystals, strained and displaced at random, under a rigid-ion model: charges
+1 and -1 and A exp((s - r)/rho) with the parameters of Fumi and Tosi (J. Phys. Chem. Solids 25, 31
(1964)), without dispersion. The descriptors and the hidden layers are random; what is linear is fitted:
first the charges to +-1 e, then the energy to what the charges' Ewald sum leaves over. Needs numpy;
a minute. Not a model of real NaCl.
"""
import struct
import sys
import zlib

import numpy as np

COULOMB = 14.399645  # eV Angstrom
RAW = np.sqrt(2 * np.pi * COULOMB)  # model units of charge per e
RC, POWER, NR, NB, SIGMA, DL = 4.5, 5, 6, 6, 1.0, 2.0
HIDDEN_E, HIDDEN_Q = 24, 6
BORN = {(0, 0): (0.4225, 2.340), (0, 1): (0.3380, 2.755), (1, 1): (0.2535, 3.170)}
RHO = 0.317
MONOMIALS = [(a, b, l - a - b) for l in range(4) for a in range(l, -1, -1) for b in range(l - a, -1, -1)]
random = np.random.default_rng(1)
SENDER, RECEIVER = np.array([[1.0, 0.2], [-0.3, 1.0]]), np.array([[1.0, 0.1], [0.1, 1.0]])
FREQUENCY = np.pi / RC * np.arange(1, NR + 1)
WEIGHT = [random.normal(size=(NR, NB, 4)) * 0.5 for _ in range(4)]


def configuration():
    """Cell (rows), positions, kinds."""
    a = random.uniform(5.4, 6.6)
    h = a * (np.eye(3) + random.normal(size=(3, 3)) * 0.02)
    s = np.array([(i, j, k) for i in range(2) for j in range(2) for k in range(2)]) / 2.0
    kind = np.array([(i + j + k) % 2 for i in range(2) for j in range(2) for k in range(2)])
    return h, s @ h + random.normal(size=(8, 3)) * random.uniform(0.02, 0.2), kind


def pairs(h, x, cutoff):
    """i, j, vector from j to i, of all neighbours."""
    n = np.ceil(cutoff * np.linalg.norm(np.linalg.inv(h), axis=0)).astype(int) + 1
    shifts = np.array([(i, j, k) for i in range(-n[0], n[0] + 1) for j in range(-n[1], n[1] + 1)
                       for k in range(-n[2], n[2] + 1)]) @ h
    v = x[:, None, None] - x[None, :, None] - shifts[None, None]
    d = np.linalg.norm(v, axis=-1)
    i, j, s = np.nonzero((d < cutoff) & (d > 1e-8))
    return i, j, v[i, j, s], d[i, j, s]


def ewald(h, x, q, kmax):
    """1/V sum exp(-sigma^2 k^2/2)/k^2 |S|^2"""
    b = 2 * np.pi * np.linalg.inv(h)  # columns
    n = (kmax * np.linalg.norm(h, axis=1) / (2 * np.pi)).astype(int) + 1
    grid = np.array([(i, j, k) for i in range(-n[0], n[0] + 1) for j in range(-n[1], n[1] + 1)
                     for k in range(-n[2], n[2] + 1)])
    k = grid @ b.T
    k2 = (k * k).sum(1)
    keep = (k2 > 1e-12) & (k2 <= kmax**2 * (1 + 1e-9))
    k, k2 = k[keep], k2[keep]
    s = np.exp(1j * k @ x.T) @ q
    return (np.exp(-SIGMA**2 * k2 / 2) / k2 * abs(s)**2).sum() / np.linalg.det(h)


def rigid_ion(h, x, kind):
    from math import erfc
    q = 1.0 - 2.0 * kind
    e = 2 * np.pi * COULOMB * ewald(h, x, q, 9.0) - len(q) * 2 * np.pi * COULOMB / (SIGMA * (2 * np.pi)**1.5)
    i, j, _, d = pairs(h, x, 9.0)
    e += 0.5 * sum(q[a] * q[b] * COULOMB * erfc(r / (np.sqrt(2) * SIGMA)) / r for a, b, r in zip(i, j, d))
    for (s, t), (amplitude, sigma) in BORN.items():
        both = ((kind[i] == s) & (kind[j] == t)) | ((kind[i] == t) & (kind[j] == s))
        e += 0.5 * (amplitude * np.exp((sigma - d[both]) / RHO)).sum()
    return e


def features(h, x, kind):
    """[atom][(basis*6 + invariant)*4 + channel], the order of the file"""
    i, j, v, d = pairs(h, x, RC)
    p, y = POWER, d / RC
    f = 1 - (p + 1) * (p + 2) / 2 * y**p + p * (p + 2) * y**(p + 1) - p * (p + 1) / 2 * y**(p + 2)
    g = np.sqrt(2 / RC) * np.sin(np.outer(d, FREQUENCY)) / d[:, None] * f[:, None]
    u = v / d[:, None]
    H = np.array([u[:, 0]**a * u[:, 1]**b * u[:, 2]**c for a, b, c in MONOMIALS]).T
    channel = np.einsum("ea,eb->eab", SENDER[kind[j]], RECEIVER[kind[i]]).reshape(-1, 4)
    edge = g[:, :, None, None] * H[:, None, :, None] * channel[:, None, None]
    A0 = np.zeros((len(x), NR, 20, 4))
    np.add.at(A0, i, edge)
    A = np.concatenate([np.einsum("inkc,nmc->imkc", A0[:, :, slice(*r)], WEIGHT[l])
                        for l, r in enumerate([(0, 1), (1, 4), (4, 10), (10, 20)])], axis=2)
    index = {m: k for k, m in enumerate(MONOMIALS)}
    fact = [1, 1, 2, 6]
    many = [fact[sum(m)] / (fact[m[0]] * fact[m[1]] * fact[m[2]]) for m in MONOMIALS]
    B = [A[:, :, 0]]
    for lo, hi in ((1, 4), (4, 10), (10, 20)):
        B.append(sum(many[k] * A[:, :, k]**2 for k in range(lo, hi)))
    for lo, hi in ((1, 4), (4, 10)):
        B.append(sum(many[k] * A[:, :, m] * A[:, :, k] *
                     A[:, :, index[tuple(np.add(MONOMIALS[m], MONOMIALS[k]))]]
                     for m in range(1, 4) for k in range(lo, hi)))
    return np.stack(B, axis=2).reshape(len(x), -1)


def ridge(X, y, strength):
    size = np.sqrt((X * X).mean(0)) + 1e-12
    Z = X / size
    return np.linalg.solve(Z.T @ Z + strength * len(y) * np.eye(Z.shape[1]), Z.T @ y) / size


def silu(x):
    return x / (1 + np.exp(-x))


def main():
    data = [configuration() for _ in range(2500)]
    energy = np.array([rigid_ion(*c) for c in data])
    X = np.array([features(*c) for c in data])  # [configuration][atom][feature]
    train, test = slice(0, 2300), slice(2300, None)
    size = X[train].reshape(-1, X.shape[2]).std(0)
    We = (random.normal(size=(HIDDEN_E, X.shape[2])) * 0.35 / size).astype(np.float32)
    be = random.normal(size=HIDDEN_E).astype(np.float32)
    Wq = (random.normal(size=(HIDDEN_Q, X.shape[2])) * 0.2 / size).astype(np.float32)
    Xe = np.concatenate([X, silu(X @ We.T + be), np.ones(X.shape[:2] + (1,))], axis=2)
    Xq = np.concatenate([X, silu(X @ Wq.T)], axis=2)
    target = RAW * np.array([1.0 - 2.0 * c[2] for c in data])
    wq = ridge(Xq[train].reshape(-1, Xq.shape[2]), target[train].ravel(), 1e-7).astype(np.float32)
    q = Xq @ wq
    long_range = np.array([ewald(h, x, c, 2 * np.pi / DL) for (h, x, _), c in zip(data, q)])
    total = Xe.sum(1)
    we = ridge(total[train], (energy - long_range)[train], 1e-9).astype(np.float32)
    error = (total @ we + long_range - energy) / 8
    print(f"test energies: RMS error {1e3 * error[test].std():.2f} meV/atom of "
          f"{1e3 * energy[test].std() / 8:.0f}; charges: {np.abs(q[test] - target[test]).max() / RAW:.3f} e")

    nf = X.shape[2]
    blocks = [("embedding.sender", SENDER), ("embedding.receiver", RECEIVER),
              ("radial.frequency", FREQUENCY)]
    blocks += [(f"radial.weight.{l}", WEIGHT[l]) for l in range(4)]
    blocks += [("energy.0.weight", We), ("energy.0.bias", be), ("energy.1.weight", we[None, nf:-1]),
               ("energy.1.bias", we[-1:]), ("energy.linear.weight", we[None, :nf]),
               ("energy.linear.bias", np.zeros(1, np.float32)), ("charge.0.weight", Wq),
               ("charge.1.weight", wq[None, nf:]), ("charge.linear.weight", wq[None, :nf])]
    header = ["POLAR-LES 1", "# rock salt, rigid ions: potentials/NaCl/make.py", "elements Na Cl", "e0 0 0",
              f"scale {1 / RAW!r}".replace("np.float64(", "").replace(")", ""), f"cutoff {RC} {POWER}",
              f"radial {NR} {NB}", f"amplitude {float(np.sqrt(2 / RC))!r}", "embedding 2", f"sigma {SIGMA}",
              f"dl {DL}", "norm 1.0", "remove_self 0", "layers 0", f"energy 1 {HIDDEN_E}",
              f"charge 0 {HIDDEN_Q}"]
    content = "\n".join(header + ["block {} {} {}".format(
        name, "f32" if a.dtype == np.float32 else "f64", " ".join(map(str, a.shape)))
        for name, a in blocks] + ["data\n"]).encode()
    for _, a in blocks:
        content += np.ascontiguousarray(a, a.dtype.newbyteorder("<")).tobytes()
    content += b"\ncrc32 %08x\n" % (zlib.crc32(content) & 0xffffffff)
    with open(sys.argv[1] if len(sys.argv) > 1 else "NaCl.les", "wb") as out:
        out.write(content)


if __name__ == "__main__":
    main()
