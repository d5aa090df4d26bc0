// SPDX-License-Identifier: MIT
// y += x over strided arrays: accumulates gradients for the engine.
#pragma once
#include "kernels/loop.h"

namespace gradus::kernels {

inline constexpr int64_t accumulate_grain = 32768;

template <class T> void accumulate(const StridedLoop<2>& loop, const T* x, T* y) {
  for_each_run(loop, accumulate_grain, [=](const int64_t* at, const int64_t* stride, int64_t n) {
    const T* in = x + at[0];
    T* out = y + at[1];
    if (stride[0] == 1 && stride[1] == 1) {
#pragma omp simd
      for (int64_t i = 0; i < n; ++i) out[i] += in[i];
    } else {
      for (int64_t i = 0; i < n; ++i) out[i * stride[1]] += in[i * stride[0]];
    }
  });
}

}  // namespace gradus::kernels
