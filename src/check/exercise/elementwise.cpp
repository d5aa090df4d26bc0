// SPDX-License-Identifier: MIT
// Exercises on functions of one element: square, gelu, dropout.
#include <cmath>

#include "check/exercise/exercise.h"
#include "gradus/ops/elementwise.h"

namespace gradus::exercise {
namespace {

using check::values;

std::vector<Example> of_shapes(Generator& gen, const std::vector<Shape>& shapes) {
  std::vector<Example> all;
  for (const Shape& shape : shapes) all.push_back({shape.str(), {values(gen, shape)}});
  return all;
}

Call of_one(Tensor (*f)(const Tensor&)) {
  return [f](Inputs in, const Numbers&) { return Tensors{f(in[0])}; };
}
// The gradient of input 0 from x and dy.
Backward slope(Tensor (*f)(const Tensor& x, const Tensor& dy)) {
  return [f](Inputs in, const Numbers&, const Grads& dy) { return Grads{f(in[0], dy[0])}; };
}

}  // namespace

Exercise square_exercise() {
  Exercise e{.name = "square",
             .right = of_one([](const Tensor& x) { return x * x; }),
             .inputs = {"x"},
             .examples = [](Generator& gen) {
               return of_shapes(gen, {{}, {3}, {2, 3}, {4, 5}, {2, 3, 4}, {0}});
             }};
  e.edges = {{{"large and small", {tensor({1e30, -1e30, 1e-30, 0}, DType::f64)}}, ""},
             {{"infinite", {tensor({INFINITY, -INFINITY, NAN}, DType::f64)}},
              "x x gives the right value without special cases"}};
  e.impostors = {
      wrong_result("2 x instead of x squared", of_one([](const Tensor& x) { return 2 * x; })),
      wrong_result("the cube of x", of_one([](const Tensor& x) { return x * x * x; })),
      wrong_gradient(e.right, "the factor 2 is missing in the gradient",
                     slope([](const Tensor& x, const Tensor& dy) { return x * dy; })),
      wrong_gradient(e.right, "the factor x is missing in the gradient",
                     slope([](const Tensor&, const Tensor& dy) { return 2 * dy; })),
      wrong_gradient(e.right, "the gradient is not multiplied by dy",
                     slope([](const Tensor& x, const Tensor&) { return 2 * x; }))};
  e.solution = {"src/ops/elementwise_unary.cpp", "WholePower"};
  e.result_hint = "y_i = x_i x_i: multiply x by itself";
  e.gradient_hint = "the derivative of x^2 is 2 x; the chain rule multiplies it by dy";
  return e;
}

Exercise gelu_exercise() {
  Exercise e{
      .name = "gelu", .right = of_one([](const Tensor& x) { return gelu(x); }), .inputs = {"x"}};
  use_row(
      e, "gelu",
      [](const check::Sample& s) {
        return s["tanh"] == 0 ? std::optional<Numbers>(Numbers{}) : std::nullopt;
      },
      [](Inputs, const Numbers&) {
        return std::map<std::string, double>{{"tanh", 0}};
      });
  e.edges.push_back({{"far from 0", {tensor({30, -30, 300, -300, 0}, DType::f64)}},
                     "gelu(-30) is 0 and gelu(30) is 30"});
  e.impostors.push_back(wrong_result("the tanh form instead of the erf form",
                                     of_one([](const Tensor& x) { return gelu(x, Gelu::tanh); })));
  e.impostors.push_back(
      wrong_result("the sigmoid form, x sigmoid(1.702 x)",
                   of_one([](const Tensor& x) { return x * sigmoid(1.702 * x); })));
  e.impostors.push_back(wrong_result("the sqrt(2) under x is missing", of_one([](const Tensor& x) {
                                       return gelu(x * std::sqrt(2.0)) / std::sqrt(2.0);
                                     })));
  e.impostors.push_back(wrong_gradient(
      e.right, "the derivative of relu",
      slope([](const Tensor& x, const Tensor& dy) { return where(gt(x, 0), dy, 0); })));
  e.solution = {"src/ops/elementwise_activation.cpp", "struct GeluErf"};
  e.result_hint =
      "y = x P(x), and P(x) = (1 + erf(x / sqrt(2))) / 2; the header has normal_share()";
  e.gradient_hint = "the product rule on x P(x): P(x) + x p(x), where p = P' is the normal density";
  return e;
}

namespace {

Tensor scale_of(const Tensor& keep, double p, DType dtype) {
  return where(keep, full(keep.shape(), p < 1 ? 1 / (1 - p) : 0, dtype), 0);
}

Tensors right_dropout(Inputs in, const Numbers& n) {
  return {n[1] != 0 ? in[0] * scale_of(in[1], n[0], in[0].dtype()) : in[0] * 1};
}

std::vector<Example> dropout_examples(Generator& gen) {
  std::vector<Example> all;
  const auto add = [&](const Shape& shape, double p, bool training) {
    all.push_back({text({shape, training ? ", training" : ", not training"}),
                   {values(gen, shape), check::mask(gen, shape, 1 - p)},
                   {p, static_cast<double>(training)}});
  };
  add({6}, 0.5, true), add({3, 4}, 0.2, true), add({2, 3, 4}, 0.7, true), add({3, 4}, 0.3, false);
  add({5}, 0, true), add({0}, 0.5, true);
  return all;
}

Impostor dropout_gradient(const Call& right, const char* name,
                          Tensor (*of)(const Tensor& dy, const Tensor& keep, double p)) {
  return wrong_gradient(right, name, [of](Inputs in, const Numbers& n, const Grads& dy) {
    return Grads{n[1] != 0 ? of(dy[0], in[1], n[0]) : dy[0] * 1, Tensor{}};
  });
}

Impostor dropout_result(const char* name,
                        Tensor (*of)(const Tensor& x, const Tensor& keep, double p)) {
  return wrong_result(name, [of](Inputs in, const Numbers& n) {
    return Tensors{n[1] != 0 ? of(in[0], in[1], n[0]) : in[0] * 1};
  });
}

void add_dropout_mistakes(Exercise& e) {
  e.impostors = {
      dropout_result("kept elements are not divided by 1 - p",
                     [](const Tensor& x, const Tensor& keep, double) { return where(keep, x, 0); }),
      dropout_result("the kept elements are dropped and the others kept",
                     [](const Tensor& x, const Tensor& keep, double p) {
                       return where(keep, 0, x / (1 - p));
                     }),
      dropout_result("divided by p instead of 1 - p",
                     [](const Tensor& x, const Tensor& keep, double p) {
                       return where(keep, x / (p > 0 ? p : 1), 0);
                     }),
      wrong_result("elements are dropped outside of training, too",
                   [](Inputs in, const Numbers& n) {
                     return right_dropout(in, {n[0], 1});
                   }),
      dropout_gradient(e.right, "the backward ignores the mask",
                       [](const Tensor& dy, const Tensor&, double p) { return dy / (1 - p); }),
      dropout_gradient(
          e.right, "the backward forgets to divide by 1 - p",
          [](const Tensor& dy, const Tensor& keep, double) { return where(keep, dy, 0); }),
      dropout_gradient(e.right, "the backward divides by 1 - p twice",
                       [](const Tensor& dy, const Tensor& keep, double p) {
                         return where(keep, dy / ((1 - p) * (1 - p)), 0);
                       })};
}

}  // namespace

Exercise dropout_exercise() {
  Exercise e{.name = "dropout",
             .right = right_dropout,
             .inputs = {"x", "keep"},
             .numbers = {"p", "training"},
             .examples = dropout_examples};
  e.edges = {
      {{"p is 1", {tensor({1, 2}, DType::f64), tensor(std::vector<bool>{false, false})}, {1, 1}},
       "1 / (1 - p) is infinite at p = 1, and 0 times infinity is NaN: return zeros"},
      {{"p is 1, not training",
        {tensor({1, 2}, DType::f64), tensor(std::vector<bool>{false, false})},
        {1, 0}},
       "outside of training dropout returns x"}};
  add_dropout_mistakes(e);
  e.solution = {"src/ops/dropout.cpp", "struct Dropped"};
  e.result_hint = "where keep is true y = x / (1 - p), else 0; outside of training y = x";
  e.gradient_hint = "each y_i is x_i times a factor: dx_i is dy_i times the same factor";
  return e;
}

}  // namespace gradus::exercise
