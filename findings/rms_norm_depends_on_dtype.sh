#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PyTorch 2.13.0: rms_norm adds the resolution of the dtype when eps is left out, so float32 and float64 differ by
# a factor of 3.6 on a row of small numbers. layer_norm adds 1e-5 in both.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'torch==2.13.0' 'numpy==2.4.6'
check 'float32 0.2782
float64 1.0000' <<'PY'
import torch
for dtype in (torch.float32, torch.float64):
    row = torch.full((3,), 1e-4, dtype=dtype)
    print(str(dtype)[6:], f"{torch.nn.functional.rms_norm(row, (3,))[0].item():.4f}")
PY
