// SPDX-License-Identifier: MIT
// Convolutional layers, the temporal convolutional network, additive and multiplicative attention.
#include <cmath>

#include "gradus/autograd/autograd.h"
#include "gradus/nn/attention.h"
#include "gradus/nn/conv.h"
#include "gradus/nn/gradcheck.h"
#include "gradus/nn/position.h"
#include "gradus/nn/score_attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/rope.h"
#include "gradus/ops/view.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace nn_sequence_layers_test {

constexpr AttentionScore scores[] = {AttentionScore::additive, AttentionScore::dot,
                                     AttentionScore::general, AttentionScore::concat};

TEST_CASE("gradients of Conv1d and TCN", "[nn][gradcheck]") {
  Conv1d plain({.in_channels = 4,
                .out_channels = 6,
                .kernel_size = 3,
                .stride = 2,
                .padding = 1,
                .groups = 2});
  CHECK(gradcheck(plain, {input({2, 4, 7})}).verdict == Verdict::pass);
  Conv1d normed({.in_channels = 3,
                 .out_channels = 2,
                 .kernel_size = 2,
                 .dilation = 2,
                 .causal = true,
                 .weight_norm = true});
  const GradcheckReport report = gradcheck(normed, {input({2, 3, 5})});
  INFO(report.str());
  CHECK(report.verdict == Verdict::pass);
  CHECK(report.entries.size() == 4);
  TCN net({.input_size = 3, .num_channels = {4, 4, 2}, .kernel_size = 2, .dropout = 0});
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const DirectionalCheck r =
        directional_gradcheck(net, call_of(net), {input({2, 9, 3})}, seed, 1e-6);
    INFO("seed " << seed << ": " << r.analytic << " and " << r.numeric);
    CHECK(r.verdict == Verdict::pass);
  }
}

TEST_CASE("keys of convolutional layers; weight norm starts as the plain layer", "[nn]") {
  CHECK(keys(Conv1d({.in_channels = 1, .out_channels = 1, .kernel_size = 1})) == "weight bias ");
  Conv1d normed({.in_channels = 3, .out_channels = 2, .kernel_size = 2, .weight_norm = true});
  CHECK(keys(normed) == "weight_g weight_v bias ");
  const Tensor x = input({2, 3, 5}).to(DType::f32);
  check_equal(normed(x), conv1d(x, normed.weight_v, normed.bias), 1e-6);
  check_equal(normed(x), normed.clone()(x), 0);
  TCN net({.input_size = 2, .num_channels = {3, 3}});
  CHECK(has(keys(net), "network.0.conv1.weight_g network.0.conv1.weight_v network.0.conv1.bias "));
  CHECK(has(keys(net), "network.0.downsample.weight network.0.downsample.bias network.1.conv1"));
  CHECK(!has(keys(net), "network.1.downsample"));
  CHECK(has(message_of([] {
              Conv1d({.in_channels = 3, .out_channels = 2, .kernel_size = 1, .groups = 2});
            }),
            "groups 2"));
  CHECK(has(message_of([] { TCN({.input_size = 2}); }), "num_channels is empty"));
  CHECK(has(message_of([&] { net(zeros({2, 3, 4})); }), "[B, T, 2]"));
}

TEST_CASE("a TCN sees its receptive field and nothing else", "[nn]") {
  TCN net({.input_size = 2, .num_channels = {4, 4, 4}, .kernel_size = 3, .dropout = 0.5});
  net.to(DType::f64);
  net.eval();
  CHECK(net.receptive_field() == 29);
  Tensor x = input({1, 60, 2});
  x.requires_grad_();
  const Tensor y = net(x);
  const std::vector<double> g = grad(sum(select(y, 1, 40)), x).to_vector<double>();
  for (size_t t = 0; t < 60; ++t) {
    const bool seen = g[2 * t] != 0 || g[2 * t + 1] != 0;
    if (t > 40 || t < 40 - 28) CHECK(!seen);
    if (t == 40) CHECK(seen);
  }
  check_equal(narrow(y, 1, 0, 30), net(narrow(x, 1, 0, 30)));
}

TEST_CASE("gradients of additive and multiplicative attention", "[nn][gradcheck]") {
  const Mask mask = Mask::padding({3, 1});
  for (AttentionScore score : scores) {
    const int64_t width = score == AttentionScore::dot ? 4 : 3;
    ScoreAttention attention({.query_dim = 4, .key_dim = width, .hidden = 5, .score = score});
    const auto call = [&](Inputs in) {
      const auto [context, weights] = attention(in[0], in[1], mask);
      return Tensors{context, weights};
    };
    const GradcheckReport report =
        gradcheck(attention, call, {input({2, 2, 4}), input({2, 3, width}, 2)});
    INFO(name(score) << "\n" << report.str());
    CHECK(report.verdict == Verdict::pass);
  }
}

TEST_CASE("scores are the formulas; weights sum to 1 over real keys and are recorded", "[nn]") {
  for (AttentionScore score : scores) {
    ScoreAttention attention({.query_dim = 3, .key_dim = 3, .hidden = 4, .score = score});
    attention.to(DType::f64);
    const Tensor q = input({2, 2, 3}), k = input({2, 5, 3}, 2);
    AttentionRecorder seen;
    const auto [context, weights] = attention(q, k, Mask::padding({5, 2}));
    REQUIRE(seen.records.size() == 1);
    check_equal(seen.records[0].weights, unsqueeze(weights, 1), 0);
    const std::vector<double> w = weights.to_vector<double>();
    for (size_t row = 0; row < 4; ++row) {
      double total = 0;
      for (size_t j = 0; j < 5; ++j) {
        total += w[row * 5 + j];
        if (row >= 2 && j >= 2) CHECK(w[row * 5 + j] == 0);
      }
      CHECK(std::abs(total - 1) < 1e-12);
    }
    check_equal(context, matmul(weights, k));
  }
  ScoreAttention additive({.query_dim = 2, .key_dim = 3, .hidden = 4});
  CHECK(keys(additive) == "W_h.weight W_s.weight v_a.weight ");
  additive.to(DType::f64);
  const Tensor q = input({1, 1, 2}), k = input({1, 2, 3}, 5);
  const auto score = [&](int64_t j) {
    const Tensor h = (*additive.W_h)(narrow(k, 1, j, 1)) + (*additive.W_s)(q);
    return (*additive.v_a)(tanh(h)).item();
  };
  const double first = 1 / (1 + std::exp(score(1) - score(0)));
  CHECK(std::abs(additive(q, k).weights.to_vector<double>()[0] - first) < 1e-12);
  CHECK(has(message_of([] {
              ScoreAttention({.query_dim = 2, .key_dim = 3, .score = AttentionScore::dot});
            }),
            "equal widths"));
  CHECK(has(message_of([&] { additive(q, zeros({1, 2, 4})); }), "[B, S, 3]"));
  CHECK(has(message_of([&] { additive(zeros({2, 1, 2}), k); }), "[1, T, 2]"));
}

TEST_CASE("RoPE: scores depend only on distance; cached keys start at an offset", "[nn]") {
  for (RopePairs pairs : {RopePairs::interleaved, RopePairs::half}) {
    const Tensor q = input({1, 6, 8}), k = input({1, 6, 8}, 2);
    const auto products = [&](int64_t first) {
      const RopeOptions o{.pairs = pairs, .first = first};
      return matmul(rope(q, o), transpose(rope(k, o), -2, -1));
    };
    check_equal(products(0), products(1000), 1e-10);
    check_equal(narrow(rope(q, {.pairs = pairs}), 1, 4, 2),
                rope(narrow(q, 1, 4, 2), {.pairs = pairs, .first = 4}));
  }
}

TEST_CASE("ALiBi: slopes for any number of heads; bias 0 on the diagonal and falling with distance",
          "[nn]") {
  CHECK(alibi_slopes(1) == std::vector<double>{1.0 / 256});
  CHECK(alibi_slopes(4) == std::vector<double>{1.0 / 4, 1.0 / 16, 1.0 / 64, 1.0 / 256});
  CHECK(alibi_slopes(3) == std::vector<double>{1.0 / 16, 1.0 / 256, 1.0 / 4});
  CHECK(alibi_slopes(6) ==
        std::vector<double>{1.0 / 4, 1.0 / 16, 1.0 / 64, 1.0 / 256, 1.0 / 2, 1.0 / 8});
  CHECK(alibi_slopes(12).size() == 12);
  const std::vector<double> b = alibi_bias(2, 3, 5, 2).to_vector<double>();
  for (size_t h = 0; h < 2; ++h)
    for (size_t i = 0; i < 3; ++i)
      for (size_t j = 0; j < 5; ++j)
        CHECK(b[(h * 3 + i) * 5 + j] ==
              -(h ? 1.0 / 256 : 1.0 / 16) *
                  std::abs(static_cast<double>(i + 2) - static_cast<double>(j)));
  CHECK(has(message_of([] { alibi_slopes(0); }), "heads is 0"));
}

}  // namespace nn_sequence_layers_test
