"""Training and distillation steps per second in CPU PyTorch: the twin of TrainingStepBenchmark and DistillationStepBenchmark.

    python train_steps.py --output train_steps.json            # about a minute on a quiet machine
    python train_steps.py --case 'train_vit' --seconds 2

One torch thread. The same bases, sizes and optimiser as in Java: LoRA of rank 8 by PEFT on every linear layer, AdamW, batches of
32; distribution matching of 2 x 10 rows against 2 x 64 under the base and under new random weights in each step. A run is 40
steps and includes what its caller waits for: adding the adapter, and the rows.
"""

import argparse
import copy
import importlib.metadata
import json
import os
import platform
import re
import statistics
import time
import warnings

import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import ViTConfig, ViTForImageClassification

warnings.simplefilter("ignore")
STEPS, BATCH, PATIENTS, PER_CLASS = 40, 32, 128, 10


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(30, 128), nn.Linear(128, 128), nn.Linear(128, 2)

    def features(self, x):
        return torch.relu(self.fc2(torch.relu(self.fc1(x))))

    def forward(self, x):
        return self.fc3(self.features(x))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.model = ViTForImageClassification(
            ViTConfig(
                hidden_size=64,
                num_hidden_layers=4,
                num_attention_heads=4,
                intermediate_size=256,
                image_size=28,
                patch_size=7,
                num_channels=1,
                num_labels=2,
                hidden_dropout_prob=0.0,
                attention_probs_dropout_prob=0.0,
            )
        )

    def features(self, x):
        return self.model.vit(x).last_hidden_state[:, 0]

    def forward(self, x):
        return self.model(x).logits


MODELS = {
    "mlp": (Perceptron, (30,), ["fc1", "fc2", "fc3"]),
    "vit": (Transformer, (1, 28, 28), ["q_proj", "k_proj", "v_proj", "o_proj", "fc1", "fc2", "classifier"]),
}


def rows(shape, n):
    classes = torch.arange(n) % 2
    return torch.randn(n, *shape) + 0.5 * classes.reshape(-1, *[1] * len(shape)), classes


def prepare_train(name):
    make, shape, targets = MODELS[name]
    base, (x, y) = make(), rows(shape, STEPS * BATCH)
    config = LoraConfig(r=8, lora_alpha=16, target_modules=targets)

    def run():
        model = get_peft_model(copy.deepcopy(base), config)
        optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3, weight_decay=1e-2)
        order = torch.randperm(len(x))
        for step in range(STEPS):
            batch = order[step * BATCH : (step + 1) * BATCH]
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            assert loss.item() == loss.item()

    return run


def prepare_distil(name):
    make, shape, _ = MODELS[name]
    base, (x, y) = make().requires_grad_(False), rows(shape, PATIENTS)

    def run():
        random = copy.deepcopy(base)
        made = torch.randn(2 * PER_CLASS, *shape, requires_grad=True)
        optimizer = torch.optim.AdamW([made], lr=0.02, weight_decay=0)
        for _ in range(STEPS):
            for p in random.parameters():
                if p.dim() >= 2:
                    nn.init.normal_(p, std=(2 / (p.numel() / p.shape[0])) ** 0.5)
            loss = 0
            for network in (base, random):
                real, fake = network.features(x), network.features(made)
                means = torch.stack([real[y == c].mean(0) for c in (0, 1)])
                loss = loss + (fake.reshape(2, PER_CLASS, -1).mean(1) - means).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            assert loss.item() == loss.item()

    return run


CASES = {f"{kind}_{name}": (prepare, name) for kind, prepare in (("train", prepare_train), ("distil", prepare_distil)) for name in MODELS}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", default=".", help="a regular expression")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--output")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    load, results = os.getloadavg(), {}
    for case, (prepare, name) in CASES.items():
        if not re.search(arguments.case, case):
            continue
        run = prepare(name)
        run()
        rates, end = [], time.perf_counter() + arguments.seconds
        while len(rates) < 3 or time.perf_counter() < end:
            start = time.perf_counter()
            run()
            rates.append(STEPS / (time.perf_counter() - start))
        results[case] = {"steps_per_second": statistics.median(rates), "least": min(rates), "most": max(rates), "runs": len(rates)}
        print(f"{case:12} {statistics.median(rates):8.1f} steps/s ({min(rates):.1f} to {max(rates):.1f}, {len(rates)} runs)")
    versions = {p: importlib.metadata.version(p) for p in ("torch", "peft", "transformers")}
    report = {"results": results, "versions": versions, "python": platform.python_version(), "load": [load, os.getloadavg()]}
    if arguments.output:
        with open(arguments.output, "w") as file:
            json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
