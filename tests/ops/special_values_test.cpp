// SPDX-License-Identifier: MIT
// Special values: infinities, NaN, huge and tiny numbers, rows of equal values, ignored targets,
// padding. Each case is one that peers get wrong or that a docstring promises.
#include "tests/catch.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gradus/autograd/autograd.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/embedding.h"
#include "gradus/ops/layer_norm.h"
#include "gradus/ops/loss.h"
#include "gradus/ops/softmax.h"

using namespace gradus;
using namespace gradus::tests;
using Numbers = std::vector<double>;

namespace ops_special_values_test {

constexpr double inf = INFINITY, NaN = NAN;

Numbers numbers(const Tensor& x) { return x.to_vector<double>(); }

bool same(const Tensor& x, const Numbers& expected, double tolerance = 0) {
  const Numbers v = numbers(x);
  INFO(format(x, 9));
  if (v.size() != expected.size()) return false;
  for (size_t i = 0; i < v.size(); ++i) {
    if (v[i] == expected[i] || (std::isnan(v[i]) && std::isnan(expected[i]))) continue;
    if (!(std::abs(v[i] - expected[i]) <= tolerance * (1 + std::abs(expected[i])))) return false;
  }
  return true;
}

// y and the gradient of sum(dy y) with respect to x.
struct Both {
  Tensor y, dx;
};
template <class F> Both both(F f, const Tensor& x, const Tensor& dy = {}) {
  Tensor leaf = x.detach().requires_grad_();
  const Tensor y = f(leaf);
  return {y.detach(), grad(y, leaf, dy.defined() ? dy : ones_like(y))};
}

bool is_finite(const Tensor& x) {
  for (double v : numbers(x))
    if (!std::isfinite(v)) return false;
  return true;
}

TEST_CASE("softmax at the edges", "[ops]") {
  for (DType d : {DType::f32, DType::f64}) {
    const auto along = [](const Tensor& x) { return softmax(x, -1); };
    CHECK(same(softmax(tensor({1e30, 1e30, 0}, d), 0), {0.5, 0.5, 0}));
    CHECK(same(softmax(tensor({100, 200, 1000}, d), 0), {0, 0, 1}));
    CHECK(same(softmax(tensor({inf, 0, 0}, d), 0), {NaN, NaN, NaN}));
    CHECK(same(softmax(tensor({0, NaN, 0}, d), 0), {NaN, NaN, NaN}));
    CHECK(same(softmax(tensor({-inf, -inf}, d), 0), {NaN, NaN}));
    CHECK(softmax(zeros({0, 3}, d), 1).shape() == Shape{0, 3});
    CHECK(softmax(zeros({3, 0}, d), 1).shape() == Shape{3, 0});
    // A line of NaN affects no other line, for any axis.
    CHECK(same(softmax(tensor({{NaN, 0, 0}, {0, 0, 0}}, d), 0), {NaN, 0.5, 0.5, NaN, 0.5, 0.5}));
    const Both masked = both(along, tensor({0, -inf, 0}, d), tensor({1, 5, 3}, d));
    CHECK(same(masked.y, {0.5, 0, 0.5}));
    CHECK(same(masked.dx, {-0.5, 0, 0.5}));
  }
}

TEST_CASE("log_softmax where softmax underflows", "[ops]") {
  for (DType d : {DType::f32, DType::f64})
    for (int axis : {0, 1}) {
      const Tensor x =
          axis ? tensor({{0, -1000, -inf}}, d) : tensor(Numbers{0, -1000, -inf}, {3, 1}, d);
      const Both r = both([=](const Tensor& t) { return log_softmax(t, axis); }, x);
      CHECK(same(r.y, {0, -1000, -inf}));
      CHECK(same(r.dx, {-2, 1, 1}));
    }
  CHECK(same(log_softmax(tensor({1e30, 1e30}), 0), {-std::log(2.0), -std::log(2.0)}, 1e-6));
}

TEST_CASE("layer_norm of equal values is exactly its bias", "[ops]") {
  const Tensor w = tensor({3, -2, 7}), b = tensor({0.1, -5, 2});
  for (double v : {0.0, 1.0, 1e4, 16777217.0, -3.3, 1e20, 1e30, 1e-30})
    for (int64_t cols : {3, 64, 1000}) {
      const Tensor x = full({2, cols}, v, DType::f32);
      const Tensor bias = full({cols}, 0.1, DType::f32);
      const Both r =
          both([&](const Tensor& t) { return layer_norm(t, {cols}, full({cols}, 3), bias); }, x);
      INFO(v);
      CHECK(identical(r.y.with_layout(r.y.layout().selected(0, 1)), bias));
      CHECK(is_finite(r.dx));
    }
  CHECK(same(layer_norm(full({1, 3}, 1e4, DType::f64), {3}, w.to(DType::f64), b.to(DType::f64)),
             numbers(b.to(DType::f64))));
}

TEST_CASE("layer_norm far from zero and far out", "[ops]") {
  // Mean 1e4, deviation 1: digits are lost only in x itself, not in the op.
  Generator gen(3);
  for (int64_t cols : {16, 300, 4096}) {
    Tensor x = randn({4, cols}, gen, DType::f32);
    float* v = x.mutable_data<float>();
    for (int64_t i = 0; i < x.numel(); ++i) v[i] += 1e4f;
    const Tensor y = layer_norm(x, {cols}), exact = layer_norm(x.to(DType::f64), {cols});
    CHECK(same(y, numbers(exact), 2e-6));
  }
  for (double scale : {1e20, 1e-15, 1e30}) {
    const Tensor x = tensor({scale, 2 * scale, -scale, 5 * scale});
    const Tensor d = x.to(DType::f64);
    const double eps = 1e-5;
    CHECK(same(layer_norm(x, {4}, {}, {}, eps), numbers(layer_norm(d, {4}, {}, {}, eps)), 1e-6));
    CHECK(same(rms_norm(x, {4}, {}, eps), numbers(rms_norm(d, {4}, {}, eps)), 1e-6));
    CHECK(is_finite(both([](const Tensor& t) { return layer_norm(t, {4}); }, x).dx));
  }
  CHECK(same(rms_norm(zeros({2, 3}), {3}), Numbers(6, 0.0)));
  CHECK(same(layer_norm(tensor({1, NaN, 2}), {3}), {NaN, NaN, NaN}));
  CHECK(layer_norm(zeros({0, 3}), {3}).shape() == Shape{0, 3});
}

TEST_CASE("rms_norm takes the machine epsilon of the dtype", "[ops]") {
  const double tiny = 1e-4;  // its square is below the epsilon of f32
  const double f32 = std::numeric_limits<float>::epsilon();
  CHECK(same(rms_norm(full({1}, tiny), {1}), {tiny / std::sqrt(tiny * tiny + f32)}, 1e-6));
  CHECK(same(rms_norm(full({1}, tiny, DType::f64), {1}), {1.0}, 1e-7));
}

TEST_CASE("padding embeds to zeros whatever its row contains", "[ops]") {
  Tensor w = tensor({{1, 2}, {NaN, inf}, {5, 6}}).requires_grad_();
  const Tensor ids = tensor({{1, 2}, {2, 1}}, DType::i64);
  for (int64_t padding : {1, -2}) {
    const Tensor y = embedding(ids, w, padding);
    CHECK(same(y, {0, 0, 5, 6, 5, 6, 0, 0}));
    CHECK(same(grad(y, w, ones_like(y)), {0, 0, 0, 0, 2, 2}));
  }
  CHECK(embedding(zeros({0}, DType::i64), w).shape() == Shape{0, 2});
}

TEST_CASE("cross_entropy with every target ignored is 0 and so is its gradient", "[ops]") {
  const Tensor target = full({2}, -100, DType::i64);
  CHECK(count_targets(target) == 0);
  CHECK(count_targets(tensor({1, -100, 0}, DType::i64)) == 2);
  for (Reduction r : {Reduction::mean, Reduction::sum}) {
    const Both a = both(
        [&](const Tensor& x) {
          return cross_entropy(x, target, {.label_smoothing = 0.1, .reduction = r});
        },
        ones({2, 3}));
    CHECK(same(a.y, {0}));
    CHECK(same(a.dx, Numbers(6, 0.0)));
    const Both b =
        both([&](const Tensor& x) { return nll_loss(x, target, {}, -100, r); }, ones({2, 3}));
    CHECK(same(b.y, {0}));
    CHECK(same(b.dx, Numbers(6, 0.0)));
  }
  CHECK(cross_entropy(zeros({0, 3}), zeros({0}, DType::i64)).item() == 0);
}

TEST_CASE("an ignored row has no effect even if it is NaN", "[ops]") {
  const Tensor target = tensor({0, -100}, DType::i64);
  const Both r =
      both([&](const Tensor& x) { return cross_entropy(x, target); }, tensor({{0, 0}, {NaN, inf}}));
  CHECK(same(r.y, {std::log(2.0)}, 1e-6));
  CHECK(same(r.dx, {-0.5, 0.5, 0, 0}));
}

TEST_CASE("cross_entropy of extreme logits", "[ops]") {
  const Tensor first = zeros({1}, DType::i64);
  const auto loss = [&](const Tensor& x) { return cross_entropy(x, first); };
  CHECK(same(loss(tensor({{1e30, 0}})), {0}));
  CHECK(same(loss(tensor({{0, 1e30}})), {1e30}, 1e-6));
  CHECK(same(loss(tensor({{-inf, 0}})), {inf}));
  CHECK(same(loss(tensor({{NaN, 0}})), {NaN}));
  const Both masked = both(loss, tensor({{0, -inf, 0}}));  // an impossible class
  CHECK(same(masked.y, {std::log(2.0)}, 1e-6));
  CHECK(same(masked.dx, {-0.5, 0, 0.5}));
  // The same for a soft target without that class.
  const Both soft = both(
      [](const Tensor& x) {
        return cross_entropy(x, tensor({{0.5, 0, 0.5}}));
      },
      tensor({{0, -inf, 0}}));
  CHECK(same(soft.y, {std::log(2.0)}, 1e-6));
  CHECK(same(soft.dx, {0, 0, 0}));
  // Far from zero no digits are lost.
  const Both far = both(loss, tensor({{16384, 16385, 16386}}));
  const Both near = both(loss, tensor({{0, 1, 2}}));
  CHECK(identical(far.y, near.y));
  CHECK(identical(far.dx, near.dx));
}

TEST_CASE("binary_cross_entropy_with_logits where probabilities are 0 or 1", "[ops]") {
  for (DType d : {DType::f32, DType::f64}) {
    const Tensor target = tensor({0, 1, 1, 0, 1}, d);
    const Both r = both(
        [&](const Tensor& x) {
          return binary_cross_entropy_with_logits(x, target, {.reduction = Reduction::none});
        },
        tensor({-1e4, -1e4, 1e4, 1e4, 20}, d));
    CHECK(same(r.y, {0, 1e4, 0, 1e4, 2.0611536181902037e-09}, 1e-15));
    CHECK(same(r.dx, {0, -1, 0, 1, -2.0611536181902037e-09}, 1e-15));
    CHECK(std::abs(numbers(r.y)[4] / 2.0611536181902037e-09 - 1) < 1e-6);  // relative
    CHECK(std::abs(numbers(r.dx)[4] / -2.0611536181902037e-09 - 1) < 1e-6);
  }
}

TEST_CASE("elementwise losses at their kinks and beyond", "[ops]") {
  const Tensor x = tensor({0, -2, 3, NaN, inf}), zero = zeros({5});
  const auto each = [&](auto loss) {
    return both([&](const Tensor& t) { return loss(t, zero); }, x);
  };
  const Both l1 = each([](auto& a, auto& b) { return l1_loss(a, b, Reduction::none); });
  CHECK(same(l1.y, {0, 2, 3, NaN, inf}));
  CHECK(same(l1.dx, {0, -1, 1, NaN, 1}));
  const auto smooth_l1 = [&](double beta) {
    return each([=](auto& a, auto& b) { return smooth_l1_loss(a, b, beta, Reduction::none); });
  };
  const Both beta0 = smooth_l1(0), smooth = smooth_l1(2);
  CHECK(same(beta0.y, numbers(l1.y)));
  CHECK(same(beta0.dx, numbers(l1.dx)));
  CHECK(same(smooth.y, {0, 1, 2, NaN, inf}));
  CHECK(same(smooth.dx, {0, -1, 1, NaN, 1}));
  const Both huber = each([](auto& a, auto& b) { return huber_loss(a, b, 2, Reduction::none); });
  CHECK(same(huber.y, {0, 2, 4, NaN, inf}));
  CHECK(same(huber.dx, {0, -2, 2, NaN, 2}));
  CHECK(same(each([](auto& a, auto& b) { return mse_loss(a, b); }).y, {NaN}));
}

TEST_CASE("kl_div of classes that cannot be", "[ops]") {
  const Tensor logs = tensor({-inf, std::log(0.5), std::log(0.5)}, DType::f64);
  const Tensor p = tensor({0, 0.5, 0.5}, DType::f64);
  const Both of_x = both([&](const Tensor& x) { return kl_div(x, p); }, logs);
  CHECK(same(of_x.y, {0}, 1e-15));
  CHECK(is_finite(of_x.dx));
  const Both of_p = both([&](const Tensor& t) { return kl_div(logs, t); }, p);
  CHECK(same(of_p.dx, {0, 1.0 / 3, 1.0 / 3}, 1e-15));
  const Both of_logs =
      both([&](const Tensor& t) { return kl_div(logs, t, {.log_target = true}); }, logs);
  CHECK(same(of_logs.y, {0}));
  CHECK(is_finite(of_logs.dx));
}

TEST_CASE("a mean over an empty batch is 0", "[ops]") {
  const Tensor none = zeros({0, 3});
  CHECK(mse_loss(none, none).item() == 0);
  CHECK(huber_loss(none, none).item() == 0);
  CHECK(kl_div(none, none, {.reduction = Reduction::batchmean}).item() == 0);
  CHECK(binary_cross_entropy_with_logits(none, none).item() == 0);
}

TEST_CASE("blocks of real size give the same bits on any number of threads", "[ops]") {
  Generator gen(5);
  const Tensor x = randn({900, 130}, gen), w = randn({130}, gen), dy = randn({900, 130}, gen);
  const Tensor ids = randint(0, 50, {900}, gen), targets = randint(0, 130, {900}, gen);
  const auto all = [&] {
    Tensor a = x.detach().requires_grad_(), s = w.detach().requires_grad_();
    Tensor table = dy.detach().requires_grad_();
    const std::vector<Tensor> results = {layer_norm(a, {130}, s, s), softmax(a, 0),
                                         embedding(ids, table), cross_entropy(a, targets),
                                         mse_loss(a, table)};
    const std::vector<Tensor> cotangents = {dy, dy, dy, ones({}), ones({})};
    return grad(results, std::vector<Tensor>{a, s, table}, cotangents);
  };
  const int before = num_threads();
  set_num_threads(1);
  const std::vector<Tensor> one = all();
  for (int threads : {2, 3, 8}) {
    set_num_threads(threads);
    const std::vector<Tensor> more = all();
    for (size_t i = 0; i < one.size(); ++i) CHECK(identical(one[i], more[i]));
  }
  set_num_threads(before);
}

}  // namespace ops_special_values_test
