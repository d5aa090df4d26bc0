// SPDX-License-Identifier: MIT
// Ridge regression, the baseline of regressions.
// Next: models/tasks/regress_task.h
#pragma once
#include "gradus/tensor/tensor.h"

namespace gradus {

/// Predictions x weight^T + bias.
struct RidgeFit {
  Tensor weight, bias;  // [K, P], [K], f64
  double penalty = 0;
};

/// Minimises |y - x w - b|^2 + penalty |w|^2 with columns of x standardised. The penalty is the one
/// of 0.1, 1, ..., 10,000 with the lowest error on every fifth row, held out.
///   x: [N, P], y: [N, K], f64. For more columns than rows the dual problem is solved:
///   w = x^T (x x^T + penalty)^-1 y. A signal throws Stopped.
/// Source: Hoerl and Kennard 1970, "Ridge regression: biased estimation for nonorthogonal
/// problems".
RidgeFit fit_ridge(const Tensor& x, const Tensor& y);

/// z with a z = b for a symmetric positive definite a [n, n] and b [n, K], by Cholesky's method.
Tensor solve_positive(const Tensor& a, const Tensor& b);

}  // namespace gradus
