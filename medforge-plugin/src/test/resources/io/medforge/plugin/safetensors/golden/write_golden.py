"""Writes the golden files beside this script with the Python library of safetensors.

Python 3.11, safetensors 0.8.0, numpy 2.4.6 (nothing else):  python write_golden.py

The files must stay readable for ever, and SafetensorsWriter must write the same bytes. Every
tensor's bytes follow one rule, so that the Java test can make them too: byte i of a tensor is
(7 * i + length of the tensor's name) mod 256.
"""

import ctypes
import pathlib

import numpy as np
from safetensors import TensorSpec, serialize
from safetensors.numpy import save

HERE = pathlib.Path(__file__).parent

# What the library calls each type, and its width in bits.
TYPES = {
    "BOOL": ("bool", 8),
    "F4": ("float4_e2m1fn_x2", 4),
    "U8": ("uint8", 8),
    "I8": ("int8", 8),
    "F8_E5M2": ("float8_e5m2", 8),
    "F8_E4M3": ("float8_e4m3fn", 8),
    "F8_E8M0": ("float8_e8m0fnu", 8),
    "F8_E4M3FNUZ": ("float8_e4m3fnuz", 8),
    "F8_E5M2FNUZ": ("float8_e5m2fnuz", 8),
    "I16": ("int16", 16),
    "U16": ("uint16", 16),
    "F16": ("float16", 16),
    "BF16": ("bfloat16", 16),
    "I32": ("int32", 32),
    "U32": ("uint32", 32),
    "F32": ("float32", 32),
    "C64": ("complex64", 64),
    "F64": ("float64", 64),
    "I64": ("int64", 64),
    "U64": ("uint64", 64),
}


def contents(name: str, size: int) -> bytes:
    return bytes((7 * i + len(name)) % 256 for i in range(size))


def write(file: str, tensors: dict, metadata) -> None:
    """tensors: name -> (type, shape in elements)."""
    keep = []
    specs = {}
    for name, (dtype, shape) in tensors.items():
        library_name, bits = TYPES[dtype]
        data = contents(name, int(np.prod(shape, dtype=np.int64)) * bits // 8)
        buffer = ctypes.create_string_buffer(data, max(1, len(data)))
        keep.append(buffer)
        # The library doubles the last dimension of packed 4-bit tensors itself.
        given = shape[:-1] + [shape[-1] // 2] if dtype == "F4" else shape
        specs[name] = TensorSpec(
            dtype=library_name, shape=given, data_ptr=ctypes.addressof(buffer), data_len=len(data)
        )
    (HERE / file).write_bytes(bytes(serialize(specs, metadata)))


write("empty.safetensors", {}, None)
write("metadata-only.safetensors", {}, {"note": 'quote " slash / \\ tab \t line \n bell \x07 del \x7f é 漢 😀'})
write(
    "every-dtype.safetensors",
    {f"{d.lower()}.{x}": (d, [3, 2]) for d in reversed(TYPES) for x in ("b", "a")},
    {"format": "pt"},
)
write(
    "shapes.safetensors",
    {
        "scalar": ("F32", []),
        "empty": ("F16", [0]),
        "empty.matrix": ("F64", [3, 0, 2]),
        "vector": ("BF16", [5]),
        "deep": ("U8", [1, 2, 1, 3, 1]),
        "": ("I8", [3]),
        'name "quoted" \\ é 漢 😀': ("F32", [2]),
    },
    None,
)
# A PEFT-like file with values, written through the public NumPy interface.
(HERE / "numpy-values.safetensors").write_bytes(
    save(
        {
            "base_model.model.fc.lora_A.weight": np.array(
                [[1.5, -2.0, 0.1], [65504.0, 6e-8, -0.0]], np.float16
            ),
            "base_model.model.fc.lora_B.weight": np.array([[0.1], [np.pi], [-1e-42]], np.float32),
            "f64": np.array([0.1, -1e300, 5e-324], np.float64),
            "i64": np.array([-(2**53), 2**53, -1], np.int64),
            "u32": np.array([2**32 - 1, 0], np.uint32),
            "i8": np.array([-128, 127], np.int8),
            "u8": np.array([255, 0], np.uint8),
        },
        {"format": "pt"},
    )
)
