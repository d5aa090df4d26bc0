// SPDX-License-Identifier: MIT
// Pages on functions of one element: square, gelu, dropout.
#include "tools/exercise/pages.h"

namespace gradus::tools {

const ExercisePage square_page = {
    .name = "square",
    .title = "x squared: your first backward",
    .what = R"(
Every number of x is multiplied by itself. The function is simple, so that you can concentrate on
how a rule works: forward computes the result and saves what backward will need; backward gets dy,
the gradient of the loss with respect to the result, and returns its gradient with respect to x.
)",
    .formula = R"(
    y_i = x_i^2

To derive: dx_i, the derivative of the loss with respect to x_i, from dy_i and x_i. The chain rule
says

    dx_i = dy_i * (derivative of y_i with respect to x_i)
)",
    .shapes = R"(
x has any shape, f32 or f64; y has the shape and dtype of x. Infinity and NaN need no special case.
)",
    .example = R"(
    x  = [1, -2, 3]      y  = [1, 4, 9]
    dy = [1, 10, 1]      dx = [2, -40, 6]
)",
    .hints = {"Tensors have the operators + - * /, element by element: x * x is a tensor.",
              "The derivative of x^2 is 2 x. Without dy the answer would be right only for a loss "
              "that is the plain sum of y.",
              "backward returns a list with one gradient for each input: return {...};"},
    .includes = "",
    .code = R"(
struct Square {
  static constexpr const char* name = "square";
  Tensor x{};  // saved for backward

  Tensor forward(Inputs in) {
    x = in[0];
    exercise::hole("forward");
  }
  Grads backward(const Tensor& dy, Wanted) const {
    exercise::hole("backward");
  }
};

inline Tensor square(const Tensor& x) { return apply(Square{}, x); }
)",
    .test = R"(
inline bool my_test(std::function<Tensor(const Tensor&)> square) {
  const Tensor x = tensor({1, -2, 3}, DType::f64);
  return square(x).shape() == x.shape();  // weak: many wrong functions keep the shape
}
)",
    .strong = R"(
    const Tensor x = tensor({1, -2, 3}, DType::f64);
    if (!near(square(x), {1, 4, 9})) return false;
    return bool(gradcheck([&](Inputs in) -> Tensors { return {square(in[0])}; }, {x}));
)"};

const ExercisePage gelu_page = {
    .name = "gelu",
    .title = "gelu, the activation of transformers",
    .what = R"(
gelu keeps large numbers, sets very negative ones to 0, and bends smoothly in between. Each x is
weighted by P(x), the probability that a normally distributed number is below x. Transformers use
it between the two layers of their feed-forward part.
)",
    .formula = R"(
    y = x P(x),   P(x) = (1 + erf(x / sqrt(2))) / 2

The derivative of P is the density of the normal distribution, p(x) = exp(-x^2/2) / sqrt(2 pi).

To derive: dx from dy and x, by the product rule.
)",
    .shapes = R"(
x has any shape, f32 or f64; y has the shape and dtype of x. For large negative x the result is 0,
for large positive x it is x. The header has normal_share(x), which is P, and normal_density(x),
which is p; both keep the dtype.
)",
    .example = R"(
    x = [-1, 0, 2]        y = [-0.158655, 0, 1.9545]
    dy = [1, 1, 1]       dx = [-0.0833155, 0.5, 1.08523]
)",
    .hints = {"y = x * normal_share(x).", "The product rule: (x P)' = 1 P + x P'.",
              "P' is normal_density(x). Do not forget dy."},
    .includes = "#include <cmath>\n",
    .code = R"(
// P(x), the share of a normal distribution below x.
inline Tensor normal_share(const Tensor& x) {
  std::vector<double> v = x.to_vector<double>();
  for (double& e : v) e = 0.5 * std::erfc(-e * std::sqrt(0.5));
  return tensor(v, x.shape(), x.dtype());
}
// Its derivative, p(x).
inline Tensor normal_density(const Tensor& x) {
  return exp(-0.5 * x * x) * (1 / std::sqrt(2 * std::acos(-1.0)));
}

struct Gelu {
  static constexpr const char* name = "gelu";
  Tensor x{};

  Tensor forward(Inputs in) {
    x = in[0];
    exercise::hole("forward");
  }
  Grads backward(const Tensor& dy, Wanted) const {
    exercise::hole("backward");
  }
};

inline Tensor gelu(const Tensor& x) { return apply(Gelu{}, x); }
)",
    .test = R"(
inline bool my_test(std::function<Tensor(const Tensor&)> gelu) {
  return gelu(tensor({0}, DType::f64)).item() == 0;  // weak: relu passes, too
}
)"};

const ExercisePage dropout_page = {
    .name = "dropout",
    .title = "dropout: a mask, and its scale",
    .what = R"(
In training, dropout sets some numbers to 0 so that a network does not rely on single ones. The
others are divided by 1 - p, so that the mean stays the same. Outside training it does nothing.
Usually dropout draws the mask itself; here the caller passes it, so that the result is
deterministic: keep is true where a number stays, and p is the probability of dropping one.
)",
    .formula = R"(
    training:      y_i = x_i / (1 - p) where keep_i, else 0
    not training:  y_i = x_i

To derive: dx from dy. Nothing flows to keep: return Tensor{} for it.
)",
    .shapes = R"(
x and y have any shape and one dtype, f32 or f64; keep is boolean with the shape of x. At p = 1 all
numbers are dropped; 1 / (1 - p) must not turn the result into NaN.
)",
    .example = R"(
    x  = [1, 2, 3]   keep = [true, false, true]   p = 0.5
    y  = [2, 0, 6]
    dy = [1, 1, 1]   dx = [2, 0, 2]
)",
    .hints = {"where(keep, a, 0) takes a where keep is true, and 0 elsewhere.",
              "Each y_i is x_i times a factor f_i that is fixed before: dx_i = dy_i f_i.",
              "p = 1: let the factor be 0 if p is 1, since 0 * infinity is NaN."},
    .includes = "",
    .code = R"(
struct Dropout {
  static constexpr const char* name = "dropout";
  double p;
  bool training;
  Tensor keep{};

  Tensor forward(Inputs in) {  // in[0] is x, in[1] is keep
    keep = in[1];
    exercise::hole("forward");
  }
  Grads backward(const Tensor& dy, Wanted) const {  // return {dx, Tensor{}}
    exercise::hole("backward");
  }
};

inline Tensor dropout(const Tensor& x, const Tensor& keep, double p, bool training) {
  return apply(Dropout{p, training}, x, keep);
}
)",
    .test = R"(
inline bool my_test(
    std::function<Tensor(const Tensor& x, const Tensor& keep, double p, bool training)> dropout) {
  const Tensor x = tensor({1, 2, 3}, DType::f64);
  const Tensor keep = tensor(std::vector<bool>{true, false, true});
  return dropout(x, keep, 0.5, true)[1].item() == 0;  // weak: looks at one element
}
)"};

}  // namespace gradus::tools
