# SPDX-License-Identifier: MIT
# Reads the files of gradus with the safetensors package, and writes files for gradus to read.
# Called by safetensors_python_test.cpp: check_safetensors.py FOLDER, where FOLDER has
# plain.safetensors, f16.safetensors and bf16.safetensors with the same tensors.
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file


def half_bits(x, form):
    """The bits of an array rounded to f16 or bf16, by numpy and by hand."""
    if form == "f16":
        with np.errstate(over="ignore"):
            return x.astype(np.float16).view(np.uint16)
    bits = x.astype(np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return np.where(np.isnan(x), 0x7FC0, rounded).astype(np.uint16)


def raw(path):
    """Name -> (dtype in the file, bytes), from the file itself."""
    import json

    data = open(path, "rb").read()
    n = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + n])
    header.pop("__metadata__", None)
    return {k: (v["dtype"], data[8 + n :][slice(*v["data_offsets"])]) for k, v in header.items()}


folder = sys.argv[1]
plain = load_file(folder + "/plain.safetensors")
assert plain["f64"].dtype == np.float64 and plain["f32"].dtype == np.float32
assert plain["i64"].dtype == np.int64 and plain["bool"].dtype == np.bool_
assert plain["f32"].shape == (3, 5) and plain["empty"].shape == (2, 0) and plain[""].shape == ()
assert plain["i64"].tolist() == list(range(-3, 4)) and plain["bool"].tolist() == [True, False]
with safe_open(folder + "/plain.safetensors", "np") as f:
    assert f.metadata()["note"] == "caf\u00e9"
for form in ("f16", "bf16"):
    with safe_open(folder + f"/{form}.safetensors", "np") as f:  # the package accepts the file
        assert set(f.keys()) == set(plain)
    for name, (dtype, data) in raw(folder + f"/{form}.safetensors").items():
        x = plain[name]
        if x.dtype in (np.float32, np.float64):
            assert dtype == form.upper(), (name, dtype)
            assert data == half_bits(x, form).tobytes(), (form, name)
        else:
            assert data == x.tobytes(), (form, name)

rng = np.random.default_rng(7)
every = np.arange(65536, dtype=np.uint16).view(np.float16)
save_file(
    {
        "same": plain["f32"],
        "f64": rng.standard_normal((2, 3, 4)),
        "i64": rng.integers(-(2**62), 2**62, 9),
        "i32": np.array([-(2**31), 0, 2**31 - 1], np.int32),
        "u8": np.arange(256, dtype=np.uint8),
        "bool": np.array([[True], [False]]),
        "scalar": np.array(2.5, np.float32),
        "empty": np.zeros((0, 4), np.float32),
        "half": every,
        "half_as_f64": every.astype(np.float64),
    },
    folder + "/python.safetensors",
    metadata={"from": "numpy"},
)
print("good")
