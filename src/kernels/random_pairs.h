// SPDX-License-Identifier: MIT
// Random numbers for whole tensors, 16 pairs at a time: pair k of a draw is its numbers 2 k and
// 2 k + 1, which share their random words. The numbers are those of Draw::uniform and Draw::normal.
#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numbers>

#include "kernels/random_words.h"

namespace gradus::kernels {
namespace detail {

template <int n> [[gnu::always_inline]] inline double series(double x, const double (&c)[n]) {
  double sum = c[n - 1];
#pragma GCC unroll 16
  for (int i = n - 2; i >= 0; --i) sum = std::fma(sum, x, c[i]);
  return sum;
}

/// The natural logarithm for 0 < x <= 1: x = m 2^e with 2/3 <= m < 4/3, and the series of
/// 2 atanh(s) for s = (m - 1) / (m + 1). Error: 1e-15 of the result.
[[gnu::always_inline]] inline double log_of_unit(double x) {
  constexpr double c[] = {2.0,      2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9, 2.0 / 11,
                          2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21};
  const auto bits = std::bit_cast<int64_t>(x);
  const int64_t e = (bits - std::bit_cast<int64_t>(2.0 / 3)) >> 52;
  const double m = std::bit_cast<double>(bits - e * (int64_t{1} << 52)), s = (m - 1) / (m + 1);
  return std::fma(static_cast<double>(static_cast<int32_t>(e)), std::numbers::ln2,
                  s * series(s * s, c));
}

/// cos and sin of 2 pi x for 0 <= x < 1, by Taylor's series around the nearest quarter of a turn.
/// Error: 1e-16.
struct Turn {
  double cos, sin;
};
[[gnu::always_inline]] inline Turn turn(double x) {
  constexpr double odd[] = {1.0,          -1.0 / 6,        1.0 / 120,        -1.0 / 5040,
                            1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800, -1.0 / 1307674368e3};
  constexpr double even[] = {1.0,
                             -1.0 / 2,
                             1.0 / 24,
                             -1.0 / 720,
                             1.0 / 40320,
                             -1.0 / 3628800,
                             1.0 / 479001600,
                             -1.0 / 87178291200,
                             1.0 / 20922789888e3};
  const int32_t quarter = static_cast<int32_t>(4 * x + 0.5);
  const double r = (4 * x - quarter) * (std::numbers::pi / 2);
  const double s = r * series(r * r, odd), c = series(r * r, even);
  const double cos = quarter % 2 ? s : c, sin = quarter % 2 ? c : s;
  return {(quarter + 1) & 2 ? -cos : cos, quarter & 2 ? -sin : sin};
}

}  // namespace detail

/// Pairs 16 block .. 16 block + 15 of a draw, uniform in [0, 1).
struct UniformPairs {
  static constexpr int64_t count = random_lanes;
  alignas(64) double first[count], second[count];

  UniformPairs(const Draw& draw, int64_t block) {
    const auto w = random_words<20>(draw, static_cast<uint64_t>(block));
    int32_t high[4][count];
    for (int i = 0; i < 4; ++i) {
      const RandomLanes bits = w[i] >> (i % 2 ? 6 : 5);  // 27 and 26 bits
      std::memcpy(high[i], &bits, sizeof bits);
    }
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) {
      first[i] = (high[0][i] * 67108864.0 + high[1][i]) * 0x1p-53;
      second[i] = (high[2][i] * 67108864.0 + high[3][i]) * 0x1p-53;
    }
  }
  /// Below 1 after rounding to f32 too.
  template <class> void finish() {
    constexpr double most = 0x1.fffffep-1;
    for (double& v : first) v = std::min(v, most);
    for (double& v : second) v = std::min(v, most);
  }
};

/// The same, standard normal: sqrt(-2 log(1 - first)) times cos and sin of 2 pi second (Box and
/// Muller 1958).
struct NormalPairs : UniformPairs {
  using UniformPairs::UniformPairs;
  /// For f32 by the functions above, for f64 by those of the C library.
  template <class T> void finish() {
    if constexpr (sizeof(T) == 4) {
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) {
        const double radius = std::sqrt(-2 * detail::log_of_unit(1 - first[i]));
        const detail::Turn at = detail::turn(second[i]);
        first[i] = radius * at.cos;
        second[i] = radius * at.sin;
      }
      return;
    }
    for (int64_t i = 0; i < count; ++i) {
      const double angle = 2 * std::numbers::pi * second[i];
      const double radius = std::sqrt(-2 * std::log(1 - first[i]));
      first[i] = radius * std::cos(angle);
      second[i] = radius * std::sin(angle);
    }
  }
};

}  // namespace gradus::kernels
