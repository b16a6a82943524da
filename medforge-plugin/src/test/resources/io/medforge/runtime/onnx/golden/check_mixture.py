"""Checks the exported mixture beside this script in Python and writes what it answers.

    python check_mixture.py

Reads mixture.onnx and input.json; writes expected.json and VERSIONS.txt. Two engines answer: ONNX
Runtime, and the reference evaluator of the onnx package, which computes each operator in numpy.
They must agree; what is written is ONNX Runtime's answer.
"""

import json
import platform
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

folder = Path(__file__).parent
model = onnx.load(folder / "mixture.onnx")
onnx.checker.check_model(model, full_check=True)
onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)

inputs = json.loads((folder / "input.json").read_text())
x = np.array(inputs["values"], dtype=np.float32).reshape(inputs["shape"])
session = onnxruntime.InferenceSession(
    folder / "mixture.onnx", providers=["CPUExecutionProvider"]
)
names = [output.name for output in session.get_outputs()]
assert names == ["probabilities", "shares", "abstained"], names
served = dict(zip(names, session.run(None, {"input": x})))
reference = dict(zip(names, ReferenceEvaluator(model).run(None, {"input": x})))
for name in ("probabilities", "shares"):
    difference = np.abs(served[name] - reference[name]).max()
    print(name, served[name].shape, served[name].dtype, "largest difference", difference)
    assert difference < 1e-6
assert (served["abstained"] == reference["abstained"]).all()
assert 0 < served["abstained"].sum() < len(x)
assert np.allclose(served["probabilities"].sum(axis=1), 1, atol=1e-6)

weights = {}
for initializer in model.graph.initializer:
    if not initializer.name.startswith("medforge:"):
        weights[initializer.name] = list(initializer.dims)
print("the base's weights, each once:", weights)
print({entry.key: entry.value for entry in model.metadata_props})

expected = {name: np.asarray(value).astype(np.float64).tolist() for name, value in served.items()}
(folder / "expected.json").write_text(json.dumps(expected, indent=0) + "\n")
(folder / "VERSIONS.txt").write_text(
    f"onnx {onnx.__version__}\n"
    f"onnxruntime {onnxruntime.__version__}\n"
    f"numpy {np.__version__}\n"
    f"python {platform.python_version()}\n"
)
