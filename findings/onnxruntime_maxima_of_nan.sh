#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# onnxruntime 1.32.0, CPU: what a NaN does to a maximum depends on the op. Max and Clip keep it, TopK ranks it above
# everything, and ReduceMax, ArgMax and MaxPool pass over it. A model whose logits have become NaN therefore still
# names a class through ArgMax, and another one through TopK. PyTorch, which exports these ops, keeps NaN in all.
place=$(mktemp -d)
. "$(dirname "$0")/lib.sh"
packages 'onnxruntime==1.32.0' 'onnx==1.23.2' 'numpy==2.4.6'
check 'Max with 0: [0.0, nan, 2.0]
TopK: nan at 1
ReduceMax: 2.0
ArgMax: 2
MaxPool: 2.0' <<'PY'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper

x = np.array([0, np.nan, 2], np.float32)

def run(op, feeds, types=(TensorProto.FLOAT,), **attributes):
    outputs = [f"y{i}" for i in range(len(types))]
    graph = helper.make_graph(
        [helper.make_node(op, list(feeds), outputs, **attributes)], "g",
        [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for n, v in feeds.items()],
        [helper.make_tensor_value_info(n, t, None) for n, t in zip(outputs, types)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feeds)

print("Max with 0:", run("Max", {"x": x, "zero": np.zeros(3, np.float32)})[0].tolist())
top, places = run("TopK", {"x": x, "k": np.array([1])}, (TensorProto.FLOAT, TensorProto.INT64))
print(f"TopK: {top[0]} at {places[0]}")
print("ReduceMax:", run("ReduceMax", {"x": x}, keepdims=0)[0])
print("ArgMax:", run("ArgMax", {"x": x}, (TensorProto.INT64,), keepdims=0)[0])
print("MaxPool:", run("MaxPool", {"x": x.reshape(1, 1, 3)}, kernel_shape=[3])[0].item())
PY
