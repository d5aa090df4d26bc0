// SPDX-License-Identifier: MIT
// Rows of ops/elementwise.h: comparisons and logic.
#include "check/rows/elementwise.h"
#include "gradus/ops/elementwise.h"

namespace gradus::check {
namespace {

using WithNumber = Tensor (*)(const Tensor&, double);

Tensor marks_or_whole(Generator& gen, const Shape& shape) {
  return shape.size() == 2 ? randint(-2, 3, shape, gen) : on_marks(gen, shape);
}

// f compares two numbers. Pairs of matrices contain integers.
template <class F>
OpRow comparison_row(const char* name, PairOp op, WithNumber with_number, F f) {
  OpRow r{.name = name, .rules = {}, .samples = [=](Generator& gen) {
    const auto as_number = [f](auto a, auto b) {
      return decltype(a)(f(value(a), value(b)) ? 1 : 0);
    };
    std::vector<Sample> samples;
    add_samples(samples, gen, "", on_marks, on_marks, op, each_pair(as_number));
    add_samples(samples, gen, "with 0.25", marks_or_whole,
                [=](const Tensor& x) { return with_number(x, 0.25); },
                each([=](auto x) { return as_number(x, decltype(x)(0.25)); }));
    samples.push_back({.label = "whole numbers",
                       .inputs = {indices(gen, {4, 5}, 3), indices(gen, {5}, 3)},
                       .call = [op](Inputs in) { return op(in[0], in[1]); },
                       .reference = each_pair(as_number)});
    samples.push_back({.label = "masks",
                       .inputs = {mask(gen, {4, 5}), mask(gen, {4, 1})},
                       .call = [op](Inputs in) { return op(in[0], in[1]); },
                       .reference = each_pair(as_number)});
    return samples;
  }};
  r.bad = bad_for_two(op);
  r.bad.erase(r.bad.begin() + 2);  // masks can be compared
  return r;
}

template <class F>
OpRow logical_row(const char* name, PairOp op, F f) {
  OpRow r{.name = name, .rules = {}, .samples = [=](Generator& gen) {
    std::vector<Sample> samples;
    const Maker some = [](Generator& g, const Shape& shape) { return mask(g, shape); };
    add_samples(samples, gen, "", some, some, op, each_pair([f](auto a, auto b) {
      return decltype(a)(f(value(a) != 0, value(b) != 0) ? 1 : 0);
    }));
    return samples;
  }};
  const auto call = [op](Inputs in) { op(in[0], in[1]); };
  const Tensor yes = ones({2}, DType::boolean);
  r.bad = {{"numbers", {ones({2}), ones({2})}, call, "a is f32 [2]; expected bool"},
           {"a number and a mask", {yes, ones({2}, DType::i64)}, call, "b is i64"},
           {"shapes", {yes, ones({3}, DType::boolean)}, call, "[2] and [3]"}};
  return r;
}

OpRow logical_not_row() {
  OpRow r{.name = "logical_not", .rules = {}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    add_samples(samples, gen, "", [](Generator& g, const Shape& shape) { return mask(g, shape); },
                logical_not, each([](auto x) { return decltype(x)(value(x) != 0 ? 0 : 1); }));
    return samples;
  }};
  r.bad = {{"numbers", {ones({2})}, [](Inputs in) { logical_not(in[0]); }, "expected bool"}};
  return r;
}

}  // namespace

Rows elementwise_compare_rows() {
  return {comparison_row("eq", eq, eq, [](auto a, auto b) { return a == b; }),
          comparison_row("ne", ne, ne, [](auto a, auto b) { return a != b; }),
          comparison_row("lt", lt, lt, [](auto a, auto b) { return a < b; }),
          comparison_row("le", le, le, [](auto a, auto b) { return a <= b; }),
          comparison_row("gt", gt, gt, [](auto a, auto b) { return a > b; }),
          comparison_row("ge", ge, ge, [](auto a, auto b) { return a >= b; }),
          logical_row("logical_and", logical_and, [](bool a, bool b) { return a && b; }),
          logical_row("logical_or", logical_or, [](bool a, bool b) { return a || b; }),
          logical_not_row()};
}

}  // namespace gradus::check
