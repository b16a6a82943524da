"""Trains a tiny perceptron and a tiny vision transformer, and a PEFT adapter on each, for the tests of branch.

    python write_golden.py peft-0.21.2

All data and weights are seeded random numbers, no one's. One torch thread. Per model, in its folder:
base.safetensors (the base's parameters), adapter/ (as save_pretrained left it), expected.safetensors: x, classes, logits.base,
logits.adapter, and sgd.<parameter> and adamw.<parameter>, the parameters after twelve full-batch steps from the base.
"""

import platform
import shutil
import sys
from pathlib import Path

import numpy
import peft
import safetensors
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from torch import nn
from transformers import ViTConfig, ViTForImageClassification, get_cosine_schedule_with_warmup

STEPS, WEIGHTS = 12, torch.tensor([1.0, 3.0])


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(6, 10)
        self.fc2 = nn.Linear(10, 2)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


def transformer():
    return ViTForImageClassification(
        ViTConfig(
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=24,
            image_size=8,
            patch_size=4,
            num_channels=1,
            num_labels=2,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            initializer_range=0.3,
        )
    )


def answer(model, x):
    out = model(x)
    return out if isinstance(out, torch.Tensor) else out.logits


def train_adapter(model, x, classes, config):
    torch.manual_seed(3)
    adapted = get_peft_model(model, config)
    optimizer = torch.optim.AdamW([p for p in adapted.parameters() if p.requires_grad], lr=0.02)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.cross_entropy(answer(adapted, x), classes).backward()
        optimizer.step()
    return adapted


def train_whole(model, x, classes, kind):
    if kind == "sgd":
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=0.01)
    else:
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.003, weight_decay=0.05)
    schedule = get_cosine_schedule_with_warmup(optimizer, 3, STEPS)
    for _ in range(STEPS):
        optimizer.zero_grad()
        nn.functional.cross_entropy(answer(model, x), classes, weight=WEIGHTS).backward()
        norm = torch.linalg.vector_norm(torch.stack([p.grad.norm() for p in model.parameters()]))
        for p in model.parameters():
            p.grad.mul_(min(1.0, 0.5 / norm.item()))
        optimizer.step()
        schedule.step()
    return model


def write(folder, make, x, classes, config):
    torch.manual_seed(1)
    base = make().eval()
    parameters = {name: tensor.clone() for name, tensor in base.state_dict().items()}
    fresh = lambda: (lambda m: (m.load_state_dict(parameters), m.eval())[1])(make())
    expected = {"x": x, "classes": classes.float(), "logits.base": answer(base, x)}
    folder.mkdir(parents=True)
    save_file(parameters, folder / "base.safetensors")
    train_adapter(fresh(), x, classes, config).save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink()
    expected["logits.adapter"] = answer(PeftModel.from_pretrained(fresh(), folder / "adapter").eval(), x)
    for kind in ("sgd", "adamw"):
        for name, tensor in train_whole(fresh(), x, classes, kind).state_dict().items():
            expected[f"{kind}.{name}"] = tensor
    save_file({n: t.detach().contiguous() for n, t in expected.items()}, folder / "expected.safetensors")


def main(root):
    torch.set_num_threads(1)
    shutil.rmtree(root, ignore_errors=True)
    torch.manual_seed(2)
    classes = torch.tensor([0, 1] * 12)
    rows = torch.randn(24, 6) + 0.7 * classes[:, None]
    images = torch.randn(24, 1, 8, 8)
    images[:, :, :4, :4] += classes[:, None, None, None]
    write(root / "mlp", Perceptron, rows, classes, LoraConfig(r=3, lora_alpha=6, target_modules=["fc1", "fc2"]))
    attention = LoraConfig(r=2, lora_alpha=4, use_rslora=True, target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "fc1"])
    write(root / "vit", transformer, images, classes, attention)
    versions = {m.__name__: m.__version__ for m in (torch, peft, transformers, safetensors, numpy)}
    (root / "VERSIONS.txt").write_text(
        "".join(f"{n} {v}\n" for n, v in versions.items()) + f"python {platform.python_version()}\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
