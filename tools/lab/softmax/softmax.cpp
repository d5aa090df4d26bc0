// SPDX-License-Identifier: MIT
// What softmax does with any list of numbers.
#include <algorithm>
#include <cmath>

#include "gradus/ops/elementwise.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/make.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_softmax {

// The formula as the texts print it: exp overflows for z above 709.
std::vector<double> naive(const std::vector<double>& z) {
  double sum = 0;
  std::vector<double> p;
  for (double v : z) sum += std::exp(v);
  for (double v : z) p.push_back(std::exp(v) / sum);
  return p;
}

std::vector<double> weights(const std::vector<double>& z, bool broken) {
  return broken ? naive(z) : softmax(tensor(z), -1).to_vector<double>();
}

void draw_three(Experiment& e) {
  BarChart bars{
      .title = "softmax of three pairs", .axis = "probability", .series = {{"first"}, {"second"}}};
  for (const auto& z : {std::vector<double>{-2, 0}, {0, 0}, {2, 0}}) {
    const std::vector<double> p = weights(z, false);
    bars.names.push_back("z = (" + short_number(z[0]) + ", " + short_number(z[1]) + ")");
    for (size_t i = 0; i < 2; ++i) bars.series[i].values.push_back(p[i]);
  }
  e.chart(bars);
}

void run(Experiment& e) {
  Generator gen(e.seed());
  double sum_error = 0, shift_error = 0, disorder = 0;
  for (int i = 0; i < 200; ++i) {
    const std::vector<double> z = (randn({7}, gen) * 5.0).to_vector<double>();
    const std::vector<double> p = weights(z, e.broken());
    double sum = 0;
    for (double v : p) sum += v;
    sum_error = std::max(sum_error, std::abs(sum - 1));
    std::vector<double> shifted = z;
    for (double& v : shifted) v += 100;
    shift_error = std::max(shift_error, largest_difference(p, weights(shifted, e.broken())));
    for (size_t a = 0; a < z.size(); ++a)
      for (size_t b = 0; b < z.size(); ++b) disorder += z[a] < z[b] && p[a] > p[b];
  }
  draw_three(e);
  const std::vector<double> huge = weights({1000, 1000, 0}, e.broken());
  Table table{.columns = {{"z", 0}, {"softmax", 4}},
              .rows = {{1000.0, huge[0]}, {1000.0, huge[1]}, {0.0, huge[2]}},
              .title = "Huge numbers do not overflow"};
  e.table(table);
  e.below(39, "sum of 200 random softmaxes, distance from 1", sum_error, 1e-14);
  e.below(39, "change when 100 is added to each number", shift_error, 1e-12);
  e.equal(39, "pairs whose order changed", disorder, 0);
  e.equal(39, "softmax(1000, 1000, 0), distance from (½, ½, 0)",
          largest_difference(huge, {0.5, 0.5, 0}), 0);
}

}  // namespace lab_softmax

LabPage softmax_page() {
  return {.name = "softmax",
          .chapter = "softmax",
          .title = "From scores to probabilities",
          .items = {39},
          .claim =
              "Softmax turns any numbers into probabilities: they sum to 1, keep the order of "
              "the numbers, do not change when a constant is added, and never overflow if "
              "the largest number is subtracted first.",
          .formula = "pᵢ = exp(zᵢ − m) / Σⱼ exp(zⱼ − m)        m = maxⱼ zⱼ",
          .breaks = "the largest number is not subtracted",
          .read = {{"src/ops/softmax.cpp", "Tensor softmax("}, {"src/kernels/softmax.h", "exp"}},
          .next = "lab temperature",
          .questions = {{"Which property lets an implementation subtract the maximum?",
                         "That a constant added to every number changes nothing: exp(z − m) = "
                         "exp(z) / exp(m), and exp(m) cancels."},
                        {"What is softmax(−∞, 0)?",
                         "(0, 1): a mask hides a key by adding −∞ to its score. If all are −∞ "
                         "there is nothing to choose from, and the result is NaN."}},
          .run = lab_softmax::run};
}

}  // namespace gradus::tools
