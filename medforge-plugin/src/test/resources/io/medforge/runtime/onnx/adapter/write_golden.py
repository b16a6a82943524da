"""Writes a model whose LoRA factors have defaults, an adapter for it by ONNX Runtime's own writer, and the answer.

Usage: python write_golden.py FOLDER. With --check FOLDER FILE, says whether ONNX Runtime reads FILE as it reads FOLDER's.
"""

import pathlib
import sys

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto as T, helper as h, numpy_helper

A, B = "fc.lora_A.weight", "fc.lora_B.weight"


def parameters():
    # fc.weight is [d, k] = [2, 3] and rank 2; A [r, k], B [d, r], scaling 0.5 as in OnnxAdapterFileTest
    a = np.array([[1, 2, 3], [-1, 0.5, 0.25]], np.float32)
    b = np.array([[2, -4], [1, 8]], np.float32)
    return np.ascontiguousarray(a.T), np.ascontiguousarray((0.5 * b).T)


def write(folder):
    w = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
    names = [numpy_helper.from_array(w, "w"),
             numpy_helper.from_array(np.zeros((3, 0), np.float32), A),
             numpy_helper.from_array(np.zeros((0, 2), np.float32), B)]
    inputs = [h.make_tensor_value_info("x", T.FLOAT, ["n", 3]),
              h.make_tensor_value_info(A, T.FLOAT, [3, "r"]),
              h.make_tensor_value_info(B, T.FLOAT, ["r", 2])]
    nodes = [h.make_node("MatMul", ["x", "w"], ["base"]), h.make_node("MatMul", ["x", A], ["down"]),
             h.make_node("MatMul", ["down", B], ["side"]), h.make_node("Add", ["base", "side"], ["y"])]
    graph = h.make_graph(nodes, "g", inputs, [h.make_tensor_value_info("y", T.FLOAT, ["n", 2])], names)
    onnx.save(h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8), folder / "model.onnx")
    down, up = parameters()
    adapter = ort.AdapterFormat()
    adapter.set_adapter_version(1)
    adapter.set_model_version(1)
    adapter.set_parameters({A: ort.OrtValue.ortvalue_from_numpy(down), B: ort.OrtValue.ortvalue_from_numpy(up)})
    adapter.export_adapter(str(folder / "python.onnx_adapter"))
    (folder / "VERSIONS").write_text(f"onnxruntime {ort.__version__}\nonnx {onnx.__version__}\n")


def check(folder, file):
    expected = ort.AdapterFormat.read_adapter(str(folder / "python.onnx_adapter")).get_parameters()
    found = ort.AdapterFormat.read_adapter(str(file)).get_parameters()
    assert sorted(expected) == sorted(found), (sorted(expected), sorted(found))
    for name in expected:
        assert np.array_equal(expected[name].numpy(), found[name].numpy()), name
    print("the same", sorted(found))


if sys.argv[1] == "--check":
    check(pathlib.Path(sys.argv[2]), sys.argv[3])
else:
    write(pathlib.Path(sys.argv[1]))
