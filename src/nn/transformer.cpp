// SPDX-License-Identifier: MIT
// Transformer layers and stacks.
#include "gradus/nn/transformer.h"

#include "gradus/nn/init.h"
#include "gradus/ops/elementwise.h"

namespace gradus {
namespace {

using LayerOptions = TransformerLayerOptions;

MultiheadAttentionOptions attention_of(const LayerOptions& o) {
  return {.embed_dim = o.d_model,
          .num_heads = o.nhead,
          .num_kv_heads = o.num_kv_heads,
          .dropout = o.dropout,
          .bias = o.bias,
          .scale = o.scale};
}
MultiheadAttentionOptions self_attention_of(const LayerOptions& o) {
  MultiheadAttentionOptions a = attention_of(o);
  a.rope = o.rope, a.alibi = o.alibi, a.relative = o.relative, a.linear = o.linear;
  a.window = o.window;
  a.qk_norm = o.qk_norm;
  if (o.linear) a.dropout = 0;
  return a;
}
FeedForwardOptions feed_forward_of(const LayerOptions& o) {
  return {o.d_model, o.dim_feedforward, o.dropout, o.activation, o.bias, o.glu};
}
AnyNorm norm_of(const LayerOptions& o) {
  return {o.norm, {.normalized_shape = {o.d_model}, .eps = o.layer_norm_eps, .bias = o.bias}};
}

}  // namespace

LayerFeedForward::LayerFeedForward(const LayerOptions& o, Generator& gen) {
  if (o.num_experts > 0)
    moe.emplace(
        MixtureOfExpertsOptions{
            .expert = feed_forward_of(o), .num_experts = o.num_experts, .top_k = o.top_k},
        gen);
  else dense.emplace(feed_forward_of(o), gen);
}

void LayerFeedForward::visit(Visitor& v) {
  if (dense) v("", *dense);
  if (moe) v("moe", *moe);
}

// ---- encoder layer
TransformerEncoderLayer::TransformerEncoderLayer(LayerOptions o, Generator& gen)
    : options(o),
      self_attn(self_attention_of(o), gen),
      feed_forward(o, gen),
      norm1(norm_of(o)),
      norm2(norm_of(o)),
      dropout1(o.dropout),
      dropout2(o.dropout) {}

template <class Attend>
Tensor TransformerEncoderLayer::around(const Tensor& src, Attend attend) const {
  const auto plus = [&](const Tensor& x, const Tensor& y) { return options.residual ? x + y : y; };
  if (options.norm_first) {
    const Tensor x = plus(src, dropout1(attend(norm1(src))));
    return plus(x, dropout2(feed_forward(norm2(x))));
  }
  const Tensor x = norm1(plus(src, dropout1(attend(src))));
  return norm2(plus(x, dropout2(feed_forward(x))));
}

Tensor TransformerEncoderLayer::operator()(const Tensor& src, const Mask& mask) const {
  return around(src, [&](const Tensor& x) { return self_attn(x, mask); });
}
Tensor TransformerEncoderLayer::operator()(const Tensor& src, KeyValueCache& cache) const {
  return around(src, [&](const Tensor& x) { return self_attn(x, cache); });
}

void TransformerEncoderLayer::visit(Visitor& v) {
  v("self_attn", self_attn), v("", feed_forward);
  v("norm1", norm1), v("norm2", norm2);
  v("dropout1", dropout1), v("dropout2", dropout2);
}

// ---- decoder layer
TransformerDecoderLayer::TransformerDecoderLayer(LayerOptions o, Generator& gen)
    : options(o),
      self_attn(self_attention_of(o), gen),
      multihead_attn(attention_of(o), gen),
      feed_forward(o, gen),
      norm1(norm_of(o)),
      norm2(norm_of(o)),
      norm3(norm_of(o)),
      dropout1(o.dropout),
      dropout2(o.dropout),
      dropout3(o.dropout) {}

template <class Attend, class Look>
Tensor TransformerDecoderLayer::around(const Tensor& tgt, Attend attend, Look look) const {
  const auto plus = [&](const Tensor& x, const Tensor& y) { return options.residual ? x + y : y; };
  if (options.norm_first) {
    Tensor x = plus(tgt, dropout1(attend(norm1(tgt))));
    x = plus(x, dropout2(look(norm2(x))));
    return plus(x, dropout3(feed_forward(norm3(x))));
  }
  Tensor x = norm1(plus(tgt, dropout1(attend(tgt))));
  x = norm2(plus(x, dropout2(look(x))));
  return norm3(plus(x, dropout3(feed_forward(x))));
}

Tensor TransformerDecoderLayer::operator()(const Tensor& tgt, const Tensor& memory,
                                           const Mask& tgt_mask, const Mask& memory_mask) const {
  return around(
      tgt, [&](const Tensor& x) { return self_attn(x, tgt_mask); },
      [&](const Tensor& x) { return multihead_attn(x, memory, memory, memory_mask); });
}
Tensor TransformerDecoderLayer::operator()(const Tensor& tgt, DecoderLayerCache& cache,
                                           const Mask& memory_mask) const {
  return around(
      tgt, [&](const Tensor& x) { return self_attn(x, cache.self); },
      [&](const Tensor& x) { return multihead_attn.look_at(cache.memory, x, memory_mask); });
}

void TransformerDecoderLayer::visit(Visitor& v) {
  v("self_attn", self_attn), v("multihead_attn", multihead_attn), v("", feed_forward);
  v("norm1", norm1), v("norm2", norm2), v("norm3", norm3);
  v("dropout1", dropout1), v("dropout2", dropout2), v("dropout3", dropout3);
}

// ---- stacks
namespace {

template <class Stack> void build(Stack& stack, Generator& gen) {
  const TransformerStackOptions& o = stack.options;
  if (o.num_layers < 0)
    argument_error({"Transformer: num_layers is ", o.num_layers, "; expected 0 or more"});
  for (int64_t i = 0; i < o.num_layers; ++i) stack.layers.emplace_back(o.layer, gen);
  if (o.norm) stack.norm.emplace(norm_of(o.layer));
}

template <class Stack> void visit_stack(Stack& stack, Visitor& v) {
  v("layers", stack.layers);
  if (stack.norm) v("norm", *stack.norm);
}

TransformerStackOptions stack_of(const TransformerOptions& o, int64_t layers) {
  return {.layer = {o.d_model, o.nhead, o.dim_feedforward, o.dropout, o.activation,
                    o.layer_norm_eps, o.norm_first, o.bias},
          .num_layers = layers,
          .norm = true};
}

}  // namespace

TransformerEncoder::TransformerEncoder(TransformerStackOptions o, Generator& gen) : options(o) {
  build(*this, gen);
}

Tensor TransformerEncoder::operator()(const Tensor& src, const Mask& mask) const {
  Tensor x = src;
  for (const TransformerEncoderLayer& layer : layers) x = layer(x, mask);
  return norm ? (*norm)(x) : x;
}

void TransformerEncoder::visit(Visitor& v) { visit_stack(*this, v); }

TransformerDecoder::TransformerDecoder(TransformerStackOptions o, Generator& gen) : options(o) {
  build(*this, gen);
}

Tensor TransformerDecoder::operator()(const Tensor& tgt, const Tensor& memory, const Mask& tgt_mask,
                                      const Mask& memory_mask) const {
  Tensor x = tgt;
  for (const TransformerDecoderLayer& layer : layers) x = layer(x, memory, tgt_mask, memory_mask);
  return norm ? (*norm)(x) : x;
}

DecoderCache TransformerDecoder::cache(const Tensor& memory) const {
  DecoderCache cache;
  for (const TransformerDecoderLayer& layer : layers)
    cache.layers.push_back({{}, layer.multihead_attn.remembered(memory, memory)});
  return cache;
}

Tensor TransformerDecoder::operator()(const Tensor& tgt, DecoderCache& cache,
                                      const Mask& memory_mask) const {
  if (cache.layers.size() != layers.size())
    argument_error({"TransformerDecoder: a cache of ", cache.layers.size(), " layers for ",
                    layers.size(), "; expected one of cache(memory)"});
  Tensor x = tgt;
  for (size_t i = 0; i < layers.size(); ++i) x = layers[i](x, cache.layers[i], memory_mask);
  return norm ? (*norm)(x) : x;
}

int64_t DecoderCache::bytes() const {
  int64_t all = 0;
  for (const DecoderLayerCache& c : layers) all += c.self.bytes() + c.memory.bytes();
  return all;
}

void DecoderCache::reorder(const std::vector<int64_t>& rows, bool memory) {
  for (DecoderLayerCache& c : layers) {
    c.self.reorder(rows);
    if (memory) c.memory.reorder(rows);
  }
}

void TransformerDecoder::visit(Visitor& v) { visit_stack(*this, v); }

Transformer::Transformer(TransformerOptions o, Generator& gen)
    : options(o),
      encoder(stack_of(o, o.num_encoder_layers), gen),
      decoder(stack_of(o, o.num_decoder_layers), gen) {
  for (const Tensor& p : parameters())
    if (p.dim() > 1) xavier_uniform_(p, gen);
}

Tensor Transformer::operator()(const Tensor& src, const Tensor& tgt,
                               const TransformerMasks& masks) const {
  return decoder(tgt, encoder(src, masks.src), masks.tgt, masks.memory);
}

}  // namespace gradus
