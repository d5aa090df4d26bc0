// SPDX-License-Identifier: MIT
// Matrix products.
// Next: ops/einsum.h
#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

/// The matrix product; leading axes are batch axes and are broadcast.
///   y_ij = sum_k a_ik b_kj;  da = dy b^T,  db = a^T dy
/// a: [.., M, K], b: [.., K, N] -> y: [.., M, N]; f32, f64. A vector a counts as one row, a vector
/// b as one column, and y lacks that axis: [K] with [K] gives a scalar. Saves a and b.
/// Views are passed to the BLAS directly if it supports their strides (rows or columns without
/// gaps), else copied.
/// Throws std::invalid_argument: a scalar, unequal K, batches that cannot be broadcast, dtypes that
/// differ.
Tensor matmul(const Tensor& a, const Tensor& b);

/// matmul of two batches of matrices: [B, M, K] x [B, K, N] -> [B, M, N].
Tensor bmm(const Tensor& a, const Tensor& b);
/// y_ij = a_i b_j.  [M], [N] -> [M, N].
Tensor outer(const Tensor& a, const Tensor& b);

/// The activation that linear() applies. gelu is x Phi(x), gelu_tanh its approximation by tanh;
/// relu_squared is max(x, 0)^2.
enum class Activation { none, relu, gelu, gelu_tanh, relu_squared };
/// "none", "relu", "gelu", "gelu_tanh", "relu_squared".
const char* name(Activation a);

/// A linear layer with its activation, fused: y = f(z), z = x W^T + b, f the activation.
///   dz = dy f'(z);  dx = dz W,  dW = dz^T x,  db = sum of dz over all rows
/// x: [.., in], weight: [out, in], bias: [out] or undefined -> y: [.., out]; f32, f64.
/// Saves x, weight, and f'(z) if there is an activation (relu: y).
/// Throws std::invalid_argument: sizes or dtypes that do not match.
/// Source: Rosenblatt 1958, "The perceptron"; gelu: Hendrycks and Gimpel 2016;
/// relu_squared: So et al. 2021, "Primer".
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              Activation activation = Activation::none);

}  // namespace gradus
