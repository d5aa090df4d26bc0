// SPDX-License-Identifier: MIT
// Dropout: whether an element is kept depends on its index and the draw, so no mask is stored and
// backward recomputes it. 16 random bits per element, from Threefry with 12 rounds.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstring>

#include "gradus/base/parallel.h"
#include "kernels/random_words.h"

namespace gradus::kernels {

inline constexpr int64_t dropout_grain = 32768;
inline constexpr int64_t dropout_tile = 8 * random_lanes;  // elements of random_lanes blocks

/// Element i is kept if its 16 bits are below 65536 (1 - p). If that is not an integer, some
/// elements are compared with the integer below and some with the one above, depending on their
/// index, so that the fraction kept is 1 - p to nine digits.
class Dropout {
 public:
  static constexpr int64_t lanes = random_lanes, tile = dropout_tile;

  Dropout(double p, const Draw& draw) : draw_(draw), scale_(1 / (1 - p)) {
    const double level = (1 - p) * 65536;
    limit_ = static_cast<uint32_t>(level);
    above_ = static_cast<uint32_t>((level - std::floor(level)) * 0x1p32);
  }

  /// Whether element i is kept; the loops below compute many at once.
  bool keeps(int64_t i) const {
    const auto block = static_cast<uint64_t>(i / tile * lanes + i % lanes);
    const Words4 w = threefry<12>(draw_.counter(block), draw_.key());
    const size_t half = static_cast<size_t>(i % tile / lanes);
    return (w[half / 2] >> (half % 2 * 16) & 0xFFFF) < limit(block);
  }

  /// y = x / (1 - p) where elements are kept, else 0.
  template <class T> void run(int64_t n, const T* x, T* y) const {
    parallel_for(n, dropout_grain, [=, this](int64_t begin, int64_t end) {
      const T scale = static_cast<T>(scale_);
      Bits bits;
      for (int64_t i = begin; i < end;) {
        const int64_t first = i / tile * tile, last = std::min(end, first + tile);
        fill(static_cast<uint64_t>(i / tile), bits);
        if (i == first && last == first + tile) apply(bits, scale, x + i, y + i);
        else
          for (int64_t k = i - first; k < last - first; ++k)
            y[first + k] = bits.of(k) < bits.limit[k % lanes] ? x[first + k] * scale : T(0);
        i = last;
      }
    });
  }

 private:
  struct Bits {
    alignas(64) uint32_t word[4][lanes], limit[lanes];
    uint32_t of(int64_t k) const {
      return word[k / (2 * lanes)][k % lanes] >> (k / lanes % 2 * 16) & 0xFFFF;
    }
  };

  uint32_t limit(uint64_t block) const {
    const uint32_t spread = static_cast<uint32_t>(block) * weyl;
    return limit_ + (spread < above_ ? 1u : 0u);
  }
  static constexpr uint32_t weyl = 0x9E3779B9;  // Weyl's sequence with the golden ratio

  void fill(uint64_t number, Bits& bits) const {
    const auto w = random_words<12>(draw_, number);
    const RandomLanes block = static_cast<uint32_t>(number * lanes) + random_lane;
    std::memcpy(bits.word, &w, sizeof w);
    const RandomLanes limits =
        limit_ - reinterpret_cast<RandomLanes>(block * weyl < above_);  // true is -1
    std::memcpy(bits.limit, &limits, sizeof limits);
  }

  template <class T> static void apply(const Bits& bits, T scale, const T* x, T* y) {
    for (int64_t w = 0; w < 4; ++w, x += 2 * lanes, y += 2 * lanes)
#pragma omp simd
      for (int64_t b = 0; b < lanes; ++b) {
        const uint32_t both = bits.word[w][b];
        y[b] = (both & 0xFFFF) < bits.limit[b] ? x[b] * scale : T(0);
        y[b + lanes] = both >> 16 < bits.limit[b] ? x[b + lanes] * scale : T(0);
      }
  }

  Draw draw_;
  double scale_;
  uint32_t limit_, above_;
};

}  // namespace gradus::kernels
