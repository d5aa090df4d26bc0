// SPDX-License-Identifier: MIT
// Keys and values of attention as the second factor of products with many queries.
#pragma once
#include "kernels/packed_product.h"

namespace gradus::kernels {

inline constexpr int64_t attention_tile = 64;        // queries, and keys, of a tile
inline constexpr int64_t score_ld = attention_tile;  // row stride of a tile of any size
inline constexpr int64_t packed_ld = 128;  // longer rows of a second factor do not fit the cache
inline constexpr int64_t packed_rows = 8;  // packing a factor does not pay off for fewer rows

/// The second factor of products with the queries of a task: packed, unless there are too few
/// queries to repay it.
template <class T> struct KeyFactor {
  Factor<T> plain;
  Panels<T> panels{};

  /// Rows of keys or values [count, width] with row stride ld.
  static KeyFactor of_rows(int64_t queries, int64_t count, const T* rows, int64_t ld, int64_t width,
                           T* packed) {
    const Factor<T> f{rows, ld};
    if (queries < packed_rows) return {f};
    if (ld <= packed_ld && whole_columns<T>(width) == width) return {f, panels_in_place(f)};
    return {f, pack<T>(count, width, f, packed)};
  }
  /// The same rows as columns [width, count].
  static KeyFactor of_columns(int64_t queries, int64_t count, const T* rows, int64_t ld,
                              int64_t width, T* packed) {
    const Factor<T> f{rows, ld, true};
    if (queries < packed_rows) return {f};
    return {f, pack<T>(width, count, f, packed)};
  }
  KeyFactor from(int64_t row) const {
    return {plain.part(row, 0), {panels.data ? panels.from(row) : panels}};
  }
  /// C = A B, or C += A B.
  void multiply(Product s, Factor<T> a, bool adds, T* c, int64_t ldc) const {
    if (panels.data) packed_product(s, a, panels, adds, c, ldc);
    else gemm_block(s, T(1), a, plain, T(adds), c, ldc);
  }
  /// The scores of a tile, whose rows have room for more columns.
  void scores(Product s, Factor<T> a, T* c) const {
    if (panels.data) s.n = whole_columns<T>(s.n);
    multiply(s, a, false, c, score_ld);
  }
};

}  // namespace gradus::kernels
