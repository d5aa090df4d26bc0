// SPDX-License-Identifier: MIT
// Rows of ops/elementwise.h: where, masked_fill and straight_through.
#include "check/rows/elementwise.h"
#include "gradus/ops/elementwise.h"

namespace gradus::check {
namespace {

// y = condition ? a : b, all broadcast; b may be a number.
template <class T>
Array<T> chosen_elements(const Array<T>& condition, const Array<T>& a, const Array<T>& b) {
  const Shape shape = broadcast_shapes(
      "chosen", broadcast_shapes("chosen", condition.shape, a.shape), b.shape);
  Array<T> y(shape);
  for (int64_t i = 0; i < y.count(); ++i) {
    const Dims c = coordinates(shape, i);
    y[i] = condition.index(flat_index(condition.shape, c)) ? a[flat_index(a.shape, c)]
                                                          : b[flat_index(b.shape, c)];
  }
  return y;
}

template <class F>
Reference at_edge_too(F f) { return Reference(f).with_edge(f); }

// Gradient i = dy where the mask, input `at`, is `value`; else 0.
Mutant passes(std::string name, size_t i, size_t at, double value) {
  return wrong(std::move(name), i, [=](const Sample&, const BackwardEvent& e) {
    return mul(e.dy[0], eq(e.inputs[at], value).to(DType::f64));
  });
}

Mutant all_passes(std::string name, size_t i, double factor) {
  return wrong(std::move(name), i,
               [=](const Sample&, const BackwardEvent& e) { return mul(e.dy[0], factor); });
}

OpRow where_row() {
  OpRow r{.name = "where", .rules = {"where"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& c, const Shape& a, const Shape& b) {
      samples.push_back({.label = text({c, " ? ", a, " : ", b}),
                         .inputs = {mask(gen, c), values(gen, a), values(gen, b)},
                         .call = [](Inputs in) { return where(in[0], in[1], in[2]); },
                         .reference = at_edge_too([]<class T>(const Arrays<T>& in) {
                           return chosen_elements(in[0], in[1], in[2]);
                         })});
    };
    for (const auto& [a, b] : shapes_of_two()) add(a, a, b);
    add({4, 1}, {1, 5}, {}), add({5}, {2, 3, 5}, {3, 1}), add({2, 1, 1, 3}, {4, 1}, {3});
    return samples;
  }};
  const auto call = [](Inputs in) { where(in[0], in[1], in[2]); };
  const Tensor yes = ones({2}, DType::boolean);
  r.bad = {{"a number as condition", {ones({2}), ones({2}), ones({2})}, call, "f32 [2]; expected"},
           {"two dtypes", {yes, ones({2}), ones({2}, DType::f64)}, call, "f64"},
           {"shapes", {yes, ones({2}), ones({3})}, call, "[2] and [3]"},
           {"shape of the condition", {yes, ones({3}), ones({3})}, call, "[2]"},
           {"undefined", {yes}, [](Inputs in) { where(in[0], Tensor(), Tensor()); }, "undefined"}};
  r.mutants = {passes("branches swapped in da", 1, 0, 0), passes("branches swapped in db", 2, 0, 1),
               all_passes("da everywhere", 1, 1), all_passes("db halved everywhere", 2, 0.5)};
  r.naive = {{"c a + (1 - c) b", [](Inputs in, const Sample&) -> Tensors {
                const Tensor c = in[0].to(in[1].dtype());
                return c * in[1] + (1 - c) * in[2];
              }}};
  return r;
}

OpRow masked_fill_row() {
  OpRow r{.name = "masked_fill", .rules = {"masked_fill"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    for (const auto& [x, m] : shapes_of_two())
      samples.push_back({.label = text({x, ", mask ", m}),
                         .inputs = {values(gen, x), mask(gen, m)},
                         .call = [](Inputs in) { return masked_fill(in[0], in[1], -7.5); },
                         .reference = at_edge_too([]<class T>(const Arrays<T>& in) {
                           return chosen_elements(in[1], Array<T>(Shape{}, T(-7.5)), in[0]);
                         })});
    return samples;
  }};
  const auto call = [](Inputs in) { masked_fill(in[0], in[1], 0.5); };
  const Tensor yes = ones({2}, DType::boolean);
  r.bad = {{"numbers as mask", {ones({2}), ones({2})}, call, "expected bool"},
           {"shapes", {ones({3}), yes}, call, "[3] and [2]"},
           {"a value that does not fit", {ones({2}, DType::i64), yes}, call, "0.5 cannot be"}};
  r.mutants = {passes("mask reversed", 0, 1, 1), all_passes("passes everywhere", 0, 1),
               all_passes("halved everywhere", 0, 0.5),
               wrong("filled with the value", 0, [](const Sample&, const BackwardEvent& e) {
                 return masked_fill(e.dy[0], e.inputs[1], -7.5);
               })};
  r.naive = {{"x (1 - m) + value m", [](Inputs in, const Sample&) -> Tensors {
                const Tensor m = in[1].to(in[0].dtype());
                return in[0] * (1 - m) - 7.5 * m;
              }}};
  return r;
}

// The choice is x + 0.75, so that y changes with x one to one: then the declared gradient is the
// true derivative and can be checked by differences.
OpRow straight_through_row() {
  OpRow r{.name = "straight_through", .rules = {"straight_through"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    add_samples(samples, gen, "", plain_values,
                [](const Tensor& x) { return straight_through(add(x.detach(), 0.75), x); },
                each([](auto x) { return x + 0.75; }));
    return samples;
  }};
  const auto both = [](Inputs in) { straight_through(in[0], in[1]); };
  Tensor tracked = ones({2});
  tracked.requires_grad_();
  r.bad = {{"shapes", {ones({3}), ones({2})}, both, "[3] and soft [2]"},
           {"two dtypes", {ones({2}), ones({2}, DType::f64)}, both, "f64"},
           {"whole numbers", {ones({2}), ones({2}, DType::i64)}, both, "i64"},
           {"a choice with a gradient", {tracked, ones({2})}, both, "hard"}};
  r.mutants = {all_passes("halved", 0, 0.5), all_passes("nothing passes", 0, 0),
               wrong("passes where y is positive", 0, [](const Sample&, const BackwardEvent& e) {
                 return mul(e.dy[0], gt(e.outputs[0], 0).to(DType::f64));
               })};
  return r;
}

}  // namespace

Rows elementwise_choice_rows() {
  return {where_row(), masked_fill_row(), straight_through_row()};
}

}  // namespace gradus::check
