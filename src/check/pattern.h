// SPDX-License-Identifier: MIT
// Arrays of numbers compared by pattern: equal, proportional, proportional along an axis.
#pragma once
#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "check/array.h"

namespace gradus::check {

inline constexpr double pattern_tolerance = 1e-5;  // relative; differences of f64 are 1e-9 exact

inline bool close(double a, double b) {
  return std::abs(a - b) <= pattern_tolerance * std::max(std::abs(a), std::abs(b));
}

struct Values {
  Shape shape;
  std::vector<double> v;
  explicit Values(const Tensor& x) : shape(x.shape()), v(x.to_vector<double>()) {}

  double largest() const {
    double most = 0;
    for (double x : v) most = std::max(most, std::abs(x));
    return most;
  }
  /// The elements that differ by more than the tolerance times the largest value.
  std::vector<size_t> differing(const Values& other) const {
    const double most = std::max(largest(), other.largest());
    std::vector<size_t> all;
    for (size_t i = 0; i < v.size(); ++i)
      if (!(std::abs(v[i] - other.v[i]) <= pattern_tolerance * most)) all.push_back(i);
    return all;
  }
  bool equals(const Values& other) const {
    return v.size() == other.v.size() && differing(other).empty();
  }
  /// c with *this = c other, if there is one.
  std::optional<double> ratio_to(const Values& other) const {
    double up = 0, down = 0;
    for (size_t i = 0; i < v.size(); ++i) {
      up += v[i] * other.v[i];
      down += other.v[i] * other.v[i];
    }
    if (!(down > 0) || !std::isfinite(up)) return {};
    const double c = up / down;
    if (c == 0 || !equals(other.mapped([c](double x) { return c * x; }))) return {};
    return c;
  }
  bool constant() const {
    return std::all_of(v.begin(), v.end(), [&](double x) { return close(x, v[0]); });
  }
  template <class F> Values mapped(F f) const {
    Values y = *this;
    for (double& x : y.v) x = f(x);
    return y;
  }
  Values times(const Values& other) const {
    Values y = *this;
    for (size_t i = 0; i < v.size(); ++i) y.v[i] *= other.v[i];
    return y;
  }
  Values minus(const Values& other) const {
    Values y = *this;
    for (size_t i = 0; i < v.size(); ++i) y.v[i] -= other.v[i];
    return y;
  }
};

/// Whether each line of `a` along the axis is a multiple of the same line of `b`. Needs lines of
/// three elements or more, and two of them, or any two arrays would match.
inline bool proportional_along(const Values& a, const Values& b, int axis) {
  const AxisView lines(a.shape, axis);
  if (lines.n < 3 || lines.outer * lines.inner < 2) return false;
  const double most = a.largest();
  for (int64_t o = 0; o < lines.outer; ++o)
    for (int64_t i = 0; i < lines.inner; ++i) {
      double up = 0, down = 0;
      for (int64_t k = 0; k < lines.n; ++k) {
        const auto at = static_cast<size_t>(lines.at(o, k, i));
        up += a.v[at] * b.v[at];
        down += b.v[at] * b.v[at];
      }
      const double c = down > 0 ? up / down : 0;
      for (int64_t k = 0; k < lines.n; ++k) {
        const auto at = static_cast<size_t>(lines.at(o, k, i));
        if (!(std::abs(a.v[at] - c * b.v[at]) <= pattern_tolerance * most)) return false;
      }
    }
  return true;
}

}  // namespace gradus::check
