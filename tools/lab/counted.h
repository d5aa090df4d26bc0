// SPDX-License-Identifier: MIT
// A number that counts multiplications: with the plain loops of check/reference.h it counts the
// multiply-adds of a formula.
#pragma once
#include <cstdint>

#include "check/reference.h"

namespace gradus::tools {

struct Counted {
  double v = 0;
  static inline int64_t products = 0;  // since the program started
  Counted(double value = 0) : v(value) {}
  friend Counted operator*(Counted a, Counted b) {
    ++products;
    return a.v * b.v;
  }
  friend Counted& operator+=(Counted& a, Counted b) { return a = Counted(a.v + b.v); }
};

using CountedArray = check::Array<Counted>;

/// The multiply-adds of f().
template <class F> int64_t multiply_adds(F f) {
  const int64_t before = Counted::products;
  f();
  return Counted::products - before;
}

}  // namespace gradus::tools
