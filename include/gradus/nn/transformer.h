// SPDX-License-Identifier: MIT
// Transformer layers and stacks. Arguments, defaults, keys and results are those of torch.nn with
// batch_first = true; each layer of a stack is initialised separately (PyTorch copies one).
// Source: Vaswani et al. 2017, section 3; pre-norm: Xiong et al. 2020.
// Next: optim/adam.h
#pragma once
#include "gradus/nn/attention.h"
#include "gradus/nn/moe.h"

namespace gradus {

struct TransformerLayerOptions {
  int64_t d_model = 512, nhead = 8, dim_feedforward = 2048;
  double dropout = 0.1;
  Activation activation = Activation::relu;
  double layer_norm_eps = 1e-5;
  bool norm_first = false;
  bool bias = true;
  std::optional<RopeOptions> rope{};  // this and the next three in self-attention
  bool alibi = false;
  std::optional<RelativeBiasOptions> relative{};
  std::optional<FeatureMap> linear{};  // linear attention, without dropout of weights
  int64_t num_kv_heads = 0;            // 0: nhead
  std::optional<double> scale{};       // of attention's scores; 1: none
  bool qk_norm = false;                // self-attention divides q and k by their root mean square
  int64_t window = 0;                  // self-attention distance below this; 0: all
  bool residual = true;                // false: no skip connections
  NormKind norm = NormKind::layer_norm;
  Glu glu = Glu::none;      // of the feed-forward; replaces activation
  int64_t num_experts = 0;  // 0: one feed-forward; else a mixture of experts
  int64_t top_k = 2;        // experts per position
};

/// The feed-forward part of a layer, with the keys of FeedForward or moe.*.
struct LayerFeedForward : Module {
  LayerFeedForward(const TransformerLayerOptions& options, Generator& gen);
  Tensor operator()(const Tensor& x) const { return moe ? (*moe)(x) : (*dense)(x); }
  void visit(Visitor& v) override;

  std::optional<FeedForward> dense;
  std::optional<MixtureOfExperts> moe;
};

/// Post-norm (the default):  x = norm1(x + attn(x)),  y = norm2(x + ff(x))
/// Pre-norm (norm_first):    x = x + attn(norm1(x)),  y = x + ff(norm2(x))
/// with dropout after attention, after the activation, and after the feed-forward.
/// src: [B, S, C] -> y: the same.  Keys: self_attn.*, linear1.*, linear2.*, norm1.*, norm2.*; for
/// gated feed-forwards gate_proj.*, up_proj.*, down_proj.*; for experts moe.*.
struct TransformerEncoderLayer : Module {
  explicit TransformerEncoderLayer(TransformerLayerOptions options,
                                   Generator& gen = default_generator());
  template <std::integral... N>
  requires sizes_belong_in_braces<N...> TransformerEncoderLayer(N...);
  Tensor operator()(const Tensor& src, const Mask& mask = {}) const;
  /// The next steps of a causal stack whose earlier steps are in the cache.
  Tensor operator()(const Tensor& src, KeyValueCache& cache) const;
  void visit(Visitor& v) override;
  TransformerEncoderLayer clone() const { return cloned(*this); }

  TransformerLayerOptions options;
  MultiheadAttention self_attn;
  LayerFeedForward feed_forward;  // its keys have no prefix
  AnyNorm norm1, norm2;
  Dropout dropout1, dropout2;

 private:
  template <class Attend> Tensor around(const Tensor& src, Attend attend) const;
};

/// The cache of one decoder layer: its own earlier steps, and the projected memory.
struct DecoderLayerCache {
  KeyValueCache self, memory;
};

/// Like the encoder layer, with attention to `memory` between the two parts: tgt [B, T, C] and
/// memory [B, S, C] -> y: [B, T, C].  Keys: self_attn.*, multihead_attn.*, linear1.*, linear2.*,
/// norm1.*, norm2.*, norm3.*.  No mask is implied: a decoder that predicts its next input needs
/// Mask::causal() for tgt.
struct TransformerDecoderLayer : Module {
  explicit TransformerDecoderLayer(TransformerLayerOptions options,
                                   Generator& gen = default_generator());
  template <std::integral... N>
  requires sizes_belong_in_braces<N...> TransformerDecoderLayer(N...);
  Tensor operator()(const Tensor& tgt, const Tensor& memory, const Mask& tgt_mask = {},
                    const Mask& memory_mask = {}) const;
  /// The next steps of a causal stack; cache.memory is the result of multihead_attn.remembered().
  Tensor operator()(const Tensor& tgt, DecoderLayerCache& cache, const Mask& memory_mask) const;
  void visit(Visitor& v) override;
  TransformerDecoderLayer clone() const { return cloned(*this); }

  TransformerLayerOptions options;
  MultiheadAttention self_attn, multihead_attn;
  LayerFeedForward feed_forward;
  AnyNorm norm1, norm2, norm3;
  Dropout dropout1, dropout2, dropout3;

 private:
  template <class Attend, class Look>
  Tensor around(const Tensor& tgt, Attend attend, Look look) const;
};

/// The cache of step-by-step decoding; keys and values of the memory are computed once.
struct DecoderCache {
  std::vector<DecoderLayerCache> layers{};
  int64_t length() const { return layers.empty() ? 0 : layers[0].self.length(); }
  int64_t bytes() const;
  /// Sample i continues from the former sample rows[i]; `memory`: reorders the memory, too.
  void reorder(const std::vector<int64_t>& rows, bool memory = true);
};

struct TransformerStackOptions {
  TransformerLayerOptions layer{};
  int64_t num_layers = 6;
  bool norm = false;  // a norm of the layers' kind after the last layer; pre-norm stacks need it
};

/// Keys: layers.0.*, ..., norm.*.
struct TransformerEncoder : Module {
  explicit TransformerEncoder(TransformerStackOptions options,
                              Generator& gen = default_generator());
  Tensor operator()(const Tensor& src, const Mask& mask = {}) const;
  void visit(Visitor& v) override;
  TransformerEncoder clone() const { return cloned(*this); }

  TransformerStackOptions options;
  std::vector<TransformerEncoderLayer> layers;
  std::optional<AnyNorm> norm;
};

/// Keys: layers.0.*, ..., norm.*.
struct TransformerDecoder : Module {
  explicit TransformerDecoder(TransformerStackOptions options,
                              Generator& gen = default_generator());
  Tensor operator()(const Tensor& tgt, const Tensor& memory, const Mask& tgt_mask = {},
                    const Mask& memory_mask = {}) const;
  /// Step-by-step decoding with a causal mask; equals all steps at once up to rounding:
  ///   DecoderCache cache = decoder.cache(memory);
  ///   y = decoder(tgt, cache, memory_mask);          // the next steps [B, T, C], one or several
  DecoderCache cache(const Tensor& memory) const;
  Tensor operator()(const Tensor& tgt, DecoderCache& cache, const Mask& memory_mask = {}) const;
  void visit(Visitor& v) override;
  TransformerDecoder clone() const { return cloned(*this); }

  TransformerStackOptions options;
  std::vector<TransformerDecoderLayer> layers;
  std::optional<AnyNorm> norm;
};

struct TransformerOptions {
  int64_t d_model = 512, nhead = 8;
  int64_t num_encoder_layers = 6, num_decoder_layers = 6, dim_feedforward = 2048;
  double dropout = 0.1;
  Activation activation = Activation::relu;
  double layer_norm_eps = 1e-5;
  bool norm_first = false;
  bool bias = true;
};
struct TransformerMasks {
  Mask src{}, tgt{}, memory{};
};

/// An encoder and a decoder, each with a final LayerNorm; all matrices Xavier uniform.
/// src: [B, S, C], tgt: [B, T, C] -> y: [B, T, C].  Keys: encoder.*, decoder.*.
struct Transformer : Module {
  explicit Transformer(TransformerOptions options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& src, const Tensor& tgt, const TransformerMasks& masks = {}) const;
  void visit(Visitor& v) override {
    v("encoder", encoder);
    v("decoder", decoder);
  }
  Transformer clone() const { return cloned(*this); }

  TransformerOptions options;
  TransformerEncoder encoder;
  TransformerDecoder decoder;
};

}  // namespace gradus
