# SPDX-License-Identifier: MIT
"""The GPT of W5, W6 and W8: models/gpt.h with the settings of tools/bench/gpt.cpp, in PyTorch.

Attention is PyTorch's fused kernel.
"""
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional


@dataclass
class Size:
    block: int = 64
    vocab: int = 65
    width: int = 128
    heads: int = 4
    layers: int = 4
    bias: bool = False


class Layer(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.heads, width = size.heads, size.width
        self.norm1 = nn.LayerNorm(width, bias=size.bias)
        self.norm2 = nn.LayerNorm(width, bias=size.bias)
        self.project = nn.Linear(width, 3 * width, bias=size.bias)
        self.merge = nn.Linear(width, width, bias=size.bias)
        self.widen = nn.Linear(width, 4 * width, bias=size.bias)
        self.narrow = nn.Linear(4 * width, width, bias=size.bias)

    def forward(self, x, cache=None, first=0):
        rows, length, width = x.shape
        parts = self.project(self.norm1(x)).view(rows, length, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        if cache is not None:
            past = first + length
            cache[0][:, :, first:past] = key
            cache[1][:, :, first:past] = value
            key, value = cache[0][:, :, :past], cache[1][:, :, :past]
        seen = functional.scaled_dot_product_attention(query, key, value, is_causal=length > 1)
        x = x + self.merge(seen.transpose(1, 2).flatten(2))
        return x + self.narrow(functional.gelu(self.widen(self.norm2(x))))


class Gpt(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size, self.block = size, size.block
        self.words = nn.Embedding(size.vocab, size.width)
        self.places = nn.Embedding(size.block, size.width)
        self.layers = nn.ModuleList(Layer(size) for _ in range(size.layers))
        self.norm = nn.LayerNorm(size.width, bias=size.bias)
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
        size = self.size
        shape = (2, 1, size.heads, size.block, size.width // size.heads)
        return [torch.zeros(shape) for _ in self.layers]
