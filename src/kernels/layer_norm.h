// SPDX-License-Identifier: MIT
// layer_norm and rms_norm over rows, forward and backward. `centred` selects layer_norm; rms_norm
// is the same without subtracting the mean. Rows are shifted by their first element, so that a
// large mean loses no precision and a row of equal values gives exact zeros.
#pragma once
#include <algorithm>

#include "gradus/base/parallel.h"
#include "kernels/lanes.h"

namespace gradus::kernels {

inline constexpr int64_t norm_grain = 16384, norm_tasks = 32;

/// Statistics of a row: x_i becomes (x_i - x_0 - mean) * scale.
template <class T> struct RowStats { T mean, scale; };

template <bool centred, class T>
[[gnu::always_inline]] inline RowStats<T> row_stats(int64_t cols, double eps, const T* x) {
  const T first = centred ? x[0] : 0;
  const double n = static_cast<double>(cols);
  T mean = 0;
  if constexpr (centred)
    mean = static_cast<T>(lane_sum<T>(cols, [=](int64_t i) { return x[i] - first; }) / n);
  const auto square = [=](auto d) { return d * d; };
  double squares = lane_sum<T>(cols, [=](int64_t i) { return square(x[i] - first - mean); });
  if (!(squares > 1e-25 && squares < 1e35))  // too small or too large for f32
    squares = lane_sum<double>(
        cols, [=](int64_t i) { return square(static_cast<double>(x[i] - first - mean)); });
  return {mean, static_cast<T>(1 / std::sqrt(squares / n + eps))};
}

/// Rows per task: about norm_grain elements; with sums over rows, at most norm_tasks tasks.
inline int64_t norm_block(int64_t rows, int64_t cols, bool sums) {
  return grain_size(std::max(sums ? (rows + norm_tasks - 1) / norm_tasks : 1,
                             norm_grain / std::max<int64_t>(cols, 1) + 1));
}

/// y = (x - mean) scale w + b over [rows, cols], and the statistics of each row.
template <bool centred, class T>
void norm(int64_t rows, int64_t cols, double eps, const T* x, const T* w, const T* b, T* y,
          RowStats<T>* stats) {
  parallel_for(rows, norm_block(rows, cols, false), [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const T* in = x + r * cols;
      T* out = y + r * cols;
      const RowStats<T> s = stats[r] = row_stats<centred>(cols, eps, in);
      const T first = centred ? in[0] : 0;
#pragma omp simd
      for (int64_t i = 0; i < cols; ++i)
        out[i] = std::fma((in[i] - first - s.mean) * s.scale, w[i], b[i]);
    }
  });
}

/// One row: dx_i = scale (g_i - mean(g) - h_i mean(g h)) with g = dy w, h = (x - mean) scale;
/// without the middle term unless centred.
template <bool centred, class T>
void norm_backward_row(int64_t cols, const T* x, const T* w, RowStats<T> stats, const T* dy,
                       T* dx) {
  const T first = centred ? x[0] : 0, n = static_cast<T>(cols);
  const T mean = stats.mean, scale = stats.scale;
  const auto h = [=](int64_t i) { return (x[i] - first - mean) * scale; };
  T a = 0;
  if constexpr (centred) a = lane_sum<T>(cols, [=](int64_t i) { return dy[i] * w[i]; }) / n;
  const T c = lane_sum<T>(cols, [=](int64_t i) { return dy[i] * w[i] * h(i); }) / n;
#pragma omp simd
  for (int64_t i = 0; i < cols; ++i) dx[i] = scale * (dy[i] * w[i] - a - h(i) * c);
}

/// One row's part of the sums over rows: dw_i += dy_i h_i, db_i += dy_i.
template <bool centred, class T>
void norm_backward_weights(int64_t cols, const T* x, RowStats<T> stats, const T* dy, T* dw, T* db) {
  const T first = centred ? x[0] : 0, mean = stats.mean, scale = stats.scale;
#pragma omp simd
  for (int64_t i = 0; i < cols; ++i) {
    dw[i] = std::fma(dy[i], (x[i] - first - mean) * scale, dw[i]);
    db[i] += dy[i];
  }
}

/// The whole backward: dx, unless it is null, and the sums over rows dw and db, unless `partial` is
/// null. `partial` has 2 cols elements for each norm_block(), which are added in order.
template <bool centred, class T>
void norm_backward(int64_t rows, int64_t cols, const T* x, const T* w, const RowStats<T>* stats,
                   const T* dy, T* dx, T* partial, T* dw, T* db) {
  const int64_t step = norm_block(rows, cols, partial), blocks = (rows + step - 1) / step;
  parallel_blocks(blocks, [=](int64_t block) {
    T* sums = partial + block * 2 * cols;
    if (partial) std::fill(sums, sums + 2 * cols, T(0));
    for (int64_t r = block * step; r < std::min(rows, (block + 1) * step); ++r) {
      const T *in = x + r * cols, *d = dy + r * cols;
      if (dx) norm_backward_row<centred>(cols, in, w, stats[r], d, dx + r * cols);
      if (partial) norm_backward_weights<centred>(cols, in, stats[r], d, sums, sums + cols);
    }
  });
  if (!partial) return;
  parallel_for(cols, norm_grain / 2 / (blocks + 1) + 1, [=](int64_t begin, int64_t end) {
    std::fill(dw + begin, dw + end, T(0)), std::fill(db + begin, db + end, T(0));
    for (int64_t block = 0; block < blocks; ++block) {
      const T *pw = partial + block * 2 * cols, *pb = pw + cols;
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) dw[i] += pw[i], db[i] += pb[i];
    }
  });
}

}  // namespace gradus::kernels
