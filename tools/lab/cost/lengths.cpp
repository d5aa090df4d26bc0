// SPDX-License-Identifier: MIT
// Softmax attention against linear attention, by length: time, memory, and how much they differ.
#include <algorithm>
#include <cmath>

#include "tools/bench/bench.h"
#include "tools/compare/attention_cost.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_lengths {

struct Costs {
  std::vector<double> lengths{}, matrix{}, linear{}, gap{};
};

Costs measured(Experiment& e, Table& table) {
  const OneThread alone;
  Costs c;
  for (int64_t n : e.sizes()) {
    if ((e.reduced() && n > 2000) || (e.broken() && n > 1000)) continue;
    const AttentionSetup setup{.heads = 1, .repeats = n > 1000 ? 1 : 4, .seed = e.seed()};
    const auto rival = e.broken() ? AttentionKind::tiles : AttentionKind::linear;
    const AttentionCost whole = attention_cost(setup, AttentionKind::matrix, n);
    const AttentionCost other = attention_cost(setup, rival, n);
    c.lengths.push_back(static_cast<double>(n));
    c.matrix.push_back(whole.milliseconds);
    c.linear.push_back(other.milliseconds);
    c.gap.push_back(other.gap);
    const double weights = 8.0 * static_cast<double>(n) * static_cast<double>(n) / 1048576;
    table.rows.push_back({c.lengths.back(), whole.milliseconds, other.milliseconds, weights,
                          whole.mb, other.mb, other.gap});
  }
  return c;
}

// c x^p through the last point.
LineChart::Line power(const std::string& name, const std::vector<double>& x, double last,
                      double p) {
  LineChart::Line line{name, x};
  for (double v : x) line.y.push_back(last * std::pow(v / x.back(), p));
  return line;
}

void run(Experiment& e) {
  Table table{.columns = {{"n", 0},
                          {"softmax ms", 2},
                          {"linear ms", 2},
                          {"n² weights MB", 2},
                          {"softmax MB", 1},
                          {"linear MB", 2},
                          {"L2 gap", 2}},
              .title = "Forward and backward, one head of 32, f64"};
  const Costs c = measured(e, table);
  e.table(table);
  e.chart(LineChart{.title = "time by length, with curves through the last points",
                    .x_axis = "length n",
                    .y_axis = "milliseconds",
                    .log_x = true,
                    .log_y = true,
                    .lines = {{"softmax", c.lengths, c.matrix},
                              {"linear", c.lengths, c.linear},
                              power("n²", c.lengths, c.matrix.back(), 2),
                              power("n", c.lengths, c.linear.back(), 1)}});
  if (c.lengths.size() < 3) return;
  e.above(61, "softmax: time grows as n to the power of", fitted_exponent(c.lengths, c.matrix),
          1.5);
  e.below(61, "linear: time grows as n to the power of", fitted_exponent(c.lengths, c.linear), 1.4);
  e.above(61, "relative L2 gap of the outputs, smallest",
          *std::min_element(c.gap.begin(), c.gap.end()), 0.3);
}

}  // namespace lab_lengths

LabPage lengths_page() {
  return {.name = "lengths",
          .chapter = "cost",
          .title = "From 100 to 5,000 steps",
          .items = {61},
          .claim =
              "With the length, the time of softmax attention grows as n² and that of linear "
              "attention as n. They are different functions: the gap between their outputs stays "
              "large at every length.",
          .formula = "softmax: n² d        linear: n d²        gap = |y − y′| / |y|",
          .breaks = "softmax in tiles takes the place of linear attention",
          .read = {{"tools/compare/attention_cost.cpp", "AttentionCost attention_cost("}},
          .next = "compare attention",
          .questions =
              {{"At n = 100 the two times are close. Why?",
                "n is near d = 32, so n² d and n d² are of the same size, and fixed costs count."},
               {"The weights alone take n² numbers. Why does the measured memory exceed that?",
                "Forward keeps the weights for backward, which needs their gradient and that of "
                "the scores at the same time: several matrices of n²."}},
          .sizes = {100, 500, 1000, 2000, 5000},
          .sizes_help = "lengths",
          .reduced = "lengths up to 2,000",
          .run = lab_lengths::run};
}

}  // namespace gradus::tools
