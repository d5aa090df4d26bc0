// SPDX-License-Identifier: MIT
// The softmax family: turns scores into probabilities.
// Next: ops/layer_norm.h
#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

/// Probabilities along an axis, larger for larger x.
///   y_i = exp(x_i - m) / sum_j exp(x_j - m),  m = max_j x_j
///   dx_i = y_i (dy_i - sum_j dy_j y_j)
/// x: any shape with that axis (a scalar is a line of one element) -> y: the same; f32, f64.
/// Saves y. Each line along the axis sums to 1; adding a constant to x changes nothing; no
/// overflow for any finite x. A line that is all -inf, or contains NaN or +inf, gives NaN.
/// Throws std::invalid_argument: axis out of range, dtype not f32 or f64.
/// Source: Bridle 1990, "Training stochastic model recognition algorithms as networks".
Tensor softmax(const Tensor& x, int axis);

/// The logarithm of softmax, exact where softmax itself underflows to 0.
///   y_i = x_i - m - log(sum_j exp(x_j - m)),  m = max_j x_j
///   dx_i = dy_i - exp(y_i) sum_j dy_j
/// x: any shape with that axis -> y: the same; f32, f64. Saves y.
/// NaN, +inf and errors as in softmax.
Tensor log_softmax(const Tensor& x, int axis);

}  // namespace gradus
