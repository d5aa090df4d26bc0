// SPDX-License-Identifier: MIT
// Modules at the widths and lengths of real models: gradients along a random direction, which
// depends on every element; f32 against f64; the same bits for any number of threads. The results
// of single ops are compared with references in the op table (src/check/size.h).
#include <cmath>

#include "gradus/autograd/autograd.h"
#include "gradus/base/parallel.h"
#include "gradus/nn/gradcheck.h"
#include "gradus/nn/init.h"
#include "gradus/nn/recurrent.h"
#include "gradus/nn/transformer.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace nn_sized_test {

// Outputs, then gradients of parameters and float inputs, for fixed cotangents.
std::vector<Tensor> results(Module& module, const CheckedFunction& call,
                            const std::vector<Tensor>& given, DType dtype) {
  module.to(dtype);
  std::vector<Tensor> inputs, leaves, all, cotangents;
  for (const Tensor& x : given) {
    inputs.push_back(is_float(x.dtype()) ? x.to(dtype).clone_data() : x);
    if (is_float(x.dtype())) leaves.push_back(inputs.back().requires_grad_());
  }
  for (const Tensor& p : module.parameters()) leaves.push_back(p);
  const Tensors outputs = call(inputs);
  std::vector<Tensor> wide;
  for (const Tensor& y : outputs) {
    all.push_back(y.detach());
    wide.push_back(zeros(y.shape(), DType::f64));
  }
  for (const Tensor& c : random_cotangents({wide.data(), wide.size()}, 3))
    cotangents.push_back(c.to(DType::f32).to(dtype));
  const Inputs computed(outputs.data(), outputs.size());
  for (const Tensor& g : grad(computed, leaves, cotangents, {.allow_unused = true}))
    all.push_back(g);
  return all;
}

// Relative to the largest element: in f32 sums of many terms have an error of their size.
double apart(const Tensor& a, const Tensor& b) {
  double largest = 1e-30;
  for (double v : b.to_vector<double>()) largest = std::max(largest, std::abs(v));
  return worst_gap(a.to(DType::f64), b) / largest;
}

void check_size(const std::string& what, Module& module, const CheckedFunction& call,
                std::vector<Tensor> inputs) {
  INFO(what);
  Generator gen(99);  // zeros and ones hide mistakes; numbers of f32 serve both dtypes
  for (const Tensor& p : module.parameters()) uniform_(p, -0.3, 0.3, gen);
  for (Tensor& x : inputs)
    if (is_float(x.dtype())) x = x.to(DType::f32).to(DType::f64);
  const std::vector<Tensor> narrow = results(module, call, inputs, DType::f32);
  const int before = num_threads();
  set_num_threads(before == 3 ? 2 : 3);
  const std::vector<Tensor> threads = results(module, call, inputs, DType::f32);
  set_num_threads(before);
  const std::vector<Tensor> wide = results(module, call, inputs, DType::f64);
  for (size_t k = 0; k < wide.size(); ++k) {
    INFO("result " << k);
    REQUIRE(narrow[k].defined() == wide[k].defined());
    if (!wide[k].defined()) continue;
    CHECK(identical(narrow[k], threads[k]));
    CHECK(apart(narrow[k], wide[k]) <= 1e-4);
  }
  // A short step: many elements are near kinks.
  const DirectionalCheck r = directional_gradcheck(module, call, inputs, 0, 1e-5);
  INFO(r.analytic << " and " << r.numeric);
  CHECK(r.verdict == Verdict::pass);
}

Tensors all_of(const RecurrentResult& r) { return {r.output, r.h_n}; }
Tensors all_of(const LstmResult& r) { return {r.output, r.h_n, r.c_n}; }

// B sequences of several lengths.
std::vector<int64_t> some_lengths(int64_t B, int64_t T) {
  std::vector<int64_t> lengths;
  for (int64_t b = 0; b < B; ++b) lengths.push_back(b * 7 % (T + 1));
  return lengths;
}

template <class M>
void check_recurrent(const std::string& what, const RecurrentLayerOptions& options, int64_t B,
                     int64_t T) {
  M layer(options);
  for (const std::vector<int64_t>& lengths : {std::vector<int64_t>{}, some_lengths(B, T)})
    check_size(what, layer, [&](Inputs in) { return all_of(layer(in[0], lengths)); },
               {input({B, T, options.input_size})});
}

TEST_CASE("small layers at real widths", "[nn][sized]") {
  Linear linear({129, 261});
  check_size("linear", linear, call_of(linear), {input({130, 129})});
  LayerNorm norm({513});
  check_size("layer norm", norm, call_of(norm), {input({67, 513})});
  RMSNorm rms({513});
  check_size("rms norm", rms, call_of(rms), {input({67, 513})});
  FeedForward gated({.d_model = 66, .dim_feedforward = 131, .dropout = 0, .glu = Glu::swiglu});
  check_size("feed-forward", gated, call_of(gated), {input({65, 66})});
  Generator gen(4);
  for (const int64_t rows : {130, 261}) {  // fewer and more than embedding_few_ids
    Embedding table({.num_embeddings = rows, .embedding_dim = 137, .padding_idx = 128});
    check_size("embedding", table, call_of(table), {randint(0, rows, {5, 113}, gen)});
    const Tensor ids = full({3}, 128, DType::i64);
    table.to(DType::f32);
    const Tensor g = grad(table(ids), table.weight, ones({3, 137}));
    CHECK(worst_gap(g, zeros({rows, 137})) == 0);
  }
}

TEST_CASE("attention at real lengths and widths", "[nn][sized]") {
  const Tensor x = input({2, 131, 72}), memory = input({2, 197, 72}, 2);
  const Mask both = Mask::causal() & Mask::padding({131, 70});
  MultiheadAttention own({.embed_dim = 72, .num_heads = 2});
  check_size("self", own, [&](Inputs in) { return Tensors{own(in[0], both)}; }, {x});
  MultiheadAttention grouped({.embed_dim = 72, .num_heads = 6, .num_kv_heads = 2, .alibi = true});
  check_size("grouped", grouped, [&](Inputs in) { return Tensors{grouped(in[0], both)}; }, {x});
  const Mask padding = Mask::padding({197, 66});
  MultiheadAttention across({.embed_dim = 72, .num_heads = 1, .rope = RopeOptions{}});
  check_size("across", across,
             [&](Inputs in) {
               const auto [output, weights] = across.with_weights(in[0], in[1], in[1], padding);
               return Tensors{output, weights};
             },
             {x, memory});
  MultiheadAttention linear({.embed_dim = 72, .num_heads = 2, .linear = FeatureMap::elu});
  check_size("linear", linear, [&](Inputs in) { return Tensors{linear(in[0], both)}; }, {x});
}

TEST_CASE("transformer layers at real lengths and widths", "[nn][sized]") {
  const TransformerLayerOptions options{.d_model = 68,
                                        .nhead = 2,
                                        .dim_feedforward = 133,
                                        .dropout = 0,
                                        .activation = Activation::gelu};
  const Tensor x = input({2, 67, 68}), memory = input({2, 130, 68}, 2);
  TransformerEncoderLayer encoder(options);
  check_size("encoder", encoder,
             [&](Inputs in) {
               return Tensors{encoder(in[0], Mask::padding({67, 65}))};
             },
             {x});
  TransformerDecoderLayer decoder(options);
  check_size("decoder", decoder,
             [&](Inputs in) {
               return Tensors{decoder(in[0], in[1], Mask::causal(), Mask::padding({130, 65}))};
             },
             {x, memory});
}

TEST_CASE("recurrent layers at real widths and batches", "[nn][sized]") {
  const RecurrentLayerOptions wide{.input_size = 66, .hidden_size = 131};
  check_recurrent<RNN>("rnn", wide, 17, 5);
  check_recurrent<GRU>("gru", wide, 33, 4);
  check_recurrent<LSTM>("lstm", wide, 17, 5);
  const RecurrentLayerOptions ways{
      .input_size = 5, .hidden_size = 9, .num_layers = 2, .bidirectional = true};
  check_recurrent<RNN>("rnn of a large batch", ways, 289, 3);
  check_recurrent<GRU>("gru of many steps", ways, 19, 131);
  check_recurrent<LSTM>("lstm of a large batch", ways, 289, 3);
}

}  // namespace nn_sized_test
