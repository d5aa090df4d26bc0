# SPDX-License-Identifier: MIT
"""W7 in PyTorch: fused attention, forward and backward, by length, as tools/bench/attention.cpp.

Full and causal; PyTorch has no linear attention, and a window only as a matrix of T by T.
"""
from measure import report, seconds, start

torch, settings = start(steps=0, warmup=1)
from torch.nn.functional import scaled_dot_product_attention

LENGTHS = (128, 512, 1024, 2048, 4096, 8192)
found = {"full": {}, "causal": {}}
for length in LENGTHS:
    query, key, value = (torch.randn(1, 8, length, 64, requires_grad=True) for _ in range(3))
    incoming = torch.randn(1, 8, length, 64)
    repeats = settings.steps or (3 if length > 2048 else 10)
    inner = 1 if settings.steps else max(1, 512 // length)
    for kind in found:

        def step():
            query.grad = key.grad = value.grad = None
            result = scaled_dot_product_attention(query, key, value, is_causal=kind == "causal")
            result.backward(incoming)

        found[kind][str(length)] = round(1e3 * seconds(step, repeats, settings, inner=inner), 3)
report("W7", settings, step_ms=found["full"]["4096"], milliseconds=found)
