// SPDX-License-Identifier: MIT
// FAVOR+: random features that do approximate softmax attention, at a cost linear in the length.
#include <algorithm>
#include <cmath>

#include "gradus/nn/performer.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/linear_attention.h"
#include "gradus/tensor/make.h"
#include "tools/bench/bench.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_performer {

struct Inputs3 {
  Tensor q, k, v;
};

double gap(const Tensor& y, const Tensor& exact) {
  return (y - exact).norm().item() / exact.norm().item();
}

// The root mean square of the gap over draws of w.
double gap_of(Experiment& e, int64_t features, bool orthogonal, const Inputs3& in,
              const Tensor& exact) {
  constexpr int draws = 8;
  Generator gen(e.seed() + 100);
  double squares = 0;
  for (int i = 0; i < draws; ++i) {
    const PerformerAttention attention(
        {.head_dim = in.q.size(-1), .features = features, .orthogonal = orthogonal}, gen);
    const double d = gap(attention(in.q, in.k, in.v), exact);
    squares += d * d / draws;
  }
  return std::sqrt(squares);
}

void run(Experiment& e) {
  Generator gen(e.seed());
  const Shape shape{1, 4, 64, 16};
  const Inputs3 in{randn(shape, gen) * 0.5, randn(shape, gen) * 0.5, randn(shape, gen)};
  const Tensor exact = scaled_dot_product_attention(in.q, in.k, in.v);
  const double elu = gap(linear_attention(in.q, in.k, in.v), exact);
  Table table{.columns = {{"features m", 0}, {"orthogonal", 3}, {"independent", 3}, {"elu + 1", 3}},
              .title = "Relative gap to softmax attention, the mean of 8 draws of w"};
  LineChart::Line orthogonal{"orthogonal w"}, independent{"independent w"}, fixed{"elu(x) + 1"};
  for (int64_t m : e.sizes()) {
    const auto count = static_cast<double>(m);
    const double a = e.broken() ? elu : gap_of(e, m, true, in, exact);
    const double b = e.broken() ? elu : gap_of(e, m, false, in, exact);
    table.rows.push_back({count, a, b, elu});
    for (LineChart::Line* line : {&orthogonal, &independent, &fixed}) line->x.push_back(count);
    orthogonal.y.push_back(a);
    independent.y.push_back(b);
    fixed.y.push_back(elu);
  }
  e.table(table);
  e.chart(LineChart{.title = "gap to softmax attention by the number of features",
                    .x_axis = "features m",
                    .y_axis = "relative gap",
                    .log_x = true,
                    .log_y = true,
                    .lines = {orthogonal, independent, fixed}});
  if (table.rows.size() < 3) return;
  e.below(0, "gap at the largest m", orthogonal.y.back(), 0.1);
  e.below(0, "the gap grows as m to the power of", fitted_exponent(orthogonal.x, orthogonal.y),
          -0.35);
  e.below(0, "orthogonal / independent gap at the smallest m",
          orthogonal.y.front() / independent.y.front(), 1);
}

}  // namespace lab_performer

LabPage performer_page() {
  return {.name = "performer",
          .chapter = "cost",
          .title = "FAVOR+: softmax attention from random features",
          .items = {},
          .claim =
              "The exponential of a dot product is an expected value: that of a product of two "
              "positive features with a random w. With m draws of w, linear attention therefore "
              "approaches softmax attention, with an error that falls as 1/√m.",
          .formula =
              "φ(x)ᵣ = exp(wᵣ·x′ − |x′|²/2) / √m,   x′ = x / d^¼,   wᵣ ~ N(0, I)\n"
              "E φ(q)·φ(k) = exp(q·k / √d)",
          .breaks = "the feature map is elu(x) + 1, which no number of features can fix",
          .read = {{"src/nn/performer.cpp", "Tensor log_features("},
                   {"include/gradus/nn/performer.h", "class PerformerAttention"}},
          .next = "lab lengths",
          .questions =
              {{"Queries and keys here have a deviation of 0.5. What happens at 2?",
                "The error of one weight is about exp(|q′ + k′|²/2) / √m: at 2 no affordable m is "
                "enough. Models keep queries and keys short, by normalising them."},
               {"Why positive features, and not sines and cosines, which have the same mean?",
                "Weights near 0 are the most frequent ones. There sines and cosines give sums of "
                "either sign, and dividing by a sum near 0 makes the error arbitrarily large."}},
          .correction =
              "text 002, section 5.3 credits elu(x) + 1 to Performer. That map is of Katharopoulos "
              "et al. 2020 and approximates no softmax; this page shows Performer's.",
          .sizes = {16, 64, 256, 1024, 4096},
          .sizes_help = "numbers of features",
          .run = lab_performer::run};
}

}  // namespace gradus::tools
