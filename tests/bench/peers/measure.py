# SPDX-License-Identifier: MIT
"""The measurement that all peers share: words of the command line, timing, the JSON line.

A peer prints one JSON line with the keys of `gradus bench`, and no other output.
"""
import argparse
import importlib
import json
import os
import resource
import statistics
import time


def start(steps, warmup, layers=(), library="torch"):
    """Reads --threads and --steps, and one of `layers` if there are any; sets up the library and
    returns (library, settings). `steps` and `warmup` may differ by layer."""
    parser = argparse.ArgumentParser()
    if layers:
        parser.add_argument("layer", choices=layers)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=0, help="0: chosen by the workload")
    settings = parser.parse_args()
    by_layer = lambda n: n[settings.layer] if isinstance(n, dict) else n
    settings.warmup = by_layer(warmup)
    settings.steps = settings.steps or by_layer(steps)
    settings.library = library
    # Read by the libraries that it loads, so before the import.
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(settings.threads)
    found = importlib.import_module(library)
    if library == "torch":
        found.set_num_threads(settings.threads)
        found.manual_seed(0)
    return found, settings


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
    library = importlib.import_module(settings.library)
    line = {"workload": workload, "framework": settings.library, "version": library.__version__}
    line.update(threads=settings.threads, **figures, peak_rss_mb=round(peak_mb(), 1))
    print(json.dumps(line), flush=True)


def times(step, settings):
    """Medians of the wall time and of the processor time of a step, in milliseconds."""
    for _ in range(settings.warmup):
        step()
    wall, processor = [], []
    for _ in range(settings.steps):
        begin, work = time.perf_counter(), time.process_time()
        step()
        wall.append(time.perf_counter() - begin)
        processor.append(time.process_time() - work)
    return {"steps": settings.steps, "step_ms": round(1e3 * statistics.median(wall), 4),
            "step_cpu_ms": round(1e3 * statistics.median(processor), 4)}


def train(workload, step, modules, settings):
    """Measures whole training steps; step() returns the loss, if there is one."""
    found = times(step, settings)
    weights = {id(p): p.numel() for m in modules for p in m.parameters()}
    report(workload, settings, **found, params=sum(weights.values()))


def report_sentences(workload, step, settings, sentences, **figures):
    """Measures a step that reads a number of sentences."""
    found = times(step, settings)
    rate = round(1e3 * sentences / found["step_ms"], 1)
    report(workload, settings, **found, **figures, sentences=sentences, sentences_per_s=rate)
