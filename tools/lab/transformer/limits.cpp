// SPDX-License-Identifier: MIT
// How several heads add up, and what attention costs: three headings that text 003 left empty.
#include <cmath>

#include "gradus/autograd/node.h"
#include "gradus/nn/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"
#include "tools/bench/bench.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_limits {

constexpr int64_t width = 16, heads = 4;

// The module with the output columns of all other heads set to 0, without the bias of the output.
Tensor one_head(const MultiheadAttention& whole, const Tensor& x, int64_t head) {
  MultiheadAttention part = whole.clone();
  constexpr int64_t wide = width / heads;
  for (int64_t h = 0; h < heads; ++h)
    if (h != head) narrow(part.out_proj.weight, 1, h * wide, wide).fill_(0);
  return part(x) - part.out_proj.bias;
}

// The change at the last word when the first two words change places.
double order_effect(const MultiheadAttention& attention, const Tensor& x) {
  const Tensor swapped = index_select(x, 1, std::vector<int64_t>{1, 0, 2, 3, 4, 5});
  return largest_difference(select(attention(x), 1, 5), select(attention(swapped), 1, 5));
}

double score_entries(const MultiheadAttention& attention, int64_t steps, Generator& gen) {
  AttentionRecorder seen;
  attention(randn({1, steps, width}, gen));
  return static_cast<double>(seen.records.at(0).weights.numel());
}

void run(Experiment& e) {
  const NoGrad no_grad;
  Generator gen(e.seed());
  const MultiheadAttention attention({.embed_dim = width, .num_heads = heads}, gen);
  const Tensor x = randn({1, 6, width}, gen);
  Tensor total = zeros({1, 6, width}) + attention.out_proj.bias;
  BarChart bars{.title = "what each head adds to the output", .axis = "norm", .series = {{"norm"}}};
  for (int64_t h = 0; h < (e.broken() ? heads - 1 : heads); ++h) {
    const Tensor part = one_head(attention, x, h);
    total = total + part;
    bars.names.push_back("head " + std::to_string(h + 1));
    bars.series[0].values.push_back(norm_of(part));
  }
  e.chart(bars);
  std::vector<double> lengths, entries;
  Table table{.columns = {{"words", 0}, {"scores of 4 heads", 0}},
              .title = "The matrix that grows with the square of the length"};
  for (int64_t n : {16, 32, 64, 128}) {
    lengths.push_back(static_cast<double>(n));
    entries.push_back(score_entries(attention, n, gen));
    table.rows.push_back({lengths.back(), entries.back()});
  }
  e.table(table);
  e.below(78, "sum of the heads − the module", largest_difference(total, attention(x)), 1e-12);
  e.below(78, "exponent of the scores, distance from 2",
          std::abs(fitted_exponent(lengths, entries) - 2), 1e-12);
  e.below(78, "output at word 6 after swapping words 1 and 2", order_effect(attention, x), 1e-12);
}

}  // namespace lab_limits

LabPage limits_page() {
  return {.name = "limits",
          .chapter = "transformer",
          .title = "Heads add up, scores grow, order is lost",
          .items = {78},
          .claim =
              "Multi-head attention is a sum of small attentions, each through its own slice "
              "of W_O. Its limits: scores grow with the square of the length, it does not "
              "know the order of words, and with little data it loses to simpler models.",
          .formula =
              "concat(head₁ … head_H) W_Oᵀ = Σₕ headₕ W_O,ₕᵀ\n"
              "scores: H · n²",
          .breaks = "one head is left out of the sum",
          .read = {{"include/gradus/nn/attention.h", "concat(heads)"},
                   {"src/nn/attention.cpp", "merge_heads"}},
          .next = "compare attention",
          .questions = {{"If heads only add up, why is one wide head not as good?",
                         "A head has one softmax: it looks at one mixture of places. Two heads "
                         "can look at two places and keep what they found apart."},
                        {"gradus never stores this matrix in normal use. What is the price?",
                         "It computes in tiles and computes the tiles again in backward: memory "
                         "grows with n, but the work still with n²."}},
          .correction =
              "text 003 leaves its sections on several heads, on the problems of "
              "attention and on the limits of the transformer empty; this page and "
              "gradus lab models fill them.",
          .run = lab_limits::run};
}

}  // namespace gradus::tools
