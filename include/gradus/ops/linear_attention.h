// SPDX-License-Identifier: MIT
// Linear attention: time and memory grow linearly with the length, not with its square.
// Next: ops/rope.h
#pragma once
#include "gradus/ops/mask.h"

namespace gradus {

/// The elementwise feature map phi: elu(x) + 1, which is x + 1 above 0 and exp(x) below;
/// relu(x) + 1; or x itself, for q and k that are features already. Then the sum over keys of
/// q_i . k_j should be positive; if it is exactly 0, y_i and its gradients are 0.
enum class FeatureMap { elu, relu, identity };

struct LinearAttentionOptions {
  FeatureMap feature_map = FeatureMap::elu;
  Mask mask{};              // only causal and padding: single keys cannot be hidden
  bool enable_gqa = false;  // grouped heads, as in scaled_dot_product_attention()
  Tensor* state = nullptr;  // if given: in, state_i over earlier keys, or undefined; out, with
                            // these keys added, so decoding can continue. Not tracked
};

/// Attention with weights proportional to phi(q_i) . phi(k_j) instead of exp(q_i . k_j), so that
/// one running sum over keys serves all queries.
///   state_i = sum of phi(k_j) [v_j; 1]^T over the keys that i may attend to
///   u_i = phi(q_i)^T state_i,  y_i = u_i[0..V) / u_i[V];  with g_i = [dy_i; -dy_i . y_i] / u_i[V]:
///   dq_i = phi'(q_i) state_i g_i,  dk_j = phi'(k_j) R_j [v_j; 1],  dv_j = (R_j^T phi(k_j))[0..V)
///   R_j = sum of phi(q_i) g_i^T over the queries that may attend to j
/// q: [.., T, D], k: [.., S, D], v: [.., S, V] -> y: [.., T, V], leading axes equal or broadcast,
/// four are [B, H, T, D]; f32, f64. state: [B, H of k, D, V + 1]. Saves q, k, v, y and one number
/// per query; time grows with (T + S) D V. There is no scale and no dropout of weights.
/// A query without an allowed key gets 0, and all its gradients are exactly 0; so are those of
/// keys beyond a sample's length.
/// Throws std::invalid_argument: shapes, dtypes or heads that do not match; a mask with a window, a
/// matrix or alternatives; a state of another shape or dtype.
/// Source: Katharopoulos et al. 2020, "Transformers are RNNs", equations 4, 5, 16 to 20.
Tensor linear_attention(const Tensor& q, const Tensor& k, const Tensor& v,
                        const LinearAttentionOptions& options = {});

}  // namespace gradus
