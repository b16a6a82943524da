"""Lets PEFT load the adapters that MedForge trained on the golden bases and wrote, and notes the answers.

    java -cp ... io.medforge.plugin.branch.OurAdapters <golden folder> <golden folder>/ours
    python answer_ours.py peft-0.21.2 ours

Adds ours/<model>/logits.safetensors: logits on the golden inputs, after PeftModel.from_pretrained.
"""

import sys
from pathlib import Path

import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from write_golden import Perceptron, answer, transformer


def main(golden, ours):
    torch.set_num_threads(1)
    for name, make in (("mlp", Perceptron), ("vit", transformer)):
        model = make()
        model.load_state_dict(load_file(golden / name / "base.safetensors"))
        x = load_file(golden / name / "expected.safetensors")["x"]
        before = answer(model.eval(), x)
        after = answer(PeftModel.from_pretrained(model, ours / name / "adapter").eval(), x)
        assert (after - before).abs().max() > 0.1, "the adapter changes nothing"
        save_file({"logits": after.detach().contiguous()}, ours / name / "logits.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
