// SPDX-License-Identifier: MIT
// Attention as the formula is written, one query after the other: read this first. The kernels for
// use compute the same in tiles, as matrix products, and never hold a whole row of weights; a test
// compares them with these. Next: kernels/attention.h
#pragma once
#include "kernels/exp_row.h"
#include "kernels/heads.h"
#include "kernels/keep.h"
#include "kernels/mask.h"

namespace gradus::kernels {

/// How products q k are turned into weights.
template <class T> struct Scoring {
  T scale = 1;
  MaskView mask{};
  const T* bias = nullptr;
  int64_t bias_strides[4] = {};
  const double* slopes = nullptr;  // [H]: adds -slope |i + behind - j|
  int64_t behind = 0;
  Keep keep{};
};

/// The score of key j for query i: scale q_i . k_j + bias - slope |i + behind - j|; -inf if hidden.
template <class T>
T plain_score(const AttentionSizes& z, const Scoring<T>& rule, int64_t b, int64_t h, int64_t i,
              int64_t j, const Heads<const T>& q, const Heads<const T>& k) {
  if (!rule.mask.allows(b, h, i, j)) return -INFINITY;
  const T *qi = q.at(b, h) + i * q.row, *kj = k.at(b, h / z.group) + j * k.row;
  T score = 0;
  for (int64_t c = 0; c < z.D; ++c) score += qi[c] * kj[c];
  score *= rule.scale;
  const int64_t* stride = rule.bias_strides;
  if (rule.bias) score += rule.bias[b * stride[0] + h * stride[1] + i * stride[2] + j * stride[3]];
  if (rule.slopes)
    score -= static_cast<T>(rule.slopes[h]) * std::fabs(static_cast<T>(i + rule.behind - j));
  return score;
}

/// w_j = exp(s_ij) / sum_j exp(s_ij) of query i, w: [S]. Returns lse, the logarithm of the sum; if
/// no key is allowed it is +inf and w is 0.
template <class T>
T plain_weights(const AttentionSizes& z, const Scoring<T>& rule, int64_t b, int64_t h, int64_t i,
                const Heads<const T>& q, const Heads<const T>& k, T* w) {
  for (int64_t j = 0; j < z.S; ++j) w[j] = plain_score(z, rule, b, h, i, j, q, k);
  const auto [max, sum] =
      scale_row<SumOrder::simd>(z.S, w, T(-INFINITY), [=](int64_t j, T e) { return w[j] = e; });
  for (int64_t j = 0; sum > 0 && j < z.S; ++j) w[j] /= sum;
  return sum == 0 ? T(INFINITY) : max + log(sum);
}

/// y_i = sum_j w_ij v_j, and lse [B, H, T]; w: [S], scratch. Without dropout.
template <class T>
void plain_attention(const AttentionSizes& z, const Scoring<T>& rule, const Heads<const T>& q,
                     const Heads<const T>& k, const Heads<const T>& v, const Heads<T>& y, T* lse,
                     T* w) {
  for (int64_t row = 0; row < z.B * z.H * z.T; ++row) {
    const int64_t b = row / (z.H * z.T), h = row / z.T % z.H, i = row % z.T;
    lse[row] = plain_weights(z, rule, b, h, i, q, k, w);
    T* yi = y.at(b, h) + i * y.row;
    for (int64_t c = 0; c < z.V; ++c) {
      yi[c] = 0;
      for (int64_t j = 0; j < z.S; ++j) yi[c] += w[j] * v.at(b, h / z.group)[j * v.row + c];
    }
  }
}

}  // namespace gradus::kernels
