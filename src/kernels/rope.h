// SPDX-License-Identifier: MIT
// Rotates pairs of numbers by an angle that grows with their position.
#pragma once
#include <cmath>
#include <vector>

#include "gradus/base/parallel.h"

namespace gradus::kernels {

inline constexpr int64_t rope_grain = 16384;

/// cosines[t, i] and sines[t, i] of the angle (first + t) base^(-2 i / D), i < D / 2.
template <class T>
void rope_table(int64_t steps, int64_t D, int64_t first, double base, T* cosines, T* sines) {
  const double rate = -2 * std::log(base) / static_cast<double>(D);
  std::vector<double> frequency(static_cast<size_t>(D / 2));
  for (int64_t i = 0; i < D / 2; ++i)
    frequency[static_cast<size_t>(i)] = std::exp(static_cast<double>(i) * rate);
  const double* const f = frequency.data();
  parallel_for(steps, rope_grain / (8 * D + 1) + 1, [=](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t)
      for (int64_t i = 0; i < D / 2; ++i) {
        const double angle = static_cast<double>(first + t) * f[i];
        cosines[t * (D / 2) + i] = static_cast<T>(std::cos(angle));
        sines[t * (D / 2) + i] = static_cast<T>(std::sin(angle));
      }
  });
}

/// y = x with each pair rotated, or rotated back; x, y: [rows, D], row r at step r mod steps. Pair
/// i is (2 i, 2 i + 1) if interleaved, else (i, i + D / 2).
template <class T>
void rope(int64_t rows, int64_t steps, int64_t D, bool interleaved, bool back, const T* cosines,
          const T* sines, const T* x, T* y) {
  const int64_t half = D / 2, apart = interleaved ? 1 : half, stride = interleaved ? 2 : 1;
  parallel_for(rows, rope_grain / (D + 1) + 1, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const T *in = x + r * D, *c = cosines + r % steps * half, *s = sines + r % steps * half;
      T* out = y + r * D;
#pragma omp simd
      for (int64_t i = 0; i < half; ++i) {
        const T a = in[i * stride], b = in[i * stride + apart], sine = back ? -s[i] : s[i];
        out[i * stride] = a * c[i] - b * sine;
        out[i * stride + apart] = a * sine + b * c[i];
      }
    }
  });
}

}  // namespace gradus::kernels
