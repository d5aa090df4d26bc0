# SPDX-License-Identifier: MIT
"""W8 in PyTorch: greedy decoding with the small GPT and a cache, as tools/bench/gpt.cpp."""
from measure import report, seconds, start

torch, settings = start(steps=5, warmup=1)
from gpt_model import Gpt, Size

TOKENS = 256


@torch.inference_mode()
def with_cache(model):
    caches, ids = model.caches(), [torch.zeros(1, 1, dtype=torch.long)]
    for n in range(TOKENS):
        ids.append(model.next(ids[-1], caches, n).argmax(-1, keepdim=True))
    return torch.cat(ids, 1)


@torch.inference_mode()
def without_cache(model):
    ids = torch.zeros(1, 1, dtype=torch.long)
    for _ in range(TOKENS):
        ids = torch.cat([ids, model.next(ids[:, -model.block :]).argmax(-1, keepdim=True)], 1)
    return ids


short, long = Gpt(Size()).eval(), Gpt(Size(block=320)).eval()
assert torch.equal(with_cache(long), without_cache(long)), "the cache changes the text"
ways = {"nocache_crop64": (without_cache, short), "nocache": (without_cache, long),
        "kvcache": (with_cache, long)}
rates = {name: round(TOKENS / seconds(lambda: call(model), settings.steps, settings), 1)
         for name, (call, model) in ways.items()}
report("W8", settings, step_ms=round(1e3 / rates["kvcache"], 4), tokens_per_s=rates)
