// SPDX-License-Identifier: MIT
// Dropout of attention weights: whether a weight is kept depends on its position alone, so backward
// recomputes it and nothing is stored.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstring>

#include "gradus/base/random.h"

namespace gradus::kernels {

inline constexpr int64_t keep_block = 8, keep_lanes = 16, keep_tile_edge = 64;

/// Weight (row, j) of [rows, S] is kept if its 16 random bits are below `limit`, i.e. with
/// probability limit / 65536, and is then multiplied by `scale`, the inverse.
struct Keep {
  Draw draw{};
  uint32_t limit = 65536;
  double scale = 1;

  static Keep with_probability(double p_drop, const Draw& draw) {
    const auto limit = static_cast<uint32_t>(std::lround((1 - p_drop) * 65536));
    return {draw, limit, limit ? 65536.0 / limit : 0};
  }
  bool drops() const { return limit < 65536; }
  /// Eight adjacent weights in a row share one block of random words.
  static int64_t blocks(int64_t S) { return (S + keep_block - 1) / keep_block; }
  bool keeps(int64_t row, int64_t S, int64_t j) const {
    const auto block = static_cast<uint64_t>(row * blocks(S) + j / keep_block);
    const Words4 w = threefry<12>(draw.counter(block), draw.key());
    return ((w[static_cast<size_t>(j % keep_block / 2)] >> (j % 2 * 16)) & 0xFFFF) < limit;
  }
};

namespace detail {

typedef uint32_t Lanes __attribute__((vector_size(16 * sizeof(uint32_t))));

// out = a0 b0 c0 d0 a1 b1 c1 d1 ...
inline void store_in_turn(const std::array<Lanes, 4>& w, uint32_t* out) {
  const auto pairs = [](const Lanes& a, const Lanes& b, Lanes& low, Lanes& high) {
    low = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    high =
        __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  };
  Lanes ab[2], cd[2];
  pairs(w[0], w[1], ab[0], ab[1]), pairs(w[2], w[3], cd[0], cd[1]);
  for (int half = 0; half < 2; ++half) {
    const Lanes fours[] = {__builtin_shufflevector(ab[half], cd[half], 0, 1, 16, 17, 2, 3, 18, 19,
                                                   4, 5, 20, 21, 6, 7, 22, 23),
                           __builtin_shufflevector(ab[half], cd[half], 8, 9, 24, 25, 10, 11, 26, 27,
                                                   12, 13, 28, 29, 14, 15, 30, 31)};
    std::memcpy(out + 32 * half, fours, sizeof fours);
  }
}

}  // namespace detail

/// factor = scale or 0 for rows row .. row + rows and columns j0 .. j0 + cols, at most
/// keep_tile_edge each.
template <class T>
void keep_tile(const Keep& keep, int64_t row, int64_t rows, int64_t S, int64_t j0, int64_t cols,
               T* factor, int64_t ld) {
  using detail::Lanes;
  const int64_t first = j0 / keep_block, count = (j0 + cols - 1) / keep_block - first + 1;
  constexpr int64_t most_blocks = keep_tile_edge / keep_block + 1;  // blocks in a row
  constexpr int64_t most = keep_tile_edge * most_blocks + keep_lanes;
  alignas(64) uint32_t low[most], high[most], words[4 * most];
  for (int64_t r = 0, i = 0; r < rows; ++r)
    for (int64_t k = 0; k < count; ++k, ++i) {
      const auto block = static_cast<uint64_t>((row + r) * Keep::blocks(S) + first + k);
      low[i] = static_cast<uint32_t>(block), high[i] = static_cast<uint32_t>(block >> 32);
    }
  std::fill_n(low + rows * count, keep_lanes, 0u);
  std::fill_n(high + rows * count, keep_lanes, 0u);
  const Words4 start = keep.draw.counter(0), key = keep.draw.key();
  for (int64_t i = 0; i < rows * count; i += keep_lanes) {
    Lanes l, h;
    std::memcpy(&l, low + i, sizeof l), std::memcpy(&h, high + i, sizeof h);
    const Lanes zero{};
    detail::store_in_turn(threefry<12, Lanes>({l, h, start[2] + zero, start[3] + zero}, key),
                          words + 4 * i);
  }
  const T scale = static_cast<T>(keep.scale);
  for (int64_t r = 0; r < rows; ++r) {
    const uint32_t* word = words + 4 * r * count;
    uint16_t bits[keep_block * most_blocks];
    std::memcpy(bits, word, sizeof(uint16_t) * static_cast<size_t>(keep_block * count));
    const uint16_t* from = bits + (j0 - first * keep_block);
#pragma omp simd
    for (int64_t j = 0; j < cols; ++j)
      factor[r * ld + j] = uint32_t{from[j]} < keep.limit ? scale : T(0);
  }
}

/// s *= factor of keep_tile().
template <class T>
void drop_tile(const Keep& keep, int64_t row, int64_t rows, int64_t S, int64_t j0, int64_t cols,
               T* s, int64_t ld) {
  alignas(64) T factor[keep_tile_edge * keep_tile_edge];
  keep_tile(keep, row, rows, S, j0, cols, factor, keep_tile_edge);
  for (int64_t r = 0; r < rows; ++r)
#pragma omp simd
    for (int64_t j = 0; j < cols; ++j) s[r * ld + j] *= factor[r * keep_tile_edge + j];
}

}  // namespace gradus::kernels
