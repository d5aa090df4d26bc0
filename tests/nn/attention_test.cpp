// SPDX-License-Identifier: MIT
// MultiheadAttention's options: heads in groups, windows, caches.
#include "gradus/nn/attention.h"

#include <cmath>

#include "gradus/autograd/autograd.h"
#include "gradus/nn/gradcheck.h"
#include "gradus/nn/init.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace {

// Layers whose parameters are all drawn at random: zeros and ones hide mistakes.
template <class M> M stirred(M module) {
  Generator gen(99);
  for (const Tensor& p : module.parameters()) uniform_(p, -0.7, 0.7, gen);
  return module;
}

MultiheadAttention grouped(int64_t kv_heads) {
  return stirred(
      MultiheadAttention({.embed_dim = 8, .num_heads = 4, .num_kv_heads = kv_heads}));
}

}  // namespace

TEST_CASE("heads in groups: gradients, keys, and the same as repeated heads", "[nn][gradcheck]") {
  const Mask mask = Mask::causal() & Mask::padding({3, 2});
  for (int64_t kv : {1, 2}) {
    MultiheadAttention attention = grouped(kv);
    const auto call = [&](Inputs in) { return Tensors{attention(in[0], mask)}; };
    CHECK(gradcheck(attention, call, {input({2, 3, 8})}).verdict == Verdict::pass);
    CHECK(attention.in_proj_weight.shape() == Shape{8 + 4 * kv, 8});
    // A layer with all heads, the shared ones written out, computes the same.
    MultiheadAttention whole = stirred(MultiheadAttention({.embed_dim = 8, .num_heads = 4}));
    whole.to(DType::f64), attention.to(DType::f64);
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

TEST_CASE("a cache holds the heads of keys alone, and its rows can be put in another order",
          "[nn]") {
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
  MultiheadAttention turned({.embed_dim = 8, .num_heads = 4, .rope = RopeOptions{}});
  CHECK(has(message_of([&] { turned.remembered(x, x); }), "no places"));
}

TEST_CASE("a window hides what is far: layers see so many steps further", "[nn]") {
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
  for (bool norm_first : {false, true}) {
    TransformerDecoder decoder({.layer = {.d_model = 8,
                                          .nhead = 2,
                                          .dim_feedforward = 12,
                                          .dropout = 0,
                                          .norm_first = norm_first},
                                .num_layers = 2,
                                .norm = norm_first});
    decoder.to(DType::f64);
    decoder.eval();
    const NoGrad no_grad;
    const Tensor memory = input({2, 5, 8}), tgt = input({2, 6, 8}, 2);
    const Mask padding = Mask::padding({5, 3});
    const Tensor whole = decoder(tgt, memory, Mask::causal(), padding);
    DecoderCache cache = decoder.cache(memory);
    check_equal(decoder(narrow(tgt, 1, 0, 3), cache, padding), narrow(whole, 1, 0, 3));
    CHECK(cache.length() == 3);
    CHECK(cache.bytes() == 2 * 2 * 2 * (5 + 3) * 8 * 8);  // layers, k and v, B, places, C, bytes
    for (int64_t t = 3; t < 6; ++t)
      check_equal(decoder(narrow(tgt, 1, t, 1), cache, padding), narrow(whole, 1, t, 1));
    DecoderCache other;
    CHECK(has(message_of([&] { decoder(tgt, other); }), "a cache of 0 layers for 2"));
  }
}
