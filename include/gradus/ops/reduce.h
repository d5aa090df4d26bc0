// SPDX-License-Identifier: MIT
// Reductions: many numbers into fewer.
// Next: ops/matmul.h
#pragma once
#include <optional>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// The sum over some axes; over all of them when none are named.
///   y = sum_i x_i;  dx_i = dy
/// x: [2, 3, 4], axes {0, -1} -> y: [3], or [1, 3, 1] with keepdim. f32, f64; i64 and boolean are
/// summed as i64, without gradient. An empty sum is 0. f32 is added up in double.
/// Throws std::invalid_argument: axis out of range or named twice.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

/// The mean over some axes, all when none are named.
///   y = (1/n) sum_i x_i;  dx_i = dy / n
/// f32, f64; shapes as sum(). Throws std::invalid_argument: axis, dtype, and a mean of nothing
/// (n = 0), which has no value.
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdim = false);

/// The adjoint of broadcast_to: sums the axes that broadcasting `shape` to x repeats.
/// x: [5, 2, 3], shape [2, 1] -> y: [2, 1]; dx = dy broadcast to x.
/// Throws std::invalid_argument: `shape` cannot be broadcast to that of x.
Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace gradus
