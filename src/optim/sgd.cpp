// SPDX-License-Identifier: MIT
// Stochastic gradient descent. Kernel: kernels/adam.h.
#include "gradus/optim/sgd.h"

#include "kernels/adam.h"
#include "optim/check.h"
#include "optim/flat.h"

namespace gradus {

Sgd::Sgd(const std::vector<Group<SgdOptions>>& groups) : Optimizer("Sgd") {
  bool any_momentum = false;
  for (const auto& [parameters, o] : groups) {
    check_setting("Sgd", "lr", o.lr);
    check_setting("Sgd", "momentum", o.momentum);
    check_setting("Sgd", "dampening", o.dampening, -1e308);
    check_setting("Sgd", "weight_decay", o.weight_decay);
    if (o.nesterov && (o.momentum == 0 || o.dampening != 0))
      argument_error({"Sgd: Nesterov's form needs momentum above 0 and no dampening; they are ",
                      o.momentum, " and ", o.dampening});
    add_group(parameters, o.lr);
    options_.push_back(o);
    any_momentum = any_momentum || o.momentum != 0;
  }
  if (any_momentum) keep_state({"momentum_buffer"});
}
Sgd::Sgd(const ParameterList& parameters, SgdOptions options)
    : Sgd(std::vector<Group<SgdOptions>>{{parameters, options}}) {}

void Sgd::step() {
  step_of<float>(DType::f32);
  step_of<double>(DType::f64);
}

template <class T> void Sgd::step_of(DType dtype) {
  struct Work {
    kernels::SgdStep scalars;
    const T* g;
    T *p, *b;
  };
  const Active active = begin_step(dtype);
  std::vector<Work> work;
  for (size_t i = 0; i < active.slots.size(); ++i) {
    Slot& s = *active.slots[i];
    const SgdOptions& o = options_[s.group];
    const kernels::SgdStep scalars{.lr = lr(s.group),
                                   .momentum = o.momentum,
                                   .keep = s.steps == 1 ? 1 : 1 - o.dampening,
                                   .weight_decay = o.weight_decay,
                                   .sign = o.maximize ? -1.0 : 1.0,
                                   .nesterov = o.nesterov};
    work.push_back({scalars, active.grads[i].data<T>(), s.parameter.mutable_data<T>("Sgd"),
                    o.momentum != 0 ? s.state[0].mutable_data<T>() : nullptr});
  }
  FlatBlocks(active.sizes()).each([&](int64_t, size_t item, int64_t begin, int64_t end) {
    const Work& w = work[item];
    kernels::sgd(end - begin, w.scalars, w.g + begin, w.p + begin, w.b ? w.b + begin : nullptr);
  });
}

}  // namespace gradus
