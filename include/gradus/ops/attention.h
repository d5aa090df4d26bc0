// SPDX-License-Identifier: MIT
// Attention: each query takes a weighted mean of values, weighted by how its key matches.
// Next: ops/linear_attention.h
#pragma once
#include <optional>
#include <vector>

#include "gradus/ops/mask.h"

namespace gradus {

struct AttentionOptions {
  Mask mask{};                     // which keys a query may see; all by default
  Tensor bias{};                   // added to the scores; broadcast to [.., T, S]; differentiable
  double dropout_p = 0;            // of the weights, rescaled by 1 / (1 - p); in training only
  std::optional<double> scale{};   // of the scores; 1 / sqrt(D) by default
  std::vector<double> alibi{};     // a slope m_h for each head, or none: adds -m_h |i + n - j|,
                                   // n the mask's causal offset (Press, Smith, Lewis 2021)
  bool enable_gqa = false;         // k and v may have fewer heads than q: see below
  Generator* generator = nullptr;  // of the dropout; default_generator() by default
  Tensor* logsumexp = nullptr;     // where given, receives [.., T]: see attention_weights()
};

/// Scaled dot-product attention.
///   s_ij = scale sum_c q_ic k_jc + bias_ij - m |i + n - j|
///   w_i = softmax of s_i over the keys that i may see
///   y_i = sum_j w_ij v_j
///   dw_ij = dy_i . v_j,  ds_ij = w_ij (dw_ij - sum_k w_ik dw_ik)
///   dq_i = scale sum_j ds_ij k_j,  dk_j = scale sum_i ds_ij q_i,  dv_j = sum_i w_ij dy_i
/// q: [.., T, D], k: [.., S, D], v: [.., S, V] -> y: [.., T, V], leading axes equal or broadcast;
/// f32, f64. Three axes are [B, T, D], four [B, H, T, D]. With enable_gqa k and v are
/// [B, G, S, ..], G a divisor of H: query head h reads head h / (H / G), which is not copied, and
/// gathers the gradients of its H / G readers in their order. Memory grows with T + S, never with
/// T S: saves q, k, v, y and the logsumexp of each row of scores. Heads that lie side by side in
/// [B, T, H D] buffers are read and written there; y is laid out as q is.
/// A query that may see no key gets 0, and all its gradients are exactly 0; so are those of hidden
/// keys. A key of sample b at or behind its length of a padding mask is not even read; a NaN or
/// infinity in v at another hidden key does spread.
/// Throws std::invalid_argument: shapes that do not fit, heads that do not divide, dtypes,
/// dropout_p outside of 0..1, slopes that are not one for each head.
/// Source: Vaswani et al. 2017, "Attention is all you need", eq. 1; tiles: Dao et al. 2022; heads
/// in groups: Ainslie et al. 2023.
Tensor scaled_dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                                    const AttentionOptions& options = {});

/// The weights [.., T, S], before dropout, of a call whose logsumexp was kept: exp(s - logsumexp).
/// The same q, k, mask, bias and scale are expected; looking changes no number of that call.
/// Not tracked.
Tensor attention_weights(const Tensor& q, const Tensor& k, const Tensor& logsumexp,
                         const AttentionOptions& options = {});

}  // namespace gradus
