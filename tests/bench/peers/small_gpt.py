# SPDX-License-Identifier: MIT
"""The GPT of W5 and W8: models/gpt.h with the settings of tools/bench/gpt.cpp, in PyTorch.

Attention is PyTorch's fused kernel.
"""
import torch
from torch import nn
from torch.nn import functional

VOCAB, WIDTH, HEADS, LAYERS = 65, 128, 4, 4


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH, bias=False)
        self.norm2 = nn.LayerNorm(WIDTH, bias=False)
        self.project = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.merge = nn.Linear(WIDTH, WIDTH, bias=False)
        self.widen = nn.Linear(WIDTH, 4 * WIDTH, bias=False)
        self.narrow = nn.Linear(4 * WIDTH, WIDTH, bias=False)

    def forward(self, x, cache=None, first=0):
        rows, length, _ = x.shape
        parts = self.project(self.norm1(x)).view(rows, length, 3, HEADS, WIDTH // HEADS)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        if cache is not None:
            past = first + length
            cache[0][:, :, first:past] = key
            cache[1][:, :, first:past] = value
            key, value = cache[0][:, :, :past], cache[1][:, :, :past]
        seen = functional.scaled_dot_product_attention(query, key, value, is_causal=length > 1)
        x = x + self.merge(seen.transpose(1, 2).flatten(2))
        return x + self.narrow(functional.gelu(self.widen(self.norm2(x))))


class SmallGpt(nn.Module):
    def __init__(self, block):
        super().__init__()
        self.block = block
        self.words = nn.Embedding(VOCAB, WIDTH)
        self.places = nn.Embedding(block, WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH, bias=False)
        for p in self.parameters():
            if p.dim() == 2:
                nn.init.normal_(p, std=0.02)

    def states(self, ids, caches=None, first=0):
        x = self.words(ids) + self.places.weight[first : first + ids.shape[1]]
        for n, layer in enumerate(self.layers):
            x = layer(x, caches[n] if caches else None, first)
        return self.norm(x)

    def forward(self, ids):
        return functional.linear(self.states(ids), self.words.weight)

    def next(self, ids, caches=None, first=0):
        """Logits after the last token."""
        return functional.linear(self.states(ids, caches, first)[:, -1], self.words.weight)

    def caches(self):
        shape = (2, 1, HEADS, self.block, WIDTH // HEADS)
        return [torch.zeros(shape) for _ in self.layers]
