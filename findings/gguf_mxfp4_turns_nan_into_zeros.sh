#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# gguf 0.19.0: the other types turn a block with a NaN or infinite weight into NaN, which a loader can see. MXFP4
# turns the whole block of 32 into zeros: a broken checkpoint becomes one that loads, runs and has lost 31 good weights.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'gguf==0.19.0' 'numpy==2.4.6'
check 'nan: Q8_0 32 nan and 0 zeros, MXFP4 0 nan and 32 zeros
inf: Q8_0 32 nan and 0 zeros, MXFP4 0 nan and 32 zeros
1e6: Q8_0 0 nan and 31 zeros, MXFP4 0 nan and 31 zeros' <<'PY'
import numpy as np
from gguf import GGMLQuantizationType as Kind
from gguf.quants import dequantize, quantize

for name in ("nan", "inf", "1e6"):
    row = np.ones((1, 32), np.float32)
    row[0, 0] = float(name)
    words = []
    for kind in (Kind.Q8_0, Kind.MXFP4):
        with np.errstate(all="ignore"):
            y = dequantize(quantize(row, kind), kind)
        words.append(f"{kind.name} {np.isnan(y).sum()} nan and {(y == 0).sum()} zeros")
    print(f"{name}: {', '.join(words)}")
PY
