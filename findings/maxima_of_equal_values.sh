#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PyTorch 2.13.0: the gradient of the largest of four equal values is shared by all, given to the first or given to the
# last, depending on the function, although all return the same number. max() and max(dim) differ, and so do median()
# and kthvalue.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'torch==2.13.0' 'numpy==2.4.6'
check 'max(): [0.25, 0.25, 0.25, 0.25]
max(dim): [1.0, 0.0, 0.0, 0.0]
amax: [0.25, 0.25, 0.25, 0.25]
max_pool1d: [1.0, 0.0, 0.0, 0.0]
cummax: [0.0, 0.0, 0.0, 1.0]
median(): [0.25, 0.25, 0.25, 0.25]
kthvalue: [1.0, 0.0, 0.0, 0.0]' <<'PY'
import torch

functions = {
    "max()": lambda x: x.max(),
    "max(dim)": lambda x: x.max(0).values,
    "amax": lambda x: x.amax(),
    "max_pool1d": lambda x: torch.nn.functional.max_pool1d(x.view(1, 1, 4), 4).sum(),
    "cummax": lambda x: x.cummax(0).values[-1],
    "median()": lambda x: x.median(),
    "kthvalue": lambda x: x.kthvalue(2).values,
}
for name, function in functions.items():
    x = torch.ones(4, requires_grad=True)
    function(x).backward()
    print(f"{name}: {x.grad.tolist()}")
PY
