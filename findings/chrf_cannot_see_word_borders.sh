#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# sacrebleu 2.6.0: chrF gives a perfect 100 to a translation whose words are split in other places,
# because white space is removed before the letters are counted; chrF++ (word_order=2) sees it.
# A model that has not learned where words end can have a flawless chrF.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'sacrebleu==2.6.0'
check 'chrF 100.0
chrF++ 77.5' <<'PY'
from sacrebleu.metrics import CHRF
hypothesis, reference = ["the rap ist sawanice cream"], [["therapist saw an ice cream"]]
for name, order in (("chrF", 0), ("chrF++", 2)):
    print(name, round(CHRF(word_order=order).corpus_score(hypothesis, reference).score, 1))
PY
