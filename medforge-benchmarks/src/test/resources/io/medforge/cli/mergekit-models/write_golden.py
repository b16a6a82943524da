"""Writes a tiny sharded Llama, two models trained from it, and what mergekit makes of them.

Usage: python write_golden.py FOLDER. Versions go to FOLDER/VERSIONS.
"""

import json
import pathlib
import shutil
import subprocess
import sys

import torch
import transformers
import yaml
from importlib.metadata import version

FOLDER = pathlib.Path(sys.argv[1])
METHODS = {
    "linear": dict(merge_method="linear", weights=[0.3, 0.9], models=["one", "two"]),
    "task_arithmetic": dict(merge_method="task_arithmetic", base="base", weights=[0.5, -0.25],
                            models=["one", "two"], parameters={"lambda": 0.8}),
    "ties": dict(merge_method="ties", base="base", weights=[0.6, 0.7], models=["one", "two"],
                 density=[0.4, 0.7], parameters={"lambda": 1.1, "normalize": True}),
    "slerp": dict(merge_method="slerp", base="one", models=["one", "two"],
                  parameters={"t": 0.35}),
}


def model(seed, like=None, spread=0.05):
    config = transformers.LlamaConfig(
        vocab_size=50, hidden_size=16, intermediate_size=24, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, tie_word_embeddings=False)
    torch.manual_seed(seed)
    made = transformers.LlamaForCausalLM(config).float()
    if like is not None:
        made.load_state_dict({k: v + spread * torch.randn_like(v)
                              for k, v in like.state_dict().items()})
    return made


def save(made, folder):
    made.save_pretrained(folder, max_shard_size="8KB", safe_serialization=True)
    for extra in folder.glob("generation_config.json"):
        extra.unlink()


def main():
    shutil.rmtree(FOLDER / "models", ignore_errors=True)
    base = model(1)
    save(base, FOLDER / "models/base")
    save(model(2, base), FOLDER / "models/one")
    save(model(3, base), FOLDER / "models/two")
    for name, method in METHODS.items():
        models = []
        for i, each in enumerate(method["models"]):
            parameters = {}
            if "weights" in method:
                parameters["weight"] = method["weights"][i]
            if "density" in method:
                parameters["density"] = method["density"][i]
            models.append({"model": str(FOLDER / "models" / each), "parameters": parameters})
        config = {"merge_method": method["merge_method"], "models": models, "dtype": "float32"}
        if "base" in method:
            config["base_model"] = str(FOLDER / "models" / method["base"])
        if "parameters" in method:
            config["parameters"] = method["parameters"]
        written = FOLDER / "config.yaml"
        written.write_text(yaml.safe_dump(config))
        out = FOLDER / "merged"
        shutil.rmtree(out, ignore_errors=True)
        mergekit = pathlib.Path(sys.executable).with_name("mergekit-yaml")
        subprocess.run([mergekit, written, out, "--no-copy-tokenizer"], check=True)
        (shard,) = out.glob("*.safetensors")
        shutil.copy(shard, FOLDER / f"{name}.safetensors")
        shutil.rmtree(out)
        written.unlink()
    (FOLDER / "VERSIONS").write_text("".join(
        f"{package} {version(package)}\n"
        for package in ("mergekit", "torch", "transformers", "safetensors")))


main()
