#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# scikit-learn 1.9.1: log_loss of the same probabilities is 2.3 times larger when they are float64
# instead of float32. A probability of exactly 0 is clipped to the epsilon of its dtype, so a model
# that saturates scores -log(1.2e-7) = 15.9 in one dtype and -log(2.2e-16) = 36.0 in the other.
# Two reports of one model can differ for no other reason than how the numbers were stored.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'scikit-learn==1.9.1' 'numpy==2.4.6'
check 'float32 7.9712
float64 18.0218' <<'PY'
import numpy as np
from sklearn.metrics import log_loss
for dtype in (np.float32, np.float64):
    p = np.array([0.0, 0.0], dtype)  # the first of the two targets is 1
    print(np.dtype(dtype).name, f"{log_loss([1, 0], p):.4f}")
PY
