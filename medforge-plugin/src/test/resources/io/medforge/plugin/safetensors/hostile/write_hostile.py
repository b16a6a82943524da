"""Writes the hostile files beside this script, and expected.tsv: each file's name and a fragment
of the message that refuses it. Python 3.11, nothing else:  python write_hostile.py

Some of these are what the Python library accepts (marked "lenient there"); all of them break the
format's specification or a limit that SafetensorsFile states.
"""

import pathlib
import pickle
import struct

HERE = pathlib.Path(__file__).parent
CASES = []


def add(name: str, content: bytes, fragment: str) -> None:
    assert "\t" not in fragment
    (HERE / name).write_bytes(content)
    CASES.append((name, fragment))


def raw(header: bytes, data: bytes = b"", length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def header(name: str, text: str, fragment: str, data: int = 0) -> None:
    add(name + ".safetensors", raw(text.encode("utf-8", "surrogatepass"), bytes(data)), fragment)


def entry(dtype='"F32"', shape="[1]", offsets="[0,4]", extra="") -> str:
    return '{"dtype":%s,"shape":%s,"data_offsets":%s%s}' % (dtype, shape, offsets, extra)


def one(name: str, fragment: str, data: int = 4, **fields) -> None:
    header(name, '{"t":%s}' % entry(**fields), fragment, data)


GOOD = '{"t":%s}' % entry()
INTEGER = "expected an integer from 0 to 2^63 - 1, found "

# The length
add("length-missing.safetensors", b"", "expected at least 8 bytes, found 0")
add("length-cut.safetensors", b"\x10\0\0\0\0\0\0", "expected at least 8 bytes, found 7")
add("length-past-end.safetensors", raw(b"{}", length=3), "found 3 bytes of header (truncated)")
add("length-over-limit.safetensors", raw(b"{}", length=100_000_001), "at most 100000000 bytes, found 100000001")
add("length-at-limit.safetensors", raw(b"{}", length=100_000_000), "found 100000000 bytes of header (truncated)")
add("length-2-31.safetensors", raw(b"{}", length=2**31), "at most 100000000 bytes, found 2147483648")
add("length-2-32.safetensors", raw(b"{}", length=2**32 + 2), "at most 100000000 bytes, found 4294967298")
add("length-negative.safetensors", raw(b"{}", length=2**64 - 1), "at most 100000000 bytes, found 18446744073709551615")
add("length-wraps.safetensors", raw(b"{}", length=2**64 - 8), "at most 100000000 bytes, found 18446744073709551608")
add("length-zero.safetensors", raw(b""), "starts with '{', found an empty one")
add("length-too-short.safetensors", raw(GOOD.encode(), bytes(4), len(GOOD) - 1), "Unexpected end-of-input")
add("length-too-long.safetensors", raw(GOOD.encode(), b"\1\1\1\1", len(GOOD) + 1), "(truncated file)")
add("length-into-data.safetensors", raw(b"{}", b"\1", 3), "expected JSON")

# What is no safetensors file at all
add("text.safetensors", b"not a tensor at all", "at most 100000000 bytes")
add("git-lfs.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "found a Git LFS pointer")
for protocol in (2, 4, 5):
    add("pickle-%d.safetensors" % protocol, pickle.dumps({"w": [0.5] * 9}, protocol), "found a pickle")
add("pickle-0.bin", pickle.dumps({"w": [0.5] * 9}, 0), "found what its name says is a pickle: convert it to safetensors")
add("zip.pt", b"PK\x03\x04\x14\0\0\0\0\0archive/data.pkl", "found a pickle (PyTorch .bin or .pt), which can run code when loaded: convert it to safetensors")

# JSON
header("starts-with-blank", " " + GOOD, "starts with '{', found byte 32", 4)  # lenient there
add("starts-with-bom.safetensors", raw(b"\xef\xbb\xbf" + GOOD.encode(), bytes(4)), "starts with '{', found byte 239")
header("starts-with-list", "[]", "starts with '{', found byte 91")
header("no-end", '{"t":{', "Unexpected end-of-input")
header("two-objects", "{}{}", "expected nothing after the closing brace, found an object")
header("text-after", GOOD + "x", "Unrecognized token", 4)
header("nul-after", GOOD + "\0", "expected JSON", 4)
header("comment", '{/*c*/"t":%s}' % entry(), "expected JSON", 4)
header("single-quotes", "{'t':%s}" % entry(), "expected JSON", 4)
header("bare-key", "{t:%s}" % entry(), "expected JSON", 4)
header("trailing-comma", '{"t":%s,}' % entry(), "expected JSON", 4)
header("raw-newline-in-name", '{"a\nb":%s}' % entry(), "expected JSON", 4)
header("bad-escape", '{"a\\x41":%s}' % entry(), "expected JSON", 4)
header("nested", '{"t":' * 4_000, 'expected only dtype, shape and data_offsets, found key "t"')
header("nested-lists", '{"t":{"shape":' + "[" * 4_000, "expected an integer from 0 to 2^63 - 1, found a list")

# UTF-8
add("utf8-stray-byte.safetensors", raw(b'{"\xff":' + entry().encode() + b"}", bytes(4)), "expected UTF-8")
add("utf8-overlong.safetensors", raw(b'{"\xc0\xaf":' + entry().encode() + b"}", bytes(4)), "expected UTF-8")
add("utf8-surrogate.safetensors", raw(b'{"\xed\xa0\x80":' + entry().encode() + b"}", bytes(4)), "expected UTF-8")
add("utf8-past-unicode.safetensors", raw(b'{"\xf4\x90\x80\x80":' + entry().encode() + b"}", bytes(4)), "expected UTF-8")
add("utf8-cut.safetensors", raw(b'{"\xe2\x82'), "expected UTF-8")

# Keys
header("duplicate-tensor", '{"t":%s,"t":%s}' % (entry(), entry()), 'Duplicate', 4)  # lenient there
header("duplicate-tensor-escaped", '{"t":%s,"\\u0074":%s}' % (entry(), entry()), 'Duplicate', 4)  # lenient there
header("duplicate-third", '{"a":%s,"b":%s,"c":%s,"b":%s}' % tuple(entry(shape="[0]", offsets="[0,0]") for _ in range(4)), 'Duplicate')  # lenient there
header("duplicate-in-entry", '{"t":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}', 'Duplicate', 4)
header("duplicate-metadata", '{"__metadata__":{},"__metadata__":{}}', 'Duplicate')
header("duplicate-in-metadata", '{"__metadata__":{"a":"1","a":"2"}}', 'Duplicate')  # lenient there
header("name-control", '{"a\\u0000b":%s}' % entry(), 'tensor "a\\u0000b"', 4)  # lenient there
header("name-newline", '{"a\\nb":%s}' % entry(), "expected a printable name, found a control character", 4)  # lenient there
header("name-lone-surrogate", '{"\\ud800":%s}' % entry(), "surrogate", 4)
header("name-reversed-surrogates", '{"\\udc00\\ud800":%s}' % entry(), "surrogate", 4)
header("name-long", '{"%s":{}}' % ("n" * 5000), "(5000 characters)")
one("extra-key", 'tensor "t"', extra=',"strides":[1]')  # lenient there
header("entry-is-list", '{"t":[]}', "expected an object with dtype, shape and data_offsets, found a list")
header("entry-is-null", '{"t":null}', "found null")
header("entry-empty", '{"t":{}}', "expected the key dtype, found none")
header("no-dtype", '{"t":{"shape":[1],"data_offsets":[0,4]}}', "expected the key dtype, found none", 4)
header("no-shape", '{"t":{"dtype":"F32","data_offsets":[0,4]}}', "expected the key shape, found none", 4)
header("no-offsets", '{"t":{"dtype":"F32","shape":[1]}}', "expected the key data_offsets, found none", 4)
header("metadata-is-null", '{"__metadata__":null}', "expected an object of strings, found null")  # lenient there
header("metadata-is-entry", '{"__metadata__":%s}' % entry(), "expected a string, found a list", 4)
header("metadata-number", '{"__metadata__":{"epoch":3}}', 'expected a string, found 3')
header("metadata-nested", '{"__metadata__":{"a":{"b":"c"}}}', "expected a string, found an object")
header("metadata-lone-surrogate", '{"__metadata__":{"a":"\\udfff"}}', "half a surrogate pair")

# Fields
one("dtype-unknown", 'expected one of [', dtype='"F128"')
one("dtype-lower-case", 'found "f32"', dtype='"f32"')
one("dtype-number", "expected a string, found 32", dtype="32")
one("shape-number", "expected a list of integers, found 1", shape="1")
one("shape-nested", INTEGER + "a list", shape="[[1]]")
one("shape-negative", INTEGER + "-1", shape="[-1]")
one("shape-minus-zero", INTEGER + "-0", shape="[-0]", offsets="[0,0]", data=0)
one("shape-fraction", INTEGER + "1.0", shape="[1.0]")
one("shape-exponent", INTEGER + "1e0", shape="[1e0]")
one("shape-huge-exponent", INTEGER + "1e999999999", shape="[1e999999999]")
one("shape-string", INTEGER + 'the string "1"', shape='["1"]')
one("shape-true", INTEGER + "true", shape="[true]")
one("shape-leading-zero", "expected JSON", shape="[01]")
one("shape-2-63", INTEGER + "9223372036854775808", shape="[9223372036854775808]")
one("shape-2-64", INTEGER + "18446744073709551616", shape="[18446744073709551616]")
one("shape-long-number", "expected JSON", shape="[" + "9" * 3_000 + "]")
one("shape-overflow", "(overflow)", shape="[4294967296,4294967296]")
one("shape-overflow-to-one", "(overflow)", shape="[274177,67280421310721]")  # 2^64 + 1
one("shape-overflow-before-zero", "(overflow)", shape="[4294967296,4294967296,0]", offsets="[0,0]", data=0)
one("size-overflow", "expected a whole number of bytes that fits 64 bits", shape="[1152921504606846977]")
one("shape-65-dimensions", "expected at most 64 integers, found more", shape="[" + ",".join(["1"] * 65) + "]")  # lenient there
one("shape-many-dimensions", "expected at most 64 integers, found more", shape="[" + ",".join(["1"] * 2_000) + "]")  # lenient there
one("f4-odd", "expected a whole number of bytes", dtype='"F4"', shape="[3]", offsets="[0,2]", data=2)
one("f6-odd", "expected a whole number of bytes", dtype='"F6_E2M3"', shape="[5]", offsets="[0,4]")
one("offsets-one", "expected [begin, end], found [0]", offsets="[0]")
one("offsets-three", "expected at most 2 integers, found more", offsets="[0,4,4]")
one("offsets-object", "expected a list of integers, found an object", offsets='{"begin":0}')
one("offsets-reversed", "data_offsets 4 bytes apart for F32[1], found [4, 0]", offsets="[4,0]")
one("offsets-negative", INTEGER + "-4", offsets="[-4,0]")
one("offsets-too-small", "data_offsets 4 bytes apart for F32[1], found [0, 3]", offsets="[0,3]", data=3)
one("offsets-too-large", "data_offsets 4 bytes apart for F32[1], found [0, 8]", offsets="[0,8]", data=8)
one("offsets-huge", "data_offsets within the 4 bytes after the header, found [9223372036854775803, 9223372036854775807]", offsets="[9223372036854775803,9223372036854775807]")
one("claims-exabytes", "data_offsets within the 4 bytes after the header", dtype='"U8"', shape="[1152921504606846975]", offsets="[0,1152921504606846975]")

# The data
one("data-cut", "(truncated file)", data=3)
one("data-trailing", "expected 4 bytes of tensor data after the header, found 5 (trailing bytes)", data=5)
header("data-without-tensors", "{}", "expected 0 bytes of tensor data after the header, found 1 (trailing bytes)", 1)
one("gap-first", "expected data_offsets to start at 0, found 4 (gap)", offsets="[4,8]", data=8)
header("gap-middle", '{"a":%s,"b":%s}' % (entry(), entry(offsets="[5,9]")), 'start at 4, where tensor "a" ends, found 5 (gap)', 9)
header("overlap", '{"a":%s,"b":%s}' % (entry(shape="[2]", offsets="[0,8]"), entry(offsets="[4,8]")), 'start at 8, where tensor "a" ends, found 4 (overlap)', 8)
header("overlap-same", '{"a":%s,"b":%s}' % (entry(), entry()), "found 0 (overlap)", 4)
header("overlap-inside", '{"a":%s,"b":%s}' % (entry(shape="[3]", offsets="[0,12]"), entry(offsets="[4,8]")), "found 4 (overlap)", 12)
header("overlap-empty-inside", '{"a":%s,"b":%s}' % (entry(shape="[2]", offsets="[0,8]"), entry(shape="[0]", offsets="[4,4]")), "found 4 (overlap)", 8)
one("empty-past-end", "(truncated file)", shape="[0]", offsets="[8,8]", data=0)

(HERE / "expected.tsv").write_text(
    "".join("%s\t%s\n" % case for case in sorted(CASES)), encoding="utf-8", newline="\n"
)
