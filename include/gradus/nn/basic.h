// SPDX-License-Identifier: MIT
// Basic layers: Linear, Embedding, LayerNorm, RMSNorm, Dropout, FeedForward. Names, defaults,
// initial values and keys are those of torch.nn; parameters have default_dtype(). Options are
// passed in braces, Linear({2, 16}), or by name: Linear({.in_features = 2, ...}).
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
/// Initial values: both uniform within 1 / sqrt(in).
struct Linear : Module {
  explicit Linear(LinearOptions options, Generator& gen = default_generator());
  template <std::integral... N>
  requires sizes_belong_in_braces<N...> Linear(N...);
  Tensor operator()(const Tensor& x, Activation activation = Activation::none) const;
  void visit(Visitor& v) override {
    v("weight", weight);
    v("bias", bias);
  }
  Linear clone() const;

  Tensor weight, bias;
};

struct EmbeddingOptions {
  int64_t num_embeddings = 0, embedding_dim = 0;
  std::optional<int64_t> padding_idx{};  // this id embeds to zeros and is not trained
};
/// Row ids[i] of a table.  ids: [...] i64 -> y: [..., embedding_dim].  Key: weight [V, C].
/// Initial values: standard normal, zeros in the row of padding_idx. The output is not scaled.
struct Embedding : Module {
  explicit Embedding(EmbeddingOptions options, Generator& gen = default_generator());
  template <std::integral... N>
  requires sizes_belong_in_braces<N...> Embedding(N...);
  Tensor operator()(const Tensor& ids) const;
  void visit(Visitor& v) override { v("weight", weight); }
  Embedding clone() const { return cloned(*this); }

  EmbeddingOptions options;
  Tensor weight;
};

/// A small positive number. Integers do not convert to it, so LayerNorm({4, 5}) is a compile error
/// rather than a width of 4 with an eps of 5; two axes are LayerNorm({{4, 5}}).
struct Epsilon {
  double value;
  template <std::floating_point F> constexpr Epsilon(F v) : value(v) {}
  constexpr operator double() const { return value; }
};

struct LayerNormOptions {
  Shape normalized_shape{};  // the last axes of x; a plain number for just the last axis
  Epsilon eps = 1e-5;
  bool elementwise_affine = true;
  bool bias = true;
};
/// (x - mean) / sqrt(variance + eps) * weight + bias over the last axes.  x -> y: the same shape.
/// LayerNorm({8}) normalises the last axis, LayerNorm({{4, 5}}) the last two. Throws
/// std::invalid_argument: an empty shape.
/// Keys: weight (ones), bias (zeros).  Source: Ba, Kiros, Hinton 2016.
struct LayerNorm : Module {
  explicit LayerNorm(LayerNormOptions options);
  template <std::integral... N>
  requires sizes_belong_in_braces<N...> LayerNorm(N...);
  Tensor operator()(const Tensor& x) const;
  void visit(Visitor& v) override {
    v("weight", weight);
    v("bias", bias);
  }
  LayerNorm clone() const { return cloned(*this); }

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
  template <std::integral... N>
  requires sizes_belong_in_braces<N...> RMSNorm(N...);
  Tensor operator()(const Tensor& x) const;
  void visit(Visitor& v) override { v("weight", weight); }
  RMSNorm clone() const { return cloned(*this); }

  RMSNormOptions options;
  Tensor weight;
};

enum class NormKind { layer_norm, rms_norm };
/// Either norm, with the same keys; an RMSNorm has no bias.
struct AnyNorm : Module {
  AnyNorm(NormKind kind, const LayerNormOptions& options);
  Tensor operator()(const Tensor& x) const { return layer ? (*layer)(x) : (*rms)(x); }
  void visit(Visitor& v) override;
  AnyNorm clone() const;

  std::optional<LayerNorm> layer;
  std::optional<RMSNorm> rms;
};

/// In train mode sets elements to zero with probability p and divides the rest by 1 - p; draws
/// from default_generator(). In eval mode returns x.
struct Dropout : Module {
  explicit Dropout(double p = 0.5);
  Tensor operator()(const Tensor& x) const;
  void visit(Visitor&) override {}
  Dropout clone() const { return cloned(Dropout(p), *this); }

  double p;
};

/// Gated linear units: the activation of one projection times another projection.
enum class Glu { none, swiglu, geglu };
struct FeedForwardOptions {
  int64_t d_model = 512, dim_feedforward = 2048;
  double dropout = 0.1;
  Activation activation = Activation::relu;  // without a gate
  bool bias = true;
  Glu glu = Glu::none;
};
/// linear2(dropout(activation(linear1(x)))), at each position separately.  x: [..., d_model] -> the
/// same.  Source: Vaswani et al. 2017, equation 2.
/// With a gate: down_proj(dropout(f(gate_proj(x)) * up_proj(x))), with these keys; f is silu for
/// swiglu and gelu for geglu.  Source: Shazeer 2020, "GLU variants improve transformer".
struct FeedForward : Module {
  explicit FeedForward(FeedForwardOptions options, Generator& gen = default_generator());
  template <std::integral... N>
  requires sizes_belong_in_braces<N...> FeedForward(N...);
  Tensor operator()(const Tensor& x) const;
  void visit(Visitor& v) override;
  FeedForward clone() const { return cloned(*this); }

  FeedForwardOptions options;
  Linear linear1, linear2;  // gate_proj and down_proj
  std::optional<Linear> up_proj;
  Dropout dropout;
};

}  // namespace gradus
