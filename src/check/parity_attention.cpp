// SPDX-License-Identifier: MIT
// Parity targets: multi-head attention, the transformer and its parts.
#include <cmath>

#include "check/parity_call.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

namespace gradus::check {
namespace {

using List = std::vector<Tensor>;

// A PyTorch mask in gradus's form: the mask, and the bias added to the scores.
struct Masked {
  Mask mask{};
  Tensor bias{};  // [B or 1, H or 1, T, S]
};

// [T, S] unchanged; [B H, T, S] as [B, H, T, S]. True in a boolean mask hides.
Masked attention_mask(const Tensor& m, int64_t B, int64_t H) {
  const Tensor four = m.dim() == 3 ? reshape(m, {B, H, m.size(1), m.size(2)})
                                   : reshape(m, {1, 1, m.size(0), m.size(1)});
  if (m.dtype() == DType::boolean) return {Mask::hidden(four), {}};
  const FloatMask parts = float_mask(four);
  return {Mask::allowed(parts.allowed), parts.bias};
}

// [B, S], the same for all heads and queries.
Masked padding_mask(const Tensor& m) {
  const Tensor four = unsqueeze(unsqueeze(m.dim() == 1 ? unsqueeze(m, 0) : m, 1), 1);
  if (m.dtype() == DType::boolean) return {Mask::hidden(four), {}};
  const FloatMask parts = float_mask(four);
  return {Mask::allowed(parts.allowed), parts.bias};
}

void join(Masked& all, const Masked& one) {
  all.mask = all.mask & one.mask;
  if (one.bias.defined()) all.bias = all.bias.defined() ? add(all.bias, one.bias) : one.bias;
}

// Attention with a bias, computed from the layer's weights.
MultiheadAttention::Attended biased(const MultiheadAttention& layer, const Tensor& query,
                                    const Tensor& key, const Tensor& value, const Masked& m,
                                    bool average) {
  const int64_t C = layer.options.embed_dim, H = layer.options.num_heads, D = C / H;
  Tensors w(layer.q_proj_weight, layer.k_proj_weight, layer.v_proj_weight),
      b(Tensor{}, Tensor{}, Tensor{});
  if (layer.in_proj_weight.defined()) w = split(layer.in_proj_weight, C, 0);
  if (layer.in_proj_bias.defined()) b = split(layer.in_proj_bias, C, 0);
  const auto heads = [&](const Tensor& x, size_t i) {
    const Tensor y = linear(x, w[i], b[i]);
    return transpose(reshape(y, {y.size(0), y.size(1), H, D}), 1, 2);
  };
  const Tensor q = heads(query, 0), k = heads(key, 1), v = heads(value, 2);
  const Tensor scores =
      add(mul(matmul(q, transpose(k, -2, -1)), 1 / std::sqrt(static_cast<double>(D))), m.bias);
  const Tensor weights = masked_softmax(scores, m.mask);
  const Tensor y = reshape(transpose(matmul(weights, v), 1, 2), query.shape());
  return {layer.out_proj(y), average ? mean(weights, {1}) : weights};
}

MultiheadAttentionOptions mha_options(Call& c) {
  MultiheadAttentionOptions o{.embed_dim = c.config.integer("embed_dim"),
                              .num_heads = c.config.integer("num_heads"),
                              .dropout = c.config.number("dropout", 0),
                              .bias = c.config.flag("bias", true)};
  if (c.config.has("kdim")) o.kdim = c.config.integer("kdim");
  if (c.config.has("vdim")) o.vdim = c.config.integer("vdim");
  c.config.only("add_bias_kv", false);
  c.config.only("add_zero_attn", false);
  if (c.training && o.dropout > 0) unknown({"dropout is random"});
  return o;
}

List multihead(Call& c) {
  const MultiheadAttentionOptions o = mha_options(c);
  const bool batch_first = c.config.flag("batch_first", false);
  MultiheadAttention layer(o);
  c.load(layer);
  Tensor q = c.in("query"), k = c.in("key"), v = c.in("value");
  const bool single = q.dim() == 2;
  const auto batched = [&](const Tensor& x) {
    return single ? unsqueeze(x, 0) : batch_first ? x : transpose(x, 0, 1);
  };
  q = batched(q);
  k = batched(k);
  v = batched(v);
  Masked m;
  if (c.has("attn_mask")) join(m, attention_mask(c.in("attn_mask"), q.size(0), o.num_heads));
  if (c.has("key_padding_mask")) join(m, padding_mask(c.in("key_padding_mask")));
  if (c.forward.flag("is_causal", false) && !c.has("attn_mask"))
    unknown({"is_causal without attn_mask"});
  const bool average = c.forward.flag("average_attn_weights", true);
  const bool wanted = c.forward.flag("need_weights", true);
  MultiheadAttention::Attended y;
  if (m.bias.defined()) y = biased(layer, q, k, v, m, average);
  else if (wanted) y = layer.with_weights(q, k, v, m.mask, average);
  else y.output = layer(q, k, v, m.mask);
  const Tensor out = single        ? squeeze(y.output, 0)
                     : batch_first ? y.output
                                   : transpose(y.output, 0, 1);
  if (!wanted) return {out};
  return {out, single ? squeeze(y.weights, 0) : y.weights};
}

// ---- layers and stacks
struct LayerConfig {
  TransformerLayerOptions options{};
  bool batch_first = false;
};
LayerConfig layer_config(const Arguments& a, bool training) {
  const std::string activation = a.word("activation", "relu");
  if (activation != "relu" && activation != "gelu") unknown({"activation ", printable(activation)});
  LayerConfig c{{.d_model = a.integer("d_model"),
                 .nhead = a.integer("nhead"),
                 .dim_feedforward = a.integer("dim_feedforward", 2048),
                 .dropout = a.number("dropout", 0.1),
                 .activation = activation == "relu" ? Activation::relu : Activation::gelu,
                 .layer_norm_eps = a.number("layer_norm_eps", 1e-5),
                 .norm_first = a.flag("norm_first", false),
                 .bias = a.flag("bias", true)},
                a.flag("batch_first", false)};
  if (training && c.options.dropout > 0) unknown({"dropout is random"});
  return c;
}

// Always batch first, even if the case is not.
class Sequences {
 public:
  Sequences(bool batch_first, const Tensor& first)
      : batch_first_(batch_first), single_(first.dim() == 2) {}
  Tensor in(const Tensor& x) const {
    return single_ ? unsqueeze(x, 0) : batch_first_ ? x : transpose(x, 0, 1);
  }
  Tensor out(const Tensor& y) const {
    return single_ ? squeeze(y, 0) : batch_first_ ? y : transpose(y, 0, 1);
  }

 private:
  bool batch_first_, single_;
};

// The masks of one attention: attn_mask, the padding mask and is_causal.
Masked mask_of(Call& c, const char* attn, const char* padding, const char* causal, int64_t B,
               int64_t H) {
  Masked m;
  if (c.has(attn)) join(m, attention_mask(c.in(attn), B, H));
  if (c.has(padding)) join(m, padding_mask(c.in(padding)));
  if (c.forward.flag(causal, false)) m.mask = m.mask & Mask::causal();
  return m;
}

// ---- layers with additive masks, assembled from their parts
Tensor attend(const MultiheadAttention& layer, const Tensor& x, const Tensor& memory,
              const Masked& m) {
  if (!m.bias.defined()) return layer(x, memory, memory, m.mask);
  return biased(layer, x, memory, memory, m, true).output;
}

Tensor run_layers(const TransformerEncoderLayer& l, const Tensor& x, const Masked& m) {
  if (!m.bias.defined()) return l(x, m.mask);
  if (l.options.norm_first) {
    const Tensor n = l.norm1(x), y = add(x, attend(l.self_attn, n, n, m));
    return add(y, l.feed_forward(l.norm2(y)));
  }
  const Tensor y = l.norm1(add(x, attend(l.self_attn, x, x, m)));
  return l.norm2(add(y, l.feed_forward(y)));
}

Tensor run_layers(const TransformerDecoderLayer& l, const Tensor& x, const Tensor& memory,
                  const Masked& self, const Masked& cross) {
  if (!self.bias.defined() && !cross.bias.defined()) return l(x, memory, self.mask, cross.mask);
  if (l.options.norm_first) {
    const Tensor n = l.norm1(x), y = add(x, attend(l.self_attn, n, n, self));
    const Tensor z = add(y, attend(l.multihead_attn, l.norm2(y), memory, cross));
    return add(z, l.feed_forward(l.norm3(z)));
  }
  const Tensor y = l.norm1(add(x, attend(l.self_attn, x, x, self)));
  const Tensor z = l.norm2(add(y, attend(l.multihead_attn, y, memory, cross)));
  return l.norm3(add(z, l.feed_forward(z)));
}

Tensor run_layers(const TransformerEncoder& e, Tensor x, const Masked& m) {
  if (!m.bias.defined()) return e(x, m.mask);
  for (const TransformerEncoderLayer& l : e.layers) x = run_layers(l, x, m);
  return e.norm ? (*e.norm)(x) : x;
}

Tensor run_layers(const TransformerDecoder& d, Tensor x, const Tensor& memory, const Masked& self,
                  const Masked& cross) {
  if (!self.bias.defined() && !cross.bias.defined()) return d(x, memory, self.mask, cross.mask);
  for (const TransformerDecoderLayer& l : d.layers) x = run_layers(l, x, memory, self, cross);
  return d.norm ? (*d.norm)(x) : x;
}

List encoder_layer(Call& c) {
  const LayerConfig l = layer_config(c.config, c.training);
  TransformerEncoderLayer layer(l.options);
  c.load(layer);
  const Sequences s(l.batch_first, c.in("src"));
  const Tensor x = s.in(c.in("src"));
  return {s.out(run_layers(
      layer, x,
      mask_of(c, "src_mask", "src_key_padding_mask", "is_causal", x.size(0), l.options.nhead)))};
}

List decoder_layer(Call& c) {
  const LayerConfig l = layer_config(c.config, c.training);
  TransformerDecoderLayer layer(l.options);
  c.load(layer);
  const Sequences s(l.batch_first, c.in("tgt"));
  const Tensor x = s.in(c.in("tgt")), memory = s.in(c.in("memory"));
  const int64_t B = x.size(0), H = l.options.nhead;
  const Masked self = mask_of(c, "tgt_mask", "tgt_key_padding_mask", "tgt_is_causal", B, H);
  return {s.out(
      run_layers(layer, x, memory, self,
                 mask_of(c, "memory_mask", "memory_key_padding_mask", "memory_is_causal", B, H)))};
}

struct StackConfig {
  TransformerStackOptions options{};
  bool batch_first = false;
  double eps = 1e-5;  // eps of the last norm
};
StackConfig stack_config(Call& c, const char* layer, const char* layer_target) {
  std::string target;
  const Arguments inner = c.config.part(layer, target);
  if (target != layer_target) unknown({layer, " is ", printable(target)});
  const LayerConfig l = layer_config(inner, c.training);
  inner.finish();
  c.config.ignore({"enable_nested_tensor", "mask_check"});
  StackConfig s{{.layer = l.options, .num_layers = c.config.integer("num_layers")}, l.batch_first};
  if (!c.config.has("norm")) return s;
  const Arguments norm = c.config.part("norm", target);
  if (target != "torch.nn.LayerNorm") unknown({"norm is ", printable(target)});
  if (norm.list("normalized_shape") != std::vector<int64_t>{l.options.d_model})
    unknown({"the width of norm differs from d_model"});
  s.eps = norm.number("eps", 1e-5);
  if (!norm.flag("elementwise_affine", true) || !norm.flag("bias", true))
    unknown({"norm has no weight or bias"});
  norm.finish();
  s.options.norm = true;
  return s;
}

List encoder(Call& c) {
  const StackConfig s = stack_config(c, "encoder_layer", "torch.nn.TransformerEncoderLayer");
  TransformerEncoder model(s.options);
  if (model.norm) model.norm->layer->options.eps = s.eps;
  c.load(model);
  const Sequences q(s.batch_first, c.in("src"));
  const Tensor x = q.in(c.in("src"));
  return {q.out(run_layers(
      model, x,
      mask_of(c, "mask", "src_key_padding_mask", "is_causal", x.size(0), s.options.layer.nhead)))};
}

List decoder(Call& c) {
  const StackConfig s = stack_config(c, "decoder_layer", "torch.nn.TransformerDecoderLayer");
  TransformerDecoder model(s.options);
  if (model.norm) model.norm->layer->options.eps = s.eps;
  c.load(model);
  const Sequences q(s.batch_first, c.in("tgt"));
  const Tensor x = q.in(c.in("tgt")), memory = q.in(c.in("memory"));
  const int64_t B = x.size(0), H = s.options.layer.nhead;
  const Masked self = mask_of(c, "tgt_mask", "tgt_key_padding_mask", "tgt_is_causal", B, H);
  return {q.out(
      run_layers(model, x, memory, self,
                 mask_of(c, "memory_mask", "memory_key_padding_mask", "memory_is_causal", B, H)))};
}

List transformer(Call& c) {
  c.config.only("custom_encoder", {});
  c.config.only("custom_decoder", {});
  TransformerOptions o{.d_model = c.config.integer("d_model", 512),
                       .nhead = c.config.integer("nhead", 8)};
  o.num_encoder_layers = c.config.integer("num_encoder_layers", 6);
  o.num_decoder_layers = c.config.integer("num_decoder_layers", 6);
  o.dim_feedforward = c.config.integer("dim_feedforward", 2048);
  o.dropout = c.config.number("dropout", 0.1);
  const std::string activation = c.config.word("activation", "relu");
  if (activation != "relu" && activation != "gelu") unknown({"activation ", printable(activation)});
  o.activation = activation == "relu" ? Activation::relu : Activation::gelu;
  o.layer_norm_eps = c.config.number("layer_norm_eps", 1e-5);
  o.norm_first = c.config.flag("norm_first", false);
  o.bias = c.config.flag("bias", true);
  if (c.training && o.dropout > 0) unknown({"dropout is random"});
  Transformer model(o);
  c.load(model);
  const Sequences s(c.config.flag("batch_first", false), c.in("src"));
  const Tensor src = s.in(c.in("src")), tgt = s.in(c.in("tgt"));
  const int64_t B = src.size(0);
  const auto mask = [&](const char* attn, const char* padding, const char* causal) {
    return mask_of(c, attn, padding, causal, B, o.nhead);
  };
  const Masked self = mask("tgt_mask", "tgt_key_padding_mask", "tgt_is_causal");
  const Masked cross = mask("memory_mask", "memory_key_padding_mask", "memory_is_causal");
  const Tensor memory =
      run_layers(model.encoder, src, mask("src_mask", "src_key_padding_mask", "src_is_causal"));
  return {s.out(run_layers(model.decoder, tgt, memory, self, cross))};
}

}  // namespace

Targets attention_targets() {
  return {{"torch.nn.MultiheadAttention", multihead},
          {"torch.nn.TransformerEncoderLayer", encoder_layer},
          {"torch.nn.TransformerDecoderLayer", decoder_layer},
          {"torch.nn.TransformerEncoder", encoder},
          {"torch.nn.TransformerDecoder", decoder},
          {"torch.nn.Transformer", transformer}};
}

}  // namespace gradus::check
