// SPDX-License-Identifier: MIT
// Attention for recurrent decoders, with Bahdanau's and Luong's scores.
// Next: nn/performer.h
#pragma once
#include <optional>

#include "gradus/nn/basic.h"
#include "gradus/ops/mask.h"

namespace gradus {

/// The score of a query s and a key h:
///   additive  v . tanh(W_h h + W_s s)     Bahdanau, Cho, Bengio 2015, appendix A.1.2
///   dot       s . h                       Luong, Pham, Manning 2015, equation 8, with the next two
///   general   s . W_a h
///   concat    v . tanh(W_a [s; h])
enum class AttentionScore { additive, dot, general, concat };
const char* name(AttentionScore s);

struct ScoreAttentionOptions {
  int64_t query_dim = 0, key_dim = 0;
  int64_t hidden = 0;  // of additive and concat; 0: query_dim
  AttentionScore score = AttentionScore::additive;
};

/// w_ij = softmax over the allowed j of score(s_i, h_j),  context_i = sum_j w_ij h_j. A query
/// without an allowed key gets zeros. An AttentionRecorder records the weights as [B, 1, T, S].
/// Keys: W_h.weight, W_s.weight, v_a.weight (additive); W_a.weight (general, [Q, K]);
/// W_a.weight [hidden, Q + K], v_a.weight (concat); none (dot). Initial values as in Linear.
/// Throws std::invalid_argument: dot with query_dim != key_dim; widths that do not match.
struct ScoreAttention : Module {
  explicit ScoreAttention(ScoreAttentionOptions options, Generator& gen = default_generator());

  /// Shared by all queries: the keys [B, S, K] and their projection in the score.
  struct Keys {
    Tensor keys, projected;
  };
  Keys prepare(const Tensor& keys) const;
  struct Attended {
    Tensor context, weights;
  };
  /// query: [B, T, Q] -> context [B, T, K], weights [B, T, S].
  Attended operator()(const Tensor& query, const Keys& keys, const Mask& mask = {}) const;
  Attended operator()(const Tensor& query, const Tensor& keys, const Mask& mask = {}) const {
    return (*this)(query, prepare(keys), mask);
  }
  void visit(Visitor& v) override;
  ScoreAttention clone() const { return cloned(*this); }

  ScoreAttentionOptions options;
  std::optional<Linear> W_h, W_s, W_a, v_a;

 private:
  Tensor scores(const Tensor& query, const Keys& keys) const;
};

}  // namespace gradus
