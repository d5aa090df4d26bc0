// SPDX-License-Identifier: MIT
// Thirty wrong gradients: of elementwise ops, of matrices, and of ops along lines.
#include "tests/check/spoilt_rules.h"

#include <cmath>

#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "gradus/tensor/make.h"

namespace gradus::tests {
namespace {

Tensor at(Inputs in, size_t i) { return in[i]; }

Tensor norm_forward(Inputs in) {
  const Tensor x = at(in, 0), c = x - mean(x, {-1}, true);
  return c / sqrt(mean(c * c, {-1}, true) + 1e-5);
}
Tensor deviation(const Tensor& x) {
  const Tensor c = x - mean(x, {-1}, true);
  return sqrt(mean(c * c, {-1}, true) + 1e-5);
}

const Forward square = [](Inputs in) { return in[0] * in[0]; };
const Forward wave = [](Inputs in) { return tanh(in[0]); };
const Forward product = [](Inputs in) { return in[0] * in[1]; };

const std::vector<SpoiltCase> elementwise_cases = {
    {"square without its 2",
     {{3, 4}},
     square,
     [](Inputs in, const Tensor&, const Tensor& dy) { return Grads{in[0] * dy}; },
     Mistake::factor},
    {"square negated",
     {{3, 4}},
     square,
     [](Inputs in, const Tensor&, const Tensor& dy) { return Grads{-2.0 * in[0] * dy}; },
     Mistake::sign},
    {"square without x",
     {{3, 4}},
     square,
     [](Inputs, const Tensor&, const Tensor& dy) { return Grads{2.0 * dy}; },
     Mistake::element_factor},
    {"square without dy",
     {{3, 4}},
     square,
     [](Inputs in, const Tensor&, const Tensor&) { return Grads{2.0 * in[0]}; },
     Mistake::ignores_dy},
    {"square that returns nothing",
     {{3, 4}},
     square,
     [](Inputs in, const Tensor&, const Tensor&) { return Grads{zeros_like(in[0])}; },
     Mistake::missing},
    {"tanh as 1 - y",
     {{3, 4}},
     wave,
     [](Inputs, const Tensor& y, const Tensor& dy) { return Grads{(1 - y) * dy}; },
     Mistake::element_factor},
    {"tanh without its slope",
     {{3, 4}},
     wave,
     [](Inputs, const Tensor&, const Tensor& dy) { return Grads{dy.clone_data()}; },
     Mistake::element_factor},
    {"product with its gradients swapped",
     {{3, 4}, {3, 4}},
     product,
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{in[0] * dy, in[1] * dy};
     },
     Mistake::other_input},
    {"logarithm as 1 / x of a shifted x",
     {{3, 4}},
     [](Inputs in) { return log(in[0] * in[0] + 1); },
     [](Inputs in, const Tensor&, const Tensor& dy) { return Grads{2.0 * in[0] * dy}; },
     Mistake::element_factor},
    {"square root at zero",
     {{3, 4}},
     [](Inputs in) { return in[0] * 1.0; },
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{dy * (in[0] - in[0]) / (in[0] - in[0])};
     },
     Mistake::not_finite},
};

// The gradient of a loop that ends one element early.
Tensor without_last(const Tensor& g) {
  Tensor out = g.clone_data();
  Tensor flat = out.reshape({out.numel()});
  narrow(flat, 0, out.numel() - 1, 1).fill_(0);
  return out;
}
// Each line along the axis moved by one element.
Tensor rotated(const Tensor& g, int axis) {
  const int64_t n = g.shape()[axis];
  return cat({narrow(g, axis, 1, n - 1), narrow(g, axis, 0, 1)}, axis);
}

const Forward matrix_product = [](Inputs in) { return matmul(in[0], in[1]); };
const Forward scores = [](Inputs in) { return matmul(in[0], in[1].t()) * (1 / std::sqrt(7.0)); };
const Forward shifted = [](Inputs in) { return in[0] + in[1]; };

const std::vector<SpoiltCase> matrix_cases = {
    {"dA of a product transposed",
     {{4, 4}, {4, 4}},
     matrix_product,
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{matmul(in[1], dy.t()), matmul(in[0].t(), dy)};
     },
     Mistake::transposed},
    {"dB of a product in the wrong layout",
     {{3, 5}, {5, 4}},
     matrix_product,
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{matmul(dy, in[1].t()), matmul(dy.t(), in[0]).reshape({5, 4})};
     },
     Mistake::transposed},
    {"scores without 1 / √d",
     {{3, 7}, {5, 7}},
     scores,
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{matmul(dy, in[1]), matmul(dy.t(), in[0]) * (1 / std::sqrt(7.0))};
     },
     Mistake::factor},
    {"scores divided twice",
     {{3, 7}, {5, 7}},
     scores,
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{matmul(dy, in[1]) * (1 / 7.0), matmul(dy.t(), in[0]) * (1 / std::sqrt(7.0))};
     },
     Mistake::factor},
    {"bias without the sum over rows",
     {{3, 4}, {4}},
     shifted,
     [](Inputs, const Tensor&, const Tensor& dy) {
       return Grads{dy, select(dy, 0, 0).contiguous_data()};
     },
     Mistake::partial_sum},
    {"bias as a mean over rows",
     {{3, 4}, {4}},
     shifted,
     [](Inputs, const Tensor&, const Tensor& dy) {
       return Grads{dy, mean(dy, {0})};
     },
     Mistake::factor},
    {"row sums that keep the last slice",
     {{2, 3, 4}, {2, 3, 1}},
     shifted,
     [](Inputs, const Tensor&, const Tensor& dy) {
       return Grads{dy, narrow(dy, 2, 3, 1)};
     },
     Mistake::partial_sum},
    {"mean without 1 / n",
     {{3, 5}},
     [](Inputs in) { return mean(in[0], {1}, true); },
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{expand(dy, in[0].shape()).contiguous_data()};
     },
     Mistake::factor},
    {"sum taken for a mean",
     {{3, 5}},
     [](Inputs in) { return sum(in[0], {1}, true); },
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{expand(dy, in[0].shape()).contiguous_data() * 0.2};
     },
     Mistake::factor},
    {"a loop that ends early",
     {{4, 5}},
     [](Inputs in) { return in[0] * 3.0; },
     [](Inputs, const Tensor&, const Tensor& dy) { return Grads{without_last(dy * 3.0)}; },
     Mistake::few_elements},
    {"an index off by one",
     {{4, 5}},
     [](Inputs in) { return in[0] * 3.0; },
     [](Inputs, const Tensor&, const Tensor& dy) { return Grads{rotated(dy * 3.0, 1)}; },
     Mistake::moved},
    {"a permutation not undone",
     {{3, 3}},
     [](Inputs in) { return in[0].t() * 2.0; },
     [](Inputs, const Tensor&, const Tensor& dy) { return Grads{dy * 2.0}; },
     Mistake::transposed},
};

const Forward soft = [](Inputs in) { return softmax(in[0], -1); };
const Forward log_soft = [](Inputs in) { return log_softmax(in[0], -1); };

const std::vector<SpoiltCase> line_cases = {
    {"softmax without its sum",
     {{4, 5}},
     soft,
     [](Inputs, const Tensor& y, const Tensor& dy) { return Grads{y * dy}; },
     Mistake::missing_term},
    {"softmax with the sum of dy",
     {{4, 5}},
     soft,
     [](Inputs, const Tensor& y, const Tensor& dy) {
       return Grads{y * (dy - sum(dy, {-1}, true))};
     },
     Mistake::missing_term},
    {"softmax summed over the wrong axis",
     {{5, 5}},
     soft,
     [](Inputs, const Tensor& y, const Tensor& dy) {
       return Grads{y * (dy - sum(dy * y, {0}, true))};
     },
     Mistake::unknown},
    {"softmax with a sigmoid's slope",
     {{4, 5}},
     soft,
     [](Inputs, const Tensor& y, const Tensor& dy) { return Grads{y * (1 - y) * dy}; },
     Mistake::unknown},
    {"log_softmax without its sum",
     {{4, 5}},
     log_soft,
     [](Inputs, const Tensor&, const Tensor& dy) { return Grads{dy.clone_data()}; },
     Mistake::missing_term},
    {"normalisation without its mean",
     {{4, 6}},
     norm_forward,
     [](Inputs in, const Tensor& y, const Tensor& dy) {
       return Grads{(dy - y * mean(dy * y, {-1}, true)) / deviation(in[0])};
     },
     Mistake::missing_term},
    {"normalisation without its second term",
     {{4, 6}},
     norm_forward,
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{(dy - mean(dy, {-1}, true)) / deviation(in[0])};
     },
     Mistake::missing_term},
    {"normalisation not divided by its deviation",
     {{4, 6}},
     norm_forward,
     [](Inputs, const Tensor& y, const Tensor& dy) {
       return Grads{dy - mean(dy, {-1}, true) - y * mean(dy * y, {-1}, true)};
     },
     Mistake::line_factor},
};

}  // namespace

std::vector<SpoiltCase> spoilt_cases() {
  std::vector<SpoiltCase> all = elementwise_cases;
  for (const auto* more : {&matrix_cases, &line_cases})
    all.insert(all.end(), more->begin(), more->end());
  return all;
}

}  // namespace gradus::tests
