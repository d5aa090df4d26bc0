// SPDX-License-Identifier: MIT
// Adam. Kernel: kernels/adam.h.
#include "gradus/optim/adam.h"

#include <cmath>

#include "kernels/adam.h"
#include "optim/check.h"
#include "optim/update.h"

namespace gradus {
namespace {

kernels::AdamStep scalars(const AdamOptions& o, double lr, int64_t t) {
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

std::vector<Group<AdamOptions>> decoupled(std::vector<Group<AdamOptions>> groups) {
  for (auto& g : groups) g.options.decoupled_weight_decay = true;
  return groups;
}

}  // namespace

Adam::Adam(const char* name, const std::vector<Group<AdamOptions>>& groups) : Optimizer(name) {
  bool any_amsgrad = false;
  for (const auto& [parameters, o] : groups) {
    check_setting(name, "lr", o.lr);
    check_setting(name, "beta1", o.beta1, 0, 1);
    check_setting(name, "beta2", o.beta2, 0, 1);
    check_setting(name, "eps", o.eps);
    check_setting(name, "weight_decay", o.weight_decay);
    add_group(parameters, o.lr);
    options_.push_back(o);
    any_amsgrad = any_amsgrad || o.amsgrad;
  }
  if (any_amsgrad) keep_state({"exp_avg", "exp_avg_sq", "max_exp_avg_sq"});
  else keep_state({"exp_avg", "exp_avg_sq"});
}
Adam::Adam(const std::vector<Group<AdamOptions>>& groups) : Adam("Adam", groups) {}
Adam::Adam(const ParameterList& parameters, AdamOptions options)
    : Adam(std::vector<Group<AdamOptions>>{{parameters, options}}) {}
AdamW::AdamW(std::vector<Group<AdamOptions>> groups)
    : Adam("AdamW", decoupled(std::move(groups))) {}
AdamW::AdamW(const ParameterList& parameters, AdamOptions options)
    : AdamW(std::vector<Group<AdamOptions>>{{parameters, options}}) {}

void Adam::step() {
  update([this](const Slot& s) { return scalars(options_[s.group], lr(s.group), s.steps); },
         []<class T>(int64_t n, const kernels::AdamStep& s, const T* g, T* p, T* const* state) {
           if (s.amsgrad) kernels::adam<true>(n, s, g, p, state[0], state[1], state[2]);
           else kernels::adam<false>(n, s, g, p, state[0], state[1], state[2]);
         });
}

}  // namespace gradus
