#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# numba 0.68.1: np.sum and np.mean in a compiled function add float32 numbers one by one, where NumPy adds them in pairs.
# The mean of ten million numbers of 0.1 is 0.109, and their standard deviation 0.009 instead of 0: compiling a function
# with njit changes its result by 9 percent.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'numba==0.68.1' 'numpy==2.4.6'
check 'NumPy: mean 0.100, standard deviation 0.000
numba: mean 0.109, standard deviation 0.009
numba, float64: mean 0.100, standard deviation 0.000' <<'PY'
import numba
import numpy as np

def moments(x):
    return np.mean(x), np.std(x)

compiled = numba.njit(moments)
x = np.full(10_000_000, 0.1, np.float32)
for name, (mean, deviation) in (("NumPy", moments(x)), ("numba", compiled(x)),
                                ("numba, float64", compiled(x.astype(np.float64)))):
    print(f"{name}: mean {mean:.3f}, standard deviation {deviation:.3f}")
PY
