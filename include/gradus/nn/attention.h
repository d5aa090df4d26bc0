// SPDX-License-Identifier: MIT
// MultiheadAttention, and the recorder that looks at attention weights without changing a number.
// Which key is hidden from which query is said by a Mask: ops/mask.h.
// Next: nn/score_attention.h
#pragma once
#include <string>
#include <vector>

#include "gradus/autograd/node.h"
#include "gradus/nn/basic.h"
#include "gradus/nn/position.h"
#include "gradus/ops/linear_attention.h"
#include "gradus/ops/rope.h"

namespace gradus {

struct MultiheadAttentionOptions {
  int64_t embed_dim = 512, num_heads = 8;
  int64_t num_kv_heads = 0;  // of keys and values, a divisor of num_heads; 0: num_heads
  double dropout = 0;  // of the attention weights
  bool bias = true;
  std::optional<int64_t> kdim{}, vdim{};  // widths of key and value, where they are others
  std::optional<RopeOptions> rope{};      // rotates queries and keys by their places
  bool alibi = false;                     // lowers scores by the distance: nn/position.h
  std::optional<RelativeBiasOptions> relative{};  // a learned bias by distance: nn/position.h
  std::optional<FeatureMap> linear{};  // linear attention: ops/linear_attention.h
  std::optional<double> scale{};       // of the scores; 1 / sqrt(D) by default
  int64_t window = 0;  // a place sees those less than so many away, and itself; 0: all
};

/// Keys and values that a decoder has seen: [B, num_kv_heads, places, D]. A step puts its own
/// behind them, and those that no later step will see, because of a window, are dropped. Linear
/// attention keeps instead one state [B, num_kv_heads, D, D + 1], however many steps there were.
struct KeyValueCache {
  Tensor k{}, v{}, state{};
  int64_t steps = 0;
  int64_t length() const { return steps; }
  int64_t bytes() const;
  /// Sample i becomes what sample rows[i] was: beams that are kept, doubled or dropped.
  void reorder(const std::vector<int64_t>& rows);
};

/// Attention in H heads of width D = C / H:
///   head_h = softmax(Q_h K_h^T / sqrt(D)) V_h,   y = concat(heads) W_out^T + b_out
/// with Q, K, V the projections of query [B, T, C], key [B, S, kdim] and value [B, S, vdim]
/// -> y: [B, T, C]. Batches come first. A query to which all keys are hidden gets y = b_out.
/// Keys: in_proj_weight [3C, C] (rows of Q, K, V; q_proj_weight, k_proj_weight and v_proj_weight
/// where kdim or vdim differs from C), in_proj_bias [3C], out_proj.weight, out_proj.bias. With
/// fewer num_kv_heads G, neighbouring heads of Q share one of K and V, whose projections have G D
/// rows instead of C: in_proj_weight [C + 2GD, C].
/// First values: projections Xavier uniform, out_proj.weight as Linear, biases zeros.
/// Self-attention projects with one matrix product.
/// `relative` adds relative.weight [buckets, H], which is zeros at first.
/// Throws std::invalid_argument: num_heads does not divide embed_dim, nor num_kv_heads num_heads;
/// widths or batches that do not fit; linear attention with dropout, a scale, a window or a bias by
/// distance.
/// Source: Vaswani et al. 2017, section 3.2; heads in groups: Ainslie et al. 2023.
class MultiheadAttention : public Module {
 public:
  explicit MultiheadAttention(MultiheadAttentionOptions options,
                              Generator& gen = default_generator());

  Tensor operator()(const Tensor& query, const Tensor& key, const Tensor& value,
                    const Mask& mask = {}) const;
  /// Self-attention.
  Tensor operator()(const Tensor& x, const Mask& mask = {}) const { return (*this)(x, x, x, mask); }
  /// Causal self-attention of the next steps of sequences whose earlier ones are in the cache, to
  /// which they are added: the same as for all steps at once.
  Tensor operator()(const Tensor& x, KeyValueCache& cache) const;
  /// What remembered(): keys and values of what a decoder looks at in every step, made once.
  KeyValueCache remembered(const Tensor& key, const Tensor& value) const;
  /// query [B, T, C] at those: the same as at the tensors they were made of.
  Tensor look_at(const KeyValueCache& memory, const Tensor& query, const Mask& mask = {}) const;

  struct Attended {
    Tensor output, weights;
  };
  /// The same, with the weights as a second differentiable output: [B, T, S], the mean over heads,
  /// or [B, H, T, S]; before dropout, so that a row sums to 1 (PyTorch's, after it, do not). This
  /// is the plain composition, which holds the whole matrix; an AttentionRecorder only looks.
  Attended with_weights(const Tensor& query, const Tensor& key, const Tensor& value,
                        const Mask& mask = {}, bool average = true) const;

  void visit(Visitor& v) override;
  MultiheadAttention clone() const;

  MultiheadAttentionOptions options;
  Tensor in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight, in_proj_bias;
  Linear out_proj;
  std::optional<RelativeBias> relative;

 private:
  struct Heads {
    Tensor q, k, v;  // [B, H, T or S, D]
  };
  Heads project(const Tensor& query, const Tensor& key, const Tensor& value) const;
  Heads placed(Heads h, int64_t first) const;
  Mask within_window(const Mask& mask) const;
  Tensor attend(const Heads& h, const Mask& mask, Tensor* state = nullptr) const;
  Tensor attend_linear(const Heads& h, const Mask& mask, Tensor* state) const;
  Tensor weights_of(const Heads& h, const Mask& mask) const;
  void check_options() const;
  struct Projections {
    Tensors w, b;  // of q, k, v; or of q, and k and v in one
  };
  Projections projections(bool joint) const;
  KeyValueCache project_memory(const Projections& p, const Tensor& key, const Tensor& value) const;
  int64_t kv_width() const;
  Tensor split_heads(const Tensor& x) const;
  Tensor merge_heads(const Tensor& x) const;
  void record(const Tensor& weights) const;
};

/// While one lives, attention layers of this thread report their weights to it, in train or eval
/// mode, before dropout. Outputs and gradients keep their bits.
///
///   AttentionRecorder seen;
///   model(x);
///   for (const auto& [name, weights] : seen.records) ...   // "layers.0.self_attn", [B, H, T, S]
class AttentionRecorder {
 public:
  AttentionRecorder();
  ~AttentionRecorder();
  AttentionRecorder(const AttentionRecorder&) = delete;
  AttentionRecorder& operator=(const AttentionRecorder&) = delete;

  struct Record {
    std::string name;  // of the layer, once named_parameters() of its model was called; else ""
    Tensor weights;    // [B, H, T, S], not tracked
  };
  std::vector<Record> records;  // in the order of the calls
  /// The last record whose name ends in `suffix`; throws std::invalid_argument, with the names
  /// there are, if there is none.
  const Tensor& last(const std::string& suffix) const;

  /// The innermost recorder of this thread, or null.
  static AttentionRecorder* active();

 private:
  AttentionRecorder* before_;
};

}  // namespace gradus
