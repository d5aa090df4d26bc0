// SPDX-License-Identifier: MIT
// Adam. Kernel: kernels/adam.h.
#include "gradus/optim/adam.h"

#include <cmath>

#include "kernels/adam.h"
#include "optim/check.h"
#include "optim/flat.h"

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
          .sign = o.maximize ? -1.0 : 1.0};
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
  if (any_amsgrad)
    keep_state({"exp_avg", "exp_avg_sq", "max_exp_avg_sq"});
  else
    keep_state({"exp_avg", "exp_avg_sq"});
}
Adam::Adam(const std::vector<Group<AdamOptions>>& groups) : Adam("Adam", groups) {}
Adam::Adam(const ParameterList& parameters, AdamOptions options)
    : Adam(std::vector<Group<AdamOptions>>{{parameters, options}}) {}
AdamW::AdamW(std::vector<Group<AdamOptions>> groups)
    : Adam("AdamW", decoupled(std::move(groups))) {}
AdamW::AdamW(const ParameterList& parameters, AdamOptions options)
    : AdamW(std::vector<Group<AdamOptions>>{{parameters, options}}) {}

void Adam::step() {
  step_of<float>(DType::f32);
  step_of<double>(DType::f64);
}

template <class T> void Adam::step_of(DType dtype) {
  struct Work {
    kernels::AdamStep scalars;
    bool amsgrad;
    const T* g;
    T *p, *m, *v, *top;
  };
  const Active active = begin_step(dtype);
  std::vector<Work> work;
  for (size_t i = 0; i < active.slots.size(); ++i) {
    Slot& s = *active.slots[i];
    const AdamOptions& o = options_[s.group];
    work.push_back({scalars(o, lr(s.group), s.steps), o.amsgrad, active.grads[i].data<T>(),
                    s.parameter.mutable_data<T>("Adam"), s.state[0].mutable_data<T>(),
                    s.state[1].mutable_data<T>(),
                    o.amsgrad ? s.state[2].mutable_data<T>() : nullptr});
  }
  FlatBlocks(active.sizes()).each([&](int64_t, size_t item, int64_t begin, int64_t end) {
    const Work& w = work[item];
    const int64_t n = end - begin;
    if (w.amsgrad)
      kernels::adam<true, T>(n, w.scalars, w.g + begin, w.p + begin, w.m + begin, w.v + begin,
                             w.top + begin);
    else
      kernels::adam<false, T>(n, w.scalars, w.g + begin, w.p + begin, w.m + begin, w.v + begin,
                              nullptr);
  });
}

}  // namespace gradus
