// SPDX-License-Identifier: MIT
// Thirty wrong gradients as people write them: each must be found, and its kind named.
#include "gradus/check/diagnosis.h"

#include <cmath>

#include "gradus/autograd/rule.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/join.h"
#include "gradus/ops/matmul.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "gradus/ops/view.h"
#include "gradus/tensor/make.h"
#include "tests/catch.h"

using namespace gradus;
using namespace gradus::tests;

namespace {

using Forward = std::function<Tensor(Inputs)>;
using Backward = std::function<Grads(Inputs, const Tensor& y, const Tensor& dy)>;

struct Spoilt {
  static constexpr const char* name = "spoilt";
  Forward f;
  Backward b;
  std::vector<Tensor> in{};
  Tensor y{};
  Tensor forward(Inputs inputs) {
    in.assign(inputs.begin(), inputs.end());
    return y = f(inputs);
  }
  Grads backward(const Tensor& dy, Wanted) const { return b({in.data(), in.size()}, y, dy); }
};

struct Case {
  std::string label;
  std::vector<Shape> shapes;
  Forward f;
  Backward b;
  Mistake expected;
};

Tensor at(Inputs in, size_t i) { return in[i]; }

Tensor norm_forward(Inputs in) {
  const Tensor x = at(in, 0), c = x - mean(x, {-1}, true);
  return c / sqrt(mean(c * c, {-1}, true) + 1e-5);
}
Tensor deviation(const Tensor& x) {
  const Tensor c = x - mean(x, {-1}, true);
  return sqrt(mean(c * c, {-1}, true) + 1e-5);
}

const Forward square = [](Inputs in) { return in[0] * in[0]; };
const Forward wave = [](Inputs in) { return tanh(in[0]); };
const Forward product = [](Inputs in) { return in[0] * in[1]; };

const std::vector<Case> elementwise_cases = {
    {"square without its 2",
     {{3, 4}},
     square,
     [](Inputs in, const Tensor&, const Tensor& dy) { return Grads{in[0] * dy}; },
     Mistake::factor},
    {"square negated",
     {{3, 4}},
     square,
     [](Inputs in, const Tensor&, const Tensor& dy) { return Grads{-2.0 * in[0] * dy}; },
     Mistake::sign},
    {"square without x",
     {{3, 4}},
     square,
     [](Inputs, const Tensor&, const Tensor& dy) { return Grads{2.0 * dy}; },
     Mistake::element_factor},
    {"square without dy",
     {{3, 4}},
     square,
     [](Inputs in, const Tensor&, const Tensor&) { return Grads{2.0 * in[0]}; },
     Mistake::ignores_dy},
    {"square that returns nothing",
     {{3, 4}},
     square,
     [](Inputs in, const Tensor&, const Tensor&) { return Grads{zeros_like(in[0])}; },
     Mistake::missing},
    {"tanh as 1 - y",
     {{3, 4}},
     wave,
     [](Inputs, const Tensor& y, const Tensor& dy) { return Grads{(1 - y) * dy}; },
     Mistake::element_factor},
    {"tanh without its slope",
     {{3, 4}},
     wave,
     [](Inputs, const Tensor&, const Tensor& dy) { return Grads{dy.clone_data()}; },
     Mistake::element_factor},
    {"product with its gradients swapped",
     {{3, 4}, {3, 4}},
     product,
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{in[0] * dy, in[1] * dy};
     },
     Mistake::other_input},
    {"logarithm as 1 / x of a shifted x",
     {{3, 4}},
     [](Inputs in) { return log(in[0] * in[0] + 1); },
     [](Inputs in, const Tensor&, const Tensor& dy) { return Grads{2.0 * in[0] * dy}; },
     Mistake::element_factor},
    {"square root at zero",
     {{3, 4}},
     [](Inputs in) { return in[0] * 1.0; },
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{dy * (in[0] - in[0]) / (in[0] - in[0])};
     },
     Mistake::not_finite},
};

// The gradient of a loop that ends one element early.
Tensor without_last(const Tensor& g) {
  Tensor out = g.clone_data();
  out.mutable_data<double>()[out.numel() - 1] = 0;
  return out;
}
// Each line along the axis moved by one element.
Tensor rotated(const Tensor& g, int axis) {
  const int64_t n = g.shape()[axis];
  return cat({narrow(g, axis, 1, n - 1), narrow(g, axis, 0, 1)}, axis);
}

const Forward matrix_product = [](Inputs in) { return matmul(in[0], in[1]); };
const Forward scores = [](Inputs in) { return matmul(in[0], in[1].t()) * (1 / std::sqrt(7.0)); };
const Forward shifted = [](Inputs in) { return in[0] + in[1]; };

const std::vector<Case> matrix_cases = {
    {"dA of a product transposed",
     {{4, 4}, {4, 4}},
     matrix_product,
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{matmul(in[1], dy.t()), matmul(in[0].t(), dy)};
     },
     Mistake::transposed},
    {"dB of a product in the wrong layout",
     {{3, 5}, {5, 4}},
     matrix_product,
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{matmul(dy, in[1].t()), matmul(dy.t(), in[0]).reshape({5, 4})};
     },
     Mistake::transposed},
    {"scores without 1 / √d",
     {{3, 7}, {5, 7}},
     scores,
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{matmul(dy, in[1]), matmul(dy.t(), in[0]) * (1 / std::sqrt(7.0))};
     },
     Mistake::factor},
    {"scores divided twice",
     {{3, 7}, {5, 7}},
     scores,
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{matmul(dy, in[1]) * (1 / 7.0), matmul(dy.t(), in[0]) * (1 / std::sqrt(7.0))};
     },
     Mistake::factor},
    {"bias without the sum over rows",
     {{3, 4}, {4}},
     shifted,
     [](Inputs, const Tensor&, const Tensor& dy) {
       return Grads{dy, select(dy, 0, 0).contiguous_data()};
     },
     Mistake::partial_sum},
    {"bias as a mean over rows",
     {{3, 4}, {4}},
     shifted,
     [](Inputs, const Tensor&, const Tensor& dy) {
       return Grads{dy, mean(dy, {0})};
     },
     Mistake::factor},
    {"row sums that keep the last slice",
     {{2, 3, 4}, {2, 3, 1}},
     shifted,
     [](Inputs, const Tensor&, const Tensor& dy) {
       return Grads{dy, narrow(dy, 2, 3, 1)};
     },
     Mistake::partial_sum},
    {"mean without 1 / n",
     {{3, 5}},
     [](Inputs in) { return mean(in[0], {1}, true); },
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{expand(dy, in[0].shape()).contiguous_data()};
     },
     Mistake::factor},
    {"sum taken for a mean",
     {{3, 5}},
     [](Inputs in) { return sum(in[0], {1}, true); },
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{expand(dy, in[0].shape()).contiguous_data() * 0.2};
     },
     Mistake::factor},
    {"a loop that ends early",
     {{4, 5}},
     [](Inputs in) { return in[0] * 3.0; },
     [](Inputs, const Tensor&, const Tensor& dy) { return Grads{without_last(dy * 3.0)}; },
     Mistake::few_elements},
    {"an index off by one",
     {{4, 5}},
     [](Inputs in) { return in[0] * 3.0; },
     [](Inputs, const Tensor&, const Tensor& dy) { return Grads{rotated(dy * 3.0, 1)}; },
     Mistake::moved},
    {"a permutation not undone",
     {{3, 3}},
     [](Inputs in) { return in[0].t() * 2.0; },
     [](Inputs, const Tensor&, const Tensor& dy) { return Grads{dy * 2.0}; },
     Mistake::transposed},
};

const Forward soft = [](Inputs in) { return softmax(in[0], -1); };
const Forward log_soft = [](Inputs in) { return log_softmax(in[0], -1); };

const std::vector<Case> line_cases = {
    {"softmax without its sum",
     {{4, 5}},
     soft,
     [](Inputs, const Tensor& y, const Tensor& dy) { return Grads{y * dy}; },
     Mistake::missing_term},
    {"softmax with the sum of dy",
     {{4, 5}},
     soft,
     [](Inputs, const Tensor& y, const Tensor& dy) {
       return Grads{y * (dy - sum(dy, {-1}, true))};
     },
     Mistake::missing_term},
    {"softmax summed over the wrong axis",
     {{5, 5}},
     soft,
     [](Inputs, const Tensor& y, const Tensor& dy) {
       return Grads{y * (dy - sum(dy * y, {0}, true))};
     },
     Mistake::unknown},
    {"softmax with a sigmoid's slope",
     {{4, 5}},
     soft,
     [](Inputs, const Tensor& y, const Tensor& dy) { return Grads{y * (1 - y) * dy}; },
     Mistake::unknown},
    {"log_softmax without its sum",
     {{4, 5}},
     log_soft,
     [](Inputs, const Tensor&, const Tensor& dy) { return Grads{dy.clone_data()}; },
     Mistake::missing_term},
    {"normalisation without its mean",
     {{4, 6}},
     norm_forward,
     [](Inputs in, const Tensor& y, const Tensor& dy) {
       return Grads{(dy - y * mean(dy * y, {-1}, true)) / deviation(in[0])};
     },
     Mistake::missing_term},
    {"normalisation without its second term",
     {{4, 6}},
     norm_forward,
     [](Inputs in, const Tensor&, const Tensor& dy) {
       return Grads{(dy - mean(dy, {-1}, true)) / deviation(in[0])};
     },
     Mistake::missing_term},
    {"normalisation not divided by its deviation",
     {{4, 6}},
     norm_forward,
     [](Inputs, const Tensor& y, const Tensor& dy) {
       return Grads{dy - mean(dy, {-1}, true) - y * mean(dy * y, {-1}, true)};
     },
     Mistake::line_factor},
};

std::vector<Case> all_cases() {
  std::vector<Case> all = elementwise_cases;
  for (const auto* more : {&matrix_cases, &line_cases})
    all.insert(all.end(), more->begin(), more->end());
  return all;
}

}  // namespace

TEST_CASE("of thirty wrong gradients all are found and nearly all are named", "[diagnosis]") {
  int count = 0, named = 0;
  for (const Case& c : all_cases()) {
    Generator gen(17);
    std::vector<Tensor> inputs;
    for (const Shape& shape : c.shapes) inputs.push_back(randn(shape, gen, DType::f64));
    const auto fn = [&](Inputs in) -> Tensors { return {apply(Spoilt{c.f, c.b}, in)}; };
    const DiagnosedReport d = diagnose_gradients(fn, inputs);
    INFO(c.label << "\n" << d.str());
    CHECK(d.report.verdict == Verdict::fail);
    Mistake found = Mistake::none;
    std::string words;
    for (const Diagnosis& one : d.diagnoses)
      if (found == Mistake::none) {
        found = one.mistake;
        words = one.words;
      }
    CHECK(found == c.expected);
    CHECK(!words.empty());
    ++count;
    named += found != Mistake::unknown;
  }
  CHECK(count == 30);
  CHECK(named >= 28);
}

TEST_CASE("the words of a diagnosis lead to the mistake", "[diagnosis]") {
  const auto words_of = [](const std::string& label) {
    for (const Case& c : all_cases())
      if (c.label == label) {
        Generator gen(17);
        std::vector<Tensor> inputs;
        for (const Shape& shape : c.shapes) inputs.push_back(randn(shape, gen, DType::f64));
        const auto fn = [&](Inputs in) -> Tensors { return {apply(Spoilt{c.f, c.b}, in)}; };
        return diagnose_gradients(fn, inputs).str();
      }
    return std::string("no such case");
  };
  CHECK(has(words_of("scores without 1 / √d"), "√7, where 7 is the size of axis 1 of input 0"));
  CHECK(has(words_of("square without its 2"), "times 0.5: is the 2 of a square missing?"));
  CHECK(has(words_of("mean without 1 / n"), "times 5, which is the size of axis 1"));
  CHECK(has(words_of("bias without the sum over rows"), "only slice 0 of axis 0 of dy counts"));
  CHECK(has(words_of("tanh without its slope"), "the factor 1 - y² is missing"));
  CHECK(has(words_of("softmax without its sum"), "proportional to y along axis 1"));
  CHECK(has(words_of("a loop that ends early"), "only 1 of 20 elements is wrong, the last one"));
}

TEST_CASE("right gradients get no diagnosis", "[diagnosis]") {
  Generator gen(3);
  const Tensor x = randn({3, 4}, gen, DType::f64);
  const DiagnosedReport d =
      diagnose_gradients([](Inputs in) -> Tensors { return {softmax(in[0], -1)}; }, {x});
  CHECK(d.report.verdict == Verdict::pass);
  CHECK(d.diagnoses[0].mistake == Mistake::none);
  CHECK(d.str() == d.report.str());
}
