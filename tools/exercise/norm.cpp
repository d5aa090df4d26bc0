// SPDX-License-Identifier: MIT
// Pages on normalisation: rms_norm, layer_norm.
#include "tools/exercise/pages.h"

namespace gradus::tools {

const ExercisePage rms_norm_page = {
    .name = "rms_norm",
    .title = "each row divided by its size",
    .what = R"(
Deep networks train better if the rows between their layers have about the same size. rms_norm
divides each row by its root mean square and multiplies each column by a weight that is learned.
Llama and its relatives use it.
)",
    .formula = R"(
    r = 1 / sqrt(mean(x^2) + eps)      for each row, over the last axis
    y = x r weight

To derive: dx and dweight from dy. r depends on all numbers of its row; weight takes part in all
rows.
)",
    .shapes = R"(
x and y have any shape with at least one axis; weight has the size of the last axis; f32 or f64.
A row of zeros gives zeros, since eps is inside the root.
)",
    .example = R"(
    x = [[3, 4]]   weight = [1, 2]   eps = 1e-5   r = 0.282843
    y = [[0.848528, 2.26274]]
    dy = [[1, 0]]  dx = [[0.181019, -0.135764]]   dweight = [0.848528, 0]
)",
    .hints =
        {"mean(x * x, {-1}, true) keeps the axis with size 1, so the result broadcasts.",
         "Let g = dy weight. One part of dx is g r. The other comes from r: its derivative by "
         "x_i is - r^3 x_i / n.",
         "dx = r (g - x r^2 mean(g x)); dweight = sum_to(dy x r, weight.shape()), which adds up "
         "over all rows."},
    .includes = "",
    .code = R"(
struct RmsNorm {
  static constexpr const char* name = "rms_norm";
  double eps;
  Tensor x{}, weight{};

  Tensor forward(Inputs in) {
    x = in[0];
    weight = in[1];
    exercise::hole("forward");
  }
  Grads backward(const Tensor& dy, Wanted) const {  // return {dx, dweight}
    exercise::hole("backward");
  }
};

inline Tensor rms_norm(const Tensor& x, const Tensor& weight, double eps) {
  return apply(RmsNorm{eps}, x, weight);
}
)",
    .test = R"(
inline bool my_test(
    std::function<Tensor(const Tensor& x, const Tensor& weight, double eps)> rms_norm) {
  const Tensor x = ones({2, 3}, DType::f64);
  return rms_norm(x, ones({3}, DType::f64), 1e-9)[0][0].item() > 0.9;  // weak: all numbers are 1
}
)"};

const ExercisePage layer_norm_page = {
    .name = "layer_norm",
    .title = "each row with mean 0 and variance 1",
    .what = R"(
layer_norm moves each row to the mean 0 and divides it by its standard deviation; then a weight and
a bias for each column, which are learned. Every block of a transformer uses it. Its gradient is the
first in which three paths meet: the number itself, the mean and the variance.
)",
    .formula = R"(
    m = mean(x), v = mean((x - m)^2)     for each row, over the last axis
    xhat = (x - m) / sqrt(v + eps)
    y = xhat weight + bias

To derive: dx, dweight and dbias from dy.
)",
    .shapes = R"(
x and y have any shape with at least one axis; weight and bias have the size of the last axis; f32
or f64. The variance divides by n, not by n - 1. A row of equal numbers gives the bias.
)",
    .example = R"(
    x = [[1, 2, 6]]   weight = [1, 1, 1]   bias = [0, 0, 0]   eps = 1e-5
    y = [[-0.925819, -0.46291, 1.38873]]
    dy = [[1, 0, 0]]  dx = [[0.176347, -0.220433, 0.0440862]]   dweight = [-0.925819, 0, 0]
)",
    .hints =
        {"Compute xhat and r = 1 / sqrt(v + eps) once and save them.",
         "Let g = dy weight. dx must have the mean 0 in each row, because moving a whole row "
         "changes nothing; and sum(dx xhat) must be 0, because stretching it changes nothing "
         "either.",
         "dx = r (g - mean(g) - xhat mean(g xhat)); dweight = sum_to(dy xhat, weight.shape()); "
         "dbias = sum_to(dy, bias.shape())."},
    .includes = "",
    .code = R"(
struct LayerNorm {
  static constexpr const char* name = "layer_norm";
  double eps;
  Tensor xhat{}, r{}, weight{};

  Tensor forward(Inputs in) {  // x, weight, bias
    weight = in[1];
    exercise::hole("forward");
  }
  Grads backward(const Tensor& dy, Wanted) const {  // return {dx, dweight, dbias}
    exercise::hole("backward");
  }
};

inline Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  return apply(LayerNorm{eps}, x, weight, bias);
}
)",
    .test = R"(
inline bool my_test(std::function<Tensor(const Tensor& x, const Tensor& weight, const Tensor& bias,
                                         double eps)> layer_norm) {
  const Tensor x = tensor({{1, 2, 6}}, DType::f64), one = ones({3}, DType::f64);
  const Tensor y = layer_norm(x, one, zeros({3}, DType::f64), 1e-5);
  return std::abs(sum(y).item()) < 1e-9;  // weak: looks at the mean alone
}
)",
    .strong = R"(
    const Tensor row = tensor({{1, 2, 6}}, DType::f64), one = ones({3}, DType::f64);
    const Tensor y = layer_norm(row, one, zeros({3}, DType::f64), 1e-5);
    if (!near(y, {-0.925819, -0.46291, 1.38873})) return false;
    // Two rows, a weight that is not 1, a bias that is not 0, and a large eps.
    const Tensor x = tensor({{1, 2, 6}, {0, -1, 3}}, DType::f64);
    const Tensor weight = tensor({1, -2, 0.5}, DType::f64), bias = tensor({3, 0, 1}, DType::f64);
    if (!near(layer_norm(x, weight, bias, 0.1),
              {2.08394, 0.916057, 1.68704, 2.61439, 1.92807, 1.67483}))
      return false;
    return bool(gradcheck(
        [&](Inputs in) -> Tensors { return {layer_norm(in[0], in[1], in[2], 0.1)}; },
        {x, weight, bias}));
)"};

}  // namespace gradus::tools
