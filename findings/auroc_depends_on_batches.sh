#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# torchmetrics 1.9.0: binary metrics apply a sigmoid to logits, and decide in each update whether they got logits: only if
# a score lies outside 0 to 1. A batch whose logits happen to lie inside is taken for probabilities and left as it is, so
# the scores of different batches are no longer comparable. A perfect ranking scores 1 in one batch and 0.67 in two.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'torchmetrics==1.9.0' 'torch==2.13.0' 'numpy==2.4.6'
check 'BinaryAUROC: one batch 1.000, two batches 0.667
BinaryAccuracy: one batch 0.500, two batches 0.750
probabilities, BinaryAUROC: one batch 1.000, two batches 1.000
probabilities, BinaryAccuracy: one batch 0.500, two batches 0.500' <<'PY'
import torch
from torchmetrics.classification import BinaryAccuracy, BinaryAUROC

logits = torch.tensor([0.9, 0.2, 2.0, -1.0])
labels = torch.tensor([0, 0, 1, 0])
for prefix, scores in (("", logits), ("probabilities, ", logits.sigmoid())):
    for kind in (BinaryAUROC, BinaryAccuracy):
        one, two = kind(), kind()
        one.update(scores, labels)
        for batch in (slice(0, 2), slice(2, 4)):
            two.update(scores[batch], labels[batch])
        print(f"{prefix}{kind.__name__}: one batch {one.compute():.3f}, two batches {two.compute():.3f}")
PY
