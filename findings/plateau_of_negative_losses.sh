#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PyTorch 2.14.1: ReduceLROnPlateau multiplies the best loss by 1 - threshold to get the loss that the next must beat.
# Where losses are negative (Gaussian log-likelihood, cosine similarity, ELBO) that product lies above the best, so that
# a loss that stands still, or one that slowly gets worse, counts as an improvement in each epoch. The rate is never
# reduced. reduce_on_plateau of optax 0.2.8 does the same.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'torch==2.14.1' 'optax==0.2.8' 'jax==0.10.2' 'numpy==2.4.6'
check 'losses 1.0 for 100 epochs: PyTorch multiplies the rate by 1e-08, optax by 1e-08
losses -1.0 for 100 epochs: PyTorch multiplies the rate by 1, optax by 1
losses -1.0 to -0.995 in 100 epochs: PyTorch multiplies the rate by 1, optax by 1
losses -1.0 for 100 epochs, absolute threshold: PyTorch multiplies the rate by 1e-08, optax by 1e-08' <<'PY'
import jax.numpy as jnp
import torch
from optax.contrib import reduce_on_plateau

def in_torch(losses, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=5, **options)
    for loss in losses:
        schedule.step(loss)
    return optimizer.param_groups[0]["lr"]

def in_optax(losses, **options):
    plateau = reduce_on_plateau(patience=5, min_scale=1e-8, **options)
    weights = jnp.zeros(1)
    state = plateau.init(weights)
    for loss in losses:
        _, state = plateau.update(weights, state, value=loss)
    return float(state.scale)

for name, losses, absolute in (("1.0 for 100 epochs", [1.0] * 100, False), ("-1.0 for 100 epochs", [-1.0] * 100, False),
                               ("-1.0 to -0.995 in 100 epochs", [-1.0 + 5e-5 * i for i in range(101)], False),
                               ("-1.0 for 100 epochs, absolute threshold", [-1.0] * 100, True)):
    a = in_torch(losses, **({"threshold_mode": "abs"} if absolute else {}))
    b = in_optax(losses, **({"rtol": 0.0, "atol": 1e-4} if absolute else {}))
    print(f"losses {name}: PyTorch multiplies the rate by {a:.0e}, optax by {b:.0e}".replace("1e+00", "1"))
PY
