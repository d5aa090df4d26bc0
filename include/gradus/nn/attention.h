// SPDX-License-Identifier: MIT
// MultiheadAttention, and a recorder of attention weights that does not affect the results.
// A Mask (ops/mask.h) defines which keys are hidden from which queries.
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
  double dropout = 0;        // of the attention weights
  bool bias = true;
  std::optional<int64_t> kdim{}, vdim{};          // widths of key and value; embed_dim by default
  std::optional<RopeOptions> rope{};              // rotates queries and keys by their positions
  bool alibi = false;                             // lowers scores with distance: nn/position.h
  std::optional<RelativeBiasOptions> relative{};  // a learned bias by distance: nn/position.h
  std::optional<FeatureMap> linear{};             // linear attention: ops/linear_attention.h
  std::optional<double> scale{};                  // of the scores; 1 / sqrt(D) by default
  bool qk_norm = false;  // each head's queries and keys are divided by their root mean square
  int64_t window = 0;    // a query sees only keys at a distance below this; 0: all
};

/// Keys and values of earlier decoding steps: [B, num_kv_heads, steps, D]. Each step appends its
/// own, and entries that a window hides from all later steps are dropped. Linear attention instead
/// keeps one state [B, num_kv_heads, D, D + 1], independent of the number of steps.
struct KeyValueCache {
  Tensor k{}, v{}, state{};
  int64_t steps = 0;
  std::vector<int64_t> readers{};  // of remembered(): see look_at()
  int64_t length() const { return steps; }
  int64_t bytes() const;
  /// Replaces sample i by the former sample rows[i]: keeps, duplicates or drops beams.
  void reorder(const std::vector<int64_t>& rows);
};

/// Attention in H heads of width D = C / H:
///   head_h = softmax(Q_h K_h^T / sqrt(D)) V_h,   y = concat(heads) W_out^T + b_out
/// with Q, K, V the projections of query [B, T, C], key [B, S, kdim] and value [B, S, vdim]
/// -> y: [B, T, C]. The batch axis comes first. A query without an allowed key gets y = b_out.
/// Keys: in_proj_weight [3C, C] (rows of Q, K, V; q_proj_weight, k_proj_weight and v_proj_weight
/// if kdim or vdim differs from C), in_proj_bias [3C], out_proj.weight, out_proj.bias. With fewer
/// num_kv_heads G, consecutive heads of Q share one head of K and V, whose projections have G D
/// rows instead of C: in_proj_weight [C + 2GD, C].
/// Initial values: projections Xavier uniform, out_proj.weight as in Linear, biases zeros.
/// Self-attention uses a single matrix product for all projections.
/// `relative` adds relative.weight [buckets, H], initially zeros.
/// Throws std::invalid_argument: embed_dim not divisible by num_heads, or num_heads by
/// num_kv_heads; widths or batch sizes that do not match; linear attention with dropout, a scale,
/// a window or a distance bias.
/// Source: Vaswani et al. 2017, section 3.2; grouped heads: Ainslie et al. 2023.
class MultiheadAttention : public Module {
 public:
  explicit MultiheadAttention(MultiheadAttentionOptions options,
                              Generator& gen = default_generator());
  template <std::integral... N>
  requires sizes_belong_in_braces<N...> MultiheadAttention(N...);

  Tensor operator()(const Tensor& query, const Tensor& key, const Tensor& value,
                    const Mask& mask = {}) const;
  /// Self-attention.
  Tensor operator()(const Tensor& x, const Mask& mask = {}) const { return (*this)(x, x, x, mask); }
  /// Causal self-attention for the next steps of sequences whose earlier steps are in the cache;
  /// appends the new ones. Equals the result for all steps at once.
  Tensor operator()(const Tensor& x, KeyValueCache& cache) const;
  /// Projects keys and values once, for a decoder that attends to them in every step.
  KeyValueCache remembered(const Tensor& key, const Tensor& value) const;
  /// Attention of query [B, T, C] to the result of remembered(): equals attention to its arguments.
  /// If memory.readers is not empty, its sample b is read by the next readers[b] samples of the
  /// query, such as hypotheses of one sentence, and the mask is about keys alone.
  Tensor look_at(const KeyValueCache& memory, const Tensor& query, const Mask& mask = {}) const;

  struct Attended {
    Tensor output, weights;
  };
  /// The same, with the weights as a second differentiable output: [B, T, S], the mean over heads,
  /// or [B, H, T, S]; before dropout, so rows sum to 1 (PyTorch's are after dropout). This composes
  /// basic ops and materialises the whole matrix; to inspect weights, use an AttentionRecorder.
  Attended with_weights(const Tensor& query, const Tensor& key, const Tensor& value,
                        const Mask& mask = {}, bool average = true) const;

  void visit(Visitor& v) override;
  MultiheadAttention clone() const { return cloned(*this); }

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
  Tensor attend_together(const Tensor& q, const KeyValueCache& memory, const Mask& mask) const;
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

/// During its lifetime, records the weights of attention layers of this thread, before dropout, in
/// train and eval mode. Outputs and gradients are bitwise unchanged.
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
    std::string name;  // of the layer, if set_names() of its model was called; else ""
    Tensor weights;    // [B, H, T, S], not tracked
  };
  std::vector<Record> records;  // in the order of the calls
  /// The last record whose name ends in `suffix`. Throws std::invalid_argument, listing the names,
  /// if there is none.
  const Tensor& last(const std::string& suffix) const;

  /// The innermost recorder of this thread, or null.
  static AttentionRecorder* active();

 private:
  AttentionRecorder* before_;
};

}  // namespace gradus
