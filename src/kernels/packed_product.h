// SPDX-License-Identifier: MIT
// Products C = A B whose B is used many times, or whose operands are small: B is packed once into
// panels, and a tile of C stays in vector registers while it is summed. Read plain_product() first;
// everything else computes the same bits. Each element of C is summed over its own terms in a
// fixed order, so it does not depend on its place, on the other rows or on the number of threads.
// Next: kernels/packed_tile.h
#pragma once
#include <algorithm>
#include <cmath>

#include "kernels/gemm.h"

namespace gradus::kernels {

inline constexpr int64_t packed_depth = 256;  // terms that are summed before they are added to C

// The tile of C: rows, and the bytes of a vector. A panel is two vectors wide.
#if defined(__AVX512F__)
inline constexpr int64_t packed_tile_rows = 14, packed_tile_bytes = 64;
#elif defined(__AVX2__)
inline constexpr int64_t packed_tile_rows = 6, packed_tile_bytes = 32;
#else
inline constexpr int64_t packed_tile_rows = 4, packed_tile_bytes = 16;
#endif

/// a b + sum, rounded once if the processor can do it in one step.
template <class T> [[gnu::always_inline]] inline T multiply_add(T a, T b, T sum) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return std::fma(a, b, sum);
#else
  return a * b + sum;
#endif
}

/// C = A B, or C += A B if `adds`.
template <class T>
void plain_product(Product s, Factor<T> a, Factor<T> b, bool adds, T* c, int64_t ldc) {
  const int64_t depth = tile_size(packed_depth);
  for (int64_t i = 0; i < s.m; ++i)
    for (int64_t j = 0; j < s.n; ++j) {
      T total = adds ? c[i * ldc + j] : T(0);
      for (int64_t p0 = 0; p0 < s.k; p0 += depth) {
        T sum = 0;
        for (int64_t p = p0; p < std::min(p0 + depth, s.k); ++p)
          sum = multiply_add(*a.part(i, p).data, *b.part(p, j).data, sum);
        total += sum;
      }
      c[i * ldc + j] = total;
    }
}

/// B in panels of packed_width<T> columns: element (p, j) is at
/// data[j / width * panel + p * ld + j % width].
template <class T> struct Panels {
  const T* data;
  int64_t ld, panel;
  Panels from(int64_t row) const { return {data + row * ld, ld, panel}; }
};
template <class T> inline constexpr int64_t packed_width = 2 * packed_tile_bytes / sizeof(T);

/// The columns that are computed for n: a multiple of a vector's length. A product is fastest if C
/// has room for them; a packed B has zeros there.
template <class T> constexpr int64_t whole_columns(int64_t n) {
  constexpr int64_t lanes = packed_width<T> / 2;
  return (n + lanes - 1) / lanes * lanes;
}

/// The most elements of a packed B [k, n].
constexpr int64_t packed_size(int64_t k, int64_t n) {
  constexpr int64_t width = packed_width<float>;
  return k * (n <= width / 2 ? width / 2 : (n + width - 1) / width * width);
}

/// Packs B [k, n].
template <class T> Panels<T> pack(int64_t k, int64_t n, Factor<T> b, T* packed);

/// B where it is, if it is not transposed and n is a multiple of a vector's length.
template <class T> Panels<T> panels_in_place(Factor<T> b) {
  return {b.data, b.ld, packed_width<T>};
}

/// C = A B, or C += A B if `adds`. B may have more rows and columns than the product; n may be
/// rounded up to whole_columns(). Runs on the calling thread and does not throw.
template <class T>
void packed_product(Product s, Factor<T> a, Panels<T> b, bool adds, T* c, int64_t ldc);

}  // namespace gradus::kernels
