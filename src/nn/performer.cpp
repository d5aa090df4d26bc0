// SPDX-License-Identifier: MIT
// PerformerAttention: random features before linear attention.
#include "gradus/nn/performer.h"

#include <algorithm>
#include <cmath>

#include "gradus/ops/elementwise.h"
#include "gradus/ops/linear_attention.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/tensor/make.h"

namespace gradus {
namespace {

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// The part of `row` orthogonal to the others, of which there are fewer than its size, at the length
// that the row had: a normal vector's, so that each single row is distributed as if independent.
void make_orthogonal(std::vector<double>& row, const std::vector<std::vector<double>>& others) {
  const double length = std::sqrt(dot(row, row));
  for (int pass = 0; pass < 2; ++pass)  // the second removes what rounding left
    for (const std::vector<double>& other : others) {
      const double share = dot(row, other) / dot(other, other);
      for (size_t i = 0; i < row.size(); ++i) row[i] -= share * other[i];
    }
  const double factor = length / std::sqrt(dot(row, row));
  for (double& x : row) x *= factor;
}

// log phi(x), without the factor 1 / sqrt(m), which cancels: [.., m].
Tensor log_features(const Tensor& x, const Tensor& w) {
  const Tensor scaled = x * std::pow(static_cast<double>(x.size(-1)), -0.25);
  return matmul(scaled, w.t()) - (scaled * scaled).sum(-1, true) * 0.5;
}

}  // namespace

PerformerAttention::PerformerAttention(PerformerAttentionOptions o, Generator& gen) : options(o) {
  if (options.head_dim < 1)
    argument_error({"PerformerAttention: head_dim is ", options.head_dim, "; expected 1 or more"});
  if (options.features < 0)
    argument_error({"PerformerAttention: features is ", options.features, "; expected 0 or more"});
  const auto width = static_cast<double>(options.head_dim);
  if (options.features == 0)
    options.features = std::max<int64_t>(1, std::llround(std::ceil(width * std::log(width))));
  w = zeros({options.features, options.head_dim});
  redraw(gen);
}

void PerformerAttention::redraw(Generator& gen) {
  const int64_t D = options.head_dim;
  const std::vector<double> drawn =
      randn({options.features, D}, gen, DType::f64).to_vector<double>();
  std::vector<double> all;
  std::vector<std::vector<double>> block;
  for (int64_t r = 0; r < options.features; ++r) {
    std::vector<double> row(drawn.begin() + r * D, drawn.begin() + (r + 1) * D);
    if (options.orthogonal) make_orthogonal(row, block);
    all.insert(all.end(), row.begin(), row.end());
    block.push_back(std::move(row));
    if (static_cast<int64_t>(block.size()) == D) block.clear();
  }
  w.copy_(tensor(all, {options.features, D}));
}

Tensor PerformerAttention::operator()(const Tensor& q, const Tensor& k, const Tensor& v,
                                      const Mask& mask) const {
  for (const auto& [name, x] : {std::pair{"q", &q}, std::pair{"k", &k}})
    if (x->dim() < 2 || x->size(-1) != options.head_dim)
      argument_error({"PerformerAttention: ", name, " is ", x->str(), "; expected a width of ",
                      options.head_dim, ", head_dim"});
  Tensor of_q = log_features(q, w), of_k = log_features(k, w);
  // A factor per query cancels in the mean, as does one for all keys: the largest feature becomes
  // 1. Neither needs a gradient.
  of_q = of_q - amax(of_q, -1, true).detach();
  if (mask.hides_nothing() && of_k.numel() > 0) of_k = of_k - amax(of_k, {-2, -1}, true).detach();
  return linear_attention(of_q.exp(), of_k.exp(), v,
                          {.feature_map = FeatureMap::identity, .mask = mask});
}

void PerformerAttention::visit(Visitor& v) { v.buffer("w", w); }

}  // namespace gradus
