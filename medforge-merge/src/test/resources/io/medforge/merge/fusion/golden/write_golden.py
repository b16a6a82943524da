"""Writes what the real PEFT answers to `add_weighted_adapter`, for the tests of PeftCompat.

    pip install peft==0.21.2 torch==2.15.0 transformers==5.23.0 safetensors==0.8.0
    python write_golden.py            # writes peft-<installed version>/ beside this script

Run once per PEFT release of interest (0.20.0 has the squared scaling in svd, 0.21.2 has it fixed). Deterministic: seeded,
one thread; a second run on the same machine writes the same bytes. The project itself needs no Python.
"""

import json
import math
import os
import platform
import warnings
from pathlib import Path

import peft
import safetensors
import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from torch import nn
from transformers.pytorch_utils import Conv1D

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
warnings.simplefilter("ignore")


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(12, 16)
        self.fc2 = nn.Linear(16, 8)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv3 = nn.Conv2d(3, 6, 3)
        self.conv1 = nn.Conv2d(6, 5, 1)

    def forward(self, x):
        return self.conv1(torch.relu(self.conv3(x)))


class Transposed(nn.Module):
    def __init__(self):
        super().__init__()
        self.c_fc = Conv1D(16, 12)  # weight [in, out]

    def forward(self, x):
        return self.c_fc(x)


def adapter(r, alpha, modules=("fc1", "fc2"), **options):
    return {"r": r, "alpha": alpha, "modules": list(modules), "options": options}


A4, A4B, A4C = adapter(4, 8), adapter(4, 6), adapter(4, 4)
A2, A3 = adapter(2, 5), adapter(3, 4)
RS4, RS2, RS3 = adapter(4, 8, use_rslora=True), adapter(2, 3, use_rslora=True), adapter(3, 5, use_rslora=True)
ONE = adapter(4, 8, modules=["fc2"])
ONE3 = adapter(3, 4, modules=["fc2"])
PATTERN = adapter(2, 4, rank_pattern={"fc1": 3}, alpha_pattern={"fc2": 7})
CONV = ["conv3", "conv1"]
FAN = {"fan_in_fan_out": True}

# name: (model, combination type, adapters, weights, further arguments of add_weighted_adapter)
CASES = {
    "linear_two": (Mlp, "linear", [A4, A4B], [0.7, 0.3], {}),
    "linear_three": (Mlp, "linear", [A4, A4B, A4C], [0.5, 0.2, 0.9], {}),
    "linear_negative": (Mlp, "linear", [A4, A4B], [1.0, -0.5], {}),
    "linear_zero_weight": (Mlp, "linear", [A4, A4B], [0.0, 0.5], {}),
    "linear_missing_layer": (Mlp, "linear", [A4, ONE], [0.6, 0.4], {}),
    "linear_single": (Mlp, "svd", [A4], [0.4], {}),
    "linear_rslora": (Mlp, "linear", [RS4, RS4], [0.7, 0.3], {}),
    "linear_rslora_first": (Mlp, "linear", [RS4, A4], [0.7, 0.3], {}),
    "linear_rslora_second": (Mlp, "linear", [A4, RS4], [0.7, 0.3], {}),
    "linear_rank_pattern": (Mlp, "linear", [PATTERN, PATTERN], [0.6, 0.4], {}),
    "linear_conv": (ConvNet, "linear", [adapter(2, 4, CONV), adapter(2, 3, CONV)], [0.7, 0.3], {}),
    "linear_bf16": (Mlp, "linear", [A4, A4B], [0.7, 0.3], {"dtype": "bf16"}),
    "cat_two": (Mlp, "cat", [A4, A2], [0.7, 0.3], {}),
    "cat_three": (Mlp, "cat", [A4, A2, A3], [0.5, 0.2, 0.9], {}),
    "cat_negative": (Mlp, "cat", [A4, A2], [1.0, -0.5], {}),
    "cat_missing_layer": (Mlp, "cat", [A2, ONE3], [0.6, 0.4], {}),
    "cat_rank_pattern": (Mlp, "cat", [A2, PATTERN], [0.6, 0.4], {}),
    "cat_rslora": (Mlp, "cat", [RS2, RS3], [0.7, 0.3], {}),
    "cat_conv": (ConvNet, "cat", [adapter(2, 4, CONV), adapter(1, 3, CONV)], [0.7, 0.3], {}),
    "cat_bf16": (Mlp, "cat", [A4, A2], [0.7, 0.3], {"dtype": "bf16"}),
    "svd_default": (Mlp, "svd", [A4, A2], [0.7, 0.3], {}),
    "svd_three": (Mlp, "svd", [A4, A2, A3], [0.5, 0.2, 0.9], {}),
    "svd_rank_2": (Mlp, "svd", [A4, A2], [0.7, 0.3], {"svd_rank": 2}),
    "svd_rank_sum": (Mlp, "svd", [A4, A2], [0.7, 0.3], {"svd_rank": 6}),
    "svd_rank_above_sum": (Mlp, "svd", [A2, A3], [0.7, 0.3], {"svd_rank": 7}),
    "svd_rank_zero": (Mlp, "svd", [A4, A2], [0.7, 0.3], {"svd_rank": 0}),
    "svd_clamp": (Mlp, "svd", [A4, A2], [0.7, 0.3], {"svd_clamp": 0.9}),
    "svd_clamp_rank": (Mlp, "svd", [A4, A2], [0.7, 0.3], {"svd_clamp": 0.85, "svd_rank": 5}),
    "svd_reduced": (Mlp, "svd", [A4, A2], [0.7, 0.3], {"svd_full_matrices": False}),
    "svd_negative": (Mlp, "svd", [A4, A2], [1.0, -0.5], {}),
    "svd_missing_layer": (Mlp, "svd", [A2, ONE3], [0.6, 0.4], {}),
    "svd_rank_pattern": (Mlp, "svd", [A2, PATTERN], [0.6, 0.4], {}),
    "svd_rslora": (Mlp, "svd", [RS2, RS3], [0.7, 0.3], {}),
    "svd_rslora_first": (Mlp, "svd", [RS4, A2], [0.7, 0.3], {}),
    "svd_conv": (ConvNet, "svd", [adapter(2, 4, CONV), adapter(1, 3, CONV)], [0.7, 0.3], {}),
    "svd_fan_in_fan_out": (
        Transposed, "svd", [adapter(3, 6, ["c_fc"], **FAN), adapter(2, 5, ["c_fc"], **FAN)], [0.7, 0.3], {},
    ),
}

# What PEFT itself cannot do; the error is recorded.
REFUSED = {
    "linear_mixed_ranks": (Mlp, "linear", [A4, A2], [0.7, 0.3], {}),
    "linear_rank_pattern_differs": (Mlp, "linear", [PATTERN, A3], [0.7, 0.3], {}),
    "svd_rank_above_layer": (Mlp, "svd", [A4, A2], [0.7, 0.3], {"svd_rank": 13}),
}


def layers_of(model, name):
    """The LoRA layers that carry an adapter of this name, without PEFT's wrapper prefix."""
    prefix = "base_model.model."
    return {
        key.removeprefix(prefix): module
        for key, module in model.named_modules()
        if name in getattr(module, "lora_A", {})
    }


def config(spec):
    return LoraConfig(
        r=spec["r"], lora_alpha=spec["alpha"], target_modules=spec["modules"], init_lora_weights=False, **spec["options"]
    )


def randomise(model, name, seed):
    """Normal factors: never zero, so that every term of a merge shows."""
    generator = torch.Generator().manual_seed(seed)
    for layer in layers_of(model, name).values():
        for factor in (layer.lora_A[name].weight, layer.lora_B[name].weight):
            values = torch.randn(factor.shape, generator=generator) / math.sqrt(layer.r[name])
            factor.data = values.to(factor.dtype)


def matrix(tensor):
    """A factor as a matrix: a convolution's A is [r, in, h, w] and becomes [r, in*h*w]; its B is [out, r, 1, 1]."""
    return tensor.detach().clone().flatten(1).contiguous()


def build(case):
    model_type, combination, specs, weights, arguments = case
    arguments = dict(arguments)
    half = arguments.pop("dtype", None) == "bf16"
    torch.manual_seed(1)
    base = model_type()
    if half:
        base = base.to(torch.bfloat16)
    names = [f"a{i}" for i in range(len(specs))]
    model = get_peft_model(base, config(specs[0]), adapter_name=names[0], autocast_adapter_dtype=not half)
    for name, spec in zip(names[1:], specs[1:]):
        model.base_model.peft_config[name] = config(spec)
        model.base_model.inject_adapter(model.base_model.model, name, autocast_adapter_dtype=not half)
    for i, name in enumerate(names):
        randomise(model, name, 100 + i)
    model.add_weighted_adapter(names, weights, "merged", combination_type=combination, **arguments)
    return model, names


def write():
    folder = Path(__file__).resolve().parent / f"peft-{peft.__version__}"
    folder.mkdir(exist_ok=True)
    tensors, meta = {}, {}
    for case_name, case in CASES.items():
        _, combination, specs, weights, arguments = case
        model, names = build(case)
        adapters = []
        for name, spec in zip(names, specs):
            described = {}
            for key, layer in layers_of(model, name).items():
                tensors[f"{case_name}/{name}/{key}.A"] = matrix(layer.lora_A[name].weight)
                tensors[f"{case_name}/{name}/{key}.B"] = matrix(layer.lora_B[name].weight)
                described[key] = {
                    "r": layer.r[name], "alpha": layer.lora_alpha[name], "scaling": layer.scaling[name],
                }
            adapters.append(
                {"name": name, "r": spec["r"], "use_rslora": spec["options"].get("use_rslora", False),
                 "layers": described}
            )
        merged = {}
        if arguments.get("svd_clamp") is not None:
            unclamped, _ = build((*case[:4], {**arguments, "svd_clamp": None}))
            for key, layer in layers_of(unclamped, "merged").items():
                tensors[f"{case_name}/unclamped/{key}.A"] = matrix(layer.lora_A["merged"].weight)
                tensors[f"{case_name}/unclamped/{key}.B"] = matrix(layer.lora_B["merged"].weight)
        for key, layer in layers_of(model, "merged").items():
            a, b = matrix(layer.lora_A["merged"].weight), matrix(layer.lora_B["merged"].weight)
            scaling = layer.scaling["merged"]
            delta = scaling * (b.double() @ a.double())
            own = layer.get_delta_weight("merged").detach().double()
            if getattr(layer, "fan_in_fan_out", False):
                own = own.T
            tolerance = 2e-2 if a.dtype == torch.bfloat16 else 1e-5
            assert torch.allclose(own.flatten(1), delta, rtol=tolerance, atol=tolerance), (case_name, key)
            tensors[f"{case_name}/merged/{key}.A"] = a
            tensors[f"{case_name}/merged/{key}.B"] = b
            tensors[f"{case_name}/merged/{key}.delta"] = delta
            merged[key] = {"r": a.shape[0], "config_r": layer.r["merged"], "alpha": layer.lora_alpha["merged"],
                           "scaling": scaling}
        cfg = model.peft_config["merged"]
        meta[case_name] = {
            "combination_type": combination,
            "weights": weights,
            "svd_rank": arguments.get("svd_rank"),
            "svd_clamp": arguments.get("svd_clamp"),
            "svd_full_matrices": arguments.get("svd_full_matrices", True),
            "dtype": arguments.get("dtype", "f32"),
            "adapters": adapters,
            "merged": {"r": cfg.r, "lora_alpha": cfg.lora_alpha, "use_rslora": cfg.use_rslora,
                       "target_modules": sorted(cfg.target_modules), "layers": merged},
        }
    refused = {}
    for case_name, case in REFUSED.items():
        try:
            build(case)
        except Exception as error:
            refused[case_name] = {
                "combination_type": case[1], "weights": case[3], "svd_rank": case[4].get("svd_rank"),
                "error": f"{type(error).__name__}: {error}".splitlines()[0][:300],
            }
        else:
            raise AssertionError(f"{case_name}: expected PEFT to refuse")
    save_file(tensors, folder / "cases.safetensors")
    (folder / "cases.json").write_text(json.dumps({"cases": meta, "refused": refused}, indent=1) + "\n")
    (folder / "VERSIONS.txt").write_text(
        f"peft {peft.__version__}\ntorch {torch.__version__}\ntransformers {transformers.__version__}\n"
        f"safetensors {safetensors.__version__}\npython {platform.python_version()}\n"
    )
    size = sum(os.path.getsize(path) for path in folder.iterdir())
    print(f"{folder.name}: {len(meta)} cases, {len(tensors)} tensors, {size} bytes")


if __name__ == "__main__":
    write()
