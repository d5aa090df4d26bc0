// SPDX-License-Identifier: MIT
// Multi-head attention: projections around the attention op of ops/attention.h.
#include "gradus/nn/attention.h"

#include <cmath>

#include "gradus/nn/init.h"
#include "gradus/nn/position.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/dropout.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/layer_norm.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

namespace gradus {

MultiheadAttention::MultiheadAttention(MultiheadAttentionOptions o, Generator& gen)
    : options(o), out_proj({o.embed_dim, o.embed_dim, o.bias}, gen) {
  const int64_t width = o.embed_dim;
  if (o.num_heads < 1 || width % o.num_heads != 0)
    argument_error(
        {"MultiheadAttention: embed_dim ", width, " does not divide into ", o.num_heads, " heads"});
  if (o.num_kv_heads < 0 || (o.num_kv_heads > 0 && o.num_heads % o.num_kv_heads != 0))
    argument_error({"MultiheadAttention: num_kv_heads ", o.num_kv_heads,
                    " does not divide num_heads ", o.num_heads});
  check_options();
  const char* label = "MultiheadAttention.in_proj";
  const int64_t kv = kv_width();
  const int64_t kdim = o.kdim.value_or(width), vdim = o.vdim.value_or(width);
  if (kdim == width && vdim == width) {
    xavier_uniform_(in_proj_weight = parameter({width + 2 * kv, width}, label), gen);
  } else {
    xavier_uniform_(q_proj_weight = parameter({width, width}, label), gen);
    xavier_uniform_(k_proj_weight = parameter({kv, kdim}, label), gen);
    xavier_uniform_(v_proj_weight = parameter({kv, vdim}, label), gen);
  }
  if (o.relative) relative.emplace(*o.relative, o.num_heads);
  if (!o.bias) return;
  zeros_(in_proj_bias = parameter({width + 2 * kv}, label));
  zeros_(out_proj.bias);
}

void MultiheadAttention::visit(Visitor& v) {
  v("in_proj_weight", in_proj_weight);
  v("q_proj_weight", q_proj_weight), v("k_proj_weight", k_proj_weight);
  v("v_proj_weight", v_proj_weight);
  v("in_proj_bias", in_proj_bias), v("out_proj", out_proj);
  if (relative) v("relative", *relative);
}

void MultiheadAttention::check_options() const {
  const MultiheadAttentionOptions& o = options;
  if (o.linear && (o.alibi || o.relative || o.dropout > 0 || o.scale || o.window))
    argument_error({"MultiheadAttention: linear attention has no scores; it does not support ",
                    "alibi, relative, dropout, scale or window"});
  if (o.linear == FeatureMap::identity)
    argument_error({"MultiheadAttention: linear attention needs positive features; expected ",
                    "FeatureMap::elu or FeatureMap::relu"});
  if (o.window < 0) argument_error({"MultiheadAttention: window ", o.window, " is negative"});
}

namespace {

// Whether both are the same tensor with the same node, so that one product can project it.
bool same(const Tensor& a, const Tensor& b) {
  return a.storage() == b.storage() && a.node().get() == b.node().get() &&
         a.output_index() == b.output_index() && a.layout().offset == b.layout().offset &&
         a.shape() == b.shape() && a.strides() == b.strides();
}

void check_part(const char* what, const Tensor& x, int64_t width, const Tensor& query,
                const Tensor* key) {
  if (!x.defined() || x.dim() != 3 || x.size(2) != width)
    argument_error({"MultiheadAttention: ", what, " is ", x.str(), "; expected [B, ",
                    key ? "S" : "T", ", ", width, "]"});
  if (x.size(0) != query.size(0))
    argument_error({"MultiheadAttention: ", what, " ", x.shape(), " and query ", query.shape(),
                    " have different batch sizes"});
  if (key && x.size(1) != key->size(1))
    argument_error({"MultiheadAttention: key ", key->shape(), " and value ", x.shape(),
                    " have different lengths"});
}

Tensor feature_map(const Tensor& x, FeatureMap map) {
  return add(map == FeatureMap::relu ? relu(x) : elu(x), 1.0);
}

// [B, G, S, D] -> [B, heads, S, D], each head repeated for its readers.
Tensor repeat_heads(const Tensor& x, int64_t heads) {
  const int64_t B = x.size(0), G = x.size(1), S = x.size(2), D = x.size(3);
  if (G == heads) return x;
  return reshape(broadcast_to(unsqueeze(x, 2), {B, G, heads / G, S, D}), {B, heads, S, D});
}

}  // namespace

int64_t MultiheadAttention::kv_width() const {
  const int64_t heads = options.num_kv_heads ? options.num_kv_heads : options.num_heads;
  return options.embed_dim / options.num_heads * heads;
}

Tensor MultiheadAttention::split_heads(const Tensor& x) const {
  const int64_t width = options.embed_dim / options.num_heads;
  return transpose(reshape(x, {x.size(0), x.size(1), x.size(2) / width, width}), 1, 2);
}

Tensor MultiheadAttention::merge_heads(const Tensor& x) const {
  return reshape(transpose(x, 1, 2), {x.size(0), x.size(2), options.embed_dim});
}

// Views of the weights; q_proj_weight etc. are separate tensors if widths differ.
MultiheadAttention::Projections MultiheadAttention::projections(bool joint) const {
  const int64_t width = options.embed_dim, kv = kv_width();
  const bool separate = q_proj_weight.defined();
  const Dims parts = joint && !separate ? Dims{width, 2 * kv} : Dims{width, kv, kv};
  Projections p{Tensors(q_proj_weight, k_proj_weight, v_proj_weight),
                Tensors(Tensor{}, Tensor{}, Tensor{})};
  if (!separate) p.w = split(in_proj_weight, parts, 0);
  if (in_proj_bias.defined()) p.b = split(in_proj_bias, parts, 0);
  return p;
}

KeyValueCache MultiheadAttention::project_memory(const Projections& p, const Tensor& key,
                                                 const Tensor& value) const {
  KeyValueCache memory{.steps = key.size(1)};
  if (p.w.size() > 2) {
    memory.k = split_heads(linear(key, p.w[1], p.b[1]));
    memory.v = split_heads(linear(value, p.w[2], p.b[2]));
    return memory;
  }
  const Tensors kv = split(linear(key, p.w[1], p.b[1]), kv_width(), -1);
  memory.k = split_heads(kv[0]), memory.v = split_heads(kv[1]);
  return memory;
}

// One product for each distinct tensor among query, key and value.
MultiheadAttention::Heads MultiheadAttention::project(const Tensor& query, const Tensor& key,
                                                      const Tensor& value) const {
  const int64_t width = options.embed_dim, kv = kv_width();
  check_part("query", query, width, query, nullptr);
  check_part("key", key, options.kdim.value_or(width), query, &key);
  check_part("value", value, options.vdim.value_or(width), query, &key);
  if (in_proj_weight.defined() && same(query, key) && same(key, value)) {
    const Tensors y = split(linear(query, in_proj_weight, in_proj_bias), Dims{width, kv, kv}, -1);
    return {split_heads(y[0]), split_heads(y[1]), split_heads(y[2])};
  }
  const Projections p = projections(same(key, value));
  const KeyValueCache memory = project_memory(p, key, value);
  return {split_heads(linear(query, p.w[0], p.b[0])), memory.k, memory.v};
}

// Applies qk_norm and rope, if set, for the steps first, first + 1, ...
MultiheadAttention::Heads MultiheadAttention::placed(Heads h, int64_t first) const {
  if (options.qk_norm) {
    const Shape width{h.q.size(-1)};
    h = {rms_norm(h.q, width), rms_norm(h.k, width), h.v};
  }
  if (!options.rope) return h;
  RopeOptions rotation = *options.rope;
  rotation.first += first;
  return {rope(h.q, rotation), rope(h.k, rotation), h.v};
}

Tensor MultiheadAttention::attend(const Heads& h, const Mask& mask, Tensor* state) const {
  if (options.linear) return attend_linear(h, mask, state);
  AttentionOptions attention;
  attention.mask = mask;
  attention.dropout_p = training() ? options.dropout : 0;
  attention.scale = options.scale;
  if (options.alibi) attention.alibi = alibi_slopes(options.num_heads);
  if (relative) attention.bias = (*relative)(h.q.size(2), h.k.size(2), mask.parts().offset);
  attention.enable_gqa = h.k.size(1) != h.q.size(1);
  Tensor logsumexp;
  if (AttentionRecorder::active()) attention.logsumexp = &logsumexp;
  const Tensor y = scaled_dot_product_attention(h.q, h.k, h.v, attention);
  if (attention.logsumexp) record(attention_weights(h.q, h.k, logsumexp, attention));
  return out_proj(merge_heads(y));
}

Tensor MultiheadAttention::attend_linear(const Heads& h, const Mask& mask, Tensor* state) const {
  if (AttentionRecorder::active() && !state) {
    const NoGrad no_grad;
    record(weights_of(h, mask));
  }
  return out_proj(merge_heads(linear_attention(h.q, h.k, h.v,
                                               {.feature_map = *options.linear,
                                                .mask = mask,
                                                .enable_gqa = h.k.size(1) != h.q.size(1),
                                                .state = state})));
}

// [B, H, T, S], composed of basic ops.
Tensor MultiheadAttention::weights_of(const Heads& h, const Mask& mask) const {
  const Tensor keys = transpose(repeat_heads(h.k, h.q.size(1)), -2, -1);
  if (options.linear)  // softmax of logarithms normalises the numbers themselves
    return masked_softmax(
        log(matmul(feature_map(h.q, *options.linear), feature_map(keys, *options.linear))), mask);
  const double width = static_cast<double>(options.embed_dim / options.num_heads);
  Tensor scores = matmul(mul(h.q, options.scale.value_or(1 / std::sqrt(width))), keys);
  const int64_t T = h.q.size(2), S = h.k.size(2), offset = mask.parts().offset;
  if (options.alibi)
    scores = add(scores, alibi_bias(options.num_heads, T, S, offset).to(scores.dtype()));
  if (relative) scores = add(scores, (*relative)(T, S, offset));
  return masked_softmax(scores, mask);
}

Tensor MultiheadAttention::operator()(const Tensor& query, const Tensor& key, const Tensor& value,
                                      const Mask& mask) const {
  return attend(placed(project(query, key, value), 0), within_window(mask));
}

// Measured from the last key that a causal query may see, which is its own position.
Mask MultiheadAttention::within_window(const Mask& mask) const {
  const int64_t w = options.window;
  return w ? mask & Mask::window(w - 1, w - 1, mask.parts().offset) : mask;
}

Tensor MultiheadAttention::operator()(const Tensor& x, KeyValueCache& cache) const {
  const int64_t before = cache.length();
  Heads h = placed(project(x, x, x), before);
  cache.steps += h.k.size(2);
  if (options.linear) return attend(h, Mask::causal(), &cache.state);
  const int64_t held = before > 0 ? cache.k.size(2) : 0;
  if (before > 0) h.k = cat({cache.k, h.k}, 2), h.v = cat({cache.v, h.v}, 2);
  cache.k = h.k.detach(), cache.v = h.v.detach();
  const int64_t all = cache.k.size(2);
  if (const int64_t needed = options.window - 1; options.window && all > needed)
    for (Tensor* t : {&cache.k, &cache.v}) *t = narrow(*t, 2, all - needed, needed);
  return attend(h, within_window(Mask::causal_offset(held)));
}

KeyValueCache MultiheadAttention::remembered(const Tensor& key, const Tensor& value) const {
  if (options.rope || options.alibi || options.relative || options.qk_norm)
    argument_error(
        {"MultiheadAttention: remembered() does not support rope, alibi, relative or qk_norm"});
  check_part("key", key, options.kdim.value_or(options.embed_dim), key, &key);
  check_part("value", value, options.vdim.value_or(options.embed_dim), key, &key);
  return project_memory(projections(same(key, value)), key, value);
}

Tensor MultiheadAttention::look_at(const KeyValueCache& memory, const Tensor& query,
                                   const Mask& mask) const {
  check_part("query", query, options.embed_dim, query, nullptr);
  const Projections p = projections(true);
  return attend_together(linear(query, p.w[0], p.b[0]), memory, mask);
}

MultiheadAttention::Attended MultiheadAttention::with_weights(const Tensor& query,
                                                              const Tensor& key,
                                                              const Tensor& value, const Mask& mask,
                                                              bool average) const {
  const Heads h = placed(project(query, key, value), 0);
  const Tensor weights = weights_of(h, within_window(mask)), v = repeat_heads(h.v, h.q.size(1));
  if (AttentionRecorder::active()) record(weights.detach());
  const Tensor kept = dropout(weights, options.dropout, training());
  return {out_proj(merge_heads(matmul(kept, v))), average ? mean(weights, {1}) : weights};
}

// ---- the recorder
namespace {
thread_local AttentionRecorder* attention_recorder = nullptr;
}

AttentionRecorder::AttentionRecorder() : before_(attention_recorder) { attention_recorder = this; }
AttentionRecorder::~AttentionRecorder() { attention_recorder = before_; }
AttentionRecorder* AttentionRecorder::active() { return attention_recorder; }

const Tensor& AttentionRecorder::last(const std::string& suffix) const {
  std::string names;
  for (auto r = records.rbegin(); r != records.rend(); ++r) {
    if (r->name.ends_with(suffix)) return r->weights;
    names = r->name + (names.empty() ? "" : ", ") + names;
  }
  argument_error(
      {"AttentionRecorder: no layer's name ends in ", suffix, "; recorded were: ", names});
}

void MultiheadAttention::record(const Tensor& weights) const {
  AttentionRecorder::active()->records.push_back({name(), weights});
}

}  // namespace gradus
