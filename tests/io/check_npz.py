# SPDX-License-Identifier: MIT
# Reads the files of gradus with NumPy, and writes files for gradus to read. Called by
# npz_python_test.cpp: check_npz.py FOLDER, where FOLDER has plain.npz, half.npz, wide.zip and
# an .npy file of each array in plain.npz.
import io
import sys
import zipfile
import zlib

import numpy as np

folder = sys.argv[1]
plain = dict(np.load(folder + "/plain.npz"))
assert plain["f32"].dtype == np.float32 and plain["f32"].shape == (3, 5)
assert plain["i64"].tolist() == [-3, -2, -1, 0, 1, 2, 3]
assert plain["bool"].tolist() == [True, False] and plain["scalar"].shape == ()
assert zipfile.ZipFile(folder + "/plain.npz").testzip() is None
for name, x in np.load(folder + "/half.npz").items():
    expected = plain[name].astype(np.float16) if plain[name].dtype.kind == "f" else plain[name]
    assert x.dtype == expected.dtype and x.tobytes() == expected.tobytes(), name
for name, x in plain.items():
    saved = io.BytesIO()
    np.save(saved, x)
    assert saved.getvalue() == open(f"{folder}/{name}.npy", "rb").read(), name
with zipfile.ZipFile(folder + "/wide.zip") as wide:
    assert wide.testzip() is None and wide.read("b") == b"second", wide.namelist()

rng = np.random.default_rng(3)
text = rng.choice(list(b"aaaaabbbc d"), 300000).astype(np.uint8)
arrays = {
    "plain": rng.standard_normal((2, 3, 4)),
    "columns": np.asfortranarray(rng.standard_normal((3, 4, 5)).astype(np.float32)),
    "big": rng.integers(-(2**62), 2**62, 17).astype(">i8"),
    "big_f": rng.standard_normal((5, 2)).astype(">f4"),
    "i32": np.array([-(2**31), 0, 2**31 - 1], np.int32),
    "u16": np.arange(65536, dtype=np.uint16),
    "bool": rng.random((4, 4)) < 0.5,
    "text": text,
    "noise": rng.integers(0, 256, 100000).astype(np.uint8),
    "zeros": np.zeros((1000, 200), np.float32),
    "empty": np.zeros((0, 7)),
    "scalar": np.array(1.5),
}
half = np.arange(65536, dtype=np.uint16).view(np.float16)
arrays["half_nan_is_0"] = np.where(np.isnan(half), np.float16(0), half)
np.savez(folder + "/stored.npz", **arrays)
np.savez_compressed(folder + "/deflated.npz", **arrays)
for level in range(10):  # other choices of matches and codes
    with zipfile.ZipFile(f"{folder}/level{level}.npz", "w", zipfile.ZIP_DEFLATED, True, level) as z:
        with z.open("text.npy", "w") as f:
            np.save(f, text)
# The expected arrays: row-major, in the dtypes of gradus.
for name, x in arrays.items():
    to = x.dtype.kind == "f" and (np.float64 if x.dtype.itemsize == 8 else np.float32)
    to = to or (np.bool_ if x.dtype.kind == "b" else np.int64)
    open(f"{folder}/{name}.raw", "wb").write(np.ascontiguousarray(x).astype(to).tobytes())
np.savez(folder + "/objects.npz", o=np.array([{}], dtype=object))
print("good")
