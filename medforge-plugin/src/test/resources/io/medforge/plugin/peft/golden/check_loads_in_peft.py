"""Checks that the real PEFT loads an adapter folder, and that what it loaded stands for the expected deltas.

    python check_loads_in_peft.py FOLDER EXPECTED.safetensors [--model auto|Mlp|Deep|ConvNet|Transposed] [--tolerance 1e-6]

EXPECTED holds `<layer>.delta` (or `<layer>`) = the dense change of each layer, [out, in] or, for convolutions, [out, in*h*w] (or
unflattened). Other names in it that belong to no layer of the adapter (`base.*`, `replaced.*`, `logits.*`, `x`) are ignored.
With `--model auto` the base is built from the shapes in the adapter, so any Linear, Conv2d or Conv1D adapter can be checked.

Checks: PEFT accepts the config; every tensor in the file arrives in the model unchanged (as f32) and none is missing; every
layer's scaling * B * A, with the scaling PEFT derives from the config, is within the tolerance of the expected delta (absolute, and relative to
the layer's largest entry where that is above 1); no expected layer is missing; a forward pass through each layer changes its answer by
exactly the delta. Exit code 0 if so, 1 with the first differences if not, 2 for usage.
"""

import argparse
import importlib.util
import sys
import warnings
from pathlib import Path

import torch
from peft import PeftConfig, PeftModel
from safetensors.torch import load_file
from torch import nn
from transformers.pytorch_utils import Conv1D

warnings.simplefilter("ignore")
torch.set_num_threads(1)

PREFIX = "base_model.model."


class Container(nn.Module):
    def forward(self, x):
        raise NotImplementedError("only its layers are called")


def put(root, name, module):
    *path, last = name.split(".")
    for part in path:
        if not hasattr(root, part):
            root.add_module(part, Container())
        root = getattr(root, part)
    root.add_module(last, module)


def automatic_base(stored, config):
    """A base with just the layers the adapter names, of the shapes its factors imply."""
    torch.manual_seed(1)
    root = Container()
    names = {key.removesuffix(".lora_A.weight") for key in stored if key.endswith(".lora_A.weight")}
    for key in sorted(names):
        a, b = stored[f"{key}.lora_A.weight"], stored[f"{key}.lora_B.weight"]
        if a.dim() == 4:
            layer = nn.Conv2d(a.shape[1], b.shape[0], tuple(a.shape[2:]))
        elif config.fan_in_fan_out:
            layer = Conv1D(b.shape[0], a.shape[1])
        else:
            layer = nn.Linear(a.shape[1], b.shape[0])
        put(root, key.removeprefix(PREFIX), layer)
    for key, value in sorted(stored.items()):
        if "lora_" not in key and key.endswith(".weight"):
            name = key.removesuffix(".weight")
            put(root, name.removeprefix(PREFIX), nn.Linear(*reversed(value.shape), bias=f"{name}.bias" in stored))
        elif "lora_" not in key and key.endswith(".bias") and "base_layer" not in key:
            name = key.removesuffix(".bias")
            if f"{name}.weight" not in stored:  # bias="all" on a layer without LoRA; its width does not matter
                put(root, name.removeprefix(PREFIX), nn.Linear(1, value.shape[0]))
    return root


def named_base(name):
    path = Path(__file__).resolve().parent / "write_golden.py"
    spec = importlib.util.spec_from_file_location("write_golden", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.new_base(getattr(module, name))


def in_model(key):
    """The name under which a stored tensor lives in the loaded model."""
    for factor in ("lora_A", "lora_B"):
        key = key.replace(f".{factor}.", f".{factor}.default.")
    return key


def check(folder, expected_file, model_name, tolerance):
    problems = []
    stored = load_file(folder / "adapter_model.safetensors")
    config = PeftConfig.from_pretrained(folder)
    base = automatic_base(stored, config) if model_name == "auto" else named_base(model_name)
    model = PeftModel.from_pretrained(base, folder).eval()

    state = model.state_dict()
    for key, value in stored.items():
        names = [in_model(key)]
        if "lora_" not in key:
            module, _, last = key.rpartition(".")
            names.append(f"{module}.modules_to_save.default.{last}")
        found = [state[name] for name in names if name in state]
        if not any(f.shape == value.shape and torch.equal(f.float(), value.float()) for f in found):
            problems.append(f"{key}: expected in the loaded model unchanged, found {'other values' if found else 'nothing'}")
    for key in state:
        plain = key.replace(".default.", ".")
        if "lora_" in key and plain not in stored:
            problems.append(f"{key}: PEFT made it itself, the file does not have it")

    expected = load_file(expected_file)
    layers = {
        name.removeprefix(PREFIX): layer for name, layer in model.named_modules() if "default" in getattr(layer, "lora_A", {})
    }
    if not layers:
        problems.append("no LoRA layer was loaded")
    for name in sorted(expected):
        if name.endswith(".delta") and name.removesuffix(".delta") not in layers:
            problems.append(f"{name}: expected, but the adapter has no such layer")
    worst = 0.0
    for name, layer in sorted(layers.items()):
        wanted = expected.get(f"{name}.delta", expected.get(name))
        if wanted is None:
            problems.append(f"{name}: loaded, but no delta is expected for it")
            continue
        wanted = wanted.double().flatten(1)
        a = layer.lora_A["default"].weight.detach().double().flatten(1)
        b = layer.lora_B["default"].weight.detach().double().flatten(1)
        found = layer.scaling["default"] * (b @ a)
        if found.shape != wanted.shape:
            problems.append(f"{name}: expected shape {tuple(wanted.shape)}, found {tuple(found.shape)}")
            continue
        limit = tolerance * max(1.0, float(wanted.abs().max()))
        difference = float((found - wanted).abs().max())
        worst = max(worst, difference)
        if not difference <= limit:
            problems.append(f"{name}: expected B*A*scaling within {limit:g}, found a difference of {difference:g}")
        problems += forward_differs(name, layer, wanted)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"PEFT loads {folder}: {len(layers)} layers, {len(stored)} tensors, largest difference {worst:.2e}")
    return not problems


def forward_differs(name, layer, delta):
    """PEFT's own forward, adapter on minus adapter off, against the delta (f32 arithmetic, hence the wider bound)."""
    torch.manual_seed(4)
    with torch.no_grad():
        if isinstance(layer.get_base_layer(), nn.Conv2d):
            height, width = layer.get_base_layer().kernel_size
            x = torch.randn(3, layer.get_base_layer().in_channels, height, width)
            if any(layer.get_base_layer().padding):
                return []  # padding adds positions; the factors above already decide
            wanted = x.double().flatten(1) @ delta.T
            change = (layer(x) - layer.get_base_layer()(x)).flatten(1)
        else:
            x = torch.randn(3, delta.shape[1])
            wanted = x.double() @ delta.T
            change = layer(x) - layer.get_base_layer()(x)
        bias = getattr(layer.lora_B["default"], "bias", None)
        if bias is not None:
            wanted = wanted + layer.scaling["default"] * bias.double()
    difference = float((change.double() - wanted).abs().max())
    if difference <= 1e-4 * max(1.0, float(wanted.abs().max())):
        return []
    return [f"{name}: forward differs from the delta by {difference:g}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("expected", type=Path)
    parser.add_argument("--model", default="auto")
    parser.add_argument("--tolerance", type=float, default=1e-6)
    arguments = parser.parse_args()
    try:
        good = check(arguments.folder, arguments.expected, arguments.model, arguments.tolerance)
    except Exception as error:
        print(f"{arguments.folder}: PEFT does not load it: {type(error).__name__}: {error}")
        good = False
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
