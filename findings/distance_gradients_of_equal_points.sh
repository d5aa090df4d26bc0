#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PyTorch 2.13.0: three ways to compute the distance between two equal points. The gradient is 0 with cdist and norm,
# and 0.577 in each of three coordinates with pairwise_distance, which adds its eps to the difference itself.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'torch==2.13.0' 'numpy==2.4.6'
check 'cdist [0.0, 0.0, 0.0]
norm [0.0, 0.0, 0.0]
pairwise_distance [0.577, 0.577, 0.577]' <<'PY'
import torch
from torch.nn.functional import pairwise_distance
for name, distance in (("cdist", torch.cdist), ("norm", lambda a, b: (a - b).norm()),
                       ("pairwise_distance", pairwise_distance)):
    a, b = torch.zeros(1, 3, requires_grad=True), torch.zeros(1, 3)
    distance(a, b).sum().backward()
    print(name, [round(g, 3) for g in a.grad[0].tolist()])
PY
