// SPDX-License-Identifier: MIT
// GPT: a causal transformer that predicts the next token.
// Next: models/tasks/language_task.h
#pragma once
#include "gradus/nn/position.h"
#include "gradus/nn/transformer.h"

namespace gradus {

enum class GptPosition { learned, sinusoidal, rope, alibi, none };

struct GptOptions {
  int64_t vocab = 0;
  int64_t block = 64;  // the longest sequence in training
  int64_t d_model = 128, nhead = 4, layers = 4;
  int64_t dim_feedforward = 0;  // 0: 4 d_model; with SwiGLU 8/3 of it, for as many parameters
  double dropout = 0;
  bool bias = false;
  GptPosition position = GptPosition::learned;
  bool tied = true;  // the output layer's weight is the embedding's
  NormKind norm = NormKind::layer_norm;
  double layer_norm_eps = 1e-5;
  Activation activation = Activation::gelu;
  bool swiglu = false;                 // gated feed-forwards with silu instead of the activation
  int64_t num_kv_heads = 0;            // heads of keys and values; 0: nhead
  std::optional<FeatureMap> linear{};  // linear attention
  int64_t window = 0;                  // attention to the last `window` tokens only; 0: to all
  int64_t num_experts = 0;             // of a mixture in each layer; 0: one feed-forward
  int64_t top_k = 2;                   // experts for each token
  double aux_weight = 0.01;            // of the experts' balance loss, in training
  bool qk_norm = false;                // attention divides q and k by their root mean square
  bool embed_norm = false;             // so does the model with the embedded tokens
  bool zero_init = false;              // the last matrix of each branch begins as zeros
  double logit_cap = 0;                // c: logits become c tanh(z / c); 0: no cap
  int64_t feed_forward() const;
  int64_t kv_heads() const { return num_kv_heads ? num_kv_heads : nhead; }
};

/// Embedding (and position), pre-norm causal layers, final norm, linear layer to logits.
///   ids: [B, T] -> logits [B, T, vocab].  T <= block for learned positions.
/// Initial values: normal with deviation 0.02, the last matrix of each branch of a layer
/// 0.02 / sqrt(2 layers) or zero, biases zero. Source: Radford et al. 2019; RMSNorm and SwiGLU as
/// in Touvron et al. 2023, grouped heads Ainslie et al. 2023. Keys: wte.weight, wpe.weight
/// (learned), layers.0.*, ..., ln_f.*, and lm_head.weight unless tied.
struct Gpt : Module {
  explicit Gpt(GptOptions options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& ids) const;
  /// Mean cross-entropy of targets [B, T], in nats, without targets equal to `ignored`. In train
  /// mode it includes aux_weight times the balance loss of the experts.
  Tensor loss(const Tensor& ids, const Tensor& targets, int64_t ignored = -100) const;

  /// The state of a generation: a cache for each layer that grows with every token or, for linear
  /// attention, a state of fixed size.
  struct Memory {
    std::vector<KeyValueCache> layers{};
    int64_t length = 0;
    int64_t bytes() const;
  };
  /// Logits [B, vocab] after the last of `ids`, [B, T], the tokens that follow those in `memory`.
  /// Equal to recomputing the whole sequence up to rounding.
  Tensor next(const Tensor& ids, Memory& memory) const;

  void visit(Visitor& v) override;
  Gpt clone() const;

  GptOptions options;
  Embedding wte;
  std::optional<LearnedPosition> wpe;
  Dropout dropout;
  std::vector<TransformerEncoderLayer> layers;
  AnyNorm ln_f;
  std::optional<Linear> lm_head;

 private:
  Tensor embed(const Tensor& ids, int64_t first) const;
  Tensor logits(const Tensor& x) const;
};

}  // namespace gradus
