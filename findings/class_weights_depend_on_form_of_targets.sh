#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PyTorch 2.13.0: cross_entropy with class weights and reduction "mean" divides by the sum of the weights if targets are
# class indices, and by the number of samples if the same targets are given as one-hot probabilities. Changing the form
# of the labels (for mixup, soft labels, distillation) therefore changes the loss, and with it the learning rate.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'torch==2.13.0' 'numpy==2.4.6'
check 'without weights: indices 1.10, one-hot 1.10
weights 1, 10, 10: indices 1.10, one-hot 7.69
label smoothing 0.1 and these weights: indices 1.10, one-hot 7.69' <<'PY'
import torch
from torch.nn.functional import cross_entropy, one_hot

logits = torch.zeros(3, 3)  # every class has probability 1/3
labels = torch.tensor([0, 1, 2])
weights = torch.tensor([1.0, 10.0, 10.0])
for name, options in (("without weights", {}), ("weights 1, 10, 10", {"weight": weights}),
                      ("label smoothing 0.1 and these weights", {"weight": weights, "label_smoothing": 0.1})):
    indices = cross_entropy(logits, labels, **options).item()
    onehot = cross_entropy(logits, one_hot(labels, 3).float(), **options).item()
    print(f"{name}: indices {indices:.2f}, one-hot {onehot:.2f}")
PY
