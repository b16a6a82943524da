"""Writes what the real mergekit answers on small dense tensors, for the tests of the averaging rules.

    pip install --no-deps mergekit==0.1.5 immutables==0.21 sentencepiece==0.2.3   # beside write_golden.py's packages
    python write_mergekit_golden.py cases random      # writes mergekit-<installed version>/

0.1.4 additionally needs pydantic==2.10.6. What is called, per release:
  0.1.5  mergekit.merge_methods.api.merge_tensors(tensors, method, parameters=..., base_index=...)
  0.1.4  REGISTERED_MERGE_METHODS[method].make_task(...).execute(tensors=...), the Task that a merge runs; for sce its
         function sce_merge(tensors, base_tensor, ...), since the Task reads its models from a Python set, in no fixed order
Deterministic: seeded, one thread; a second run on the same machine writes the same bytes.
"""

import importlib.metadata
import json
import platform
import sys
from pathlib import Path

import safetensors
import torch
from safetensors.torch import save_file

VERSION = importlib.metadata.version("mergekit")
TASKS = VERSION == "0.1.4"
if TASKS:
    from mergekit.architecture import WeightInfo
    from mergekit.common import ImmutableMap, ModelPath, ModelReference
    from mergekit.merge_methods.base import TensorDictWrapper
    from mergekit.merge_methods.registry import REGISTERED_MERGE_METHODS
    from mergekit.merge_methods.sce import sce_merge
else:
    from mergekit.merge_methods.api import merge_tensors

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

PER_MODEL = ("weight", "density", "gamma", "epsilon")


def merge(method, base, tensors, parameters):
    """One merge by mergekit itself. Per-model parameters are lists in the order of the tensors, without the base."""
    if not TASKS:
        inputs = tensors if base is None else [base, *tensors]
        arguments = dict(parameters)
        if method == "linear" and base is not None:
            raise AssertionError("linear takes no base")
        ids = [f"x{i}" for i in range(len(tensors))]
        for key in PER_MODEL:
            if key in arguments:
                arguments[key] = dict(zip(ids, arguments[key]))
        return merge_tensors(
            inputs, method, parameters=arguments, ids=ids if base is None else ["base", *ids],
            base_index=None if base is None else 0,
        )
    if method == "sce":
        return sce_merge(tensors=tensors, base_tensor=base, **parameters)
    merger = REGISTERED_MERGE_METHODS[method]
    models = [ModelReference(model=ModelPath(path=f"x{i}")) for i in range(len(tensors))]
    base_model = None if base is None else ModelReference(model=ModelPath(path="base"))
    own = {p.name: p.default_value for p in merger.parameters()}
    own |= {k: v for k, v in parameters.items() if k not in PER_MODEL}
    each = {}
    for i, model in enumerate(models):
        values = {p.name: p.default_value for p in merger.tensor_parameters()}
        values |= {k: v[i] for k, v in parameters.items() if k in PER_MODEL}
        each[model] = ImmutableMap(values)
    inputs = {} if base is None else {base_model: base}
    inputs |= dict(zip(models, tensors))
    task = merger.make_task(
        output_weight=WeightInfo(name="w"), tensors=TensorDictWrapper(tensors=ImmutableMap({})), base_model=base_model,
        parameters=ImmutableMap(own), tensor_parameters=ImmutableMap(each),
    )
    return task.execute(tensors=inputs)


# ---- inputs: <tensor>/base and <tensor>/x0 .. x4, shared by all cases

SHAPES = {"vector": (37,), "matrix": (7, 11), "cube": (4, 3, 5), "single": (1,), "wide": (16, 13)}
MODELS = 5


def draw(shape, dtype, generator, base):
    """Normal values whose differences from the base, in this dtype, differ in magnitude and are not zero: no ties."""
    values = base.clone().flatten()
    seen = set()
    for index in range(values.numel()):
        while True:
            candidate = (base.flatten()[index].float() + torch.randn((), generator=generator)).to(dtype)
            magnitude = (candidate - base.flatten()[index]).abs().item()
            if magnitude > 0.01 and magnitude not in seen:
                break
        seen.add(magnitude)
        values[index] = candidate
    return values.reshape(shape)


def inputs():
    sets = {}
    for suffix, dtype in (("", torch.float32), ("_bf16", torch.bfloat16)):
        generator = torch.Generator().manual_seed(2024)

        def drawn(shape, zero_base):
            base = torch.zeros(shape) if zero_base else torch.randn(shape, generator=generator)
            base = base.to(dtype)
            return base, [draw(shape, dtype, generator, base) for _ in range(MODELS)]

        for name, shape in SHAPES.items():
            sets[name + suffix] = drawn(shape, False)
        sets["delta" + suffix] = drawn((9, 7), True)  # base zero: the merged model is the merged delta
        base, xs = drawn((5, 4), False)
        sets["unchanged" + suffix] = (base, [xs[0], base.clone(), *xs[2:]])  # x1 has a zero delta
        base, xs = drawn((5, 4), True)
        sets["zero_delta" + suffix] = (base, [xs[0], base.clone(), *xs[2:]])  # the same, base zero
        sets["zero" + suffix] = (torch.zeros(3, 5, dtype=dtype), [torch.zeros(3, 5, dtype=dtype)] * MODELS)
        base, xs = drawn((6, 5), True)
        sets["colinear" + suffix] = (base, [xs[0] * (2.0**-i) for i in range(MODELS)])
        sets["antipodal" + suffix] = (base, [xs[0] * (-1.0) ** i for i in range(MODELS)])
    return sets


# ---- cases: name: (method, number of models, base in use, parameters)

CASES = {}
W2, W3, W5 = [0.7, 0.3], [0.5, 0.2, 0.9], [0.1, 0.3, 0.2, 0.4, 0.6]


def case(name, method, n, base, **parameters):
    CASES[name] = (method, n, base, parameters)


for normalize in (True, False):
    label = "normalized" if normalize else "sum"
    case(f"linear_two_{label}", "linear", 2, False, weight=W2, normalize=normalize)
    case(f"linear_three_{label}", "linear", 3, False, weight=W3, normalize=normalize)
    case(f"linear_five_{label}", "linear", 5, False, weight=W5, normalize=normalize)
    case(f"linear_negative_{label}", "linear", 3, False, weight=[1.0, -0.5, 0.7], normalize=normalize)
case("linear_weights_cancel", "linear", 2, False, weight=[1.0, -1.0], normalize=True)

case("task_arithmetic_one", "task_arithmetic", 1, True, weight=[0.8])
case("task_arithmetic_two", "task_arithmetic", 2, True, weight=W2)
case("task_arithmetic_three", "task_arithmetic", 3, True, weight=W3)
case("task_arithmetic_five", "task_arithmetic", 5, True, weight=W5)
case("task_arithmetic_lambda", "task_arithmetic", 3, True, weight=W3, **{"lambda": 0.4})
case("task_arithmetic_negative", "task_arithmetic", 2, True, weight=[1.0, -0.5])
case("task_arithmetic_normalized", "task_arithmetic", 3, True, weight=W3, normalize=True)
case("task_arithmetic_cancel_normalized", "task_arithmetic", 2, True, weight=[1.0, -1.0], normalize=True)

for value in (0.2, 0.5, 1.0):
    case(f"ties_three_{value}", "ties", 3, True, weight=W3, density=[value] * 3)
case("ties_one", "ties", 1, True, weight=[1.0], density=[0.5])
case("ties_two", "ties", 2, True, weight=W2, density=[0.5] * 2)
case("ties_five", "ties", 5, True, weight=W5, density=[0.5] * 5)
case("ties_equal_weights", "ties", 3, True, weight=[1.0] * 3, density=[0.5] * 3)
case("ties_densities", "ties", 3, True, weight=W3, density=[0.2, 0.5, 0.8])
case("ties_sum", "ties", 3, True, weight=W3, density=[0.5] * 3, normalize=False)
case("ties_lambda", "ties", 3, True, weight=W3, density=[0.5] * 3, **{"lambda": 0.7})
case("ties_weighted_election", "ties", 3, True, weight=[0.1, 2.0, 0.3], density=[0.7] * 3)
case("ties_negative", "ties", 3, True, weight=[1.0, -0.5, 0.7], density=[0.7] * 3)
case("ties_negative_sum", "ties", 3, True, weight=[1.0, -0.5, 0.7], density=[0.7] * 3, normalize=False)
case("ties_rescaled", "ties", 3, True, weight=W3, density=[0.5] * 3, rescale=True)
case("ties_int8_mask", "ties", 3, True, weight=W3, density=[0.5] * 3, int8_mask=True)
case("ties_density_tiny", "ties", 2, True, weight=W2, density=[0.001] * 2)
case("ties_density_zero", "ties", 2, True, weight=W2, density=[0.0] * 2)

for t in (0.0, 0.25, 0.5, 1.0, 1.3, -0.5):
    case(f"slerp_{t}", "slerp", 2, "x0", t=t)

for base in (True, False):
    label = "base" if base else "plain"
    case(f"nuslerp_{label}", "nuslerp", 2, base, weight=[0.6, 0.4])
    case(f"nuslerp_{label}_unequal", "nuslerp", 2, base, weight=[1.0, 3.0])
    case(f"nuslerp_{label}_negative", "nuslerp", 2, base, weight=[1.0, -0.5])
    case(f"nuslerp_{label}_cancel", "nuslerp", 2, base, weight=[1.0, -1.0])
    case(f"nuslerp_{label}_rows", "nuslerp", 2, base, weight=[0.6, 0.4], nuslerp_flatten=False)
    case(f"nuslerp_{label}_columns", "nuslerp", 2, base, weight=[0.6, 0.4], nuslerp_flatten=False,
         nuslerp_row_wise=True)

case("karcher_two", "karcher", 2, False)
case("karcher_three", "karcher", 3, False)
case("karcher_five", "karcher", 5, False)
case("karcher_one_step", "karcher", 3, False, max_iter=1)
case("karcher_converged", "karcher", 3, False, max_iter=200, tol=1e-7)

for method in ("breadcrumbs", "breadcrumbs_ties"):
    case(f"{method}_default_gamma", method, 3, True, weight=W3, density=[0.5] * 3)
    case(f"{method}_gamma_01", method, 3, True, weight=W3, density=[0.5] * 3, gamma=[0.1] * 3)
    case(f"{method}_gamma_beyond_density", method, 3, True, weight=W3, density=[0.9] * 3, gamma=[0.2] * 3)
    case(f"{method}_sparse", method, 2, True, weight=W2, density=[0.2] * 2, gamma=[0.15] * 2)
    case(f"{method}_density_one", method, 2, True, weight=W2, density=[1.0] * 2, gamma=[0.15] * 2)
case("breadcrumbs_normalized", "breadcrumbs", 3, True, weight=W3, density=[0.5] * 3, gamma=[0.1] * 3, normalize=True)

for n, label in ((2, "two"), (3, "three"), (5, "five")):
    case(f"model_stock_{label}", "model_stock", n, True)
    case(f"model_stock_{label}_filters", "model_stock", n, True, filter_wise=True)
    case(f"sce_{label}", "sce", n, True)
    case(f"sce_{label}_half", "sce", n, True, select_topk=0.5)
case("sce_three_tenth", "sce", 3, True, select_topk=0.1)
case("sce_three_none", "sce", 3, True, select_topk=0.0)


def run_cases():
    sets = inputs()
    tensors, meta = {}, {}
    for name, (base, xs) in sets.items():
        tensors[f"inputs/{name}/base"] = base.clone()
        for i, x in enumerate(xs):
            tensors[f"inputs/{name}/x{i}"] = x.clone()
    for case_name, (method, n, base_kind, parameters) in CASES.items():
        errors, non_finite = {}, []
        for name, (base, xs) in sets.items():
            chosen, own_base = [x.clone() for x in xs[:n]], base.clone()
            if base_kind == "x0":
                own_base, chosen = chosen[0], chosen[1:]
            elif not base_kind:
                own_base = None
            try:
                result = merge(method, own_base, chosen, parameters)
            except Exception as error:
                errors[name] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
                continue
            if result.shape != base.shape:
                errors[name] = f"shape {list(result.shape)} where {list(base.shape)} was due"
                continue
            if not torch.isfinite(result).all():
                non_finite.append(name)
            tensors[f"{case_name}/{name}"] = result.detach().clone().contiguous()
        meta[case_name] = {"method": method, "n": n, "base": {True: "base", False: None}.get(base_kind, base_kind),
                           "parameters": parameters, "errors": errors, "non_finite": non_finite}
    return tensors, {"cases": meta}


# ---- random masks, by distribution

RANDOM = {}


def random_case(name, method, weight, density, **parameters):
    RANDOM[name] = (method, {"weight": weight, "density": [density] * len(weight), **parameters})


for rescale in (True, False):
    label = "rescaled" if rescale else "raw"
    random_case(f"dare_linear_one_05_{label}", "dare_linear", [1.0], 0.5, rescale=rescale)
    random_case(f"dare_linear_three_05_{label}", "dare_linear", W3, 0.5, rescale=rescale)
    random_case(f"dare_linear_three_02_{label}", "dare_linear", W3, 0.2, rescale=rescale)
    random_case(f"dare_ties_three_05_{label}", "dare_ties", W3, 0.5, rescale=rescale)
    random_case(f"della_linear_one_05_{label}", "della_linear", [1.0], 0.5, rescale=rescale)
    random_case(f"della_linear_three_04_{label}", "della_linear", W3, 0.4, rescale=rescale, epsilon=[0.3] * 3)
    random_case(f"della_three_05_{label}", "della", W3, 0.5, rescale=rescale)
random_case("dare_ties_three_05_normalized", "dare_ties", W3, 0.5, normalize=True)
random_case("dare_linear_negative_03_rescaled", "dare_linear", [1.0, -0.5], 0.3)

TRIALS, SHAPE = 10_000, (6, 9)


def run_random():
    """Over the seeds 0 .. TRIALS-1, per element, base zero: mean, variance, fourth central moment, fraction not zero."""
    tensors, meta = {}, {}
    generator = torch.Generator().manual_seed(77)
    base = torch.zeros(SHAPE)
    xs = [draw(SHAPE, torch.float32, generator, base) for _ in range(3)]
    for i, x in enumerate(xs):
        tensors[f"inputs/x{i}"] = x
    for case_name, (method, parameters) in RANDOM.items():
        chosen = xs[: len(parameters["weight"])]
        samples = torch.empty((TRIALS, *SHAPE))
        for seed in range(TRIALS):
            torch.manual_seed(seed)
            samples[seed] = merge(method, base, list(chosen), parameters)
        wide = samples.double()
        mean = wide.mean(dim=0)
        tensors[f"{case_name}/mean"] = mean
        tensors[f"{case_name}/variance"] = ((wide - mean) ** 2).sum(dim=0) / (TRIALS - 1)
        tensors[f"{case_name}/fourth_moment"] = ((wide - mean) ** 4).mean(dim=0)
        tensors[f"{case_name}/nonzero"] = (samples != 0).double().mean(dim=0)
        sums = samples.abs().sum(dim=(1, 2)).double()
        meta[case_name] = {
            "method": method, "n": len(chosen), "parameters": parameters, "trials": TRIALS,
            "nonzero_fraction": (samples != 0).double().mean().item(),
            "l1_mean": sums.mean().item(), "l1_deviation": sums.std().item(),
        }
    return tensors, {"cases": meta}


def write(stem, tensors, document):
    folder = Path(__file__).resolve().parent / f"mergekit-{VERSION}"
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / f"{stem}.safetensors")
    (folder / f"{stem}.json").write_text(json.dumps(document, indent=1) + "\n")
    packages = ["mergekit", "torch", "transformers", "pydantic", "safetensors", "numpy"]
    lines = [f"{package} {importlib.metadata.version(package)}\n" for package in packages]
    (folder / "VERSIONS.txt").write_text("".join(lines) + f"python {platform.python_version()}\n")
    size = (folder / f"{stem}.safetensors").stat().st_size
    print(f"{folder.name}/{stem}: {len(document['cases'])} cases, {len(tensors)} tensors, {size} bytes")


if __name__ == "__main__":
    for stem in sys.argv[1:]:
        write(stem, *{"cases": run_cases, "random": run_random}[stem]())
