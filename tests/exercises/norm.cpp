// SPDX-License-Identifier: MIT
// Answers: rms_norm, layer_norm.
#include <cmath>

#include "tests/exercises/answers.h"

namespace gradus::tests {
namespace {

Tensor row_mean(const Tensor& x) { return mean(x, {-1}, true); }

enum class NormMistake {
  none,
  no_second,
  no_weight,
  eps_outside,
  n_minus_1,
  sum_of_squares,
  first_axis,
  no_sum,
  no_r
};

template <NormMistake m> struct RmsRule {
  static constexpr const char* name = "rms_norm";
  double eps;
  Tensor x{}, weight{};
  Tensor inverse() const {
    const Tensor s = m == NormMistake::sum_of_squares ? sum(x * x, {-1}, true) : row_mean(x * x);
    return m == NormMistake::eps_outside ? 1 / (sqrt(s) + eps) : 1 / sqrt(s + eps);
  }
  Tensor forward(Inputs in) {
    x = in[0];
    weight = in[1];
    return x * inverse() * weight;
  }
  Grads backward(const Tensor& dy, Wanted) const {
    const Tensor g = dy * weight, r = inverse();
    Tensor dx = r * (g - x * r * r * row_mean(g * x));
    if (m == NormMistake::no_second) dx = r * g;
    return {dx, sum_to(dy * x * r, weight.shape())};
  }
};
template <NormMistake m> Tensor my_rms(const Tensor& x, const Tensor& weight, double eps) {
  return apply(RmsRule<m>{eps}, x, weight);
}

bool test_rms(std::function<Tensor(const Tensor&, const Tensor&, double)> f) {
  const Tensor x = random({3, 4}, 1), w = random({4}, 2);
  const auto fn = [&](Inputs in) -> Tensors { return {f(in[0], in[1], 0.1)}; };
  return near(f(x, w, 0.1), rms_norm(x, {4}, w, 0.1)) && gradients_are_right(fn, {x, w});
}

Answers rms_answers() {
  using enum NormMistake;
  return {"rms_norm",
          marks("rms_norm", my_rms<none>, test_rms),
          {{"scale held constant", marks("rms_norm", my_rms<no_second>, test_rms),
            "this is a known mistake: scale held constant"},
           {"sum of squares", marks("rms_norm", my_rms<sum_of_squares>, test_rms),
            "a sum of squares instead of their mean"},
           {"eps outside", marks("rms_norm", my_rms<eps_outside>, test_rms),
            "eps is added after the root"}}};
}

template <NormMistake m> struct LayerRule {
  static constexpr const char* name = "layer_norm";
  double eps;
  Tensor xhat{}, r{}, weight{};
  Tensor forward(Inputs in) {
    weight = in[1];
    const auto n = static_cast<double>(in[0].size(-1));
    const auto middle = [](const Tensor& x) {
      return mean(x, {m == NormMistake::first_axis ? 0 : -1}, true);
    };
    const Tensor c = in[0] - middle(in[0]);
    Tensor v = middle(c * c);
    if (m == NormMistake::n_minus_1) v = v * (n / std::max(n - 1, 1.0));
    r = 1 / sqrt(v + eps);
    xhat = c * r;
    return xhat * weight + in[2];
  }
  Grads backward(const Tensor& dy, Wanted) const {
    const Tensor g = m == NormMistake::no_weight ? dy * 1 : dy * weight;
    Tensor dx = r * (g - row_mean(g) - xhat * row_mean(g * xhat));
    if (m == NormMistake::no_second) dx = r * (g - row_mean(g));
    if (m == NormMistake::no_r) dx = g - row_mean(g) - xhat * row_mean(g * xhat);
    const Tensor dbias = m == NormMistake::no_sum ? dy : sum_to(dy, weight.shape());
    return {dx, sum_to(dy * xhat, weight.shape()), dbias};
  }
};
template <NormMistake m>
Tensor my_layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, double eps) {
  return apply(LayerRule<m>{eps}, x, weight, bias);
}

bool test_layer_norm(std::function<Tensor(const Tensor&, const Tensor&, const Tensor&, double)> f) {
  const Tensor x = random({3, 4}, 1), w = random({4}, 2), b = random({4}, 3);
  const auto fn = [&](Inputs in) -> Tensors { return {f(in[0], in[1], in[2], 0.1)}; };
  return near(f(x, w, b, 0.1), layer_norm(x, {4}, w, b, 0.1)) && gradients_are_right(fn, {x, w, b});
}

Answers layer_answers() {
  using enum NormMistake;
  const auto of = [](auto* f) { return marks("layer_norm", f, test_layer_norm); };
  return {"layer_norm",
          of(my_layer_norm<none>),
          {{"n - 1", of(my_layer_norm<n_minus_1>), "the variance is divided by n - 1"},
           {"without the second term", of(my_layer_norm<no_second>),
            "the term - xhat mean(g xhat) is missing in the gradient of x"},
           {"without the weight", of(my_layer_norm<no_weight>),
            "the weight is missing in the gradient of x"},
           {"along the first axis", of(my_layer_norm<first_axis>),
            "the mean goes over the first axis, not over the last"},
           {"without r", of(my_layer_norm<no_r>), "r is missing in the gradient of x"},
           {"without the sum over rows", of(my_layer_norm<no_sum>),
            "the gradient of bias is [3, 5], but bias is [5]: sum over the axes along which bias "
            "was repeated: sum_to(..., bias.shape())"}}};
}

}  // namespace

std::vector<Answers> norm_answers() { return {rms_answers(), layer_answers()}; }

}  // namespace gradus::tests
