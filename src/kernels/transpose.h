// SPDX-License-Identifier: MIT
// Transposes a small matrix in squares that fit the vector registers: element by element it would
// cost as much as the product that follows.
#pragma once
#include <cstdint>
#include <cstring>
#include <utility>

namespace gradus::kernels {
namespace detail {

#ifdef __AVX512F__
inline constexpr int vector_bytes = 64;
#else
inline constexpr int vector_bytes = 16;
#endif

template <class T, int n> struct Vector {
  typedef T type __attribute__((vector_size(n * sizeof(T))));
};

// low = a0 b0 a1 b1 ..., high = the remaining pairs.
template <class V, size_t... i>
inline void interleave(const V& a, const V& b, V& low, V& high, std::index_sequence<i...>) {
  constexpr size_t n = sizeof...(i);
  low = __builtin_shufflevector(a, b, (i % 2 * n + i / 2)...);
  high = __builtin_shufflevector(a, b, (i % 2 * n + n / 2 + i / 2)...);
}

// y = x^T for a square of n vectors of n. Rows i and i + n/2, interleaved, become rows 2i and
// 2i + 1; after log2(n) such rounds the square is transposed.
template <int n, class T> inline void transpose_square(const T* x, int64_t ldx, T* y, int64_t ldy) {
  using V = typename Vector<T, n>::type;
  V r[n], t[n];
  for (int i = 0; i < n; ++i) std::memcpy(&r[i], x + i * ldx, sizeof(V));
#pragma GCC unroll 4
  for (int round = 1; round < n; round *= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < n / 2; ++i)
      interleave(r[i], r[i + n / 2], t[2 * i], t[2 * i + 1], std::make_index_sequence<n>());
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i) r[i] = t[i];
  }
  for (int i = 0; i < n; ++i) std::memcpy(y + i * ldy, &r[i], sizeof(V));
}

// Squares of n; the remainder at the right and bottom in squares of 4, then element by element.
template <int n, class T>
inline void transpose_squares(int64_t rows, int64_t cols, const T* x, int64_t ldx, T* y,
                              int64_t ldy) {
  const int64_t full_rows = rows / n * n, full_cols = cols / n * n;
  for (int64_t r = 0; r < full_rows; r += n)
    for (int64_t c = 0; c < full_cols; c += n)
      if constexpr (n == 1) y[c * ldy + r] = x[r * ldx + c];
      else transpose_square<n>(x + r * ldx + c, ldx, y + c * ldy + r, ldy);
  if constexpr (n > 1) {
    constexpr int smaller = n > 4 ? 4 : 1;
    if (full_cols < cols)
      transpose_squares<smaller>(full_rows, cols - full_cols, x + full_cols, ldx,
                                 y + full_cols * ldy, ldy);
    if (full_rows < rows)
      transpose_squares<smaller>(rows - full_rows, cols, x + full_rows * ldx, ldx, y + full_rows,
                                 ldy);
  }
}

}  // namespace detail

/// y[c, r] = x[r, c] for a rows x cols matrix x with row stride ldx; y has row stride ldy.
template <class T>
void transpose_tile(int64_t rows, int64_t cols, const T* x, int64_t ldx, T* y, int64_t ldy) {
  detail::transpose_squares<detail::vector_bytes / sizeof(T)>(rows, cols, x, ldx, y, ldy);
}

/// y[r, c] = x[r, c].
template <class T>
void copy_tile(int64_t rows, int64_t cols, const T* x, int64_t ldx, T* y, int64_t ldy) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < cols; ++c) y[r * ldy + c] = x[r * ldx + c];
}

}  // namespace gradus::kernels
