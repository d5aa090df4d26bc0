// SPDX-License-Identifier: MIT
// Rows of ops/elementwise.h: arithmetic, maximum and minimum.
#include "check/rows/elementwise.h"
#include "gradus/ops/elementwise.h"
#include "kernels/accumulate.h"

namespace gradus::check {
namespace {

using Left = Tensor (*)(double, const Tensor&);
using Right = Tensor (*)(const Tensor&, double);

// op(x, x): both gradients go to the same tensor.
template <class F>
void add_square(std::vector<Sample>& to, Generator& gen, PairOp op, F f) {
  to.push_back({.label = "one tensor twice",
                .inputs = {values(gen, {3, 6})},
                .call = [op](Inputs in) { return op(in[0], in[0]); },
                .reference = each_pair(f)});
}

// The row of an operator on two tensors, a tensor and a number, or a number and a tensor.
template <class F>
OpRow operator_row(const char* name, PairOp op, Right right, Left left, F f,
                   std::vector<Mutant> mutants) {
  OpRow r{.name = name, .rules = {name}, .samples = [=](Generator& gen) {
    std::vector<Sample> samples;
    add_samples(samples, gen, "", plain_values, plain_values, op, each_pair(f));
    add_square(samples, gen, op, f);
    add_samples(samples, gen, "with 2.5", plain_values,
                [=](const Tensor& x) { return right(x, 2.5); },
                each([=](auto x) { return f(x, decltype(x)(2.5)); }));
    add_samples(samples, gen, "-1.5 with", plain_values,
                [=](const Tensor& x) { return left(-1.5, x); },
                each([=](auto x) { return f(decltype(x)(-1.5), x); }));
    return samples;
  }};
  r.bad = bad_for_two(op);
  r.bad.push_back({"a mask", {ones({2}, DType::boolean)}, [=](Inputs in) { left(2, in[0]); },
                   "bool"});
  r.mutants = std::move(mutants);
  return r;
}

// One tensor as both arguments: its gradient is the sum of two.
Axis used_twice(PairOp op) {
  return {"elements used twice", {{"accumulate_grain", kernels::accumulate_grain}},
          [op](Generator& gen, int64_t n) {
            return Sample{.label = text({n}),
                          .inputs = {values(gen, {n})},
                          .call = [op](Inputs in) { return op(in[0], in[0]); },
                          .reference = each_pair([](auto a, auto b) { return a * b; })};
          }};
}

Rows operator_rows() {
  Rows rows = {
      operator_row("add", [](const Tensor& a, const Tensor& b) { return a + b; }, add, add,
                   [](auto a, auto b) { return a + b; },
                   {wrong_slope_of(0, "da negated", [](V, V, V) { return -1.0; }),
                    wrong_slope_of(1, "db negated", [](V, V, V) { return -1.0; }),
                    wrong_slope_of(0, "halved", [](V, V, V) { return 0.5; }),
                    wrong_slope_of(1, "as of a product", [](V a, V, V) { return a; })}),
      operator_row("sub", [](const Tensor& a, const Tensor& b) { return a - b; }, sub, sub,
                   [](auto a, auto b) { return a - b; },
                   {wrong_slope_of(1, "sign lost", [](V, V, V) { return 1.0; }),
                    wrong_slope_of(0, "sign of da", [](V, V, V) { return -1.0; }),
                    wrong_slope_of(1, "as of a quotient", [](V, V b, V) { return -1 / b; })}),
      operator_row("mul", [](const Tensor& a, const Tensor& b) { return a * b; }, mul, mul,
                   [](auto a, auto b) { return a * b; },
                   {wrong_slope_of(0, "da reads a", [](V a, V, V) { return a; }),
                    wrong_slope_of(1, "db reads b", [](V, V b, V) { return b; }),
                    wrong_slope_of(0, "da reads y", [](V, V, V y) { return y; }),
                    wrong_slope_of(1, "db is dy", [](V, V, V) { return 1.0; })}),
      operator_row("div", [](const Tensor& a, const Tensor& b) { return a / b; }, div, div,
                   [](auto a, auto b) { return a / b; },
                   {wrong_slope_of(0, "da times b", [](V, V b, V) { return b; }),
                    wrong_slope_of(1, "sign lost", [](V, V b, V y) { return y / b; }),
                    wrong_slope_of(1, "b for b^2", [](V a, V b, V) { return -a / b; }),
                    wrong_slope_of(1, "a missing", [](V, V b, V) { return -1 / (b * b); })}),
  };
  rows[2].axes = {used_twice([](const Tensor& a, const Tensor& b) { return a * b; })};
  rows[3].naive = {naive_pair("a (1 / b)", [](const Tensor& a, const Tensor& b) {
    return a * (1 / b);
  })};
  return rows;
}

// Ties, where the gradient is shared: multiples of 0.05 are often equal.
template <class F>
OpRow extremum_row(const char* name, PairOp op, F f, std::vector<Mutant> mutants, Naive naive) {
  OpRow r{.name = name, .rules = {name}, .samples = [=](Generator& gen) {
    std::vector<Sample> samples;
    add_samples(samples, gen, "", on_marks, between_marks, op, each_pair(f));
    const Tensor a = on_marks(gen, {4, 6});
    Tensor b = a.clone_data();  // every third element differs
    for (int64_t i = 0; i < b.numel(); i += 3) b.mutable_data<double>()[i] += i % 2 ? 0.3 : -0.3;
    samples.push_back({.label = "equal numbers",
                       .inputs = {a, b},
                       .call = [op](Inputs in) { return op(in[0], in[1]); },
                       .reference = each_pair(f),
                       .kink = true});
    return samples;
  }};
  r.bad = bad_for_two(op);
  r.mutants = std::move(mutants);
  r.naive = {std::move(naive)};
  return r;
}

Rows extremum_rows() {
  const auto both = [](V, V, V) { return 1.0; };
  return {
      extremum_row("maximum", maximum,
                   [](auto a, auto b) { return a > b ? a : a < b ? b : 0.5 * (a + b); },
                   {wrong_slope_of(0, "ties to a", [](V a, V b, V) { return V(a >= b); }),
                    wrong_slope_of(1, "ties to nobody", [](V a, V b, V) { return V(b > a); }),
                    wrong_slope_of(0, "the smaller", [](V a, V b, V) { return V(a < b); }),
                    wrong_slope_of(1, "to both", both)},
                   naive_pair("(a + b + |a - b|) / 2", [](const Tensor& a, const Tensor& b) {
                     return (a + b + gradus::abs(a - b)) / 2;
                   })),
      extremum_row("minimum", minimum,
                   [](auto a, auto b) { return a < b ? a : a > b ? b : 0.5 * (a + b); },
                   {wrong_slope_of(0, "ties to a", [](V a, V b, V) { return V(a <= b); }),
                    wrong_slope_of(1, "ties to nobody", [](V a, V b, V) { return V(b < a); }),
                    wrong_slope_of(0, "the larger", [](V a, V b, V) { return V(a > b); }),
                    wrong_slope_of(1, "to both", both)},
                   naive_pair("(a + b - |a - b|) / 2", [](const Tensor& a, const Tensor& b) {
                     return (a + b - gradus::abs(a - b)) / 2;
                   })),
  };
}

}  // namespace

Rows elementwise_binary_rows() {
  Rows rows = operator_rows();
  for (OpRow& r : extremum_rows()) rows.push_back(std::move(r));
  return rows;
}

}  // namespace gradus::check
