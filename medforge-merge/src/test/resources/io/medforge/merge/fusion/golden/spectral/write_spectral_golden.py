"""Writes what fusion_bench's TSV-M, Iso-C and Iso-CTS answer on small matrices in double.

    pip install --no-deps fusion-bench==0.2.33       # beside torch==2.15.0
    python write_spectral_golden.py                  # writes spectral.json beside this script

Only the two modules that hold the arithmetic are loaded, from their files: importing the package asks for a whole training
stack. Of what they import, a timer and a type alias are replaced by empty ones; no arithmetic is.
"""

import contextlib
import importlib.metadata
import importlib.util
import io
import json
import sys
import types
from pathlib import Path

import torch

torch.set_num_threads(1)


def load(path):
    utils, kind = types.ModuleType("fusion_bench.utils"), types.ModuleType("fusion_bench.utils.type")
    utils.timeit_context = lambda *_: contextlib.nullcontext()
    utils.type, kind.StateDictType = kind, dict
    package = types.ModuleType("fusion_bench")
    package.utils = utils
    sys.modules.update({"fusion_bench": package, "fusion_bench.utils": utils, "fusion_bench.utils.type": kind})
    file = next(f for f in importlib.metadata.files("fusion-bench") if str(f) == path)
    spec = importlib.util.spec_from_file_location(Path(path).stem, file.locate())
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TSVM = load("fusion_bench/method/task_singular_vector/utils/TSVM_utils.py")
ISO = load("fusion_bench/method/isotropic_merging/iso_utils.py")


def low_rank(generator, d, k, r):
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in ((d, r), (r, k))]


# name: (d, k, n, rank of each plugin or None for a dense matrix)
CASES = {
    "dense_two": (8, 6, 2, None),
    "dense_three": (7, 9, 3, None),
    "dense_three_wide": (5, 13, 3, None),
    "low_rank_two": (12, 8, 2, 4),
    "low_rank_three": (12, 9, 3, 3),
    "low_rank_four": (8, 16, 4, 2),
}

if __name__ == "__main__":
    cases = {}
    for index, (name, (d, k, n, r)) in enumerate(CASES.items()):
        generator = torch.Generator().manual_seed(300 + index)
        if r is None:
            factors = None
            deltas = [torch.randn(d, k, generator=generator, dtype=torch.float64) for _ in range(n)]
        else:
            factors = [low_rank(generator, d, k, r) for _ in range(n)]
            deltas = [b @ a for b, a in factors]
            # fewer kept directions than min(d, k) would leave the peers with arbitrary null vectors
            assert r == min(d, k) // n and r * n == min(d, k)
        vectors = [{"w": delta} for delta in deltas]
        with contextlib.redirect_stdout(io.StringIO()):
            cases[name] = {
                "d": d, "k": k, "n": n, "r": r,
                "factors": None if r is None else [{"B": b.tolist(), "A": a.tolist()} for b, a in factors],
                "deltas": [delta.tolist() for delta in deltas],
                "tsv_m": TSVM.compute_and_sum_svd_mem_reduction(vectors, accelerator="cpu")["w"].tolist(),
                "iso_c": ISO.iso_c(vectors, accelerator="cpu")["w"].tolist(),
                "iso_cts_0.8": ISO.iso_cts(vectors, 0.8, accelerator="cpu")["w"].tolist(),
            }
    versions = {p: importlib.metadata.version(p) for p in ("fusion-bench", "torch")}
    target = Path(__file__).resolve().parent / "spectral.json"
    target.write_text(json.dumps({"versions": versions, "cases": cases}, indent=1) + "\n")
    print(target.name, target.stat().st_size, "bytes")
