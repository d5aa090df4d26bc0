// SPDX-License-Identifier: MIT
// Attention in tiles: the softmax of a row from pieces, with a running maximum and sum.
#include <algorithm>
#include <cmath>

#include "gradus/autograd/autograd.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/softmax.h"
#include "gradus/tensor/make.h"
#include "tools/compare/attention_cost.h"
#include "tools/lab/measure.h"
#include "tools/lab/pages.h"

namespace gradus::tools {
namespace lab_tiles {

constexpr size_t keys = 12, tile = 4;

// One query: the mean of `values` under softmax(scores), four keys at a time. Only m, the sum and
// the mean so far are kept; the counter-experiment does not rescale them when m rises.
double in_tiles(const std::vector<double>& scores, const std::vector<double>& values, bool broken,
                Table& table) {
  double m = -INFINITY, sum = 0, output = 0;
  for (size_t at = 0; at < keys; at += tile) {
    const double before = m;
    for (size_t j = at; j < at + tile; ++j) m = std::max(m, scores[j]);
    const double rescale = broken || sum == 0 ? 1 : std::exp(before - m);
    sum *= rescale;
    output *= rescale;
    for (size_t j = at; j < at + tile; ++j) {
      sum += std::exp(scores[j] - m);
      output += std::exp(scores[j] - m) * values[j];
    }
    table.rows.push_back({std::to_string(at) + " to " + std::to_string(at + tile - 1), m, rescale,
                          sum, output / sum});
  }
  return output / sum;
}

void by_hand(Experiment& e) {
  Generator gen(e.seed());
  std::vector<double> scores;
  // Rising scores, so that the maximum changes from tile to tile.
  for (size_t j = 0; j < keys; ++j) scores.push_back(gen.normal() + 0.5 * static_cast<double>(j));
  const std::vector<double> values = randn({keys}, gen).to_vector<double>();
  const std::vector<double> p = softmax(tensor(scores), -1).to_vector<double>();
  double plain = 0;
  for (size_t j = 0; j < keys; ++j) plain += p[j] * values[j];
  Table table{
      .columns = {{"keys"}, {"maximum m", 3}, {"old sums ×", 3}, {"sum", 3}, {"output so far", 6}},
      .title = "One query, 12 keys in tiles of 4"};
  const double tiled = in_tiles(scores, values, e.broken(), table);
  table.rows.push_back({std::string("all at once"), *std::max_element(scores.begin(), scores.end()),
                        NAN, NAN, plain});
  e.table(table);
  e.below(51, "in tiles by hand − all at once", std::abs(tiled - plain), 1e-12);
}

// The largest difference of outputs, and of the gradients of queries, keys and values.
void compare(Experiment& e) {
  Generator gen(e.seed(), 1);
  const AttentionSetup setup{.heads = 1};
  const Shape shape{1, 1, 1024, setup.width};
  std::vector<Tensor> in;
  for (int i = 0; i < 3; ++i) in.push_back(randn(shape, gen).requires_grad_());
  const std::vector<Tensor> dy = {randn(shape, gen)};
  const Tensor plain = attend(setup, AttentionKind::matrix, in[0], in[1], in[2]);
  const Tensor tiled = attend(setup, AttentionKind::tiles, in[0], in[1], in[2]);
  const std::vector<Tensor> a = grad(std::vector{plain}, in, dy);
  const std::vector<Tensor> b = grad(std::vector{tiled}, in, dy);
  double most = 0;
  for (size_t i = 0; i < 3; ++i) most = std::max(most, largest_difference(a[i], b[i]));
  e.below(51, "op − matrix form, 1,024 steps", largest_difference(plain, tiled), 1e-12);
  e.below(51, "the same for the gradients of Q, K, V", most, 1e-12);
}

void measure(Experiment& e) {
  const AttentionSetup setup{.heads = 1, .width = 16, .repeats = 0, .seed = e.seed()};
  LineChart chart{.title = "peak memory of forward and backward",
                  .x_axis = "length n",
                  .y_axis = "MB",
                  .log_x = true,
                  .log_y = true,
                  .lines = {{"matrix"}, {"tiles"}}};
  double matrix = 0, tiles = 0;
  for (int64_t n : {300, 900, 2700}) {
    matrix = attention_cost(setup, AttentionKind::matrix, n).mb;
    tiles = attention_cost(setup, AttentionKind::tiles, n).mb;
    for (auto& line : chart.lines) line.x.push_back(static_cast<double>(n));
    chart.lines[0].y.push_back(matrix);
    chart.lines[1].y.push_back(tiles);
  }
  e.chart(chart);
  e.below(51, "memory at 2,700 steps, tiles / matrix", tiles / matrix, 1.0 / 50);
}

void run(Experiment& e) {
  by_hand(e);
  compare(e);
  measure(e);
}

}  // namespace lab_tiles

LabPage tiles_page() {
  return {
      .name = "tiles",
      .chapter = "cost",
      .title = "Flash attention: the same in tiles",
      .items = {51},
      .claim =
          "A softmax can be computed piece by piece if the old sums are rescaled when a larger "
          "score appears. So attention needs no matrix of weights, its memory grows with n, "
          "and backward computes the weights again from one number per row.",
      .formula =
          "m′ = max(m, scores of the tile)        ℓ′ = ℓ e^(m − m′) + Σ e^(s − m′)\n"
          "o′ = o e^(m − m′) + Σ e^(s − m′) v        output = o / ℓ\n"
          "backward: A = e^(S − L), with the stored L = m + ln ℓ of each row",
      .breaks = "the old sums are not rescaled when the maximum rises",
      .read = {{"src/kernels/attention.h", "tile"}, {"src/kernels/attention_backward.h", "tile"}},
      .next = "compare attention --draw memory --lengths 500,1000,2000",
      .questions =
          {{"Does it do fewer multiplications?",
            "No, more: backward computes the scores a second time. It is fast because it reads "
            "and writes less memory."},
           {"Why is one number per row enough to restore the weights?",
            "Aᵢⱼ = exp(Sᵢⱼ) / Σₖ exp(Sᵢₖ) = exp(Sᵢⱼ − Lᵢ), with Lᵢ the logarithm of the sum."}},
      .run = lab_tiles::run};
}

}  // namespace gradus::tools
