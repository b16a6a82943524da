"""The objective of MedForge's published Mixture (model_mixture.py) in PyTorch, for the Java test.

Run: python write_published.py; writes published.json beside itself.

    omega <- h_0; for each stage i >= 1: omega <- [h_i[0] * x for x in omega] + [h_i[1]]
    loss = mean over tasks of CrossEntropyLoss(sum_j omega_j softmax(z_j), y) + 0.05 mean|omega|
"""

import json
import pathlib

import torch

PLUGINS, ROWS, CLASSES = 3, 6, 3

generator = torch.Generator().manual_seed(7)
logits = torch.randn(PLUGINS, PLUGINS, ROWS, CLASSES, generator=generator) * 3  # [set, plugin, ...]
labels = torch.randint(0, CLASSES, (PLUGINS, ROWS), generator=generator)


def compose(stages):
    omega = [1.0]
    for h in stages:
        omega = [h[0] * x for x in omega] + [h[1]]
    return omega


def loss(omega):
    weights = torch.tensor(omega, dtype=torch.float64)
    total = 0.0
    for task in range(PLUGINS):
        mixed = sum(
            weights[j] * torch.softmax(logits[task, j].double(), dim=1) for j in range(len(omega))
        )
        total += torch.nn.functional.cross_entropy(mixed, labels[task]).item()
    return total / PLUGINS + 0.05 * weights.abs().mean().item()


stages = [
    [],
    [[0.5, 0.5]],
    [[1.5, -0.25]],
    [[0.5, 0.5], [0.5, 0.5]],
    [[-1.5, 0.75], [0.25, 1.0]],
    [[0.3, 1.1], [1.4, -0.6]],
]
out = {
    "torch": torch.__version__.split("+")[0],
    "logits": logits.tolist(),
    "labels": labels.tolist(),
    "cases": [{"stages": s, "omega": compose(s), "loss": loss(compose(s))} for s in stages],
}
path = pathlib.Path(__file__).with_name("published.json")
path.write_text(json.dumps(out, indent=1) + "\n")
