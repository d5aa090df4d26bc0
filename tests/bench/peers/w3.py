# SPDX-License-Identifier: MIT
"""W3 in PyTorch: the small encoder-decoder of tools/bench/transformer.cpp."""
from measure import start, train

torch, settings = start(steps=40, warmup=4)
from torch import nn

BATCH, LONGEST, WORDS, WIDTH = 32, 20, 64, 128


class Copier(nn.Module):
    def __init__(self):
        super().__init__()
        self.source = nn.Embedding(WORDS, WIDTH)
        self.target = nn.Embedding(WORDS, WIDTH)
        self.position = nn.Parameter(torch.randn(64, WIDTH) * 0.02)
        self.transformer = nn.Transformer(WIDTH, nhead=4, num_encoder_layers=2,
                                          num_decoder_layers=2, dim_feedforward=512, dropout=0.1,
                                          batch_first=True)
        self.generator = nn.Linear(WIDTH, WORDS)

    def embed(self, table, words):
        return table(words) * WIDTH**0.5 + self.position[: words.shape[1]]

    def forward(self, words, shifted, padded, future):
        return self.generator(self.transformer(
            self.embed(self.source, words), self.embed(self.target, shifted), tgt_mask=future,
            src_key_padding_mask=padded, tgt_key_padding_mask=padded,
            memory_key_padding_mask=padded))


model = Copier()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
lengths = torch.randint(10, LONGEST + 1, (BATCH,))
lengths[0] = LONGEST
padded = torch.arange(LONGEST) >= lengths[:, None]
words = torch.randint(3, WORDS, (BATCH, LONGEST)).masked_fill(padded, 0)
shifted = torch.cat([torch.ones(BATCH, 1, dtype=torch.long), words[:, :-1]], 1)
future = torch.ones(LONGEST, LONGEST, dtype=torch.bool).triu(1)


def step():
    optimizer.zero_grad()
    logits = model(words, shifted, padded, future)
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), words.flatten(), ignore_index=0)
    loss.backward()
    optimizer.step()
    loss.item()


train("W3", step, [model], settings)
