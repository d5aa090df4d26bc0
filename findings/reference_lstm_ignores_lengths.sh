#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# onnx 1.23.2: the reference evaluator ignores the sequence lengths of an LSTM, its activations and its coupled gates
# (input_forget), without a warning. The checker accepts these models and onnxruntime 1.32.0 obeys them, so a test
# against the reference blames the right program. Both sequences below hold ones; the second has 1 step of 3.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'onnx==1.23.2' 'onnxruntime==1.32.0' 'numpy==2.3.5'
check 'lengths 3 and 1: reference [0.789 0.789], onnxruntime [0.789 0.37 ]
and activations of Relu: reference [0.789 0.789], onnxruntime [3.774 0.534]
and coupled gates: reference [0.789 0.789], onnxruntime [0.587 0.37 ]' <<'PY'
import numpy as np, onnx, onnx.parser, onnxruntime
from onnx.reference import ReferenceEvaluator
ones = lambda *shape: np.ones(shape, np.float32)
feed = {"x": ones(3, 2, 1), "w": ones(1, 4, 1), "r": ones(1, 4, 1), "lengths": np.array([3, 1], np.int32)}
for name, more in (("lengths 3 and 1", ""), ("and activations of Relu", ', activations=["Sigmoid", "Relu", "Relu"]'),
                   ("and coupled gates", ", input_forget=1")):
    model = onnx.parser.parse_model(f'''<ir_version: 9, opset_import: ["" : 14]>
        g (float[3,2,1] x, float[1,4,1] w, float[1,4,1] r, int32[2] lengths) => (float[1,2,1] last)
        {{ all, last = LSTM <hidden_size=1{more}> (x, w, r, , lengths) }}''')
    onnx.checker.check_model(model, full_check=True)
    reference = ReferenceEvaluator(model).run(None, feed)[0].ravel()
    runtime = onnxruntime.InferenceSession(model.SerializeToString()).run(None, feed)[0].ravel()
    print(f"{name}: reference {reference.round(3)}, onnxruntime {runtime.round(3)}")
PY
