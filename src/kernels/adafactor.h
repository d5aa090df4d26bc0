// SPDX-License-Identifier: MIT
// Parts of a step of Adafactor. Formulas: gradus/optim/adafactor.h.
#pragma once
#include <algorithm>
#include <cmath>

#include "kernels/norm.h"

namespace gradus::kernels {

inline constexpr int64_t adafactor_columns = 64;  // columns whose squares are summed at once

/// v moves to `mean` by the share `rest`.
template <class T> void adafactor_blend(double rest, double mean, T& v) {
  v = static_cast<T>(static_cast<double>(v) + rest * (mean - static_cast<double>(v)));
}

/// The mean squares of n <= adafactor_columns neighbouring columns of a matrix with `stride`
/// columns.
template <class T>
void adafactor_column_means(int64_t rows, int64_t stride, int64_t n, double rest, const T* g,
                            T* v) {
  double sums[adafactor_columns] = {};
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < n; ++c) {
      const double x = static_cast<double>(g[r * stride + c]);
      sums[c] += x * x;
    }
  for (int64_t c = 0; c < n; ++c) adafactor_blend(rest, sums[c] / static_cast<double>(rows), v[c]);
}

/// The variance of an element is `factor` times v, but not below `least`.
struct AdafactorLine {
  double factor, least;
};

/// One element of g / sqrt(variance).
template <class T> double adafactor_element(const AdafactorLine& line, T g, T v) {
  const double variance = std::max(line.factor * static_cast<double>(v), line.least);
  return static_cast<double>(g) / std::sqrt(variance);
}

/// The sum of squares of the update of n elements.
template <class T>
double adafactor_size(int64_t n, const AdafactorLine& line, const T* g, const T* v) {
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    const double u = adafactor_element(line, g[i], v[i]);
    sum += u * u;
  }
  return sum;
}

/// p = decay p - rate u
template <class T>
void adafactor_apply(int64_t n, const AdafactorLine& line, double decay, double rate, const T* g,
                     const T* v, T* p) {
  for (int64_t i = 0; i < n; ++i)
    p[i] = static_cast<T>(decay * static_cast<double>(p[i]) -
                          rate * adafactor_element(line, g[i], v[i]));
}

}  // namespace gradus::kernels
