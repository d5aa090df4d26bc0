// SPDX-License-Identifier: MIT
// Answers: causal_mask, softmax, log_softmax, cross_entropy.
#include <cmath>

#include "tests/exercises/answers.h"

namespace gradus::tests {
namespace {

// ---- causal_mask

enum class MaskMistake { none, strict, no_past, inverted };

template <MaskMistake m> Tensor causal_mask(int64_t T, int64_t S, int64_t past) {
  Tensor mask = zeros({T, S}, DType::boolean);
  for (int64_t i = 0; i < T; ++i)
    for (int64_t j = 0; j < S; ++j) {
      const int64_t at = m == MaskMistake::no_past ? i : i + past;
      const bool sees = m == MaskMistake::strict ? j < at : j <= at;
      mask.mutable_data<bool>()[i * S + j] = sees != (m == MaskMistake::inverted);
    }
  return mask;
}

bool test_mask(std::function<Tensor(int64_t, int64_t, int64_t)> f) {
  return f(2, 4, 1).to_vector<double>() == std::vector<double>{1, 1, 0, 0, 1, 1, 1, 0};
}

Answers mask_answers() {
  using enum MaskMistake;
  return {"causal_mask",
          marks("causal_mask", causal_mask<none>, test_mask),
          {{"strict", marks("causal_mask", causal_mask<strict>, test_mask),
            "a query does not see its own position"},
           {"no past", marks("causal_mask", causal_mask<no_past>, test_mask),
            "the past keys are not counted"},
           {"inverted", marks("causal_mask", causal_mask<inverted>, test_mask),
            "true and false are swapped"}}};
}

// ---- softmax and log_softmax

enum class SoftMistake { none, no_sum, all_elements, overflow, plain_sum, last_axis, mean_of };

template <bool logs, SoftMistake m> struct SoftRule {
  static constexpr const char* name = "softmax";
  int axis;
  Tensor y{};
  Axes along(const Tensor& t) const {
    if (m == SoftMistake::last_axis) return {-1};  // throws for a scalar
    return t.dim() == 0 || m == SoftMistake::all_elements ? Axes{} : Axes{axis};
  }
  Tensor forward(Inputs in) {
    const Tensor& x = in[0];
    if (x.numel() == 0) return y = x * 1;
    const Tensor c = m == SoftMistake::overflow ? x * 1 : x - amax(x, along(x), true);
    const Tensor total = sum(exp(c), along(x), true);
    return y = logs ? c - log(total) : exp(c) / total;
  }
  Grads backward(const Tensor& dy, Wanted) const {
    if (logs && m == SoftMistake::no_sum) return {dy * 1};
    if (logs && m == SoftMistake::plain_sum) return {dy - y * sum(dy, along(dy), true)};
    if (logs) return {dy - exp(y) * sum(dy, along(dy), true)};
    if (m == SoftMistake::no_sum) return {y * dy};
    if (m == SoftMistake::mean_of) return {y * (dy - mean(dy * y, along(dy), true))};
    if (m == SoftMistake::plain_sum) return {y * (1 - y) * dy};
    return {y * (dy - sum(dy * y, along(dy), true))};
  }
};
template <bool logs, SoftMistake m> Tensor soft(const Tensor& x, int axis) {
  return apply(SoftRule<logs, m>{axis}, x);
}

template <bool logs> bool test_soft(std::function<Tensor(const Tensor&, int)> f) {
  const Tensor x = random({3, 4}, 1);
  for (int axis : {0, 1}) {
    const Tensor right = softmax(x, axis);
    const auto fn = [&](Inputs in) -> Tensors { return {f(in[0], axis)}; };
    if (!near(f(x, axis), logs ? log(right) : right) || !gradients_are_right(fn, {x})) return false;
  }
  return true;
}

Answers soft_answers() {
  using enum SoftMistake;
  const auto of = [](Tensor (*f)(const Tensor&, int)) {
    return marks("softmax", f, test_soft<false>);
  };
  return {
      "softmax",
      of(soft<false, none>),
      {{"without its sum", of(soft<false, no_sum>), "dx = y dy: the term - y sum(dy y) is missing"},
       {"over all elements", of(soft<false, all_elements>),
        "the sum goes over all elements, not along the axis"},
       {"without the maximum", of(soft<false, overflow>),
        "the largest x is not subtracted first: exp overflows"},
       {"along the last axis", of(soft<false, last_axis>), "the last axis is used, not `axis`"},
       {"a mean for the sum", of(soft<false, mean_of>),
        "backward takes a mean instead of the sum of dy y"},
       {"as a sigmoid", of(soft<false, plain_sum>), "the derivative of a sigmoid"}}};
}

Answers log_answers() {
  using enum SoftMistake;
  const auto of = [](Tensor (*f)(const Tensor&, int)) {
    return marks("log_softmax", f, test_soft<true>);
  };
  return {"log_softmax",
          of(soft<true, none>),
          {{"without its sum", of(soft<true, no_sum>), "the term - softmax(x) sum(dy) is missing"},
           {"y for exp(y)", of(soft<true, plain_sum>), "y is a logarithm, exp(y) is meant"},
           {"without the maximum", of(soft<true, overflow>),
            "the largest x is not subtracted first: exp overflows"}}};
}

// ---- cross_entropy

enum class LossMistake { none, no_target, all_rows, log_of_zero };

template <LossMistake m> struct LossRule {
  static constexpr const char* name = "cross_entropy";
  int64_t ignore;
  Tensor x{}, target{};
  double count() const {
    const int64_t counted = m == LossMistake::all_rows ? x.size(0) : count_targets(target, ignore);
    return static_cast<double>(std::max<int64_t>(1, counted));
  }
  Tensor forward(Inputs in) {
    x = in[0];
    target = in[1];
    const Tensor logs = m == LossMistake::log_of_zero ? log(softmax(x, 1)) : log_softmax(x, 1);
    const std::vector<int64_t> classes = target.to_vector<int64_t>();
    double total = 0;
    for (size_t n = 0; n < classes.size(); ++n)
      if (classes[n] != ignore) total -= logs[static_cast<int64_t>(n)][classes[n]].item();
    return tensor(total / count(), x.dtype());
  }
  Grads backward(const Tensor& dy, Wanted) const {
    Tensor g = softmax(x, 1).clone_data();
    const std::vector<int64_t> classes = target.to_vector<int64_t>();
    for (size_t n = 0; n < classes.size(); ++n) {
      const Tensor row = g[static_cast<int64_t>(n)];
      if (classes[n] == ignore) g[static_cast<int64_t>(n)] = 0;
      else if (m != LossMistake::no_target) row[classes[n]] = row[classes[n]].item() - 1;
    }
    return {g * dy / count(), Tensor{}};
  }
};
template <LossMistake m> Tensor my_loss(const Tensor& x, const Tensor& target, int64_t ignore) {
  for (int64_t c : target.to_vector<int64_t>())
    if (c != ignore && (c < 0 || c >= x.size(1))) throw std::invalid_argument("no such class");
  return apply(LossRule<m>{ignore}, x, target);
}

bool test_loss(std::function<Tensor(const Tensor&, const Tensor&, int64_t)> f) {
  const Tensor x = random({4, 3}, 1), target = tensor({2, -100, 0, 1}, DType::i64);
  const auto fn = [&](Inputs in) -> Tensors { return {f(in[0], target, -100)}; };
  return near(f(x, target, -100), cross_entropy(x, target)) && gradients_are_right(fn, {x});
}

Answers loss_answers() {
  using enum LossMistake;
  return {"cross_entropy",
          marks("cross_entropy", my_loss<none>, test_loss),
          {{"without the target", marks("cross_entropy", my_loss<no_target>, test_loss),
            "- 1 at the target is missing"},
           {"mean over all rows", marks("cross_entropy", my_loss<all_rows>, test_loss),
            "the mean goes over all rows, including the ignored ones"},
           {"log of softmax", marks("cross_entropy", my_loss<log_of_zero>, test_loss),
            "use x - max - log(sum(exp(x - max)))"}}};
}

}  // namespace

std::vector<Answers> softmax_answers() {
  return {mask_answers(), soft_answers(), log_answers(), loss_answers()};
}

}  // namespace gradus::tests
