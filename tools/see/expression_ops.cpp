// SPDX-License-Identifier: MIT
// The ops of expressions, by the names of the C++ functions.
#include "gradus/ops/attention.h"
#include "gradus/ops/einsum.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/embedding.h"
#include "gradus/ops/join.h"
#include "gradus/ops/layer_norm.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/mask.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/rope.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "tools/see/expression.h"

namespace gradus::tools {
namespace {

using A = StepArguments;
using One = Tensor (*)(const Tensor&);
using Two = Tensor (*)(const Tensor&, const Tensor&);
using WithNumber = Tensor (*)(const Tensor&, double);
using Along = Tensor (*)(const Tensor&, int);
using Reduced = Tensor (*)(const Tensor&, const Axes&, bool);
using Loss = Tensor (*)(const Tensor&, const Tensor&, Reduction);

template <One f> Tensor one(A& a) { return f(a.tensor()); }
template <Two f, WithNumber g> Tensor two(A& a) {
  const Tensor x = a.tensor();
  return a.is_number() ? g(x, a.number()) : f(x, a.tensor());
}
template <Two f> Tensor pair(A& a) {
  const Tensor x = a.tensor();
  return f(x, a.tensor());
}
template <Along f> Tensor along(A& a) {
  const Tensor x = a.tensor();
  return f(x, static_cast<int>(a.whole(-1)));
}
template <Loss f> Tensor loss(A& a) {
  const Tensor x = a.tensor();
  return f(x, a.tensor(), Reduction::mean);
}
Axes axes_of(const std::vector<int64_t>& list) {
  Axes axes;
  for (int64_t axis : list) axes.push_back(static_cast<int>(axis));
  return axes;
}
Shape shape_of(const std::vector<int64_t>& list) {
  Shape shape;
  for (int64_t n : list) shape.push_back(n);
  return shape;
}
template <Reduced f> Tensor reduced(A& a) {
  const Tensor x = a.tensor();
  const Axes axes = axes_of(a.list());
  return f(x, axes, a.flag(false));
}

const char* const x_only = "x";
const char* const a_and_b = "a, b (a value or a number)";
const char* const over_axes = "x, axes = all, keepdim = false";

std::vector<ExpressionOp> elementwise() {
  return {
      {"add", a_and_b, two<add, add>},
      {"sub", a_and_b, two<sub, sub>},
      {"mul", a_and_b, two<mul, mul>},
      {"div", a_and_b, two<div, div>},
      {"pow", a_and_b, two<pow, pow>},
      {"maximum", "a, b", pair<maximum>},
      {"minimum", "a, b", pair<minimum>},
      {"neg", x_only, one<neg>},
      {"abs", x_only, one<abs>},
      {"exp", x_only, one<exp>},
      {"log", x_only, one<log>},
      {"sqrt", x_only, one<sqrt>},
      {"sin", x_only, one<sin>},
      {"cos", x_only, one<cos>},
      {"tanh", x_only, one<tanh>},
      {"sigmoid", x_only, one<sigmoid>},
      {"relu", x_only, one<relu>},
      {"silu", x_only, one<silu>},
      {"gelu", x_only, [](A& a) { return gelu(a.tensor()); }},
      {"softplus", x_only, [](A& a) { return softplus(a.tensor()); }},
      {"leaky_relu", "x, negative_slope = 0.01",
       [](A& a) {
         const Tensor x = a.tensor();
         return leaky_relu(x, a.number(0.01));
       }},
      {"elu", "x, alpha = 1",
       [](A& a) {
         const Tensor x = a.tensor();
         return elu(x, a.number(1));
       }},
      {"clamp", "x, min, max",
       [](A& a) {
         const Tensor x = a.tensor();
         const double low = a.number();
         return clamp(x, low, a.number());
       }},
  };
}

std::vector<ExpressionOp> shapes() {
  return {
      {"reshape", "x, shape",
       [](A& a) {
         const Tensor x = a.tensor();
         return reshape(x, shape_of(a.list()));
       }},
      {"permute", "x, order of the axes",
       [](A& a) {
         const Tensor x = a.tensor();
         return permute(x, axes_of(a.list()));
       }},
      {"transpose", "x, axis, axis",
       [](A& a) {
         const Tensor x = a.tensor();
         const auto first = static_cast<int>(a.whole(-2));
         return transpose(x, first, static_cast<int>(a.whole(-1)));
       }},
      {"broadcast_to", "x, shape",
       [](A& a) {
         const Tensor x = a.tensor();
         return broadcast_to(x, shape_of(a.list()));
       }},
  };
}

std::vector<ExpressionOp> parts() {
  return {
      {"select", "x, axis, index",
       [](A& a) {
         const Tensor x = a.tensor();
         const auto axis = static_cast<int>(a.whole());
         return select(x, axis, a.whole());
       }},
      {"narrow", "x, axis, start, length",
       [](A& a) {
         const Tensor x = a.tensor();
         const auto axis = static_cast<int>(a.whole());
         const int64_t start = a.whole();
         return narrow(x, axis, start, a.whole());
       }},
      {"cat", "values, axis = 0",
       [](A& a) {
         const std::vector<Tensor> parts = a.tensors();
         return cat(parts, static_cast<int>(a.whole(0)));
       }},
      {"stack", "values, axis = 0",
       [](A& a) {
         const std::vector<Tensor> parts = a.tensors();
         return stack(parts, static_cast<int>(a.whole(0)));
       }},
  };
}

std::vector<ExpressionOp> reductions() {
  return {
      {"sum", over_axes, reduced<sum>},
      {"mean", over_axes, reduced<mean>},
      {"prod", over_axes, reduced<prod>},
      {"amax", over_axes, reduced<amax>},
      {"amin", over_axes, reduced<amin>},
      {"logsumexp", over_axes, reduced<logsumexp>},
      {"cumsum", "x, axis = -1", along<cumsum>},
      {"softmax", "x, axis = -1", along<softmax>},
      {"log_softmax", "x, axis = -1", along<log_softmax>},
      {"layer_norm", "x, weight, bias (over the last axis)",
       [](A& a) {
         const Tensor x = a.tensor();
         const std::vector<Tensor> rest = a.tensors();
         return layer_norm(x, {x.size(-1)}, rest.empty() ? Tensor() : rest[0],
                           rest.size() < 2 ? Tensor() : rest[1]);
       }},
      {"rms_norm", "x, weight (over the last axis)",
       [](A& a) {
         const Tensor x = a.tensor();
         return rms_norm(x, {x.size(-1)}, a.more() ? a.tensor() : Tensor());
       }},
  };
}

std::vector<ExpressionOp> products() {
  return {
      {"matmul", "a, b", pair<matmul>},
      {"linear", "x, weight, bias",
       [](A& a) {
         const Tensor x = a.tensor(), weight = a.tensor();
         return linear(x, weight, a.more() ? a.tensor() : Tensor());
       }},
      {"einsum", "equation, values",
       [](A& a) {
         const std::string equation = a.word();
         const std::vector<Tensor> values = a.tensors();
         return einsum(equation, values);
       }},
      {"embedding", "indices, weight",
       [](A& a) {
         const Tensor ids = a.tensor();
         return embedding(ids, a.tensor());
       }},
      {"scaled_dot_product_attention", "q, k, v [B, H, T, D], causal = false",
       [](A& a) {
         const Tensor q = a.tensor(), k = a.tensor(), v = a.tensor();
         return scaled_dot_product_attention(q, k, v,
                                             {.mask = a.flag(false) ? Mask::causal() : Mask()});
       }},
      {"rope", x_only, [](A& a) { return rope(a.tensor()); }},
  };
}

std::vector<ExpressionOp> losses() {
  return {
      {"mse_loss", "x, target", loss<mse_loss>},
      {"l1_loss", "x, target", loss<l1_loss>},
      {"cross_entropy", "logits, target",
       [](A& a) {
         const Tensor x = a.tensor();
         return cross_entropy(x, a.tensor());
       }},
      {"nll_loss", "log-probabilities, target",
       [](A& a) {
         const Tensor x = a.tensor();
         return nll_loss(x, a.tensor());
       }},
      {"binary_cross_entropy_with_logits", "logits, target",
       [](A& a) {
         const Tensor x = a.tensor();
         return binary_cross_entropy_with_logits(x, a.tensor());
       }},
  };
}

}  // namespace

const std::vector<ExpressionOp>& expression_ops() {
  static const std::vector<ExpressionOp> all = [] {
    std::vector<ExpressionOp> ops = elementwise();
    for (auto* more : {shapes, parts, reductions, products, losses})
      for (ExpressionOp& op : more()) ops.push_back(std::move(op));
    return ops;
  }();
  return all;
}

}  // namespace gradus::tools
