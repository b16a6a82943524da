"""Writes statistics.json. Needs numpy==2.4.6, scikit-learn==1.9.1, scipy==1.17.1."""
import json
import numpy
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, roc_auc_score

rng = numpy.random.default_rng(7)
scored = []
for n, decimals in ((2, 3), (17, 1), (60, 2), (203, 2), (203, 6)):
    diagnoses = numpy.concatenate([[0, 1], rng.integers(0, 2, n - 2)])
    scores = numpy.round(numpy.clip(rng.normal(0.6 - 0.2 * diagnoses, 0.25), 0, 1), decimals)
    malignant = 1 - diagnoses
    scored.append({
        "diagnoses": diagnoses.tolist(),
        "scores": scores.tolist(),
        "auc": float(roc_auc_score(malignant, scores)),
        "accuracy": float(accuracy_score(malignant, scores >= 0.5)),
    })
mcnemar = [{"onlyFirst": b, "onlySecond": c, "p": float(binomtest(b, b + c, 0.5).pvalue)}
           for b, c in ((1, 0), (0, 6), (3, 9), (10, 10), (5, 4), (40, 90), (700, 800))]
values = rng.normal(size=37)
quantiles = [{"probability": p, "value": float(numpy.quantile(values, p))} for p in (0, 0.025, 0.31, 0.5, 0.975, 1)]
with open("statistics.json", "w", encoding="utf-8") as out:
    json.dump({"scored": scored, "mcnemar": mcnemar, "values": values.tolist(), "quantiles": quantiles}, out, separators=(",", ":"))
    out.write("\n")
