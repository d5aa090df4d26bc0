// SPDX-License-Identifier: MIT
// Gradient clipping, with PyTorch's results.
// Next: optim/schedule.h
#pragma once
#include <vector>

#include "gradus/nn/module.h"

namespace gradus {

/// The p-norm of all gradients together, p = norm_type (infinity: the largest absolute value);
/// parameters without a gradient count as 0. The sum runs in f64, in a fixed order.
/// Throws std::invalid_argument, naming the parameter, if a gradient is not finite.
double grad_norm(const ParameterList& parameters, double norm_type = 2);

/// Multiplies all gradients by max_norm / (norm + 1e-6) if that is below 1, and returns the norm
/// before clipping. Throws like grad_norm(), changing nothing, if a gradient is not finite.
/// Source: Pascanu, Mikolov, Bengio 2013.
double clip_grad_norm(const ParameterList& parameters, double max_norm, double norm_type = 2);
inline double clip_grad_norm_(const ParameterList& parameters, double max_norm) {
  return clip_grad_norm(parameters, max_norm);  // the name in torch.nn.utils
}

/// Clamps each element of each gradient to [-limit, limit]; NaN stays NaN.
void clip_grad_value(const ParameterList& parameters, double limit);

}  // namespace gradus
