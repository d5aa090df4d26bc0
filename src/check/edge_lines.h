// SPDX-License-Identifier: MIT
// Lines at the edge of the numbers, for ops that compute along an axis: reductions, scans, softmax,
// losses of rows.
#pragma once
#include <limits>

#include "check/op_table.h"

namespace gradus::check {

/// Lines of n elements: one of them, the first or another, or all are -inf, -1e30, -300, -0, 300,
/// 1e30, inf, NaN, the largest of f32, or subnormal (in f32, in f64); and inf next to -inf.
/// f64 [count, n].
Tensor edge_lines(int64_t n);

/// Samples of these lines, of length `shortest` to 9, along memory and across it. `make` gives the
/// sample of lines along `axis` of x; a NaN of its reference is an expected result.
std::vector<Sample> edge_samples(const std::function<Sample(const Tensor& x, int axis)>& make,
                                 int64_t shortest = 1);

/// The index of a NaN if there is one, else of the largest (or smallest); the first of equal ones.
template <class T> size_t place_at_edge(const std::vector<T>& line, bool largest) {
  size_t best = 0;
  for (size_t k = 1; k < line.size(); ++k) {
    if (std::isnan(value(line[best]))) break;
    const bool beats = largest ? line[best] < line[k] : line[k] < line[best];
    if (beats || std::isnan(value(line[k]))) best = k;
  }
  return best;
}

/// Which lines along `axis` of x contain +inf, in row-major order of the other axes.
std::vector<bool> infinite_lines(const Array<Wide>& x, int axis);

}  // namespace gradus::check
