// SPDX-License-Identifier: MIT
// Lines at the edge of the numbers.
#include "check/edge_lines.h"

#include "gradus/ops/view.h"

namespace gradus::check {
namespace {

constexpr double usual[] = {0.5, -1.25, 2, 0.75, -0.5, 1.5, -2, 0.25, 1};
constexpr double top = std::numeric_limits<float>::max();
constexpr double edge_values[] = {-INFINITY, -1e30, -300, -0.0,  300,    1e30,  INFINITY,
                                  NAN,       top,   -top, 1e-40, -1e-40, 1e-310};

}  // namespace

Tensor edge_lines(int64_t n) {
  std::vector<double> all;
  const auto add = [&](auto at) {
    for (int64_t k = 0; k < n; ++k) all.push_back(at(k));
  };
  int64_t turn = 0;
  for (double edge : edge_values) {
    add([&](int64_t) { return edge; });
    if (n == 1) continue;
    for (int64_t place : {int64_t{0}, 1 + turn++ % (n - 1)})
      add([&](int64_t k) { return k == place ? edge : usual[k]; });
  }
  if (n > 1) add([&](int64_t k) { return k == 0 ? INFINITY : k == n - 1 ? -INFINITY : usual[k]; });
  return tensor(all, {static_cast<int64_t>(all.size()) / n, n}, DType::f64);
}

std::vector<Sample> edge_samples(const std::function<Sample(const Tensor& x, int axis)>& make,
                                 int64_t shortest) {
  std::vector<Sample> samples;
  for (int64_t n : {1, 2, 9})
    for (int axis : {1, 0}) {
      if (n < shortest) continue;
      const Tensor x = edge_lines(n);
      samples.push_back(make(axis ? x : transpose(x, 0, 1).contiguous_data(), axis));
      Sample& s = samples.back();
      s.label = text({"lines of ", n, " at the edge, axis ", axis});
      s.reference.nan_is_meant = true;
    }
  return samples;
}

std::vector<bool> infinite_lines(const Array<Wide>& x, int axis) {
  const AxisView a(x.shape, axis);
  std::vector<bool> lines(static_cast<size_t>(a.outer * a.inner));
  for (int64_t o = 0; o < a.outer; ++o)
    for (int64_t k = 0; k < a.n; ++k)
      for (int64_t i = 0; i < a.inner; ++i)
        if (x[a.at(o, k, i)].v == INFINITY) lines[static_cast<size_t>(o * a.inner + i)] = true;
  return lines;
}

}  // namespace gradus::check
