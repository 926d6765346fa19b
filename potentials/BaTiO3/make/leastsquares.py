"""Least squares with linear inequalities, after Lawson and Hanson, Solving Least Squares Problems (1974)."""

import numpy as np


def nnls(a, b, iterations=2000):
    """min |a x - b| with x >= 0 (their algorithm NNLS, chapter 23)."""
    n = a.shape[1]
    x, passive = np.zeros(n), np.zeros(n, bool)
    gradient = a.T @ b
    tolerance = 1e-11 * np.abs(a).sum(axis=0).max() * max(np.abs(b).max(), 1e-300)
    for _ in range(iterations):
        gradient = a.T @ (b - a @ x)
        free = np.where(~passive & (gradient > tolerance))[0]
        if not len(free):
            return x
        passive[free[np.argmax(gradient[free])]] = True
        while True:
            s = np.zeros(n)
            s[passive] = np.linalg.lstsq(a[:, passive], b, rcond=None)[0]
            if s[passive].min() > 0:
                x = s
                break
            blocking = passive & (s <= 0)
            step = np.min(x[blocking] / (x[blocking] - s[blocking]))
            x = x + step * (s - x)
            passive &= x > 1e-13 * x.max()
            x[~passive] = 0
    raise RuntimeError("nnls does not converge")


def solve(normal, right, rows, limits):
    """min x.normal.x - 2 right.x with rows x >= limits, normal positive definite: as the least-distance problem
    min |y|, (rows L^-T) y >= limits - rows x0 about the free solution x0 (their algorithm LDP)."""
    scale = 1 / np.sqrt(np.diag(normal))
    lower = np.linalg.cholesky(normal * np.outer(scale, scale))
    free = scale * np.linalg.solve(lower.T, np.linalg.solve(lower, scale * right))
    if not len(limits):
        return free
    length = np.linalg.norm(rows * scale, axis=1)
    g = np.linalg.solve(lower, (rows * scale / length[:, None]).T).T
    h = limits / length - (rows / length[:, None]) @ free
    if h.max() <= 0:
        return free
    stretch = np.abs(h).max()
    dual = np.vstack([g.T, h[None] / stretch])
    target = np.zeros(len(dual))
    target[-1] = 1
    residual = dual @ nnls(dual, target) - target
    if abs(residual[-1]) < 1e-12:
        raise RuntimeError("the constraints contradict each other")
    y = -residual[:-1] / residual[-1] * stretch
    return free + scale * np.linalg.solve(lower.T, y)
