# SPDX-License-Identifier: MIT
"""W2 in PyTorch: the encoder-decoder of tools/bench/gru_seq2seq.cpp.

The decoder calls nn.GRU for one step at a time, since its input depends on its state.
"""
from measure import start, train

torch, settings = start(steps=300, warmup=30)
from torch import nn

LETTERS, EMBED, WIDTH, BATCH, LONGEST = 11, 32, 64, 32, 7
PAD, BEGIN, END = 0, 1, 2


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.source = nn.Embedding(LETTERS, EMBED, padding_idx=PAD)
        self.target = nn.Embedding(LETTERS, EMBED, padding_idx=PAD)
        self.encoder = nn.GRU(EMBED, WIDTH, batch_first=True)
        self.decoder = nn.GRU(EMBED + WIDTH, WIDTH, batch_first=True)
        self.keys = nn.Linear(WIDTH, WIDTH, bias=False)
        self.query = nn.Linear(WIDTH, WIDTH, bias=False)
        self.score = nn.Linear(WIDTH, 1, bias=False)
        self.out = nn.Linear(WIDTH, LETTERS)

    def forward(self, letters, lengths, shifted):
        packed = nn.utils.rnn.pack_padded_sequence(self.source(letters), lengths, batch_first=True,
                                                   enforce_sorted=False)
        states, last = self.encoder(packed)
        states, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)
        absent = letters == PAD
        keys = self.keys(states)
        state, found = last, []
        for word in self.target(shifted).split(1, dim=1):
            hidden = torch.tanh(keys + self.query(state[0]).unsqueeze(1))
            scores = self.score(hidden).squeeze(-1).masked_fill(absent, float("-inf"))
            context = scores.softmax(-1).unsqueeze(1) @ states
            output, state = self.decoder(torch.cat([word, context], -1), state)
            found.append(output)
        return self.out(torch.cat(found, 1))


def batch():
    lengths = torch.randint(3, LONGEST + 1, (BATCH,))
    lengths[0] = LONGEST
    letters = torch.randint(3, LETTERS, (BATCH, LONGEST))
    letters[torch.arange(LONGEST) >= lengths[:, None]] = PAD
    empty = torch.full((BATCH, 1), PAD)
    shifted = torch.cat([torch.full((BATCH, 1), BEGIN), letters], 1)
    wanted = torch.cat([letters, empty], 1)
    wanted[torch.arange(BATCH), lengths] = END
    return letters, lengths, shifted, wanted


model = Translator()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
batches = [batch() for _ in range(8)]
count = 0


def step():
    global count
    letters, lengths, shifted, wanted = batches[count % len(batches)]
    count += 1
    logits = model(letters, lengths, shifted)
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=PAD)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    loss.item()


train("W2", step, [model], settings)
