#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PyTorch 2.13.0, CPU: scaled_dot_product_attention returns zeros, not NaN, where all scores are NaN and there are
# fewer keys than a vector register has lanes; with more keys, or from the plain kernel, the result is NaN. A model
# that has gone wrong looks healthy on short sequences.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'torch==2.13.0' 'numpy==2.4.6'
check '4 keys: default 0.0, plain nan
20 keys: default nan, plain nan' <<'PY'
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
attend = torch.nn.functional.scaled_dot_product_attention
query = torch.full((1, 1, 2, 8), float("nan"))
for keys in (4, 20):
    key = torch.ones(1, 1, keys, 8)
    default = attend(query, key, key)[0, 0, 0, 0].item()
    with sdpa_kernel(SDPBackend.MATH):
        plain = attend(query, key, key)[0, 0, 0, 0].item()
    print(f"{keys} keys: default {default}, plain {plain}")
PY
