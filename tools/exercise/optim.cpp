// SPDX-License-Identifier: MIT
// Pages on training: clip_grad_norm, adam.
#include "tools/exercise/pages.h"

namespace gradus::tools {

const ExercisePage clip_grad_norm_page = {
    .name = "clip_grad_norm",
    .title = "gradients that are too long are shortened",
    .what = R"(
One unusual batch can give huge gradients, and one step with them can ruin a model. Clipping
shortens the gradient before the step: its direction stays, its length becomes at most max_norm.
The length is that of all gradients together, as if they were one long vector.
)",
    .formula = R"(
    norm   = sqrt(sum of the squares of all elements of all gradients)
    result = gradient * min(1, max_norm / (norm + 1e-6))        for each gradient

There is no gradient to derive.
)",
    .shapes = R"(
gradients is a list of tensors of any shapes, f32 or f64; the result is a list of the same shapes.
Gradients of 0 stay 0; one without elements adds nothing.
)",
    .example = R"(
    gradients = {[3], [4]}   max_norm = 1     norm = 5    result = {[0.6], [0.8]}
    gradients = {[3], [4]}   max_norm = 10    norm = 5    result = {[3], [4]}
)",
    .hints = {"sum(g * g).item() is the sum of the squares of one gradient, as a double.",
              "First one loop over all gradients for the norm, then a second one that multiplies.",
              "Shorten only: the factor is never above 1."},
    .includes = "#include <algorithm>\n#include <cmath>\n",
    .code = R"(
inline std::vector<Tensor> clip_grad_norm(const std::vector<Tensor>& gradients, double max_norm) {
  exercise::hole("clip_grad_norm");
}
)",
    .test = R"(
inline bool my_test(
    std::function<std::vector<Tensor>(const std::vector<Tensor>& gradients, double max_norm)>
        clip_grad_norm) {
  const std::vector<Tensor> g = {tensor({3, 4}, DType::f64)};
  return clip_grad_norm(g, 1)[0].shape() == Shape{2};  // weak: says nothing about the length
}
)"};

const ExercisePage adam_page = {
    .name = "adam",
    .title = "the optimiser that everyone uses",
    .what = R"(
Adam keeps two running means for each number p: m of its gradient, and v of the square of its
gradient. It steps along m, divided by the root of v, so that every number moves by about lr,
whether its gradients are large or small. Both means start at 0 and are too small in the first
steps; the bias correction divides that out.
)",
    .formula = R"(
    m = 0, v = 0; for t = 1, 2, ... with the gradient g of step t:
    m = beta1 m + (1 - beta1) g
    v = beta2 v + (1 - beta2) g^2
    p = p - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

There is no gradient to derive. Why is the very first step almost exactly lr, whatever g is?
)",
    .shapes = R"(
p is [n]; gradients is [steps, n], one row for each step; the result is p after the last step, f32
or f64. steps may be 0. Gradients of 0 must not give NaN.
)",
    .example = R"(
    p = [1]   gradients = [[0.5], [-1]]   lr = 0.1, beta1 = 0.9, beta2 = 0.999, eps = 1e-8
    after step 1: 0.9      after step 2: 0.936610
)",
    .hints = {"zeros_like(p) for m and v; gradients[t] is the gradient of step t, counted from 0.",
              "In the formula t counts from 1: with t = 0 the correction would divide by 0.",
              "std::pow(beta1, t + 1). eps is outside the root."},
    .includes = "#include <cmath>\n",
    .code = R"(
inline Tensor adam(const Tensor& start, const Tensor& gradients, double lr, double beta1,
                   double beta2, double eps) {
  Tensor p = start * 1, m = zeros_like(start), v = zeros_like(start);
  for (int64_t t = 0; t < gradients.size(0); ++t) {
    const Tensor g = gradients[t];
    exercise::hole("adam, one step");
  }
  return p;
}
)",
    .test = R"(
inline bool my_test(std::function<Tensor(const Tensor& p, const Tensor& gradients, double lr,
                                         double beta1, double beta2, double eps)> adam) {
  const Tensor p = tensor({1}, DType::f64), g = tensor({{0.5}}, DType::f64);
  return adam(p, g, 0.1, 0.9, 0.999, 1e-8).item() < 1;  // weak: any step down passes
}
)"};

}  // namespace gradus::tools
