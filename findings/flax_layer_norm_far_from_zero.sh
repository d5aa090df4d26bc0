#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# flax 0.12.8: the normalisation layers take the variance in float32 as the mean of the squares less the square of the
# mean. Rows whose mean is 3000 times their standard deviation lose it: a variance rounded below 0 counts as 0, only
# epsilon is left below the root, and the outputs are up to 1300 times too large, without a NaN that would show it.
# use_fast_variance=False, which is not the default, is right.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'flax==0.12.8' 'jax==0.10.2' 'numpy==2.4.6'
check 'mean 0, linen: 0 % of the rows more than 10 times too large
mean 0, nnx: 0 % of the rows more than 10 times too large
mean 0, linen with use_fast_variance=False: 0 % of the rows more than 10 times too large
mean 3000, linen: more than 10 % of the rows more than 10 times too large
mean 3000, nnx: more than 10 % of the rows more than 10 times too large
mean 3000, linen with use_fast_variance=False: 0 % of the rows more than 10 times too large
all outputs finite: True' <<'PY'
import flax.linen as nn
import jax
import numpy as np
from flax import nnx

rng = np.random.default_rng(0)
spread = rng.normal(size=(1000, 64))
finite = True

def linen(layer, x):
    return layer.apply(layer.init(jax.random.key(0), x), x)

for mean in (0, 3000):
    x = (mean + spread).astype(np.float32)
    exact = x.astype(np.float64)
    right = (exact - exact.mean(1, keepdims=True)) / np.sqrt(exact.var(1, keepdims=True) + 1e-6)
    for name, got in (("linen", linen(nn.LayerNorm(), x)), ("nnx", nnx.LayerNorm(64, rngs=nnx.Rngs(0))(x)),
                      ("linen with use_fast_variance=False", linen(nn.LayerNorm(use_fast_variance=False), x))):
        got = np.asarray(got)
        finite &= bool(np.isfinite(got).all())
        share = 100 * (abs(got).max(1) > 10 * abs(right).max(1)).mean()
        share = "more than 10" if share > 10 else f"{share:.0f}"
        print(f"mean {mean}, {name}: {share} % of the rows more than 10 times too large")
print("all outputs finite:", finite)
PY
