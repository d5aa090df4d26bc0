// SPDX-License-Identifier: MIT
// Walking several strided arrays of one shape together, in runs along the innermost axis.
#pragma once
#include <cstdint>

#include "gradus/base/parallel.h"

namespace gradus::kernels {

/// The shape and, for each of N operands, the strides. Neighbouring axes that all operands walk
/// through without a gap are merged, so that contiguous operands leave one axis.
template <int N>
struct StridedLoop {
  int rank = 0;
  int64_t shape[8];
  int64_t stride[N][8];

  /// Adds an axis at the inside; axes come outermost first.
  void add_axis(int64_t size, const int64_t (&strides)[N]) {
    if (size == 1) return;
    bool merges = rank > 0;
    for (int k = 0; k < N; ++k)
      merges = merges && stride[k][rank - 1] == strides[k] * size;
    const int at = merges ? rank - 1 : rank++;
    shape[at] = merges ? shape[at] * size : size;
    for (int k = 0; k < N; ++k) stride[k][at] = strides[k];
  }
  int64_t numel() const {
    int64_t n = 1;
    for (int i = 0; i < rank; ++i) n *= shape[i];
    return n;
  }
};

/// Calls body(offsets, strides, n) for runs that cover every element once: operand k of element i
/// of the run lies at offsets[k] + i * strides[k]. Runs are cut by `grain` alone.
template <int N, class Body>
void for_each_run(const StridedLoop<N>& loop, int64_t grain, Body&& body) {
  const int inner = loop.rank - 1;
  const int64_t row = loop.rank ? loop.shape[inner] : 1;
  int64_t strides[N];
  for (int k = 0; k < N; ++k) strides[k] = loop.rank ? loop.stride[k][inner] : 0;
  parallel_for(loop.numel(), grain, [&](int64_t begin, int64_t end) {
    int64_t index[8] = {}, rest = begin;
    for (int axis = inner; axis >= 0; --axis) {
      index[axis] = rest % loop.shape[axis];
      rest /= loop.shape[axis];
    }
    while (begin < end) {
      const int64_t first = loop.rank ? index[inner] : 0;
      const int64_t n = row - first < end - begin ? row - first : end - begin;
      int64_t offsets[N] = {};
      for (int k = 0; k < N; ++k)
        for (int axis = 0; axis < loop.rank; ++axis)
          offsets[k] += index[axis] * loop.stride[k][axis];
      body(static_cast<const int64_t*>(offsets), static_cast<const int64_t*>(strides), n);
      begin += n;
      if (begin == end) break;
      index[inner] = 0;
      for (int axis = inner - 1; axis >= 0 && ++index[axis] == loop.shape[axis]; --axis)
        index[axis] = 0;
    }
  });
}

}  // namespace gradus::kernels
