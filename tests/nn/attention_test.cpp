// SPDX-License-Identifier: MIT
// MultiheadAttention's options: grouped heads, windows, caches.
#include "gradus/nn/attention.h"

#include <algorithm>
#include <cmath>

#include "gradus/autograd/autograd.h"
#include "gradus/nn/gradcheck.h"
#include "gradus/nn/init.h"
#include "gradus/nn/position.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace nn_attention_test {

// Draws all parameters of a layer at random: zeros and ones hide mistakes.
template <class M> M stirred(M module) {
  Generator gen(99);
  for (const Tensor& p : module.parameters()) uniform_(p, -0.7, 0.7, gen);
  return module;
}

MultiheadAttention grouped(int64_t kv_heads) {
  return stirred(MultiheadAttention({.embed_dim = 8, .num_heads = 4, .num_kv_heads = kv_heads}));
}

// One of each option of a layer.
std::vector<TransformerLayerOptions> kinds_of_layers() {
  const TransformerLayerOptions plain{
      .d_model = 8, .nhead = 2, .dim_feedforward = 12, .dropout = 0};
  std::vector<TransformerLayerOptions> all(6, plain);
  all[1].num_kv_heads = 1;
  all[2].linear = FeatureMap::elu;
  all[3].linear = FeatureMap::relu;
  all[3].num_kv_heads = 1;
  all[4].norm = NormKind::rms_norm;
  all[4].glu = Glu::swiglu;
  all[5].num_experts = 3;
  return all;
}

TEST_CASE("grouped heads: gradients; keys; the same as repeated heads", "[nn][gradcheck]") {
  const Mask mask = Mask::causal() & Mask::padding({3, 2});
  for (int64_t kv : {1, 2}) {
    MultiheadAttention attention = grouped(kv);
    const auto call = [&](Inputs in) { return Tensors{attention(in[0], mask)}; };
    CHECK(gradcheck(attention, call, {input({2, 3, 8})}).verdict == Verdict::pass);
    CHECK(attention.in_proj_weight.shape() == Shape{8 + 4 * kv, 8});
    // A layer with all heads, the shared ones repeated, computes the same.
    MultiheadAttention whole = stirred(MultiheadAttention({.embed_dim = 8, .num_heads = 4}));
    whole.to(DType::f64);
    attention.to(DType::f64);
    StateDict state = attention.state_dict();
    for (const char* key : {"in_proj_weight", "in_proj_bias"}) {
      const Tensor& x = state[key];
      std::vector<Tensor> rows = {narrow(x, 0, 0, 8)};
      for (int64_t part : {0, 1})
        for (int64_t h = 0; h < 4; ++h)
          rows.push_back(narrow(x, 0, 8 + 2 * kv * part + h / (4 / kv) * 2, 2));
      state[key] = cat(rows, 0);
    }
    whole.load_state_dict(state);
    const Tensor x = input({2, 3, 8}), memory = input({2, 5, 8}, 2);
    check_equal(attention(x, mask), whole(x, mask));
    check_equal(attention(x, memory, memory), whole(x, memory, memory));
    const auto [output, weights] = attention.with_weights(x, memory, memory, {}, false);
    check_equal(output, attention(x, memory, memory));
    AttentionRecorder seen;
    attention(x, memory, memory);
    check_equal(seen.records[0].weights, weights);
  }
  CHECK(has(message_of([] { grouped(3); }), "num_kv_heads 3 does not divide num_heads 4"));
  MultiheadAttention other({.embed_dim = 4, .num_heads = 2, .num_kv_heads = 1, .kdim = 3});
  CHECK(keys(other) ==
        "q_proj_weight k_proj_weight v_proj_weight in_proj_bias out_proj.weight out_proj.bias ");
  CHECK(other.k_proj_weight.shape() == Shape{2, 3});
  const Tensor key = input({2, 4, 3}), value = input({2, 4, 4});
  CHECK(gradcheck(other, {input({2, 3, 4}), key, value}).verdict == Verdict::pass);
}

TEST_CASE("a cache stores only the heads of keys and its rows can be reordered", "[nn]") {
  MultiheadAttention attention = grouped(2);
  attention.to(DType::f64);
  attention.eval();
  const NoGrad no_grad;
  const Tensor x = input({3, 7, 8}), whole = attention(x, Mask::causal());
  KeyValueCache cache;
  check_equal(attention(narrow(x, 1, 0, 4), cache), narrow(whole, 1, 0, 4));
  CHECK(cache.length() == 4);
  CHECK(cache.bytes() == 2 * 3 * 4 * 4 * 8);  // k and v, B, places, G D, bytes
  cache.reorder({2, 0, 2, 1});
  check_equal(attention(narrow(index_select(x, 0, {2, 0, 2, 1}), 1, 4, 3), cache),
              narrow(index_select(whole, 0, {2, 0, 2, 1}), 1, 4, 3));
  const Tensor memory = input({3, 5, 8}, 4);
  const Mask padding = Mask::padding({5, 1, 3});
  check_equal(attention.look_at(attention.remembered(memory, memory), x, padding),
              attention(x, memory, memory, padding));
  KeyValueCache shared = attention.remembered(memory, memory);
  const Tensor queries = input({6, 2, 8}, 5);
  for (const std::vector<int64_t>& readers :
       {std::vector<int64_t>{2, 2, 2}, {1, 0, 5}, {3, 2, 1}}) {
    shared.readers = readers;
    std::vector<int64_t> samples, lengths;
    for (int64_t b = 0; b < 3; ++b)
      for (int64_t r = 0; r < readers[static_cast<size_t>(b)]; ++r) {
        samples.push_back(b);
        lengths.push_back(std::vector<int64_t>{5, 1, 3}[static_cast<size_t>(b)]);
      }
    const Tensor each = index_select(memory, 0, samples);
    check_equal(attention.look_at(shared, queries, padding),
                attention(queries, each, each, Mask::padding(lengths)));
  }
  shared.readers = {1, 2};
  CHECK(has(message_of([&] { attention.look_at(shared, queries, padding); }),
            "2 counts of readers, in total 3; expected 3 with a total of 6"));
  MultiheadAttention turned({.embed_dim = 8, .num_heads = 4, .rope = RopeOptions{}});
  CHECK(has(message_of([&] { turned.remembered(x, x); }), "does not support rope"));
}

TEST_CASE("a window hides distant steps: each layer extends the reach by its size", "[nn]") {
  MultiheadAttention attention = grouped(4);
  attention.to(DType::f64);
  Tensor x = input({1, 150, 8});
  x.requires_grad_();
  const Mask window = Mask::causal() & Mask::window(70, 0);
  const Tensor y = attention(x, window);
  check_equal(y, attention(x, Mask::allowed(window.dense(1, 1, 150, 150))));
  const std::vector<double> g = grad(sum(select(y, 1, 100)), x).to_vector<double>();
  for (size_t t = 0; t < 150; ++t) {
    bool seen = false;
    for (size_t c = 0; c < 8; ++c) seen = seen || g[8 * t + c] != 0;
    CHECK(seen == (t >= 30 && t <= 100));
  }
}

TEST_CASE("a decoder with caches equals the decoder of all steps", "[nn]") {
  for (const TransformerLayerOptions& layer : kinds_of_layers())
    for (bool norm_first : {false, true}) {
      TransformerLayerOptions o = layer;
      o.norm_first = norm_first;
      TransformerDecoder decoder({.layer = o, .num_layers = 2, .norm = norm_first});
      decoder.to(DType::f64);
      decoder.eval();
      const NoGrad no_grad;
      const Tensor memory = input({2, 5, 8}), tgt = input({2, 6, 8}, 2);
      const Mask padding = Mask::padding({5, 3});
      const Tensor whole = decoder(tgt, memory, Mask::causal(), padding);
      DecoderCache cache = decoder.cache(memory);
      check_equal(decoder(narrow(tgt, 1, 0, 3), cache, padding), narrow(whole, 1, 0, 3));
      CHECK(cache.length() == 3);
      const int64_t heads = o.num_kv_heads ? o.num_kv_heads : 2;
      const int64_t row = 2 * 2 * heads * 4 * 8;  // layers, B, G, D, bytes
      CHECK(cache.bytes() == row * (2 * 5 + (o.linear ? 5 : 2 * 3)));
      for (int64_t t = 3; t < 6; ++t)
        check_equal(decoder(narrow(tgt, 1, t, 1), cache, padding), narrow(whole, 1, t, 1));
      DecoderCache other;
      CHECK(has(message_of([&] { decoder(tgt, other); }), "a cache of 0 layers for 2"));
    }
}

TEST_CASE("without positions a permutation passes through; hidden steps have a gradient of 0",
          "[nn]") {
  for (const TransformerLayerOptions& layer : kinds_of_layers()) {
    TransformerEncoder encoder({.layer = layer, .num_layers = 2});
    encoder.to(DType::f64);
    Tensor x = input({2, 70, 8});
    const std::vector<int64_t> lengths = {70, 40};
    std::vector<int64_t> order;
    for (int64_t i = 0; i < 70; ++i) order.push_back(i * 11 % 70);
    check_equal(index_select(encoder(x), 1, order), encoder(index_select(x, 1, order)), 1e-11);
    x.requires_grad_();
    const Tensor y = encoder(x, Mask::padding(lengths));
    const Tensor dx = grad(sum(narrow(y, 1, 0, 40)), x);
    const Tensor hidden = narrow(select(dx, 0, 1), 0, 40, 30);
    CHECK(identical(hidden.contiguous_data(), zeros({30, 8}, DType::f64)));
    const Tensor alone = encoder(narrow(narrow(x, 0, 1, 1), 1, 0, 40));
    check_equal(alone, narrow(narrow(y, 0, 1, 1), 1, 0, 40));
  }
}

TEST_CASE("relative bias: buckets and clipped distances", "[nn]") {
  using Kind = RelativeBiasOptions::Kind;
  const RelativeBias both({}, 2), before({.bidirectional = false}, 2);
  // The buckets of the authors' code for 32 buckets up to 128.
  const std::vector<std::pair<int64_t, int64_t>> known = {
      {0, 0},     {-1, 1},    {-7, 7}, {-8, 8}, {-11, 8}, {-12, 9}, {-16, 10}, {-64, 14},
      {-127, 15}, {-500, 15}, {1, 17}, {7, 23}, {8, 24},  {16, 26}, {500, 31}};
  for (const auto& [distance, bucket] : known) CHECK(both.bucket(distance) == bucket);
  CHECK(before.bucket(5) == 0);
  CHECK(before.bucket(-15) == 15);
  CHECK(before.bucket(-16) == 16);
  CHECK(before.bucket(-128) == 31);
  RelativeBias clipped({.kind = Kind::clipped, .max_distance = 2}, 3);
  clipped.to(DType::f64);
  CHECK(keys(clipped) == "weight ");
  CHECK(clipped.weight.shape() == Shape{5, 3});
  clipped.weight.detach().copy_(input({5, 3}));
  const Tensor y = clipped(4, 6, 1);
  for (int64_t h = 0; h < 3; ++h)
    for (int64_t i = 0; i < 4; ++i)
      for (int64_t j = 0; j < 6; ++j) {
        const int64_t d = std::clamp<int64_t>(j - i - 1, -2, 2) + 2;
        CHECK(y.to_vector<double>()[static_cast<size_t>((h * 4 + i) * 6 + j)] ==
              clipped.weight.to_vector<double>()[static_cast<size_t>(d * 3 + h)]);
      }
  const GradcheckReport r = gradcheck(clipped, [&](Inputs) { return Tensors{clipped(4, 6)}; }, {});
  CHECK(r.verdict == Verdict::pass);
  CHECK(has(message_of([] { RelativeBias({.max_distance = 8}, 2); }), "must be larger"));
  CHECK(has(message_of([] { RelativeBias({.num_buckets = 2}, 2); }), "num_buckets 2"));
}

TEST_CASE("attention with a relative bias: gradients; weights; cache", "[nn][gradcheck]") {
  MultiheadAttention attention = stirred(
      MultiheadAttention({.embed_dim = 4,
                          .num_heads = 2,
                          .relative = RelativeBiasOptions{.num_buckets = 8, .max_distance = 6}}));
  const auto call = [&](Inputs in) { return Tensors{attention(in[0], Mask::causal())}; };
  CHECK(gradcheck(attention, call, {input({2, 5, 4})}).verdict == Verdict::pass);
  CHECK(has(keys(attention), "relative.weight"));
  attention.to(DType::f64);
  attention.eval();
  const Tensor x = input({2, 9, 4});
  const Tensor whole = attention(x, Mask::causal());
  check_equal(attention.with_weights(x, x, x, Mask::causal()).output, whole);
  const NoGrad no_grad;
  KeyValueCache cache;
  check_equal(attention(narrow(x, 1, 0, 5), cache), narrow(whole, 1, 0, 5));
  check_equal(attention(narrow(x, 1, 5, 4), cache), narrow(whole, 1, 5, 4));
}

TEST_CASE("the sinusoidal code of a shifted position is a rotation of it", "[nn]") {
  for (double k : {1.0, 7.5, -300.0}) {
    const Tensor shift = sinusoidal_shift(k, 10);
    const Tensor t = tensor({0, 1, 2.5, 90}, DType::f64), later = add(t, k);
    check_equal(matmul(sinusoidal(t, 10), transpose(shift, 0, 1)), sinusoidal(later, 10));
    check_equal(matmul(shift, transpose(shift, 0, 1)), tensor(
                                                           [] {
                                                             std::vector<double> one(100);
                                                             for (size_t i = 0; i < 10; ++i)
                                                               one[11 * i] = 1;
                                                             return one;
                                                           }(),
                                                           {10, 10}, DType::f64));
  }
  CHECK(has(message_of([] { sinusoidal_shift(1, 5); }), "d_model 5 is odd"));
}

TEST_CASE("a layer's window equals a mask and its cache stops growing", "[nn]") {
  for (int64_t window : {1, 2, 5, 64}) {
    MultiheadAttentionOptions o{.embed_dim = 8, .num_heads = 4, .num_kv_heads = 2, .alibi = true};
    o.rope.emplace();
    MultiheadAttention wide = stirred(MultiheadAttention(o));
    o.window = window;
    MultiheadAttention near = stirred(MultiheadAttention(o));
    wide.to(DType::f64);
    near.to(DType::f64);
    wide.eval();
    near.eval();
    const NoGrad no_grad;
    const Tensor x = input({2, 12, 8});
    const Tensor whole = wide(x, Mask::causal() & Mask::window(window - 1, 0));
    check_equal(near(x, Mask::causal()), whole);
    check_equal(near.with_weights(x, x, x, Mask::causal()).output, whole);
    KeyValueCache cache;
    check_equal(near(narrow(x, 1, 0, 4), cache), narrow(whole, 1, 0, 4));
    check_equal(near(narrow(x, 1, 4, 3), cache), narrow(whole, 1, 4, 3));
    for (int64_t t = 7; t < 12; ++t)
      check_equal(near(narrow(x, 1, t, 1), cache), narrow(whole, 1, t, 1));
    CHECK(cache.length() == 12);
    CHECK(cache.bytes() == 2 * 2 * 4 * std::min<int64_t>(window - 1, 12) * 8);  // k and v, B, G D
  }
  CHECK(has(message_of([] {
              MultiheadAttention(
                  {.embed_dim = 4, .num_heads = 2, .linear = FeatureMap::elu, .window = 3});
            }),
            "dropout, scale or window"));
}

TEST_CASE("linear attention as a layer: gradients; weights; a state for decoding",
          "[nn][gradcheck]") {
  for (FeatureMap map : {FeatureMap::elu, FeatureMap::relu})
    for (int64_t kv : {2, 4}) {
      MultiheadAttention attention = stirred(
          MultiheadAttention({.embed_dim = 8, .num_heads = 4, .num_kv_heads = kv, .linear = map}));
      const Mask mask = Mask::causal() & Mask::padding({5, 3});
      const auto call = [&](Inputs in) { return Tensors{attention(in[0], mask)}; };
      CHECK(gradcheck(attention, call, {input({2, 5, 8})}).verdict == Verdict::pass);
      attention.to(DType::f64);
      attention.eval();
      const Tensor x = input({2, 200, 8}), whole = attention(x, Mask::causal());
      const auto [output, weights] = attention.with_weights(x, x, x, Mask::causal(), false);
      check_equal(output, whole);
      const NoGrad no_grad;
      AttentionRecorder seen;
      check_equal(attention(x, Mask::causal()), whole, 0);
      check_equal(seen.records[0].weights, weights);
      KeyValueCache cache;
      check_equal(attention(narrow(x, 1, 0, 150), cache), narrow(whole, 1, 0, 150));
      const int64_t bytes = cache.bytes();
      CHECK(bytes == 2 * kv * 2 * 3 * 8);  // B, G, D, D + 1, bytes
      for (int64_t t = 150; t < 153; ++t)
        check_equal(attention(narrow(x, 1, t, 1), cache), narrow(whole, 1, t, 1));
      CHECK(cache.length() == 153);
      cache.reorder({1, 0});
      CHECK(cache.bytes() == bytes);
      check_equal(attention(narrow(index_select(x, 0, {1, 0}), 1, 153, 47), cache),
                  narrow(index_select(whole, 0, {1, 0}), 1, 153, 47));
    }
  CHECK(has(message_of([] {
              MultiheadAttention(
                  {.embed_dim = 4, .num_heads = 2, .alibi = true, .linear = FeatureMap::elu});
            }),
            "does not support alibi"));
}

TEST_CASE("the scale of scores can be chosen", "[nn]") {
  MultiheadAttention plain({.embed_dim = 8, .num_heads = 2});
  MultiheadAttention unscaled({.embed_dim = 8, .num_heads = 2, .scale = 1});
  plain.to(DType::f64);
  unscaled.to(DType::f64);
  StateDict state = plain.state_dict();
  unscaled.load_state_dict(state);
  const Tensor x = input({2, 3, 8});
  CHECK(worst_gap(plain(x), unscaled(x)) > 1e-6);
  Tensor w = state["in_proj_weight"].clone_data();
  narrow(w, 0, 0, 8).copy_(mul(narrow(w, 0, 0, 8), 2.0));  // sqrt(D)
  state["in_proj_weight"] = w;
  plain.load_state_dict(state);
  check_equal(plain(x), unscaled(x));
  check_equal(unscaled.with_weights(x, x, x).output, unscaled(x));
}

}  // namespace nn_attention_test
