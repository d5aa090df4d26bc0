#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PyTorch 2.13.0: a warm-up of no steps never ends. With total_iters=0 ConstantLR and LinearLR keep the reduced rate for
# ever, while PolynomialLR, asked for no steps, keeps the whole one.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'torch==2.13.0' 'numpy==2.4.6'
check 'ConstantLR [0.5, 0.5, 0.5]
LinearLR [0.5, 0.5, 0.5]
PolynomialLR [1.0, 1.0, 1.0]' <<'PY'
import torch
from torch.optim.lr_scheduler import ConstantLR, LinearLR, PolynomialLR
for kind, options in ((ConstantLR, {"factor": 0.5}), (LinearLR, {"start_factor": 0.5}), (PolynomialLR, {})):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = kind(optimizer, total_iters=0, **options)
    rates = []
    for _ in range(3):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    print(kind.__name__, rates)
PY
