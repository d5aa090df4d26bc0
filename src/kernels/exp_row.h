// SPDX-License-Identifier: MIT
// The step that softmax and its relatives share: the terms e_i = exp(x_i - m) of a row, m its
// maximum, and their sum l. No term exceeds 1, so nothing overflows. Then
//   softmax(x)_i = e_i / l,   log_softmax(x)_i = x_i - m - log(l),   logsumexp(x) = m + log(l).
#pragma once
#include "kernels/lanes.h"
#include "kernels/math.h"

namespace gradus::kernels {

/// m and l of a row.
template <class T> struct RowScale { T max, sum; };

/// The maximum of a row; NaN is ignored.
template <class T> [[gnu::always_inline]] inline T row_max(int64_t n, const T* x) {
  return lane_max<T>(n, [=](int64_t i) { return x[i]; });
}

/// What is subtracted from a row with maximum m: 0 if all are -inf, so that their terms are 0.
template <class T> [[gnu::always_inline]] inline T row_shift(T m) {
  return m == -INFINITY ? T(0) : m;
}

/// How the terms are summed: lane_sum(), short_sum() or simd_sum() of lanes.h.
enum class SumOrder { lanes, short_rows, simd };

/// m is the largest of x and `floor`, the maximum of what came before in a row that is read in
/// parts. term(i, e_i) returns what is summed, and may store e_i unless the order is `lanes`.
template <SumOrder order, class T, class Term>
[[gnu::always_inline]] inline RowScale<T> scale_row(int64_t n, const T* x, T floor, Term term) {
  const T top = order == SumOrder::lanes ? row_max(n, x) : simd_max(n, x);
  const T m = top > floor ? top : floor, shift = row_shift(m);
  const auto f = [=](int64_t i) { return term(i, exp(x[i] - shift)); };
  if constexpr (order == SumOrder::lanes) return {m, lane_sum<T>(n, f)};
  if constexpr (order == SumOrder::short_rows) return {m, short_sum<T>(n, f)};
  return {m, simd_sum<T>(n, f)};
}

/// e = the terms of `rows` rows of `cols` elements. exp runs over all of them at once, because rows
/// may be shorter than a vector.
template <class T>
[[gnu::always_inline]] inline void exp_rows(int64_t rows, int64_t cols, const T* x, T* e) {
  for (int64_t r = 0; r < rows; ++r) {
    const T* in = x + r * cols;
    T* out = e + r * cols;
    const T m = row_max(cols, in);
#pragma omp simd
    for (int64_t i = 0; i < cols; ++i) out[i] = in[i] - m;
  }
#pragma omp simd
  for (int64_t i = 0; i < rows * cols; ++i) e[i] = exp(e[i]);
}

/// exp(s - log_total): the weight of score s in a softmax whose logsumexp is known; 0 for -inf.
template <class T> [[gnu::always_inline]] inline T exp_weight(T s, T log_total) {
  return s == -INFINITY ? T(0) : exp(s - log_total);
}

}  // namespace gradus::kernels
