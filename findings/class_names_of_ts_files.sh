#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# aeon 1.6.0: save_to_ts_file writes class names as they are, but load_from_ts_file returns them in small letters.
# Labels from a .ts file never equal the same labels in memory, and names that differ in case become one class.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'aeon==1.6.0' 'numpy==2.3.5' 'numba==0.63.1' 'scikit-learn==1.7.2'
check "saved: ['Walk', 'NaCl', 'NACL']
in the file: @classLabel true NACL NaCl Walk
loaded: ['walk', 'nacl', 'nacl']
equal labels: 0 of 3" <<'PY'
import glob, tempfile
import numpy as np
from aeon.datasets import load_from_ts_file, save_to_ts_file
saved = np.array(["Walk", "NaCl", "NACL"])
with tempfile.TemporaryDirectory() as folder:
    save_to_ts_file(np.arange(12.0).reshape(3, 1, 4), saved, label_type="classification", path=folder)
    file, = glob.glob(folder + "/*.ts")
    header = [line.strip() for line in open(file) if line.startswith("@classLabel")]
    loaded = load_from_ts_file(file)[1]
print("saved:", saved.tolist())
print("in the file:", *header)
print("loaded:", loaded.tolist())
print("equal labels:", (saved == loaded).sum(), "of", len(saved))
PY
