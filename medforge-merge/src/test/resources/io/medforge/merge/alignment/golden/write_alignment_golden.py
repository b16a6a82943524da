"""Writes what SciPy answers to assignment, Procrustes and subspace angles, for the tests of the alignment package.

    pip install numpy==2.4.6 scipy==1.17.1
    python write_alignment_golden.py     # writes alignment.json beside this script; in double, seeded, deterministic
"""

import importlib.metadata
import json
from itertools import permutations
from pathlib import Path

import numpy as np
from scipy.linalg import orthogonal_procrustes, subspace_angles
from scipy.optimize import linear_sum_assignment

RNG = np.random.default_rng(42)


def assignment(cost, maximize=False):
    rows, columns = linear_sum_assignment(cost, maximize=maximize)
    total = float(cost[rows, columns].sum())
    n, m = cost.shape
    unique = None
    if n == m and n <= 7:  # by trying all
        totals = sorted(float(cost[np.arange(n), list(p)].sum()) for p in permutations(range(n)))
        best, second = (totals[-1], totals[-2:-1]) if maximize else (totals[0], totals[1:2])
        size = np.abs(cost).max()
        assert abs(best - total) < 1e-9 * size
        unique = bool(not second or abs(second[0] - best) > 1e-9 * size)
    return {"cost": cost.tolist(), "maximize": maximize, "rows": rows.tolist(), "columns": columns.tolist(),
            "total": total, "unique": unique}


def assignments():
    cases = {f"random_{n}": assignment(RNG.normal(size=(n, n))) for n in (1, 2, 3, 5, 7, 12, 24)}
    cases |= {f"maximize_{n}": assignment(RNG.normal(size=(n, n)), True) for n in (2, 5, 7, 16)}
    cases["positive_7"] = assignment(RNG.uniform(size=(7, 7)))
    cases["huge_scale_6"] = assignment(RNG.normal(size=(6, 6)) * 1e150)
    cases["tiny_scale_6"] = assignment(RNG.normal(size=(6, 6)) * 1e-150)
    cases["integers_with_ties_6"] = assignment(RNG.integers(0, 2, size=(6, 6)).astype(float))
    cases["all_equal_5"] = assignment(np.ones((5, 5)))
    cases["permutation_7"] = assignment(-np.eye(7)[RNG.permutation(7)])
    cases["greedy_fails_3"] = assignment(np.array([[1.0, 2.0, 100.0], [1.1, 100.0, 100.0], [100.0, 100.0, 3.0]]))
    cases["wide_4_6"] = assignment(RNG.normal(size=(4, 6)))
    cases["tall_6_4"] = assignment(RNG.normal(size=(6, 4)))
    return cases


def procrustes(a, b):
    """Omega = argmin over orthogonal matrices of |A Omega - B|, Frobenius."""
    omega, scale = orthogonal_procrustes(a, b)
    return {"a": a.tolist(), "b": b.tolist(), "omega": omega.tolist(), "nuclear_norm": float(scale),
            "residual": float(np.linalg.norm(a @ omega - b)),
            "unique": bool(np.linalg.svd(a.T @ b, compute_uv=False)[-1] > 1e-9)}


def procrustes_cases():
    cases = {f"random_{m}_{r}": procrustes(RNG.normal(size=(m, r)), RNG.normal(size=(m, r)))
             for m, r in ((4, 1), (5, 2), (9, 3), (6, 6), (40, 8))}
    a = RNG.normal(size=(12, 4))
    rotation = np.linalg.qr(RNG.normal(size=(4, 4)))[0]
    cases["exact_rotation"] = procrustes(a, a @ rotation)
    cases["reflection"] = procrustes(a, a @ np.diag([1.0, 1.0, 1.0, -1.0]))
    cases["identity"] = procrustes(a, a)
    cases["scaled"] = procrustes(a * 1e-8, a @ rotation * 1e6)
    b = RNG.normal(size=(12, 4))
    b[:, 2:] = 0
    cases["rank_deficient"] = procrustes(a, b)  # compare the residual: omega is not unique
    return cases


def factors():
    """argmin over orthogonal Omega of |B Omega - B0|^2 + |Omega^T A - A0|^2: the same call on [B; A^T] and [B0; A0^T]."""
    cases = {}
    for d, k, r in ((6, 5, 2), (10, 7, 4), (8, 12, 8)):
        b, a, b0, a0 = (RNG.normal(size=s) for s in ((d, r), (r, k), (d, r), (r, k)))
        omega, _ = orthogonal_procrustes(np.vstack([b, a.T]), np.vstack([b0, a0.T]))
        aligned = b @ omega, omega.T @ a
        assert np.allclose(aligned[0] @ aligned[1], b @ a)
        cases[f"d{d}_k{k}_r{r}"] = {
            "B": b.tolist(), "A": a.tolist(), "B0": b0.tolist(), "A0": a0.tolist(), "omega": omega.tolist(),
            "objective": float(np.linalg.norm(aligned[0] - b0) ** 2 + np.linalg.norm(aligned[1] - a0) ** 2),
        }
    return cases


def angles():
    cases = {}
    pairs = {f"random_{d}_{p}_{q}": (RNG.normal(size=(d, p)), RNG.normal(size=(d, q)))
             for d, p, q in ((6, 2, 2), (9, 3, 2), (20, 4, 4))}
    x = RNG.normal(size=(8, 3))
    pairs["same_space"] = (x, x @ RNG.normal(size=(3, 3)))
    pairs["nearly_same"] = (x, x + 1e-9 * RNG.normal(size=(8, 3)))
    pairs["orthogonal"] = (np.eye(6)[:, :2], np.eye(6)[:, 3:5])
    pairs["shared_direction"] = (np.eye(6)[:, :2], np.eye(6)[:, 1:3])
    for name, (p, q) in pairs.items():
        cases[name] = {"p": p.tolist(), "q": q.tolist(), "radians": subspace_angles(p, q).tolist()}  # descending
    return cases


if __name__ == "__main__":
    document = {
        "versions": {p: importlib.metadata.version(p) for p in ("numpy", "scipy")},
        "linear_sum_assignment": assignments(),
        "orthogonal_procrustes": procrustes_cases(),
        "factor_procrustes": factors(),
        "subspace_angles": angles(),
    }
    target = Path(__file__).resolve().parent / "alignment.json"
    target.write_text(json.dumps(document, indent=1) + "\n")
    print(target.name, target.stat().st_size, "bytes")
