// SPDX-License-Identifier: MIT
// Stochastic gradient descent. Kernel: kernels/sgd.h.
#include "gradus/optim/sgd.h"

#include <algorithm>

#include "kernels/sgd.h"
#include "optim/check.h"
#include "optim/update.h"

namespace gradus {

Sgd::Sgd(const std::vector<Group<SgdOptions>>& groups) : Optimizer("Sgd") {
  if (std::any_of(groups.begin(), groups.end(),
                  [](const auto& g) { return g.options.momentum != 0; }))
    keep_state({"momentum_buffer"});
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
  }
}
Sgd::Sgd(const ParameterList& parameters, SgdOptions options)
    : Sgd(std::vector<Group<SgdOptions>>{{parameters, options}}) {}

void Sgd::step() {
  const auto scalars = [this](const Slot& s) {
    const SgdOptions& o = options_[s.group];
    return kernels::SgdStep{.lr = lr(s.group),
                            .momentum = o.momentum,
                            .keep = s.steps == 1 ? 1 : 1 - o.dampening,
                            .weight_decay = o.weight_decay,
                            .sign = o.maximize ? -1.0 : 1.0,
                            .nesterov = o.nesterov};
  };
  update(scalars, []<class T>(int64_t n, const kernels::SgdStep& s, const T* g, T* p,
                              T* const* state) { kernels::sgd(n, s, g, p, state[0]); });
}

}  // namespace gradus
