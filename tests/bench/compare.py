#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures `gradus bench` and the same workloads in other programs, alternately; prints the ratios.

    python3 tests/bench/compare.py --workloads W1,embed --threads 1,2 --python path/to/python

Needs Python 3 alone; the interpreters given with --python need torch, for embed also transformers,
for translate ctranslate2. A peer whose package is missing is skipped. See docs/performance.md.
"""
import argparse
import functools
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PEERS = {"W1": ["w1.py"], "W2": ["w2.py"], "W3": ["encoder_decoder.py", "w3"],
         "W4": ["encoder_decoder.py", "w4"], "W5": ["gpt.py", "w5"], "W6": ["gpt.py", "w6"],
         "W7": ["w7.py"], "W8": ["w8.py"], "W10-gru": ["w10.py", "gru"],
         "W10-lstm": ["w10.py", "lstm"],
         "embed": ["embed.py"], "translate-greedy": ["translate.py", "greedy"],
         "translate-beam5": ["translate.py", "beam5"]}
NEEDS = {"embed.py": ["torch", "transformers"], "translate.py": ["ctranslate2"]}  # else torch


def fail(message):
    sys.exit("compare.py: " + message)


def numbers(words):
    try:
        found = [int(word) for word in words.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{words!r} is not a list like 1,2") from None
    if min(found) < 1:
        raise argparse.ArgumentTypeError("numbers of threads are at least 1")
    return found


def workloads(words):
    """The names of PEERS that are meant; W10 means both layers, translate both ways."""
    found = []
    for word in words.split(","):
        names = [n for n in PEERS if n.lower() == word.lower() or
                 n.lower().startswith(word.lower() + "-")]
        if not names:
            raise argparse.ArgumentTypeError(f"no peer for {word!r}; there are {', '.join(PEERS)}")
        found += names
    return found


def measured(words):
    """The JSON line that a program prints; raises ValueError with what it said instead."""
    try:
        ended = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except OSError as e:
        raise ValueError(f"cannot run {words[0]}: {e.strerror}") from None
    if ended.returncode != 0:
        last = (ended.stderr.strip() or "no message").splitlines()[-1]
        raise ValueError(f"{' '.join(words)} failed with status {ended.returncode}: {last}")
    try:
        return json.loads(ended.stdout)
    except ValueError:
        raise ValueError(f"{' '.join(words)} printed no JSON line: {ended.stdout[:80]!r}") from None


def check_runs(python):
    """An interpreter that does not start is an error."""
    try:
        subprocess.run([python, "-c", ""], check=True, stderr=subprocess.PIPE)
    except (OSError, subprocess.CalledProcessError):
        fail(f"--python {python} is no Python interpreter that runs")


@functools.cache
def has(python, package):
    return subprocess.run([python, "-c", "import " + package],
                          stderr=subprocess.PIPE).returncode == 0


def interpreter(name, pythons):
    """The first interpreter with all packages that the peer needs, or None, with a message."""
    packages = NEEDS.get(PEERS[name][0], ["torch"])
    for python in pythons:
        if all(has(python, package) for package in packages):
            return python
    wanted = " ".join(packages)
    print(f"{name} is skipped: its peer needs {' and '.join(packages)}, which none of "
          f"{', '.join(pythons)} has: {pythons[0]} -m pip install {wanted}, or name another "
          "interpreter with --python", file=sys.stderr)
    return None


def check_same_work(ours, theirs):
    for key in ("workload", "threads", "params", "sentences", "tokens"):
        if key in theirs and ours.get(key) != theirs[key]:
            raise ValueError(f"{ours['workload']}: {key} is {ours.get(key)} in gradus and "
                             f"{theirs[key]} in the peer: not the same work")
    mine = ours.get("milliseconds", {})
    for kind, by_length in theirs.get("milliseconds", {}).items():
        if list(mine.get(kind, {})) != list(by_length):
            raise ValueError(f"{ours['workload']}: the two measure other lengths of {kind}")


class Row:
    """Medians of one measure of a workload, and the ratios within the rounds."""

    def __init__(self):
        self.ours, self.theirs = [], []

    def add(self, ours, theirs):
        self.ours.append(ours)
        self.theirs.append(theirs)

    def text(self):
        ratios = [a / b for a, b in zip(self.ours, self.theirs)]
        return (f"{statistics.median(self.ours):10.3f} {statistics.median(self.theirs):10.3f} "
                f"{statistics.median(ratios):7.3f}  {min(ratios):6.3f} to {max(ratios):6.3f}")


def measures(line):
    """Milliseconds by name: of a step, and for attention also of each kind and length."""
    found = {"": line["step_ms"]}
    if "milliseconds" in line:
        found = {f" {kind} {length}": ms for kind, by_length in line["milliseconds"].items()
                 for length, ms in by_length.items()}
    if isinstance(line.get("tokens_per_s"), dict):
        found = {f" {way}": 1e3 / rate for way, rate in line["tokens_per_s"].items()}
    return found


def compare(name, threads, python, settings):
    """Runs both in `rounds` rounds, each time in the other order, and prints the rows."""
    words = ["--threads", str(threads)]
    if settings.steps:
        words += ["--steps", str(settings.steps)]
    gradus = [settings.gradus, "bench", name] + words
    script, *layer = PEERS[name]
    peer = [python, "-B", str(HERE / "peers" / script)] + layer + words
    rows, peaks = {}, Row()
    for turn in range(settings.rounds):
        if turn % 2 == 0:
            ours, theirs = measured(gradus), measured(peer)
        else:
            theirs, ours = measured(peer), measured(gradus)
        check_same_work(ours, theirs)
        mine = measures(ours)
        for key, ms in measures(theirs).items():
            rows.setdefault(key, Row()).add(mine[key], ms)
        peaks.add(ours["peak_rss_mb"], theirs["peak_rss_mb"])
    memory = f"{statistics.median(peaks.ours):8.0f} {statistics.median(peaks.theirs):6.0f}"
    for key, row in rows.items():
        print(f"{name + key:24} {threads:7} {row.text()} {memory}", flush=True)
        memory = ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--workloads", type=workloads, default=list(PEERS),
                        help="such as W1,W10; default: " + ",".join(PEERS))
    parser.add_argument("--threads", type=numbers, default=[1], help="such as 1,2; default: 1")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each program; default: 5")
    parser.add_argument("--steps", type=int, default=0,
                        help="measured steps of a run; 0: chosen by the workload")
    parser.add_argument("--python", action="append",
                        help="an interpreter with packages of the peers; may be given several "
                        "times; default: this one")
    parser.add_argument("--gradus", default=str(HERE.parent.parent / "build" / "gradus"),
                        help="default: build/gradus of this checkout")
    settings = parser.parse_args()
    if settings.rounds < 1:
        parser.error("--rounds must be at least 1")
    if settings.steps < 0:
        parser.error("--steps must not be negative")
    pythons = settings.python or [sys.executable]
    for python in pythons:
        check_runs(python)
    peers = [(name, interpreter(name, pythons)) for name in settings.workloads]
    peers = [(name, python) for name, python in peers if python]
    if not peers:
        return
    print(f"{'workload':24} threads  gradus ms    peer ms   ratio  of single rounds  MB gradus peer")
    try:
        for name, python in peers:
            for threads in settings.threads:
                compare(name, threads, python, settings)
    except ValueError as e:
        fail(str(e))
    except KeyboardInterrupt:
        sys.exit(130)


main()
