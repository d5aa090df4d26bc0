// SPDX-License-Identifier: MIT
// Dropout inside attention: which weights stay follows from their place alone, so that backward
// finds the same ones again and nothing is stored.
#pragma once
#include <cmath>

#include "gradus/base/random.h"

namespace gradus::kernels {

/// Weight (row, j) of [rows, S] stays if its 16 random bits are below `limit`, that is with
/// probability limit / 65536, and is then multiplied by `scale`, the inverse of that.
struct Keep {
  Draw draw{};
  uint32_t limit = 65536;
  double scale = 1;

  static Keep with_probability(double p_drop, const Draw& draw) {
    const auto limit = static_cast<uint32_t>(std::lround((1 - p_drop) * 65536));
    return {draw, limit, limit ? 65536.0 / limit : 0};
  }
  bool drops() const { return limit < 65536; }
  /// Eight neighbours in a row share one block of random words.
  static int64_t blocks(int64_t S) { return (S + 7) / 8; }
  bool keeps(int64_t row, int64_t S, int64_t j) const {
    const auto block = static_cast<uint64_t>(row * blocks(S) + j / 8);
    const Words4 w = threefry<12>(draw.counter(block), draw.key());
    return ((w[static_cast<size_t>(j % 8 / 2)] >> (j % 2 * 16)) & 0xFFFF) < limit;
  }
};

/// factor = scale or 0 for rows row .. row + rows and columns j0 .. j0 + cols, at most 64 each.
template <class T>
void keep_tile(const Keep& keep, int64_t row, int64_t rows, int64_t S, int64_t j0, int64_t cols,
               T* factor, int64_t ld) {
  const int64_t first = j0 / 8, count = (j0 + cols - 1) / 8 - first + 1;  // blocks: 9 at most
  const Words4 key = keep.draw.key();
  alignas(64) uint32_t words[4][64 * 9];
#pragma omp simd
  for (int64_t i = 0; i < rows * count; ++i) {
    const int64_t block = (row + i / count) * Keep::blocks(S) + first + i % count;
    const Words4 w = threefry<12>(keep.draw.counter(static_cast<uint64_t>(block)), key);
    words[0][i] = w[0], words[1][i] = w[1], words[2][i] = w[2], words[3][i] = w[3];
  }
  const T scale = static_cast<T>(keep.scale);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t j = 0; j < cols; ++j) {
      const int64_t e = j0 + j - first * 8;
      const uint32_t bits = words[e % 8 / 2][r * count + e / 8] >> (e % 2 * 16);
      factor[r * ld + j] = (bits & 0xFFFF) < keep.limit ? scale : T(0);
    }
}

/// s *= factor of keep_tile().
template <class T>
void drop_tile(const Keep& keep, int64_t row, int64_t rows, int64_t S, int64_t j0, int64_t cols,
               T* s, int64_t ld) {
  alignas(64) T factor[64 * 64];
  keep_tile(keep, row, rows, S, j0, cols, factor, 64);
  for (int64_t r = 0; r < rows; ++r)
#pragma omp simd
    for (int64_t j = 0; j < cols; ++j) s[r * ld + j] *= factor[r * 64 + j];
}

}  // namespace gradus::kernels
