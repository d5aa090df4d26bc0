// SPDX-License-Identifier: MIT
// Normalisation of rows: a row spans the last axes of x, those of normalized_shape.
// Next: ops/mask.h
#pragma once
#include <optional>

#include "gradus/tensor/tensor.h"

namespace gradus {

/// Rows of mean 0 and variance 1, then scaled and shifted by weight and bias.
///   y_i = h_i w_i + b_i,  h_i = (x_i - m) s,  s = 1 / sqrt(v + eps)
///   m = mean of the row, v = mean of (x_i - m)^2 over its n elements (n, not n - 1)
///   dx_i = s (g_i - mean(g) - h_i mean(g h)) with g_i = dy_i w_i
///   dw_i = sum over rows of dy_i h_i,  db_i = sum over rows of dy_i
/// x: [..., normalized_shape] -> y: the same; weight, bias: normalized_shape, or absent for 1 and
/// 0; f32, f64. Saves x, weight and two numbers per row.
/// A row of equal values gives exactly the bias, however large the values: a large mean loses no
/// precision. Values up to 1e30 in f32 and 1e150 in f64 do not overflow.
/// Throws std::invalid_argument: normalized_shape empty or not the last axes of x, weight or bias
/// of another shape, dtypes that differ, eps not positive.
/// Source: Ba, Kiros and Hinton 2016, "Layer normalization", equation 3.
Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                  const Tensor& bias = {}, double eps = 1e-5);

/// Rows divided by their root mean square, then scaled by weight.
///   y_i = h_i w_i,  h_i = x_i s,  s = 1 / sqrt(mean of x_i^2 + eps)
///   dx_i = s (g_i - h_i mean(g h)) with g_i = dy_i w_i,  dw_i = sum over rows of dy_i h_i
/// Shapes, saved tensors and errors as in layer_norm. eps defaults to the machine epsilon of the
/// dtype, as in PyTorch: 1.2e-7 or 2.2e-16.
/// Source: Zhang and Sennrich 2019, "Root mean square layer normalization", equation 4.
Tensor rms_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                std::optional<double> eps = {});

}  // namespace gradus
