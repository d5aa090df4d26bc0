#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# onnxruntime 1.32.0, CPU: Sigmoid is a rational approximation clamped at 18, accurate to 1e-7 absolutely and not
# relatively. At -16 and -17 it is wrong by more than a third, and from -18 downwards it is exactly 0, where float32
# could hold it down to -103. The logarithm of an exported probability, or its odds, is then -inf or far off. Tanh and
# Erf, near 0, have no such error.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'onnxruntime==1.32.0' 'onnx==1.23.2' 'numpy==2.4.6'
check 'sigmoid(-5): relative error below 0.001
sigmoid(-16): relative error above 0.3
sigmoid(-17): relative error above 0.3
sigmoid(-18): exactly 0, right is 1.52e-08
tanh(1e-6): relative error below 0.001' <<'PY'
import math
import numpy as np
import onnxruntime
from onnx import TensorProto, helper

def run(op, value):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [16])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [16])
    graph = helper.make_graph([helper.make_node(op, ["x"], ["y"])], "g", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return float(session.run(None, {"x": np.full(16, value, np.float32)})[0][0])

def words(got, right):
    if got == 0:
        return f"exactly 0, right is {right:.2e}"
    error = abs(got - right) / right
    return "relative error " + ("above 0.3" if error > 0.3 else "below 0.001" if error < 0.001 else f"{error:.2g}")

for at in (-5, -16, -17, -18):
    print(f"sigmoid({at}): {words(run('Sigmoid', at), 1 / (1 + math.exp(-at)))}")
print(f"tanh(1e-6): {words(run('Tanh', 1e-6), math.tanh(1e-6))}")
PY
