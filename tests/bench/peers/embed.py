# SPDX-License-Identifier: MIT
"""embed in PyTorch: the encoder of tools/bench/embed.cpp as the package transformers has it.

Batches of 32 by falling length, the mean of the states, vectors of length 1: what the package
sentence-transformers does after its tokenizer.
"""
from measure import report_sentences, start

torch, settings = start(steps=5, warmup=1)
from transformers import BertConfig, BertModel

from made_up import sentences

WORDS, PAD, FIRST, LAST, BATCH, COUNT = 30522, 0, 2, 3, 32, 256
config = BertConfig(vocab_size=WORDS, hidden_size=384, num_hidden_layers=6, num_attention_heads=12,
                    intermediate_size=1536, attn_implementation="sdpa")
model = BertModel(config, add_pooling_layer=False).eval()
texts = [[FIRST, *words, LAST] for words in sentences(COUNT, 5, WORDS)]


@torch.inference_mode()
def step():
    order = sorted(range(COUNT), key=lambda n: -len(texts[n]))
    found = [None] * COUNT
    for begin in range(0, COUNT, BATCH):
        members = order[begin : begin + BATCH]
        longest = len(texts[members[0]])
        ids = torch.tensor([texts[n] + [PAD] * (longest - len(texts[n])) for n in members])
        real = torch.tensor([[1] * len(texts[n]) + [0] * (longest - len(texts[n]))
                             for n in members])
        states = model(input_ids=ids, attention_mask=real).last_hidden_state
        weights = real.unsqueeze(-1).float()
        mean = (states * weights).sum(1) / weights.sum(1)
        for n, vector in zip(members, torch.nn.functional.normalize(mean, dim=-1)):
            found[n] = vector
    return torch.stack(found)


report_sentences("embed", step, settings, sentences=COUNT, tokens=sum(map(len, texts)),
                 params=sum(p.numel() for p in model.parameters()))
