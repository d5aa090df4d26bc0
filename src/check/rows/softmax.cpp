// SPDX-License-Identifier: MIT
// Rows of ops/softmax.h.
#include "check/reference.h"
#include "check/rows.h"
#include "gradus/ops/softmax.h"

namespace gradus::check {
namespace {

Reference softmax_reference(int axis, SoftmaxMistake mistake = {}) {
  return [=]<class T>(const Arrays<T>& in) { return plain_softmax(in[0], axis, mistake); };
}

Reference log_softmax_reference(int axis, SoftmaxMistake mistake = {}) {
  return [=]<class T>(const Arrays<T>& in) {
    using std::log;
    Array<T> y = plain_softmax(in[0], axis, mistake);
    for (T& v : y.v) v = log(v);
    return y;
  };
}

std::vector<Sample> samples_of(Generator& gen, Tensor (*op)(const Tensor&, int),
                               Reference (*reference)(int, SoftmaxMistake)) {
  std::vector<Sample> samples;
  const auto add = [&](const Shape& shape, int axis) {
    samples.push_back({.label = text({shape, ", axis ", axis}),
                       .inputs = {values(gen, shape)},
                       .call = [=](Inputs in) { return op(in[0], axis); },
                       .reference = reference(axis, {}),
                       .attributes = {{"axis", axis}}});
  };
  add({}, 0), add({5}, 0), add({45}, -1), add({3, 4}, -1), add({3, 4}, 0), add({4, 3}, -2);
  add({2, 3, 7}, 2), add({2, 3, 7}, 1), add({3, 2, 10}, 0), add({2, 1, 3, 9}, -1);
  add({2, 3, 2, 4}, 1), add({1, 5}, 0), add({5, 1}, -1), add({2, 35}, 1), add({17, 3}, 0);
  add({1, 1, 33}, 2), add({2, 33}, 0), add({0, 3}, 1), add({3, 0}, 1), add({3, 0, 2}, 1);
  add({3, 0}, 0);
  // Large values: neither overflow nor loss of digits.
  Sample far{.label = "around 1000", .inputs = {values(gen, {3, 6}, 999, 1001)}};
  far.call = [op](Inputs in) { return op(in[0], 1); };
  far.reference = [reference]<class T>(const Arrays<T>& in) {
    Arrays<T> near = in;
    for (T& v : near[0].v) v -= 1000;
    if constexpr (std::is_same_v<T, Dual>) return reference(1, {}).on_duals(near);
    else return reference(1, {}).on_doubles(near);
  };
  far.attributes = {{"axis", 1}};
  samples.push_back(far);
  return samples;
}

OpRow row_of(const char* name, Tensor (*op)(const Tensor&, int),
             Reference (*reference)(int, SoftmaxMistake), Reference (*other)(int, SoftmaxMistake)) {
  OpRow row{.name = name, .rules = {name}};
  row.samples = [=](Generator& gen) { return samples_of(gen, op, reference); };
  const auto call = [op](int axis) { return [=](Inputs in) { op(in[0], axis); }; };
  row.bad = {{"axis too large", {ones({2, 3})}, call(2), "axis 2"},
             {"axis too small", {ones({2, 3})}, call(-3), "axis -3"},
             {"scalar", {ones({})}, call(1), "axis 1"},
             {"whole numbers", {ones({2, 3}, DType::i64)}, call(0), "i64 [2, 3]"}};
  const auto axis_of = [](const Sample& s) { return static_cast<int>(s["axis"]); };
  const auto formula = [=](const char* what, SoftmaxMistake mistake) {
    return mistaken(what, [=](const Sample& s) { return reference(axis_of(s), mistake); });
  };
  row.mutants = {
      formula("sum held constant", {.constant_sum = true}),
      formula("mean instead of sum", {.mean_of_sum = true}),
      formula("sum over all lines", {.over_all = true}),
      mistaken("wrong axis", [=](const Sample& s) {
        const int rank = s.inputs[0].dim(), axis = axis_of(s);
        return reference(rank > 1 ? (axis + rank + 1) % rank : axis, {});
      }),
      mistaken("the other of softmax and its logarithm", [=](const Sample& s) {
        return other(axis_of(s), {});
      }),
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
