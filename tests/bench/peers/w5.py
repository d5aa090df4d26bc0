# SPDX-License-Identifier: MIT
"""W5 in PyTorch: training the small GPT of tools/bench/gpt.cpp."""
from measure import start, train

torch, settings = start(steps=40, warmup=4)
from small_gpt import VOCAB, SmallGpt

BATCH, BLOCK = 12, 64
model = SmallGpt(BLOCK)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.99), weight_decay=0.1)
ids = torch.randint(0, VOCAB, (BATCH, BLOCK))
targets = torch.randint(0, VOCAB, (BATCH, BLOCK))


def step():
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(ids).flatten(0, 1), targets.flatten())
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    loss.item()


train("W5", step, [model], settings)
