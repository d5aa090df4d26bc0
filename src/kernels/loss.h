// SPDX-License-Identifier: MIT
// Loops of the elementwise losses: a formula for element i, summed or stored.
#pragma once
#include "kernels/lanes.h"
#include "kernels/reduce.h"

namespace gradus::kernels {

inline constexpr int64_t loss_grain = 16384;

/// y[i] = f(i)
template <class T, class F> void write_each(int64_t n, T* y, F f) {
  parallel_for(n, loss_grain, [=](int64_t begin, int64_t end) {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] = f(i);
  });
}

/// f(0) + ... + f(n-1), in double, blocks added in their order.
template <class F> double sum_each(int64_t n, F f) {
  const int64_t step = grain_size(loss_grain), blocks = (n + step - 1) / step;
  Scratch<double> partial(blocks);
  double* to = partial.data;
  parallel_for(n, loss_grain, [=](int64_t begin, int64_t end) {
    to[begin / step] = lane_sum<double>(end - begin, [=](int64_t i) { return f(begin + i); });
  });
  double sum = 0;
  for (int64_t b = 0; b < blocks; ++b) sum += to[b];
  return sum;
}

}  // namespace gradus::kernels
