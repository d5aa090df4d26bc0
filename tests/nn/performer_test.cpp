// SPDX-License-Identifier: MIT
// PerformerAttention: the formula, its gradient, and how it approaches softmax attention.
#include "tests/catch.h"

#include <cmath>

#include "gradus/autograd/gradcheck.h"
#include "gradus/nn/performer.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"
#include "gradus/tensor/make.h"

using namespace gradus;
using namespace gradus::tests;

namespace nn_performer_test {

// The formula of the docstring, with all pairs of queries and keys.
Tensor by_pairs(const PerformerAttention& attention, const Tensor& q, const Tensor& k,
                const Tensor& v, const Mask& mask) {
  const double root = std::pow(static_cast<double>(q.size(-1)), 0.25);
  const auto phi = [&](const Tensor& x) {
    const Tensor scaled = x / root;
    return exp(matmul(scaled, attention.w.t()) - (scaled * scaled).sum(-1, true) / 2);
  };
  const Tensor pairs = matmul(phi(q), transpose(phi(k), -2, -1)) *
                       mask.dense(q.size(0), q.size(1), q.size(2), k.size(2)).to(q.dtype());
  return matmul(pairs / pairs.sum(-1, true), v);
}

// |y - softmax attention| / |softmax attention|, the root mean square of ten draws.
double distance(int64_t features, bool orthogonal, const Tensor& q, const Tensor& k,
                const Tensor& v) {
  const Tensor exact = scaled_dot_product_attention(q, k, v);
  double squares = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    Generator gen(seed);
    const PerformerAttention attention({q.size(-1), features, orthogonal}, gen);
    const double d = (attention(q, k, v) - exact).norm().item() / exact.norm().item();
    squares += d * d / 10;
  }
  return std::sqrt(squares);
}

TEST_CASE("PerformerAttention equals its formula with all pairs", "[performer]") {
  const DefaultDType wide(DType::f64);
  Generator gen(1);
  const PerformerAttention attention({.head_dim = 6, .features = 10}, gen);
  const Tensor q = randn({2, 3, 7, 6}, gen), k = randn({2, 3, 7, 6}, gen),
               v = randn({2, 3, 7, 4}, gen);
  for (const Mask& mask : {Mask(), Mask::causal(), Mask::padding({7, 3})}) {
    INFO(mask.str());
    const Tensor difference = attention(q, k, v, mask) - by_pairs(attention, q, k, v, mask);
    CHECK(max(abs(difference)).item() < 1e-12);
    const auto report =
        gradcheck([&](Inputs in) { return Tensors{attention(in[0], in[1], in[2], mask)}; },
                  {q.clone(), k.clone(), v.clone()});
    INFO(report.str());
    CHECK(report.verdict == Verdict::pass);
  }
}

TEST_CASE("PerformerAttention approaches softmax attention as features grow", "[performer]") {
  const DefaultDType wide(DType::f64);
  Generator gen(2);
  const Tensor q = randn({1, 2, 24, 8}, gen) * 0.5, k = randn({1, 2, 24, 8}, gen) * 0.5,
               v = randn({1, 2, 24, 8}, gen);
  const double few = distance(64, true, q, k, v), many = distance(4096, true, q, k, v);
  CAPTURE(few, many);
  CHECK(many < 0.1);
  const double ratio = few / many;  // sqrt(4096 / 64) = 8
  CHECK(ratio > 5);
  CHECK(ratio < 13);
  CHECK(distance(8, true, q, k, v) < distance(8, false, q, k, v));
}

TEST_CASE("PerformerAttention: hidden keys change no bit", "[performer]") {
  Generator gen(3);
  const PerformerAttention attention({.head_dim = 8}, gen);
  CHECK(attention.options.features == 17);  // 8 ln 8 = 16.6
  const Tensor q = randn({1, 1, 5, 8}, gen), v = randn({1, 1, 5, 3}, gen);
  Tensor k = randn({1, 1, 5, 8}, gen);
  const Tensor before = attention(q, k, v, Mask::causal()).clone();
  k[0][0][4].fill_(30);
  const Tensor after = attention(q, k, v, Mask::causal());
  CHECK(identical(before.slice(2, 0, 4), after.slice(2, 0, 4)));
}

TEST_CASE("PerformerAttention: large keys do not underflow without a mask", "[performer]") {
  Generator gen(4);
  const PerformerAttention attention({.head_dim = 4, .features = 64}, gen);
  const Tensor q = randn({1, 1, 3, 4}, gen), k = full({1, 1, 6, 4}, 40), v = ones({1, 1, 6, 2});
  CHECK(max(abs(attention(q, k, v) - 1)).item() < 1e-6);
}

TEST_CASE("PerformerAttention: the rows of a block are orthogonal", "[performer]") {
  Generator gen(5);
  PerformerAttention attention({.head_dim = 16, .features = 40}, gen);
  const Tensor block = attention.w.slice(0, 16, 32), products = matmul(block, block.t());
  const Tensor lengths = (block * block).sum(1);
  CHECK(max(abs(products * (1 - eye(16)))).item() < 1e-5);
  CHECK(std::abs(lengths.mean().item() - 16) < 6);  // chi squared of 16
  CHECK(lengths.std().item() > 1);
  const Tensor before = attention.w.clone();
  attention.redraw(gen);
  CHECK(!identical(before, attention.w));
  CHECK(attention.named_parameters().empty());
  CHECK(attention.named_buffers().size() == 1);
}

TEST_CASE("PerformerAttention refuses what it cannot do", "[performer]") {
  CHECK(has(message_of([] { PerformerAttention({.head_dim = 0}); }), "head_dim is 0"));
  CHECK(has(message_of([] { PerformerAttention({.head_dim = 4, .features = -1}); }),
            "features is -1"));
  const PerformerAttention attention({.head_dim = 4});
  const Tensor x = ones({2, 4}), narrow = ones({2, 3});
  CHECK(
      has(message_of([&] { attention(narrow, x, x); }), "q is f32 [2, 3]; expected a width of 4"));
  CHECK(has(message_of([&] { attention(x, narrow, x); }), "k is f32 [2, 3]"));
  CHECK(has(message_of([&] { attention(x, x, x, Mask::window(1, 1)); }), "window"));
}

}  // namespace nn_performer_test
