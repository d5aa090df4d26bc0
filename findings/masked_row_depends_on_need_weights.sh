#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PyTorch 2.13.0: MultiheadAttention gives NaN for a query that may see no key when it returns its weights
# (need_weights=True, the default), and the bias of its last layer when it does not.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'torch==2.13.0' 'numpy==2.4.6'
check 'need_weights=True: [nan, nan]
need_weights=False: [0.0, 0.0]' <<'PY'
import torch
torch.manual_seed(0)
layer = torch.nn.MultiheadAttention(2, 1, batch_first=True).eval()
x = torch.randn(1, 3, 2)
nothing = torch.ones(3, 3, dtype=torch.bool)  # true: may not be seen
for need in (True, False):
    with torch.no_grad():
        y = layer(x, x, x, attn_mask=nothing, need_weights=need)[0]
    print(f"need_weights={need}:", y[0, 0].tolist())
PY
