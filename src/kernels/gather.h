// SPDX-License-Identifier: MIT
// Loops over an index array together with the indexed array and an array of the index's shape.
#pragma once
#include <algorithm>

#include "kernels/loop.h"

namespace gradus::kernels {

inline constexpr int64_t index_grain = 32768, index_lines = 1024;

/// The lines of the index along one axis (operand 0), the indexed lines (operand 1) and the lines
/// parallel to the index (operand 2): n indices each, `step` elements apart.
struct IndexLoop {
  StridedLoop<3> lines;
  int64_t n, step[3];
};

// Calls f(a[index * between], b) n times, advancing the three pointers by their steps.
template <class A, class B, class F>
void index_run(int64_t n, const int64_t* index, int64_t index_step, A* a, int64_t between,
               int64_t a_step, B* b, int64_t b_step, F f) {
  if (index_step == 1 && b_step == 1 && between == 1 && a_step == 0)
    for (int64_t i = 0; i < n; ++i) f(a[index[i]], b[i]);
  else if (index_step == 0 && b_step == 1 && a_step == 1)
    for (int64_t i = 0, at = *index * between; i < n; ++i) f(a[at + i], b[i]);
  else
    for (int64_t i = 0; i < n; ++i)
      f(a[index[i * index_step] * between + i * a_step], b[i * b_step]);
}

/// Calls f(a[index], b) for every index, with a of operand 1 and b of operand 2. Goes along a line
/// in order, or backwards if `reverse`; runs lines in parallel, since they share no element.
template <class A, class B, class F>
void for_each_index(const IndexLoop& loop, const int64_t* index, A* a, B* b, bool reverse, F f) {
  const int inner = loop.lines.rank - 1;
  const bool neighbours = inner >= 0 && loop.lines.stride[2][inner] == 1;
  const int64_t* step = loop.step;
  const int64_t n = loop.n, first = reverse ? n - 1 : 0, way = reverse ? -1 : 1;
  const int64_t grain = std::max<int64_t>(index_grain / (n + 1) + 1, neighbours ? index_lines : 1);
  for_each_run(loop.lines, grain, [=](const int64_t* at, const int64_t* stride, int64_t lines) {
    if (neighbours)  // adjacent lines: process them together
      for (int64_t k = 0, j = first; k < n; ++k, j += way)
        index_run(lines, index + at[0] + j * step[0], stride[0], a + at[1], step[1], stride[1],
                  b + at[2] + j * step[2], stride[2], f);
    else
      for (int64_t l = 0; l < lines; ++l)
        index_run(n, index + at[0] + l * stride[0] + first * step[0], way * step[0],
                  a + at[1] + l * stride[1], step[1], 0,
                  b + at[2] + l * stride[2] + first * step[2], way * step[2], f);
  });
}

/// The position of the first index that is not in 0..limit-1, or -1.
inline int64_t first_outside(int64_t count, const int64_t* index, int64_t limit) {
  const auto outside = [=](int64_t i) {
    return static_cast<uint64_t>(index[i]) >= static_cast<uint64_t>(limit);
  };
  int64_t bad = 0;
#pragma omp simd reduction(+ : bad)
  for (int64_t i = 0; i < count; ++i) bad += outside(i) ? 1 : 0;
  if (bad == 0) return -1;
  int64_t i = 0;
  while (!outside(i)) ++i;
  return i;
}

}  // namespace gradus::kernels
