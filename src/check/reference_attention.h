// SPDX-License-Identifier: MIT
// Attention as scalar loops over doubles or dual numbers: the textbook form of the fused op.
#pragma once
#include "check/reference.h"
#include "gradus/ops/linear_attention.h"

namespace gradus::check {

/// The treatment of weight (b, h, i, j) in plain_attention(): whether query i sees key j, and the
/// dropout factor.
struct WeightRule {
  std::function<bool(int64_t b, int64_t h, int64_t i, int64_t j)> sees;
  std::function<double(int64_t b, int64_t h, int64_t i, int64_t j)> factor;
  double scale;
  std::function<double(int64_t b, int64_t h, int64_t i, int64_t j)> added{};  // to the score
};

/// [B, G, S, D] -> [B, G group, S, D]
template <class T> Array<T> repeated_heads(const Array<T>& x, int64_t group) {
  Shape shape = x.shape;
  shape[1] *= group;
  Array<T> y(shape);
  const int64_t head = x.size(2) * x.size(3);
  for (int64_t e = 0; e < y.count(); ++e) y[e] = x[e / head / group * head + e % head];
  return y;
}

/// softmax(scale q k^T + bias) v over the visible keys. in: q [.., T, D], k [.., S, D],
/// v [.., S, V] and optionally a bias, all broadcast; four axes are [B, H, T, D], three
/// [B, T, D]. Each `group` consecutive heads of q share a head of k and v.
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
    for (int64_t j = 0; j < S; ++j) {
      T& score = scores[e + j];
      score *= rule.scale;
      if (rule.added) score += rule.added(b, h, i, j);
      if (in.size() > 3) score += in[3][flat_index(in[3].shape, coordinates(s, e + j))];
      if (!rule.sees(b, h, i, j)) score = -INFINITY;
    }
    const T m = constant_max<T>(S, [&](int64_t j) { return scores[e + j]; });
    T sum = 0;
    for (int64_t j = 0; j < S; ++j) sum += scores[e + j] = exp(scores[e + j] - m);
    for (int64_t j = 0; j < S; ++j)
      if (rule.sees(b, h, i, j)) scores[e + j] = scores[e + j] / sum * rule.factor(b, h, i, j);
  }
  return plain_matmul(scores, in[2]);
}

/// The settings of plain_linear_attention(), including mistakes.
struct LinearForm {
  FeatureMap map = FeatureMap::elu;
  std::function<bool(int64_t b, int64_t i, int64_t j)> sees{};
  int64_t group = 1;
  std::vector<double> state{};  // [B, G, D, V + 1], or none
  bool constant_total = false, divided = true, in_turn = false;
};

/// y_i = sum_j a_ij v_j / sum_j a_ij with a_ij = phi(q_i) . phi(k_j), pair by pair. Shapes as in
/// plain_attention().
template <class T> Array<T> plain_linear_attention(const Arrays<T>& in, const LinearForm& f) {
  using std::exp;
  const auto phi = [&](T x) {
    if (f.map == FeatureMap::identity) return x;
    return value(x) > 0 ? x + 1.0 : f.map == FeatureMap::relu ? T(1) : exp(x);
  };
  Shape shape = in[0].shape;
  const int64_t S = in[1].size(-2), D = shape.back(), V = in[2].size(-1);
  const int axes = shape.size();
  shape[axes - 1] = V;
  Array<T> y(shape);
  const int64_t T_ = shape[axes - 2], H = axes > 3 ? shape[1] : 1, G = H / f.group;
  const auto at = [&](const Array<T>& x, int64_t b, int64_t h, int64_t i, int64_t c) {
    const Dims place = axes > 3 ? Dims{b, h, i, c} : axes > 2 ? Dims{b, i, c} : Dims{i, c};
    return x[flat_index(x.shape, place)];
  };
  std::vector<T> u(static_cast<size_t>(V + 1));
  for (int64_t row = 0; V > 0 && row < y.count() / V; ++row) {
    const int64_t i = row % T_, h = row / T_ % H, b = row / T_ / H;
    const int64_t kv = f.in_turn && f.group > 1 ? h % G : h / f.group;
    for (int64_t c = 0; c <= V; ++c) {
      T& sum = u[static_cast<size_t>(c)] = T(0);
      for (int64_t d = 0; d < D && !f.state.empty(); ++d)
        sum += phi(at(in[0], b, h, i, d)) *
               f.state[static_cast<size_t>(((b * G + kv) * D + d) * (V + 1) + c)];
    }
    for (int64_t j = 0; j < S; ++j) {
      if (!f.sees(b, i, j)) continue;
      T a = 0;
      for (int64_t d = 0; d < D; ++d) a += phi(at(in[0], b, h, i, d)) * phi(at(in[1], b, kv, j, d));
      for (int64_t c = 0; c < V; ++c) u[static_cast<size_t>(c)] += a * at(in[2], b, kv, j, c);
      u[static_cast<size_t>(V)] += a;
    }
    const T total = f.constant_total ? T(value(u.back())) : f.divided ? u.back() : T(1);
    for (int64_t c = 0; c < V; ++c)
      y[row * V + c] = value(total) == 0 ? T(0) : u[static_cast<size_t>(c)] / total;
  }
  return y;
}

}  // namespace gradus::check
