// SPDX-License-Identifier: MIT
// Adam and AdamW, with PyTorch's arguments, defaults and numbers.
// Next: optim/muon.h
#pragma once
#include "gradus/optim/optimizer.h"

namespace gradus {

struct AdamOptions {
  double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  double weight_decay = 0;
  bool amsgrad = false, maximize = false;
  bool decoupled_weight_decay = false;  // AdamW: decay the parameter directly, not its gradient
};

/// For each parameter p with gradient g, at its step t = 1, 2, ...:
///   g = g + weight_decay p                    or, decoupled,  p = p - lr weight_decay p
///   m = beta1 m + (1 - beta1) g,              v = beta2 v + (1 - beta2) g^2
///   p = p - lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps)
/// amsgrad: the largest v so far instead of v; maximize: -g instead of g.
/// State: exp_avg (m), exp_avg_sq (v), max_exp_avg_sq. A single pass over all parameters.
/// Throws std::invalid_argument for a setting that is not finite or out of range.
/// Source: Kingma, Ba 2015, algorithm 1; Loshchilov, Hutter 2019; Reddi, Kale, Kumar 2018.
class Adam : public Optimizer {
 public:
  explicit Adam(const ParameterList& parameters, AdamOptions options = {});
  /// Adam(parameters, 0.01): default values for the other settings.
  template <RateNumber N>
  Adam(const ParameterList& parameters, N lr)
      : Adam(parameters, with_rate<AdamOptions>({}, static_cast<double>(lr))) {}
  explicit Adam(const std::vector<Group<AdamOptions>>& groups);
  void step() override;

 protected:
  Adam(const char* name, const std::vector<Group<AdamOptions>>& groups);

 private:
  std::vector<AdamOptions> options_;
};

/// Adam with decoupled_weight_decay; as in PyTorch, weight_decay defaults to 0.01.
class AdamW : public Adam {
 public:
  static constexpr AdamOptions defaults{.weight_decay = 1e-2};
  explicit AdamW(const ParameterList& parameters, AdamOptions options = defaults);
  /// AdamW(parameters, 0.01): default values for the other settings.
  template <RateNumber N>
  AdamW(const ParameterList& parameters, N lr)
      : AdamW(parameters, with_rate<AdamOptions>(defaults, static_cast<double>(lr))) {}
  explicit AdamW(std::vector<Group<AdamOptions>> groups);
};

}  // namespace gradus
