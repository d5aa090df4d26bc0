#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# gguf 0.19.0: a block's scale is stored as float16. Q8_0 divides the largest weight by 127 first, so that blocks of
# weights up to 3.7e-6 get the scale 0 and become zeros, while the coarser Q4_0, which divides by 8, keeps them.
# Q4_0 in turn is not symmetric: of two weights of opposite sign and equal size the second comes back as 7/8.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'gguf==0.19.0' 'numpy==2.4.6'
check 'weights of 1e-6: Q8_0 0.0, Q4_0 9.54e-07
1 and -1: Q4_0 1.0 and -0.875, Q8_0 1.0 and -1.0
-1 and 1: Q4_0 -1.0 and 0.875, Q8_0 -1.0 and 1.0' <<'PY'
import numpy as np
from gguf import GGMLQuantizationType as Kind
from gguf.quants import dequantize, quantize

def back(row, kind):
    return dequantize(quantize(row, kind), kind)[0].tolist()

small = np.full((1, 32), 1e-6, np.float32)
print(f"weights of 1e-6: Q8_0 {back(small, Kind.Q8_0)[0]:.3}, Q4_0 {back(small, Kind.Q4_0)[0]:.3}")
for sign in (1, -1):
    row = np.zeros((1, 32), np.float32)
    row[0, :2] = sign, -sign
    four, eight = back(row, Kind.Q4_0), back(row, Kind.Q8_0)
    print(f"{sign} and {-sign}: Q4_0 {four[0]:.3} and {four[1]:.3}, Q8_0 {eight[0]:.3} and {eight[1]:.3}")
PY
