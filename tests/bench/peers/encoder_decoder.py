# SPDX-License-Identifier: MIT
"""W3 and W4 in PyTorch: the encoder-decoders of tools/bench/transformer.cpp."""
from measure import start, train

torch, settings = start(layers=("w3", "w4"), steps={"w3": 40, "w4": 5}, warmup={"w3": 4, "w4": 2})
from torch import nn

SMALL = settings.layer == "w3"
BATCH, SHORTEST, LONGEST, WORDS = (32, 10, 20, 64) if SMALL else (16, 32, 32, 8000)
WIDTH, HEADS, LAYERS, HIDDEN = (128, 4, 2, 512) if SMALL else (512, 8, 6, 2048)


class Copier(nn.Module):
    def __init__(self):
        super().__init__()
        self.source = nn.Embedding(WORDS, WIDTH)
        self.target = nn.Embedding(WORDS, WIDTH)
        self.position = nn.Parameter(torch.randn(64, WIDTH) * 0.02)
        self.transformer = nn.Transformer(WIDTH, nhead=HEADS, num_encoder_layers=LAYERS,
                                          num_decoder_layers=LAYERS, dim_feedforward=HIDDEN,
                                          dropout=0.1, batch_first=True)
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
lengths = torch.randint(SHORTEST, LONGEST + 1, (BATCH,))
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


train(settings.layer.upper(), step, [model], settings)
