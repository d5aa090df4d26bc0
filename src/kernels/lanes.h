// SPDX-License-Identifier: MIT
// Sums and maxima over a row. Element i goes to lane i mod 32, and the lanes are folded pairwise:
// the order is the same for any vector width, thread count and alignment of the row.
#pragma once
#include <cmath>
#include <cstdint>

namespace gradus::kernels {

inline constexpr int lane_count = 32, short_lanes = 16;

/// merge(f(0), ..., f(n-1)) in type A, starting with `start`; f must be vectorisable.
template <class A, class F, class Merge>
[[gnu::always_inline]] inline A fold_lanes(int64_t n, A start, F f, Merge merge) {
  A lane[lane_count];
  for (A& l : lane) l = start;
  int64_t i = 0;
  for (; i + lane_count <= n; i += lane_count)
#pragma omp simd
    for (int j = 0; j < lane_count; ++j) lane[j] = merge(lane[j], f(i + j));
  if (const int rest = static_cast<int>(n - i); rest > 0) {
#pragma omp simd
    for (int j = 0; j < lane_count; ++j) lane[j] = merge(lane[j], j < rest ? f(i + j) : start);
  }
  A half[16], quarter[8];
#pragma omp simd
  for (int j = 0; j < 16; ++j) half[j] = merge(lane[j], lane[j + 16]);
#pragma omp simd
  for (int j = 0; j < 8; ++j) quarter[j] = merge(half[j], half[j + 8]);
  return merge(merge(merge(quarter[0], quarter[4]), merge(quarter[2], quarter[6])),
               merge(merge(quarter[1], quarter[5]), merge(quarter[3], quarter[7])));
}
/// f(0) + ... + f(n-1)
template <class A, class F> [[gnu::always_inline]] inline A lane_sum(int64_t n, F f) {
  return fold_lanes(
      n, A(0), [=](int64_t i) { return static_cast<A>(f(i)); }, [](A a, A b) { return a + b; });
}
/// The largest f(i), ignoring NaN; -inf if there is none.
template <class A, class F> [[gnu::always_inline]] inline A lane_max(int64_t n, F f) {
  return fold_lanes(n, static_cast<A>(-INFINITY), f, [](A a, A b) { return b > a ? b : a; });
}

/// The same for rows whose length is a multiple of 16: half the lanes, and f may write.
template <class A, class F> [[gnu::always_inline]] inline A short_sum(int64_t n, F f) {
  A lane[short_lanes] = {}, half[8], quarter[4];
  for (int64_t i = 0; i < n; i += short_lanes)
#pragma omp simd
    for (int j = 0; j < short_lanes; ++j) lane[j] += f(i + j);
#pragma omp simd
  for (int j = 0; j < 8; ++j) half[j] = lane[j] + lane[j + 8];
#pragma omp simd
  for (int j = 0; j < 4; ++j) quarter[j] = half[j] + half[j + 4];
  return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
}
/// The largest x_i, ignoring NaN, in the order of the compiler's vectors; faster for short rows.
template <class T> [[gnu::always_inline]] inline T simd_max(int64_t n, const T* x) {
  T top = -INFINITY;
#pragma omp simd reduction(max : top)
  for (int64_t i = 0; i < n; ++i) top = x[i] > top ? x[i] : top;
  return top;
}
/// The sum for any row, in that order, which is the same for one build only; f may write.
template <class A, class F> [[gnu::always_inline]] inline A simd_sum(int64_t n, F f) {
  A sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; ++i) sum += f(i);
  return sum;
}

}  // namespace gradus::kernels
