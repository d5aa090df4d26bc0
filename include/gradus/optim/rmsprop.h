// SPDX-License-Identifier: MIT
// RMSprop and Adagrad, with PyTorch's arguments, defaults and numbers.
// Next: optim/lion.h
#pragma once
#include "gradus/optim/optimizer.h"

namespace gradus {

struct RMSpropOptions {
  double lr = 1e-2, alpha = 0.99, eps = 1e-8;
  double weight_decay = 0, momentum = 0;
  bool centered = false, maximize = false;
};

/// For each parameter p with gradient g:
///   g = g + weight_decay p,                   v = alpha v + (1 - alpha) g^2
///   centered: m = alpha m + (1 - alpha) g,    s = sqrt(v - m^2) + eps;  else s = sqrt(v) + eps
///   (v - m^2 below 0 by rounding, after equal gradients, counts as 0; PyTorch gives NaN)
///   p = p - lr g / s,  or with momentum  b = momentum b + g / s,  p = p - lr b
/// State: square_avg (v), then momentum_buffer (b) and grad_avg (m) if used.
/// Throws std::invalid_argument for a setting that is not finite or out of range.
/// Source: Tieleman, Hinton 2012; centered: Graves 2013, section 4.2.
class RMSprop : public Optimizer {
 public:
  explicit RMSprop(const ParameterList& parameters, RMSpropOptions options = {});
  /// RMSprop(parameters, 0.01): default values for the other settings.
  template <RateNumber N>
  RMSprop(const ParameterList& parameters, N lr)
      : RMSprop(parameters, with_rate<RMSpropOptions>({}, static_cast<double>(lr))) {}
  explicit RMSprop(const std::vector<Group<RMSpropOptions>>& groups);
  void step() override;

 private:
  std::vector<RMSpropOptions> options_;
  bool any_momentum_ = false, any_centered_ = false;
};

struct AdagradOptions {
  double lr = 1e-2, lr_decay = 0, weight_decay = 0, initial_accumulator_value = 0, eps = 1e-10;
  bool maximize = false;
};

/// For each parameter p with gradient g, at its step t = 1, 2, ...:
///   g = g + weight_decay p,  s = s + g^2
///   p = p - lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps)
/// State: sum (s), which starts at initial_accumulator_value.
/// Throws std::invalid_argument for a setting that is not finite or out of range.
/// Source: Duchi, Hazan, Singer 2011.
class Adagrad : public Optimizer {
 public:
  explicit Adagrad(const ParameterList& parameters, AdagradOptions options = {});
  /// Adagrad(parameters, 0.01): default values for the other settings.
  template <RateNumber N>
  Adagrad(const ParameterList& parameters, N lr)
      : Adagrad(parameters, with_rate<AdagradOptions>({}, static_cast<double>(lr))) {}
  explicit Adagrad(const std::vector<Group<AdagradOptions>>& groups);
  void step() override;

 private:
  std::vector<AdagradOptions> options_;
};

}  // namespace gradus
