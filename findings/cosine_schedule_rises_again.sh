#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# transformers 5.24.0: after num_training_steps the linear, polynomial and warmup-stable-decay schedules stay at their
# last rate; the two plain cosine ones rise again, and after twice the steps are back at the full rate. A total that was
# counted too low (by accumulation, a second epoch, more processes) ends a training in its largest steps.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'transformers==5.24.0' 'torch==2.13.0' 'numpy==2.4.6'
check 'rates at steps 0, 10, 20, 30 and 40 of 20
linear [1.0, 0.5, 0.0, 0.0, 0.0]
polynomial [1.0, 0.5, 0.0, 0.0, 0.0]
cosine [1.0, 0.5, 0.0, 0.5, 1.0]
cosine_with_min_lr [1.0, 0.55, 0.1, 0.55, 1.0]
cosine_with_restarts [1.0, 0.5, 0.0, 0.0, 0.0]' <<'PY'
import torch
from transformers import get_scheduler

print("rates at steps 0, 10, 20, 30 and 40 of 20")
for name, more in (("linear", {}), ("polynomial", {"lr_end": 0.0}), ("cosine", {}),
                   ("cosine_with_min_lr", {"min_lr": 0.1}), ("cosine_with_restarts", {})):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = get_scheduler(name, optimizer, num_warmup_steps=0, num_training_steps=20, scheduler_specific_kwargs=more)
    rates = []
    for step in range(41):
        if step % 10 == 0:
            rates.append(round(optimizer.param_groups[0]["lr"], 4))
        optimizer.step()
        schedule.step()
    print(name, rates)
PY
