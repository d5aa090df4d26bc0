#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PyTorch 2.14.1: at x exactly on a bound the gradient of clamp is 0 when the bounds are numbers and
# 0.5 when they are tensors of the same values. (In 2.13.0 both are 1.) hardtanh and relu6, which
# compute the same values, give 0.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'torch==2.14.1' 'numpy==2.4.6'
check 'number bounds [0.0, 0.0]
tensor bounds [0.5, 0.5]
hardtanh [0.0, 0.0]' <<'PY'
import torch
from torch.nn.functional import hardtanh
low, high = torch.zeros(2), torch.ones(2)
for name, f in (("number bounds", lambda x: x.clamp(0, 1)),
                ("tensor bounds", lambda x: x.clamp(low, high)),
                ("hardtanh", lambda x: hardtanh(x, 0, 1))):
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    f(x).sum().backward()
    print(name, x.grad.tolist())
PY
