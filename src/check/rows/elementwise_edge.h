// SPDX-License-Identifier: MIT
// Activations and their derivatives at the edge of the number range: formulas that are right for
// any argument, including infinities, for the references in long double.
#pragma once
#include <cmath>

#include "check/array.h"

namespace gradus::check {

using Exact = long double;

/// of = 1 / (1 + e^-x), computed from e^-|x|, which does not overflow; rest = 1 - of.
struct Share {
  Exact of, rest;
  explicit Share(Exact x) {
    const Exact e = std::exp(-std::fabs(x)), near = 1 / (1 + e), far = e / (1 + e);
    of = x < 0 ? far : near;
    rest = x < 0 ? near : far;
    if (std::isnan(x)) of = rest = x;
  }
};

/// a b, and 0 where a is 0: for an a that vanishes faster than b grows.
inline Exact vanishing(Exact a, Exact b) { return a == 0 ? 0 : a * b; }

inline Wide sigmoid_at_edge(Wide x) {
  const Share s(x.v);
  return x.mapped(s.of, s.of * s.rest);
}

inline Wide silu_at_edge(Wide x) {
  const Share s(x.v);
  return x.mapped(vanishing(s.of, x.v), s.of + vanishing(s.of * s.rest, x.v));
}

inline Wide elu_at_edge(Wide x, Exact alpha) {
  return x.v > 0 ? x : x.mapped(alpha * std::expm1(x.v), alpha * std::exp(x.v));
}

inline Wide gelu_at_edge(Wide x) {
  const Exact below = 0.5L * std::erfc(-x.v * std::sqrt(0.5L));
  const Exact density = std::exp(-x.v * x.v / 2) / std::sqrt(2 * std::acos(-1.0L));
  return x.mapped(vanishing(below, x.v), below + vanishing(density, x.v));
}

inline Wide gelu_tanh_at_edge(Wide x) {
  const Exact c = std::sqrt(2 / std::acos(-1.0L)), d = 0.044715L;
  const Share s(2 * c * x.v * (1 + d * x.v * x.v));
  const Exact slope = 2 * c * (1 + 3 * d * x.v * x.v);
  return x.mapped(vanishing(s.of, x.v), s.of + vanishing(vanishing(s.of * s.rest, x.v), slope));
}

/// x^p, also for negative x and integer p. 0^p = 0 for all p > 0.
inline Wide pow_at_edge(Wide x, Wide p) {
  const Exact y = std::pow(x.v, p.v);
  if (x.d != 0) return x.mapped(y, p.v == 0 ? 0 : p.v * std::pow(x.v, p.v - 1));
  return p.mapped(y, x.v == 0 && p.v >= 0 ? 0 : y * std::log(x.v));
}

}  // namespace gradus::check
