// SPDX-License-Identifier: MIT
// Gradients of gradients: known values, typical uses, and refusals.
#include <cmath>
#include <numbers>

#include "gradus/autograd/autograd.h"
#include "gradus/autograd/gradcheck.h"
#include "gradus/autograd/rule.h"
#include "gradus/nn/basic.h"
#include "gradus/ops/attention.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "tests/catch.h"
#include "tests/tensors.h"

using namespace gradus;
using namespace gradus::tests;

namespace autograd_second_order_test {

constexpr GradOptions graph{.create_graph = true};
using Numbers = std::vector<double>;

Tensor leaf(const Numbers& values) {
  return tensor(values, {static_cast<int64_t>(values.size())}, DType::f64).requires_grad_();
}

// The derivative of y = f(x), element by element, as part of the graph.
Tensor derivative(const Tensor& y, const Tensor& x) { return grad(y, x, ones_like(y), graph); }

struct Forgetful {  // y = x^3, with a backward_graph that treats x as a constant
  static constexpr const char* name = "forgetful";
  Tensor x{};
  Tensor forward(Inputs in) {
    x = in[0];
    return in[0] * in[0] * in[0];
  }
  Grads backward(const Tensor& dy, Wanted) const { return 3 * dy * x.detach() * x.detach(); }
  Grads backward_graph(const Tensor& dy, Wanted, const History&) const {
    return 3 * dy * x.detach() * x.detach();
  }
};

TEST_CASE("each derivative of x^4 is the derivative of the previous one", "[create_graph]") {
  const Tensor x = leaf({1.5, -2});
  Tensor y = pow(x, 4);
  y = derivative(y, x);
  CHECK(y.to_vector<double>() == Numbers{4 * 3.375, -32});
  y = derivative(y, x);
  CHECK(y.to_vector<double>() == Numbers{12 * 2.25, 48});
  y = derivative(y, x);
  CHECK(y.to_vector<double>() == Numbers{36, -48});
  CHECK(derivative(y, x).to_vector<double>() == Numbers{24, 24});
}

TEST_CASE("the third derivative of gelu follows from the normal density", "[create_graph]") {
  // The second is phi (2 - x^2) and phi' is -x phi, so the third is phi (x^3 - 4x).
  const Tensor x = leaf({-1.3, 0, 0.4, 2.1});
  Tensor y = gelu(x);
  for (int i = 0; i < 3; ++i) y = derivative(y, x);
  const Numbers v = x.to_vector<double>(), d = y.to_vector<double>();
  for (size_t i = 0; i < v.size(); ++i) {
    const double phi = std::exp(-v[i] * v[i] / 2) / std::sqrt(2 * std::numbers::pi);
    CHECK(std::abs(d[i] - phi * (v[i] * v[i] * v[i] - 4 * v[i])) < 1e-12);
  }
}

TEST_CASE("the Hessian of a quadratic form is its matrix", "[create_graph]") {
  Generator gen(2);
  const Tensor a = randn({4, 4}, gen, DType::f64), x = randn({4}, gen, DType::f64);
  const Tensor h = hessian([&](const Tensor& v) { return sum(v * matmul(a, v)) / 2; }, x);
  const Numbers m = a.to_vector<double>(), got = h.to_vector<double>();
  for (size_t i = 0; i < 4; ++i)
    for (size_t j = 0; j < 4; ++j)
      CHECK(std::abs(got[i * 4 + j] - (m[i * 4 + j] + m[j * 4 + i]) / 2) < 1e-14);
  CHECK_THROWS_AS(hessian([](const Tensor& v) { return v * v; }, x), std::invalid_argument);
}

TEST_CASE("gradgradcheck passes right rules and names the checked inputs", "[create_graph]") {
  Generator gen(5);
  const Tensor x = randn({3, 4}, gen, DType::f64), w = randn({2, 4}, gen, DType::f64);
  const Tensor b = randn({2}, gen, DType::f64);
  const auto net = [](Inputs in) {
    return Tensors{softmax(linear(in[0], in[1], in[2], Activation::gelu), -1)};
  };
  const GradcheckReport report = gradgradcheck(net, {x, w, b});
  INFO(report.str());
  CHECK(report);
  CHECK(report.entries.size() == 4);
  CHECK(report.entries.back().name == "cotangent 0");
}

TEST_CASE("gradgradcheck fails a backward_graph that drops a dependency", "[create_graph]") {
  const auto fn = [](Inputs in) { return Tensors{apply(Forgetful{}, in[0])}; };
  const Tensor x = tensor(Numbers{0.5, -1.2}, {2}, DType::f64);
  CHECK(gradcheck(fn, {x}));
  const GradcheckReport report = gradgradcheck(fn, {x});
  CHECK(report.verdict == Verdict::fail);
  CHECK(report.entries[0].verdict == Verdict::fail);
  CHECK(report.entries[1].verdict == Verdict::pass);  // the dependency on the cotangent is complete
}

TEST_CASE("a gradient penalty trains: its gradients are those of differences", "[create_graph]") {
  Generator gen(7);
  Linear first({3, 8}, gen), last({8, 1}, gen);
  first.to(DType::f64);
  last.to(DType::f64);
  const Tensor data = randn({5, 3}, gen, DType::f64);
  const auto penalty = [&] {
    Tensor x = data.detach();
    x.requires_grad_();
    const Tensor y = last(tanh(first(x)));
    const Tensor g = grad(y, x, ones_like(y), graph);
    return mean(pow(sqrt(sum(g * g, {1})) - 1, 2));
  };
  penalty().backward();
  Tensor w = first.weight.detach();  // the same numbers
  const Numbers found = first.weight.grad().to_vector<double>();
  for (int64_t i : {0, 7, 23}) {
    constexpr double h = 1e-5;
    const auto moved = [&](double by) {
      w.mutable_data<double>()[i] += by;
      const double value = penalty().item();
      w.mutable_data<double>()[i] -= by;
      return value;
    };
    CHECK(std::abs(found[static_cast<size_t>(i)] - (moved(h) - moved(-h)) / (2 * h)) < 1e-8);
  }
}

TEST_CASE("create_graph keeps the graph and frees all of it in the end", "[create_graph]") {
  const int64_t nodes = live_nodes();
  {
    const Tensor x = leaf({0.3, 0.7});
    const Tensor y = sum(exp(x) * x);
    const Tensor g = grad(y, x, {}, graph);
    CHECK(g.requires_grad());
    y.backward(true);  // the first graph is still there
    grad(sum(g * g), x);
    // It was part of the second graph, which is freed now: an error, not a silent loss.
    CHECK(has(message_of([&] { grad(y, x, {}, {.allow_unused = true}); }), "freed"));
    CHECK(worst_gap(x.grad(), g.detach()) < 1e-15);
  }
  CHECK(live_nodes() == nodes);
}

TEST_CASE("a rule without backward_graph is refused by name", "[create_graph]") {
  Generator gen(1);
  Tensor q = randn({1, 2, 3, 4}, gen, DType::f64);
  q.requires_grad_();
  const Tensor y = scaled_dot_product_attention(q, q, q);
  const std::string m = message_of([&] { grad(y, q, ones_like(y), graph); });
  CHECK(m.find("scaled_dot_product_attention does not support create_graph") != m.npos);
}

TEST_CASE("a value that was changed after it was saved is refused", "[create_graph]") {
  Tensor c = ones({2}, DType::f64);
  const Tensor x = leaf({1, 2});
  const Tensor y = sum(x * c);
  c.fill_(3);
  CHECK_THROWS_AS(grad(y, x, {}, graph), std::invalid_argument);
}

}  // namespace autograd_second_order_test
