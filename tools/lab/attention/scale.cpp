// SPDX-License-Identifier: MIT
// Why attention divides its scores by the square root of the width.
#include <cmath>

#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/make.h"
#include "tools/bench/bench.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_scale {

constexpr int64_t keys = 64, draws = 101;

struct Softness {
  double entropy = 0;   // entropy of the weights in nats; log(keys) if all are equal
  double jacobian = 0;  // the norm of the gradient that the softmax lets through
};

// The medians over draws of one query and `keys` keys, all standard normal.
Softness softness(int64_t d, double scale, Generator& gen) {
  std::vector<double> entropies, norms;
  for (int64_t i = 0; i < draws; ++i) {
    const Tensor q = randn({1, d}, gen), k = randn({keys, d}, gen);
    const std::vector<double> p = softmax(matmul(q, k.t()) * scale, -1).to_vector<double>();
    double squares = 0;
    for (size_t a = 0; a < p.size(); ++a)
      for (size_t b = 0; b < p.size(); ++b) {
        const double j = (a == b ? p[a] : 0) - p[a] * p[b];  // J = diag(p) - p pᵀ
        squares += j * j;
      }
    entropies.push_back(entropy(p));
    norms.push_back(std::sqrt(squares));
  }
  return {median(std::move(entropies)), median(std::move(norms))};
}

void run(Experiment& e) {
  Generator gen(e.seed());
  Table table{.columns = {{"d", 0},
                          {"entropy, scaled", 3},
                          {"unscaled", 3},
                          {"|J|, scaled", 2, true},
                          {"unscaled", 2, true}},
              .title = "Softness of 64 weights (at most ln 64 = 4.159 nats)"};
  LineChart chart{.title = "entropy of the weights",
                  .x_axis = "d",
                  .y_axis = "nats",
                  .log_x = true,
                  .lines = {{"divided by √d"}, {"not divided"}}};
  Softness last, plain;
  for (int64_t d : e.sizes()) {
    const double width = static_cast<double>(d);
    last = softness(d, e.broken() ? 1 : 1 / std::sqrt(width), gen);
    plain = softness(d, 1, gen);
    table.rows.push_back({width, last.entropy, plain.entropy, last.jacobian, plain.jacobian});
    chart.lines[0].x.push_back(width);
    chart.lines[0].y.push_back(last.entropy);
    chart.lines[1].x.push_back(width);
    chart.lines[1].y.push_back(plain.entropy);
  }
  e.table(table);
  e.chart(chart);
  e.note(
      "At small d the unscaled gradient is the larger one: a softmax that is too soft passes "
      "little gradient, too. The scale matters for wide heads.");
  if (e.sizes().back() < 512) return;
  e.above(5, "median entropy at the last d, scaled", last.entropy, 3.4);
  e.below(5, "median entropy at the last d, unscaled", plain.entropy, 0.1);
  e.above(5, "gradient let through, scaled / unscaled", last.jacobian / plain.jacobian, 20);
}

}  // namespace lab_scale

LabPage scale_page() {
  return {.name = "scale",
          .chapter = "attention",
          .title = "Why scores are divided by √d",
          .items = {5},
          .claim =
              "A dot product of two random vectors of width d has variance d; without the "
              "division by √d the softmax of wide heads is almost one-hot and passes almost "
              "no gradient.",
          .formula =
              "weights = softmax(q·k / √d)        Var(q·k) = d\n"
              "J = diag(p) − p pᵀ, which is 0 for a one-hot p",
          .breaks = "the scores are not divided by √d",
          .read = {{"include/gradus/ops/attention.h", "scaled_dot_product_attention"},
                   {"src/ops/softmax.cpp", "Tensor softmax("}},
          .next = "lab scale --d 8,64,512,2048",
          .questions = {{"At d = 8 the unscaled weights have the larger gradient. Why?",
                         "Scores of variance 8 / 8 = 1 give nearly equal weights of 1/64 each, "
                         "and J is about diag(p), whose entries are small. Scores of variance 8 "
                         "favour a few keys with weights near 1/2, where p(1 − p) is largest."},
                        {"What would a temperature of 2 do to the scale?",
                         "It divides the scores once more, by 2: the weights get softer still, as "
                         "if the head were four times as wide."}},
          .sizes = {8, 32, 128, 512},
          .sizes_help = "widths of queries and keys",
          .run = lab_scale::run};
}

}  // namespace gradus::tools
