"""Writes what Flower's, SciPy's and geom-median's own functions answer, for the tests of the robust averaging rules.

    pip install numpy==2.4.6 scipy==1.17.1 flwr==1.22.0 geom-median==0.1.0
    python write_robust_golden.py     # writes robust.json beside this script; all in double, seeded, deterministic
"""

import importlib.metadata
import json
from pathlib import Path

import numpy as np
from flwr.server.strategy import aggregate as flower
from geom_median.numpy import compute_geometric_median
from scipy.stats import trim_mean


def points():
    rng = np.random.default_rng(11)
    cluster = rng.normal(size=(9, 6))
    poisoned = cluster.copy()
    poisoned[7] *= -100
    poisoned[8] = rng.normal(size=6) * 50
    many = rng.normal(size=(11, 4))
    many[9:] += 30
    duplicates = np.repeat(rng.normal(size=(3, 3)), [3, 2, 2], axis=0)
    return {
        # the five points of the project's notes on aggregation
        "notes": np.array([[1, 2], [2, 1], [1.5, 1.5], [2, 2], [100, -100]], dtype=float),
        "honest": cluster,
        "poisoned": poisoned,
        "many": many,
        "duplicates": duplicates,
        "even": rng.normal(size=(4, 5)),
        "line": np.array([[0.0], [1.0], [2.0], [3.0], [1000.0]]),
    }


def as_results(x, examples):
    return [([row.copy()], int(n)) for row, n in zip(x, examples)]


def krum_scores(x, f):
    """The two lines of aggregate_krum that it does not return, on its own distance matrix."""
    distances = flower._compute_distances([[row] for row in x])
    closest = max(1, len(x) - f - 2)
    return [float(np.sum(d[np.argsort(d)[1 : closest + 1]])) for d in distances]


def geometric_median(x, weights, eps, maxiter, ftol):
    answer = compute_geometric_median([row for row in x], np.array(weights), eps=eps, maxiter=maxiter, ftol=ftol)
    return {"weights": weights, "eps": eps, "maxiter": maxiter, "ftol": ftol, "median": answer.median.tolist(),
            "objective": float(answer.logs[-1]), "iterations": len(answer.logs) - 1, "termination": answer.termination}


def answers(x):
    n = len(x)
    uneven = [1 + 2 * i for i in range(n)]
    result = {"points": x.tolist(), "examples": uneven}
    result["mean"] = flower.aggregate(as_results(x, [1] * n))[0].tolist()
    result["weighted_mean"] = flower.aggregate(as_results(x, uneven))[0].tolist()
    result["coordinate_median"] = flower.aggregate_median(as_results(x, uneven))[0].tolist()
    result["trimmed_mean"] = []
    for proportion in (0.1, 0.2, 0.25, 0.4):
        flowers = flower.aggregate_trimmed_avg(as_results(x, uneven), proportion)[0]
        assert np.allclose(flowers, trim_mean(x, proportion, axis=0), rtol=1e-14)
        result["trimmed_mean"].append({"proportion": proportion, "cut_each_side": int(proportion * n), "mean": flowers.tolist()})
    result["krum"] = []
    for f in (0, 1, 2, 3):
        if n < 2 * f + 3:
            continue  # Flower answers all the same; the paper's bound is ours to enforce
        scores = krum_scores(x, f)
        entry = {"f": f, "scores": scores, "krum": flower.aggregate_krum(as_results(x, [1] * n), f, 0)[0].tolist()}
        order = np.sort(scores)
        for keep in (1, 2, 3):
            unambiguous = keep >= n or order[keep] - order[keep - 1] > 1e-9
            entry[f"multi_krum_{keep}"] = {
                "unambiguous": bool(unambiguous),
                "mean": flower.aggregate_krum(as_results(x, [1] * n), f, keep)[0].tolist(),
                "weighted_mean": flower.aggregate_krum(as_results(x, uneven), f, keep)[0].tolist(),
            }
        result["krum"].append(entry)
    result["bulyan"] = []
    for f in (0, 1, 2):
        if n >= 4 * f + 3:
            bulyan = flower.aggregate_bulyan(as_results(x, [1] * n), f, flower.aggregate_krum, to_keep=0)[0]
            result["bulyan"].append({"f": f, "mean": bulyan.tolist()})
    weights = [1.0] * n
    result["geometric_median"] = [
        geometric_median(x, weights, 1e-5, 4, 1e-6),
        geometric_median(x, weights, 1e-6, 100, 1e-10),
        geometric_median(x, weights, 1e-10, 100_000, 0.0),
        geometric_median(x, [float(v) for v in uneven], 1e-10, 100_000, 0.0),
    ]
    return result


if __name__ == "__main__":
    document = {
        "versions": {p: importlib.metadata.version(p) for p in ("numpy", "scipy", "flwr", "geom-median")},
        "sets": {name: answers(x) for name, x in points().items()},
    }
    target = Path(__file__).resolve().parent / "robust.json"
    target.write_text(json.dumps(document, indent=1) + "\n")
    print(target.name, target.stat().st_size, "bytes")
