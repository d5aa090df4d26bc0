// SPDX-License-Identifier: MIT
// The derivative of softmax: its matrix, why the rows of that matrix sum to 0, and its saturation.
#include <algorithm>
#include <cmath>

#include "gradus/autograd/autograd.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/make.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_jacobian {

// J = diag(p) - p pᵀ, row by row; the counter-experiment forgets that the sum depends on z, too.
std::vector<double> by_hand(const std::vector<double>& z, bool broken) {
  const std::vector<double> p = softmax(tensor(z), -1).to_vector<double>();
  std::vector<double> j;
  for (size_t a = 0; a < p.size(); ++a)
    for (size_t b = 0; b < p.size(); ++b)
      j.push_back((a == b ? p[a] : 0) - (broken ? 0 : p[a] * p[b]));
  return j;
}

std::vector<double> by_autograd(const std::vector<double>& z) {
  return jacobian([](const Tensor& x) { return softmax(x, -1); }, tensor(z)).to_vector<double>();
}

double largest_row_sum(const std::vector<double>& j, size_t n) {
  double most = 0;
  for (size_t row = 0; row < n; ++row) {
    double sum = 0;
    for (size_t col = 0; col < n; ++col) sum += j[row * n + col];
    most = std::max(most, std::abs(sum));
  }
  return most;
}

void draw(Experiment& e) {
  const std::vector<double> z = {1, 2, 3};
  e.chart(HeatMap{.title = "the Jacobian of softmax at z = (1, 2, 3)",
                  .row_axis = "output i",
                  .col_axis = "input j",
                  .value_axis = "∂p / ∂z",
                  .rows = {"p1", "p2", "p3"},
                  .cols = {"z1", "z2", "z3"},
                  .values = by_autograd(z),
                  .low = -0.25,
                  .high = 0.25,
                  .diverging = true});
  LineChart curve{.title = "how much p1 answers to z1, for scores (z1, 0)",
                  .x_axis = "z1",
                  .y_axis = "∂p1 / ∂z1",
                  .lines = {{"p1 (1 − p1)"}}};
  for (double a = -10; a <= 10; a += 0.5) {
    curve.lines[0].x.push_back(a);
    curve.lines[0].y.push_back(by_autograd({a, 0})[0]);
  }
  e.chart(curve);
}

void run(Experiment& e) {
  Generator gen(e.seed());
  constexpr size_t n = 5;
  double difference = 0, row_sum = 0;
  for (int i = 0; i < 50; ++i) {
    const std::vector<double> z = (randn({n}, gen) * 2.0).to_vector<double>();
    const std::vector<double> j = by_hand(z, e.broken());
    difference = std::max(difference, largest_difference(by_autograd(z), j));
    row_sum = std::max(row_sum, largest_row_sum(j, n));
  }
  draw(e);
  e.note(
      "Proof. ln pᵢ = zᵢ − ln Σₖ exp(zₖ), so ∂ ln pᵢ / ∂zⱼ = [i = j] − pⱼ. Multiply by pᵢ: "
      "∂pᵢ / ∂zⱼ = pᵢ [i = j] − pᵢ pⱼ. A row sums to pᵢ − pᵢ Σⱼ pⱼ = 0: adding the same number "
      "to all scores changes nothing.");
  e.below(43, "formula − autograd, 50 random z", difference, 1e-13);
  e.below(58, "largest sum of a row", row_sum, 1e-13);
  e.below(43, "∂p1/∂z1 at z1 = 10, over that at 0",
          by_autograd({10, 0})[0] / by_autograd({0, 0})[0], 1e-3);
}

}  // namespace lab_jacobian

LabPage jacobian_page() {
  return {.name = "jacobian",
          .chapter = "softmax",
          .title = "The derivative of softmax",
          .items = {43, 58},
          .claim =
              "Each probability depends on every score: the Jacobian is diag(p) − p pᵀ, its rows "
              "sum to 0, and it vanishes when one score is far above the others.",
          .formula =
              "∂pᵢ / ∂zⱼ = pᵢ ([i = j] − pⱼ)        J = diag(p) − p pᵀ\n"
              "dzᵢ = pᵢ (dpᵢ − Σⱼ dpⱼ pⱼ), which never builds J",
          .breaks = "the sum is treated as a constant: J = diag(p)",
          .read = {{"src/ops/softmax.cpp", "backward(const Tensor& dy"},
                   {"include/gradus/autograd/autograd.h", "Tensor jacobian("}},
          .next = "gradcheck softmax",
          .questions = {{"Why does the backward of softmax need only p, and not z?",
                         "J is written in p alone, and p is the output, which is saved anyway."},
                        {"The largest entry of J is at most 1/4. Where is it reached?",
                         "On the diagonal, p(1 − p) is largest at p = 1/2: two scores that share "
                         "all the probability equally."}},
          .run = lab_jacobian::run};
}

}  // namespace gradus::tools
