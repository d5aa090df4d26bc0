// SPDX-License-Identifier: MIT
// Additive and multiplicative attention.
#include "gradus/nn/score_attention.h"

#include "gradus/nn/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/view.h"

namespace gradus {

const char* name(AttentionScore s) {
  switch (s) {
    case AttentionScore::additive: return "additive";
    case AttentionScore::dot: return "dot";
    case AttentionScore::general: return "general";
    case AttentionScore::concat: return "concat";
  }
  return "";
}

ScoreAttention::ScoreAttention(ScoreAttentionOptions o, Generator& gen) : options(o) {
  const int64_t Q = o.query_dim, K = o.key_dim;
  if (Q < 1 || K < 1 || o.hidden < 0)
    argument_error({"ScoreAttention: query_dim ", Q, ", key_dim ", K, ", hidden ", o.hidden,
                    "; expected 1, 1 and 0 or more"});
  if (o.score == AttentionScore::dot && Q != K)
    argument_error(
        {"ScoreAttention: the dot score needs equal widths; query_dim is ", Q, ", key_dim ", K});
  const int64_t hidden = o.hidden ? o.hidden : Q;
  if (o.score == AttentionScore::additive) {
    W_h.emplace(LinearOptions{K, hidden, false}, gen);
    W_s.emplace(LinearOptions{Q, hidden, false}, gen);
  }
  if (o.score == AttentionScore::general) W_a.emplace(LinearOptions{K, Q, false}, gen);
  if (o.score == AttentionScore::concat) W_a.emplace(LinearOptions{Q + K, hidden, false}, gen);
  if (o.score == AttentionScore::additive || o.score == AttentionScore::concat)
    v_a.emplace(LinearOptions{hidden, 1, false}, gen);
}

void ScoreAttention::visit(Visitor& v) {
  for (const auto& [key, part] :
       {std::pair{"W_h", &W_h}, {"W_s", &W_s}, {"W_a", &W_a}, {"v_a", &v_a}})
    if (*part) v(key, **part);
}

ScoreAttention::Keys ScoreAttention::prepare(const Tensor& keys) const {
  if (!keys.defined() || keys.dim() != 3 || keys.size(2) != options.key_dim)
    argument_error(
        {"ScoreAttention: keys are ", keys.str(), "; expected [B, S, ", options.key_dim, "]"});
  switch (options.score) {
    case AttentionScore::additive: return {keys, (*W_h)(keys)};
    case AttentionScore::dot: return {keys, keys};
    case AttentionScore::general: return {keys, (*W_a)(keys)};
    case AttentionScore::concat:
      return {keys, linear(keys, narrow(W_a->weight, 1, options.query_dim, options.key_dim))};
  }
  return {};
}

Tensor ScoreAttention::scores(const Tensor& query, const Keys& keys) const {
  if (!v_a) return matmul(query, transpose(keys.projected, 1, 2));
  const Tensor projected =
      W_s ? (*W_s)(query) : linear(query, narrow(W_a->weight, 1, 0, options.query_dim));
  const Tensor sums = add(unsqueeze(projected, 2), unsqueeze(keys.projected, 1));
  return squeeze((*v_a)(tanh(sums)), -1);
}

ScoreAttention::Attended ScoreAttention::operator()(const Tensor& query, const Keys& keys,
                                                    const Mask& mask) const {
  if (!query.defined() || query.dim() != 3 || query.size(2) != options.query_dim ||
      query.size(0) != keys.keys.size(0))
    argument_error({"ScoreAttention: query is ", query.str(), "; expected [", keys.keys.size(0),
                    ", T, ", options.query_dim, "]"});
  const Tensor weights = masked_softmax(scores(query, keys), mask);
  if (AttentionRecorder* recorder = AttentionRecorder::active())
    recorder->records.push_back({name(), unsqueeze(weights.detach(), 1)});
  return {matmul(weights, keys.keys), weights};
}

}  // namespace gradus
