# SPDX-License-Identifier: MIT
"""The measurement that all PyTorch peers share: words of the command line, timing, the JSON line.

A peer prints one JSON line with the keys of `gradus bench`, and no other output.
"""
import argparse
import json
import os
import resource
import statistics
import time


def start(steps, warmup, layers=()):
    """Reads --threads and --steps, and one of `layers` if there are any; sets up torch and returns
    (torch, settings)."""
    parser = argparse.ArgumentParser()
    if layers:
        parser.add_argument("layer", choices=layers)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=0, help="0: chosen by the workload")
    settings = parser.parse_args()
    settings.warmup = warmup
    settings.steps = settings.steps or steps
    # Read by the libraries that torch loads, so before the import.
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(settings.threads)
    import torch

    torch.set_num_threads(settings.threads)
    torch.manual_seed(0)
    return torch, settings


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def clock(settings):
    """Processor time for one thread, like bench_clock() of gradus."""
    return time.process_time if settings.threads == 1 else time.perf_counter


def seconds(call, repeats, settings, warmup=1, inner=1):
    """Median seconds of a call, over `repeats` blocks of `inner` calls."""
    now = clock(settings)
    for _ in range(warmup):
        call()
    times = []
    for _ in range(repeats):
        begin = now()
        for _ in range(inner):
            call()
        times.append((now() - begin) / inner)
    return statistics.median(times)


def report(workload, settings, **figures):
    import torch

    line = {"workload": workload, "framework": "pytorch", "version": torch.__version__}
    line.update(threads=settings.threads, **figures, peak_rss_mb=round(peak_mb(), 1))
    print(json.dumps(line), flush=True)


def train(workload, step, modules, settings):
    """Measures whole training steps; step() returns the loss, if there is one."""
    for _ in range(settings.warmup):
        step()
    wall, processor = [], []
    for _ in range(settings.steps):
        begin, work = time.perf_counter(), time.process_time()
        step()
        wall.append(time.perf_counter() - begin)
        processor.append(time.process_time() - work)
    weights = {id(p): p.numel() for m in modules for p in m.parameters()}
    report(workload, settings, steps=settings.steps,
           step_ms=round(1e3 * statistics.median(wall), 4),
           step_cpu_ms=round(1e3 * statistics.median(processor), 4),
           params=sum(weights.values()))
