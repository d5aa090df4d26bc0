#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PyTorch 2.13.0: a TransformerEncoder in eval mode gives zeros at padded positions under no_grad, and other numbers with
# gradients enabled, since only the first takes the fast path. A model that averages over all positions predicts
# differently in evaluation and in an attribution of the same input; the mean of 8 steps, of which 6 are padding, differs
# by half of its size.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'torch==2.13.0' 'numpy==2.4.6'
check 'real positions: the same to 1e-5: True
padded positions under no_grad: all zero: True
padded positions with gradients: all zero: False
means over all positions differ by more than half: True' <<'PY'
import warnings
import torch

warnings.filterwarnings("ignore")
torch.manual_seed(0)
layer = torch.nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
encoder = torch.nn.TransformerEncoder(layer, 1).eval()
x = torch.randn(2, 8, 8)
padding = torch.zeros(2, 8, dtype=torch.bool)
padding[0, 2:] = True
with torch.no_grad():
    fast = encoder(x, src_key_padding_mask=padding)
slow = encoder(x, src_key_padding_mask=padding).detach()
print("real positions: the same to 1e-5:", torch.allclose(fast[~padding], slow[~padding], atol=1e-5))
print("padded positions under no_grad: all zero:", bool((fast[padding] == 0).all()))
print("padded positions with gradients: all zero:", bool((slow[padding] == 0).all()))
a, b = fast[0].mean(0), slow[0].mean(0)
print("means over all positions differ by more than half:", bool((a - b).norm() > 0.5 * b.norm()))
PY
