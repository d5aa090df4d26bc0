// SPDX-License-Identifier: MIT
// Mixtures of experts, straight-through estimates, Gumbel softmax, distillation, gated
// feed-forwards, and the options of transformer layers.
#include "gradus/nn/moe.h"

#include <algorithm>
#include <cmath>

#include "gradus/autograd/autograd.h"
#include "gradus/nn/gradcheck.h"
#include "gradus/nn/init.h"
#include "gradus/nn/relaxed.h"
#include "gradus/nn/transformer.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "gradus/optim/adam.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace nn_moe_test {

using Moe = MixtureOfExperts;
using Balance = MixtureOfExpertsOptions::Balance;

template <class M> M stirred(M module) {
  Generator gen(99);
  for (const Tensor& p : module.parameters()) uniform_(p, -0.7, 0.7, gen);
  return module;
}

Moe mixture(int64_t experts, int64_t top_k) {
  return stirred(Moe(
      {.expert = {.d_model = 4, .dim_feedforward = 6, .dropout = 0, .activation = Activation::gelu},
       .num_experts = experts,
       .top_k = top_k}));
}

// Each token separately, through all experts.
Tensor plain(const Moe& moe, const Tensor& x) {
  const Tensor p = softmax(moe.gate(x), -1);
  std::vector<Tensor> rows;
  for (int64_t n = 0; n < x.size(0); ++n) {
    std::vector<std::pair<double, int64_t>> order;
    for (int64_t e = 0; e < moe.options.num_experts; ++e)
      order.push_back({-narrow(select(p, 0, n), 0, e, 1).item(), e});
    std::sort(order.begin(), order.end());
    double all = 0;
    for (int64_t k = 0; k < moe.options.top_k; ++k) all -= order[static_cast<size_t>(k)].first;
    Tensor y = zeros({1, x.size(1)}, x.dtype());
    for (int64_t k = 0; k < moe.options.top_k; ++k) {
      const auto [share, e] = order[static_cast<size_t>(k)];
      const double g = moe.options.top_k > 1 ? -share / all : -share;
      y = y + g * moe.experts[static_cast<size_t>(e)](narrow(x, 0, n, 1));
    }
    rows.push_back(y);
  }
  return cat(rows, 0);
}

TEST_CASE("a mixture of experts: gradients; keys; the same as token by token", "[nn][gradcheck]") {
  for (const auto& [experts, top_k] :
       std::vector<std::pair<int64_t, int64_t>>{{1, 1}, {4, 1}, {4, 2}, {3, 3}, {19, 2}}) {
    Moe moe = mixture(experts, top_k);
    const GradcheckReport report = gradcheck(moe, {input({2, 5, 4})});
    INFO(report.str());
    CHECK(report.verdict == Verdict::pass);
    moe.to(DType::f64);
    const Tensor x = input({7, 4}, 3);
    check_equal(moe(x), plain(moe, x));
    check_equal(reshape(moe(reshape(x, {1, 7, 4})), {7, 4}), moe(x));
    check_equal(moe.clone()(x), moe(x), 0);
    CHECK(moe(zeros({0, 4}, DType::f64)).shape() == Shape{0, 4});
  }
  CHECK(has(keys(mixture(2, 1)), "gate.weight experts.0.linear1.weight experts.0.linear1.bias "));
  CHECK(has(message_of([] { mixture(2, 3); }), "top_k 3 of 2"));
  CHECK(has(message_of([] { mixture(2, 1)(zeros({2, 3})); }), "[..., 4]"));
}

TEST_CASE("experts that no token chose have a gradient of exactly 0", "[nn]") {
  Moe moe = mixture(5, 1);
  moe.to(DType::f64);
  const Tensor x = input({3, 4});
  ExpertRecorder seen;
  sum(moe(x)).backward();
  REQUIRE(seen.records.size() == 1);
  const std::vector<int64_t>& counts = seen.records[0].counts;
  int64_t all = 0, idle = 0;
  for (size_t e = 0; e < 5; ++e) {
    all += counts[e];
    idle += counts[e] == 0;
    for (const Tensor& p : moe.experts[e].parameters()) {
      const double norm = sum(mul(p.grad(), p.grad())).item();
      CHECK((norm == 0) == (counts[e] == 0));
    }
  }
  CHECK(all == 3);
  CHECK(idle >= 2);
  CHECK(sum(mul(moe.gate.weight.grad(), moe.gate.weight.grad())).item() > 0);
}

TEST_CASE("the balance loss follows the papers and has a gradient for the gate",
          "[nn][gradcheck]") {
  for (Balance balance : {Balance::switch_transformer, Balance::gshard}) {
    Moe moe = mixture(3, 2);
    moe.options.balance = balance;
    const auto call = [&](Inputs in) {
      ExpertRecorder seen;
      moe(in[0]);
      return Tensors{seen.balance_loss()};
    };
    CHECK(gradcheck(moe, call, {input({6, 4})}).verdict == Verdict::pass);
    moe.to(DType::f64);
    const Tensor x = input({6, 4}), p = softmax(moe.gate(x), 1);
    ExpertRecorder outer;
    {
      ExpertRecorder inner;
      moe(x);
      CHECK(inner.records.size() == 1);
    }
    REQUIRE(outer.records.size() == 1);  // listeners around it receive it too
    const std::vector<int64_t> first = argmax(p, 1).to_vector<int64_t>();
    double expected = 0;
    for (int64_t e = 0; e < 3; ++e) {
      const double P = mean(select(p, 1, e)).item();
      if (balance == Balance::gshard)
        expected += static_cast<double>(std::count(first.begin(), first.end(), e)) / 6 * P / 3;
      else expected += static_cast<double>(outer.records[0].counts[static_cast<size_t>(e)]) / 4 * P;
    }
    CHECK(std::abs(outer.balance_loss().item() - expected) < 1e-12);
    CHECK(has(outer.table(), " %"));
  }
  // Equal probabilities: E sum (1 / E) (1 / E) E = 1 for any choices.
  Moe even = mixture(4, 1);
  even.to(DType::f64);
  zeros_(even.gate.weight);
  ExpertRecorder seen;
  even(input({8, 4}));
  CHECK(std::abs(seen.balance_loss().item() - 1) < 1e-12);
}

TEST_CASE("straight through: values of the choice and gradient of the soft values", "[nn]") {
  Tensor soft = input({2, 3});
  soft.requires_grad_();
  const Tensor hard = tensor({{1, 0, 0}, {0, 0, 1}}, DType::f64), dy = input({2, 3}, 2);
  const Tensor y = straight_through(hard, mul(soft, 2.0));
  CHECK(identical(y.detach(), hard));
  y.backward(dy);
  check_equal(soft.grad(), mul(dy, 2.0), 0);
  CHECK(has(message_of([&] { straight_through(zeros({2}, DType::f64), soft); }), "one shape"));
  CHECK(has(message_of([&] { straight_through(soft, soft); }), "hard"));
  Moe moe = mixture(3, 1);
  moe.to(DType::f64);
  moe.options.straight_through = true;
  const Tensor x = input({4, 4});
  const std::vector<int64_t> chosen = argmax(moe.gate(x), 1).to_vector<int64_t>();
  const Tensor out = moe(x);
  for (int64_t n = 0; n < 4; ++n) {
    const auto e = static_cast<size_t>(chosen[static_cast<size_t>(n)]);
    check_equal(narrow(out, 0, n, 1), moe.experts[e](narrow(x, 0, n, 1)));
  }
  sum(out).backward();
  CHECK(sum(mul(moe.gate.weight.grad(), moe.gate.weight.grad())).item() > 0);
}

TEST_CASE("Gumbel softmax: samples the distribution; one-hot if hard", "[nn]") {
  Tensor logits = tensor({{0, 1, 2}}, DType::f64);
  const std::vector<double> p = softmax(logits, -1).to_vector<double>();
  const Tensor many = broadcast_to(logits, {20000, 3});
  Generator gen(3);
  const Tensor hard = gumbel_softmax(many, {.hard = true, .generator = &gen});
  const std::vector<double> share = mean(hard, {0}).to_vector<double>();
  for (size_t c = 0; c < 3; ++c) CHECK(std::abs(share[c] - p[c]) < 0.015);
  CHECK(sum(hard).item() == 20000);
  CHECK(sum(mul(hard, hard)).item() == 20000);
  logits.requires_grad_();
  Generator again(5), same(5);
  const Tensor soft = gumbel_softmax(logits, {.tau = 0.5, .generator = &again});
  CHECK(std::abs(sum(soft).item() - 1) < 1e-12);
  const Tensor w = tensor({{1, 2, 4}}, DType::f64);
  const Tensor one = grad(sum(mul(soft, w)), logits);
  const Tensor other = grad(
      sum(mul(gumbel_softmax(logits, {.tau = 0.5, .hard = true, .generator = &same}), w)), logits);
  check_equal(one, other);
  const CheckedFunction f = [](Inputs in) {
    Generator fixed(9);
    return Tensors{gumbel_softmax(in[0], {.tau = 0.7, .generator = &fixed})};
  };
  CHECK(gradcheck(f, {input({3, 4})}).verdict == Verdict::pass);
  CHECK(has(message_of([&] { gumbel_softmax(logits, {.tau = 0}); }), "tau 0"));
}

TEST_CASE("distillation: Hinton's loss without gradient for the teacher", "[nn]") {
  Tensor teacher = input({4, 3}), student = input({4, 3}, 2);
  const Tensor targets = tensor({0, 2, 1, 1}, DType::i64);
  const CheckedFunction f = [&](Inputs in) {
    return Tensors{distillation_loss(in[0], teacher, targets, {.temperature = 3, .alpha = 0.7})};
  };
  CHECK(gradcheck(f, {student}).verdict == Verdict::pass);
  const Tensor p = softmax(div(teacher, 3.0), -1);
  const Tensor gap = sub(log(p), log_softmax(div(student, 3.0), -1));
  const double expected =
      0.7 * 9 * sum(mul(p, gap)).item() / 4 + 0.3 * cross_entropy(student, targets).item();
  CHECK(std::abs(f(Inputs{&student, 1})[0].item() - expected) < 1e-12);
  CHECK(distillation_loss(teacher, teacher, {}, {.alpha = 1}).item() < 1e-12);
  teacher.requires_grad_();
  student.requires_grad_();
  distillation_loss(student, teacher, {}, {.alpha = 1}).backward();
  CHECK(!teacher.grad().defined());
  // For high temperatures the gradient is that of matching logits: (s - t) / V, both centred.
  const Tensor g =
      grad(distillation_loss(student, teacher, {}, {.temperature = 1e4, .alpha = 1}), student);
  const auto centred = [](const Tensor& x) { return sub(x.detach(), mean(x.detach(), {1}, true)); };
  check_equal(g, div(sub(centred(student), centred(teacher)), 12.0), 1e-4);
  CHECK(has(message_of([&] { distillation_loss(student, teacher); }), "undefined"));
}

TEST_CASE("a gated feed-forward is its formula", "[nn][gradcheck]") {
  for (Glu glu : {Glu::swiglu, Glu::geglu}) {
    FeedForward ff =
        stirred(FeedForward({.d_model = 3, .dim_feedforward = 5, .dropout = 0, .glu = glu}));
    CHECK(gradcheck(ff, {input({2, 3})}).verdict == Verdict::pass);
    ff.to(DType::f64);
    const Tensor x = input({2, 3}), h = ff.linear1(x);
    check_equal(ff(x), ff.linear2(mul(glu == Glu::swiglu ? silu(h) : gelu(h), (*ff.up_proj)(x))));
  }
}

TEST_CASE("gated feed-forwards and RMSNorm in layers; residuals off", "[nn][gradcheck]") {
  TransformerLayerOptions o{.d_model = 4,
                            .nhead = 2,
                            .dim_feedforward = 6,
                            .dropout = 0,
                            .norm_first = true,
                            .bias = false,
                            .num_kv_heads = 1,
                            .norm = NormKind::rms_norm,
                            .glu = Glu::swiglu};
  TransformerEncoderLayer layer = stirred(TransformerEncoderLayer(o));
  CHECK(keys(layer) ==
        "self_attn.in_proj_weight self_attn.out_proj.weight gate_proj.weight up_proj.weight "
        "down_proj.weight norm1.weight norm2.weight ");
  CHECK(gradcheck(layer, {input({2, 3, 4})}).verdict == Verdict::pass);
  o.num_experts = 3;
  o.residual = false;
  o.scale = 1;
  for (bool norm_first : {false, true}) {
    o.norm_first = norm_first;
    TransformerEncoderLayer mixed = stirred(TransformerEncoderLayer(o));
    CHECK(has(keys(mixed), "moe.gate.weight moe.experts.0.gate_proj.weight "));
    CHECK(gradcheck(mixed, {input({2, 3, 4})}).verdict == Verdict::pass);
    mixed.to(DType::f64);
    const Tensor x = input({2, 3, 4});
    const Tensor y = norm_first
                         ? (*mixed.feed_forward.moe)(mixed.norm2(mixed.self_attn(mixed.norm1(x))))
                         : mixed.norm2((*mixed.feed_forward.moe)(mixed.norm1(mixed.self_attn(x))));
    check_equal(mixed(x), y);
    check_equal(mixed.clone()(x), y, 0);
  }
  TransformerDecoderLayer decoder = stirred(TransformerDecoderLayer(o));
  const auto call = [&](Inputs in) { return Tensors{decoder(in[0], in[1], Mask::causal())}; };
  CHECK(gradcheck(decoder, call, {input({2, 3, 4}), input({2, 2, 4}, 2)}).verdict == Verdict::pass);
}

TEST_CASE("two experts each learn one of two regimes", "[nn]") {
  manual_seed(1);
  Generator gen(1);
  const Tensor x = randn({256, 2}, gen);
  const Tensor left = relu(sign(narrow(x, 1, 0, 1)));  // 1 in the first regime, else 0
  const Tensor y = add(mul(left, mul(x, 3.0)), mul(sub(1.0, left), mul(x, -2.0)));
  Moe moe(
      {.expert = {.d_model = 2, .dim_feedforward = 8, .dropout = 0}, .num_experts = 2, .top_k = 1});
  Adam adam(moe.named_parameters(), {.lr = 0.02});
  double loss = 0;
  for (int step = 0; step < 400; ++step) {
    ExpertRecorder seen;
    const Tensor error = mse_loss(moe(x), y);
    loss = error.item();
    add(error, mul(seen.balance_loss(), 0.05)).backward();
    adam.step();
    adam.zero_grad();
  }
  CHECK(loss < 0.3);  // a constant prediction has 6
  const std::vector<int64_t> chosen = argmax(moe.gate(x), 1).to_vector<int64_t>();
  const std::vector<float> regime = left.to_vector<float>();
  int agree = 0;
  for (size_t i = 0; i < 256; ++i) agree += (regime[i] > 0) == (chosen[i] == 0);
  CHECK(std::max(agree, 256 - agree) > 240);
}

TEST_CASE("a student learns only from a teacher's probabilities", "[nn]") {
  manual_seed(2);
  Generator gen(2);
  const Tensor x = randn({128, 4}, gen);
  const Linear teacher({4, 3});
  const Tensor logits = mul(teacher(x), 3.0).detach();
  Linear student({4, 3});
  Adam adam(student.named_parameters(), {.lr = 0.05});
  for (int step = 0; step < 200; ++step) {
    distillation_loss(student(x), logits, {}, {.temperature = 4, .alpha = 1}).backward();
    adam.step();
    adam.zero_grad();
  }
  const std::vector<int64_t> a = argmax(student(x), 1).to_vector<int64_t>();
  const std::vector<int64_t> b = argmax(logits, 1).to_vector<int64_t>();
  int same = 0;
  for (size_t i = 0; i < 128; ++i) same += a[i] == b[i];
  CHECK(same > 120);
}

}  // namespace nn_moe_test
