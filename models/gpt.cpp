// SPDX-License-Identifier: MIT
// GPT: embeddings, layers, initial values, generation with a cache.
#include "models/gpt.h"

#include <cmath>

#include "gradus/nn/init.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/layer_norm.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/view.h"

namespace gradus {
namespace {

TransformerLayerOptions layer_of(const GptOptions& o) {
  TransformerLayerOptions layer{.d_model = o.d_model,
                                .nhead = o.nhead,
                                .dim_feedforward = o.feed_forward(),
                                .dropout = o.dropout,
                                .activation = o.activation,
                                .layer_norm_eps = o.layer_norm_eps,
                                .norm_first = true,
                                .bias = o.bias,
                                .linear = o.linear,
                                .num_kv_heads = o.num_kv_heads,
                                .norm = o.norm,
                                .glu = o.swiglu ? Glu::swiglu : Glu::none,
                                .num_experts = o.num_experts,
                                .top_k = o.top_k};
  if (o.position == GptPosition::rope) layer.rope.emplace();
  layer.alibi = o.position == GptPosition::alibi;
  layer.window = o.window;
  layer.qk_norm = o.qk_norm;
  // Normalised q and k have the length sqrt(D), so scores stay below 2 sqrt(D).
  if (o.qk_norm) layer.scale = 2 / std::sqrt(static_cast<double>(o.d_model / o.nhead));
  return layer;
}

}  // namespace

int64_t GptOptions::feed_forward() const {
  if (dim_feedforward) return dim_feedforward;
  return swiglu ? (8 * d_model + 23) / 24 * 8 : 4 * d_model;  // a multiple of 8
}

Gpt::Gpt(GptOptions o, Generator& gen)
    : options(o),
      wte({o.vocab, o.d_model}, gen),
      dropout(o.dropout),
      ln_f(o.norm, {.normalized_shape = {o.d_model}, .eps = o.layer_norm_eps, .bias = o.bias}) {
  if (o.position == GptPosition::learned) wpe.emplace(PositionOptions{o.d_model, o.block}, gen);
  for (int64_t i = 0; i < o.layers; ++i) layers.emplace_back(layer_of(o), gen);
  if (!o.tied) lm_head.emplace(LinearOptions{o.d_model, o.vocab, false}, gen);
  const double deeper = 0.02 / std::sqrt(2.0 * static_cast<double>(std::max<int64_t>(o.layers, 1)));
  for (const auto& [name, p] : named_parameters()) {
    if (p.dim() < 2) {
      if (name.ends_with("bias")) zeros_(p);
      continue;
    }
    const bool last = name.ends_with("out_proj.weight") || name.ends_with("linear2.weight") ||
                      name.ends_with("down_proj.weight");
    if (last && o.zero_init) zeros_(p);
    else normal_(p, 0, last ? deeper : 0.02, gen);
  }
}

void Gpt::visit(Visitor& v) {
  v("wte", wte);
  if (wpe) v("wpe", *wpe);
  v("dropout", dropout);
  v("layers", layers);
  v("ln_f", ln_f);
  if (lm_head) v("lm_head", *lm_head);
}

Gpt Gpt::clone() const {
  Generator unused;
  return cloned(Gpt(options, unused), *this);
}

Tensor Gpt::embed(const Tensor& ids, int64_t first) const {
  if (ids.dim() != 2) argument_error({"Gpt: ids ", ids.shape(), " must be [B, T]"});
  const int64_t steps = ids.size(1);
  Tensor x = wte(ids);
  if (wpe && first + steps > options.block)
    argument_error({"Gpt: ", first + steps,
                    " tokens; learned positions allow at most block = ", options.block});
  if (wpe) x = add(x, narrow(wpe->weight, 0, first, steps));
  if (options.position == GptPosition::sinusoidal) {
    const Tensor times =
        arange(static_cast<double>(first), static_cast<double>(first + steps), 1, x.dtype());
    x = add(x, mul(sinusoidal(times, options.d_model), 0.02));  // as large as the embeddings
  }
  if (options.embed_norm) x = rms_norm(x, {options.d_model});
  return dropout(x);
}

Tensor Gpt::logits(const Tensor& x) const {
  const Tensor z = linear(ln_f(x), lm_head ? lm_head->weight : wte.weight);
  return options.logit_cap > 0 ? mul(tanh(div(z, options.logit_cap)), options.logit_cap) : z;
}

Tensor Gpt::operator()(const Tensor& ids) const {
  Tensor x = embed(ids, 0);
  for (const TransformerEncoderLayer& layer : layers) x = layer(x, Mask::causal());
  return logits(x);
}

Tensor Gpt::loss(const Tensor& ids, const Tensor& targets, int64_t ignored) const {
  ExpertRecorder experts;
  const Tensor loss = cross_entropy(reshape((*this)(ids), {-1, options.vocab}),
                                    reshape(targets, {-1}), {.ignore_index = ignored});
  if (experts.records.empty() || !training()) return loss;
  return add(loss, mul(experts.balance_loss(), options.aux_weight));
}

int64_t Gpt::Memory::bytes() const {
  int64_t all = 0;
  for (const KeyValueCache& cache : layers) all += cache.bytes();
  return all;
}

Tensor Gpt::next(const Tensor& ids, Memory& memory) const {
  memory.layers.resize(layers.size());
  Tensor x = embed(ids, memory.length);
  for (size_t i = 0; i < layers.size(); ++i) x = layers[i](x, memory.layers[i]);
  memory.length += ids.size(1);
  return logits(select(x, 1, -1));
}

}  // namespace gradus
