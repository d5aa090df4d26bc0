#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ml_dtypes 0.6.0 with NumPy 2.4.6: sum and mean add up in the type of the array. NumPy widens float16 and int8 for
# this, but not the types of ml_dtypes: ones of bfloat16 stop at 256, and ones of int4 wrap at 16. The product x @ x
# of the same ones is right. Means of loaded weights are wrong by factors, without a warning.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'ml_dtypes==0.6.0' 'numpy==2.4.6'
check '1000 ones of float16: mean 1.0, x @ x 1000.0
1000 ones of bfloat16: mean 0.256, x @ x 1000.0
32 ones of int8: mean 1.0, x @ x 32.0
32 ones of int4: mean 0.0, x @ x 32.0' <<'PY'
import ml_dtypes
import numpy as np
for count, kind in ((1000, np.float16), (1000, ml_dtypes.bfloat16), (32, np.int8), (32, ml_dtypes.int4)):
    x = np.ones(count, kind)
    print(f"{count} ones of {kind.__name__}: mean {round(float(x.mean()), 3)}, x @ x {float(x @ x)}")
PY
