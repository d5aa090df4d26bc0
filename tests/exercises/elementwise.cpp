// SPDX-License-Identifier: MIT
// Answers: square, gelu, dropout.
#include <cmath>

#include "tests/exercises/answers.h"

namespace gradus::tests {
namespace {

// ---- square

enum class SquareMistake { none, no_factor, no_x, no_dy };

template <SquareMistake m> struct Square {
  static constexpr const char* name = "square";
  Tensor x{};
  Tensor forward(Inputs in) {
    x = in[0];
    return x * x;
  }
  Grads backward(const Tensor& dy, Wanted) const {
    if (m == SquareMistake::no_factor) return {x * dy};
    if (m == SquareMistake::no_x) return {2 * dy};
    if (m == SquareMistake::no_dy) return {2 * x};
    return {2 * x * dy};
  }
};
template <SquareMistake m> Tensor square(const Tensor& x) { return apply(Square<m>{}, x); }

bool test_square(std::function<Tensor(const Tensor&)> f) {
  const Tensor x = random({5}, 1);
  return near(f(x), x * x) &&
         gradients_are_right([&](Inputs in) -> Tensors { return {f(in[0])}; }, {x});
}

Answers square_answers() {
  using enum SquareMistake;
  return {
      "square",
      marks("square", square<none>, test_square),
      {{"without 2", marks("square", square<no_factor>, test_square),
        "times 0.5: is the 2 of a square missing?"},
       {"without x", marks("square", square<no_x>, test_square),
        "the factor x is missing in the gradient"},
       {"without dy", marks("square", square<no_dy>, test_square), "it does not depend on dy"}}};
}

// ---- gelu

enum class GeluMistake { none, tanh_form, no_density, of_relu };

Tensor share(const Tensor& x) {
  std::vector<double> v = x.to_vector<double>();
  for (double& e : v) e = 0.5 * std::erfc(-e * std::sqrt(0.5));
  return tensor(v, x.shape(), x.dtype());
}
Tensor density(const Tensor& x) { return exp(-0.5 * x * x) * (1 / std::sqrt(2 * std::acos(-1.0))); }

template <GeluMistake m> struct GeluRule {
  static constexpr const char* name = "gelu";
  Tensor x{};
  Tensor forward(Inputs in) {
    x = in[0];
    if (m == GeluMistake::tanh_form)
      return 0.5 * x * (1 + tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
    return x * share(x);
  }
  Grads backward(const Tensor& dy, Wanted) const {
    if (m == GeluMistake::no_density) return {dy * share(x)};
    if (m == GeluMistake::of_relu) return {where(gt(x, 0), dy, 0)};
    return {dy * (share(x) + x * density(x))};
  }
};
template <GeluMistake m> Tensor my_gelu(const Tensor& x) { return apply(GeluRule<m>{}, x); }

bool test_gelu(std::function<Tensor(const Tensor&)> f) {
  const Tensor x = tensor({-1, 0, 2, 0.3}, DType::f64);
  return near(f(x), x * share(x)) &&
         gradients_are_right([&](Inputs in) -> Tensors { return {f(in[0])}; }, {x});
}

Answers gelu_answers() {
  using enum GeluMistake;
  return {"gelu",
          marks("gelu", my_gelu<none>, test_gelu),
          {{"the tanh form", marks("gelu", my_gelu<tanh_form>, test_gelu),
            "this is a known mistake: the tanh form instead of the erf form"},
           {"without the density", marks("gelu", my_gelu<no_density>, test_gelu),
            "this is a known mistake: density term missing"},
           {"the derivative of relu", marks("gelu", my_gelu<of_relu>, test_gelu),
            "this is a known mistake: the derivative of relu"}}};
}

// ---- dropout

enum class DropoutMistake { none, no_scale, always, no_mask };

template <DropoutMistake m> struct DropoutRule {
  static constexpr const char* name = "dropout";
  double p;
  bool training;
  Tensor keep{};
  Tensor times(const Tensor& x) const {
    if (!training && m != DropoutMistake::always) return x * 1;
    return where(keep, x * (p < 1 ? 1 / (1 - p) : 0), 0);
  }
  Tensor forward(Inputs in) {
    keep = in[1];
    if (m == DropoutMistake::no_scale && training) return where(keep, in[0], 0);
    return times(in[0]);
  }
  Grads backward(const Tensor& dy, Wanted) const {
    if (m == DropoutMistake::no_mask && training) return {dy / (1 - p), Tensor{}};
    return {times(dy), Tensor{}};
  }
};
template <DropoutMistake m>
Tensor my_dropout(const Tensor& x, const Tensor& keep, double p, bool training) {
  return apply(DropoutRule<m>{p, training}, x, keep);
}

bool test_dropout(std::function<Tensor(const Tensor&, const Tensor&, double, bool)> f) {
  const Tensor x = tensor({1, 2, 3}, DType::f64);
  const Tensor keep = tensor(std::vector<bool>{true, false, true});
  const auto fn = [&](Inputs in) -> Tensors { return {f(in[0], keep, 0.2, true)}; };
  return near(f(x, keep, 0.2, true), tensor({1.25, 0, 3.75}, DType::f64)) &&
         near(f(x, keep, 0.2, false), x) && gradients_are_right(fn, {x});
}

Answers dropout_answers() {
  using enum DropoutMistake;
  return {"dropout",
          marks("dropout", my_dropout<none>, test_dropout),
          {{"without 1 / (1 - p)", marks("dropout", my_dropout<no_scale>, test_dropout),
            "kept elements are not divided by 1 - p"},
           {"outside of training", marks("dropout", my_dropout<always>, test_dropout),
            "elements are dropped outside of training, too"},
           {"no mask in backward", marks("dropout", my_dropout<no_mask>, test_dropout),
            "the backward ignores the mask"}}};
}

}  // namespace

std::vector<Answers> elementwise_answers() {
  return {square_answers(), gelu_answers(), dropout_answers()};
}

}  // namespace gradus::tests
