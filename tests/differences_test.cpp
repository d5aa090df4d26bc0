// SPDX-License-Identifier: MIT
// docs/differences.md as cases: each row of its table runs, and each case has a row.
#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "gradus/autograd/autograd.h"
#include "gradus/data/ts_file.h"
#include "gradus/nn/attention.h"
#include "gradus/nn/recurrent.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/embedding.h"
#include "gradus/ops/layer_norm.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/reduce.h"
#include "gradus/optim/adam.h"
#include "gradus/optim/clip.h"
#include "gradus/optim/muon.h"
#include "gradus/optim/rmsprop.h"
#include "gradus/optim/schedule.h"
#include "gradus/optim/sgd.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace differences_test {

constexpr double inf = INFINITY, nan = NAN;
using Numbers = std::vector<double>;

Numbers values_of(const Tensor& x) { return x.to_vector<double>(); }

// The slopes of f at x.
template <class F> Numbers slopes(F f, const Numbers& x) {
  Tensor leaf = tensor(x, {static_cast<int64_t>(x.size())}, DType::f64).requires_grad_();
  const Tensor y = f(leaf);
  return values_of(grad(y, leaf, ones_like(y)));
}

template <class E = std::invalid_argument, class F> bool throws(F f) {
  return !message_of<E>(f).empty();
}

bool all_zero(const Tensor& x) {
  return values_of(x) == Numbers(static_cast<size_t>(x.numel()), 0);
}

// ---- attention and losses

void attention_empty_row() {
  Tensor q = input({1, 1, 2, 4}), k = input({1, 1, 3, 4}), v = input({1, 1, 3, 4});
  for (Tensor* x : {&q, &k, &v}) x->requires_grad_();
  const Mask nothing = Mask::padding(std::vector<int64_t>{0});
  const Tensor y = scaled_dot_product_attention(q, k, v, {.mask = nothing});
  CHECK(all_zero(y));
  y.backward(ones_like(y));
  for (const Tensor* x : {&q, &k, &v}) CHECK(all_zero(x->grad()));
  MultiheadAttention m({.embed_dim = 4, .num_heads = 2});
  const Tensor x = randn({1, 3, 4}, default_generator());
  for (double number : values_of(m(x, nothing))) CHECK(std::isfinite(number));
}

void masked_key_nan() {
  const Shape two{1, 1, 2, 2};
  const Tensor q = ones({1, 1, 1, 2}, DType::f64);
  const Tensor k = tensor(Numbers{1, 1, nan, nan}, two, DType::f64);
  const Tensor v = tensor(Numbers{1, 2, 3, 4}, two, DType::f64);
  const Mask first = Mask::padding(std::vector<int64_t>{1});
  const Tensor y = scaled_dot_product_attention(q, k, v, {.mask = first});
  CHECK(values_of(y) == Numbers{1, 2});
}

void attention_weights_before_dropout() {
  MultiheadAttention m({.embed_dim = 4, .num_heads = 1, .dropout = 0.5});
  m.train();
  const Tensor x = randn({1, 4, 4}, default_generator());
  const Tensor sums = sum(m.with_weights(x, x, x).weights, {-1});
  for (double s : values_of(sums)) CHECK(std::abs(s - 1) < 1e-6);
}

void losses_all_ignored() {
  const Tensor target = full({2}, -100, DType::i64);
  Tensor x = input({2, 3}).requires_grad_();
  for (const Tensor& loss : {cross_entropy(x, target), nll_loss(x, target)}) {
    CHECK(loss.item() == 0);
    CHECK(all_zero(grad(loss, x, ones_like(loss))));
  }
}

void losses_never_broadcast() {
  const Tensor x = ones({3, 1}), target = ones({3});
  CHECK(throws([&] { mse_loss(x, target); }));
  CHECK(throws([&] { l1_loss(x, target); }));
  CHECK(throws([&] { smooth_l1_loss(x, target); }));
  CHECK(throws([&] { huber_loss(x, target); }));
  CHECK(throws([&] { kl_div(x, target); }));
}

void kl_div_zero_target() {
  const Numbers x{-inf, 0, inf};
  const auto slopes_by_target = [&](double t, bool log_target) {
    return slopes(
        [&](const Tensor& target) {
          return kl_div(tensor(x, {3}, DType::f64), target,
                        {.log_target = log_target, .reduction = Reduction::none});
        },
        {t, t, t});
  };
  const KlDiv logs{.log_target = true, .reduction = Reduction::none};
  const Tensor wide = tensor(x, {3}, DType::f64);
  CHECK(all_zero(kl_div(wide, zeros({3}, DType::f64), {.reduction = Reduction::none})));
  CHECK(all_zero(kl_div(wide, full({3}, -inf, DType::f64), logs)));
  CHECK(slopes_by_target(0, false) == Numbers(3, 0));
  CHECK(slopes_by_target(-inf, true) == Numbers(3, 0));
}

void bce_infinite_logits() {
  const Tensor x = tensor(Numbers{-inf, inf, -inf}, {3}), t = tensor(Numbers{0.5, 0.5, 1}, {3});
  CHECK(values_of(binary_cross_entropy_with_logits(x, t, {.reduction = Reduction::none})) ==
        Numbers(3, inf));
}

void l1_loss_nan() {
  const Numbers d =
      slopes([](const Tensor& x) { return l1_loss(x, zeros({2}, DType::f64), Reduction::none); },
             {nan, 1});
  CHECK(std::isnan(d[0]));
  CHECK(d[1] == 1);
}

// ---- functions

void logsumexp_of_nothing() {
  CHECK(slopes([](const Tensor& x) { return logsumexp(x); }, {-inf, -inf}) == Numbers(2, 0));
}

void logsumexp_far() {
  CHECK(slopes([](const Tensor& x) { return logsumexp(x); }, {1e30, 1e30}) == Numbers(2, 0.5));
}

void amax_of_nan() {
  CHECK(slopes([](const Tensor& x) { return amax(x); }, {1, nan, nan}) == Numbers{0, 0.5, 0.5});
}

void silu_at_infinity() {
  CHECK(values_of(silu(tensor(Numbers{-inf, inf}, {2}))) == Numbers{0, inf});
  CHECK(slopes([](const Tensor& x) { return silu(x); }, {-inf, inf}) == Numbers{0, 1});
}

void gelu_at_infinity() {
  for (Gelu form : {Gelu::none, Gelu::tanh}) {
    CHECK(values_of(gelu(tensor(Numbers{-inf, inf}, {2}), form)) == Numbers{0, inf});
    CHECK(slopes([&](const Tensor& x) { return gelu(x, form); }, {-inf, inf}) == Numbers{0, 1});
  }
}

void clamp_at_a_bound() {
  CHECK(slopes([](const Tensor& x) { return clamp(x, -1, 1); }, {-1, 0, 1}) == Numbers{0, 1, 0});
}

void clamp_nan_bound() {
  CHECK(throws([] { clamp(ones({2}), nan); }));
  CHECK(throws([] { clamp(ones({2}), 0, nan); }));
}

void padding_idx_forward() {
  const Tensor ids = full({1}, 0, DType::i64);
  CHECK(all_zero(embedding(ids, ones({2, 2}), 0)));
}

void layer_norm_eps() {
  CHECK(throws([] { layer_norm(ones({1, 4}), {4}, {}, {}, 0); }));
}

void layer_norm_large() {
  const Tensor x = tensor(Numbers{1e20, -1e20, 2e20, 0}, {1, 4}, DType::f32);
  for (double v : values_of(layer_norm(x, {4}))) CHECK(std::abs(v) < 2);
}

void std_of_one() {
  CHECK(throws([] { std_(ones({1})); }));
}

void mean_of_nothing() {
  CHECK(throws([] { mean(ones({0})); }));
}

// ---- recurrent layers

void batch_first() {
  GRU layer({.input_size = 2, .hidden_size = 3});
  CHECK(layer(ones({5, 4, 2})).h_n.shape() == Shape{1, 5, 3});
}

void zero_length_sequences() {
  GRU layer({.input_size = 2, .hidden_size = 3});
  const Tensor h0 = ones({1, 2, 3});
  CHECK(all_zero(sub(layer(ones({2, 0, 2}), {}, h0).h_n, h0)));
  const RecurrentResult r = layer(ones({2, 3, 2}), {3, 0}, h0);
  CHECK(values_of(r.h_n)[3] == 1);
}

// ---- the graph and optimisers

void backward_twice() {
  Tensor x = ones({2}).requires_grad_();
  const Tensor y = sum(add(x, x));
  y.backward();
  CHECK(throws([&] { y.backward(); }));
}

void no_promotion() {
  CHECK(throws([] { add(ones({1}), ones({1}, DType::f64)); }));
}

void clip_infinite_gradients() {
  Tensor x = zeros({2}).requires_grad_();
  sum(mul(x, tensor(Numbers{inf, 1}, {2}))).backward();
  CHECK(throws([&] { clip_grad_norm({{"x", x}}, 1); }));
  CHECK(values_of(x.grad()) == Numbers{inf, 1});
}

void learning_rate_finite() {
  Tensor x = zeros({2}).requires_grad_();
  for (double lr : {nan, inf}) {
    CHECK(throws([&] { SGD({{"x", x}}, {.lr = lr}); }));
    CHECK(throws([&] { Adam({{"x", x}}, {.lr = lr}); }));
  }
}

void rmsprop_centered() {
  Tensor p = ones({1}, DType::f64).requires_grad_();
  RMSprop optimizer({{"p", p}}, {.alpha = 0.9, .centered = true});
  for (int step = 0; step < 400; ++step) {
    p.set_grad(full({1}, 0.1, DType::f64));
    optimizer.step();
  }
  CHECK(std::isfinite(p.item()));
}

void muon_dtype() {
  Tensor p = zeros({1, 1}, DType::f64).requires_grad_();
  Muon optimizer(std::vector<NamedTensor>{{"p", p}}, {.lr = 1, .weight_decay = 0});
  p.set_grad(full({1, 1}, 3, DType::f64));
  optimizer.step();
  double x = 1;
  for (int i = 0; i < 5; ++i) x *= 3.4445 - 4.7750 * x * x + 2.0315 * x * x * x * x;
  CHECK(std::abs(p.item() + x) < 1e-12);
}

void narrowing_overflow() {
  Linear layer({1, 1});
  const StateDict small = {{"weight", full({1, 1}, 0.1, DType::f64)}, {"bias", zeros({1})}};
  const StateDict large = {{"weight", full({1, 1}, 1e300, DType::f64)}, {"bias", zeros({1})}};
  CHECK(throws([&] { layer.load_state_dict(small); }));
  CHECK(throws([&] { layer.load_state_dict(large, {.narrow = true}); }));
  layer.load_state_dict(small, {.narrow = true});
  CHECK(std::abs(layer.weight.item() - 0.1) < 1e-7);
}

void optimizer_state_shapes() {
  Tensor a = zeros({2}).requires_grad_(), b = zeros({3}).requires_grad_();
  Adam first({{"a", a}}), second({{"a", b}});
  sum(a).backward();
  first.step();
  CHECK(throws([&] { second.load_state_dict(first.state_dict()); }));
}

// ---- schedules

void one_cycle_end() {
  const Schedule s = one_cycle_lr({.total_steps = 4, .linear = true});
  for (int64_t step = 4; step < 9; ++step) CHECK(s(step, 0.5) == s(3, 0.5));
  CHECK(s(3, 0.5) > 0);
}

void constant_lr_zero_factor() {
  const Schedule s = constant_lr(0, 2);
  CHECK(s(1, 0.5) == 0);
  CHECK(s(2, 0.5) == 0.5);
}

void linear_lr_factors() {
  CHECK(linear_lr(0, 1, 2)(1, 0.5) == 0.25);
  CHECK(linear_lr(2, 1, 2)(0, 0.5) == 1);
}

void one_cycle_factors() {
  CHECK(throws([] { one_cycle_lr({.total_steps = 4, .div_factor = 0.5}); }));
  CHECK(throws([] { one_cycle_lr({.total_steps = 4, .final_div_factor = 0.5}); }));
}

void negative_rates() {
  CHECK(throws([] { exponential_lr(-0.5); }));
  CHECK(throws([] { step_lr(2, -0.5); }));
  CHECK(throws([] { multi_step_lr({3}, -0.5); }));
  CHECK(throws([] { cosine_annealing_lr(5, -0.1); }));
  CHECK(throws([] { cosine_annealing_warm_restarts(5, 1, -0.1); }));
  CHECK(throws([] { polynomial_lr(5, -1); }));
}

// ---- files

void ts_times() {
  const CsvTable t = ts_table(
      "@timestamps true\n@classlabel true a b\n@data\n(0,1),(2.5,3):a\n(0,2),(7,4):b\n", "t.ts");
  const int time = t.column("time");
  CHECK(t.cell(1, time) == "2.5");
  CHECK(t.cell(3, time) == "7");
}

const std::map<std::string, std::function<void()>> cases = {
    {"attention-empty-row", attention_empty_row},
    {"masked-key-nan", masked_key_nan},
    {"attention-weights-before-dropout", attention_weights_before_dropout},
    {"losses-all-ignored", losses_all_ignored},
    {"losses-never-broadcast", losses_never_broadcast},
    {"kl-div-zero-target", kl_div_zero_target},
    {"bce-infinite-logits", bce_infinite_logits},
    {"logsumexp-of-nothing", logsumexp_of_nothing},
    {"logsumexp-far", logsumexp_far},
    {"amax-of-nan", amax_of_nan},
    {"l1-loss-nan", l1_loss_nan},
    {"silu-at-infinity", silu_at_infinity},
    {"gelu-at-infinity", gelu_at_infinity},
    {"clamp-at-a-bound", clamp_at_a_bound},
    {"clamp-nan-bound", clamp_nan_bound},
    {"padding-idx-forward", padding_idx_forward},
    {"clip-infinite-gradients", clip_infinite_gradients},
    {"layer-norm-eps", layer_norm_eps},
    {"layer-norm-large", layer_norm_large},
    {"batch-first", batch_first},
    {"zero-length-sequences", zero_length_sequences},
    {"std-of-one", std_of_one},
    {"mean-of-nothing", mean_of_nothing},
    {"backward-twice", backward_twice},
    {"no-promotion", no_promotion},
    {"learning-rate-finite", learning_rate_finite},
    {"rmsprop-centered", rmsprop_centered},
    {"muon-dtype", muon_dtype},
    {"narrowing-overflow", narrowing_overflow},
    {"optimizer-state-shapes", optimizer_state_shapes},
    {"one-cycle-end", one_cycle_end},
    {"constant-lr-zero-factor", constant_lr_zero_factor},
    {"linear-lr-factors", linear_lr_factors},
    {"one-cycle-factors", one_cycle_factors},
    {"negative-rates", negative_rates},
    {"ts-times", ts_times},
};

// The rows of the table: id, and the number of filled cells.
std::map<std::string, int> rows_of(const std::string& path) {
  std::map<std::string, int> rows;
  std::ifstream file(path);
  REQUIRE(file);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    const std::string id = line.substr(3, line.find('`', 3) - 3);
    INFO(line);
    CHECK(!rows.count(id));
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, '|');)
      rows[id] += cell.find_first_not_of(' ') != cell.npos;
  }
  return rows;
}

TEST_CASE("each row of docs/differences.md is a case and each case a row", "[differences]") {
  const std::map<std::string, int> rows = rows_of("docs/differences.md");
  CHECK(rows.size() >= 20);
  for (const auto& [id, cells] : rows) {
    INFO(id);
    CHECK(cases.count(id));
    CHECK(cells == 4);  // id, gradus, peer, reason
  }
  for (const auto& [id, run] : cases) {
    INFO(id);
    CHECK(rows.count(id));
  }
}
const AtStart differences([] {
  for (const auto& [id, run] : cases) add_test("difference: " + id, "[differences]", run);
});

}  // namespace differences_test
