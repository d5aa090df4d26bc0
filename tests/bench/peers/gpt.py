# SPDX-License-Identifier: MIT
"""W5 and W6 in PyTorch: training the GPTs of tools/bench/gpt.cpp."""
from measure import start, train

torch, settings = start(layers=("w5", "w6"), steps={"w5": 40, "w6": 3}, warmup={"w5": 4, "w6": 1})
from gpt_model import Gpt, Size

GPT2 = Size(vocab=50257, width=768, heads=12, layers=12, bias=True)
size, batch = (Size(), 12) if settings.layer == "w5" else (GPT2, 4)
model = Gpt(size)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1)
ids = torch.randint(0, size.vocab, (batch, size.block))
targets = torch.randint(0, size.vocab, (batch, size.block))


def step():
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(ids).flatten(0, 1), targets.flatten())
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    loss.item()


train(settings.layer.upper(), step, [model], settings)
