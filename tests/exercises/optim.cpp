// SPDX-License-Identifier: MIT
// Answers: clip_grad_norm, adam.
#include <cmath>

#include "tests/exercises/answers.h"

namespace gradus::tests {
namespace {

using List = std::vector<Tensor>;

enum class ClipMistake { none, alone, always, no_root };

template <ClipMistake m> List my_clip(const List& gradients, double max_norm) {
  const auto factor = [&](double squares) {
    const double norm = m == ClipMistake::no_root ? squares : std::sqrt(squares);
    const double f = max_norm / (norm + 1e-6);
    return m == ClipMistake::always ? f : std::min(1.0, f);
  };
  double total = 0;
  for (const Tensor& g : gradients) total += sum(g * g).item();
  List out;
  for (const Tensor& g : gradients)
    out.push_back(g * factor(m == ClipMistake::alone ? sum(g * g).item() : total));
  return out;
}

bool test_clip(std::function<List(const List&, double)> f) {
  const List g = {tensor({3, 0}, DType::f64), tensor({4}, DType::f64)};
  const List small = f(g, 10), clipped = f(g, 2);
  const double factor = 2 / (5 + 1e-6);
  return near(small[0], g[0]) && near(small[1], g[1]) && near(clipped[0], g[0] * factor) &&
         near(clipped[1], g[1] * factor);
}

Answers clip_answers() {
  using enum ClipMistake;
  return {"clip_grad_norm",
          marks("clip_grad_norm", my_clip<none>, test_clip),
          {{"alone", marks("clip_grad_norm", my_clip<alone>, test_clip),
            "each gradient is clipped on its own"},
           {"always", marks("clip_grad_norm", my_clip<always>, test_clip),
            "gradients below max_norm are scaled up"},
           {"no root", marks("clip_grad_norm", my_clip<no_root>, test_clip),
            "the root of the sum of squares is missing"}}};
}

enum class AdamMistake { none, no_correction, eps_inside, upward };

template <AdamMistake m>
Tensor my_adam(const Tensor& start, const Tensor& gradients, double lr, double beta1, double beta2,
               double eps) {
  Tensor p = start * 1, mean = zeros_like(start), v = zeros_like(start);
  for (int64_t t = 0; t < gradients.size(0); ++t) {
    const Tensor g = gradients[t];
    const auto step = static_cast<double>(t + 1);
    const bool corrects = m != AdamMistake::no_correction;
    mean = beta1 * mean + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const Tensor vhat = corrects ? v / (1 - std::pow(beta2, step)) : v;
    const Tensor mhat = corrects ? mean / (1 - std::pow(beta1, step)) : mean;
    const Tensor below = m == AdamMistake::eps_inside ? sqrt(vhat + eps) : sqrt(vhat) + eps;
    p = p - (m == AdamMistake::upward ? -lr : lr) * mhat / below;
  }
  return p;
}

bool test_adam(
    std::function<Tensor(const Tensor&, const Tensor&, double, double, double, double)> f) {
  const Tensor p = tensor({1, -2}, DType::f64), g = tensor({{0.5, 2}, {-1, 3}}, DType::f64);
  return near(f(p, g, 0.1, 0.9, 0.99, 0.01),
              my_adam<AdamMistake::none>(p, g, 0.1, 0.9, 0.99, 0.01));
}

Answers adam_answers() {
  using enum AdamMistake;
  return {"adam",
          marks("adam", my_adam<none>, test_adam),
          {{"no correction", marks("adam", my_adam<no_correction>, test_adam),
            "this is a known mistake: no bias correction"},
           {"eps inside", marks("adam", my_adam<eps_inside>, test_adam),
            "eps is added inside the root"},
           {"upward", marks("adam", my_adam<upward>, test_adam), "the step goes up"}}};
}

}  // namespace

std::vector<Answers> optim_answers() { return {clip_answers(), adam_answers()}; }

}  // namespace gradus::tests
