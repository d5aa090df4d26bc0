// SPDX-License-Identifier: MIT
// Exercises on sequences: attention, rope.
#include <cmath>

#include "check/exercise/exercise.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/rope.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"

namespace gradus::exercise {
namespace {

using check::values;

Tensors right_attention(Inputs in, const Numbers& n) {
  return {scaled_dot_product_attention(in[0], in[1], in[2],
                                       {.mask = n[0] != 0 ? Mask::causal() : Mask{}})};
}

std::vector<Example> attention_examples(Generator& gen) {
  std::vector<Example> all;
  const auto add = [&](int64_t B, int64_t T, int64_t S, int64_t D, int64_t V, bool causal) {
    all.push_back({text({"B ", B, ", T ", T, ", S ", S, causal ? ", causal" : ""}),
                   {values(gen, {B, T, D}), values(gen, {B, S, D}), values(gen, {B, S, V})},
                   {static_cast<double>(causal)}});
  };
  // Different sizes first, so that a factor has one origin; with equal ones, transposes run without
  // an error.
  add(1, 2, 3, 5, 4, false), add(2, 3, 3, 3, 3, false), add(2, 3, 5, 4, 2, false);
  add(1, 4, 4, 3, 3, true), add(2, 3, 3, 5, 2, true), add(2, 4, 2, 3, 3, true);
  return all;
}

Tensor hidden(const Tensor& scores) {
  const Mask mask = Mask::causal();
  const int64_t T = scores.size(1), S = scores.size(2);
  return logical_not(mask.dense(1, 1, T, S).reshape({T, S}).clone_data());
}

// The weights, with mistakes: another scale, no mask, softmax along another axis.
struct Form {
  double power = -0.5;  // of D
  bool masked = true;
  int axis = -1;
  double hidden = -1e300;  // what hidden scores become
};
Tensor weights(Inputs in, const Numbers& n, const Form& f) {
  const double scale = std::pow(static_cast<double>(in[0].size(-1)), f.power);
  Tensor scores = matmul(in[0], in[1].transpose(1, 2)) * scale;
  if (n[0] != 0 && f.masked)
    scores = masked_fill(scores, expand(hidden(scores), scores.shape()), f.hidden);
  return softmax(scores, f.axis);
}

Impostor wrong_weights(const char* name, Form f) {
  return wrong_result(
      name, [f](Inputs in, const Numbers& n) { return Tensors{matmul(weights(in, n, f), in[2])}; });
}

// The backward, with parts that a mutant changes.
struct BackwardForm {
  bool minus_sum = true, transposed = true, swapped = false;
  double power = -0.5;
  int axis = -1;          // axis of the sum
  bool softmax = true;    // whether its gradient is taken
  bool turned_ds = true;  // whether dS is transposed for k
};
Impostor wrong_backward(const std::string& name, BackwardForm f) {
  return wrong_gradient(right_attention, name, [f](Inputs in, const Numbers& n, const Grads& dy) {
    const Tensor p = weights(in, n, {}), dp = matmul(dy[0], in[2].transpose(1, 2));
    Tensor ds = f.minus_sum ? p * (dp - sum(dp * p, {f.axis}, true)) : p * dp;
    if (!f.softmax) ds = dp;
    const double scale = std::pow(static_cast<double>(in[0].size(-1)), f.power);
    const bool turn = f.transposed || p.size(1) != p.size(2);
    const bool turn_ds = f.turned_ds || p.size(1) != p.size(2);
    Grads g{matmul(ds, in[1]) * scale, matmul(turn_ds ? ds.transpose(1, 2) : ds, in[0]) * scale,
            matmul(turn ? p.transpose(1, 2) : p, dy[0])};
    if (f.swapped && g[0].shape() == g[1].shape()) std::swap(g[0], g[1]);
    return g;
  });
}

void add_attention_mistakes(Exercise& e) {
  const std::string square = "which shows only where T = S";
  e.impostors = {
      wrong_weights("the scores are not divided by sqrt(D)", {.power = 0}),
      wrong_weights("the scores are divided by D instead of sqrt(D)", {.power = -1}),
      wrong_weights("the scores are multiplied by sqrt(D)", {.power = 0.5}),
      wrong_weights("the causal mask is missing", {.masked = false}),
      wrong_weights("hidden scores are 0 instead of -infinity", {.hidden = 0}),
      wrong_weights("softmax over the queries instead of the keys", {.axis = 1}),
      wrong_backward("the term - sum(dP P) of softmax is missing", {.minus_sum = false}),
      wrong_backward("1 / sqrt(D) is missing in the gradients of q and k", {.power = 0}),
      wrong_backward("1 / sqrt(D) is applied twice in the gradients of q and k", {.power = -1}),
      wrong_backward("the sum of dP P goes over the queries instead of the keys", {.axis = 1}),
      wrong_backward("dA = dP: the gradient of softmax is missing", {.softmax = false}),
      wrong_backward("the weights are not transposed in the gradient of v, " + square,
                     {.transposed = false}),
      wrong_backward("dA is not transposed in the gradient of k, " + square, {.turned_ds = false}),
      wrong_backward("the gradients of q and k are swapped, " + square, {.swapped = true})};
}

}  // namespace

Exercise attention_exercise() {
  Exercise e{.name = "attention",
             .right = right_attention,
             .inputs = {"q", "k", "v"},
             .numbers = {"causal"},
             .examples = attention_examples};
  e.edges = {
      {{"large scores",
        {full({1, 2, 4}, 100, DType::f64), full({1, 3, 4}, 100, DType::f64),
         ones({1, 3, 2}, DType::f64)},
        {0}},
       "scores of 20000 overflow in exp: subtract the largest of each row"},
      {{"a single key",
        {ones({1, 2, 3}, DType::f64), ones({1, 1, 3}, DType::f64), ones({1, 1, 2}, DType::f64)},
        {1}},
       "with one key the weight is 1"}};
  add_attention_mistakes(e);
  e.solution = {"src/ops/attention.cpp", "struct Attention"};
  e.result_hint =
      "P = softmax(q k^T / sqrt(D)) over the keys, hidden scores are -infinity; y = P v";
  e.gradient_hint =
      "with dP = dy v^T and dA = P (dP - sum(dP P) over the keys): "
      "dq = dA k / sqrt(D); dk = dA^T q / sqrt(D); dv = P^T dy";
  return e;
}

namespace {

RopeOptions options(const Numbers& n) {
  return {.base = n[1], .first = static_cast<int64_t>(n[0])};
}

void add_rope_mistakes(Exercise& e) {
  e.impostors.push_back(wrong_result("half pairs, (i, i + D/2), instead of neighbours",
                                     [](Inputs in, const Numbers& n) {
                                       RopeOptions o = options(n);
                                       o.pairs = RopePairs::half;
                                       return Tensors{rope(in[0], o)};
                                     }));
  e.impostors.push_back(wrong_result("positions count from 1, or first is counted twice",
                                     [](Inputs in, const Numbers& n) {
                                       RopeOptions o = options(n);
                                       ++o.first;
                                       return Tensors{rope(in[0], o)};
                                     }));
  e.impostors.push_back(wrong_result("first is ignored", [](Inputs in, const Numbers& n) {
    return Tensors{rope(in[0], {.base = n[1]})};
  }));
  e.impostors.push_back(wrong_result("one angle for all pairs", [](Inputs in, const Numbers& n) {
    return Tensors{rope(in[0], {.base = 1, .first = static_cast<int64_t>(n[0])})};
  }));
  e.impostors.push_back(wrong_gradient(
      e.right, "the gradient is rotated forward, not back",
      [](Inputs, const Numbers& n, const Grads& dy) { return Grads{rope(dy[0], options(n))}; }));
  e.impostors.push_back(
      wrong_gradient(e.right, "the gradient is not rotated",
                     [](Inputs, const Numbers&, const Grads& dy) { return Grads{dy[0] * 1}; }));
}

}  // namespace

Exercise rope_exercise() {
  Exercise e{.name = "rope",
             .right = [](Inputs in, const Numbers& n) { return Tensors{rope(in[0], options(n))}; },
             .inputs = {"x"},
             .numbers = {"first", "base"}};
  use_row(
      e, "rope",
      [](const check::Sample& s) {
        const bool interleaved = s["half"] == 0;
        return interleaved ? std::optional(Numbers{s["first"], s["base"]}) : std::nullopt;
      },
      [](Inputs, const Numbers& n) {
        return std::map<std::string, double>{{"first", n[0]}, {"base", n[1]}, {"half", 0}};
      });
  e.edges = {{{"an odd width", {ones({2, 3}, DType::f64)}, {0, 10000}},
              "3 columns cannot be paired: throw std::invalid_argument",
              true}};
  add_rope_mistakes(e);
  e.solution = {"src/ops/rope.cpp", "struct Rope"};
  e.result_hint = "the pair (2i, 2i + 1) at position t turns by the angle t base^(-2i/D)";
  e.gradient_hint = "a rotation is undone by the opposite angle: turn dy by - angle";
  return e;
}

}  // namespace gradus::exercise
