// SPDX-License-Identifier: MIT
// The random words of 16 counters at a time.
#pragma once
#include <array>
#include <cstdint>

#include "gradus/base/random.h"

namespace gradus::kernels {

inline constexpr int64_t random_lanes = 16;
typedef uint32_t RandomLanes __attribute__((vector_size(random_lanes * sizeof(uint32_t))));
inline constexpr RandomLanes random_lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/// The words of the blocks 16 group .. 16 group + 15 of a draw: word w of block i is result[w][i].
template <int rounds>
[[gnu::always_inline]] inline std::array<RandomLanes, 4> random_words(const Draw& draw,
                                                                      uint64_t group) {
  // Adding a lane's index does not carry.
  const Words4 from = draw.counter(group * random_lanes);
  return threefry<rounds, RandomLanes>({from[0] + random_lane, from[1] + 0 * random_lane,
                                        from[2] + 0 * random_lane, from[3] + 0 * random_lane},
                                       draw.key());
}

}  // namespace gradus::kernels
