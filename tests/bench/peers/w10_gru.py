# SPDX-License-Identifier: MIT
"""W10-gru in PyTorch: the layer of tools/bench/recurrent_layer.cpp."""
from measure import start, train

torch, settings = start(steps=40, warmup=4)
STEPS, BATCH, WIDTH = 50, 32, 128
layer = torch.nn.GRU(WIDTH, WIDTH)
inputs = torch.randn(STEPS, BATCH, WIDTH, requires_grad=True)
incoming = torch.randn(STEPS, BATCH, WIDTH)


def step():
    layer.zero_grad()
    inputs.grad = None
    layer(inputs)[0].backward(incoming)


train("W10-gru", step, [layer], settings)
