#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# peft 0.21.2: add_weighted_adapter adds LoRA adapters up factor by factor, (sum of A) times (sum of B), with
# combination_type="linear". The average of two equal adapters is therefore twice that adapter, and that
# of four equal ones four times; adapters that differ get the products of one's A with the other's B. "cat" is exact.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'peft==0.21.2' 'torch==2.13.0' 'numpy==2.4.6'
check 'average of 1 equal adapters: linear 1.00 times the adapter, cat 1.00 times
average of 2 equal adapters: linear 2.00 times the adapter, cat 1.00 times
average of 4 equal adapters: linear 4.00 times the adapter, cat 1.00 times
two different ones: linear is off by more than a third, cat by less than 1e-5' <<'PY'
import torch
from peft import LoraConfig, get_peft_model

torch.manual_seed(0)
model = get_peft_model(torch.nn.Sequential(torch.nn.Linear(8, 8)),
                       LoraConfig(r=2, lora_alpha=2, target_modules=["0"]), adapter_name="a0")
layer = model.base_model.model[0]
names = [f"a{i}" for i in range(4)] + ["other"]
for name in names[1:]:
    model.add_adapter(name, LoraConfig(r=2, lora_alpha=2, target_modules=["0"]))
for name in names:
    for factor in (layer.lora_A, layer.lora_B):
        if name in ("a0", "other"):
            torch.nn.init.normal_(factor[name].weight)
        else:
            factor[name].weight.data.copy_(factor["a0"].weight.data)

def merged(adapters, kind):
    name = f"{kind}{len(adapters)}{adapters[-1]}"
    model.add_weighted_adapter(adapters, [1 / len(adapters)] * len(adapters), name, combination_type=kind)
    return layer.get_delta_weight(name)

one, other = layer.get_delta_weight("a0"), layer.get_delta_weight("other")
for count in (1, 2, 4):
    sizes = [(merged(names[:count], kind).norm() / one.norm()).item() for kind in ("linear", "cat")]
    print(f"average of {count} equal adapters: linear {sizes[0]:.2f} times the adapter, cat {sizes[1]:.2f} times")
mean = (one + other) / 2
errors = [((merged(["a0", "other"], kind) - mean).norm() / mean.norm()).item() for kind in ("linear", "cat")]
print("two different ones: linear is off by", "more than a third," if errors[0] > 1 / 3 else f"{errors[0]:.2g},",
      "cat by", "less than 1e-5" if errors[1] < 1e-5 else f"{errors[1]:.2g}")
PY
