// SPDX-License-Identifier: MIT
// Several heads: the module against a loop over heads, and the count of its parameters.
#include <algorithm>
#include <cmath>

#include "gradus/autograd/autograd.h"
#include "gradus/nn/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "gradus/tensor/make.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_heads {

constexpr int64_t model = 64, heads = 4, width = model / heads, steps = 8;

// The channels of head h: neighbours; in the counter-experiment every fourth one.
Tensor channels(const Tensor& weight, int64_t part, int64_t h, bool broken) {
  const Tensor rows = narrow(weight, 0, part * model, model);
  return broken ? slice(rows, 0, h, model, heads) : narrow(rows, 0, h * width, width);
}

struct Looped {
  Tensor output;
  std::vector<Tensor> weights{};
};
// Head by head: project, attend, put side by side, multiply by W_O.
Looped loop_over_heads(const MultiheadAttention& m, const Tensor& x, bool broken) {
  Looped out;
  std::vector<Tensor> parts;
  for (int64_t h = 0; h < heads; ++h) {
    Tensor projected[3];
    for (int64_t part = 0; part < 3; ++part)
      projected[part] = linear(x, channels(m.in_proj_weight, part, h, broken));
    const Tensor scores = matmul(projected[0], transpose(projected[1], -2, -1));
    out.weights.push_back(softmax(scores / std::sqrt(static_cast<double>(width)), -1));
    parts.push_back(matmul(out.weights.back(), projected[2]));
  }
  out.output = linear(cat(parts, -1), m.out_proj.weight);
  return out;
}

void show_heads(Experiment& e, const Looped& looped) {
  HeatMap map{.title = "one query, four heads: the weights of step 7",
              .row_axis = "head",
              .col_axis = "key",
              .high = 0.5};
  for (int64_t h = 0; h < heads; ++h) {
    map.rows.push_back(std::to_string(h));
    for (double w : looped.weights[static_cast<size_t>(h)][0][steps - 1].to_vector<double>())
      map.values.push_back(w);
  }
  for (int64_t j = 0; j < steps; ++j) map.cols.push_back(std::to_string(j));
  e.chart(map);
}

void run(Experiment& e) {
  Generator gen(e.seed());
  const MultiheadAttention m({.embed_dim = model, .num_heads = heads, .bias = false}, gen);
  const Tensor x = (randn({1, steps, model}, gen) * 2.0).requires_grad_();
  const std::vector<Tensor> inputs = {x, m.in_proj_weight, m.out_proj.weight};
  const std::vector<Tensor> dy = {randn({1, steps, model}, gen)};
  const Tensor fused = m(x);
  const Looped looped = loop_over_heads(m, x, e.broken());
  const std::vector<Tensor> a = grad(std::vector{fused}, inputs, dy);
  const std::vector<Tensor> b = grad(std::vector{looped.output}, inputs, dy);
  double gradients = 0;
  for (size_t i = 0; i < inputs.size(); ++i)
    gradients = std::max(gradients, largest_difference(a[i], b[i]));
  show_heads(e, looped);
  const auto count = static_cast<double>(m.count()), d = static_cast<double>(model);
  e.table({.columns = {{"parameters, d = 64"}, {"formula"}, {"count", 0}},
           .rows = {{std::string("W_Q, W_K, W_V"), std::string("3 d²"), 3 * d * d},
                    {std::string("and W_O"), std::string("4 d²"), 4 * d * d},
                    {std::string("the module, 4 heads"), std::string("counted"), count}}});
  e.below(6, "loop over heads − module, forward", largest_difference(looped.output, fused), 1e-12);
  e.below(6, "the same for gradients of x, W_QKV, W_O", gradients, 1e-12);
  e.equal(7, "parameters of the module − 4 d²", count - 4 * d * d, 0);
  const MultiheadAttention one({.embed_dim = model, .num_heads = 1, .bias = false}, gen);
  e.equal(7, "parameters of 1 head − those of 4 heads",
          static_cast<double>(one.count() - m.count()), 0);
}

}  // namespace lab_heads

LabPage heads_page() {
  return {
      .name = "heads",
      .chapter = "attention",
      .title = "Heads: several views side by side",
      .items = {6, 7},
      .claim =
          "Multi-head attention runs attention in H slices of width d/H, puts the results "
          "side by side and multiplies by W_O. A loop over heads gives the same as the module, "
          "and the number of heads changes no parameter count.",
      .formula =
          "headₕ = attention(X W_Qʰ, X W_Kʰ, X W_Vʰ), width d / H\n"
          "Y = [head₁ … head_H] W_O        parameters: 3 d² + d² = 4 d²",
      .breaks = "a head takes every fourth channel, not 16 neighbours",
      .read = {{"include/gradus/nn/attention.h", "Attention in H heads"},
               {"src/nn/attention.cpp", "merge_heads(const Tensor& x) const {"}},
      .next = "lab twin",
      .questions =
          {{"Do 8 heads cost more time than 1?",
            "Not in the products: H products of width d/H are as many multiplications as one "
            "of width d. Only the softmax runs over H times as many scores."},
           {"The counter-experiment uses the same weights in another order. Would a model "
            "trained that way be worse?",
            "No. Which channels form a head is a convention, but weights trained with one "
            "convention do not work with another."}},
      .correction =
          "text 002, section 3.3 counts 3 d² for one head and 4 d² for several, as if "
          "heads cost d². The fourth d² is W_O, which a layer with one head has as well: 16,384 "
          "parameters at d = 64 with 1 head and with 4.",
      .run = lab_heads::run};
}

}  // namespace gradus::tools
