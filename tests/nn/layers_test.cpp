// SPDX-License-Identifier: MIT
// Layers: gradients by parameter name, initial values, keys, and masks.
#include <cmath>

#include "gradus/autograd/autograd.h"
#include "gradus/nn/gradcheck.h"
#include "gradus/nn/init.h"
#include "gradus/nn/position.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace nn_layers_test {

template <class M> void check_gradients(M&& module, const std::vector<Tensor>& inputs) {
  const GradcheckReport report = gradcheck(module, inputs);
  INFO(report.str());
  CHECK(report.verdict == Verdict::pass);
  CHECK(report.entries.size() >= inputs.size());
}

void check_gradients(Module& module, const CheckedFunction& call,
                     const std::vector<Tensor>& inputs) {
  const GradcheckReport report = gradcheck(module, call, inputs);
  INFO(report.str());
  CHECK(report.verdict == Verdict::pass);
}

// Draws all parameters of a layer at random: zeros and ones hide mistakes.
template <class M> M stirred(M module) {
  Generator gen(99);
  for (const Tensor& p : module.parameters()) uniform_(p, -0.7, 0.7, gen);
  return module;
}

constexpr TransformerLayerOptions small{
    .d_model = 4, .nhead = 2, .dim_feedforward = 6, .dropout = 0, .activation = Activation::gelu};

TEST_CASE("gradients of the small layers", "[nn][gradcheck]") {
  check_gradients(Linear({4, 3}), {input({2, 5, 4})});
  check_gradients(Linear({4, 3, false}), {input({4})});
  check_gradients(stirred(LayerNorm({.normalized_shape = {3, 2}})), {input({4, 3, 2})});
  check_gradients(LayerNorm({.normalized_shape = {3}, .elementwise_affine = false}),
                  {input({4, 3})});
  check_gradients(stirred(RMSNorm({.normalized_shape = {5}})), {input({2, 5})});
  check_gradients(
      FeedForward(
          {.d_model = 3, .dim_feedforward = 5, .dropout = 0, .activation = Activation::gelu}),
      {input({2, 3})});
  check_gradients(LearnedPosition({.d_model = 4, .max_len = 5}), {input({2, 3, 4})});
  check_gradients(SinusoidalPosition({.d_model = 4, .max_len = 5}), {input({2, 3, 4})});
  const Tensor ids = tensor({0, 2, 2, 1, 3, 0}, DType::i64);
  check_gradients(Embedding({.num_embeddings = 4, .embedding_dim = 3, .padding_idx = 2}), {ids});
}

TEST_CASE("gradients of attention", "[nn][gradcheck]") {
  const Tensor x = input({2, 3, 4}), memory = input({2, 5, 4}, 2);
  MultiheadAttention attention = stirred(MultiheadAttention({.embed_dim = 4, .num_heads = 2}));
  check_gradients(attention, {x});
  check_gradients(attention, {x, memory, input({2, 5, 4}, 3)});
  const Mask mask = Mask::causal() & Mask::padding({2, 3});
  check_gradients(attention, [&](Inputs in) { return Tensors{attention(in[0], mask)}; }, {x});
  check_gradients(attention, [&](Inputs in) { return Tensors{attention(in[0], in[1], in[1])}; },
                  {x, memory});
  check_gradients(attention,
                  [&](Inputs in) {
                    const auto [output, weights] =
                        attention.with_weights(in[0], in[1], in[1], mask);
                    return Tensors{output, weights};
                  },
                  {x, memory});
  check_gradients(MultiheadAttention({.embed_dim = 4, .num_heads = 1, .bias = false}), {x});
  check_gradients(
      stirred(MultiheadAttention({.embed_dim = 4, .num_heads = 2, .kdim = 3, .vdim = 5})),
      {x, input({2, 5, 3}), input({2, 5, 5})});
}

TEST_CASE("gradients of transformer layers and stacks", "[nn][gradcheck]") {
  const Tensor x = input({2, 3, 4}), memory = input({2, 4, 4}, 2);
  for (bool norm_first : {false, true}) {
    TransformerLayerOptions options = small;
    options.norm_first = norm_first;
    check_gradients(stirred(TransformerEncoderLayer(options)), {x});
    TransformerDecoderLayer decoder = stirred(TransformerDecoderLayer(options));
    check_gradients(decoder,
                    [&](Inputs in) {
                      return Tensors{decoder(in[0], in[1], Mask::causal(), Mask::padding({4, 2}))};
                    },
                    {x, memory});
  }
  Transformer whole({.d_model = 4,
                     .nhead = 2,
                     .num_encoder_layers = 2,
                     .num_decoder_layers = 2,
                     .dim_feedforward = 6,
                     .dropout = 0,
                     .activation = Activation::gelu});
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const DirectionalCheck r = directional_gradcheck(whole, call_of(whole), {memory, x}, seed);
    INFO("seed " << seed << ": " << r.analytic << " and " << r.numeric);
    CHECK(r.verdict == Verdict::pass);
  }
}

TEST_CASE("a wrong gradient in a module is found and named", "[nn][gradcheck]") {
  struct Half : Module {  // detaches half of what it computes
    Linear right{{3, 2}}, wrong{{3, 2}};
    void visit(Visitor& v) override { v("right", right), v("wrong", wrong); }
    Tensor operator()(const Tensor& x) const {
      return right(x) + 0.5 * wrong(x) + 0.5 * wrong(x).detach();
    }
  };
  Half module;
  const GradcheckReport report = gradcheck(module, {input({4, 3})});
  CHECK(report.verdict == Verdict::fail);
  for (const GradcheckEntry& e : report.entries) {
    INFO(report.str());
    const bool broken = e.name == "input 0" || e.name.starts_with("wrong.");
    CHECK((e.verdict == Verdict::fail) == broken);
  }
  CHECK(module.dtype() == DType::f32);  // it was checked in f64 and is unchanged
  const DirectionalCheck directional =
      directional_gradcheck(module, call_of(module), {input({4, 3})});
  CHECK(directional.verdict == Verdict::fail);

  FeedForward with_dropout({.d_model = 3, .dim_feedforward = 5, .dropout = 0.5});
  CHECK(gradcheck(with_dropout, {input({2, 3})}).verdict == Verdict::undecided);
}

TEST_CASE("keys are PyTorch's", "[nn]") {
  CHECK(keys(Linear({2, 3})) == "weight bias ");
  CHECK(keys(MultiheadAttention({.embed_dim = 4, .num_heads = 2})) ==
        "in_proj_weight in_proj_bias out_proj.weight out_proj.bias ");
  CHECK(keys(MultiheadAttention({.embed_dim = 4, .num_heads = 2, .bias = false, .kdim = 3})) ==
        "q_proj_weight k_proj_weight v_proj_weight out_proj.weight ");
  CHECK(keys(TransformerEncoder({.layer = small, .num_layers = 1, .norm = true})) ==
        "layers.0.self_attn.in_proj_weight layers.0.self_attn.in_proj_bias "
        "layers.0.self_attn.out_proj.weight layers.0.self_attn.out_proj.bias "
        "layers.0.linear1.weight layers.0.linear1.bias layers.0.linear2.weight "
        "layers.0.linear2.bias layers.0.norm1.weight layers.0.norm1.bias layers.0.norm2.weight "
        "layers.0.norm2.bias norm.weight norm.bias ");
  CHECK(has(keys(TransformerDecoderLayer(small)), "multihead_attn.out_proj.bias"));
  CHECK(has(keys(TransformerDecoderLayer(small)), "norm3.weight"));
  // 4 d^2 + 4 d for attention, 2 d f + f + d for the feed-forward, 4 d for the norms
  CHECK(TransformerEncoderLayer(small).count() == 4 * 16 + 16 + 2 * 24 + 6 + 4 + 16);
}

TEST_CASE("initial values have PyTorch's distributions and depend only on the generator", "[nn]") {
  Generator gen(5), again(5);
  const Linear layer({100, 50}, gen), twin({100, 50}, again);
  CHECK(identical(layer.weight, twin.weight));
  const auto extremes = [](const Tensor& w) {
    double top = 0, squares = 0;
    for (double x : w.to_vector<double>()) {
      top = std::max(top, std::abs(x));
      squares += x * x;
    }
    return std::pair(top, std::sqrt(squares / static_cast<double>(w.numel())));
  };
  const auto [top, deviation] = extremes(layer.weight);
  CHECK(top <= 0.1);
  CHECK(top > 0.0999);
  CHECK(std::abs(deviation - 0.1 / std::sqrt(3.0)) < 1e-3);
  CHECK(extremes(layer.bias).first <= 0.1);
  const Embedding table({.num_embeddings = 200, .embedding_dim = 50, .padding_idx = 7}, gen);
  CHECK(std::abs(extremes(table.weight).second - 1) < 0.02);
  CHECK(extremes(select(table.weight, 0, 7)).first == 0);
  const MultiheadAttention attention({.embed_dim = 60, .num_heads = 3}, gen);
  CHECK(std::abs(extremes(attention.in_proj_weight).first - std::sqrt(6.0 / 240)) < 1e-4);
  CHECK(extremes(attention.in_proj_bias).first == 0);
  CHECK(extremes(attention.out_proj.bias).first == 0);
  Tensor w = zeros({30, 20, 2});
  CHECK(fans(w).in == 40);
  CHECK(fans(w).out == 60);
  kaiming_uniform_(w, gen);
  CHECK(std::abs(extremes(w).first - std::sqrt(6.0 / 40)) < 1e-3);
  kaiming_normal_(w, gen);
  CHECK(std::abs(extremes(w).second - std::sqrt(2.0 / 40)) < 0.02);
  xavier_normal_(w, gen, 2);
  CHECK(std::abs(extremes(w).second - 2 * std::sqrt(2.0 / 100)) < 0.02);
  CHECK(has(message_of([&] { xavier_uniform_(zeros({3}), gen); }), "two axes"));
  CHECK(has(message_of([&] { uniform_(w, 1, 0, gen); }), "1 to 0"));
  const TransformerEncoder stack({.layer = small, .num_layers = 2});  // not copies of one layer
  CHECK(!identical(stack.layers[0].self_attn.in_proj_weight,
                   stack.layers[1].self_attn.in_proj_weight));
}

TEST_CASE("initial values can be skipped if weights are loaded", "[nn]") {
  Generator one(3), two(3);
  {
    const NoFirstValues none;
    const NoFirstValues inner;
    const Linear empty({4, 5}, one);
    CHECK(empty.weight.to_vector<double>() == std::vector<double>(20, 0));
  }
  const Linear a({4, 5}, one), b({4, 5}, two);
  CHECK(a.weight.to_vector<double>() == b.weight.to_vector<double>());
  CHECK(a.weight.to_vector<double>() != std::vector<double>(20, 0));
}

TEST_CASE("positions: sinusoidal codes of steps and of times; learned codes", "[nn]") {
  const DefaultDType f64(DType::f64);
  const Tensor code = sinusoidal(6, 5);
  CHECK(code.shape() == Shape{6, 5});
  const std::vector<double> v = code.to_vector<double>();
  for (int t = 0; t < 6; ++t)
    for (int i = 0; i < 5; ++i) {
      const double angle = t / std::pow(10000, (i / 2 * 2) / 5.0);
      CHECK(std::abs(v[static_cast<size_t>(t * 5 + i)] -
                     (i % 2 ? std::cos(angle) : std::sin(angle))) < 1e-14);
    }
  const Tensor times = tensor({{0, 0.5, 3}, {1, 2, 5}}, DType::f64);
  const Tensor at_times = sinusoidal(times, 5);
  CHECK(at_times.shape() == Shape{2, 3, 5});
  CHECK(identical(select(select(at_times, 0, 1), 0, 2).contiguous_data(),
                  select(code, 0, 5).contiguous_data()));
  const SinusoidalPosition position({.d_model = 5, .max_len = 6});
  check_equal(position(zeros({2, 4, 5})), broadcast_to(narrow(code, 0, 0, 4), {2, 4, 5}), 0);
  CHECK(has(message_of([&] { position(zeros({2, 7, 5})); }), "max_len is 6"));
  CHECK(has(message_of([&] { position(zeros({2, 6, 4})); }), "[..., T, 5]"));
  CHECK(has(message_of([&] { sinusoidal(times, 0); }), "d_model"));
}

TEST_CASE("self-attention by one product equals attention by three", "[nn]") {
  MultiheadAttention attention = stirred(MultiheadAttention({.embed_dim = 6, .num_heads = 3}));
  attention.to(DType::f64);
  const Tensor x = input({2, 4, 6});
  const Mask mask = Mask::causal();
  const Tensor one = attention(x, mask);
  check_equal(one, attention(x, x.clone_data(), x.clone_data(), mask));
  check_equal(one, attention.with_weights(x, x, x, mask).output);
  CHECK(has(message_of([&] { attention(x, input({2, 4, 5}), x); }), "key is f64 [2, 4, 5]"));
  CHECK(has(message_of([&] { attention(x, input({3, 4, 6}), x); }), "batch sizes"));
  CHECK(has(message_of([&] { attention(x, x, input({2, 5, 6})); }), "lengths"));
  CHECK(has(message_of([] { MultiheadAttention({.embed_dim = 6, .num_heads = 4}); }), "4 heads"));
}

TEST_CASE("hidden positions have exactly zero gradient; a row without keys gives the bias",
          "[nn]") {
  TransformerEncoder encoder = stirred(TransformerEncoder({.layer = small, .num_layers = 2}));
  encoder.to(DType::f64);
  Tensor x = input({2, 5, 4});
  x.requires_grad_();
  const Tensor seen = encoder(x, Mask::causal() & Mask::padding({5, 3}));
  for (int64_t t = 0; t < 5; ++t) {
    const Tensor g = grad(select(seen, 1, t), x, input({2, 4}), {.retain_graph = true});
    const std::vector<double> v = g.to_vector<double>();
    for (int64_t b = 0; b < 2; ++b)
      for (int64_t s = 0; s < 5; ++s) {
        bool zero = true;
        for (size_t c = 0; c < 4; ++c)
          zero = zero && v[static_cast<size_t>(b * 5 + s) * 4 + c] == 0;
        INFO("output " << t << " of sample " << b << ", input " << s);
        // A padded step gets a gradient only through its own residual path.
        CHECK(zero == (s > t || (b == 1 && s >= 3 && s != t)));
      }
  }
  MultiheadAttention attention = stirred(MultiheadAttention({.embed_dim = 4, .num_heads = 2}));
  attention.to(DType::f64);
  Tensor y = input({2, 3, 4});
  y.requires_grad_();
  const Tensor out = attention(y, Mask::padding({3, 0}));
  check_equal(select(out, 0, 1).detach(), broadcast_to(attention.out_proj.bias, {3, 4}).detach(),
              0);
  const std::vector<double> g = grad(select(out, 0, 1), y, input({3, 4})).to_vector<double>();
  for (double v : g) CHECK(v == 0);
}

TEST_CASE("more padding or another batch order or eval change nothing", "[nn]") {
  TransformerEncoder encoder = stirred(TransformerEncoder({.layer = small, .num_layers = 2}));
  encoder.to(DType::f64);
  const Tensor x = input({2, 4, 4});
  const Tensor plain = encoder(x, Mask::padding({4, 2}));
  Tensor longer = input({2, 9, 4}, 7);
  longer.with_layout(longer.layout().sliced(1, 0, 4, 1)).copy_(x);
  const Tensor padded = encoder(longer, Mask::padding({4, 2}));
  check_equal(select(plain, 0, 0), narrow(select(padded, 0, 0), 0, 0, 4));
  check_equal(narrow(select(plain, 0, 1), 0, 0, 2), narrow(select(padded, 0, 1), 0, 0, 2));
  Tensor swapped = x.clone_data();
  swapped.with_layout(swapped.layout().selected(0, 0)).copy_(select(x, 0, 1));
  swapped.with_layout(swapped.layout().selected(0, 1)).copy_(select(x, 0, 0));
  const Tensor other = encoder(swapped, Mask::padding({2, 4}));
  check_equal(select(plain, 0, 0), select(other, 0, 1));
  encoder.eval();
  CHECK(identical(plain, encoder(x, Mask::padding({4, 2}))));
}

TEST_CASE("looking at attention changes no bit; records carry the layers' names", "[nn]") {
  Transformer model({.d_model = 8,
                     .nhead = 2,
                     .num_encoder_layers = 1,
                     .num_decoder_layers = 2,
                     .dim_feedforward = 12,
                     .dropout = 0.1});
  model.named_parameters();
  const Tensor src = input({2, 5, 8}).to(DType::f32), tgt = input({2, 3, 8}, 4).to(DType::f32);
  const TransformerMasks masks{.tgt = Mask::causal(), .memory = Mask::padding({5, 0})};
  manual_seed(3);
  const Tensor plain = model(src, tgt, masks);
  manual_seed(3);
  AttentionRecorder seen;
  CHECK(identical(model(src, tgt, masks), plain));
  REQUIRE(seen.records.size() == 5);
  CHECK(seen.records[0].name == "encoder.layers.0.self_attn");
  CHECK(seen.records[4].name == "decoder.layers.1.multihead_attn");
  CHECK(seen.last("1.multihead_attn").shape() == Shape{2, 2, 3, 5});
  const Tensor sums = sum(seen.last("1.multihead_attn"), {-1});
  for (double s : select(sums, 0, 0).to_vector<double>()) CHECK(std::abs(s - 1) < 1e-6);
  for (double s : select(sums, 0, 1).to_vector<double>()) CHECK(s == 0);
  CHECK(seen.last("0.self_attn").to_vector<double>()[1] == 0);  // the future
  CHECK(has(message_of([&] { seen.last("layers.9"); }), "encoder.layers.0.self_attn"));
}

TEST_CASE("train and eval differ only by dropout; clones share nothing", "[nn]") {
  TransformerLayerOptions options = small;
  options.dropout = 0.4;
  TransformerEncoder encoder({.layer = options, .num_layers = 2, .norm = true});
  const Tensor x = input({2, 3, 4}).to(DType::f32);
  manual_seed(1);
  const Tensor first = encoder(x), second = encoder(x);
  CHECK(!identical(first, second));
  manual_seed(1);
  CHECK(identical(first, encoder(x)));
  encoder.eval();
  const Tensor quiet = encoder(x);
  CHECK(identical(quiet, encoder(x)));
  TransformerEncoder copy = encoder.clone();
  CHECK(identical(quiet, copy(x)));
  {
    const NoGrad no_grad;
    for (Tensor p : copy.parameters()) p.fill_(0);
  }
  CHECK(identical(quiet, encoder(x)));
}

TEST_CASE("layers take empty batches and empty sequences", "[nn]") {
  const TransformerDecoderLayer layer(small);
  CHECK(layer(zeros({0, 3, 4}), zeros({0, 5, 4})).shape() == Shape{0, 3, 4});
  CHECK(layer(zeros({2, 0, 4}), zeros({2, 5, 4})).shape() == Shape{2, 0, 4});
  const Tensor alone = layer(zeros({2, 3, 4}), zeros({2, 0, 4}));
  for (double v : alone.to_vector<double>()) CHECK(std::isfinite(v));
}

}  // namespace nn_layers_test
