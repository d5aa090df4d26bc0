// SPDX-License-Identifier: MIT
// Table lookup of rows, and its backward.
#pragma once
#include <algorithm>

#include "gradus/base/parallel.h"

namespace gradus::kernels {

inline constexpr int64_t embedding_grain = 32768;
/// With fewer ids than this, columns are split into tasks as well, in parts of this size.
inline constexpr int64_t embedding_few_ids = 256, embedding_part = 128;

/// y[i] = w[ids[i]], rows of `cols` elements; zeros where ids[i] is `padding`.
template <class T>
void embedding(int64_t n, int64_t cols, const int64_t* ids, const T* w, int64_t padding, T* y) {
  parallel_for(n, embedding_grain / (cols + 1) + 1, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      if (ids[i] == padding) std::fill_n(y + i * cols, cols, T(0));
      else std::copy_n(w + ids[i] * cols, cols, y + i * cols);
    }
  });
}

/// Positions sorted by id: those of id v are order[start[v]] to order[start[v + 1] - 1], ascending.
/// start: vocabulary + 2 elements, the last one is scratch.
inline void sort_by_id(int64_t n, int64_t vocabulary, const int64_t* ids, int64_t* start,
                       int64_t* order) {
  std::fill_n(start, vocabulary + 2, 0);
  for (int64_t i = 0; i < n; ++i) ++start[ids[i] + 2];
  for (int64_t v = 2; v < vocabulary + 2; ++v) start[v] += start[v - 1];
  for (int64_t i = 0; i < n; ++i) order[start[ids[i] + 1]++] = i;
}

/// dw[v] = the sum of dy[i] over the positions i of id v, in their order; zeros for `padding`.
/// Each task owns a part of dw: a range of ids and, if ids are few, a range of columns.
template <class T>
void embedding_backward(int64_t vocabulary, int64_t cols, const int64_t* start,
                        const int64_t* order, const T* dy, int64_t padding, T* dw) {
  const bool few = vocabulary < embedding_few_ids;
  const int64_t part = grain_size(few ? std::min(cols, embedding_part) : cols);
  const int64_t parts = part ? (cols + part - 1) / part : 0;
  const int64_t tall = grain_size(embedding_grain / (part + 1) + 1);
  const int64_t talls = (vocabulary + tall - 1) / tall;
  parallel_blocks(parts * talls, [=](int64_t task) {
    const int64_t c = task % parts * part, width = std::min(part, cols - c);
    const int64_t v = task / parts * tall;
    for (int64_t id = v; id < std::min(vocabulary, v + tall); ++id) {
      T* out = dw + id * cols + c;
      const int64_t first = start[id], last = id == padding ? first : start[id + 1];
      if (first == last) std::fill_n(out, width, T(0));
      else std::copy_n(dy + order[first] * cols + c, width, out);
      for (int64_t k = first + 1; k < last; ++k) {
        const T* in = dy + order[k] * cols + c;
#pragma omp simd
        for (int64_t j = 0; j < width; ++j) out[j] += in[j];
      }
    }
  });
}

}  // namespace gradus::kernels
