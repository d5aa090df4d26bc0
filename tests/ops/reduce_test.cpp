// SPDX-License-Identifier: MIT
// Reductions in special cases: accuracy, NaN, infinities, ties, zeros, empty tensors; and the same
// bits for any number of threads at sizes that are split into blocks.
#include "tests/catch.h"

#include <cmath>
#include <vector>

#include "gradus/autograd/autograd.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/join.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

using namespace gradus;
using namespace gradus::tests;
using Numbers = std::vector<double>;
using Places = std::vector<int64_t>;

namespace ops_reduce_test {

constexpr double inf = INFINITY, NaN = NAN;

Numbers numbers(const Tensor& x) { return x.to_vector<double>(); }

bool same(const Tensor& x, const Numbers& expected, double tolerance = 0) {
  INFO(format(x, 9));
  const Numbers v = numbers(x);
  if (v.size() != expected.size()) return false;
  for (size_t i = 0; i < v.size(); ++i) {
    if (v[i] == expected[i] || (std::isnan(v[i]) && std::isnan(expected[i]))) continue;
    if (!(std::abs(v[i] - expected[i]) <= tolerance * std::abs(expected[i]))) return false;
  }
  return true;
}

template <class F> Tensor gradient(F f, const Tensor& x) {
  Tensor leaf = x.detach().requires_grad_();
  return grad(f(leaf), leaf);
}

Tensor row(std::initializer_list<double> v) { return tensor(v, DType::f64); }

TEST_CASE("sums of many f32 values are right to the last digits", "[reduce]") {
  for (float v : {0.1f, 1.0f / 3, 1e-3f, 123456.7f}) {
    const Tensor x = full({10'000'000}, v, DType::f32);
    CHECK(std::abs(mean(x).item() / v - 1) <= 1e-7);
    CHECK(std::abs(sum(reshape(x, {5000, 2000}), {0}).to_vector<float>()[7] / (5000.0 * v) - 1) <=
          2e-7);
    CHECK(std::abs(cumsum(x, 0).to_vector<float>().back() / (1e7 * v) - 1) <= 1e-7);
  }
  const Tensor mixed = cat({full({1}, 1e8, DType::f32), ones({1000}, DType::f32)});
  CHECK(std::abs(sum(mixed).item() / 100001000 - 1) <= 1e-7);
}

TEST_CASE("empty reductions: sums are 0 and products 1; other ops throw", "[reduce]") {
  const Tensor x = zeros({0, 3}, DType::f64);
  CHECK(sum(x).item() == 0);
  CHECK(numbers(prod(x, {0})) == Numbers{1, 1, 1});
  CHECK(same(logsumexp(x, {0}), {-inf, -inf, -inf}));
  CHECK(sum(x, {1}).shape() == Shape{0});
  CHECK(gradient([](const Tensor& v) { return sum(prod(v, {0})); }, x).shape() == Shape{0, 3});
  CHECK(has(message_of([&] { mean(x); }), "mean: x [0, 3] has no elements"));
  CHECK(has(message_of([&] { amax(x, {0}); }), "amax: axis 0 of x [0, 3] has no elements"));
  CHECK(has(message_of([&] { max(x, 0); }), "max:"));
  CHECK(amax(x, {1}).shape() == Shape{0});
  CHECK(all(x).item() == 1);
  CHECK(any(x).item() == 0);
}

TEST_CASE("the variance of one element and of equal ones", "[reduce]") {
  const std::string m = message_of([] { std_(ones({4, 1}), {1}); });
  CHECK(m ==
        "std_: 1 element along axes [1] of x [4, 1] with correction 1 would divide by 0; "
        "expected more elements than the correction");
  for (float v : {0.1f, 1e4f, 16777217.0f, 1e30f}) {
    const Tensor x = full({3, 1000}, v, DType::f32);
    CHECK(numbers(var(x, {1})) == Numbers{0, 0, 0});
    CHECK(numbers(gradient([](const Tensor& t) { return sum(std_(t, {1})); }, x)) ==
          Numbers(3000, 0));
  }
  // A large mean with a small deviation: 1e4 + {-1, 0, 1}.
  const Tensor x = tensor({9999, 10000, 10001}, DType::f32);
  CHECK(var(x).item() == 1);
  CHECK(same(gradient([](const Tensor& t) { return var(t); }, x), {-1, 0, 1}));
}

TEST_CASE("ties and NaN in the largest element", "[reduce]") {
  const Tensor x = row({1, 3, 3, 2, 3});
  const Numbers third = {0, 1.0 / 3, 1.0 / 3, 0, 1.0 / 3};
  CHECK(same(gradient([](const Tensor& v) { return amax(v); }, x), third));
  CHECK(same(gradient([](const Tensor& v) { return max(v); }, x), third));
  CHECK(same(gradient([](const Tensor& v) { return max(v, 0).values; }, x), {0, 1, 0, 0, 0}));
  CHECK(max(x, 0).indices.item() == 1);
  CHECK(argmax(x).item() == 1);
  CHECK(argmin(row({2, 1, 1})).item() == 1);

  for (int64_t n : {5, 70, 300}) {
    Tensor bad = full({n, 3}, 1, DType::f64);
    bad.mutable_data<double>()[(n - 2) * 3 + 1] = NaN;
    bad.mutable_data<double>()[(n - 1) * 3 + 1] = NaN;
    for (const Tensor& y : {bad, contiguous(transpose(bad, 0, 1))}) {
      const int axis = y.size(0) == n ? 0 : 1;
      CHECK(same(amax(y, {axis}), {1, NaN, 1}));
      CHECK(same(min(y, axis).values, {1, NaN, 1}));
      CHECK(argmax(y, axis).to_vector<int64_t>() == Places{0, n - 2, 0});
    }
    CHECK(std::isnan(max(bad).item()));
    CHECK(argmin(bad).item() == static_cast<double>((n - 2) * 3 + 1));
  }
  CHECK(same(gradient([](const Tensor& v) { return amax(v); }, row({NaN, 1, NaN})), {0.5, 0, 0.5}));
  CHECK(same(amax(row({-inf, -inf})), {-inf}));
  CHECK(argmax(row({-inf, -inf})).item() == 0);
}

TEST_CASE("reductions of integers and masks", "[reduce]") {
  const Tensor i = tensor({{5, -7, 2}, {5, 9, 2}}, DType::i64);
  CHECK(sum(i).item() == 16);
  CHECK(sum(i).dtype() == DType::i64);
  CHECK(sum(ones({3, 40}, DType::boolean), {1}).to_vector<int64_t>() == Places{40, 40, 40});
  CHECK(max(i, 1).values.to_vector<int64_t>() == Places{5, 9});
  CHECK(argmin(i, 0).to_vector<int64_t>() == Places{0, 0, 0});
  CHECK(argmin(i, 0, true).shape() == Shape{1, 3});
  CHECK(argmin(i, {}, true).shape() == Shape{1, 1});
  CHECK(cumsum(i, 1).to_vector<int64_t>() == Places{5, -2, 0, 5, 14, 16});
  CHECK(any(row({0, NaN})).item() == 1);
  CHECK(all(row({1, -0.0})).item() == 0);
}

TEST_CASE("logsumexp with infinities", "[reduce]") {
  const Tensor x = tensor({{-inf, -inf, -inf}, {-inf, 0, 0}, {1000, 1000, -inf}}, DType::f64);
  CHECK(same(logsumexp(x, {1}), {-inf, std::log(2), 1000 + std::log(2)}, 1e-15));
  const auto f = [](const Tensor& v) { return sum(logsumexp(v, {1})); };
  CHECK(same(gradient(f, x), {0, 0, 0, 0, 0.5, 0.5, 0.5, 0.5, 0}, 1e-12));
  CHECK(same(logsumexp(row({inf, 0})), {inf}));
  CHECK(same(logsumexp(row({NaN, 0})), {NaN}));
}

TEST_CASE("products with zeros", "[reduce]") {
  const auto f = [](const Tensor& v) { return prod(v); };
  CHECK(same(gradient(f, row({2, 0, 3, 4})), {0, 24, 0, 0}));
  CHECK(same(gradient(f, row({2, 0, 0, 4})), {0, 0, 0, 0}));
  CHECK(same(gradient(f, row({0})), {1}));
  CHECK(same(prod(tensor({1e30, 1e30, 1e-30}, DType::f32)), {static_cast<double>(1e30f)}, 1e-6));
}

TEST_CASE("reductions have the same bits on any number of threads", "[reduce]") {
  Generator gen(3);
  const std::vector<Tensor> inputs = {randn({1'000'003}, gen), randn({700, 1300}, gen),
                                      randn({1300, 7}, gen), randn({40, 300, 50}, gen)};
  const auto all_of = [&] {
    std::vector<Tensor> results;
    for (const Tensor& x : inputs)
      for (int axis = 0; axis < x.dim(); ++axis)
        for (const Tensor& y : {sum(x, {axis}), sum(x), var(x, {axis}), amax(x, {axis}),
                                max(x, axis).indices, logsumexp(x, {axis}), logsumexp(x),
                                prod(x, {axis}), cumsum(x, axis), sum(transpose(x, 0, -1), {axis}),
                                gradient([&](const Tensor& v) { return sum(std_(v, {axis})); }, x),
                                gradient([&](const Tensor& v) { return sum(prod(v, {axis})); }, x)})
          results.push_back(y);
    return results;
  };
  const int before = num_threads();
  set_num_threads(1);
  const std::vector<Tensor> one = all_of();
  for (int threads : {2, 3, 8}) {
    set_num_threads(threads);
    const std::vector<Tensor> more = all_of();
    for (size_t i = 0; i < one.size(); ++i) CHECK(identical(one[i], more[i]));
  }
  set_num_threads(before);
}

TEST_CASE("reductions of large arrays agree with plain loops", "[reduce]") {
  Generator gen(4);
  const Tensor x = randn({3, 1111, 37}, gen, DType::f64);
  const Numbers v = numbers(x);
  const Numbers sums = numbers(sum(x, {1})), tops = numbers(amax(x, {1}));
  const Places where = max(x, 1).indices.to_vector<int64_t>();
  const Numbers running = numbers(cumsum(x, 1));
  double worst = 0;
  bool right = true;
  for (size_t o = 0; o < 3; ++o)
    for (size_t i = 0; i < 37; ++i) {
      double total = 0, top = -inf;
      int64_t at = 0;
      for (size_t k = 0; k < 1111; ++k) {
        const size_t e = (o * 1111 + k) * 37 + i;
        total += v[e];
        worst = std::max(worst, std::abs(total - running[e]));
        if (v[e] > top) {
          top = v[e];
          at = static_cast<int64_t>(k);
        }
      }
      worst = std::max(worst, std::abs(total - sums[o * 37 + i]));
      right = right && top == tops[o * 37 + i] && at == where[o * 37 + i];
    }
  CHECK(worst < 1e-11);
  CHECK(right);
}

}  // namespace ops_reduce_test
