// SPDX-License-Identifier: MIT
// Copies strided arrays, with conversion of the element type, and transposes.
#pragma once
#include <emmintrin.h>

#include "kernels/loop.h"
#include "kernels/transpose.h"

namespace gradus::kernels {

inline constexpr int64_t copy_grain = 32768;
/// A strip of a transpose is as high as a cache line is wide; large results bypass the cache.
inline constexpr int64_t copy_edge_bytes = 64, copy_large_bytes = int64_t{8} << 20;

/// y[i] = To(x[i]) over two layouts of one shape. If the inner axis of x is not its fastest one (a
/// transposed matrix), pass the loop in an order in which y is contiguous: then only reads are
/// strided.
template <class From, class To> void copy(const StridedLoop<2>& loop, const From* x, To* y) {
  for_each_run(loop, copy_grain, [=](const int64_t* at, const int64_t* stride, int64_t n) {
    const From* in = x + at[0];
    To* out = y + at[1];
    if (stride[0] == 1 && stride[1] == 1)
      for (int64_t i = 0; i < n; ++i) out[i] = static_cast<To>(in[i]);
    else
      for (int64_t i = 0; i < n; ++i) out[i * stride[1]] = static_cast<To>(in[i * stride[0]]);
  });
}

namespace detail {

// One strip of a transpose, at most 64 bytes of rows, with non-temporal stores: writes whole cache
// lines of y, which therefore need not be read first.
template <class T>
void stream_transposed(int64_t cols, const T* x, int64_t ldx, T* y, int64_t ldy) {
  constexpr int64_t edge = copy_edge_bytes / sizeof(T);
  alignas(64) T square[edge * edge];
  for (int64_t c = 0; c < cols; c += edge) {
    const int64_t n = edge < cols - c ? edge : cols - c;
    transpose_tile(edge, n, x + c, ldx, square, edge);
    for (int64_t i = 0; i < n; ++i)
      for (int part = 0; part < 4; ++part)
        _mm_stream_si128(reinterpret_cast<__m128i*>(y + (c + i) * ldy) + part,
                         reinterpret_cast<const __m128i*>(square + i * edge)[part]);
  }
  _mm_sfence();
}

}  // namespace detail

/// Y = X^T for a rows x cols matrix X with row stride ldx, Y with row stride ldy. Not for bool.
template <class T>
void transpose(int64_t rows, int64_t cols, const T* x, int64_t ldx, T* y, int64_t ldy) {
  constexpr int64_t edge = copy_edge_bytes / sizeof(T);
  const int64_t bytes = rows * cols * static_cast<int64_t>(sizeof(T));
  const bool streams = reinterpret_cast<uintptr_t>(y) % copy_edge_bytes == 0 && ldy % edge == 0 &&
                       bytes >= copy_large_bytes;
  const int64_t strips = (rows + edge - 1) / edge;
  const int64_t grain = copy_grain / (edge * (cols > 0 ? cols : 1)) + 1;
  parallel_for(strips, grain, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin * edge; r < end * edge && r < rows; r += edge) {
      const int64_t n = edge < rows - r ? edge : rows - r;
      if (streams && n == edge) detail::stream_transposed(cols, x + r * ldx, ldx, y + r, ldy);
      else transpose_tile(n, cols, x + r * ldx, ldx, y + r, ldy);
    }
  });
}

}  // namespace gradus::kernels
