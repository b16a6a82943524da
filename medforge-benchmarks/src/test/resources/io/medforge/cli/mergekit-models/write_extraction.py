"""Writes the adapter of rank 4 that mergekit extracts from the models that write_golden.py made.

The program mergekit-extract-lora 0.1.5 asks the hub for what these models lack, so its two tasks are run one by one.
Usage: python write_extraction.py FOLDER. Versions: FOLDER/VERSIONS.
"""

import pathlib
import sys

from mergekit.architecture import WeightInfo
from mergekit.scripts.extract_lora import TaskVectorDecompositionTask, TaskVectorTask
from safetensors.torch import load_file, save_file

FOLDER = pathlib.Path(sys.argv[1])


def model(name):
    return {k: v for file in sorted((FOLDER / "models" / name).glob("*.safetensors")) for k, v in load_file(file).items()}


base, trained = model("base"), model("one")
written = {}
for name, weight in trained.items():
    if weight.dim() == 2 and "embed" not in name:
        change = TaskVectorTask.execute(None, base[name], weight)
        task = TaskVectorDecompositionTask.model_construct(
            weight_info=WeightInfo(name=name), max_rank=4, distribute_scale=True, transpose=False, sv_epsilon=0)
        a, b = task.execute(change)
        key = "base_model.model." + name.removesuffix(".weight")
        written[key + ".lora_A.weight"], written[key + ".lora_B.weight"] = a.contiguous(), b.contiguous()
save_file(written, FOLDER / "extracted.safetensors")
