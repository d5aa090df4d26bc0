// SPDX-License-Identifier: MIT
// Reductions. All take axes the same way: {0, -1} means the first and the last, {} all; reduced
// axes are removed, or kept with size 1 (keepdim).
//   x: [2, 3, 4], axes {0, -1} -> y: [3], with keepdim [1, 3, 1]
// An axis that is out of range or repeated throws std::invalid_argument.
// Next: ops/matmul.h
#pragma once
#include <optional>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// y = sum_i x_i;  dx_i = dy
/// f32, f64; i64 and boolean are summed as i64, without gradient. An empty sum is 0. f32 elements
/// are added in f32 in groups of eight, the group sums in double: accurate to f32 rounding.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

/// y = (1/n) sum_i x_i;  dx_i = dy / n
/// f32, f64. Throws std::invalid_argument for n = 0.
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

/// The variance. With n the number of elements and m their mean:
///   y = sum_i (x_i - m)^2 / (n - correction);  dx_i = dy 2 (x_i - m) / (n - correction)
/// f32, f64; saves x and m (in f64). Equal values have variance 0 at any magnitude. Correction 1
/// gives the unbiased sample variance (Bessel), 0 the mean squared deviation.
/// Throws std::invalid_argument unless n > correction.
Tensor var(const Tensor& x, const Axes& axes = {}, int64_t correction = 1, bool keepdim = false);

/// The standard deviation, y = sqrt(var(x)).
///   dx_i = dy (x_i - m) / ((n - correction) y), and 0 where y = 0
/// Saves x, m and y. Throws like var().
Tensor std_(const Tensor& x, const Axes& axes = {}, int64_t correction = 1, bool keepdim = false);

/// y = x_1 x_2 ... x_n;  dx_i = dy * product of all x_j with j != i
/// f32, f64; saves x. The gradient is correct even if one or more x_i are 0. An empty product is 1.
Tensor prod(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

/// The largest element. Ties share the gradient equally:
///   dx_i = dy / (number of ties) where x_i = y, 0 elsewhere
/// f32, f64; i64 without gradient. Saves x and y. NaN propagates.
/// Throws std::invalid_argument: no elements (n = 0).
Tensor amax(const Tensor& x, const Axes& axes = {}, bool keepdim = false);
/// The smallest element, likewise.
Tensor amin(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

/// Values and their indices along the axis (i64).
struct Extremum {
  Tensor values, indices;
};

/// The largest element along one axis and its index: the first one in a tie, and the first NaN if
/// there is one.
///   dx_i = dy where i is that index, 0 elsewhere
/// f32, f64; i64 without gradient. Saves the indices. Throws like amax().
Extremum max(const Tensor& x, int axis, bool keepdim = false);
/// The smallest, likewise.
Extremum min(const Tensor& x, int axis, bool keepdim = false);
/// The largest element of all; ties share the gradient as in amax().
Tensor max(const Tensor& x);
/// The smallest element of all.
Tensor min(const Tensor& x);

/// The index of the largest element along an axis, with ties as in max(); without an axis the
/// row-major index among all elements. i64, no gradient. Throws like amax().
Tensor argmax(const Tensor& x, std::optional<int> axis = {}, bool keepdim = false);
/// The index of the smallest, likewise.
Tensor argmin(const Tensor& x, std::optional<int> axis = {}, bool keepdim = false);

/// y = log sum_i exp(x_i), without overflow;  dx_i = dy exp(x_i - y), and 0 where x_i = -inf
/// f32, f64; saves x, the maximum and the logarithm. All -inf, or no elements, gives -inf.
Tensor logsumexp(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

/// Running sums along an axis: y_k = x_0 + ... + x_k;  dx_k = dy_k + ... + dy_(n-1)
/// x: any shape with that axis -> y: the same; f32, f64 (summed in double), i64 without gradient.
Tensor cumsum(const Tensor& x, int axis);

/// Whether all (any) elements are nonzero; NaN counts as nonzero. Any dtype -> boolean []; no
/// gradient. Without elements all() is true, any() is false.
Tensor all(const Tensor& x);
Tensor any(const Tensor& x);

/// The adjoint of broadcast_to: sums the axes that broadcasting `shape` to x repeats.
/// x: [5, 2, 3], shape [2, 1] -> y: [2, 1]; dx = dy broadcast to x.
/// Throws std::invalid_argument: `shape` cannot be broadcast to that of x.
Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace gradus
