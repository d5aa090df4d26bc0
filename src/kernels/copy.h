// SPDX-License-Identifier: MIT
// Copying a strided array into another, with conversion of the element type.
#pragma once
#include "kernels/loop.h"

namespace gradus::kernels {

inline constexpr int64_t copy_grain = 32768;

/// y[i] = To(x[i]) over two layouts of one shape. Where the inner axis of x is not its fastest
/// one (a transposed matrix), pass the loop in an order in which y is contiguous: reads then
/// stride, writes do not.
template <class From, class To>
void copy(const StridedLoop<2>& loop, const From* x, To* y) {
  for_each_run(loop, copy_grain, [=](const int64_t* at, const int64_t* stride, int64_t n) {
    const From* in = x + at[0];
    To* out = y + at[1];
    if (stride[0] == 1 && stride[1] == 1)
      for (int64_t i = 0; i < n; ++i) out[i] = static_cast<To>(in[i]);
    else
      for (int64_t i = 0; i < n; ++i) out[i * stride[1]] = static_cast<To>(in[i * stride[0]]);
  });
}

/// Y = X^T for a rows x cols matrix X with row stride ldx, Y with row stride ldy: in 16 x 16
/// blocks, so that both sides stay in the cache.
template <class T>
void transpose(int64_t rows, int64_t cols, const T* x, int64_t ldx, T* y, int64_t ldy) {
  constexpr int64_t block = 16;
  const int64_t row_blocks = (rows + block - 1) / block;
  parallel_for(row_blocks, copy_grain / (block * (cols > 0 ? cols : 1)) + 1,
               [=](int64_t begin, int64_t end) {
    for (int64_t r0 = begin * block; r0 < end * block; r0 += block) {
      const int64_t r1 = r0 + block < rows ? r0 + block : rows;
      for (int64_t c0 = 0; c0 < cols; c0 += block) {
        const int64_t c1 = c0 + block < cols ? c0 + block : cols;
        for (int64_t c = c0; c < c1; ++c)
          for (int64_t r = r0; r < r1; ++r) y[c * ldy + r] = x[r * ldx + c];
      }
    }
  });
}

}  // namespace gradus::kernels
