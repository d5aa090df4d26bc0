// SPDX-License-Identifier: MIT
// The basic layers.
#include "gradus/nn/basic.h"

#include <cmath>

#include "gradus/nn/init.h"
#include "gradus/ops/dropout.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/embedding.h"
#include "gradus/ops/layer_norm.h"

namespace gradus {
namespace {

void check_size(const char* layer, const char* what, int64_t size) {
  if (size < 0) argument_error({layer, ": ", what, " is ", size, "; expected 0 or more"});
}

}  // namespace

Linear::Linear(LinearOptions o, Generator& gen) {
  check_size("Linear", "in_features", o.in_features);
  check_size("Linear", "out_features", o.out_features);
  weight = parameter({o.out_features, o.in_features}, "Linear.weight");
  const double bound = o.in_features ? 1 / std::sqrt(static_cast<double>(o.in_features)) : 0;
  uniform_(weight, -bound, bound, gen);
  if (!o.bias) return;
  bias = parameter({o.out_features}, "Linear.bias");
  uniform_(bias, -bound, bound, gen);
}

Tensor Linear::operator()(const Tensor& x, Activation activation) const {
  return linear(x, weight, bias, activation);
}

Linear Linear::clone() const {
  Generator unused;
  return cloned(Linear({weight.size(1), weight.size(0), bias.defined()}, unused), *this);
}

Embedding::Embedding(EmbeddingOptions o, Generator& gen) : options(o) {
  check_size("Embedding", "num_embeddings", o.num_embeddings);
  check_size("Embedding", "embedding_dim", o.embedding_dim);
  if (o.padding_idx && (*o.padding_idx < 0 || *o.padding_idx >= o.num_embeddings))
    argument_error({"Embedding: padding_idx ", *o.padding_idx, " is not below num_embeddings, ",
                    o.num_embeddings});
  weight = parameter({o.num_embeddings, o.embedding_dim}, "Embedding.weight");
  normal_(weight, 0, 1, gen);
  if (!o.padding_idx) return;
  const Layout row = weight.layout().selected(0, *o.padding_idx);
  zeros_(weight.with_layout(row));
}

Tensor Embedding::operator()(const Tensor& ids) const {
  return embedding(ids, weight, options.padding_idx);
}

LayerNorm::LayerNorm(LayerNormOptions o) : options(o) {
  if (o.normalized_shape.empty())
    argument_error({"LayerNorm: normalized_shape is empty; expected the last axes of x"});
  if (!o.elementwise_affine) return;
  ones_(weight = parameter(o.normalized_shape, "LayerNorm.weight"));
  if (o.bias) zeros_(bias = parameter(o.normalized_shape, "LayerNorm.bias"));
}

Tensor LayerNorm::operator()(const Tensor& x) const {
  return layer_norm(x, options.normalized_shape, weight, bias, options.eps);
}

RMSNorm::RMSNorm(RMSNormOptions o) : options(o) {
  if (o.normalized_shape.empty())
    argument_error({"RMSNorm: normalized_shape is empty; expected the last axes of x"});
  if (o.elementwise_affine) ones_(weight = parameter(o.normalized_shape, "RMSNorm.weight"));
}

Tensor RMSNorm::operator()(const Tensor& x) const {
  return rms_norm(x, options.normalized_shape, weight, options.eps);
}

AnyNorm::AnyNorm(NormKind kind, const LayerNormOptions& o) {
  if (kind == NormKind::layer_norm) layer.emplace(o);
  else rms.emplace(RMSNormOptions{o.normalized_shape, o.eps, o.elementwise_affine});
}

void AnyNorm::visit(Visitor& v) {
  if (layer) v("", *layer);
  if (rms) v("", *rms);
}

AnyNorm AnyNorm::clone() const {
  if (layer) return cloned(AnyNorm(NormKind::layer_norm, layer->options), *this);
  const RMSNormOptions& o = rms->options;
  return cloned(AnyNorm(NormKind::rms_norm, {o.normalized_shape, *o.eps, o.elementwise_affine}),
                *this);
}

Dropout::Dropout(double probability) : p(probability) {
  if (!(p >= 0 && p <= 1)) argument_error({"Dropout: p is ", p, "; expected 0 to 1"});
}

Tensor Dropout::operator()(const Tensor& x) const { return gradus::dropout(x, p, training()); }

FeedForward::FeedForward(FeedForwardOptions o, Generator& gen)
    : options(o),
      linear1({o.d_model, o.dim_feedforward, o.bias}, gen),
      linear2({o.dim_feedforward, o.d_model, o.bias}, gen),
      dropout(o.dropout) {
  if (o.glu != Glu::none) up_proj.emplace(LinearOptions{o.d_model, o.dim_feedforward, o.bias}, gen);
}

Tensor FeedForward::operator()(const Tensor& x) const {
  if (!up_proj) return linear2(dropout(linear1(x, options.activation)));
  const Tensor h = linear1(x), gate = options.glu == Glu::swiglu ? silu(h) : gelu(h);
  return linear2(dropout(mul(gate, (*up_proj)(x))));
}

void FeedForward::visit(Visitor& v) {
  v(up_proj ? "gate_proj" : "linear1", linear1);
  if (up_proj) v("up_proj", *up_proj);
  v("dropout", dropout), v(up_proj ? "down_proj" : "linear2", linear2);
}

}  // namespace gradus
