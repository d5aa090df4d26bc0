// SPDX-License-Identifier: MIT
// Clipping of gradients, with PyTorch's results.
// Next: optim/schedule.h
#pragma once
#include <vector>

#include "gradus/nn/module.h"

namespace gradus {

/// The p-norm of all gradients together, p = norm_type (infinity: the largest absolute value);
/// parameters without a gradient count as 0. The sum runs in f64, in a fixed order.
/// Throws std::invalid_argument with the name of the parameter whose gradient is not finite.
double grad_norm(const ParameterList& parameters, double norm_type = 2);

/// Multiplies all gradients by max_norm / (norm + 1e-6) where that is below 1, and returns the
/// norm before. Nothing is changed when a gradient is not finite: throws, as grad_norm().
/// Source: Pascanu, Mikolov, Bengio 2013.
double clip_grad_norm(const ParameterList& parameters, double max_norm, double norm_type = 2);
inline double clip_grad_norm_(const ParameterList& parameters, double max_norm) {
  return clip_grad_norm(parameters, max_norm);  // its name in torch.nn.utils
}

/// Cuts each element of each gradient to [-limit, limit]; NaN stays.
void clip_grad_value(const ParameterList& parameters, double limit);

}  // namespace gradus
