"""Writes what scipy and plain numpy answer, for the tests of the leakage audit.

    pip install numpy==2.4.6 scipy==1.17.1
    python write_audit_golden.py     # writes audit.json beside this script; in double, seeded, deterministic

Clopper-Pearson: scipy.stats.binomtest. AUC: scipy.stats.mannwhitneyu; DeLong's variance by its definition; Newcombe's
method 5 by scipy.optimize.brentq. LiRA and RMIA: the papers' formulas, row by row, on a pool of ten rows.
"""

import importlib.metadata
import json
from pathlib import Path

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binomtest, mannwhitneyu, norm

Z = norm.ppf(0.975)


def clopper_pearson():
    cases = [(0, 1), (1, 1), (0, 45), (0, 104), (0, 254), (0, 1000), (3, 20), (17, 17), (57, 104), (999, 1000), (40, 4000)]
    return [
        {"successes": k, "trials": n, "lower": float(ci.low), "upper": float(ci.high)}
        for k, n in cases
        for ci in [binomtest(k, n).proportion_ci(0.95, "exact")]
    ]


def newcombe(auc, end, m, n):
    half = (m + n) / 2

    def gap(x):
        variance = x * (1 - x) * (1 + (half - 1) * ((1 - x) / (2 - x) + x / (1 + x))) / (m * n)
        return abs(auc - x) - Z * np.sqrt(variance)

    inner = min(max(auc, 1e-9), 1 - 1e-9)  # at 0 and 1 the gap is 0, too
    if gap(end) <= 0:
        return end
    return brentq(gap, end, inner, xtol=1e-15, rtol=1e-14)


def auc_cases():
    rng = np.random.default_rng(5)
    cases = {
        "apart": (np.array([3.0, 4, 5]), np.array([0.0, 1, 2])),
        "ties": (np.array([1.0, 1, 2, 3, 3]), np.array([0.0, 1, 1, 3])),
        "chance": (rng.normal(size=50), rng.normal(size=60)),
        "shifted": (rng.normal(size=80) + 0.7, rng.normal(size=70)),
        "below": (rng.normal(size=30) - 1, rng.normal(size=40)),
    }
    out = []
    for name, (x, y) in cases.items():
        m, n = len(x), len(y)
        auc = float(mannwhitneyu(x, y).statistic / (m * n))
        psi = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
        variance = psi.mean(1).var(ddof=1) / m + psi.mean(0).var(ddof=1) / n
        low = max(0.0, min(auc - Z * np.sqrt(variance), newcombe(auc, 0.0, m, n)))
        high = min(1.0, max(auc + Z * np.sqrt(variance), newcombe(auc, 1.0, m, n)))
        out.append(
            {"name": name, "members": x.tolist(), "strangers": y.tolist(), "auc": auc, "lower": float(low), "upper": float(high)}
        )
    return out


def pool():
    rng = np.random.default_rng(9)
    rows, shadows, members = 10, 8, 5
    logits = rng.normal(size=(shadows, rows, 3)).astype(np.float32)
    target = rng.normal(size=(rows, 3)).astype(np.float32)
    classes = rng.integers(0, 3, size=rows)
    inside = np.zeros((shadows, rows), dtype=bool)
    for pair in range(shadows // 2):
        half = rng.permutation(rows)[: rows // 2]
        inside[2 * pair, half] = True
        inside[2 * pair + 1] = ~inside[2 * pair]

    def phi(z):
        z = z.astype(np.float64)
        out = np.empty(rows)
        for i, y in enumerate(classes):
            others = np.delete(z[i], y)
            out[i] = z[i, y] - np.log(np.exp(others).sum())
        return out

    t = phi(target)
    s = np.array([phi(z) for z in logits])

    def side(flag):
        means = np.array([s[inside[:, i] == flag, i].mean() for i in range(rows)])
        squares = sum(((s[inside[:, i] == flag, i] - means[i]) ** 2).sum() for i in range(rows))
        freedom = sum((inside[:, i] == flag).sum() - 1 for i in range(rows))
        return means, np.sqrt(squares / freedom)

    mean_out, dev_out = side(False)
    mean_in, dev_in = side(True)
    offline = norm.cdf((t - mean_out) / dev_out)
    online = norm.logpdf(t, mean_in, dev_in) - norm.logpdf(t, mean_out, dev_out)
    p = 1 / (1 + np.exp(-t))
    ps = 1 / (1 + np.exp(-s))
    bar = np.array([(ps[inside[:, i], i].mean() + ps[~inside[:, i], i].mean()) / 2 for i in range(rows)])
    ratio = p / bar
    # A stranger is not compared with itself, and a member leaves out one stranger as well.
    out = [members + i % (rows - members) if i < members else i for i in range(rows)]
    rmia = [float(np.mean([ratio[i] / ratio[z] >= 1.2 for z in range(members, rows) if z != out[i]])) for i in range(rows)]
    return {
        "members": members,
        "classes": classes.tolist(),
        "target": target.astype(float).tolist(),
        "shadows": logits.astype(float).tolist(),
        "in": inside.tolist(),
        "confidence": t.tolist(),
        "loss": (-np.log(p)).tolist(),
        "offlineProbability": offline.tolist(),
        "online": online.tolist(),
        "gamma": 1.2,
        "rmia": rmia,
    }


if __name__ == "__main__":
    golden = {
        "versions": {name: importlib.metadata.version(name) for name in ["numpy", "scipy"]},
        "clopperPearson": clopper_pearson(),
        "auc": auc_cases(),
        "pool": pool(),
    }
    Path(__file__).with_name("audit.json").write_text(json.dumps(golden, indent=1) + "\n")
