// SPDX-License-Identifier: MIT
// RMSprop and Adagrad. Kernels: kernels/rmsprop.h.
#include "gradus/optim/rmsprop.h"

#include <algorithm>

#include "kernels/rmsprop.h"
#include "optim/check.h"
#include "optim/update.h"

namespace gradus {

RMSprop::RMSprop(const std::vector<Group<RMSpropOptions>>& groups) : Optimizer("RMSprop") {
  for (const auto& group : groups) {
    any_momentum_ = any_momentum_ || group.options.momentum != 0;
    any_centered_ = any_centered_ || group.options.centered;
  }
  std::vector<std::string> names = {"square_avg"};
  if (any_momentum_) names.emplace_back("momentum_buffer");
  if (any_centered_) names.emplace_back("grad_avg");
  keep_state(std::move(names));
  for (const auto& [parameters, o] : groups) {
    check_setting("RMSprop", "lr", o.lr);
    check_setting("RMSprop", "alpha", o.alpha);
    check_setting("RMSprop", "eps", o.eps);
    check_setting("RMSprop", "weight_decay", o.weight_decay);
    check_setting("RMSprop", "momentum", o.momentum);
    add_group(parameters, o.lr);
    options_.push_back(o);
  }
}
RMSprop::RMSprop(const ParameterList& parameters, RMSpropOptions options)
    : RMSprop(std::vector<Group<RMSpropOptions>>{{parameters, options}}) {}

void RMSprop::step() {
  const auto scalars = [this](const Slot& s) {
    const RMSpropOptions& o = options_[s.group];
    return kernels::RMSpropStep{.lr = lr(s.group),
                                .alpha = o.alpha,
                                .eps = o.eps,
                                .weight_decay = o.weight_decay,
                                .momentum = o.momentum,
                                .sign = o.maximize ? -1.0 : 1.0,
                                .centered = o.centered};
  };
  const size_t mean = any_momentum_ ? 2 : 1;
  update(scalars, [mean]<class T>(int64_t n, const kernels::RMSpropStep& s, const T* g, T* p,
                                  T* const* state) {
    kernels::rmsprop(n, s, g, p, state[0], s.momentum != 0 ? state[1] : nullptr,
                     s.centered ? state[mean] : nullptr);
  });
}

Adagrad::Adagrad(const std::vector<Group<AdagradOptions>>& groups) : Optimizer("Adagrad") {
  keep_state({"sum"});
  for (const auto& [parameters, o] : groups) {
    check_setting("Adagrad", "lr", o.lr);
    check_setting("Adagrad", "lr_decay", o.lr_decay);
    check_setting("Adagrad", "weight_decay", o.weight_decay);
    check_setting("Adagrad", "initial_accumulator_value", o.initial_accumulator_value);
    check_setting("Adagrad", "eps", o.eps);
    add_group(parameters, o.lr, o.initial_accumulator_value);
    options_.push_back(o);
  }
}
Adagrad::Adagrad(const ParameterList& parameters, AdagradOptions options)
    : Adagrad(std::vector<Group<AdagradOptions>>{{parameters, options}}) {}

void Adagrad::step() {
  const auto scalars = [this](const Slot& s) {
    const AdagradOptions& o = options_[s.group];
    return kernels::AdagradStep{
        .lr = lr(s.group) / (1 + static_cast<double>(s.steps - 1) * o.lr_decay),
        .eps = o.eps,
        .weight_decay = o.weight_decay,
        .sign = o.maximize ? -1.0 : 1.0};
  };
  update(scalars, []<class T>(int64_t n, const kernels::AdagradStep& s, const T* g, T* p,
                              T* const* state) { kernels::adagrad(n, s, g, p, state[0]); });
}

}  // namespace gradus
