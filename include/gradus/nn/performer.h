// SPDX-License-Identifier: MIT
// FAVOR+, the attention of Performer: an estimate of softmax attention at a cost linear in the
// length, by positive random features.
// Next: nn/conv.h
#pragma once
#include "gradus/nn/module.h"
#include "gradus/ops/mask.h"

namespace gradus {

struct PerformerAttentionOptions {
  int64_t head_dim = 64;   // D, the width of queries and keys
  int64_t features = 0;    // m; 0: D ln D, rounded up
  bool orthogonal = true;  // rows of w in orthogonal blocks of D: a smaller error than independent
};

/// Attention whose weights are proportional to phi(q_i) . phi(k_j), with x' = x / D^(1/4) and
///   phi(x)_r = exp(w_r . x' - |x'|^2 / 2) / sqrt(m),   E phi(q) . phi(k) = exp(q . k / sqrt(D)),
/// so that the result tends to that of scaled_dot_product_attention() as m grows: the error of a
/// weight is about exp(|q' + k'|^2 / 2) / sqrt(m), so q and k should be short. Gradients are those
/// of this formula.
/// q: [.., T, D], k: [.., S, D], v: [.., S, V] -> y: [.., T, V]; f32, f64. Time grows with
/// (T + S) m V. A query without an allowed key gets 0.
/// Buffer: w [m, D], drawn from a normal distribution, not trained; redraw() draws anew.
/// Under a mask, keys are not rescaled by their largest feature, because hidden keys must not have
/// any influence: in f32 keys with |x'|^2 above 170 then count as 0.
/// Throws std::invalid_argument: head_dim below 1, features below 0; masks that
/// linear_attention() refuses; q or k of another width.
/// Source: Choromanski et al. 2021, "Rethinking Attention with Performers", lemma 1, section 2.4.
class PerformerAttention : public Module {
 public:
  explicit PerformerAttention(PerformerAttentionOptions options,
                              Generator& gen = default_generator());
  Tensor operator()(const Tensor& q, const Tensor& k, const Tensor& v, const Mask& mask = {}) const;
  void redraw(Generator& gen = default_generator());
  void visit(Visitor& v) override;
  PerformerAttention clone() const { return cloned(*this); }

  PerformerAttentionOptions options;
  Tensor w;
};

}  // namespace gradus
