"""Training and distillation steps per second in CPU PyTorch: the twin of TrainingStepBenchmark and DistillationStepBenchmark.

    python train_steps.py --output train_steps.json            # a minute on a quiet machine
    python train_steps.py --case 'train_vit' --seconds 2

One torch thread. The same bases, sizes and optimiser as in Java: LoRA of rank 8 on every linear layer, AdamW, batches of 32;
distribution matching of 2 x 10 rows against 2 x 64 under the base, whose patients' means are computed once as in Java, and under
new random weights in each step. A run is 40 steps and includes what its caller waits for: adding the adapter, and the rows.

Each case is run in several ways, and the fastest is what MedForge is compared with: AdamW as PyTorch chooses or fused, and LoRA by
PEFT or written by hand (two products and a sum, without PEFT's checks).
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


class ByHand(nn.Module):
    """A linear layer with LoRA, as short as can be."""

    def __init__(self, base, rank=8, alpha=16):
        super().__init__()
        self.base, self.scaling = base, alpha / rank
        self.a = nn.Parameter(torch.empty(rank, base.in_features))
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.a, a=5**0.5)

    def forward(self, x):
        return self.base(x) + nn.functional.linear(nn.functional.linear(x, self.a), self.b) * self.scaling


def by_hand(model, targets):
    model.requires_grad_(False)
    for name, module in list(model.named_modules()):
        for child, layer in list(module.named_children()):
            if child in targets:
                setattr(module, child, ByHand(layer))
    return model


def by_peft(model, targets):
    return get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=targets))


def rows(shape, n):
    classes = torch.arange(n) % 2
    return torch.randn(n, *shape) + 0.5 * classes.reshape(-1, *[1] * len(shape)), classes


def prepare_train(name, adapt, fused):
    make, shape, targets = MODELS[name]
    base, (x, y) = make(), rows(shape, STEPS * BATCH)

    def run():
        model = adapt(copy.deepcopy(base), targets)
        trained = [p for p in model.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=1e-3, weight_decay=1e-2, fused=fused)
        order = torch.randperm(len(x))
        for step in range(STEPS):
            batch = order[step * BATCH : (step + 1) * BATCH]
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            assert loss.item() == loss.item()

    return run


def prepare_distil(name, fused):
    make, shape, _ = MODELS[name]
    base, (x, y) = make().requires_grad_(False), rows(shape, PATIENTS)

    def means(network):
        real = network.features(x)
        return torch.stack([real[y == c].mean(0) for c in (0, 1)])

    def run():
        random, known = copy.deepcopy(base), means(base)
        made = torch.randn(2 * PER_CLASS, *shape, requires_grad=True)
        optimizer = torch.optim.AdamW([made], lr=0.02, weight_decay=0, fused=fused)
        for _ in range(STEPS):
            for p in random.parameters():
                if p.dim() >= 2:
                    nn.init.normal_(p, std=(2 / (p.numel() / p.shape[0])) ** 0.5)
            loss = 0
            for network, wanted in ((base, known), (random, means(random))):
                found = network.features(made).reshape(2, PER_CLASS, -1).mean(1)
                loss = loss + (found - wanted).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            assert loss.item() == loss.item()

    return run


OPTIMIZERS = {"AdamW": None, "fused AdamW": True}
ADAPTERS = {"PEFT": by_peft, "by hand": by_hand}
CASES = {
    f"train_{name}": {f"{how}, {o}": (prepare_train, name, adapt, f) for how, adapt in ADAPTERS.items() for o, f in OPTIMIZERS.items()}
    for name in MODELS
} | {f"distil_{name}": {o: (prepare_distil, name, f) for o, f in OPTIMIZERS.items()} for name in MODELS}


def measure(run, seconds):
    run()
    rates, end = [], time.perf_counter() + seconds
    while len(rates) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        rates.append(STEPS / (time.perf_counter() - start))
    return {"steps_per_second": statistics.median(rates), "least": min(rates), "most": max(rates), "runs": len(rates)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", default=".", help="a regular expression")
    parser.add_argument("--seconds", type=float, default=4, help="for each way of each case")
    parser.add_argument("--output")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    load, results = os.getloadavg(), {}
    for case, ways in CASES.items():
        if not re.search(arguments.case, case):
            continue
        found = {way: measure(prepare(*settings), arguments.seconds) for way, (prepare, *settings) in ways.items()}
        fastest = max(found, key=lambda way: found[way]["steps_per_second"])
        results[case] = found[fastest] | {"fastest": fastest, "ways": found}
        for way, result in found.items():
            print(f"{case:12} {result['steps_per_second']:8.1f} steps/s  {way}{' *' if way == fastest else ''}")
    versions = {p: importlib.metadata.version(p) for p in ("torch", "peft", "transformers")}
    report = {"results": results, "versions": versions, "python": platform.python_version(), "load": [load, os.getloadavg()]}
    if arguments.output:
        with open(arguments.output, "w") as file:
            json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
