// SPDX-License-Identifier: MIT
// Rows of ops/softmax.h.
#include "check/reference.h"
#include "check/rows.h"
#include "check/edge_lines.h"
#include "gradus/ops/elementwise.h"
#include "gradus/ops/reduce.h"
#include "gradus/ops/softmax.h"
#include "kernels/softmax.h"

namespace gradus::check {
namespace {

Reference softmax_reference(int axis, SoftmaxMistake mistake = {}) {
  return [=]<class T>(const Arrays<T>& in) { return plain_softmax(in[0], axis, mistake); };
}

Reference log_softmax_reference(int axis, SoftmaxMistake mistake = {}) {
  return [=]<class T>(const Arrays<T>& in) {
    return plain_softmax(in[0], axis, mistake, true);
  };
}

using SoftmaxOp = Tensor (*)(const Tensor&, int);
using ReferenceOf = Reference (*)(int axis, SoftmaxMistake);

Sample softmax_sample(SoftmaxOp op, ReferenceOf reference, const Tensor& x, int axis) {
  return {.label = text({x.shape(), ", axis ", axis}),
          .inputs = {x},
          .call = [=](Inputs in) { return op(in[0], axis); },
          .reference = reference(axis, {}),
          .attributes = {{"axis", axis}}};
}

std::vector<Axis> softmax_axes(SoftmaxOp op, ReferenceOf reference) {
  using namespace kernels;
  const auto axis = [=](const char* name, std::vector<KernelConstant> constants, int along,
                        Shape (*shape)(int64_t n)) {
    return Axis{name, std::move(constants), [=](Generator& gen, int64_t n) {
                  return softmax_sample(op, reference, values(gen, shape(n)), along);
                }};
  };
  return {axis("columns", {{"lane_count", lane_count}, {"softmax_grain", softmax_grain}}, 1,
               [](int64_t n) { return Shape{3, n}; }),
          axis("rows", {{"softmax_grain", kernels::softmax_rows(100)}}, -1,
               [](int64_t n) { return Shape{n, 100}; }),
          axis("lines across memory", {{"softmax_strip", softmax_strip}}, 1,
               [](int64_t n) { return Shape{2, 5, n}; }),
          axis("elements of lines across memory", {}, 0, [](int64_t n) { return Shape{n, 70}; }),
          axis("strips", {{"softmax_grain", kernels::softmax_rows(5 * softmax_strip)}}, 1,
               [](int64_t n) { return Shape{n, 5, softmax_strip}; })};
}

std::vector<Sample> samples_of(Generator& gen, SoftmaxOp op, ReferenceOf reference) {
  std::vector<Sample> samples;
  const auto add = [&](const Shape& shape, int axis) {
    samples.push_back(softmax_sample(op, reference, values(gen, shape), axis));
  };
  add({}, 0), add({5}, 0), add({45}, -1), add({3, 4}, -1), add({3, 4}, 0), add({4, 3}, -2);
  add({2, 3, 7}, 2), add({2, 3, 7}, 1), add({3, 2, 10}, 0), add({2, 1, 3, 9}, -1);
  add({2, 3, 2, 4}, 1), add({1, 5}, 0), add({5, 1}, -1), add({2, 35}, 1), add({17, 3}, 0);
  add({1, 1, 33}, 2), add({2, 33}, 0), add({0, 3}, 1), add({3, 0}, 1), add({3, 0, 2}, 1);
  add({3, 0}, 0);
  add({3, 6}, 1);
  samples.back().label = "around 1000";  // neither overflow nor loss of digits
  samples.back().inputs = {values(gen, {3, 6}, 999, 1001)};
  return samples;
}

Sample softmax_at_edge(SoftmaxOp op, bool logs, const Tensor& x, int axis) {
  Sample s = softmax_sample(op, logs ? log_softmax_reference : softmax_reference, x, axis);
  s.attributes["cancels"] = 1;
  s.reference = s.reference.with_edge([=](const Arrays<Wide>& in) {
    Array<Wide> y = plain_softmax(in[0], axis, {}, logs);
    const AxisView a(y.shape, axis);
    const std::vector<bool> infinite = infinite_lines(in[0], axis);
    for (size_t line = 0; line < infinite.size(); ++line)
      for (int64_t k = 0; infinite[line] && k < a.n; ++k) {
        const auto at = static_cast<int64_t>(line);
        y[a.at(at / a.inner, k, at % a.inner)] = Wide(NAN, NAN);
      }
    return y;
  });
  return s;
}

std::vector<Sample> far_softmaxes(SoftmaxOp op, bool logs) {
  std::vector<Sample> samples;
  const auto add = [&](const char* label, const Tensor& x, int axis) {
    const auto formula = [=]<class T>(const Arrays<T>& in) {
      return plain_softmax(in[0], axis, {}, logs);
    };
    samples.push_back({.label = label,
                       .inputs = {x},
                       .call = [=](Inputs in) { return op(in[0], axis); },
                       .reference = Reference(formula).with_edge(formula),
                       .attributes = {{"axis", axis}, {"cancels", 1}}});
  };
  for (int axis : {0, 1}) {
    add("huge", tensor({{1e30, 0, -1e30, 1e30}, {-1e30, 1e30, 3, 2}}, DType::f64), axis);
    add("far", tensor({{300, -300, 0, 299}, {88, -88, 104, 0}, {89, 89, -89, 1}}, DType::f64),
        axis);
    add("all small", tensor({{-1e30, -1e30, -1e30}, {-300, -301, -300}}, DType::f64), axis);
    add("tiny", tensor({{1e-30, -1e-38, 0}, {-1e-30, 0, 1e-38}}, DType::f64), axis);
  }
  if (!logs) add("hidden", tensor({{-INFINITY, 0, 1}, {2, -INFINITY, -INFINITY}}, DType::f64), 1);
  for (Sample& s : edge_samples([=](const Tensor& x, int axis) {
         return softmax_at_edge(op, logs, x, axis);
       }))
    samples.push_back(std::move(s));
  return samples;
}

// Without subtracting the maximum.
Naive naive_softmax(bool logs) {
  return {"e^x / sum of e^x", [logs](Inputs in, const Sample& s) -> Tensors {
            const int axis = static_cast<int>(s["axis"]);
            const Tensor e = gradus::exp(in[0]), sum_of = sum(e, {axis}, true);
            return logs ? in[0] - gradus::log(sum_of) : e / sum_of;
          }};
}

OpRow row_of(const char* name, SoftmaxOp op, ReferenceOf reference, ReferenceOf other) {
  OpRow row{.name = name, .rules = {name}};
  row.samples = [=](Generator& gen) { return samples_of(gen, op, reference); };
  row.axes = softmax_axes(op, reference);
  const bool logs = reference == log_softmax_reference;
  row.far = [=] { return far_softmaxes(op, logs); };
  row.naive = {naive_softmax(logs)};
  const auto call = [op](int axis) { return [=](Inputs in) { op(in[0], axis); }; };
  row.bad = {{"axis too large", {ones({2, 3})}, call(2), "axis 2"},
             {"axis too small", {ones({2, 3})}, call(-3), "axis -3"},
             {"scalar", {ones({})}, call(1), "axis 1"},
             {"whole numbers", {ones({2, 3}, DType::i64)}, call(0), "i64 [2, 3]"}};
  const auto axis_of = [](const Sample& s) { return static_cast<int>(s["axis"]); };
  const auto formula = [=](const char* what, SoftmaxMistake mistake) {
    return mistaken(what, [=](const Sample& s) { return reference(axis_of(s), mistake); });
  };
  const char* other_gradient = logs ? "the gradient of softmax" : "the gradient of log_softmax";
  row.mutants = {
      formula("sum held constant", {.constant_sum = true}),
      formula("mean instead of sum", {.mean_of_sum = true}),
      formula("sum over all lines", {.over_all = true}),
      mistaken("wrong axis", [=](const Sample& s) {
        const int rank = s.inputs[0].dim(), axis = axis_of(s);
        return reference(rank > 1 ? (axis + rank + 1) % rank : axis, {});
      }),
      mistaken(other_gradient, [=](const Sample& s) { return other(axis_of(s), {}); }),
      wrong("dx is y dy", 0, [](const Sample&, const BackwardEvent& e) {
        Tensor dx = e.outputs[0].clone_data();
        const std::vector<double> dy = e.dy[0].to_vector<double>();
        for (size_t i = 0; i < dy.size(); ++i) dx.mutable_data<double>()[i] *= dy[i];
        return dx;
      })};
  return row;
}

}  // namespace

Rows softmax_rows() {
  return {row_of("softmax", softmax, softmax_reference, log_softmax_reference),
          row_of("log_softmax", log_softmax, log_softmax_reference, softmax_reference)};
}

}  // namespace gradus::check
