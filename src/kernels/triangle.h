// SPDX-License-Identifier: MIT
// Copies one triangle of each matrix in a batch; zeros elsewhere.
#pragma once
#include <algorithm>

#include "gradus/base/parallel.h"

namespace gradus::kernels {

inline constexpr int64_t triangle_grain = 16384;

/// x, y: [batch, rows, cols]. Lower: keeps j <= i + diagonal; upper: j >= i + diagonal.
template <class T>
void triangle(bool lower, int64_t diagonal, int64_t batch, int64_t rows, int64_t cols, const T* x,
              T* y) {
  parallel_for(batch * rows, triangle_grain / (cols + 1) + 1, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t i = r % rows;
      const int64_t border = std::clamp(lower ? i + diagonal + 1 : i + diagonal, int64_t{0}, cols);
      const T* in = x + r * cols;
      T* out = y + r * cols;
      const int64_t from = lower ? 0 : border, to = lower ? border : cols;
      std::fill(out, out + from, T(0));
      std::copy(in + from, in + to, out + from);
      std::fill(out + to, out + cols, T(0));
    }
  });
}

}  // namespace gradus::kernels
