# SPDX-License-Identifier: MIT
"""W10-gru and W10-lstm in PyTorch: the layers of tools/bench/recurrent_layer.cpp."""
from measure import start, train

torch, settings = start(steps=40, warmup=4, layers=("gru", "lstm"))
STEPS, BATCH, WIDTH = 50, 32, 128
layer = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[settings.layer](WIDTH, WIDTH)
inputs = torch.randn(STEPS, BATCH, WIDTH, requires_grad=True)
incoming = torch.randn(STEPS, BATCH, WIDTH)


def step():
    layer.zero_grad()
    inputs.grad = None
    layer(inputs)[0].backward(incoming)


train("W10-" + settings.layer, step, [layer], settings)
