#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# torchmetrics 1.9.0 and keras 3.15.1: R2 of float32 targets that lie far from 0 compared with their spread. Both keep
# sums of squares in float32 and subtract at the end, so that the variance of the targets is lost. For predictions whose
# R2 is 0.73, as scikit-learn 1.9.1 finds from the same numbers, they give 0, 0.99 or more than 1, depending on the
# order in which the sums are taken. Pressures in pascals and prices of houses are such targets.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'torchmetrics==1.9.0' 'keras==3.15.1' 'scikit-learn==1.9.1' 'torch==2.13.0' 'numpy==2.4.6'
check 'targets near 0: scikit-learn 0.73, torchmetrics 0.73, keras 0.73
targets near 30000: scikit-learn 0.73, torchmetrics off by more than 0.2, keras off by more than 0.2' <<'PY'
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
import torch
from sklearn.metrics import r2_score
from torchmetrics.regression import R2Score

rng = np.random.default_rng(0)
noise = rng.normal(size=(2, 1000))
for mean in (0, 30000):
    targets = (mean + noise[0]).astype(np.float32)
    predictions = (targets + 0.5 * noise[1]).astype(np.float32)
    right = r2_score(targets, predictions)
    theirs = R2Score()(torch.tensor(predictions), torch.tensor(targets)).item()
    metric = keras.metrics.R2Score()
    metric.update_state(targets[:, None], predictions[:, None])
    others = {"torchmetrics": theirs, "keras": float(metric.result())}
    words = [f"{name} " + (f"{value:.2f}" if abs(value - right) < 0.01 else
                           "off by more than 0.2" if abs(value - right) > 0.2 else "?") for name, value in others.items()]
    print(f"targets near {mean}: scikit-learn {right:.2f}, {', '.join(words)}")
PY
