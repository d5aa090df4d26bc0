// SPDX-License-Identifier: MIT
// Computing threads flush denormals to 0 (base/parallel.h). The C library does not expect this: log
// and pow compute the exponent of a denormal from a product that is then 0, and give wrong results.
#pragma once
#include <cmath>
#include <limits>

namespace gradus::kernels {

/// x, or 0 if it is a denormal.
template <class T> [[gnu::always_inline]] inline T flushed(T x) {
  return std::fabs(x) < std::numeric_limits<T>::min() ? std::copysign(T(0), x) : x;
}

}  // namespace gradus::kernels
