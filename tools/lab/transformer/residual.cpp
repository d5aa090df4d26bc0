// SPDX-License-Identifier: MIT
// Deep stacks with and without skip connections.
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/view.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"
#include "tools/lab/transformer/reversal.h"

namespace gradus::tools {
namespace lab_residual {

constexpr int64_t width = 32, places = 8;

// The mean cosine between the vectors of two places: 1 if all places carry the same vector.
double likeness(const Tensor& x) {
  double all = 0, pairs = 0;
  for (int64_t i = 0; i < places; ++i)
    for (int64_t j = 0; j < i; ++j, ++pairs) {
      const std::vector<double> a = x[0][i].to_vector<double>(), b = x[0][j].to_vector<double>();
      double dot = 0;
      for (size_t c = 0; c < a.size(); ++c) dot += a[c] * b[c];
      all += dot / (norm_of(x[0][i]) * norm_of(x[0][j]));
    }
  return all / pairs;
}

// After 0 to 24 layers of an untrained stack.
std::vector<double> likeness_by_depth(bool residual, Generator& gen) {
  const NoGrad no_grad;
  TransformerEncoder stack({.layer = {.d_model = width,
                                      .nhead = 4,
                                      .dim_feedforward = 2 * width,
                                      .dropout = 0,
                                      .norm_first = true,
                                      .residual = residual},
                            .num_layers = 24},
                           gen);
  Tensor x = randn({1, places, width}, gen);
  std::vector<double> out = {likeness(x)};
  for (const TransformerEncoderLayer& layer : stack.layers) {
    x = layer(x);
    out.push_back(likeness(x));
  }
  return out;
}

void run(Experiment& e) {
  Generator gen(e.seed());
  LineChart chart{.title = "mean cosine between two places, untrained",
                  .x_axis = "layers",
                  .y_axis = "cosine",
                  .lines = {{"with skips"}, {"without"}}};
  const std::vector<double> with = likeness_by_depth(!e.broken(), gen);
  const std::vector<double> without = likeness_by_depth(false, gen);
  for (size_t depth = 0; depth < with.size(); ++depth) {
    for (auto& line : chart.lines) line.x.push_back(static_cast<double>(depth));
    chart.lines[0].y.push_back(with[depth]);
    chart.lines[1].y.push_back(without[depth]);
  }
  e.chart(chart);
  const int64_t steps = e.reduced() ? 250 : 400;
  const double plain = reversal_accuracy({.steps = steps, .lr = 6e-3, .residual = false}, e.seed());
  const double skips =
      e.broken() ? plain : reversal_accuracy({.steps = steps, .lr = 6e-3}, e.seed());
  Table table{.columns = {{"12 layers"}, {"letters in the right place", 3}},
              .rows = {{std::string("with skips"), skips}, {std::string("without"), plain}},
              .title = "Learning to reverse 8 letters (guessing: 0.1)"};
  e.table(table);
  e.above(73, "12 layers with skips, letters in the right place", skips, 0.95);
  e.below(73, "12 layers without skips", plain, 0.3);
  e.below(73, "24 layers with skips, cosine between places", with.back(), 0.85);
  e.above(73, "24 layers without skips", without.back(), 0.99);
}

}  // namespace lab_residual

LabPage residual_page() {
  return {.name = "residual",
          .chapter = "transformer",
          .title = "Skip connections let depth train",
          .items = {73},
          .claim =
              "Attention averages: layer after layer the places become alike, until all "
              "carry the same vector and nothing can be learned. A residual connection "
              "lets each place keep its own input.",
          .formula =
              "with skip:    x = x + attention(norm x),  x = x + ffn(norm x)\n"
              "without:      x = attention(norm x),      x = ffn(norm x)",
          .breaks = "no layer has a skip connection",
          .read = {{"src/nn/transformer.cpp", "residual"},
                   {"include/gradus/nn/transformer.h", "bool residual"}},
          .next = "lab norm-first",
          .questions = {{"Are vanishing gradients the reason?",
                         "Not here: LayerNorm keeps gradients of a useful size, and their norms "
                         "hide the collapse. What is lost is the difference between places."},
                        {"Why does a mean of 12 averages make all places equal?",
                         "Each layer multiplies by a matrix of positive weights whose rows sum to "
                         "1. Such products approach a matrix of equal rows."}},
          .correction =
              "the slide credits residual networks to Google; they are by He, Zhang, Ren "
              "and Sun of Microsoft Research, 2015.",
          .reduced = "250 steps instead of 400",
          .run = lab_residual::run};
}

}  // namespace gradus::tools
