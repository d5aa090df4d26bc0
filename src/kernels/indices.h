// SPDX-License-Identifier: MIT
// Validates integers before they are used as indices.
#pragma once
#include <cstdint>
#include <optional>

namespace gradus::kernels {

/// The position of the first element outside 0..size-1 that is not `except`, or -1.
inline int64_t first_outside(int64_t n, const int64_t* ids, int64_t size,
                             std::optional<int64_t> except) {
  for (int64_t i = 0; i < n; ++i)
    if ((ids[i] < 0 || ids[i] >= size) && ids[i] != except) return i;
  return -1;
}

}  // namespace gradus::kernels
