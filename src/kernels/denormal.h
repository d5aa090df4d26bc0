// SPDX-License-Identifier: MIT
// Denormals are flushed to 0 in every thread that computes (base/parallel.h). The C library does
// not expect that: log and pow take the exponent of a denormal from a product that is then 0, and
// so give a wrong number.
#pragma once
#include <cmath>
#include <limits>

namespace gradus::kernels {

/// x, or 0 where it is a denormal.
template <class T>
[[gnu::always_inline]] inline T flushed(T x) {
  return std::fabs(x) < std::numeric_limits<T>::min() ? std::copysign(T(0), x) : x;
}

}  // namespace gradus::kernels
