// SPDX-License-Identifier: MIT
// The small layers: Linear, Embedding, LayerNorm, RMSNorm, Dropout, FeedForward. Names, defaults,
// first values and keys are those of torch.nn; parameters are of default_dtype(). Sizes stand in
// braces, Linear({2, 16}), and further settings have names: Linear({.in_features = 2, ...}).
// Next: nn/activation.h
#pragma once
#include <concepts>
#include <optional>

#include "gradus/nn/module.h"
#include "gradus/ops/matmul.h"

namespace gradus {

struct LinearOptions {
  int64_t in_features = 0, out_features = 0;
  bool bias = true;
};
/// y = x W^T + b.  x: [..., in] -> y: [..., out].  Keys: weight [out, in], bias [out].
/// First values: both uniform within 1 / sqrt(in).
struct Linear : Module {
  explicit Linear(LinearOptions options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& x, Activation activation = Activation::none) const;
  void visit(Visitor& v) override { v("weight", weight), v("bias", bias); }
  Linear clone() const;

  Tensor weight, bias;
};

struct EmbeddingOptions {
  int64_t num_embeddings = 0, embedding_dim = 0;
  std::optional<int64_t> padding_idx{};  // this id embeds to zeros and is not trained
};
/// Row ids[i] of a table.  ids: [...] i64 -> y: [..., embedding_dim].  Key: weight [V, C].
/// First values: standard normal, the row of padding_idx zeros. No factor is applied.
struct Embedding : Module {
  explicit Embedding(EmbeddingOptions options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& ids) const;
  void visit(Visitor& v) override { v("weight", weight); }
  Embedding clone() const;

  EmbeddingOptions options;
  Tensor weight;
};

/// A small number above 0. Whole numbers are no such thing, so that LayerNorm({4, 5}) is an error
/// of compilation and not a width of 4 with an eps of 5: two axes are LayerNorm({{4, 5}}).
struct Epsilon {
  double value;
  template <std::floating_point F> constexpr Epsilon(F v) : value(v) {}
  constexpr operator double() const { return value; }
};

struct LayerNormOptions {
  Shape normalized_shape{};  // the last axes of x; a number will do for the last axis alone
  Epsilon eps = 1e-5;
  bool elementwise_affine = true;
  bool bias = true;
};
/// (x - mean) / sqrt(variance + eps) * weight + bias over the last axes.  x -> y: the same shape.
/// LayerNorm({8}) is for the last axis, LayerNorm({{4, 5}}) for the last two. Throws
/// std::invalid_argument: an empty shape.
/// Keys: weight (ones), bias (zeros).  Source: Ba, Kiros, Hinton 2016.
struct LayerNorm : Module {
  explicit LayerNorm(LayerNormOptions options);
  Tensor operator()(const Tensor& x) const;
  void visit(Visitor& v) override { v("weight", weight), v("bias", bias); }
  LayerNorm clone() const;

  LayerNormOptions options;
  Tensor weight, bias;
};

struct RMSNormOptions {
  Shape normalized_shape{};
  std::optional<Epsilon> eps{};  // absent: the dtype's machine epsilon
  bool elementwise_affine = true;
};
/// x / sqrt(mean of x^2 + eps) * weight over the last axes.  Key: weight (ones).
/// Source: Zhang, Sennrich 2019.
struct RMSNorm : Module {
  explicit RMSNorm(RMSNormOptions options);
  Tensor operator()(const Tensor& x) const;
  void visit(Visitor& v) override { v("weight", weight); }
  RMSNorm clone() const;

  RMSNormOptions options;
  Tensor weight;
};

enum class NormKind { layer_norm, rms_norm };
/// One of the two, under the same keys; an RMSNorm has no bias.
struct AnyNorm : Module {
  AnyNorm(NormKind kind, const LayerNormOptions& options);
  Tensor operator()(const Tensor& x) const { return layer ? (*layer)(x) : (*rms)(x); }
  void visit(Visitor& v) override;
  AnyNorm clone() const;

  std::optional<LayerNorm> layer;
  std::optional<RMSNorm> rms;
};

/// In train mode sets elements to zero with probability p and divides the rest by 1 - p; draws
/// from default_generator(). In eval mode it does nothing.
struct Dropout : Module {
  explicit Dropout(double p = 0.5);
  Tensor operator()(const Tensor& x) const;
  void visit(Visitor&) override {}
  Dropout clone() const { return cloned(Dropout(p), *this); }

  double p;
};

/// Gated linear units: the activation of one projection times another one.
enum class Glu { none, swiglu, geglu };
struct FeedForwardOptions {
  int64_t d_model = 512, dim_feedforward = 2048;
  double dropout = 0.1;
  Activation activation = Activation::relu;  // where there is no gate
  bool bias = true;
  Glu glu = Glu::none;
};
/// linear2(dropout(activation(linear1(x)))), at each place by itself.  x: [..., d_model] -> the
/// same.  Source: Vaswani et al. 2017, equation 2.
/// With a gate: down_proj(dropout(f(gate_proj(x)) * up_proj(x))), under these keys, f silu for
/// swiglu and gelu for geglu.  Source: Shazeer 2020, "GLU variants improve transformer".
struct FeedForward : Module {
  explicit FeedForward(FeedForwardOptions options, Generator& gen = default_generator());
  Tensor operator()(const Tensor& x) const;
  void visit(Visitor& v) override;
  FeedForward clone() const;

  FeedForwardOptions options;
  Linear linear1, linear2;  // gate_proj and down_proj
  std::optional<Linear> up_proj;
  Dropout dropout;
};

}  // namespace gradus
