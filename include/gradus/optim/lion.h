// SPDX-License-Identifier: MIT
// Lion: steps of equal size in every element, by the sign of a momentum.
// Next: optim/adafactor.h
#pragma once
#include "gradus/optim/optimizer.h"

namespace gradus {

struct LionOptions {
  double lr = 1e-4, beta1 = 0.9, beta2 = 0.99, weight_decay = 0;
  bool maximize = false;
};

/// For each parameter p with gradient g:
///   c = beta1 m + (1 - beta1) g
///   p = p - lr weight_decay p - lr sign(c)
///   m = beta2 m + (1 - beta2) g
/// maximize: -g instead of g. Every element moves by lr, so that a good rate is 3 to 10 times
/// smaller than that of AdamW, and a good weight decay larger by the same factor.
/// State: exp_avg (m). A single pass over all parameters.
/// Throws std::invalid_argument for a setting that is not finite or out of range.
/// Source: Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", algorithm 2.
class Lion : public Optimizer {
 public:
  explicit Lion(const ParameterList& parameters, LionOptions options = {});
  /// Lion(parameters, 3e-4): default values for the other settings.
  template <RateNumber N>
  Lion(const ParameterList& parameters, N lr)
      : Lion(parameters, with_rate<LionOptions>({}, static_cast<double>(lr))) {}
  explicit Lion(const std::vector<Group<LionOptions>>& groups);
  void step() override;

 private:
  std::vector<LionOptions> options_;
};

}  // namespace gradus
