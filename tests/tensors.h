// SPDX-License-Identifier: MIT
// Creates and compares tensors for tests; lists the keys of modules.
#pragma once
#include <cmath>
#include <string>

#include "gradus/nn/module.h"
#include "tests/catch.h"

namespace gradus::tests {

/// Standard normal, in f64.
inline Tensor input(const Shape& shape, uint64_t seed = 1) {
  Generator gen(seed);
  return randn(shape, gen, DType::f64);
}

/// The largest difference between elements; infinite where one is NaN.
inline double worst_gap(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  const std::vector<double> x = a.to_vector<double>(), y = b.to_vector<double>();
  double worst = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double gap = std::abs(x[i] - y[i]);
    worst = std::isnan(gap) ? INFINITY : std::max(worst, gap);
  }
  return worst;
}

inline void check_equal(const Tensor& a, const Tensor& b, double tolerance = 1e-12) {
  CHECK(worst_gap(a, b) <= tolerance);
}

/// "weight bias "
inline std::string keys(Module& m) {
  std::string all;
  for (const NamedTensor& p : m.named_parameters()) all += p.name + " ";
  return all;
}
inline std::string keys(Module&& m) { return keys(m); }

}  // namespace gradus::tests
