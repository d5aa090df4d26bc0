// SPDX-License-Identifier: MIT
// Kernel regression, the ancestor of attention.
#include <cmath>

#include "gradus/ops/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/make.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_kernel {

constexpr int64_t points = 40;

// Nadaraya and Watson's estimate: the mean of all y, weighted by nearness in x.
std::vector<double> estimate(const std::vector<double>& x, const std::vector<double>& y,
                             const std::vector<double>& at, double width) {
  std::vector<double> out;
  for (double q : at) {
    double sum = 0, weights = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double w = std::exp(-(q - x[i]) * (q - x[i]) / (2 * width * width));
      sum += w * y[i];
      weights += w;
    }
    out.push_back(sum / weights);
  }
  return out;
}

// The same by dot products: -(q - k)²/2 = q k - k²/2 - q²/2, where the last part cancels in the
// softmax, so the keys are (k, -k²/2) and the queries (q, 1).
Tensor attended(const std::vector<double>& x, const std::vector<double>& y,
                const std::vector<double>& at, double width, bool broken) {
  std::vector<std::vector<double>> queries, keys, values;
  for (double q : at) queries.push_back({q / width, 1});
  for (size_t i = 0; i < x.size(); ++i) {
    const double k = x[i] / width;
    keys.push_back({k, broken ? 0 : -k * k / 2});
    values.push_back({y[i]});
  }
  return matmul(softmax(matmul(tensor(queries), tensor(keys).t()), -1), tensor(values));
}

void run(Experiment& e) {
  Generator gen(e.seed());
  std::vector<double> x, y, at, truth;
  for (int64_t i = 0; i < points; ++i) {
    x.push_back(6 * gen.uniform());
    y.push_back(std::sin(x.back()) + 0.2 * gen.normal());
  }
  for (double q = 0.3; q < 5.8; q += 0.25) {
    at.push_back(q);
    truth.push_back(std::sin(q));
  }
  const double width = 0.4;
  const std::vector<double> kernel = estimate(x, y, at, width);
  const std::vector<double> attention = attended(x, y, at, width, e.broken()).to_vector<double>();
  e.chart(LineChart{.title = "noisy samples of sin x, averaged by nearness",
                    .x_axis = "x",
                    .y_axis = "y",
                    .from_zero = false,
                    .lines = {{"attention", at, attention}, {"sin x", at, truth}}});
  e.below(0, "attention against kernel regression", largest_difference(kernel, attention), 1e-12);
  const double mean = mean_of(y);
  double of_kernel = 0, of_mean = 0;
  for (size_t i = 0; i < at.size(); ++i) {
    of_kernel += std::pow(attention[i] - truth[i], 2);
    of_mean += std::pow(mean - truth[i], 2);
  }
  e.below(0, "squared error, attention / mean of all", of_kernel / of_mean, 0.2);
}

}  // namespace lab_kernel

LabPage kernel_page() {
  return {.name = "kernel",
          .chapter = "beginning",
          .title = "Kernel regression, attention's ancestor",
          .items = {},
          .claim =
              "Averaging the values of known points by their nearness to a query is "
              "attention: softmax scores over keys, with the distances written as dot "
              "products.",
          .formula =
              "ŷ(q) = Σᵢ wᵢ yᵢ / Σᵢ wᵢ        wᵢ = exp(−(q − xᵢ)² / 2σ²)\n"
              "−(q − k)² / 2 = q k − k²/2 − q²/2,  and q² cancels in the softmax",
          .breaks = "the term −k²/2 of the keys is left out",
          .read = {{"include/gradus/ops/attention.h", "scaled_dot_product_attention"}},
          .next = "lab scale",
          .questions = {{"Why may the term −q²/2 be left out, but not −k²/2?",
                         "−q²/2 is the same for all keys, and softmax does not change when a "
                         "constant is added. −k²/2 differs from key to key."},
                        {"What does attention learn that kernel regression does not?",
                         "The queries, keys and values themselves, by matrices; the kernel is "
                         "fixed."}},
          .correction =
              "text 004 says that a larger dot product means nearer; that holds for keys "
              "of equal length (correlation −0.7 with the distance), not otherwise (−0.03 "
              "to −0.10).",
          .run = lab_kernel::run};
}

}  // namespace gradus::tools
