// SPDX-License-Identifier: MIT
// softmax and log_softmax (`logs`) of lines, forward and backward. An array is [outer, n, inner]
// around the axis: lines are rows if inner is 1; otherwise adjacent lines are processed together.
// A task processes whole lines, so sums are not split into blocks.
#pragma once
#include <algorithm>

#include "gradus/base/parallel.h"
#include "kernels/exp_row.h"

namespace gradus::kernels {

inline constexpr int64_t softmax_grain = 16384;  // about as many elements as fit into the L1 cache
inline constexpr int64_t softmax_strip = 64;     // adjacent lines processed together

/// Rows per task.
inline int64_t softmax_rows(int64_t cols) { return softmax_grain / (cols > 0 ? cols : 1) + 1; }

/// x, y: [rows, cols].
template <bool logs, class T> void softmax_along(int64_t rows, int64_t cols, const T* x, T* y) {
  parallel_for(rows, softmax_rows(cols), [=](int64_t begin, int64_t end) {
    exp_rows(end - begin, cols, x + begin * cols, y + begin * cols);
    for (int64_t r = begin; r < end; ++r) {
      const T* in = x + r * cols;
      T* out = y + r * cols;
      const T sum = lane_sum<T>(cols, [=](int64_t i) { return out[i]; });
      if constexpr (logs) {
        const T m = row_max(cols, in), log_sum = log(sum);
#pragma omp simd
        for (int64_t i = 0; i < cols; ++i) out[i] = in[i] - m - log_sum;
      } else {
        const T scale = 1 / sum;
#pragma omp simd
        for (int64_t i = 0; i < cols; ++i) out[i] *= scale;
      }
    }
  });
}

/// dx = y (dy - <y, dy>), or for logarithms dx = dy - exp(y) sum(dy).
template <bool logs, class T>
void softmax_along_backward(int64_t rows, int64_t cols, const T* y, const T* dy, T* dx) {
  parallel_for(rows, softmax_rows(cols), [=](int64_t begin, int64_t end) {
    if constexpr (logs)
#pragma omp simd
      for (int64_t i = begin * cols; i < end * cols; ++i) dx[i] = exp(y[i]);
    for (int64_t r = begin; r < end; ++r) {
      const T *p = y + r * cols, *d = dy + r * cols;
      T* out = dx + r * cols;
      const T sum = lane_sum<T>(cols, [=](int64_t i) { return logs ? d[i] : p[i] * d[i]; });
#pragma omp simd
      for (int64_t i = 0; i < cols; ++i) out[i] = logs ? d[i] - out[i] * sum : p[i] * (d[i] - sum);
    }
  });
}

/// Calls body(first element, lines) for strips of at most `softmax_strip` adjacent lines.
template <class Body>
void for_each_strip(int64_t outer, int64_t n, int64_t inner, const Body& body) {
  const int64_t strip = std::min(inner, grain_size(softmax_strip));
  const int64_t strips = strip ? (inner + strip - 1) / strip : 0;
  parallel_for(outer * strips, softmax_rows(n * strip), [&](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s) {
      const int64_t at = s % strips * strip;
      body(s / strips * n * inner + at, std::min(strip, inner - at));
    }
  });
}

/// x, y: [outer, n, inner].
template <bool logs, class T>
void softmax_across(int64_t outer, int64_t n, int64_t inner, const T* x, T* y) {
  for_each_strip(outer, n, inner, [=](int64_t first, int64_t lines) {
    T m[softmax_strip], sum[softmax_strip];
    std::fill(m, m + lines, static_cast<T>(-INFINITY)), std::fill(sum, sum + lines, T(0));
    for (int64_t k = 0, at = first; k < n; ++k, at += inner)
#pragma omp simd
      for (int64_t j = 0; j < lines; ++j) m[j] = x[at + j] > m[j] ? x[at + j] : m[j];
    for (int64_t k = 0, at = first; k < n; ++k, at += inner)
#pragma omp simd
      for (int64_t j = 0; j < lines; ++j) sum[j] += y[at + j] = exp(x[at + j] - m[j]);
    for (int64_t j = 0; j < lines; ++j) sum[j] = logs ? log(sum[j]) : 1 / sum[j];
    for (int64_t k = 0, at = first; k < n; ++k, at += inner)
#pragma omp simd
      for (int64_t j = 0; j < lines; ++j)
        y[at + j] = logs ? x[at + j] - m[j] - sum[j] : y[at + j] * sum[j];
  });
}

template <bool logs, class T>
void softmax_across_backward(int64_t outer, int64_t n, int64_t inner, const T* y, const T* dy,
                             T* dx) {
  for_each_strip(outer, n, inner, [=](int64_t first, int64_t lines) {
    T sum[softmax_strip] = {};
    for (int64_t k = 0, at = first; k < n; ++k, at += inner)
#pragma omp simd
      for (int64_t j = 0; j < lines; ++j) sum[j] += logs ? dy[at + j] : y[at + j] * dy[at + j];
    for (int64_t k = 0, at = first; k < n; ++k, at += inner)
#pragma omp simd
      for (int64_t j = 0; j < lines; ++j)
        dx[at + j] =
            logs ? dy[at + j] - exp(y[at + j]) * sum[j] : y[at + j] * (dy[at + j] - sum[j]);
  });
}

}  // namespace gradus::kernels
