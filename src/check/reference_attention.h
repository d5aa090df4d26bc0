// SPDX-License-Identifier: MIT
// Attention as scalar loops over doubles or dual numbers: the textbook form of the fused op.
#pragma once
#include "check/reference.h"

namespace gradus::check {

/// How plain_attention() treats weight (b, h, i, j): does query i see key j, and the factor that
/// dropout gives it.
struct WeightRule {
  std::function<bool(int64_t b, int64_t h, int64_t i, int64_t j)> sees;
  std::function<double(int64_t b, int64_t h, int64_t i, int64_t j)> factor;
  double scale;
  std::function<double(int64_t b, int64_t h, int64_t i, int64_t j)> added{};  // to the score
};

/// [B, G, S, D] -> [B, G group, S, D]
template <class T>
Array<T> repeated_heads(const Array<T>& x, int64_t group) {
  Shape shape = x.shape;
  shape[1] *= group;
  Array<T> y(shape);
  const int64_t head = x.size(2) * x.size(3);
  for (int64_t e = 0; e < y.count(); ++e) y[e] = x[e / head / group * head + e % head];
  return y;
}

/// softmax(scale q k^T + bias) v over what is seen. in: q [.., T, D], k [.., S, D], v [.., S, V]
/// and maybe a bias, all broadcast; four axes are [B, H, T, D], three [B, T, D]. `group`
/// neighbouring heads of q share one of k and v.
template <class T>
Array<T> plain_attention(Arrays<T> in, const WeightRule& rule, int64_t group = 1) {
  using std::exp;
  for (const size_t i : {1, 2})
    if (group > 1 && in[i].shape.size() == 4) in[i] = repeated_heads(in[i], group);
  Array<T> k_turned(in[1].shape), scores = in[0];
  std::swap(k_turned.shape[k_turned.shape.size() - 1], k_turned.shape[k_turned.shape.size() - 2]);
  for (int64_t e = 0; e < k_turned.count(); ++e) {
    Dims at = coordinates(k_turned.shape, e);
    std::swap(at[at.size() - 1], at[at.size() - 2]);
    k_turned[e] = in[1][flat_index(in[1].shape, at)];
  }
  scores = plain_matmul(in[0], k_turned);
  const Shape& s = scores.shape;
  const int64_t S = s.back(), queries = s[s.size() - 2], heads = s.size() > 3 ? s[s.size() - 3] : 1;
  for (int64_t e = 0; S > 0 && e < scores.count(); e += S) {
    const int64_t i = e / S % queries, h = e / S / queries % heads, b = e / S / queries / heads;
    T sum = 0;
    for (int64_t j = 0; j < S; ++j) {
      T score = scores[e + j] * rule.scale;
      if (rule.added) score += rule.added(b, h, i, j);
      if (in.size() > 3) score += in[3][flat_index(in[3].shape, coordinates(s, e + j))];
      scores[e + j] = rule.sees(b, h, i, j) ? exp(score) : T(0);
      sum += scores[e + j];
    }
    for (int64_t j = 0; j < S; ++j)
      if (rule.sees(b, h, i, j)) scores[e + j] = scores[e + j] / sum * rule.factor(b, h, i, j);
  }
  return plain_matmul(scores, in[2]);
}

}  // namespace gradus::check
