// SPDX-License-Identifier: MIT
// Attention: each query takes a mean of the values, weighted by how well their keys match it.
// Next: ops/linear_attention.h
#pragma once
#include <optional>
#include <vector>

#include "gradus/ops/mask.h"

namespace gradus {

struct AttentionOptions {
  Mask mask{};                     // which keys a query may attend to; all by default
  Tensor bias{};                   // added to the scores; broadcast to [.., T, S]; differentiable
  double dropout_p = 0;            // of the weights, rescaled by 1 / (1 - p); for training only
  std::optional<double> scale{};   // of the scores; 1 / sqrt(D) by default
  std::vector<double> alibi{};     // a slope m_h for each head, or empty: adds -m_h |i + n - j|,
                                   // n the mask's causal offset (Press, Smith, Lewis 2021)
  bool enable_gqa = false;         // k and v may have fewer heads than q: see below
  Generator* generator = nullptr;  // of the dropout; default_generator() by default
  Tensor* logsumexp = nullptr;     // if given, receives [.., T]: see attention_weights()
};

/// Scaled dot-product attention.
///   s_ij = scale sum_c q_ic k_jc + bias_ij - m |i + n - j|
///   w_i = softmax of s_i over the keys that i may attend to
///   y_i = sum_j w_ij v_j
///   dw_ij = dy_i . v_j,  ds_ij = w_ij (dw_ij - sum_k w_ik dw_ik)
///   dq_i = scale sum_j ds_ij k_j,  dk_j = scale sum_i ds_ij q_i,  dv_j = sum_i w_ij dy_i
/// q: [.., T, D], k: [.., S, D], v: [.., S, V] -> y: [.., T, V], leading axes equal or broadcast;
/// f32, f64. Three axes are [B, T, D], four [B, H, T, D]. With enable_gqa k and v are
/// [B, G, S, ..], G a divisor of H: query head h reads head h / (H / G) without a copy, and that
/// head sums the gradients of its H / G readers in order. Memory grows with T + S, never with
/// T S: saves q, k, v, y and the logsumexp of each row of scores. Interleaved heads in [B, T, H D]
/// buffers are read and written in place; y has the layout of q.
/// A query without an allowed key gets 0, and all its gradients are exactly 0; so are those of
/// hidden keys. Keys at or beyond the length of a padding mask are not even read; a NaN or
/// infinity in v at another hidden key does propagate.
/// Throws std::invalid_argument: shapes or dtypes that do not match, H not divisible by G,
/// dropout_p outside 0..1, a number of slopes that is not the number of heads.
/// Source: Vaswani et al. 2017, "Attention is all you need", eq. 1; tiling: Dao et al. 2022;
/// grouped heads: Ainslie et al. 2023.
Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                    const AttentionOptions& options = {});

/// The weights [.., T, S], before dropout, of an earlier call with options.logsumexp:
/// exp(s - logsumexp). Expects the same q, k, mask, bias and scale; does not affect the results of
/// that call. Not tracked.
Tensor attention_weights(const Tensor& q, const Tensor& k, const Tensor& logsumexp,
                         const AttentionOptions& options = {});

}  // namespace gradus
