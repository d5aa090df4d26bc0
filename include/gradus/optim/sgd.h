// SPDX-License-Identifier: MIT
// Stochastic gradient descent, with PyTorch's arguments and numbers.
// Next: optim/rmsprop.h
#pragma once
#include "gradus/optim/optimizer.h"

namespace gradus {

struct SgdOptions {
  double lr = 1e-3, momentum = 0, dampening = 0, weight_decay = 0;
  bool nesterov = false, maximize = false;
};

/// For each parameter p with gradient g:
///   g = g + weight_decay p
///   b = momentum b + (1 - dampening) g          (b = g in the first step)
///   p = p - lr b,  or  p - lr (g + momentum b)  for Nesterov;  p - lr g without momentum
/// State: momentum_buffer (b).
/// Throws std::invalid_argument for a setting that is not finite or out of range, and for
/// nesterov without momentum or with dampening.
/// Source: Polyak 1964; Sutskever, Martens, Dahl, Hinton 2013.
class Sgd : public Optimizer {
 public:
  explicit Sgd(const ParameterList& parameters, SgdOptions options = {});
  /// Sgd(parameters, 0.01): default values for the other settings.
  template <RateNumber N>
  Sgd(const ParameterList& parameters, N lr)
      : Sgd(parameters, with_rate<SgdOptions>({}, static_cast<double>(lr))) {}
  explicit Sgd(const std::vector<Group<SgdOptions>>& groups);
  void step() override;

 private:
  std::vector<SgdOptions> options_;
};

using SGD = Sgd;  // the name in torch.optim

}  // namespace gradus
