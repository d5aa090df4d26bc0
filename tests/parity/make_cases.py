# SPDX-License-Identifier: MIT
"""Cases for `gradus parity` and the tests: what PyTorch computes, forward and backward, for random
weights, shapes and arguments. Writes NAME.safetensors into FOLDER (tests/parity/cases); needs
PyTorch alone, 2.13 or 2.14:
    python3 tests/parity/make_cases.py [FOLDER]
A case whose result changed between versions names those that it holds for. Such cases of the other
versions stay in the folder: run the script with each version.
"""
import itertools
import json
import os
import struct
import sys
import warnings

import torch
import torch.nn.functional as F

warnings.filterwarnings("ignore")
HERE = (sys.argv + [os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")])[1]
VERSION = tuple(int(part) for part in torch.__version__.split(".")[:2])
NAMES = {torch.float64: "F64", torch.float32: "F32", torch.int64: "I64", torch.bool: "BOOL"}
count = 0
changed = None  # (2, 14): the version since which the cases that follow have another result
second = False  # with the gradients of <dir, grad>: dir/NAME, twice/NAME, twice/cot/K


def write(name, metadata, tensors):
    """The safetensors format: header length, header, data; wide dtypes first."""
    global count
    if changed:
        since = ".".join(map(str, changed))
        metadata = {**metadata, "torch": (">=" if VERSION >= changed else "<") + since}
        name += "_before_" + since.replace(".", "_") if VERSION < changed else ""
    order = sorted(tensors, key=lambda k: (-tensors[k].element_size(), k))
    header, data = {"__metadata__": metadata}, b""
    for key in order:
        x = tensors[key].detach().contiguous()
        raw = x.numpy(force=True).tobytes()
        header[key] = {"dtype": NAMES[x.dtype], "shape": list(x.shape),
                       "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path = os.path.join(HERE, name + ".safetensors")
    assert not os.path.exists(path), name
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)
    count += 1


def flat(value):
    if isinstance(value, torch.Tensor):
        return [value]
    if value is None:
        return []
    return [x for part in value for x in flat(part)]


def named(arguments):
    out = {}
    for key, value in arguments.items():
        if isinstance(value, (tuple, list)):
            out.update({f"{key}.{k}": x for k, x in enumerate(value)})
        elif value is not None:
            out[key] = value
    return out


def resolve(target):
    value = torch
    for part in target.split(".")[1:]:
        value = getattr(value, part)
    return value


def save(name, target, config, forward, mode, call, inputs, parameters):
    leaves = {f"in/{k}": x for k, x in named(inputs).items()}
    leaves.update({f"param/{k}": x for k, x in parameters.items()})
    outputs = flat(call())
    tensors = dict(leaves)
    tracked = [(k, y) for k, y in enumerate(outputs) if y.requires_grad]
    for k, y in enumerate(outputs):
        tensors[f"out/{k}"] = y
    if tracked:
        cotangents = [torch.randn_like(y, requires_grad=second) for _, y in tracked]
        for (k, _), c in zip(tracked, cotangents):
            tensors[f"cot/{k}"] = c
        wanted = {k: x for k, x in leaves.items() if x.requires_grad}
        grads = torch.autograd.grad([y for _, y in tracked], list(wanted.values()), cotangents,
                                    allow_unused=True, create_graph=second)
        for (key, x), g in zip(wanted.items(), grads):
            tensors[f"grad/{key}"] = torch.zeros_like(x) if g is None else g
        if second:
            wanted.update({f"cot/{k}": c for (k, _), c in zip(tracked, cotangents)})
            tensors.update(twice(wanted, tensors))
    metadata = {"gradus.parity": "1", "target": target, "config": json.dumps(config),
                "forward": json.dumps(forward), "mode": mode, "source": "torch " + torch.__version__}
    write(name, metadata, tensors)


def twice(wanted, tensors):
    grads = {k: tensors[f"grad/{k}"] for k in wanted if f"grad/{k}" in tensors}
    directions = {k: torch.randn_like(g) for k, g in grads.items()}
    found = {f"dir/{k}": v for k, v in directions.items()}
    tracked = [k for k, g in grads.items() if g.requires_grad]
    again = torch.autograd.grad([grads[k] for k in tracked], list(wanted.values()),
                                [directions[k] for k in tracked], allow_unused=True)
    for (k, x), g in zip(wanted.items(), again):
        found[f"twice/{k}"] = torch.zeros_like(x) if g is None else g
    return found


def function(name, target, config=None, /, **inputs):
    torch.manual_seed(count)
    config = config or {}
    f = resolve(target)
    first = dict(inputs)
    if "self" in first:
        receiver = first.pop("self")
        call = lambda: getattr(receiver, target.split(".")[-1])(**first, **config)
    elif target == "torch.einsum":
        call = lambda: f(config["equation"], *inputs["operands"])
    else:
        call = lambda: f(**inputs, **config)
    save(name, target, config, {}, "eval", call, inputs, {})


def module(name, target, config, forward=None, /, mode="train", dtype=torch.float64, build=None,
           run=None, **inputs):
    torch.manual_seed(count)
    m = (build or (lambda: resolve(target)(**config)))().to(dtype)
    for p in m.parameters():
        torch.nn.init.normal_(p, 0, 0.5)
    m.train(mode == "train")
    call = (lambda: run(m)) if run else (lambda: m(**inputs, **(forward or {})))
    save(name, target, config, forward or {}, mode, call, inputs, dict(m.state_dict(keep_vars=True)))


def r(*shape, dtype=torch.float64, grad=True):
    return torch.randn(shape, dtype=dtype, requires_grad=grad)


def positive(*shape):
    return (torch.rand(shape, dtype=torch.float64) + 0.2).requires_grad_()


def ids(n, *shape):
    return torch.randint(0, n, shape)


def boolean(*shape, p=0.5):
    return torch.rand(shape) < p


f32 = torch.float32


# ---- functions
def elementwise():
    shapes = {"vector": (7,), "cube": (2, 3, 4), "scalar": (), "f32": (3, 5)}
    for name in ["neg", "abs", "exp", "sin", "cos", "tanh", "sigmoid", "relu", "sign", "square"]:
        for label, shape in shapes.items():
            x = r(*shape, dtype=f32 if label == "f32" else torch.float64)
            function(f"{name}_{label}", f"torch.{name}", input=x)
    for name in ["log", "sqrt", "rsqrt", "reciprocal"]:
        for label, shape in list(shapes.items())[:3]:
            function(f"{name}_{label}", f"torch.{name}", input=positive(*shape))
    for name in ["add", "sub", "mul", "div", "maximum", "minimum"]:
        for label, (a, b) in {"same": ((3, 4), (3, 4)), "row": ((3, 4), (4,)),
                              "both": ((3, 1), (1, 4)), "scalar": ((2, 3), ())}.items():
            other = positive(*b) if name == "div" else r(*b)
            function(f"{name}_{label}", f"torch.{name}", input=r(*a), other=other)
    for name in ["add", "sub"]:
        function(f"{name}_alpha", f"torch.{name}", {"alpha": -1.5}, input=r(3, 4), other=r(4))
        function(f"{name}_number", f"torch.{name}", {"other": 2.5}, input=r(3, 4))
    for name in ["mul", "div"]:
        function(f"{name}_number", f"torch.{name}", {"other": -2.5}, input=r(3, 4))
    for p in [2, 3, 0.5, -1.5, 0]:
        function(f"pow_{p}", "torch.pow", {"exponent": p}, input=positive(2, 3))
    function("pow_tensor", "torch.pow", input=positive(2, 3), exponent=r(3))
    for k, c in enumerate([{"min": -0.5, "max": 0.5}, {"min": 0.1}, {"max": 0.3}]):
        function(f"clamp_{k}", "torch.clamp", c, input=r(4, 5))
    for name in ["eq", "ne", "lt", "le", "gt", "ge"]:
        a = torch.randint(0, 3, (3, 4)).double()
        function(name, f"torch.{name}", input=a, other=torch.randint(0, 3, (4,)).double())
        function(f"{name}_number", f"torch.{name}", {"other": 1.0}, input=a)
    for name in ["logical_and", "logical_or"]:
        function(name, f"torch.{name}", input=boolean(3, 4), other=boolean(4))
    function("logical_not", "torch.logical_not", input=boolean(3, 4))
    for name in ["all", "any"]:
        function(name, f"torch.{name}", input=boolean(3, 4, p=0.9))
    function("where", "torch.where", condition=boolean(3, 4), input=r(3, 4), other=r(4))
    function("where_broadcast", "torch.where", condition=boolean(3, 1), input=r(1, 4), other=r(2, 1, 1))
    function("masked_fill", "torch.masked_fill", {"value": -1.5}, input=r(3, 4), mask=boolean(4))
    function("Tensor_masked_fill", "torch.Tensor.masked_fill", {"value": 2.0}, self=r(3, 4),
             mask=boolean(3, 1))
    function("clone", "torch.clone", input=r(3, 4))


def reductions():
    for name in ["sum", "mean", "amax", "amin", "logsumexp", "var", "std"]:
        for label, config in {"last": {"dim": -1}, "first_kept": {"dim": 0, "keepdim": True},
                              "two": {"dim": [0, 2]}}.items():
            function(f"{name}_{label}", f"torch.{name}", config, input=r(3, 4, 5))
    for name in ["sum", "mean", "prod", "max", "min", "var", "std"]:
        function(f"{name}_all", f"torch.{name}", input=r(3, 4))
    for name in ["sum", "var", "logsumexp"]:
        config = {} if name != "logsumexp" else {"dim": 1}
        function(f"{name}_f32", f"torch.{name}", config, input=r(6, 9, dtype=f32))
    function("var_population", "torch.var", {"dim": 1, "correction": 0}, input=r(3, 4))
    function("std_unbiased_false", "torch.std", {"dim": [1], "unbiased": False}, input=r(3, 4))
    function("prod_dim", "torch.prod", {"dim": 1}, input=r(3, 4))
    function("prod_kept", "torch.prod", {"dim": 0, "keepdim": True}, input=r(3, 4))
    for name in ["max", "min"]:
        function(f"{name}_dim", f"torch.{name}", {"dim": 1}, input=r(3, 4))
        function(f"{name}_kept", f"torch.{name}", {"dim": 0, "keepdim": True}, input=r(3, 4))
        function(f"{name}_other", f"torch.{name}", input=r(3, 4), other=r(3, 4))
        ties = torch.tensor([[1.0, 3, 3], [2, 2, 1]], dtype=torch.float64, requires_grad=True)
        function(f"a{name}_ties", f"torch.a{name}", {"dim": 1}, input=ties)
    for name in ["argmax", "argmin"]:
        for label, config in {"all": {}, "dim": {"dim": 1}, "kept": {"dim": 0, "keepdim": True}}.items():
            function(f"{name}_{label}", f"torch.{name}", config, input=r(3, 4, grad=False))
    for dim in [0, 1, -1]:
        function(f"cumsum_{dim}", "torch.cumsum", {"dim": dim}, input=r(2, 3, 4))


def shapes():
    function("reshape", "torch.reshape", {"shape": [4, -1]}, input=r(2, 3, 4))
    function("Tensor_view", "torch.Tensor.reshape", {"shape": [6, 4]}, self=r(2, 3, 4))
    function("permute", "torch.permute", {"dims": [2, 0, 1]}, input=r(2, 3, 4))
    function("transpose", "torch.transpose", {"dim0": 0, "dim1": -1}, input=r(2, 3, 4))
    function("t", "torch.t", input=r(2, 3))
    function("squeeze_all", "torch.squeeze", input=r(1, 3, 1))
    function("squeeze_dim", "torch.squeeze", {"dim": 0}, input=r(1, 3, 1))
    function("unsqueeze", "torch.unsqueeze", {"dim": -2}, input=r(2, 3))
    function("flatten", "torch.flatten", {"start_dim": 1}, input=r(2, 3, 4))
    function("flatten_middle", "torch.flatten", {"start_dim": 0, "end_dim": 1}, input=r(2, 3, 4))
    function("narrow", "torch.narrow", {"dim": 1, "start": 1, "length": 2}, input=r(2, 4, 3))
    function("narrow_from_end", "torch.narrow", {"dim": 0, "start": -2, "length": 2}, input=r(4, 3))
    function("select", "torch.select", {"dim": 1, "index": 2}, input=r(2, 4, 3))
    receiver = r(1, 3, 1)
    torch.manual_seed(1)
    save("Tensor_expand", "torch.Tensor.expand", {"size": [2, -1, 4]}, {}, "eval",
         lambda: receiver.expand(2, -1, 4), {"self": receiver}, {})
    for k in [-1, 0, 1]:
        function(f"tril_{k}", "torch.tril", {"diagonal": k}, input=r(4, 4))
        function(f"triu_{k}", "torch.triu", {"diagonal": k}, input=r(2, 3, 5))
    for dim in [0, 1, -1]:
        sizes = [[2, 3, 4], [2, 3, 4], [2, 3, 4]]
        for k in range(3):
            sizes[k][dim] += k
        function(f"cat_{dim}", "torch.cat", {"dim": dim}, tensors=[r(*s) for s in sizes])
        function(f"stack_{dim}", "torch.stack", {"dim": dim}, tensors=[r(2, 3), r(2, 3)])
        function(f"unbind_{dim}", "torch.unbind", {"dim": dim}, input=r(2, 3, 2))
    function("split_size", "torch.split", {"split_size_or_sections": 2, "dim": 1}, tensor=r(3, 5))
    function("split_sizes", "torch.split", {"split_size_or_sections": [1, 4]}, tensor=r(5, 2))
    function("chunk", "torch.chunk", {"chunks": 3, "dim": 1}, input=r(2, 7))
    for dim in [0, 1, 2]:
        shape = [3, 4, 5]
        index = ids(shape[dim], 2, 3, 4)
        function(f"gather_{dim}", "torch.gather", {"dim": dim}, input=r(3, 4, 5), index=index)
        function(f"scatter_add_{dim}", "torch.scatter_add", {"dim": dim}, input=r(3, 4, 5),
                 index=index, src=r(2, 3, 4))
        function(f"index_select_{dim}", "torch.index_select", {"dim": dim}, input=r(3, 4, 5),
                 index=ids(shape[dim], 6))
    torch.manual_seed(3)
    once = torch.stack([torch.randperm(4)[:3] for _ in range(2)])
    function("scatter", "torch.scatter", {"dim": 1}, input=r(2, 4), index=once, src=r(2, 3))
    function("scatter_value", "torch.scatter", {"dim": 1, "value": 1.5}, input=r(2, 4), index=once)


def products():
    for k, (a, b) in enumerate([((3, 4), (4, 5)), ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 3)),
                                ((2, 3, 4), (4, 5)), ((2, 1, 3, 4), (3, 4, 2)), ((2, 3, 4), (2, 4, 5)),
                                ((17, 9), (9, 33))]):
        function(f"matmul_{k}", "torch.matmul", input=r(*a), other=r(*b))
    function("matmul_f32", "torch.matmul", input=r(8, 16, dtype=f32), other=r(16, 5, dtype=f32))
    function("mm", "torch.mm", input=r(3, 4), mat2=r(4, 2))
    function("bmm", "torch.bmm", input=r(2, 3, 4), mat2=r(2, 4, 5))
    function("mv", "torch.mv", input=r(3, 4), vec=r(4))
    function("outer", "torch.outer", input=r(3), vec2=r(4))
    function("dot", "torch.dot", input=r(5), tensor=r(5))
    for k, (equation, given) in enumerate({
            "ij,jk->ik": [(3, 4), (4, 5)], "bhid,bhjd->bhij": [(2, 3, 4, 2), (2, 3, 5, 2)],
            "i,j->ij": [(3,), (4,)], "ij->ji": [(3, 4)], "ij->": [(3, 4)], "ii->i": [(4, 4)],
            "...i,...i->...": [(2, 3, 4), (2, 3, 4)], "b...d,de->b...e": [(2, 3, 4, 5), (5, 2)],
            "ij,jk,kl->il": [(3, 4), (4, 5), (5, 2)], "ba,dca": [(2, 3), (4, 5, 3)],
            "bn,anm,bm->ba": [(2, 5), (3, 5, 4), (2, 4)]}.items()):
        function(f"einsum_{k}", "torch.einsum", {"equation": equation},
                 operands=[r(*s) for s in given])


def activations():
    n = "torch.nn.functional."
    for name, configs in {"gelu": [{}, {"approximate": "tanh"}], "elu": [{}, {"alpha": 0.7}],
                          "leaky_relu": [{}, {"negative_slope": 0.2}], "silu": [{}],
                          "softplus": [{}, {"beta": 2, "threshold": 3}], "logsigmoid": [{}]}.items():
        for k, config in enumerate(configs):
            function(f"F_{name}_{k}", n + name, config, input=(r(4, 6) * 3).detach().requires_grad_())
            function(f"F_{name}_{k}_f32", n + name, config, input=r(5, 3, dtype=f32))
    for name in ["softmax", "log_softmax"]:
        for dim in [0, 1, -1]:
            function(f"F_{name}_{dim}", n + name, {"dim": dim}, input=r(3, 4, 5))
        function(f"{name}", "torch." + name, {"dim": 1}, input=r(3, 4))
        function(f"F_{name}_large", n + name, {"dim": 1},
                 input=(r(3, 6) * 200).detach().requires_grad_())
    for name, config in {"ReLU": {}, "Tanh": {}, "Sigmoid": {}, "SiLU": {}, "GELU": {},
                         "ELU": {"alpha": 1.3}, "LeakyReLU": {"negative_slope": 0.05},
                         "Softplus": {"beta": 1.5}, "Softmax": {"dim": 1}, "LogSoftmax": {"dim": 0},
                         "Identity": {}, "Flatten": {}, "Dropout": {"p": 0.0}}.items():
        module(f"nn_{name}", f"torch.nn.{name}", config, input=r(3, 4))
    module("nn_Dropout_eval", "torch.nn.Dropout", {"p": 0.7}, mode="eval", input=r(3, 4))
    function("F_dropout_off", n + "dropout", {"p": 0.4, "training": False}, input=r(3, 4))


def losses():
    n = "torch.nn.functional."
    for reduction in ["mean", "sum", "none"]:
        c = {"reduction": reduction}
        function(f"F_cross_entropy_{reduction}", n + "cross_entropy", c, input=r(5, 4), target=ids(4, 5))
        function(f"F_cross_entropy_all_{reduction}", n + "cross_entropy",
                 {**c, "label_smoothing": 0.15, "ignore_index": 2}, input=r(6, 4), target=ids(4, 6),
                 weight=positive(4).detach())
        function(f"F_cross_entropy_deep_{reduction}", n + "cross_entropy",
                 {**c, "label_smoothing": 0.1}, input=r(2, 4, 3, 2), target=ids(4, 2, 3, 2),
                 weight=positive(4).detach())
        function(f"F_cross_entropy_soft_{reduction}", n + "cross_entropy", {**c, "label_smoothing": 0.2},
                 input=r(5, 4), target=torch.softmax(r(5, 4), 1).detach(), weight=positive(4).detach())
        function(f"F_cross_entropy_soft_deep_{reduction}", n + "cross_entropy", c,
                 input=r(2, 4, 3), target=torch.softmax(r(2, 4, 3), 1).detach())
        function(f"F_nll_loss_{reduction}", n + "nll_loss", {**c, "ignore_index": 1},
                 input=r(5, 4), target=ids(4, 5), weight=positive(4).detach())
        function(f"F_nll_loss_deep_{reduction}", n + "nll_loss", c, input=r(2, 4, 3), target=ids(4, 2, 3))
        function(f"F_bce_{reduction}", n + "binary_cross_entropy_with_logits", c, input=r(4, 3),
                 target=torch.rand(4, 3, dtype=torch.float64))
        function(f"F_bce_weighted_{reduction}", n + "binary_cross_entropy_with_logits", c, input=r(4, 3),
                 target=torch.rand(4, 3, dtype=torch.float64), weight=positive(4, 1).detach(),
                 pos_weight=positive(3).detach())
        for name, config in {"mse_loss": {}, "l1_loss": {}, "smooth_l1_loss": {"beta": 0.6},
                             "huber_loss": {"delta": 0.8}}.items():
            function(f"F_{name}_{reduction}", n + name, {**c, **config}, input=r(3, 4), target=r(3, 4))
    for reduction in ["mean", "sum", "none", "batchmean"]:
        for log_target in [False, True]:
            t = F.log_softmax(r(3, 5), 1) if log_target else F.softmax(r(3, 5), 1)
            function(f"F_kl_div_{reduction}_{log_target}", n + "kl_div",
                     {"reduction": reduction, "log_target": log_target},
                     input=F.log_softmax(r(3, 5), 1).detach().requires_grad_(),
                     target=t.detach().requires_grad_())
    function("F_cross_entropy_single", n + "cross_entropy", input=r(4), target=ids(4))
    function("F_cross_entropy_f32", n + "cross_entropy", input=r(9, 12, dtype=f32), target=ids(12, 9))
    for name, config, y in [("CrossEntropyLoss", {"label_smoothing": 0.1}, ids(4, 5)),
                            ("NLLLoss", {"reduction": "sum"}, ids(4, 5)),
                            ("MSELoss", {}, r(5, 4)), ("L1Loss", {"reduction": "sum"}, r(5, 4)),
                            ("SmoothL1Loss", {"beta": 2.0}, r(5, 4)), ("HuberLoss", {}, r(5, 4)),
                            ("KLDivLoss", {"reduction": "batchmean"}, positive(5, 4).detach()),
                            ("BCEWithLogitsLoss", {}, torch.rand(5, 4, dtype=torch.float64))]:
        module(f"nn_{name}", f"torch.nn.{name}", config, input=r(5, 4), target=y)
    torch.manual_seed(5)
    w, x, y = positive(4).detach(), r(5, 4), ids(4, 5)
    save("nn_CrossEntropyLoss_weight", "torch.nn.CrossEntropyLoss", {}, {}, "eval",
         lambda: F.cross_entropy(x, y, w), {"input": x, "target": y}, {"weight": w})
    t = torch.rand(5, 4, dtype=torch.float64)
    save("nn_BCEWithLogitsLoss_weight", "torch.nn.BCEWithLogitsLoss", {}, {}, "eval",
         lambda: F.binary_cross_entropy_with_logits(x, t, pos_weight=w), {"input": x, "target": t},
         {"pos_weight": w})


def weighted():
    n = "torch.nn.functional."
    function("F_linear", n + "linear", input=r(2, 3, 5), weight=r(4, 5), bias=r(4))
    function("F_linear_no_bias", n + "linear", input=r(3, 5), weight=r(4, 5))
    for k, c in enumerate([{}, {"padding_idx": 2}, {"padding_idx": -1}]):
        function(f"F_embedding_{k}", n + "embedding", c, input=ids(6, 3, 4), weight=r(6, 5))
        module(f"nn_Embedding_{k}", "torch.nn.Embedding",
               {"num_embeddings": 6, "embedding_dim": 5, **c}, input=ids(6, 3, 4))
    for k, shape in enumerate([[5], [4, 5]]):
        function(f"F_layer_norm_{k}", n + "layer_norm", {"normalized_shape": shape, "eps": 1e-3},
                 input=r(3, 4, 5), weight=r(*shape), bias=r(*shape))
        function(f"F_layer_norm_plain_{k}", n + "layer_norm", {"normalized_shape": shape}, input=r(3, 4, 5))
        function(f"F_rms_norm_{k}", n + "rms_norm", {"normalized_shape": shape, "eps": 1e-3},
                 input=r(3, 4, 5), weight=r(*shape))
        for c in [{}, {"elementwise_affine": False}, {"bias": False}, {"eps": 0.1}]:
            module(f"nn_LayerNorm_{k}_{'_'.join(c) or 'plain'}", "torch.nn.LayerNorm",
                   {"normalized_shape": shape, **c}, input=r(3, 4, 5))
        for c in [{}, {"elementwise_affine": False}, {"eps": 0.1}]:
            module(f"nn_RMSNorm_{k}_{'_'.join(c) or 'plain'}", "torch.nn.RMSNorm",
                   {"normalized_shape": shape, **c}, x=r(3, 4, 5))
    module("nn_LayerNorm_f32", "torch.nn.LayerNorm", {"normalized_shape": [16]}, dtype=f32,
           input=r(6, 16, dtype=f32))
    module("nn_Linear", "torch.nn.Linear", {"in_features": 5, "out_features": 3}, input=r(2, 4, 5))
    module("nn_Linear_no_bias", "torch.nn.Linear", {"in_features": 5, "out_features": 3, "bias": False},
           input=r(4, 5))
    module("nn_Linear_vector", "torch.nn.Linear", {"in_features": 5, "out_features": 3}, input=r(5))
    module("nn_Linear_f32", "torch.nn.Linear", {"in_features": 20, "out_features": 33}, dtype=f32,
           input=r(7, 20, dtype=f32))
    for k, c in enumerate([{}, {"stride": 2}, {"padding": 2}, {"dilation": 2, "padding": 2}, {"groups": 2},
                           {"stride": 2, "padding": 1, "dilation": 2, "groups": 2}, {"padding": "same"},
                           {"padding": "valid", "bias": False}, {"stride": [3], "padding": [1]}]):
        module(f"nn_Conv1d_{k}", "torch.nn.Conv1d",
               {"in_channels": 4, "out_channels": 6, "kernel_size": 3, **c}, input=r(2, 4, 11))
        plain = {key: v for key, v in c.items() if key != "bias"}
        function(f"F_conv1d_{k}", n + "conv1d", plain, input=r(2, 4, 9),
                 weight=r(6, 2 if c.get("groups") == 2 else 4, 3), bias=r(6))
    module("nn_Conv1d_unbatched", "torch.nn.Conv1d",
           {"in_channels": 2, "out_channels": 3, "kernel_size": 2}, input=r(2, 7))


# ---- recurrence
def recurrence():
    base = {"input_size": 3, "hidden_size": 4}
    for kind, extras in {"RNN": [{}, {"nonlinearity": "relu"}], "GRU": [{}],
                         "LSTM": [{}, {"proj_size": 2}]}.items():
        for extra in extras:
            for layers, both, first, bias in itertools.product([1, 2], [False, True], [False, True],
                                                               [True, False]):
                if not bias and (layers == 2) == both:
                    continue
                c = {**base, **extra, "num_layers": layers, "bidirectional": both,
                     "batch_first": first, "bias": bias}
                label = "_".join([kind, *map(str, extra.values()), str(layers),
                                  "both" if both else "one", "batch" if first else "time",
                                  "bias" if bias else "none"])
                x = r(2, 5, 3) if first else r(5, 2, 3)
                n = layers * (2 if both else 1)
                out = extra.get("proj_size", 4)
                hx = (r(n, 2, out), r(n, 2, 4)) if kind == "LSTM" else r(n, 2, 4)
                module(f"nn_{label}", f"torch.nn.{kind}", c, input=x, hx=hx)
        lengths = torch.tensor([4, 1, 3])
        for both in [False, True]:
            c = {**base, "num_layers": 2, "bidirectional": both, "batch_first": True}
            x = r(3, 5, 3)

            def packed(m, x=x):
                p = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True,
                                                            enforce_sorted=False)
                y, h = m(p)
                return torch.nn.utils.rnn.pad_packed_sequence(y, batch_first=True)[0], h

            module(f"nn_{kind}_lengths_{both}", f"torch.nn.{kind}", c, run=packed, input=x,
                   lengths=lengths)
        module(f"nn_{kind}_no_state", f"torch.nn.{kind}", base, input=r(6, 2, 3))
        module(f"nn_{kind}_unbatched", f"torch.nn.{kind}", base, input=r(6, 3))
        module(f"nn_{kind}_f32", f"torch.nn.{kind}", {**base, "batch_first": True}, dtype=f32,
               input=r(2, 5, 3, dtype=f32))
        for bias in [True, False]:
            hx = (r(2, 4), r(2, 4)) if kind == "LSTM" else r(2, 4)
            module(f"nn_{kind}Cell_{bias}", f"torch.nn.{kind}Cell", {**base, "bias": bias},
                   input=r(2, 3), hx=hx)
        module(f"nn_{kind}Cell_alone", f"torch.nn.{kind}Cell", base, input=r(3))
    module("nn_RNNCell_relu", "torch.nn.RNNCell", {**base, "nonlinearity": "relu"}, input=r(2, 3))


# ---- attention
def attention():
    n = "torch.nn.functional.scaled_dot_product_attention"
    seen = boolean(4, 5, p=0.7)
    seen[:, 0] = True
    additive = torch.randn(4, 5, dtype=torch.float64)
    partly = additive.masked_fill(~seen, float("-inf"))
    for label, (config, mask) in {"plain": ({}, None), "bool": ({}, seen), "float": ({}, additive),
                                  "partly": ({}, partly), "scale": ({"scale": 0.3}, None)}.items():
        function(f"F_sdpa_{label}", n, config, query=r(2, 3, 4, 6), key=r(2, 3, 5, 6),
                 value=r(2, 3, 5, 7), attn_mask=mask) if mask is not None else function(
            f"F_sdpa_{label}", n, config, query=r(2, 3, 4, 6), key=r(2, 3, 5, 6), value=r(2, 3, 5, 7))
    function("F_sdpa_causal", n, {"is_causal": True}, query=r(2, 3, 5, 6), key=r(2, 3, 5, 6),
             value=r(2, 3, 5, 6))
    function("F_sdpa_three", n, {"is_causal": True}, query=r(2, 5, 6), key=r(2, 5, 6), value=r(2, 5, 6))
    function("F_sdpa_gqa", n, {"enable_gqa": True}, query=r(2, 4, 5, 6), key=r(2, 2, 5, 6),
             value=r(2, 2, 5, 6))
    function("F_sdpa_f32", n, {}, query=r(2, 2, 9, 8, dtype=f32), key=r(2, 2, 7, 8, dtype=f32),
             value=r(2, 2, 7, 8, dtype=f32))
    base = {"embed_dim": 8, "num_heads": 2}
    T, S, B = 4, 5, 3
    padding = torch.tensor([[False] * 5, [False] * 3 + [True] * 2, [False] * 4 + [True]])
    two, three = boolean(T, S, p=0.3), boolean(B * 2, T, S, p=0.3)
    two[:, 0] = three[:, :, 0] = False
    floats = torch.randn(T, S, dtype=torch.float64)
    floats3 = torch.randn(B * 2, T, S, dtype=torch.float64).masked_fill(three, float("-inf"))
    masks = {"plain": {}, "padding": {"key_padding_mask": padding}, "bool2": {"attn_mask": two},
             "bool3": {"attn_mask": three}, "float2": {"attn_mask": floats},
             "float3": {"attn_mask": floats3}, "both": {"attn_mask": two, "key_padding_mask": padding},
             "float_padding": {"key_padding_mask": torch.zeros(B, S, dtype=torch.float64).masked_fill(
                 padding, float("-inf"))}}
    for label, given in masks.items():
        for first in [True, False]:
            q, k, v = r(B, T, 8), r(B, S, 8), r(B, S, 8)
            if not first:
                q, k, v = r(T, B, 8), r(S, B, 8), r(S, B, 8)
            forward = {"average_attn_weights": first}
            module(f"nn_MHA_{label}_{first}", "torch.nn.MultiheadAttention",
                   {**base, "batch_first": first}, forward, query=q, key=k, value=v, **given)
    for label, config in {"no_bias": {"bias": False}, "kdim": {"kdim": 6, "vdim": 5}}.items():
        for weights in [True, False]:
            k, v = (r(B, S, 6), r(B, S, 5)) if label == "kdim" else (r(B, S, 8), r(B, S, 8))
            module(f"nn_MHA_{label}_{weights}", "torch.nn.MultiheadAttention",
                   {**base, "batch_first": True, **config}, {"need_weights": weights},
                   query=r(B, T, 8), key=k, value=v)
    module("nn_MHA_unbatched", "torch.nn.MultiheadAttention", base, query=r(T, 8), key=r(S, 8), value=r(S, 8))
    module("nn_MHA_f32", "torch.nn.MultiheadAttention", {**base, "batch_first": True}, dtype=f32,
           query=r(B, T, 8, dtype=f32), key=r(B, S, 8, dtype=f32), value=r(B, S, 8, dtype=f32))


def transformers():
    base = {"d_model": 8, "nhead": 2, "dim_feedforward": 12, "dropout": 0.0}
    B, S, T = 3, 5, 4
    pads = torch.tensor([[False] * 5, [False] * 3 + [True] * 2, [False] * 4 + [True]])
    tgt_pads = pads[:, 1:]
    causal = torch.triu(torch.ones(T, T, dtype=torch.bool), 1)
    minus = torch.zeros(T, T, dtype=torch.float64).masked_fill(causal, float("-inf"))
    some = boolean(S, S, p=0.3)
    some[:, 0] = False
    for norm_first, activation, first in itertools.product([False, True], ["relu", "gelu"], [True, False]):
        c = {**base, "norm_first": norm_first, "activation": activation, "batch_first": first}
        label = f"{'pre' if norm_first else 'post'}_{activation}_{'batch' if first else 'time'}"
        src = r(B, S, 8) if first else r(S, B, 8)
        tgt = r(B, T, 8) if first else r(T, B, 8)
        module(f"nn_EncoderLayer_{label}", "torch.nn.TransformerEncoderLayer", c, src=src, src_mask=some,
               src_key_padding_mask=pads)
        module(f"nn_DecoderLayer_{label}", "torch.nn.TransformerDecoderLayer", c,
               {"tgt_is_causal": first}, tgt=tgt, memory=src, tgt_mask=causal,
               tgt_key_padding_mask=tgt_pads, memory_key_padding_mask=pads)
        module(f"nn_Transformer_{label}", "torch.nn.Transformer",
               {**c, "num_encoder_layers": 1, "num_decoder_layers": 2}, src=src, tgt=tgt,
               tgt_mask=minus if first else causal,
               **({} if first else {"src_key_padding_mask": pads, "memory_key_padding_mask": pads,
                                    "tgt_key_padding_mask": tgt_pads}))
    added = torch.randn(S, S, dtype=torch.float64).masked_fill(some, float("-inf"))
    for norm_first in [False, True]:
        c = {**base, "norm_first": norm_first, "batch_first": True}
        module(f"nn_EncoderLayer_added_{norm_first}", "torch.nn.TransformerEncoderLayer", c, src=r(B, S, 8),
               src_mask=added)
        module(f"nn_DecoderLayer_added_{norm_first}", "torch.nn.TransformerDecoderLayer", c,
               tgt=r(B, S, 8), memory=r(B, S, 8), tgt_mask=added, memory_mask=added)
        module(f"nn_Transformer_added_{norm_first}", "torch.nn.Transformer",
               {**c, "num_encoder_layers": 2, "num_decoder_layers": 1}, src=r(B, S, 8), tgt=r(B, S, 8),
               src_mask=added, tgt_mask=added, memory_mask=added)
    module("nn_EncoderLayer_no_bias", "torch.nn.TransformerEncoderLayer",
           {**base, "bias": False, "layer_norm_eps": 1e-3, "batch_first": True}, src=r(B, S, 8))
    module("nn_EncoderLayer_unbatched", "torch.nn.TransformerEncoderLayer", base, src=r(S, 8))
    for kind, norm, mode in itertools.product(["Encoder", "Decoder"], [False, True], ["train", "eval"]):
        key = kind.lower() + "_layer"
        inner = {**base, "batch_first": True}
        config = {key: {"target": f"torch.nn.Transformer{kind}Layer", "config": inner}, "num_layers": 2}
        if norm:
            config["norm"] = {"target": "torch.nn.LayerNorm",
                              "config": {"normalized_shape": [8], "eps": 1e-3}}

        def build():
            layer = resolve(config[key]["target"])(**inner)
            last = torch.nn.LayerNorm([8], eps=1e-3) if norm else None
            return resolve(f"torch.nn.Transformer{kind}")(layer, 2, last)

        given = {"src": r(B, S, 8), "src_key_padding_mask": pads} if kind == "Encoder" else {
            "tgt": r(B, T, 8), "memory": r(B, S, 8), "tgt_mask": causal,
            "memory_key_padding_mask": pads}
        module(f"nn_Transformer{kind}_{norm}_{mode}", f"torch.nn.Transformer{kind}", config, build=build,
               mode=mode, **given)


# ---- optimisers, schedules, clipping
def optimisers():
    for name, configs in {
            "SGD": [{"lr": 0.1}, {"lr": 0.1, "momentum": 0.9},
                    {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1},
                    {"lr": 0.1, "momentum": 0.9, "nesterov": True}, {"lr": 0.1, "maximize": True}],
            "Adam": [{}, {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-5}, {"weight_decay": 0.1},
                     {"amsgrad": True, "lr": 0.1}, {"maximize": True}],
            "AdamW": [{}, {"lr": 0.05, "weight_decay": 0.3}, {"amsgrad": True, "maximize": True}],
            "RMSprop": [{}, {"momentum": 0.9}, {"centered": True}, {"weight_decay": 0.1, "maximize": True},
                        {"centered": True, "momentum": 0.5, "alpha": 0.8, "eps": 1e-4}],
            "Adagrad": [{}, {"lr_decay": 0.1}, {"weight_decay": 0.1, "initial_accumulator_value": 0.5},
                        {"maximize": True, "eps": 1e-5}]}.items():
        for k, config in enumerate(configs):
            torch.manual_seed(count)
            ps = {"a": r(3, 2), "b": r(4)}
            tensors = {f"param/{key}": p.detach().clone() for key, p in ps.items()}
            o = getattr(torch.optim, name)(ps.values(), **config)
            for step in range(4):
                for key, p in ps.items():
                    p.grad = torch.randn_like(p)
                    tensors[f"step/{step}/grad/{key}"] = p.grad.clone()
                o.step()
                for key, p in ps.items():
                    tensors[f"step/{step}/param/{key}"] = p.detach().clone()
            write(f"optim_{name}_{k}", {"gradus.parity": "1", "target": "torch.optim." + name,
                                        "config": json.dumps(config), "forward": "{}", "mode": "train",
                                        "source": "torch " + torch.__version__}, tensors)


def schedule(case, name, config, steps=50):
    p = torch.zeros(1, requires_grad=True)
    o = torch.optim.SGD([p], lr=0.2)
    s = getattr(torch.optim.lr_scheduler, name)(o, **config)
    rates = []
    for _ in range(steps):
        rates.append(float(o.param_groups[0]["lr"]))
        o.step()
        s.step()
    full = {"optimizer": {"target": "torch.optim.SGD", "config": {"lr": 0.2}}, **config}
    write(case, {"gradus.parity": "1", "target": "torch.optim.lr_scheduler." + name,
                 "config": json.dumps(full), "forward": "{}", "mode": "train",
                 "source": "torch " + torch.__version__},
          {"out/0": torch.tensor(rates, dtype=torch.float64)})


def schedules():
    for name, configs in {
            "StepLR": [{"step_size": 7}, {"step_size": 3, "gamma": 0.7}],
            "MultiStepLR": [{"milestones": [5, 20, 20, 31], "gamma": 0.3}],
            "ExponentialLR": [{"gamma": 0.93}],
            "CosineAnnealingLR": [{"T_max": 50}, {"T_max": 15, "eta_min": 0.01}],
            "CosineAnnealingWarmRestarts": [{"T_0": 7}, {"T_0": 5, "T_mult": 2, "eta_min": 0.02}],
            "LinearLR": [{}, {"start_factor": 0.1, "end_factor": 0.6, "total_iters": 20}],
            "ConstantLR": [{}, {"factor": 0.25, "total_iters": 12}],
            "PolynomialLR": [{}, {"total_iters": 30, "power": 2.0}],
            "OneCycleLR": [{"max_lr": 0.5, "total_steps": 60},
                           {"max_lr": 0.3, "epochs": 6, "steps_per_epoch": 10, "pct_start": 0.4,
                            "anneal_strategy": "linear", "div_factor": 10, "final_div_factor": 100},
                           {"max_lr": 0.3, "total_steps": 55, "three_phase": True}]}.items():
        for k, config in enumerate(configs):
            schedule(f"schedule_{name}_{k}", name, config)


def clipping():
    for k, (norm, most) in enumerate([(2.0, 1.0), ("inf", 0.5), (1.0, 2.0), (2.0, 100.0), (3.0, 0.7)]):
        torch.manual_seed(k)
        ps = [r(3, 4), r(5)]
        grads = [torch.randn_like(p) for p in ps]
        for p, g in zip(ps, grads):
            p.grad = g.clone()
        total = torch.nn.utils.clip_grad_norm_(ps, most, float(norm))
        tensors = {f"in/grads.{i}": g for i, g in enumerate(grads)}
        tensors["out/0"] = total
        tensors.update({f"out/{i + 1}": p.grad for i, p in enumerate(ps)})
        write(f"clip_grad_norm_{k}", {
            "gradus.parity": "1", "target": "torch.nn.utils.clip_grad_norm_", "mode": "train",
            "config": json.dumps({"max_norm": most, "norm_type": norm}), "forward": "{}",
            "source": "torch " + torch.__version__}, tensors)
    ps = [r(3, 4)]
    ps[0].grad = torch.randn_like(ps[0])
    tensors = {"in/grads.0": ps[0].grad.clone()}
    torch.nn.utils.clip_grad_value_(ps, 0.4)
    tensors["out/0"] = ps[0].grad
    write("clip_grad_value", {"gradus.parity": "1", "target": "torch.nn.utils.clip_grad_value_",
                              "config": json.dumps({"clip_value": 0.4}), "forward": "{}", "mode": "train",
                              "source": "torch " + torch.__version__}, tensors)


def second_order():
    global second
    second = True
    for name in ["neg", "abs", "exp", "sin", "cos", "tanh", "sigmoid", "relu", "square"]:
        function(f"twice_{name}", f"torch.{name}", input=r(2, 3))
    for name in ["log", "sqrt", "rsqrt", "reciprocal"]:
        function(f"twice_{name}", f"torch.{name}", input=positive(5))
    for name, config in {"silu": {}, "gelu": {}, "gelu_tanh": {"approximate": "tanh"}, "elu": {"alpha": 0.7},
                         "softplus": {"beta": 1.7}, "leaky_relu": {"negative_slope": 0.2}}.items():
        function(f"twice_{name}", f"torch.nn.functional.{name.split('_t')[0]}", config, input=r(2, 5))
    for name in ["add", "sub", "mul", "div", "maximum", "minimum"]:
        function(f"twice_{name}", f"torch.{name}", input=r(3, 1), other=positive(1, 4))
    for p in [2, 3, 0.5, -1.5]:
        function(f"twice_pow_{p}", "torch.pow", {"exponent": p}, input=positive(2, 3))
    function("twice_pow_tensor", "torch.pow", input=positive(2, 3), exponent=r(3))
    function("twice_clamp", "torch.clamp", {"min": -0.5, "max": 0.5}, input=r(4, 5))
    function("twice_where", "torch.where", condition=boolean(3, 1), input=r(1, 4), other=r(2, 1, 1))
    function("twice_masked_fill", "torch.masked_fill", {"value": -1.5}, input=r(3, 4), mask=boolean(4))
    for name in ["sum", "mean", "amax", "amin", "logsumexp", "var", "std"]:
        function(f"twice_{name}", f"torch.{name}", {"dim": 1}, input=r(2, 3, 2))
    function("twice_prod", "torch.prod", {"dim": 1}, input=r(2, 3))
    zero = torch.tensor([[0.0, 2, 3], [0, 0, 4], [1, 2, 3]], dtype=torch.float64, requires_grad=True)
    function("twice_prod_zeros", "torch.prod", {"dim": 1}, input=zero)
    function("twice_cumsum", "torch.cumsum", {"dim": 1}, input=r(2, 3, 2))
    function("twice_max", "torch.max", {"dim": 1}, input=r(2, 3))
    function("twice_gather", "torch.gather", {"dim": 1}, input=r(2, 4), index=ids(4, 2, 3))
    function("twice_transpose", "torch.transpose", {"dim0": 0, "dim1": 1}, input=r(2, 3))
    function("twice_reshape", "torch.reshape", {"shape": [3, 2]}, input=r(2, 3))
    for k, (a, b) in enumerate([((3, 4), (4, 2)), ((4,), (4,)), ((2, 3, 4), (4,)), ((2, 3, 4), (2, 4, 2)),
                                ((4,), (2, 4, 2)), ((2, 1, 3, 4), (2, 4, 2))]):
        function(f"twice_matmul_{k}", "torch.matmul", input=r(*a), other=r(*b))
    function("twice_linear", "torch.nn.functional.linear", input=r(2, 3, 4), weight=r(2, 4), bias=r(2))
    function("twice_einsum", "torch.einsum", {"equation": "bij,bjk->bik"}, operands=[r(2, 2, 3), r(2, 3, 2)])
    for name in ["softmax", "log_softmax"]:
        function(f"twice_{name}", f"torch.nn.functional.{name}", {"dim": 1}, input=r(2, 4))
    function("twice_layer_norm", "torch.nn.functional.layer_norm", {"normalized_shape": [4]}, input=r(3, 4),
             weight=r(4), bias=r(4))
    function("twice_rms_norm", "torch.nn.functional.rms_norm", {"normalized_shape": [4], "eps": 1e-6},
             input=r(3, 4), weight=r(4))
    for name in ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"]:
        function(f"twice_{name}", f"torch.nn.functional.{name}", input=r(3, 4), target=r(3, 4))
    function("twice_bce", "torch.nn.functional.binary_cross_entropy_with_logits", input=r(3, 4),
             target=torch.rand(3, 4, dtype=torch.float64))
    function("twice_cross_entropy", "torch.nn.functional.cross_entropy",
             {"label_smoothing": 0.1, "ignore_index": 1}, input=r(6, 4), target=ids(4, 6))
    function("twice_cross_entropy_probabilities", "torch.nn.functional.cross_entropy", input=r(3, 4),
             target=torch.softmax(r(3, 4, grad=False), 1).requires_grad_())
    function("twice_nll_loss", "torch.nn.functional.nll_loss", {"reduction": "none"}, input=r(3, 4),
             target=ids(4, 3))
    function("twice_clamp_tensors", "torch.clamp", input=r(4, 5), min=r(5), max=(r(4, 1) + 3).detach())
    second = False


def shrinking():
    """Shrinking gradients: only then the largest second moment differs from the current one."""
    for name in ["Adam", "AdamW"]:
        torch.manual_seed(count)
        p = r(3, 2)
        tensors, config = {"param/a": p.detach().clone()}, {"amsgrad": True, "betas": [0.9, 0.5]}
        o = getattr(torch.optim, name)([p], lr=1e-3, **{**config, "betas": (0.9, 0.5)})
        for step in range(5):
            p.grad = torch.randn_like(p) * 4.0 ** -step
            tensors[f"step/{step}/grad/a"] = p.grad.clone()
            o.step()
            tensors[f"step/{step}/param/a"] = p.detach().clone()
        write(f"optim_{name}_amsgrad", {"gradus.parity": "1", "target": "torch.optim." + name,
                                        "config": json.dumps(config), "forward": "{}", "mode": "train",
                                        "source": "torch " + torch.__version__}, tensors)


def degenerate_schedules():
    """Extreme settings; one_cycle_lr only up to total_steps."""
    for name, configs in {
            "StepLR": [{"step_size": 1}, {"step_size": 1, "gamma": 0.0}, {"step_size": 3, "gamma": 0.0},
                       {"step_size": 2, "gamma": 1.0}, {"step_size": 2, "gamma": 2.0}, {"step_size": 1000}],
            "MultiStepLR": [{"milestones": []}, {"milestones": [0]}, {"milestones": [0, 0, 3]},
                            {"milestones": [9, 3]}, {"milestones": [-1, 2]}, {"milestones": [3], "gamma": 0.0}],
            "ExponentialLR": [{"gamma": 0.0}, {"gamma": 1.0}, {"gamma": 1.1}],
            "CosineAnnealingLR": [{"T_max": 1}, {"T_max": 2}, {"T_max": 1, "eta_min": 0.05},
                                  {"T_max": 5, "eta_min": 0.5}, {"T_max": 3, "eta_min": 0.2}],
            "CosineAnnealingWarmRestarts": [{"T_0": 1}, {"T_0": 2}, {"T_0": 1, "T_mult": 2},
                                            {"T_0": 1, "T_mult": 3, "eta_min": 0.3}],
            "LinearLR": [{"total_iters": 0}, {"total_iters": 1},
                         {"start_factor": 0.5, "end_factor": 0.0, "total_iters": 0},
                         {"start_factor": 0.5, "end_factor": 0.0, "total_iters": 4},
                         {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 1}],
            "ConstantLR": [{"factor": 0.5, "total_iters": 0}, {"factor": 0.5, "total_iters": 1},
                           {"factor": 0.0, "total_iters": 0}, {"factor": 1.0, "total_iters": 3}],
            "PolynomialLR": [{"total_iters": 0}, {"total_iters": 0, "power": 2.0}, {"total_iters": 1},
                             {"total_iters": 3, "power": 0.0}, {"total_iters": 3, "power": 0.5}]}.items():
        for k, config in enumerate(configs):
            schedule(f"schedule_edge_{name}_{k}", name, config, 26)
    k = 0
    for steps in [1, 2, 3, 4, 7]:
        for more in [{}, {"pct_start": 0.0}, {"pct_start": 0.9}, {"three_phase": True},
                     {"anneal_strategy": "linear"}, {"anneal_strategy": "linear", "three_phase": True},
                     {"div_factor": 1.0, "final_div_factor": 1.0}]:
            config = {"max_lr": 0.5, "total_steps": steps, **more}
            schedule(f"schedule_edge_OneCycleLR_{k}", "OneCycleLR", config, steps)
            k += 1


def bounds():
    """clamp exactly at its bounds."""
    global changed, second
    inf = float("inf")
    number = lambda: torch.tensor([-inf, -2, -1, -0.5, 0, 0.5, 1, 2, inf], dtype=torch.float64,
                                  requires_grad=True)
    function("clamp_at_crossed", "torch.clamp", {"min": 1, "max": -1}, input=number())
    changed = (2, 14)
    for name, config in {"min": {"min": -1}, "max": {"max": 1}, "both": {"min": -1, "max": 1},
                         "point": {"min": 0.5, "max": 0.5}}.items():
        function(f"clamp_at_{name}", "torch.clamp", config, input=number())
    function("clamp_min_at", "torch.clamp_min", {"min": -1}, input=number())
    function("clamp_max_at", "torch.clamp_max", {"max": 1}, input=number())
    function("clamp_at_f32", "torch.clamp", {"min": -0.3, "max": 0.7},
             input=torch.tensor([-0.3, 0.1, 0.7, 0.8], dtype=f32, requires_grad=True))
    for twice in [False, True]:
        second = twice
        name = "twice_clamp_at" if twice else "clamp_at"
        grid = torch.cartesian_prod(*[torch.tensor([-1.0, 0, 1], dtype=torch.float64)] * 3)
        x, low, high = [column.clone().requires_grad_() for column in grid.T]
        function(f"{name}_tensors", "torch.clamp", input=x, min=low, max=high)
        function(f"{name}_tensor_min", "torch.clamp", input=x, min=low)
        function(f"{name}_tensor_max", "torch.clamp", input=x, max=high)
        function(f"{name}_numbers", "torch.clamp", {"min": -1, "max": 1}, input=x)
    second = False
    changed = None


def is_of_another_version(file):
    with open(os.path.join(HERE, file), "rb") as f:
        metadata = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))["__metadata__"]
    holds = metadata.get("torch", "")
    since = tuple(int(part) for part in holds.lstrip("<>=").split(".")) if holds else ()
    return bool(holds) and (VERSION >= since) != holds.startswith(">=")


if __name__ == "__main__":
    os.makedirs(HERE, exist_ok=True)
    for old in os.listdir(HERE):
        if old.endswith(".safetensors") and not is_of_another_version(old):
            os.remove(os.path.join(HERE, old))
    for part in [elementwise, reductions, shapes, products, activations, losses, weighted, recurrence,
                 attention, transformers, optimisers, schedules, clipping, second_order,
                 shrinking, degenerate_schedules, bounds]:
        torch.manual_seed(1)
        part()
    print(count, "cases in", HERE)
