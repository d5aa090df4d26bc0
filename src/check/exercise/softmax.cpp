// SPDX-License-Identifier: MIT
// Exercises on probabilities: causal_mask, softmax, log_softmax, cross_entropy.
#include "gradus/ops/softmax.h"
#include "check/exercise/exercise.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/mask.h"
#include "gradus/ops/reduce.h"

namespace gradus::exercise {
namespace {

// A mask by a rule on query i, key j and the number of past keys.
Impostor wrong_mask(const char* name, bool (*allows)(int64_t i, int64_t j, int64_t past)) {
  return wrong_result(name, [allows](Inputs, const Numbers& n) {
    Tensor m = zeros({static_cast<int64_t>(n[0]), static_cast<int64_t>(n[1])}, DType::boolean);
    for (int64_t e = 0; e < m.numel(); ++e)
      m.mutable_data<bool>()[e] = allows(e / m.size(1), e % m.size(1), static_cast<int64_t>(n[2]));
    return Tensors{m};
  });
}

}  // namespace

Exercise causal_mask_exercise() {
  Exercise e{.name = "causal_mask", .right = [](Inputs, const Numbers& n) {
               const auto T = static_cast<int64_t>(n[0]), S = static_cast<int64_t>(n[1]);
               const Mask mask = Mask::causal_offset(static_cast<int64_t>(n[2]));
               return Tensors{mask.dense(1, 1, T, S).reshape({T, S}).clone_data()};
             }};
  e.gradient = false;
  e.examples = [](Generator&) {
    std::vector<Example> all;
    for (const Numbers& n : std::vector<Numbers>{{1, 1, 0},
                                                 {3, 3, 0},
                                                 {4, 4, 0},
                                                 {3, 5, 2},
                                                 {2, 6, 4},
                                                 {4, 2, 0},
                                                 {2, 5, 0},
                                                 {1, 7, 6}})
      all.push_back({text({n[0], " queries, ", n[1], " keys, ", n[2], " past"}), {}, n});
    return all;
  };
  e.edges = {{{"no queries", {}, {0, 3, 0}}, "a mask of 0 rows has the shape [0, 3]"},
             {{"no keys", {}, {3, 0, 0}}, "a mask of 0 columns has the shape [3, 0]"}};
  e.impostors = {wrong_mask("a query does not see its own position",
                            [](int64_t i, int64_t j, int64_t past) { return j < i + past; }),
                 wrong_mask("true and false are swapped: true must mean that the key is seen",
                            [](int64_t i, int64_t j, int64_t past) { return j > i + past; }),
                 wrong_mask("rows and columns are swapped: queries see the future",
                            [](int64_t i, int64_t j, int64_t past) { return j >= i + past; }),
                 wrong_mask("the past keys are not counted",
                            [](int64_t i, int64_t j, int64_t) { return j <= i; }),
                 wrong_mask("one future key is seen",
                            [](int64_t i, int64_t j, int64_t past) { return j <= i + past + 1; }),
                 wrong_mask("the past is subtracted",
                            [](int64_t i, int64_t j, int64_t past) { return j <= i - past; }),
                 wrong_mask("nothing is hidden", [](int64_t, int64_t, int64_t) { return true; })};
  e.solution = {"src/ops/mask.cpp", "Mask Mask::causal_offset"};
  e.result_hint = "query i is at position i + past and sees the keys 0 .. i + past";
  return e;
}

namespace {

// Wrong results of softmax and of its logarithm.
void add_softmax_mistakes(Exercise& e, bool logs, Tensor (*op)(const Tensor&, int)) {
  const auto other_axis = [](Inputs in, const Numbers& n) {
    const int rank = in[0].dim(), axis = static_cast<int>(n[0]);
    return rank > 1 ? (axis + rank + 1) % rank : axis;
  };
  e.impostors.push_back(wrong_result(
      "the sum runs along another axis",
      [=](Inputs in, const Numbers& n) { return Tensors{op(in[0], other_axis(in, n))}; }));
  e.impostors.push_back(wrong_result(
      "the largest x is not subtracted first: exp overflows", [=](Inputs in, const Numbers& n) {
        const Axes axes = in[0].dim() == 0 ? Axes{} : Axes{static_cast<int>(n[0])};
        const Tensor total = sum(exp(in[0]), axes, true);
        return Tensors{logs ? in[0] - log(total) : exp(in[0]) / total};
      }));
  e.impostors.push_back(wrong_result(
      "the last axis is used, not `axis`",
      [=](Inputs in, const Numbers&) { return Tensors{op(in[0], in[0].dim() ? -1 : 0)}; }));
  e.impostors.push_back(wrong_result(
      "the sum goes over all elements, not along the axis", [=](Inputs in, const Numbers&) {
        const Tensor log_sum = logsumexp(in[0]);
        return Tensors{logs ? in[0] - log_sum : exp(in[0] - log_sum)};
      }));
  e.impostors.push_back(wrong_result("a mean instead of the sum", [=](Inputs in, const Numbers& n) {
    if (in[0].dim() == 0) return Tensors{op(in[0], 0)};
    const int axis = static_cast<int>(n[0]);
    const auto count = static_cast<double>(in[0].size(axis));
    const Tensor y = op(in[0], axis);
    return Tensors{logs ? y + std::log(count) : y * count};
  }));
}

Exercise softmax_like(const char* name, Tensor (*op)(const Tensor&, int)) {
  Exercise e{.name = name,
             .right = [op](Inputs in,
                           const Numbers& n) { return Tensors{op(in[0], static_cast<int>(n[0]))}; },
             .inputs = {"x"},
             .numbers = {"axis"}};
  use_row(
      e, name, [](const check::Sample& s) { return std::optional(Numbers{s["axis"]}); },
      [](Inputs, const Numbers& n) {
        return std::map<std::string, double>{{"axis", n[0]}};
      });
  for (Edge& edge : e.edges)
    edge.hint =
        "exp(x) overflows from 710 on: subtract the largest x of each line first. The largest of "
        "the whole tensor is not enough: lines far below it underflow to 0/0";
  add_softmax_mistakes(e, name == std::string("log_softmax"), op);
  return e;
}

}  // namespace

Exercise softmax_exercise() {
  Exercise e = softmax_like("softmax", softmax);
  e.impostors.push_back(wrong_gradient(e.right, "dx = y (1 - y) dy, the derivative of a sigmoid",
                                       [](Inputs in, const Numbers& n, const Grads& dy) {
                                         const Tensor y = softmax(in[0], static_cast<int>(n[0]));
                                         return Grads{y * (1 - y) * dy[0]};
                                       }));
  e.impostors.push_back(wrong_result(
      "not divided by the sum", [](Inputs in, const Numbers&) { return Tensors{exp(in[0])}; }));
  e.impostors.push_back(wrong_gradient(e.right, "dx = y dy: the term - y sum(dy y) is missing",
                                       [](Inputs in, const Numbers& n, const Grads& dy) {
                                         return Grads{softmax(in[0], static_cast<int>(n[0])) *
                                                      dy[0]};
                                       }));
  e.impostors.push_back(wrong_gradient(e.right,
                                       "backward sums along the last axis, not along `axis`",
                                       [](Inputs in, const Numbers& n, const Grads& dy) {
                                         const Tensor y = softmax(in[0], static_cast<int>(n[0]));
                                         if (y.dim() == 0) return Grads{zeros_like(y)};
                                         return Grads{y * (dy[0] - sum(dy[0] * y, {-1}, true))};
                                       }));
  e.impostors.push_back(wrong_gradient(e.right, "backward takes a mean instead of the sum of dy y",
                                       [](Inputs in, const Numbers& n, const Grads& dy) {
                                         const int axis = static_cast<int>(n[0]);
                                         const Tensor y = softmax(in[0], axis);
                                         if (y.numel() == 0 || y.dim() == 0)
                                           return Grads{zeros_like(y)};
                                         return Grads{y * (dy[0] - mean(dy[0] * y, {axis}, true))};
                                       }));
  e.solution = {"src/ops/softmax.cpp", "struct Softmax"};
  e.result_hint = "y = exp(x - max) / sum(exp(x - max)), max and sum along the axis, keepdim true";
  e.gradient_hint =
      "every y depends on every x of its line: dx = y (dy - sum(dy y) along the axis)";
  return e;
}

Exercise log_softmax_exercise() {
  Exercise e = softmax_like("log_softmax", log_softmax);
  e.impostors.push_back(
      wrong_gradient(e.right, "dx = dy - sum(dy): softmax(x) is missing before the sum",
                     [](Inputs in, const Numbers& n, const Grads& dy) {
                       if (in[0].dim() == 0) return Grads{zeros_like(dy[0])};
                       return Grads{dy[0] - sum(dy[0], {static_cast<int>(n[0])}, true)};
                     }));
  e.impostors.push_back(wrong_gradient(e.right,
                                       "dx = dy - y sum(dy): y is a logarithm, exp(y) is meant",
                                       [](Inputs in, const Numbers& n, const Grads& dy) {
                                         if (in[0].dim() == 0) return Grads{zeros_like(dy[0])};
                                         const int axis = static_cast<int>(n[0]);
                                         const Tensor y = log_softmax(in[0], axis);
                                         return Grads{dy[0] - y * sum(dy[0], {axis}, true)};
                                       }));
  e.impostors.push_back(
      wrong_gradient(e.right, "dx = dy: the term - softmax(x) sum(dy) is missing",
                     [](Inputs, const Numbers&, const Grads& dy) { return Grads{dy[0] * 1}; }));
  e.impostors.push_back(wrong_result(
      "softmax, without the logarithm",
      [](Inputs in, const Numbers& n) { return Tensors{softmax(in[0], static_cast<int>(n[0]))}; }));
  e.solution = {"src/ops/softmax.cpp", "struct Softmax"};
  e.result_hint = "y = (x - max) - log(sum(exp(x - max))), max and sum along the axis";
  e.gradient_hint = "dx = dy - exp(y) sum(dy) along the axis";
  return e;
}

namespace {

// Rows, classes, and which rows are ignored.
Example loss_example(Generator& gen, int64_t rows, int64_t classes, std::vector<int64_t> ignored) {
  Tensor target = check::indices(gen, {rows}, classes);
  for (int64_t r : ignored) target.mutable_data<int64_t>()[r] = -100;
  return {text({rows, " rows, ", classes, " classes, ", ignored.size(), " ignored"}),
          {check::values(gen, {rows, classes}), target},
          {-100}};
}

int64_t counted(const Tensor& target, double ignored) {
  return count_targets(target, static_cast<int64_t>(ignored));
}

// dx = (p - one-hot) dy / count, with parts to leave out.
Backward loss_backward(bool minus_target, bool ignores, bool all_rows) {
  return [=](Inputs in, const Numbers& n, const Grads& dy) {
    Tensor g = softmax(in[0], 1).clone_data();
    const double count = static_cast<double>(all_rows ? in[0].size(0) : counted(in[1], n[0]));
    const std::vector<int64_t> target = in[1].to_vector<int64_t>();
    const Tensor scale = dy[0] / std::max(count, 1.0);
    for (int64_t r = 0; r < in[0].size(0); ++r) {
      const int64_t t = target[static_cast<size_t>(r)];
      const bool ignored = t == static_cast<int64_t>(n[0]);
      if (ignored && ignores) g[r] = 0;
      else if (!ignored && minus_target) g[r].select(0, t) = g[r].select(0, t).item() - 1;
    }
    return Grads{g * scale, Tensor{}};
  };
}

Tensor loss(Inputs in, const Numbers& n, Reduction reduction = Reduction::mean) {
  return cross_entropy(in[0], in[1],
                       {.ignore_index = static_cast<int64_t>(n[0]), .reduction = reduction});
}

void add_loss_mistakes(Exercise& e) {
  e.impostors = {
      wrong_result("the mean goes over all rows, including the ignored ones",
                   [](Inputs in, const Numbers& n) {
                     return Tensors{loss(in, n, Reduction::sum) /
                                    static_cast<double>(std::max<int64_t>(1, in[0].size(0)))};
                   }),
      wrong_result(
          "a sum instead of a mean",
          [](Inputs in, const Numbers& n) { return Tensors{loss(in, n, Reduction::sum)}; }),
      wrong_result("the sign is wrong: the loss is - log p",
                   [](Inputs in, const Numbers& n) { return Tensors{-loss(in, n)}; }),
      wrong_gradient(e.right, "- 1 at the target is missing: dx is softmax(x) alone",
                     loss_backward(false, true, false)),
      wrong_gradient(e.right, "ignored rows get a gradient", loss_backward(true, false, false)),
      wrong_gradient(e.right, "the gradient is divided by all rows, including the ignored ones",
                     loss_backward(true, true, true)),
      wrong_gradient(
          e.right, "the gradient is not divided by the number of rows",
          [](Inputs in, const Numbers& n, const Grads& dy) {
            const auto count = static_cast<double>(counted(in[1], n[0]));
            return Grads{loss_backward(true, true, false)(in, n, dy)[0] * count, Tensor{}};
          })};
}

}  // namespace

Exercise cross_entropy_exercise() {
  Exercise e{.name = "cross_entropy",
             .right = [](Inputs in, const Numbers& n) { return Tensors{loss(in, n)}; },
             .inputs = {"x", "target"},
             .examples =
                 [](Generator& gen) {
                   return std::vector<Example>{
                       loss_example(gen, 1, 3, {}),  loss_example(gen, 4, 3, {}),
                       loss_example(gen, 3, 5, {1}), loss_example(gen, 6, 4, {0, 5}),
                       loss_example(gen, 5, 2, {2}), loss_example(gen, 7, 6, {})};
                 }};
  const Tensor far = tensor({{1000, -1000, 0}, {-800, 900, 850}}, DType::f64);
  e.edges = {{{"large numbers", {far, tensor({1, 0}, DType::i64)}, {-100}},
              "log(softmax(x)) is log(0) here: use x - max - log(sum(exp(x - max)))"},
             {{"all rows ignored", {far, tensor({-100, -100}, DType::i64)}, {-100}},
              "the mean over nothing is 0 here, not 0 / 0"},
             {{"a class that does not exist", {far, tensor({1, 3}, DType::i64)}, {-100}},
              "class 3 of 3 classes: throw std::invalid_argument",
              true}};
  add_loss_mistakes(e);
  e.solution = {"src/ops/cross_entropy.cpp", "struct FusedCrossEntropy"};
  e.result_hint = "the mean over the rows that count of - log softmax(x) at the target";
  e.gradient_hint = "dx = (softmax(x) - one-hot target) dy / count; 0 in ignored rows";
  return e;
}

}  // namespace gradus::exercise
