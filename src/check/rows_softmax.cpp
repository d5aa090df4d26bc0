// SPDX-License-Identifier: MIT
// Rows of ops/softmax.h.
#include "check/rows.h"
#include "gradus/ops/softmax.h"

namespace gradus::check {
namespace {

const Reference softmax_reference(int axis) {
  return [axis]<class T>(const Arrays<T>& in) {
    using std::exp;
    Array<T> y(in[0].shape);
    const AxisView a(y.shape, axis);
    for (int64_t o = 0; o < a.outer; ++o)
      for (int64_t i = 0; i < a.inner; ++i) {
        T sum = 0;
        for (int64_t k = 0; k < a.n; ++k) sum += exp(in[0][a.at(o, k, i)]);
        for (int64_t k = 0; k < a.n; ++k) y[a.at(o, k, i)] = exp(in[0][a.at(o, k, i)]) / sum;
      }
    return y;
  };
}

}  // namespace

Rows softmax_rows() {
  OpRow softmax_row{.name = "softmax", .rules = {"softmax"}, .samples = [](Generator& gen) {
    std::vector<Sample> samples;
    const auto add = [&](const Shape& shape, int axis) {
      samples.push_back({.label = text({shape, ", axis ", axis}),
                         .inputs = {values(gen, shape)},
                         .call = [axis](Inputs in) { return softmax(in[0], axis); },
                         .reference = softmax_reference(axis),
                         .attributes = {{"axis", axis}}});
    };
    add({3, 4}, -1), add({5}, 0), add({2, 3, 7}, 2), add({0, 3}, 1), add({2, 1, 3, 17}, -1);
    return samples;
  }};
  softmax_row.bad = {{"axis out of range", {ones({2, 3})}, [](Inputs in) { softmax(in[0], 2); }, "axis 2"}};
  return {softmax_row};
}

}  // namespace gradus::check
