// SPDX-License-Identifier: MIT
// Adam. Kernel: kernels/adam.h.
#include "gradus/optim/adam.h"

#include <algorithm>
#include <cmath>

#include "optim/adam_step.h"
#include "optim/check.h"
#include "optim/update.h"

namespace gradus {
namespace {

std::vector<Group<AdamOptions>> decoupled(std::vector<Group<AdamOptions>> groups) {
  for (auto& g : groups) g.options.decoupled_weight_decay = true;
  return groups;
}

}  // namespace

void check_adam(const char* op, const AdamOptions& o) {
  check_setting(op, "lr", o.lr);
  check_setting(op, "beta1", o.beta1, 0, 1);
  check_setting(op, "beta2", o.beta2, 0, 1);
  check_setting(op, "eps", o.eps);
  check_setting(op, "weight_decay", o.weight_decay);
}

kernels::AdamStep adam_step(const AdamOptions& o, double lr, int64_t t) {
  const double steps = static_cast<double>(t);
  return {.beta1 = o.beta1,
          .beta2 = o.beta2,
          .eps = o.eps,
          .step_size = lr / (1 - std::pow(o.beta1, steps)),
          .root_correction = std::sqrt(1 - std::pow(o.beta2, steps)),
          .decay = o.decoupled_weight_decay ? 1 - lr * o.weight_decay : 1,
          .l2 = o.decoupled_weight_decay ? 0 : o.weight_decay,
          .sign = o.maximize ? -1.0 : 1.0,
          .amsgrad = o.amsgrad};
}

Adam::Adam(const char* name, const std::vector<Group<AdamOptions>>& groups) : Optimizer(name) {
  const bool any_amsgrad =
      std::any_of(groups.begin(), groups.end(), [](const auto& g) { return g.options.amsgrad; });
  if (any_amsgrad) keep_state({"exp_avg", "exp_avg_sq", "max_exp_avg_sq"});
  else keep_state({"exp_avg", "exp_avg_sq"});
  for (const auto& [parameters, o] : groups) {
    check_adam(name, o);
    add_group(parameters, o.lr);
    options_.push_back(o);
  }
}
Adam::Adam(const std::vector<Group<AdamOptions>>& groups) : Adam("Adam", groups) {}
Adam::Adam(const ParameterList& parameters, AdamOptions options)
    : Adam(std::vector<Group<AdamOptions>>{{parameters, options}}) {}
AdamW::AdamW(std::vector<Group<AdamOptions>> groups)
    : Adam("AdamW", decoupled(std::move(groups))) {}
AdamW::AdamW(const ParameterList& parameters, AdamOptions options)
    : AdamW(std::vector<Group<AdamOptions>>{{parameters, options}}) {}

void Adam::step() {
  update([this](const Slot& s) { return adam_step(options_[s.group], lr(s.group), s.steps); },
         []<class T>(int64_t n, const kernels::AdamStep& s, const T* g, T* p, T* const* state) {
           kernels::adam(n, s, g, p, state);
         });
}

}  // namespace gradus
