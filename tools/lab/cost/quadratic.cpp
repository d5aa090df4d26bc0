// SPDX-License-Identifier: MIT
// The cost of attention with the whole matrix of weights: counted, then timed.
#include <cmath>

#include "gradus/base/memory.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/make.h"
#include "tools/bench/bench.h"
#include "tools/compare/attention_cost.h"
#include "tools/lab/counted.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_quadratic {

// Multiply-adds of Q Kᵀ and A V by plain loops: [n, d] [d, n], then [n, n] [n, d].
int64_t counted(int64_t n, int64_t d) {
  const CountedArray q(Shape{n, d}), k(Shape{d, n}), v(Shape{n, d});
  return multiply_adds([&] { check::plain_matmul(check::plain_matmul(q, k), v); });
}

// With a few bytes for the tensor itself, which do not depend on n.
double bytes_of_weights(int64_t n) {
  const Tensor scores = zeros(n, n);
  const int64_t before = live_bytes();
  const Tensor weights = softmax(scores, -1);
  return static_cast<double>(live_bytes() - before);
}

void count(Experiment& e) {
  Table table{.columns = {{"n", 0}, {"d", 0}, {"multiply-adds counted", 0}, {"2 n² d", 0}}};
  double off = 0;
  for (const auto& [n, d] : {std::pair{8, 16}, {16, 16}, {32, 16}, {32, 32}}) {
    const auto seen = static_cast<double>(counted(n, d));
    const double formula = 2.0 * n * n * d;
    table.rows.push_back({static_cast<double>(n), static_cast<double>(d), seen, formula});
    off += std::abs(seen - formula);
  }
  e.table(table);
  e.equal(50, "multiply-adds counted − 2 n² d", off, 0);
  e.equal(50, "bytes of the weights, n = 512 less n = 256, − 8 n²",
          bytes_of_weights(512) - bytes_of_weights(256) - 8.0 * (512 * 512 - 256 * 256), 0);
}

void run(Experiment& e) {
  count(e);
  const OneThread alone;
  const AttentionSetup setup{.repeats = 4, .seed = e.seed()};
  const auto kind = e.broken() ? AttentionKind::linear : AttentionKind::matrix;
  Table table{.columns = {{"n", 0}, {"milliseconds", 2}, {"MB", 2}},
              .title = "Forward and backward, 2 heads of 32, f64"};
  LineChart chart{.title = "the time of attention grows with n²",
                  .x_axis = "length n",
                  .y_axis = "milliseconds",
                  .log_x = true,
                  .log_y = true,
                  .lines = {{"measured"}, {"n², through the last point"}}};
  std::vector<double> lengths, times, memory;
  for (int64_t n : {200, 400, 800, 1600}) {
    const AttentionCost c = attention_cost(setup, kind, n);
    lengths.push_back(static_cast<double>(n));
    times.push_back(c.milliseconds);
    memory.push_back(c.mb);
    table.rows.push_back({lengths.back(), c.milliseconds, c.mb});
  }
  chart.lines[0].x = chart.lines[1].x = lengths;
  chart.lines[0].y = times;
  for (double n : lengths)
    chart.lines[1].y.push_back(times.back() * std::pow(n / lengths.back(), 2));
  e.table(table);
  e.chart(chart);
  const double time_exponent = fitted_exponent(lengths, times);
  const double memory_exponent = fitted_exponent(lengths, memory);
  e.above(50, "time grows as n to the power of", time_exponent, 1.6);
  e.below(50, "the same, from above", time_exponent, 2.5);
  e.above(50, "memory grows as n to the power of", memory_exponent, 1.8);
  e.below(50, "the same, from above", memory_exponent, 2.1);
}

}  // namespace lab_quadratic

LabPage quadratic_page() {
  return {
      .name = "quadratic",
      .chapter = "cost",
      .title = "Attention costs the square of the length",
      .items = {50},
      .claim =
          "Each of n queries meets each of n keys. The products take 2 n² d multiply-adds, and "
          "the matrix of weights n² numbers per head: twice the length costs four times as "
          "much.",
      .formula = "time: Q Kᵀ n² d, softmax n², A V n² d        memory: n² weights",
      .breaks = "linear attention is measured in its place",
      .read = {{"tools/compare/attention_cost.cpp", "Tensor attend("},
               {"src/check/reference.h", "plain_matmul("}},
      .next = "compare attention --lengths 200,400,800",
      .questions =
          {{"A model is 4,096 wide and reads 1,000 words. Is attention its main cost?",
            "No. Its scores and sums take 2 n² d = 8e9 multiply-adds per layer, its projections "
            "4 n d² = 7e10 and a feed-forward of 4 d another 8 n d² = 1.3e11. The square of n "
            "dominates only for n above 6 d."},
           {"Why is the measured exponent not exactly 2?",
            "Small matrices have fixed costs, which lower the times' growth; large ones no "
            "longer fit in the cache, which raises it."}},
      .run = lab_quadratic::run};
}

}  // namespace gradus::tools
