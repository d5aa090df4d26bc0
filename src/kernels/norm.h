// SPDX-License-Identifier: MIT
// Norms of gradients, and the changes that clip them, for a block of a parameter.
#pragma once
#include <cmath>
#include <cstdint>

namespace gradus::kernels {

/// Sum of squares, in double, over sixteen lanes in a fixed order.
template <class T> double square_sum(int64_t n, const T* g) {
  constexpr int64_t lanes = 16;
  double lane[lanes] = {};
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
#pragma omp simd
    for (int64_t k = 0; k < lanes; ++k) {
      const double x = static_cast<double>(g[i + k]);
      lane[k] = std::fma(x, x, lane[k]);
    }
  for (; i < n; ++i) lane[i % lanes] += static_cast<double>(g[i]) * static_cast<double>(g[i]);
  double sum = 0;
  for (double x : lane) sum += x;
  return sum;
}

template <class T> double power_sum(int64_t n, const T* g, double p) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += std::pow(std::abs(static_cast<double>(g[i])), p);
  return sum;
}

/// The largest absolute value; NaN if there is one.
template <class T> double largest(int64_t n, const T* g) {
  T top = 0;
  for (int64_t i = 0; i < n; ++i) {
    const T x = std::abs(g[i]);
    top = x > top || x != x ? x : top;
  }
  return static_cast<double>(top);
}

template <class T> void scale(int64_t n, double factor, T* g) {
  const T f = static_cast<T>(factor);
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) g[i] *= f;
}

template <class T> void clamp_values(int64_t n, double limit, T* g) {
  const T top = static_cast<T>(limit);
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) g[i] = g[i] > top ? top : g[i] < -top ? -top : g[i];
}

}  // namespace gradus::kernels
