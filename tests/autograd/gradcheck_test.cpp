// SPDX-License-Identifier: MIT
// gradcheck as a user calls it: passing, failing and undecided cases.
#include "tests/autograd/rules.h"
#include "tests/catch.h"

#include "gradus/autograd/gradcheck.h"
#include "gradus/ops/softmax.h"

using namespace gradus;
using namespace gradus::tests;

namespace autograd_gradcheck_test {

struct NearlySquare {  // y = x^2, with a backward that is a thousandth too large
  static constexpr const char* name = "nearly_square";
  Tensor x{};
  Tensor forward(Inputs in) {
    x = in[0];
    return mapped(x, [](double v, int64_t) { return v * v; });
  }
  Grads backward(const Tensor& dy, Wanted) const {
    const double* in = x.data<double>();
    return mapped(dy, [in](double v, int64_t i) { return 2.002 * in[i] * v; });
  }
};

struct Relu {
  static constexpr const char* name = "relu_here";
  double at_zero;  // the derivative that backward uses there
  Tensor x{};
  Tensor forward(Inputs in) {
    x = in[0];
    return mapped(x, [](double v, int64_t) { return v > 0 ? v : 0; });
  }
  Grads backward(const Tensor& dy, Wanted) const {
    const double* in = x.data<double>();
    return mapped(dy, [this, in](double v, int64_t i) {
      return in[i] > 0 ? v : in[i] == 0 ? at_zero * v : 0;
    });
  }
};

CheckedFunction relu(double at_zero) {
  return [at_zero](Inputs in) -> Tensors { return apply(Relu{at_zero}, in[0]); };
}

Tensor plain(std::initializer_list<double> values) { return tensor(values, DType::f64); }

TEST_CASE("gradcheck passes a right gradient", "[gradcheck]") {
  Generator gen(1);
  Tensor x = randn({3, 4}, gen, DType::f64);
  const Tensor before = x.clone_data();
  const GradcheckReport r = gradcheck([](Inputs in) -> Tensors { return softmax(in[0], 1); }, {x});
  CHECK(r.verdict == Verdict::pass);
  CHECK(bool(r));
  REQUIRE(r.entries.size() == 1);
  CHECK(r.entries[0].shape == Shape{3, 4});
  CHECK(r.entries[0].name == "input 0");
  CHECK(r.worst() < 1e-9);
  CHECK(r.worst() > 0);  // it has compared something
  CHECK(identical(x, before));
  CHECK_FALSE(x.requires_grad());
  CHECK(has(r.str(), "input 0  [3, 4]"));
  CHECK(has(r.str(), "gradcheck: pass"));
}

TEST_CASE("gradcheck finds an error of a thousandth and its position", "[gradcheck]") {
  Tensor x = plain({0.1, 3, -0.2});
  x.requires_grad_().set_name("weight");
  const GradcheckReport r =
      gradcheck([](Inputs in) -> Tensors { return apply(NearlySquare{}, in[0]); }, {x});
  CHECK(r.verdict == Verdict::fail);
  CHECK_FALSE(bool(r));
  REQUIRE(r.entries.size() == 1);
  CHECK(r.entries[0].name == "weight");
  CHECK(r.entries[0].index == 1);  // the largest
  CHECK(std::abs(r.entries[0].analytic / r.entries[0].numeric - 1.001) < 1e-6);
  CHECK(has(r.str(), "weight  [3]"));
  CHECK(has(r.str(), "fail"));
  CHECK(has(r.str(), "gradcheck: fail"));
  CHECK_FALSE(x.grad().defined());  // the user's own gradients are unchanged
}

TEST_CASE("gradcheck of several inputs and outputs blames the right one", "[gradcheck]") {
  const CheckedFunction fn = [](Inputs in) -> Tensors {
    return {plus(square(in[0]), apply(NearlySquare{}, in[1])), scale(in[0], 3)};
  };
  const GradcheckReport r = gradcheck(fn, {plain({1, 2}), plain({3, 4})});
  REQUIRE(r.entries.size() == 2);
  CHECK(r.entries[0].verdict == Verdict::pass);
  CHECK(r.entries[1].verdict == Verdict::fail);
  CHECK(r.verdict == Verdict::fail);
}

TEST_CASE("gradcheck detects a missing gradient", "[gradcheck]") {
  const CheckedFunction cut = [](Inputs in) -> Tensors {
    return plus(square(in[0].detach()), in[1]);
  };
  const GradcheckReport r = gradcheck(cut, {plain({2}), plain({1})});
  REQUIRE(r.entries.size() == 2);
  CHECK(r.entries[0].verdict == Verdict::fail);
  CHECK(has(r.entries[0].reason, "no gradient reaches it"));
  CHECK(r.entries[1].verdict == Verdict::pass);
  const auto constant = [](Inputs) -> Tensors { return ones({2}, DType::f64); };
  CHECK(gradcheck(constant, {plain({2})}).verdict == Verdict::pass);  // and so is its derivative
}

TEST_CASE("gradcheck is undecided at a kink and only there", "[gradcheck]") {
  for (const double at_zero : {0.0, 0.5, 1.0}) {
    const GradcheckReport r = gradcheck(relu(at_zero), {plain({-1, 0, 2})});
    INFO(r.str());
    CHECK((r.verdict == Verdict::undecided || at_zero == 0.5));  // 0.5 is the central difference
    CHECK(r.verdict != Verdict::fail);
    if (at_zero != 0.5) CHECK(has(r.str(), "kink"));
    if (at_zero != 0.5) CHECK(r.entries[0].index == 1);
  }
  CHECK(gradcheck(relu(0), {plain({-1, 2})}).verdict == Verdict::pass);
  SECTION("at a kink only one-sided derivatives pass") {
    CHECK(gradcheck(relu(1.5), {plain({-1, 0, 2})}).verdict == Verdict::fail);
    CHECK(gradcheck(relu(-0.5), {plain({-1, 0, 2})}).verdict == Verdict::fail);
  }
  SECTION("and none elsewhere") {
    const CheckedFunction fn = [](Inputs in) -> Tensors {
      return {apply(Relu{0}, in[0]), apply(NearlySquare{}, in[0])};
    };
    CHECK(gradcheck(fn, {plain({0, 3})}).verdict == Verdict::fail);
  }
}

TEST_CASE("gradcheck is undecided if it cannot compute", "[gradcheck]") {
  const CheckedFunction fn = [](Inputs in) -> Tensors { return softmax(in[0], 0); };
  SECTION("f32 inputs") {
    const GradcheckReport r = gradcheck(fn, {ones({3}, DType::f32)});
    CHECK(r.verdict == Verdict::undecided);
    CHECK(has(r.str(), "f32"));
    CHECK(has(r.str(), "convert the inputs to f64"));
    CHECK(has(r.str(), "gradcheck: undecided"));
  }
  SECTION("no float input at all") {
    const auto whole = [](Inputs in) -> Tensors { return in[0]; };
    CHECK(has(gradcheck(whole, {ones({3}, DType::i64)}).str(), "no input is f64"));
    CHECK(gradcheck(whole, {}).verdict == Verdict::undecided);
  }
  SECTION("a function that returns different values when called again") {
    Generator gen(5);
    const auto noisy = [&](Inputs in) -> Tensors {
      return plus(in[0], randn({3}, gen, DType::f64));
    };
    const GradcheckReport r = gradcheck(noisy, {ones({3}, DType::f64)});
    CHECK(r.verdict == Verdict::undecided);
    CHECK(has(r.str(), "on a second call"));
  }
  SECTION("values that are not finite") {
    const auto log = [](Inputs in) -> Tensors {
      return mapped(in[0], [](double v, int64_t) { return std::log(v); });
    };
    const GradcheckReport r = gradcheck(log, {plain({1e-6})});
    CHECK(r.verdict == Verdict::undecided);
    CHECK(has(r.str(), "not finite"));
  }
}

TEST_CASE("gradcheck passes other inputs through and takes any shape", "[gradcheck]") {
  const CheckedFunction weighted = [](Inputs in) -> Tensors {
    return scale(in[1], static_cast<double>(in[0].to_vector<int64_t>()[0]));
  };
  const GradcheckReport r = gradcheck(weighted, {tensor({3}, DType::i64), plain({1, 2})});
  REQUIRE(r.entries.size() == 1);
  CHECK(r.entries[0].name == "input 1");
  CHECK(r.verdict == Verdict::pass);
  const CheckedFunction sq = [](Inputs in) -> Tensors { return square(in[0]); };
  CHECK(gradcheck(sq, {zeros({0, 3}, DType::f64)}).verdict == Verdict::pass);
  CHECK(gradcheck(sq, {full({}, 2, DType::f64)}).verdict == Verdict::pass);
  const Tensor wide = plain({1, 2}).with_layout(Layout::contiguous({2}).broadcast({3, 2}));
  CHECK(gradcheck(sq, {wide}).verdict == Verdict::pass);
}

TEST_CASE("gradcheck's cotangent is never small and follows its seed", "[gradcheck]") {
  const std::vector<Tensor> outputs = {zeros({50}, DType::f64), zeros({2}, DType::i64)};
  const std::vector<Tensor> c = random_cotangents(outputs, 1), d = random_cotangents(outputs, 2);
  CHECK_FALSE(c[1].defined());
  CHECK_FALSE(identical(c[0], d[0]));
  bool negative = false, positive = false;
  for (double v : numbers(c[0])) {
    CHECK(std::abs(v) >= 0.5);
    CHECK(std::abs(v) <= 1.5);
    (v < 0 ? negative : positive) = true;
  }
  CHECK(negative);
  CHECK(positive);
}

}  // namespace autograd_gradcheck_test
