# SPDX-License-Identifier: MIT
"""W1 in PyTorch: the classifier of tools/bench/temporal_transformer.cpp."""
from measure import start, train

torch, settings = start(steps=200, warmup=20)
from torch import nn

BATCH, LONGEST, FEATURES, WIDTH = 32, 12, 4, 64


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.projection = nn.Linear(FEATURES, WIDTH)
        self.position = nn.Parameter(torch.randn(LONGEST, WIDTH) * 0.02)
        layer = nn.TransformerEncoderLayer(WIDTH, nhead=4, dim_feedforward=128, dropout=0.1,
                                           activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=3)
        self.head = nn.Linear(WIDTH, 1)

    def forward(self, series, padded, real):
        states = self.encoder(self.projection(series) + self.position,
                              src_key_padding_mask=padded)
        mean = (states * real).sum(1) / real.sum(1)
        return self.head(mean).squeeze(-1)


model = Classifier()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-2)
lengths = torch.randint(8, LONGEST + 1, (BATCH,))
lengths[0] = LONGEST
series = torch.randn(BATCH, LONGEST, FEATURES)
labels = torch.randint(0, 2, (BATCH,)).float()
padded = torch.arange(LONGEST) >= lengths[:, None]
real = (~padded).float().unsqueeze(-1)


def step():
    optimizer.zero_grad()
    logits = model(series, padded, real)
    loss = nn.functional.binary_cross_entropy_with_logits(logits, labels)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    loss.item()


train("W1", step, [model], settings)
