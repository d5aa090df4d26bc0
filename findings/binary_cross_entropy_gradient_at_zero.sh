#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PyTorch 2.13.0: binary_cross_entropy bounds log(0) to -100, so the loss of the probability 0 for a positive sample is
# 100. Its gradient ignores the bound: -1e12, where the bounded function has slope 0 and the unbounded one no finite
# slope. The same constant is used in float32 and float64. A sigmoid that has saturated at exactly 0 multiplies it by 0,
# and any other source of the probability (a mean, a mixture) sends 1e12 into the weights.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'torch==2.13.0' 'numpy==2.4.6'
check 'float32: loss 100.0, gradient -1e+12, by differences 0.0
float64: loss 100.0, gradient -1e+12, by differences 0.0
float64 at 1e-50: loss 100.0, gradient -1e+12' <<'PY'
import torch
from torch.nn.functional import binary_cross_entropy

def loss_and_gradient(value, dtype):
    p = torch.tensor([value], dtype=dtype, requires_grad=True)
    loss = binary_cross_entropy(p, torch.ones(1, dtype=dtype))
    loss.backward()
    return loss.item(), p.grad.item()

for dtype, step in ((torch.float32, 1e-45), (torch.float64, 1e-60)):
    loss, gradient = loss_and_gradient(0.0, dtype)
    slope = (loss_and_gradient(step, dtype)[0] - loss) / step
    print(f"{str(dtype)[6:]}: loss {loss:.1f}, gradient {gradient:.0e}, by differences {slope:.1f}")
loss, gradient = loss_and_gradient(1e-50, torch.float64)
print(f"float64 at 1e-50: loss {loss:.1f}, gradient {gradient:.0e}")
PY
