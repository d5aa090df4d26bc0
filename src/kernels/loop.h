// SPDX-License-Identifier: MIT
// Loops over several strided arrays of one shape together, in runs along the innermost axis.
#pragma once
#include <cstdint>

#include "gradus/base/parallel.h"

namespace gradus::kernels {

/// The shape and the strides of each of N operands. Adjacent axes that are contiguous in all
/// operands are merged, so that contiguous operands have a single axis.
template <int N> struct StridedLoop {
  int rank = 0;
  int64_t shape[8];
  int64_t stride[N][8];

  /// Adds an innermost axis; add axes from the outermost to the innermost.
  void add_axis(int64_t size, const int64_t (&strides)[N]) {
    if (size == 1) return;
    bool merges = rank > 0;
    for (int k = 0; k < N; ++k) merges = merges && stride[k][rank - 1] == strides[k] * size;
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

/// A position in a StridedLoop: an index for each axis, and the offset in each operand.
template <int N> struct Place {
  const StridedLoop<N>& loop;
  int64_t index[8] = {}, offset[N] = {};

  Place(const StridedLoop<N>& of, int64_t element) : loop(of) {
    for (int axis = loop.rank - 1; axis >= 0; --axis) {
      index[axis] = element % loop.shape[axis];
      element /= loop.shape[axis];
      for (int k = 0; k < N; ++k) offset[k] += index[axis] * loop.stride[k][axis];
    }
  }
  /// Advances to the start of the next row, i.e. run of the innermost axis.
  void next_row() {
    leave(loop.rank - 1);
    for (int axis = loop.rank - 2; axis >= 0; --axis) {
      for (int k = 0; k < N; ++k) offset[k] += loop.stride[k][axis];
      if (++index[axis] < loop.shape[axis]) return;
      leave(axis);
    }
  }

 private:
  void leave(int axis) {  // back to its index 0
    for (int k = 0; k < N; ++k) offset[k] -= index[axis] * loop.stride[k][axis];
    index[axis] = 0;
  }
};

/// Calls body(offsets, strides, n) for runs that cover every element once: operand k of element i
/// of the run is at offsets[k] + i * strides[k]. Runs are split by `grain` alone.
template <int N, class Body>
void for_each_run(const StridedLoop<N>& loop, int64_t grain, Body&& body) {
  const int inner = loop.rank - 1;
  const int64_t row = loop.rank ? loop.shape[inner] : 1;
  int64_t strides[N];
  for (int k = 0; k < N; ++k) strides[k] = loop.rank ? loop.stride[k][inner] : 0;
  parallel_for(loop.numel(), grain, [&](int64_t begin, int64_t end) {
    Place<N> at(loop, begin);
    const int64_t* offsets = at.offset;
    int64_t n = loop.rank ? row - at.index[inner] : 1;
    for (; n < end - begin; begin += n, n = row) {
      body(offsets, static_cast<const int64_t*>(strides), n);
      at.next_row();
    }
    body(offsets, static_cast<const int64_t*>(strides), end - begin);
  });
}

}  // namespace gradus::kernels
