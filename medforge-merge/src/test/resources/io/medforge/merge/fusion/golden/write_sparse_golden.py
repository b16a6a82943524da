"""Writes what the real PEFT answers to the pruning combination types of `add_weighted_adapter`.

    python write_sparse_golden.py sparse dare dare_svd   # environment of write_golden.py; adds to peft-<installed version>/

`sparse.json/.safetensors`: ties, magnitude_prune, ties_svd, magnitude_prune_svd, compared value by value.
`dare.json/.safetensors`: dare_linear and dare_ties, compared by distribution (torch's random stream is not ours); written
once, with 0.21.2, since peft/utils/merge_utils.py is the same text in 0.20.0.
`dare_svd.json/.safetensors`: dare_linear_svd and dare_ties_svd, by the distribution of the merged delta before the SVD cuts it.
Deterministic: seeded, one thread; a second run on the same machine writes the same bytes.
"""

import json
import math
import sys
from pathlib import Path

import peft
import torch
from peft.utils import merge_utils
from safetensors.torch import save_file
from write_golden import A2, A3, A4, A4B, A4C, CONV, FAN, ONE, ONE3, PATTERN, RS2, RS3, RS4
from write_golden import ConvNet, Mlp, Transposed, adapter, build, layers_of, matrix

THREE, MIXED = [A4, A4B, A4C], [A4, A2, A3]
WEIGHTS, NEGATIVE = [0.5, 0.2, 0.9], [1.0, -0.5, 0.7]
DENSITIES = {"0": 0.0, "02": 0.2, "05": 0.5, "1": 1.0}


def density(value, sign=None):
    arguments = {"density": value}
    if sign is not None:
        arguments["majority_sign_method"] = sign
    return arguments


CASES = {}
for label, value in DENSITIES.items():
    CASES[f"magnitude_prune_{label}"] = (Mlp, "magnitude_prune", THREE, WEIGHTS, density(value))
    CASES[f"magnitude_prune_svd_{label}"] = (Mlp, "magnitude_prune_svd", MIXED, WEIGHTS, density(value))
    for sign in ("total", "frequency"):
        CASES[f"ties_{sign}_{label}"] = (Mlp, "ties", THREE, WEIGHTS, density(value, sign))
        CASES[f"ties_svd_{sign}_{label}"] = (Mlp, "ties_svd", MIXED, WEIGHTS, density(value, sign))
for sign in ("total", "frequency"):
    CASES[f"ties_{sign}_negative"] = (Mlp, "ties", THREE, NEGATIVE, density(0.5, sign))
    CASES[f"ties_svd_{sign}_negative"] = (Mlp, "ties_svd", MIXED, NEGATIVE, density(0.5, sign))
    CASES[f"ties_{sign}_two"] = (Mlp, "ties", [A4, A4B], [0.7, 0.3], density(0.5, sign))
CONVS = [adapter(2, 4, CONV), adapter(2, 3, CONV)]
FANS = [adapter(3, 6, ["c_fc"], **FAN), adapter(2, 5, ["c_fc"], **FAN)]
CASES |= {
    "ties_default": (Mlp, "ties", THREE, WEIGHTS, density(1 / 3)),
    "ties_zero_weight": (Mlp, "ties", THREE, [0.0, 0.2, 0.9], density(0.5)),
    "ties_density_above_one": (Mlp, "ties", THREE, WEIGHTS, density(1.5)),
    "ties_missing_layer": (Mlp, "ties", [A4, ONE], [0.6, 0.4], density(0.5)),
    "ties_rslora": (Mlp, "ties", [RS4, RS4], [0.7, 0.3], density(0.5)),
    "ties_conv": (ConvNet, "ties", CONVS, [0.7, 0.3], density(0.5)),
    "ties_bf16": (Mlp, "ties", [A4, A4B], [0.7, 0.3], {"density": 0.45, "dtype": "bf16"}),
    "magnitude_prune_negative": (Mlp, "magnitude_prune", THREE, NEGATIVE, density(0.5)),
    "magnitude_prune_missing_layer": (Mlp, "magnitude_prune", [A4, ONE], [0.6, 0.4], density(0.5)),
    "magnitude_prune_conv": (ConvNet, "magnitude_prune", CONVS, [0.7, 0.3], density(0.5)),
    "magnitude_prune_bf16": (Mlp, "magnitude_prune", [A4, A4B], [0.7, 0.3], {"density": 0.45, "dtype": "bf16"}),
    "ties_svd_rank_2": (Mlp, "ties_svd", MIXED, WEIGHTS, density(0.5) | {"svd_rank": 2}),
    "ties_svd_rank_full": (Mlp, "ties_svd", MIXED, WEIGHTS, density(0.5) | {"svd_rank": 8}),
    "ties_svd_missing_layer": (Mlp, "ties_svd", [A2, ONE3], [0.6, 0.4], density(0.5)),
    "ties_svd_rank_pattern": (Mlp, "ties_svd", [A2, PATTERN], [0.6, 0.4], density(0.5)),
    "ties_svd_rslora": (Mlp, "ties_svd", [RS2, RS3], [0.7, 0.3], density(0.5)),
    "ties_svd_conv": (ConvNet, "ties_svd", [adapter(2, 4, CONV), adapter(1, 3, CONV)], [0.7, 0.3], density(0.5)),
    "ties_svd_fan_in_fan_out": (Transposed, "ties_svd", FANS, [0.7, 0.3], density(0.5)),
    "magnitude_prune_svd_negative": (Mlp, "magnitude_prune_svd", MIXED, NEGATIVE, density(0.5)),
    "magnitude_prune_svd_rank_full": (Mlp, "magnitude_prune_svd", MIXED, WEIGHTS, density(0.5) | {"svd_rank": 8}),
    "magnitude_prune_svd_fan_in_fan_out": (Transposed, "magnitude_prune_svd", FANS, [0.7, 0.3], density(0.5)),
}

# What PEFT itself cannot do; the error is recorded.
REFUSED = {
    "ties_no_density": (Mlp, "ties", THREE, WEIGHTS, {}),
    "ties_negative_density": (Mlp, "ties", THREE, WEIGHTS, density(-0.1)),
    "ties_mixed_ranks": (Mlp, "ties", MIXED, WEIGHTS, density(0.5)),
    "magnitude_prune_no_density": (Mlp, "magnitude_prune", THREE, WEIGHTS, {}),
    "ties_unknown_sign_method": (Mlp, "ties", THREE, WEIGHTS, density(0.5, "sum")),
}


class Recorder:
    """Watches the arguments of prune, of the sign election and of the SVD, so that ambiguous data is refused."""

    def __init__(self):
        self.dense = []

    def __enter__(self):
        self.svd, self.prune = torch.linalg.svd, merge_utils.prune
        self.elect = merge_utils.calculate_majority_sign_mask
        torch.linalg.svd, merge_utils.prune = self.watched_svd, self.watched_prune
        merge_utils.calculate_majority_sign_mask = self.watched_elect
        return self

    def __exit__(self, *_):
        torch.linalg.svd, merge_utils.prune = self.svd, self.prune
        merge_utils.calculate_majority_sign_mask = self.elect

    def watched_svd(self, tensor, **arguments):
        self.dense.append(tensor.detach().clone())
        return self.svd(tensor, **arguments)

    def watched_prune(self, tensor, density, method, rescale=False):
        k = int(density * tensor.numel())
        if 0 < k < tensor.numel():
            sorted_magnitudes = tensor.float().abs().flatten().sort(descending=True).values
            kept, cut = sorted_magnitudes[k - 1].item(), sorted_magnitudes[k].item()
            # bf16 factors are exact inputs; f32 deltas may differ by a few ulp in another's matrix product.
            assert kept > cut * (1 + 1e-5), f"near tie at the threshold: {kept} {cut}"
        return self.prune(tensor, density, method, rescale)

    def watched_elect(self, tensor, method="total"):
        total, scale = tensor.float().sum(dim=0).abs(), tensor.float().abs().sum(dim=0)
        doubtful = (total > 0) & (total < 3e-6 * scale)  # exactly 0 is a tie, and + by rule
        assert method != "total" or not doubtful.any(), "near tie in the election"
        return self.elect(tensor, method)


def sparse():
    tensors, meta = {}, {}
    for case_name, case in CASES.items():
        _, combination, specs, weights, arguments = case
        with Recorder() as recorder:
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
            adapters.append({"name": name, "r": spec["r"], "use_rslora": spec["options"].get("use_rslora", False),
                             "layers": described})
        merged, dense = {}, list(recorder.dense)
        for key, layer in layers_of(model, "merged").items():
            a, b = matrix(layer.lora_A["merged"].weight), matrix(layer.lora_B["merged"].weight)
            scaling = layer.scaling["merged"]
            tensors[f"{case_name}/merged/{key}.A"] = a
            tensors[f"{case_name}/merged/{key}.B"] = b
            tensors[f"{case_name}/merged/{key}.delta"] = scaling * (b.double() @ a.double())
            merged[key] = {"r": a.shape[0], "config_r": layer.r["merged"], "alpha": layer.lora_alpha["merged"],
                           "scaling": scaling}
            if combination.endswith("svd"):
                full = dense.pop(0).flatten(1).contiguous()
                assert full.shape == (b.shape[0], a.shape[1])
                tensors[f"{case_name}/merged/{key}.dense"] = full
                values = torch.linalg.svdvals(full.double())
                rank = a.shape[0]
                if rank < len(values) and values[0] > 0:  # the cut must be unambiguous
                    gap = (values[rank - 1] - values[rank]) / values[0]
                    assert gap > 1e-3 or values[rank - 1] < 1e-6, (case_name, key, gap)
        assert not dense
        cfg = model.peft_config["merged"]
        meta[case_name] = {
            "combination_type": combination,
            "weights": weights,
            "density": arguments["density"],
            "majority_sign_method": arguments.get("majority_sign_method", "total"),
            "svd_rank": arguments.get("svd_rank"),
            "dtype": arguments.get("dtype", "f32"),
            "adapters": adapters,
            "merged": {"r": cfg.r, "lora_alpha": cfg.lora_alpha, "use_rslora": cfg.use_rslora,
                       "target_modules": sorted(cfg.target_modules), "layers": merged},
        }
    return tensors, {"cases": meta, "refused": refused()}


def refused():
    answers = {}
    for case_name, case in REFUSED.items():
        try:
            build(case)
        except Exception as error:
            answers[case_name] = {
                "combination_type": case[1], "weights": case[3], "density": case[4].get("density"),
                "majority_sign_method": case[4].get("majority_sign_method", "total"),
                "error": f"{type(error).__name__}: {error}".splitlines()[0][:300],
            }
        else:
            raise AssertionError(f"{case_name}: expected PEFT to refuse")
    return answers


# DARE: name: (function, number of tensors, weights, density, sign method)
DARE = {
    "dare_linear_one_05": ("dare_linear", [1.0], 0.5, None),
    "dare_linear_one_02": ("dare_linear", [1.0], 0.2, None),
    "dare_linear_one_09": ("dare_linear", [0.7], 0.9, None),
    "dare_linear_three_05": ("dare_linear", [0.5, 0.2, 0.9], 0.5, None),
    "dare_linear_negative_03": ("dare_linear", [1.0, -0.5], 0.3, None),
    "dare_ties_total_05": ("dare_ties", [0.5, 0.2, 0.9], 0.5, "total"),
    "dare_ties_frequency_05": ("dare_ties", [0.5, 0.2, 0.9], 0.5, "frequency"),
    "dare_ties_total_02": ("dare_ties", [0.5, 0.2, 0.9], 0.2, "total"),
    "dare_ties_negative_03": ("dare_ties", [1.0, -0.5], 0.3, "total"),
}
TRIALS, SHAPE = 20_000, (5, 7)


def dare():
    """The distribution of the merge over the seeds 0 .. TRIALS-1, per element: mean, variance, fourth central moment."""
    tensors, meta = {}, {}
    for case_name, (function, weights, keep, sign) in DARE.items():
        generator = torch.Generator().manual_seed(7)
        inputs = [torch.randn(SHAPE, generator=generator) for _ in weights]
        extra = {} if sign is None else {"majority_sign_method": sign}
        samples = torch.empty((TRIALS, *SHAPE), dtype=torch.float32)
        for seed in range(TRIALS):
            torch.manual_seed(seed)
            samples[seed] = getattr(merge_utils, function)(inputs, torch.tensor(weights), keep, **extra)
        wide = samples.double()
        mean = wide.mean(dim=0)
        for i, value in enumerate(inputs):
            tensors[f"{case_name}/x{i}"] = value
        tensors[f"{case_name}/mean"] = mean
        tensors[f"{case_name}/variance"] = ((wide - mean) ** 2).sum(dim=0) / (TRIALS - 1)
        tensors[f"{case_name}/fourth_moment"] = ((wide - mean) ** 4).mean(dim=0)
        tensors[f"{case_name}/nonzero"] = (samples != 0).double().mean(dim=0)
        if function == "dare_linear":
            check_closed_form(case_name, tensors, inputs, weights, keep)
        meta[case_name] = {
            "function": f"peft.utils.merge_utils.{function}", "weights": weights, "density": keep,
            "majority_sign_method": sign, "trials": TRIALS, "nonzero_fraction": (samples != 0).double().mean().item(),
        }
    check_adapter_path()
    return tensors, {"cases": meta}


def check_closed_form(case_name, tensors, inputs, weights, keep):
    """E = sum w x, Var = sum w^2 x^2 (1 - d) / d: PEFT rescales by 1/d, as the paper does."""
    mean = sum(w * x.double() for w, x in zip(weights, inputs))
    variance = sum((w * x.double()) ** 2 for w, x in zip(weights, inputs)) * (1 - keep) / keep
    error = (tensors[f"{case_name}/mean"] - mean).abs() / (variance / TRIALS).sqrt()
    assert error.max() < 5, (case_name, error.max())
    spread = ((tensors[f"{case_name}/fourth_moment"] - variance**2) / TRIALS).clamp(min=0).sqrt()
    error = (tensors[f"{case_name}/variance"] - variance).abs()
    assert (error < 6 * spread + 1e-4 * variance).all(), case_name


def check_adapter_path():
    """add_weighted_adapter calls exactly these functions on the A list, then on the B list, with the global stream."""
    case = (Mlp, "dare_linear", [A4, A4B], [0.7, 0.3], {"density": 0.5})
    model, names = build(case)
    masks = set()
    for layer in layers_of(model, "merged").values():
        merged = layer.lora_A["merged"].weight
        roots = [math.sqrt(w * layer.scaling[n]) for n, w in zip(names, [0.7, 0.3])]
        first, second = (f * layer.lora_A[n].weight / 0.5 for n, f in zip(names, torch.tensor(roots)))
        candidates = torch.stack([torch.zeros_like(first), first, second, first + second])
        near = (candidates - merged).abs().min(dim=0)
        assert near.values.max() < 1e-6
        masks |= set(near.indices.flatten().tolist())
    assert masks == {0, 1, 2, 3}


# name: (combination type, weights, density, sign method); one layer, adapters of different rank and scaling
DARE_SVD = {
    "dare_linear_svd_05": ("dare_linear_svd", [0.5, 0.2, 0.9], 0.5, None),
    "dare_linear_svd_negative_03": ("dare_linear_svd", [1.0, -0.5], 0.3, None),
    "dare_linear_svd_1": ("dare_linear_svd", [0.7, 0.3], 1.0, None),
    "dare_ties_svd_total_05": ("dare_ties_svd", [0.5, 0.2, 0.9], 0.5, "total"),
    "dare_ties_svd_frequency_02": ("dare_ties_svd", [0.5, 0.2, 0.9], 0.2, "frequency"),
    "dare_ties_svd_negative_03": ("dare_ties_svd", [1.0, -0.5], 0.3, "total"),
}
SVD_TRIALS = 6_000


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(7, 5)


def dare_svd():
    """add_weighted_adapter over the seeds 0 .. SVD_TRIALS-1; the argument of its SVD, per element."""
    tensors, meta = {}, {}
    for case_name, (combination, weights, keep, sign) in DARE_SVD.items():
        specs = [adapter(2, 4, ["fc"]), adapter(3, 4, ["fc"]), adapter(1, 3, ["fc"])][: len(weights)]
        arguments = density(keep, sign)
        samples = torch.empty((SVD_TRIALS, 5, 7), dtype=torch.float32)
        with Recorder() as recorder:
            model, names = build((Small, combination, specs, weights, arguments))
            for seed in range(SVD_TRIALS):
                model.delete_adapter("merged")
                recorder.dense.clear()
                torch.manual_seed(seed)
                model.add_weighted_adapter(names, weights, "merged", combination_type=combination, **arguments)
                samples[seed] = recorder.dense[0]
        wide = samples.double()
        mean = wide.mean(dim=0)
        adapters = []
        for name in names:
            layer = layers_of(model, name)["fc"]
            tensors[f"{case_name}/{name}/fc.A"] = matrix(layer.lora_A[name].weight)
            tensors[f"{case_name}/{name}/fc.B"] = matrix(layer.lora_B[name].weight)
            adapters.append({"name": name, "r": layer.r[name], "use_rslora": False,
                             "layers": {"fc": {"r": layer.r[name], "scaling": layer.scaling[name]}}})
        tensors[f"{case_name}/mean"] = mean
        tensors[f"{case_name}/variance"] = ((wide - mean) ** 2).sum(dim=0) / (SVD_TRIALS - 1)
        tensors[f"{case_name}/fourth_moment"] = ((wide - mean) ** 4).mean(dim=0)
        tensors[f"{case_name}/nonzero"] = (samples != 0).double().mean(dim=0)
        meta[case_name] = {
            "combination_type": combination, "weights": weights, "density": keep, "majority_sign_method": sign,
            "trials": SVD_TRIALS, "adapters": adapters, "merged_rank": layers_of(model, "merged")["fc"].r["merged"],
        }
    return tensors, {"cases": meta}


def write(stem, tensors, document):
    folder = Path(__file__).resolve().parent / f"peft-{peft.__version__}"
    save_file(tensors, folder / f"{stem}.safetensors")
    (folder / f"{stem}.json").write_text(json.dumps(document, indent=1) + "\n")
    size = (folder / f"{stem}.safetensors").stat().st_size
    print(f"{folder.name}/{stem}: {len(document['cases'])} cases, {len(tensors)} tensors, {size} bytes")


if __name__ == "__main__":
    for stem in sys.argv[1:]:
        write(stem, *{"sparse": sparse, "dare": dare, "dare_svd": dare_svd}[stem]())
