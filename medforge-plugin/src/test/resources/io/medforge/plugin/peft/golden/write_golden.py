"""Writes adapter folders with the real PEFT, and what PEFT computes from them, for the tests of PeftAdapter.

    pip install peft==0.21.2 torch==2.15.0 transformers==5.23.0 safetensors==0.8.0
    python write_golden.py            # writes peft-<installed version>/ beside this script

Deterministic: seeded, one thread; a second run on the same machine writes the same bytes. All weights are random numbers,
no one's data. The project itself needs no Python. NOTES.md says what running showed.
"""

import json
import math
import os
import platform
import shutil
import sys
import warnings
from pathlib import Path

if __name__ == "__main__" and os.environ.get("PYTHONHASHSEED") != "0":  # PEFT writes sets as lists in hash order
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})

import peft
import safetensors
import torch
import transformers
from peft import AdaLoraConfig, IA3Config, LoHaConfig, LoKrConfig, LoraConfig, PeftModel, get_peft_model
from peft.utils.other import get_pattern_key
from safetensors.torch import load_file, save_file
from torch import nn
from transformers.pytorch_utils import Conv1D

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
warnings.simplefilter("ignore")

PREFIX = "base_model.model."


class Mlp(nn.Module):
    """Three linear layers; the last has the name PEFT expects of a head."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(12, 16)
        self.fc2 = nn.Linear(16, 8)
        self.classifier = nn.Linear(8, 3)

    def forward(self, x):
        return self.classifier(torch.relu(self.fc2(torch.relu(self.fc1(x)))))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(8, 8)
        self.fc2 = nn.Linear(8, 8)

    def forward(self, x):
        return x + self.fc2(torch.relu(self.fc1(x)))


class Deep(nn.Module):
    """Names that share prefixes and suffixes: fc1, fc10, my_fc1, blocks.0.fc1, blocks.1.fc1, blocks.1.fc2."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(12, 8)
        self.fc10 = nn.Linear(8, 8)
        self.my_fc1 = nn.Linear(8, 8)
        self.blocks = nn.ModuleList([Block(), Block()])
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = torch.relu(self.my_fc1(torch.relu(self.fc10(torch.relu(self.fc1(x))))))
        for block in self.blocks:
            x = block(x)
        return self.head(x)


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv3 = nn.Conv2d(3, 6, 3, stride=2, padding=1)
        self.conv1 = nn.Conv2d(6, 5, 1)
        self.fc = nn.Linear(5, 3)

    def forward(self, x):
        return self.fc(torch.relu(self.conv1(torch.relu(self.conv3(x)))).mean((2, 3)))


class Transposed(nn.Module):
    """A transformers Conv1D stores its weight as [in, out]."""

    def __init__(self):
        super().__init__()
        self.c_fc = Conv1D(16, 12)
        self.c_proj = Conv1D(8, 16)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.c_proj(torch.relu(self.c_fc(x))))


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(20, 6)
        self.fc = nn.Linear(6, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(torch.relu(self.fc(self.tokens(x).mean(1))))


class RawParameter(nn.Module):
    def __init__(self):
        super().__init__()
        self.experts = nn.Module()
        self.experts.weight = nn.Parameter(torch.randn(8, 12))
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(torch.relu(x @ self.experts.weight.T))


def tiny_llama():
    config = transformers.LlamaConfig(
        vocab_size=20, hidden_size=8, intermediate_size=12, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=16, tie_word_embeddings=False,
    )
    return transformers.LlamaForCausalLM(config)


def lora(r=4, alpha=8, modules=("fc1", "fc2"), **options):
    modules = modules if isinstance(modules, str) else list(modules)
    options.setdefault("init_lora_weights", False)
    return LoraConfig(r=r, lora_alpha=alpha, target_modules=modules, **options)


DEEP = ["fc1", "fc2", "fc10", "my_fc1"]
CONV = ["conv3", "conv1"]

# name: (model, config, element type of the saved adapter)
ACCEPTED = {
    "plain": (Mlp, lambda: lora(), torch.float32),
    "plain_second": (Mlp, lambda: lora(alpha=6), torch.float32),
    "plain_rank_2": (Mlp, lambda: lora(r=2, alpha=5), torch.float32),
    "rslora": (Mlp, lambda: lora(use_rslora=True), torch.float32),
    "dropout": (Mlp, lambda: lora(lora_dropout=0.25), torch.float32),
    "rank_pattern": (
        Deep, lambda: lora(2, 4, DEEP, rank_pattern={"fc1": 3}, alpha_pattern={"fc1": 7}), torch.float32),
    "pattern_path": (
        Deep, lambda: lora(2, 4, DEEP, rank_pattern={"blocks.1.fc1": 5, r"blocks\.0\..*": 3},
                           alpha_pattern={r"blocks\.\d+\.fc2": 9}), torch.float32),
    "pattern_regex": (
        Deep, lambda: lora(2, 4, DEEP, rank_pattern={"^fc1": 4, "fc1|fc10": 1},
                           alpha_pattern={r".*_fc1": 3, "[a-z]c2": 11}), torch.float32),
    "pattern_order": (
        # Trained with 0.fc1 first; the file has the keys sorted, so whoever loads it meets blocks first.
        Deep, lambda: lora(2, 4, DEEP, alpha_pattern={"fc1": 10, "blocks.0.fc1": 20}), torch.float32),
    "pattern_rslora": (
        Deep, lambda: lora(2, 4, DEEP, use_rslora=True, rank_pattern={"fc10": 3}, alpha_pattern={"fc2": 9}),
        torch.float32),
    "target_regex": (Deep, lambda: lora(2, 4, r".*blocks\.\d\.fc[12]"), torch.float32),
    "target_all_linear": (Mlp, lambda: lora(2, 4, "all-linear"), torch.float32),
    "layers_to_transform": (
        Deep, lambda: lora(2, 4, ["fc1"], layers_to_transform=[1], layers_pattern="blocks"), torch.float32),
    "exclude_modules": (Deep, lambda: lora(2, 4, DEEP, exclude_modules=["blocks.0.fc1"]), torch.float32),
    "lora_bias": (Mlp, lambda: lora(lora_bias=True), torch.float32),
    "bias_all": (Mlp, lambda: lora(bias="all"), torch.float32),
    "bias_lora_only": (Mlp, lambda: lora(bias="lora_only"), torch.float32),
    "modules_to_save": (Mlp, lambda: lora(modules_to_save=["classifier"]), torch.float32),
    "sequence_classification": (Mlp, lambda: lora(task_type="SEQ_CLS"), torch.float32),
    "bf16": (Mlp, lambda: lora(), torch.bfloat16),
    "f16": (Mlp, lambda: lora(), torch.float16),
    "fan_in_fan_out": (Transposed, lambda: lora(3, 6, ["c_fc", "c_proj"], fan_in_fan_out=True), torch.float32),
    "conv2d": (ConvNet, lambda: lora(2, 4, CONV), torch.float32),
    "conv2d_rank_pattern": (ConvNet, lambda: lora(2, 4, [*CONV, "fc"], rank_pattern={"conv1": 1}), torch.float32),
    "init_gaussian": (Mlp, lambda: lora(init_lora_weights="gaussian"), torch.float32),
    "init_orthogonal": (Mlp, lambda: lora(init_lora_weights="orthogonal"), torch.float32),
}

# Features that are more than scaling * B * A beside an unchanged base; what a reader may refuse by name.
SPECIAL = {
    "dora": (Mlp, lambda: lora(use_dora=True)),
    "embedding": (Bag, lambda: lora(2, 4, ["tokens", "fc"])),
    "pissa": (Mlp, lambda: lora(init_lora_weights="pissa")),
    "olora": (Mlp, lambda: lora(init_lora_weights="olora")),
    "mica": (Mlp, lambda: lora(init_lora_weights="mica")),
    "trainable_tokens": (Bag, lambda: lora(2, 4, ["fc"], trainable_token_indices={"tokens": [1, 3]})),
    "target_parameters": (RawParameter, lambda: LoraConfig(
        r=2, lora_alpha=4, target_modules=[], target_parameters=["experts.weight"], init_lora_weights=False)),
    "layer_replication": (tiny_llama, lambda: lora(2, 4, ["q_proj"], layer_replication=[[0, 2], [1, 2]])),
    "alora": (tiny_llama, lambda: lora(2, 4, ["q_proj"], task_type="CAUSAL_LM", alora_invocation_tokens=[3, 4])),
    "adalora": (Mlp, lambda: AdaLoraConfig(
        init_r=4, target_r=2, lora_alpha=8, total_step=10, tinit=1, tfinal=1, target_modules=["fc1", "fc2"],
        init_lora_weights=False)),
    "loha": (Mlp, lambda: LoHaConfig(r=2, alpha=4, target_modules=["fc1", "fc2"], init_weights=False)),
    "lokr": (Mlp, lambda: LoKrConfig(r=2, alpha=4, target_modules=["fc1", "fc2"], init_weights=False)),
    "ia3": (Mlp, lambda: IA3Config(target_modules=["fc1", "fc2"], feedforward_modules=["fc2"],
                                   init_ia3_weights=False)),
}

# What get_pattern_key answers: keys in file order, then module names.
PATTERN_KEYS = [
    ["fc1"], ["^fc1"], ["blocks.fc1"], [r"blocks\.fc1"], ["blocks.0.fc1", "fc1"], ["fc1", "blocks.0.fc1"],
    [r".*\.fc1"], ["fc1|fc10"], ["fc1$"], ["fc[12]"], [r"blocks\.\d+\.fc1"], ["c1"], [r".*c1"], ["(?i:FC1)"],
    ["blocks"], ["0.fc1"], [r"\.fc1"], ["fc1", "fc10"], [""], ["self_attn.*q_proj"], ["fc1.*"],
]
PATTERN_MODULES = [
    "fc1", "fc10", "my_fc1", "blocks.fc1", "blocksXfc1", "blocks.0.fc1", "blocks.10.fc1", "blocks.0.fc10", "a.b.fc1.c",
    "x.self_attn.q_proj", "x.self_attn.k.q_proj",
]


def inputs_of(model_type):
    generator = torch.Generator().manual_seed(3)
    if model_type is Bag:
        return torch.randint(0, 20, (5, 7), generator=generator)
    if model_type is tiny_llama:
        return torch.randint(0, 20, (2, 6), generator=generator)
    if model_type is ConvNet:
        return torch.randn((4, 3, 6, 6), generator=generator)
    return torch.randn((5, 12), generator=generator)


def new_base(model_type):
    torch.manual_seed(1)
    return model_type().eval()


def logits(model, x):
    if isinstance(model, PeftModel):
        model = model.base_model  # task models (SEQ_CLS) expect a transformers base
    with torch.no_grad():
        out = model(x)
    return (out.logits if hasattr(out, "logits") else out).float().contiguous()


def train(model, seed):
    """Moves every trainable parameter by seeded noise, as training would."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in sorted(model.named_parameters()):
        if parameter.requires_grad:
            noise = torch.randn(parameter.shape, generator=generator) / math.sqrt(max(parameter.shape[0], 1))
            parameter.data = (parameter.data + 0.5 * noise).to(parameter.dtype)


def save(case, folder, model_type, config, dtype=torch.float32):
    torch.manual_seed(2)
    model = get_peft_model(new_base(model_type), config)
    train(model, seed=sum(case.encode()))
    model.eval()
    trained = logits(model, inputs_of(model_type))
    if dtype != torch.float32:
        model = model.to(dtype)
    shutil.rmtree(folder, ignore_errors=True)
    kwargs = {"save_embedding_layers": False} if model_type is Bag else {}
    model.save_pretrained(folder, **kwargs)
    (folder / "README.md").unlink()
    os.chmod(folder / "adapter_model.safetensors", 0o644)
    return trained


def keys_of(folder):
    return {key: [str(value.dtype).removeprefix("torch."), list(value.shape)]
            for key, value in sorted(load_file(folder / "adapter_model.safetensors").items())}


def accepted(case, folder, model_type, make_config, dtype):
    trained = save(case, folder, model_type, make_config(), dtype)
    x = inputs_of(model_type)
    base = new_base(model_type)
    tensors = {"x": x, "logits.base": logits(base, x)}
    for name, value in base.state_dict().items():
        tensors[f"base.{name}"] = value.detach().clone()
    stored = load_file(folder / "adapter_model.safetensors")
    model = PeftModel.from_pretrained(new_base(model_type), folder).eval()
    tensors["logits.adapter"] = logits(model, x)
    targets, replaced = {}, {}
    for name, layer in model.named_modules():
        if "default" in getattr(layer, "lora_A", {}):
            key = name.removeprefix(PREFIX)
            a, b = stored[f"{name}.lora_A.weight"].double(), stored[f"{name}.lora_B.weight"].double()
            scaling = layer.scaling["default"]
            delta = scaling * (b.flatten(1) @ a.flatten(1))
            own = layer.get_delta_weight("default").detach().double()
            own = own.T if getattr(layer, "fan_in_fan_out", False) else own.flatten(1)
            assert torch.allclose(own, delta, rtol=1e-5, atol=1e-5), (case, key)
            tensors[f"{key}.delta"] = delta.contiguous()
            targets[key] = {"r": layer.r["default"], "alpha": layer.lora_alpha["default"], "scaling": scaling,
                            "in": a.flatten(1).shape[1], "out": b.shape[0], "a_shape": list(a.shape),
                            "b_shape": list(b.shape), "type": type(layer.get_base_layer()).__name__}
            if f"{name}.lora_B.bias" in stored:
                tensors[f"{key}.bias_delta"] = scaling * stored[f"{name}.lora_B.bias"].double()
                targets[key]["bias"] = "lora_bias"
    for key, value in sorted(stored.items()):
        if "lora_" not in key:
            replaced[key] = list(value.shape)
            name = key.removeprefix(PREFIX).replace("base_layer.", "")
            assert f"base.{name}" in tensors, (case, key)
            tensors[f"replaced.{name}"] = value.float().clone()
    if dtype == torch.float32 and case != "pattern_order":
        assert torch.allclose(tensors["logits.adapter"], trained, atol=1e-5), case
    if case == "pattern_order":
        assert not torch.allclose(tensors["logits.adapter"], trained, atol=1e-3), case
    save_file(tensors, folder / "expected.safetensors")
    os.chmod(folder / "expected.safetensors", 0o644)
    expected = {"model": model_type.__name__, "accepted": True, "targets": targets, "replaced": replaced,
                "tensors": keys_of(folder)}
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


def special(case, folder, model_type, make_config):
    save(case, folder, model_type, make_config())
    config = json.loads((folder / "adapter_config.json").read_text())
    expected = {"model": model_type.__name__, "accepted": False, "peft_type": config["peft_type"],
                "tensors": keys_of(folder)}
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


def write():
    root = Path(__file__).resolve().parent / f"peft-{peft.__version__}"
    root.mkdir(exist_ok=True)
    for case, (model_type, make_config, dtype) in ACCEPTED.items():
        accepted(case, root / case, model_type, make_config, dtype)
    for case, (model_type, make_config) in SPECIAL.items():
        special(case, root / case, model_type, make_config)
    matches = [
        {"keys": keys, "module": module, "match": get_pattern_key(keys, module)}
        for keys in PATTERN_KEYS for module in PATTERN_MODULES
    ]
    for match in matches:
        match["matched"] = match["match"] in match["keys"]
    (root / "pattern_matches.json").write_text(
        "[\n" + ",\n".join(" " + json.dumps(match) for match in matches) + "\n]\n")
    (root / "VERSIONS.txt").write_text(
        f"peft {peft.__version__}\ntorch {torch.__version__}\ntransformers {transformers.__version__}\n"
        f"safetensors {safetensors.__version__}\npython {platform.python_version()}\n")
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    print(f"{root.name}: {len(ACCEPTED)} accepted, {len(SPECIAL)} special, {size} bytes")


if __name__ == "__main__":
    write()
