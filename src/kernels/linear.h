// SPDX-License-Identifier: MIT
// The parts of linear besides the matrix products: bias and activation, forward and backward.
#pragma once
#include "gradus/base/parallel.h"
#include "kernels/gelu.h"

namespace gradus::kernels {

inline constexpr int64_t linear_blocks = 64, linear_block = 64;  // of rows, when summing rows
inline constexpr int64_t sum_rows_grain = 4096;

/// y = f(y + bias) on a block of rows; bias may be null. slope, if not null, gets f'; both have the
/// row stride ld. f(z) returns {value, slope}.
template <class T, class F>
void add_and_activate(int64_t rows, int64_t cols, const T* bias, T* y, T* slope, int64_t ld, F f) {
  for (int64_t r = 0; r < rows; ++r) {
    T* row = y + r * ld;
    T* slopes = slope ? slope + r * ld : nullptr;
    if (bias)
#pragma omp simd
      for (int64_t c = 0; c < cols; ++c) row[c] += bias[c];
    if (slopes)
#pragma omp simd
      for (int64_t c = 0; c < cols; ++c) {
        const auto [value, d] = f(row[c]);
        row[c] = value, slopes[c] = d;
      }
    else
#pragma omp simd
      for (int64_t c = 0; c < cols; ++c) row[c] = f(row[c]).y;
  }
}

/// The rows in a block of linear_backward(): at most linear_blocks blocks, by shape alone.
inline int64_t rows_of_block(int64_t rows) {
  const int64_t least = grain_size(linear_block), even = (rows + linear_blocks - 1) / linear_blocks;
  return least > even ? least : even;
}

/// dz = dy * f'(z) for rows x cols elements, and their sums over each block of rows into
/// sums[block, cols]; slope(i) gives f' of element i. dz and sums may be null; dy has the row
/// stride ld.
template <class T, class Slope>
void linear_backward(int64_t rows, int64_t cols, const T* dy, int64_t ld, Slope slope, T* dz,
                     T* sums) {
  const int64_t block = rows_of_block(rows);
  parallel_blocks((rows + block - 1) / block, [=](int64_t b) {
    const int64_t end = (b + 1) * block < rows ? (b + 1) * block : rows;
    T* sum = sums ? sums + b * cols : nullptr;
    for (int64_t c = 0; sum && c < cols; ++c) sum[c] = 0;
    for (int64_t r = b * block; r < end; ++r) {
      const T* in = dy + r * ld;
      const int64_t at = r * cols;
      if (dz)
#pragma omp simd
        for (int64_t c = 0; c < cols; ++c) dz[at + c] = in[c] * slope(at + c);
      const T* out = dz ? dz + at : in;
      if (sum)
#pragma omp simd
        for (int64_t c = 0; c < cols; ++c) sum[c] += out[c];
    }
  });
}

/// y[cols] = the sum of `rows` rows, in order.
template <class T> void sum_rows(int64_t rows, int64_t cols, const T* x, T* y) {
  parallel_for(cols, sum_rows_grain, [=](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) y[c] = 0;
    for (int64_t r = 0; r < rows; ++r)
#pragma omp simd
      for (int64_t c = begin; c < end; ++c) y[c] += x[r * cols + c];
  });
}

}  // namespace gradus::kernels
