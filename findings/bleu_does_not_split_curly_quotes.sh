#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# sacrebleu 2.6.0: the default tokenizer, 13a, splits ASCII quotes off a word but not typographic
# ones. A translation that differs from its reference by blanks around the quotes alone scores 100
# with straight quotes and 18.6 with curly ones, so BLEU depends on which kind a corpus uses.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'sacrebleu==2.6.0'
check 'straight 100.0
curly 18.6' <<'PY'
from sacrebleu.metrics import BLEU
for name, a, b in (("straight", '"', '"'), ("curly", "\u201c", "\u201d")):
    hypothesis = [f"he said {a} yes {b} today now"]
    reference = [[f"he said {a}yes{b} today now"]]
    print(name, round(BLEU().corpus_score(hypothesis, reference).score, 1))
PY
