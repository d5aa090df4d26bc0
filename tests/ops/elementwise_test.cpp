// SPDX-License-Identifier: MIT
// Elementwise ops beyond the smooth samples of the op table: kinks, infinities, NaN, layouts that
// repeat elements, long arrays, and the saved tensors.
#include "tests/catch.h"

#include <cmath>
#include <vector>

#include "gradus/autograd/autograd.h"
#include "gradus/base/parallel.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/view.h"

using namespace gradus;
using namespace gradus::tests;
using Numbers = std::vector<double>;

namespace ops_elementwise_test {

constexpr double inf = INFINITY, NaN = NAN;

bool same(const Tensor& x, const Numbers& expected, double tolerance = 1e-6) {
  const Numbers v = x.to_vector<double>();
  if (v.size() != expected.size()) return false;
  for (size_t i = 0; i < v.size(); ++i) {
    if (v[i] == expected[i] || (std::isnan(v[i]) && std::isnan(expected[i]))) continue;
    if (!(std::abs(v[i] - expected[i]) <= tolerance * (1 + std::abs(expected[i])))) return false;
  }
  return true;
}

// f at `x`, and the gradient of the sum, in both dtypes.
template <class F>
void check_at(const char* what, F f, const Numbers& x, const Numbers& y, const Numbers& dx) {
  for (DType d : {DType::f32, DType::f64}) {
    Tensor leaf = tensor(x, {static_cast<int64_t>(x.size())}, d).requires_grad_();
    const Tensor result = f(leaf), gradient = grad(result, leaf, ones_like(result));
    INFO(what << " " << name(d) << ": " << format(result, 9) << " -> " << format(gradient, 9));
    CHECK(same(result, y));
    CHECK(same(gradient, dx));
  }
}

template <class F>
void check_pair(const char* what, F f, const Numbers& a, const Numbers& b, const Numbers& y,
                const Numbers& da, const Numbers& db) {
  for (DType d : {DType::f32, DType::f64}) {
    const Shape shape{static_cast<int64_t>(a.size())};
    const std::vector<Tensor> in = {tensor(a, shape, d).requires_grad_(),
                                    tensor(b, shape, d).requires_grad_()};
    const Tensor result = f(in[0], in[1]), dy = ones_like(result);
    const std::vector<Tensor> g = grad({&result, 1}, in, {&dy, 1});
    INFO(what << " " << name(d) << ": " << format(result) << format(g[0]) << format(g[1]));
    CHECK(same(result, y));
    CHECK(same(g[0], da));
    CHECK(same(g[1], db));
  }
}

TEST_CASE("functions at kinks and at the ends of the line", "[ops]") {
  const Numbers x = {-inf, -2, 0, 1, inf, NaN};
  check_at("abs", [](auto& t) { return abs(t); }, x, {inf, 2, 0, 1, inf, NaN},
           {-1, -1, 0, 1, 1, 0});
  check_at("exp", [](auto& t) { return exp(t); }, x, {0, std::exp(-2), 1, std::exp(1), inf, NaN},
           {0, std::exp(-2), 1, std::exp(1), inf, NaN});
  check_at("log", [](auto& t) { return log(t); }, x, {NaN, NaN, -inf, 0, inf, NaN},
           {0, -0.5, inf, 1, 0, NaN});
  check_at("sqrt", [](auto& t) { return sqrt(t); }, x, {NaN, NaN, 0, 1, inf, NaN},
           {NaN, NaN, inf, 0.5, 0, NaN});
  check_at(
      "pow 0", [](auto& t) { return pow(t, 0); }, x, Numbers(6, 1), Numbers(6, 0));
  check_at("pow 2", [](auto& t) { return pow(t, 2); }, x, {inf, 4, 0, 1, inf, NaN},
           {-inf, -4, 0, 2, inf, NaN});
  check_at("1 / x", [](auto& t) { return 1 / t; }, x, {0, -0.5, inf, 1, 0, NaN},
           {0, -0.25, -inf, -1, 0, NaN});
  check_at("clamp", [](auto& t) { return clamp(t, -2, 1); }, x, {-2, -2, 0, 1, 1, NaN},
           {0, 0, 1, 0, 0, 0});
  check_at("clamp from below", [](auto& t) { return clamp(t, 0); }, x, {0, 0, 0, 1, inf, NaN},
           {0, 0, 0, 1, 1, 0});
  check_at("clamp from above", [](auto& t) { return clamp(t, {}, 0); }, x, {-inf, -2, 0, 0, 0, NaN},
           {1, 1, 0, 0, 0, 0});
  check_at(
      "clamp to a point", [](auto& t) { return clamp(t, 1, 1); }, x, {1, 1, 1, 1, 1, NaN},
      Numbers(6, 0));
  check_at("clamp to the line", [](auto& t) { return clamp(t, -inf, inf); }, x, x,
           {0, 1, 1, 1, 0, 0});
  check_at(
      "clamp crossed", [](auto& t) { return clamp(t, 1, -1); }, x, {-1, -1, -1, -1, -1, NaN},
      Numbers(6, 0));
  CHECK(same(sign(tensor(x, {6})), {-1, -1, 0, 1, 1, NaN}));
  CHECK(!sign(ones({2}).requires_grad_()).requires_grad());
}

TEST_CASE("activations at kinks and at the ends of the line", "[ops]") {
  const Numbers x = {-inf, -2, 0, 1, inf, NaN};
  check_at("relu", [](auto& t) { return relu(t); }, x, {0, 0, 0, 1, inf, NaN}, {0, 0, 0, 1, 1, 1});
  check_at("leaky_relu", [](auto& t) { return leaky_relu(t, 0.1); }, x,
           {-inf, -0.2, 0, 1, inf, NaN}, {0.1, 0.1, 0.1, 1, 1, 0.1});
  check_at("elu", [](auto& t) { return elu(t, 0.5); }, x,
           {-0.5, 0.5 * std::expm1(-2), 0, 1, inf, NaN}, {0, 0.5 * std::exp(-2), 0.5, 1, 1, NaN});
  check_at("tanh", [](auto& t) { return tanh(t); }, x, {-1, std::tanh(-2), 0, std::tanh(1), 1, NaN},
           {0, 1 - std::pow(std::tanh(2), 2), 1, 1 - std::pow(std::tanh(1), 2), 0, NaN});
  const double s1 = 1 / (1 + std::exp(-1)), s2 = 1 / (1 + std::exp(2));
  check_at("sigmoid", [](auto& t) { return sigmoid(t); }, x, {0, s2, 0.5, s1, 1, NaN},
           {0, s2 * (1 - s2), 0.25, s1 * (1 - s1), 0, NaN});
  check_at("silu", [](auto& t) { return silu(t); }, x, {0, -2 * s2, 0, s1, inf, NaN},
           {0, s2 - 2 * s2 * (1 - s2), 0.5, s1 + s1 * (1 - s1), 1, NaN});
  check_at("softplus", [](auto& t) { return softplus(t); }, x,
           {0, std::log1p(std::exp(-2)), std::log(2), std::log1p(std::exp(1)), inf, NaN},
           {0, s2, 0.5, s1, 1, NaN});
}

TEST_CASE("gelu at minus infinity is 0 with gradient 0", "[ops]") {
  const Numbers x = {-inf, -1e30, -50, 0, 50, inf, NaN}, y = {0, 0, 0, 0, 50, inf, NaN},
                dx = {0, 0, 0, 0.5, 1, 1, NaN};
  check_at(
      "gelu", [](auto& t) { return gelu(t); }, x, y, dx);
  check_at(
      "gelu tanh", [](auto& t) { return gelu(t, Gelu::tanh); }, x, y, dx);
  // Without a graph the results have the same bits.
  Generator gen(1);
  Tensor t = randn({1000}, gen);
  for (Gelu form : {Gelu::none, Gelu::tanh}) {
    const Tensor bare = gelu(t, form), tracked = gelu(t.detach().requires_grad_(), form);
    CHECK(identical(bare, tracked.detach()));
  }
}

TEST_CASE("maximum and minimum and powers of two tensors at edge values", "[ops]") {
  const Numbers a = {1, 1, 2, NaN, 1, inf}, b = {1, 2, 1, 1, NaN, -inf};
  check_pair("maximum", [](auto& u, auto& v) { return maximum(u, v); }, a, b,
             {1, 2, 2, NaN, NaN, inf}, {0.5, 0, 1, 1, 1, 1}, {0.5, 1, 0, 1, 1, 0});
  check_pair("minimum", [](auto& u, auto& v) { return minimum(u, v); }, a, b,
             {1, 1, 1, NaN, NaN, -inf}, {0.5, 1, 0, 1, 1, 0}, {0.5, 0, 1, 1, 1, 1});
  check_pair("pow", [](auto& u, auto& v) { return pow(u, v); }, {0, 0, 0, -1, 2}, {0, 2, -1, 2, 0},
             {1, 0, inf, 1, 1}, {0, 0, -inf, -2, 0}, {0, 0, -inf, NaN, std::log(2)});
  check_pair("div", [](auto& u, auto& v) { return u / v; }, {1, 0, -1}, {0, 0, inf}, {inf, NaN, 0},
             {inf, inf, 0}, {-inf, NaN, 0});
}

TEST_CASE("the branch that where does not choose gets gradient 0 and masks hide values", "[ops]") {
  check_at("double where", [](auto& t) { return log(where(gt(t, 0), t, ones_like(t))); },
           {-1, 0, 2}, {0, 0, std::log(2)}, {0, 0, 0.5});
  check_at("masked_fill", [](auto& t) { return masked_fill(t, eq(t, t), 7); }, {1, NaN, inf},
           {7, NaN, 7}, {0, 1, 0});
  const Tensor ids = tensor({1, 2, 3}, DType::i64), two = eq(ids, 2);
  CHECK(same(where(two, ids, zeros_like(ids)), {0, 2, 0}));
  CHECK(same(masked_fill(ids, two, -100), {1, -100, 3}));
  CHECK(where(two, ids, ids).dtype() == DType::i64);
}

TEST_CASE("comparisons of NaN and of integers and of masks", "[ops]") {
  const Tensor a = tensor({1, NaN, inf}), b = tensor({1, NaN, 5});
  CHECK(same(eq(a, b), {1, 0, 0}));
  CHECK(same(ne(a, b), {0, 1, 1}));
  CHECK(same(le(a, b), {1, 0, 0}));
  CHECK(same(ge(a, b), {1, 0, 1}));
  CHECK(same(lt(a, 2), {1, 0, 0}));
  CHECK(same(eq(tensor({0.1}), 0.1), {1}));  // 0.1 takes the dtype of the tensor
  const Tensor large = tensor({0x1p53, 3}, DType::i64);
  CHECK(same(gt(large, 2.5), {1, 1}));
  const Tensor m = eq(tensor({1, 0}), 1);
  CHECK(same(logical_and(m, logical_not(m)), {0, 0}));
  CHECK(same(logical_or(m, logical_not(m)), {1, 1}));
  Tensor tracked = ones({2}).requires_grad_();
  CHECK(!gt(tracked, expand(tracked, {2, 2})).requires_grad());
}

TEST_CASE("layouts of every kind in blocks of real size", "[ops]") {
  Generator gen(2);
  const Tensor x = randn({300, 260}, gen), row = randn({260}, gen), column = randn({300, 1}, gen);
  const Tensor xt = clone(transpose(x, 0, 1));
  CHECK(identical(add(x, row), add(x, clone(expand(row, {300, 260})))));
  CHECK(identical(mul(column, x), mul(clone(expand(column, {300, 260})), x)));
  CHECK(identical(sub(transpose(xt, 0, 1), 1), sub(x, 1)));
  CHECK(identical(add(transpose(xt, 0, 1), x), add(x, x)));
  const Tensor every_third = slice(x, 1, 1, INT64_MAX, 3);
  CHECK(identical(exp(every_third), exp(clone(every_third))));
  CHECK(identical(tanh(expand(column, {300, 700})), clone(expand(tanh(column), {300, 700}))));
  CHECK(identical(where(gt(column, 0), x, row), where(clone(expand(gt(column, 0), {300, 260})), x,
                                                      clone(expand(row, {300, 260})))));
}

TEST_CASE("long elementwise ops carry the same bits for any number of threads", "[ops]") {
  Generator gen(3);
  const Tensor x = randn({70'001}, gen), y = randn({70'001}, gen), dy = randn({70'001}, gen);
  const auto all = [&] {
    const std::vector<Tensor> in = {x.detach().requires_grad_(), y.detach().requires_grad_()};
    const Tensor z = gelu(mul(in[0], tanh(in[1]))) + exp(in[0]) / (1 + in[1] * in[1]);
    return grad({&z, 1}, in, {&dy, 1});
  };
  const int before = num_threads();
  set_num_threads(1);
  const std::vector<Tensor> one = all();
  for (int threads : {2, 3, 8}) {
    set_num_threads(threads);
    const std::vector<Tensor> more = all();
    CHECK(identical(one[0], more[0]));
    CHECK(identical(one[1], more[1]));
  }
  set_num_threads(before);
}

TEST_CASE("a product saves only the inputs that the needed gradients read", "[ops]") {
  Tensor x = randn({1000}, default_generator()).requires_grad_();
  const Tensor factor = full({1000}, 2);
  Tensor product;
  {
    const Tensor hidden = x + 1;  // its value is not needed again
    const int64_t before = live_bytes();
    product = hidden * factor;
    CHECK(live_bytes() - before < 2 * 4096 + 1000);
  }
  const int64_t with_hidden = live_bytes();
  const Tensor other = x + 1;
  CHECK(live_bytes() - with_hidden > 4000);
  CHECK(same(grad(product, x, ones_like(product)), Numbers(1000, 2)));
}

}  // namespace ops_elementwise_test
