#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PyTorch 2.13.0: torch.optim.Muon orthogonalizes in bfloat16 whatever the dtype of the parameter: after one step from
# zero every element of a float64 matrix is a number of 8 bits. float64 is no reference for it.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'torch==2.13.0' 'numpy==2.4.6'
check 'the update has more than 8 significant bits: False' <<'PY'
import torch
torch.manual_seed(0)
weight = torch.nn.Parameter(torch.zeros(4, 4, dtype=torch.float64))
weight.grad = torch.randn(4, 4, dtype=torch.float64)
torch.optim.Muon([weight], lr=1.0, weight_decay=0, momentum=0, nesterov=False).step()
update = weight.detach()
print("the update has more than 8 significant bits:", not torch.equal(update, update.bfloat16().double()))
PY
