#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# safetensors 0.8.0 with ml_dtypes 0.6.0: save of safetensors.numpy accepts bfloat16 and 8-bit floats, but load does not
# read them back. A file of bfloat16 can be loaded with load_file, a file of 8-bit floats in no way of this module.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'safetensors==0.8.0' 'ml_dtypes==0.6.0' 'numpy==2.4.6'
check 'float16: saved, load float16, load_file float16
bfloat16: saved, load KeyError, load_file bfloat16
float8_e4m3fn: saved, load KeyError, load_file AttributeError' <<'PY'
import tempfile
import ml_dtypes
import numpy as np
from safetensors.numpy import load, load_file, save
def kind_from(reader, source):
    try:
        return reader(source)["x"].dtype
    except (KeyError, AttributeError) as error:
        return type(error).__name__
for kind in (np.float16, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn):
    content = save({"x": np.ones(2, kind)})
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        print(f"{kind.__name__}: saved, load {kind_from(load, content)}, load_file {kind_from(load_file, file.name)}")
PY
