// SPDX-License-Identifier: MIT
// Queries, keys and values in the form that kernels read. Next: kernels/attention_plain.h
#pragma once
#include <cstdint>

namespace gradus::kernels {

/// Rows of all heads: row i of sample b, head h starts at b * sample + h * head + i * row.
template <class T> struct Heads {
  T* data;
  int64_t sample, head, row;
  T* at(int64_t b, int64_t h) const { return data ? data + b * sample + h * head : nullptr; }
};

struct AttentionSizes {
  int64_t B, H, T, S, D, V;  // V: width of values
  int64_t group = 1;         // number of consecutive heads of q that share one head of k and v
};

template <class T> void zero_rows(T* to, int64_t ld, int64_t begin, int64_t end, int64_t width) {
  for (int64_t r = begin; to && r < end; ++r)
    for (int64_t c = 0; c < width; ++c) to[r * ld + c] = 0;
}

}  // namespace gradus::kernels
