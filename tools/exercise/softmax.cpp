// SPDX-License-Identifier: MIT
// Pages on probabilities: causal_mask, softmax, log_softmax, cross_entropy.
#include "tools/exercise/pages.h"

namespace gradus::tools {

const ExercisePage causal_mask_page = {
    .name = "causal_mask",
    .title = "who may look at whom",
    .what = R"(
A model that writes text word by word must not look at words that come later. The mask says which
of S keys each of T queries may see. When a text is continued, the first `past` keys come from
earlier calls: query 0 is then at position past, not at position 0.
)",
    .formula = R"(
    mask_ij is true if query i sees key j:   j <= i + past

There is no gradient to derive.
)",
    .shapes = R"(
The result is boolean, [T, S]. T, S and past are integers, 0 or more. T and S may differ.
)",
    .example = R"(
    T = 3, S = 3, past = 0     T = 2, S = 5, past = 2
    # . .                      # # # . .
    # # .                      # # # # .
    # # #                      (# is true)
)",
    .hints =
        {"zeros({T, S}, DType::boolean) makes a mask of false.",
         "m.mutable_data<bool>() is a pointer to its elements; element (i, j) is number i * S + "
         "j.",
         "A query sees itself: j = i + past is true."},
    .includes = "",
    .code = R"(
inline Tensor causal_mask(int64_t T, int64_t S, int64_t past) {
  Tensor mask = zeros({T, S}, DType::boolean);
  exercise::hole("causal_mask");
  return mask;
}
)",
    .test = R"(
inline bool my_test(std::function<Tensor(int64_t T, int64_t S, int64_t past)> causal_mask) {
  return causal_mask(3, 3, 0).shape() == Shape{3, 3};  // weak: any mask of this shape passes
}
)"};

const ExercisePage softmax_page = {
    .name = "softmax",
    .title = "numbers become probabilities",
    .what = R"(
softmax turns any numbers into positive ones whose sum is 1: larger numbers get larger shares. It is
used at the end of a classifier and inside attention. All numbers along one axis compete, so each
result depends on each number of its line.
)",
    .formula = R"(
    y_i = exp(x_i) / sum over j of exp(x_j)       along the axis

To derive: dx from dy and y. The derivative of y_j with respect to x_i is
y_j ((1 if i = j, else 0) - y_i); add up over all j.
)",
    .shapes = R"(
x and y have any shape and one dtype, f32 or f64; axis counts from 0, or from the right if it is
negative. A scalar has no axis: its softmax is 1, and its gradient 0. Numbers around 1000 must work:
exp(1000) is infinite. -infinity gets the share 0. If x has no elements, return x * 1: an empty line
has no largest number.
)",
    .example = R"(
    x = [0, 1, 2]     y  = [0.0900306, 0.244728, 0.665241]
    dy = [1, 0, 0]    dx = [0.0819251, -0.0220331, -0.059892]
)",
    .hints = {"amax(x, {axis}, true) and sum(x, {axis}, true) keep the axis with size 1, so that "
              "x - amax(..) broadcasts. For a scalar use no axis: Axes{} means all of them.",
              "Subtracting the same number from all x of a line changes nothing: subtract the "
              "largest, then exp() cannot overflow.",
              "dx_i = y_i (dy_i - sum over j of dy_j y_j)."},
    .includes = "",
    .code = R"(
struct Softmax {
  static constexpr const char* name = "softmax";
  int axis;
  Tensor y{};  // saved: the gradient needs y, not x

  // The axis as a list; an empty list, for a scalar, means all axes.
  Axes along(const Tensor& t) const { return t.dim() == 0 ? Axes{} : Axes{axis}; }

  Tensor forward(Inputs in) {
    exercise::hole("forward");
  }
  Grads backward(const Tensor& dy, Wanted) const {
    exercise::hole("backward");
  }
};

inline Tensor softmax(const Tensor& x, int axis) { return apply(Softmax{axis}, x); }
)",
    .test = R"(
inline bool my_test(std::function<Tensor(const Tensor& x, int axis)> softmax) {
  const Tensor x = tensor({0, 1, 2}, DType::f64);
  return softmax(x, 0).shape() == x.shape();  // weak: many wrong functions keep the shape
}
)",
    .strong = R"(
    const Tensor line = tensor({0, 1, 2}, DType::f64);
    if (!near(softmax(line, 0), {0.0900306, 0.244728, 0.665241})) return false;
    // A matrix whose axis is not the last: each column is a line.
    const Tensor x = tensor({{0, 5}, {1, -1}, {2, 3}}, DType::f64);
    if (!near(softmax(x, 0), {0.0900306, 0.878878, 0.244728, 0.00217852, 0.665241, 0.118943}))
      return false;
    return bool(gradcheck([&](Inputs in) -> Tensors { return {softmax(in[0], 0)}; }, {x})) &&
           bool(gradcheck([&](Inputs in) -> Tensors { return {softmax(in[0], 1)}; }, {x}));
)"};

const ExercisePage log_softmax_page = {
    .name = "log_softmax",
    .title = "logarithms of probabilities, without log(0)",
    .what = R"(
Losses need the logarithm of a probability. softmax of very different numbers gives 0, and log(0) is
-infinity: so the logarithm is taken before anything can round to 0.
)",
    .formula = R"(
    y_i = x_i - log(sum over j of exp(x_j))       along the axis

To derive: dx from dy and y. x_i takes part in y_i directly, and in every y_j through the sum.
)",
    .shapes = R"(
x and y have any shape and one dtype, f32 or f64; axis as in softmax. A scalar gives 0, with
gradient 0. Numbers around 1000 must work. If x has no elements, return x * 1.
)",
    .example = R"(
    x = [0, 1, 2]     y  = [-2.40761, -1.40761, -0.407606]
    dy = [1, 0, 0]    dx = [0.909969, -0.244728, -0.665241]
)",
    .hints = {"Start as in softmax: subtract the largest number of each line.",
              "The derivative of log(sum of exp) with respect to x_i is softmax(x)_i, which is "
              "exp(y_i).",
              "dx = dy - exp(y) sum(dy), the sum along the axis."},
    .includes = "",
    .code = R"(
struct LogSoftmax {
  static constexpr const char* name = "log_softmax";
  int axis;
  Tensor y{};

  // The axis as a list; an empty list, for a scalar, means all axes.
  Axes along(const Tensor& t) const { return t.dim() == 0 ? Axes{} : Axes{axis}; }

  Tensor forward(Inputs in) {
    exercise::hole("forward");
  }
  Grads backward(const Tensor& dy, Wanted) const {
    exercise::hole("backward");
  }
};

inline Tensor log_softmax(const Tensor& x, int axis) { return apply(LogSoftmax{axis}, x); }
)",
    .test = R"(
inline bool my_test(std::function<Tensor(const Tensor& x, int axis)> log_softmax) {
  return log_softmax(tensor({5}, DType::f64), 0).item() == 0;  // weak: a line of one number
}
)"};

const ExercisePage cross_entropy_page = {
    .name = "cross_entropy",
    .title = "the loss of a classifier",
    .what = R"(
How surprised is the model by the right answer? For each row it is minus the logarithm of the
probability that the row's numbers give to its class. Rows with the target `ignore` do not count:
padding, for example.
)",
    .formula = R"(
    loss = mean over the rows that count of  - log(softmax(x_n)) at target_n

To derive: dx from dy (a single number), softmax(x) and the targets. The answer is short.
)",
    .shapes = R"(
x is [N, C], f32 or f64; target is [N], i64; the result is a scalar of x's dtype. If no row counts,
the loss is 0 and so is the gradient. A class below 0 or from C on, except `ignore`, must be refused
with std::invalid_argument. Numbers around 1000 must work.
)",
    .example = R"(
    x = [[0, 1, 2], [3, 0, 0]]   target = [2, 1]    loss = 1.75126
    dy = 1    dx = [[0.0450153, 0.122364, -0.167380], [0.454721, -0.477361, 0.0226393]]
)",
    .hints = {"log_softmax(x, 1) and softmax(x, 1) may be used. x[n][c].item() is one number.",
              "Divide by the number of rows that count, not by N.",
              "dx = (softmax(x) - 1 at the target) dy / count, and 0 in rows that do not count. "
              "`g[n][c] = value;` sets one element."},
    .includes = "#include <stdexcept>\n",
    .code = R"(
struct CrossEntropyRule {
  static constexpr const char* name = "cross_entropy";
  int64_t ignore;
  Tensor x{}, target{};

  Tensor forward(Inputs in) {  // returns a scalar: tensor(number, x.dtype())
    x = in[0];
    target = in[1];
    exercise::hole("forward");
  }
  Grads backward(const Tensor& dy, Wanted) const {  // return {dx, Tensor{}}
    exercise::hole("backward");
  }
};

inline Tensor cross_entropy(const Tensor& x, const Tensor& target, int64_t ignore) {
  // Refuse classes that do not exist here.
  return apply(CrossEntropyRule{ignore}, x, target);
}
)",
    .test = R"(
inline bool my_test(
    std::function<Tensor(const Tensor& x, const Tensor& target, int64_t ignore)> cross_entropy) {
  const Tensor x = tensor({{0, 1, 2}}, DType::f64);
  return cross_entropy(x, tensor({2}, DType::i64), -100).item() > 0;  // weak: any loss passes
}
)"};

}  // namespace gradus::tools
