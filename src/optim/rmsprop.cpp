// SPDX-License-Identifier: MIT
// RMSprop and Adagrad. Kernels: kernels/rmsprop.h.
#include "gradus/optim/rmsprop.h"

#include <algorithm>

#include "kernels/rmsprop.h"
#include "optim/check.h"
#include "optim/flat.h"

namespace gradus {

RMSprop::RMSprop(const std::vector<Group<RMSpropOptions>>& groups) : Optimizer("RMSprop") {
  for (const auto& [parameters, o] : groups) {
    check_setting("RMSprop", "lr", o.lr);
    check_setting("RMSprop", "alpha", o.alpha);
    check_setting("RMSprop", "eps", o.eps);
    check_setting("RMSprop", "weight_decay", o.weight_decay);
    check_setting("RMSprop", "momentum", o.momentum);
    add_group(parameters, o.lr);
    options_.push_back(o);
    any_momentum_ = any_momentum_ || o.momentum != 0;
    any_centered_ = any_centered_ || o.centered;
  }
  std::vector<std::string> names = {"square_avg"};
  if (any_momentum_) names.emplace_back("momentum_buffer");
  if (any_centered_) names.emplace_back("grad_avg");
  keep_state(std::move(names));
}
RMSprop::RMSprop(const ParameterList& parameters, RMSpropOptions options)
    : RMSprop(std::vector<Group<RMSpropOptions>>{{parameters, options}}) {}

void RMSprop::step() {
  step_of<float>(DType::f32);
  step_of<double>(DType::f64);
}

template <class T> void RMSprop::step_of(DType dtype) {
  struct Work {
    kernels::RMSpropStep scalars;
    const T* g;
    T *p, *v, *b, *m;
  };
  const Active active = begin_step(dtype);
  std::vector<Work> work;
  for (size_t i = 0; i < active.slots.size(); ++i) {
    Slot& s = *active.slots[i];
    const RMSpropOptions& o = options_[s.group];
    const size_t mean = any_momentum_ ? 2 : 1;
    work.push_back(
        {{lr(s.group), o.alpha, o.eps, o.weight_decay, o.momentum, o.maximize ? -1.0 : 1.0},
         active.grads[i].data<T>(),
         s.parameter.mutable_data<T>("RMSprop"),
         s.state[0].mutable_data<T>(),
         o.momentum != 0 ? s.state[1].mutable_data<T>() : nullptr,
         o.centered ? s.state[mean].mutable_data<T>() : nullptr});
  }
  FlatBlocks(active.sizes()).each([&](int64_t, size_t item, int64_t begin, int64_t end) {
    const Work& w = work[item];
    kernels::rmsprop(end - begin, w.scalars, w.g + begin, w.p + begin, w.v + begin,
                     w.b ? w.b + begin : nullptr, w.m ? w.m + begin : nullptr);
  });
}

Adagrad::Adagrad(const std::vector<Group<AdagradOptions>>& groups) : Optimizer("Adagrad") {
  for (const auto& [parameters, o] : groups) {
    check_setting("Adagrad", "lr", o.lr);
    check_setting("Adagrad", "lr_decay", o.lr_decay);
    check_setting("Adagrad", "weight_decay", o.weight_decay);
    check_setting("Adagrad", "initial_accumulator_value", o.initial_accumulator_value);
    check_setting("Adagrad", "eps", o.eps);
    add_group(parameters, o.lr);
    options_.push_back(o);
  }
  keep_state({"sum"});
}
Adagrad::Adagrad(const ParameterList& parameters, AdagradOptions options)
    : Adagrad(std::vector<Group<AdagradOptions>>{{parameters, options}}) {}

void Adagrad::step() {
  step_of<float>(DType::f32);
  step_of<double>(DType::f64);
}

template <class T> void Adagrad::step_of(DType dtype) {
  struct Work {
    kernels::AdagradStep scalars;
    const T* g;
    T *p, *sum;
  };
  for (Slot& s : slots_)  // keeps a loaded sum, even before the first step
    if (s.parameter.dtype() == dtype && s.parameter.grad().defined() && s.state.empty())
      s.state.push_back(
          full(s.parameter.shape(), options_[s.group].initial_accumulator_value, dtype));
  const Active active = begin_step(dtype);
  std::vector<Work> work;
  for (size_t i = 0; i < active.slots.size(); ++i) {
    Slot& s = *active.slots[i];
    const AdagradOptions& o = options_[s.group];
    const double rate = lr(s.group) / (1 + static_cast<double>(s.steps - 1) * o.lr_decay);
    work.push_back({{rate, o.eps, o.weight_decay, o.maximize ? -1.0 : 1.0},
                    active.grads[i].data<T>(),
                    s.parameter.mutable_data<T>("Adagrad"),
                    s.state[0].mutable_data<T>()});
  }
  FlatBlocks(active.sizes()).each([&](int64_t, size_t item, int64_t begin, int64_t end) {
    const Work& w = work[item];
    kernels::adagrad(end - begin, w.scalars, w.g + begin, w.p + begin, w.sum + begin);
  });
}

}  // namespace gradus
