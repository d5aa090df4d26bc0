// SPDX-License-Identifier: MIT
// Lion. Kernel: kernels/lion.h.
#include "gradus/optim/lion.h"

#include "kernels/lion.h"
#include "optim/check.h"
#include "optim/update.h"

namespace gradus {

Lion::Lion(const std::vector<Group<LionOptions>>& groups) : Optimizer("Lion") {
  keep_state({"exp_avg"});
  for (const auto& [parameters, o] : groups) {
    check_setting("Lion", "lr", o.lr);
    check_setting("Lion", "beta1", o.beta1, 0, 1);
    check_setting("Lion", "beta2", o.beta2, 0, 1);
    check_setting("Lion", "weight_decay", o.weight_decay);
    add_group(parameters, o.lr);
    options_.push_back(o);
  }
}
Lion::Lion(const ParameterList& parameters, LionOptions options)
    : Lion(std::vector<Group<LionOptions>>{{parameters, options}}) {}

void Lion::step() {
  const auto scalars = [this](const Slot& s) {
    const LionOptions& o = options_[s.group];
    return kernels::LionStep{.lr = lr(s.group),
                             .beta1 = o.beta1,
                             .beta2 = o.beta2,
                             .decay = 1 - lr(s.group) * o.weight_decay,
                             .sign = o.maximize ? -1.0 : 1.0};
  };
  update(scalars, []<class T>(int64_t n, const kernels::LionStep& s, const T* g, T* p,
                              T* const* state) { kernels::lion(n, s, g, p, state[0]); });
}

}  // namespace gradus
