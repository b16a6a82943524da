"""Times the peers on this machine: one process, torch on CPU with 1 and 2 threads, process start excluded.

    pip install peft==0.21.2 torch==2.15.0 transformers==5.23.0 safetensors==0.8.0
    pip install --no-deps mergekit==0.1.5 immutables==0.21 sentencepiece==0.2.3
    python measure_peers.py --output peers.json                        # all; about half an hour on two quiet cores
    python measure_peers.py --list
    python measure_peers.py --case 'svd_768|ties_16m' --repetitions 3 --threads 1

Run it on a quiet machine; the load average before and after stands in the result. (Two torch threads on busy cores wait
for each other: the svd cases were seen 20 times slower than with one.) Each case names what is inside the
clock. Where a peer has a faster setting than its default, that is a case of its own, so that the comparison can be with
the faster. `--work DIR` keeps the adapter folders there (adapters-small, adapters-large), to give ours the same files.
"""

import argparse
import gc
import importlib.metadata
import json
import os
import platform
import re
import shutil
import statistics
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.utils import merge_utils
from safetensors.torch import load_file, save_file
from torch import nn

warnings.simplefilter("ignore")
WEIGHTS = [0.5, 0.3, 0.2]
RANK, ALPHA, DENSITY = 16, 32, 0.2


@dataclass(frozen=True)
class Case:
    """prepare(work) returns once what run needs; before(state), outside the clock, returns the argument of run."""

    name: str
    clock: str
    repetitions: int
    warm_up: int
    prepare: Callable
    before: Callable
    run: Callable
    check: Callable = lambda state, answer: None


# ---- add_weighted_adapter("svd") on one layer in memory


def prepare_svd(size):
    def prepare(_):
        torch.manual_seed(1)
        model, names = None, [f"a{i}" for i in range(len(WEIGHTS))]
        for name in names:
            config = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=["layer"], init_lora_weights=False)
            if model is None:
                model = get_peft_model(Wide([("layer", size, size)]), config, adapter_name=name)
            else:
                model.add_adapter(name, config)
        return model, names

    return prepare


def before_svd(state):
    model, _ = state
    if "merged" in model.peft_config:
        model.delete_adapter("merged")
    return state


def run_svd(**arguments):
    def run(state):
        model, names = state
        model.add_weighted_adapter(names, WEIGHTS, "merged", combination_type="svd", svd_rank=RANK, **arguments)
        return model

    return run


def check_svd(state, model):
    """The merged layer is the best rank-16 approximation: no worse than the residual norm of the exact sum's own SVD."""
    _, names = state
    layer = next(m for m in model.modules() if "merged" in getattr(m, "lora_A", {}))
    factors = [(layer.lora_B[n].weight.detach().double() * layer.scaling[n] * w, layer.lora_A[n].weight.detach().double())
               for n, w in zip(names, WEIGHTS)]
    b, a = torch.hstack([f[0] for f in factors]), torch.vstack([f[1] for f in factors])
    values = torch.linalg.svdvals(torch.linalg.qr(b).R @ torch.linalg.qr(a.T).R.T)
    merged = layer.lora_B["merged"].weight.detach().double(), layer.lora_A["merged"].weight.detach().double()
    left, right = torch.hstack([b, -merged[0]]), torch.vstack([a, merged[1]])
    residual = torch.linalg.matrix_norm(torch.linalg.qr(left).R @ torch.linalg.qr(right.T).R.T)
    assert abs(residual - values[RANK:].norm()) < 1e-3 * values.norm(), (residual, values[RANK:].norm())


# ---- adapters file to file


class Wide(nn.Module):
    """Linear layers whose weight is one number seen d x k times: the base model costs no memory and is never read."""

    def __init__(self, layers):
        super().__init__()
        for name, d, k in layers:
            holder = self
            *path, last = name.split(".")
            for part in path:
                if not hasattr(holder, part):
                    holder.add_module(part, nn.Module())
                holder = getattr(holder, part)
            linear = nn.Linear(1, 1, bias=False)
            linear.in_features, linear.out_features = k, d
            linear.weight = nn.Parameter(torch.zeros(1, 1).expand(d, k), requires_grad=False)
            holder.add_module(last, linear)


PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj"]


def layer_names(blocks, width):
    return [(f"layers.{i}.self_attn.{p}", width, width) for i in range(blocks) for p in PROJECTIONS]


def prepare_files(label, blocks, width):
    def prepare(work):
        folders = []
        for i in range(len(WEIGHTS)):
            folder = work / f"adapters-{label}" / f"a{i}"
            folders.append(folder)
            if (folder / "adapter_model.safetensors").exists():
                continue
            folder.mkdir(parents=True)
            generator = torch.Generator().manual_seed(100 + i)
            tensors = {}
            for name, d, k in layer_names(blocks, width):
                tensors[f"base_model.model.{name}.lora_A.weight"] = torch.randn(RANK, k, generator=generator) / k**0.5
                tensors[f"base_model.model.{name}.lora_B.weight"] = torch.randn(d, RANK, generator=generator) / RANK**0.5
            save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
            LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=PROJECTIONS, inference_mode=True,
                       base_model_name_or_path="none").save_pretrained(folder)
        return folders, work / f"merged-{label}", (blocks, width)

    return prepare


def before_files(state):
    folders, out, (blocks, width) = state
    shutil.rmtree(out, ignore_errors=True)
    return folders, out, Wide(layer_names(blocks, width))


def run_files(combination, lean):
    def run(state):
        folders, out, base = state
        names = [f"a{i}" for i in range(len(folders))]
        model = PeftModel.from_pretrained(base, folders[0], adapter_name=names[0], low_cpu_mem_usage=lean)
        for name, folder in zip(names[1:], folders[1:]):
            model.load_adapter(folder, adapter_name=name, low_cpu_mem_usage=lean)
        model.add_weighted_adapter(names, WEIGHTS, "merged", combination_type=combination)
        model.save_pretrained(out, selected_adapters=["merged"])

    return run


def check_files(combination):
    def check(state, _):
        folders, out, _ = state
        inputs = [load_file(folder / "adapter_model.safetensors") for folder in folders]
        merged = load_file(out / "merged" / "adapter_model.safetensors")
        assert sorted(merged) == sorted(inputs[0])
        key = sorted(merged)[0]
        scaled = [w * ALPHA / RANK for w in WEIGHTS]
        if combination == "linear":
            expected = sum(s**0.5 * x[key] for s, x in zip(scaled, inputs))
        else:
            expected = torch.cat([s * x[key] for s, x in zip(scaled, inputs)])
        assert torch.allclose(merged[key], expected, rtol=1e-5, atol=1e-6), key

    return check


# ---- TIES on dense tensors


def prepare_ties(shape):
    def prepare(_):
        generator = torch.Generator().manual_seed(3)
        deltas = [torch.randn(shape, generator=generator) for _ in WEIGHTS]
        return torch.zeros(shape), deltas

    return prepare


def run_peft_ties(state):
    return merge_utils.ties(state[1], torch.tensor(WEIGHTS), DENSITY)


def run_mergekit_ties(state):
    from mergekit.merge_methods.api import merge_tensors

    base, deltas = state
    return merge_tensors([base, *deltas], "ties", base_index=0,
                         parameters={"weight": dict(enumerate(WEIGHTS, 1)), "density": DENSITY})


def check_ties(state, merged):
    """The threshold of the trim is the k-th largest magnitude, and no element exceeds the largest input."""
    deltas = state[1]
    kept = []
    for delta in deltas:
        k = int(DENSITY * delta.numel())
        threshold = delta.abs().flatten().kthvalue(delta.numel() - k + 1).values
        kept.append(delta.abs() >= threshold)
    assert not merged[~torch.stack(kept).any(dim=0)].any()
    assert merged.abs().max() <= torch.stack(deltas).abs().max() * 1.0001


def same(state):
    return state


def cases():
    svd_clock = "add_weighted_adapter, its adapter's creation included; the model is in memory; n = 3, r = 16"
    for size, repetitions, warm_up in ((768, 11, 2), (4096, 3, 0)):
        for label, arguments in (("", {}), ("_reduced", {"svd_full_matrices": False})):
            yield Case(f"peft_svd_{size}{label}", svd_clock, repetitions, warm_up, prepare_svd(size), before_svd,
                       run_svd(**arguments), check_svd)
    files = "load 3 adapters of rank 16, merge, save; a base model that costs nothing exists already; files in the page cache"
    for label, blocks, width, repetitions in (("small", 4, 256, 11), ("large", 32, 4096, 5)):
        for combination in ("linear", "cat"):
            for lean in (False, True):
                yield Case(f"peft_{combination}_files_{label}{'_low_cpu_mem' if lean else ''}", files, repetitions, 1,
                           prepare_files(label, blocks, width), before_files, run_files(combination, lean),
                           check_files(combination))
    for label, shape, repetitions in (("1m", (1024, 1024), 11), ("16m", (4096, 4096), 5)):
        tensors = "the merge function on 3 f32 tensors in memory, density 0.2"
        yield Case(f"peft_ties_{label}", f"peft.utils.merge_utils.ties: {tensors}", repetitions, 1, prepare_ties(shape), same,
                   run_peft_ties, check_ties)
        yield Case(f"mergekit_ties_{label}", f"mergekit.merge_methods.api.merge_tensors: {tensors}", repetitions, 1,
                   prepare_ties(shape), same, run_mergekit_ties, check_ties)


def measure(case, state, warm_up, repetitions):
    seconds = []
    for repetition in range(-warm_up, repetitions):
        argument = case.before(state)
        gc.collect()
        start = time.perf_counter()
        answer = case.run(argument)
        elapsed = time.perf_counter() - start
        if repetition >= 0:
            seconds.append(elapsed)
        if repetition == repetitions - 1:
            case.check(state, answer)
        del answer, argument
    return seconds


def machine():
    model = "unknown"
    if Path("/proc/cpuinfo").exists():
        names = re.findall(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
        model = names[0] if names else model
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cpu": model, "cores": os.cpu_count(), "memory_gib": round(pages / 2**30, 1), "os": platform.platform(),
            "torch_cpu": torch.backends.cpu.get_cpu_capability(), "mkl": torch.backends.mkl.is_available()}


def versions():
    found = {"python": platform.python_version()}
    for package in ("torch", "peft", "transformers", "safetensors", "mergekit", "numpy"):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", default=".", help="regular expression: the cases whose name has a match")
    parser.add_argument("--repetitions", type=int, help="instead of each case's own")
    parser.add_argument("--warm-up", type=int, help="instead of each case's own")
    parser.add_argument("--threads", default="1,2", help="torch threads, comma-separated")
    parser.add_argument("--work", type=Path, help="folder for the adapters, kept; else a temporary one")
    parser.add_argument("--output", type=Path, help="JSON file; else standard output")
    parser.add_argument("--list", action="store_true", help="print the cases and what their clock holds")
    options = parser.parse_args()
    chosen = [case for case in cases() if re.search(options.case, case.name)]
    if not chosen:
        parser.error(f"expected a case matching {options.case!r}, found none; see --list")
    if options.list:
        for case in chosen:
            print(f"{case.name:36} {case.repetitions:3} x  {case.clock}")
        return
    temporary = None if options.work else tempfile.TemporaryDirectory()
    work = options.work or Path(temporary.name)
    document = {"versions": versions(), "machine": machine(), "load_before": os.getloadavg(), "results": []}
    for case in chosen:
        if case.name.startswith("mergekit") and not document["versions"]["mergekit"]:
            document["results"].append({"case": case.name, "skipped": "mergekit is not installed"})
            continue
        state = case.prepare(work)
        for threads in map(int, options.threads.split(",")):
            torch.set_num_threads(threads)
            warm_up = case.warm_up if options.warm_up is None else options.warm_up
            seconds = measure(case, state, warm_up, options.repetitions or case.repetitions)
            median = statistics.median(seconds)
            document["results"].append({"case": case.name, "threads": threads, "clock": case.clock, "seconds": seconds,
                                        "median": median})
            print(f"{case.name:36} {threads} threads  median {median:10.4f} s  of {len(seconds)}", flush=True)
        del state
        gc.collect()
        document["load_after"] = os.getloadavg()
        if options.output:  # after every case: a long run that is stopped keeps what it measured
            options.output.write_text(json.dumps(document, indent=1) + "\n")
    if not options.output:
        print(json.dumps(document, indent=1))
    if temporary:
        temporary.cleanup()


if __name__ == "__main__":
    main()
